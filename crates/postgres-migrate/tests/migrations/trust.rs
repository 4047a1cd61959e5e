//! What others own in a schema, or may make in it, is never run.

use postgres_migrate::{Access, Database, Reads};

use crate::support::{Empty, Folder, SECOND, empty_database};

const READER: Access = Access { name: "reader", reads: Reads::Everything, writes: &[] };

/// Writes down that it ran, and as whom.
const TRAP: &str = "
    create table public.trapped (who text);
    grant all on public.trapped to public;
    create function public.trap() returns text language sql as
        'insert into public.trapped values (session_user) returning who';
    create function public.trigger_trap() returns trigger language plpgsql as
        'begin insert into public.trapped values (session_user); return new; end'";

/// Everything that looks into the schema is refused for this reason, and has run nothing of it.
async fn assert_refused(empty: &Empty, database: &Database, role: &str, because: &str) {
    let folder = Folder::with_first().with(SECOND, "create table second ()", "drop table second");
    let runner = folder.runner();
    for error in [
        runner.status(database).await.unwrap_err(),
        runner.verify(database).await.unwrap_err(),
        runner.plan(database).await.unwrap_err(),
        runner.run_pending(database).await.unwrap_err(),
        runner.grant(database, role, &READER).await.unwrap_err(),
        runner.environment(database).await.unwrap_err(),
        runner.reset(database).await.unwrap_err(),
        runner.adopt(database, |_| false, true).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "migration_schema_untrusted", "{error}");
        assert!(error.to_string().contains(because), "{because}: {error}");
        assert!(error.to_string().ends_with("nothing was changed"), "{error}");
    }
    assert_eq!(empty.value("select count(*) from public.trapped").await, "0");
}

#[tokio::test]
async fn what_a_stranger_has_in_the_schema_is_not_run() {
    for (planted, because) in [
        (
            "create function diesel_manage_updated_at(text) returns void language sql as 'select trap()::void'",
            "function ",
        ),
        (
            "create view __diesel_schema_migrations as select '1' as version, now() as run_on, trap() as checksum",
            "view ",
        ),
        ("create table database_environment (environment text)", "table org.database_environment belongs to role "),
        ("create operator === (function = textcat, leftarg = text, rightarg = text)", "operator "),
        ("create domain amount as int", "type org.amount belongs to role "),
    ] {
        let empty = empty_database().await;
        empty.execute(TRAP).await;
        empty
            .with_role(async |role, database| {
                empty.execute(&format!("create schema org; grant create, usage on schema org to {role}")).await;
                let stranger = database.connect_client().await.unwrap();
                stranger.batch_execute(&format!("set search_path = org, public; {planted}")).await.unwrap();
                empty.execute(&format!("revoke create on schema org from {role}")).await;
                assert_refused(&empty, &empty.database().with_schema("org"), role, because).await;
                assert_refused(
                    &empty,
                    &empty.database().with_schema("org"),
                    role,
                    &format!("belongs to role \"{role}\""),
                )
                .await;
            })
            .await;
    }
}

#[tokio::test]
async fn what_runs_when_a_value_is_printed_is_not_run() {
    let empty = empty_database().await;
    empty.execute(TRAP).await;
    empty
        .execute(
            "create schema org;
             create type org.mood as enum ('good');
             create function org.shown(org.mood) returns json language sql as 'select to_json(trap())';
             create cast (org.mood as json) with function org.shown(org.mood)",
        )
        .await;
    assert_refused(&empty, &empty.database().with_schema("org"), "pg_monitor", "a cast of org.mood runs a function")
        .await;
}

#[tokio::test]
async fn what_a_predefined_role_has_is_not_run() {
    let empty = empty_database().await;
    empty.execute(TRAP).await;
    empty
        .execute("create schema org; create domain org.amount as int; alter domain org.amount owner to pg_monitor")
        .await;
    let because = "type org.amount belongs to role \"pg_monitor\"";
    assert_refused(&empty, &empty.database().with_schema("org"), "pg_monitor", because).await;
}

#[tokio::test]
async fn what_a_stranger_says_of_own_tables_to_come_stops_nobody() {
    let empty = empty_database().await;
    empty
        .with_role(async |_, database| {
            empty.execute("create schema org").await;
            let stranger = database.connect_client().await.unwrap();
            let defaults = "alter default privileges in schema org grant select on tables to public";
            stranger.batch_execute(defaults).await.unwrap();
            Folder::with_first().runner().run_pending(&empty.database().with_schema("org")).await.unwrap();
            stranger.batch_execute(&defaults.replace("grant", "revoke").replace(" to ", " from ")).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn where_others_may_make_something_nothing_is_run() {
    let empty = empty_database().await;
    empty.execute(TRAP).await;
    empty
        .with_role(async |role, _| {
            empty.execute("create schema org").await;
            let org = empty.database().with_schema("org");
            for (grantee, shown) in [("public", String::from("PUBLIC")), (role, format!("role \"{role}\""))] {
                empty.execute(&format!("grant create on schema org to {grantee}")).await;
                let because = format!("tables and functions can be made in it by {shown}; ");
                assert_refused(&empty, &org, role, &because).await;
                empty.execute(&format!("revoke create on schema org from {grantee}")).await;
            }
            Folder::with_first().runner().run_pending(&org).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn a_ledger_that_runs_code_is_none() {
    let empty = empty_database().await;
    empty.execute(TRAP).await;
    let ledger = "create table __diesel_schema_migrations (
        version varchar(50) primary key, run_on timestamp not null default current_timestamp, checksum text)";
    let view = "create view __diesel_schema_migrations as select '1' as version, now() as run_on, trap() as checksum";
    let with = |more: &str| format!("{ledger}; {more}");
    for (planted, because) in [
        (view.to_owned(), "is no plain table but has another kind"),
        (
            with(
                "create trigger t after insert on __diesel_schema_migrations for each row execute function trigger_trap()",
            ),
            "has triggers",
        ),
        (with("create rule r as on insert to __diesel_schema_migrations do also select trap()"), "has rules"),
        (with("alter table __diesel_schema_migrations alter checksum set default trap()"), "has a default of its own"),
        (with("alter table __diesel_schema_migrations add check (trap() <> '')"), "has a check"),
        (with("alter table __diesel_schema_migrations enable row level security"), "has row security"),
        (with("create table child () inherits (__diesel_schema_migrations)"), "has tables that inherit from it"),
        (
            with("create domain word as text; alter table __diesel_schema_migrations add word word"),
            "has a type of its own",
        ),
    ] {
        empty
            .with_role(async |role, database| {
                // Its owner may do so, to whoever migrates the fleet.
                empty.execute(&format!("create schema org authorization {role}")).await;
                let owner = database.connect_client().await.unwrap();
                owner.batch_execute(&format!("set search_path = org, public; {planted}")).await.unwrap();
                assert_refused(&empty, &empty.database().with_schema("org"), role, because).await;
                empty.execute("drop schema org cascade").await;
            })
            .await;
    }
}

#[tokio::test]
async fn whoever_migrates_acts_as_the_owner_of_the_schema() {
    let empty = empty_database().await;
    empty
        .with_role(async |role, database| {
            empty.execute(&format!("create schema \"Org 1\" authorization {role}")).await;
            let folder = Folder::with_first().with(SECOND, "create table who as select current_user", "drop table who");
            let org = empty.database().with_schema("Org 1");
            folder.runner().run_pending(&org).await.unwrap();
            assert_eq!(empty.value("select \"current_user\" from \"Org 1\".who").await, role);
            let owners = "select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'Org 1'";
            assert_eq!(empty.value(owners).await, role);
            assert_eq!(folder.runner().verify(&database.with_schema("Org 1")).await.unwrap().differences, []);
            folder.runner().redo(&org, None).await.unwrap();
            assert_eq!(empty.value(owners).await, role);
        })
        .await;
}

#[tokio::test]
async fn names_do_not_speak_to_the_terminal() {
    let empty = empty_database().await;
    empty.execute(TRAP).await;
    let name = "org \u{1b}[2J\nfailed";
    empty.execute(&format!("create schema \"{name}\"; grant create on schema \"{name}\" to public")).await;
    let error =
        Folder::with_first().runner().status(&empty.database().with_schema(name)).await.unwrap_err().to_string();
    assert!(error.starts_with("schema \"org \u{fffd}[2J\u{fffd}failed\" "), "{error:?}");
}
