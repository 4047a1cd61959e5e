-- By when a payer must have what is filed with it. Calendar arithmetic is PostgreSQL's: a month or a year later is the same
-- day, or the last of a month that hasn't got it. A last day on a weekend or a holiday stays: what some payers add (Medicare
-- takes a claim on the next workday) is not relied on.

create table filing_rules (
    id filing_rule_key not null default uuidv7(),
    payer_id payer_key,
    payer_type payer_type,
    claim_type claim_type,
    step filing_step not null,
    basis deadline_basis not null,
    length smallint not null,
    unit length_unit not null default 'days',
    receipt_days smallint not null default 0,
    valid_from calendar_date,
    valid_to calendar_date,
    source text_given not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint filing_rules_pkey primary key (id),
    constraint filing_rules_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint filing_rules_payer_or_type check (payer_id is null or payer_type is null),
    constraint filing_rules_basis_fits_step check (
        case
            when step = 'original_claim' then basis in ('service_from', 'service_through')
            when step = 'corrected_claim' then basis <> 'decision'
            else basis in ('remittance_receipt', 'decision')
        end
    ),
    constraint filing_rules_length_positive check (length > 0),
    -- As org_policies.days_to_act: ten years.
    constraint filing_rules_length_limited
        check (length <= case unit when 'days' then 3660 when 'months' then 120 else 10 end),
    constraint filing_rules_receipt_days_range check (receipt_days >= 0 and receipt_days <= 30),
    constraint filing_rules_receipt_is_of_a_notice
        check (receipt_days = 0 or basis in ('remittance_receipt', 'decision')),
    constraint filing_rules_validity_ordered check (valid_from <= valid_to)
);

create unique index filing_rules_one_answer on filing_rules (
    step, coalesce(payer_id, '00000000-0000-0000-0000-000000000000'), coalesce(payer_type, ''), coalesce(claim_type, ''),
    coalesce(valid_from, '-infinity')
);
create index filing_rules_by_payer on filing_rules (payer_id) where payer_id is not null;

select diesel_manage_updated_at(cast('filing_rules' as regclass));
select keep_recorder(cast('filing_rules' as regclass));

comment on table filing_rules is
    'Time limits. Of those that fit, a payer''s own goes before one of its type, that before one for any payer; then one of the claim''s type before one for any; then the one that began last.';
comment on column filing_rules.id is 'Primary key.';
comment on column filing_rules.payer_id is 'The payer that sets it; empty for several.';
comment on column filing_rules.payer_type is 'The type of payers that it is for; empty for any, or where a payer is named.';
comment on column filing_rules.claim_type is 'The form of claims that it is for; empty for any.';
comment on column filing_rules.step is
    'original_claim, corrected_claim (one that replaces another), or the level of an appeal: first_level, second_level, third_level or external_review.';
comment on column filing_rules.basis is
    'What it counts from. service_from, service_through: first or last day of service. remittance_receipt: receipt of the remittance that answered the claim. decision: receipt of the decision that is appealed, which at the first level is that remittance.';
comment on column filing_rules.length is 'How long, at most ten years.';
comment on column filing_rules.unit is 'days, months or years.';
comment on column filing_rules.receipt_days is 'Days after its date by which a notice counts as received, at most 30.';
comment on column filing_rules.valid_from is 'First day from which it counts; empty for no limit.';
comment on column filing_rules.valid_to is 'Last day from which it counts; empty for no limit.';
comment on column filing_rules.source is 'Who says so: the regulation, manual or contract.';
comment on column filing_rules.created_at is 'When the row was written.';
comment on column filing_rules.updated_at is 'When the row last changed.';
comment on index filing_rules_one_answer is 'Of rules that fit, one is the most specific.';
comment on index filing_rules_by_payer is 'The rules of a payer; also serves the foreign key.';

create function deadline_by_rule(
    payer uuid, type_of_claim text, filed_step text, first_service date, last_service date, remitted_on date, decided_on date
)
    returns date
    language plpgsql
    stable
as $$
begin
    return (
        select cast(counted.day + rule.receipt_days + rule.length * cast('1 ' || rule.unit as interval) as date)
        from filing_rules as rule
        cross join lateral (
            select
                case rule.basis
                    when 'service_from' then first_service
                    when 'service_through' then last_service
                    when 'remittance_receipt' then remitted_on
                    else decided_on
                end as day
        ) as counted
        where rule.step = filed_step
            and (rule.payer_id is null or rule.payer_id = payer)
            and (rule.payer_type is null or rule.payer_type = (select payers.payer_type from payers where payers.id = payer))
            and (rule.claim_type is null or rule.claim_type = type_of_claim)
            and (rule.valid_from <= counted.day) is not false
            and (rule.valid_to >= counted.day) is not false
        order by rule.payer_id is null, rule.payer_type is null, rule.claim_type is null, rule.valid_from desc nulls last
        limit 1
    );
end
$$;

comment on function deadline_by_rule(uuid, text, text, date, date, date, date) is
    'Last day of a step by the most specific filing rule; null where no rule fits, or the day that it counts from isn''t given.';

create function appeal_deadline_of(payer uuid, claim_type text, level text, decided_on date) returns date
    language plpgsql
    stable
as $$
declare
    asked appeal_level := level;
begin
    return deadline_by_rule(payer, claim_type, asked, null, null, decided_on, decided_on);
end
$$;

comment on function appeal_deadline_of(uuid, text, text, date) is
    'Last day to appeal at a level what a payer decided on a day, stored or not; null where no filing rule fits.';

select pin_search_path(cast('deadline_by_rule(uuid, text, text, date, date, date, date)' as regprocedure));
select pin_search_path(cast('appeal_deadline_of(uuid, text, text, date)' as regprocedure));
