-- Only the rows that up.sql adds; an organization's own codes stay.

delete from denial_code_library
where denial_code in (
    'CO-4', 'CO-5', 'CO-6', 'CO-7', 'CO-8', 'CO-9', 'CO-10', 'CO-11', 'CO-15', 'CO-16', 'CO-18', 'CO-19', 'CO-20', 'CO-21',
    'CO-22', 'CO-24', 'CO-26', 'CO-27', 'CO-29', 'CO-31', 'CO-32', 'CO-33', 'CO-39', 'CO-45', 'CO-49', 'CO-50',
    'CO-55', 'CO-56', 'CO-58', 'CO-59', 'CO-96', 'CO-97', 'CO-104', 'CO-107', 'CO-109', 'CO-119', 'CO-129', 'CO-131', 'CO-137',
    'CO-140', 'CO-144', 'CO-146', 'CO-147', 'CO-150', 'CO-151', 'CO-163', 'CO-167', 'CO-170', 'CO-181', 'CO-182', 'CO-183',
    'CO-185', 'CO-197', 'CO-198', 'CO-199', 'CO-200', 'CO-204', 'CO-206', 'CO-208', 'CO-210', 'CO-223', 'CO-226', 'CO-227',
    'CO-231', 'CO-234', 'CO-236', 'CO-237', 'CO-242', 'CO-243', 'CO-246', 'CO-251', 'CO-252', 'CO-253', 'CO-284', 'CO-288', 'CO-296', 'CO-302',
    'CO-B7', 'CO-B9', 'CO-B11', 'CO-B15', 'CO-B16', 'CO-B20', 'OA-18', 'OA-22', 'OA-23', 'OA-94', 'PR-1', 'PR-2', 'PR-3',
    'PR-26', 'PR-27', 'PR-31', 'PR-96', 'PR-119', 'PR-204'
);
