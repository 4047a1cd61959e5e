create function close_period() returns trigger
    language plpgsql
    security definer
as $$
begin
    -- Waits for everybody who is writing, and has the next ones wait.
    lock table denials, postings in share row exclusive mode;
    if new.closed_through >= cast(now() at time zone 'UTC' as date) then
        perform refuse('period_closings_in_the_past', 'period_closings', 'the day is not over');
    end if;
    if exists (select from period_closings where is_last and closed_through >= new.closed_through) then
        perform refuse('period_closings_go_on', 'period_closings', 'that day is closed');
    end if;
    -- Written, so that a writer with an older snapshot that locks it fails.
    update period_closings set is_last = false where is_last;
    new.is_last := true;
    return new;
end
$$;

comment on function close_period() is 'Trigger: waits for writers, and has the new closing take the place of the last.';

select pin_search_path(cast('close_period()' as regprocedure));

revoke execute on function close_period() from public;

create trigger close_period
    before insert on period_closings
    for each row
    execute function close_period();

comment on trigger close_period on period_closings is 'One closing holds: the last one. Fires before period_closings_recorded_by_database.';

create trigger period_closings_are_kept
    before delete on period_closings
    for each statement
    execute function refuse_change('period_closings_are_kept', 'a closed period stays closed; correct in the open one');

comment on trigger period_closings_are_kept on period_closings is 'A closed period stays closed.';

create trigger period_closings_are_not_truncated
    before truncate on period_closings
    for each statement
    execute function refuse_change('period_closings_are_kept', 'a closed period stays closed; correct in the open one');

comment on trigger period_closings_are_not_truncated on period_closings is 'The same for TRUNCATE.';

create trigger period_closings_are_fixed
    before update on period_closings
    for each row
    when (pg_trigger_depth() = 0)
    execute function refuse_change('period_closings_are_fixed', 'a closed period stays closed; correct in the open one');

comment on trigger period_closings_are_fixed on period_closings is 'A closed period stays closed.';
