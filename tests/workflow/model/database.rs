//! How the operations are done on the database, and what it says then.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::{
    Appeal, Claim, Denial, NewAppeal, NewClaim, NewDenial, NewRebill, NewWriteOff, Rebill, WriteOff,
};
use rcm_schema::schema;
use rcm_schema::sql_types::DenialKey;
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{self, AppealDecision, AppealUpdate};
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{claims, denials, write_offs};
use rcm_schema::{Error, Result};

use super::books::Books;
use super::operations::{Decision, Operation, Outcome};
use crate::world::{World, appeal, cents, day, deny, rebill, record, write_off};

const ACTORS: [&str; 3] = ["write.off.specialist", "billing.manager", "finance.director"];

/// The rows of one case, in the order in which they were made.
pub struct Rows {
    claims: Vec<ClaimId>,
    denials: Vec<Denial>,
    postings: Vec<DenialTransactionId>,
    appeals: Vec<AppealId>,
    write_offs: Vec<WriteOffId>,
    rebills: Vec<RebillId>,
}

/// A claim with three denials; a second one of the same patient, paid in part, that rebills may name; a third one of
/// another patient, not yet submitted.
pub async fn start(world: &World, connection: &mut AsyncPgConnection) -> (Books, Rows) {
    use super::books;
    let mut books = Books::default();
    let mut rows = Rows {
        claims: Vec::new(),
        denials: Vec::new(),
        postings: Vec::new(),
        appeals: Vec::new(),
        write_offs: Vec::new(),
        rebills: Vec::new(),
    };
    for (patient, amount, submitted_on) in [(1, 100_000, Some(day(1))), (1, 40_000, Some(day(1))), (2, 30_000, None)] {
        let patient_reference = format!("P-{patient}").parse().unwrap();
        let new = world.new_claim(&cents(amount).to_string());
        let made = record(connection, &NewClaim { patient_reference, submitted_on, ..new }).await;
        rows.claims.push(made.id);
        books.claims.push(books::Claim { patient, amount, paid: 0, adjusted: 0, status: made.status });
    }
    for (code, amount) in [("PR-1", 40_000), ("CO-197", 25_000), ("PR-2", 10_000)] {
        rows.denials.push(deny(connection, rows.claims[0], code, &cents(amount).to_string()).await);
        books.denials.push(books::Denial { claim: 0, contractual: code.starts_with("CO"), amount });
    }
    books.claims[0].status = ClaimStatus::Denied;
    let paid = Operation::Pay { claim: 1, paid: 15_000, adjusted: 0 };
    assert!(books.accept(&paid) && accept(connection, &mut rows, &paid).await);
    (books, rows)
}

/// Whether the database accepted it; every refusal is one that a rule made.
pub async fn accept(connection: &mut AsyncPgConnection, rows: &mut Rows, operation: &Operation) -> bool {
    match perform(connection, rows, operation).await {
        Ok(()) => {
            rows.note_postings(connection).await;
            true
        }
        Err(Error::Query { kind, .. }) => {
            let rules =
                [QueryErrorKind::CheckViolation, QueryErrorKind::UniqueViolation, QueryErrorKind::ForeignKeyViolation];
            let tampered = matches!(operation, Operation::Tamper { .. }) && kind == QueryErrorKind::PermissionDenied;
            assert!(rules.contains(&kind) || tampered, "{operation:?}: {kind:?}");
            false
        }
        Err(_) => false,
    }
}

async fn perform(connection: &mut AsyncPgConnection, rows: &mut Rows, operation: &Operation) -> Result<()> {
    match *operation {
        Operation::Submit { claim } => drop(claims::submit(connection, rows.claims[claim], day(1)).await?),
        Operation::Pay { claim, paid, adjusted } => {
            claims::post_payment(connection, rows.claims[claim], &cents(paid), &cents(adjusted)).await?;
        }
        Operation::Void { claim } => drop(claims::void(connection, rows.claims[claim]).await?),
        Operation::SetStatus { claim, status } => {
            let claim = schema::claims::table.find(rows.claims[claim]);
            diesel::update(claim).set(schema::claims::status.eq(status)).execute(connection).await?;
        }
        Operation::Deny { claim, contractual, amount } => {
            let code = if contractual { "CO-50" } else { "PR-3" };
            let new = NewDenial::builder()
                .claim_id(rows.claims[claim])
                .denial_code(code.parse()?)
                .denied_on(day(2))
                .denial_amount(cents(amount))
                .build();
            rows.denials.push(denials::record(connection, &new).await?);
        }
        Operation::Post { denial, kind, amount } => {
            let (denial, amount) = (rows.denial(denial).0, cents(amount));
            let by = "payment.poster";
            match kind {
                TransactionKind::Recovery => denials::post_recovery(connection, denial, amount, day(4), by).await?,
                TransactionKind::PatientTransfer => {
                    denials::transfer_to_patient(connection, denial, amount, day(4), by).await?
                }
                _ => denials::post_contractual_adjustment(connection, denial, amount, day(4), by).await?,
            };
        }
        Operation::ReversePosting { posting } => {
            let posting = rows.postings.get(posting).copied().unwrap_or_else(DenialTransactionId::new);
            denials::reverse(connection, posting, day(5), "payment.poster").await?;
        }
        Operation::Tamper { denial, statement } => {
            let (denial, _) = rows.denial(denial % 3);
            diesel::sql_query(statement).bind::<DenialKey, _>(denial).execute(connection).await?;
        }
        Operation::OpenAppeal { denial, level, amount, filed_on } => {
            let (denial_id, claim_id) = rows.denial(denial);
            let new = NewAppeal {
                denial_id,
                claim_id,
                appeal_level: AppealLevel::ALL[level],
                filed_on: filed_on.map(day),
                ..appeal(&rows.denials[0], &cents(amount).to_string())
            };
            rows.appeals.push(appeals::open(connection, &new).await?.id);
        }
        Operation::StartAppeal { appeal } => {
            appeals::update(connection, rows.appeal(appeal), AppealUpdate::Start).await?;
        }
        Operation::AskFor { appeal, amount } => {
            let update = AppealUpdate::AppealedAmount(cents(amount));
            appeals::update(connection, rows.appeal(appeal), update).await?;
        }
        Operation::FileAppeal { appeal, day: filed_on } => {
            appeals::file(connection, rows.appeal(appeal), day(filed_on)).await?;
        }
        Operation::ConfirmReview { appeal } => {
            appeals::update(connection, rows.appeal(appeal), AppealUpdate::ConfirmReview).await?;
        }
        Operation::Decide { appeal, decision, day: decided_on } => {
            let decision = match decision {
                Decision::Approve => AppealDecision::Approved,
                Decision::Grant(part) => AppealDecision::PartiallyApproved(cents(part)),
                Decision::Deny => AppealDecision::Denied,
            };
            appeals::decide(connection, rows.appeal(appeal), decision, day(decided_on), None).await?;
        }
        Operation::WithdrawAppeal { appeal } => drop(appeals::withdraw(connection, rows.appeal(appeal)).await?),
        Operation::RequestWriteOff { denial, amount } => {
            let (denial_id, claim_id) = rows.denial(denial);
            let new = write_off(&rows.denials[0], &cents(amount).to_string());
            let new = NewWriteOff { denial_id, claim_id, ..new };
            rows.write_offs.push(write_offs::request(connection, &new).await?.id);
        }
        Operation::ApproveWriteOff { write_off, by, day: on } => {
            write_offs::approve(connection, rows.write_off(write_off), ACTORS[by], day(on)).await?;
        }
        Operation::RejectWriteOff { write_off, by, day: on } => {
            write_offs::reject(connection, rows.write_off(write_off), ACTORS[by], day(on)).await?;
        }
        Operation::ReverseWriteOff { write_off, by, day: on } => {
            write_offs::reverse(connection, rows.write_off(write_off), ACTORS[by], day(on)).await?;
        }
        Operation::OpenRebill { denial, new_claim, submitted_on } => {
            let (denial_id, original_claim_id) = rows.denial(denial);
            let new = NewRebill {
                denial_id,
                original_claim_id,
                new_claim_id: new_claim.map(|claim| rows.claims[claim]),
                submitted_on: submitted_on.map(day),
                ..rebill(&rows.denials[0])
            };
            rows.rebills.push(rebills::open(connection, &new).await?.id);
        }
        Operation::SubmitRebill { rebill, new_claim, day: on } => {
            rebills::submit(connection, rows.rebill(rebill), rows.claims[new_claim], day(on)).await?;
        }
        Operation::AcceptRebill { rebill } => drop(rebills::accept(connection, rows.rebill(rebill)).await?),
        Operation::ResolveRebill { rebill, outcome, day: on } => {
            let outcome = match outcome {
                Outcome::Paid(paid, adjusted) => RebillOutcome::Paid { paid: cents(paid), adjusted: cents(adjusted) },
                Outcome::PartiallyPaid(paid, adjusted) => {
                    RebillOutcome::PartiallyPaid { paid: cents(paid), adjusted: cents(adjusted) }
                }
                Outcome::DeniedAgain => RebillOutcome::DeniedAgain,
            };
            rebills::resolve(connection, rows.rebill(rebill), outcome, day(on)).await?;
        }
    }
    Ok(())
}

/// What was not made yet is not there.
impl Rows {
    fn denial(&self, number: usize) -> (DenialId, ClaimId) {
        self.denials
            .get(number)
            .map_or_else(|| (DenialId::new(), self.claims[0]), |denial| (denial.id, denial.claim_id))
    }

    fn appeal(&self, number: usize) -> AppealId {
        self.appeals.get(number).copied().unwrap_or_else(AppealId::new)
    }

    fn write_off(&self, number: usize) -> WriteOffId {
        self.write_offs.get(number).copied().unwrap_or_else(WriteOffId::new)
    }

    fn rebill(&self, number: usize) -> RebillId {
        self.rebills.get(number).copied().unwrap_or_else(RebillId::new)
    }

    /// Finds what was posted since; of one statement the recovery first.
    async fn note_postings(&mut self, connection: &mut AsyncPgConnection) {
        use schema::denial_transactions::{denial_id, id, kind, table};
        let denials: Vec<DenialId> = self.denials.iter().map(|denial| denial.id).collect();
        let new: Vec<DenialTransactionId> = table
            .select(id)
            .filter(denial_id.eq_any(denials).and(id.ne_all(&self.postings)))
            .order(kind.desc())
            .load(connection)
            .await
            .unwrap();
        self.postings.extend(new);
    }

    /// One line per row, as the database keeps it.
    pub async fn lines(&self, connection: &mut AsyncPgConnection) -> Vec<String> {
        let mut lines = Vec::new();
        let ids = &self.claims;
        let rows: Vec<Claim> = Claim::query().filter(schema::claims::id.eq_any(ids)).load(connection).await.unwrap();
        for (number, id) in ids.iter().enumerate() {
            let row = rows.iter().find(|row| row.id == *id).unwrap();
            lines.push(format!(
                "claim {number}: {}, paid {}, adjusted {}, denied {}, recovered {}, written off {}, transferred {}, denial adjusted {}, balance {}",
                row.status, row.paid_amount, row.adjusted_amount, row.denied_amount, row.recovered_amount,
                row.written_off_amount, row.transferred_amount, row.denial_adjusted_amount, row.balance_amount
            ));
        }
        for (number, denial) in self.denials.iter().enumerate() {
            let row: Denial =
                Denial::query().filter(schema::denials::id.eq(denial.id)).first(connection).await.unwrap();
            lines.push(format!(
                "denial {number}: {}, recovered {}, written off {}, transferred {}, adjusted {}, open {}, {:?}",
                row.resolution_status,
                row.recovered_amount,
                row.written_off_amount,
                row.transferred_amount,
                row.adjusted_amount,
                row.open_amount,
                row.open_action
            ));
        }
        for (number, id) in self.appeals.iter().enumerate() {
            let row: Appeal = Appeal::query().filter(schema::appeals::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!(
                "appeal {number}: {}, asked {}, granted {:?}, filed {:?}, decided {:?}",
                row.status, row.appealed_amount, row.approved_amount, row.filed_on, row.decided_on
            ));
        }
        for (number, id) in self.write_offs.iter().enumerate() {
            let row: WriteOff =
                WriteOff::query().filter(schema::write_offs::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!("write-off {number}: {}, {}", row.status, row.amount));
        }
        for (number, id) in self.rebills.iter().enumerate() {
            let row: Rebill = Rebill::query().filter(schema::rebills::id.eq(id)).first(connection).await.unwrap();
            lines.push(format!(
                "rebill {number}: {}, paid {:?}, submitted {:?}",
                row.status, row.paid_amount, row.submitted_on
            ));
        }
        lines
    }
}

impl Books {
    /// The same lines, as the rules say.
    pub fn lines(&self) -> Vec<String> {
        use TransactionKind::*;
        let mut lines = Vec::new();
        let dollars = |amount: i64| SignedUsd::try_from(bigdecimal::BigDecimal::new(amount.into(), 2)).unwrap();
        for (number, claim) in self.claims.iter().enumerate() {
            lines.push(format!(
                "claim {number}: {}, paid {}, adjusted {}, denied {}, recovered {}, written off {}, transferred {}, denial adjusted {}, balance {}",
                claim.status, cents(claim.paid), cents(claim.adjusted), cents(self.denied(number)),
                cents(self.total(number, Recovery)), cents(self.total(number, WriteOff)),
                cents(self.total(number, PatientTransfer)), cents(self.total(number, ContractualAdjustment)),
                dollars(self.balance(number))
            ));
        }
        for number in 0..self.denials.len() {
            lines.push(format!(
                "denial {number}: {}, recovered {}, written off {}, transferred {}, adjusted {}, open {}, {:?}",
                self.resolution(number),
                cents(self.posted(number, Recovery)),
                cents(self.posted(number, WriteOff)),
                cents(self.posted(number, PatientTransfer)),
                cents(self.posted(number, ContractualAdjustment)),
                cents(self.open(number)),
                self.open_action(number)
            ));
        }
        for (number, appeal) in self.appeals.iter().enumerate() {
            lines.push(format!(
                "appeal {number}: {}, asked {}, granted {:?}, filed {:?}, decided {:?}",
                appeal.status,
                cents(appeal.asked),
                appeal.granted.map(cents),
                appeal.filed_on.map(day),
                appeal.decided_on.map(day)
            ));
        }
        for (number, write_off) in self.write_offs.iter().enumerate() {
            lines.push(format!("write-off {number}: {}, {}", write_off.status, cents(write_off.amount)));
        }
        for (number, rebill) in self.rebills.iter().enumerate() {
            let paid = rebill.outcome.and_then(|(outcome, _)| outcome.amounts()).map(|(paid, _)| cents(paid));
            lines.push(format!(
                "rebill {number}: {}, paid {paid:?}, submitted {:?}",
                rebill.status,
                rebill.submitted_on.map(day)
            ));
        }
        lines
    }
}
