-- What an operator runs after a restore: both are empty, always, unless triggers were switched off.

create function reconcile()
    returns table (denial_id denial_key, kept_column text, kept text, expected text)
    language sql
    stable
begin atomic
    select denials.id as denial_id, compared.kept_column, compared.kept, compared.expected
    from denials
    left join (
        select
            denial_id,
            sum(signed) filter (where kind = 'recovery') as recovered,
            sum(signed) filter (where kind = 'write_off') as written_off,
            sum(signed) filter (where kind = 'patient_transfer') as transferred,
            sum(signed) filter (where kind = 'contractual_adjustment') as adjusted
        from (
            select denial_id, kind, case when is_reversal then -amount else cast(amount as numeric) end as signed
            from denial_transactions
        ) as posting
        group by denial_id
    ) as ledger on ledger.denial_id = denials.id
    cross join lateral (
        values
            ('recovered_amount', cast(denials.recovered_amount as numeric), ledger.recovered),
            ('written_off_amount', denials.written_off_amount, ledger.written_off),
            ('transferred_amount', denials.transferred_amount, ledger.transferred),
            ('adjusted_amount', denials.adjusted_amount, ledger.adjusted)
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
        open_action as kept,
        coalesce(open_action_of(id), cast('' as text)) as expected
    from denials
    where open_action is distinct from open_action_of(id)
    order by denial_id, kept_column;
end;

comment on function reconcile() is
    'Every denial whose totals differ from its ledger, or whose open_action differs from its appeals and rebills: empty, always.';

create function reconcile_claims()
    returns table (claim_id claim_key, kept_column text, kept text, expected text)
    language sql
    stable
begin atomic
    select claims.id, compared.kept_column, compared.kept, compared.expected
    from claims
    left join (
        select
            claim_id,
            sum(denial_amount) as denied,
            sum(recovered_amount) as recovered,
            sum(written_off_amount) as written_off,
            sum(transferred_amount) as transferred,
            sum(adjusted_amount) as adjusted,
            count(*) filter (where open_action = 'filed_appeal') as filed
        from denials
        group by claim_id
    ) as denied on denied.claim_id = claims.id
    left join (select claim_id, sum(charge_amount) as charges from claim_lines group by claim_id) as lines
        on lines.claim_id = claims.id
    cross join lateral (
        values
            ('amount', cast(claims.amount as numeric), lines.charges),
            ('denied_amount', claims.denied_amount, denied.denied),
            ('recovered_amount', claims.recovered_amount, denied.recovered),
            ('written_off_amount', claims.written_off_amount, denied.written_off),
            ('transferred_amount', claims.transferred_amount, denied.transferred),
            ('denial_adjusted_amount', claims.denial_adjusted_amount, denied.adjusted),
            ('filed_appeals', claims.filed_appeals, denied.filed)
    ) as total (kept_column, kept, expected)
    cross join lateral (
        select
            total.kept_column,
            cast(trim_scale(total.kept) as text) as kept,
            cast(trim_scale(coalesce(total.expected, 0)) as text) as expected
    ) as compared
    where compared.kept <> compared.expected
    order by claims.id, compared.kept_column;
end;

comment on function reconcile_claims() is
    'Every claim whose totals differ from its denials, or whose amount differs from its lines: empty, always.';
