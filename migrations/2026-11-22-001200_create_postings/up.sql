create table postings (
    id posting_key not null default uuidv7(),
    claim_id claim_key not null,
    denial_id denial_key,
    kind posting_kind not null,
    amount signed_usd not null,
    posted_on calendar_date not null,
    posted_by actor not null,
    appeal_id appeal_key,
    write_off_id write_off_key,
    rebill_id rebill_key,
    moved_to_claim_id claim_key,
    reverses_id posting_key,
    takes_back_id posting_key,
    unsettled_denial_id denial_key,
    remittance_claim_id remittance_claim_key,
    service_number smallint,
    adjustment_number smallint,
    idempotency_key idempotency_key,
    idempotency_ordinal smallint,
    recorded_login text not null default session_user,
    recorded_role text not null default coalesce(nullif(current_setting('role'), 'none'), session_user),
    created_at timestamptz not null default now(),
    constraint postings_pkey primary key (id),
    -- Checked once the ledger holds the rows that it writes. Earlier, the locks of many sessions that post to one claim would
    -- add up on its row, and make it slower with each posting.
    constraint postings_claim_id_exists
        foreign key (claim_id) references claims (id) on delete restrict deferrable initially deferred,
    constraint postings_denial_of_claim
        foreign key (denial_id, claim_id) references denials (id, claim_id) on delete restrict
        deferrable initially deferred,
    constraint postings_unsettled_denial_of_claim
        foreign key (unsettled_denial_id, claim_id) references denials (id, claim_id) on delete restrict,
    constraint postings_appeal_of_denial
        foreign key (appeal_id, denial_id) references appeals (id, denial_id) on delete restrict,
    constraint postings_write_off_of_denial
        foreign key (write_off_id, denial_id) references write_offs (id, denial_id) on delete restrict,
    constraint postings_rebill_of_denial
        foreign key (rebill_id, denial_id) references rebills (id, denial_id) on delete restrict,
    constraint postings_moved_to_claim_id_exists
        foreign key (moved_to_claim_id) references claims (id) on delete restrict,
    constraint postings_reverses_id_exists foreign key (reverses_id) references postings (id) on delete restrict,
    constraint postings_takes_back_id_exists foreign key (takes_back_id) references postings (id) on delete restrict,
    constraint postings_remittance_claim_id_exists
        foreign key (remittance_claim_id) references remittance_claims (id) on delete restrict,
    constraint postings_service_of_remittance
        foreign key (remittance_claim_id, service_number)
        references remittance_services (remittance_claim_id, service_number) on delete restrict,
    constraint postings_adjustment_of_remittance
        foreign key (remittance_claim_id, adjustment_number)
        references remittance_adjustments (remittance_claim_id, adjustment_number) on delete restrict,
    constraint postings_remittance_says_of_what
        check (remittance_claim_id is not null or service_number is null and adjustment_number is null),
    constraint postings_remittance_kind check (
        remittance_claim_id is null
        or kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn')
    ),
    constraint postings_amount_not_zero check (amount <> 0.0),
    -- Payers and patients take money back without naming a row; what we decided ourselves is only taken back by one that does.
    constraint postings_negative_takes_back check (
        amount > 0.0 or reverses_id is not null or takes_back_id is not null
        or kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'patient_payment')
    ),
    constraint postings_reverses_or_takes_back check (reverses_id is null or takes_back_id is null),
    constraint postings_settles_or_not check (denial_id is null or unsettled_denial_id is null),
    constraint postings_source_fits_kind check (
        (write_off_id is not null or kind <> 'write_off')
        and (write_off_id is null or kind in ('write_off', 'contractual_adjustment', 'other_payer', 'patient_responsibility'))
        and (moved_to_claim_id is not null or kind <> 'rebilled')
        and (moved_to_claim_id is null or kind in ('rebilled', 'patient_responsibility', 'other_payer'))
        and (appeal_id is null or kind = 'payment')
        and (rebill_id is null or kind = 'rebilled')
    ),
    constraint postings_source_names_denial
        check (denial_id is not null or appeal_id is null and rebill_id is null and write_off_id is null),
    constraint postings_denial_fits_kind check (
        case when denial_id is null then kind <> 'denial_withdrawn' else kind not in ('patient_payment', 'patient_write_off') end
    ),
    constraint postings_key_has_ordinal check ((idempotency_key is null) = (idempotency_ordinal is null)),
    constraint postings_moved_to_another_claim check (moved_to_claim_id <> claim_id)
);

create index postings_by_claim on postings (claim_id, id);
create index postings_by_denial on postings (denial_id, claim_id) where denial_id is not null;
create unique index postings_key_used_once on postings (idempotency_key, idempotency_ordinal)
    where idempotency_key is not null;
create unique index postings_reversed_once on postings (reverses_id) where reverses_id is not null;
create unique index postings_write_off_posted_once on postings (write_off_id) where write_off_id is not null and amount > 0;
create index postings_to_patients on postings (claim_id, posted_on) where kind = 'patient_responsibility' and amount > 0;
create index postings_by_write_off on postings (write_off_id, denial_id) where write_off_id is not null;
create index postings_by_appeal on postings (appeal_id, denial_id) where appeal_id is not null;
create index postings_by_rebill on postings (rebill_id, denial_id) where rebill_id is not null;
create index postings_by_new_claim on postings (moved_to_claim_id) where moved_to_claim_id is not null;
create index postings_by_taken_back on postings (takes_back_id) where takes_back_id is not null;
create index postings_by_remittance_claim on postings (remittance_claim_id, adjustment_number)
    where remittance_claim_id is not null;
create index postings_unsettled on postings (unsettled_denial_id, claim_id) where unsettled_denial_id is not null;
create index postings_to_review_by_id on postings (id)
    where unsettled_denial_id is not null
        or (takes_back_id is not null and posted_by = 'database' and (kind <> 'other_payer' or moved_to_claim_id is not null));
create index postings_by_day on postings using brin (posted_on);

comment on table postings is
    'The ledger of the claims: what became of the billed money. Rows are added, never changed; a mistake is reversed. docs/postings.md shows what a posting sets off.';
comment on column postings.id is 'Primary key.';
comment on column postings.claim_id is 'The claim.';
comment on column postings.denial_id is 'The denial of that claim that it settles; empty when it settles none.';
comment on column postings.kind is
    'payment, contractual_adjustment, patient_responsibility, other_payer, write_off, rebilled or denial_withdrawn; of the patient: patient_payment or patient_write_off.';
comment on column postings.amount is 'US dollars, not zero; below zero where it takes something back or the payer says so.';
comment on column postings.posted_on is 'Business day that it counts for.';
comment on column postings.posted_by is
    'Role or user id that posted it; the approver of a write-off; database where it follows from something else.';
comment on column postings.appeal_id is 'The filed or granted appeal that it pays.';
comment on column postings.write_off_id is 'The approved write-off, adjustment or transfer; every row of kind write_off has one.';
comment on column postings.rebill_id is 'The rebill that moved it, if one did.';
comment on column postings.moved_to_claim_id is 'The claim on which the money lives from now on: the new claim of a rebill (every row of kind rebilled has one), the replacement, or the claim of the next payer.';
comment on column postings.reverses_id is
    'The row that was a mistake of ours: of the same claim, denial, kind and source; this one has its amount with the other sign. Once.';
comment on column postings.takes_back_id is
    'The row of the same claim and kind that is taken back, wholly or in part, by the payer or because the payer paid after all; together at most its amount.';
comment on column postings.unsettled_denial_id is
    'The denial that it was about, where it would take back more than the denial has: it then counts for the claim alone.';
comment on column postings.remittance_claim_id is 'The claim of a remittance that says it; empty where it was posted by hand.';
comment on column postings.service_number is 'The service there that it follows from.';
comment on column postings.adjustment_number is 'The adjustment there that it follows from.';
comment on column postings.idempotency_key is 'Names the command that posted it: the same key posts once.';
comment on column postings.idempotency_ordinal is 'Position among the rows of its key, from 1.';
comment on column postings.recorded_login is 'The login that wrote the row. Set by the database.';
comment on column postings.recorded_role is 'The role that it had taken on. Set by the database.';
comment on column postings.created_at is 'When the row was written.';
comment on index postings_by_claim is 'A claim''s postings in order; also serves the foreign key.';
comment on index postings_by_denial is 'A denial''s postings; also serves the foreign key.';
comment on index postings_key_used_once is 'An idempotency key posts once.';
comment on index postings_reversed_once is 'A row is reversed once.';
comment on index postings_write_off_posted_once is 'A write-off is posted once.';
comment on index postings_to_patients is 'The days on which parts of a claim became the patient''s.';
comment on index postings_by_write_off is 'A write-off''s postings; also serves the foreign key.';
comment on index postings_by_appeal is 'An appeal''s payments; also serves the foreign key.';
comment on index postings_by_rebill is 'A rebill''s postings; also serves the foreign key.';
comment on index postings_by_new_claim is 'What was moved to a claim; also serves the foreign key.';
comment on index postings_by_taken_back is 'What takes a row back; also serves the foreign key.';
comment on index postings_by_remittance_claim is 'What was posted of a remittance; also serves the foreign keys.';
comment on index postings_unsettled is 'Serves the foreign key.';
comment on index postings_to_review_by_id is 'What postings_to_review lists, paged by key.';
comment on index postings_by_day is 'Postings of a span of days.';
