//! Bad input of every kind that services send: refused by name, in whatever form it comes, and nothing is changed.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::views::DenialTriage;
use rcm_schema::workflow::reconcile;

use crate::catalog::{migrated, rows, run, texts};
use crate::fixture;
use crate::refusals::{refused_by, with_ids};

const POST: &str = "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by) values";
const FILE: &str = "update appeals set status = 'submitted', filed_on = '2024-02-02'";
const DENY: &str = "update appeals set status = 'denied', decided_on = '2024-02-03'";
const REVERSE: &str = "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, reverses_id)
    select claim_id, denial_id, kind, -amount, '2024-03-01', 'payment.poster', id from postings where denial_id is not null and";

/// What is bad about it, what comes before, the bad statement, and the name that refuses it.
#[rustfmt::skip]
fn cases() -> Vec<(&'static str, Option<String>, String, &'static str)> {
    let at_once = |what, bad: String, name| (what, None, bad, name);
    let after = |what, before: &str, bad: String, name| (what, Some(before.to_owned()), bad, name);
    let appeal = |level: &str, amount: &str| format!(
        "insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
         values (#05, #02, '{level}', {amount}, '2024-03-01', 'Test.')"
    );
    let denial = |code: &str, amount: &str| format!(
        "insert into denials (claim_id, denial_code, denied_on, denial_amount) values (#22, '{code}', '2024-02-01', {amount})"
    );
    let approve = |by: &str| format!("update write_offs set status = 'approved', approved_by = '{by}', approved_on = requested_on");
    vec![
        at_once("amount 0", format!("{POST} (#02, #05, 'payment', 0, '2024-02-01', 'payment.poster')"), "postings_amount_not_zero"),
        at_once("amount 0", denial("CO-4", "0"), "denials_denial_amount_positive"),
        at_once("a negative amount of our own", format!("{POST} (#02, #05, 'denial_withdrawn', -1, '2024-02-01', 'payment.poster')"), "postings_negative_takes_back"),
        at_once("a negative amount", denial("CO-4", "-0.01"), "usd_is_money"),
        at_once("three decimals", format!("{POST} (#02, #05, 'payment', 1.005, '2024-02-01', 'payment.poster')"), "signed_usd_is_money"),
        at_once("not a number", format!("{POST} (#02, #05, 'payment', 'NaN', '2024-02-01', 'payment.poster')"), "signed_usd_is_money"),
        at_once("more than is open", format!("{POST} (#02, #05, 'payment', 990.01, '2024-02-01', 'payment.poster')"), "denials_not_over_allocated"),
        at_once("an appeal for more than is open", "update appeals set appealed_amount = 990.01".into(), "appeals_within_open_amount"),
        at_once("a write-off of more than is open",
            "insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
             values (#05, #02, 990.01, 'other', 'financial', 'billing.specialist', '2024-02-01')".into(),
            "write_offs_within_open_amount"),
        at_once("more denied than billed", denial("CO-4", "1000.01"), "claims_open_denials_within_balance"),
        at_once("a second open appeal", appeal("second_level", "1"), "appeals_one_open_per_denial"),
        after("a level left out", &format!("{FILE}; {DENY}"), appeal("third_level", "1"), "appeals_levels_in_order"),
        after("a level again", &format!("{FILE}; {DENY}"), appeal("first_level", "1"), "appeals_one_per_level"),
        at_once("a decision before the filing", "update appeals set status = 'denied', filed_on = '2024-02-02', decided_on = '2024-02-02'".into(), "appeals_status_path"),
        after("a decision before the filing", FILE, "update appeals set status = 'denied', decided_on = '2024-02-01'".into(), "appeals_decided_after_filing"),
        at_once("an approval by the requester", approve("billing.specialist"), "write_offs_approver_is_not_requester"),
        at_once("an approval by the requester in capitals", approve("BILLING.SPECIALIST"), "write_offs_approver_is_not_requester"),
        after("a reversal of a reversal", &format!("{REVERSE} reverses_id is null"), format!("{REVERSE} reverses_id is not null"), "postings_reverses_same_posting"),
        after("a reversal twice", &format!("{REVERSE} reverses_id is null"), format!("{REVERSE} reverses_id is null"), "postings_reversed_once"),
        at_once("a rebill onto itself", "update rebills set new_claim_id = original_claim_id".into(), "rebills_new_claim_is_another_claim"),
        after("a rebill onto another patient",
            "insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
             values (#32, 'CLM-4', 'PATIENT-2', #01, 'professional', 1, '2024-01-10', '2024-01-10');
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             values (#32, 1, '99213', 1, '2024-01-10')",
            "update rebills set new_claim_id = #32".into(), "rebills_new_claim_of_same_patient"),
        after("a step from a final state", &format!("{FILE}; {DENY}"), FILE.into(), "appeals_status_path"),
        after("a step from a final state", "update claims set voided_on = '2024-02-01' where id = #22", "update claims set voided_on = null where id = #22".into(), "claims_what_happened_is_fixed"),
        after("a step from a final state", "update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on", approve("billing.manager"), "write_offs_status_path"),
        after("a step from a final state",
            "update rebills set status = 'submitted', submitted_on = '2024-02-02'; update rebills set status = 'denied_again', resolved_on = '2024-02-03'",
            "update rebills set status = 'accepted', resolved_on = null".into(), "rebills_status_path"),
        at_once("an unknown policy type", "insert into org_policies (name, policy_type, days_to_act, priority_rank) values ('Test', 'pray', 10, 5)".into(), "policy_type_known"),
        at_once("a policy with min above max", "insert into org_policies (name, policy_type, min_amount, max_amount, days_to_act, priority_rank) values ('Test', 'appeal_threshold', 25.01, 25, 10, 5)".into(), "org_policies_amounts_ordered"),
        at_once("a policy with min at max", "insert into org_policies (name, policy_type, min_amount, max_amount, days_to_act, priority_rank) values ('Test', 'appeal_threshold', 25, 25, 10, 5)".into(), "org_policies_amounts_ordered"),
        at_once("a malformed code", denial("XX-1", "1"), "denial_code_shape"),
        at_once("a malformed code", denial("CO-0197", "1"), "denial_code_shape"),
        at_once("a pointer to a diagnosis that is not there", "update claim_lines set diagnosis_pointer_1 = 3 where claim_id = #02".into(), "claim_lines_diagnosis_pointer_1_exists"),
        at_once("a pointer to a diagnosis of another claim", "update claim_lines set diagnosis_pointer_1 = 1 where claim_id = #12".into(), "claim_lines_diagnosis_pointer_1_exists"),
        // The same in other clothes.
        at_once("one bad row of many", format!("{POST} (#12, #15, 'payment', 1, '2024-02-01', 'payment.poster'), (#02, #05, 'payment', 500, '2024-02-01', 'payment.poster'), (#02, #05, 'payment', 490.01, '2024-02-01', 'payment.poster')"), "denials_not_over_allocated"),
        at_once("two appeals in one statement", "insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
             select denial_id, claim_id, level, 1, due_on, reason from appeals, unnest(array['second_level', 'third_level']) as level".into(), "appeals_one_open_per_denial"),
        at_once("an upsert", "insert into appeals (id, denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
             select id, denial_id, claim_id, appeal_level, 1, due_on, reason from appeals
             on conflict (id) do update set appealed_amount = 990.01".into(), "appeals_within_open_amount"),
        at_once("an upsert on the ledger", "insert into postings (id, claim_id, denial_id, kind, amount, posted_on, posted_by)
             select id, claim_id, denial_id, kind, 20, posted_on, posted_by from postings
             on conflict (id) do update set amount = 20".into(), "postings_are_append_only"),
        at_once("a copy", "copy postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             from program 'printf \"00000000-0000-7000-8000-000000000002,00000000-0000-7000-8000-000000000005,payment,990.01,2024-02-01,payment.poster\"' csv".into(), "denials_not_over_allocated"),
        at_once("a move to another denial", "update appeals set denial_id = #15, claim_id = #12".into(), "appeals_identity_is_fixed"),
        at_once("a claim and its denial out of one hand, unsubmitted",
            "with claim as (
                 insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
                 values ('CLM-4', 'PATIENT-1', #01, 'professional', 1, '2024-01-10', '2024-01-10') returning id
             ), line as (
                 insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
                 select id, 1, '99213', 1, '2024-01-10' from claim
             )
             insert into denials (claim_id, denial_code, denied_on, denial_amount) select id, 'CO-4', '2024-02-01', 1 from claim".into(),
            "claims_pending_is_unanswered"),
        at_once("lines that don't add up",
            "with claim as (
                 insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
                 values ('CLM-4', 'PATIENT-1', #01, 'professional', 1, '2024-01-10', '2024-01-10') returning id
             )
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select id, 1, '99213', 0.99, '2024-01-10' from claim".into(),
            "claims_amount_is_sum_of_lines"),
        at_once("another charge for what was sent", "update claim_lines set charge_amount = charge_amount + 0.01".into(), "claims_parts_are_fixed"),
        at_once("two approvals that are too much together",
            "with made as (
                 insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
                 values (#05, #02, 900, 'other', 'financial', 'billing.specialist', '2024-02-01')
             ) select; update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = requested_on".into(),
            "denials_not_over_allocated"),
    ]
}

async fn filled() -> (TestDatabase, AsyncPgConnection) {
    let (database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    (database, connection)
}

#[tokio::test]
async fn bad_input_is_refused_by_name_and_changes_nothing() {
    let mut shared = filled().await;
    for (what, before, bad, name) in cases() {
        let mut own = None;
        let (_, connection) = match before {
            None => &mut shared,
            Some(before) => {
                let (_, connection) = own.insert(filled().await);
                run(connection, &with_ids(&before)).await;
                own.as_mut().unwrap()
            }
        };
        let stood = rows(connection).await;
        let refused = connection.batch_execute(&with_ids(&bad)).await.expect_err(what);
        assert_eq!(refused_by(&refused), name, "{what}");
        assert_eq!(rows(connection).await, stood, "{what}");
        assert_eq!(reconcile(connection).await.unwrap(), [], "{what}");
    }
}

#[tokio::test]
async fn a_well_formed_code_that_the_library_lacks_is_taken_as_unknown() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let denial = "insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
        values (#25, #22, 'CO-777', '2024-02-01', 40)";
    run(&mut connection, &with_ids(denial)).await;
    let id = with_ids("#25").trim_matches('\'').parse().unwrap();
    let triage = DenialTriage::by_denial(&mut connection, rcm_schema::types::DenialId(id)).await.unwrap().triage;
    assert_eq!(triage.category, rcm_schema::types::DenialCategory::Unknown);
    assert_eq!(triage.action, Some(rcm_schema::types::Action::Investigate));
    assert_eq!(texts(&mut connection, "select denial_code from denial_codes_to_add").await, ["CO-777"]);
}
