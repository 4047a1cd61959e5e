//! The programs do what README.md and docs say: their commands work, and their messages are in docs/troubleshooting.md.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use diesel_async::SimpleAsyncConnection;
use private_postgres::TestDatabase;
use rcm_schema::Error;
use rcm_schema::migrations::DEFINITION;
use uuid::Uuid;

use crate::pages::{blocks, page, quoted, root, table};

fn program(name: &str) -> &'static str {
    match name {
        "migrate" => env!("CARGO_BIN_EXE_migrate"),
        "seed" => env!("CARGO_BIN_EXE_seed"),
        "import" => env!("CARGO_BIN_EXE_import"),
        other => panic!("the documentation runs a program {other}"),
    }
}

#[tokio::test]
async fn the_commands_work_in_order() {
    let database = TestDatabase::empty().await.unwrap();
    let mut ran = 0;
    let named = |word| if word == "rcmdb" { database.database().name() } else { word };
    for line in blocks("sh").into_iter().flat_map(str::lines) {
        let words: Vec<&str> =
            line.split(' ').filter(|word| *word != "--").map(|word| word.trim_matches('\'')).map(named).collect();
        let ["cargo", "run", "--bin", name, ref arguments @ ..] = words[..] else {
            // Tests of their own run the examples.
            assert!(line == "cargo test" || line.starts_with("cargo run --example "), "{line}");
            continue;
        };
        let mut command = Command::new(program(name));
        // A private server would have a key of its own.
        command.env("DATABASE_URL", database.url()).env("RCM_PSEUDONYM_KEY", "0f".repeat(32));
        let output = command.args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran >= 14);
}

/// A directory of its own, removed at the end.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("rcm readme {}", Uuid::now_v7().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, file: &str, text: &str) -> &Self {
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
    table("| message | what to do |").iter().map(|row| quoted(row[0])[0]).collect()
}

/// What the programs print when each thing goes wrong.
async fn printed() -> Vec<String> {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let name = database.database().name();
    let url = |parameters: &str| format!("{}&{parameters}", database.url());
    let directory = Directory::new();
    directory.write("migrations/2024_twice/up.sql", "create table t ();\ncreate table t ();");
    directory.write("migrations/2024_twice/down.sql", "drop table t;");
    directory.write("broken/.env", "A=1\nDATABASE_URL\n");

    let role = format!("readme_{}", Uuid::now_v7().simple());
    connection
        .batch_execute(&format!(
            "create role {role} login password 'right'; grant select on __diesel_schema_migrations to {role}"
        ))
        .await
        .unwrap();
    let as_role = url(&format!("user={role}&password=right"));
    let twice = ["--migration-dir", "migrations", "up"];

    let mut printed = Vec::new();
    let mut note = |output: Output| {
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.contains("error: "), !output.status.success(), "{text}");
        printed.push(text);
    };
    let here = directory.path();
    note(migrate(here, None, &["status"]));
    note(migrate(&here.join("broken"), None, &["status"]));
    note(migrate(here, Some("postgres://user:p@ss@host/name"), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@127.0.0.1:1/rcmdb"), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@nowhere.invalid/rcmdb"), &["status"]));
    note(migrate(here, Some(&url("dbname=missing")), &["status"]));
    note(migrate(here, Some(&url("options=-c%20no_such_setting%3D1")), &["status"]));
    note(migrate(here, Some("postgres://rcm_admin@db.example/rcmdb?sslrootcert=/no/such/file"), &["status"]));
    note(migrate(here, Some(database.url()), &["status", "--schema", "org_x"]));
    let plain = format!("postgres://rcm_admin@127.0.0.1:{}/rcmdb?sslmode=require", server_without_tls());
    note(migrate(here, Some(&plain), &["status"]));
    note(migrate(here, Some(database.url()), &twice));
    connection.batch_execute("delete from __diesel_schema_migrations where version = '20261122002000'").await.unwrap();
    note(migrate(here, Some(&as_role), &["up"]));
    note(migrate(here, Some(&url("options=-c%20default_transaction_read_only%3Don")), &["up"]));
    connection
        .batch_execute("insert into __diesel_schema_migrations (version) values ('20261122002000'), ('99990101000000')")
        .await
        .unwrap();
    note(migrate(here, Some(database.url()), &["up"]));
    connection
        .batch_execute("update __diesel_schema_migrations set checksum = 'x' where version = '20261122000400'")
        .await
        .unwrap();
    note(migrate(here, Some(database.url()), &["up"]));
    assert!(migrate(here, Some(database.url()), &["up", "--edited"]).status.success());
    connection
        .batch_execute("insert into required_versions values ('99990101000000', '9.0.0', 'It says why.')")
        .await
        .unwrap();
    note(migrate(here, Some(database.url()), &["up"]));
    connection.batch_execute("delete from required_versions").await.unwrap();
    let seed = |url: &str| Command::new(env!("CARGO_BIN_EXE_seed")).env("DATABASE_URL", url).output().unwrap();
    assert!(seed(database.url()).status.success());
    connection.batch_execute("update appeals set assigned_to = 'somebody.else'").await.unwrap();
    note(seed(database.url()));
    let set = ["environment", "set", "production", "--database", name];
    assert!(migrate(here, Some(database.url()), &set).status.success());
    note(migrate(here, Some(database.url()), &["reset"]));

    connection.batch_execute("alter table __diesel_schema_migrations rename to lost").await.unwrap();
    note(migrate(here, Some(database.url()), &["up"]));
    connection
        .batch_execute(&format!("drop owned by {role}; drop role {role}; drop table appeals cascade"))
        .await
        .unwrap();
    let claim = diesel_async::RunQueryDsl::load::<rcm_schema::types::AppealId>(
        diesel::QueryDsl::select(rcm_schema::schema::appeals::table, rcm_schema::schema::appeals::id),
        &mut connection,
    )
    .await;
    printed.push(Error::from(claim.unwrap_err()).to_string());
    let load = connection.batch_execute("load '$libdir/plugins/missing'").await;
    printed.push(Error::from(load.unwrap_err()).to_string());
    printed
}

#[tokio::test]
async fn the_messages_are_printed_and_the_printed_messages_are_listed() {
    let printed = printed().await;
    // These need a machine without PostgreSQL, a server that asks for passwords or has TLS, a standby, five minutes or a migration of one's own: other
    // tests provoke them, this one looks into their source.
    let elsewhere = [
        ("no DATABASE_URL is set and PostgreSQL's server programs", "crates/private-postgres/src/error.rs"),
        ("wrong password for role", "crates/postgres-migrate/src/connection/failure.rs"),
        ("signed by an authority that is not trusted", "crates/postgres-migrate/src/connection/failure.rs"),
        ("may not create tables in schema", "crates/postgres-migrate/src/session.rs"),
        ("isn't role", "crates/postgres-migrate/src/trust.rs"),
        ("is not obeyed", "crates/postgres-migrate/src/connection/environment.rs"),
        ("holds claims that the demo didn't write", "crates/programs/src/bin/migrate/confirm.rs"),
        ("may not create the schema", "crates/postgres-migrate/src/fleet.rs"),
        ("gave up waiting for the migration lock", "crates/postgres-migrate/src/lock.rs"),
        ("other sessions hold locks that it needs", "crates/postgres-migrate/src/patience.rs"),
        ("this server is a standby", "crates/postgres-migrate/src/session.rs"),
        ("rows of the table have equal keys", "crates/postgres-migrate/src/execute.rs"),
        ("of which this login is a member", "crates/postgres-migrate/src/connection/mod.rs"),
        ("one role must own both", "crates/postgres-migrate/src/adopt.rs"),
        ("if the ledger lost rows", "crates/programs/src/lib.rs"),
    ];
    for message in messages() {
        match elsewhere.iter().find(|(start, _)| message.starts_with(start)) {
            Some((start, source)) => assert!(page(*source).text.contains(start), "not in its source: {message}"),
            None => {
                assert!(printed.iter().any(|text| text.contains(message)), "never printed: {message}\n{printed:#?}");
            }
        }
    }
    for text in &printed {
        assert!(messages().iter().any(|message| text.contains(message)), "not in docs/troubleshooting.md: {text}");
    }
}
