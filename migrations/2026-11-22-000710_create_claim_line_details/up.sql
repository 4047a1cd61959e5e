create table claim_line_details (
    claim_id claim_key not null,
    line_number smallint not null,
    unit_basis unit_basis not null default 'UN',
    place_of_service place_of_service,
    rendering_provider npi,
    line_control_number patient_control_number,
    rate_code rate_code,
    ndc ndc,
    drug_quantity numeric,
    drug_unit drug_unit,
    constraint claim_line_details_pkey primary key (claim_id, line_number),
    constraint claim_line_details_line_exists
        foreign key (claim_id, line_number) references claim_lines (claim_id, line_number) on delete restrict,
    constraint claim_line_details_drug_has_quantity
        check ((drug_quantity is null) = (drug_unit is null) and (drug_quantity is null or ndc is not null)),
    constraint claim_line_details_drug_quantity_range
        check (drug_quantity > 0 and drug_quantity < 1000000000 and scale(drug_quantity) <= 3)
);

comment on table claim_line_details is 'What only some lines say, at most one row per line.';
comment on column claim_line_details.claim_id is 'The claim.';
comment on column claim_line_details.line_number is 'The line.';
comment on column claim_line_details.unit_basis is 'What the line''s units count: UN units, MJ minutes, DA days, F2 international units.';
comment on column claim_line_details.place_of_service is 'CMS place of service code, where it isn''t the claim''s.';
comment on column claim_line_details.rendering_provider is 'Who rendered it, by NPI, where it isn''t the claim''s.';
comment on column claim_line_details.line_control_number is 'What the line was sent as and payers echo (X12 REF*6R).';
comment on column claim_line_details.rate_code is 'HIPPS rate code, beside a revenue code such as 0023.';
comment on column claim_line_details.ndc is 'National Drug Code of what was given.';
comment on column claim_line_details.drug_quantity is 'How much of it, at most three decimals.';
comment on column claim_line_details.drug_unit is 'What that counts: F2, GR, ME, ML or UN.';
