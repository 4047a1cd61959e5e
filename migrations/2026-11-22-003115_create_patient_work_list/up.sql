create view patient_work_list as
select
    claims.id as claim_id,
    claims.claim_id as claim,
    claims.patient_reference,
    claims.payer_id,
    claims.service_from,
    claims.patient_balance_amount,
    responsible.responsible_on,
    current_date - responsible.responsible_on as days,
    cast(
        case when current_date - responsible.responsible_on >= policy.days_to_act then 'write_off' else 'follow_up' end
        as denial_action
    ) as action,
    policy.id as policy_id,
    policy.name as policy_name
from claims
join payers on payers.id = claims.payer_id
cross join lateral (
    select max(posted_on) as responsible_on
    from postings
    where postings.claim_id = claims.id and kind = 'patient_responsibility' and amount > 0
) as responsible
left join lateral (
    select threshold.id, threshold.name, threshold.days_to_act
    -- Read once for the whole list. A CTE would hide the order of an index.
    from unnest((
        select array_agg(org_policies) from org_policies where active and policy_type = 'write_off_threshold'
    )) as threshold
    where (threshold.payer_id is null or threshold.payer_id = claims.payer_id)
        and (payer_types is null or cast(payers.payer_type as text) = any (payer_types))
        and (denial_category is null or denial_category = 'patient_responsibility')
        and denial_code is null
        and except_group is distinct from 'PR'
        and min_amount <= claims.patient_balance_amount
        and (max_amount is null or max_amount > claims.patient_balance_amount)
        and (valid_from is null or valid_from <= responsible.responsible_on)
        and (valid_to is null or valid_to >= responsible.responsible_on)
    order by priority_rank, threshold.payer_id is null, denial_category is null, name collate "C"
    limit 1
) as policy on true
where claims.patient_balance_amount > 0;

comment on view patient_work_list is
    'What patients owe. Work it by service_from, claim_id, the oldest first. A write-off is only suggested: a person decides it.';
comment on column patient_work_list.claim_id is 'The claim.';
comment on column patient_work_list.claim is 'Its business identifier.';
comment on column patient_work_list.patient_reference is 'Pseudonym of the patient.';
comment on column patient_work_list.payer_id is 'The payer of the claim.';
comment on column patient_work_list.service_from is 'First day of service.';
comment on column patient_work_list.patient_balance_amount is 'Owed by the patient, US dollars.';
comment on column patient_work_list.responsible_on is 'Day on which a part of it last became the patient''s.';
comment on column patient_work_list.days is 'Days since then.';
comment on column patient_work_list.action is
    'write_off once it is as old as the first write-off policy says that fits payer and amount, else follow_up.';
comment on column patient_work_list.policy_id is 'That policy; empty when none fits.';
comment on column patient_work_list.policy_name is 'Its name.';
