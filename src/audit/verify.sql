-- Every seal computed anew, in one statement and so of one moment. Functions are named with pg_catalog, and operators are looked
-- for there first, so that none of the schema can take their place. $1 and $2 are a head that was
-- kept. The values are those of seal_audit_log().
with rows_of as materialized (
    select
        seal,
        pg_catalog.count(*) as entries,
        pg_catalog.sha256(pg_catalog.string_agg(
            pg_catalog.sha256(pg_catalog.convert_to(cast(pg_catalog.jsonb_build_array(
                id, changed_table, operation, row_key, old_values, new_values, actor, recorded_login, recorded_role,
                transaction_number,
                pg_catalog.to_char(created_at at time zone cast('UTC' as text), cast('YYYY-MM-DD HH24:MI:SS.US' as text))
            ) as text), cast('UTF8' as name))),
            cast('' as bytea) order by id
        )) as content_sha256
    from audit_log
    where seal is not null
    group by seal
),
chain as (
    select
        *,
        pg_catalog.lag(number) over (order by number) as previous_number,
        pg_catalog.lag(sha256) over (order by number) as previous_sha256
    from audit_seals
),
judged as (
    select
        coalesce(chain.number, rows_of.seal) as number,
        case
            when chain.number is null then 'is missing, and has rows'
            when chain.number <> 0 and chain.previous_number is distinct from chain.number - 1
                then 'does not follow on the seal before'
            when chain.sha256 is distinct from case
                when chain.number = 0 then pg_catalog.sha256(cast('' as bytea))
                else pg_catalog.sha256(pg_catalog.convert_to(cast(pg_catalog.jsonb_build_array(
                    pg_catalog.encode(chain.previous_sha256, cast('hex' as text)), chain.number, chain.entries,
                    pg_catalog.encode(chain.content_sha256, cast('hex' as text)),
                    pg_catalog.to_char(
                        chain.created_at at time zone cast('UTC' as text), cast('YYYY-MM-DD HH24:MI:SS.US' as text)
                    )
                ) as text), cast('UTF8' as name)))
            end
                then 'was changed, or one before it'
            when chain.number = $1 and chain.sha256 <> $2 then 'is not the one whose head was kept'
            when chain.pruned_at is not null and chain.created_at > pg_catalog.now() - cast('6 years' as interval)
                then 'is marked as pruned before its six years'
            when chain.pruned_at is not null and rows_of.entries > 0 then 'was pruned, and has rows'
            when chain.pruned_at is null and coalesce(rows_of.entries, 0) <> chain.entries
                then pg_catalog.concat('has ', coalesce(rows_of.entries, 0), ' rows, and was made over ', chain.entries)
            when chain.pruned_at is null and rows_of.content_sha256 <> chain.content_sha256
                then 'has rows that were changed'
        end as broken
    from chain
    full join rows_of on rows_of.seal = chain.number
    union all
    select $1, 'is missing, and its head was kept'
    where $1 is not null and not exists (select from audit_seals where number = $1)
    union all
    select 0, 'is missing, where the chain begins'
    where not exists (select from audit_seals where number = 0)
)
select
    coalesce(last.number, 0) as number,
    coalesce(last.sha256, cast('' as bytea)) as sha256,
    cast(coalesce((select pg_catalog.sum(entries) from rows_of), 0) as bigint) as sealed,
    (select pg_catalog.count(*) from audit_log where seal is null) as unsealed,
    array(select pg_catalog.concat('seal ', number, ' ', broken) from judged where broken is not null order by number) as broken
from (values (1)) as one (row)
left join (select number, sha256 from audit_seals order by number desc limit 1) as last on true
