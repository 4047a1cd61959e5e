-- Is there another copy? What a provider keeps below PostgreSQL (Multi-AZ, say) isn't seen from here. A standby says what it has
-- replayed; what only receives the log (pg_receivewal, pg_basebackup) doesn't, and who reads a logical slot is no copy.
with receivers as (
    select
        exists (
            select from pg_stat_replication
            where replay_lsn is not null and state in ('catchup', 'streaming')
                and pid not in (
                    select active_pid from pg_replication_slots where slot_type = 'logical' and active_pid is not null
                )
        ) as has_standby,
        exists (select from pg_stat_replication where state is null) as are_hidden
)
select
    case when are_hidden
        then format('could not be looked at: what receives the log is hidden from role %s', current_user)
        else 'no standby is connected'
    end,
    case when are_hidden
        then format('grant pg_monitor to %I', current_user)
        else 'have one, or know that your provider keeps one; scripts/restore-drill tries the backup'
    end
from receivers
where not has_standby;
