-- What others wait for, and who can be listened to. Of other roles' sessions much is NULL without pg_read_all_stats.
select
    format('could not be looked at: %s sessions of other roles are hidden from role %s', count(*), current_user),
    format('grant pg_monitor to %I', current_user)
from pg_stat_activity
where datname = current_database() and usename is not null and backend_type is null
having count(*) > 0
union all
select
    format('session %s of role %s is in a transaction since %s', pid, usename, date_trunc('second', xact_start)),
    format('ask who owns it; to end it: select pg_terminate_backend(%s)', pid)
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and xact_start < now() - interval '15 minutes'
    and backend_type = 'client backend'
union all
select
    format('a prepared transaction of role %s is open since %s', owner, date_trunc('second', prepared)),
    format('commit prepared or rollback prepared %L; set max_prepared_transactions = 0 where nobody uses them', gid)
from pg_prepared_xacts
where database = current_database() and prepared < now() - interval '15 minutes'
union all
select
    format('%s sessions of role %s come over the network without TLS', count(*), usename),
    'sslmode=verify-full in the connection string, and hostssl instead of host in pg_hba.conf (rds.force_ssl on RDS)'
from pg_stat_activity
join pg_stat_ssl using (pid)
where datname = current_database() and not ssl and client_addr is not null
    and not client_addr <<= inet '127.0.0.0/8' and client_addr <> inet '::1'
group by usename
union all
select
    format('replication slot %s is unused and keeps %s of the log', slot_name,
        pg_size_pretty(pg_wal_lsn_diff(written.lsn, restart_lsn))),
    'drop it, or start what reads it: the disk fills'
from pg_replication_slots
cross join lateral (
    select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end
) as written (lsn)
where not active
    and pg_wal_lsn_diff(written.lsn, restart_lsn) > 1024 * 1024 * 1024
union all
select
    format('replication slot %s is lost: the log that it needs is gone', slot_name),
    'copy what reads it anew, with a new slot; max_slot_wal_keep_size says how much log is kept'
from pg_replication_slots
where wal_status = 'lost';
