create table coding_rules (
    id coding_rule_key not null default uuidv7(),
    name text_given not null,
    rule_type coding_rule_type not null,
    payer_id payer_key,
    procedure_from procedure_code not null,
    procedure_to procedure_code not null,
    procedure_modifier_1 procedure_modifier,
    procedure_modifier_2 procedure_modifier,
    procedure_takes_50 boolean,
    companion_from procedure_code,
    companion_to procedure_code,
    companion_is_same_procedure boolean not null default false,
    companion_modifier procedure_modifier,
    companion_global_period global_period,
    modifier procedure_modifier,
    may_be_bypassed boolean not null default false,
    message text_given not null,
    severity severity not null,
    active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint coding_rules_pkey primary key (id),
    constraint coding_rules_name_unique unique (name),
    constraint coding_rules_payer_id_exists foreign key (payer_id) references payers (id) on delete restrict,
    -- Codes are compared as bytes everywhere, so that a range means the same under every locale.
    constraint coding_rules_procedure_range_ordered
        check (procedure_from collate "C" <= procedure_to collate "C"),
    constraint coding_rules_companion_range_ordered
        check (companion_from collate "C" <= companion_to collate "C"),
    constraint coding_rules_companion_range_whole check ((companion_from is null) = (companion_to is null)),
    constraint coding_rules_companion_is_range_or_same
        check (not (companion_is_same_procedure and companion_from is not null)),
    constraint coding_rules_companion_modifier_has_companion
        check (companion_modifier is null or companion_is_same_procedure or companion_from is not null),
    constraint coding_rules_global_period_has_companion
        check (companion_global_period is null or companion_is_same_procedure or companion_from is not null),
    constraint coding_rules_procedure_modifiers_without_gap
        check (procedure_modifier_2 is null or procedure_modifier_1 is not null),
    constraint coding_rules_modifier_fits_type
        check ((modifier is not null) = (rule_type in ('modifier_required', 'modifier_forbidden'))),
    constraint coding_rules_incompatible_has_companion
        check (rule_type <> 'incompatible_codes' or companion_from is not null),
    constraint coding_rules_bypassed_is_incompatible check (not may_be_bypassed or rule_type = 'incompatible_codes')
);

create index coding_rules_by_payer on coding_rules (payer_id) where payer_id is not null;

select diesel_manage_updated_at(cast('coding_rules' as regclass));
select keep_recorder(cast('coding_rules' as regclass));

comment on table coding_rules is
    'What a claim''s coding must satisfy. Ranges and prefixes instead of regular expressions, so that no rule can be malformed.';
comment on column coding_rules.id is 'Primary key.';
comment on column coding_rules.name is 'Name that findings show.';
comment on column coding_rules.rule_type is
    'modifier_required, modifier_forbidden, diagnosis_required, diagnosis_not_specific or incompatible_codes.';
comment on column coding_rules.payer_id is 'The payer that it is for; empty for any.';
comment on column coding_rules.procedure_from is
    'First procedure code that it looks at. Codes compare as bytes; a range whose ends have one form (digits alone, a letter first, the same letter last) holds that form alone: 3074F is not in 10004 to 69990.';
comment on column coding_rules.procedure_to is 'Last procedure code that it looks at, inclusive.';
comment on column coding_rules.procedure_modifier_1 is 'Only lines that carry this modifier, or the second one; empty for all lines.';
comment on column coding_rules.procedure_modifier_2 is 'The other modifier that a line may carry.';
comment on column coding_rules.procedure_takes_50 is
    'Only procedures whose bilateral indicator is 1 (true), or 0, 2 or 9 (false); of one that procedure_indicators lacks the rule can''t tell. Empty for all.';
comment on column coding_rules.companion_from is
    'First code of the companion range, compared like procedure_from: the rule applies when another line with such a code stands on the same claim and service day.';
comment on column coding_rules.companion_to is 'Last code of the companion range, inclusive.';
comment on column coding_rules.companion_is_same_procedure is
    'The companion is another line with the same procedure code and service day, instead of a range.';
comment on column coding_rules.companion_modifier is 'Only companions that carry this modifier; empty for all.';
comment on column coding_rules.companion_global_period is
    'Only companions that procedure_indicators says are minor (000, 010) or major (090) surgery; of one that it lacks the rule can''t tell. Empty for all.';
comment on column coding_rules.modifier is 'The modifier that is required or forbidden.';
comment on column coding_rules.may_be_bypassed is
    'Incompatible codes: may they stand together where one of them carries a modifier that NCCI knows, such as 59, XS or LT (modifier indicator 1)?';
comment on column coding_rules.message is 'What to change.';
comment on column coding_rules.severity is 'error, warning or info.';
comment on column coding_rules.active is 'Is it in use?';
comment on column coding_rules.created_at is 'When the row was written.';
comment on column coding_rules.updated_at is 'When the row last changed.';
comment on index coding_rules_by_payer is 'A payer''s rules; also serves the foreign key.';

create table coding_rule_diagnoses (
    coding_rule_id coding_rule_key not null,
    prefix diagnosis_prefix not null,
    header_since calendar_date,
    created_at timestamptz not null default now(),
    constraint coding_rule_diagnoses_pkey primary key (coding_rule_id, prefix),
    constraint coding_rule_diagnoses_coding_rule_id_exists
        foreign key (coding_rule_id) references coding_rules (id) on delete restrict
);

comment on table coding_rule_diagnoses is
    'The diagnoses of a rule of type diagnosis_required or diagnosis_not_specific. Required: one diagnosis of the line, at least, must be among them; a line without pointers breaks the rule. Not specific: not all of the line may be; a line without pointers keeps it. On an institutional claim, which has no pointers, every line has all diagnoses of the claim. A rule without diagnoses finds nothing.';
comment on column coding_rule_diagnoses.coding_rule_id is 'The rule.';
comment on column coding_rule_diagnoses.prefix is 'Start of ICD-10-CM codes, or a whole one.';
comment on column coding_rule_diagnoses.header_since is
    'First day of service from which the prefix alone is no code any more, only those that begin with it; empty where it may be one.';
comment on column coding_rule_diagnoses.created_at is 'When the row was written.';
