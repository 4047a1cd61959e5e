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
    open_denials bigint,
    open_amount numeric,
    judged_denials bigint,
    preventable_denials bigint,
    preventable_percentage numeric
)
    language sql
    stable
begin atomic
    select
        grouped.value,
        count(*),
        coalesce(sum(grouped.denied), 0),
        coalesce(sum(grouped.recovered), 0),
        coalesce(sum(grouped.lost), 0),
        coalesce(sum(grouped.transferred), 0),
        coalesce(sum(grouped.adjusted), 0),
        count(*) filter (where grouped.open > 0),
        coalesce(sum(grouped.open), 0),
        count(grouped.preventable),
        count(*) filter (where grouped.preventable),
        round(100.0 * count(*) filter (where grouped.preventable) / nullif(count(grouped.preventable), 0), 2)
    from (
        select
            case grouped_by
                when 'category' then fact.category
                when 'payer' then fact.payer
                when 'code' then fact.denial_code
                when 'procedure' then fact.procedure_code
                when 'month' then to_char(cast(fact.denied_on as timestamp), 'YYYY-MM')
            end as value,
            fact.preventable,
            fact.denial_amount as denied,
            coalesce(posted.recovered, 0) as recovered,
            coalesce(posted.lost, 0) as lost,
            coalesce(posted.transferred, 0) as transferred,
            coalesce(posted.adjusted, 0) as adjusted,
            fact.denial_amount - coalesce(posted.allocated, 0) as open
        from denial_facts as fact
        left join (
            select
                posting_facts.denial_id,
                sum(posting_facts.amount) as allocated,
                sum(posting_facts.amount) filter (where posting_facts.kind = 'recovery') as recovered,
                sum(posting_facts.amount) filter (where posting_facts.kind = 'write_off') as lost,
                sum(posting_facts.amount) filter (where posting_facts.kind = 'patient_transfer') as transferred,
                sum(posting_facts.amount) filter (where posting_facts.kind = 'contractual_adjustment') as adjusted
            from posting_facts
            where posting_facts.posted_on <= coalesce(as_of, 'infinity')
            group by posting_facts.denial_id
        ) as posted on posted.denial_id = fact.id
        where fact.denied_on <= coalesce(as_of, 'infinity')
            and fact.denied_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end;
comment on function denial_report(denial_grouping, date, date, date) is
    'Denials of a period by day of denial, as whole or by category, payer, code, procedure (empty: the whole claim was denied) or month. Money as the ledger stood at the end of the day as_of, without it as it stands; lost is written off. preventable_percentage is of those that were judged, null when none was.';

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
    language sql
    stable
begin atomic
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
                when 'level' then fact.appeal_level
                when 'payer' then fact.payer
                when 'code' then fact.denial_code
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
end;
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
    language sql
    stable
begin atomic
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
                when 'reason' then fact.reason
                when 'category' then fact.category
            end as value,
            fact.status,
            fact.preventable,
            fact.amount,
            case when fact.status = 'approved' then fact.amount end as lost
        from write_off_facts as fact
        where fact.requested_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end;
comment on function write_off_report(write_off_grouping, date, date) is
    'Write-offs of a period by day of request, as whole or by reason or category. Approved ones are money lost; reversed, rejected and pending ones are not. preventable_percentage is of the approved ones that were judged, null when none was.';

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
    language sql
    stable
begin atomic
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
            case grouped_by when 'reason' then fact.reason end as value,
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
end;
comment on function rebill_report(rebill_grouping, date, date) is
    'Rebills of a period by day of submission (without a period also those not yet submitted), as whole or by reason. success_percentage is paid and partially paid of those resolved, null when none is; the recovered amount comes from the ledger.';

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
    language sql
    stable
begin atomic
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
                when 'payer' then fact.payer
                when 'reason' then fact.variance_reason
            end as value,
            case when fact.variance_type = 'underpayment' then -fact.variance_amount end as underpaid,
            case when fact.variance_type = 'overpayment' then fact.variance_amount end as overpaid,
            fact.resolved_on is null as unresolved
        from variance_facts as fact
        where fact.paid_on between coalesce(first_day, '-infinity') and coalesce(last_day, 'infinity')
    ) as grouped
    group by grouping sets ((grouped.value), ())
    having (grouped_by = 'whole') = (grouping(grouped.value) = 1);
end;
comment on function variance_report(variance_grouping, date, date) is
    'Payment variances of a period by day of payment, as whole or by payer or reason (empty: not known yet). A payment within one cent is neither under nor over and needs no resolution.';
