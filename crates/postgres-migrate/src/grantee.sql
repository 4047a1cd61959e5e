-- What a role is to the schema, after rights.sql: $2 is the role, $3 its name for use in SQL. Rows of five kinds:
-- - relation: a table or view, its owner, and whether the session may act as that;
-- - reason: of the role or one that it may become, why it can't be given rights; one row at most;
-- - revoke, grant: statements that take back all rights that the session can, and give those that every access includes;
-- - right: a table or view, and a right of the role to it in words.
, reasons (role, rank, reason) as (
    select pg_roles.oid, rank, reason
    from pg_roles
    cross join lateral (values
        (1, rolsuper, 'is a superuser'),
        (2, rolcreaterole, 'may make roles (CREATEROLE)'),
        (2, rolreplication, 'may copy the server (REPLICATION)'),
        (2, {sets_parameter}, 'may switch the guards off (SET or ALTER SYSTEM on parameter session_replication_role)'),
        (2, exists (
            select from pg_db_role_setting cross join unnest(setconfig) as setting
            where setrole = pg_roles.oid and starts_with(setting, 'session_replication_role=') and setting !~ '=origin$'
        ), 'is set to work without the guards (session_replication_role)'),
        (4, starts_with(rolname, 'pg_'), 'is predefined and may do more than rights to a schema say')
    ) as reasons (rank, holds, reason)
    where holds
    union all
    select owner, 3, 'owns ' || min(name) || coalesce(' and ' || nullif(count(*) - 1, 0) || ' more', '')
    from objects where part is null and scope is null group by owner
    union all
    select grantor, 5, format('has given %s to %s', name, whom)
    from held where grantor = $2 and grantee <> $2
),
of_role (name, part, privilege) as (
    select name, part, privilege_type from objects cross join lateral aclexplode(acl) where grantee = $2
),
own as (
    select * from objects where target is not null and (pg_has_role(owner, 'usage') or name = 'schema ' || $1)
)
select 'relation', relname::text, pg_get_userbyid(relowner)::text, pg_has_role(relowner, 'usage') from relations
union all
(
    select 'reason', pg_get_userbyid(role), reason, true
    from reasons
    where pg_has_role($2::oid, role, 'member')
    order by role <> $2, rank, reason
    limit 1
)
union all
select 'revoke', concat(scope, 'revoke all on ', target, ' from ', $3::text, ';'), '', true
from own where name in (select name from of_role)
union all
-- Explicitly, because PUBLIC may lose its rights later.
select 'grant', concat('grant ', required, ' on ', kind, ' ', string_agg(named, ', '), ' to ', $3::text, ';'), '', true
from own
cross join lateral (select split_part(target, ' ', 1), substr(target, strpos(target, ' ') + 1)) as parts (kind, named)
where required is not null
group by required, kind
union all
select 'right', name, concat(privilege, ' (' || part || ')', ' on ', name), true
from of_role
join relations on relname = name
