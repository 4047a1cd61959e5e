-- Notes in a table `fired` which statement runs, which rows it finds and which triggers fire, in order. A statement and a
-- row have no trigger's name.
create table fired (
    number bigint not null generated always as identity,
    depth integer not null,
    relation text not null,
    operation text not null,
    moment text not null,
    trigger_name text
);

create function note() returns trigger language plpgsql as $$
begin
    insert into fired (depth, relation, operation, moment) values (pg_trigger_depth(), tg_table_name, tg_op, tg_level);
    return new;
end
$$;

do $$
declare
    function record;
    noting text;
    relation text;
begin
    -- The trigger functions say so themselves.
    for function in
        select pg_get_functiondef(oid) as definition
        from pg_proc
        where prorettype = cast('trigger' as regtype) and pronamespace = cast(current_schema() as regnamespace)
            -- That one is the first of every statement.
            and proname not in ('note', 'refuse_elsewhere')
    loop
        noting := regexp_replace(function.definition, e'\nbegin\n', format(
            e'\nbegin\n    insert into %I.fired (depth, relation, operation, moment, trigger_name) values '
            '(pg_trigger_depth(), tg_table_name, tg_op, concat_ws('' '', tg_when, tg_level), tg_name);\n',
            current_schema()
        ));
        if noting = function.definition then
            raise 'no begin found in: %', noting;
        end if;
        execute noting;
    end loop;
    -- Before all other triggers, by its name.
    for relation in
        select relname
        from pg_class
        where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace) and relname <> 'fired'
    loop
        execute format('create trigger "!statement" before insert or update on %I for each statement execute function note()', relation);
        execute format('create trigger "!row" before insert or update on %I for each row execute function note()', relation);
    end loop;
end
$$;
