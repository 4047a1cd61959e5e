create table claim_diagnoses (
    claim_id claim_key not null,
    ordinal smallint not null,
    diagnosis_code diagnosis_code not null,
    present_on_admission present_on_admission,
    constraint claim_diagnoses_pkey primary key (claim_id, ordinal),
    constraint claim_diagnoses_diagnosis_code_unique unique (claim_id, diagnosis_code),
    constraint claim_diagnoses_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint claim_diagnoses_ordinal_range check (ordinal between 1 and 25)
);

comment on table claim_diagnoses is 'The diagnoses of a claim, in order; the first is the principal one.';
comment on column claim_diagnoses.claim_id is 'The claim.';
comment on column claim_diagnoses.ordinal is 'Position on the claim, 1 to 25 (X12 HI; 12 of a professional claim); lines point to it.';
comment on column claim_diagnoses.diagnosis_code is 'ICD-10-CM code.';
comment on column claim_diagnoses.present_on_admission is
    'Had the patient it when admitted? Y, N, U, W or 1; empty where nobody asks.';
