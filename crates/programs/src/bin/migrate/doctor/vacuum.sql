-- Dead rows, and transaction ids that run out.
select
    format('%s: %s of %s rows are dead', relname, n_dead_tup, n_dead_tup + n_live_tup),
    format('vacuum (analyze) %I.%I; look for what keeps them: a long transaction, a replication slot', schemaname, relname)
from pg_stat_user_tables
where schemaname = current_setting('doctor.schema') and n_dead_tup > 10000 and n_dead_tup > 0.3 * (n_dead_tup + n_live_tup)
union all
select
    format('%s has about %s rows and no autovacuum', relname, cast(reltuples as bigint)),
    format('alter table %I.%I reset (autovacuum_enabled)', nspname, relname)
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = current_setting('doctor.schema') and relkind in ('r', 'm') and reltuples > 10000
    and exists (
        select from pg_options_to_table(reloptions)
        where option_name = 'autovacuum_enabled' and option_value in ('false', 'off', '0', 'no')
    )
union all
select
    format('%s has about %s rows and was never analyzed: plans are guesses', relname, n_live_tup),
    format('analyze %I.%I', schemaname, relname)
from pg_stat_user_tables
where schemaname = current_setting('doctor.schema') and n_live_tup > 10000 and coalesce(last_analyze, last_autoanalyze) is null
union all
select
    format('%s transactions since the oldest row was frozen, of 2,000 million at most', age(datfrozenxid)),
    'vacuum (freeze) the oldest tables; look for what keeps them: a long or prepared transaction, a replication slot'
from pg_database
where datname = current_database()
    and age(datfrozenxid) > least(2 * cast(current_setting('autovacuum_freeze_max_age') as bigint), 1000000000)
union all
select
    format('%s multixacts (locks that several hold) since the oldest was frozen, of 2,000 million at most', mxid_age(datminmxid)),
    'vacuum (freeze) the oldest tables; look for what keeps them: a long or prepared transaction, a replication slot'
from pg_database
where datname = current_database()
    and mxid_age(datminmxid) > least(2 * cast(current_setting('autovacuum_multixact_freeze_max_age') as bigint), 1000000000);
