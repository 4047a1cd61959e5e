//! MIGRATION_DATABASE_URL: migrations go direct where the service goes through a pooler.

use std::fs;
use std::process::Command;

use rcm_schema::{Database, migrations};

use crate::support::{Folder, command, empty_database};

/// Where nothing listens.
const NOWHERE: &str = "postgresql://nobody:hunter2@127.0.0.1:1/pooled";
/// Set in the process that plays the service.
const SERVICE: &str = "RCM_TEST_SERVICE";

fn run(command: &mut Command) -> crate::support::Run {
    command.output().unwrap().into()
}

#[tokio::test]
async fn the_program_takes_the_direct_way() {
    let empty = empty_database().await;
    let run_up = |url: &str, direct: &str| run(command(url, &["up"]).env("MIGRATION_DATABASE_URL", direct));
    assert!(run_up(NOWHERE, &empty.url()).succeeded().out.starts_with("applied "));
    // There is no second try by the other way.
    let text = run_up(&empty.url(), NOWHERE).failed_with(1);
    assert!(text.error().contains("127.0.0.1:1/pooled") && !text.err.contains("hunter2"), "{text:?}");
    let text = run_up(&empty.url(), " ").failed_with(1);
    assert!(text.error().contains("MIGRATION_DATABASE_URL in the environment is empty"), "{text:?}");
}

#[tokio::test]
async fn the_program_finds_the_direct_way_in_the_file() {
    let empty = empty_database().await;
    let folder = Folder::new();
    let file = format!("DATABASE_URL='{NOWHERE}'\nMIGRATION_DATABASE_URL='{}'\n", empty.url());
    fs::write(folder.path().join(".env"), file).unwrap();
    let by_file = run(command("", &["up"]).env_remove("DATABASE_URL").current_dir(folder.path()));
    assert!(by_file.succeeded().out.starts_with("applied "));
    // What is named for one run is where it goes.
    let named = run(command(NOWHERE, &["up"]).current_dir(folder.path())).failed_with(1);
    assert!(named.error().contains("127.0.0.1:1/pooled"), "{named:?}");
}

#[tokio::test]
async fn a_service_migrates_by_one_way_and_serves_by_the_other() {
    if std::env::var_os(SERVICE).is_some() {
        let direct = Database::for_migrations_from_env().unwrap().unwrap();
        migrations::run_pending(&direct).await.unwrap();
        assert_eq!(Database::from_env().unwrap().unwrap().name(), "pooled");
        return;
    }
    let empty = empty_database().await;
    // This test again, in a process with an environment of its own.
    let mut service = Command::new(std::env::current_exe().unwrap());
    service.args(["--exact", "direct_way::a_service_migrates_by_one_way_and_serves_by_the_other"]);
    service.current_dir(std::env::temp_dir()).env(SERVICE, "1");
    let service = service.env("DATABASE_URL", NOWHERE).env("MIGRATION_DATABASE_URL", empty.url());
    let output = run(service).succeeded();
    assert!(output.out.contains("1 passed"), "{output:?}");
    assert!(empty.exists("claims").await);

    // Without it there is one way.
    run(&mut command(&empty.url(), &["status"])).succeeded();
}
