//! By when claims and appeals are to be filed, by the rules and through the year; and what is listed follows.

use chrono::{Days, NaiveDate};
use diesel_async::AsyncPgConnection;
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Appeal, Denial, NewAppeal, NewRebill, Payer};
use rcm_schema::types::{Action, AppealId, AppealLevel, ClaimId, ClaimType, FilingStep, PayerId, RebillReason};
use rcm_schema::views::{ClaimToFile, DenialExpiring};
use rcm_schema::workflow::appeals::{self, AppealDecision};
use rcm_schema::workflow::{deadlines, denials, payers, rebills};

use crate::catalog::{migrated, run, texts};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Medicare, a commercial payer, and one whose type nobody knows; and limits for all but Medicare.
async fn world() -> (TestDatabase, AsyncPgConnection) {
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

async fn payer(connection: &mut AsyncPgConnection, payer: &str) -> PayerId {
    Payer::by_payer_id(connection, payer).await.unwrap().id
}

/// A pending claim of one line.
async fn claim(
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
async fn denial(connection: &mut AsyncPgConnection, payer: &str, denied_on: &str) -> Denial {
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
async fn to_file(connection: &mut AsyncPgConnection) -> Vec<(ClaimId, String)> {
    let listed = ClaimToFile::list(connection, None, 100).await.unwrap();
    listed.into_iter().map(|claim| (claim.claim_id, claim.file_by.to_string())).collect()
}

async fn expiring(connection: &mut AsyncPgConnection, day: NaiveDate) -> Vec<String> {
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

/// What is stored beside the rows is what the functions say.
async fn assert_kept(connection: &mut AsyncPgConnection) {
    let differing = "
        select cast(denial_id as uuid) from denial_work_items
        where action in ('appeal', 'investigate') and last_day is distinct from next_appeal_deadline(denial_id)";
    assert_eq!(texts(connection, differing).await, [""; 0]);
    assert_eq!(texts(connection, "select denial_id from reconcile_work_list()").await, [""; 0]);
}

#[tokio::test]
async fn what_is_listed_follows_claims_rules_and_payers() {
    let (_database, mut connection) = world().await;
    let first = claim(&mut connection, "COMMERCIAL", ClaimType::Professional, "2024-01-01", "2024-01-01").await;
    let second = claim(&mut connection, "OTHER", ClaimType::Professional, "2024-01-02", "2024-01-02").await;
    let third = claim(&mut connection, "COMMERCIAL", ClaimType::Professional, "2024-01-03", "2024-01-03").await;
    denial(&mut connection, "OTHER", "2024-01-01").await;
    denial(&mut connection, "COMMERCIAL", "2024-01-02").await;
    let commercial = payer(&mut connection, "COMMERCIAL").await;
    let claims = |days: [(ClaimId, &str); 3]| days.map(|(id, day)| (id, day.to_owned()));
    let since = day("2024-01-01");

    assert_eq!(
        to_file(&mut connection).await,
        claims([(first, "2024-03-31"), (second, "2024-04-01"), (third, "2024-04-02")])
    );
    assert_eq!(expiring(&mut connection, since).await, ["2024-03-01", "2024-03-02"]);
    assert_eq!(expiring(&mut connection, day("2024-03-02")).await, ["2024-03-02"]);
    for (change, files, appeals) in [
        // A rule of its own, changed, for another step.
        (
            "",
            claims([(second, "2024-04-01"), (first, "2024-04-10"), (third, "2024-04-12")]),
            ["2024-01-12", "2024-03-01"],
        ),
        (
            "update filing_rules set length = length + 1 where payer_id is not null",
            claims([(second, "2024-04-01"), (first, "2024-04-11"), (third, "2024-04-13")]),
            ["2024-01-13", "2024-03-01"],
        ),
        // The service was another day.
        (
            "update claims set service_to = '2024-01-11' where service_from = '2024-01-03'",
            claims([(second, "2024-04-01"), (first, "2024-04-11"), (third, "2024-04-21")]),
            ["2024-01-13", "2024-03-01"],
        ),
        // The type was another one, with rules of its own.
        (
            "update payers set payer_type = 'medicare' where payer_id = 'OTHER'",
            claims([(first, "2024-04-11"), (third, "2024-04-21"), (second, "2025-01-02")]),
            ["2024-01-13", "2024-05-05"],
        ),
        // The payers were one.
        (
            "insert into payer_merges (from_payer_id, into_payer_id, merged_by)
             select other.id, commercial.id, 'billing.manager' from payers as other, payers as commercial
             where other.payer_id = 'OTHER' and commercial.payer_id = 'COMMERCIAL'",
            claims([(first, "2024-04-11"), (second, "2024-04-12"), (third, "2024-04-21")]),
            ["2024-01-12", "2024-01-13"],
        ),
        (
            "delete from filing_rules where payer_id is not null",
            claims([(first, "2024-03-31"), (second, "2024-04-01"), (third, "2024-04-10")]),
            ["2024-03-01", "2024-03-02"],
        ),
    ] {
        if change.is_empty() {
            payers::limit_filing(&mut connection, commercial, 100, 10, "Contract.").await.unwrap();
        }
        run(&mut connection, change).await;
        assert_eq!(to_file(&mut connection).await, files, "{change}");
        assert_eq!(expiring(&mut connection, since).await, appeals, "{change}");
        assert_kept(&mut connection).await;
    }
    run(
        &mut connection,
        "update claims set submitted_on = '2024-02-01' where service_from = '2024-01-01';
         update claims set voided_on = '2024-02-01' where service_from = '2024-01-02'",
    )
    .await;
    assert_eq!(to_file(&mut connection).await.len(), 1);
}

/// An appeal that is opened and not filed, or a rebill that is opened and not submitted, is of no use to the payer's clock.
#[tokio::test]
async fn what_is_begun_expires_until_the_payer_has_it() {
    let (_database, mut connection) = world().await;
    let connection = &mut connection;
    let since = day("2022-01-01");
    let denied = denial(connection, "COMMERCIAL", "2022-02-01").await;
    let begun = async |connection: &mut AsyncPgConnection| -> Vec<_> {
        let listed = DenialExpiring::list(connection, since, None, 100).await.unwrap();
        listed.into_iter().map(|denial| (denial.action, denial.is_begun, denial.last_day.to_string())).collect()
    };
    assert_eq!(begun(connection).await, [(Action::Appeal, false, "2022-04-02".to_owned())]);

    let appeal = NewAppeal::builder(&denied)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount("500".parse().unwrap())
        .reason("Medically necessary.")
        .build();
    appeals::open(connection, &appeal).await.unwrap();
    assert_eq!(begun(connection).await, [(Action::Appeal, true, "2022-04-02".to_owned())]);
    appeals::file(connection, appeal.id, day("2022-03-01")).await.unwrap();
    assert_eq!(begun(connection).await, []);
    appeals::withdraw(connection, appeal.id).await.unwrap();

    // A corrected claim within 60 days of the remittance; a new one, where MA130 asks for that, within 90 of the service.
    for (remark, last_day) in [("", "2022-04-02"), ("MA130", "2022-04-03")] {
        let denied = denial(connection, "COMMERCIAL", "2022-02-01").await;
        if !remark.is_empty() {
            denials::add_remarks(connection, denied.id, &[remark.parse().unwrap()]).await.unwrap();
        }
        let rebill =
            NewRebill::builder(&denied).reason(RebillReason::Other).changes("Authorization number added.").build();
        let opened = rebills::open(connection, &rebill).await.unwrap();
        assert_eq!(opened.due_on, Some(day(last_day)));
        let listed = (Action::Rebill, true, last_day.to_owned());
        assert!(begun(connection).await.contains(&listed), "{remark}");
        let new_claim = claim(connection, "COMMERCIAL", ClaimType::Professional, "2022-01-03", "2022-01-03").await;
        run(connection, &format!("update claims set submitted_on = '2022-03-01' where id = '{new_claim}'")).await;
        rebills::submit(connection, rebill.id, new_claim, day("2022-03-01")).await.unwrap();
        assert!(!begun(connection).await.contains(&listed), "{remark}");
    }
    let denied = denial(connection, "MEDICARE", "2022-02-01").await;
    let agreed =
        NewRebill::builder(&denied).reason(RebillReason::Other).changes("Test.").due_on(day("2022-05-05")).build();
    assert_eq!(rebills::open(connection, &agreed).await.unwrap().due_on, Some(day("2022-05-05")));
}

/// A remark that a person mistyped costs no appeal; the row stays, with who withdrew it.
#[tokio::test]
async fn a_withdrawn_remark_counts_no_more() {
    let (_database, mut connection) = world().await;
    let connection = &mut connection;
    let denied = denial(connection, "COMMERCIAL", "2022-02-01").await;
    let mistyped = "MA130".parse().unwrap();
    let listed = "select action || ' ' || coalesce(cast(remark_code as text), '-') from denial_work_items
        union all select action || ' ' || coalesce(cast(remark_code as text), '-') from denial_triage
        union all select case when appealable then 'appealable' else 'no appeal' end from classified_denials";
    let counts = ["rebill MA130", "rebill MA130", "no appeal"];
    let counts_not = ["appeal -", "appeal -", "appealable"];
    assert_eq!(texts(connection, listed).await, counts_not);
    denials::add_remarks(connection, denied.id, &[mistyped, "MA130".parse().unwrap()]).await.unwrap();
    assert_eq!(texts(connection, listed).await, counts);
    let mistyped = "MA130".parse().unwrap();
    let withdrawn = denials::withdraw_remark(connection, denied.id, &mistyped, "billing.lead").await.unwrap();
    assert_eq!(withdrawn.withdrawn_by.as_deref(), Some("billing.lead"));
    assert_eq!(texts(connection, listed).await, counts_not);
    assert_kept(connection).await;
    denials::add_remarks(connection, denied.id, &[mistyped]).await.unwrap();
    assert_eq!(texts(connection, listed).await, counts);
    let unknown = denials::withdraw_remark(connection, denied.id, &"N999".parse().unwrap(), "billing.lead").await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// CO-197 is appealed within 15 days, CO-4 rebilled within 7, CO-16 rebilled within 30; of what is written off no day is the
/// last one.
#[tokio::test]
async fn nothing_is_to_be_done_after_its_last_day_and_what_is_over_says_so() {
    let (_database, mut connection) = world().await;
    let id = claim(&mut connection, "OTHER", ClaimType::Professional, "2022-01-01", "2022-01-03").await;
    run(
        &mut connection,
        &format!(
            "update claims set submitted_on = '2022-01-04' where id = '{id}';
             insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select '{id}', code, '2022-02-01', amount
             from (values ('CO-197', 250), ('CO-4', 100), ('CO-16', 50), ('CO-18', 10)) as denied (code, amount)"
        ),
    )
    .await;
    let said =
        "select concat_ws(' ', denial_code, action, days, act_by, last_day, substring(reason from ' The last .*'))
        from denial_work_list order by denial_amount desc";
    let other = payer(&mut connection, "OTHER").await;
    assert_eq!(
        texts(&mut connection, said).await,
        [
            "CO-197 appeal 15 2022-02-16 2022-04-02  The last day to appeal was 2022-04-02.",
            "CO-4 rebill 7 2022-02-08 2022-04-02  The last day to file the correction was 2022-04-02.",
            "CO-16 rebill 30 2022-03-03 2022-04-02  The last day to file the correction was 2022-04-02.",
            "CO-18 write_off 90 2022-05-02",
        ]
    );
    // From the last day of service, and 10 days to appeal.
    payers::limit_filing(&mut connection, other, 40, 10, "Contract.").await.unwrap();
    assert_eq!(
        texts(&mut connection, said).await,
        [
            "CO-197 appeal 10 2022-02-11 2022-02-11  The last day to appeal was 2022-02-11.",
            "CO-4 rebill 7 2022-02-08 2022-02-12  The last day to file the correction was 2022-02-12.",
            "CO-16 rebill 11 2022-02-12 2022-02-12  The last day to file the correction was 2022-02-12.",
            "CO-18 write_off 90 2022-05-02",
        ]
    );
    run(&mut connection, "delete from filing_rules").await;
    assert_eq!(texts(&mut connection, said).await[2], "CO-16 rebill 30 2022-03-03");

    // Until it is over, nothing is said.
    run(
        &mut connection,
        "insert into filing_rules (step, basis, length, source) values ('first_level', 'decision', 1, 'Test.');
         insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select id, 'CO-50', current_date + days, 45 from claims, (values (-2), (-1)) as denied (days)",
    )
    .await;
    let over = "select denied_on + 1 = current_date, reason ~ ' The last day to appeal was ' from denial_work_list
        where denial_code = 'CO-50' order by 1";
    assert_eq!(texts(&mut connection, &format!("select over from ({over}) as over")).await, ["(f,t)", "(t,f)"]);
    assert_eq!(texts(&mut connection, "select denial_id from reconcile_work_list()").await, [""; 0]);
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
