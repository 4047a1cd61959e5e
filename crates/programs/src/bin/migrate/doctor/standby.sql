-- Is there another copy? What a provider keeps below PostgreSQL (Multi-AZ, say) isn't seen from here.
select 'no standby is connected', 'have one, or know that your provider keeps one; scripts/restore-drill tries the backup'
where not pg_is_in_recovery()
    and not exists (select from pg_stat_replication)
    and not exists (select from pg_replication_slots where active);
