//! README.md says what is so: the picture, the list of tables, the commands, the messages.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use rcm_schema::testing::TestDatabase;
use rcm_schema::{Database, Error};
use uuid::Uuid;

use crate::catalog::{migrated, run, texts};
use crate::examples::example;

const README: &str = include_str!("../../README.md");

/// The blocks that begin with a fence.
fn blocks(fence: &str) -> Vec<&'static str> {
    let fence = format!("\n```{fence}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test]
async fn the_picture_is_the_catalog() {
    let (_database, mut connection) = migrated().await;
    let query = include_str!("../../scripts/er-diagram.sql");
    let drawn = texts(&mut connection, query).await.join("\n") + "\n";
    assert!(drawn.lines().count() > 80);
    assert_eq!(blocks("mermaid"), [drawn], "make it again: psql -XAt -f scripts/er-diagram.sql");
    run(&mut connection, "alter table claims drop column replaces_claim_id cascade").await;
    assert_ne!(texts(&mut connection, query).await.join("\n") + "\n", blocks("mermaid")[0]);
}

#[tokio::test]
async fn every_table_and_view_has_its_line() {
    let (_database, mut connection) = migrated().await;
    for (heading, kind) in [("| table | one row is |", "r"), ("| view | one row is |", "v")] {
        let query = format!(
            "select relname from pg_class where relkind = '{kind}' and relnamespace = cast(current_schema() as regnamespace)
             and relname <> '__diesel_schema_migrations' order by 1"
        );
        let existing = texts(&mut connection, &query).await;
        assert!(!existing.is_empty());
        let section = README.split(heading).nth(1).unwrap().split("\n\n").next().unwrap();
        let mut listed: Vec<&str> =
            section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        listed.sort_unstable();
        assert_eq!(listed, existing);
    }
}

fn program(name: &str) -> &'static str {
    match name {
        "migrate" => env!("CARGO_BIN_EXE_migrate"),
        "seed" => env!("CARGO_BIN_EXE_seed"),
        other => panic!("README.md runs a program {other}"),
    }
}

#[tokio::test]
async fn its_commands_work_in_order() {
    let database = TestDatabase::empty().await.unwrap();
    let mut ran = 0;
    for line in blocks("sh").into_iter().flat_map(str::lines) {
        let words: Vec<&str> =
            line.split(' ').filter(|word| *word != "--").map(|word| word.trim_matches('\'')).collect();
        let output = match words[..] {
            ["cargo", "run", "--bin", name, ref arguments @ ..] => {
                Command::new(program(name)).args(arguments).env("DATABASE_URL", database.url()).output().unwrap()
            }
            ["cargo", "run", "--example", name] => example(name, &database),
            _ => {
                assert_eq!(line, "cargo test");
                continue;
            }
        };
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran >= 14);
}

#[tokio::test]
async fn its_examples_print_what_it_shows() {
    let database = TestDatabase::migrated().await.unwrap();
    for name in ["denial_to_appeal", "denial_to_write_off", "denial_to_rebill", "payment_variance"] {
        let printed = String::from_utf8(example(name, &database).stdout).unwrap();
        let mut lines = printed.lines();
        for shown in blocks(&format!("text {name}"))[0].lines() {
            assert!(lines.any(|line| line == shown), "not printed, or not in this order: {shown}\n{printed}");
        }
    }
}

#[tokio::test]
async fn its_sql_runs_and_nothing_differs() {
    let (_database, mut connection) = migrated().await;
    let statements: Vec<&str> = blocks("sql").into_iter().flat_map(str::lines).collect();
    assert_eq!(statements.len(), 3);
    for statement in statements {
        let query = format!("select count(*) from ({}) as answer", statement.trim_end_matches(';'));
        assert_eq!(texts(&mut connection, &query).await, ["0"], "{statement}");
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table with this heading.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let table = README.split(heading).nth(1).unwrap().split("\n\n").next().unwrap();
    table.lines().skip(2).map(|row| row.split(" | ").collect()).collect()
}

#[test]
fn every_command_has_its_place() {
    let table = table("| module | commands |");
    assert_eq!(table.len(), 7);
    for row in table {
        let module = quoted(row[0])[0];
        let source = fs::read_to_string(format!("{}/src/workflow/{module}.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let commands = source.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        assert_eq!(quoted(row[1]), commands.collect::<Vec<_>>(), "{module}");
    }
}

#[test]
fn every_error_of_a_rule_has_its_place() {
    let source = include_str!("../../src/error/refusal.rs");
    let mut errors: Vec<&str> = source
        .split("Error::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap())
        .collect();
    let mut listed: Vec<&str> = table("| rule | error |").iter().flat_map(|row| quoted(row.last().unwrap())).collect();
    errors.sort_unstable();
    errors.dedup();
    listed.sort_unstable();
    assert_eq!(listed, errors);
}

/// A directory of its own, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("rcm readme {}", Uuid::now_v7().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn migrate(directory: &Path, url: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(directory).args(arguments).env_remove("DATABASE_URL").env_remove("CARGO_MANIFEST_DIR");
    command.envs(url.map(|url| ("DATABASE_URL", url))).output().unwrap()
}

/// The port of what answers the first request for TLS with "no", as a PostgreSQL without TLS does.
fn server_without_tls() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.read_exact(&mut [0; 8]).unwrap();
        client.write_all(b"N").unwrap();
    });
    port
}

/// The messages of the troubleshooting table.
fn messages() -> Vec<&'static str> {
    let table = README.split("| message | cure |\n|---|---|\n").nth(1).unwrap();
    table.lines().map(|row| row.strip_prefix("| `").unwrap().split('`').next().unwrap()).collect()
}

/// What the programs print when each thing goes wrong.
async fn printed() -> Vec<String> {
    let (database, mut connection) = migrated().await;
    let name = database.database().name();
    let url = |parameters: &str| format!("{}&{parameters}", database.url());
    let directory = Directory::new();
    directory.write("migrations/2024_twice/up.sql", "create table t ();\ncreate table t ();");
    directory.write("migrations/2024_twice/down.sql", "drop table t;");
    directory.write("broken/.env", "A=1\nDATABASE_URL\n");

    let role = format!("readme_{}", Uuid::now_v7().simple());
    run(
        &mut connection,
        &format!("create role {role} login password 'right'; grant select on __diesel_schema_migrations to {role}"),
    )
    .await;
    let as_role = url(&format!("user={role}&password=right"));
    let wrong_password = url(&format!("user={role}&password=wrong"));
    let twice = ["--migration-dir", "migrations", "up"];

    let mut printed = Vec::new();
    let mut note = |output: Output| {
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.contains("error: "), !output.status.success(), "{text}");
        printed.push(text);
    };
    let here = directory.0.as_path();
    note(migrate(here, None, &["status"]));
    note(migrate(&here.join("broken"), None, &["status"]));
    note(migrate(here, Some("postgres://user:p@ss@host/name"), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@127.0.0.1:1/rcmdb"), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@nowhere.invalid/rcmdb"), &["status"]));
    note(migrate(here, Some(&url("dbname=missing")), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@db.example/rcmdb?sslrootcert=/no/such/file"), &["status"]));
    note(migrate(here, Some(&wrong_password), &["status"]));
    note(migrate(here, Some(database.url()), &["status", "--schema", "org_x"]));
    let plain = format!("postgres://rcm_admin@127.0.0.1:{}/rcmdb?sslmode=require", server_without_tls());
    note(migrate(here, Some(&plain), &["status"]));
    note(migrate(here, Some(database.url()), &twice));
    run(&mut connection, "delete from __diesel_schema_migrations where version = '20261122002000'").await;
    note(migrate(here, Some(&as_role), &["up"]));
    note(migrate(here, Some(&url("options=-c%20default_transaction_read_only%3Don")), &["up"]));
    run(
        &mut connection,
        "insert into __diesel_schema_migrations (version) values ('20261122002000'), ('99990101000000')",
    )
    .await;
    note(migrate(here, Some(database.url()), &["up"]));
    run(&mut connection, "insert into required_versions values ('99990101000000', '9.0.0', 'It says why.')").await;
    note(migrate(here, Some(database.url()), &["up"]));
    run(&mut connection, "delete from required_versions").await;
    let seed = |url: &str| Command::new(env!("CARGO_BIN_EXE_seed")).env("DATABASE_URL", url).output().unwrap();
    assert!(seed(database.url()).status.success());
    run(&mut connection, "update appeals set assigned_to = 'somebody.else'").await;
    note(seed(database.url()));
    let set = ["environment", "set", "production", "--database", name];
    assert!(migrate(here, Some(database.url()), &set).status.success());
    note(migrate(here, Some(database.url()), &["reset"]));

    run(&mut connection, &format!("drop owned by {role}; drop role {role}; drop table appeals cascade")).await;
    let claim = diesel_async::RunQueryDsl::load::<uuid::Uuid>(
        diesel::QueryDsl::select(rcm_schema::schema::appeals::table, rcm_schema::schema::appeals::id),
        &mut connection,
    )
    .await;
    printed.push(Error::from(claim.unwrap_err()).to_string());
    let load =
        diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, "load '$libdir/plugins/missing'").await;
    printed.push(Error::from(load.unwrap_err()).to_string());
    printed
}

#[tokio::test]
async fn its_messages_are_printed_and_the_programs_messages_are_in_it() {
    let printed = printed().await;
    // These need a machine without PostgreSQL, a server with TLS, a standby, five minutes or a migration of one's own; here their source is all there is.
    let elsewhere = [
        ("no DATABASE_URL is set and PostgreSQL's server programs", include_str!("../../src/error/mod.rs")),
        ("signed by an authority that is not trusted", include_str!("../../src/connection/failure.rs")),
        ("gave up waiting for the migration lock", include_str!("../../src/migrations/lock.rs")),
        ("other sessions hold locks that it needs", include_str!("../../src/migrations/patience.rs")),
        ("this server is a standby", include_str!("../../src/migrations/session.rs")),
        ("rows of the table have equal keys", include_str!("../../src/migrations/execute.rs")),
    ];
    let role = "wrong password for role \"";
    for message in messages() {
        match elsewhere.iter().find(|(start, _)| message.starts_with(start)) {
            Some((start, source)) => assert!(source.contains(start), "not in its source: {message}"),
            None => {
                let shown = if message.starts_with(role) { role } else { message };
                assert!(printed.iter().any(|text| text.contains(shown)), "never printed: {message}\n{printed:#?}");
            }
        }
    }
    for text in &printed {
        assert!(
            messages().iter().any(|message| text.contains(message)) || text.contains(role),
            "not in the README: {text}"
        );
    }
}

#[test]
fn the_example_of_env_fits_the_compose_file() {
    let compose = include_str!("../../docker-compose.yml");
    let example = include_str!("../../.env.example");
    let url = example.lines().find_map(|line| line.strip_prefix("DATABASE_URL=")).unwrap();
    assert_eq!(Database::from_url(url).unwrap().to_string(), "127.0.0.1:5432/rcmdb");
    let password = example.lines().find_map(|line| line.strip_prefix("POSTGRES_PASSWORD=")).unwrap();
    assert!(url.contains(&format!("://rcm_admin:{password}@")));
    for line in [
        "container_name: rcm-postgres",
        "POSTGRES_DB: rcmdb",
        "POSTGRES_USER: rcm_admin",
        "\"127.0.0.1:5432:5432\"",
        "\"127.0.0.1:5050:80\"",
    ] {
        assert!(compose.contains(line), "{line}");
    }
}
