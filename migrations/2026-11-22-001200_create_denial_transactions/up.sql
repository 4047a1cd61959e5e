create table denial_transactions (
    id posting_key not null default uuidv7(),
    denial_id denial_key not null,
    kind posting_kind not null,
    amount usd not null,
    posted_on calendar_date not null,
    posted_by actor not null,
    appeal_id appeal_key,
    rebill_id rebill_key,
    write_off_id write_off_key,
    reverses_id posting_key,
    is_reversal boolean not null generated always as (reverses_id is not null) stored,
    -- What the foreign key asks of the reversed row: that it is no reversal itself.
    reversed_is_reversal boolean generated always as (case when reverses_id is not null then false end) stored,
    created_at timestamptz not null default now(),
    constraint denial_transactions_pkey primary key (id),
    constraint denial_transactions_reversal_target_unique
        unique (id, denial_id, kind, amount, is_reversal),
    constraint denial_transactions_reversed_once unique (reverses_id),
    constraint denial_transactions_denial_id_exists
        foreign key (denial_id) references denials (id) on delete restrict,
    -- An appeal that is not approved has no approved amount; a write-off likewise.
    constraint denial_transactions_appeal_approved_it
        foreign key (appeal_id, denial_id, amount) references appeals (id, denial_id, approved_amount) on delete restrict,
    constraint denial_transactions_rebill_of_denial
        foreign key (rebill_id, denial_id) references rebills (id, denial_id) on delete restrict,
    constraint denial_transactions_write_off_approved_it
        foreign key (write_off_id, denial_id, amount)
        references write_offs (id, denial_id, approved_amount) on delete restrict,
    constraint denial_transactions_reverses_same_posting
        foreign key (reverses_id, denial_id, kind, amount, reversed_is_reversal)
        references denial_transactions (id, denial_id, kind, amount, is_reversal) on delete restrict,
    constraint denial_transactions_amount_positive check (amount > 0),
    constraint denial_transactions_reverses_another check (reverses_id <> id),
    constraint denial_transactions_source_fits_kind check (
        num_nonnulls(appeal_id, rebill_id, write_off_id) <= 1
        and (write_off_id is not null) = (kind = 'write_off')
        and (appeal_id is null or kind = 'recovery')
        and (rebill_id is null or kind in ('recovery', 'contractual_adjustment'))
    )
);

create unique index denial_transactions_write_off_posted_once on denial_transactions (write_off_id)
    where write_off_id is not null and reverses_id is null;
create unique index denial_transactions_appeal_posted_once on denial_transactions (appeal_id)
    where appeal_id is not null and reverses_id is null;
create unique index denial_transactions_rebill_posted_once on denial_transactions (rebill_id, kind)
    where rebill_id is not null and reverses_id is null;
create index denial_transactions_by_denial on denial_transactions (denial_id, id);
create index denial_transactions_by_appeal on denial_transactions (appeal_id, denial_id) where appeal_id is not null;
create index denial_transactions_by_rebill on denial_transactions (rebill_id, denial_id) where rebill_id is not null;
create index denial_transactions_by_write_off on denial_transactions (write_off_id, denial_id)
    where write_off_id is not null;

comment on table denial_transactions is
    'The ledger of the denials: what became of the refused money. Rows are added, never changed; a mistake is reversed. docs/postings.md shows what a posting sets off.';
comment on column denial_transactions.id is 'Primary key.';
comment on column denial_transactions.denial_id is 'The denial.';
comment on column denial_transactions.kind is 'recovery, write_off, patient_transfer or contractual_adjustment.';
comment on column denial_transactions.amount is 'US dollars, above zero; counts against the open amount, or back to it when the row is a reversal.';
comment on column denial_transactions.posted_on is 'Day it counts for.';
comment on column denial_transactions.posted_by is
    'Role or user id that posted it; the approver of a write-off; database where it follows from an appeal or a rebill.';
comment on column denial_transactions.appeal_id is 'The appeal that recovered it, if one did.';
comment on column denial_transactions.rebill_id is 'The rebill that recovered or adjusted it, if one did.';
comment on column denial_transactions.write_off_id is 'The write-off; every row of kind write_off has one.';
comment on column denial_transactions.reverses_id is
    'The row that this one takes back: no reversal itself, of the same denial, kind, amount and source, at most once.';
comment on column denial_transactions.is_reversal is 'Does it take another row back? Computed.';
comment on column denial_transactions.reversed_is_reversal is
    'False where the row is a reversal, else empty; proves with the foreign key that no reversal is reversed. Computed.';
comment on column denial_transactions.created_at is 'When the row was written.';
comment on index denial_transactions_write_off_posted_once is 'A write-off is posted once.';
comment on index denial_transactions_appeal_posted_once is 'An appeal is posted once.';
comment on index denial_transactions_rebill_posted_once is 'A rebill is posted once as paid and once as adjusted.';
comment on index denial_transactions_by_denial is 'A denial''s postings in order; also serves the foreign key.';
comment on index denial_transactions_by_appeal is 'An appeal''s postings; also serves the foreign key.';
comment on index denial_transactions_by_rebill is 'A rebill''s postings; also serves the foreign key.';
comment on index denial_transactions_by_write_off is 'A write-off''s postings; also serves the foreign key.';
