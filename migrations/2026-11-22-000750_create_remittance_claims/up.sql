create table remittance_claims (
    id remittance_claim_key not null default uuidv7(),
    remittance_id remittance_key not null,
    claim_number integer not null,
    patient_control_number as_sent,
    payer_claim_control_number as_sent,
    claim_status as_sent,
    charge_amount sent_usd not null,
    paid_amount sent_usd not null,
    patient_amount sent_usd,
    filing_indicator as_sent,
    facility_code as_sent,
    frequency_code as_sent,
    drg as_sent,
    rendering_npi as_sent,
    service_from calendar_date,
    service_to calendar_date,
    received_on calendar_date,
    is_reversal boolean not null generated always as (
        coalesce(claim_status, '') = '22' or charge_amount < 0 or charge_amount = 0 and paid_amount < 0
    ) stored,
    is_prediction boolean not null generated always as (coalesce(claim_status, '') = '25') stored,
    claim_id claim_key,
    matched_by actor,
    posted_on calendar_date,
    posted_by actor,
    being_posted boolean not null default false,
    waits_for wait_reason,
    waits_for_rule text_given,
    waiting_difference sent_usd,
    other_segments jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint remittance_claims_pkey primary key (id),
    constraint remittance_claims_remittance_id_exists
        foreign key (remittance_id) references remittances (id) on delete restrict,
    constraint remittance_claims_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint remittance_claims_claim_number_unique unique (remittance_id, claim_number),
    constraint remittance_claims_match_says_who check ((claim_id is null) = (matched_by is null)),
    constraint remittance_claims_posting_says_who check ((posted_on is null) = (posted_by is null)),
    constraint remittance_claims_posted_is_matched check (posted_on is null or claim_id is not null),
    constraint remittance_claims_prediction_moves_nothing check (posted_on is null or coalesce(claim_status, '') <> '25'),
    constraint remittance_claims_posted_waits_for_nothing check (posted_on is null or waits_for is null),
    constraint remittance_claims_refused_by_a_rule check ((waits_for = 'rule') is not true or waits_for_rule is not null),
    constraint remittance_claims_other_segments_fit check (octet_length(concat(other_segments)) <= 1000000),
    constraint remittance_claims_other_segments_is_array check (jsonb_typeof(other_segments) = 'array')
)
-- Room on the page for what matching and posting write.
with (fillfactor = 70);

create index remittance_claims_by_claim on remittance_claims (claim_id) where claim_id is not null;
create index remittance_claims_unposted on remittance_claims (remittance_id, claim_number) include (waits_for)
    where posted_on is null and not is_prediction;
create index remittance_claims_by_control_number on remittance_claims (patient_control_number);
create index remittance_claims_reversals on remittance_claims (payer_claim_control_number) where is_reversal;

select diesel_manage_updated_at(cast('remittance_claims' as regclass));

comment on table remittance_claims is 'What a remittance says of a claim (X12 CLP).';
comment on column remittance_claims.id is 'Primary key.';
comment on column remittance_claims.remittance_id is 'The remittance.';
comment on column remittance_claims.claim_number is 'Its place in the remittance, from 1.';
comment on column remittance_claims.patient_control_number is 'The provider''s number of the claim, as the payer echoes it (X12 CLP01).';
comment on column remittance_claims.payer_claim_control_number is 'The payer''s number of the claim (X12 CLP07).';
comment on column remittance_claims.claim_status is
    'X12 CLP02: 1, 2, 3 processed as primary, secondary, tertiary, 4 denied, 19, 20, 21 and forwarded, 22 a reversal, 25 a prediction that moves nothing.';
comment on column remittance_claims.charge_amount is 'Charged, US dollars, below zero on a reversal (X12 CLP03).';
comment on column remittance_claims.paid_amount is 'Paid, US dollars, below zero where it is taken back (X12 CLP04).';
comment on column remittance_claims.patient_amount is 'The patient''s share as the payer sums it up, US dollars (X12 CLP05); the adjustments count.';
comment on column remittance_claims.filing_indicator is 'Kind of plan (X12 CLP06).';
comment on column remittance_claims.facility_code is 'Place of service, or type of bill without its last digit (X12 CLP08).';
comment on column remittance_claims.frequency_code is 'X12 CLP09.';
comment on column remittance_claims.drg is 'Diagnosis related group (X12 CLP11).';
comment on column remittance_claims.rendering_npi is 'Who rendered the services, by NPI (X12 NM1*82).';
comment on column remittance_claims.service_from is 'First day of service (X12 DTM*232, or the earliest of its services).';
comment on column remittance_claims.service_to is 'Last day of service (X12 DTM*233, or the latest of its services).';
comment on column remittance_claims.received_on is 'Day on which the payer received the claim (X12 DTM*050).';
comment on column remittance_claims.is_reversal is
    'Does it take back what an earlier one said? Status 22, or a charge below zero, or money back without a charge. Computed.';
comment on column remittance_claims.is_prediction is 'Is it a prediction, which moves nothing (status 25)? Computed.';
comment on column remittance_claims.claim_id is 'The claim that it is about; empty until it is matched.';
comment on column remittance_claims.matched_by is 'Who matched it: a role or user id.';
comment on column remittance_claims.posted_on is 'Business day on which it was posted; empty while it waits.';
comment on column remittance_claims.posted_by is 'Who posted it: a role or user id.';
comment on column remittance_claims.being_posted is
    'May postings and denials of it be written? Only in the transaction that posts it or takes it back, until it is compared with them. Kept by the database.';
comment on column remittance_claims.waits_for is 'Why it isn''t posted.';
comment on column remittance_claims.waits_for_rule is 'The rule that refused its postings, where it waits for a rule.';
comment on column remittance_claims.waiting_difference is
    'By how much it doesn''t add up, US dollars, where it waits for that: paid and adjusted, less the charge.';
comment on column remittance_claims.other_segments is
    'What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and member ids.';
comment on column remittance_claims.created_at is 'When the row was written.';
comment on column remittance_claims.updated_at is 'When the row last changed.';
comment on index remittance_claims_by_claim is 'What payers said of a claim; also serves the foreign key.';
comment on index remittance_claims_unposted is 'What waits, in the order in which it came.';
comment on index remittance_claims_by_control_number is 'Finds what payers said under a number, matched or not.';
comment on index remittance_claims_reversals is 'Finds what a payer took back, by its own number.';
