//! Logins that come and go, of one role that owns everything: `alter role login set role owner`.

use std::time::Duration;

use postgres_migrate::error::MigrationProblem;
use postgres_migrate::{Database, Error, create_schema};
use uuid::Uuid;

use crate::support::{Empty, Folder, Log, SECOND, SLEEPING, TERMINATE, THIRD, empty_database, milliseconds};

/// A role that owns the database and may not log in, and one that may.
struct Logins {
    owner: String,
    login: String,
}

impl Logins {
    /// For as long as the test takes; `attributes` are the login's.
    async fn with(empty: &Empty, attributes: &str, test: impl AsyncFnOnce(&Self, Database)) {
        let id = Uuid::now_v7().simple().to_string();
        let logins = Self { owner: format!("owner_{id}"), login: format!("login_{id}") };
        let Self { owner, login } = &logins;
        let make = format!(
            "create role {owner} nologin; create role {login} login password 'secret' {attributes};
             grant {owner} to {login}; grant create on schema public to {owner}; grant create on database {} to {owner};
             revoke create on schema public from public",
            empty.name()
        );
        empty.execute(&make).await;
        test(&logins, empty.with(&format!("user={login}&password=secret"))).await;
        let drop = format!("drop owned by {login}, {owner}; drop role {login}; drop role {owner}");
        empty.execute(&drop).await;
    }
}

/// No runner is at work.
const UNLOCKED: &str = "select not exists (select from pg_locks where mode = 'ShareUpdateExclusiveLock'
    and relation = to_regclass('__diesel_schema_migrations')
    and database = (select oid from pg_database where datname = current_database()))";

/// Everything that a runner does, with a session that is set to the owner.
async fn works(empty: &Empty, owner: &str, database: &Database) {
    let folder = Folder::with_first().with(SECOND, "create table second (id int)", "drop table second");
    let log = Log::default();
    let report = log.of(folder.runner().run_pending(database)).await.unwrap();
    assert_eq!(report.applied.len(), 2);
    assert!(!log.text().contains("WARN"), "{}", log.text());
    let owners = "select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'public'";
    assert_eq!(empty.value(owners).await, *owner);
    assert!(folder.runner().status(database).await.unwrap().is_up_to_date());
    assert_eq!(folder.runner().verify(database).await.unwrap().differences, []);
    assert_eq!(folder.runner().redo(database, None).await.unwrap().applied.len(), 2);
    assert_eq!(folder.runner().plan(database).await.unwrap().migrations, []);

    // Another runner at work is waited for, and named.
    let slow = Folder::with_first().with(THIRD, "select pg_sleep(30)", "select 1").runner();
    let run = tokio::spawn({
        let database = database.clone();
        async move { slow.run_pending(&database).await }
    });
    empty.wait_until(SLEEPING).await;
    let folder = folder.with(THIRD, "set local lock_timeout = 0; lock table first", "select 1");
    let error = folder.runner().deadline(Duration::ZERO).run_pending(database).await.unwrap_err();
    assert!(error.to_string().contains("(\"postgres-migrate\") holds it, connected since"), "{error}");
    empty.execute(TERMINATE).await;
    run.await.unwrap().unwrap_err();
    empty.wait_until(UNLOCKED).await;

    // What waits too long is cancelled over the second connection, and who was in the way is told.
    let (reader, _) = empty.holder("select from first").await;
    let runner = folder.runner().lock_timeout(milliseconds(100)).deadline(milliseconds(300));
    let error = runner.run_pending(database).await.unwrap_err();
    assert!(error.to_string().contains("(\"night job\")"), "{error}");
    reader.batch_execute("rollback").await.unwrap();
    assert_eq!(folder.runner().revert(database, 2).await.unwrap().reverted.len(), 2);
    let (create, schema) = (format!("org_{owner}"), database.with_schema(&format!("org_{owner}")));
    assert!(create_schema(&schema).await.unwrap());
    empty.execute(&format!("drop schema {create}")).await;
}

#[tokio::test]
async fn a_login_that_is_set_to_the_owner_works_as_the_owner() {
    for (attributes, setting) in [
        ("", "alter role {login} set role {owner}"),
        ("noinherit", "alter role {login} set role {owner}"),
        ("noinherit", "alter role {login} in database {database} set role {owner}"),
        ("superuser", "alter role {login} set role {owner}"),
        // Without the right to see whose sessions there are, nothing but times is missing; with it, nothing.
        ("", "alter role {login} set role {owner}; grant pg_read_all_stats to {owner}"),
    ] {
        let empty = empty_database().await;
        Logins::with(&empty, attributes, async |logins, database| {
            let setting = setting.replace("{login}", &logins.login).replace("{owner}", &logins.owner);
            empty.execute(&setting.replace("{database}", empty.name())).await;
            works(&empty, &logins.owner, &database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn the_connection_string_may_set_the_owner() {
    let empty = empty_database().await;
    Logins::with(&empty, "noinherit", async |Logins { owner, login }, _| {
        let database = empty.with(&format!("user={login}&password=secret&options=-c%20role%3D{owner}"));
        works(&empty, owner, &database).await;
    })
    .await;
}

fn forbidden(error: &Error) -> String {
    assert!(matches!(error, Error::Migration(error) if error.problem() == MigrationProblem::Forbidden), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_member_acts_as_the_owner_and_nobody_else_does() {
    let empty = empty_database().await;
    Logins::with(&empty, "noinherit", async |Logins { owner, login }, database| {
        let folder = Folder::with_first();
        let as_owner = empty.with(&format!("user={login}&password=secret&options=-c%20role%3D{owner}"));
        folder.runner().run_pending(&as_owner).await.unwrap();
        empty.execute(&format!("grant select on first, __diesel_schema_migrations to {login}")).await;
        let folder = folder.with(SECOND, "create table second ()", "drop table second");
        folder.runner().run_pending(&database).await.unwrap();
        assert_eq!(empty.value("select tableowner from pg_tables where tablename = 'second'").await, *owner);

        empty.execute(&format!("revoke {owner} from {login}; grant select on second to {login}")).await;
        let expected = format!(
            "schema \"public\" belongs to role \"{owner}\", and role \"{login}\" may not act as it; connect as that role, or \
             as a member of it; nothing was changed"
        );
        let folder = folder.with(THIRD, "create table third ()", "drop table third");
        let runner = folder.runner();
        assert_eq!(forbidden(&runner.run_pending(&database).await.unwrap_err()), expected);
        assert_eq!(forbidden(&runner.revert(&database, 1).await.unwrap_err()), expected);
        assert_eq!(forbidden(&runner.reset(&database).await.unwrap_err()), expected);
    })
    .await;
}

#[tokio::test]
async fn a_member_acts_as_the_role_that_owns_the_database_and_so_its_schema_public() {
    let empty = empty_database().await;
    Logins::with(&empty, "noinherit", async |Logins { owner, .. }, database| {
        let name = empty.name();
        let given = format!("alter database {name} owner to {owner}; alter schema public owner to pg_database_owner");
        empty.execute(&format!("{given}; revoke all on schema public from public, {owner}")).await;
        let error = database.with_schema("public").connect().await.err().unwrap().to_string();
        assert!(error.ends_with(&format!("alter role … set role \"{owner}\"")), "{error}");
        for (database, folder) in [
            (database.with_schema("public"), Folder::with_first()),
            (database, Folder::with_first().with(SECOND, "create table second ()", "drop table second")),
        ] {
            assert_eq!(folder.runner().run_pending(&database).await.unwrap().applied.len(), 1);
        }
        let owners = "select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'public'";
        assert_eq!(empty.value(owners).await, *owner);
        empty.execute(&format!("alter database {name} owner to current_user")).await;
    })
    .await;
}

#[tokio::test]
async fn a_member_needs_no_right_of_its_own_to_the_schema() {
    let empty = empty_database().await;
    Logins::with(&empty, "noinherit", async |Logins { owner, login }, database| {
        empty.execute(&format!("create schema \"Org a\" authorization {owner}")).await;
        // A service is told what it is, and that is not that there is no such schema.
        let bound = database.with_schema("Org a");
        let expected = format!(
            "schema \"Org a\" belongs to role \"{owner}\", of which this login is a member, and is closed to the login itself; \
             have it act as that role: alter role … set role \"{owner}\""
        );
        let error = bound.connect().await.err().unwrap().to_string();
        assert!(error.ends_with(&expected), "{error}");
        let searching = empty.with(&format!(
            "user={login}&password=secret&options=-c%20search_path%3D%22Org\\%20a%22,pg_temp"
        ));
        for (database, folder) in [
            (&bound, Folder::with_first()),
            (&searching, Folder::with_first().with(SECOND, "create table second ()", "drop table second")),
        ] {
            assert_eq!(folder.runner().run_pending(database).await.unwrap().applied.len(), 1);
            assert!(folder.runner().status(database).await.unwrap().is_up_to_date());
            assert_eq!(folder.runner().verify(database).await.unwrap().differences, []);
        }
        let owners = "select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'Org a'";
        assert_eq!(empty.value(owners).await, *owner);

        empty.execute(&format!("revoke {owner} from {login}")).await;
        let error = Folder::with_first().runner().run_pending(&bound).await.unwrap_err();
        assert!(error.to_string().contains("there is no schema \"Org a\" that this role may use"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_create_a_schema_is_told_the_right_that_is_missing() {
    let empty = empty_database().await;
    empty
        .with_role(async |role, database| {
            let error = create_schema(&database.with_schema("Org a")).await.unwrap_err();
            let expected = format!(
                "role {role} may not create the schema \"Org a\"; as the owner of the database: grant create on database {} to \
                 {role}; nothing was changed",
                empty.name()
            );
            assert_eq!(forbidden(&error), expected);
            empty.execute(&format!("grant create on database {} to {role}", empty.name())).await;
            assert!(create_schema(&database.with_schema("Org a")).await.unwrap());
        })
        .await;
}
