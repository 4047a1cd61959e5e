//! The work of a billing office, through the workflow commands alone, and what must be true of it whatever breaks.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{
    Denial, NewAppeal, NewClaim, NewClaimDetails, NewClaimDiagnosis, NewClaimLine, NewDenial, NewPatientCorrection,
    NewPayer, NewPayerIdentifier, NewPosting, NewRebill, NewWriteOff,
};
use rcm_schema::schema::{claims, payers};
use rcm_schema::types::{
    AppealLevel, ClaimId, ClaimIds, ClaimType, PayerId, PayerIdentifierQualifier, PayerType, PostingKind, RebillReason,
    Usd, WriteOffCategory, WriteOffReason,
};
use rcm_schema::workflow::appeals::AppealDecision;
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::rebills::RebillOutcome;
use rcm_schema::workflow::reconcile;
use rcm_schema::{Result, workflow as commands};
use uuid::Uuid;

pub fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 3, day).unwrap()
}

pub fn dollars(amount: &str) -> Usd {
    amount.parse().unwrap()
}

/// Who pays for all that follows.
pub async fn add_payer(connection: &mut AsyncPgConnection) -> PayerId {
    let payer = NewPayer::builder()
        .payer_id("PAYER-1".parse().unwrap())
        .name("A payer")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(payers::table).values(&payer).execute(connection).await.unwrap();
    payer.id
}

/// What comes later: the claim of a second payer, a patient of another name, a payer that was entered twice.
pub async fn change_who_it_was(connection: &mut AsyncPgConnection, payer: PayerId) {
    let mut pair = Vec::new();
    for _ in 0..2 {
        pair.push(record_claim(connection, payer).await.unwrap());
    }
    let owed = NewPosting::builder()
        .claim_id(pair[0])
        .kind(PostingKind::PatientResponsibility)
        .amount("20".parse().unwrap())
        .posted_on(day(3))
        .posted_by("payment.poster")
        .build();
    commands::postings::post(connection, None, &[owed]).await.unwrap();
    let details = NewClaimDetails::builder().claim_id(pair[1]).payer_sequence(2).prior_claim_id(pair[0]).build();
    commands::claims::note_details(connection, &details).await.unwrap();
    let correction = NewPatientCorrection::builder()
        .from_reference("PATIENT-1".parse().unwrap())
        .to_reference("PATIENT-2".parse().unwrap())
        .claim_ids(ClaimIds(pair))
        .corrected_by("registrar")
        .build();
    commands::claims::correct_patient(connection, &correction).await.unwrap();
    let again = NewPayer::builder()
        .payer_id("PAYER-2".parse().unwrap())
        .name("The same payer")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(payers::table).values(&again).execute(connection).await.unwrap();
    let number =
        NewPayerIdentifier { qualifier: PayerIdentifierQualifier::TaxId, value: "1".into(), payer_id: again.id };
    commands::payers::identify(connection, &number).await.unwrap();
    commands::payers::merge(connection, again.id, payer, "billing.manager").await.unwrap();
}

/// A claim of 100.00 with its diagnosis and two lines.
pub fn new_claim(payer: PayerId) -> WholeClaim {
    let name = format!("CLM-{}", &Uuid::now_v7().simple().to_string().to_uppercase()[..30]);
    let claim = NewClaim::builder()
        .claim_id(name.parse().unwrap())
        .patient_reference("PATIENT-1".parse().unwrap())
        .payer_id(payer)
        .claim_type(ClaimType::Professional)
        .amount(dollars("100.00"))
        .service_from(day(1))
        .service_to(day(1))
        .submitted_on(day(2))
        .build();
    let diagnosis =
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code("I10".parse().unwrap()).build();
    let lines = [(1, "99213", "60.00"), (2, "93000", "40.00")].map(|(number, code, charge)| {
        NewClaimLine::builder()
            .claim_id(claim.id)
            .line_number(number)
            .procedure_code(code.parse().unwrap())
            .charge_amount(dollars(charge))
            .service_date(day(1))
            .diagnosis_pointer_1(1)
            .build()
    });
    WholeClaim { diagnoses: vec![diagnosis], lines: lines.into(), ..WholeClaim::new(claim) }
}

/// A claim, recorded and submitted.
pub async fn record_claim(connection: &mut AsyncPgConnection, payer: PayerId) -> Result<ClaimId> {
    Ok(commands::claims::record(connection, &new_claim(payer)).await?.id)
}

/// A denial of 60.00 on the claim.
pub async fn deny(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Denial> {
    let denial = NewDenial::builder()
        .claim_id(claim)
        .denial_code("CO-197".parse().unwrap())
        .denied_on(day(5))
        .denial_amount(dollars("60.00"))
        .build();
    commands::denials::record(connection, &denial).await
}

/// A write-off of 25.00 that waits for approval.
pub fn new_write_off(denial: &Denial) -> NewWriteOff {
    NewWriteOff::builder(denial)
        .amount(dollars("25.00"))
        .reason(WriteOffReason::BelowThreshold)
        .category(WriteOffCategory::Administrative)
        .requested_by("billing.clerk")
        .requested_on(day(6))
        .build()
}

/// An appeal for all of the denial, filed.
pub fn new_appeal(denial: &Denial) -> NewAppeal {
    NewAppeal::builder(denial)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount(dollars("60.00"))
        .due_on(day(20))
        .filed_on(day(7))
        .reason("it was authorized")
        .build()
}

/// What the payer paid for the denial.
pub fn payment_for(denial: &Denial, amount: &str) -> NewPosting {
    NewPosting::settling(denial)
        .kind(PostingKind::Payment)
        .amount(amount.parse().unwrap())
        .posted_on(day(20))
        .posted_by("payment.poster")
        .build()
}

/// What the payer paid for a claim, and what its contract took off, once.
async fn post_payment(connection: &mut AsyncPgConnection, claim: ClaimId, paid: &str, adjusted: &str) -> Result<()> {
    let rows = [(PostingKind::Payment, paid), (PostingKind::ContractualAdjustment, adjusted)].map(|(kind, amount)| {
        NewPosting::builder()
            .claim_id(claim)
            .kind(kind)
            .amount(amount.parse().unwrap())
            .posted_on(day(20))
            .posted_by("payment.poster")
            .build()
    });
    let key = format!("remittance-of-{claim}").parse()?;
    commands::postings::post(connection, Some(&key), &rows).await?;
    Ok(())
}

/// One claim from its recording to the end of its denial, a step a command; which way depends on `turn`.
/// Returns the claims whose recording was confirmed, also where a later step fails.
pub async fn work_one(
    connection: &mut AsyncPgConnection,
    payer: PayerId,
    turn: usize,
    confirmed: &mut Vec<ClaimId>,
) -> Result<()> {
    let claim = record_claim(connection, payer).await?;
    confirmed.push(claim);
    post_payment(connection, claim, "30.00", "10.00").await?;
    let denial = deny(connection, claim).await?;
    match turn % 4 {
        0 => {
            let appeal = commands::appeals::open(connection, &new_appeal(&denial)).await?;
            let decision = AppealDecision::PartiallyApproved(dollars("45.00"));
            commands::appeals::decide(connection, appeal.id, decision, day(15), Some("paid in part")).await?;
            let payment = NewPosting { appeal_id: Some(appeal.id), ..payment_for(&denial, "45.00") };
            commands::postings::post(connection, None, &[payment]).await?;
            let rest = NewWriteOff { amount: dollars("15.00"), ..new_write_off(&denial) };
            let rest = commands::write_offs::request(connection, &rest).await?;
            commands::write_offs::approve(connection, rest.id, "billing.manager", day(16)).await?;
        }
        1 => {
            let write_off = commands::write_offs::request(connection, &new_write_off(&denial)).await?;
            commands::write_offs::approve(connection, write_off.id, "billing.manager", day(8)).await?;
            commands::write_offs::reverse(connection, write_off.id, "billing.manager", day(9)).await?;
            commands::write_offs::request(connection, &new_write_off(&denial)).await?;
        }
        2 => {
            let rebill =
                NewRebill::builder(&denial).reason(RebillReason::AddedModifier).changes("modifier 25 added").build();
            let rebill = commands::rebills::open(connection, &rebill).await?;
            let corrected = record_claim(connection, payer).await?;
            confirmed.push(corrected);
            commands::rebills::submit(connection, rebill.id, corrected, day(10)).await?;
            post_payment(connection, corrected, "50.00", "10.00").await?;
            commands::rebills::resolve(connection, rebill.id, RebillOutcome::Paid, day(25)).await?;
        }
        _ => {
            let payment = payment_for(&denial, "20.00");
            commands::postings::post(connection, None, std::slice::from_ref(&payment)).await?;
            commands::postings::reverse(connection, payment.id, day(21), "payment.poster", None).await?;
            commands::appeals::open(connection, &new_appeal(&denial)).await?;
        }
    }
    Ok(())
}

/// Whatever was confirmed is there, and nothing is there by half.
pub async fn assert_whole(connection: &mut AsyncPgConnection, confirmed: &[ClaimId]) {
    assert_eq!(reconcile(connection).await.unwrap(), []);
    let stored: HashSet<ClaimId> =
        claims::table.select(claims::id).load(connection).await.unwrap().into_iter().collect();
    let lost = confirmed.iter().filter(|claim| !stored.contains(claim)).count();
    assert_eq!(lost, 0, "of {} claims whose recording was confirmed", confirmed.len());
    assert_eq!(half_done(connection).await, 0, "decisions that posted nothing, or claims without what came with them");
}

/// What `reconcile` can't see: a decision whose posting is missing, a claim without its diagnosis.
async fn half_done(connection: &mut AsyncPgConnection) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let query = diesel::sql_query(
        "select count(*) as count from (
             select id from write_offs where status in ('approved', 'reversed')
                 and not exists (select from postings where write_off_id = write_offs.id and amount > 0)
             union all
             select id from write_offs where status = 'reversed'
                 and not exists (select from postings where write_off_id = write_offs.id and amount < 0)
             union all
             select id from rebills where submitted_on is not null
                 and not exists (select from postings where rebill_id = rebills.id)
             union all
             select id from claims where not exists (select from claim_diagnoses where claim_id = claims.id)
                 or (select count(*) from claim_lines where claim_id = claims.id) <> 2
         ) as half",
    );
    query.get_result::<Row>(connection).await.unwrap().count
}
