//! What is audited, and that whoever may change a row leaves a trace.

use std::collections::BTreeSet;

use rcm_schema::access;
use rcm_schema::models::AuditEntry;

use crate::catalog::{migrated, run, texts};
use crate::fixture;
use crate::lookups::{by_index, scans};

/// What services may update and nobody watches: what waits for what, and the lines that programs find.
const NOT_WATCHED: [&str; 5] = [
    "remittance_claims.waiting_difference",
    "remittance_claims.waits_for",
    "remittance_claims.waits_for_rule",
    "remittance_services.claim_id",
    "remittance_services.line_number",
];

#[tokio::test]
async fn what_an_access_may_update_is_audited() {
    let (_database, mut connection) = migrated().await;
    let query = "select format('%s.%s', cast(tgrelid as regclass), attname) from pg_trigger
        join pg_attribute on attrelid = tgrelid and (cardinality(cast(tgattr as smallint[])) = 0 or attnum = any (tgattr))
        where tgname = 'audit'";
    let audited: BTreeSet<String> = texts(&mut connection, query).await.into_iter().collect();
    let mut updatable = 0;
    for writes in access::ALL.iter().flat_map(|access| access.writes) {
        let columns = writes.update.split(", ").filter(|column| !column.is_empty());
        for column in columns {
            updatable += 1;
            let name = format!("{}.{column}", writes.table);
            assert_ne!(audited.contains(&name), NOT_WATCHED.contains(&name.as_str()), "{name}");
        }
    }
    assert!(updatable > 50);
}

#[tokio::test]
async fn every_audited_table_records_that_it_was_truncated_and_names_its_key() {
    let (_database, mut connection) = migrated().await;
    // What payers sent can't be truncated.
    let of = |trigger: &str| {
        format!(
            r"select split_part(encode(tgargs, 'escape'), '\000', 1) from pg_trigger
            where tgname = '{trigger}' and cast(cast(tgrelid as regclass) as text) not like 'remittance%' and split_part(encode(tgargs, 'escape'), '\000', 1) = cast(cast(tgrelid as regclass) as text) order by 1"
        )
    };
    let audited = texts(&mut connection, &of("audit")).await;
    assert!(audited.len() > 15 && audited == texts(&mut connection, &of("audit_truncation")).await, "{audited:?}");
    let keys = r"select pg_get_constraintdef(pg_constraint.oid) from pg_trigger
        join pg_constraint on conrelid = tgrelid and contype = 'p'
        where tgname = 'audit' and pg_get_constraintdef(pg_constraint.oid) <> format('PRIMARY KEY (%s)',
            array_to_string(cast(split_part(encode(tgargs, 'escape'), '\000', 2) as text[]), ', '))";
    assert_eq!(texts(&mut connection, keys).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_history_of_a_row_and_what_has_no_seal_are_found_by_their_indexes() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for number in 1..4 {
        run(&mut connection, &format!("update payers set name = 'Payer {number}'")).await;
    }
    let key = texts(&mut connection, "select id from payers").await.remove(0);
    let many = "set session_replication_role = replica;
        insert into audit_log (seal, changed_table, operation, row_key, old_values, new_values)
        select 1, 'claims', 'UPDATE', uuidv7(), '{}', '{}' from generate_series(1, 5000);
        reset session_replication_role; analyze audit_log";
    run(&mut connection, many).await;
    let history =
        by_index!(connection, "audit_log", "audit_log_by_row", AuditEntry::by_row(&mut connection, "payers", &key));
    let names: Vec<String> =
        history.iter().map(|entry| entry.new_values.as_ref().unwrap()["name"].to_string()).collect();
    assert_eq!(names.last().unwrap(), "\"Payer 3\"");
    assert!(history.is_sorted_by_key(|entry| entry.id), "{names:?}");

    run(&mut connection, "begin").await;
    let before = scans(&mut connection, "audit_log").await;
    run(&mut connection, "insert into audit_seals default values").await;
    assert_eq!(scans(&mut connection, "audit_log").await, before, "sealing read the whole log");
    run(&mut connection, "rollback").await;
}
