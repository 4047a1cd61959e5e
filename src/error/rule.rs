//! The rules of the business that the database keeps, by the names that PostgreSQL reports.

use std::fmt::Display;

use strum::{EnumIter, IntoStaticStr};

use super::Class;
use crate::types::{ClaimId, DenialId};

/// Why the database refused what was asked for. `into::<&str>()` is its stable name in lower snake case.
#[derive(Debug, Clone, PartialEq, Eq, EnumIter, IntoStaticStr, thiserror::Error)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The denial has less open than the ledger was to take from it. Look at its `open_amount` and ask for less.
    #[error("amount exceeds the open amount of the denial{}; nothing was posted", shown(*denial))]
    OverAllocated {
        /// The denial, where a typed call was about one.
        denial: Option<DenialId>,
    },

    /// The open denials of the claim would exceed its balance: what was billed less what is paid, adjusted, recovered,
    /// written off or moved to the patient. What was settled before is denied again only after its write-off or posting
    /// was reversed; what the contract takes off a denial is posted to the denial.
    #[error(
        "the open denials of the claim{} would exceed its balance; reverse the write-off or posting that settled it before, \
         or post to the denial",
        shown(*claim)
    )]
    OverDenied {
        /// The claim, where a typed call was about one.
        claim: Option<ClaimId>,
    },

    /// The amount of an appeal or a write-off exceeds the denial's open amount.
    #[error("amount exceeds the denial's open amount")]
    MoreThanOpen,

    /// Nothing of the denial is open, so it takes no new action; only a reversal opens it again.
    #[error("nothing of the denial is open; only a reversal opens it again")]
    NothingOpen,

    /// An appeal of the denial is open: no second one, no rebill. Decide or withdraw it first.
    #[error("an appeal of the denial is open; decide or withdraw it first")]
    AppealStillOpen,

    /// A rebill of the denial is open: no second one, no appeal. Resolve it first.
    #[error("a rebill of the denial is open; resolve it first")]
    RebillStillOpen,

    /// The next appeal level comes only after the last was denied or partially approved.
    #[error("the appeal level is out of order: the next level comes after the last was denied or partially approved")]
    AppealLevelOutOfOrder,

    /// The status has no such step; see `next` of [`crate::types::AppealStatus`] and its like.
    #[error("{table}: the current status doesn't allow this change")]
    IllegalTransition {
        /// The table whose status was to change.
        table: String,
    },

    /// Who asks for a write-off doesn't approve it.
    #[error("who requested a write-off can't approve it")]
    ApproverIsRequester,

    /// The posting is reversed already.
    #[error("the posting is reversed already")]
    AlreadyReversed,

    /// A contractual obligation (group CO) is never billed to the patient.
    #[error("a contractual obligation (group CO) is never billed to the patient")]
    ContractualObligation,

    /// The claims are not of one patient.
    #[error("the claims belong to different patients")]
    OtherPatient,

    /// A replacement claim goes to the payer of the claim that it replaces.
    #[error("the replacement claim goes to another payer")]
    OtherPayer,

    /// The new claim of a rebill was paid less than the rebill recovers. Post its payment first.
    #[error("the new claim was paid less than the rebill recovers; post its payment first")]
    NewClaimNotPaid,

    /// A claim's amount is not the sum of its lines.
    #[error("the claim's amount is not the sum of its lines")]
    AmountIsNotSumOfLines,

    /// What happened stays: postings, decisions, what a row is about. Correct it by a new row.
    #[error("{rule}: recorded facts don't change; correct them with a new row")]
    Unchangeable {
        /// The rule, by its trigger's name.
        rule: String,
    },

    /// The database alone writes this: totals, the status of a claim with denials, postings of a source.
    #[error("{rule}: only the database writes this")]
    KeptByDatabase {
        /// The rule, by its trigger's name.
        rule: String,
    },
}

impl Rule {
    /// The rule that a constraint or trigger of this name keeps; `None` for one that is told by its name alone.
    pub(super) fn of_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "denials_not_over_allocated" => Self::OverAllocated { denial: None },
            "claims_open_denials_within_balance" => Self::OverDenied { claim: None },
            "appeals_within_open_amount" | "write_offs_within_open_amount" => Self::MoreThanOpen,
            "appeals_need_an_open_amount" | "write_offs_need_an_open_amount" | "rebills_need_an_open_amount" => {
                Self::NothingOpen
            }
            "appeals_one_open_per_denial" | "rebills_wait_for_appeal" => Self::AppealStillOpen,
            "rebills_one_open_per_denial" | "appeals_wait_for_rebill" => Self::RebillStillOpen,
            "appeals_levels_in_order" | "appeals_one_per_level" => Self::AppealLevelOutOfOrder,
            "write_offs_approver_is_not_requester" => Self::ApproverIsRequester,
            "denial_transactions_reversed_once" => Self::AlreadyReversed,
            "denials_contractual_not_transferred" => Self::ContractualObligation,
            "rebills_new_claim_of_same_patient" | "claims_replacement_of_same_patient" => Self::OtherPatient,
            "rebills_new_claim_of_same_payer" | "claims_replacement_of_same_payer" => Self::OtherPayer,
            "rebills_new_claim_was_paid" => Self::NewClaimNotPaid,
            "claims_amount_is_sum_of_lines" => Self::AmountIsNotSumOfLines,
            "claims_status_follows_denials"
            | "denial_transactions_rebill_says_so"
            | "denial_transactions_write_off_is_reversed" => Self::KeptByDatabase { rule: name.to_owned() },
            _ if name.ends_with("_status_path") || name.ends_with("_initial_status") => {
                let table = name.trim_end_matches("_status_path").trim_end_matches("_initial_status");
                Self::IllegalTransition { table: table.to_owned() }
            }
            _ if name.ends_with("_is_fixed")
                || name.ends_with("_are_fixed")
                || name.ends_with("_are_kept")
                || name.ends_with("_are_append_only") =>
            {
                Self::Unchangeable { rule: name.to_owned() }
            }
            _ if name.contains("_totals_") => Self::KeptByDatabase { rule: name.to_owned() },
            _ => return None,
        })
    }

    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::AmountIsNotSumOfLines | Self::ContractualObligation | Self::OtherPatient | Self::OtherPayer => {
                Class::Invalid
            }
            Self::ApproverIsRequester | Self::Unchangeable { .. } | Self::KeptByDatabase { .. } => Class::Forbidden,
            _ => Class::Conflict,
        }
    }
}

fn shown(id: Option<impl Display>) -> String {
    id.map(|id| format!(" {id}")).unwrap_or_default()
}

/// The name of a table or constraint as the schema has it. On a node of Citus it ends in the number of the shard, from
/// `_102008` on.
pub(super) fn without_shard(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((start, shard)) if shard.len() >= 6 && shard.bytes().all(|byte| byte.is_ascii_digit()) => start,
        _ => name,
    }
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
