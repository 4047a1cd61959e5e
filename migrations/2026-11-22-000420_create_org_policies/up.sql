create table org_policies (
    id org_policy_key not null default uuidv7(),
    name text_given not null,
    policy_type policy_type not null,
    payer_id payer_key,
    denial_category denial_category,
    denial_code denial_code,
    payer_types text[],
    except_group text,
    min_amount usd not null default 0,
    max_amount usd,
    days_to_act integer not null,
    automatic boolean not null default false,
    priority_rank integer not null,
    valid_from calendar_date,
    valid_to calendar_date,
    active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint org_policies_pkey primary key (id),
    constraint org_policies_name_unique unique (name),
    constraint org_policies_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    constraint org_policies_code_or_category check (denial_category is null or denial_code is null),
    constraint org_policies_payer_types_known check (
        payer_types <@ array['commercial', 'medicare', 'medicaid', 'tricare', 'workers_comp', 'other']
        and cardinality(payer_types) > 0 and array_position(payer_types, null) is null
    ),
    constraint org_policies_except_group_is_one check (except_group in ('CO', 'PR', 'OA', 'PI')),
    constraint org_policies_amounts_ordered check (min_amount < max_amount),
    constraint org_policies_days_to_act_positive check (days_to_act > 0),
    -- A deadline of millions of days leaves the calendar, and views that compute the day would fail for everybody.
    constraint org_policies_days_to_act_limited check (days_to_act <= 3660),
    constraint org_policies_priority_rank_positive check (priority_rank > 0),
    constraint org_policies_validity_ordered check (valid_from <= valid_to)
);

create index org_policies_by_payer on org_policies (payer_id) where payer_id is not null;

select diesel_manage_updated_at(cast('org_policies' as regclass));
select keep_recorder(cast('org_policies' as regclass));

comment on table org_policies is 'What the organization does with a denial of a code or category and size.';
comment on column org_policies.id is 'Primary key.';
comment on column org_policies.name is 'Name that people use.';
comment on column org_policies.policy_type is
    'appeal_threshold, write_off_threshold, rebill_threshold or transfer_to_patient: the action that it leads to. approval_threshold: from min_amount on, what people post by hand to settle a denial is approved by another one.';
comment on column org_policies.payer_id is 'The payer that it is for; empty for any.';
comment on column org_policies.denial_category is 'The denial category that it is for; empty for any.';
comment on column org_policies.denial_code is 'The code that it is for, such as CO-197; empty for any. It comes before policies for a category.';
comment on column org_policies.payer_types is 'The types of payers that it is for; empty for any.';
comment on column org_policies.except_group is 'The group of denial codes that it is not for: CO, PR, OA or PI (X12 CAS01); empty for none.';
comment on column org_policies.min_amount is 'From this open amount on, US dollars, inclusive.';
comment on column org_policies.max_amount is 'Below this open amount, US dollars, exclusive; empty for no limit.';
comment on column org_policies.days_to_act is 'Days from the denial by which to act, at most 3660.';
comment on column org_policies.automatic is 'May a program act without asking?';
comment on column org_policies.priority_rank is 'Of several policies that fit, the one with the lowest rank decides.';
comment on column org_policies.valid_from is 'First day that it applies; empty for no limit.';
comment on column org_policies.valid_to is 'Last day that it applies; empty for no limit.';
comment on column org_policies.active is 'Is it in use?';
comment on column org_policies.created_at is 'When the row was written.';
comment on column org_policies.updated_at is 'When the row last changed.';
comment on index org_policies_by_payer is 'A payer''s policies; also serves the foreign key.';
