//! Organizations on the nodes of Citus; skipped on a server without it. `scripts/test-citus` runs these and all the others.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use private_postgres::TestDatabase;
use tokio_postgres::Client;

use crate::support::{WORLD, client, drop_role, migrate, organizations, serving_role, value};

const NODE_OF: &str = "select nodename || ':' || nodeport from citus_shards where table_name = '{}.claims'::regclass";

/// A database of Citus with these organizations, and its owner's session; `None` on another server, and says so.
async fn on_citus(names: &[&str]) -> Option<(TestDatabase, Client)> {
    let empty = TestDatabase::empty().await.unwrap();
    if value(&client(&empty, None).await, "select to_regclass('pg_catalog.pg_dist_node') is not null").await != "true" {
        println!("skipped: DATABASE_URL names no coordinator of Citus; scripts/test-citus runs this");
        return None;
    }
    drop(empty);
    let database = organizations(names).await;
    let owner = client(&database, None).await;
    Some((database, owner))
}

async fn node_of(owner: &Client, schema: &str) -> String {
    value(owner, &NODE_OF.replace("{}", schema)).await
}

#[tokio::test]
async fn a_fleet_is_on_several_nodes_and_every_program_works_there() {
    let Some((database, owner)) = on_citus(&["org_a", "org_b"]).await else { return };
    assert_ne!(node_of(&owner, "org_a").await, node_of(&owner, "org_b").await);
    let run = migrate(database.url(), &["up", "--all-schemas", "org\\_%"]).exited_with(0);
    let mut lines: Vec<&str> = run.out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["org_a: up to date", "org_b: up to date", "schemas up to date: 2"]);
    for schema in ["org_a", "org_b"] {
        owner.batch_execute(&format!("create role {schema}_{0}", database.database().name())).await.unwrap();
        let role = format!("{schema}_{}", database.database().name());
        for arguments in [
            &["status"][..],
            &["verify"],
            &["grant", "--role", &role, "--access", "app"],
            // What was given is what is expected.
            &["verify"],
        ] {
            migrate(database.url(), &[&["--schema", schema][..], arguments].concat()).exited_with(0);
        }
        drop_role(&database, &role).await;
        // The demo is written, and then found unchanged.
        for _ in 0..2 {
            let seed = Command::new(env!("CARGO_BIN_EXE_seed"))
                .args(["--schema", schema])
                .env("DATABASE_URL", database.url())
                .output()
                .unwrap();
            assert!(seed.status.success(), "{}", String::from_utf8_lossy(&seed.stderr));
        }
        assert_eq!(value(&owner, &format!("select count(*) from {schema}.claims")).await, "9");
    }
}

#[tokio::test]
async fn an_organization_moves_to_another_node_while_it_is_worked_in() {
    let Some((database, owner)) = on_citus(&["org_a", "org_b"]).await else { return };
    let (from, to) = (node_of(&owner, "org_a").await, node_of(&owner, "org_b").await);
    owner.batch_execute("set search_path = org_a").await.unwrap();
    for statement in WORLD.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        owner.batch_execute(statement).await.unwrap();
    }
    let role = serving_role(&database, "org_a").await;
    let worker = client(&database, Some(&role)).await;
    worker.batch_execute("set search_path = org_a").await.unwrap();
    let moved = Arc::new(AtomicBool::new(false));
    let work = tokio::spawn({
        let moved = Arc::clone(&moved);
        async move {
            let (mut before, mut after) = (0, 0);
            while after < 20 {
                let is_moved = moved.load(Ordering::Relaxed);
                let posted = worker
                    .batch_execute(
                        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
                         select claim_id, id, 'payment', 0.01, '2024-02-02', 'payment.poster' from denials",
                    )
                    .await;
                posted.unwrap();
                if is_moved { after += 1 } else { before += 1 }
            }
            (before, after)
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (host, port) = to.split_once(':').unwrap();
    owner.batch_execute(&format!("select citus_schema_move('org_a', '{host}', {port})")).await.unwrap();
    moved.store(true, Ordering::Relaxed);
    let (before, after) = work.await.unwrap();

    assert_ne!(from, to);
    assert_eq!(node_of(&owner, "org_a").await, to);
    assert!(before > 0);
    let postings = value(&owner, "select count(*) from postings where amount = 0.01").await;
    assert_eq!(postings, (before + after).to_string());
    assert_eq!(value(&owner, "select count(*) from reconcile()").await, "0");
    assert_eq!(value(&owner, "select count(*) from reconcile_claims()").await, "0");
    // The guards moved, too.
    let refused = owner.batch_execute("update postings set amount = 1").await.unwrap_err();
    assert!(refused.as_db_error().unwrap().message().starts_with("postings_are_append_only: "), "{refused:?}");
    drop_role(&database, &role).await;
    migrate(database.url(), &["--schema", "org_a", "verify"]).exited_with(0);
}
