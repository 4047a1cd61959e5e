create table remittances (
    id remittance_key not null default uuidv7(),
    file_id remittance_file_key not null,
    transaction_number integer not null,
    content_sha256 bytea not null,
    payer_id payer_key not null,
    payee_npi as_sent,
    trace_number as_sent,
    originator as_sent,
    handling as_sent,
    method as_sent,
    total_amount sent_usd not null,
    paid_on calendar_date,
    produced_on calendar_date,
    explained_amount sent_usd not null default 0,
    difference numeric not null generated always as (total_amount - explained_amount) stored,
    repeats_id remittance_key,
    is_dismissed boolean not null default false,
    reviewed_by actor,
    reviewed_on calendar_date,
    other_segments jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint remittances_pkey primary key (id),
    constraint remittances_file_id_exists
        foreign key (file_id) references remittance_files (id) on delete restrict,
    constraint remittances_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint remittances_repeats_id_exists foreign key (repeats_id) references remittances (id) on delete restrict,
    constraint remittances_transaction_number_unique unique (file_id, transaction_number),
    -- A trace number alone names several payments of some payers.
    constraint remittances_content_unique unique (content_sha256),
    constraint remittances_content_sha256_length check (octet_length(content_sha256) = 32),
    constraint remittances_review_says_who_and_when check ((reviewed_by is null) = (reviewed_on is null)),
    constraint remittances_dismissed_by_somebody check (not is_dismissed or reviewed_by is not null),
    constraint remittances_other_segments_fit check (octet_length(concat(other_segments)) <= 1000000),
    constraint remittances_other_segments_is_array check (jsonb_typeof(other_segments) = 'array')
);

create index remittances_by_trace on remittances (trace_number, payer_id);
create index remittances_by_payer on remittances (payer_id, paid_on desc, id desc);
create index remittances_by_day on remittances (paid_on desc, id desc);
-- What waits by itself, whatever its claims wait for.
create index remittances_to_review on remittances (id)
    where (difference <> 0 or repeats_id is not null) and reviewed_by is null;
create index remittances_repeated on remittances (repeats_id) where repeats_id is not null;

select diesel_manage_updated_at(cast('remittances' as regclass));

comment on table remittances is 'One payment of a payer with what it is for: an 835 transaction.';
comment on column remittances.id is 'Primary key.';
comment on column remittances.file_id is 'The file that it came in first.';
comment on column remittances.transaction_number is 'Which transaction of the file it is, from 1.';
comment on column remittances.content_sha256 is
    'SHA-256 of what it says, without its envelope and its patients: the same content in another envelope is the same remittance.';
comment on column remittances.payer_id is 'Who pays.';
comment on column remittances.payee_npi is 'Who is paid, by NPI (X12 N104 of the payee).';
comment on column remittances.trace_number is 'Number of the check or transfer (X12 TRN02).';
comment on column remittances.originator is 'Who gave it that number (X12 TRN03).';
comment on column remittances.handling is 'What the bank does with it: I remits, H notifies only, C, D, P, U, X (X12 BPR01).';
comment on column remittances.method is 'How it is paid: ACH, CHK, FWT, BOP or NON for nothing (X12 BPR04).';
comment on column remittances.total_amount is 'The check, US dollars; below zero where the provider pays (X12 BPR02, BPR03).';
comment on column remittances.paid_on is 'Day of the payment (X12 BPR16).';
comment on column remittances.produced_on is 'Day on which the payer wrote it (X12 DTM*405).';
comment on column remittances.explained_amount is
    'What its claims are paid, predictions left out, less its provider adjustments, US dollars. Kept by the database.';
comment on column remittances.difference is
    'By how much the check is more than that, US dollars: zero where it adds up. Computed.';
comment on column remittances.repeats_id is
    'An earlier one of the same trace number, day and amount, of the same payer or originator, that says something else: a person decides whether this is another payment.';
comment on column remittances.is_dismissed is 'A person said that it isn''t a payment of its own; it counts nowhere.';
comment on column remittances.reviewed_by is
    'Who decided about it: to post it although it repeats another or doesn''t add up, or to dismiss it.';
comment on column remittances.reviewed_on is 'Day of that decision.';
comment on column remittances.other_segments is
    'What no column holds, an array of X12 segments, each an array of its elements; without names, addresses and member ids.';
comment on column remittances.created_at is 'When the row was written.';
comment on column remittances.updated_at is 'When the row last changed.';
comment on index remittances_by_trace is 'Finds the payment that a bank names, and the one that is sent again.';
comment on index remittances_by_payer is 'A payer''s payments, newest first; also serves the foreign key.';
comment on index remittances_by_day is 'Payments, newest first.';
comment on index remittances_to_review is 'What waits for a person: what doesn''t add up or repeats a payment.';
comment on index remittances_repeated is 'What repeats a payment; serves the foreign key.';
