//! `migrate adopt`: this schema in a database that lost its ledger.

use std::fs;

use crate::support::{Folder, empty_database, migrate};

#[tokio::test]
async fn a_database_that_lost_its_ledger_gets_it_back() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let count = empty.value("select count(*) from __diesel_schema_migrations").await;
    let lose = "drop table __diesel_schema_migrations";
    empty.execute(lose).await;
    let run = migrate(&empty.url(), &["up"]).failed_with(1);
    assert!(run.error().contains("has what these migrations make (adjustment_rules and "), "{run:?}");
    assert!(run.error().ends_with("nothing was changed; `migrate adopt --dry-run` says what is there"), "{run:?}");
    for looks in ["status", "verify"] {
        let run = migrate(&empty.url(), &[looks]).failed_with(1);
        assert!(
            run.out.is_empty() && run.error().ends_with("; `migrate adopt --dry-run` says what is there"),
            "{run:?}"
        );
    }

    let told = |made: &str, pending: u32, written: &str| {
        format!("made by {made}; pending: {pending}; the ledger is {written}\n")
    };
    let all = format!("{count} migrations, the last 2026-11-22-003220_create_remittance_report");
    assert_eq!(migrate(&empty.url(), &["adopt", "--dry-run"]).succeeded().out, told(&all, 0, "not written"));
    assert!(!empty.exists("__diesel_schema_migrations").await);
    assert_eq!(migrate(&empty.url(), &["adopt"]).succeeded().out, told(&all, 0, "written"));
    assert_eq!(migrate(&empty.url(), &["verify"]).succeeded().out, "everything is as expected\n");
    assert_eq!(
        migrate(&empty.url(), &["adopt"]).succeeded().out,
        "nothing to do: the ledger has what is there, or nothing is there\n"
    );

    // One that lost its newest rows.
    empty.execute("delete from __diesel_schema_migrations where version > '20261122'").await;
    let run = migrate(&empty.url(), &["up"]).failed_with(1);
    let expected = "; if the ledger lost rows, `migrate adopt --dry-run` says which migrations made what is there";
    assert!(run.error().contains("already exists") && run.error().ends_with(expected), "{run:?}");
    assert_eq!(migrate(&empty.url(), &["adopt"]).succeeded().out, told(&all, 0, "written"));
    assert_eq!(migrate(&empty.url(), &["verify"]).succeeded().out, "everything is as expected\n");

    // One beside which a DBA has an index.
    let folder = Folder::new();
    let file = folder.path().join("allowed");
    fs::write(&file, "index by_dba -- for the nightly extracts\nindex claims_* -- no guard\n").unwrap();
    empty.execute(&format!("{lose}; create index by_dba on claims (amount)")).await;
    let run = migrate(&empty.url(), &["adopt"]).failed_with(10);
    assert!(run.out.starts_with("drift: unexpected object: index by_dba\n"), "{run:?}");
    let run = migrate(&empty.url(), &["adopt", "--allow", file.to_str().unwrap()]).succeeded();
    assert_eq!(run.out, format!("allowed: index by_dba (for the nightly extracts)\n{}", told(&all, 0, "written")));
    empty.execute("drop index by_dba").await;

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
