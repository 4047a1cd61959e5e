//! Triage: the documented examples, answered by the view and by the function; the work list by its index.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Cursor, Denial, DenialCodeEntry, NewDenial, NewPayer, RemarkCodeEntry};
use rcm_schema::schema::{claims, denials, payers};
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, DenialTriage, WorkListFilter, denial_work_list};
use rcm_schema::workflow::denials::add_remarks;
use rcm_schema::workflow::triage::{DenialFacts, triage};
use uuid::Uuid;

use crate::catalog::{migrated, run, texts};

const DAY: &str = "2024-01-15";

pub fn day() -> NaiveDate {
    DAY.parse().unwrap()
}

pub fn payer(number: u128) -> PayerId {
    PayerId(Uuid::from_u128(number))
}

pub fn dollars(cents: i64) -> Usd {
    bigdecimal::BigDecimal::new(cents.into(), 2).try_into().unwrap()
}

/// What kind of payer each of the two is.
pub const PAYER_TYPES: [PayerType; 2] = [PayerType::Commercial, PayerType::Medicare];

/// Two payers.
pub async fn add_payers(connection: &mut AsyncPgConnection) {
    let rows: Vec<NewPayer> = (0..)
        .zip(PAYER_TYPES)
        .map(|(number, payer_type)| {
            NewPayer::builder()
                .id(payer(number))
                .payer_id(format!("PAYER-{number}").parse().unwrap())
                .name("Payer")
                .payer_type(payer_type)
                .build()
        })
        .collect();
    diesel::insert_into(payers::table).values(&rows).execute(connection).await.unwrap();
}

/// Stores a denial on a claim of its own, of which `settled` is no longer open, and what the payer remarked.
pub async fn store(connection: &mut AsyncPgConnection, facts: &DenialFacts, settled: i64) -> DenialId {
    let amount: Usd = (facts.open_amount.as_decimal() + dollars(settled).as_decimal()).try_into().unwrap();
    let claim = ClaimId::new();
    let submitted = format!(
        "insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to,
             submitted_on)
         values ('{claim}', upper('{claim}'), 'PATIENT-1', '{}', 'professional', {amount}, '{DAY}', '{DAY}',
             '{DAY}');
         insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
         values ('{claim}', 1, '99213', {amount}, '{DAY}')",
        facts.payer_id
    );
    run(connection, &submitted).await;
    let denial = NewDenial::builder()
        .claim_id(claim)
        .denial_code(facts.denial_code.clone())
        .denied_on(facts.denied_on)
        .denial_amount(amount)
        .build();
    diesel::insert_into(denials::table).values(&denial).execute(connection).await.unwrap();
    add_remarks(connection, denial.id, &facts.remarks).await.unwrap();
    if settled > 0 {
        let posting = format!(
            "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             values ('{claim}', '{}', 'payment', {}, '{DAY}', 'payment.poster')",
            denial.id,
            dollars(settled)
        );
        run(connection, &posting).await;
    }
    denial.id
}

fn facts(code: &str, open: &str) -> DenialFacts {
    DenialFacts {
        payer_id: payer(0),
        denial_code: code.parse().unwrap(),
        denied_on: day(),
        open_amount: open.parse().unwrap(),
        remarks: Vec::new(),
    }
}

#[tokio::test]
async fn the_documented_examples_are_answered_by_the_view_and_by_the_function() {
    const AUTHORIZATION: &str = "Policy \"Authorization auto-appeal\" (rank 40) is the first that fits.";
    const DEFAULT: &str = "Policy \"Default appeal threshold\" (rank 50) is the first that fits.";
    const SMALL: &str = "Policy \"Small balance write-off\" (rank 10) is the first that fits.";
    const FEDERAL: &str = "Policy \"Small balance write-off of federal payers\" (rank 10) is the first that fits.";
    const PATIENT: &str = "Policy \"Patient responsibility transfer\" (rank 20) is the first that fits.";
    const REBILL: &str = "Policy \"Coding error rebill\" (rank 30) is the first that fits.";
    const UNKNOWN: &str = "No policy fits; the library lacks the code.";
    const LIBRARY: &str = "No policy fits; the library says what to do about the code.";
    const MA130: &str = "No policy fits; remark MA130 says what to do.";
    const CONTRACTUAL: &str = "Contractual adjustment, no denial: post it.";
    let (_database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    for (code, open, answer, act_by, reason) in [
        ("CO-197", "500.00", "authorization appeal automatic high 15", "2024-01-30", AUTHORIZATION),
        ("CO-197", "250.00", "authorization appeal automatic high 15", "2024-01-30", AUTHORIZATION),
        ("CO-197", "249.99", "authorization appeal asks medium 30", "2024-02-14", DEFAULT),
        ("CO-197", "99.99", "authorization investigate asks medium 30", "2024-02-14", "No policy fits."),
        ("CO-197", "0.00", "authorization", "", "Nothing is open."),
        ("PR-1", "15.00", "patient_responsibility write_off automatic low 90", "2024-04-14", SMALL),
        ("PR-1", "25.00", "patient_responsibility transfer_to_patient asks medium 5", "2024-01-20", PATIENT),
        ("CO-4", "250.00", "coding_error rebill asks high 7", "2024-01-22", REBILL),
        ("CO-50", "500.00", "medical_necessity appeal asks medium 30", "2024-02-14", DEFAULT),
        ("CO-999", "24.99", "unknown write_off automatic low 90", "2024-04-14", SMALL),
        ("CO-999", "40.00", "unknown investigate asks medium 30", "2024-02-14", UNKNOWN),
        ("CO-999", "500.00", "unknown investigate asks medium 30", "2024-02-14", UNKNOWN),
        // The reason under another group: its category, not its appealability.
        ("PR-197", "500.00", "authorization investigate asks medium 30", "2024-02-14", UNKNOWN),
        ("PI-4", "250.00", "coding_error rebill asks high 7", "2024-01-22", REBILL),
        // Patients don't owe contractual obligations.
        ("CO-1", "40.00", "patient_responsibility investigate asks medium 30", "2024-02-14", UNKNOWN),
        ("OA-1", "40.00", "patient_responsibility transfer_to_patient asks medium 5", "2024-01-20", PATIENT),
        // What is no denial is posted, also below the write-off of small balances; the patient's share isn't.
        ("CO-45", "500.00", "contractual_adjustment post_adjustment asks medium 30", "2024-02-14", CONTRACTUAL),
        ("OA-23", "0.01", "contractual_adjustment post_adjustment asks medium 30", "2024-02-14", CONTRACTUAL),
        ("PI-45", "500.00", "contractual_adjustment post_adjustment asks medium 30", "2024-02-14", CONTRACTUAL),
        ("PR-45", "500.00", "contractual_adjustment investigate asks medium 30", "2024-02-14", UNKNOWN),
        // The library's cure is no appeal.
        ("CO-16", "500.00", "missing_info rebill asks high 30", "2024-02-14", LIBRARY),
        ("CO-16", "10.00", "missing_info write_off automatic low 90", "2024-04-14", SMALL),
        ("CO-16 MA130", "500.00", "missing_info rebill asks high 30", "2024-02-14", MA130),
        ("PR-27", "500.00", "eligibility transfer_to_patient asks medium 30", "2024-02-14", LIBRARY),
        (
            "OA-22 MA04",
            "500.00",
            "coordination_of_benefits rebill asks high 30",
            "2024-02-14",
            "No policy fits; remark MA04 says what to do.",
        ),
        // What is remarked goes before the library, what takes the appeal away before a policy.
        (
            "CO-97 M51",
            "500.00",
            "bundling rebill asks high 30",
            "2024-02-14",
            "No policy fits; remark M51 says what to do.",
        ),
        ("CO-16 N115", "500.00", "missing_info appeal asks medium 30", "2024-02-14", DEFAULT),
        ("CO-197 M62", "500.00", "authorization appeal asks medium 15", "2024-01-30", AUTHORIZATION),
        ("CO-197 N706", "500.00", "authorization appeal automatic high 15", "2024-01-30", AUTHORIZATION),
        ("CO-197 M62 MA130 N706", "500.00", "authorization rebill asks high 30", "2024-02-14", MA130),
        ("CO-197 N9999", "500.00", "authorization appeal automatic high 15", "2024-01-30", AUTHORIZATION),
        // Medicare: a late claim has no appeal, and a patient's small share is not waived.
        ("CO-29", "500.00", "timely_filing appeal asks medium 30", "2024-02-14", DEFAULT),
        (
            "medicare CO-29",
            "500.00",
            "timely_filing investigate asks medium 30",
            "2024-02-14",
            "No policy fits; there is no appeal.",
        ),
        ("medicare CO-197", "500.00", "authorization appeal asks high 15", "2024-01-30", AUTHORIZATION),
        ("medicare CO-16", "10.00", "missing_info write_off automatic low 90", "2024-04-14", FEDERAL),
        ("medicare PR-1", "15.00", "patient_responsibility transfer_to_patient asks medium 5", "2024-01-20", PATIENT),
        // Retired in 2018.
        (
            "CO-15",
            "500.00",
            "authorization investigate asks medium 30",
            "2024-02-14",
            "No policy fits; the code was not valid on the day.",
        ),
    ] {
        let mut words: Vec<&str> = code.split(' ').collect();
        let of_medicare = words[0] == "medicare";
        if of_medicare {
            words.remove(0);
        }
        let facts = DenialFacts {
            payer_id: payer(of_medicare.into()),
            remarks: words[1..].iter().map(|remark| remark.parse().unwrap()).collect(),
            ..facts(words[0], open)
        };
        let id = store(&mut connection, &facts, 10_000).await;
        let stored = DenialTriage::by_denial(&mut connection, id).await.unwrap().triage;
        let said = [
            Some(stored.category.as_str().to_owned()),
            stored.action.map(|action| action.to_string()),
            stored.action.map(|_| if stored.automatic { "automatic" } else { "asks" }.to_owned()),
            stored.priority.map(|priority| priority.to_string()),
            stored.days.map(|days| days.to_string()),
        ];
        assert_eq!(said.into_iter().flatten().collect::<Vec<_>>().join(" "), answer, "{code} {open}");
        assert_eq!(stored.act_by.map_or_else(String::new, |day| day.to_string()), act_by, "{code} {open}");
        let over = stored.last_day.map_or(String::new(), |day| match stored.action {
            Some(Action::Rebill) => format!(" The last day to file the correction was {day}."),
            _ => format!(" The last day to appeal was {day}."),
        });
        assert_eq!(stored.reason, format!("{reason}{over}"), "{code} {open}");
        assert_eq!(triage(&mut connection, &[facts]).await.unwrap(), [stored], "{code} {open}");
    }
    let missing = DenialTriage::by_denial(&mut connection, DenialId::new()).await;
    assert!(matches!(missing, Err(rcm_schema::Error::NotFound)));
}

#[tokio::test]
async fn a_policy_for_a_code_goes_before_one_for_its_category() {
    let (_database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    run(
        &mut connection,
        "insert into org_policies (name, policy_type, denial_code, denial_category, payer_id, days_to_act, priority_rank)
         select policy.name, 'appeal_threshold', code, category, payers.id, 10, 30
         from (values
             ('Any', null, null, null), ('Category', null, 'missing_info', null), ('Code', 'CO-16', null, null),
             ('Payer', null, null, 'PAYER-1')
         ) as policy (name, code, category, payer)
         left join payers on payers.payer_id = payer",
    )
    .await;
    for (code, of, policy) in [
        ("CO-16", 0, Some("Code")),
        ("CO-16", 1, Some("Payer")),
        ("CO-226", 0, Some("Category")),
        // The library says to rebill it: a policy for everything doesn't appeal it.
        ("CO-22", 0, None),
        ("CO-22", 1, Some("Payer")),
        ("CO-50", 0, Some("Any")),
    ] {
        let facts = DenialFacts { payer_id: payer(of), ..facts(code, "500") };
        let answer = triage(&mut connection, &[facts]).await.unwrap().remove(0);
        assert_eq!(answer.policy_name.as_deref(), policy, "{code} of {of}");
    }
}

#[tokio::test]
async fn next_steps_are_the_remarks_else_the_librarys() {
    let (_database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    for (code, remarks, of_remark) in [
        ("CO-197", &["MA01"][..], None),
        ("CO-197", &["N706"], Some("N706")),
        ("CO-252", &["N706", "MA04"], Some("MA04")),
        // The policy appeals it, and the remark speaks of a rebill.
        ("CO-197", &["M62"], None),
        ("CO-45", &["MA130"], None),
    ] {
        let remarks = remarks.iter().map(|remark| remark.parse().unwrap()).collect();
        let facts = DenialFacts { remarks, ..facts(code, "500") };
        let id = store(&mut connection, &facts, 0).await;
        let expected = match of_remark {
            Some(remark) => RemarkCodeEntry::by_code(&mut connection, remark).await.unwrap().next_steps,
            None => Some(DenialCodeEntry::by_code(&mut connection, code).await.unwrap().usual_resolution),
        };
        let answer = triage(&mut connection, &[facts]).await.unwrap().remove(0);
        let listed = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 9).await.unwrap();
        let listed = listed.into_iter().find(|denial| denial.denial_id == id).unwrap();
        assert_eq!([&answer.next_steps, &listed.next_steps], [&expected; 2], "{code}");
        assert_eq!(answer.remark_code, listed.remark_code, "{code}");
    }
}

#[tokio::test]
async fn the_work_list_and_one_denial_come_by_index_and_join_with_claims() {
    let (_database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    let many = "
        insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
        select 'CLM-' || number, 'PATIENT-1', id, 'professional', 100, '2024-01-01', '2024-01-01', '2024-01-02'
        from generate_series(1, 3000) as number join payers on payer_id = 'PAYER-1';
        insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
        select id, 1, '99213', 100, '2024-01-01' from claims;
        insert into denials (claim_id, denial_code, denied_on, denial_amount)
        select id, 'CO-197', '2024-02-01', 100 from claims;
        insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
        select claim_id, id, 'contractual_adjustment', 100, '2024-03-01', 'payment.poster' from denials offset 20";
    run(&mut connection, many).await;
    run(&mut connection, "analyze").await;
    let open = texts(&mut connection, "select id from denials where open_amount > 0").await;
    assert_eq!(open.len(), 20);
    for (query, index) in [
        (
            "select * from denial_work_list order by priority_order, act_by, denial_amount desc, denial_id limit 5"
                .to_owned(),
            "denial_work_items_by_urgency",
        ),
        (format!("select * from denial_triage where denial_id = '{}'", open[0]), "on denials"),
    ] {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
            line: String,
        }
        let plan: Vec<Line> = diesel::sql_query(format!("explain {query}")).load(&mut connection).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|line| line.line).collect();
        let plan = plan.join("\n");
        assert!(plan.lines().any(|line| line.contains("Index Scan") && line.contains(index)), "{plan}");
        assert!(!plan.contains("Seq Scan on denials"), "{plan}");
    }

    let claims: Vec<(BusinessId, Priority)> = denial_work_list::table
        .inner_join(claims::table)
        .filter(claims::payer_id.eq(payer(1)))
        .select((claims::claim_id, denial_work_list::priority))
        .load(&mut connection)
        .await
        .unwrap();
    assert_eq!(claims.len(), 20);
    assert!(claims.iter().all(|(_, priority)| *priority == Priority::Medium));
}

#[tokio::test]
async fn what_is_under_way_is_not_on_the_work_list() {
    let (_database, mut connection) = migrated().await;
    crate::fixture::fill(&mut connection).await;
    let listed = "select right(cast(denial_id as text), 2) from denial_work_list order by 1";
    for (statement, expected) in [
        ("select", vec![]),
        ("update appeals set status = 'withdrawn'", vec![]),
        (
            "update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on",
            vec!["05"],
        ),
        ("update rebills set status = 'submitted', submitted_on = '2024-02-01'", vec!["05"]),
        ("update rebills set status = 'denied_again', resolved_on = '2024-02-02'", vec!["05"]),
        // The money lived on the new claim; now it is back.
        ("update claims set voided_on = '2024-02-02' where claim_id = 'CLM-3'", vec!["05", "15"]),
        (
            "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             select claim_id, id, 'payment', open_amount, '2024-02-03', 'payment.poster' from denials where line_number is null",
            vec!["05"],
        ),
    ] {
        run(&mut connection, statement).await;
        assert_eq!(texts(&mut connection, listed).await, expected, "{statement}");
    }
}

#[tokio::test]
async fn debug_shows_the_id_alone() {
    let (_database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    let facts = facts("CO-197", "123.45");
    let id = store(&mut connection, &facts, 0).await;
    let denial = DenialTriage::by_denial(&mut connection, id).await.unwrap();
    assert_eq!(format!("{denial:?}"), format!("DenialTriage {{ denial_id: DenialId({}), .. }}", id.0));
    let listed = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 10).await.unwrap();
    let cursor = Cursor::from(&listed[0]);
    for shown in [format!("{listed:?}"), format!("{cursor:?}"), format!("{facts:?}")] {
        assert!(!shown.contains("123.45") && !shown.contains("CO-197"), "{shown}");
    }
}

#[tokio::test]
async fn a_reader_of_the_work_list_needs_no_right_to_its_tables() {
    let (database, mut connection) = migrated().await;
    add_payers(&mut connection).await;
    let id = store(&mut connection, &facts("CO-197", "500"), 0).await;
    let role = format!("reader_{}", database.database().name());
    run(&mut connection, &format!("create role {role}; grant select on denial_work_list to {role}; set role {role}"))
        .await;
    let listed = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 10).await.unwrap();
    let refused = Denial::by_claim(&mut connection, ClaimId::new()).await.unwrap_err();
    run(&mut connection, &format!("reset role; drop owned by {role}; drop role {role}")).await;
    assert_eq!(listed.iter().map(|denial| denial.denial_id).collect::<Vec<_>>(), [id]);
    assert!(refused.to_string().contains("no permission"), "{refused}");
}

#[tokio::test]
async fn the_two_views_that_classify_denials_agree() {
    let (_database, mut connection) = migrated().await;
    crate::fixture::fill(&mut connection).await;
    // Every code of the library under every group, and one that it lacks.
    run(
        &mut connection,
        "insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select claims.id, code, '2024-02-01', 1
         from claims, (
             select distinct denial_group || substr(denial_code, 3) as code
             from denial_code_library, unnest(array['CO', 'PR', 'OA', 'PI']) as denial_group
             union select 'CO-777'
         ) as codes
         where claims.claim_id = 'CLM-3';
         update payers set payer_type = 'medicare';
         insert into denial_remarks (denial_id, remark_code) select id, 'MA130' from denials where denial_code like '%-50'",
    )
    .await;
    let compared = "select count(*) from denial_triage join classified_denials using (denial_id)";
    assert!(texts(&mut connection, compared).await[0].parse::<i32>().unwrap() > 190);
    let different = "select denial_code from denial_triage join classified_denials as other using (denial_id)
        where (denial_triage.category, denial_triage.appealable) is distinct from (other.category, other.appealable)";
    assert_eq!(texts(&mut connection, different).await, Vec::<String>::new());
}
