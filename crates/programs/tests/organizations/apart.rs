//! Functions, domains and triggers of two organizations stay apart.

use std::time::Duration;

use private_postgres::TestDatabase;
use rcm_schema::migrations;
use rcm_schema::migrations::run_pending;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::support::{WORLD, client, column, drop_role, organizations, refusal, serving_role, value};

/// Two organizations with the same rows, ids and all: a write that went astray would find its row.
async fn twins() -> (TestDatabase, Client) {
    let database = organizations(&["org_a", "org_b"]).await;
    let owner = client(&database, None).await;
    for schema in ["org_a", "org_b"] {
        owner.batch_execute(&format!("set search_path = {schema}, pg_temp; {WORLD}")).await.unwrap();
    }
    owner.batch_execute("reset search_path").await.unwrap();
    (database, owner)
}

/// Every row of every table of a schema.
async fn rows(owner: &Client, schema: &str) -> Vec<String> {
    let tables =
        format!("select relname::text from pg_class where relnamespace = '{schema}'::regnamespace and relkind = 'r'");
    let mut rows = Vec::new();
    for table in column(owner, &tables).await {
        let query = format!("select '{table} ' || to_jsonb(line)::text from {schema}.{table} as line order by 1");
        rows.extend(column(owner, &query).await);
    }
    assert!(rows.len() > 100);
    rows
}

#[tokio::test]
async fn organizations_are_alike_and_none_names_another() {
    let names: Vec<String> = (1..=12).map(|number| format!("hospital_{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let database = organizations(&names).await;
    let owner = client(&database, None).await;
    let mut first = None;
    for name in names {
        owner.batch_execute(&format!("set search_path = {name}, pg_temp")).await.unwrap();
        let catalog =
            postgres_migrate::catalog(&database.database().with_schema(name), &migrations::DEFINITION).await.unwrap();
        assert!(catalog.objects.len() > 500);
        assert!(
            catalog.objects.iter().all(|(object, definition)| !format!("{object}{definition}").contains("hospital_"))
        );
        assert_eq!(first.get_or_insert(catalog.clone()), &catalog, "{name}");
        assert_eq!(value(&owner, "select count(*) from reconcile()").await, "0");
    }
    let elsewhere = "(select count(*) from pg_class where relnamespace = 'public'::regnamespace)";
    assert_eq!(value(&owner, elsewhere).await, "0");
}

#[tokio::test]
async fn no_object_depends_on_one_of_another_organization() {
    let (_database, owner) = twins().await;
    let crossing = "
        select format('%s -> %s', dependent.identity, referenced.identity)
        -- Until PostgreSQL 14 rows without an object say that the system needs another one.
        from (select * from pg_depend where classid <> 0) as pg_depend
        cross join lateral pg_identify_object(classid, objid, objsubid) as dependent
        cross join lateral pg_identify_object(refclassid, refobjid, refobjsubid) as referenced
        where dependent.identity ~ '\\morg_a\\M' and referenced.identity ~ '\\morg_b\\M'
            or dependent.identity ~ '\\morg_b\\M' and referenced.identity ~ '\\morg_a\\M'";
    assert_eq!(column(&owner, crossing).await, [""; 0]);
    owner.batch_execute("create view org_a.leak as select id from org_b.claims").await.unwrap();
    assert_ne!(column(&owner, crossing).await, [""; 0]);
}

#[tokio::test]
async fn what_one_organization_writes_changes_nothing_in_another() {
    let (database, owner) = twins().await;
    let (before_a, before_b) = (rows(&owner, "org_a").await, rows(&owner, "org_b").await);
    let role = serving_role(&database, "org_a").await;
    let session = client(&database, Some(&role)).await;
    // As hostile a session as it gets: its search path leads to the other one, and so do its temporary tables.
    session
        .batch_execute(
            "create temporary table denials (like org_a.denials); create temporary table claims (like org_a.claims);
             set search_path = pg_temp, org_b, org_a;
             update org_a.write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-02-03';
             insert into org_a.postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             select claim_id, id, 'contractual_adjustment', 499, '2024-02-04', 'payment.poster' from org_a.denials",
        )
        .await
        .unwrap();
    assert_eq!(rows(&owner, "org_b").await, before_b);
    assert_ne!(rows(&owner, "org_a").await, before_a);
    let totals =
        |schema| format!("select (recovered_amount, written_off_amount, adjusted_amount) from {schema}.denials");
    assert_eq!(value(&owner, &totals("org_a")).await, "(400,100,499)");
    assert_eq!(value(&owner, &totals("org_b")).await, "(400,0,0)");
    assert_eq!(
        value(&session, "(select count(*) from pg_temp.denials) + (select count(*) from pg_temp.claims)").await,
        "0"
    );
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn each_organization_reconciles_its_own() {
    let (_database, owner) = twins().await;
    owner
        .batch_execute(
            "begin; set local session_replication_role = replica; update org_b.denials set recovered_amount = 1; commit",
        )
        .await
        .unwrap();
    let differences = |schema| format!("(select count(*) from {schema}.reconcile())");
    assert_eq!(value(&owner, &differences("org_a")).await, "0");
    assert_eq!(value(&owner, &differences("org_b")).await, "1");
}

#[tokio::test]
async fn no_client_can_run_a_definer_function_by_itself() {
    let (database, owner) = twins().await;
    let role = serving_role(&database, "org_a").await;
    let session = client(&database, Some(&role)).await;
    session.batch_execute("create temporary table own (like org_a.postings)").await.unwrap();
    // But what counts for a view that it may read.
    let definers = "select oid::regprocedure::text from pg_proc
        where prosecdef and pronamespace = 'org_a'::regnamespace and proname !~ '_counted$'";
    let definers = column(&owner, definers).await;
    assert!(definers.len() > 7);
    for function in definers {
        for statement in [
            format!("select {function}"),
            format!("create trigger t after insert on own execute function {function}"),
            format!("alter function {function} set search_path = org_b"),
        ] {
            let refused = refusal(&session, &statement).await;
            assert_eq!(refused, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
        }
    }
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn two_organizations_migrate_at_once() {
    let database = organizations(&[]).await;
    let owner = client(&database, None).await;
    owner.batch_execute("create schema org_a; create schema org_b").await.unwrap();
    let org_a = database.database().with_schema("org_a");
    run_pending(&org_a).await.unwrap();
    rcm_schema::migrations::runner().revert(&org_a, 1).await.unwrap();
    // The runner of org_a is at work.
    let lock = "begin; lock table org_a.__diesel_schema_migrations in share update exclusive mode";
    owner.batch_execute(lock).await.unwrap();
    let report = run_pending(&database.database().with_schema("org_b")).await.unwrap();
    assert!(report.applied.len() > 30);
    let impatient = rcm_schema::migrations::runner().deadline(Duration::from_millis(1));
    let error = impatient.run_pending(&org_a).await.unwrap_err().to_string();
    assert!(error.contains("gave up waiting for the migration lock of schema \"org_a\""), "{error}");
}
