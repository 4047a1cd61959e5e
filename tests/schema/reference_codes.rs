//! What the reference data says where it once was wrong or vague, and the source that it is taken from.

use diesel_async::AsyncPgConnection;
use rcm_schema::models::{DenialCodeEntry, RemarkCodeEntry};
use rcm_schema::types::*;

use crate::catalog::{migrated, texts};

async fn entry(connection: &mut AsyncPgConnection, code: &str) -> DenialCodeEntry {
    DenialCodeEntry::by_code(connection, code).await.unwrap_or_else(|error| panic!("{code}: {error}"))
}

/// X12's list of 2024-06: what ended, what is new, what changed its meaning.
#[tokio::test]
async fn reasons_are_those_of_the_x12_list() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    let retired = entry(connection, "CO-15").await;
    assert_eq!(retired.valid_to, Some("2018-04-30".parse().unwrap()));
    assert_eq!(retired.source.unwrap(), "X12 CARC, 2024-06: stopped 2018-05-01; use 197, 284, 296, 302");
    for (code, category, action) in [
        ("CO-4", DenialCategory::CodingError, Action::Rebill),
        ("CO-236", DenialCategory::Bundling, Action::Appeal),
        ("CO-284", DenialCategory::Authorization, Action::Appeal),
        ("CO-296", DenialCategory::Authorization, Action::Appeal),
        ("CO-302", DenialCategory::Authorization, Action::Appeal),
        ("PR-26", DenialCategory::Eligibility, Action::TransferToPatient),
        ("PR-27", DenialCategory::Eligibility, Action::TransferToPatient),
        ("PR-31", DenialCategory::Eligibility, Action::TransferToPatient),
        ("PR-96", DenialCategory::NonCovered, Action::TransferToPatient),
        ("PR-119", DenialCategory::NonCovered, Action::TransferToPatient),
        ("PR-204", DenialCategory::NonCovered, Action::TransferToPatient),
    ] {
        let found = entry(connection, code).await;
        assert_eq!((found.category, found.recommended_action), (category, action), "{code}");
        assert_eq!(found.source.as_deref(), Some("X12 CARC, 2024-06"), "{code}");
        assert_eq!((found.valid_from, found.valid_to), (None, None), "{code}");
        let eligibility = found.usual_resolution.starts_with("Verify eligibility");
        assert_eq!(eligibility, action == Action::TransferToPatient, "{code}");
    }
    let modifier = entry(connection, "CO-4").await.description;
    assert!(modifier.contains("does not fit") && modifier.contains("2020-03-01"), "{modifier}");
    let missing = RemarkCodeEntry::by_code(connection, "N822").await.unwrap();
    assert_eq!(missing.recommended_action, Some(Action::Rebill));
    let reasons = "select cast(count(distinct split_part(denial_code, '-', 2)) as text) from denial_code_library";
    assert!(texts(connection, reasons).await[0].parse::<u32>().unwrap() >= 60);
}

/// DOMAIN: what a contract or law takes off is posted; X12 has 23 under group OA alone.
#[tokio::test]
async fn contractual_codes_are_posted() {
    let (_database, mut connection) = migrated().await;
    for code in ["CO-45", "CO-137", "CO-223", "CO-253", "OA-23", "OA-94"] {
        let found = entry(&mut connection, code).await;
        assert_eq!(found.recommended_action, Action::PostAdjustment, "{code}");
        assert!(!found.appealable, "{code}");
    }
}

/// Claims Processing Manual ch. 1 § 70.4; X12's text of MA130 and a DME MAC's decision tree.
#[tokio::test]
async fn some_decisions_have_no_appeal() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    let late = entry(connection, "CO-29").await;
    assert_eq!(late.not_appealable_by, Some(PayerTypes(vec![PayerType::Medicare])));
    assert_eq!(late.source.as_deref(), Some("Claims Processing Manual ch. 1 § 70.4"));
    assert!(late.appealable);
    let unprocessable = RemarkCodeEntry::by_code(connection, "MA130").await.unwrap();
    assert!(unprocessable.prevents_appeal);
    assert_eq!(unprocessable.recommended_action, Some(Action::Rebill));
    assert_eq!(unprocessable.source.as_deref(), Some("X12 RARC; DME MAC decision tree"));
    let elsewhere = RemarkCodeEntry::by_code(connection, "MA04").await.unwrap();
    assert_eq!((elsewhere.prevents_appeal, elsewhere.recommended_action), (false, Some(Action::Rebill)));
    assert_eq!(elsewhere.category, Some(DenialCategory::CoordinationOfBenefits));
    let documents = RemarkCodeEntry::by_code(connection, "N706").await.unwrap();
    assert_eq!((documents.prevents_appeal, documents.recommended_action), (false, None));
    assert!(documents.next_steps.unwrap().contains("documents"));
}
