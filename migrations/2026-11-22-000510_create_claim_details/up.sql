create table claim_details (
    claim_id claim_key not null,
    patient_control_number patient_control_number,
    payer_claim_control_number control_number,
    place_of_service place_of_service,
    payer_sequence smallint not null default 1,
    prior_claim_id claim_key,
    billing_provider npi,
    rendering_provider npi,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint claim_details_pkey primary key (claim_id),
    constraint claim_details_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint claim_details_prior_claim_id_exists
        foreign key (prior_claim_id) references claims (id) on delete restrict,
    constraint claim_details_prior_claim_is_another check (prior_claim_id <> claim_id),
    constraint claim_details_prior_claim_of_later_payer check (prior_claim_id is null or payer_sequence > 1),
    constraint claim_details_payer_sequence_range check (payer_sequence between 1 and 11)
);

create index claim_details_by_patient_control_number on claim_details (patient_control_number)
    where patient_control_number is not null;
create index claim_details_by_payer_claim_control_number on claim_details (payer_claim_control_number)
    where payer_claim_control_number is not null;
create index claim_details_by_prior_claim on claim_details (prior_claim_id) where prior_claim_id is not null;

select diesel_manage_updated_at(cast('claim_details' as regclass));

comment on table claim_details is 'What identifies a claim to others and relates it to them, at most one row per claim.';
comment on column claim_details.claim_id is 'The claim.';
comment on column claim_details.patient_control_number is
    'What was sent as X12 CLM01, where it is not the claim''s claim_id; payers echo it. Not unique.';
comment on column claim_details.payer_claim_control_number is
    'The number that the payer gave the claim; on a replacement or void, that of the claim that it names (X12 REF*F8).';
comment on column claim_details.place_of_service is 'CMS place of service code, such as 11 for an office.';
comment on column claim_details.payer_sequence is
    'Which payer of the patient it goes to: 1 the primary, 2 the secondary, up to 11 (X12 SBR01).';
comment on column claim_details.prior_claim_id is
    'The claim of the payer before, for the same services (coordination of benefits).';
comment on column claim_details.billing_provider is 'Who bills, by NPI.';
comment on column claim_details.rendering_provider is 'Who rendered the services, by NPI.';
comment on column claim_details.created_at is 'When the row was written.';
comment on column claim_details.updated_at is 'When the row last changed.';
comment on index claim_details_by_patient_control_number is 'Finds the claim that a payer echoes.';
comment on index claim_details_by_payer_claim_control_number is 'Finds the claim by the payer''s number.';
comment on index claim_details_by_prior_claim is 'The claims of later payers; also serves the foreign key.';
