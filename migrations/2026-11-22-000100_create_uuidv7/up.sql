-- PostgreSQL 18 has uuidv7() built in, and finds that one first; older versions find this one.
-- The body is bound when the function is made, so no search_path can lead it elsewhere. It is one expression without a
-- subquery, so that PostgreSQL puts it in the place of the call. 4096 parts of a millisecond are three hexadecimal
-- digits: time and fraction are read once, and the version goes in between.

create function uuidv7() returns uuid
    language sql
    volatile
    parallel safe
return cast(
    overlay(
        lpad(to_hex(cast(extract(epoch from clock_timestamp()) * 4096000 as bigint)), 15, '0')
        placing '7' from 13 for 0
    )
    || substr(cast(gen_random_uuid() as text), 20)
    as uuid
);

-- By its full name: on PostgreSQL 18 the bare one means the built-in.
do $$
begin
    execute format(
        'comment on function %I.uuidv7() is %L',
        current_schema(),
        'A time-ordered UUID (RFC 9562, version 7): milliseconds, then 12 bits of their fraction, then 62 random bits.'
    );
end
$$;
