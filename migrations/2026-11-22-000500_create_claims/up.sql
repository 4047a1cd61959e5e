create table claims (
    id claim_key not null default uuidv7(),
    claim_id business_id not null,
    patient_reference patient_reference not null,
    payer_id payer_key not null,
    claim_type claim_type not null,
    status claim_status not null default 'pending',
    amount usd not null,
    paid_amount usd not null default 0,
    adjusted_amount usd not null default 0,
    denied_amount usd not null default 0,
    recovered_amount usd not null default 0,
    written_off_amount usd not null default 0,
    transferred_amount usd not null default 0,
    denial_adjusted_amount usd not null default 0,
    filed_appeals integer not null default 0,
    open_denied_amount usd not null generated always as (
        denied_amount - recovered_amount - written_off_amount - transferred_amount - denial_adjusted_amount
    ) stored,
    balance_amount signed_usd not null generated always as (
        amount - paid_amount - adjusted_amount
        - recovered_amount - written_off_amount - transferred_amount - denial_adjusted_amount
    ) stored,
    service_from calendar_date not null,
    service_to calendar_date not null,
    submitted_on calendar_date,
    place_of_service place_of_service,
    frequency_code frequency_code not null default '1',
    payer_claim_control_number control_number,
    replaces_claim_id claim_key,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint claims_pkey primary key (id),
    constraint claims_claim_id_unique unique (claim_id),
    constraint claims_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint claims_replaces_claim_id_exists
        foreign key (replaces_claim_id) references claims (id) on delete restrict,
    constraint claims_amount_positive check (amount > 0),
    constraint claims_service_dates_ordered check (service_to >= service_from),
    constraint claims_submitted_has_date check (status in ('pending', 'voided') or submitted_on is not null),
    constraint claims_pending_is_not_submitted check (status <> 'pending' or submitted_on is null),
    constraint claims_pending_is_not_paid check (status <> 'pending' or paid_amount = 0),
    constraint claims_pending_is_not_denied check (status <> 'pending' or denied_amount = 0),
    constraint claims_voided_has_nothing_open check (status <> 'voided' or open_denied_amount = 0),
    constraint claims_partially_paid_is_paid check (status <> 'partially_paid' or paid_amount + recovered_amount > 0),
    -- Else a denial that was written off could be denied, and given up, again. An overpaid claim without open denials is no
    -- contradiction.
    constraint claims_open_denials_within_balance check (open_denied_amount = 0 or open_denied_amount <= balance_amount),
    constraint claims_filed_appeals_not_negative check (filed_appeals >= 0),
    constraint claims_submitted_after_service check (submitted_on >= service_to),
    constraint claims_replacement_names_original
        check ((frequency_code = '1') = (replaces_claim_id is null)),
    constraint claims_replacement_has_control_number
        check (frequency_code = '1' or payer_claim_control_number is not null),
    constraint claims_replaces_another_claim check (replaces_claim_id <> id)
);

create index claims_by_patient on claims (patient_reference, service_from desc, id desc);
create index claims_by_payer on claims (payer_id, service_from desc, id desc);
create index claims_by_status on claims (status, service_from desc, id desc);
create index claims_by_replaced_claim on claims (replaces_claim_id) where replaces_claim_id is not null;

select diesel_manage_updated_at('claims');

comment on table claims is 'One bill to one payer.';
comment on column claims.id is 'Primary key.';
comment on column claims.claim_id is 'Business identifier, such as CLM-2024-001235; sent as X12 CLM01.';
comment on column claims.patient_reference is 'Pseudonym of the patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.';
comment on column claims.payer_id is 'The payer that is billed.';
comment on column claims.claim_type is 'professional (X12 837P), institutional (837I) or dental (837D).';
comment on column claims.status is
    'pending, submitted, paid, partially_paid, denied, appealed, written_off or voided; follows the denials once there is one.';
comment on column claims.amount is 'Billed, US dollars: the sum of the charges of its lines.';
comment on column claims.paid_amount is
    'Paid by the payer when it decided the claim, US dollars. What it paid for a denial later is recovered_amount.';
comment on column claims.adjusted_amount is
    'Taken off by the contract (CO-45) outside of any denial, US dollars.';
comment on column claims.denied_amount is 'Refused, US dollars: the sum of its denials. Kept from denials.';
comment on column claims.recovered_amount is
    'Paid for its denials after all, US dollars; what a rebill recovered is in the paid_amount of the new claim, too. Kept from denials.';
comment on column claims.written_off_amount is 'Given up of its denials, US dollars. Kept from denials.';
comment on column claims.transferred_amount is 'Moved to the patient, US dollars. Kept from denials.';
comment on column claims.denial_adjusted_amount is 'Contractual adjustment of its denials, US dollars. Kept from denials.';
comment on column claims.filed_appeals is 'Denials with a filed appeal that the payer has not decided yet. Kept from denials.';
comment on column claims.open_denied_amount is 'Denied and still open, US dollars; if above zero, at most balance_amount. Computed.';
comment on column claims.balance_amount is
    'Still unsettled, US dollars: billed less everything paid, recovered, adjusted, written off or moved to the patient; below zero when overpaid. Computed.';
comment on column claims.service_from is 'First day of service.';
comment on column claims.service_to is 'Last day of service.';
comment on column claims.submitted_on is 'Day the claim went to the payer; empty before.';
comment on column claims.place_of_service is 'CMS place of service code, two digits; institutional claims do without.';
comment on column claims.frequency_code is 'X12 CLM05-3: 1 original, 7 replacement, 8 void.';
comment on column claims.payer_claim_control_number is
    'The payer''s control number of the replaced or voided claim (X12 REF*F8); required with frequency 7 and 8.';
comment on column claims.replaces_claim_id is 'The claim that this one replaces or voids.';
comment on column claims.created_at is 'When the row was written.';
comment on column claims.updated_at is 'When the row last changed.';
comment on index claims_by_patient is 'A patient''s claims, newest service first.';
comment on index claims_by_payer is 'A payer''s claims, newest service first; also serves the foreign key.';
comment on index claims_by_status is 'Claims of one status, newest service first, paged by key.';
comment on index claims_by_replaced_claim is 'What replaced a claim; also serves the foreign key.';
