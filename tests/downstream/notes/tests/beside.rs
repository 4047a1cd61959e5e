//! A service's own table stands beside those of rcm-schema: in queries, migrations, rights and in every organization.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use notes::schema::notes as own;
use notes::{APP, NOTES, RCM, grant, migrate};
use postgres_migrate::{Database, Definition, Runner, catalog};
use private_postgres::TestDatabase;
use rcm_schema::schema::{claims, denials, payers};
use rcm_schema::types::{Action, ClaimId, ClaimStatus};
use rcm_schema::views::denial_work_list;
use rcm_schema::{access, migrations};

const CLAIM: &str = "
    begin;
    insert into payers (payer_id, name, payer_type) values ('PAYER-1', 'A payer', 'commercial');
    insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
    select 'CLM-1', 'PATIENT-1', id, 'professional', 100, '2024-01-01', '2024-01-01', '2024-01-02' from payers;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select id, 1, '99213', 100, '2024-01-01' from claims;
    insert into denials (claim_id, denial_code, denied_on, denial_amount)
    select id, 'CO-197', '2024-01-15', 100 from claims;
    commit";

async fn run(database: &Database, statements: &str) {
    database.connect_client().await.unwrap().batch_execute(statements).await.unwrap();
}

async fn value(database: &Database, expression: &str) -> String {
    let client = database.connect_client().await.unwrap();
    client.query_one(&format!("select ({expression})::text"), &[]).await.unwrap().get(0)
}

async fn differences(definition: &Definition, database: &Database) -> Vec<String> {
    let found = Runner::new(definition).verify(database).await.unwrap();
    found.differences.iter().map(ToString::to_string).collect()
}

async fn migrated() -> TestDatabase {
    TestDatabase::migrated_with(&[&RCM, &NOTES]).await.unwrap()
}

#[tokio::test]
async fn own_tables_join_tables_and_views_and_group_with_their_columns() {
    let database = migrated().await;
    let connection = &mut database.connect_as(&access::APP).await.unwrap();
    run(database.database(), CLAIM).await;
    let claim: ClaimId = claims::table.select(claims::id).first(connection).await.unwrap();
    for note in ["Called the payer.", "They call back."] {
        let values = (own::claim_id.eq(claim), own::note.eq(note));
        diesel::insert_into(own::table).values(values).execute(connection).await.unwrap();
    }
    let joined: Vec<(String, ClaimId)> = own::table
        .inner_join(claims::table.inner_join(payers::table))
        .filter(payers::payer_id.eq("PAYER-1"))
        .filter(diesel::dsl::exists(denials::table.filter(denials::claim_id.eq(own::claim_id))))
        .order(own::id)
        .select((own::note, claims::id))
        .load(connection)
        .await
        .unwrap();
    assert_eq!(joined, [("Called the payer.".to_owned(), claim), ("They call back.".to_owned(), claim)]);
    let to_do: Vec<(String, Action)> = denial_work_list::table
        .inner_join(own::table.on(own::claim_id.eq(denial_work_list::claim_id)))
        .order(own::id)
        .select((own::note, denial_work_list::action))
        .load(connection)
        .await
        .unwrap();
    assert_eq!(to_do.len(), 2);
    let counted: Vec<(String, ClaimStatus, i64)> = own::table
        .inner_join(claims::table.inner_join(payers::table))
        .group_by((payers::name, claims::status))
        .select((payers::name, claims::status, count_star()))
        .load(connection)
        .await
        .unwrap();
    assert_eq!(counted, [("A payer".to_owned(), ClaimStatus::Denied, 2)]);
}

#[tokio::test]
async fn each_has_its_ledger_and_is_reverted_alone() {
    let database = migrated().await;
    let count = "select count(*) from notes_migrations";
    assert_eq!(value(database.database(), count).await, "1");
    let theirs = "select count(*) from __diesel_schema_migrations";
    let applied = value(database.database(), theirs).await;
    assert_eq!(applied, RCM.migrations.len().to_string());
    let reverted = Runner::new(&NOTES).revert(database.database(), 1).await.unwrap().reverted;
    assert_eq!(reverted, ["2026-01-01-000000_create_notes"]);
    assert_eq!(value(database.database(), theirs).await, applied);
    assert_eq!(differences(&RCM, database.database()).await, [""; 0]);
    assert_eq!(differences(&NOTES, database.database()).await, ["pending: 2026-01-01-000000_create_notes"]);
    migrate(database.database()).await.unwrap();
    assert_eq!(value(database.database(), count).await, "1");
}

#[tokio::test]
async fn verify_leaves_them_alone_and_knows_them_where_they_have_a_catalog() {
    let database = migrated().await;
    let database = database.database();
    assert_eq!(differences(&RCM, database).await, [""; 0]);
    assert_eq!(differences(&NOTES, database).await, [""; 0]);
    let undeclared = differences(&migrations::DEFINITION, database).await;
    for object in ["table notes", "sequence notes_id_seq", "column notes.note", "table notes_migrations"] {
        let told = format!("drift: unexpected object: {object}");
        assert!(undeclared.contains(&told), "{told} {undeclared:?}");
    }
    let found = catalog(database, &NOTES).await.unwrap();
    let kinds: BTreeSet<&str> = found.objects.keys().filter_map(|object| object.split(' ').next()).collect();
    assert_eq!(kinds, BTreeSet::from(["column", "constraint", "index", "sequence", "table"]), "{found:?}");
    let known = Definition { catalog: found.merge_into("").leak(), ..NOTES };
    run(database, "alter table notes add column author text; alter table claims add column author text").await;
    assert_eq!(differences(&known, database).await, ["drift: unexpected object: column notes.author"]);
    assert_eq!(differences(&RCM, database).await, ["drift: unexpected object: column claims.author"]);
}

#[tokio::test]
async fn grant_leaves_their_rights_alone() {
    let database = migrated().await;
    let app = database.database_as(&access::APP).await.unwrap();
    let database = database.database();
    let role = value(&app, "current_user").await;
    let insert = format!("has_column_privilege('{role}', 'notes', 'note', 'insert')");
    let void = format!("has_column_privilege('{role}', 'claims', 'voided_on', 'update')");
    let may = format!("concat({insert}, {void})");
    assert_eq!(value(database, &may).await, "tt");
    Runner::new(&RCM).grant(database, &role, &access::READONLY).await.unwrap();
    assert_eq!(value(database, &may).await, "tf");
    assert_eq!(value(database, &format!("has_table_privilege('{role}', 'notes_migrations', 'select')")).await, "true");
    Runner::new(&RCM).grant(database, &role, &access::APP).await.unwrap();
    let none = postgres_migrate::Access { writes: &[], ..APP };
    Runner::new(&NOTES).grant(database, &role, &none).await.unwrap();
    assert_eq!(value(database, &may).await, "ft");
    grant(database, &role).await.unwrap();
    assert_eq!(value(database, &may).await, "tt");
    assert_eq!(differences(&RCM, database).await, [""; 0]);
    // Whoever doesn't know of them takes back what they aren't told of.
    migrations::runner().grant(database, &role, &access::APP).await.unwrap();
    assert_eq!(value(database, &may).await, "ft");
}

#[tokio::test]
async fn every_organization_has_its_own() {
    let database = TestDatabase::empty().await.unwrap();
    for schema in ["org_hill", "org_river"] {
        run(database.database(), &format!("create schema {schema}")).await;
        migrate(&database.database().with_schema(schema)).await.unwrap();
        assert_eq!(differences(&RCM, &database.database().with_schema(schema)).await, [""; 0]);
        assert_eq!(differences(&NOTES, &database.database().with_schema(schema)).await, [""; 0]);
    }
    let river = database.database().with_schema("org_river");
    run(&river, CLAIM).await;
    run(&river, "insert into notes (claim_id, note) select id, 'Called.' from claims").await;
    assert_eq!(value(&river, "select count(*) from notes join claims on claims.id = notes.claim_id").await, "1");
    assert_eq!(value(&database.database().with_schema("org_hill"), "select count(*) from notes").await, "0");
    // The next one has theirs and not yet ours.
    run(database.database(), "create schema org_sea").await;
    migrations::run_pending(&database.database().with_schema("org_sea")).await.unwrap();
    let runner = Runner::new(&NOTES);
    let schemas = runner.schemas_like(database.database(), "org\\_%").await.unwrap();
    assert_eq!(schemas, ["org_hill", "org_river", "org_sea"]);
    let report =
        runner.run_pending_in_schemas(database.database(), &schemas, postgres_migrate::DEFAULT_JOBS, |_| ()).await;
    let applied: Vec<usize> = report.schemas.iter().map(|one| one.outcome.as_ref().unwrap().applied.len()).collect();
    assert_eq!(applied, [0, 0, 1]);
}

#[test]
fn the_page_shows_this_package() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(here.join(file)).unwrap();
    let page = read("../../../docs/own-tables.md");
    let mut shown = 0;
    for block in page.split("\n```").skip(1).step_by(2) {
        let (file, text) = block.split_once('\n').unwrap();
        let (_, file) = file.split_once(' ').expect("each block names its file");
        assert!(read(file).contains(text.trim_end()), "{file} doesn't hold this:\n{text}");
        shown += 1;
    }
    assert!(shown >= 3);
}
