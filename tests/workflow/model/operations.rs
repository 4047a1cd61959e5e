//! What somebody may try to do.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rcm_schema::types::*;

use super::books::{Actor, Books, Cents, Day};

/// Things are named by their number in the order in which they were made.
#[derive(Debug, Clone, strum::IntoStaticStr)]
pub enum Operation {
    Submit { claim: usize },
    Pay { claim: usize, paid: Cents, adjusted: Cents },
    Void { claim: usize },
    SetStatus { claim: usize, status: ClaimStatus },
    Deny { claim: usize, contractual: bool, amount: Cents },
    Post { denial: usize, kind: TransactionKind, amount: Cents },
    ReversePosting { posting: usize },
    Tamper { denial: usize, statement: &'static str },
    OpenAppeal { denial: usize, level: usize, amount: Cents, filed_on: Option<Day> },
    StartAppeal { appeal: usize },
    AskFor { appeal: usize, amount: Cents },
    FileAppeal { appeal: usize, day: Day },
    ConfirmReview { appeal: usize },
    Decide { appeal: usize, decision: Decision, day: Day },
    WithdrawAppeal { appeal: usize },
    RequestWriteOff { denial: usize, amount: Cents },
    ApproveWriteOff { write_off: usize, by: Actor, day: Day },
    RejectWriteOff { write_off: usize, by: Actor, day: Day },
    ReverseWriteOff { write_off: usize, by: Actor, day: Day },
    OpenRebill { denial: usize, new_claim: Option<usize>, submitted_on: Option<Day> },
    SubmitRebill { rebill: usize, new_claim: usize, day: Day },
    AcceptRebill { rebill: usize },
    ResolveRebill { rebill: usize, outcome: Outcome, day: Day },
}

impl Operation {
    /// The same on something that was made, if anything was, and on a level seen from the next one.
    pub fn on_what_is_there(mut self, books: &Books) -> Self {
        use Operation::*;
        match &mut self {
            StartAppeal { appeal }
            | AskFor { appeal, .. }
            | FileAppeal { appeal, .. }
            | ConfirmReview { appeal }
            | Decide { appeal, .. }
            | WithdrawAppeal { appeal } => *appeal %= books.appeals.len().max(1),
            ApproveWriteOff { write_off, .. }
            | RejectWriteOff { write_off, .. }
            | ReverseWriteOff { write_off, .. } => {
                *write_off %= books.write_offs.len().max(1);
            }
            SubmitRebill { rebill, .. } | AcceptRebill { rebill } | ResolveRebill { rebill, .. } => {
                *rebill %= books.rebills.len().max(1);
            }
            OpenAppeal { denial, level, .. } => *level = (books.next_level(*denial) + *level) % 4,
            ReversePosting { posting } => *posting %= books.postings.len().max(1),
            _ => {}
        }
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    Approve,
    Grant(Cents),
    Deny,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    Paid(Cents, Cents),
    PartiallyPaid(Cents, Cents),
    DeniedAgain,
}

impl Outcome {
    pub fn status(self) -> RebillStatus {
        match self {
            Self::Paid(..) => RebillStatus::Paid,
            Self::PartiallyPaid(..) => RebillStatus::PartiallyPaid,
            Self::DeniedAgain => RebillStatus::DeniedAgain,
        }
    }

    /// Paid and adjusted.
    pub fn amounts(self) -> Option<(Cents, Cents)> {
        match self {
            Self::Paid(paid, adjusted) | Self::PartiallyPaid(paid, adjusted) => Some((paid, adjusted)),
            Self::DeniedAgain => None,
        }
    }
}

/// Writes past the commands; every one is refused.
const TAMPERING: &[&str] = &[
    "update denials set recovered_amount = recovered_amount + 1 where id = $1",
    "update denials set open_action = case when open_action = 'rebill' then 'appeal' else 'rebill' end where id = $1",
    "update claims set denied_amount = denied_amount + 1 from denials where claims.id = denials.claim_id and denials.id = $1",
    "update denial_transactions set amount = amount + 1 where denial_id = $1",
    "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by)
     values ($1, 'write_off', 1, '2024-01-05', 'payment.poster')",
    "delete from denials where id = $1",
];

fn amount() -> impl Strategy<Value = Cents> {
    select(vec![0, 1, 3_000, 5_000, 10_000, 15_000, 25_000, 40_000, 100_001, 5000, 5000, 10_000, 10_000, 15_000])
}

/// Days around the ones on which things were asked for.
fn day() -> impl Strategy<Value = Day> {
    2..6_u64
}

/// Sequences about everything, but most about one kind of work.
pub fn sequence() -> impl Strategy<Value = Vec<Operation>> {
    (0..4_usize).prop_flat_map(|focus| prop::collection::vec(operation(focus), 10..=25))
}

fn operation(focus: usize) -> impl Strategy<Value = Operation> {
    use Operation::*;
    // More denials than there are at first: to act on one that is not there is refused, too.
    let (claim, denial, made) = (|| 0..3_usize, || 0..4_usize, || 0..4_usize);
    let actor = || 0..3_usize;
    // From the level whose turn it is; see `on_what_is_there`.
    let level = select(vec![0, 0, 0, 0, 0, 1, 3]);
    // The second claim is the only one that is the first one's patient's.
    let corrected = || select(vec![0, 1, 1, 1, 2]);
    let decision = prop_oneof![Just(Decision::Approve), amount().prop_map(Decision::Grant), Just(Decision::Deny)];
    let outcome = prop_oneof![
        2 => (amount(), amount()).prop_map(|(paid, adjusted)| Outcome::Paid(paid, adjusted)),
        2 => (amount(), amount()).prop_map(|(paid, adjusted)| Outcome::PartiallyPaid(paid, adjusted)),
        1 => Just(Outcome::DeniedAgain)
    ];
    let kind = select(vec![
        TransactionKind::Recovery,
        TransactionKind::PatientTransfer,
        TransactionKind::ContractualAdjustment,
    ]);
    let of_claims = prop_oneof![
        3 => claim().prop_map(|claim| Submit { claim }),
        3 => (claim(), amount(), amount()).prop_map(|(claim, paid, adjusted)| Pay { claim, paid, adjusted }),
        1 => claim().prop_map(|claim| Void { claim }),
        1 => (claim(), select(ClaimStatus::ALL)).prop_map(|(claim, status)| SetStatus { claim, status }),
    ];
    let of_denials = prop_oneof![
        2 => (claim(), any::<bool>(), amount())
            .prop_map(|(claim, contractual, amount)| Deny { claim, contractual, amount }),
        3 => (denial(), kind, amount()).prop_map(|(denial, kind, amount)| Post { denial, kind, amount }),
        2 => (0..8_usize).prop_map(|posting| ReversePosting { posting }),
        1 => (denial(), select(TAMPERING)).prop_map(|(denial, statement)| Tamper { denial, statement }),
    ];
    let of_appeals = prop_oneof![
        5 => (denial(), level, amount(), option::weighted(0.4, day()))
            .prop_map(|(denial, level, amount, filed_on)| OpenAppeal { denial, level, amount, filed_on }),
        2 => made().prop_map(|appeal| StartAppeal { appeal }),
        3 => (made(), amount()).prop_map(|(appeal, amount)| AskFor { appeal, amount }),
        4 => (made(), day()).prop_map(|(appeal, day)| FileAppeal { appeal, day }),
        2 => made().prop_map(|appeal| ConfirmReview { appeal }),
        4 => (made(), decision, 3..7_u64).prop_map(|(appeal, decision, day)| Decide { appeal, decision, day }),
        1 => made().prop_map(|appeal| WithdrawAppeal { appeal }),
    ];
    let of_write_offs = prop_oneof![
        3 => (denial(), amount()).prop_map(|(denial, amount)| RequestWriteOff { denial, amount }),
        4 => (made(), actor(), day()).prop_map(|(write_off, by, day)| ApproveWriteOff { write_off, by, day }),
        1 => (made(), actor(), day()).prop_map(|(write_off, by, day)| RejectWriteOff { write_off, by, day }),
        2 => (made(), actor(), day()).prop_map(|(write_off, by, day)| ReverseWriteOff { write_off, by, day }),
    ];
    let of_rebills = prop_oneof![
        3 => (denial(), option::weighted(0.8, corrected()), option::weighted(0.6, day()))
            .prop_map(|(denial, new_claim, submitted_on)| OpenRebill { denial, new_claim, submitted_on }),
        2 => (made(), corrected(), day())
            .prop_map(|(rebill, new_claim, day)| SubmitRebill { rebill, new_claim, day }),
        1 => made().prop_map(|rebill| AcceptRebill { rebill }),
        4 => (made(), outcome, 3..7_u64)
            .prop_map(|(rebill, outcome, day)| ResolveRebill { rebill, outcome, day }),
    ];
    let weight = |kind| if focus == kind { 12 } else { 2 };
    prop_oneof![
        2 => of_claims,
        weight(0) => of_denials,
        weight(1) => of_appeals,
        weight(2) => of_write_offs,
        weight(3) => of_rebills
    ]
}
