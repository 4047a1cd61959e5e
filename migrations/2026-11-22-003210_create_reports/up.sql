-- What the figures of the business mean, once, for psql, BI tools and services. Each report is one row for the whole, or
-- one row per group; days are inclusive, and a day that isn't given leaves the period open at that end.

create domain denial_grouping as text
    constraint denial_grouping_known check (value in ('whole', 'category', 'payer', 'code', 'procedure', 'month'));
comment on domain denial_grouping is 'What denial_report() groups by.';

create domain appeal_grouping as text
    constraint appeal_grouping_known check (value in ('whole', 'level', 'payer', 'code'));
comment on domain appeal_grouping is 'What appeal_report() groups by.';

create domain write_off_grouping as text
    constraint write_off_grouping_known check (value in ('whole', 'reason', 'category'));
comment on domain write_off_grouping is 'What write_off_report() groups by.';

create domain rebill_grouping as text
    constraint rebill_grouping_known check (value in ('whole', 'reason'));
comment on domain rebill_grouping is 'What rebill_report() groups by.';

create domain variance_grouping as text
    constraint variance_grouping_known check (value in ('whole', 'payer', 'reason'));
comment on domain variance_grouping is 'What variance_report() groups by.';

-- Each report looks by itself whether it is in its own schema, by its argument's type, which is bound to it for good: a function
-- that did so for all would be looked for by name, and in a renamed schema nobody has it.

-- Grouping sets: the whole is a row also where there is nothing to report, and "having" keeps the wanted set.

create function denial_report(
    grouped_by denial_grouping default 'whole',
    first_day date default null,
    last_day date default null,
    as_of date default null
) returns table (
    group_value text,
    denials bigint,
    denied_amount numeric,
    recovered_amount numeric,
    lost_amount numeric,
    transferred_amount numeric,
    adjusted_amount numeric,
    rebilled_amount numeric,
    withdrawn_amount numeric,
    open_denials bigint,
    open_amount numeric,
    judged_denials bigint,
    preventable_denials bigint,
    preventable_percentage numeric
)
    language plpgsql
    stable
as $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    -- Built for the wanted group, so that only what it needs is joined, and what was posted later is read only as of a day.
    return query execute format(
        $query$
            select
                fact.value,
                count(*),
                coalesce(sum(fact.denied), 0),
                coalesce(sum(fact.recovered), 0),
                coalesce(sum(fact.lost), 0),
                coalesce(sum(fact.transferred), 0),
                coalesce(sum(fact.adjusted), 0),
                coalesce(sum(fact.rebilled), 0),
                coalesce(sum(fact.withdrawn), 0),
                count(*) filter (where fact.open > 0),
                coalesce(sum(fact.open), 0),
                count(fact.preventable),
                count(*) filter (where fact.preventable),
                round(100.0 * count(*) filter (where fact.preventable) / nullif(count(fact.preventable), 0), 2)
            from (
                select
                    %1$s as value,
                    denial.preventable,
                    cast(denial.denial_amount as numeric) as denied,
                    %2$s
                from denial_facts as denial
                %3$s
                where denial.denied_on between coalesce($1, '-infinity') and coalesce($2, 'infinity')
                    and denial.denied_on <= coalesce($3, 'infinity')
            ) as fact
            group by grouping sets ((fact.value), ())
            having (grouping(fact.value) = 1) = $4
        $query$,
        case grouped_by
            when 'whole' then 'cast(null as text)'
            when 'category' then 'cast(denial.category as text)'
            when 'payer' then 'cast(denial.payer as text)'
            when 'code' then 'cast(denial.denial_code as text)'
            when 'procedure' then 'cast(denial.procedure_code as text)'
            when 'month' then $key$to_char(cast(denial.denied_on as timestamp), 'YYYY-MM')$key$
        end,
        case when as_of is null then
            'cast(denial.recovered_amount as numeric) as recovered,
             cast(denial.written_off_amount as numeric) as lost,
             cast(denial.transferred_amount as numeric) as transferred,
             cast(denial.adjusted_amount as numeric) as adjusted,
             cast(denial.rebilled_amount as numeric) as rebilled,
             cast(denial.withdrawn_amount as numeric) as withdrawn,
             cast(denial.open_amount as numeric) as open'
        else
            'denial.recovered_amount - coalesce(later.recovered, 0) as recovered,
             denial.written_off_amount - coalesce(later.lost, 0) as lost,
             denial.transferred_amount - coalesce(later.transferred, 0) as transferred,
             denial.adjusted_amount - coalesce(later.adjusted, 0) as adjusted,
             denial.rebilled_amount - coalesce(later.rebilled, 0) as rebilled,
             denial.withdrawn_amount - coalesce(later.withdrawn, 0) as withdrawn,
             denial.open_amount + coalesce(later.settled, 0) as open'
        end,
        case when as_of is not null then
            $later$left join (
                select
                    posting_facts.denial_id,
                    sum(posting_facts.amount) as settled,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'payment') as recovered,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'write_off') as lost,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'patient_responsibility') as transferred,
                    sum(posting_facts.amount) filter (
                        where posting_facts.kind in ('contractual_adjustment', 'other_payer')
                    ) as adjusted,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'rebilled') as rebilled,
                    sum(posting_facts.amount) filter (where posting_facts.kind = 'denial_withdrawn') as withdrawn
                from posting_facts
                where posting_facts.posted_on > $3 and posting_facts.settles_denial
                group by posting_facts.denial_id
            ) as later on later.denial_id = denial.id$later$
        end
    ) using first_day, last_day, as_of, grouped_by = 'whole';
end
$$;

comment on function denial_report(denial_grouping, date, date, date) is
    'Denials of a period by day of denial, as whole or by category, payer, code, procedure (empty: the whole claim was denied) or month. Money as the ledger stood at the end of the day as_of, without it as it stands; lost is written off, rebilled money lives on the new claim. Categories and what was found preventable are today''s. preventable_percentage is of those that were judged, null when none was.';

create function appeal_report(
    grouped_by appeal_grouping default 'whole',
    first_day date default null,
    last_day date default null,
    as_of date default current_date
) returns table (
    group_value text,
    appeals bigint,
    appealed_amount numeric,
    open_appeals bigint,
    withdrawn_appeals bigint,
    decided_appeals bigint,
    approved_appeals bigint,
    partially_approved_appeals bigint,
    denied_appeals bigint,
    approved_amount numeric,
    success_percentage numeric,
    average_days_to_decision numeric,
    overdue_appeals bigint,
    overdue_amount numeric
)
    language plpgsql
    stable
as $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        coalesce(sum(grouped.appealed), 0),
        count(*) filter (where grouped.decided_on is null and grouped.status <> 'withdrawn'),
        count(*) filter (where grouped.status = 'withdrawn'),
        count(grouped.decided_on),
        count(*) filter (where grouped.status = 'approved'),
        count(*) filter (where grouped.status = 'partially_approved'),
        count(*) filter (where grouped.status = 'denied'),
        coalesce(sum(grouped.approved), 0),
        round(
            100.0 * count(*) filter (where grouped.status in ('approved', 'partially_approved'))
            / nullif(count(grouped.decided_on), 0),
            2
        ),
        round(avg(grouped.days_to_decision), 2),
        count(*) filter (where grouped.overdue),
        coalesce(sum(grouped.appealed) filter (where grouped.overdue), 0)
    from (
        select
            case grouped_by
                when 'level' then cast(fact.appeal_level as text)
                when 'payer' then cast(fact.payer as text)
                when 'code' then cast(fact.denial_code as text)
            end as value,
            fact.status,
            fact.decided_on,
            fact.days_to_decision,
            fact.appealed_amount as appealed,
            fact.approved_amount as approved,
            fact.status in ('pending', 'in_progress') and fact.due_on < as_of as overdue
        from appeal_facts as fact
        where coalesce(fact.filed_on, fact.due_on)
            between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;

comment on function appeal_report(appeal_grouping, date, date, date) is
    'Appeals of a period by day of filing, or while not filed by the day they are due, as whole or by level, payer or code. success_percentage is approved and partially approved of those decided, null when none is. Overdue is what is neither filed nor withdrawn and was due before as_of.';

create function write_off_report(
    grouped_by write_off_grouping default 'whole',
    first_day date default null,
    last_day date default null
) returns table (
    group_value text,
    write_offs bigint,
    pending_write_offs bigint,
    pending_amount numeric,
    approved_write_offs bigint,
    lost_amount numeric,
    rejected_write_offs bigint,
    reversed_write_offs bigint,
    judged_write_offs bigint,
    preventable_write_offs bigint,
    preventable_amount numeric,
    preventable_percentage numeric
)
    language plpgsql
    stable
as $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(*) filter (where grouped.status = 'pending_approval'),
        coalesce(sum(grouped.amount) filter (where grouped.status = 'pending_approval'), 0),
        count(grouped.lost),
        coalesce(sum(grouped.lost), 0),
        count(*) filter (where grouped.status = 'rejected'),
        count(*) filter (where grouped.status = 'reversed'),
        count(grouped.lost) filter (where grouped.preventable is not null),
        count(grouped.lost) filter (where grouped.preventable),
        coalesce(sum(grouped.lost) filter (where grouped.preventable), 0),
        round(
            100.0 * count(grouped.lost) filter (where grouped.preventable)
            / nullif(count(grouped.lost) filter (where grouped.preventable is not null), 0),
            2
        )
    from (
        select
            case grouped_by
                when 'reason' then cast(fact.reason as text)
                when 'category' then cast(fact.category as text)
            end as value,
            fact.status,
            fact.preventable,
            fact.amount,
            nullif(fact.lost_amount, 0) as lost
        from write_off_facts as fact
        where fact.requested_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;

comment on function write_off_report(write_off_grouping, date, date) is
    'Write-offs of a period by day of request, as whole or by reason or category. Lost is what the ledger has of them, net of what was reversed or paid after all. preventable_percentage is of the approved ones that were judged, null when none was.';

create function rebill_report(
    grouped_by rebill_grouping default 'whole',
    first_day date default null,
    last_day date default null
) returns table (
    group_value text,
    rebills bigint,
    open_rebills bigint,
    resolved_rebills bigint,
    paid_rebills bigint,
    partially_paid_rebills bigint,
    denied_again_rebills bigint,
    recovered_amount numeric,
    success_percentage numeric,
    average_days_to_resolution numeric
)
    language plpgsql
    stable
as $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(*) filter (where grouped.resolved_on is null),
        count(grouped.resolved_on),
        count(*) filter (where grouped.status = 'paid'),
        count(*) filter (where grouped.status = 'partially_paid'),
        count(*) filter (where grouped.status = 'denied_again'),
        coalesce(sum(grouped.recovered), 0),
        round(
            100.0 * count(*) filter (where grouped.status in ('paid', 'partially_paid'))
            / nullif(count(grouped.resolved_on), 0),
            2
        ),
        round(avg(grouped.days_to_resolution), 2)
    from (
        select
            case grouped_by when 'reason' then cast(fact.reason as text) end as value,
            fact.status,
            fact.resolved_on,
            fact.days_to_resolution,
            fact.recovered_amount as recovered
        from rebill_facts as fact
        where first_day is null and last_day is null
            or fact.submitted_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;

comment on function rebill_report(rebill_grouping, date, date) is
    'Rebills of a period by day of submission (without a period also those not yet submitted), as whole or by reason. success_percentage is paid and partially paid of those resolved, null when none is; the recovered amount is read from the new claims (rebilled_denials).';

create function variance_report(
    grouped_by variance_grouping default 'whole',
    first_day date default null,
    last_day date default null
) returns table (
    group_value text,
    variances bigint,
    underpayments bigint,
    underpaid_amount numeric,
    overpayments bigint,
    overpaid_amount numeric,
    unresolved_variances bigint,
    unresolved_underpaid_amount numeric,
    unresolved_overpaid_amount numeric
)
    language plpgsql
    stable
as $$
begin
    -- The type is this schema's, whatever schema the names are looked for in.
    if cast(pg_typeof(grouped_by) as text) like '%.%' then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            constraint = 'schema_is_pinned';
    end if;

    return query
    select
        grouped.value,
        count(*),
        count(grouped.underpaid),
        coalesce(sum(grouped.underpaid), 0),
        count(grouped.overpaid),
        coalesce(sum(grouped.overpaid), 0),
        count(coalesce(grouped.underpaid, grouped.overpaid)) filter (where grouped.unresolved),
        coalesce(sum(grouped.underpaid) filter (where grouped.unresolved), 0),
        coalesce(sum(grouped.overpaid) filter (where grouped.unresolved), 0)
    from (
        select
            case grouped_by
                when 'payer' then cast(fact.payer as text)
                when 'reason' then cast(fact.variance_reason as text)
            end as value,
            case when fact.variance_type = 'underpayment' then -fact.variance_amount end as underpaid,
            case when fact.variance_type = 'overpayment' then fact.variance_amount end as overpaid,
            fact.resolved_on is null as unresolved
        from variance_facts as fact
        where fact.paid_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end
$$;

comment on function variance_report(variance_grouping, date, date) is
    'Payment variances of a period by day of payment, as whole or by payer or reason (empty: not known yet). A payment within one cent is neither under nor over and needs no resolution.';

select pin_search_path(cast('denial_report(denial_grouping, date, date, date)' as regprocedure));
select pin_search_path(cast('appeal_report(appeal_grouping, date, date, date)' as regprocedure));
select pin_search_path(cast('write_off_report(write_off_grouping, date, date)' as regprocedure));
select pin_search_path(cast('rebill_report(rebill_grouping, date, date)' as regprocedure));
select pin_search_path(cast('variance_report(variance_grouping, date, date)' as regprocedure));
