create table denial_code_library (
    id denial_code_entry_key not null default uuidv7(),
    denial_code denial_code not null,
    category denial_category not null,
    description text_given not null,
    appealable boolean not null,
    not_appealable_by text[],
    recommended_action denial_action not null,
    benchmark_appeal_success_percentage numeric,
    usual_resolution text_given not null,
    prevention text_given not null,
    valid_from calendar_date,
    valid_to calendar_date,
    source text_given,
    disposition disposition not null generated always as (
        case
            when category = 'patient_responsibility' then 'patient'
            when category <> 'contractual_adjustment' then 'denial'
            when split_part(denial_code, '-', 2) = '23' then 'other_payer'
            else 'contractual'
        end
    ) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint denial_code_library_pkey primary key (id),
    constraint denial_code_library_denial_code_unique unique (denial_code),
    constraint denial_code_library_follows_nothing_up check (recommended_action <> 'follow_up'),
    constraint denial_code_library_appeal_needs_appealable check (appealable or recommended_action <> 'appeal'),
    constraint denial_code_library_contractual_is_posted
        check ((category = 'contractual_adjustment') = (recommended_action = 'post_adjustment')),
    constraint denial_code_library_contract_binds
        check (recommended_action <> 'transfer_to_patient' or denial_code not like 'CO-%'),
    constraint denial_code_library_not_appealable_by_known check (
        not_appealable_by <@ array['commercial', 'medicare', 'medicaid', 'tricare', 'workers_comp', 'other']
        and cardinality(not_appealable_by) > 0 and array_position(not_appealable_by, null) is null
    ),
    constraint denial_code_library_validity_ordered check (valid_from <= valid_to),
    constraint denial_code_library_benchmark_range check (
        benchmark_appeal_success_percentage >= 0
        and benchmark_appeal_success_percentage <= 100
        and scale(benchmark_appeal_success_percentage) <= 2
    )
);

select diesel_manage_updated_at(cast('denial_code_library' as regclass));

comment on table denial_code_library is 'What a denial code means and what usually helps, in our own words.';
comment on column denial_code_library.id is 'Primary key.';
comment on column denial_code_library.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_code_library.category is
    'authorization, missing_info, coding_error, medical_necessity, non_covered, coordination_of_benefits, bundling, patient_responsibility, timely_filing, duplicate, eligibility, provider_enrollment, frequency, contractual_adjustment, other or unknown.';
comment on column denial_code_library.description is 'Meaning, in our own words.';
comment on column denial_code_library.appealable is 'Does an appeal make sense at all?';
comment on column denial_code_library.not_appealable_by is
    'The types of payers whose decision under this code can''t be appealed; empty for none.';
comment on column denial_code_library.recommended_action is
    'appeal, rebill, write_off, transfer_to_patient, investigate, or post_adjustment for what is no denial.';
comment on column denial_code_library.benchmark_appeal_success_percentage is
    'Appeals that succeed, in percent, where a benchmark is known; the organization''s own rate comes from its appeals.';
comment on column denial_code_library.usual_resolution is 'What usually settles it.';
comment on column denial_code_library.prevention is 'What keeps it from happening again.';
comment on column denial_code_library.valid_from is 'First day on which payers use the code; empty for no limit.';
comment on column denial_code_library.valid_to is
    'Last day on which payers use the code; empty for no limit. A retired code stays, for old remittances.';
comment on column denial_code_library.source is 'Where a fact of the row is taken from; empty where it is common knowledge.';
comment on column denial_code_library.disposition is
    'What an adjustment of this code is on a remittance, unless adjustment_rules says otherwise. Computed.';
comment on column denial_code_library.created_at is 'When the row was written.';
comment on column denial_code_library.updated_at is 'When the row last changed.';
