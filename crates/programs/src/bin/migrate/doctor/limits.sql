-- A login without limits can stop the others, a member of a predefined role has rights beyond every access, and some limits are
-- the server's alone. Those don't matter on a developer's machine.
select
    format('role %s may use the tables, and has no %s', rolname, missing),
    format('alter role %I %s', rolname, cure)
from pg_roles as login
cross join lateral (
    values
        ('connection limit', 'connection limit 50', rolconnlimit = -1),
        (
            'statement_timeout', 'set statement_timeout = ''30s''',
            not exists (
                select from pg_db_role_setting, unnest(setconfig) as setting
                where setrole in (0, login.oid) and setting like 'statement\_timeout=%' and setting !~ '= *0+ *[a-z]*$'
                    and setdatabase in (0, (select oid from pg_database where datname = current_database()))
            )
        )
) as needed (missing, cure, is_missing)
join pg_namespace as looked_at on nspname = current_setting('doctor.schema')
where is_missing and rolcanlogin and not rolsuper
    -- Who migrates has other limits.
    and not exists (
        select from pg_class
        where relnamespace = looked_at.oid and relname = 'claims' and pg_has_role(login.oid, relowner, 'member')
    )
    and exists (
        select from pg_roles as acting
        cross join pg_class
        where pg_has_role(login.oid, acting.oid, 'member')
            and relnamespace = looked_at.oid and relkind in ('r', 'v')
            and has_any_column_privilege(acting.oid, pg_class.oid, 'select, insert, update')
    )
union all
select
    format('role %s reads or writes all tables, as a member of %s', pg_roles.rolname, predefined.rolname),
    format('revoke %I from %I, or from the role that it has it by', predefined.rolname, pg_roles.rolname)
from pg_roles
join pg_roles as predefined
    on predefined.rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain')
        and pg_has_role(pg_roles.rolname, predefined.oid, 'member')
where pg_roles.rolname !~ '^pg_' and not pg_roles.rolsuper
union all
select format('%s is %s: %s', name, setting, why), format('set %s = %s in the server''s configuration', name, better)
from (
    values
        ('temp_file_limit', -1, -1, 'a sort of one session can fill the disk', 'a tenth of the disk'),
        ('max_locks_per_transaction', 0, 255, 'a migration or a dump locks some hundred tables and indexes, and the table of locks is for all', '256'),
        ('max_prepared_transactions', 1, 262143, 'a prepared transaction keeps its locks without a session, and for ever', '0')
) as server_limit (name, lowest, highest, why, better)
join pg_show_all_settings() using (name)
where cast(setting as integer) between lowest and highest and current_setting('doctor.environment') = 'production'
union all
select 'PUBLIC may make temporary tables, which no limit holds', format('revoke temporary on database %I from public', datname)
from pg_database
cross join lateral aclexplode(coalesce(datacl, acldefault('d', datdba))) as given
where datname = current_database() and grantee = 0 and privilege_type = 'TEMPORARY'
    and current_setting('doctor.environment') = 'production';
