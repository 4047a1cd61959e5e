create table remittance_adjustments (
    remittance_claim_id remittance_claim_key not null,
    adjustment_number smallint not null,
    service_number smallint,
    group_code as_sent,
    reason_code as_sent,
    amount sent_usd not null,
    quantity numeric,
    disposition disposition,
    is_assumed boolean not null default false,
    classified_by actor,
    denial_code text not null generated always as (coalesce(group_code, '') || '-' || coalesce(reason_code, '')) stored,
    constraint remittance_adjustments_pkey primary key (remittance_claim_id, adjustment_number),
    constraint remittance_adjustments_remittance_claim_id_exists
        foreign key (remittance_claim_id) references remittance_claims (id) on delete restrict,
    constraint remittance_adjustments_service_of_claim
        foreign key (remittance_claim_id, service_number)
        references remittance_services (remittance_claim_id, service_number) on delete restrict,
    constraint remittance_adjustments_classified_as_something check (classified_by is null or disposition is not null),
    -- A person's word; where the rules take it for a denial, it waits to be classified.
    constraint remittance_adjustments_denial_has_code check (
        classified_by is null or disposition <> 'denial'
        or denial_code ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$'
    ),
    -- What a denial of it has to say.
    constraint remittance_adjustments_denied unique (remittance_claim_id, adjustment_number, amount)
);

create index remittance_adjustments_assumed on remittance_adjustments (denial_code) where is_assumed;

comment on table remittance_adjustments is 'What a payer doesn''t pay, and why (X12 CAS).';
comment on column remittance_adjustments.remittance_claim_id is 'The claim of the remittance.';
comment on column remittance_adjustments.adjustment_number is 'Its place in that claim, from 1.';
comment on column remittance_adjustments.service_number is 'The service that it is about; empty for the whole claim.';
comment on column remittance_adjustments.group_code is 'Who bears it: CO, PR, OA, PI, in old ones CR (X12 CAS01).';
comment on column remittance_adjustments.reason_code is 'Claim adjustment reason code (X12 CAS02).';
comment on column remittance_adjustments.amount is 'How much less is paid, US dollars; below zero adds.';
comment on column remittance_adjustments.quantity is 'How many units less.';
comment on column remittance_adjustments.disposition is
    'What it is to us: what a person said, else adjustment_rules, else denial_code_library. Empty until it is posted or a person says it.';
comment on column remittance_adjustments.is_assumed is
    'Does nobody know its code, so that what it refuses is taken for a denial?';
comment on column remittance_adjustments.classified_by is 'Who said what it is: a role or user id; empty where the rules did.';
comment on column remittance_adjustments.denial_code is 'Group and reason, such as CO-197. Computed.';
comment on index remittance_adjustments_assumed is 'What is to be classified.';
