//! How the operations are done on the database, and what it says then.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::{
    Appeal, Denial, NewAppeal, NewClaim, NewClaimDetails, NewDenial, NewPosting, NewRebill, NewWriteOff, Posting,
};
use rcm_schema::schema;
use rcm_schema::sql_types::DenialKey;
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{self, AppealDecision, AppealUpdate};
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{claims, denials, postings, write_offs};
use rcm_schema::{Error, Result};

use super::books::{self, Books, dollars};
use super::operations::{Decision, Operation, Outcome};
use crate::world::{World, appeal, cents, day, deny, on_claim, post, rebill, record, texts, write_off};

const ACTORS: [&str; 3] = ["write.off.specialist", "billing.manager", "finance.director"];

/// The rows of one case, in the order in which they were made.
pub struct Rows {
    pub(super) claims: Vec<ClaimId>,
    pub(super) denials: Vec<Denial>,
    pub(super) postings: Vec<PostingId>,
    pub(super) appeals: Vec<AppealId>,
    pub(super) write_offs: Vec<WriteOffId>,
    pub(super) rebills: Vec<RebillId>,
}

/// A claim with three denials, of which two are appealed and one is asked to be given up in part, and of which a part is the
/// patient's; a second one of the same patient, paid in part, that rebills may name; a third one of another patient and a
/// fourth one that replaces the first, not yet submitted.
pub async fn start(world: &World, connection: &mut AsyncPgConnection) -> (Books, Rows) {
    let mut books = Books::default();
    let mut rows = Rows {
        claims: Vec::new(),
        denials: Vec::new(),
        postings: Vec::new(),
        appeals: Vec::new(),
        write_offs: Vec::new(),
        rebills: Vec::new(),
    };
    for (patient, amount, submitted_on, replaces) in
        [(1, 100_000, Some(1), None), (1, 40_000, Some(1), None), (2, 30_000, None, None), (1, 90_000, None, Some(0))]
    {
        let new = NewClaim {
            patient_reference: format!("P-{patient}").parse().unwrap(),
            submitted_on: submitted_on.map(day),
            frequency_code: if replaces.is_some() { FrequencyCode::Replacement } else { FrequencyCode::Original },
            replaces_claim_id: replaces.map(|original: usize| rows.claims[original]),
            ..world.new_claim(&dollars(amount))
        };
        rows.claims.push(record(connection, &new).await.id);
        books.claims.push(books::Claim { patient, amount, replaces, follows: None, submitted_on, voided_on: None });
    }
    for (code, amount) in [("PR-1", 40_000), ("CO-197", 25_000), ("PR-2", 10_000)] {
        rows.denials.push(deny(connection, rows.claims[0], code, &dollars(amount)).await);
        books.denials.push(books::Denial { claim: 0, contractual: code.starts_with("CO"), amount });
    }
    for operation in [
        Operation::Post { claim: 1, kind: PostingKind::Payment, amount: 15_000 },
        Operation::Post { claim: 0, kind: PostingKind::PatientResponsibility, amount: 20_000 },
        Operation::OpenAppeal { denial: 2, level: 0, amount: 6_000, filed_on: Some(3) },
        Operation::OpenAppeal { denial: 1, level: 0, amount: 10_000, filed_on: None },
        Operation::RequestWriteOff { denial: 0, amount: 5_000 },
    ] {
        assert!(books.accept(&operation) && accept(connection, &mut rows, &operation).await);
    }
    assert!(rows.note_postings(connection, &books).await);
    (books, rows)
}

/// Whether the database accepted it; every refusal is one that a rule made.
pub async fn accept(connection: &mut AsyncPgConnection, rows: &mut Rows, operation: &Operation) -> bool {
    match perform(connection, rows, operation).await {
        Ok(()) => true,
        Err(Error::Query { kind, .. }) => {
            let rules = [
                QueryErrorKind::CheckViolation,
                QueryErrorKind::UniqueViolation,
                QueryErrorKind::ForeignKeyViolation,
                // What is filled in from a row that is not there.
                QueryErrorKind::NotNullViolation,
            ];
            let tampered = matches!(operation, Operation::Tamper { .. }) && kind == QueryErrorKind::PermissionDenied;
            assert!(rules.contains(&kind) || tampered, "{operation:?}: {kind:?}");
            false
        }
        Err(_) => false,
    }
}

async fn perform(connection: &mut AsyncPgConnection, rows: &mut Rows, operation: &Operation) -> Result<()> {
    match *operation {
        Operation::Submit { claim, day: on } => drop(claims::submit(connection, rows.claims[claim], day(on)).await?),
        Operation::Follow { claim, prior } => {
            let details = NewClaimDetails::builder().claim_id(rows.claims[claim]).payer_sequence(2);
            claims::note_details(connection, &details.prior_claim_id(rows.claims[prior]).build()).await?;
        }
        Operation::Void { claim, day: on } => drop(claims::void(connection, rows.claims[claim], day(on)).await?),
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
        Operation::Remark { denial, code } => {
            denials::add_remarks(connection, rows.denial(denial).0, &[code.parse()?]).await?;
        }
        Operation::Post { claim, kind, amount } => {
            post(connection, &on_claim(rows.claims[claim], kind, &dollars(amount))).await?;
        }
        Operation::Settle { denial, kind, amount } => {
            let (denial, claim) = rows.denial(denial);
            post(connection, &NewPosting { denial_id: Some(denial), ..on_claim(claim, kind, &dollars(amount)) })
                .await?;
        }
        Operation::PayAppeal { appeal, amount } => {
            let paid: Appeal =
                Appeal::query().filter(schema::appeals::id.eq(rows.appeal(appeal))).first(connection).await?;
            let row = on_claim(paid.claim_id, PostingKind::Payment, &dollars(amount));
            post(connection, &NewPosting { denial_id: Some(paid.denial_id), appeal_id: Some(paid.id), ..row }).await?;
        }
        Operation::TakeBack { posting, amount } => {
            let taken = rows.posting(posting);
            let taken: Posting = Posting::query().filter(schema::postings::id.eq(taken)).first(connection).await?;
            let amount = if taken.amount > SignedUsd::zero() { -amount } else { amount };
            let row = on_claim(taken.claim_id, taken.kind, &dollars(amount));
            post(connection, &NewPosting { denial_id: taken.denial_id, takes_back_id: Some(taken.id), ..row }).await?;
        }
        Operation::ReversePosting { posting } => {
            postings::reverse(connection, rows.posting(posting), day(5), "payment.poster", None).await?;
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
        Operation::ReleaseAppeal { appeal, day: on } => {
            appeals::release(connection, rows.appeal(appeal), day(on)).await?;
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
                Outcome::Paid => RebillOutcome::Paid,
                Outcome::PartiallyPaid => RebillOutcome::PartiallyPaid,
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

    fn posting(&self, number: usize) -> PostingId {
        self.postings.get(number).copied().unwrap_or_else(PostingId::new)
    }

    /// Finds what was posted since: what the books say, row by row, and nothing else.
    pub async fn note_postings(&mut self, connection: &mut AsyncPgConnection, books: &Books) -> bool {
        use schema::postings::{claim_id, id};
        let new = Posting::query().filter(claim_id.eq_any(&self.claims).and(id.ne_all(&self.postings)));
        let mut new: Vec<Posting> = new.load(connection).await.unwrap();
        for row in &books.postings[self.postings.len()..] {
            let denial = |number: Option<usize>| number.map(|number| self.denials[number].id);
            let posting = |number: Option<usize>| number.map(|number| self.postings[number]);
            let found = new.iter().position(|stored| {
                stored.claim_id == self.claims[row.claim]
                    && stored.denial_id == denial(row.denial)
                    && stored.unsettled_denial_id == denial(row.beyond)
                    && stored.kind == row.kind
                    && stored.amount.to_string() == dollars(row.amount)
                    && stored.moved_to_claim_id == row.moved_to.map(|claim| self.claims[claim])
                    && stored.reverses_id == posting(row.reverses)
                    && stored.takes_back_id == posting(row.takes_back)
            });
            let Some(found) = found else {
                println!("not posted: {row:?}");
                return false;
            };
            self.postings.push(new.remove(found).id);
        }
        new.is_empty()
    }

    /// Where the work list differs from the rule.
    pub async fn differences(&self, connection: &mut AsyncPgConnection) -> Vec<String> {
        let ids: Vec<String> = self.denials.iter().map(|denial| denial.id.to_string()).collect();
        let ids = format!("cast('{{{}}}' as uuid[])", ids.join(","));
        let differing = format!(
            "select coalesce(kept.denial_id, expected.denial_id)
             from (select * from denial_work_items where denial_id = any ({ids})) as kept
             full join expected_work_items({ids}) as expected on expected.denial_id = kept.denial_id
             where row(kept.*) is distinct from row(expected.*)"
        );
        texts(connection, &differing).await
    }
}
