//! The lookups: the right rows, in the right order, by the index that their documentation names.

use std::fs;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::Error;
use rcm_schema::models::{
    Appeal, Claim, ClaimDetails, ClaimLineDetails, ClaimLineTooth, ClaimSource, CodingRule, Denial, DenialCodeEntry,
    InstitutionalClaim, OrgPolicy, Payer, Remittance, RemittanceClaim,
};
use rcm_schema::schema::claim_sources;
use rcm_schema::types::{AppealId, DenialCategory, Disposition, PatientReference, Severity, Usd};

use crate::catalog::{migrated, run, texts};

/// 3000 claims of 30 patients and 3 payers, every second denied and appealed.
const MANY: &str = "
    insert into payers (payer_id, name, payer_type)
    select 'PAYER-' || number, 'Payer', 'commercial' from generate_series(0, 2) as number;
    insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
    select 'CLM-' || number, 'PATIENT-' || number % 30, payers.id, 'professional', 100,
        date '2024-01-01' + number % 100, date '2024-01-01' + number % 100, '2024-06-01'
    from generate_series(1, 3000) as number join payers on payer_id = 'PAYER-' || number % 3;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select id, 1, '99213', 100, service_from from claims;
    insert into denials (claim_id, denial_code, denied_on, denial_amount)
    select id, 'CO-197', '2024-07-01', 100 from claims where cast(substr(claim_id, 5) as integer) % 2 = 0;
    insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
    select id, claim_id, 'first_level', 100, '2024-08-01', 'Test.' from denials;
    insert into claim_details (claim_id, patient_control_number, payer_claim_control_number)
    select id, 'PCN ' || claim_id, 'ICN ' || claim_id from claims;
    insert into institutional_claims (claim_id, facility_code) select id, '11' from claims;
    insert into claim_line_details (claim_id, line_number, unit_basis) select id, 1, 'MJ' from claims;
    insert into claim_sources (claim_id, identity_sha256, content_sha256, pseudonym_key)
    select id, sha256(convert_to(claim_id, 'UTF8')), sha256('content'), '0123abcd' from claims;
    insert into claim_line_teeth (claim_id, line_number, tooth) select id, 1, tooth from claims, (values ('K'), ('14')) as of (tooth)";

async fn fill(connection: &mut AsyncPgConnection) {
    run(connection, MANY).await;
    // On its own: in the transaction of the inserts it would not see all of them.
    run(connection, "analyze").await;
}

#[derive(diesel::QueryableByName)]
struct Scans {
    #[diesel(sql_type = BigInt)]
    scans: i64,
}

/// How often this session has scanned an index, or a table from end to end, since it last reported to the server.
pub async fn scans(connection: &mut AsyncPgConnection, relation: &str) -> i64 {
    let query = "select pg_stat_get_xact_numscans(cast(cast($1 as text) as regclass)) as scans";
    let row: Scans = diesel::sql_query(query).bind::<Text, _>(relation).get_result(connection).await.unwrap();
    row.scans
}

/// Runs a lookup and asserts that it reads the table by this index alone.
macro_rules! by_index {
    ($connection:ident, $table:literal, $index:literal, $lookup:expr) => {{
        // Nothing is reported within a transaction.
        run(&mut $connection, "begin").await;
        let before = (scans(&mut $connection, $table).await, scans(&mut $connection, $index).await);
        let found = $lookup.await.unwrap();
        assert_eq!(scans(&mut $connection, $table).await, before.0, concat!($table, " was read from end to end"));
        let is_used = scans(&mut $connection, $index).await > before.1;
        assert!(is_used || crate::catalog::is_on_citus(&mut $connection).await, concat!($index, " was not used"));
        run(&mut $connection, "rollback").await;
        found
    }};
}
pub(crate) use by_index;

/// Indexes that keep nothing unique, lead no foreign key, and that no list or lookup names.
async fn without_reader(connection: &mut AsyncPgConnection) -> Vec<String> {
    let others = "select relname from pg_index join pg_class on pg_class.oid = indexrelid
        where relnamespace = cast(current_schema() as regnamespace) and not indisunique and not exists (
            select from pg_constraint where contype = 'f' and conrelid = indrelid and conkey[1] = indkey[0]
        )";
    let mut readers = String::new();
    for folder in ["models", "reports", "views"] {
        for file in fs::read_dir(format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            readers += &fs::read_to_string(file.unwrap().path()).unwrap();
        }
    }
    let mut others = texts(connection, others).await;
    assert!(others.len() > 10);
    others.retain(|index| !readers.contains(&format!("`{index}`")));
    others
}

#[tokio::test]
async fn every_index_serves_a_key_or_a_reader_that_names_it() {
    let (_database, mut connection) = migrated().await;
    assert_eq!(without_reader(&mut connection).await, [""; 0]);
    run(&mut connection, "create index denials_by_code on denials (denial_code)").await;
    assert_eq!(without_reader(&mut connection).await, ["denials_by_code"]);
}

#[tokio::test]
async fn a_row_is_found_by_its_id_without_reading_the_table() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-770").await.unwrap();
    let [denial] = &Denial::by_claim(&mut connection, claim.id).await.unwrap()[..] else { panic!("it is denied") };
    run(&mut connection, "begin").await;
    let before = (scans(&mut connection, "claims").await, scans(&mut connection, "denials").await);
    assert!(Claim::by_id(&mut connection, claim.id).await.unwrap() == claim);
    assert!(Denial::by_id(&mut connection, denial.id).await.unwrap() == *denial);
    assert_eq!((scans(&mut connection, "claims").await, scans(&mut connection, "denials").await), before);
    assert!(matches!(Appeal::by_id(&mut connection, AppealId::new()).await, Err(Error::NotFound)));
    let payer = Payer::by_id(&mut connection, claim.payer_id).await.unwrap();
    assert_eq!(payer.payer_id.as_str(), "PAYER-2");
}

#[tokio::test]
async fn lookups_find_their_rows_by_their_index() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;

    let claim =
        by_index!(connection, "claims", "claims_claim_id_unique", Claim::by_claim_id(&mut connection, "CLM-770"));
    assert_eq!(claim.claim_id.as_str(), "CLM-770");
    assert!(matches!(Claim::by_claim_id(&mut connection, "CLM-0").await, Err(Error::NotFound)));

    let patient = "PATIENT-7".parse::<PatientReference>().unwrap();
    let claims =
        by_index!(connection, "claims", "claims_by_patient", Claim::by_patient(&mut connection, &patient, None, 200));
    assert_eq!(claims.len(), 100);
    assert!(claims.iter().all(|claim| claim.patient_reference == patient));
    assert!(claims.is_sorted_by_key(|claim| std::cmp::Reverse((claim.service_from, claim.id))));

    for found in [
        by_index!(
            connection,
            "claim_details",
            "claim_details_by_patient_control_number",
            ClaimDetails::by_patient_control_number(&mut connection, "PCN CLM-770")
        ),
        by_index!(
            connection,
            "claim_details",
            "claim_details_by_payer_claim_control_number",
            ClaimDetails::by_payer_claim_control_number(&mut connection, "ICN CLM-770")
        ),
    ] {
        assert_eq!(found.iter().map(|details| details.claim_id).collect::<Vec<_>>(), [claim.id]);
    }

    let institutional = by_index!(
        connection,
        "institutional_claims",
        "institutional_claims_pkey",
        InstitutionalClaim::by_claim(&mut connection, claim.id)
    );
    assert_eq!(institutional.claim_id, claim.id);
    let details = by_index!(
        connection,
        "claim_line_details",
        "claim_line_details_pkey",
        ClaimLineDetails::by_claim(&mut connection, claim.id)
    );
    assert_eq!(details.iter().map(|line| line.claim_id).collect::<Vec<_>>(), [claim.id]);
    let identity: Vec<u8> = claim_sources::table
        .find(claim.id)
        .select(claim_sources::identity_sha256)
        .get_result(&mut connection)
        .await
        .unwrap();
    let sources = by_index!(
        connection,
        "claim_sources",
        "claim_sources_identity_unique",
        ClaimSource::by_identities(&mut connection, std::slice::from_ref(&identity))
    );
    assert_eq!(sources.iter().map(|source| source.claim_id).collect::<Vec<_>>(), [claim.id]);
    let teeth = by_index!(
        connection,
        "claim_line_teeth",
        "claim_line_teeth_pkey",
        ClaimLineTooth::by_claim(&mut connection, claim.id)
    );
    let teeth: Vec<_> = teeth.iter().map(|of| (of.claim_id, of.tooth.as_str())).collect();
    assert_eq!(teeth, [(claim.id, "14"), (claim.id, "K")]);

    let denials = by_index!(connection, "denials", "denials_by_claim", Denial::by_claim(&mut connection, claim.id));
    assert_eq!(denials.len(), 1);
    let appeals =
        by_index!(connection, "appeals", "appeals_by_denial", Appeal::by_denial(&mut connection, denials[0].id));
    assert_eq!(appeals.len(), 1);
    assert_eq!(appeals[0].claim_id, claim.id);
}

#[tokio::test]
async fn what_payers_sent_is_found_by_its_index() {
    let (_database, mut connection) = migrated().await;
    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type)
         select 'PAYER-' || number, 'Payer', 'commercial' from generate_series(0, 2) as number;
         insert into remittance_files (sha256) values (sha256('file'));
         insert into remittances (file_id, transaction_number, content_sha256, payer_id, trace_number, total_amount, paid_on)
         select remittance_files.id, number, sha256(cast(cast(number as text) as bytea)), payers.id, 'TRACE-' || number / 2, 0,
             case when number % 10 > 0 then date '2024-01-01' + number % 100 end
         from remittance_files, generate_series(1, 3000) as number join payers on payer_id = 'PAYER-' || number % 3;
         insert into remittance_claims (remittance_id, claim_number, patient_control_number, charge_amount, paid_amount)
         select id, 1, 'PCN ' || transaction_number, 0, 0 from remittances",
    )
    .await;
    run(&mut connection, "analyze").await;

    let of_trace = by_index!(
        connection,
        "remittances",
        "remittances_by_trace",
        Remittance::by_trace(&mut connection, "TRACE-700")
    );
    assert_eq!(of_trace.iter().map(|one| one.transaction_number).collect::<Vec<_>>(), [1400, 1401]);
    let said = by_index!(
        connection,
        "remittance_claims",
        "remittance_claims_by_control_number",
        RemittanceClaim::by_patient_control_number(&mut connection, "PCN 1400")
    );
    assert_eq!(said.iter().map(|one| one.remittance_id).collect::<Vec<_>>(), [of_trace[0].id]);

    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    for (payer, expected) in [(None, 3000), (Some(payer), 1000)] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = Remittance::list(&mut connection, payer, after, 70).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.into());
            seen.extend(page.into_iter().map(|one| (one.paid_on.is_none(), one.paid_on, one.id)));
        }
        // Those whose day nobody said come first.
        assert!(seen.len() == expected && seen.is_sorted_by(|newer, older| newer > older));
    }
}

#[tokio::test]
async fn the_library_knows_the_documented_codes() {
    let (_database, mut connection) = migrated().await;
    let entry = DenialCodeEntry::by_code(&mut connection, "CO-197").await.unwrap();
    assert_eq!(entry.category, DenialCategory::Authorization);
    assert_eq!(entry.benchmark_appeal_success_percentage, Some(65.into()));
    let others = "select count(*) from denial_code_library where benchmark_appeal_success_percentage is not null";
    assert_eq!(texts(&mut connection, others).await, ["1"]);
    assert_eq!(texts(&mut connection, "select count(*) from denial_code_library").await, ["96"]);
    for code in ["PR-1", "PR-2", "PR-3", "CO-45", "OA-23", "CO-253"] {
        let entry = DenialCodeEntry::by_code(&mut connection, code).await.unwrap();
        assert!(!entry.appealable, "{code}");
    }
    for (code, disposition) in [
        ("PR-1", Disposition::Patient),
        ("CO-45", Disposition::Contractual),
        ("OA-23", Disposition::OtherPayer),
        ("CO-197", Disposition::Denial),
    ] {
        assert_eq!(DenialCodeEntry::by_code(&mut connection, code).await.unwrap().disposition, disposition, "{code}");
    }
    assert!(matches!(DenialCodeEntry::by_code(&mut connection, "CO-999").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn the_deciding_policy_comes_first() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    run(
        &mut connection,
        "insert into org_policies (name, policy_type, payer_id, denial_category, min_amount, days_to_act, priority_rank,
             valid_from, valid_to, active)
         select 'Own ' || number, 'appeal_threshold', case when number > 1 then id end, case when number = 3 then 'bundling' end,
             100, 30, 50, '2024-01-01', '2024-12-31', number < 4
         from payers, generate_series(1, 4) as number where payer_id = 'PAYER-1'",
    )
    .await;
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for (category, open, denied_on, expected) in [
        (
            DenialCategory::Authorization,
            "500",
            "2023-01-01",
            vec!["Authorization auto-appeal", "Default appeal threshold"],
        ),
        (
            DenialCategory::Authorization,
            "250",
            "2023-01-01",
            vec!["Authorization auto-appeal", "Default appeal threshold"],
        ),
        (DenialCategory::Authorization, "249.99", "2023-01-01", vec!["Default appeal threshold"]),
        (DenialCategory::Authorization, "99.99", "2024-01-01", vec![]),
        (DenialCategory::PatientResponsibility, "25", "2023-01-01", vec!["Patient responsibility transfer"]),
        (
            DenialCategory::PatientResponsibility,
            "15",
            "2023-01-01",
            vec!["Small balance write-off", "Patient responsibility transfer"],
        ),
        (DenialCategory::Bundling, "100", "2024-12-31", vec!["Own 3", "Own 2", "Default appeal threshold", "Own 1"]),
        (DenialCategory::Bundling, "100", "2025-01-01", vec!["Default appeal threshold"]),
    ] {
        let open: Usd = open.parse().unwrap();
        let code = "CO-999".parse().unwrap();
        let policies =
            OrgPolicy::that_apply(&mut connection, payer, category, &code, &open, day(denied_on)).await.unwrap();
        let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
        assert_eq!(names, expected, "{category} {open} {denied_on}");
    }
}

#[tokio::test]
async fn a_payers_rules_are_the_general_ones_and_its_own_errors_first() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let general = CodingRule::that_apply(&mut connection, payer).await.unwrap();
    assert_eq!(general.len(), 13);
    assert!(general.is_sorted_by_key(|rule| (rule.severity, rule.name.clone())));
    assert_eq!(general[0].severity, Severity::Error);
    run(
        &mut connection,
        "insert into coding_rules (name, payer_id, rule_type, procedure_from, procedure_to, modifier, message, severity, active)
         select payer_id || number, id, 'modifier_required', '10004', '10004', '25', 'Test.', 'info', number = 1
         from payers, generate_series(1, 2) as number",
    )
    .await;
    let rules = CodingRule::that_apply(&mut connection, payer).await.unwrap();
    assert_eq!(rules.len(), 14);
    assert_eq!(rules[13].name, "PAYER-11");
}
