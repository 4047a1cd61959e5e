-- What an operator runs after a restore: both are empty, always, unless triggers were switched off.

create function reconcile()
    returns table (denial_id uuid, kept_column text, kept text, expected text)
    language sql
    stable
begin atomic
    select denials.id, compared.kept_column, compared.kept, compared.expected
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
    left join appeals as open_appeal
        on open_appeal.denial_id = denials.id
        and open_appeal.status in ('pending', 'in_progress', 'submitted', 'under_review')
    left join rebills as open_rebill
        on open_rebill.denial_id = denials.id and open_rebill.status in ('pending', 'submitted', 'accepted')
    cross join lateral (
        values
            (
                'recovered_amount', cast(trim_scale(denials.recovered_amount) as text),
                cast(trim_scale(coalesce(ledger.recovered, 0)) as text)
            ),
            (
                'written_off_amount', cast(trim_scale(denials.written_off_amount) as text),
                cast(trim_scale(coalesce(ledger.written_off, 0)) as text)
            ),
            (
                'transferred_amount', cast(trim_scale(denials.transferred_amount) as text),
                cast(trim_scale(coalesce(ledger.transferred, 0)) as text)
            ),
            (
                'adjusted_amount', cast(trim_scale(denials.adjusted_amount) as text),
                cast(trim_scale(coalesce(ledger.adjusted, 0)) as text)
            ),
            (
                'open_action', denials.open_action,
                concat_ws(' and ', case
                    when open_appeal.filed_on is not null then 'filed_appeal'
                    when open_appeal.id is not null then 'appeal'
                end, case when open_rebill.id is not null then 'rebill' end)
            )
    ) as compared (kept_column, kept, expected)
    where coalesce(compared.kept, '') <> compared.expected
    order by denials.id, compared.kept_column;
end;

comment on function reconcile() is
    'Every denial whose totals differ from its ledger, or whose open_action differs from its appeals and rebills: empty, always.';

create function reconcile_claims()
    returns table (claim_id uuid, kept_column text, kept text, expected text)
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
