//! How fast a large remittance is read: `cargo bench -p x12-claims`. 10,000 claims, 25,000 services, 40,000 adjustments.

#![allow(clippy::expect_used, clippy::as_conversions, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use x12_claims::remittance::{Remittance, RemittanceClaim, Service};
use x12_claims::{
    Adjustment, Content, Date, Details, Envelope, Party, Procedure, Reader, Reference, Remark, When, write,
};

const CLAIMS: usize = 10_000;
const SERVICES: usize = 25_000;
const ADJUSTMENTS: usize = 40_000;
const ROUNDS: usize = 15;

fn cents(cents: usize) -> BigDecimal {
    BigDecimal::new(cents.into(), 2)
}

fn service(number: usize) -> Service {
    // 8 of 5 services: the first three of five have two.
    let adjustments = if number % 5 < 3 { 2 } else { 1 };
    let adjustment = |index: usize| Adjustment {
        group: if index == 0 { "CO" } else { "PR" }.into(),
        reason: if index == 0 { "45" } else { "2" }.into(),
        amount: cents(1_234 + index * 700),
        quantity: None,
    };
    let day = NaiveDate::from_ymd_opt(2026, 1, 1 + u32::try_from(number % 28).expect("a day")).expect("a day");
    Service {
        procedure: Procedure {
            qualifier: "HC".into(),
            code: format!("{}", 90_000 + number % 9_000).into(),
            modifiers: if number.is_multiple_of(3) { vec!["25".into()] } else { Vec::new() },
            ..Procedure::default()
        },
        charge: cents(20_000 + number),
        paid: Some(cents(15_000)),
        units_paid: Some(1.into()),
        details: Details {
            dates: vec![Date { qualifier: "472".into(), when: When::Day(day) }],
            adjustments: (0..adjustments).map(adjustment).collect(),
            references: vec![Reference {
                qualifier: "6R".into(),
                value: format!("L{number}").into(),
                ..Reference::default()
            }],
            ..Details::default()
        },
        remarks: vec![Remark { list: "HE".into(), code: "N14".into() }],
        ..Service::default()
    }
}

fn claim(number: usize) -> RemittanceClaim {
    let person = |role: &str| Party {
        role: role.into(),
        kind: "1".into(),
        name: "LASTNAME".into(),
        first_name: "FIRSTNAME".into(),
        id_qualifier: "MI".into(),
        id: format!("W{number:09}").into(),
        ..Party::default()
    };
    let (first, last) = (number * SERVICES / CLAIMS, (number + 1) * SERVICES / CLAIMS);
    RemittanceClaim {
        control_number: format!("ACCOUNT{number:06}").into(),
        status: "1".into(),
        charge: cents(45_000),
        paid: cents(30_000),
        patient_responsibility: Some(cents(1_934)),
        filing_indicator: "12".into(),
        payer_control_number: format!("2026{number:010}").into(),
        facility_type: "11".into(),
        frequency: "1".into(),
        details: Details { parties: vec![person("QC"), person("82")], ..Details::default() },
        services: (first..last).map(service).collect(),
        ..RemittanceClaim::default()
    }
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let claims: Vec<RemittanceClaim> = (0..CLAIMS).map(claim).collect();
    let services = claims.iter().flat_map(|claim| &claim.services);
    assert_eq!(services.map(|service| service.details.adjustments.len()).sum::<usize>(), ADJUSTMENTS);
    let content = Content::Remittance(Box::new(Remittance {
        claims,
        date: NaiveDate::from_ymd_opt(2026, 1, 5),
        ..Remittance::default()
    }));
    let start = Instant::now();
    let text = write(&Envelope::default(), std::slice::from_ref(&content)).expect("it can be written");
    let written = start.elapsed();

    let (mut reads, mut frees) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let transaction = Reader::new(black_box(text.as_bytes())).next();
        reads.push(start.elapsed());
        let start = Instant::now();
        drop(black_box(transaction));
        frees.push(start.elapsed());
    }
    let (read_in, freed_in) = (median(reads), median(frees));
    let read = Reader::new(text.as_bytes()).next().expect("a transaction").expect("nothing to fail");
    assert!(read.content == content && read.problems.is_empty(), "what was read isn't what was written");

    let megabytes = text.len() as f64 / 1e6;
    println!("{megabytes:.1} MB: {CLAIMS} claims, {SERVICES} services, {ADJUSTMENTS} adjustments");
    println!("read at {:.0} MB/s (median of {ROUNDS}: {read_in:?})", megabytes / read_in.as_secs_f64());
    println!("read and freed at {:.0} MB/s", megabytes / (read_in + freed_in).as_secs_f64());
    println!("written at {:.0} MB/s ({written:?})", megabytes / written.as_secs_f64());
}
