//! A schema that has the tables and no ledger.

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
    let adoption = Runner::new(definition).adopt(empty.database(), dry_run).await.unwrap();
    assert_eq!(empty.value(SCHEMAS).await, "0");
    adoption
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
        for error in
            [runner.run_pending(empty.database()).await.unwrap_err(), runner.plan(empty.database()).await.unwrap_err()]
        {
            assert_eq!(error.code(), "migrations_unrecorded");
            assert!(error.to_string().starts_with("schema \"public\" has tables that these migrations make (books"));
        }
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
            let error = runner.adopt(empty.database(), false).await.unwrap_err();
            let expected = format!("table public.books belongs to role \"{role}\"");
            assert!(told(error, "migration_schema_untrusted").contains(&expected));
            let error = runner.adopt(&database, true).await.unwrap_err();
            let expected = format!("as the owner of the database: grant create on database {} to {role}", empty.name());
            assert!(told(error, "migration_forbidden").contains(&expected));
            empty.execute(&format!("grant create on database {} to {role}", empty.name())).await;
            assert_eq!(runner.adopt(&database, false).await.unwrap().migrations, names(&[FIRST]));
        })
        .await;
}
