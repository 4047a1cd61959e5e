//! The lists of deadlines follow what happens: claims to file, denials, appeals and rebills that expire.

use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::models::{NewAppeal, NewRebill};
use rcm_schema::types::{Action, AppealLevel, ClaimId, ClaimType, RebillReason};
use rcm_schema::views::DenialExpiring;
use rcm_schema::workflow::{appeals, denials, payers, rebills};

use crate::catalog::{run, texts};
use crate::deadlines::{claim, day, denial, expiring, payer, to_file, world};

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
