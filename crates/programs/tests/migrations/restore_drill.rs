//! `scripts/restore-drill`: says in one line whether the newest dump is whole, and leaves no database behind.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use uuid::Uuid;

use crate::doctor::healthy;
use crate::support::{connect, migrate};

/// A directory that is gone when this is dropped.
struct Dumps(PathBuf);

impl Drop for Dumps {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn drill(url: &str, directory: &Path) -> Output {
    drill_in(url, directory, "", env!("CARGO_BIN_EXE_migrate"))
}

fn drill_in(url: &str, directory: &Path, schema: &str, program: &str) -> Output {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/restore-drill"));
    command.arg(directory).env("RESTORE_URL", url).env("MIGRATE", program).env("SCHEMA", schema);
    // The server's own databases may be named in the environment.
    command.env_remove("DATABASE_URL").current_dir(env::temp_dir()).output().unwrap()
}

#[tokio::test]
async fn a_whole_dump_is_said_to_be_whole_and_another_not() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let dumps = Dumps(env::temp_dir().join(format!("rcm-dumps-{}", Uuid::now_v7().simple())));
    fs::create_dir(&dumps.0).unwrap();
    let said = String::from_utf8(drill(database.url(), &dumps.0).stderr).unwrap();
    assert!(said.contains("there is no *.dump"), "{said}");

    let dump = |name: &str| {
        let mut pg_dump = Command::new("pg_dump");
        pg_dump.args(["-Fc", "--dbname", database.url(), "--file"]).arg(dumps.0.join(name)).output()
    };
    // A subscriber's dump names its subscription, which would hold on to the database.
    let subscription = format!("drill_{}", Uuid::now_v7().simple());
    let subscribe = format!(
        "create publication claims_out for all tables;
         create subscription {subscription} connection 'dbname=nowhere' publication claims_in with (connect = false)"
    );
    client.batch_execute(&subscribe).await.unwrap();
    let dumped = dump("first.dump");
    let end = format!("alter subscription {subscription} set (slot_name = none)");
    client.batch_execute(&end).await.unwrap();
    client.batch_execute(&format!("drop subscription {subscription}")).await.unwrap();
    client.batch_execute("drop publication claims_out").await.unwrap();
    match dumped {
        Ok(output) if output.status.success() => {}
        _ => {
            eprintln!("skipped: pg_dump is not installed, or older than the server");
            return;
        }
    }
    let output = drill(database.url(), &dumps.0);
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(
        client.query("select from pg_subscription where subname = $1", &[&subscription]).await.unwrap().len(),
        0
    );
    assert!(said.contains("first.dump of ") && said.contains("the ledger of 1 claims adds up"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    // A dump of the schema alone makes it.
    let mut alone = Command::new("pg_dump");
    alone.args(["-Fc", "--schema", "public", "--dbname", database.url(), "--file"]).arg(dumps.0.join("alone.dump"));
    assert!(alone.status().unwrap().success());
    let output = drill(database.url(), &dumps.0);
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("alone.dump of "), "{said}");
    fs::remove_file(dumps.0.join("alone.dump")).unwrap();

    // A schema whose name wants quoting, and a directory that looks like an option.
    let schema = "Org \"a\" \\ ü";
    let up = migrate(database.url(), &["--schema", schema, "up", "--create-schema"]).succeeded();
    assert!(up.out.contains("applied"), "{up:?}");
    let relative = Dumps(env::temp_dir().join(format!("-rcm dumps {}", Uuid::now_v7().simple())));
    fs::create_dir(&relative.0).unwrap();
    fs::rename(dumps.0.join("first.dump"), dumps.0.join("first")).unwrap();
    assert!(dump("organization.dump").unwrap().status.success());
    fs::rename(dumps.0.join("organization.dump"), relative.0.join("organization.dump")).unwrap();
    let name = Path::new(relative.0.file_name().unwrap());
    let output = drill_in(database.url(), name, schema, env!("CARGO_BIN_EXE_migrate"));
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("the ledger of 0 claims adds up"), "{said}");
    let told = |output: Output| String::from_utf8(output.stderr).unwrap();
    let said = told(drill_in(database.url(), name, "nowhere", env!("CARGO_BIN_EXE_migrate")));
    assert!(said.contains("migrate verify failed: error: no schema of the search_path exists"), "{said}");
    let said = told(drill_in(database.url(), name, schema, "/no/such/migrate"));
    assert!(said.contains("migrate verify failed: ") && said.contains("/no/such/migrate: No such file"), "{said}");
    for url in ["postgres://u:secret@h/d", "postgres://u@h/d?password=secret"] {
        let said = told(drill(url, &dumps.0));
        assert!(said.contains("put it into PGPASSFILE") && !said.contains("secret"), "{said}");
    }
    client.batch_execute(&format!("drop schema \"{}\" cascade", schema.replace('"', "\"\""))).await.unwrap();

    let lost = "set session_replication_role = replica; update claims set filed_appeals = 1";
    client.batch_execute(lost).await.unwrap();
    assert!(dump("second.dump").unwrap().status.success());
    let output = drill(database.url(), &dumps.0);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("second.dump is restored, and 1 totals differ from the ledger"), "{said}");

    let left = "select count(*) from pg_database where datname like 'rcm\\_restore\\_drill%' and not datname = any (
        select datname from pg_stat_activity where datname is not null)";
    let left: i64 = client.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
