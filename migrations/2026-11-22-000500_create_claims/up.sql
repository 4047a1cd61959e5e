-- PostgreSQL reads a generated column's expression anew for each statement that writes the row, a function's body once a
-- session; every posting writes the claim.
create function status_of_claim(
    voided_on date, submitted_on date, frequency_code text, open_denied numeric, filed_appeals integer, answers integer,
    charged numeric, paid numeric, contractual numeric, patient_responsibility numeric, other_payer numeric,
    written_off numeric, rebilled numeric
) returns text
    language plpgsql
    immutable
    parallel safe
as $$
begin
    return case
        when voided_on is not null then 'voided'
        when submitted_on is null then 'pending'
        when open_denied > 0 then
            case when filed_appeals > 0 then 'appealed' when paid > 0 then 'partially_paid' else 'denied' end
        -- The payer owes an answer, about all of it or about the rest.
        when answers = 0
            or frequency_code <> '8'
                and charged > paid + contractual + patient_responsibility + other_payer + written_off + rebilled
            then case when paid > 0 then 'partially_paid' else 'submitted' end
        when rebilled > 0 then 'rebilled'
        when written_off > 0 and paid = 0 and contractual = 0 and patient_responsibility = 0 and other_payer = 0
            then 'written_off'
        else 'paid'
    end;
end
$$;

select pin_search_path(cast('status_of_claim(date, date, text, numeric, integer, integer, numeric, numeric, numeric, numeric, numeric, numeric, numeric)' as regprocedure));

comment on function status_of_claim(date, date, text, numeric, integer, integer, numeric, numeric, numeric, numeric, numeric, numeric, numeric) is
    'The status of a claim, from its days, its totals in US dollars and the counts of answers and of filed appeals.';

create table claims (
    id claim_key not null default uuidv7(),
    claim_id business_id not null,
    patient_reference patient_reference not null,
    payer_id payer_key not null,
    claim_type claim_type not null,
    frequency_code frequency_code not null default '1',
    replaces_claim_id claim_key,
    amount usd not null,
    service_from calendar_date not null,
    service_to calendar_date not null,
    submitted_on calendar_date,
    voided_on calendar_date,
    paid_amount signed_usd not null default 0,
    contractual_amount signed_usd not null default 0,
    patient_responsibility_amount signed_usd not null default 0,
    other_payer_amount signed_usd not null default 0,
    written_off_amount signed_usd not null default 0,
    rebilled_amount signed_usd not null default 0,
    patient_paid_amount signed_usd not null default 0,
    patient_written_off_amount signed_usd not null default 0,
    open_denied_amount signed_usd not null default 0,
    answers integer not null default 0,
    filed_appeals integer not null default 0,
    -- Compared with 0.0, here and in the ledger's other tables: PostgreSQL would cast a plain 0 anew at every statement.
    payer_balance_amount signed_usd not null generated always as (
        case
            when voided_on is not null or frequency_code = '8' then numeric '0'
            else amount - paid_amount - contractual_amount - patient_responsibility_amount - other_payer_amount
                - written_off_amount - rebilled_amount
        end
    ) stored,
    patient_balance_amount signed_usd not null generated always as (
        case
            when voided_on is not null then numeric '0'
            else patient_responsibility_amount - patient_paid_amount - patient_written_off_amount
        end
    ) stored,
    status claim_status not null generated always as (
        status_of_claim(
            voided_on, submitted_on, frequency_code, open_denied_amount, filed_appeals, answers, amount, paid_amount,
            contractual_amount, patient_responsibility_amount, other_payer_amount, written_off_amount, rebilled_amount
        )
    ) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint claims_pkey primary key (id),
    constraint claims_claim_id_unique unique (claim_id),
    constraint claims_id_payer_id_unique unique (id, payer_id),
    constraint claims_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint claims_replaces_claim_id_exists
        foreign key (replaces_claim_id) references claims (id) on delete restrict,
    constraint claims_replacement_names_original check ((frequency_code in ('7', '8')) = (replaces_claim_id is not null)),
    constraint claims_replaces_another_claim check (replaces_claim_id <> id),
    constraint claims_service_dates_ordered check (service_to >= service_from),
    -- Rentals and supplies are billed before their last day.
    constraint claims_submitted_after_service check (submitted_on >= service_from),
    constraint claims_pending_is_unanswered check (answers = 0 or submitted_on is not null),
    constraint claims_voided_has_nothing_open check (voided_on is null or open_denied_amount = 0.0),
    constraint claims_totals_not_negative check (
        least(written_off_amount, rebilled_amount, patient_written_off_amount, open_denied_amount) >= 0.0
        and least(answers, filed_appeals) >= 0
    ),
    -- Else a denial that was written off could be denied, and given up, again. An overpaid claim without open denials is
    -- no contradiction.
    constraint claims_open_denials_within_balance
        check (open_denied_amount = 0.0 or voided_on is not null or open_denied_amount <= payer_balance_amount)
)
-- Room on the page, so that a posting that changes totals writes no index.
with (fillfactor = 90);

create index claims_by_patient on claims (patient_reference, service_from desc, id desc);
create index claims_by_payer on claims (payer_id, service_from desc, id desc);
create index claims_by_service on claims (service_from desc, id desc);
create index claims_to_work on claims (status, service_from desc, id desc) where status <> 'paid';
create index claims_to_work_by_payer on claims (payer_id, status, service_from desc, id desc)
    where status not in ('paid', 'submitted');
create index claims_patients_owe on claims (service_from, id) where patient_balance_amount > 0;
create index claims_patients_owe_by_payer on claims (payer_id, service_from, id) where patient_balance_amount > 0;
create index claims_by_replaced_claim on claims (replaces_claim_id) where replaces_claim_id is not null;

select manage_updated_at_afterwards(cast('claims' as regclass));

comment on table claims is 'One bill to one payer.';
comment on column claims.id is 'Primary key.';
comment on column claims.claim_id is 'Business identifier, such as CLM-2024-001235; sent as X12 CLM01 unless claim_details has another.';
comment on column claims.patient_reference is 'Pseudonym of the patient: letters, digits, point, underscore, hyphen. Never a name or a medical record number.';
comment on column claims.payer_id is 'The payer that is billed.';
comment on column claims.claim_type is 'professional (X12 837P), institutional (837I) or dental (837D).';
comment on column claims.frequency_code is '1 original, 7 replacement of an earlier claim, 8 void of it (X12 CLM05-3). An 8 has no charges and no receivable.';
comment on column claims.replaces_claim_id is 'The earlier claim that a replacement or void names.';
comment on column claims.amount is 'Billed, US dollars: the sum of the charges of its lines; zero for an encounter.';
comment on column claims.service_from is 'First day of service.';
comment on column claims.service_to is 'Last day of service.';
comment on column claims.submitted_on is 'Day it went to the payer; empty while it is pending. Stays once set.';
comment on column claims.voided_on is 'Day it was cancelled. Stays once set.';
comment on column claims.paid_amount is 'Paid by the payer, less what it took back, US dollars. Kept from postings.';
comment on column claims.contractual_amount is 'Taken off by the contract (CO-45), US dollars. Kept from postings.';
comment on column claims.patient_responsibility_amount is
    'Deductible, coinsurance, copayment: owed by the patient (PR-1, PR-2, PR-3), US dollars. Kept from postings.';
comment on column claims.other_payer_amount is 'Settled by what an earlier payer did (OA-23), or billed to a later one, US dollars. Kept from postings.';
comment on column claims.written_off_amount is 'Given up of what the payer owed, US dollars. Kept from postings.';
comment on column claims.rebilled_amount is 'Moved to a new claim, US dollars. Kept from postings.';
comment on column claims.patient_paid_amount is 'Paid by the patient, less refunds, US dollars. Kept from postings.';
comment on column claims.patient_written_off_amount is 'Given up of what the patient owed, US dollars. Kept from postings.';
comment on column claims.open_denied_amount is 'Refused and still open, US dollars: the sum of the open amounts of its denials. Kept from denials and postings.';
comment on column claims.answers is
    'How often the payer answered: its postings and denials. What the patient pays at the visit is no answer. Kept from postings and denials.';
comment on column claims.filed_appeals is
    'Its appeals that are filed and undecided, or granted and not yet paid. Kept from appeals.';
comment on column claims.payer_balance_amount is
    'What the payer still owes, US dollars; below zero where it paid too much: the amount less payments, contractual adjustments, patient responsibility, other payers, write-offs and what was rebilled. Zero for a voided claim and for an 8. Computed.';
comment on column claims.patient_balance_amount is
    'What the patient still owes, US dollars; below zero for a credit: patient responsibility less what the patient paid and what was given up. Zero for a voided claim. Computed.';
comment on column claims.status is
    'pending, submitted, paid, partially_paid, denied, appealed, rebilled, written_off or voided: what follows from dates, postings, denials and appeals. Computed.';
comment on column claims.created_at is 'When the row was written.';
comment on column claims.updated_at is 'When the row last changed.';
comment on index claims_by_patient is 'A patient''s claims, newest service first.';
comment on index claims_by_payer is 'A payer''s claims, newest service first; also serves the foreign key.';
comment on index claims_by_service is 'Claims, newest service first; those of status paid, which most are, too.';
comment on index claims_to_work is 'Claims of any status but paid, newest service first.';
comment on index claims_to_work_by_payer is 'A payer''s claims of any status but paid and submitted, newest service first.';
comment on index claims_patients_owe is 'Claims of which the patient owes a part, oldest service first.';
comment on index claims_patients_owe_by_payer is 'The same of a payer.';
comment on index claims_by_replaced_claim is 'The replacements of a claim; also serves the foreign key.';
