//! What a remittance of 10,000 claims costs, with 25,000 services and 40,000 adjustments: stored, then matched and posted.
//!
//! With `BENCH_DATABASE_URL` in a database that is full already, such as one that `seed --volume` filled.

use std::fmt::Write;
use std::io::Cursor;
use std::time::{Duration, Instant};

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::SinkExt;
use private_postgres::TestDatabase;
use rcm_schema::Database;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{
    NewClaim, NewClaimLine, NewPayer, NewRemittance, NewRemittanceAdjustment, NewRemittanceClaim, NewRemittanceService,
};
use rcm_schema::schema::payers;
use rcm_schema::types::{ClaimId, ClaimType, PayerId, PayerType, RemittanceId};
use rcm_schema::workflow::Commit;
use rcm_schema::workflow::claims::{self, WholeClaim};
use rcm_schema::workflow::remittances::{self, WholeRemittance};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{Result, report};

const RUNS: usize = 3;

/// `remittances::record` against COPY of the same rows; `remittances::post`, whose time follows the number of claims.
pub async fn one_remittance() -> Result<()> {
    let own = TestDatabase::migrated(&DEFINITION).await?;
    let url = std::env::var("BENCH_DATABASE_URL").unwrap_or_else(|_| own.url().to_owned());
    let mut connection = Database::from_url(&url)?.connect().await?;
    let (client, driver) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(driver);
    let payer = payer(&mut connection).await?;
    for number in [2_500, 10_000] {
        let (mut ours, mut bare, mut posted) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let sent = sent(&mut connection, payer, number).await?;
            let other = self::sent(&mut connection, payer, number).await?;
            bare.push(copy(&client, &other).await?);
            let start = Instant::now();
            remittances::record(&mut connection, sha256(&sent), None, &sent).await?;
            ours.push(start.elapsed());
            let start = Instant::now();
            let outcome = remittances::post(&mut connection, sent.remittance.id, "bench.poster").await?;
            posted.push(start.elapsed());
            assert_eq!((outcome.posted, outcome.waiting), (number, 0));
        }
        posted.sort();
        println!("a remittance of {number} claims matched and posted: {:?}", posted[RUNS / 2]);
        report(&format!("a remittance of {number} claims by record / by COPY into the same tables"), ours, bare);
    }
    Ok(())
}

fn sha256(sent: &WholeRemittance) -> [u8; 32] {
    let mut sum = [0; 32];
    sum[..16].copy_from_slice(sent.remittance.id.0.as_bytes());
    sum
}

async fn payer(connection: &mut AsyncPgConnection) -> Result<PayerId> {
    let id = Uuid::now_v7().simple().to_string().to_uppercase();
    let payer = NewPayer::builder()
        .payer_id(format!("BENCH-{id}").parse()?)
        .name("Bench")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(payers::table).values(&payer).execute(connection).await?;
    Ok(payer.id)
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()
}

/// Records claims of two and three lines of 100.00, and makes the remittance that pays 60.00 of each: 40.00 is contractual,
/// or the patient's in part, or on every twentieth line denied.
async fn sent(connection: &mut AsyncPgConnection, payer: PayerId, number: usize) -> Result<WholeRemittance> {
    let id = RemittanceId::new();
    let remittance = NewRemittance::builder()
        .id(id)
        .transaction_number(1)
        .content_sha256([*id.0.as_bytes(), *id.0.as_bytes()].concat())
        .payer_id(payer)
        .trace_number(id.to_string())
        .paid_on(day());
    let (mut recorded, mut said, mut services, mut adjustments) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut total = BigDecimal::from(0);
    for at in 0..number {
        let claim = ClaimId::new();
        let number = format!("CLM-{}", claim.0.simple()).to_uppercase();
        let lines: i16 = if at % 2 == 0 { 2 } else { 3 };
        let new = NewClaim::builder()
            .id(claim)
            .claim_id(number.parse()?)
            .patient_reference("PATIENT-1".parse()?)
            .payer_id(payer)
            .claim_type(ClaimType::Professional)
            .amount(format!("{}00", lines).parse()?)
            .service_from(day())
            .service_to(day())
            .submitted_on(day())
            .build();
        let line = |number: i16| -> Result<NewClaimLine> {
            Ok(NewClaimLine::builder()
                .claim_id(claim)
                .line_number(number)
                .procedure_code(format!("9921{number}").parse()?)
                .charge_amount("100".parse()?)
                .service_date(day())
                .build())
        };
        recorded.push(WholeClaim { lines: (1..=lines).map(line).collect::<Result<_>>()?, ..WholeClaim::new(new) });
        let answer = NewRemittanceClaim::builder()
            .remittance_id(id)
            .claim_number(i32::try_from(at + 1)?)
            .patient_control_number(number)
            .claim_status("1")
            .charge_amount(BigDecimal::from(100 * lines))
            .paid_amount(BigDecimal::from(60 * lines))
            .build();
        total += &answer.paid_amount;
        let mut adjust = |service: i16, group: &str, reason: &str, amount: i32| {
            let before = adjustments
                .iter()
                .rev()
                .take_while(|one: &&NewRemittanceAdjustment| one.remittance_claim_id == answer.id);
            let number = i16::try_from(before.count() + 1).unwrap_or_default();
            let adjustment = NewRemittanceAdjustment::builder()
                .remittance_claim_id(answer.id)
                .adjustment_number(number)
                .service_number(service)
                .group_code(group)
                .reason_code(reason)
                .amount(BigDecimal::from(amount));
            adjustments.push(adjustment.build());
        };
        for service in 1..=lines {
            let of_line = NewRemittanceService::builder()
                .remittance_claim_id(answer.id)
                .service_number(service)
                .code_qualifier("HC")
                .code(format!("9921{service}"))
                .charge_amount(BigDecimal::from(100))
                .paid_amount(BigDecimal::from(60))
                .allowed_amount(BigDecimal::from(60))
                .service_from(day());
            services.push(of_line.build());
            match (services.len() % 20, services.len() % 5) {
                (0, _) => adjust(service, "CO", "197", 40),
                (_, 1..=3) => {
                    adjust(service, "CO", "45", 25);
                    adjust(service, "PR", "2", 15);
                }
                _ => adjust(service, "CO", "45", 40),
            }
        }
        said.push(answer);
    }
    claims::record_many(connection, &recorded, Commit::ByChunk).await?;
    Ok(WholeRemittance {
        remittance: remittance.total_amount(total).build(),
        claims: said,
        services,
        adjustments,
        remarks: Vec::new(),
        provider_adjustments: Vec::new(),
    })
}

/// The time of COPY of the same rows in one transaction, without that of writing the text.
async fn copy(client: &Client, sent: &WholeRemittance) -> Result<Duration> {
    let WholeRemittance { remittance, claims, services, adjustments, .. } = sent;
    let mut texts = [String::new(), String::new(), String::new()];
    for claim in claims {
        let number = claim.patient_control_number.as_deref().unwrap_or_default();
        writeln!(
            texts[0],
            "{}\t{}\t{}\t{number}\t1\t{}\t{}",
            claim.id, remittance.id, claim.claim_number, claim.charge_amount, claim.paid_amount
        )?;
    }
    for service in services {
        let code = service.code.as_deref().unwrap_or_default();
        writeln!(
            texts[1],
            "{}\t{}\tHC\t{code}\t{}\t{}\t{}\t{}",
            service.remittance_claim_id,
            service.service_number,
            service.charge_amount,
            service.paid_amount,
            service.allowed_amount,
            day()
        )?;
    }
    for adjustment in adjustments {
        let (group, reason) = (adjustment.group_code.as_deref(), adjustment.reason_code.as_deref());
        writeln!(
            texts[2],
            "{}\t{}\t{}\t{}\t{}\t{}",
            adjustment.remittance_claim_id,
            adjustment.adjustment_number,
            adjustment.service_number.unwrap_or_default(),
            group.unwrap_or_default(),
            reason.unwrap_or_default(),
            adjustment.amount
        )?;
    }
    let file = Uuid::now_v7();
    let start = Instant::now();
    client
        .batch_execute(&format!(
            "begin;
             insert into remittance_files (id, sha256) values ('{file}', sha256('{file}'));
             insert into remittances (id, file_id, transaction_number, content_sha256, payer_id, total_amount)
             values ('{}', '{file}', 1, sha256('{file}'), '{}', {})",
            remittance.id, remittance.payer_id, remittance.total_amount
        ))
        .await?;
    let columns = [
        "remittance_claims (id, remittance_id, claim_number, patient_control_number, claim_status, charge_amount, paid_amount)",
        "remittance_services (remittance_claim_id, service_number, code_qualifier, code, charge_amount, paid_amount, allowed_amount, service_from)",
        "remittance_adjustments (remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount)",
    ];
    for (text, columns) in texts.into_iter().zip(columns) {
        let mut sink = Box::pin(client.copy_in(&format!("copy {columns} from stdin")).await?);
        sink.send(Cursor::new(text.into_bytes())).await?;
        sink.close().await?;
    }
    client.batch_execute("commit").await?;
    Ok(start.elapsed())
}
