-- Indexes that serve nobody. Missing ones are differences from what the migrations make.
select
    format('%s is invalid: a concurrent build of it broke off%s', index.relname,
        case when pg_is_in_recovery() then ', or is at work on the primary' end),
    format('reindex index concurrently %I.%I; drop it where its name ends in _ccnew or _ccold', nspname, index.relname)
from pg_index
join pg_class as index on index.oid = indexrelid
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = current_setting('doctor.schema') and not indisvalid
    and not exists (select from pg_stat_progress_create_index as built where built.index_relid = indexrelid)
union all
select
    format('%s, %s, was not used in %s days', indexrelname, pg_size_pretty(pg_relation_size(indexrelid)),
        extract(day from now() - coalesce(stats_reset, pg_postmaster_start_time()))),
    'if no standby uses it either, say so to who keeps the schema; dropping it here would be drift'
from pg_stat_user_indexes
join pg_index using (indexrelid)
join pg_stat_database on datname = current_database()
where schemaname = current_setting('doctor.schema') and not indisunique and idx_scan = 0
    -- What a standby uses says nothing of its primary, where an index would be dropped.
    and not pg_is_in_recovery() and coalesce(stats_reset, pg_postmaster_start_time()) < now() - interval '30 days'
    and pg_relation_size(indexrelid) > 8 * 1024 * 1024
    -- A foreign key's is used when a row of the other table goes.
    and not exists (select from pg_constraint where conrelid = pg_index.indrelid and contype = 'f' and conkey[1] = indkey[0]);
