-- Only the rows that up.sql adds; an organization's own codes stay.

delete from denial_code_library
where denial_code in (
    'CO-4', 'CO-5', 'CO-6', 'CO-7', 'CO-8', 'CO-11', 'CO-15', 'CO-16', 'CO-19', 'CO-20',
    'CO-21', 'CO-22', 'CO-24', 'CO-26', 'CO-27', 'CO-29', 'CO-31', 'CO-32', 'CO-33', 'CO-45',
    'CO-50', 'CO-55', 'CO-56', 'CO-96', 'CO-97', 'CO-109', 'CO-119', 'CO-137', 'CO-146', 'CO-150', 'CO-151',
    'CO-181', 'CO-182', 'CO-185', 'CO-197', 'CO-198', 'CO-204', 'CO-223', 'CO-226', 'CO-231', 'CO-234', 'CO-243',
    'CO-251', 'CO-252', 'CO-253', 'CO-B7', 'CO-B15', 'OA-18', 'OA-23', 'OA-94', 'PR-1', 'PR-2', 'PR-3'
);
