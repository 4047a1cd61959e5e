//! `migrate grant`: a role has one access and no other right to the schema.

use private_postgres::TestDatabase;
use rcm_schema::access;
use rcm_schema::migrations::DEFINITION;
use uuid::Uuid;

use crate::support::{Empty, INSERT_CLAIM, PASSWORD, connect, empty_database, migrate};

/// Every right that is given in the database, and what is given with the next table.
pub const RIGHTS: &str = "
    select string_agg(concat_ws(' ', object, acl), E'\n' order by object, acl) from (
        select 'database', datacl::text from pg_database where datname = current_database()
        union all
        select nspname, nspacl::text from pg_namespace
        union all
        select relname, relacl::text from pg_class
        union all
        select concat(attrelid::regclass, '.', attname), attacl::text from pg_attribute where attacl is not null
        union all
        select oid::regprocedure::text, proacl::text from pg_proc
        union all
        select typname, typacl::text from pg_type
        union all
        select concat_ws(' ', 'next', defaclrole, defaclnamespace, defaclobjtype), defaclacl::text from pg_default_acl
    ) as rights (object, acl)";

/// A migrated database and a role that may do nothing; `test` is given the role's name, and the name quoted.
async fn with_role(name: &str, test: impl AsyncFnOnce(&Empty, &str, &str)) {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let role = format!("{name} {}", Uuid::now_v7().simple());
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    empty.execute(&format!("create role {quoted}; revoke create on schema public from public")).await;
    test(&empty, &role, &quoted).await;
    empty.execute(&format!("drop owned by {quoted}; drop role {quoted}")).await;
}

/// An ordinary role and its schema, both of the name that `test` is given, with the schema's URL.
async fn with_migrator(test: impl AsyncFnOnce(&Empty, &str, &str)) {
    let empty = empty_database().await;
    let migrator = format!("migrator_{}", Uuid::now_v7().simple());
    let make = "create role migrator login password 'password'; create schema migrator authorization migrator;
         alter role migrator set search_path = migrator";
    empty
        .execute(&make.replace("password 'password'", &format!("password '{PASSWORD}'")).replace("migrator", &migrator))
        .await;
    test(&empty, &migrator, &empty.url_as(&migrator)).await;
    empty.execute(&format!("drop owned by {migrator} cascade; drop role {migrator}")).await;
}

#[tokio::test]
async fn granting_twice_is_granting_once_and_another_access_takes_the_first_back() {
    with_role("a \"quoted\" role", async |empty, role, quoted| {
        let before = empty.value(RIGHTS).await;
        let grant =
            |access: &str| migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded().out;
        assert!(grant("app").contains(&format!("role \"{role}\" now has app access to ")));
        let app = empty.value(RIGHTS).await;
        grant("app");
        assert_eq!(empty.value(RIGHTS).await, app);

        grant("readonly");
        let readonly = empty.value(RIGHTS).await;
        assert!(readonly != app && readonly != before);
        empty
            .execute(&format!("grant delete on claims to {quoted}; grant update (amount) on claims to {quoted}"))
            .await;
        grant("readonly");
        assert_eq!(empty.value(RIGHTS).await, readonly);
    })
    .await;
}

#[tokio::test]
async fn a_role_has_the_rights_of_one_access_or_none_and_what_differs_is_drift() {
    with_role("role", async |empty, role, quoted| {
        for access in ["app", "approver", "readonly", "reporting", "statistics", "audit"] {
            migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded();
            migrate(&empty.url(), &["verify"]).succeeded();
        }
        let differs = async |access: &str, change: &str, drift: &[&str]| {
            migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded();
            empty.execute(&change.replace("role", quoted)).await;
            let lines: Vec<String> =
                drift.iter().map(|drift| format!("drift: {}", drift.replace("role", role))).collect();
            let run = migrate(&empty.url(), &["verify"]).failed_with(10);
            assert_eq!(run.out.lines().collect::<Vec<_>>(), lines);
        };
        differs(
            "app",
            "grant delete on claims to role with grant option; revoke update (voided_on) on claims from role",
            &[
                "unexpected object: grant DELETE on table claims with grant option to role",
                "grant UPDATE on column claims.voided_on to role is missing",
            ],
        )
        .await;
        differs(
            "readonly",
            "revoke select on claims, denial_facts from role",
            &[
                "grant SELECT on table claims to role is missing",
                "grant SELECT on view denial_facts to role is missing",
            ],
        )
        .await;
        differs(
            "reporting",
            "grant execute on function check_status_path() to role; grant select on claims to role",
            &[
                "unexpected object: grant EXECUTE on function check_status_path() to role",
                "unexpected object: grant SELECT on table claims to role",
            ],
        )
        .await;
        // Rights of one's own to read everything but the audit log, or to verify, are no other rights.
        empty
            .execute(&format!(
                "drop owned by {quoted}; grant select on all tables in schema public to {quoted};
                 revoke select on audit_keys, audit_log, audit_seals from {quoted}"
            ))
            .await;
        migrate(&empty.url(), &["verify"]).succeeded();
        empty
            .execute(&format!(
                "drop owned by {quoted}; grant execute on function uuidv7() to {quoted};
                 grant select on __diesel_schema_migrations, status_transitions to {quoted}"
            ))
            .await;
        migrate(&empty.url(), &["verify"]).succeeded();
        empty.execute(&format!("drop owned by {quoted}; grant select on payers to {quoted}")).await;
        let run = migrate(&empty.url(), &["verify"]).failed_with(10);
        assert_eq!(run.out, format!("drift: unexpected object: grant SELECT on table payers to {role}\n"));
    })
    .await;
}

#[tokio::test]
async fn what_others_own_in_the_schema_counts() {
    with_migrator(async |empty, migrator, url| {
        migrate(url, &["up"]).succeeded();
        let (role, group) = (format!("role_{migrator}"), format!("group_{migrator}"));
        empty
            .execute(&format!(
                "create role {role}; create role {group}; grant {group} to {role};
                 create table {migrator}.notes (); grant all on {migrator}.notes to {group}"
            ))
            .await;
        let grant = || migrate(url, &["grant", "--role", &role, "--access", "readonly"]);
        let run = grant().failed_with(1);
        let told = format!("DELETE on notes (given to {group} by ");
        assert!(run.error().contains(&told) && run.error().contains("more; revoke them first"), "{run:?}");
        empty
            .execute(&format!(
                "revoke all on {migrator}.notes from {group}; grant delete on {migrator}.notes to {role}"
            ))
            .await;
        assert!(grant().failed_with(1).error().contains(&format!("DELETE on notes (given to {role} by ")));
        empty.execute(&format!("drop owned by {role}, {group}; drop role {role}, {group}")).await;
    })
    .await;
}

#[tokio::test]
async fn rights_that_only_the_owner_of_the_schema_can_give_are_asked_for() {
    with_migrator(async |empty, migrator, url| {
        let role = format!("role_{migrator}");
        empty
            .execute(&format!(
                "create role {role}; alter schema {migrator} owner to current_user;
                 grant usage, create on schema {migrator} to {migrator}"
            ))
            .await;
        migrate(url, &["up"]).succeeded();
        let grant = || migrate(url, &["grant", "--role", &role, "--access", "app"]);
        let before = empty.value(RIGHTS).await;
        let owner = empty.value("current_user").await;
        let told = format!(
            "role \"{role}\" would lack rights that \"{migrator}\" may not give: USAGE on schema {migrator} (of {owner}); \
             let the owner give them; nothing was changed"
        );
        let run = grant().failed_with(1);
        assert!(run.error().contains(&told), "{run:?}");
        assert_eq!(empty.value(RIGHTS).await, before);
        empty.execute(&format!("grant usage on schema {migrator} to {role}")).await;
        grant().succeeded();
        empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
    })
    .await;
}

#[tokio::test]
async fn every_access_works_where_public_may_execute_nothing_and_use_no_type() {
    with_migrator(async |empty, migrator, url| {
        let role = format!("role_{migrator}");
        empty
            .execute(&format!(
                "create role {role} login password '{PASSWORD}';
                 alter role {role} set search_path = {migrator}; alter role {role} set check_function_bodies = on;
                 alter default privileges for role {migrator} revoke execute on functions from public;
                 alter default privileges for role {migrator} revoke usage on types from public"
            ))
            .await;
        migrate(url, &["up"]).succeeded();
        for (access, work) in [
            ("app", format!("begin; {INSERT_CLAIM}; commit; update claims set submitted_on = '2024-01-02'")),
            ("readonly", String::from("select * from claims; select * from denial_triage; select * from reconcile()")),
            ("reporting", String::from("select * from denial_report(); select cast(1 as usd)")),
        ] {
            migrate(url, &["grant", "--role", &role, "--access", access]).succeeded();
            connect(&empty.url_as(&role)).await.batch_execute(&work).await.unwrap();
        }
        empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
    })
    .await;
}

#[tokio::test]
async fn what_public_loses_later_the_role_keeps() {
    with_migrator(async |empty, migrator, url| {
        let role = format!("role_{migrator}");
        let make = format!("create role {role} login password '{PASSWORD}'; alter role {role} set search_path = {migrator}");
        empty.execute(&format!("{make}; grant usage on schema {migrator} to public")).await;
        migrate(url, &["up"]).succeeded();
        migrate(url, &["grant", "--role", &role, "--access", "app"]).succeeded();
        empty
            .execute(&format!(
                "revoke usage on schema {migrator} from public;
                 revoke execute on all functions in schema {migrator} from public;
                 do $$ declare name text; begin
                     for name in select oid::regtype from pg_type where typtype = 'd' and typnamespace = '{migrator}'::regnamespace
                     loop
                         execute format('revoke usage on domain %s from public', name);
                     end loop;
                 end $$"
            ))
            .await;
        connect(&empty.url_as(&role)).await.batch_execute(&format!("begin; {INSERT_CLAIM}; commit")).await.unwrap();
        empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
    })
    .await;
}

#[tokio::test]
async fn the_next_table_is_not_open_to_the_role_either() {
    with_migrator(async |empty, migrator, url| {
        migrate(url, &["up"]).succeeded();
        let (role, other) = (migrator.replace("migrator", "role"), migrator.replace("migrator", "other"));
        let next = async |make: &str| {
            empty.execute(&make.replace("migrator_", migrator).replace("role_", &role).replace("other_", &other)).await;
            let run = migrate(url, &["grant", "--role", &role, "--access", "reporting"]);
            let table =
                format!("set role {migrator}; create table {migrator}.next (); drop table if exists {migrator}.next");
            let open = format!("has_table_privilege('{role}', '{migrator}.next', 'select')");
            empty.execute(&table.replace("drop table if exists", "--")).await;
            assert_eq!(empty.value(&open).await == "true", run.code != Some(0), "{run:?}");
            empty.execute(&format!("drop table {migrator}.next")).await;
            run
        };
        empty.execute(&format!("create role {role}; create role {other}; grant {other} to {role}")).await;
        next("alter default privileges for role migrator_ in schema migrator_ grant select, delete on tables to role_")
            .await
            .succeeded();
        next(
            "alter default privileges for role migrator_ grant select on tables to role_;
              alter default privileges for role migrator_ grant execute on functions to role_;
              alter default privileges for role migrator_ grant usage on sequences to role_",
        )
        .await
        .succeeded();
        assert_eq!(empty.value("select count(*) from pg_default_acl").await, "0");
        for whom in ["public", "other_"] {
            let run =
                next(&format!("alter default privileges for role migrator_ grant select on tables to {whom}")).await;
            let whom = if whom == "public" { "PUBLIC" } else { &other };
            let told = format!("SELECT on tables that {migrator} makes (given to {whom} by {migrator})");
            assert!(run.failed_with(1).error().contains(&told), "{told}");
            empty
                .execute(&format!("alter default privileges for role {migrator} revoke select on tables from {whom}"))
                .await;
        }
        // Another one who makes tables in the schema: not ours to change.
        empty.execute(&format!("alter default privileges in schema {migrator} grant select on tables to {role}")).await;
        let run = migrate(url, &["grant", "--role", &role, "--access", "reporting"]).failed_with(1);
        assert!(run.error().contains(&format!("makes (given to {role} by ")), "{run:?}");
        empty.execute(&format!("drop owned by {role}, {other}; drop role {role}, {other}")).await;
    })
    .await;
}

#[tokio::test]
async fn settings_of_the_migrator_make_no_difference() {
    with_migrator(async |empty, migrator, url| {
        let role = format!("role_{migrator}");
        empty.execute(&format!("create role {role}; alter role {migrator} set quote_all_identifiers = on")).await;
        migrate(url, &["up"]).succeeded();
        migrate(url, &["grant", "--role", &role, "--access", "app"]).succeeded();
        empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_of_the_tables_grants_and_only_when_nothing_is_pending_or_missing() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let app = database.database_as(&access::APP).await.unwrap();
    let error =
        rcm_schema::migrations::runner().grant(&app, "nobody", &access::READONLY).await.unwrap_err().to_string();
    assert!(error.contains("may not act as it"), "{error}");

    let empty = empty_database().await;
    let error = rcm_schema::migrations::runner()
        .grant(empty.database(), "nobody", &access::READONLY)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("migrations are pending; apply them, then grant"), "{error}");

    connect(database.url()).await.batch_execute("drop table claims cascade").await.unwrap();
    let error = rcm_schema::migrations::runner()
        .grant(database.database(), "pg_monitor", &access::READONLY)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("schema \"public\" has no claims; verify says what else is missing"), "{error}");
}

#[tokio::test]
async fn the_name_of_the_schema_makes_no_difference() {
    with_role("role", async |empty, role, quoted| {
        empty.execute("create schema \"Org 2\"").await;
        let url = empty.url() + "&options=-c%20search_path%3D%22Org%5C%202%22";
        migrate(&url, &["up"]).succeeded();
        migrate(&url, &["grant", "--role", role, "--access", "app"]).succeeded();
        let may = |relation: &str| {
            format!("select has_table_privilege('{}', '{relation}', 'select')", role.replace('\'', "''"))
        };
        assert_eq!(empty.value(&may("\"Org 2\".claims")).await, "true");
        assert_eq!(empty.value(&may("public.claims")).await, "false");
        let usage = format!(
            "select has_schema_privilege(oid, 'Org 2', 'usage') from pg_roles where quote_ident(rolname) = '{quoted}'"
        );
        assert_eq!(empty.value(&usage).await, "true");
    })
    .await;
}
