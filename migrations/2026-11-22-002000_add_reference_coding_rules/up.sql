-- National conventions, for every payer: CPT modifier use, ICD-10-CM guidelines, NCCI edits, Medicare's fee schedule.

-- 25 is for the evaluation beside a procedure of 0 or 10 global days, 57 for the one that decided on a procedure of 90
-- (Medicare Claims Processing Manual ch. 12 § 40.2; of the codes 10004 to 69990 some 3,750 have 90).
insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, companion_from, companion_to, companion_global_period, modifier, message,
    severity
)
values
    (
        'Separate evaluation with a procedure', 'modifier_required', '99202', '99499', '10004', '69990', 'minor', '25',
        'Add modifier 25 to the evaluation and management line if it was significant and separate from the procedure of the day.',
        'error'
    ),
    (
        'Decision for surgery', 'modifier_required', '99202', '99499', '10004', '69990', 'major', '57',
        'Add modifier 57 to the evaluation and management line if it decided on the major surgery of the day; 25 is for procedures of 0 or 10 global days.',
        'error'
    ),
    (
        'Modifier 25 belongs on the evaluation', 'modifier_forbidden', '10004', '69990', null, null, null, '25',
        'Move modifier 25 from the procedure to the evaluation and management line.',
        'error'
    );

-- Drawing blood has no global period and no edit with a visit but 99211 (fee schedule: XXX, 9). It stands beside so many
-- visits that nobody should have to load a file for it.
insert into procedure_indicators (procedure_code, valid_from, global_days, bilateral_indicator)
values ('36415', '2000-01-01', 'XXX', '9');

-- Modifier 50 needs the bilateral indicator 1; with 0, 2 and 9 it is inappropriate (Noridian, modifier 50).
insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, procedure_modifier_1, procedure_takes_50, companion_is_same_procedure,
    companion_modifier, modifier, message, severity
)
values
    (
        'Bilateral procedure billed by side', 'modifier_required', '10004', '69990', 'RT', true, true, 'LT', '50',
        'Bill one line with modifier 50 instead of one line RT and one line LT of the same procedure and day.',
        'warning'
    ),
    (
        'Modifier 50 on a procedure that takes none', 'modifier_forbidden', '10004', '79999', null, false, false, null, '50',
        'Take modifier 50 off: the code is for one side at a time (bill RT and LT), for both already, or for neither.',
        'error'
    );

-- Medicare's screening colonoscopy: G0121 of average risk, G0105 of high risk (42 CFR 410.37). Z86.010 has codes below it
-- since 2024-10-01, Z83.71 since 2023-10-01; K50 and K51 always had.
insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, procedure_modifier_1, procedure_modifier_2, message, severity
)
values
    (
        'High-risk screening colonoscopy diagnosis', 'diagnosis_required', 'G0105', 'G0105', null, null,
        'Point the line to what makes the risk high (Z80.0, Z83.71-, Z85.038, Z86.010-, K50, K51), or bill G0121.',
        'error'
    ),
    (
        'Screening colonoscopy diagnosis', 'diagnosis_required', 'G0121', 'G0121', null, null,
        'Point the line to Z12.11, or bill G0105 where the risk is high.',
        'error'
    ),
    (
        'Colonoscopy billed as screening', 'diagnosis_required', '45378', '45378', '33', 'PT',
        'Modifier 33 or PT says screening: point the line to Z12.11, or to what makes the risk high.',
        'error'
    ),
    (
        'Problem-oriented visit with a routine diagnosis alone', 'diagnosis_not_specific', '99202', '99215', null, null,
        'Z00.00 alone does not support a problem-oriented visit: add the problem, or bill a preventive visit.',
        'warning'
    );

-- Materialized for Citus, which forgets the default of created_at otherwise.
with diagnosis as materialized (
    select coding_rules.id, screening.prefix, cast(screening.header_since as date) as header_since
    from (
        values
            ('G0121', 'Z12.11', null),
            ('G0105', 'Z80.0', null),
            ('G0105', 'Z83.71', '2023-10-01'),
            ('G0105', 'Z85.038', null),
            ('G0105', 'Z86.010', '2024-10-01'),
            ('G0105', 'K50', '2015-10-01'),
            ('G0105', 'K51', '2015-10-01')
    ) as screening (procedure_code, prefix, header_since)
    join coding_rules on coding_rules.procedure_from in (screening.procedure_code, '45378')
        and coding_rules.rule_type = 'diagnosis_required' and coding_rules.payer_id is null
    union all
    select id, 'Z00.00', null from coding_rules where name = 'Problem-oriented visit with a routine diagnosis alone'
)
insert into coding_rule_diagnoses (coding_rule_id, prefix, header_since)
select id, prefix, header_since from diagnosis;

-- NCCI procedure-to-procedure edits with their modifier indicators: 1 may be bypassed, 0 never.
insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, companion_from, companion_to, may_be_bypassed, message, severity
)
values
    (
        'Electrocardiogram tracing with the complete service', 'incompatible_codes',
        '93005', '93005', '93000', '93000', true,
        '93000 includes the tracing: remove 93005, or add modifier 59 if it was of another recording.',
        'error'
    ),
    (
        'Electrocardiogram report with the complete service', 'incompatible_codes',
        '93010', '93010', '93000', '93000', true,
        '93000 includes the interpretation: remove 93010, or add modifier 59 if it was of another recording.',
        'error'
    ),
    (
        'Basic with comprehensive metabolic panel', 'incompatible_codes', '80048', '80048', '80053', '80053', false,
        '80053 includes every test of 80048: remove 80048; no modifier helps.',
        'error'
    ),
    (
        'Diagnostic colonoscopy with a biopsy', 'incompatible_codes', '45378', '45378', '45380', '45380', false,
        '45380 includes the diagnostic examination: remove 45378; no modifier helps.',
        'error'
    );
