-- The work list follows filing rules in the same transaction.

create function follow_filing_rules() returns trigger
    language plpgsql
    security definer
as $$
declare
    payer_ids uuid[];
    for_all boolean;
begin
    -- A denial that is recorded meanwhile would keep the old answer.
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from new_rules;
    elsif tg_op = 'DELETE' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from old_rules;
    else
        select array_agg(payer_id), bool_or(payer_id is null)
        into payer_ids, for_all
        from (select payer_id from old_rules union all select payer_id from new_rules) as rule;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where for_all or payer_id = any (payer_ids)
    ));
    return null;
end
$$;

comment on function follow_filing_rules() is 'Trigger: counts anew what a changed filing rule may concern.';

select pin_search_path(cast('follow_filing_rules()' as regprocedure));

revoke execute on function follow_filing_rules() from public;

create trigger follow_filing_rules_when_made
    after insert on filing_rules
    referencing new table as new_rules
    for each statement
    execute function follow_filing_rules();

comment on trigger follow_filing_rules_when_made on filing_rules is 'Last days follow filing rules.';

create trigger follow_filing_rules_when_changed
    after update on filing_rules
    referencing old table as old_rules new table as new_rules
    for each statement
    execute function follow_filing_rules();

comment on trigger follow_filing_rules_when_changed on filing_rules is 'Last days follow filing rules.';

create trigger follow_filing_rules_when_taken_out
    after delete on filing_rules
    referencing old table as old_rules
    for each statement
    execute function follow_filing_rules();

comment on trigger follow_filing_rules_when_taken_out on filing_rules is 'Last days follow filing rules.';
