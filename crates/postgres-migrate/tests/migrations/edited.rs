//! Migrations whose files are not what was applied: edited since, or two branches had one version.

use postgres_migrate::MigrationState::{Applied, Edited as IsEdited};
use postgres_migrate::{Edited, Error};

use crate::support::{FIRST, Folder, Log, SECOND, THIRD, empty_database};

const OTHER: &str = "2024-01-02-000000_other";

fn told(error: &Error) -> String {
    assert_eq!(error.code(), "migration_edited", "{error}");
    let text = error.to_string();
    assert!(text.ends_with("; nothing was changed"), "{text}");
    text
}

#[tokio::test]
async fn two_branches_with_one_version_are_told_apart() {
    let empty = empty_database().await;
    let first = || Folder::with_first();
    empty.up(&first().with(SECOND, "create table second ()", "drop table second")).await;
    let folder = first().with(OTHER, "create table other ()", "drop table if exists other");
    let database = empty.database();

    let status = folder.runner().status(database).await.unwrap();
    let states: Vec<_> = status.migrations.iter().map(|migration| migration.state).collect();
    assert_eq!((states, status.is_up_to_date()), (vec![Applied, IsEdited], true));

    // A service starts.
    let log = Log::default();
    let report = log.of(empty.up(&folder)).await;
    assert_eq!((report.applied.len(), report.edited.as_slice()), (0, &[OTHER.to_owned()][..]));
    let expected = format!(
        "WARN up.sql of {OTHER} is not what was applied: it was edited since, or another migration with its version was applied; \
         going on"
    );
    assert!(log.text().contains(&expected), "{}", log.text());

    // Whoever is there by hand is refused.
    let refusing = || folder.runner().edited(Edited::Refuse);
    for error in [
        refusing().run_pending(database).await.unwrap_err(),
        refusing().plan(database).await.unwrap_err(),
        folder.runner().revert(database, 1).await.unwrap_err(),
        folder.runner().redo(database, Some(1)).await.unwrap_err(),
        folder.runner().redo(database, None).await.unwrap_err(),
    ] {
        assert!(told(&error).starts_with(&format!("up.sql of {OTHER} is not what was applied")), "{error}");
    }
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
    assert!(empty.exists("second").await && !empty.exists("other").await);
}

#[tokio::test]
async fn an_edited_migration_is_in_nobodys_way_below_those_that_are_reverted() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "create table second ()", "drop table second");
    empty.up(&folder).await;
    let folder = folder.with(FIRST, "create table first (id int primary key); -- A comment", "drop table first");
    let runner = folder.runner();
    assert_eq!(runner.redo(empty.database(), Some(1)).await.unwrap().applied, [SECOND]);
    told(&runner.revert(empty.database(), 2).await.unwrap_err());
    // Its down.sql may be another one's, which throws away something else.
    told(&runner.reset(empty.database()).await.unwrap_err());
    folder.runner().edited(Edited::Accept).reset(empty.database()).await.unwrap();
    assert_eq!(runner.edited(Edited::Refuse).run_pending(empty.database()).await.unwrap(), Default::default());
}

#[tokio::test]
async fn who_says_so_has_the_files_taken_for_what_was_applied() {
    let empty = empty_database().await;
    let edit = |folder: Folder, note: &str| {
        let up = format!("-- {note}\ncreate table first (id int primary key);");
        folder.with(FIRST, &up, "drop table first")
    };
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let folder = edit(folder, "edited");
    let accepting = folder.runner().edited(Edited::Accept);
    assert_eq!(accepting.run_pending(empty.database()).await.unwrap().edited, [FIRST]);
    assert_eq!(empty.up(&folder).await, Default::default());

    // With something pending, too; and to revert it takes it out of the ledger.
    let folder = edit(folder, "again").with(THIRD, "create table third ()", "drop table third");
    let refusing = folder.runner().edited(Edited::Refuse);
    told(&refusing.run_pending(empty.database()).await.unwrap_err());
    assert!(!empty.exists("third").await);
    let accepting = folder.runner().edited(Edited::Accept);
    assert_eq!(accepting.run_pending(empty.database()).await.unwrap().applied, [THIRD]);
    assert_eq!(empty.up(&folder).await, Default::default());
    let folder = edit(folder, "once more");
    let accepting = folder.runner().edited(Edited::Accept);
    assert_eq!(accepting.redo(empty.database(), None).await.unwrap().applied.len(), 2);
    assert_eq!(empty.up(&folder).await, Default::default());
}
