-- The ER diagram of docs/schema.md, from the catalog: psql -XAt -f scripts/er-diagram.sql "$DATABASE_URL"
-- A line per relation, with its foreign keys; then a line per table, with its primary key and unique columns.
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
-- A composite key is shown by its first column that is not a key by itself.
foreign_keys as (
    select
        reference.confrelid, reference.conrelid, attribute.attname,
        case when attribute.attnotnull then '||' else '|o' end as parents,
        case
            when exists (
                select from pg_constraint
                where conrelid = reference.conrelid and contype = 'u' and conkey = array[attribute.attnum]
            ) then 'o|'
            else 'o{'
        end as children
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
keys as (
    select conrelid, attnum, attname, typname, min(contype) as contype
    from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = any (conkey)
    join pg_type on pg_type.oid = atttypid
    where contype = 'p' or (contype = 'u' and cardinality(conkey) = 1)
    group by conrelid, attnum, attname, typname
),
lines as (
    select 1 as part, '' as sort, 'erDiagram' as line
    union all
    select 2, concat_ws(' ', parent.relname, child.relname, min(attname)),
        format('    %s %s--%s %s : "%s"', parent.relname, parents, children, child.relname,
            string_agg(attname, ', ' order by attname collate "C"))
    from foreign_keys
    join tables as parent on parent.oid = confrelid
    join tables as child on child.oid = conrelid
    group by parent.relname, child.relname, parents, children
    union all
    select 3, relname,
        format('    %s { %s }', relname,
            string_agg(format('%s %s %sK', typname, attname, upper(cast(contype as text))), ' ' order by attnum))
    from tables
    join keys on conrelid = tables.oid
    group by relname
)
select line from lines order by part, sort collate "C"
