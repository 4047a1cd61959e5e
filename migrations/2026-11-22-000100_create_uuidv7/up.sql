-- PostgreSQL 18 has uuidv7() built in, and finds that one first; older versions find this one.
-- The body is bound when the function is made, so no search_path can lead it elsewhere.

create function uuidv7() returns uuid
    language sql
    volatile
    parallel safe
return (
    select cast(
        lpad(to_hex(clock.microseconds / 1000), 12, '0')
        || '7' || lpad(to_hex(clock.microseconds % 1000 * 4096 / 1000), 3, '0')
        || substr(replace(cast(gen_random_uuid() as text), '-', ''), 17)
        as uuid)
    from (select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as microseconds) as clock
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
