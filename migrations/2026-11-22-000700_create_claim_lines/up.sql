create table claim_lines (
    claim_id claim_key not null,
    line_number smallint not null,
    procedure_code procedure_code,
    revenue_code revenue_code,
    modifier_1 procedure_modifier,
    modifier_2 procedure_modifier,
    modifier_3 procedure_modifier,
    modifier_4 procedure_modifier,
    units numeric not null default 1,
    charge_amount usd not null,
    service_date calendar_date not null,
    service_to calendar_date,
    diagnosis_pointer_1 smallint,
    diagnosis_pointer_2 smallint,
    diagnosis_pointer_3 smallint,
    diagnosis_pointer_4 smallint,
    constraint claim_lines_pkey primary key (claim_id, line_number),
    constraint claim_lines_claim_id_exists foreign key (claim_id) references claims (id) on delete restrict,
    constraint claim_lines_diagnosis_pointer_1_exists
        foreign key (claim_id, diagnosis_pointer_1) references claim_diagnoses (claim_id, ordinal) on delete restrict,
    constraint claim_lines_diagnosis_pointer_2_exists
        foreign key (claim_id, diagnosis_pointer_2) references claim_diagnoses (claim_id, ordinal) on delete restrict,
    constraint claim_lines_diagnosis_pointer_3_exists
        foreign key (claim_id, diagnosis_pointer_3) references claim_diagnoses (claim_id, ordinal) on delete restrict,
    constraint claim_lines_diagnosis_pointer_4_exists
        foreign key (claim_id, diagnosis_pointer_4) references claim_diagnoses (claim_id, ordinal) on delete restrict,
    constraint claim_lines_line_number_range check (line_number between 1 and 999),
    constraint claim_lines_names_service check (procedure_code is not null or revenue_code is not null),
    constraint claim_lines_modifiers_without_gap check (
        (modifier_1 is null or procedure_code is not null)
        and (modifier_2 is null or modifier_1 is not null)
        and (modifier_3 is null or modifier_2 is not null)
        and (modifier_4 is null or modifier_3 is not null)
    ),
    -- Not as NOT IN, which a restored dump has in other parentheses.
    constraint claim_lines_modifiers_differ check (
        (modifier_1 <> modifier_2 and modifier_1 <> modifier_3 and modifier_1 <> modifier_4) is not false
        and (modifier_2 <> modifier_3 and modifier_2 <> modifier_4) is not false
        and (modifier_3 <> modifier_4) is not false
    ),
    constraint claim_lines_units_range check (units > 0 and units < 100000 and scale(units) <= 3),
    constraint claim_lines_service_dates_ordered check (service_to > service_date),
    constraint claim_lines_diagnosis_pointers_without_gap check (
        (diagnosis_pointer_2 is null or diagnosis_pointer_1 is not null)
        and (diagnosis_pointer_3 is null or diagnosis_pointer_2 is not null)
        and (diagnosis_pointer_4 is null or diagnosis_pointer_3 is not null)
    ),
    constraint claim_lines_diagnosis_pointers_differ check (
        (
            diagnosis_pointer_1 <> diagnosis_pointer_2
            and diagnosis_pointer_1 <> diagnosis_pointer_3
            and diagnosis_pointer_1 <> diagnosis_pointer_4
        ) is not false
        and (diagnosis_pointer_2 <> diagnosis_pointer_3 and diagnosis_pointer_2 <> diagnosis_pointer_4) is not false
        and (diagnosis_pointer_3 <> diagnosis_pointer_4) is not false
    )
);

comment on table claim_lines is 'The services of a claim, one line each.';
comment on column claim_lines.claim_id is 'The claim.';
comment on column claim_lines.line_number is 'Position on the claim, from 1 (X12 LX).';
comment on column claim_lines.procedure_code is
    'CPT, HCPCS or CDT code of the service; a line of an institutional claim may have its revenue code alone.';
comment on column claim_lines.revenue_code is 'NUBC revenue code of an institutional service.';
comment on column claim_lines.modifier_1 is 'First modifier.';
comment on column claim_lines.modifier_2 is 'Second modifier.';
comment on column claim_lines.modifier_3 is 'Third modifier.';
comment on column claim_lines.modifier_4 is 'Fourth modifier.';
comment on column claim_lines.units is 'Units of service, of which claim_line_details says what they count; can be fractional, at most three decimals.';
comment on column claim_lines.charge_amount is 'Charge for all units, US dollars.';
comment on column claim_lines.service_date is 'Day of the service, or its first.';
comment on column claim_lines.service_to is 'Last day of a service of more than one.';
comment on column claim_lines.diagnosis_pointer_1 is 'Ordinal of the diagnosis that the service is for; institutional claims do without.';
comment on column claim_lines.diagnosis_pointer_2 is 'Ordinal of a second diagnosis.';
comment on column claim_lines.diagnosis_pointer_3 is 'Ordinal of a third diagnosis.';
comment on column claim_lines.diagnosis_pointer_4 is 'Ordinal of a fourth diagnosis.';
