-- What a denial may bring, from what similar ones brought. Computed when it is asked for: it changes with every decision.

create function recoveries_of(payer_ids uuid[], codes text[], newest integer)
    returns table (similar_denials bigint, refused_amount numeric, recovered_amount numeric)
    language plpgsql
    stable
as $$
begin
    return query
    select count(*), coalesce(sum(decided.refused), 0), coalesce(sum(decided.recovered + rebilled.recovered), 0)
    from unnest(payer_ids, codes) as wanted (payer_id, code)
    cross join lateral (
        select
            denials.id,
            denials.denial_amount - denials.withdrawn_amount as refused,
            denials.recovered_amount as recovered,
            denials.rebilled_amount as moved
        from denials
        where denials.payer_id = wanted.payer_id
            and denials.denial_code = wanted.code
            and denials.resolution_status <> 'pending'
            and denials.withdrawn_amount < denials.denial_amount
        order by denials.denied_on desc, denials.id desc
        limit newest
    ) as decided
    cross join lateral (
        select max(postings.posted_on) as settled_on from postings where postings.denial_id = decided.id
    ) as settled
    cross join lateral (
        select coalesce(sum(rebilled_denials.recovered_amount), 0) as recovered, count(*) filter (where claims.answers = 0 or claims.open_denied_amount > 0) as waiting
        from rebilled_denials
        join claims on claims.id = rebilled_denials.new_claim_id
        where decided.moved > 0 and rebilled_denials.denial_id = decided.id
    ) as rebilled
    where settled.settled_on > current_date - interval '12 months' and rebilled.waiting = 0;
end
$$;

comment on function recoveries_of(uuid[], text[], integer) is
    'What the newest denials of each of these payers and codes brought that were decided in the last twelve months, there or on the claims that they were rebilled to. Reads what of them is open, and as many as it is told.';

create function estimated_recoveries(denial_ids uuid[])
    returns table (
        denial_id uuid, estimated_recovery numeric, recovered_percentage numeric, similar_denials bigint,
        of_payer_and_code boolean
    )
    language plpgsql
    stable
as $$
declare
    alike record;
    of_payer record;
    of_type record;
    counted record;
    last_type text;
    last_category text;
begin
    for alike in
        select
            denials.payer_id,
            denials.denial_code as code,
            payers.payer_type as type_of_payer,
            category_of(denials.denial_code) as category,
            array_agg(cast(denials.id as uuid) order by denials.id) as ids
        from denials
        join payers on payers.id = denials.payer_id
        where denials.id = any (denial_ids)
        group by denials.payer_id, denials.denial_code, payers.payer_type
        order by type_of_payer, category, denials.payer_id, code
    loop
        select * into of_payer from recoveries_of(array[alike.payer_id], array[alike.code], 100);
        counted := of_payer;
        if of_payer.similar_denials < 20 then
            if (alike.type_of_payer, alike.category) is distinct from (last_type, last_category) then
                last_type := alike.type_of_payer;
                last_category := alike.category;
                select *
                into of_type
                from recoveries_of(
                    array(
                        select cast(payers.id as uuid)
                        from payers
                        cross join denial_code_library as entry
                        where payers.payer_type = last_type and entry.category = last_category
                        order by payers.id, entry.denial_code
                    ),
                    array(
                        select cast(entry.denial_code as text)
                        from payers
                        cross join denial_code_library as entry
                        where payers.payer_type = last_type and entry.category = last_category
                        order by payers.id, entry.denial_code
                    ),
                    20
                );
            end if;
            counted := of_type;
        end if;
        return query
        select
            cast(denials.id as uuid),
            case when counted.similar_denials >= 20
                then round(denials.open_amount * counted.recovered_amount / counted.refused_amount, 2) end,
            case when counted.similar_denials >= 20
                then round(100 * counted.recovered_amount / counted.refused_amount, 2) end,
            counted.similar_denials,
            of_payer.similar_denials >= 20
        from unnest(alike.ids) as wanted (id)
        join denials on denials.id = wanted.id;
    end loop;
end
$$;

comment on function estimated_recoveries(uuid[]) is
    'What is open of these denials times the share that similar ones brought that were decided in the last twelve months: the newest hundred of the same payer and code where there are twenty, else the newest of its type of payer and category, twenty of each payer and code. Empty where there are fewer than twenty of those, too: nothing is made up.';

select pin_search_path(cast('recoveries_of(uuid[], text[], integer)' as regprocedure));
select pin_search_path(cast('estimated_recoveries(uuid[])' as regprocedure));
