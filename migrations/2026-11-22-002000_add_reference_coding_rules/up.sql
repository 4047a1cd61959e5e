-- National conventions (CPT modifier use, ICD-10-CM guidelines, NCCI edits), for every payer.

insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, companion_from, companion_to, modifier, message, severity
)
values
    (
        'Separate evaluation with a procedure', 'modifier_required', '99202', '99499', '10004', '69990', '25',
        'Add modifier 25 to the evaluation and management line if it was significant and separate from the procedure of the day.',
        'error'
    ),
    (
        'Modifier 25 belongs on the evaluation', 'modifier_forbidden', '10004', '69990', null, null, '25',
        'Move modifier 25 from the procedure to the evaluation and management line.',
        'error'
    );

insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, procedure_modifier_1, companion_is_same_procedure,
    companion_modifier, modifier, message, severity
)
values
    (
        'Bilateral procedure billed by side', 'modifier_required', '10004', '69990', 'RT', true, 'LT', '50',
        'Bill one line with modifier 50 instead of one line RT and one line LT of the same procedure and day.',
        'warning'
    );

insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, procedure_modifier_1, procedure_modifier_2,
    diagnosis_prefix_1, diagnosis_prefix_2, diagnosis_prefix_3, message, severity
)
values
    (
        'High-risk screening colonoscopy diagnosis', 'diagnosis_required', 'G0105', 'G0105', null, null,
        'Z12.11', 'Z86.010', 'Z80.0',
        'Point the line to a screening diagnosis: Z12.11, or Z86.010 or Z80.0 for high risk.',
        'error'
    ),
    (
        'Screening colonoscopy diagnosis', 'diagnosis_required', 'G0121', 'G0121', null, null,
        'Z12.11', 'Z86.010', 'Z80.0',
        'Point the line to a screening diagnosis: Z12.11, or Z86.010 or Z80.0 for high risk.',
        'error'
    ),
    (
        'Colonoscopy billed as screening', 'diagnosis_required', '45378', '45378', '33', 'PT',
        'Z12.11', 'Z86.010', 'Z80.0',
        'Modifier 33 or PT says screening: point the line to Z12.11, or to Z86.010 or Z80.0 for high risk.',
        'error'
    ),
    (
        'Problem-oriented visit with a routine diagnosis alone', 'diagnosis_not_specific', '99202', '99215', null, null,
        'Z00.00', null, null,
        'Z00.00 alone does not support a problem-oriented visit: add the problem, or bill a preventive visit.',
        'warning'
    );

insert into coding_rules (
    name, rule_type, procedure_from, procedure_to, companion_from, companion_to, message, severity
)
values
    (
        'Electrocardiogram tracing with the complete service', 'incompatible_codes',
        '93005', '93005', '93000', '93000',
        '93000 includes the tracing: remove 93005.',
        'error'
    ),
    (
        'Electrocardiogram report with the complete service', 'incompatible_codes',
        '93010', '93010', '93000', '93000',
        '93000 includes the interpretation: remove 93010.',
        'error'
    ),
    (
        'Basic with comprehensive metabolic panel', 'incompatible_codes', '80048', '80048', '80053', '80053',
        '80053 includes every test of 80048: remove 80048.',
        'error'
    ),
    (
        'Diagnostic colonoscopy with a biopsy', 'incompatible_codes', '45378', '45378', '45380', '45380',
        '45380 includes the diagnostic examination: remove 45378.',
        'error'
    );
