-- The ledger is only added to, and a row that names a source says what the source says. Foreign keys prove that an
-- appeal or a write-off approved the amount; what they can't say is checked here.

create trigger denial_transactions_are_append_only
    before update or delete or truncate on denial_transactions
    for each statement
    execute function refuse_change('denial_transactions_are_append_only', 'the ledger is append-only; post a reversal');

comment on trigger denial_transactions_are_append_only on denial_transactions is
    'A posting is never changed or taken out.';

create function check_ledger_sources() returns trigger
    language plpgsql
    security definer
as $$
declare
    reversed_ids uuid[];
    source_ids text[];
    reversed_write_off_ids uuid[];
    rebill_ids uuid[];
    rebill_kinds text[];
    rebill_amounts numeric[];
begin
    select array_agg(reverses_id), array_agg(concat_ws(' ', appeal_id, '/', rebill_id, '/', write_off_id)), array_agg(write_off_id)
    into reversed_ids, source_ids, reversed_write_off_ids
    from new_transactions
    where reverses_id is not null;

    select array_agg(rebill_id), array_agg(kind), array_agg(cast(amount as numeric))
    into rebill_ids, rebill_kinds, rebill_amounts
    from new_transactions
    where rebill_id is not null;

    if reversed_ids is not null and exists (
        select
        from unnest(reversed_ids, source_ids) as reversal (reversed_id, source_id)
        join denial_transactions as reversed on reversed.id = reversal.reversed_id
        where concat_ws(' ', reversed.appeal_id, '/', reversed.rebill_id, '/', reversed.write_off_id)
            <> reversal.source_id
    ) then
        perform refuse(
            'denial_transactions_reverses_same_source', 'denial_transactions',
            'a reversal names the appeal, rebill or write-off of the posting that it takes back'
        );
    end if;

    if reversed_write_off_ids is not null and exists (
        select from write_offs where id = any (reversed_write_off_ids) and status <> 'reversed'
    ) then
        perform refuse(
            'denial_transactions_write_off_is_reversed', 'denial_transactions',
            'reverse the write-off itself; the ledger follows'
        );
    end if;

    if rebill_ids is not null and exists (
        select
        from unnest(rebill_ids, rebill_kinds, rebill_amounts) as posted (rebill_id, kind, amount)
        join rebills on rebills.id = posted.rebill_id
        where posted.amount is distinct from
            case posted.kind when 'recovery' then rebills.paid_amount else rebills.adjusted_amount end
    ) then
        perform refuse(
            'denial_transactions_rebill_says_so', 'denial_transactions',
            'resolve the rebill itself; the ledger follows'
        );
    end if;

    return null;
end
$$;

comment on function check_ledger_sources() is
    'Trigger: a posting of a rebill has the rebill''s amount, a reversal has the source of what it reverses, and a write-off is reversed only by its own reversal.';

select pin_search_path('check_ledger_sources()');

revoke execute on function check_ledger_sources() from public;

create trigger check_ledger_sources
    after insert on denial_transactions
    referencing new table as new_transactions
    for each statement
    execute function check_ledger_sources();

comment on trigger check_ledger_sources on denial_transactions is 'A posting says what its source says.';
