create table procedure_indicators (
    procedure_code procedure_code not null,
    valid_from calendar_date not null,
    global_days global_days not null,
    bilateral_indicator bilateral_indicator not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint procedure_indicators_pkey primary key (procedure_code, valid_from)
);

select diesel_manage_updated_at(cast('procedure_indicators' as regclass));

comment on table procedure_indicators is
    'What Medicare''s fee schedule says of a procedure, from a day until the next row of the procedure. Organizations load it from the public file of relative values; descriptions stay out.';
comment on column procedure_indicators.procedure_code is 'CPT or HCPCS code; of the file the row without a modifier.';
comment on column procedure_indicators.valid_from is 'First day of service that it is for.';
comment on column procedure_indicators.global_days is '000, 010, 090, MMM, XXX, YYY or ZZZ (GLOB DAYS).';
comment on column procedure_indicators.bilateral_indicator is '0, 1, 2, 3 or 9 (BILAT SURG).';
comment on column procedure_indicators.created_at is 'When the row was written.';
comment on column procedure_indicators.updated_at is 'When the row last changed.';
