//! Every code that a program can get from the engine, and its class.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use postgres_migrate::error::{ConnectionProblem, MigrationProblem};
use postgres_migrate::{Access, Class, Database, Definition, Edited, Environment, Error, Reads, Runner};
use strum::VariantArray;

use crate::support::{DEFINITION, Empty, FIRST, Folder, SECOND, SLEEPING, TERMINATE, empty_database, milliseconds};

fn code_of(problem: &MigrationProblem) -> &str {
    problem.into()
}

/// The error of what is pending in `folder`, where this is the second migration.
async fn second(empty: &Empty, up: &str) -> Error {
    empty.up_fails(&Folder::with_first().with(SECOND, up, "select 1")).await
}

#[tokio::test]
async fn every_problem_of_a_migration_has_its_code_and_class() {
    let empty = empty_database().await;
    let database = empty.database();
    let first = Folder::with_first();
    let note = || Folder::with_first().with(SECOND, "alter table first add note text", "select 1");
    let mut errors = vec![
        (
            Runner::from_directory(&DEFINITION, Path::new("/nowhere")).err().unwrap(),
            "migration_files_invalid",
            Class::Invalid,
        ),
        (
            first.runner().run_pending(&empty.with_setting("search_path", "nowhere")).await.unwrap_err(),
            "migration_schema_not_found",
            Class::Invalid,
        ),
        (
            first.runner().run_pending(&empty.with_setting("default_transaction_read_only", "on")).await.unwrap_err(),
            "migration_not_writable",
            Class::Unavailable,
        ),
        (
            first.runner().set_environment(database, Environment::Development, empty.name()).await.unwrap_err(),
            "migrations_pending",
            Class::Conflict,
        ),
        (first.runner().revert(database, 1).await.unwrap_err(), "migration_not_revertible", Class::Conflict),
        (second(&empty, "select nothing").await, "migration_statement_failed", Class::Bug),
    ];
    let unrecorded = Definition { rule_tables: &["first"], ..DEFINITION };
    let runner = Runner::from_directory(&unrecorded, first.path()).unwrap();
    empty.execute("create schema other; create table other.first ()").await;
    let error = runner.run_pending(&empty.with_setting("search_path", "other")).await.unwrap_err();
    errors.push((error, "migrations_unrecorded", Class::Conflict));
    let edited = Folder::with_first().with(FIRST, "create table first (id bigint)", "drop table first");
    let refusing = edited.runner().edited(Edited::Refuse);
    errors.push((refusing.run_pending(database).await.unwrap_err(), "migration_edited", Class::Conflict));
    empty
        .with_role(async |_, as_role| {
            let error = first.runner().revert(&as_role, 1).await.unwrap_err();
            errors.push((error, "migration_forbidden", Class::Forbidden));
        })
        .await;

    let slow = Folder::with_first().with(SECOND, "select pg_sleep(30)", "select 1");
    let run = empty.start(slow.runner());
    empty.wait_until(SLEEPING).await;
    let error = slow.runner().deadline(Duration::ZERO).run_pending(database).await.unwrap_err();
    errors.push((error, "migration_runner_at_work", Class::Retry));
    empty.execute(TERMINATE).await;
    errors.push((run.await.unwrap().unwrap_err(), "migration_connection_lost", Class::Unavailable));

    let (reader, _) = empty.holder("select from first").await;
    let runner = note().runner().lock_timeout(milliseconds(50)).deadline(milliseconds(100));
    errors.push((runner.run_pending(database).await.unwrap_err(), "migration_lock_timeout", Class::Retry));

    drop(reader);

    empty
        .execute(
            "create table required_versions (migration text, crate_version text, reason text);
             insert into required_versions values ('2', '2.0.0', 'a test');
             insert into __diesel_schema_migrations (version) values ('2')",
        )
        .await;
    errors.push((empty.up_fails(&first).await, "migration_needs_newer_version", Class::Conflict));
    empty
        .execute(
            "delete from __diesel_schema_migrations where version = '2';
             create function other() returns text set search_path = pg_catalog, elsewhere, pg_temp
                 language sql as 'select current_user::text'",
        )
        .await;
    errors.push((empty.up_fails(&note()).await, "migration_schema_renamed", Class::Conflict));
    empty.execute("create rule r as on insert to __diesel_schema_migrations do also select 1").await;
    errors.push((empty.up_fails(&first).await, "migration_schema_untrusted", Class::Forbidden));
    empty.execute("drop table __diesel_schema_migrations; create table __diesel_schema_migrations ()").await;
    errors.push((empty.up_fails(&first).await, "migration_failed", Class::Bug));

    let mut seen = BTreeSet::new();
    for (error, code, class) in &errors {
        assert_eq!((error.code(), error.class()), (*code, *class), "{error}");
        assert!(matches!(error, Error::Migration(_)), "{error:?}");
        assert!(format!("{error:?}").ends_with(&format!(" [{code}]")), "{error:?}");
        seen.insert(*code);
    }
    assert_eq!(seen, MigrationProblem::VARIANTS.iter().map(code_of).collect());
}

#[tokio::test]
async fn every_problem_of_a_connection_has_its_code_and_class() {
    let empty = empty_database().await;
    let connect = async |database: Database| database.connect().await.err().unwrap();
    let pool = empty.database().pool().max_size(1).connection_timeout(milliseconds(200)).build().await.unwrap();
    let _lent = pool.get().await.unwrap();
    let nowhere = Database::from_url("postgresql://nobody@127.0.0.1:1/none").unwrap();
    let mut errors = vec![
        (connect(nowhere).await, "connection_failed", Class::Unavailable),
        (connect(empty.database().with_name("no such database")).await, "connection_refused", Class::Forbidden),
        (connect(empty.database().with_schema("nowhere")).await, "schema_not_found", Class::Invalid),
        (pool.get().await.err().unwrap(), "pool_exhausted", Class::Unavailable),
    ];
    empty
        .with_role(async |role, as_role| {
            let member = format!("alter role {role} noinherit; grant pg_monitor to {role}");
            empty.execute(&format!("{member}; create schema closed authorization pg_monitor")).await;
            errors.push((connect(as_role.with_schema("closed")).await, "schema_closed", Class::Forbidden));
        })
        .await;
    for (error, code, class) in &errors {
        assert_eq!((error.code(), error.class()), (*code, *class), "{error}");
    }
    let codes: BTreeSet<&str> = errors.iter().map(|(_, code, _)| *code).collect();
    assert_eq!(codes, ConnectionProblem::VARIANTS.iter().map(Into::into).collect());
}

#[tokio::test]
async fn every_other_error_has_its_code_and_class() {
    const READER: Access = Access { name: "reader", reads: Reads::Everything, writes: &[] };
    let empty = empty_database().await;
    let runner = Folder::with_first().runner();
    empty.says_nothing().await;
    runner.run_pending(empty.database()).await.unwrap();
    let grant = Runner::new(&DEFINITION).grant(empty.database(), "nobody of this name", &READER).await;
    for (error, code, class) in [
        (Database::from_url("nonsense").err().unwrap(), "configuration_invalid", Class::Invalid),
        (runner.reset(empty.database()).await.unwrap_err(), "production_refused", Class::Forbidden),
        (grant.unwrap_err(), "grant_refused", Class::Conflict),
    ] {
        assert_eq!((error.code(), error.class()), (code, class), "{error}");
    }
}
