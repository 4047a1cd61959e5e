-- Whose the current schema is, and the first thing in it that a runner must not rely on. Reads the catalog alone, and nothing but
-- pg_catalog is on the search path. One row:
-- - the role that owns what is migrated: the schema's owner; where that is a superuser, the owner of the ledger, unless there is
--   none or this role is a superuser itself: then this role;
-- - whether this session may act as that role;
-- - what is wrong, where something is, and whose it is.
with roles as (select oid, rolname, rolsuper from pg_roles),
here as (
    select
        pg_namespace.oid,
        nspname,
        nspacl,
        -- Since PostgreSQL 15 the schema public belongs to whoever owns the database.
        case when nspowner = pg_has_owner.oid then datdba else nspowner end as owner
    from pg_namespace
    join pg_database on datname = current_database()
    left join roles as pg_has_owner on pg_has_owner.rolname = 'pg_database_owner'
    where nspname = current_setting('postgres_migrate.schema') and nspname <> 'pg_catalog'
        -- The first of a search path whose other schemas are closed or not there.
        and pg_namespace.oid <> pg_my_temp_schema()
),
ledger as (
    select pg_class.*
    from pg_class
    join here on here.oid = relnamespace
    where relname = current_setting('postgres_migrate.ledger')
),
acting as (
    select roles.*
    from here
    join roles as owners on owners.oid = here.owner
    left join ledger on true
    join roles as own on own.rolname = current_user
    join roles on roles.oid = case
        when not owners.rolsuper then owners.oid
        when own.rolsuper then own.oid
        else coalesce(ledger.relowner, own.oid)
    end
),
-- Superusers may do anything anyway.
trusted as (
    select roles.oid
    from roles
    cross join acting
    where roles.rolsuper or roles.oid = acting.oid
),
things as materialized (
    select
        classid,
        objid,
        case classid
            when cast('pg_class' as regclass) then (select relowner from pg_class where oid = objid)
            when cast('pg_proc' as regclass) then (select proowner from pg_proc where oid = objid)
            when cast('pg_type' as regclass) then (select typowner from pg_type where oid = objid)
            when cast('pg_operator' as regclass) then (select oprowner from pg_operator where oid = objid)
            when cast('pg_opclass' as regclass) then (select opcowner from pg_opclass where oid = objid)
            when cast('pg_opfamily' as regclass) then (select opfowner from pg_opfamily where oid = objid)
            when cast('pg_collation' as regclass) then (select collowner from pg_collation where oid = objid)
            when cast('pg_conversion' as regclass) then (select conowner from pg_conversion where oid = objid)
            when cast('pg_ts_config' as regclass) then (select cfgowner from pg_ts_config where oid = objid)
            when cast('pg_ts_dict' as regclass) then (select dictowner from pg_ts_dict where oid = objid)
        end as owner
    from pg_depend
    join here on here.oid = refobjid
    where refclassid = cast('pg_namespace' as regclass)
),
wrong (rank, what, role) as (
    select 1, 'it belongs to', owner from here where owner not in (table trusted)
    union all
    select 2, pg_describe_object(classid, objid, 0) || ' belongs to', owner from things where owner not in (table trusted)
    union all
    -- A superuser who migrated the schema of another: the owner couldn't go on.
    select 2, 'its ledger belongs to', relowner
    from ledger
    cross join acting
    where not acting.rolsuper and relowner <> acting.oid and not pg_has_role(acting.oid, relowner, 'usage')
    union all
    select 3, 'tables and functions can be made in it by', grantee
    from here
    cross join lateral aclexplode(nspacl)
    cross join acting
    where privilege_type = 'CREATE' and grantee <> all (array(table trusted))
        and (grantee = 0 or pg_get_userbyid(grantee) <> 'pg_database_owner' and not pg_has_role(grantee, acting.oid, 'member'))
    union all
    -- What runs code of its own when it is read or written.
    select 4, format('%s is no plain table but has %s, and belongs to', relname, kind), relowner
    from ledger
    cross join lateral (
        select 'another kind' where relkind <> 'r'
        union all select 'triggers' from pg_trigger where tgrelid = ledger.oid and not tgisinternal
        union all select 'rules' from pg_rewrite where ev_class = ledger.oid
        union all select 'row security' where relrowsecurity
        union all select 'tables that inherit from it' from pg_inherits where inhparent = ledger.oid
        union all select 'a check' where relchecks > 0
        union all select 'an index of its own' from pg_index
            where indrelid = ledger.oid and (indexprs is not null or indpred is not null)
        -- CURRENT_TIMESTAMP or now(), cast by timestamp(timestamptz). As it is stored: printing it waits for locks of the table.
        union all select 'a default of its own' from pg_attrdef
            where adrelid = ledger.oid and cast(adbin as text)
                !~ '^[{]FUNCEXPR :funcid 2027 [^{}]* :args [(][{](SQLVALUEFUNCTION :op 3|FUNCEXPR :funcid 1299) [^{}]*[}][)] [^{}]*[}]$'
        union all select 'a type of its own' from pg_attribute
            join pg_type on pg_type.oid = atttypid
            where attrelid = ledger.oid and attnum > 0 and not attisdropped
                and typnamespace <> cast('pg_catalog' as regnamespace)
    ) as kinds (kind)
    union all
    select 4, format('trigger %s on %s runs a function that belongs to', tgname, relname), proowner
    from pg_trigger
    join pg_class on pg_class.oid = tgrelid
    join here on here.oid = relnamespace
    join pg_proc on pg_proc.oid = tgfoid
    where not tgisinternal and proowner not in (table trusted)
    union all
    -- Printing a value as JSON or as text calls it.
    select 4, format('a cast of %s runs a function that belongs to', cast(castsource as regtype)), proowner
    from pg_cast
    join pg_type on pg_type.oid = castsource
    join here on here.oid = typnamespace
    join pg_proc on pg_proc.oid = castfunc
    where casttarget in (cast('json' as regtype), cast('jsonb' as regtype), cast('text' as regtype))
        -- An extension's, such as hstore's, was made by its script.
        and not exists (
            select from pg_depend
            where classid = cast('pg_proc' as regclass) and pg_depend.objid = castfunc and deptype = 'e'
        )
    union all
    select 4, format('%s is no table, and belongs to', relname), relowner
    from pg_class
    join here on here.oid = relnamespace
    where relname in ('database_environment', 'required_versions') and relkind <> 'r'
)
select
    here.nspname,
    acting.rolname,
    acting.rolname = current_user or pg_has_role(session_user, acting.oid, 'member'),
    wrong.what,
    case wrong.role when 0 then 'PUBLIC' else format('role "%s"', pg_get_userbyid(wrong.role)) end
from here
cross join acting
left join wrong on true
order by wrong.rank, wrong.what
limit 1
