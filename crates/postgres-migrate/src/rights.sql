-- What rights are given to in a schema and around it, and who has them, in whatever way: the queries of grant.rs begin with
-- this. $1 is the schema's name. Names are told as they are; a target is for use in SQL, after `on`.
with here as (
    select
        pg_namespace.*,
        -- Whoever owns most of the tables.
        (select mode() within group (order by relowner) from pg_class where relnamespace = pg_namespace.oid) as tables_owner
    from pg_namespace
    where nspname = $1
),
-- What extensions brought, and what other migrations made: tables with their sequences, views, functions and types of these
-- names.
beside (name) as (select unnest(string_to_array(current_setting('postgres_migrate.beside', true), e'\n'))),
of_others (classid, objid) as (
    select classid, objid from pg_depend where refclassid = cast('pg_extension' as regclass) and deptype = 'e'
    union all
    select cast('pg_class' as regclass), part.oid
    from pg_class
    join here on here.oid = relnamespace
    cross join lateral (
        select pg_class.oid
        union all
        select objid from pg_depend where refobjid = pg_class.oid and classid = cast('pg_class' as regclass) and deptype in ('a', 'i')
    ) as part
    where relname in (table beside)
    union all
    select cast('pg_proc' as regclass), pg_proc.oid
    from pg_proc
    join here on here.oid = pronamespace
    where proname in (table beside)
    union all
    select cast('pg_type' as regclass), pg_type.oid
    from pg_type
    join here on here.oid = typnamespace
    where typname in (table beside)
),
relations as (
    select pg_class.*, nspname
    from pg_class
    join here on here.oid = relnamespace
    where relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        and (cast('pg_class' as regclass), pg_class.oid) not in (table of_others)
),
-- `required` is the right that every access includes; `scope` is what a statement about default privileges begins with.
objects (name, part, owner, scope, target, required, acl) as (
    select format('database %s', datname), null, datdba, null, null, null, datacl
    from pg_database
    where datname = current_database()
    union all
    select format('schema %s', nspname), null, nspowner, null, format('schema %I', nspname), 'USAGE', nspacl
    from here
    union all
    select relname, null, relowner, null, format('table %I.%I', nspname, relname), null, relacl
    from relations
    union all
    select relname, attname, relowner, null, null, null, attacl
    from relations
    join pg_attribute on attrelid = relations.oid and not attisdropped and attacl is not null
    union all
    -- Functions that run with their owner's rights are for triggers only, and for the schema's own views, whose reader is the
    -- caller. Anybody may make a view elsewhere.
    select format('%s(%s)', proname, oidvectortypes(proargtypes)), null, proowner, null,
        format('routine %s', cast(pg_proc.oid as regprocedure)),
        case when not prosecdef or exists (
            select
            from pg_depend
            join pg_rewrite on pg_rewrite.oid = objid
            join pg_class on pg_class.oid = ev_class
            where refclassid = cast('pg_proc' as regclass) and refobjid = pg_proc.oid
                and classid = cast('pg_rewrite' as regclass) and relnamespace = pronamespace
        ) then 'EXECUTE' end,
        coalesce(proacl, acldefault('f', proowner))
    from pg_proc
    where pronamespace = (select oid from here)
        and (cast('pg_proc' as regclass), pg_proc.oid) not in (table of_others)
    union all
    select format('type %s', typname), null, typowner, null, format('type %I.%I', nspname, typname), 'USAGE',
        coalesce(typacl, acldefault('T', typowner))
    from pg_type
    join here on here.oid = typnamespace
    where typtype in ('d', 'e', 'r')
        and (cast('pg_type' as regclass), pg_type.oid) not in (table of_others)
    union all
    -- What will be given with the next table. Functions are PUBLIC's by default, and migrations say where they aren't.
    select format('%s that %s makes', kind, pg_get_userbyid(defaclrole)), null, defaclrole,
        concat(format('alter default privileges for role %I ', pg_get_userbyid(defaclrole)),
            case when defaclnamespace <> 0 then format('in schema %I ', nspname) end),
        kind, null,
        (
            select array_agg(makeaclitem(grantee, grantor, privilege_type, is_grantable))
            from aclexplode(defaclacl)
            where grantee <> 0 or kind <> 'functions'
        )
    from pg_default_acl
    join here on here.oid = defaclnamespace or (defaclnamespace = 0 and defaclrole = tables_owner)
    join (values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions')) as kinds (letter, kind) on letter = defaclobjtype
),
held (name, of_whole, grantee, whom, grantor, is_grantable) as (
    select
        concat(privilege_type, ' (' || part || ')', ' on ', name),
        concat(privilege_type, ' on ', name),
        grantee,
        case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee) end,
        grantor,
        is_grantable
    from objects
    cross join lateral aclexplode(acl)
    -- To connect to the database is no right to what is in it.
    where privilege_type not in ('CONNECT', 'TEMPORARY')
)
