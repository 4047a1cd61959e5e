-- structure.sql from the catalog, one row for a table, a column, a constraint, an index, a function, a view or a trigger;
-- scripts/print-structure writes it. Objects of a kind stand in the order of their oids, in which the migrations made
-- them, triggers in the order in which they fire. The names read as SQL.
with here as (
    select oid as schema, nspname from pg_namespace where nspname = current_schema()
),
tables as (
    select pg_class.oid, relname, reltype, relkind = 'c' as is_type
    from pg_class
    join here on here.schema = relnamespace
    where relkind in ('r', 'c') and relname <> '__diesel_schema_migrations'
),
parts_of_tables (relation, position, attnum, definition) as (
    select
        attrelid, attnum, attnum,
        concat_ws(' ',
            quote_ident(attname),
            format_type(atttypid, atttypmod),
            (
                select 'COLLATE ' || quote_ident(collname)
                from pg_collation
                join pg_type on pg_type.oid = atttypid
                where pg_collation.oid = attcollation and attcollation <> typcollation
            ),
            case attgenerated when '' then 'DEFAULT ' || value else format('GENERATED ALWAYS AS (%s) STORED', value) end,
            case when attnotnull then 'NOT NULL' end)
    from tables
    join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    cross join here
    -- PostgreSQL 18 has a uuidv7() of its own.
    cross join lateral (
        select replace(pg_get_expr(adbin, adrelid, true), format('%I.uuidv7()', nspname), 'uuidv7()') as value
    ) as given
    union all
    select
        conrelid, 10000 + row_number() over (order by position(contype in 'pufc'), pg_constraint.oid), -1,
        format('CONSTRAINT %I %s', conname, pg_get_constraintdef(pg_constraint.oid, true))
    from tables
    join pg_constraint on conrelid = tables.oid and contype in ('p', 'u', 'f', 'c')
),
functions as (
    select pg_proc.*, nspname, lanname, format('%I(%s)', proname, oidvectortypes(proargtypes)) as signature
    from pg_proc
    join here on here.schema = pronamespace
    join pg_language on pg_language.oid = prolang
),
-- By which object a comment is found, without a part those of all columns; what there is to tidy.
rows (section, of, position, class, object, part, tidied, definition, ending) as (
    select section, cast(null as oid), 0, null, cast(null as oid), 0, null, heading, ''
    from (
        values
            (0, '-- The whole schema after the last migration, for reading: scripts/print-structure writes it, the migrations make it.'
                || e'\n-- Each object below its COMMENT. Rows, and the ledger of the migrations, are left out.'),
            (1, '-- Domains and types'),
            (2, '-- What the tables stand on'),
            (3, '-- Tables, each with its indexes'),
            (4, '-- Functions of the triggers, and what they call'),
            (5, '-- Triggers, those of a table in the order in which they fire'),
            (6, '-- Views, and the functions that read tables and views')
    ) as headings (section, heading)
    union all
    select
        1, pg_type.oid, 0, 'pg_type', pg_type.oid, 0, 'expression',
        concat(
            concat_ws(' ', format('CREATE DOMAIN %I AS %s', typname, format_type(typbasetype, typtypmod)),
                'DEFAULT ' || typdefault, case when typnotnull then 'NOT NULL' end),
            (
                select string_agg(
                    format(e'\n    CONSTRAINT %I %s', conname, pg_get_constraintdef(pg_constraint.oid, true)),
                    '' order by pg_constraint.oid
                )
                from pg_constraint
                where contypid = pg_type.oid and contype = 'c'
            )),
        ';'
    from pg_type
    join here on here.schema = typnamespace
    where typtype = 'd'
    union all
    select 3, oid, 0, 'pg_class', oid, 0, null, format('CREATE TABLE %I (', relname), ''
    from tables
    where not is_type
    union all
    select 1, oid, 0, 'pg_type', reltype, 0, null, format('CREATE TYPE %I AS (', relname), ''
    from tables
    where is_type
    union all
    select
        case when is_type then 1 else 3 end, relation, position, 'pg_class', relation, attnum, 'expression', definition,
        case when position < max(position) over (partition by relation) then ',' else e'\n);' end
    from parts_of_tables
    join tables on tables.oid = relation
    union all
    select
        3, indrelid, 20000 + row_number() over (order by relname), 'pg_class', indexrelid, 0, 'expression',
        replace(replace(pg_get_indexdef(indexrelid, 0, true), ' USING btree', ''), ' WHERE ', e'\n    WHERE '), ';'
    from pg_index
    join pg_class on pg_class.oid = indexrelid
    where indrelid in (select oid from tables) and not exists (select from pg_constraint where conindid = indexrelid)
    union all
    -- PL/pgSQL reads a body when it runs, SQL when it is made.
    select
        case
            when oid < (select min(oid) from tables)
                or oid in (select refobjid from pg_depend where classid = cast('pg_attrdef' as regclass)) then 2
            when lanname = 'plpgsql' then 4
            else 6
        end,
        oid, 0, 'pg_proc', oid, 0,
        case when prosqlbody is not null then 'query' end,
        concat_ws(e';\n',
            replace(replace(replace(rtrim(pg_get_functiondef(oid), e'\n'),
                format('CREATE OR REPLACE FUNCTION %I.', nspname), 'CREATE FUNCTION '),
                format(e' SET search_path TO ''pg_catalog'', %L, ''pg_temp''\n', nspname), ''),
                '$function$', '$$'),
            case when format('search_path=pg_catalog, %I, pg_temp', nspname) = any (proconfig) then
                format('SELECT pin_search_path(%L)', signature) end,
            case when not exists (
                select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0
            ) then format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature) end),
        ';'
    from functions
    union all
    -- Bits 0 and 1 of its type: for each row? before? Those of the statement come before and after those of the rows.
    select
        5, tgrelid,
        row_number() over (order by case tgtype & 3 when 2 then 1 when 3 then 2 when 1 then 3 else 4 end, tgname),
        'pg_trigger', pg_trigger.oid, 0, 'expression',
        regexp_replace(pg_get_triggerdef(pg_trigger.oid, true),
            ' (BEFORE|AFTER|REFERENCING|DEFERRABLE|FOR EACH|WHEN \(|EXECUTE)', e'\n    \\1', 'g'),
        ';'
    from pg_trigger
    where tgrelid in (select oid from tables) and not tgisinternal
    union all
    select
        6, pg_class.oid, 0, 'pg_class', pg_class.oid, null, 'query',
        format(e'CREATE VIEW %I%s AS\n%s', relname, ' WITH (' || array_to_string(reloptions, ', ') || ')',
            rtrim(pg_get_viewdef(pg_class.oid, true), ';')), ';'
    from pg_class
    join here on here.schema = relnamespace
    where relkind = 'v'
),
-- Without the casts that the parser adds by itself.
tidy as (
    select
        rows.*,
        case when tidied = 'expression' then regexp_replace(regexp_replace(bare,
            '([\w)])::(date|numeric|text)\M(?!\)?::)', '\1', 'g'),
            '''(-?\d+)''::bigint', '\1', 'g')
        else bare end as text
    from rows
    cross join lateral (
        select case when tidied is null then definition else regexp_replace(regexp_replace(definition,
            '(''([^'']|'''')*'')::text', '\1', 'g'),
            '= ANY \(ARRAY\[([^]]*)\]\)', 'IN (\1)', 'g')
        end as bare
    ) as once
)
select concat(
    case when in_table then '' else e'\n' end,
    -- In lines of some 120 characters.
    regexp_replace(
        concat(
            regexp_replace(description, '(.{1,110})(\s|$)', e'-- \\1\n', 'gn'),
            case when tidied is null then text else regexp_replace(text,
                '(.{50,105}( OR| AND| [-+]|(bigint|numeric|''),|\)(?= REFERENCES))) (?=.{25})', e'\\1\n        ', 'gn')
            end),
        '^', case when in_table then '    ' else '' end, 'gn'),
    ending)
from tidy
cross join lateral (select section in (1, 3) and position between 1 and 19999 as in_table) as place
left join lateral (
    select string_agg(concat(case when part is null then attname || ': ' end, description), e'\n' order by objsubid) as description
    from pg_description
    left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
    where classoid = to_regclass(class) and objoid = object and objsubid = coalesce(part, objsubid)
) as comments on true
order by section, of nulls first, position
