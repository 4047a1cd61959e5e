create table payment_variances (
    id payment_variance_key not null default uuidv7(),
    claim_id claim_key not null,
    payer_id payer_key not null,
    paid_on calendar_date not null,
    expected_amount usd not null,
    actual_amount usd not null,
    variance_amount signed_usd not null generated always as (actual_amount - expected_amount) stored,
    -- Nothing expected is refused by the CHECK below, not by a division.
    variance_percentage numeric not null generated always as (
        coalesce(round((actual_amount - expected_amount) * 100 / nullif(expected_amount, 0), 2), 0)
    ) stored,
    variance_type variance_type not null generated always as (
        case
            when abs(actual_amount - expected_amount) <= 0.01 then 'expected'
            when actual_amount < expected_amount then 'underpayment'
            else 'overpayment'
        end
    ) stored,
    variance_reason variance_reason,
    needs_appeal boolean not null default false,
    appeal_id appeal_key,
    resolution text_given,
    resolved_on calendar_date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint payment_variances_pkey primary key (id),
    constraint payment_variances_claim_of_payer
        foreign key (claim_id, payer_id) references claims (id, payer_id) on update cascade on delete restrict,
    constraint payment_variances_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint payment_variances_appeal_of_claim
        foreign key (appeal_id, claim_id) references appeals (id, claim_id) on delete restrict,
    constraint payment_variances_expected_amount_positive check (expected_amount > 0),
    constraint payment_variances_appeal_is_needed check (appeal_id is null or needs_appeal),
    constraint payment_variances_resolution_has_date check ((resolution is null) = (resolved_on is null)),
    constraint payment_variances_resolved_after_payment check (resolved_on >= paid_on)
);

create index payment_variances_by_claim on payment_variances (claim_id, id desc);
create index payment_variances_by_appeal on payment_variances (appeal_id, claim_id) where appeal_id is not null;
create index payment_variances_by_payer on payment_variances (payer_id, paid_on desc, id desc);
create index payment_variances_by_payment on payment_variances (paid_on desc, id desc);
create index payment_variances_to_resolve on payment_variances (paid_on, id) where resolved_on is null;

select diesel_manage_updated_at(cast('payment_variances' as regclass));
select keep_recorder(cast('payment_variances' as regclass));

create trigger fill_payer
    before insert on payment_variances
    for each row
    when (new.payer_id is null)
    execute function fill_payer('payment_variances_claim_of_payer');

comment on trigger fill_payer on payment_variances is 'The payer may be left out.';

create function check_variance_day() returns trigger
    language plpgsql
    security definer
as $$
begin
    if new.paid_on < (select service_from from claims where id = new.claim_id) then
        perform refuse('payment_variances_not_before_service', 'payment_variances', 'the day is before the service');
    end if;
    return null;
end
$$;

comment on function check_variance_day() is 'Trigger: nothing is paid before the service.';

select pin_search_path(cast('check_variance_day()' as regprocedure));

revoke execute on function check_variance_day() from public;

create trigger check_variance_day
    after insert on payment_variances
    for each row
    execute function check_variance_day();

comment on trigger check_variance_day on payment_variances is 'Nothing is paid before the service.';

create trigger payment_variances_payment_is_fixed
    before update on payment_variances
    for each row
    when (
        (new.id, new.claim_id, new.paid_on, new.expected_amount, new.actual_amount)
        is distinct from (old.id, old.claim_id, old.paid_on, old.expected_amount, old.actual_amount)
    )
    execute function refuse_change('payment_variances_payment_is_fixed', 'resolve the variance and record another');

comment on trigger payment_variances_payment_is_fixed on payment_variances is
    'What was paid, when, and what was expected stays.';

create trigger payment_variances_resolution_is_fixed
    before update on payment_variances
    for each row
    when (
        old.resolved_on is not null
        and (new.resolution, new.resolved_on, new.needs_appeal, new.appeal_id)
        is distinct from (old.resolution, old.resolved_on, old.needs_appeal, old.appeal_id)
    )
    execute function refuse_change('payment_variances_resolution_is_fixed', 'the variance is resolved; record another');

comment on trigger payment_variances_resolution_is_fixed on payment_variances is
    'How it ended, when, and by which appeal stays.';

create trigger payment_variances_are_kept
    before delete on payment_variances
    for each statement
    execute function refuse_change('payment_variances_are_kept', 'resolve the variance instead');

comment on trigger payment_variances_are_kept on payment_variances is 'No row is taken out.';

create trigger payment_variances_are_not_truncated
    before truncate on payment_variances
    for each statement
    execute function refuse_change('payment_variances_are_kept', 'resolve the variance instead');

comment on trigger payment_variances_are_not_truncated on payment_variances is 'The same for TRUNCATE.';

comment on table payment_variances is 'A payment beside what the contract says it should have been.';
comment on column payment_variances.id is 'Primary key.';
comment on column payment_variances.claim_id is 'The claim that was paid.';
comment on column payment_variances.payer_id is 'The claim''s payer; filled in when left out.';
comment on column payment_variances.paid_on is 'Day of the payment.';
comment on column payment_variances.expected_amount is 'What the contract says, US dollars.';
comment on column payment_variances.actual_amount is 'What was paid, US dollars.';
comment on column payment_variances.variance_amount is 'Actual less expected, US dollars; below zero for an underpayment. Computed.';
comment on column payment_variances.variance_percentage is 'Variance in percent of the expected amount, two decimals. Computed.';
comment on column payment_variances.variance_type is
    'underpayment, overpayment, or expected when within one cent. Computed.';
comment on column payment_variances.variance_reason is
    'contract_adjustment, bundling, non_covered_service, missing_authorization, credentialing_issue, coordination_of_benefits, incorrect_coding, timely_filing, duplicate_claim or other; empty until known.';
comment on column payment_variances.needs_appeal is 'Is it worth an appeal?';
comment on column payment_variances.appeal_id is 'The appeal of the same claim that asks for the difference.';
comment on column payment_variances.resolution is 'How it ended; empty while it is unresolved.';
comment on column payment_variances.resolved_on is 'Day it ended.';
comment on column payment_variances.created_at is 'When the row was written.';
comment on column payment_variances.updated_at is 'When the row last changed.';
comment on index payment_variances_by_claim is 'A claim''s variances, newest first; also serves the foreign key.';
comment on index payment_variances_by_appeal is 'An appeal''s variances; also serves the foreign key.';
comment on index payment_variances_by_payer is 'A payer''s variances by day of payment, newest first; also serves the foreign key.';
comment on index payment_variances_by_payment is 'Variances by day of payment, newest first.';
comment on index payment_variances_to_resolve is 'Unresolved variances, oldest first.';
