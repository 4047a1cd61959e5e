//! The rules of the database that have an error of their own, by the name that PostgreSQL reports.

use super::Error;

/// The name of a table or constraint as the schema has it. On a node of Citus it ends in the number of the shard, from
/// `_102008` on.
pub(super) fn without_shard(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((start, shard)) if shard.len() >= 6 && shard.bytes().all(|byte| byte.is_ascii_digit()) => start,
        _ => name,
    }
}

/// The error of a rule; `None` for a constraint that is told by its name alone.
pub(super) fn of_rule(rule: &str) -> Option<Error> {
    Some(match rule {
        "denials_not_over_allocated" => Error::OverAllocated { denial: None },
        "claims_open_denials_within_balance" => Error::OverDenied { claim: None },
        "appeals_within_open_amount" | "write_offs_within_open_amount" => Error::MoreThanOpen,
        "appeals_need_an_open_amount" | "write_offs_need_an_open_amount" | "rebills_need_an_open_amount" => {
            Error::NothingOpen
        }
        "appeals_one_open_per_denial" | "rebills_wait_for_appeal" => Error::AppealStillOpen,
        "rebills_one_open_per_denial" | "appeals_wait_for_rebill" => Error::RebillStillOpen,
        "appeals_levels_in_order" | "appeals_one_per_level" => Error::AppealLevelOutOfOrder,
        "write_offs_approver_is_not_requester" => Error::ApproverIsRequester,
        "denial_transactions_reversed_once" => Error::AlreadyReversed,
        "denials_contractual_not_transferred" => Error::ContractualObligation,
        "rebills_new_claim_of_same_patient" | "claims_replacement_of_same_patient" => Error::OtherPatient,
        "rebills_new_claim_of_same_payer" | "claims_replacement_of_same_payer" => Error::OtherPayer,
        "rebills_new_claim_was_paid" => Error::NewClaimNotPaid,
        "claims_amount_is_sum_of_lines" => Error::AmountIsNotSumOfLines,
        "claims_status_follows_denials"
        | "denial_transactions_rebill_says_so"
        | "denial_transactions_write_off_is_reversed" => Error::KeptByDatabase { rule: rule.to_owned() },
        _ if rule.ends_with("_status_path") || rule.ends_with("_initial_status") => {
            let table = rule.trim_end_matches("_status_path").trim_end_matches("_initial_status");
            Error::IllegalTransition { table: table.to_owned() }
        }
        _ if rule.ends_with("_is_fixed")
            || rule.ends_with("_are_fixed")
            || rule.ends_with("_are_kept")
            || rule.ends_with("_are_append_only") =>
        {
            Error::Unchangeable { rule: rule.to_owned() }
        }
        _ if rule.contains("_totals_") => Error::KeptByDatabase { rule: rule.to_owned() },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_a_shard_is_the_name_of_its_rule() {
        for (name, expected) in [
            ("claims_amount_positive_102008", "claims_amount_positive"),
            ("claims_1234567", "claims"),
            ("claims_amount_positive", "claims_amount_positive"),
            ("claim_lines_diagnosis_pointer_1", "claim_lines_diagnosis_pointer_1"),
            ("by_day_2024", "by_day_2024"),
            ("123456", "123456"),
            ("", ""),
        ] {
            assert_eq!(without_shard(name), expected);
        }
    }
}
