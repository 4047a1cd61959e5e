//! What is applied is taken back, and applied again.

use crate::support::{Empty, FIRST, Folder, SECOND, THIRD, empty_database};

/// Each needs the one before it.
fn three() -> Folder {
    Folder::with_first().with(SECOND, "create table second (a int references first);", "drop table second;").with(
        THIRD,
        "create view third as select * from second;",
        "drop view third;",
    )
}

async fn fails_to_revert(empty: &Empty, folder: &Folder, count: usize) -> String {
    folder.runner().revert(empty.database(), count).await.unwrap_err().to_string()
}

#[tokio::test]
async fn the_newest_is_reverted_first_and_nothing_else_is_applied_again() {
    let empty = empty_database().await;
    let folder = three();
    let runner = folder.runner();
    empty.up(&folder).await;
    let text = fails_to_revert(&empty, &folder, 4).await;
    assert_eq!(text, "can't revert 4: only 3 are applied; nothing was changed");

    assert_eq!(runner.revert(empty.database(), 1).await.unwrap().reverted, [THIRD]);
    assert_eq!(runner.revert(empty.database(), 2).await.unwrap().reverted, [SECOND, FIRST]);
    assert_eq!(empty.ledger().await, "");
    assert_eq!(runner.redo(empty.database(), None).await.unwrap(), Default::default());

    let report = runner.reset(empty.database()).await.unwrap();
    assert_eq!((report.reverted.len(), report.applied.len()), (0, 3));
    empty.execute("insert into first values (1)").await;
    runner.revert(empty.database(), 1).await.unwrap();
    // Redo brings back what it took, and nothing that is pending besides.
    let report = runner.redo(empty.database(), Some(1)).await.unwrap();
    assert_eq!((report.reverted, report.applied), (vec![SECOND.to_owned()], vec![SECOND.to_owned()]));
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
    assert_eq!(empty.value("select count(*) from first").await, "1");

    runner.reset(empty.database()).await.unwrap();
    assert_eq!(empty.value("select count(*) from first").await, "0");
    assert!(empty.exists("third").await);
}

#[tokio::test]
async fn where_nothing_is_applied_nothing_is_changed() {
    let empty = empty_database().await;
    let folder = three();
    for count in [1, usize::MAX] {
        assert!(fails_to_revert(&empty, &folder, count).await.contains("only 0 are applied; nothing was changed"));
    }
    assert!(!empty.exists("__diesel_schema_migrations").await);
}

#[tokio::test]
async fn a_failing_revert_says_what_was_reverted() {
    let empty = empty_database().await;
    let folder = Folder::with_first()
        .with(SECOND, "create table second ();", "drop table second; drop table missing;")
        .with(THIRD, "create table third ();", "drop table third;");
    let runner = folder.runner();
    empty.up(&folder).await;
    for command in ["revert", "redo", "reset"] {
        let result = match command {
            "revert" => runner.revert(empty.database(), 3).await,
            "redo" => runner.redo(empty.database(), None).await,
            _ => runner.reset(empty.database()).await,
        };
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with(&format!("migration {SECOND}, down.sql, statement 2, line 1: ")), "{text}");
        assert!(text.ends_with(&format!("; reverted before it and kept: 1, the last {THIRD}")), "{text}");
        assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
        assert!(empty.exists("second").await && !empty.exists("third").await);
        empty.up(&folder).await;
    }
}

#[tokio::test]
async fn that_there_is_nothing_to_undo_may_be_said() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "comment on table first is 'x'", "-- nothing to undo");
    empty.up(&folder).await;
    folder.runner().revert(empty.database(), 1).await.unwrap();
}
