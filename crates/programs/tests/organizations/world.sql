insert into payers (id, payer_id, name, payer_type)
values ('00000000-0000-7000-8000-000000000001', 'TEST-001', 'Test payer', 'commercial');

begin;
insert into claims (
    id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on
)
values (
    '00000000-0000-7000-8000-000000000002', 'CLM-1', 'PATIENT-1', '00000000-0000-7000-8000-000000000001',
    'professional', 1000, '2024-01-10', '2024-01-10', '2024-01-11'
);
insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
values ('00000000-0000-7000-8000-000000000002', 1, '99213', 1000, '2024-01-10');
commit;

insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
values (
    '00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000002', 'CO-197', '2024-01-20', 1000
);

insert into postings (id, claim_id, denial_id, kind, amount, posted_on, posted_by)
values (
    '00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000002',
    '00000000-0000-7000-8000-000000000004', 'payment', 400, '2024-02-01', 'payment.poster'
);

insert into write_offs (id, denial_id, claim_id, amount, reason, category, requested_by, requested_on)
values (
    '00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000004',
    '00000000-0000-7000-8000-000000000002', 100, 'other', 'financial', 'billing.specialist', '2024-02-02'
);
