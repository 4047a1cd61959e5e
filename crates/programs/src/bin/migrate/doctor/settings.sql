-- Settings of the server, as this session sees them, that cost data, room, or what a service knows of an error.
select format('%s is %s: %s', name, setting, why), cure
from (
    values
        ('fsync', array['off'], 'a crash of the machine can destroy the database', 'set fsync = on in the server''s configuration'),
        ('full_page_writes', array['off'], 'a crash of the machine can destroy the database', 'set full_page_writes = on in the server''s configuration'),
        ('synchronous_commit', array['off'], 'a crash loses what was committed last, payments too', 'set synchronous_commit = on in the server''s configuration'),
        ('autovacuum', array['off'], 'tables grow, and transaction ids run out', 'set autovacuum = on in the server''s configuration'),
        ('track_counts', array['off'], 'autovacuum doesn''t see what changed', 'set track_counts = on in the server''s configuration'),
        ('idle_in_transaction_session_timeout', array['0'], 'a forgotten transaction holds its locks, and keeps dead rows, for ever', 'alter database … set idle_in_transaction_session_timeout = ''10min'''),
        ('session_replication_role', array['replica'], 'the guards are off in this session', 'alter role … reset session_replication_role')
) as setting_to_avoid (name, bad, why, cure)
join pg_show_all_settings() using (name)
where setting = any (bad)
    -- Told below, with whom it was set for.
    and (name <> 'synchronous_commit' or source not in ('database', 'user', 'database user'))
union all
select
    format('synchronous_commit is off for %s%s: a crash loses what was committed last, payments too',
        case when setrole = 0 then 'every role' else format('role %s', pg_get_userbyid(setrole)) end,
        case when setdatabase <> 0 then ' in this database' end),
    format('alter %s%s reset synchronous_commit',
        case
            when setrole <> 0 then format('role %I', pg_get_userbyid(setrole))
            when setdatabase <> 0 then format('database %I', current_database())
            else 'role all'
        end,
        case when setrole <> 0 and setdatabase <> 0 then format(' in database %I', current_database()) end)
from pg_db_role_setting
cross join unnest(setconfig) as setting
where lower(setting) ~ '^synchronous_commit=(off|false|no|0)$'
    and setdatabase in (0, (select oid from pg_database where datname = current_database()))
    -- Of roles those that may write here.
    and (setrole = 0 or exists (
        select from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_setting('doctor.schema') and relkind in ('r', 'p')
            and has_any_column_privilege(setrole, pg_class.oid, 'insert, update')
    ))
union all
select
    format('%s is %s: services tell a deadlock or a lock timeout, which they would repeat, by its English words', name, setting),
    'set lc_messages = ''C'' in the server''s configuration'
from pg_show_all_settings()
where name = 'lc_messages' and setting !~ '^(C$|C[.]|POSIX|en_|English)' and setting <> ''
