-- Only the rows that up.sql adds; an organization's own rules stay.

delete from coding_rule_diagnoses
using coding_rules
where coding_rules.id = coding_rule_id and coding_rules.name in (
    'High-risk screening colonoscopy diagnosis', 'Screening colonoscopy diagnosis', 'Colonoscopy billed as screening',
    'Problem-oriented visit with a routine diagnosis alone'
);

delete from coding_rules
where name in (
    'Separate evaluation with a procedure', 'Decision for surgery', 'Modifier 25 belongs on the evaluation',
    'Bilateral procedure billed by side', 'Modifier 50 on a procedure that takes none',
    'High-risk screening colonoscopy diagnosis', 'Screening colonoscopy diagnosis', 'Colonoscopy billed as screening',
    'Problem-oriented visit with a routine diagnosis alone',
    'Electrocardiogram tracing with the complete service', 'Electrocardiogram report with the complete service',
    'Basic with comprehensive metabolic panel', 'Diagnostic colonoscopy with a biopsy'
);

delete from procedure_indicators where procedure_code = '36415' and valid_from = '2000-01-01';
