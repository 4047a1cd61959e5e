//! By when claims and appeals are to be filed, by the rules and through the year.

use chrono::{Days, NaiveDate};
use diesel_async::AsyncPgConnection;
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Appeal, Denial, NewAppeal, Payer};
use rcm_schema::types::{AppealId, AppealLevel, ClaimId, ClaimType, FilingStep, PayerId};
use rcm_schema::views::{ClaimToFile, DenialExpiring};
use rcm_schema::workflow::appeals::{self, AppealDecision};
use rcm_schema::workflow::{deadlines, payers};

use crate::catalog::{migrated, run, texts};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Medicare, a commercial payer, and one whose type nobody knows; and limits for all but Medicare.
pub async fn world() -> (TestDatabase, AsyncPgConnection) {
    let (database, mut connection) = migrated().await;
    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type)
         values ('MEDICARE', 'Payer', 'medicare'), ('COMMERCIAL', 'Payer', 'commercial'), ('OTHER', 'Payer', 'other');
         insert into filing_rules (step, basis, length, source)
         values ('original_claim', 'service_through', 90, 'Test.'), ('corrected_claim', 'remittance_receipt', 60, 'Test.'),
             ('first_level', 'remittance_receipt', 60, 'Test.')",
    )
    .await;
    (database, connection)
}

pub async fn payer(connection: &mut AsyncPgConnection, payer: &str) -> PayerId {
    Payer::by_payer_id(connection, payer).await.unwrap().id
}

/// A pending claim of one line.
pub async fn claim(
    connection: &mut AsyncPgConnection,
    payer: &str,
    claim_type: ClaimType,
    from: &str,
    to: &str,
) -> ClaimId {
    let id = ClaimId::new();
    run(
        connection,
        &format!(
            "begin;
             insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
             select '{id}', 'CLM-' || (select count(*) from claims), 'PATIENT-1', id, '{claim_type}', 500, '{from}', '{to}'
             from payers where payer_id = '{payer}';
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             values ('{id}', 1, '99213', 500, '{from}');
             commit"
        ),
    )
    .await;
    id
}

/// A submitted claim's denial.
pub async fn denial(connection: &mut AsyncPgConnection, payer: &str, denied_on: &str) -> Denial {
    let id = claim(connection, payer, ClaimType::Professional, "2022-01-03", "2022-01-03").await;
    run(
        connection,
        &format!(
            "update claims set submitted_on = '2022-01-04' where id = '{id}';
             insert into denials (claim_id, denial_code, denied_on, denial_amount) values ('{id}', 'CO-197', '{denied_on}', 500)"
        ),
    )
    .await;
    Denial::by_claim(connection, id).await.unwrap().remove(0)
}

/// What is listed: claims with their last day, in order.
pub async fn to_file(connection: &mut AsyncPgConnection) -> Vec<(ClaimId, String)> {
    let listed = ClaimToFile::list(connection, None, 100).await.unwrap();
    listed.into_iter().map(|claim| (claim.claim_id, claim.file_by.to_string())).collect()
}

pub async fn expiring(connection: &mut AsyncPgConnection, day: NaiveDate) -> Vec<String> {
    let listed = DenialExpiring::list(connection, day, None, 100).await.unwrap();
    listed.into_iter().map(|denial| denial.last_day.to_string()).collect()
}

/// 42 CFR 405.942, 405.962, 405.1014, 405.1102; the first two days as the MACs' appeals calculators count them. Both are days
/// of a weekend, and stay.
#[tokio::test]
async fn medicare_counts_an_appeal_from_the_fifth_day_after_the_notice() {
    let (_database, mut connection) = world().await;
    let medicare = payer(&mut connection, "MEDICARE").await;
    for (level, decided_on, expected) in [
        (AppealLevel::FirstLevel, "2022-05-15", "2022-09-17"),
        (AppealLevel::FirstLevel, "2022-08-15", "2022-12-18"),
        // Over a February of 28 and of 29 days, and over the end of a year.
        (AppealLevel::FirstLevel, "2022-11-30", "2023-04-04"),
        (AppealLevel::FirstLevel, "2023-11-30", "2024-04-03"),
        (AppealLevel::SecondLevel, "2024-02-29", "2024-09-01"),
        (AppealLevel::ThirdLevel, "2023-12-31", "2024-03-05"),
        (AppealLevel::ExternalReview, "2024-12-31", "2025-03-06"),
    ] {
        let last_day =
            deadlines::of_decision(&mut connection, medicare, ClaimType::Professional, level, day(decided_on)).await;
        assert_eq!(last_day.unwrap(), Some(day(expected)), "{level} from {decided_on}");
    }
}

/// 42 CFR 424.44; Medicare Claims Processing Manual ch. 1 § 70: a service of February 29 is filed by February 28.
#[tokio::test]
async fn medicare_takes_claims_for_a_calendar_year() {
    let (_database, mut connection) = world().await;
    for (claim_type, from, to, expected) in [
        (ClaimType::Professional, "2023-03-01", "2023-03-01", "2024-03-01"),
        (ClaimType::Professional, "2024-02-29", "2024-02-29", "2025-02-28"),
        (ClaimType::Professional, "2023-02-28", "2023-02-28", "2024-02-28"),
        // From the first day; an institution's span from its last.
        (ClaimType::Professional, "2024-01-30", "2024-02-29", "2025-01-30"),
        (ClaimType::Institutional, "2024-01-30", "2024-02-29", "2025-02-28"),
        (ClaimType::Institutional, "2023-12-31", "2024-01-01", "2025-01-01"),
    ] {
        let id = claim(&mut connection, "MEDICARE", claim_type, from, to).await;
        let last_day = deadlines::of_claim(&mut connection, id).await.unwrap();
        assert_eq!(last_day, Some(day(expected)), "{claim_type} {from} to {to}");
        assert!(to_file(&mut connection).await.contains(&(id, expected.to_owned())));
    }
    assert_eq!(deadlines::of_claim(&mut connection, ClaimId::new()).await.unwrap(), None);
}

#[tokio::test]
async fn a_month_later_is_the_same_day_or_the_last_one() {
    let (_database, mut connection) = world().await;
    run(
        &mut connection,
        "insert into filing_rules (payer_id, step, basis, length, unit, source)
         select id, 'first_level', 'decision', 1, 'months', 'Contract.' from payers where payer_id = 'COMMERCIAL'
         union all
         select id, 'second_level', 'decision', 6, 'months', 'Contract.' from payers where payer_id = 'COMMERCIAL'",
    )
    .await;
    let commercial = payer(&mut connection, "COMMERCIAL").await;
    for (level, decided_on, expected) in [
        (AppealLevel::FirstLevel, "2023-01-31", "2023-02-28"),
        (AppealLevel::FirstLevel, "2024-01-31", "2024-02-29"),
        (AppealLevel::FirstLevel, "2024-02-29", "2024-03-29"),
        (AppealLevel::FirstLevel, "2024-03-31", "2024-04-30"),
        (AppealLevel::FirstLevel, "2023-12-31", "2024-01-31"),
        (AppealLevel::SecondLevel, "2023-08-31", "2024-02-29"),
        // A Saturday stays.
        (AppealLevel::FirstLevel, "2024-05-01", "2024-06-01"),
    ] {
        let last_day =
            deadlines::of_decision(&mut connection, commercial, ClaimType::Dental, level, day(decided_on)).await;
        assert_eq!(last_day.unwrap(), Some(day(expected)), "{level} from {decided_on}");
    }
}

#[tokio::test]
async fn the_most_specific_rule_decides() {
    let (_database, mut connection) = world().await;
    let claim_ = claim(&mut connection, "COMMERCIAL", ClaimType::Dental, "2024-03-01", "2024-03-10").await;
    // Each of these is more specific than those before it, and the other way round it changes nothing.
    let rules = [
        ("null, null, null", "null", 90, "2024-06-08"),
        ("null, null, 'dental'", "null", 10, "2024-03-20"),
        ("null, 'commercial', null", "null", 20, "2024-03-30"),
        ("null, 'commercial', 'dental'", "null", 30, "2024-04-09"),
        ("payers.id, null, null", "null", 40, "2024-04-19"),
        ("payers.id, null, 'dental'", "null", 50, "2024-04-29"),
        // The law changed: it counts from the day of the basis, which is the last of service.
        ("payers.id, null, 'dental'", "'2024-03-10'", 60, "2024-05-09"),
        ("payers.id, null, 'dental'", "'2024-03-11'", 70, "2024-05-09"),
        ("payers.id, null, 'institutional'", "null", 80, "2024-05-09"),
    ];
    let insert = |(of, from, length, _): &(&str, &str, i32, &str)| {
        format!(
            "insert into filing_rules (payer_id, payer_type, claim_type, valid_from, step, basis, length, source)
             select {of}, {from}, 'original_claim', 'service_through', {length}, 'Test.'
             from payers where payers.payer_id = 'COMMERCIAL'"
        )
    };
    for rule in &rules {
        if rule.2 != 90 {
            run(&mut connection, &insert(rule)).await;
        }
        assert_eq!(deadlines::of_claim(&mut connection, claim_).await.unwrap(), Some(day(rule.3)), "{rule:?}");
    }
    run(&mut connection, "update filing_rules set valid_to = '2024-03-09' where length in (40, 50)").await;
    run(&mut connection, "delete from filing_rules where length = 60").await;
    assert_eq!(deadlines::of_claim(&mut connection, claim_).await.unwrap(), Some(day("2024-04-09")), "they ended");
    run(&mut connection, "delete from filing_rules").await;
    assert_eq!(deadlines::of_claim(&mut connection, claim_).await.unwrap(), None);
}

#[tokio::test]
async fn limits_are_those_of_the_contract_once_they_are_entered() {
    let (_database, mut connection) = world().await;
    let pending = claim(&mut connection, "OTHER", ClaimType::Professional, "2024-01-01", "2024-01-31").await;
    assert_eq!(deadlines::of_claim(&mut connection, pending).await.unwrap(), Some(day("2024-04-30")));
    let denied = denial(&mut connection, "OTHER", "2024-01-31").await;
    let last_day = deadlines::of_appeal(&mut connection, denied.id, AppealLevel::FirstLevel).await.unwrap();
    assert_eq!(last_day, Some(day("2024-03-31")));

    let other = payer(&mut connection, "OTHER").await;
    let rules = payers::limit_filing(&mut connection, other, 365, 180, "Provider agreement.").await.unwrap();
    assert_eq!(
        rules.iter().map(|rule| (rule.step, rule.length)).collect::<Vec<_>>(),
        [(FilingStep::OriginalClaim, 365), (FilingStep::CorrectedClaim, 365), (FilingStep::FirstLevel, 180)]
    );
    assert_eq!(to_file(&mut connection).await, [(pending, "2025-01-30".to_owned())]);
    assert_eq!(expiring(&mut connection, day("2024-01-01")).await, ["2024-07-29"]);
    assert!(payers::limit_filing(&mut connection, other, 90, 60, "Again.").await.is_err(), "one answer");
}

#[tokio::test]
async fn an_appeal_is_due_on_the_last_day_of_its_level() {
    let (_database, mut connection) = world().await;
    let denied = denial(&mut connection, "MEDICARE", "2022-05-15").await;
    let appeal = |level| {
        NewAppeal::builder(&denied).appeal_level(level).appealed_amount("500".parse().unwrap()).reason("Authorized.")
    };
    assert_eq!(deadlines::of_appeal(&mut connection, denied.id, AppealLevel::SecondLevel).await.unwrap(), None);
    let early = appeals::open(&mut connection, &appeal(AppealLevel::SecondLevel).build()).await.unwrap_err();
    assert!(matches!(early, Error::Rule(Rule::AppealLevelOutOfOrder)), "{early}");

    let first = appeals::open(&mut connection, &appeal(AppealLevel::FirstLevel).build()).await.unwrap();
    assert_eq!(first.due_on, day("2022-09-17"));
    assert_eq!(expiring(&mut connection, day("2022-01-01")).await, ["2022-09-17"]);
    appeals::file(&mut connection, first.id, day("2022-09-18")).await.unwrap();
    assert!(expiring(&mut connection, day("2022-01-01")).await.is_empty(), "the payer has it");
    let decided = appeals::decide(&mut connection, first.id, AppealDecision::Denied, day("2022-11-01"), None).await;
    assert!(decided.unwrap().filed_late);

    // 185 days after the decision; it is listed again.
    assert_eq!(expiring(&mut connection, day("2022-01-01")).await, ["2023-05-05"]);
    let second = appeals::open(&mut connection, &appeal(AppealLevel::SecondLevel).build()).await.unwrap();
    assert_eq!(second.due_on, day("2023-05-05"));
    appeals::withdraw(&mut connection, second.id).await.unwrap();
    let agreed = appeal(AppealLevel::SecondLevel).due_on(day("2023-04-01")).build();
    assert_eq!(appeals::open(&mut connection, &agreed).await.unwrap().due_on, day("2023-04-01"));
    assert_eq!(Appeal::by_denial(&mut connection, denied.id).await.unwrap().len(), 3);
}

/// X12 RARC MA130: the claim is unprocessable, so that the limit of the claim runs on.
#[tokio::test]
async fn what_counts_as_never_filed_keeps_the_limit_of_the_claim() {
    let (_database, mut connection) = world().await;
    let id = claim(&mut connection, "COMMERCIAL", ClaimType::Professional, "2022-01-01", "2022-01-03").await;
    run(
        &mut connection,
        &format!(
            "update claims set submitted_on = '2022-01-04' where id = '{id}';
             insert into denials (claim_id, denial_code, denied_on, denial_amount) values ('{id}', 'CO-16', '2022-03-01', 500)"
        ),
    )
    .await;
    let last_day = "select last_day from denial_work_list";
    assert_eq!(texts(&mut connection, last_day).await, ["2022-04-30"]);
    run(&mut connection, "insert into denial_remarks (denial_id, remark_code) select id, 'MA130' from denials").await;
    assert_eq!(texts(&mut connection, last_day).await, ["2022-04-03"]);
    run(&mut connection, "update remark_code_library set asks_for_new_claim = false where remark_code = 'MA130'").await;
    assert_eq!(texts(&mut connection, last_day).await, ["2022-04-30"]);
}

#[tokio::test]
async fn no_program_acts_once_the_last_day_is_over_and_nothing_is_appealed_without_a_level() {
    let (_database, mut connection) = world().await;
    run(&mut connection, "delete from filing_rules").await;
    let denied = denial(&mut connection, "OTHER", "2022-02-01").await;
    let said = "select concat_ws(' ', action, automatic, priority, act_by) from denial_work_list";
    assert_eq!(texts(&mut connection, said).await, ["appeal t high 2022-02-16"]);
    run(
        &mut connection,
        "insert into filing_rules (step, basis, length, source) values ('first_level', 'decision', 20, 'Test.')",
    )
    .await;
    assert_eq!(texts(&mut connection, said).await, ["appeal f high 2022-02-16"]);
    assert_eq!(texts(&mut connection, "select denial_id from reconcile_work_list()").await, [""; 0]);

    run(&mut connection, "delete from filing_rules").await;
    let missing = NewAppeal::builder(&denied).appeal_level(AppealLevel::FirstLevel).reason("Authorized.");
    let missing = missing.appealed_amount("500".parse().unwrap()).build();
    let refused = appeals::open(&mut connection, &missing).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Rule::NoLastDay)), "{refused}");
    // Days count from the decision that was last.
    for (level, decided_on, expected) in [
        (AppealLevel::FirstLevel, "2022-04-01", "appeal t high 2022-04-16"),
        (AppealLevel::SecondLevel, "2022-06-01", "appeal t high 2022-06-16"),
        (AppealLevel::ThirdLevel, "2022-08-01", "appeal t high 2022-08-16"),
        (AppealLevel::ExternalReview, "2022-10-01", "investigate f medium 2022-10-31"),
    ] {
        let appeal = NewAppeal { appeal_level: level, due_on: Some(day(decided_on)), ..missing.clone() };
        let appeal = NewAppeal { id: AppealId::new(), ..appeal };
        appeals::open(&mut connection, &appeal).await.unwrap();
        appeals::file(&mut connection, appeal.id, day("2022-03-01").max(day(decided_on) - Days::new(20)))
            .await
            .unwrap();
        appeals::decide(&mut connection, appeal.id, AppealDecision::Denied, day(decided_on), None).await.unwrap();
        assert_eq!(texts(&mut connection, said).await, [expected], "{level}");
    }
}

/// The correction of a claim counts by a rule of its own, from the last denial where the rule says so.
#[tokio::test]
async fn a_correction_counts_from_the_remittance_of_what_it_replaces() {
    let (_database, mut connection) = world().await;
    run(
        &mut connection,
        "insert into filing_rules (payer_id, step, basis, length, receipt_days, source)
         select id, 'corrected_claim', 'remittance_receipt', 180, 5, 'Contract.' from payers where payer_id = 'COMMERCIAL'",
    )
    .await;
    let denied = denial(&mut connection, "COMMERCIAL", "2022-02-01").await;
    let replace = |claim: &str, replaced: ClaimId| {
        format!(
            "begin;
             insert into claims (claim_id, patient_reference, payer_id, claim_type, frequency_code, replaces_claim_id, amount,
                 service_from, service_to)
             select '{claim}', patient_reference, payer_id, claim_type, '7', id, amount, service_from, service_to
             from claims where id = '{replaced}';
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select id, 1, '99213', 500, service_from from claims where claim_id = '{claim}';
             commit"
        )
    };
    run(&mut connection, &replace("CLM-R", denied.claim_id)).await;
    let listed = ClaimToFile::list(&mut connection, None, 10).await.unwrap();
    assert_eq!((listed[0].file_by, listed[0].is_correction), (day("2022-08-05"), true));
    // Of a claim without a denial nobody knows the day of the answer: the last day of service goes before it.
    let pending = claim(&mut connection, "COMMERCIAL", ClaimType::Professional, "2024-01-01", "2024-01-02").await;
    run(&mut connection, &replace("CLM-S", pending)).await;
    let listed = ClaimToFile::list(&mut connection, None, 10).await.unwrap();
    assert_eq!((listed[2].claim.as_str(), listed[2].file_by), ("CLM-S", day("2024-07-05")));
}
