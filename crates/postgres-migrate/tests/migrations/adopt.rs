//! A schema that has the tables and no ledger.

use futures_util::future::join_all;
use postgres_migrate::{Adoption, Definition, Difference, Error, Runner, catalog};

use crate::support::{Empty, FIRST, Folder, SECOND, THIRD, empty_database, leak};

const FILL: &str = "2024-01-04-000000_fill";
const SCHEMAS: &str = "select count(*) from pg_namespace where nspname like 'postgres_migrate%'";

/// Books, an index that is built CONCURRENTLY, genres with rows.
fn library() -> Folder {
    Folder::new()
        .with(FIRST, "create table books (id int primary key, title text not null)", "drop table books")
        .with_outside(
            SECOND,
            "create index concurrently if not exists by_title on books (title)",
            "drop index by_title",
        )
        .with(THIRD, "create table genres (name text primary key)", "drop table genres")
        .with(FILL, "insert into genres values ('novel'), ('play')", "delete from genres")
}

/// A definition that knows the tables.
async fn definition(folder: &Folder) -> Definition {
    let empty = empty_database().await;
    let definition = folder.definition();
    Runner::new(&definition).run_pending(empty.database()).await.unwrap();
    let found = catalog(empty.database(), &definition).await.unwrap();
    Definition { catalog: leak(found.merge_into("")), ..definition }
}

async fn adopt(empty: &Empty, definition: &Definition, dry_run: bool) -> Adoption {
    adopt_but(empty, definition, |_| false, dry_run).await
}

async fn adopt_but(
    empty: &Empty,
    definition: &Definition,
    is_allowed: impl Fn(&Difference) -> bool,
    dry_run: bool,
) -> Adoption {
    let adoption = Runner::new(definition).adopt(empty.database(), is_allowed, dry_run).await.unwrap();
    assert_eq!(empty.value(SCHEMAS).await, "0");
    adoption
}

/// Whoever meets what no ledger tells of is told so, whether it would change it or only looks.
async fn refused_for(empty: &Empty, definition: &Definition, first: &str) {
    let (runner, database) = (Runner::new(definition), empty.database());
    for error in [
        runner.run_pending(database).await.unwrap_err(),
        runner.plan(database).await.unwrap_err(),
        runner.status(database).await.unwrap_err(),
        runner.verify(database).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "migrations_unrecorded", "{error}");
        let expected = format!("schema \"public\" has what these migrations make ({first}");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn tables_without_a_ledger_are_adopted_up_to_the_last_migration_that_fits() {
    let folder = library();
    let definition = definition(&folder).await;
    let runner = Runner::new(&definition);
    let all = [FIRST, SECOND, THIRD, FILL];
    for (made, applied, pending) in [
        ("create table books (id int primary key, title text not null)", &all[..1], &all[1..]),
        (
            "create table books (id int primary key, title text not null); create index by_title on books (title);
             create table genres (name text primary key)",
            &all[..3],
            &all[3..],
        ),
        (
            "create table books (title text not null, id int); alter table books add primary key (id);
             create index by_title on books using btree (title);
             create table genres (name text); alter table genres add primary key (name);
             insert into genres values ('novel')",
            &all[..],
            &all[4..],
        ),
    ] {
        let empty = empty_database().await;
        empty.execute(made).await;
        refused_for(&empty, &definition, "books").await;
        for dry_run in [true, false] {
            let adoption = adopt(&empty, &definition, dry_run).await;
            assert_eq!((&adoption.migrations, &adoption.pending), (&names(applied), &names(pending)), "{made}");
            assert_eq!(adoption.differences, []);
            assert_eq!(empty.exists("__diesel_schema_migrations").await, !dry_run);
        }
        assert_eq!(runner.run_pending(empty.database()).await.unwrap().applied, names(pending));
        assert!(runner.verify(empty.database()).await.unwrap().is_as_expected());
        assert_eq!(adopt(&empty, &definition, false).await, Adoption::default(), "there is a ledger");
    }
}

#[tokio::test]
async fn what_differs_is_told_and_nothing_is_written() {
    let folder = library();
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    assert_eq!(adopt(&empty, &definition, false).await.migrations, names(&[]), "nothing is there");
    empty
        .execute("create table books (id int primary key, title text); create table more (); create table genres (name text primary key)")
        .await;
    let adoption = adopt(&empty, &definition, false).await;
    let told: Vec<String> = adoption.differences.iter().map(Difference::to_string).collect();
    assert_eq!(
        told,
        [
            "drift: column books.title is altered; expected \"text not null\", found \"text\"",
            "drift: index by_title is missing",
            "drift: unexpected object: table more",
        ]
    );
    assert_eq!(adoption.migrations, names(&[FIRST, SECOND, THIRD]));
    assert!(!empty.exists("__diesel_schema_migrations").await);
}

#[tokio::test]
async fn the_ledger_belongs_to_the_owner_of_the_tables() {
    let folder = library();
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    empty
        .with_role(async |role, database| {
            empty.execute(&format!("grant create on schema public to {role}")).await;
            let tables = "create table books (id int primary key, title text not null)";
            database.connect_client().await.unwrap().batch_execute(tables).await.unwrap();
            let runner = Runner::new(&definition);
            let told = |error: Error, code| {
                assert_eq!(error.code(), code);
                error.to_string()
            };
            let error = runner.adopt(empty.database(), |_| false, false).await.unwrap_err();
            let expected = format!("table public.books belongs to role \"{role}\"");
            assert!(told(error, "migration_schema_untrusted").contains(&expected));
            let error = runner.adopt(&database, |_| false, true).await.unwrap_err();
            let expected = format!("as the owner of the database: grant create on database {} to {role}", empty.name());
            assert!(told(error, "migration_forbidden").contains(&expected));
            empty.execute(&format!("grant create on database {} to {role}", empty.name())).await;
            assert_eq!(runner.adopt(&database, |_| false, false).await.unwrap().migrations, names(&[FIRST]));
        })
        .await;
}

#[tokio::test]
async fn functions_and_types_without_a_ledger_are_adopted_too() {
    let folder = Folder::new()
        .with(FIRST, "create function one() returns int language sql as 'select 1'", "drop function one")
        .with(SECOND, "create domain two as int", "drop domain two")
        .with(THIRD, "create table three (id two)", "drop table three");
    let definition = definition(&folder).await;
    for (made, first, count) in [
        ("create function one() returns int language sql as 'select 1'", "one)", 1),
        (
            "create domain two as int; create function one() returns int language sql as 'select 1'",
            "one and 1 more)",
            2,
        ),
    ] {
        let empty = empty_database().await;
        empty.execute(made).await;
        refused_for(&empty, &definition, first).await;
        assert_eq!(adopt(&empty, &definition, false).await.migrations.len(), count);
        assert_eq!(Runner::new(&definition).run_pending(empty.database()).await.unwrap().applied.len(), 3 - count);
    }
    // What an extension made is none of theirs.
    let empty = empty_database().await;
    empty.execute("create domain two as text; alter extension plpgsql add domain two").await;
    assert_eq!(Runner::new(&definition).plan(empty.database()).await.unwrap().migrations.len(), 3);
}

#[tokio::test]
async fn rows_that_a_ledger_lost_are_written_again() {
    let folder = library();
    let definition = definition(&folder).await;
    let runner = Runner::new(&definition);
    for lost in [&[THIRD, FILL][..], &[FIRST], &[SECOND, FILL]] {
        let empty = empty_database().await;
        runner.run_pending(empty.database()).await.unwrap();
        for name in lost {
            let version = name.split_once('_').unwrap().0.replace('-', "");
            empty.execute(&format!("delete from __diesel_schema_migrations where version = '{version}'")).await;
        }
        assert_eq!(adopt(&empty, &definition, true).await.migrations.len(), 4);
        assert_eq!(adopt(&empty, &definition, false).await.migrations.len(), 4);
        assert_eq!(adopt(&empty, &definition, false).await, Adoption::default());
        assert!(runner.verify(empty.database()).await.unwrap().is_as_expected());
    }

    // What is pending is none of it, and what the ledger says beyond the schema is a difference.
    let empty = empty_database().await;
    runner.run_pending(empty.database()).await.unwrap();
    empty.execute("drop table genres; delete from __diesel_schema_migrations where version >= '20240103'").await;
    assert_eq!(adopt(&empty, &definition, false).await, Adoption::default());
    empty
        .execute("update __diesel_schema_migrations set version = '20240103000000' where version like '20240102%'")
        .await;
    let adoption = adopt(&empty, &definition, false).await;
    let told: Vec<String> = adoption.differences.iter().map(Difference::to_string).collect();
    assert_eq!(told, ["drift: unexpected object: row 20240103000000 of __diesel_schema_migrations"]);
    assert_eq!(empty.ledger().await, "20240101000000,20240103000000");
}

#[tokio::test]
async fn what_is_allowed_is_no_difference() {
    let folder = library();
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    empty.execute("create table books (id int primary key, title text not null); create table ours ()").await;
    let is_ours = |difference: &Difference| difference.to_string().ends_with(" ours");
    let adoption = adopt_but(&empty, &definition, is_ours, false).await;
    assert_eq!((adoption.migrations, adoption.differences.len(), adoption.allowed.len()), (names(&[FIRST]), 0, 1));
    assert_eq!(empty.ledger().await, "20240101000000");
}

#[tokio::test]
async fn of_several_at_once_one_writes_and_the_others_find_it_done() {
    let folder = library();
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    empty.execute("create table books (id int primary key, title text not null)").await;
    let adoptions = join_all((0..4).map(|_| adopt_but(&empty, &definition, |_| false, false))).await;
    let wrote = adoptions.iter().filter(|adoption| adoption.migrations == names(&[FIRST])).count();
    let found = adoptions.iter().filter(|adoption| **adoption == Adoption::default()).count();
    assert_eq!((wrote, found), (1, 3));
    assert_eq!(empty.ledger().await, "20240101000000");
}

#[tokio::test]
async fn a_renamed_schema_is_to_look_into_itself_first() {
    let function = "create function here() returns int language sql as 'select 1';
        do $$ begin
            execute format('alter function here() set search_path = pg_catalog, %I, pg_temp', current_schema());
        end $$";
    let folder = library().with(FILL, function, "drop function here");
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    let (old, new) = (empty.database().with_schema("old"), empty.database().with_schema("new"));
    let runner = Runner::new(&definition);
    empty.execute("create schema old").await;
    runner.run_pending(&old).await.unwrap();
    empty.execute("alter schema old rename to new; drop table new.__diesel_schema_migrations").await;
    let differences = runner.adopt(&new, |_| false, false).await.unwrap().differences;
    assert!(matches!(&differences[..], [Difference::Renamed { functions: 1, .. }]), "{differences:?}");
    runner.repin(&new).await.unwrap();
    assert_eq!(runner.adopt(&new, |_| false, false).await.unwrap().migrations.len(), 4);
}

#[tokio::test]
async fn tables_of_another_owner_than_the_schemas_are_given_to_one() {
    let folder = library();
    let definition = definition(&folder).await;
    let empty = empty_database().await;
    let made = "create table org.books (id int primary key, title text not null)";
    empty
        .with_role(async |role, _| {
            empty.execute(&format!("create schema org authorization {role}; {made}")).await;
            let me = empty.value("select quote_ident(current_user)").await;
            let database = empty.database().with_schema("org");
            let runner = Runner::new(&definition);
            let error = runner.adopt(&database, |_| false, false).await.unwrap_err().to_string();
            let expected = format!(
                "; one role must own both: alter schema org owner to {me}, or pg_restore --no-owner --role={role};"
            );
            assert!(error.contains(&expected), "{error}");
            let cure = error.split_once("both: ").unwrap().1.split_once(", or").unwrap().0;
            empty.execute(cure).await;
            assert_eq!(runner.adopt(&database, |_| false, false).await.unwrap().migrations, names(&[FIRST]));
        })
        .await;
}
