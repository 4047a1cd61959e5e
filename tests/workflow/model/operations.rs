//! What somebody may try to do.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rcm_schema::types::*;

use super::books::{Actor, Books, Cents, Day};

/// Things are named by their number in the order in which they were made.
#[derive(Debug, Clone, strum::IntoStaticStr)]
pub enum Operation {
    Submit { claim: usize, day: Day },
    Follow { claim: usize, prior: usize },
    Void { claim: usize, day: Day },
    Deny { claim: usize, contractual: bool, amount: Cents },
    Remark { denial: usize, code: &'static str },
    Post { claim: usize, kind: PostingKind, amount: Cents },
    Settle { denial: usize, kind: PostingKind, amount: Cents },
    PayAppeal { appeal: usize, amount: Cents },
    TakeBack { posting: usize, amount: Cents },
    ReversePosting { posting: usize },
    Tamper { denial: usize, statement: &'static str },
    OpenAppeal { denial: usize, level: usize, amount: Cents, filed_on: Option<Day> },
    StartAppeal { appeal: usize },
    AskFor { appeal: usize, amount: Cents },
    FileAppeal { appeal: usize, day: Day },
    ConfirmReview { appeal: usize },
    Decide { appeal: usize, decision: Decision, day: Day },
    ReleaseAppeal { appeal: usize, day: Day },
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
            | PayAppeal { appeal, .. }
            | ReleaseAppeal { appeal, .. }
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
            ReversePosting { posting } | TakeBack { posting, .. } => *posting %= books.postings.len().max(1),
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
    Paid,
    PartiallyPaid,
    DeniedAgain,
}

impl Outcome {
    pub fn status(self) -> RebillStatus {
        match self {
            Self::Paid => RebillStatus::Paid,
            Self::PartiallyPaid => RebillStatus::PartiallyPaid,
            Self::DeniedAgain => RebillStatus::DeniedAgain,
        }
    }
}

/// Writes past the commands; every one is refused.
const TAMPERING: &[&str] = &[
    "update denials set recovered_amount = recovered_amount + 1 where id = $1",
    "update denials set open_action = case when open_action = 'rebill' then 'appeal' else 'rebill' end where id = $1",
    "update claims set paid_amount = paid_amount + 1 from denials where claims.id = denials.claim_id and denials.id = $1",
    "update claims set answers = answers + 1 from denials where claims.id = denials.claim_id and denials.id = $1",
    "update postings set amount = amount + 1 where denial_id = $1",
    "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
     select claim_id, id, 'write_off', 1, '2024-01-05', 'payment.poster' from denials where id = $1",
    "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, moved_to_claim_id)
     select claim_id, id, 'rebilled', 1, '2024-01-05', 'payment.poster', (select min(id::text)::uuid from claims)
     from denials where id = $1",
    "delete from denials where id = $1",
];

fn amount() -> impl Strategy<Value = Cents> {
    select(vec![0, 1, 3_000, 5_000, 10_000, 15_000, 25_000, 40_000, 100_001, 5000, 5000, 10_000, 10_000, 15_000])
}

/// Of payers and patients, either sign.
fn signed() -> impl Strategy<Value = Cents> {
    (amount(), select(vec![1, 1, 1, -1])).prop_map(|(amount, sign)| sign * amount)
}

/// Days around the ones on which things were asked for.
fn day() -> impl Strategy<Value = Day> {
    1..6_u64
}

/// Sequences about everything, but most about one kind of work.
pub fn sequence() -> impl Strategy<Value = Vec<Operation>> {
    (0..5_usize).prop_flat_map(|focus| prop::collection::vec(operation(focus), 10..=30))
}

fn operation(focus: usize) -> impl Strategy<Value = Operation> {
    use Operation::*;
    use PostingKind::*;
    // More denials than there are at first: to act on one that is not there is refused, too.
    let (claim, denial, made) = (|| 0..4_usize, || 0..4_usize, || 0..4_usize);
    let actor = || 0..3_usize;
    // From the level whose turn it is; see `on_what_is_there`.
    let level = select(vec![0, 0, 0, 0, 0, 1, 3]);
    // The second claim is the first one's patient's, and so is the fourth, which replaces it.
    let corrected = || select(vec![0, 1, 1, 1, 1, 2, 3, 3]);
    let decision =
        prop_oneof![2 => Just(Decision::Approve), 3 => amount().prop_map(Decision::Grant), 1 => Just(Decision::Deny)];
    let outcome = prop_oneof![Just(Outcome::Paid), Just(Outcome::PartiallyPaid), Just(Outcome::DeniedAgain)];
    let kind = || select(vec![Payment, Payment, ContractualAdjustment, PatientResponsibility, OtherPayer]);
    let any_kind = prop_oneof![
        4 => kind(),
        1 => Just(DenialWithdrawn),
        1 => select(vec![PatientPayment, PatientWriteOff])
    ];
    let of_claims = prop_oneof![
        3 => (claim(), day()).prop_map(|(claim, day)| Submit { claim, day }),
        1 => (claim(), day()).prop_map(|(claim, day)| Void { claim, day }),
        3 => select(vec![(1, 0), (1, 0), (1, 0), (3, 0), (3, 1), (0, 1), (2, 0), (1, 1)])
            .prop_map(|(claim, prior)| Follow { claim, prior }),
        5 => (claim(), any_kind.clone(), signed()).prop_map(|(claim, kind, amount)| Post { claim, kind, amount }),
    ];
    let of_denials = prop_oneof![
        2 => (claim(), any::<bool>(), amount())
            .prop_map(|(claim, contractual, amount)| Deny { claim, contractual, amount }),
        2 => (denial(), select(vec!["MA130", "N517", "N706", "MA01"]))
            .prop_map(|(denial, code)| Remark { denial, code }),
        5 => (denial(), any_kind, signed()).prop_map(|(denial, kind, amount)| Settle { denial, kind, amount }),
        3 => (0..12_usize).prop_map(|posting| ReversePosting { posting }),
        3 => (0..12_usize, amount()).prop_map(|(posting, amount)| TakeBack { posting, amount }),
        1 => (denial(), select(TAMPERING)).prop_map(|(denial, statement)| Tamper { denial, statement }),
    ];
    let of_appeals = prop_oneof![
        5 => (denial(), level, amount(), option::weighted(0.5, day()))
            .prop_map(|(denial, level, amount, filed_on)| OpenAppeal { denial, level, amount, filed_on }),
        2 => made().prop_map(|appeal| StartAppeal { appeal }),
        3 => (made(), amount()).prop_map(|(appeal, amount)| AskFor { appeal, amount }),
        4 => (made(), day()).prop_map(|(appeal, day)| FileAppeal { appeal, day }),
        2 => made().prop_map(|appeal| ConfirmReview { appeal }),
        8 => (made(), decision, 3..7_u64).prop_map(|(appeal, decision, day)| Decide { appeal, decision, day }),
        3 => (made(), signed()).prop_map(|(appeal, amount)| PayAppeal { appeal, amount }),
        4 => (made(), 3..7_u64).prop_map(|(appeal, day)| ReleaseAppeal { appeal, day }),
        1 => made().prop_map(|appeal| WithdrawAppeal { appeal }),
    ];
    let of_write_offs = prop_oneof![
        3 => (denial(), amount()).prop_map(|(denial, amount)| RequestWriteOff { denial, amount }),
        4 => (made(), actor(), day()).prop_map(|(write_off, by, day)| ApproveWriteOff { write_off, by, day }),
        1 => (made(), actor(), day()).prop_map(|(write_off, by, day)| RejectWriteOff { write_off, by, day }),
        2 => (made(), actor(), day()).prop_map(|(write_off, by, day)| ReverseWriteOff { write_off, by, day }),
    ];
    let of_rebills = prop_oneof![
        6 => (denial(), option::weighted(0.8, corrected()), option::weighted(0.6, day()))
            .prop_map(|(denial, new_claim, submitted_on)| OpenRebill { denial, new_claim, submitted_on }),
        4 => (made(), corrected(), day())
            .prop_map(|(rebill, new_claim, day)| SubmitRebill { rebill, new_claim, day }),
        3 => made().prop_map(|rebill| AcceptRebill { rebill }),
        4 => (made(), outcome, 3..7_u64)
            .prop_map(|(rebill, outcome, day)| ResolveRebill { rebill, outcome, day }),
    ];
    let weight = |kind| if focus == kind { 12 } else { 2 };
    prop_oneof![
        weight(4) => of_claims,
        weight(0) => of_denials,
        weight(1) => of_appeals,
        weight(2) => of_write_offs,
        weight(3) => of_rebills
    ]
}
