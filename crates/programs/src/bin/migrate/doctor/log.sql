-- What PostgreSQL writes into its own log of statements and rows, which hold patients.
with settings_to_avoid (name, bad, why, cure) as (
    values
        ('log_error_verbosity', '^(default|verbose)$', 'errors are logged with the row that was refused', 'terse'),
        ('log_min_error_statement', '^(?!panic$)', 'refused statements are logged', 'panic'),
        ('log_parameter_max_length_on_error', '^(?!0$)', 'values of refused statements are logged', '0'),
        ('log_statement', '^(mod|all)$', 'statements are logged', 'none'),
        ('log_min_duration_statement', '^(?!-1$)', 'slow statements are logged; pg_stat_statements counts them without values', '-1'),
        ('log_min_duration_sample', '^(?!-1$)', 'some slow statements are logged', '-1'),
        ('log_transaction_sample_rate', '^(?!0([.]0*)?$)', 'statements of some transactions are logged', '0'),
        ('auto_explain.log_min_duration', '^(?!-1$)', 'plans are logged with their statements', '-1'),
        ('auto_explain.log_parameter_max_length', '^(?!0$)', 'values of slow statements are logged', '0')
)
select format('%s is %s: %s', name, setting, why), format('%s = %s', name, cure)
from settings_to_avoid
join pg_show_all_settings() using (name)
where setting ~* bad
    -- Told below, with whom it was set for.
    and source not in ('database', 'user', 'database user')
union all
select
    format('%s is %s for %s%s: %s', name, setting,
        case when setrole = 0 then 'every role' else format('role %s', pg_get_userbyid(setrole)) end,
        case when setdatabase <> 0 then ' in this database' end, why),
    format('alter %s%s set %s = %L',
        case
            when setrole <> 0 then format('role %I', pg_get_userbyid(setrole))
            when setdatabase <> 0 then format('database %I', current_database())
            else 'role all'
        end,
        case when setrole <> 0 and setdatabase <> 0 then format(' in database %I', current_database()) end,
        name, cure)
from pg_db_role_setting
cross join unnest(setconfig) as given
cross join lateral (select split_part(given, '=', 1), substr(given, position('=' in given) + 1)) as parts (name, setting)
join settings_to_avoid using (name)
where setting ~* bad and setdatabase in (0, (select oid from pg_database where datname = current_database()));
