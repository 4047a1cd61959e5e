-- How the rules that no CHECK can express refuse: always a check violation (23514) that carries the name of the rule
-- where a CHECK has its constraint's, and no value of a row. A trigger's function is told the rule: on a shard of Citus
-- triggers and tables have other names.

create function refuse(rule text, subject text, advice text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise check_violation using
        message = format('%s: %s', rule, advice),
        table = subject,
        constraint = rule;
end
$$;

comment on function refuse(text, text, text) is
    'Raises a check violation named after a rule, on a table, with what to do instead.';

create function refuse_change() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise check_violation using
        message = format('%s: %s', tg_argv[0], tg_argv[1]),
        table = tg_table_name,
        constraint = tg_argv[0];
end
$$;

comment on function refuse_change() is
    'Trigger: refuses; its condition says when, its arguments name the rule and what to do instead.';
