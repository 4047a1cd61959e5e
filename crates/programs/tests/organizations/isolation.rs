//! A role of one organization is refused on every object of another, object by object.

use private_postgres::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::support::{WORLD, client, column, drop_role, organizations, refusal, serving_role, value};

/// What a client may try on the objects of a schema: the statement to read each, and the others.
struct Attempts {
    reads: Vec<String>,
    calls: Vec<String>,
    others: Vec<String>,
}

/// One attempt per object and way, from the catalog.
async fn attempts(owner: &Client, schema: &str) -> Attempts {
    let each = async |catalog: &str, statement: &str| {
        let query = format!("select {statement} from {catalog} where nspname = '{schema}' order by 1");
        let found = column(owner, &query).await;
        assert!(!found.is_empty(), "{catalog}");
        found
    };
    let relations =
        "pg_class join pg_namespace on pg_namespace.oid = relnamespace and relkind in ('r', 'v', 'm', 'p', 'f', 'S')";
    let tables = "pg_class join pg_namespace on pg_namespace.oid = relnamespace and relkind = 'r'";
    let columns = "pg_attribute join pg_class on pg_class.oid = attrelid and attnum > 0 and relkind in ('r', 'v')
         join pg_namespace on pg_namespace.oid = relnamespace";
    let functions = "pg_proc join pg_namespace on pg_namespace.oid = pronamespace";
    let domains = "pg_type join pg_namespace on pg_namespace.oid = typnamespace and typtype = 'd'";
    let arguments = "(select string_agg(format('cast(null as %s)', format_type(type, null)), ', ') from unnest(proargtypes) as type)";

    let reads = each(relations, "format('select from %I.%I limit 1', nspname, relname)").await;
    let calls = each(functions, &format!("format('select %I.%I(%s)', nspname, proname, {arguments})")).await;
    let mut others = Vec::new();
    for statement in [
        "format('insert into %I.%I default values', nspname, relname)",
        "format('delete from %I.%I', nspname, relname)",
        "format('truncate %I.%I', nspname, relname)",
        "format('lock table %I.%I in access share mode', nspname, relname)",
        "format('drop table %I.%I', nspname, relname)",
        "format('create temporary table mine (like %I.%I)', nspname, relname)",
        "format('comment on table %I.%I is null', nspname, relname)",
    ] {
        others.extend(each(tables, statement).await);
    }
    others.extend(each(columns, "format('update %I.%I set %I = default', nspname, relname, attname)").await);
    others.extend(each(columns, "format('select %I from %I.%I', attname, nspname, relname)").await);
    others.extend(each(domains, "format('select cast(null as %I.%I)', nspname, typname)").await);
    others.extend(each(functions, "format('drop function %I.%I', nspname, proname)").await);
    others.extend(
        each(functions, "format('create trigger t before insert on own execute function %I.%I()', nspname, proname)")
            .await,
    );
    others.push(format!("create table {schema}.mine ()"));
    others.push(format!("drop schema {schema} cascade"));
    others.push(format!("create temporary table mine (id uuid references {schema}.claims)"));
    Attempts { reads, calls, others }
}

/// Those of the statements that end otherwise than with 42501.
async fn allowed(client: &Client, statements: &[String]) -> Vec<String> {
    let mut allowed = Vec::new();
    for statement in statements {
        client.batch_execute("begin").await.unwrap();
        if refusal(client, statement).await != Some(SqlState::INSUFFICIENT_PRIVILEGE) {
            allowed.push(statement.clone());
        }
        client.batch_execute("rollback").await.unwrap();
    }
    allowed
}

/// Two organizations, and a session of a role that serves the first.
async fn session_of_a() -> (TestDatabase, Client, String, Client) {
    let database = organizations(&["org_a", "org_b"]).await;
    let owner = client(&database, None).await;
    for schema in ["org_a", "org_b"] {
        owner.batch_execute(&format!("set search_path = {schema}, pg_temp; {WORLD}")).await.unwrap();
    }
    // The catalog is asked for names that hold everywhere.
    owner.batch_execute("reset search_path").await.unwrap();
    let role = serving_role(&database, "org_a").await;
    let session = client(&database, Some(&role)).await;
    session.batch_execute("create temporary table own ()").await.unwrap();
    (database, owner, role, session)
}

#[tokio::test]
async fn every_object_of_another_organization_is_refused_with_42501() {
    let (database, owner, role, session) = session_of_a().await;
    let of_b = attempts(&owner, "org_b").await;
    let counts = (of_b.reads.len(), of_b.calls.len(), of_b.others.len());
    assert!(counts.0 > 20 && counts.1 > 20 && counts.2 > 300, "{counts:?}");
    for statements in [&of_b.reads, &of_b.calls, &of_b.others] {
        assert_eq!(allowed(&session, statements).await, [""; 0]);
    }
    // The statements themselves are right: at home they are allowed.
    let of_a = attempts(&owner, "org_a").await;
    assert_eq!(allowed(&session, &of_a.reads).await, of_a.reads);
    assert_eq!(of_a.reads.len(), of_b.reads.len());
    assert!(allowed(&session, &of_a.calls).await.len() > of_a.calls.len() / 3);
    drop_role(&database, &role).await;
}

/// PUBLIC may execute most functions, and that is all it may: nobody reaches them without USAGE on the schema.
#[tokio::test]
async fn public_has_no_right_but_to_execute_and_none_to_enter() {
    let (database, owner, role, session) = session_of_a().await;
    let rights = "
        select format('%s %s', nspname, right_) from pg_namespace, unnest(array['usage', 'create']) as right_
        where nspname like 'org%' and has_schema_privilege('public', oid, right_)
        union all
        select format('%s %s', pg_class.oid::regclass, right_)
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace and nspname like 'org%' and relkind <> 'i',
            unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as right_
        where relkind <> 'S' and has_table_privilege('public', pg_class.oid, right_)
        union all
        select pg_proc.oid::regprocedure::text
        from pg_proc join pg_namespace on pg_namespace.oid = pronamespace and nspname like 'org%'
        -- What counts for a view asks for the right to the view.
        where prosecdef and proname !~ '_counted$' and has_function_privilege('public', pg_proc.oid, 'execute')";
    assert_eq!(column(&owner, rights).await, [""; 0]);
    let executable = "(select count(*) from pg_proc
        where pronamespace = 'org_b'::regnamespace and has_function_privilege('public', oid, 'execute'))";
    assert!(value(&owner, executable).await.parse::<u32>().unwrap() > 10);

    // With USAGE alone, given by mistake, tables and views still refuse, and functions show nothing of them.
    owner.batch_execute(&format!("grant usage on schema org_b to {role}")).await.unwrap();
    let of_b = attempts(&owner, "org_b").await;
    assert_eq!(allowed(&session, &of_b.reads).await, [""; 0]);
    for call in allowed(&session, &of_b.calls).await {
        session.batch_execute("begin").await.unwrap();
        let called = session.simple_query(&call).await;
        session.batch_execute("rollback").await.unwrap();
        let text = format!("{called:?}");
        for value in ["CLM-1", "PATIENT-1", "TEST-001", "00000000-0000-7000-8000"] {
            assert!(!text.contains(value), "{call}: {text}");
        }
    }
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_right_that_crosses_would_be_seen() {
    let (database, owner, role, session) = session_of_a().await;
    let of_b = attempts(&owner, "org_b").await;
    owner.batch_execute("grant usage on schema org_b to public; grant select on org_b.payers to public").await.unwrap();
    assert_eq!(allowed(&session, &of_b.reads).await, ["select from org_b.payers limit 1"]);
    assert_ne!(allowed(&session, &of_b.calls).await, [""; 0]);
    drop_role(&database, &role).await;
}
