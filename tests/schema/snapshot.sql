with here as (select cast(current_schema() as regnamespace) as schema),
objects as (
    select
        format('%s %s %s', case relation.relkind when 'r' then 'table' when 'v' then 'view' else relation.relkind end,
            relation.relname, relation.relacl)
            || case relation.relkind when 'v' then format(' %s %s', relation.reloptions, pg_get_viewdef(relation.oid)) else '' end
            as line,
        'pg_class' as catalog, relation.oid
    from pg_class as relation, here
    where relation.relnamespace = here.schema and relation.relkind in ('r', 'v', 'm', 'S', 'p')
    union all
    select
        format('column %s.%s %s %s not null %s default %s generated %s',
            relation.relname, attribute.attnum, attribute.attname,
            format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull,
            pg_get_expr(expression.adbin, expression.adrelid), attribute.attgenerated)
            || ' -- ' || coalesce(col_description(relation.oid, attribute.attnum), ''),
        null, null
    from pg_class as relation
    cross join here
    join pg_attribute as attribute on attribute.attrelid = relation.oid
    left join pg_attrdef as expression
        on expression.adrelid = relation.oid and expression.adnum = attribute.attnum
    where relation.relnamespace = here.schema and relation.relkind in ('r', 'v', 'm', 'p')
        and attribute.attnum > 0 and not attribute.attisdropped
    union all
    select
        format('constraint %s %s %s validated %s', constraint_.conname,
            coalesce(cast(nullif(constraint_.conrelid, 0) as regclass)::text, cast(constraint_.contypid as regtype)::text),
            pg_get_constraintdef(constraint_.oid), constraint_.convalidated),
        'pg_constraint', constraint_.oid
    from pg_constraint as constraint_, here
    where constraint_.connamespace = here.schema
    union all
    select format('index %s valid %s', pg_get_indexdef(index.indexrelid), index.indisvalid), 'pg_class', index.indexrelid
    from pg_index as index
    join pg_class as relation on relation.oid = index.indexrelid
    cross join here
    where relation.relnamespace = here.schema
    union all
    select format('trigger %s enabled %s', pg_get_triggerdef(trigger.oid), trigger.tgenabled), 'pg_trigger', trigger.oid
    from pg_trigger as trigger
    join pg_class as relation on relation.oid = trigger.tgrelid
    cross join here
    where relation.relnamespace = here.schema and not trigger.tgisinternal
    union all
    select format('function %s %s', pg_get_functiondef(routine.oid), routine.proacl), 'pg_proc', routine.oid
    from pg_proc as routine, here
    where routine.pronamespace = here.schema
    union all
    select
        format('domain %s %s not null %s default %s', type.typname, format_type(type.typbasetype, type.typtypmod),
            type.typnotnull, type.typdefault),
        'pg_type', type.oid
    from pg_type as type, here
    where type.typnamespace = here.schema and type.typtype = 'd'
)
select line || ' -- ' || coalesce(obj_description(oid, cast(catalog as name)), '') from objects order by 1
