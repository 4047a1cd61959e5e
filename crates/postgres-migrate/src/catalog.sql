-- Every object of the current schema with its definition, one row each. Equal schemas give equal rows, whatever the
-- schema is called and whoever owns it, provided that nothing but it is on the search_path: the names that PostgreSQL's
-- own pg_get functions print depend on that. Reads the catalog alone, which every role may. The names read as SQL.
with here as (
    select
        pg_namespace.oid as schema,
        nspname,
        format(' %I,', nspname) as in_path,
        -- Whoever owns most of the tables should own everything: definer functions rely on it.
        (select mode() within group (order by relowner) from pg_class where relnamespace = pg_namespace.oid) as owner
    from pg_namespace
    where nspname = current_schema()
),
-- What extensions brought, and what other migrations made: tables with their sequences, views, functions and types of these
-- names.
beside (name) as (select unnest(string_to_array(current_setting('postgres_migrate.beside', true), e'\n'))),
of_others (classid, objid) as (
    select classid, objid from pg_depend where refclassid = cast('pg_extension' as regclass) and deptype = 'e'
    union all
    select cast('pg_class' as regclass), part.oid
    from pg_class
    join here on here.schema = relnamespace
    cross join lateral (
        select pg_class.oid
        union all
        select objid from pg_depend where refobjid = pg_class.oid and classid = cast('pg_class' as regclass) and deptype in ('a', 'i')
    ) as part
    where relname in (table beside)
    union all
    select cast('pg_proc' as regclass), pg_proc.oid
    from pg_proc
    join here on here.schema = pronamespace
    where proname in (table beside)
    union all
    select cast('pg_type' as regclass), pg_type.oid
    from pg_type
    join here on here.schema = typnamespace
    where typname in (table beside)
),
relations as (
    select
        pg_class.*,
        format('%s %I', case relkind
            when 'r' then 'table'
            when 'p' then 'partitioned table'
            when 'f' then 'foreign table'
            when 'v' then 'view'
            when 'm' then 'materialized view'
            when 'S' then 'sequence'
            when 'c' then 'type'
        end, relname) as object
    from pg_class
    join here on here.schema = relnamespace
    where relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c')
        and (cast('pg_class' as regclass), pg_class.oid) not in (table of_others)
        and (cast('pg_type' as regclass), pg_class.reltype) not in (table of_others)
),
-- What the ledger holds is up to Diesel; who may write it, and what happens then, is not.
defined as (
    select * from relations
    where relname <> coalesce(nullif(current_setting('postgres_migrate.ledger', true), ''), '__diesel_schema_migrations')
),
functions as (
    select
        pg_proc.*,
        format('%s %I(%s)', case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
            proname, oidvectortypes(proargtypes)) as object
    from pg_proc
    join here on here.schema = pronamespace
    where (cast('pg_proc' as regclass), pg_proc.oid) not in (table of_others)
),
types as (
    select pg_type.*, format('%s %I', case typtype when 'd' then 'domain' else 'type' end, typname) as object
    from pg_type
    join here on here.schema = typnamespace
    where typtype in ('d', 'e', 'r')
        and (cast('pg_type' as regclass), pg_type.oid) not in (table of_others)
),
objects (class, oid, part, object, owner, rights, definition) as (
    select
        'pg_class', oid, 0, object, relowner, coalesce(relacl, acldefault('r', relowner)),
        concat_ws(', ',
            case when exists (select from pg_inherits where inhrelid = relations.oid) then 'inherits from a table' end,
            case when exists (select from pg_inherits where inhparent = relations.oid) then 'a table inherits from it' end,
            case relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
            case when relrowsecurity then 'row security' end,
            case when relforcerowsecurity then 'forced row security' end,
            case when relkind in ('v', 'm') then concat_ws(', ', array_to_string(reloptions, ', '), md5(pg_get_viewdef(oid))) end)
    from relations
    union all
    select
        'pg_class', attrelid, attnum, format('column %I.%I', relname, attname), null, attacl,
        concat_ws(' ',
            format_type(atttypid, atttypmod),
            case when attcollation <> typcollation then
                (select format('collate %I', collname) from pg_collation where pg_collation.oid = attcollation) end,
            case when attnotnull then 'not null' end,
            -- Since PostgreSQL 18.
            (select 'not validated' from pg_constraint
                where conrelid = attrelid and conkey = array[attnum] and contype = 'n' and not convalidated),
            case attgenerated when '' then 'default' when 's' then 'stored' else 'virtual' end || ' '
                -- PostgreSQL 18 has a uuidv7() of its own, which after a dump and restore, is not the default's.
                || replace(pg_get_expr(adbin, adrelid), format('%I.uuidv7()', nspname), 'uuidv7()'),
            case attidentity when '' then null else 'identity' end)
    from defined
    join here on true
    join pg_attribute on attrelid = defined.oid and attnum > 0 and not attisdropped
    join pg_type on pg_type.oid = atttypid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relkind <> 'S'
    union all
    -- A trigger says more about itself below; a NOT NULL is told with its column.
    select
        'pg_constraint', pg_constraint.oid, 0, format('constraint %I on %s', conname, of.object), null, null,
        concat_ws(', ',
            pg_get_constraintdef(pg_constraint.oid),
            case when not convalidated and pg_get_constraintdef(pg_constraint.oid) !~ 'NOT VALID' then 'not validated' end,
            case when exists (select from pg_trigger where tgconstraint = pg_constraint.oid and tgenabled <> 'O')
                then 'switched off' end)
    from pg_constraint
    join (
        select oid as relation, 0 as type, format('%I', relname) as object from defined
        union all
        select 0, oid, object from types
    ) as of on of.relation = conrelid and of.type = contypid
    where contype not in ('t', 'n')
    union all
    select
        'pg_class', pg_index.indexrelid, 0, format('index %I', pg_class.relname), null, null,
        concat_ws(', ',
            pg_get_indexdef(indexrelid, 0, true),
            case when not (indisvalid and indisready and indislive) then 'invalid' end)
    from defined
    join pg_index on indrelid = defined.oid
    join pg_class on pg_class.oid = indexrelid
    union all
    select
        'pg_trigger', pg_trigger.oid, 0, format('trigger %I on %I', tgname, relname), null, null,
        concat_ws(', ',
            pg_get_triggerdef(pg_trigger.oid, true),
            case tgenabled when 'D' then 'disabled' when 'R' then 'for replication only' when 'A' then 'always' end)
    from relations
    join pg_trigger on tgrelid = relations.oid and not tgisinternal
    union all
    select 'pg_rewrite', pg_rewrite.oid, 0, format('rule %I on %I', rulename, relname), null, null, pg_get_ruledef(pg_rewrite.oid)
    from relations
    join pg_rewrite on ev_class = relations.oid and rulename <> '_RETURN'
    union all
    select 'pg_policy', pg_policy.oid, 0, format('policy %I on %I', polname, relname), null, null, 'row security policy'
    from relations
    join pg_policy on polrelid = relations.oid
    union all
    select
        'pg_proc', functions.oid, 0, object, proowner, coalesce(proacl, acldefault('f', proowner)),
        concat_ws(', ',
            'arguments (' || pg_get_function_arguments(functions.oid) || ')',
            'returns ' || pg_get_function_result(functions.oid),
            lanname,
            case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
            case proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
            case when proisstrict then 'strict' end,
            case when proleakproof then 'leakproof' end,
            case when prosecdef then 'security definer' else 'security invoker' end,
            (select string_agg(trim(trailing ',' from replace(setting || ',', in_path, ' <schema>,')), ', ')
                from unnest(proconfig) as setting),
            'body ' || md5(replace(coalesce(pg_get_function_sqlbody(functions.oid), prosrc), e'\r\n', e'\n')))
    from functions
    join here on true
    join pg_language on pg_language.oid = prolang
    union all
    select
        'pg_type', oid, 0, object, typowner, coalesce(typacl, acldefault('T', typowner)),
        concat_ws(' ',
            case typtype
                when 'd' then format_type(typbasetype, typtypmod)
                when 'e' then (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = types.oid)
            end,
            case when typnotnull then 'not null' end,
            'default ' || typdefault)
    from types
    union all
    -- Operators, collations and whatever else a function of the schema may find by its name.
    select cast(cast(classid as regclass) as text), objid, 0,
        concat_ws(' ', identity.type, coalesce(identity.name, replace(identity.identity, format('%I.', nspname), ''))), null, null, ''
    from pg_depend
    join here on refclassid = cast('pg_namespace' as regclass) and refobjid = here.schema
    cross join lateral pg_identify_object(classid, objid, objsubid) as identity
    where classid not in (
            cast('pg_class' as regclass), cast('pg_proc' as regclass), cast('pg_type' as regclass),
            -- As little as its members.
            cast('pg_extension' as regclass)
        )
        and (classid, objid) not in (table of_others)
    union all
    select 'pg_cast', pg_cast.oid, 0, format('cast from %s to %s', format_type(castsource, null), format_type(casttarget, null)),
        null, null, ''
    from pg_cast
    where exists (select from types where types.oid in (castsource, casttarget))
),
said (object, definition, role) as (
    select
        object,
        concat_ws(', ',
            nullif(definition, ''),
            case when objects.owner <> here.owner then 'owned by another role' end,
            -- The functions of the schema work with the owner's rights.
            'its owner has no ' || (
                select string_agg(privilege_type, ', ' order by privilege_type)
                from (
                    select privilege_type
                    from aclexplode(acldefault(
                        cast(case class when 'pg_proc' then 'f' when 'pg_type' then 'T' else 'r' end as "char"), objects.owner
                    ))
                    where grantee = objects.owner
                    except
                    select privilege_type from aclexplode(rights) where grantee = objects.owner
                ) as lost
            )),
        null
    from objects
    join here on true
    union all
    select 'comment on ' || object, comment, null
    from objects
    cross join lateral (
        select case
            when part = 0 then obj_description(oid, cast(class as name))
            else col_description(oid, cast(part as integer))
        end as comment
    ) as described
    where comment is not null
    union all
    -- What everybody may.
    select format('grant %s on %s to public', privilege_type, object), '', null
    from objects
    cross join lateral aclexplode(rights)
    where grantee = 0
    union all
    -- Until PostgreSQL 14 it is everybody's in public.
    select 'grant CREATE on schema to public', '', null
    from pg_namespace
    join here on here.schema = pg_namespace.oid
    cross join lateral aclexplode(nspacl)
    where grantee = 0 and privilege_type = 'CREATE'
        and not (pg_namespace.nspname = 'public' and cast(current_setting('server_version_num') as integer) < 150000)
    union all
    -- What a role may.
    select
        concat_ws(' ', privilege_type, 'on', object, case when is_grantable then 'with grant option' end),
        '',
        pg_get_userbyid(grantee)
    from (
        select object, owner, rights from objects
        union all
        select 'schema', nspowner, nspacl from pg_namespace join here on here.schema = pg_namespace.oid
    ) as granted
    join here on true
    cross join lateral aclexplode(granted.rights)
    where grantee not in (0, here.owner, coalesce(granted.owner, 0))
)
select
    replace(cast(object as text), e'\n', '\n') as object,
    replace(replace(definition, '\', '\\'), e'\n', '\n') as definition,
    role
from said
order by object collate "C"
