-- Only the rows that up.sql adds; an organization's own rules stay.

delete from coding_rules
where name in (
    'Separate evaluation with a procedure', 'Modifier 25 belongs on the evaluation',
    'Bilateral procedure billed by side', 'High-risk screening colonoscopy diagnosis',
    'Screening colonoscopy diagnosis', 'Colonoscopy billed as screening',
    'Problem-oriented visit with a routine diagnosis alone',
    'Electrocardiogram tracing with the complete service', 'Electrocardiogram report with the complete service',
    'Basic with comprehensive metabolic panel', 'Diagnostic colonoscopy with a biopsy'
);
