//! A dry run says what was recorded of a migration, beside what the tables of this database look like.

use postgres_migrate::{Definition, LockMode, Plan, RecordedTable, Runner};
use private_postgres::record_locks;

use crate::support::{Empty, FIRST, Folder, SECOND, empty_database, leak};

const CONSTRAINT: &str = "2024-01-03-000000_constraint";
const VALIDATE: &str = "2024-01-04-000000_validate";
const INDEX: &str = "2024-01-05-000000_index";
const TOKEN: &str = "alter table books add column token uuid default gen_random_uuid()";

fn folder() -> Folder {
    Folder::new()
        .with(FIRST, "create table books (id int primary key, title text)", "drop table books")
        .with(SECOND, TOKEN, "alter table books drop column token")
        .with(
            CONSTRAINT,
            "alter table books add constraint titled check (title <> '') not valid",
            "alter table books drop constraint titled",
        )
        .with(VALIDATE, "alter table books validate constraint titled", "-- stays valid")
        .with_outside(
            INDEX,
            "create index concurrently books_by_title on books (title)",
            "drop index concurrently if exists books_by_title",
        )
}

const BOOKS: &str = "insert into books (id, title) select number, 'Emma' from generate_series(1, 1000) as number";

/// Tries the migrations on a database of its own, with rows.
async fn record(definition: &Definition) -> String {
    let empty = empty_database().await;
    let fill = async || {
        if empty.exists("books").await {
            empty.execute(&format!("truncate books; {BOOKS}")).await;
        }
        Ok(())
    };
    record_locks(definition, empty.database(), fill).await.unwrap()
}

fn locked(lock: LockMode, is_rewritten: bool, is_scanned: bool) -> Option<Vec<RecordedTable>> {
    Some(vec![RecordedTable { name: String::from("books"), lock, is_rewritten, is_scanned }])
}

/// Name, whether in a transaction, and tables of each.
fn planned(plan: &Plan) -> Vec<(&str, bool, Option<Vec<RecordedTable>>)> {
    let migrations = plan.migrations.iter();
    migrations.map(|it| (it.name.as_str(), it.run_in_transaction, it.tables.clone())).collect()
}

/// A database with the first migration and a thousand books.
async fn with_books() -> Empty {
    let empty = empty_database().await;
    empty.up(&Folder::new().with(FIRST, "create table books (id int primary key, title text)", "select 1")).await;
    empty.execute(&format!("{BOOKS}; analyze books")).await;
    empty
}

#[tokio::test]
async fn what_was_recorded_is_told_with_the_size_of_the_tables() {
    let definition = folder().definition();
    let locks = record(&definition).await;
    assert_eq!(record(&definition).await, locks);
    // PostgreSQL 14 doesn't count the reads of an index that is built concurrently.
    let counts_reads = !locks.lines().next().unwrap().ends_with(" 14.");
    let reads_of_index = if counts_reads { ", scanned" } else { "" };
    let expected = format!(
        "{FIRST}\n\
         {SECOND}\n    books: ACCESS EXCLUSIVE, rewritten, scanned\n\
         {CONSTRAINT}\n    books: ACCESS EXCLUSIVE\n\
         {VALIDATE}\n    books: SHARE UPDATE EXCLUSIVE, scanned\n\
         {INDEX}\n    books: SHARE UPDATE EXCLUSIVE{reads_of_index}\n"
    );
    assert_eq!(locks.split_once('\n').unwrap().1, expected);
    let definition = Definition { locks: leak(locks), ..definition };

    let empty = with_books().await;
    let plan = Runner::new(&definition).plan(empty.database()).await.unwrap();
    assert_eq!(
        planned(&plan),
        [
            (SECOND, true, locked(LockMode::AccessExclusive, true, true)),
            (CONSTRAINT, true, locked(LockMode::AccessExclusive, false, false)),
            (VALIDATE, true, locked(LockMode::ShareUpdateExclusive, false, true)),
            (INDEX, false, locked(LockMode::ShareUpdateExclusive, false, counts_reads)),
        ]
    );
    let books = plan.sizes["books"];
    assert_eq!((plan.sizes.len(), books.rows), (1, Some(1000)));
    assert_eq!(books.bytes.to_string(), empty.value("select pg_total_relation_size('books')").await);
    assert_eq!(empty.ledger().await, "20240101000000");

    // It writes nothing, so a session that may only read gets the same.
    let read_only = empty.with_setting("default_transaction_read_only", "on");
    assert_eq!(Runner::new(&definition).plan(&read_only).await.unwrap(), plan);

    // Of another text nothing was recorded, whatever its name; of those beside it all is.
    let edited = folder().with(SECOND, &TOKEN.replace("token", "mark"), "select 1");
    let plan = Runner::from_directory(&definition, edited.path()).unwrap().plan(empty.database()).await.unwrap();
    assert_eq!(planned(&plan)[0], (SECOND, true, None));
    assert_eq!(planned(&plan)[2], (VALIDATE, true, locked(LockMode::ShareUpdateExclusive, false, true)));
    let others = Folder::new().with("2024-02-01-000000_others", "select 1", "select 1");
    let plan = Runner::from_directory(&definition, others.path()).unwrap().plan(empty.database()).await.unwrap();
    assert_eq!(planned(&plan), [("2024-02-01-000000_others", true, None)]);
}

#[tokio::test]
async fn a_table_that_nobody_counted_and_one_that_is_not_there_yet() {
    let definition = folder().definition();
    let locks = format!("{FIRST}\n{SECOND}\n    books: ACCESS EXCLUSIVE\n    readers: SHARE\n");
    let definition = Definition { locks: leak(locks), ..definition };
    let empty = empty_database().await;
    let runner = Runner::new(&definition);
    let plan = runner.plan(empty.database()).await.unwrap();
    assert_eq!((plan.migrations.len(), plan.migrations[0].tables.as_deref(), plan.sizes.len()), (5, Some(&[][..]), 0));
    assert_eq!(plan.migrations[4].tables, None);
    assert!(!empty.exists("__diesel_schema_migrations").await);

    empty.execute("create table books (id int)").await;
    let plan = runner.plan(empty.database()).await.unwrap();
    assert_eq!((plan.sizes["books"].rows, plan.sizes["books"].bytes), (None, 0));
}
