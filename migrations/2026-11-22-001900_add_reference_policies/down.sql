-- Only the rows that up.sql adds; an organization's own policies stay.

delete from org_policies
where name in (
    'Small balance write-off', 'Small balance write-off of federal payers', 'Patient responsibility transfer', 'Coding error rebill',
    'Authorization auto-appeal', 'Default appeal threshold', 'Approval of adjustments by hand'
);
