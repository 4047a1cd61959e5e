-- The totals of a denial are the sums of its ledger. One statement trigger adds them up: it locks the
-- denials in the order of their ids, so that two batches can't wait for each other, and the CHECK on the
-- denial then refuses what is too much, at every isolation level. The new rows are read into arrays
-- first, because Citus can't join a transition table with a table.

create function keep_denial_totals() returns trigger
    language plpgsql
    security definer
as $$
declare
    denial_ids uuid[];
    recovered numeric[];
    written_off numeric[];
    transferred numeric[];
    adjusted numeric[];
begin
    -- The search_path is pinned; in a schema that was renamed it would lead elsewhere, and nothing would be counted.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'denial_transactions', 'the schema was renamed; pin its functions to the new name');
    end if;

    select
        array_agg(posted.denial_id),
        array_agg(posted.recovered),
        array_agg(posted.written_off),
        array_agg(posted.transferred),
        array_agg(posted.adjusted)
    into denial_ids, recovered, written_off, transferred, adjusted
    from (
        select
            signed.denial_id,
            coalesce(sum(signed.amount) filter (where signed.kind = 'recovery'), 0) as recovered,
            coalesce(sum(signed.amount) filter (where signed.kind = 'write_off'), 0) as written_off,
            coalesce(sum(signed.amount) filter (where signed.kind = 'patient_transfer'), 0) as transferred,
            coalesce(sum(signed.amount) filter (where signed.kind = 'contractual_adjustment'), 0) as adjusted
        from (
            select
                denial_id,
                kind,
                case when reverses_id is null then cast(amount as numeric) else -amount end as amount
            from new_transactions
        ) as signed
        group by signed.denial_id
    ) as posted;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    update denials
    set
        recovered_amount = denials.recovered_amount + posted.recovered,
        written_off_amount = denials.written_off_amount + posted.written_off,
        transferred_amount = denials.transferred_amount + posted.transferred,
        adjusted_amount = denials.adjusted_amount + posted.adjusted
    from unnest(denial_ids, recovered, written_off, transferred, adjusted)
        as posted (denial_id, recovered, written_off, transferred, adjusted)
    where denials.id = posted.denial_id;

    return null;
end
$$;

comment on function keep_denial_totals() is 'Trigger: adds new ledger rows to the totals of their denials.';

select pin_search_path('keep_denial_totals()');

revoke execute on function keep_denial_totals() from public;

create trigger keep_denial_totals
    after insert on denial_transactions
    referencing new table as new_transactions
    for each statement
    execute function keep_denial_totals();

comment on trigger keep_denial_totals on denial_transactions is 'Keeps the totals of the denials.';

create trigger denials_totals_start_at_zero
    before insert on denials
    for each row
    when (
        (new.recovered_amount, new.written_off_amount, new.transferred_amount, new.adjusted_amount) <> (0, 0, 0, 0)
        or new.open_action is not null
    )
    execute function keep_to_triggers('denials_totals_start_at_zero', 'the totals follow the ledger; leave them out');

comment on trigger denials_totals_start_at_zero on denials is 'A new denial has no ledger.';

create trigger denials_totals_follow_ledger
    before update on denials
    for each row
    when (
        (new.recovered_amount, new.written_off_amount, new.transferred_amount, new.adjusted_amount, new.open_action)
        is distinct from
        (old.recovered_amount, old.written_off_amount, old.transferred_amount, old.adjusted_amount, old.open_action)
    )
    execute function keep_to_triggers('denials_totals_follow_ledger', 'the totals follow the ledger, and open_action follows the appeals and rebills');

comment on trigger denials_totals_follow_ledger on denials is 'Nobody else writes the totals of a denial.';
