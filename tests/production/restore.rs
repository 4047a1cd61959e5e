//! A dump that is restored is the same database: objects, rows, sums and guards.

use rcm_schema::error::Rule;
use rcm_schema::migrations::DEFINITION;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::audit::Head;
use rcm_schema::models::Denial;
use rcm_schema::types::ClaimId;
use rcm_schema::{Error, audit, migrations, workflow};
use uuid::Uuid;

use crate::server::program;
use crate::work::{add_payer, assert_whole, change_who_it_was, payment_for, work_one};

/// What the migrations fill, and nobody else; a data-only dump leaves it out.
const KEPT_BY_MIGRATIONS: [&str; 4] =
    ["__diesel_schema_migrations", "database_environment", "required_versions", "status_transitions"];
/// What the migrations fill and an organization changes.
const FILLED_BY_MIGRATIONS: [&str; 10] = [
    "coding_rule_diagnoses",
    "coding_rules",
    "procedure_indicators",
    "denial_code_library",
    "remark_code_library",
    "filing_rules",
    "org_policies",
    "period_closings",
    "audit_keys",
    "audit_seals",
];

/// A file that is gone when this is dropped.
struct Dump(PathBuf);

impl Drop for Dump {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

async fn lines(connection: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(query).load(connection).await.unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Every table with the number of its rows and a hash over all of them.
async fn content(connection: &mut AsyncPgConnection) -> Vec<String> {
    let tables = "select cast(oid as regclass)::text as line from pg_class
                  where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace) order by 1";
    let mut content = Vec::new();
    for table in lines(connection, tables).await {
        let query = format!(
            "select concat_ws(' ', '{table}', count(*), md5(string_agg(t::text, ',' order by t::text))) as line from {table} as t"
        );
        content.extend(lines(connection, &query).await);
    }
    content
}

/// A database that every kind of work has passed through, and the claims in it.
async fn worked() -> (TestDatabase, Vec<ClaimId>) {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let payer = add_payer(&mut connection).await;
    let mut confirmed = Vec::new();
    for turn in 0..8 {
        work_one(&mut connection, payer, turn, &mut confirmed).await.unwrap();
    }
    change_who_it_was(&mut connection, payer).await;
    (database, confirmed)
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `pg_dump -Fc`; `None` where it is not installed, or older than the server and so refused by its own rule.
async fn dump(database: &TestDatabase, options: &[&str]) -> Option<Dump> {
    let Some(pg_dump) = program("pg_dump") else {
        crate::skip("pg_dump is not installed; nothing is dumped and restored");
        return None;
    };
    let version = Command::new(&pg_dump).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let number = version.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    let query = "select current_setting('server_version_num') as line";
    let server = lines(&mut database.connect().await.unwrap(), query).await[0].parse::<u32>().unwrap() / 10_000;
    if number.is_none_or(|number| number < server) {
        crate::skip(&format!("{} can't dump PostgreSQL {server}; nothing is dumped and restored", version.trim()));
        return None;
    }
    let file = Dump(std::env::temp_dir().join(format!("rcm-{}.dump", Uuid::now_v7().simple())));
    run(Command::new(pg_dump).args(["-Fc", "--dbname", database.url(), "--file"]).arg(&file.0).args(options));
    Some(file)
}

fn restore(dump: &Path, database: &TestDatabase, options: &[&str]) {
    let pg_restore = program("pg_restore").unwrap();
    run(Command::new(pg_restore).args(["--exit-on-error", "--dbname", database.url()]).args(options).arg(dump));
}

/// Rules of each kind: a CHECK, a trigger on totals, one on the ledger, one on paths, a deferred one, a foreign key.
async fn assert_guarded(connection: &mut AsyncPgConnection) {
    for (statement, rule) in [
        ("update denials set denial_amount = 59 where open_action is not null", "denials_amount_is_fixed"),
        ("update denials set recovered_amount = 1 where open_amount > 1", "denials_totals_follow_postings"),
        ("delete from postings", "postings_are_append_only"),
        ("update appeals set status = 'pending'", "appeals_status_path"),
        ("update claims set submitted_on = submitted_on + 1", "claims_what_happened_is_fixed"),
        ("delete from claim_lines", "claims_parts_are_fixed"),
        ("delete from payers", "_payer_id_exists"),
        ("update write_offs set approved_by = requested_by where status = 'approved'", "write_offs_"),
    ] {
        let refused = connection.batch_execute(statement).await.expect_err(statement);
        assert!(refused.to_string().contains(rule), "{statement}: {refused}");
    }
    let denial: Denial = Denial::query().first(connection).await.unwrap();
    let too_much = workflow::postings::post(connection, None, &[payment_for(&denial, "60.01")]).await;
    assert!(matches!(too_much, Err(Error::Rule(Rule::OverAllocated { .. }))), "{too_much:?}");
}

/// Objects, and what `migrate verify` says of them and of the ledger of migrations.
async fn assert_same_schema(original: &TestDatabase, restored: &TestDatabase) {
    let [before, after] = [original, restored].map(TestDatabase::database);
    let catalogs = (
        postgres_migrate::catalog(before, &rcm_schema::migrations::DEFINITION).await.unwrap(),
        postgres_migrate::catalog(after, &rcm_schema::migrations::DEFINITION).await.unwrap(),
    );
    let differs = |object: &&String| catalogs.0.objects.get(*object) != catalogs.1.objects.get(*object);
    let different: Vec<&String> = catalogs.0.objects.keys().chain(catalogs.1.objects.keys()).filter(differs).collect();
    assert_eq!(different, Vec::<&String>::new());
    assert_eq!(migrations::verify(before).await.unwrap(), migrations::verify(after).await.unwrap());
}

async fn assert_in_use(database: &TestDatabase, confirmed: &[ClaimId]) {
    let mut connection = database.connect().await.unwrap();
    assert_whole(&mut connection, confirmed).await;
    assert_guarded(&mut connection).await;
    let payer = rcm_schema::schema::payers::table.select(rcm_schema::schema::payers::id);
    let payer = payer.first(&mut connection).await.unwrap();
    for turn in 0..4 {
        work_one(&mut connection, payer, turn, &mut Vec::new()).await.unwrap();
    }
    assert_whole(&mut connection, confirmed).await;
}

/// What was sealed before the dump is whole, and what is changed afterwards is sealed as well.
async fn assert_sealed(restored: &TestDatabase, head: &Head) {
    let mut connection = restored.connect().await.unwrap();
    let trail = audit::verify(&mut connection, Some(head)).await.unwrap();
    assert!(trail.broken.is_empty() && trail.sealed > 0 && trail.unsealed > 0, "{trail:?}");
    let next = audit::seal(&mut connection).await.unwrap();
    assert_ne!(next, *head);
    let trail = audit::verify(&mut connection, Some(head)).await.unwrap();
    assert!(trail.broken.is_empty() && trail.unsealed == 0 && trail.head == next, "{trail:?}");
}

#[tokio::test]
async fn a_restored_dump_is_the_same_database() {
    let (original, confirmed) = worked().await;
    let head = audit::seal(&mut original.connect().await.unwrap()).await.unwrap();
    let Some(dump) = dump(&original, &[]).await else { return };
    let restored = TestDatabase::empty().await.unwrap();
    restore(&dump.0, &restored, &[]);
    assert_same_schema(&original, &restored).await;
    let (mut before, mut after) = (original.connect().await.unwrap(), restored.connect().await.unwrap());
    let content = content(&mut before).await;
    assert!(content.len() > 15 && !content.iter().any(|table| table.starts_with("postings 0")), "{content:?}");
    assert!(
        !content.iter().any(|table| table.contains("_merges 0") || table.contains("_corrections 0")),
        "{content:?}"
    );
    assert_eq!(content, self::content(&mut after).await);
    assert_in_use(&restored, &confirmed).await;
    assert_sealed(&restored, &head).await;
}

#[tokio::test]
async fn data_alone_is_restored_into_a_migrated_database() {
    let (original, confirmed) = worked().await;
    let head = audit::seal(&mut original.connect().await.unwrap()).await.unwrap();
    let exclude = KEPT_BY_MIGRATIONS.map(|table| format!("--exclude-table-data={table}"));
    let mut options = vec!["--data-only"];
    options.extend(exclude.iter().map(String::as_str));
    let Some(dump) = dump(&original, &options).await else { return };
    let restored = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut after = restored.connect().await.unwrap();
    after
        .batch_execute(&format!(
            "set session_replication_role = replica; delete from {}; reset session_replication_role",
            FILLED_BY_MIGRATIONS.join("; delete from ")
        ))
        .await
        .unwrap();
    restore(&dump.0, &restored, &["--disable-triggers", "--single-transaction"]);
    assert_same_schema(&original, &restored).await;
    let mut before = original.connect().await.unwrap();
    let rows = |content: Vec<String>| -> Vec<String> {
        let kept = |line: &String| !KEPT_BY_MIGRATIONS.iter().any(|table| line.starts_with(table));
        content.into_iter().filter(kept).collect()
    };
    assert_eq!(rows(content(&mut before).await), rows(content(&mut after).await));
    assert_in_use(&restored, &confirmed).await;
    assert_sealed(&restored, &head).await;
}
