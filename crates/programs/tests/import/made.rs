//! Made files: claims of a clinic, and what a payer answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use uuid::Uuid;
use x12_claims::claim::*;
use x12_claims::remittance::*;
use x12_claims::*;

pub const PAYER: &str = "60054";

pub fn money(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn date(qualifier: &str, text: &str) -> Date {
    Date { qualifier: qualifier.into(), when: When::Day(day(text)) }
}

pub fn party(role: &str, name: &str, qualifier: &str, id: &str) -> Party {
    Party {
        role: role.into(),
        kind: "2".into(),
        name: name.into(),
        id_qualifier: qualifier.into(),
        id: id.into(),
        ..Party::default()
    }
}

fn details(parties: Vec<Party>) -> Details {
    Details { parties, ..Details::default() }
}

/// A patient who is the insured.
pub fn subscriber(sequence: &str, last: &str, payer: &str) -> Subscriber {
    let patient = Party {
        kind: "1".into(),
        first_name: "ANN".into(),
        birth_date: Some(day("1970-02-03")).into(),
        sex: "F".into(),
        ..party("IL", last, "MI", "W123")
    };
    Subscriber {
        sequence: sequence.into(),
        relationship: "18".into(),
        filing_indicator: "CI".into(),
        details: details(vec![patient, party("PR", "A PAYER", "PI", payer)]),
        ..Subscriber::default()
    }
}

/// A visit on 2024-01-15 with a line for each code and charge.
pub fn visit(number: &str, lines: &[(&str, &str)]) -> Claim {
    let lines: Vec<Line> = (1..)
        .zip(lines)
        .map(|(number, (code, charge))| Line {
            number: number.to_string().into(),
            kind: LineKind::Professional,
            procedure: Procedure { qualifier: "HC".into(), code: (*code).into(), ..Procedure::default() },
            charge: money(charge),
            unit_basis: "UN".into(),
            units: Some(money("1")),
            pointers: vec!["1".into()],
            details: Details { dates: vec![date("472", "2024-01-15")], ..Details::default() },
            ..Line::default()
        })
        .collect();
    Claim {
        billing: Arc::new(BillingProvider {
            details: details(vec![party("85", "A CLINIC", "XX", "1234567893")]),
            ..BillingProvider::default()
        }),
        subscriber: Arc::new(subscriber("P", "DOE", PAYER)),
        control_number: number.into(),
        charge: lines.iter().map(|line| &line.charge).sum(),
        facility_type: "11".into(),
        facility_qualifier: "B".into(),
        frequency: "1".into(),
        codes: vec![HealthCode { qualifier: "ABK".into(), code: "J069".into(), ..HealthCode::default() }],
        lines,
        ..Claim::default()
    }
}

pub fn submission(reference: &str, sent_on: &str, claims: Vec<Claim>) -> Content {
    Content::Claims(Box::new(Submission {
        control_number: "0001".into(),
        structure: "0019".into(),
        purpose: "00".into(),
        reference: reference.into(),
        date: Some(day(sent_on)),
        time: "0900".into(),
        purpose_of_claims: "CH".into(),
        claims,
        ..Submission::default()
    }))
}

pub type Adjusted<'a> = &'a [(&'a str, &'a str, &'a str)];

/// An answer with a service for each code, charge, payment and its adjustments.
pub fn answer(number: &str, status: &str, services: &[(&str, &str, &str, Adjusted<'_>)]) -> RemittanceClaim {
    let services: Vec<Service> = services
        .iter()
        .map(|(code, charge, paid, adjustments)| Service {
            procedure: Procedure { qualifier: "HC".into(), code: (*code).into(), ..Procedure::default() },
            charge: money(charge),
            paid: Some(money(paid)),
            details: Details {
                dates: vec![date("472", "2024-01-15")],
                adjustments: adjustments
                    .iter()
                    .map(|(group, reason, amount)| Adjustment {
                        group: (*group).into(),
                        reason: (*reason).into(),
                        amount: money(amount),
                        quantity: None,
                    })
                    .collect(),
                ..Details::default()
            },
            ..Service::default()
        })
        .collect();
    RemittanceClaim {
        control_number: number.into(),
        status: status.into(),
        charge: services.iter().map(|service| &service.charge).sum(),
        paid: services.iter().filter_map(|service| service.paid.as_ref()).sum(),
        filing_indicator: "12".into(),
        payer_control_number: format!("ICN{number}").into(),
        services,
        ..RemittanceClaim::default()
    }
}

/// A check over what its claims are paid.
pub fn remittance(trace: &str, paid_on: &str, claims: Vec<RemittanceClaim>) -> Remittance {
    let payer = Party {
        kind: Text::default(),
        references: vec![Reference { qualifier: "2U".into(), value: "60054-2U".into(), ..Reference::default() }],
        ..party("PR", "A PAYER", "PI", PAYER)
    };
    Remittance {
        control_number: "1001".into(),
        handling: "I".into(),
        amount: claims.iter().map(|claim| &claim.paid).sum(),
        credit_or_debit: "C".into(),
        method: "ACH".into(),
        date: Some(day(paid_on)),
        trace: trace.into(),
        originator: "1999999999".into(),
        details: details(vec![payer, Party { kind: Text::default(), ..party("PE", "A CLINIC", "XX", "1234567893") }]),
        claims,
        ..Remittance::default()
    }
}

pub fn paid(remittance: Remittance) -> Content {
    Content::Remittance(Box::new(remittance))
}

/// A directory of its own, removed at the end.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("rcm-import-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, contents: &[Content]) -> &Self {
        self.put(name, write(&Envelope::default(), contents).unwrap())
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.0.join(name), bytes).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}
