//! `migrate up --all-schemas`: many schemas, a few at a time.

use std::fs;
use std::path::PathBuf;

use postgres_migrate::{DEFAULT_JOBS, Runner};
use private_postgres::TestDatabase;
use rcm_schema::migrations;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{client, column, drop_role, migrate, organizations, serving_role, value};

/// A directory with one migration, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn with(up: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rcm fleet {}", Uuid::now_v7().simple()));
        let folder = path.join("2024-01-01-000000_first");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), "drop table first").unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn create(owner: &Client, schemas: &[&str]) {
    for schema in schemas {
        owner.batch_execute(&format!("create schema \"{schema}\"")).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_fails_stops_no_other_and_each_is_told() {
    let database = organizations(&["org_done"]).await;
    let owner = client(&database, None).await;
    create(&owner, &["org_new", "org_New 2", "org_broken", "other"]).await;
    owner.batch_execute("create domain org_broken.payer_key as uuid").await.unwrap();
    let run = migrate(database.url(), &["up", "--all-schemas", "org\\_%", "--jobs", "2"]).exited_with(11);
    let mut lines: Vec<&str> = run.out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines.len(), 4, "{run:?}");
    assert!(lines[0].starts_with("org_New 2: applied ") && lines[0].contains(", the last 20"), "{run:?}");
    assert!(lines[1].starts_with("org_broken: failed: "), "{run:?}");
    assert!(lines[1].contains("(payer_key), and no ledger of what was applied"), "{run:?}");
    assert_eq!(lines[2], "org_done: up to date");
    assert!(lines[3].starts_with("org_new: applied "), "{run:?}");
    assert_eq!(run.error(), "error: 1 of 4 schemas failed (org_broken); the others are up to date");
    assert!(!run.err.contains('\u{1b}') && !run.err.contains("INFO"), "{run:?}");
    assert_eq!(value(&owner, "select to_regclass('other.payers')").await, "");

    // The cause is mended, and only that one is left.
    owner.batch_execute("drop domain org_broken.payer_key").await.unwrap();
    let run = migrate(database.url(), &["up", "--all-schemas", "org\\_%"]).exited_with(0);
    assert_eq!(run.out.matches(": up to date\n").count(), 3, "{run:?}");
    assert!(run.out.contains("org_broken: applied ") && run.out.ends_with("\nschemas up to date: 4\n"), "{run:?}");
}

#[tokio::test]
async fn a_dry_run_tells_what_is_pending_and_what_fails_and_changes_nothing() {
    let database = organizations(&["org_ahead", "org_done"]).await;
    let owner = client(&database, None).await;
    create(&owner, &["org_new"]).await;
    let needs = "insert into org_ahead.required_versions (migration, crate_version, reason)
                 values ('20991231000000', '99.0.0', 'a test');
                 insert into org_ahead.__diesel_schema_migrations (version) values ('20991231000000')";
    owner.batch_execute(needs).await.unwrap();
    let run = migrate(database.url(), &["up", "--all-schemas", "org\\_%", "--dry-run"]).exited_with(11);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 3, "{run:?}");
    assert!(lines[0].starts_with("org_ahead: failed: the database needs version 99.0.0"), "{run:?}");
    assert_eq!(lines[1], "org_done: up to date");
    assert!(lines[2].starts_with("org_new: pending ") && lines[2].contains(", the last 20"), "{run:?}");
    assert_eq!(run.error(), "error: 1 of 3 schemas failed (org_ahead); the others are shown");
    assert_eq!(value(&owner, "select to_regclass('org_new.payers')").await, "");
}

#[tokio::test]
async fn a_pattern_that_matches_nothing_is_told_and_changes_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    let schemas = "select nspname::text from pg_namespace order by 1";
    let owner = client(&database, None).await;
    let before = column(&owner, schemas).await;
    for pattern in ["org\\_%", "", "pg\\_%", "information%", "PUBLIC", "\\\\"] {
        for arguments in [&["up", "--all-schemas", pattern][..], &["up", "--dry-run", "--all-schemas", pattern]] {
            let run = migrate(database.url(), arguments).exited_with(1);
            let expected =
                format!("no schema that this role may use has a name like \"{pattern}\"; nothing was changed");
            assert!(run.error().ends_with(&expected) && run.out.is_empty(), "{run:?}");
        }
    }
    for pattern in ["org\\", "\\\\\\"] {
        let run = migrate(database.url(), &["up", "--all-schemas", pattern]).exited_with(1);
        assert!(run.error().contains(&format!("the pattern \"{pattern}\" ends with a backslash")), "{run:?}");
    }
    assert_eq!(column(&owner, schemas).await, before);
    assert_eq!(value(&owner, "select to_regclass('public.payers')").await, "");
}

#[tokio::test]
async fn a_schema_of_another_application_is_left_out_and_named() {
    let database = organizations(&["org_a"]).await;
    let owner = client(&database, None).await;
    let foreign = "create schema orgchart; create table orgchart.people ();
                   create schema orgdiesel;
                   create table orgdiesel.__diesel_schema_migrations
                       (version varchar(50) primary key, run_on timestamp not null default now());
                   create table orgdiesel.posts ()";
    owner.batch_execute(foreign).await.unwrap();
    let run = migrate(database.url(), &["up", "--all-schemas", "org%"]).exited_with(0);
    assert_eq!(run.out, "org_a: up to date\nschemas up to date: 1\n");
    assert!(
        run.err.contains(
            "WARN left out, because their tables are another application's: orgchart, orgdiesel; a run in one of"
        ),
        "{run:?}"
    );
    let run = migrate(database.url(), &["up", "--all-schemas", "orgc%"]).exited_with(1);
    assert!(run.err.contains("another application's: orgchart; "), "{run:?}");
    assert!(run.error().contains("no schema that this role may use has a name like \"orgc%\""), "{run:?}");
    let tables =
        "(select count(*) from pg_class where relkind = 'r' and relnamespace::regnamespace::text ~ '^org[cd]')";
    assert_eq!(value(&owner, tables).await, "3");

    // By its name it becomes an organization, and one of the fleet.
    migrate(database.url(), &["up", "--schema", "orgdiesel"]).exited_with(0);
    let run = migrate(database.url(), &["up", "--all-schemas", "orgd%"]).exited_with(0);
    assert_eq!(run.out, "orgdiesel: up to date\nschemas up to date: 1\n");
}

#[tokio::test]
async fn a_schema_that_the_role_may_not_use_is_left_out_and_named() {
    let database = organizations(&["org_a", "org_b"]).await;
    let role = serving_role(&database, "org_a").await;
    let url = format!("{}&user={role}&password={}", database.url(), crate::support::PASSWORD);
    let run = migrate(&url, &["up", "--all-schemas", "org%"]).exited_with(0);
    assert_eq!(run.out, "org_a: up to date\nschemas up to date: 1\n");
    assert!(run.err.contains("WARN left out, because this role has no USAGE on them: org_b\n"), "{run:?}");
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_login_that_is_a_member_of_each_owner_needs_no_right_of_its_own() {
    let database = organizations(&[]).await;
    let owner = client(&database, None).await;
    let id = Uuid::now_v7().simple();
    let (login, first, second) = (format!("login_{id}"), format!("first_{id}"), format!("second_{id}"));
    let make = format!(
        "create role {first}; create role {second};
         create role {login} login noinherit password '{}' in role {first}, {second};
         create schema org_a authorization {first}; create schema org_b authorization {second}",
        crate::support::PASSWORD
    );
    owner.batch_execute(&make).await.unwrap();
    let url = format!("{}&user={login}&password={}", database.url(), crate::support::PASSWORD);
    let run = migrate(&url, &["up", "--all-schemas", "org%"]).exited_with(0);
    assert!(run.out.ends_with("\nschemas up to date: 2\n"), "{run:?}");
    let owners =
        "select string_agg(distinct tableowner, ' ' order by tableowner) from pg_tables where schemaname ~ '^org_'";
    assert_eq!(value(&owner, owners).await, format!("{first} {second}"));
    owner
        .batch_execute(&format!("drop owned by {first}, {second}, {login}; drop role {first}, {second}, {login}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn no_more_run_at_a_time_than_asked_for() {
    let database = TestDatabase::empty().await.unwrap();
    let owner = client(&database, None).await;
    let schemas: Vec<String> = (1..=6).map(|number| format!("org_{number}")).collect();
    owner.batch_execute("create table public.spans (span tstzrange)").await.unwrap();
    for schema in &schemas {
        owner.batch_execute(&format!("create schema {schema}")).await.unwrap();
    }
    // A sleep between the ends of a span.
    let folder = Folder::with(
        "create table first (started timestamptz default clock_timestamp());
         insert into first default values;
         select pg_sleep(0.8);
         insert into public.spans select tstzrange(started, clock_timestamp()) from first",
    );
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, &folder.0).unwrap();
    let mut seen = Vec::new();
    let jobs = 3.try_into().unwrap();
    let fleet = runner
        .run_pending_in_schemas(database.database(), &schemas, jobs, |report| seen.push(report.schema.clone()))
        .await;
    assert_eq!(fleet.failed().count(), 0, "{fleet:?}");
    seen.sort();
    assert_eq!(seen, schemas);
    assert_eq!(fleet.schemas.iter().map(|report| report.schema.clone()).collect::<Vec<_>>(), schemas);
    let most = "select max((select count(*) from public.spans as other where other.span @> lower(one.span)))
         from public.spans as one";
    // On a busy machine the third may come too late to meet the first.
    let most = value(&owner, most).await;
    assert!(["2", "3"].contains(&most.as_str()), "{most}");
}

#[tokio::test]
async fn the_report_is_typed() {
    let database = organizations(&["org_a"]).await;
    let owner = client(&database, None).await;
    create(&owner, &["org_b", "org_c"]).await;
    owner.batch_execute("create table org_c.payers ()").await.unwrap();
    let runner = migrations::runner();
    let schemas = runner.schemas_like(database.database(), "org\\__").await.unwrap();
    let fleet = runner.run_pending_in_schemas(database.database(), &schemas, DEFAULT_JOBS, |_| {}).await;
    let [a, b, c] = &fleet.schemas[..] else { panic!("{fleet:?}") };
    assert_eq!((a.schema.as_str(), b.schema.as_str(), c.schema.as_str()), ("org_a", "org_b", "org_c"));
    assert!(a.outcome.as_ref().unwrap().applied.is_empty());
    assert!(b.outcome.as_ref().unwrap().applied.len() > 30);
    assert_eq!(fleet.failed().map(|report| report.schema.as_str()).collect::<Vec<_>>(), ["org_c"]);
}
