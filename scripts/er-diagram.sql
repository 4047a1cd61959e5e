-- The ER diagram of README.md, from the catalog: psql -XAt -f scripts/er-diagram.sql "$DATABASE_URL"
with tables as (
    select oid, relname
    from pg_class
    where relkind = 'r'
        and relnamespace = cast(current_schema() as regnamespace)
        and relname <> '__diesel_schema_migrations'
),
simple_keys as (
    select conrelid, conkey[1] as attnum
    from pg_constraint
    where contype = 'f' and cardinality(conkey) = 1
),
-- A composite key is told by its first column that is no key by itself.
foreign_keys as (
    select
        reference.confrelid, reference.conrelid, attribute.attnum, attribute.attname, attribute.attnotnull
    from pg_constraint as reference
    cross join lateral (
        select attnum, attname, attnotnull
        from unnest(reference.conkey) with ordinality as key (number, position)
        join pg_attribute on attrelid = reference.conrelid and attnum = key.number
        where cardinality(reference.conkey) = 1 or (reference.conrelid, attnum) not in (table simple_keys)
        order by key.position
        limit 1
    ) as attribute
    where reference.contype = 'f'
),
lines as (
    select 1 as part, '' as sort, 'erDiagram' as line
    union all
    select 2, concat_ws(' ', parent.relname, child.relname, attname),
        format('    %s %s--%s %s : %s',
            parent.relname,
            case when attnotnull then '||' else '|o' end,
            case
                when exists (
                    select from pg_constraint
                    where conrelid = foreign_keys.conrelid and contype = 'u' and conkey = array[attnum]
                ) then 'o|'
                else 'o{'
            end,
            child.relname, attname)
    from foreign_keys
    join tables as parent on parent.oid = confrelid
    join tables as child on child.oid = conrelid
    union all
    select 3, relname || ' 1', format('    %s {', relname) from tables
    union all
    select 3, relname || ' 2' || lpad(cast(attnum as text), 3, '0'), format('        %s %s %s', typname, attname, key)
    from tables
    join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
    join pg_type on pg_type.oid = atttypid
    cross join lateral (
        select case
            when exists (
                select from pg_constraint where conrelid = tables.oid and contype = 'p' and attnum = any (conkey)
            ) then 'PK'
            when (tables.oid, attnum) in (select conrelid, attnum from foreign_keys) then 'FK'
            when exists (
                select from pg_constraint where conrelid = tables.oid and contype = 'u' and conkey = array[attnum]
            ) then 'UK'
        end as key
    ) as keys
    where key is not null
    union all
    select 3, relname || ' 3', '    }' from tables
)
select line from lines order by part, sort collate "C"
