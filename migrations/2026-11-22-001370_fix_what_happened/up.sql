-- What happened stays: a row keeps what it is about, a decision keeps its amounts and days, and no row is taken out.
-- Where the status changes as well, its path is told first. On claims and denials the guards fire after the update: a
-- trigger before it would have PostgreSQL lock each row first, which every posting would pay.

create trigger claims_identity_is_fixed
    after update of id, claim_id, patient_reference, payer_id, frequency_code, replaces_claim_id, created_at on claims
    for each row
    when (
        (new.id, new.claim_id, new.frequency_code, new.replaces_claim_id, new.created_at)
        is distinct from (old.id, old.claim_id, old.frequency_code, old.replaces_claim_id, old.created_at)
        -- Corrections of patients and merges of payers are rows, whose triggers write here.
        or ((new.patient_reference, new.payer_id) <> (old.patient_reference, old.payer_id) and pg_trigger_depth() = 0)
    )
    execute function refuse_change('claims_identity_is_fixed', 'void the claim and record another, correct the patient or merge the payers');

comment on trigger claims_identity_is_fixed on claims is 'A claim stays with its patient, its payer and the claim that it replaces.';

create trigger claims_what_happened_is_fixed
    after update of submitted_on, voided_on, claim_type, amount, service_from, service_to on claims
    for each row
    when (
        (old.submitted_on is not null and new.submitted_on is distinct from old.submitted_on)
        or (old.voided_on is not null and new.voided_on is distinct from old.voided_on)
        or (old.voided_on is not null and old.submitted_on is null and new.submitted_on is not null)
        or (
            old.submitted_on is not null
            and (new.claim_type, new.amount, new.service_from, new.service_to)
            is distinct from (old.claim_type, old.amount, old.service_from, old.service_to)
        )
    )
    execute function refuse_change('claims_what_happened_is_fixed', 'the claim is submitted or voided; void it and record another');

comment on trigger claims_what_happened_is_fixed on claims is 'What was sent, when, and that it was voided stays.';

create trigger denials_identity_is_fixed
    after update of id, claim_id on denials
    for each row
    when (
        (new.id, new.claim_id) is distinct from (old.id, old.claim_id)
    )
    execute function refuse_change('denials_identity_is_fixed', 'a denial stays with its claim');

comment on trigger denials_identity_is_fixed on denials is 'A denial stays with its claim.';

create trigger denials_amount_is_fixed
    after update of denial_amount on denials
    for each row
    when (
        new.denial_amount is distinct from old.denial_amount
        and (old.open_amount <> old.denial_amount or old.open_action is not null or old.granted_amount > 0)
    )
    execute function refuse_change('denials_amount_is_fixed', 'the denial is being worked; post to its ledger');

comment on trigger denials_amount_is_fixed on denials is 'The refused amount is corrected only before anything is done about it.';

create trigger appeals_identity_is_fixed
    before update on appeals
    for each row
    when (
        (new.id, new.denial_id, new.claim_id, new.appeal_level)
        is distinct from (old.id, old.denial_id, old.claim_id, old.appeal_level)
    )
    execute function refuse_change('appeals_identity_is_fixed', 'withdraw the appeal and open another');

comment on trigger appeals_identity_is_fixed on appeals is 'An appeal stays with its denial and level.';

create trigger appeals_filing_is_fixed
    before update on appeals
    for each row
    when (
        (old.filed_on is not null or old.status = 'withdrawn')
        and (new.status = old.status or new.status not in ('pending', 'in_progress', 'submitted'))
        and (new.filed_on, new.due_on, new.appealed_amount, new.reason, new.supporting_documents)
        is distinct from (old.filed_on, old.due_on, old.appealed_amount, old.reason, old.supporting_documents)
    )
    execute function refuse_change('appeals_filing_is_fixed', 'the appeal is filed or withdrawn; open another');

comment on trigger appeals_filing_is_fixed on appeals is 'What was filed, when and by which deadline, stays.';

create trigger appeals_decision_is_fixed
    before update on appeals
    for each row
    when (
        old.decided_on is not null and new.status = old.status
        and (
            (new.decided_on, new.approved_amount, new.payer_response)
            is distinct from (old.decided_on, old.approved_amount, old.payer_response)
            or (old.released_on is not null and new.released_on is distinct from old.released_on)
        )
    )
    execute function refuse_change('appeals_decision_is_fixed', 'the appeal is decided; appeal at the next level');

comment on trigger appeals_decision_is_fixed on appeals is 'A decided appeal stays decided, what it was decided on stays, and so does its release.';

create trigger write_offs_request_is_fixed
    before update on write_offs
    for each row
    when (
        (
            new.id, new.denial_id, new.claim_id, new.kind, new.amount, new.requested_by, new.requested_on, new.policy_id,
            new.recorded_login, new.recorded_role
        )
        is distinct from (
            old.id, old.denial_id, old.claim_id, old.kind, old.amount, old.requested_by, old.requested_on, old.policy_id,
            old.recorded_login, old.recorded_role
        )
    )
    execute function refuse_change('write_offs_request_is_fixed', 'reject the write-off and request another');

comment on trigger write_offs_request_is_fixed on write_offs is 'What was asked for, and by whom, stays.';

create trigger write_offs_decision_is_fixed
    before update on write_offs
    for each row
    when (
        old.status <> 'pending_approval'
        and (new.status = old.status or (old.status = 'approved' and new.status = 'reversed'))
        and (new.approved_by, new.approved_on, new.rejected_by, new.rejected_on)
        is distinct from (old.approved_by, old.approved_on, old.rejected_by, old.rejected_on)
    )
    execute function refuse_change('write_offs_decision_is_fixed', 'the write-off is decided; reverse it');

comment on trigger write_offs_decision_is_fixed on write_offs is 'Who decided, and when, stays.';

create trigger write_offs_reversal_is_fixed
    before update on write_offs
    for each row
    when (
        old.status = 'reversed' and new.status = old.status
        and (new.reversed_by, new.reversed_on) is distinct from (old.reversed_by, old.reversed_on)
    )
    execute function refuse_change('write_offs_reversal_is_fixed', 'the write-off is reversed; request another');

comment on trigger write_offs_reversal_is_fixed on write_offs is 'Who reversed it, and when, stays.';

create trigger rebills_identity_is_fixed
    before update on rebills
    for each row
    when (
        (new.id, new.denial_id, new.original_claim_id) is distinct from (old.id, old.denial_id, old.original_claim_id)
    )
    execute function refuse_change('rebills_identity_is_fixed', 'a rebill stays with its denial');

comment on trigger rebills_identity_is_fixed on rebills is 'A rebill stays with its denial.';

create trigger rebills_submission_is_fixed
    before update on rebills
    for each row
    when (
        old.submitted_on is not null
        and (new.status = old.status or new.status not in ('pending', 'submitted'))
        and (new.new_claim_id, new.submitted_on) is distinct from (old.new_claim_id, old.submitted_on)
    )
    execute function refuse_change('rebills_submission_is_fixed', 'the rebill is submitted; resolve it');

comment on trigger rebills_submission_is_fixed on rebills is 'What was sent, and when, stays.';

create trigger rebills_resolution_is_fixed
    before update on rebills
    for each row
    when (
        old.resolved_on is not null and new.status = old.status
        and new.resolved_on is distinct from old.resolved_on
    )
    execute function refuse_change('rebills_resolution_is_fixed', 'the rebill is resolved; it stays so');

comment on trigger rebills_resolution_is_fixed on rebills is 'What came of it, and when, stays.';

create trigger claims_are_kept
    before delete on claims
    for each statement
    execute function refuse_change('claims_are_kept', 'void the claim instead');

comment on trigger claims_are_kept on claims is 'No row is taken out.';

create trigger claims_are_not_truncated
    before truncate on claims
    for each statement
    execute function refuse_change('claims_are_kept', 'void the claim instead');

comment on trigger claims_are_not_truncated on claims is 'The same for TRUNCATE.';

create trigger denials_are_kept
    before delete on denials
    for each statement
    execute function refuse_change('denials_are_kept', 'settle the denial instead');

comment on trigger denials_are_kept on denials is 'No row is taken out.';

create trigger denials_are_not_truncated
    before truncate on denials
    for each statement
    execute function refuse_change('denials_are_kept', 'settle the denial instead');

comment on trigger denials_are_not_truncated on denials is 'The same for TRUNCATE.';

create trigger appeals_are_kept
    before delete on appeals
    for each statement
    execute function refuse_change('appeals_are_kept', 'withdraw the appeal instead');

comment on trigger appeals_are_kept on appeals is 'No row is taken out.';

create trigger appeals_are_not_truncated
    before truncate on appeals
    for each statement
    execute function refuse_change('appeals_are_kept', 'withdraw the appeal instead');

comment on trigger appeals_are_not_truncated on appeals is 'The same for TRUNCATE.';

create trigger write_offs_are_kept
    before delete on write_offs
    for each statement
    execute function refuse_change('write_offs_are_kept', 'reject or reverse the write-off instead');

comment on trigger write_offs_are_kept on write_offs is 'No row is taken out.';

create trigger write_offs_are_not_truncated
    before truncate on write_offs
    for each statement
    execute function refuse_change('write_offs_are_kept', 'reject or reverse the write-off instead');

comment on trigger write_offs_are_not_truncated on write_offs is 'The same for TRUNCATE.';

create trigger rebills_are_kept
    before delete on rebills
    for each statement
    execute function refuse_change('rebills_are_kept', 'resolve the rebill instead');

comment on trigger rebills_are_kept on rebills is 'No row is taken out.';

create trigger rebills_are_not_truncated
    before truncate on rebills
    for each statement
    execute function refuse_change('rebills_are_kept', 'resolve the rebill instead');

comment on trigger rebills_are_not_truncated on rebills is 'The same for TRUNCATE.';

create function check_replaced_claim() returns trigger
    language plpgsql
    security definer
as $$
declare
    original record;
begin
    select patient_reference, payer_id into original from claims where id = new.replaces_claim_id;
    if original.patient_reference <> new.patient_reference then
        perform refuse('claims_replacement_of_same_patient', 'claims', 'the replaced claim is for another patient');
    end if;
    if original.payer_id <> new.payer_id then
        perform refuse('claims_replacement_of_same_payer', 'claims', 'the replaced claim went to another payer');
    end if;
    return null;
end
$$;

comment on function check_replaced_claim() is
    'Trigger: a replacement or void claim has the patient and the payer of the claim that it names.';

select pin_search_path(cast('check_replaced_claim()' as regprocedure));

revoke execute on function check_replaced_claim() from public;

-- After the statement, which may write both claims.
create trigger check_replaced_claim
    after insert on claims
    for each row
    when (new.replaces_claim_id is not null)
    execute function check_replaced_claim();

comment on trigger check_replaced_claim on claims is 'A replacement has the patient and the payer of its original.';
