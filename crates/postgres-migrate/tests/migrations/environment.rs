//! What is production, and what refuses it.

use postgres_migrate::{Database, Environment, Error};

use crate::support::{Empty, FIRST, Folder, SECOND, empty_database};

const ROW: &str = "select environment from database_environment";

/// The table that says what a database is, and another one.
fn folder() -> Folder {
    Folder::new()
        .with(FIRST, "create table database_environment (environment text)", "drop table database_environment")
        .with(SECOND, "create table loans (book text)", "drop table loans")
}

async fn judged(database: &Database) -> (Environment, String, bool) {
    let judgement = folder().runner().environment(database).await.unwrap();
    (judgement.environment, judgement.because, judgement.recorded)
}

/// Everything that destroys is refused, and nothing is different after it.
async fn assert_refused(empty: &Empty, database: &Database, because: &str) {
    let state = "select string_agg(oid || ' ' || xmin, ',' order by oid) from pg_class where oid > 16384";
    let before = empty.value(state).await;
    let runner = folder().runner();
    for refusal in [
        runner.revert(database, 1).await.unwrap_err(),
        runner.redo(database, None).await.unwrap_err(),
        runner.reset(database).await.unwrap_err(),
        runner.require_not_production(database).await.unwrap_err(),
    ] {
        assert!(matches!(refusal, Error::Production { .. }), "{refusal}");
        let expected = format!("database \"{}\" is a production database ({because}", empty.name());
        assert!(refusal.to_string().starts_with(&expected), "{refusal}");
    }
    assert_eq!(empty.value(state).await, before);
}

#[tokio::test]
async fn a_database_is_for_development_where_it_says_so() {
    let empty = empty_database().await;
    let because = "its comment says so".to_owned();
    assert_eq!(judged(empty.database()).await, (Environment::Development, because, false));
    empty.up(&folder()).await;
    assert_eq!(empty.value(ROW).await, "development");
    // The row is its last word.
    empty.says_nothing().await;
    folder().runner().require_not_production(empty.database()).await.unwrap();
    let because = "its table database_environment says so";
    assert_eq!(judged(empty.database()).await, (Environment::Development, because.to_owned(), true));
}

/// What leads to production through a tunnel, a proxy or a pooler leads to this machine: that says nothing.
#[tokio::test]
async fn a_database_on_this_machine_is_production_where_it_says_nothing() {
    let empty = empty_database().await;
    for comment in ["null", "'the development of claims'"] {
        empty.execute(&format!("comment on database {} is {comment}", empty.name())).await;
        let because = "nothing in it says that it is for development";
        assert_eq!(judged(empty.database()).await, (Environment::Production, because.to_owned(), false));
        assert_refused(&empty, empty.database(), because).await;
    }
    empty.up(&folder()).await;
    assert_eq!(empty.value(ROW).await, "production");
    empty.execute(&format!("comment on database {} is 'development'", empty.name())).await;
    assert_refused(&empty, empty.database(), "its table database_environment says so").await;
}

#[tokio::test]
async fn only_who_repeats_the_name_changes_it() {
    let empty = empty_database().await;
    empty.up(&folder()).await;
    let runner = folder().runner();
    let set = async |environment, name: &str| runner.set_environment(empty.database(), environment, name).await;
    let text = set(Environment::Production, "rcmdb").await.unwrap_err().to_string();
    assert_eq!(text, format!("the connected database is \"{}\", not \"rcmdb\"; nothing was changed", empty.name()));
    assert_eq!(empty.value(ROW).await, "development");

    set(Environment::Production, empty.name()).await.unwrap();
    assert_eq!(empty.value(ROW).await, "production");
    assert_refused(&empty, empty.database(), "its table database_environment says so").await;
    empty.up(&folder()).await;

    set(Environment::Development, empty.name()).await.unwrap();
    runner.redo(empty.database(), Some(1)).await.unwrap();
    empty.execute("delete from database_environment").await;
    set(Environment::Production, empty.name()).await.unwrap();
    assert_eq!(empty.value(ROW).await, "production");
}

#[tokio::test]
async fn without_its_row_it_is_judged_anew() {
    let empty = empty_database().await;
    empty.up(&folder()).await;
    empty.says_nothing().await;
    empty.execute("delete from database_environment").await;
    assert_refused(&empty, empty.database(), "nothing in it says that it is for development").await;
    // Nothing pending writes nothing; something pending records what the database is.
    empty.up(&folder()).await;
    assert_eq!(empty.value("select count(*) from database_environment").await, "0");
    empty.up(&Folder::new().with("1999-01-01-000000_more", "create table more ();", "drop table more;")).await;
    assert_eq!(empty.value(ROW).await, "production");
}

#[tokio::test]
async fn what_was_set_stays_through_reset() {
    let empty = empty_database().await;
    empty.says_nothing().await;
    let (runner, database) = (folder().runner(), empty.database());
    runner.run_pending(database).await.unwrap();
    runner.set_environment(database, Environment::Development, empty.name()).await.unwrap();
    empty.execute("insert into loans values ('Emma')").await;
    for report in [runner.reset(database).await.unwrap(), runner.redo(database, None).await.unwrap()] {
        assert_eq!((report.reverted.len(), report.applied.len()), (2, 2));
        assert_eq!(empty.value(ROW).await, "development");
    }
    assert_eq!(empty.value("select count(*) from loans").await, "0");
}

#[tokio::test]
async fn an_unmigrated_database_cannot_be_set() {
    let empty = empty_database().await;
    let set = folder().runner().set_environment(empty.database(), Environment::Development, empty.name()).await;
    let text = set.unwrap_err().to_string();
    assert!(text.ends_with("has no table database_environment yet; apply the migrations first"), "{text}");
}
