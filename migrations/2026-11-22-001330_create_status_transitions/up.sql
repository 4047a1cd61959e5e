-- Which status may follow which, as data: whatever is not here is refused. Rust knows the same paths; a test compares
-- all pairs, both ways.

create table status_transitions (
    table_name text not null,
    from_status text not null,
    to_status text not null,
    created_at timestamptz not null default now(),
    constraint status_transitions_pkey primary key (table_name, from_status, to_status),
    constraint status_transitions_table_name_known
        check (table_name in ('appeals', 'write_offs', 'rebills')),
    constraint status_transitions_changes_status check (from_status <> to_status)
);

comment on table status_transitions is 'Which status may follow which. That of a claim follows from facts and isn''t here.';
comment on column status_transitions.table_name is 'appeals, write_offs or rebills.';
comment on column status_transitions.from_status is 'The status before; none for a new row.';
comment on column status_transitions.to_status is 'A status that may follow it.';
comment on column status_transitions.created_at is 'When the row was written.';

insert into status_transitions (table_name, from_status, to_status)
values
    ('appeals', 'none', 'pending'),
    ('appeals', 'none', 'in_progress'),
    ('appeals', 'none', 'submitted'),
    ('appeals', 'pending', 'in_progress'),
    ('appeals', 'pending', 'submitted'),
    ('appeals', 'pending', 'withdrawn'),
    ('appeals', 'in_progress', 'submitted'),
    ('appeals', 'in_progress', 'withdrawn'),
    ('appeals', 'submitted', 'under_review'),
    ('appeals', 'submitted', 'approved'),
    ('appeals', 'submitted', 'partially_approved'),
    ('appeals', 'submitted', 'denied'),
    ('appeals', 'submitted', 'withdrawn'),
    ('appeals', 'under_review', 'approved'),
    ('appeals', 'under_review', 'partially_approved'),
    ('appeals', 'under_review', 'denied'),
    ('appeals', 'under_review', 'withdrawn'),
    ('write_offs', 'none', 'pending_approval'),
    ('write_offs', 'pending_approval', 'approved'),
    ('write_offs', 'pending_approval', 'rejected'),
    ('write_offs', 'approved', 'reversed'),
    ('rebills', 'none', 'pending'),
    ('rebills', 'none', 'submitted'),
    ('rebills', 'pending', 'submitted'),
    ('rebills', 'submitted', 'accepted'),
    ('rebills', 'submitted', 'paid'),
    ('rebills', 'submitted', 'partially_paid'),
    ('rebills', 'submitted', 'denied_again'),
    ('rebills', 'accepted', 'paid'),
    ('rebills', 'accepted', 'partially_paid'),
    ('rebills', 'accepted', 'denied_again');

create trigger status_transitions_are_fixed
    before insert or update or delete on status_transitions
    for each statement
    execute function refuse_change('status_transitions_are_fixed', 'the paths change by a migration, which disables this trigger');

comment on trigger status_transitions_are_fixed on status_transitions is 'The paths are part of the schema.';

create trigger status_transitions_are_not_truncated
    before truncate on status_transitions
    for each statement
    execute function refuse_change('status_transitions_are_fixed', 'the paths change by a migration, which disables this trigger');

comment on trigger status_transitions_are_not_truncated on status_transitions is 'The same for TRUNCATE.';

create function check_status_path() returns trigger
    language plpgsql
    security definer
as $$
begin
    if not exists (
        select
        from status_transitions
        where table_name = tg_argv[0]
            and from_status = case tg_op when 'INSERT' then 'none' else old.status end
            and to_status = new.status
    ) then
        perform refuse(
            cast(tg_argv[0] || case tg_op when 'INSERT' then '_initial_status' else '_status_path' end as text),
            cast(tg_argv[0] as text),
            'status_transitions has no such step'
        );
    end if;
    return new;
end
$$;

comment on function check_status_path() is 'Trigger: refuses a status that status_transitions doesn''t lead to; its argument names the table.';

select pin_search_path(cast('check_status_path()' as regprocedure));

revoke execute on function check_status_path() from public;

create trigger appeals_initial_status
    after insert on appeals
    for each row
    execute function check_status_path('appeals');

comment on trigger appeals_initial_status on appeals is 'A new row starts where a path starts.';

create trigger appeals_status_path
    before update on appeals
    for each row
    when (new.status is distinct from old.status)
    execute function check_status_path('appeals');

comment on trigger appeals_status_path on appeals is 'The status changes only along its paths.';

create trigger write_offs_initial_status
    after insert on write_offs
    for each row
    execute function check_status_path('write_offs');

comment on trigger write_offs_initial_status on write_offs is 'A new row starts where a path starts.';

create trigger write_offs_status_path
    before update on write_offs
    for each row
    when (new.status is distinct from old.status)
    execute function check_status_path('write_offs');

comment on trigger write_offs_status_path on write_offs is 'The status changes only along its paths.';

create trigger rebills_initial_status
    after insert on rebills
    for each row
    execute function check_status_path('rebills');

comment on trigger rebills_initial_status on rebills is 'A new row starts where a path starts.';

create trigger rebills_status_path
    before update on rebills
    for each row
    when (new.status is distinct from old.status)
    execute function check_status_path('rebills');

comment on trigger rebills_status_path on rebills is 'The status changes only along its paths.';
