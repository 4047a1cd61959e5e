//! The audit of a claim's coding: each documented example fires and doesn't, in memory and stored.

use rcm_schema::migrations::DEFINITION;

use chrono::{Days, NaiveDate};
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::models::{Claim, CodingRule, NewClaimDiagnosis, NewClaimLine, NewCodingRule};
use rcm_schema::types::{ClaimId, ClaimType, CodingRuleType, PayerId, ProcedureCode, ProcedureModifier, Severity, Usd};
use rcm_schema::workflow::coding_audit::{audit, audit_stored};

use crate::catalog::{migrated, run};
use diesel_async::RunQueryDsl;

/// Lines such as `99213-25@1,2+1`: procedure, modifiers, diagnosis pointers, days later.
fn lines(text: &str) -> Vec<NewClaimLine> {
    let first_day: NaiveDate = "2024-01-29".parse().unwrap();
    let lines = text.split_whitespace().enumerate().map(|(index, line)| {
        let (line, days) = line.split_once('+').unwrap_or((line, "0"));
        let (line, pointers) = line.split_once('@').unwrap_or((line, ""));
        let mut codes = line.split('-');
        let mut pointers = pointers.split(',').map(|pointer| pointer.parse().ok());
        let mut line = NewClaimLine::builder()
            .claim_id(ClaimId::new())
            .line_number(i16::try_from(index + 1).unwrap())
            .procedure_code(codes.next().unwrap().parse().unwrap())
            .charge_amount(Usd::zero())
            .service_date(first_day + Days::new(days.parse().unwrap()))
            .build();
        let mut modifiers = codes.map(|modifier| modifier.parse().unwrap());
        line.modifier_1 = modifiers.next();
        line.modifier_2 = modifiers.next();
        line.modifier_3 = modifiers.next();
        line.modifier_4 = modifiers.next();
        line.diagnosis_pointer_1 = pointers.next().flatten();
        line.diagnosis_pointer_2 = pointers.next().flatten();
        line.diagnosis_pointer_3 = pointers.next().flatten();
        line.diagnosis_pointer_4 = pointers.next().flatten();
        line
    });
    lines.collect()
}

fn diagnoses(text: &str) -> Vec<NewClaimDiagnosis> {
    (1..)
        .zip(text.split_whitespace())
        .map(|(ordinal, code)| {
            NewClaimDiagnosis::builder()
                .claim_id(ClaimId::new())
                .ordinal(ordinal)
                .diagnosis_code(code.parse().unwrap())
                .build()
        })
        .collect()
}

/// Line and rule of each finding.
fn found(rules: &[CodingRule], claim_type: ClaimType, lines_: &str, diagnoses_: &str) -> Vec<String> {
    let findings = audit(rules, claim_type, &lines(lines_), &diagnoses(diagnoses_));
    findings.into_iter().map(|finding| format!("{} {}", finding.line_number, finding.rule)).collect()
}

#[tokio::test]
async fn each_reference_rule_fires_and_doesnt() {
    const SEPARATE: &str = "Separate evaluation with a procedure";
    const ON_PROCEDURE: &str = "Modifier 25 belongs on the evaluation";
    const BILATERAL: &str = "Bilateral procedure billed by side";
    const HIGH_RISK: &str = "High-risk screening colonoscopy diagnosis";
    const SCREENING: &str = "Screening colonoscopy diagnosis";
    const AS_SCREENING: &str = "Colonoscopy billed as screening";
    const ROUTINE: &str = "Problem-oriented visit with a routine diagnosis alone";
    const TRACING: &str = "Electrocardiogram tracing with the complete service";
    const REPORT: &str = "Electrocardiogram report with the complete service";
    const PANEL: &str = "Basic with comprehensive metabolic panel";
    const BIOPSY: &str = "Diagnostic colonoscopy with a biopsy";
    let (_database, mut connection) = migrated().await;
    let rules = CodingRule::that_apply(&mut connection, PayerId::new()).await.unwrap();
    let mut fired = std::collections::BTreeSet::new();
    for (lines, diagnoses, expected) in [
        // Modifier 25.
        ("99213@1 11102@2", "I10 L57.0", vec![(1, SEPARATE)]),
        ("11102@2 99213@1", "I10 L57.0", vec![(2, SEPARATE)]),
        ("99213-25@1 11102@2", "I10 L57.0", vec![]),
        ("99213-57-25@1 11102@2", "I10 L57.0", vec![]),
        ("99213@1 11102@2+1", "I10 L57.0", vec![]),
        ("99213@1", "I10", vec![]),
        ("99213@1 99214@1", "I10", vec![]),
        ("99202@1 10004@1", "I10", vec![(1, SEPARATE)]),
        ("99499@1 69990@1", "I10", vec![(1, SEPARATE)]),
        ("99201@1 10004@1", "I10", vec![]),
        ("99213@1 10003@1", "I10", vec![]),
        ("99213@1 93000@1", "I10", vec![]),
        // Neither a HCPCS code nor a code of CPT category II is a procedure of 10004 to 69990.
        ("99213@1 G0121@2", "I10 Z12.11", vec![]),
        ("99213@1 3074F@1", "I10", vec![]),
        ("99213@1 11102-25@1", "I10", vec![(1, SEPARATE), (2, ON_PROCEDURE)]),
        ("3074F-25@1", "I10", vec![]),
        // Modifier 50.
        ("64721-RT@1 64721-LT@1", "G56.03", vec![(1, BILATERAL)]),
        ("64721-LT@1 64721-RT@1", "G56.03", vec![(2, BILATERAL)]),
        ("64721-50@1", "G56.03", vec![]),
        ("64721-RT@1", "G56.03", vec![]),
        ("64721-RT-LT@1", "G56.03", vec![]),
        ("64721-RT@1 64721-LT@1+1", "G56.03", vec![]),
        ("64721-RT@1 64718-LT@1", "G56.03", vec![]),
        ("64721-RT@1 64721-RT@1", "G56.03", vec![]),
        // Screening.
        ("G0121@1", "K57.30", vec![(1, SCREENING)]),
        ("G0121@1", "Z12.11", vec![]),
        ("G0121@1", "K57.30 Z12.11", vec![(1, SCREENING)]),
        ("G0121@1,2", "K57.30 Z12.11", vec![]),
        ("G0121", "Z12.11", vec![(1, SCREENING)]),
        ("G0121@3", "Z12.11", vec![(1, SCREENING)]),
        ("G0121@1", "Z12.12", vec![(1, SCREENING)]),
        ("G0105@1", "K57.30", vec![(1, HIGH_RISK)]),
        ("G0105@1", "Z86.0100", vec![]),
        ("G0105@1", "Z80.0", vec![]),
        ("45378@1", "K57.30", vec![]),
        ("45378-33@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-PT@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-59-PT@1", "K57.30", vec![(1, AS_SCREENING)]),
        ("45378-33@1", "Z12.11", vec![]),
        ("45378-PT@1", "Z86.010", vec![]),
        ("45378-59@1", "K57.30", vec![]),
        // A routine diagnosis alone.
        ("99213@1", "Z00.00", vec![(1, ROUTINE)]),
        ("99213@1", "Z00.01", vec![]),
        ("99213@1,2", "Z00.00 I10", vec![]),
        ("99213@1", "Z00.00 I10", vec![(1, ROUTINE)]),
        ("99213", "Z00.00", vec![]),
        ("99396@1", "Z00.00", vec![]),
        // Pairs.
        ("93000@1 93010@1", "I10", vec![(2, REPORT)]),
        ("93005@1 93000@1 93010@1", "I10", vec![(1, TRACING), (3, REPORT)]),
        ("93010@1", "I10", vec![]),
        ("93005@1 93010@1", "I10", vec![]),
        ("93000@1 93010@1+1", "I10", vec![]),
        ("80048@1 80053@1", "I10", vec![(1, PANEL)]),
        ("45378@1 45380@1", "K57.30", vec![(1, BIOPSY)]),
        // Errors first, then by line, then by name.
        (
            "99213@1 45378-33@1 45380@1 64721-RT@1 64721-LT@1",
            "Z00.00",
            vec![(1, SEPARATE), (2, AS_SCREENING), (2, BIOPSY), (1, ROUTINE), (4, BILATERAL)],
        ),
    ] {
        fired.extend(expected.iter().map(|(_, rule)| *rule));
        let expected: Vec<String> = expected.into_iter().map(|(line, rule)| format!("{line} {rule}")).collect();
        assert_eq!(found(&rules, ClaimType::Professional, lines, diagnoses), expected, "{lines} for {diagnoses}");
    }
    assert_eq!(fired.len(), rules.len(), "a rule never fired");
}

#[tokio::test]
async fn a_line_of_an_institutional_claim_is_for_every_diagnosis_of_the_claim() {
    let (_database, mut connection) = migrated().await;
    let rules = CodingRule::that_apply(&mut connection, PayerId::new()).await.unwrap();
    for (lines, diagnoses, findings) in [
        ("G0121", "K57.30 Z12.11", 0),
        ("G0121", "K57.30", 1),
        ("99213", "Z00.00", 1),
        ("99213", "Z00.00 I10", 0),
        ("99213", "", 0),
    ] {
        let found = found(&rules, ClaimType::Institutional, lines, diagnoses);
        assert_eq!(found.len(), findings, "{lines} for {diagnoses}: {found:?}");
    }
}

#[tokio::test]
async fn rules_of_an_organization_mean_what_the_columns_say() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, "delete from coding_rules").await;
    let rule = |rule_type, from: &str, to: &str| {
        NewCodingRule::builder()
            .name("Rule")
            .rule_type(rule_type)
            .procedure_from(from.parse().unwrap())
            .procedure_to(to.parse().unwrap())
            .message("Change it.")
            .severity(Severity::Info)
    };
    let modifier = |text: &str| -> ProcedureModifier { text.parse().unwrap() };
    let procedure = |text: &str| -> ProcedureCode { text.parse().unwrap() };
    for (rule, lines) in [
        // A line is not its own companion.
        (
            rule(CodingRuleType::ModifierRequired, "71045", "71046")
                .companion_is_same_procedure(true)
                .modifier(modifier("76"))
                .build(),
            [("71045", 0), ("71045 71045", 2), ("71045 71045-76", 1), ("71045 71046", 0)],
        ),
        (
            rule(CodingRuleType::IncompatibleCodes, "71045", "71046")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71048"))
                .build(),
            [("71045", 0), ("71045 71045", 2), ("71045 71048", 1), ("71045 71048+1", 0)],
        ),
        // Every type may need a companion.
        (
            rule(CodingRuleType::DiagnosisRequired, "99213", "99213")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71045"))
                .companion_modifier(modifier("TC"))
                .diagnosis_prefix_1("R")
                .build(),
            [("99213", 0), ("99213 71045", 0), ("99213 71045-TC", 1), ("99213@1 71045-TC", 0)],
        ),
        (
            rule(CodingRuleType::DiagnosisNotSpecific, "99213", "99213")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71045"))
                .diagnosis_prefix_1("Z")
                .diagnosis_prefix_2("R0")
                .build(),
            [("99213@1", 0), ("99213@1 71045", 1), ("99213@1,2 71045", 0), ("99213@1,3 71045", 1)],
        ),
        // Ranges hold one form of code, unless their ends differ.
        (
            rule(CodingRuleType::ModifierForbidden, "0001F", "9007F").modifier(modifier("GA")).build(),
            [("3074F-GA", 1), ("30740-GA", 0), ("G0121-GA", 0), ("0042T-GA", 0)],
        ),
        (
            rule(CodingRuleType::ModifierForbidden, "A0021", "J9999").modifier(modifier("GA")).build(),
            [("G0121-GA", 1), ("V5364-GA", 0), ("99213-GA", 0), ("A0021-GA", 1)],
        ),
        (
            rule(CodingRuleType::ModifierForbidden, "00100", "V5364").modifier(modifier("GA")).build(),
            [("3074F-GA", 1), ("99213-GA", 1), ("G0121-GA", 1), ("G0121", 0)],
        ),
    ] {
        diesel::insert_into(rcm_schema::schema::coding_rules::table)
            .values(&rule)
            .execute(&mut connection)
            .await
            .unwrap();
        let rules = CodingRule::that_apply(&mut connection, PayerId::new()).await.unwrap();
        for (lines, count) in lines {
            let found = found(&rules, ClaimType::Professional, lines, "R07.9 I10 Z00.00");
            assert_eq!(found.len(), count, "{lines}: {rule:?}");
        }
        run(&mut connection, "delete from coding_rules").await;
    }
}

#[tokio::test]
async fn the_demo_claim_without_modifier_25_is_found_and_its_rebill_is_clean() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    rcm_seeds::seed(&mut connection).await.unwrap();
    for (claim_id, expected) in [
        ("CLM-2024-001234", vec![]),
        ("CLM-2024-001237", vec![(Severity::Error, 1, "Separate evaluation with a procedure")]),
        ("CLM-2024-001567", vec![]),
        ("CLM-2024-001890", vec![]),
    ] {
        let claim = Claim::by_claim_id(&mut connection, claim_id).await.unwrap();
        let findings = audit_stored(&mut connection, claim.id).await.unwrap();
        assert!(findings.iter().all(|finding| finding.message.contains("modifier 25")));
        let found: Vec<_> =
            findings.iter().map(|finding| (finding.severity, finding.line_number, finding.rule.as_str())).collect();
        assert_eq!(found, expected, "{claim_id}");
    }
    // A payer's own rule, which only its claims must satisfy.
    run(
        &mut connection,
        "insert into coding_rules (name, payer_id, rule_type, procedure_from, procedure_to, diagnosis_prefix_1, message, severity)
         select 'Own rule', payer_id, 'diagnosis_required', '99213', '99213', 'Z', 'Test.', 'info'
         from claims where claim_id = 'CLM-2024-001567'",
    )
    .await;
    for (claim_id, count) in [("CLM-2024-001234", 0), ("CLM-2024-001237", 2), ("CLM-2024-001567", 1)] {
        let claim = Claim::by_claim_id(&mut connection, claim_id).await.unwrap();
        assert_eq!(audit_stored(&mut connection, claim.id).await.unwrap().len(), count, "{claim_id}");
    }
    let missing = audit_stored(&mut connection, ClaimId::new()).await;
    assert!(matches!(missing, Err(Error::NotFound)));
}
