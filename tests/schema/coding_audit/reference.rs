//! What the reference rules say: each correction of the field with its source.

use std::collections::BTreeSet;

use rcm_schema::models::CodingRule;
use rcm_schema::types::PayerId;

use super::{FEE_SCHEDULE, check};
use crate::catalog::{migrated, run};

pub const SEPARATE: &str = "Separate evaluation with a procedure";
pub const DECISION: &str = "Decision for surgery";
const ON_PROCEDURE: &str = "Modifier 25 belongs on the evaluation";
const BILATERAL: &str = "Bilateral procedure billed by side";
const NOT_BILATERAL: &str = "Modifier 50 on a procedure that takes none";
const HIGH_RISK: &str = "High-risk screening colonoscopy diagnosis";
const SCREENING: &str = "Screening colonoscopy diagnosis";
const AS_SCREENING: &str = "Colonoscopy billed as screening";
const ROUTINE: &str = "Problem-oriented visit with a routine diagnosis alone";
const TRACING: &str = "Electrocardiogram tracing with the complete service";
const REPORT: &str = "Electrocardiogram report with the complete service";
const PANEL: &str = "Basic with comprehensive metabolic panel";
const BIOPSY: &str = "Diagnostic colonoscopy with a biopsy";

#[tokio::test]
async fn each_reference_rule_fires_and_doesnt() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, FEE_SCHEDULE).await;
    let cases = vec![
        // Modifier 25, beside procedures of 0 and 10 global days.
        ("99213@1 11102@2", "I10 L57.0", vec![(1, SEPARATE)]),
        ("11102@2 99213@1", "I10 L57.0", vec![(2, SEPARATE)]),
        ("99213-25@1 11102@2", "I10 L57.0", vec![]),
        ("99213-57-25@1 11102@2", "I10 L57.0", vec![]),
        ("99213@1 11102@2+1", "I10 L57.0", vec![]),
        ("99213@1", "I10", vec![]),
        ("99213@1 99214@1", "I10", vec![]),
        ("99202@1 17000@1", "I10", vec![(1, SEPARATE)]),
        ("99499@1 17000@1", "I10", vec![(1, SEPARATE)]),
        ("99201@1 17000@1", "I10", vec![]),
        ("99213@1 10003@1", "I10", vec![]),
        ("99213@1 93000@1", "I10", vec![]),
        // An add-on has the period of its main procedure.
        ("99213@1 10004@1", "I10", vec![]),
        // Neither a HCPCS code nor a code of CPT category II is a procedure of 10004 to 69990.
        ("99213@1 G0121@2", "I10 Z12.11", vec![]),
        ("99213@1 3074F@1", "I10", vec![]),
        ("99213@1 11102-25@1", "I10", vec![(1, SEPARATE), (2, ON_PROCEDURE)]),
        ("3074F-25@1", "I10", vec![]),
        // A routine diagnosis alone.
        ("99213@1", "Z00.00", vec![(1, ROUTINE)]),
        ("99213@1", "Z00.01", vec![]),
        ("99213@1,2", "Z00.00 I10", vec![]),
        ("99213@1", "Z00.00 I10", vec![(1, ROUTINE)]),
        ("99213", "Z00.00", vec![]),
        ("99396@1", "Z00.00", vec![]),
        // Pairs are of one day.
        ("93000@1 93010@1", "I10", vec![(2, REPORT)]),
        ("93005@1 93000@1 93010@1", "I10", vec![(1, TRACING), (3, REPORT)]),
        ("93010@1", "I10", vec![]),
        ("93005@1 93010@1", "I10", vec![]),
        ("93000@1 93010@1+1", "I10", vec![]),
        // Errors first, then by line, then by name.
        (
            "99213@1 45378-33@1 45380@1 20610-RT@1 20610-LT@1",
            "Z00.00",
            vec![(1, SEPARATE), (2, AS_SCREENING), (2, BIOPSY), (1, ROUTINE), (4, BILATERAL)],
        ),
    ];
    check(&mut connection, cases).await;
}

/// Medicare Claims Processing Manual ch. 12 § 40.2: 57 for the decision on a procedure of 90 global days, 25 beside one of 0
/// or 10.
#[tokio::test]
async fn the_decision_for_major_surgery_takes_57() {
    let (_database, mut connection) = migrated().await;
    let (unknown, separate) = ("Decision for surgery?", "Separate evaluation with a procedure?");
    let cases = |indicators: bool| {
        vec![
            ("99213@1 27447@1", "I10", vec![(1, if indicators { DECISION } else { unknown })]),
            ("99213-57@1 27447@1", "I10", if indicators { vec![] } else { vec![(1, separate)] }),
            ("99213-25@1 27447@1", "I10", vec![(1, if indicators { DECISION } else { unknown })]),
            ("99213-25@1 11102@1", "I10", if indicators { vec![] } else { vec![(1, unknown)] }),
            ("99213-57@1 11102@1", "I10", vec![(1, if indicators { SEPARATE } else { separate })]),
            // One is known, the other not: of 10005 it can't tell.
            ("99213-25@1 11102@1 10005@1", "I10", vec![(1, unknown)]),
            // Both kinds on one day.
            (
                "99213@1 11102@1 27447@1",
                "I10",
                if indicators { vec![(1, DECISION), (1, SEPARATE)] } else { vec![(1, unknown)] },
            ),
        ]
    };
    check(&mut connection, cases(false)).await;
    run(&mut connection, FEE_SCHEDULE).await;
    check(&mut connection, cases(true)).await;
}

/// NCCI, 2024-07: 36415 pairs with 99211 alone; the fee schedule gives it no global period.
#[tokio::test]
async fn a_blood_draw_beside_a_visit_is_no_error() {
    let (_database, mut connection) = migrated().await;
    check(&mut connection, vec![("99213@1 36415@1", "I10", vec![]), ("99214@1 36415@1", "E11.9", vec![])]).await;
}

/// Noridian, modifier 50: with the bilateral indicator 1, inappropriate with 0, 2 and 9; with 3 either way.
#[tokio::test]
async fn modifier_50_needs_the_bilateral_indicator_1() {
    let (_database, mut connection) = migrated().await;
    let unknown = vec![
        ("64721-RT@1 64721-LT@1", "G56.03", vec![(1, "Bilateral procedure billed by side?")]),
        ("64721-50@1", "G56.03", vec![(1, "Modifier 50 on a procedure that takes none?")]),
        ("64721-RT@1", "G56.03", vec![]),
    ];
    check(&mut connection, unknown).await;
    run(&mut connection, FEE_SCHEDULE).await;
    let cases = vec![
        ("64721-RT@1 64721-LT@1", "G56.03", vec![(1, BILATERAL)]),
        ("64721-LT@1 64721-RT@1", "G56.03", vec![(2, BILATERAL)]),
        ("64721-50@1", "G56.03", vec![]),
        ("64721-RT@1", "G56.03", vec![]),
        ("64721-RT-LT@1", "G56.03", vec![]),
        ("64721-RT@1 64721-LT@1+1", "G56.03", vec![]),
        ("64721-RT@1 20610-LT@1", "G56.03", vec![]),
        ("64721-RT@1 64721-RT@1", "G56.03", vec![]),
        // 0, 2, 9: by side, never with 50.
        ("11102-RT@1 11102-LT@1", "L57.0", vec![]),
        ("11102-50@1", "L57.0", vec![(1, NOT_BILATERAL)]),
        ("58720-50@1", "N83.9", vec![(1, NOT_BILATERAL)]),
        ("70220-50@1", "J32.9", vec![(1, NOT_BILATERAL)]),
        // 3: each side at its full price.
        ("70210-50@1", "J32.9", vec![]),
        ("70210-RT@1 70210-LT@1", "J32.9", vec![]),
    ];
    check(&mut connection, cases).await;
}

/// NCCI edits of 2024-07: modifier indicator 1 for the electrocardiograms, 0 for the others.
#[tokio::test]
async fn a_modifier_bypasses_a_pair_of_indicator_1_alone() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, FEE_SCHEDULE).await;
    let cases = vec![
        ("93005-59@1 93000@1", "I10", vec![]),
        ("93005@1 93000-59@1", "I10", vec![]),
        ("93010-XE@1 93000@1", "I10", vec![]),
        ("93010-26@1 93000@1", "I10", vec![(1, REPORT)]),
        ("93010-59@1 93000@1 93005@1", "I10", vec![(3, TRACING)]),
        // The other complete service is set apart, this one not.
        ("93005@1 93000-59@1 93000@1", "I10", vec![(1, TRACING)]),
        ("80048@1 80053@1", "I10", vec![(1, PANEL)]),
        ("80048-59@1 80053@1", "I10", vec![(1, PANEL)]),
        ("80048-91@1 80053@1", "I10", vec![(1, PANEL)]),
        ("45378@1 45380@1", "K57.30", vec![(1, BIOPSY)]),
        ("45378-59@1 45380@1", "K57.30", vec![(1, BIOPSY)]),
        ("45378-XS@1 45380-59@1", "K57.30", vec![(1, BIOPSY)]),
    ];
    check(&mut connection, cases).await;
}

/// 42 CFR 410.37, ICD-10-CM 2024 and 2025: each risk has its own diagnoses; Z86.010 is a header since 2024-10-01. The lines
/// are of 2024-01-29 and days after it; the 246th is 2024-10-01.
#[tokio::test]
async fn a_screening_colonoscopy_has_the_diagnosis_of_its_risk() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, FEE_SCHEDULE).await;
    let mut cases = vec![
        ("G0121@1", "Z12.11", vec![]),
        ("G0121@1", "K57.30", vec![(1, SCREENING)]),
        ("G0121@1", "K57.30 Z12.11", vec![(1, SCREENING)]),
        ("G0121@1,2", "K57.30 Z12.11", vec![]),
        ("G0121", "Z12.11", vec![(1, SCREENING)]),
        ("G0121@3", "Z12.11", vec![(1, SCREENING)]),
        ("G0121@1", "Z12.12", vec![(1, SCREENING)]),
        ("G0121@1", "Z80.0", vec![(1, SCREENING)]),
        ("G0105@1", "Z12.11", vec![(1, HIGH_RISK)]),
        ("G0105@1", "K57.30", vec![(1, HIGH_RISK)]),
        // A code that was one until it got codes below it.
        ("G0105@1", "Z86.010", vec![]),
        ("G0105@1+245", "Z86.010", vec![]),
        ("G0105@1+246", "Z86.010", vec![(1, HIGH_RISK)]),
        ("G0105@1+246", "Z86.0101", vec![]),
        ("G0105@1", "Z83.71", vec![(1, HIGH_RISK)]),
        ("G0105@1", "K50", vec![(1, HIGH_RISK)]),
        ("45378@1", "K57.30", vec![]),
        ("45378-33@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-PT@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-59-PT@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-33@1", "Z12.11", vec![]),
        ("45378-59@1", "K57.30", vec![]),
    ];
    for diagnosis in ["Z80.0", "Z83.710", "Z83.719", "Z85.038", "Z86.0109", "K50.90", "K51.00"] {
        cases.extend([("G0105@1", diagnosis, vec![]), ("45378-PT@1", diagnosis, vec![])]);
    }
    check(&mut connection, cases).await;
}

#[tokio::test]
async fn no_reference_rule_is_without_a_case() {
    let (_database, mut connection) = migrated().await;
    let rules = CodingRule::that_apply(&mut connection, PayerId::new()).await.unwrap();
    let named = BTreeSet::from([
        SEPARATE,
        DECISION,
        ON_PROCEDURE,
        BILATERAL,
        NOT_BILATERAL,
        HIGH_RISK,
        SCREENING,
        AS_SCREENING,
        ROUTINE,
        TRACING,
        REPORT,
        PANEL,
        BIOPSY,
    ]);
    assert_eq!(rules.iter().map(|rule| rule.name.as_str()).collect::<BTreeSet<_>>(), named);
}
