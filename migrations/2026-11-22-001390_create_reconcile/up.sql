-- What an operator runs after a restore: both are empty, always, unless triggers were switched off. Not in SQL, of which Citus
-- takes no function of its tables.

create function reconcile()
    returns table (denial_id denial_key, kept_column text, kept text, expected text)
    language plpgsql
    stable
as $$
#variable_conflict use_column
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(denial_id) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select denials.id as denial_id, compared.kept_column, compared.kept, compared.expected
    from denials
    left join (
        select
            denial_id,
            sum(amount) filter (where kind = 'payment') as recovered,
            sum(amount) filter (where kind = 'write_off') as written_off,
            sum(amount) filter (where kind = 'patient_responsibility') as transferred,
            sum(amount) filter (where kind in ('contractual_adjustment', 'other_payer')) as adjusted,
            sum(amount) filter (where kind = 'rebilled') as rebilled,
            sum(amount) filter (where kind = 'denial_withdrawn') as withdrawn
        from postings
        where denial_id is not null
        group by denial_id
    ) as ledger on ledger.denial_id = denials.id
    left join (
        select denial_id, sum(granted_amount) as granted from appeals group by denial_id
    ) as appealed on appealed.denial_id = denials.id
    cross join lateral (
        values
            ('recovered_amount', cast(denials.recovered_amount as numeric), ledger.recovered),
            ('written_off_amount', denials.written_off_amount, ledger.written_off),
            ('transferred_amount', denials.transferred_amount, ledger.transferred),
            ('adjusted_amount', denials.adjusted_amount, ledger.adjusted),
            ('rebilled_amount', denials.rebilled_amount, ledger.rebilled),
            ('withdrawn_amount', denials.withdrawn_amount, ledger.withdrawn),
            ('granted_amount', denials.granted_amount, appealed.granted)
    ) as total (kept_column, kept, expected)
    cross join lateral (
        select
            total.kept_column,
            cast(trim_scale(total.kept) as text) as kept,
            cast(trim_scale(coalesce(total.expected, 0)) as text) as expected
    ) as compared
    where compared.kept <> compared.expected
    union all
    select
        id as denial_id,
        cast('open_action' as text) as kept_column,
        cast(open_action as text) as kept,
        coalesce(open_action_of(id), cast('' as text)) as expected
    from denials
    where cast(open_action as text) is distinct from open_action_of(id)
    order by denial_id, kept_column;
end
$$;

comment on function reconcile() is
    'Every denial whose totals differ from its postings and appeals, or whose open_action differs from its appeals and rebills: empty, always.';

create function reconcile_claims()
    returns table (claim_id claim_key, kept_column text, kept text, expected text)
    language plpgsql
    stable
as $$
#variable_conflict use_column
begin
    -- As above.
    if cast(pg_typeof(claim_id) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select claims.id, compared.kept_column, compared.kept, compared.expected
    from claims
    left join (
        select
            claim_id,
            sum(amount) filter (where kind = 'payment') as paid,
            sum(amount) filter (where kind = 'contractual_adjustment') as contractual,
            sum(amount) filter (where kind = 'patient_responsibility') as responsibility,
            sum(amount) filter (where kind = 'other_payer') as other_payer,
            sum(amount) filter (where kind = 'write_off') as written_off,
            sum(amount) filter (where kind = 'rebilled') as rebilled,
            sum(amount) filter (where kind = 'patient_payment') as patient_paid,
            sum(amount) filter (where kind = 'patient_write_off') as patient_written_off,
            sum(case when reverses_id is null then 1 else -1 end) filter (where answers) as answers
        from (
            select
                posted.*,
                posted.kind in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn')
                and 'database' not in (posted.posted_by, coalesce(mistake.posted_by, '')) as answers
            from postings as posted
            left join postings as mistake on mistake.claim_id = posted.claim_id and mistake.id = posted.reverses_id
        ) as posting
        group by claim_id
    ) as ledger on ledger.claim_id = claims.id
    left join (
        select claim_id, sum(open_amount) as open, count(*) as denials from denials group by claim_id
    ) as denied on denied.claim_id = claims.id
    left join (
        select claim_id, count(*) as claims from remittance_claims where posted_on is not null group by claim_id
    ) as remitted on remitted.claim_id = claims.id
    left join (
        select claim_id, count(*) as filed
        from appeals
        where status in ('submitted', 'under_review') or granted_amount > 0
        group by claim_id
    ) as appealed on appealed.claim_id = claims.id
    left join (select claim_id, sum(charge_amount) as charges from claim_lines group by claim_id) as lines
        on lines.claim_id = claims.id
    cross join lateral (
        values
            ('amount', cast(claims.amount as numeric), lines.charges),
            ('paid_amount', claims.paid_amount, ledger.paid),
            ('contractual_amount', claims.contractual_amount, ledger.contractual),
            ('patient_responsibility_amount', claims.patient_responsibility_amount, ledger.responsibility),
            ('other_payer_amount', claims.other_payer_amount, ledger.other_payer),
            ('written_off_amount', claims.written_off_amount, ledger.written_off),
            ('rebilled_amount', claims.rebilled_amount, ledger.rebilled),
            ('patient_paid_amount', claims.patient_paid_amount, ledger.patient_paid),
            ('patient_written_off_amount', claims.patient_written_off_amount, ledger.patient_written_off),
            ('open_denied_amount', claims.open_denied_amount, denied.open),
            ('answers', claims.answers, coalesce(ledger.answers, 0) + coalesce(denied.denials, 0) + coalesce(remitted.claims, 0)),
            ('filed_appeals', claims.filed_appeals, appealed.filed)
    ) as total (kept_column, kept, expected)
    cross join lateral (
        select
            total.kept_column,
            cast(trim_scale(total.kept) as text) as kept,
            cast(trim_scale(coalesce(total.expected, 0)) as text) as expected
    ) as compared
    where compared.kept <> compared.expected
    order by claims.id, compared.kept_column;
end
$$;

comment on function reconcile_claims() is
    'Every claim whose totals differ from its postings, denials and appeals, or whose amount differs from its lines: empty, always.';

select pin_search_path(cast('reconcile()' as regprocedure));
select pin_search_path(cast('reconcile_claims()' as regprocedure));
