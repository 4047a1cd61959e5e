//! `examples/`: each runs on an empty and on a seeded database, leaves it as it was, and refuses production.

use rcm_schema::migrations::DEFINITION;
use std::process::{Command, Output};

use private_postgres::TestDatabase;

use crate::catalog::{rows, run};

/// Those that write, in a transaction that is rolled back.
const STORIES: [&str; 4] = ["denial_to_appeal", "denial_to_write_off", "denial_to_rebill", "payment_variance"];

/// Runs an example, which `cargo test` has built.
pub fn example(name: &str, database: &TestDatabase) -> Output {
    let test = std::env::current_exe().unwrap();
    // Tests are in `deps`, beside the folder of the examples.
    let program = test.parent().unwrap().with_file_name("examples").join(name);
    assert!(program.is_file(), "not built: cargo build --example {name}");
    Command::new(program).env("DATABASE_URL", database.url()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a page shows of an example's output, by the example's name.
fn shown(name: &str) -> &'static str {
    let page = include_str!("../../docs/commands.md");
    let block = page.split(&format!("\n```text {name}\n")).nth(1).unwrap();
    block.split("```").next().unwrap()
}

#[tokio::test]
async fn a_story_prints_what_the_page_shows() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    for name in STORIES {
        let printed = stdout(&example(name, &database));
        let mut lines = printed.lines();
        for shown in shown(name).lines() {
            assert!(lines.any(|line| line == shown), "not printed, or not in this order: {shown}\n{printed}");
        }
    }
}

#[tokio::test]
async fn an_example_leaves_a_database_as_it_was() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    rcm_seeds::seed(&mut connection).await.unwrap();
    let before = rows(&mut connection).await;
    for name in STORIES {
        let told = stdout(&example(name, &database));
        assert!(told.contains("\nrefused: "), "{told}");
        assert!(told.ends_with("\nrolled back: the database is as it was\n"), "{told}");
        assert_eq!(rows(&mut connection).await, before, "{name}");
    }
    let told = stdout(&example("service", &database));
    assert!(told.contains("CLM-2024-001235 appealed: billed 500.00"), "{told}");
    assert!(told.contains("appeal first_level under_review, due 2024-02-20"), "{told}");
}

#[tokio::test]
async fn an_example_migrates_an_empty_database() {
    let database = TestDatabase::empty().await.unwrap();
    for name in STORIES {
        stdout(&example(name, &database));
    }
    assert!(stdout(&example("service", &database)).contains("run `cargo run --bin seed`"));
}

#[tokio::test]
async fn an_example_refuses_production() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    run(&mut connection, "update database_environment set environment = 'production'").await;
    for name in STORIES {
        let output = example(name, &database);
        assert_eq!(output.status.code(), Some(4), "{name}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("is a production database"));
        assert!(output.stdout.is_empty());
    }
}
