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
    /// The denial has less open than the posting was to take from it. Look at its `open_amount` and ask for less.
    #[error("amount exceeds the open amount of the denial{}; nothing was posted", shown(*denial))]
    OverAllocated {
        /// The denial, where a typed call was about one.
        denial: Option<DenialId>,
    },

    /// The open denials of the claim would exceed what its payer owes: what was billed less payments, contractual
    /// adjustments, the patient's part, other payers, write-offs and what was rebilled. What was settled before is denied
    /// again only after its write-off or posting was reversed; a posting about a denial names the denial.
    #[error(
        "the open denials of the claim{} would exceed what its payer owes; reverse the write-off or posting that settled it \
         before, or name the denial in the posting",
        shown(*claim)
    )]
    OverDenied {
        /// The claim, where a typed call was about one.
        claim: Option<ClaimId>,
    },

    /// The open denials of a line would exceed its charge.
    #[error("the open denials of the line would exceed its charge")]
    OverDeniedLine,

    /// The amount of an appeal or a write-off exceeds the denial's open amount.
    #[error("amount exceeds the denial's open amount")]
    MoreThanOpen,

    /// Nothing of the denial is open, so it takes no new action; only a reversal opens it again.
    #[error("nothing of the denial is open; only a reversal opens it again")]
    NothingOpen,

    /// An appeal of the denial is open: no second one, no rebill. Decide or withdraw it first.
    #[error("an appeal of the denial is open; decide or withdraw it first")]
    AppealStillOpen,

    /// A denial of the claim is open, so the claim can't be voided. Settle or withdraw the denial first.
    #[error("a denial of the claim is open; settle or withdraw it first")]
    DenialStillOpen,

    /// A rebill of the denial is open: no second one, no appeal. Resolve it first.
    #[error("a rebill of the denial is open; resolve it first")]
    RebillStillOpen,

    /// The next appeal level comes only after the last was denied, partially approved or released; after the fourth comes none.
    #[error(
        "the appeal level is out of order: the next comes after the last was denied, partially approved or released"
    )]
    AppealLevelOutOfOrder,

    /// The status has no such step; see `next` of [`crate::types::AppealStatus`] and its like.
    #[error("{table}: the current status doesn't allow this change")]
    IllegalTransition {
        /// The table whose status was to change.
        table: String,
    },

    /// Who asks for a write-off doesn't approve it: neither under the same name, nor with the same login where that is a
    /// person's (`personal_logins`).
    #[error("who requested a write-off can't approve it; have another person approve it, with a login of their own")]
    ApproverIsRequester,

    /// What people post by hand to settle the denial comes to what a policy of type `approval_threshold` says. Request it
    /// with its kind ([`write_offs::request`](crate::workflow::write_offs::request)); somebody else approves it.
    #[error(
        "the adjustments and transfers by hand of the denial come to an amount that somebody else approves; request it as a \
         write-off of this kind"
    )]
    NeedsApproval,

    /// A write-off names a policy that isn't the automatic one that the work list has for the denial. Leave it out, and have
    /// somebody approve.
    #[error(
        "the work list has no such automatic policy for the denial; leave the policy out, and have somebody approve"
    )]
    NotByPolicy,

    /// The posting is reversed already.
    #[error("the posting is reversed already")]
    AlreadyReversed,

    /// More would be taken back than was posted.
    #[error("more would be taken back than was posted")]
    MoreThanPosted,

    /// What takes a posting back has its claim and kind, and the other sign; a reversal has its denial, source and amount,
    /// too, and reverses no reversal.
    #[error("the posting that is taken back is of another claim, denial, kind, source or amount, or is a reversal")]
    NotTheSamePosting,

    /// The payments for an appeal would exceed what was approved, or while it is undecided what it asks for. Post the rest
    /// without naming it.
    #[error("the payments for the appeal would exceed what was approved; post the rest without naming it")]
    MoreThanApproved,

    /// The idempotency key has posted something else. Take a new key for a new command.
    #[error("the idempotency key has posted something else; take a new key")]
    KeyUsedOtherwise,

    /// The day is closed. Post on the first open day.
    #[error("the day is closed; use the first open day")]
    PeriodClosed,

    /// The day can't be: before the service or the denial that it is about, outside of the claim's days of service, or
    /// after tomorrow.
    #[error("{rule}: the day is too early or too late for what it is about")]
    ImpossibleDay {
        /// The rule, by its name in the database.
        rule: String,
    },

    /// The books are closed day after day: a day that isn't over, or that is closed, can't be closed.
    #[error("the day is not over, or is closed already")]
    ClosingOutOfOrder,

    /// The claim was not submitted, and gets no answer, no denial and no replacement before; as the new claim of a rebill,
    /// as the one that is replaced, or as that of the payer before, it must not be voided either. Submit it first.
    #[error("the claim was not submitted, or is voided; submit it first")]
    ClaimNotSubmitted,

    /// The claim is voided: only what takes earlier postings back counts.
    #[error("the claim is voided; only what takes earlier postings back counts")]
    ClaimVoided,

    /// A contractual obligation (group CO) is never billed to the patient.
    #[error("a contractual obligation (group CO) is never billed to the patient")]
    ContractualObligation,

    /// A contractual adjustment is no loss. Post it ([`PostingKind::ContractualAdjustment`](crate::types::PostingKind)).
    #[error("the denial is a contractual adjustment, which is no loss; post it instead of writing it off")]
    ContractualWriteOff,

    /// No filing rule says by when to appeal. Give `due_on`, or enter the payer's limit
    /// ([`limit_filing`](crate::workflow::payers::limit_filing)).
    #[error("no filing rule says by when to appeal; give due_on, or enter the payer's limit")]
    NoLastDay,

    /// The claims are not of one patient.
    #[error("the claims belong to different patients")]
    OtherPatient,

    /// No claim, or not each of those that are named, stands under the wrong reference.
    #[error("no claim, or not each of these, stands under the wrong reference; look up whose they are")]
    NotOfReference,

    /// Claims that replace, answer or follow each other are of one patient, and are corrected together.
    #[error(
        "a claim that replaces, answers or follows one of these would stay with another patient; correct them together"
    )]
    RelatedClaimLeftOut,

    /// A replacement claim goes to the payer of the claim that it replaces.
    #[error("the replacement claim goes to another payer")]
    OtherPayer,

    /// The new claim of a rebill was not paid. Post its payment first.
    #[error("the new claim was not paid; post its payment first")]
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

    /// What is posted of a remittance is what it says, to the cent, in the transaction that posts it, and nothing of one that
    /// is dismissed: call [`remittances::post`](crate::workflow::remittances::post), or take all of it back by
    /// [`remittances::unmatch`](crate::workflow::remittances::unmatch).
    #[error("{rule}: what is posted of a remittance is what it says; post it as a whole, or unmatch it")]
    NotWhatRemittanceSays {
        /// The rule, by its trigger's name.
        rule: String,
    },

    /// The database alone writes this: totals, postings of write-offs, rebills and replacements, who recorded a row.
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
            "denials_within_line" => Self::OverDeniedLine,
            "appeals_within_open_amount" | "write_offs_within_open_amount" => Self::MoreThanOpen,
            "appeals_need_an_open_amount" | "write_offs_need_an_open_amount" | "rebills_need_an_open_amount" => {
                Self::NothingOpen
            }
            "appeals_one_open_per_denial" | "rebills_wait_for_appeal" => Self::AppealStillOpen,
            "claims_voided_has_nothing_open" => Self::DenialStillOpen,
            "rebills_one_open_per_denial" | "appeals_wait_for_rebill" => Self::RebillStillOpen,
            "appeals_levels_in_order" | "appeals_one_per_level" => Self::AppealLevelOutOfOrder,
            "write_offs_approver_is_not_requester" => Self::ApproverIsRequester,
            "postings_need_approval" => Self::NeedsApproval,
            "write_offs_policy_says_so" => Self::NotByPolicy,
            "postings_reversed_once" => Self::AlreadyReversed,
            "postings_taken_back_once" | "claims_totals_not_negative" | "denials_totals_not_negative" => {
                Self::MoreThanPosted
            }
            "postings_reverses_same_posting" | "postings_takes_back_same_kind" => Self::NotTheSamePosting,
            "appeals_paid_within_what_was_approved" => Self::MoreThanApproved,
            "postings_key_used_otherwise" => Self::KeyUsedOtherwise,
            "postings_period_is_open" | "denials_period_is_open" => Self::PeriodClosed,
            "postings_not_before_service"
            | "postings_not_in_the_future"
            | "denials_not_before_service"
            | "payment_variances_not_before_service"
            | "appeals_filed_after_denial"
            | "claim_lines_within_service" => Self::ImpossibleDay { rule: name.to_owned() },
            "period_closings_in_the_past" | "period_closings_go_on" => Self::ClosingOutOfOrder,
            "claims_pending_is_unanswered"
            | "claims_replaced_claim_is_submitted"
            | "claim_details_prior_claim_is_submitted"
            | "rebills_new_claim_is_submitted" => Self::ClaimNotSubmitted,
            "claims_voided_takes_nothing" => Self::ClaimVoided,
            "denials_contractual_not_transferred" => Self::ContractualObligation,
            "write_offs_not_contractual" => Self::ContractualWriteOff,
            "appeals_have_a_last_day" => Self::NoLastDay,
            "rebills_new_claim_of_same_patient"
            | "claims_replacement_of_same_patient"
            | "claim_details_prior_claim_of_same_patient" => Self::OtherPatient,
            "patient_corrections_claims_of_reference" => Self::NotOfReference,
            "patient_corrections_related_claims_together" => Self::RelatedClaimLeftOut,
            "rebills_new_claim_of_same_payer" | "claims_replacement_of_same_payer" => Self::OtherPayer,
            "rebills_new_claim_was_paid" => Self::NewClaimNotPaid,
            "claims_amount_is_sum_of_lines" => Self::AmountIsNotSumOfLines,
            "remittance_claims_come_unposted"
            | "remittance_claims_post_what_they_say"
            | "remittance_claims_balance"
            | "remittance_claims_are_classified"
            | "remittance_claims_reversal_is_negative"
            | "remittance_services_of_claim"
            | "remittance_claims_posted_when_matched"
            | "postings_remittance_says_so"
            | "denials_of_their_adjustment"
            | "denials_taken_back_by_reversal"
            | "remittances_dismissed_is_unposted" => Self::NotWhatRemittanceSays { rule: name.to_owned() },
            "postings_rebill_says_so"
            | "postings_write_off_says_so"
            | "postings_posted_by_a_caller"
            | "write_offs_approved_by_policy"
            | "write_offs_decided_by_a_caller"
            | "remittance_claims_being_posted_is_kept"
            | "remittances_explained_amount_is_kept"
            | "appeals_payments_start_at_zero"
            | "appeals_payments_follow_postings" => Self::KeptByDatabase { rule: name.to_owned() },
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
            _ if name.contains("_totals_") || name.ends_with("_recorded_by_database") => {
                Self::KeptByDatabase { rule: name.to_owned() }
            }
            _ => return None,
        })
    }

    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::AmountIsNotSumOfLines
            | Self::ContractualObligation
            | Self::ContractualWriteOff
            | Self::NoLastDay
            | Self::ImpossibleDay { .. }
            | Self::NotTheSamePosting
            | Self::OtherPatient
            | Self::NotOfReference
            | Self::RelatedClaimLeftOut
            | Self::OtherPayer => Class::Invalid,
            Self::ApproverIsRequester
            | Self::NeedsApproval
            | Self::Unchangeable { .. }
            | Self::KeptByDatabase { .. } => Class::Forbidden,
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

/// The table and the constraint or rule of a violation, from its English message: of what a node refuses Citus's coordinator
/// hands on no other names.
pub(super) fn named_in(message: &str) -> (Option<&str>, Option<&str>) {
    if let Some(rule) = refused(message) {
        return (None, Some(rule));
    }
    if !message.contains(" violates ") {
        return (None, None);
    }
    let quoted_after = |word: &str| {
        let (_, rest) = message.split_once(&format!("{word} \""))?;
        rest.split_once('"').map(|(name, _)| name)
    };
    (quoted_after("relation").or_else(|| quoted_after("table")), quoted_after("constraint"))
}

/// The rule with whose name a message of the schema's triggers begins.
pub(super) fn refused(message: &str) -> Option<&str> {
    let of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let (rule, _) = message.split_once(": ")?;
    (rule.contains('_') && rule.bytes().all(of_name)).then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_what_was_violated() {
        for (message, expected) in [
            (
                "new row for relation \"claims_102017\" violates check constraint \"claims_amount_positive_102017\"",
                (Some("claims_102017"), Some("claims_amount_positive_102017")),
            ),
            (
                "duplicate key value violates unique constraint \"claims_pkey_102017\"",
                (None, Some("claims_pkey_102017")),
            ),
            (
                "update or delete on table \"a_1\" violates foreign key constraint \"b_a_exists_1\" on table \"b_1\"",
                (Some("a_1"), Some("b_a_exists_1")),
            ),
            (
                "null value in column \"amount\" of relation \"claims_102017\" violates not-null constraint",
                (Some("claims_102017"), None),
            ),
            (
                "postings_period_is_open: the day is closed; post on the first open day",
                (None, Some("postings_period_is_open")),
            ),
            ("relation \"claims\" does not exist", (None, None)),
        ] {
            assert_eq!(named_in(message), expected);
        }
    }

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
