create table remittance_services (
    remittance_claim_id remittance_claim_key not null,
    service_number smallint not null,
    code_qualifier as_sent,
    code as_sent,
    modifier_1 as_sent,
    modifier_2 as_sent,
    modifier_3 as_sent,
    modifier_4 as_sent,
    revenue_code as_sent,
    billed_code as_sent,
    charge_amount sent_usd not null,
    paid_amount sent_usd not null,
    allowed_amount sent_usd not null,
    units_paid numeric,
    units_billed numeric,
    service_from calendar_date,
    service_to calendar_date,
    line_control_number as_sent,
    claim_id claim_key,
    line_number smallint,
    constraint remittance_services_pkey primary key (remittance_claim_id, service_number),
    constraint remittance_services_remittance_claim_id_exists
        foreign key (remittance_claim_id) references remittance_claims (id) on delete restrict,
    constraint remittance_services_line_of_claim
        foreign key (claim_id, line_number) references claim_lines (claim_id, line_number) on delete restrict,
    constraint remittance_services_line_names_claim check ((claim_id is null) = (line_number is null))
);

create index remittance_services_by_line on remittance_services (claim_id, line_number) where claim_id is not null;

comment on table remittance_services is 'What a remittance says of a service (X12 SVC).';
comment on column remittance_services.remittance_claim_id is 'The claim of the remittance.';
comment on column remittance_services.service_number is 'Its place in that claim, from 1.';
comment on column remittance_services.code_qualifier is 'The list of its code: HC, AD, N4, HP, NU and others (X12 SVC01-1).';
comment on column remittance_services.code is 'What is paid for, as sent (X12 SVC01-2).';
comment on column remittance_services.modifier_1 is 'First modifier, as sent.';
comment on column remittance_services.modifier_2 is 'Second modifier.';
comment on column remittance_services.modifier_3 is 'Third modifier.';
comment on column remittance_services.modifier_4 is 'Fourth modifier.';
comment on column remittance_services.revenue_code is 'Revenue code, as sent (X12 SVC04, or SVC01 with NU).';
comment on column remittance_services.billed_code is 'What was billed, where it isn''t what is paid for (X12 SVC06).';
comment on column remittance_services.charge_amount is 'Charged, US dollars (X12 SVC02).';
comment on column remittance_services.paid_amount is 'Paid, US dollars (X12 SVC03).';
comment on column remittance_services.allowed_amount is
    'Allowed, US dollars: as the payer says (X12 AMT*B6), else what it paid and what the patient owes. Compare it with the contract.';
comment on column remittance_services.units_paid is 'Units paid; empty means one (X12 SVC05).';
comment on column remittance_services.units_billed is 'Units billed, where they aren''t the units paid (X12 SVC07).';
comment on column remittance_services.service_from is 'Day of the service, or the first (X12 DTM*472, 150).';
comment on column remittance_services.service_to is 'Last day of the service (X12 DTM*151).';
comment on column remittance_services.line_control_number is 'The provider''s number of the line (X12 REF*6R).';
comment on column remittance_services.claim_id is 'The claim of the line that it is about.';
comment on column remittance_services.line_number is 'The line of the claim; empty where lines were split or bundled, or it isn''t matched.';
comment on index remittance_services_by_line is 'What payers said of a line; also serves the foreign key.';
