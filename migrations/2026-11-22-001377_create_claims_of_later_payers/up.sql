-- A later payer may answer before anybody recorded a claim for it: the payer before forwarded it (crossover). It is what the
-- payer before was sent, submitted on the day of the answer.

create function record_claim_of_later_payer(prior uuid, payer uuid, sequence smallint, day date) returns claim_key
    language plpgsql
as $$
declare
    claim uuid := uuidv7();
    original record;
begin
    select
        claims.*, coalesce(details.patient_control_number, claims.claim_id) as patient_control_number,
        details.place_of_service, details.billing_provider, details.rendering_provider
    into original
    from claims
    left join claim_details as details on details.claim_id = claims.id
    where claims.id = prior;

    insert into claims (
        id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on
    )
    values (
        claim, rtrim(left(original.claim_id, 24), '-') || '-COB' || sequence || '-' || upper(right(cast(claim as text), 6)),
        original.patient_reference, payer, original.claim_type, original.amount, original.service_from,
        original.service_to, greatest(original.service_from, day)
    );

    insert into institutional_claims (
        claim_id, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour,
        patient_status, admitting_diagnosis, drg
    )
    select claim, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour,
        patient_status, admitting_diagnosis, drg
    from institutional_claims
    where claim_id = prior;

    insert into claim_diagnoses (claim_id, ordinal, diagnosis_code, present_on_admission)
    select claim, ordinal, diagnosis_code, present_on_admission
    from claim_diagnoses
    where claim_id = prior;

    insert into claim_lines (
        claim_id, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4, units,
        charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3,
        diagnosis_pointer_4
    )
    select claim, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4, units,
        charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3,
        diagnosis_pointer_4
    from claim_lines
    where claim_id = prior;

    insert into claim_line_details (
        claim_id, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc,
        drug_quantity, drug_unit
    )
    select claim, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc,
        drug_quantity, drug_unit
    from claim_line_details
    where claim_id = prior;

    insert into claim_line_teeth (claim_id, line_number, tooth, surfaces)
    select claim, line_number, tooth, surfaces
    from claim_line_teeth
    where claim_id = prior;

    insert into claim_details (
        claim_id, patient_control_number, place_of_service, payer_sequence, prior_claim_id, billing_provider,
        rendering_provider
    )
    values (
        claim, original.patient_control_number, original.place_of_service, sequence, prior, original.billing_provider,
        original.rendering_provider
    );

    return claim;
end
$$;

comment on function record_claim_of_later_payer(uuid, uuid, smallint, date) is
    'Records the claim of a later payer, with the lines and diagnoses of the one of the payer before, and says its id.';

select pin_search_path(cast('record_claim_of_later_payer(uuid, uuid, smallint, date)' as regprocedure));
