//! `--schema`: every command works in one schema, and an unknown one changes nothing.

use private_postgres::TestDatabase;
use uuid::Uuid;

use crate::support::{PASSWORD, client, column, drop_role, migrate, organizations, value};

/// Needs quotes, and would end a statement without them.
const NAME: &str = "Org \"A\\\"; drop schema public; --";

/// Schemas that hold anything, with how many tables, views and functions.
async fn filled(database: &TestDatabase) -> Vec<String> {
    let query = "
        select format('%s: %s', nspname, count(*))
        from (select relnamespace from pg_class union all select pronamespace from pg_proc) as object (schema)
        join pg_namespace on pg_namespace.oid = object.schema
        where nspname !~ '^pg_' and nspname <> 'information_schema' group by nspname order by 1";
    column(&client(database, None).await, query).await
}

#[tokio::test]
async fn every_command_works_in_the_schema_that_is_named_and_nowhere_else() {
    let database = TestDatabase::empty().await.unwrap();
    let in_schema = |arguments: &[&str], code| {
        let run = migrate(database.url(), &[&["--schema", NAME], arguments].concat()).exited_with(code);
        // After the command as well.
        if code == 0 && !["down", "redo", "reset"].contains(&arguments[0]) {
            migrate(database.url(), &[arguments, &["--schema", NAME]].concat()).exited_with(0);
        }
        run
    };
    assert!(in_schema(&["up", "--create-schema"], 0).out.starts_with(&format!("made the schema {NAME}\napplied ")));
    let only = filled(&database).await;
    assert_eq!(only.len(), 1);
    assert!(only[0].starts_with(NAME), "{only:?}");
    in_schema(&["status"], 0);
    assert_eq!(in_schema(&["down", "2"], 0).out.lines().count(), 1);
    in_schema(&["status", "--json"], 3);
    in_schema(&["up"], 0);
    in_schema(&["redo"], 0);
    in_schema(&["reset"], 0);
    assert!(in_schema(&["environment"], 0).out.starts_with("development: "));
    assert_eq!(filled(&database).await, only);

    let name = database.database().name();
    in_schema(&["environment", "set", "production", "--database", name], 0);
    let refused = in_schema(&["reset"], 4);
    assert!(refused.error().contains(&format!("--schema {NAME:?}")), "{refused:?}");
    // What one organization says holds for no other.
    migrate(database.url(), &["up"]).exited_with(0);
    migrate(database.url(), &["reset"]).exited_with(0);
}

#[tokio::test]
async fn seed_loads_the_demo_into_the_schema_that_is_named_and_nowhere_else() {
    let database = organizations(&[NAME]).await;
    let seed = |schema: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_seed"));
        command.current_dir(std::env::temp_dir()).env("DATABASE_URL", database.url()).args(["--schema", schema]);
        command.output().unwrap()
    };
    let output = seed(NAME);
    assert!(output.status.success(), "{output:?}");
    let owner = client(&database, None).await;
    owner.execute("select set_config('search_path', quote_ident($1), false)", &[&NAME]).await.unwrap();
    assert_ne!(value(&owner, "select count(*) from claims").await, "0");
    assert_eq!(filled(&database).await.len(), 1);

    let output = seed("nowhere");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there is no schema \"nowhere\""));
    assert_eq!(filled(&database).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_schema_is_told_and_changes_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    let before = filled(&database).await;
    for name in ["nowhere", " ", "\"public\"", "PUBLIC"] {
        for command in [&["up"][..], &["down"], &["redo"], &["reset"], &["status"], &["environment"]] {
            let run = migrate(database.url(), &[&["--schema", name], command].concat()).exited_with(1);
            let expected = format!("there is no schema {name:?} that this role may use");
            assert!(run.error().contains(&expected), "{run:?}");
        }
    }
    assert_eq!(filled(&database).await, before);
}

#[tokio::test]
async fn a_name_that_no_organization_can_have_is_refused_with_the_reason_and_makes_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    let schemas = "select nspname::text from pg_namespace order by 1";
    let owner = client(&database, None).await;
    // What `$user` would lead to.
    owner.batch_execute("do $$ begin execute format('create schema %I', current_user); end $$").await.unwrap();
    let before = column(&owner, schemas).await;
    let long = "x".repeat(64);
    for (name, why) in [
        ("", "it is empty"),
        ("$user", "it stands for the schema that has the role's name"),
        ("information_schema", "it is PostgreSQL's own"),
        ("pg_temp", "names that begin with pg_ are PostgreSQL's own"),
        ("pg_catalog", "names that begin with pg_ are PostgreSQL's own"),
        ("pg_org", "names that begin with pg_ are PostgreSQL's own"),
        (&long, "it is longer than 63 bytes"),
    ] {
        for command in [&["up"][..], &["up", "--create-schema"], &["up", "--dry-run"], &["status"], &["reset"]] {
            let run = migrate(database.url(), &[&["--schema", name], command].concat()).exited_with(1);
            let expected = format!("the schema {name:?} can't be used: ");
            assert!(run.error().contains(&expected) && run.error().contains(why), "{run:?}");
            assert!(!run.error().contains("--create-schema"), "{run:?}");
        }
        assert!(database.database().with_schema(name).connect().await.is_err());
    }
    assert_eq!(column(&owner, schemas).await, before);
}

#[tokio::test]
async fn a_schema_whose_usage_the_role_lacks_is_unknown_to_it() {
    let database = TestDatabase::empty().await.unwrap();
    let role = format!("stranger_{}", Uuid::now_v7().simple());
    let owner = client(&database, None).await;
    owner.batch_execute(&format!("create schema org_a; create role {role} login password '{PASSWORD}'")).await.unwrap();
    let url = format!("{}&user={role}&password={PASSWORD}", database.url());
    let run = migrate(&url, &["--schema", "org_a", "up"]).exited_with(1);
    assert!(run.error().contains("there is no schema \"org_a\" that this role may use"), "{run:?}");
    let run = migrate(&url, &["--schema", "org_b", "up", "--create-schema"]).exited_with(1);
    assert!(
        run.error()
            .contains("may not create the schema \"org_b\"; as the owner of the database: grant create on database"),
        "{run:?}"
    );
    // That it exists, is no reason to need the right to make it.
    owner.batch_execute(&format!("grant all on schema org_a to {role}")).await.unwrap();
    migrate(&url, &["--schema", "org_a", "up", "--create-schema"]).exited_with(0);
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn many_who_make_a_schema_at_once_make_one() {
    let database = TestDatabase::empty().await.unwrap();
    assert!(postgres_migrate::create_schema(database.database()).await.is_err());
    assert!(postgres_migrate::create_schema(&database.database().with_schema("nul\0")).await.is_err());
    let bound = database.database().with_schema("org_a");
    let made = futures_util::future::join_all((0..8).map(|_| postgres_migrate::create_schema(&bound))).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
}

#[test]
fn contradictions_are_wrong_usage() {
    for arguments in [
        &["up", "--create-schema"][..],
        &["--schema", "a", "up", "--all-schemas", "b"],
        &["up", "--schema", "a", "--all-schemas", "b"],
        &["up", "--jobs", "2"],
        &["up", "--all-schemas", "a", "--jobs", "0"],
        &["up", "--all-schemas", "a", "--create-schema"],
        &["--schema", "a", "create", "add_note"],
        &["server", "status", "--schema", "a"],
    ] {
        migrate("postgresql://nobody@127.0.0.1:1/none", arguments).exited_with(2);
    }
}
