create table institutional_claims (
    claim_id claim_key not null,
    facility_code facility_code not null,
    admitted_on calendar_date,
    admission_hour smallint,
    admission_type text,
    admission_source text,
    discharge_hour smallint,
    patient_status text,
    admitting_diagnosis diagnosis_code,
    drg text,
    constraint institutional_claims_pkey primary key (claim_id),
    constraint institutional_claims_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint institutional_claims_admission_hour_range check (admission_hour between 0 and 23),
    constraint institutional_claims_discharge_hour_range check (discharge_hour between 0 and 23),
    constraint institutional_claims_admission_type_shape check (admission_type ~ '^[1-9]$'),
    constraint institutional_claims_admission_source_shape check (admission_source ~ '^[0-9A-Z]$'),
    constraint institutional_claims_patient_status_shape check (patient_status ~ '^[0-9]{2}$'),
    constraint institutional_claims_drg_shape check (drg ~ '^[0-9]{3,4}$')
);

comment on table institutional_claims is
    'What only the claims of hospitals and other institutions say (X12 837I), one row per claim. Its days of service are the statement''s.';
comment on column institutional_claims.claim_id is 'The claim.';
comment on column institutional_claims.facility_code is
    'First two digits of the type of bill; the third is the claim''s frequency_code.';
comment on column institutional_claims.admitted_on is 'Day of admission, or on which care began.';
comment on column institutional_claims.admission_hour is 'Hour of admission, 0 to 23.';
comment on column institutional_claims.admission_type is 'NUBC priority of the admission, such as 1 for an emergency (X12 CL101).';
comment on column institutional_claims.admission_source is 'NUBC point of origin (X12 CL102).';
comment on column institutional_claims.discharge_hour is 'Hour of discharge, 0 to 23.';
comment on column institutional_claims.patient_status is 'NUBC discharge status, such as 01 for discharged home (X12 CL103).';
comment on column institutional_claims.admitting_diagnosis is 'ICD-10-CM code of what the patient was admitted for.';
comment on column institutional_claims.drg is 'Diagnosis related group that was billed.';
