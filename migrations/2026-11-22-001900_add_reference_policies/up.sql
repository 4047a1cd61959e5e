-- What most organizations start with; the lowest rank decides. What federal payers leave to their patients, however small, is
-- not waived as a matter of routine (OIG Special Fraud Alert, 1994).

insert into org_policies (
    name, policy_type, denial_category, payer_types, except_group, min_amount, max_amount, days_to_act, automatic, priority_rank
)
values
    ('Small balance write-off', 'write_off_threshold', null, '{commercial,workers_comp,other}', null, 0, 25, 90, true, 10),
    (
        'Small balance write-off of federal payers', 'write_off_threshold', null, '{medicare,medicaid,tricare}', 'PR',
        0, 25, 90, true, 10
    ),
    ('Patient responsibility transfer', 'transfer_to_patient', 'patient_responsibility', null, null, 0, null, 5, false, 20),
    ('Coding error rebill', 'rebill_threshold', 'coding_error', null, null, 0, null, 7, false, 30),
    ('Authorization auto-appeal', 'appeal_threshold', 'authorization', null, null, 250, null, 15, true, 40),
    ('Default appeal threshold', 'appeal_threshold', null, null, null, 100, null, 30, false, 50),
    ('Approval of adjustments by hand', 'approval_threshold', null, null, null, 500, null, 30, false, 60);
