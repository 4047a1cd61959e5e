//! What the role of each access may do, object by object.

use rcm_schema::access;
use rcm_schema::migrations::DEFINITION;
use std::collections::BTreeSet;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use postgres_migrate::Access;
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::migrations::run_pending;
use rcm_schema::migrations::verify;

use crate::support::{INSERT_CLAIM, connect};

const FACTS: [&str; 8] = [
    "appeal_facts",
    "claim_facts",
    "denial_facts",
    "posting_facts",
    "rebill_facts",
    "rebilled_facts",
    "variance_facts",
    "write_off_facts",
];

const UPDATED: &str = "
    appeals.appealed_amount appeals.approved_amount appeals.assigned_to appeals.decided_on appeals.due_on
    appeals.filed_on appeals.payer_response appeals.priority appeals.reason appeals.released_on appeals.status
    appeals.supporting_documents
    claim_details.billing_provider claim_details.patient_control_number claim_details.payer_claim_control_number
    claim_details.payer_sequence claim_details.place_of_service claim_details.prior_claim_id
    claim_details.rendering_provider
    claim_sources.pseudonym_key
    claims.submitted_on claims.voided_on
    denial_remarks.withdrawn_by
    denials.assigned_to denials.preventable denials.root_cause denials.taken_back_adjustment_number denials.taken_back_in_id
    payment_variances.appeal_id payment_variances.needs_appeal payment_variances.resolution payment_variances.resolved_on
    rebills.due_on rebills.new_claim_id rebills.resolved_on rebills.status rebills.submitted_on
    remittance_adjustments.classified_by remittance_adjustments.disposition remittance_adjustments.is_assumed
    remittance_claims.claim_id remittance_claims.matched_by remittance_claims.posted_by remittance_claims.posted_on
    remittance_claims.waiting_difference remittance_claims.waits_for remittance_claims.waits_for_rule
    remittance_services.claim_id remittance_services.line_number
    remittances.is_dismissed remittances.reviewed_by remittances.reviewed_on";

/// The columns of the tables to which services add rows that they don't give: decisions, which come later, and what the
/// database keeps. Nobody gives created_at and updated_at.
const NOT_INSERTED: &str = "
    appeals.approved_amount appeals.decided_on appeals.denial_code appeals.paid_amount appeals.payer_id
    appeals.payer_response appeals.recorded_login appeals.recorded_role appeals.released_on
    claims.answers claims.contractual_amount claims.filed_appeals claims.open_denied_amount
    claims.other_payer_amount claims.paid_amount claims.patient_paid_amount claims.patient_responsibility_amount claims.patient_written_off_amount
    claims.rebilled_amount claims.voided_on claims.written_off_amount
    denial_remarks.withdrawn_by
    denials.adjusted_amount denials.granted_amount denials.open_action denials.payer_id denials.rebilled_amount
    denials.recovered_amount denials.taken_back_adjustment_number denials.taken_back_in_id denials.transferred_amount
    denials.withdrawn_amount denials.written_off_amount
    payment_variances.payer_id payment_variances.recorded_login payment_variances.recorded_role
    postings.recorded_login postings.recorded_role postings.unsettled_denial_id
    rebills.denial_code rebills.payer_id rebills.recorded_login rebills.recorded_role rebills.resolved_on
    remittance_adjustments.classified_by remittance_adjustments.disposition remittance_adjustments.is_assumed
    remittance_claims.being_posted
    remittances.explained_amount
    remittance_claims.claim_id remittance_claims.matched_by remittance_claims.posted_by remittance_claims.posted_on
    remittance_claims.waiting_difference remittance_claims.waits_for remittance_claims.waits_for_rule
    remittance_services.claim_id remittance_services.line_number
    remittances.is_dismissed remittances.reviewed_by remittances.reviewed_on
    denial_notes.recorded_login denial_notes.recorded_role
    patient_corrections.recorded_login patient_corrections.recorded_role
    write_offs.approved_by write_offs.approved_on write_offs.denial_code write_offs.payer_id write_offs.recorded_login
    write_offs.recorded_role write_offs.rejected_by write_offs.rejected_on write_offs.reversed_by write_offs.reversed_on
    write_offs.status";

/// What only who approves sets.
const DECIDED: &str = "
    write_offs.approved_by write_offs.approved_on write_offs.rejected_by write_offs.rejected_on write_offs.reversed_by
    write_offs.reversed_on write_offs.status";

/// Tables to which services add no row.
const NOT_ADDED_TO: [&str; 19] = [
    "__diesel_schema_migrations",
    "adjustment_rules",
    "audit_keys",
    "audit_log",
    "audit_seals",
    "coding_rule_diagnoses",
    "coding_rules",
    "database_environment",
    "denial_code_library",
    "denial_work_items",
    "filing_rules",
    "org_policies",
    "payer_merges",
    "period_closings",
    "personal_logins",
    "procedure_indicators",
    "remark_code_library",
    "required_versions",
    "status_transitions",
];

/// What only auditors read, and what nobody does.
const OF_THE_AUDIT: [&str; 3] = ["audit_keys", "audit_log", "audit_seals"];

/// The schema, as its owner sees it.
struct Schema {
    tables: Vec<String>,
    views: Vec<String>,
    /// `claims.amount`; none that is computed.
    columns: Vec<String>,
}

async fn texts(database: &TestDatabase, query: &str) -> Vec<String> {
    connect(database.url()).await.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

impl Schema {
    async fn of(database: &TestDatabase) -> Self {
        let relations = |kind: &str| {
            format!(
                "select relname::text from pg_class
                 where relkind = '{kind}' and relnamespace = current_schema()::regnamespace"
            )
        };
        let columns = "
            select format('%s.%s', relname, attname) from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind = 'r' and relnamespace = current_schema()::regnamespace
                and attnum > 0 and not attisdropped and attgenerated = ''";
        let schema = Self {
            tables: texts(database, &relations("r")).await,
            views: texts(database, &relations("v")).await,
            columns: texts(database, columns).await,
        };
        assert!(schema.tables.len() > 15 && schema.views.len() > 8 && schema.columns.len() > 150);
        schema
    }

    fn relations(&self) -> impl Iterator<Item = &String> {
        self.tables.iter().chain(&self.views)
    }

    /// What everybody who reads everything reads.
    fn readable(&self) -> BTreeSet<String> {
        let relations = self.relations().filter(|relation| !OF_THE_AUDIT.contains(&relation.as_str()));
        relations.map(|relation| format!("select {relation}")).collect()
    }
}

/// Whether a statement is permitted; it stays without effect.
async fn may(connection: &mut AsyncPgConnection, statement: &str) -> bool {
    let result = connection.batch_execute(&format!("begin; {statement}")).await;
    connection.batch_execute("rollback").await.unwrap();
    match result.map_err(Error::from) {
        Ok(()) => true,
        Err(Error::Query { kind: QueryErrorKind::PermissionDenied, .. }) => false,
        Err(error) => panic!("{statement}: {error}"),
    }
}

/// What a role may do, tried as the role on every table, view and column; what a statement can't try, asked.
async fn rights(database: &TestDatabase, schema: &Schema, access: &Access) -> BTreeSet<String> {
    let mut connection = database.connect_as(access).await.unwrap();
    let mut tries = vec![
        (String::from("create"), String::from("create table mine ()")),
        (String::from("create"), String::from("create function mine() returns int language sql return 1")),
    ];
    for relation in schema.relations() {
        tries.push((format!("select {relation}"), format!("select from {relation} limit 0")));
    }
    for table in &schema.tables {
        for (right, statement) in [
            ("delete", format!("delete from {table} where false")),
            ("truncate", format!("truncate {table}")),
            ("lock", format!("lock table {table} in share mode")),
            ("trigger", format!("create trigger mine before insert on {table} execute function refuse_change()")),
            ("alter", format!("alter table {table} add column mine text")),
            ("drop", format!("drop table {table} cascade")),
        ] {
            tries.push((format!("{right} {table}"), statement));
        }
    }
    for name in &schema.columns {
        let (table, column) = name.split_once('.').unwrap();
        tries.push((format!("insert {name}"), format!("insert into {table} ({column}) select null where false")));
        tries.push((format!("update {name}"), format!("update {table} set {column} = null where false")));
    }
    let mut rights = BTreeSet::new();
    for (right, statement) in tries {
        if may(&mut connection, &statement).await {
            rights.insert(right);
        }
    }
    let roles = "select rolname::text from pg_roles where starts_with(rolname, current_database() || '_')";
    let role = texts(database, roles).await.remove(0);
    let asked = format!(
        "select format('%s %s', part, relname)
         from pg_class cross join unnest(array['INSERT', 'UPDATE', 'REFERENCES']) as part
         where relnamespace = current_schema()::regnamespace and (relkind = 'v' or part = 'REFERENCES')
             and relkind in ('r', 'v') and has_any_column_privilege('{role}', oid, part)
         union all
         select format('%s %s', part, relname) from pg_class cross join unnest(array['DELETE', 'TRUNCATE', 'TRIGGER']) as part
         where relnamespace = current_schema()::regnamespace and relkind = 'v' and has_table_privilege('{role}', oid, part)
         union all
         select format('execute %s', proname) from pg_proc
         where pronamespace = current_schema()::regnamespace and prosecdef and has_function_privilege('{role}', oid, 'execute')
             and proname !~ '_counted$'"
    );
    rights.extend(texts(database, &asked).await);
    // Everybody may call what counts for a view; it asks for the right to the view itself.
    for counted in ["claim", "denial", "appeal"] {
        let counts = may(&mut connection, &format!("select from {counted}s_counted('{counted}s')")).await;
        assert_eq!(counts, rights.contains(&format!("select {counted}_statistics")), "{counted}");
    }
    rights
}

#[tokio::test]
async fn the_app_role_writes_what_commands_write_and_nothing_else() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let schema = Schema::of(&database).await;
    let mut expected = schema.readable();
    expected.extend(UPDATED.split_whitespace().map(|column| format!("update {column}")));
    let inserted = schema.columns.iter().filter(|name| {
        let (table, column) = name.split_once('.').unwrap();
        !NOT_ADDED_TO.contains(&table)
            && !["created_at", "updated_at"].contains(&column)
            && !NOT_INSERTED.split_whitespace().any(|not_inserted| not_inserted == *name)
    });
    expected.extend(inserted.map(|column| format!("insert {column}")));
    assert_eq!(rights(&database, &schema, &access::APP).await, expected);
}

#[tokio::test]
async fn the_approver_role_decides_and_requests_nothing() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let schema = Schema::of(&database).await;
    let mut expected = schema.readable();
    expected.extend(DECIDED.split_whitespace().map(|column| format!("update {column}")));
    assert_eq!(rights(&database, &schema, &access::APPROVER).await, expected);
}

#[tokio::test]
async fn the_readonly_role_reads_everything_and_writes_nothing() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let schema = Schema::of(&database).await;
    assert_eq!(rights(&database, &schema, &access::READONLY).await, schema.readable());
    // It may start a service, too, and say whether the database is as expected.
    let seen = database.database_as(&access::READONLY).await.unwrap();
    run_pending(&seen).await.unwrap();
    assert!(verify(&seen).await.unwrap().is_as_expected());
}

#[tokio::test]
async fn the_reporting_role_reads_no_patient_and_runs_every_report() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let schema = Schema::of(&database).await;
    let expected: BTreeSet<String> = FACTS.iter().map(|view| format!("select {view}")).collect();
    assert_eq!(rights(&database, &schema, &access::REPORTING).await, expected);

    let owner = connect(database.url()).await;
    owner
        .batch_execute(&format!(
            "begin; {INSERT_CLAIM}; commit;
             update claims set submitted_on = '2024-01-02';
             insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select id, 'CO-197', '2024-01-03', 10 from claims"
        ))
        .await
        .unwrap();
    let mut reporting = database.connect_as(&access::REPORTING).await.unwrap();
    for function in ["denial", "appeal", "write_off", "rebill", "variance"] {
        reporting.batch_execute(&format!("select * from {function}_report()")).await.unwrap();
    }
    let facts = FACTS.map(|view| format!("select to_jsonb({view})::text from {view}")).join(" union all ");
    let rows = texts(&database, &facts).await;
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains("PATIENT-1")), "{rows:?}");
}

#[tokio::test]
async fn the_statistics_role_reads_groups_of_months_and_nothing_else() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let schema = Schema::of(&database).await;
    let expected = ["claim_statistics", "denial_statistics", "appeal_statistics"].map(|view| format!("select {view}"));
    assert_eq!(rights(&database, &schema, &access::STATISTICS).await, BTreeSet::from(expected));
}

#[tokio::test]
async fn the_audit_role_reads_the_audit_log_and_nothing_else() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    // Somebody's view elsewhere gives nobody a right to what runs with its owner's rights.
    let owner = connect(database.url()).await;
    owner
        .batch_execute(
            "create schema elsewhere create view sealing as select public.seal_audit_log() is null as is_sealed",
        )
        .await
        .unwrap();
    let schema = Schema::of(&database).await;
    let expected = ["__diesel_schema_migrations", "audit_log", "audit_seals"].map(|table| format!("select {table}"));
    assert_eq!(rights(&database, &schema, &access::AUDIT).await, BTreeSet::from(expected));
}

#[tokio::test]
async fn several_tests_may_ask_for_a_role_at_once_and_it_goes_with_its_database() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let (one, two, three) = tokio::join!(
        database.connect_as(&access::APP),
        database.connect_as(&access::APP),
        database.connect_as(&access::READONLY),
    );
    drop((one.unwrap(), two.unwrap(), three.unwrap()));
    let other = TestDatabase::empty().await.unwrap();
    let roles =
        format!("select rolname::text from pg_roles where starts_with(rolname, '{}')", database.database().name());
    assert_eq!(texts(&other, &roles).await.len(), 2);
    drop(database);
    assert_eq!(texts(&other, &roles).await, Vec::<String>::new());
}
