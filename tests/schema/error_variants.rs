//! Each rule that callers act on has its error, and no error waits for a rule that doesn't exist.

use std::collections::{BTreeMap, BTreeSet};

use rcm_schema::Error;

use crate::catalog::{migrated, texts};
use crate::fixture;
use crate::refusals::{CONSTRAINTS, RULES, cases, refusal};

/// The name of each rule with the error that it becomes, as the rule's Debug shows it; every other name stays a `Query`.
fn expected() -> BTreeMap<&'static str, String> {
    let mut expected = BTreeMap::new();
    for (error, names) in [
        ("OverAllocated { denial: None }", "denials_not_over_allocated"),
        ("OverDenied { claim: None }", "claims_open_denials_within_balance"),
        ("MoreThanOpen", "appeals_within_open_amount write_offs_within_open_amount"),
        ("NothingOpen", "appeals_need_an_open_amount write_offs_need_an_open_amount rebills_need_an_open_amount"),
        ("AppealStillOpen", "appeals_one_open_per_denial rebills_wait_for_appeal"),
        ("DenialStillOpen", "claims_voided_has_nothing_open"),
        ("RebillStillOpen", "rebills_one_open_per_denial appeals_wait_for_rebill"),
        ("AppealLevelOutOfOrder", "appeals_levels_in_order appeals_one_per_level"),
        ("ApproverIsRequester", "write_offs_approver_is_not_requester"),
        ("NeedsApproval", "postings_need_approval"),
        ("NotByPolicy", "write_offs_policy_says_so"),
        ("OverDeniedLine", "denials_within_line"),
        ("AlreadyReversed", "postings_reversed_once"),
        ("MoreThanPosted", "postings_taken_back_once claims_totals_not_negative denials_totals_not_negative"),
        ("NotTheSamePosting", "postings_reverses_same_posting postings_takes_back_same_kind"),
        ("MoreThanApproved", "appeals_paid_within_what_was_approved"),
        ("KeyUsedOtherwise", "postings_key_used_otherwise"),
        ("PeriodClosed", "postings_period_is_open denials_period_is_open"),
        (
            "ImpossibleDay { rule: \"$\" }",
            "postings_not_before_service postings_not_in_the_future denials_not_before_service
             payment_variances_not_before_service appeals_filed_after_denial claim_lines_within_service",
        ),
        ("ClosingOutOfOrder", "period_closings_in_the_past period_closings_go_on"),
        (
            "ClaimNotSubmitted",
            "claims_pending_is_unanswered claims_replaced_claim_is_submitted rebills_new_claim_is_submitted
             claim_details_prior_claim_is_submitted",
        ),
        ("ClaimVoided", "claims_voided_takes_nothing"),
        ("ContractualObligation", "denials_contractual_not_transferred"),
        ("ContractualWriteOff", "write_offs_not_contractual"),
        ("NoLastDay", "appeals_have_a_last_day"),
        (
            "OtherPatient",
            "rebills_new_claim_of_same_patient claims_replacement_of_same_patient claim_details_prior_claim_of_same_patient",
        ),
        ("NotOfReference", "patient_corrections_claims_of_reference"),
        ("RelatedClaimLeftOut", "patient_corrections_related_claims_together"),
        ("OtherPayer", "rebills_new_claim_of_same_payer claims_replacement_of_same_payer"),
        ("NewClaimNotPaid", "rebills_new_claim_was_paid"),
        ("AmountIsNotSumOfLines", "claims_amount_is_sum_of_lines"),
        ("IllegalTransition { table: \"appeals\" }", "appeals_status_path appeals_initial_status"),
        ("IllegalTransition { table: \"write_offs\" }", "write_offs_status_path write_offs_initial_status"),
        ("IllegalTransition { table: \"rebills\" }", "rebills_status_path rebills_initial_status"),
        (
            "Unchangeable { rule: \"$\" }",
            "claims_identity_is_fixed claims_what_happened_is_fixed claims_parts_are_fixed claims_are_kept
             claim_details_prior_claim_is_fixed payer_merges_are_kept patient_corrections_are_kept denials_identity_is_fixed denials_amount_is_fixed denials_are_kept
             appeals_identity_is_fixed appeals_filing_is_fixed appeals_decision_is_fixed appeals_are_kept
             write_offs_request_is_fixed write_offs_decision_is_fixed write_offs_reversal_is_fixed write_offs_are_kept
             rebills_identity_is_fixed rebills_submission_is_fixed rebills_resolution_is_fixed rebills_are_kept
             postings_are_append_only period_closings_are_fixed period_closings_are_kept payment_variances_payment_is_fixed
             payment_variances_resolution_is_fixed payment_variances_are_kept status_transitions_are_fixed
             denials_adjustment_is_fixed remittance_files_are_kept remittances_are_kept remittances_content_is_fixed
             remittances_payer_is_fixed remittances_parts_are_fixed remittance_claims_are_kept remittance_claims_content_is_fixed
             remittance_claims_posting_is_fixed remittance_claims_parts_are_fixed remittance_services_are_kept remittance_services_content_is_fixed
             remittance_adjustments_are_kept remittance_adjustments_content_is_fixed remittance_remarks_are_kept denial_remarks_are_kept
             denial_notes_are_kept provider_adjustments_are_kept audit_log_is_fixed audit_keys_are_fixed audit_seals_are_fixed
             audit_seals_are_kept audit_log_young_rows_are_kept",
        ),
        (
            "NotWhatRemittanceSays { rule: \"$\" }",
            "remittance_claims_come_unposted remittance_claims_post_what_they_say remittance_claims_balance remittance_claims_are_classified
             remittance_claims_posted_when_matched postings_remittance_says_so denials_of_their_adjustment
             denials_taken_back_by_reversal remittances_dismissed_is_unposted remittance_claims_reversal_is_negative
             remittance_services_of_claim",
        ),
        (
            "KeptByDatabase { rule: \"$\" }",
            "claims_totals_start_at_zero claims_totals_follow_postings denials_totals_start_at_zero
             denials_totals_follow_postings appeals_payments_start_at_zero appeals_payments_follow_postings
             postings_rebill_says_so postings_write_off_says_so postings_recorded_by_database
             write_offs_recorded_by_database denial_notes_recorded_by_database patient_corrections_recorded_by_database
             payer_merges_recorded_by_database period_closings_recorded_by_database appeals_recorded_by_database
             rebills_recorded_by_database payment_variances_recorded_by_database filing_rules_recorded_by_database
             adjustment_rules_recorded_by_database coding_rules_recorded_by_database org_policies_recorded_by_database
             personal_logins_recorded_by_database write_offs_approved_by_policy
             write_offs_decided_by_a_caller postings_posted_by_a_caller remittance_claims_being_posted_is_kept remittances_explained_amount_is_kept",
        ),
    ] {
        for name in names.split_whitespace() {
            assert!(expected.insert(name, error.replace('$', name)).is_none(), "{name} twice");
        }
    }
    expected
}

#[tokio::test]
async fn each_refusal_becomes_its_error() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let expected = expected();
    for (name, statements) in cases() {
        let error: Error = refusal(&mut connection, &statements).await.into();
        match (expected.get(name), &error) {
            (Some(expected), Error::Rule(rule)) => assert_eq!(format!("{rule:?}"), *expected, "{statements}"),
            (None, _) => assert_eq!(error.constraint(), Some(name), "{error:?}: {statements}"),
            (Some(_), _) => panic!("{name} is no rule: {error:?}: {statements}"),
        }
        // A test that fails with it tells what is wrong.
        assert_eq!(format!("{error:?}"), format!("{error} [{}]", error.code()));
        let shown = error.to_string();
        assert!(!shown.is_empty() && !shown.contains("00000000") && !shown.contains("CLM-"), "{shown}");
    }
}

#[tokio::test]
async fn every_rule_of_a_trigger_has_an_error_and_every_error_its_rule() {
    let (_database, mut connection) = migrated().await;
    let expected: BTreeSet<String> = expected().into_keys().map(str::to_owned).collect();
    let rules: BTreeSet<String> = texts(&mut connection, RULES).await.into_iter().collect();
    let existing: BTreeSet<String> =
        texts(&mut connection, &format!("{CONSTRAINTS} union {RULES}")).await.into_iter().collect();
    assert!(rules.len() > 40);
    // A mistake of the caller's or the operator's, which no program handles.
    let told_by_name = ["schema_is_pinned"];
    assert_eq!(rules.difference(&expected).collect::<Vec<_>>(), told_by_name);
    assert_eq!(expected.difference(&existing).collect::<Vec<_>>(), Vec::<&String>::new(), "do not exist");

    // The names that the crate looks for, and the parts of names.
    let source = include_str!("../../src/error/rule.rs").split("fn of_constraint").nth(1).unwrap();
    let source = source.split("/// What a caller can do about it.").next().unwrap();
    let names: Vec<&str> = source.split('"').skip(1).step_by(2).collect();
    assert!(names.len() > 30);
    for name in names {
        let found = match name.strip_prefix('_') {
            Some(_) => rules.iter().any(|rule| rule.contains(name)),
            None => existing.contains(name),
        };
        assert!(found, "no rule is called {name}");
    }
}
