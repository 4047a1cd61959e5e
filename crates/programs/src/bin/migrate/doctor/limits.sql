-- A login without limits can stop the others, and a member of a predefined role has rights beyond every access.
select
    format('role %s may use the tables, and has no %s', rolname, missing),
    format('alter role %I %s', rolname, cure)
from pg_roles
cross join lateral (
    values
        ('connection limit', 'connection limit 50', rolconnlimit = -1),
        (
            'statement_timeout', 'set statement_timeout = ''30s''',
            not exists (
                select from pg_db_role_setting, unnest(setconfig) as setting
                where setrole in (0, pg_roles.oid) and setting like 'statement\_timeout=%' and setting !~ '= *0+ *[a-z]*$'
                    and setdatabase in (0, (select oid from pg_database where datname = current_database()))
            )
        )
) as needed (missing, cure, is_missing)
cross join (
    select pg_class.oid, relowner
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = current_setting('doctor.schema') and relname = 'claims'
) as claims
where is_missing and rolcanlogin and not rolsuper and not pg_has_role(rolname, relowner, 'member')
    and has_any_column_privilege(rolname, claims.oid, 'insert')
union all
select
    format('role %s reads or writes all tables, as a member of %s', pg_roles.rolname, predefined.rolname),
    format('revoke %I from %I, or from the role that it has it by', predefined.rolname, pg_roles.rolname)
from pg_roles
join pg_roles as predefined
    on predefined.rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain')
        and pg_has_role(pg_roles.rolname, predefined.oid, 'member')
where pg_roles.rolname !~ '^pg_' and not pg_roles.rolsuper;
