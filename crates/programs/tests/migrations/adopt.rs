//! `migrate adopt`: this schema in a database that lost its ledger.

use crate::support::{empty_database, migrate};

#[tokio::test]
async fn a_database_that_lost_its_ledger_gets_it_back() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let count = empty.value("select count(*) from __diesel_schema_migrations").await;
    let lose = "drop table __diesel_schema_migrations";
    empty.execute(lose).await;
    let run = migrate(&empty.url(), &["up"]).failed_with(1);
    assert!(run.error().contains("has tables that these migrations make (adjustment_rules and "), "{run:?}");
    assert!(run.error().ends_with("nothing was changed; `migrate adopt --dry-run` says what is there"), "{run:?}");

    let told = |made: &str, pending: u32, written: &str| {
        format!("made by {made}; pending: {pending}; the ledger is {written}\n")
    };
    let all = format!("{count} migrations, the last 2026-11-22-003220_create_remittance_report");
    assert_eq!(migrate(&empty.url(), &["adopt", "--dry-run"]).succeeded().out, told(&all, 0, "not written"));
    assert!(!empty.exists("__diesel_schema_migrations").await);
    assert_eq!(migrate(&empty.url(), &["adopt"]).succeeded().out, told(&all, 0, "written"));
    assert_eq!(migrate(&empty.url(), &["verify"]).succeeded().out, "everything is as expected\n");
    assert_eq!(migrate(&empty.url(), &["adopt"]).succeeded().out, "nothing to do: there is a ledger, or no table\n");

    // One that stopped at an older version, and has lost an index since.
    migrate(&empty.url(), &["down", "4"]).succeeded();
    empty.execute(&format!("{lose}; drop index claims_to_work")).await;
    let run = migrate(&empty.url(), &["adopt"]).failed_with(10);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        lines[..2],
        ["drift: comment on index claims_to_work is missing", "drift: index claims_to_work is missing"]
    );
    let older: usize = count.parse::<usize>().unwrap() - 4;
    let closest = format!("differs in 2 from what {older} migrations, the last ");
    assert!(
        lines.len() == 3 && lines[2].starts_with(&closest) && lines[2].ends_with("the ledger is not written"),
        "{run:?}"
    );
    assert!(!empty.exists("__diesel_schema_migrations").await);
    assert_eq!(empty.value("select count(*) from pg_namespace where nspname like 'postgres_migrate%'").await, "0");
}
