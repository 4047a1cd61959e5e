//! What a service sends and takes as JSON: values as the text that they are shown as, rows without patient references, pages
//! by opaque cursors.

use std::fmt::Debug;
use std::str::FromStr;

use rcm_schema::models::{Claim, Cursor, Denial, DenialFilter, Payer, WriteOff, WriteOffFilter};
use rcm_schema::reports;
use rcm_schema::types::*;
use rcm_schema::views::{Assigned, DenialToWork, DenialTriage, Triage, WorkListFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

use crate::catalog::migrated;
use crate::fixture;

/// It is written as its text, read back, and what it isn't is refused in words that don't repeat it.
fn is_its_text<T: Serialize + DeserializeOwned + FromStr + PartialEq + Debug>(text: &str) {
    let value: T = from_value(json!(text)).unwrap();
    assert_eq!(text.parse().ok().as_ref(), Some(&value));
    assert_eq!(to_value(&value).unwrap(), json!(text));
    let refused = from_value::<T>(json!("c@nary")).unwrap_err().to_string();
    assert!(!refused.contains("c@nary"), "{refused}");
}

#[test]
fn values_are_the_text_that_they_are_shown_as() {
    is_its_text::<ClaimId>("0192b5a2-7c3e-7abc-8def-0123456789ab");
    is_its_text::<ResolutionStatus>("pending");
    is_its_text::<DenialCode>("CO-197");
    is_its_text::<BusinessId>("CLM-2024-001235");
    is_its_text::<Usd>("125.00");
    is_its_text::<SignedUsd>("-125.00");
    is_its_text::<UsdTotal>("10000000000.00");
    for status in ClaimStatus::ALL {
        is_its_text::<ClaimStatus>(status.as_str());
    }
    // A number would have been a float on its way.
    assert!(from_value::<Usd>(json!(125.0)).is_err());
    let patient: PatientReference = from_value(json!("P-1")).unwrap();
    assert_eq!(patient.reveal(), "P-1");
}

#[tokio::test]
async fn rows_and_reports_are_their_columns_without_patient_references() {
    let (_database, mut owner) = migrated().await;
    fixture::fill(&mut owner).await;
    let connection = &mut owner;
    let denials = Denial::list(connection, &DenialFilter::default(), None, 9).await.unwrap();
    let denial = to_value(&denials[0]).unwrap();
    assert_eq!(denial["denial_code"], json!(denials[0].denial_code.as_str()));
    assert_eq!(denial["open_amount"], json!(denials[0].open_amount.to_string()));
    assert_eq!(denial["denied_on"], json!(denials[0].denied_on.to_string()));

    let claim: Claim = Claim::by_id(connection, denials[0].claim_id).await.unwrap();
    let written = to_value(&claim).unwrap();
    assert_eq!(written["claim_id"], json!(claim.claim_id.as_str()));
    assert!(!written.to_string().contains(claim.patient_reference.reveal()), "{written}");
    assert_eq!(written.get("patient_reference"), None);

    let payer = Payer::by_id(connection, claim.payer_id).await.unwrap();
    assert_eq!(to_value(&payer).unwrap()["payer_type"], json!(payer.payer_type.as_str()));
    let triage = DenialTriage::by_denial(connection, denials[0].id).await.unwrap();
    assert!(to_value(&triage).unwrap().is_object());
    let report = reports::denials(connection, DenialGrouping::Code, DateRange::default(), None).await.unwrap();
    assert_eq!(to_value(&report).unwrap()[0]["denied_amount"], json!(report[0].denied_amount.to_string()));
    fn is_written<T: Serialize>() {}
    is_written::<(WriteOff, DenialToWork, Triage, reports::AppealReport)>();
}

#[test]
fn a_filter_is_read_from_what_it_is_given() {
    let filter: DenialFilter =
        from_value(json!({ "resolution_status": "pending", "denied_on": { "from": "2024-01-01" } })).unwrap();
    let from = "2024-01-01".parse().ok();
    let expected = DenialFilter {
        resolution_status: Some(ResolutionStatus::Pending),
        denied_on: DateRange { from, to: None },
        ..DenialFilter::default()
    };
    assert_eq!(filter, expected);
    assert_eq!(from_value::<WriteOffFilter>(json!({})).unwrap(), WriteOffFilter::default());
    let mine: WorkListFilter = from_value(json!({ "assigned": { "to": "biller" } })).unwrap();
    assert_eq!(mine.assigned, Some(Assigned::To(String::from("biller"))));
}

#[tokio::test]
async fn a_cursor_is_opaque_text_that_goes_on_where_it_was() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let all = DenialFilter::default();
    let first = Denial::list(&mut connection, &all, None, 1).await.unwrap();
    let sent = to_value(Cursor::from(&first[0])).unwrap();
    let Value::String(text) = &sent else { panic!("{sent}") };
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'), "safe in a URL: {text}");
    let after = from_value(sent).unwrap();
    let second = Denial::list(&mut connection, &all, Some(after), 1).await.unwrap();
    assert_eq!(second[..], Denial::list(&mut connection, &all, None, 2).await.unwrap()[1..]);
    for forged in ["", "1.", "1.zz", "1.5b", "2.5b5d", "canary"] {
        let refused = from_value::<Cursor<(chrono::NaiveDate, DenialId)>>(json!(forged)).err().unwrap().to_string();
        assert!(refused.contains("begin at its first page") && !refused.contains("canary"), "{refused}");
    }
}
