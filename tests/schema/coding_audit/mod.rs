//! The audit of a claim's coding: each documented example fires and doesn't, in memory and stored.

mod reference;

use chrono::{Days, NaiveDate};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{
    Claim, CodingRuleDiagnosis, NewClaimDiagnosis, NewClaimLine, NewCodingRule, ProcedureIndicators,
};
use rcm_schema::types::{
    BilateralIndicator, ClaimId, ClaimType, CodingRuleType, GlobalDays, PayerId, ProcedureCode, ProcedureModifier,
    Severity, Usd,
};
use rcm_schema::workflow::coding_audit::{CodingFinding, RiskLevel, Rulebook, audit, audit_stored, load_indicators};

use crate::catalog::{migrated, run};
use reference::{DECISION, SEPARATE};

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

/// The fee schedule of 2024-07 says so of these, as decoded from a public copy.
const FEE_SCHEDULE: &str = "
    insert into procedure_indicators (procedure_code, valid_from, global_days, bilateral_indicator)
    values
        ('10004', '2024-01-01', 'ZZZ', '0'), ('11102', '2024-01-01', '000', '0'), ('12001', '2024-01-01', '000', '0'),
        ('17000', '2024-01-01', '010', '0'), ('20610', '2024-01-01', '000', '1'), ('27447', '2024-01-01', '090', '1'),
        ('45378', '2024-01-01', '000', '0'), ('45380', '2024-01-01', '000', '0'), ('58720', '2024-01-01', '090', '2'),
        ('64721', '2024-01-01', '090', '1'), ('70210', '2024-01-01', 'XXX', '3'), ('70220', '2024-01-01', 'XXX', '9')";

/// The rules for any payer, and what is known of the procedures of these lines.
async fn rulebook(connection: &mut AsyncPgConnection, lines_: &str) -> Rulebook {
    Rulebook::of(connection, PayerId::new(), &lines(lines_)).await.unwrap()
}

/// Line and rule of each finding; what can't be told has a question mark.
async fn found(
    connection: &mut AsyncPgConnection,
    claim_type: ClaimType,
    lines_: &str,
    diagnoses_: &str,
) -> Vec<(i16, String)> {
    let rulebook = rulebook(connection, lines_).await;
    let audit = audit(&rulebook, claim_type, &lines(lines_), &diagnoses(diagnoses_));
    assert_eq!(audit.passed, audit.findings.iter().all(|finding| finding.severity != Severity::Error));
    let named = |finding: CodingFinding| {
        let unknown = if finding.message.starts_with("Can't tell") { "?" } else { "" };
        (finding.line_number, format!("{}{unknown}", finding.rule))
    };
    audit.findings.into_iter().map(named).collect()
}

type Case = (&'static str, &'static str, Vec<(i16, &'static str)>);

/// Lines, diagnoses, and the findings that they are to have.
async fn check(connection: &mut AsyncPgConnection, cases: Vec<Case>) {
    for (lines, diagnoses, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(line, rule)| (line, rule.to_owned())).collect();
        let found = found(connection, ClaimType::Professional, lines, diagnoses).await;
        assert_eq!(found, expected, "{lines} for {diagnoses}");
    }
}

#[tokio::test]
async fn an_audit_says_whether_it_passed_and_how_great_the_risk_is() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, FEE_SCHEDULE).await;
    for (lines_, diagnoses_, passed, risk_level, summary) in [
        ("99213-25@2 11102@2", "Z00.00 L57.0", true, RiskLevel::Low, "Nothing to change."),
        ("99213@1", "Z00.00", true, RiskLevel::Medium, "1 warning."),
        ("99213@1 11102@2", "Z00.00 L57.0", false, RiskLevel::High, "1 error, 1 warning."),
        ("93005@1 93000@1 93010@1", "I10", false, RiskLevel::High, "2 errors."),
        // What can't be told is a step less than the rule.
        ("99213@2 10005@2", "Z00.00 I10", true, RiskLevel::Medium, "1 warning."),
        ("64700-RT@1 64700-LT@1", "I10", true, RiskLevel::Low, "1 note."),
    ] {
        let rulebook = rulebook(&mut connection, lines_).await;
        let audit = audit(&rulebook, ClaimType::Professional, &lines(lines_), &diagnoses(diagnoses_));
        assert_eq!((audit.passed, audit.risk_level, audit.summary.as_str()), (passed, risk_level, summary), "{lines_}");
    }
}

#[tokio::test]
async fn the_indicators_of_the_day_of_service_count_and_are_loaded_again() {
    let (_database, mut connection) = migrated().await;
    let of = |valid_from: &str, global_days| {
        ProcedureIndicators::builder()
            .procedure_code("27447".parse().unwrap())
            .valid_from(valid_from.parse().unwrap())
            .global_days(global_days)
            .bilateral_indicator(BilateralIndicator::TakesModifier50)
            .build()
    };
    let known = [of("2024-01-30", GlobalDays::Ninety), of("2024-02-01", GlobalDays::NotApplicable)];
    load_indicators(&mut connection, &known).await.unwrap();
    load_indicators(&mut connection, &[of("2024-02-01", GlobalDays::Ten)]).await.unwrap();
    let cases = vec![
        ("99213@1 27447@1", "I10", vec![(1, "Decision for surgery?")]),
        ("99213@1+1 27447@1+1", "I10", vec![(1, DECISION)]),
        ("99213@1+2 27447@1+2", "I10", vec![(1, DECISION)]),
        ("99213@1+3 27447@1+3", "I10", vec![(1, SEPARATE)]),
    ];
    check(&mut connection, cases).await;
}

#[tokio::test]
async fn a_line_of_an_institutional_claim_is_for_every_diagnosis_of_the_claim() {
    let (_database, mut connection) = migrated().await;
    for (lines, diagnoses, findings) in [
        ("G0121", "K57.30 Z12.11", 0),
        ("G0121", "K57.30", 1),
        ("99213", "Z00.00", 1),
        ("99213", "Z00.00 I10", 0),
        ("99213", "", 0),
    ] {
        let found = found(&mut connection, ClaimType::Institutional, lines, diagnoses).await;
        assert_eq!(found.len(), findings, "{lines} for {diagnoses}: {found:?}");
    }
}

const DELETE: &str = "delete from coding_rule_diagnoses; delete from coding_rules";

#[tokio::test]
async fn rules_of_an_organization_mean_what_the_columns_say() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, DELETE).await;
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
    for (rule, prefixes, lines) in [
        // A line is not its own companion.
        (
            rule(CodingRuleType::ModifierRequired, "71045", "71046")
                .companion_is_same_procedure(true)
                .modifier(modifier("76"))
                .build(),
            "",
            [("71045", 0), ("71045 71045", 2), ("71045 71045-76", 1), ("71045 71046", 0)],
        ),
        (
            rule(CodingRuleType::IncompatibleCodes, "71045", "71046")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71048"))
                .build(),
            "",
            [("71045", 0), ("71045 71045", 2), ("71045 71048", 1), ("71045 71048+1", 0)],
        ),
        // Every type may need a companion.
        (
            rule(CodingRuleType::DiagnosisRequired, "99213", "99213")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71045"))
                .companion_modifier(modifier("TC"))
                .build(),
            "R",
            [("99213", 0), ("99213 71045", 0), ("99213 71045-TC", 1), ("99213@1 71045-TC", 0)],
        ),
        (
            rule(CodingRuleType::DiagnosisNotSpecific, "99213", "99213")
                .companion_from(procedure("71045"))
                .companion_to(procedure("71045"))
                .build(),
            "Z R0",
            [("99213@1", 0), ("99213@1 71045", 1), ("99213@1,2 71045", 0), ("99213@1,3 71045", 1)],
        ),
        // Ranges hold one form of code, unless their ends differ.
        (
            rule(CodingRuleType::ModifierForbidden, "0001F", "9007F").modifier(modifier("GA")).build(),
            "",
            [("3074F-GA", 1), ("30740-GA", 0), ("G0121-GA", 0), ("0042T-GA", 0)],
        ),
        (
            rule(CodingRuleType::ModifierForbidden, "A0021", "J9999").modifier(modifier("GA")).build(),
            "",
            [("G0121-GA", 1), ("V5364-GA", 0), ("99213-GA", 0), ("A0021-GA", 1)],
        ),
        (
            rule(CodingRuleType::ModifierForbidden, "00100", "V5364").modifier(modifier("GA")).build(),
            "",
            [("3074F-GA", 1), ("99213-GA", 1), ("G0121-GA", 1), ("G0121", 0)],
        ),
    ] {
        diesel::insert_into(rcm_schema::schema::coding_rules::table)
            .values(&rule)
            .execute(&mut connection)
            .await
            .unwrap();
        for prefix in prefixes.split_whitespace() {
            let diagnosis = CodingRuleDiagnosis::builder().coding_rule_id(rule.id).prefix(prefix).build();
            diesel::insert_into(rcm_schema::schema::coding_rule_diagnoses::table)
                .values(&diagnosis)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        for (lines, count) in lines {
            let found = found(&mut connection, ClaimType::Professional, lines, "R07.9 I10 Z00.00").await;
            assert_eq!(found.len(), count, "{lines}: {rule:?}");
        }
        run(&mut connection, DELETE).await;
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
        let findings = audit_stored(&mut connection, claim.id).await.unwrap().findings;
        assert!(findings.iter().all(|finding| finding.message.contains("modifier 25")));
        let found: Vec<_> =
            findings.iter().map(|finding| (finding.severity, finding.line_number, finding.rule.as_str())).collect();
        assert_eq!(found, expected, "{claim_id}");
    }
    // A payer's own rule, which only its claims must satisfy.
    run(
        &mut connection,
        "insert into coding_rules (name, payer_id, rule_type, procedure_from, procedure_to, message, severity)
         select 'Own rule', payer_id, 'diagnosis_required', '99213', '99213', 'Test.', 'info'
         from claims where claim_id = 'CLM-2024-001567';
         insert into coding_rule_diagnoses (coding_rule_id, prefix) select id, 'Z' from coding_rules where name = 'Own rule'",
    )
    .await;
    for (claim_id, count) in [("CLM-2024-001234", 0), ("CLM-2024-001237", 2), ("CLM-2024-001567", 1)] {
        let claim = Claim::by_claim_id(&mut connection, claim_id).await.unwrap();
        assert_eq!(audit_stored(&mut connection, claim.id).await.unwrap().findings.len(), count, "{claim_id}");
    }
    let missing = audit_stored(&mut connection, ClaimId::new()).await;
    assert!(matches!(missing, Err(Error::NotFound)));
}
