//! Every CHECK, UNIQUE and foreign key refuses its bad row, by name.

use std::collections::BTreeSet;

use diesel::result::Error;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::catalog::{migrated, run, texts};
use crate::fixture;

/// Every constraint and unique index that a row can break on its own. A unique key that contains the primary key only
/// serves composite foreign keys: the primary key refuses first.
const BREAKABLE: &str = "
    select conname from pg_constraint
    where connamespace = cast(current_schema() as regnamespace)
        and contype in ('c', 'f', 'u')
        and not (contype = 'u' and exists (
            select from pg_attribute where attrelid = conrelid and attnum = any (conkey) and attname = 'id'
        ))
    union
    select relname from pg_index
    join pg_class on pg_class.oid = indexrelid
    where relnamespace = cast(current_schema() as regnamespace) and indisunique
        and not exists (select from pg_constraint where conindid = indexrelid)";

fn cases() -> Vec<(&'static str, &'static str)> {
    include_str!("refusals.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" | ").expect("constraint | statement"))
        .collect()
}

/// `copy TABLE COLUMN = VALUE, …` as an INSERT of the fixture's row with these columns changed.
async fn expand(connection: &mut AsyncPgConnection, statement: &str) -> String {
    let Some(copy) = statement.strip_prefix("copy ") else {
        return statement.to_owned();
    };
    let (table, changes) = copy.split_once(' ').unwrap();
    let changes: Vec<(&str, &str)> = changes.split(", ").map(|change| change.split_once(" = ").unwrap()).collect();
    let columns = texts(
        connection,
        &format!(
            "select attname from pg_attribute where attrelid = cast('{table}' as regclass)
             and attnum > 0 and attgenerated = ''"
        ),
    )
    .await;
    let values = columns.iter().map(|column| {
        changes.iter().find(|(changed, _)| changed == column).map_or(column.as_str(), |(_, value)| *value)
    });
    let values: Vec<&str> = values.collect();
    format!(
        "insert into {table} ({}) select {} from {table} where id in (select min(cast(id as text))::uuid from {table}
         where cast(id as text) like '00000000%')",
        columns.join(", "),
        values.join(", ")
    )
}

/// The constraint that refuses the statement, or what happened instead.
async fn refused_by(connection: &mut AsyncPgConnection, statement: &str) -> String {
    connection.batch_execute("begin").await.unwrap();
    let mut outcome = Ok(());
    for statement in statement.split("; ") {
        let statement = expand(connection, statement).await;
        outcome = connection.batch_execute(&statement).await;
        if outcome.is_err() {
            break;
        }
    }
    connection.batch_execute("rollback").await.unwrap();
    match outcome {
        Ok(()) => "nothing".to_owned(),
        Err(Error::DatabaseError(_, information)) => {
            information.constraint_name().unwrap_or(information.message()).to_owned()
        }
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn each_constraint_refuses_its_bad_row_by_name() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (constraint, statement) in cases() {
        assert_eq!(refused_by(&mut connection, statement).await, constraint, "{statement}");
    }
}

#[tokio::test]
async fn no_constraint_is_without_a_bad_row() {
    let (_database, mut connection) = migrated().await;
    let breakable: BTreeSet<String> = texts(&mut connection, BREAKABLE).await.into_iter().collect();
    let broken: BTreeSet<String> = cases().into_iter().map(|(constraint, _)| constraint.to_owned()).collect();
    assert!(breakable.len() > 100);
    assert_eq!(breakable.difference(&broken).collect::<Vec<_>>(), Vec::<&String>::new(), "have no bad row");
    assert_eq!(broken.difference(&breakable).collect::<Vec<_>>(), Vec::<&String>::new(), "do not exist");
}

#[tokio::test]
async fn a_missing_constraint_is_noticed() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(&mut connection, "alter table claims drop constraint claims_status_known").await;
    let (_, statement) = cases().into_iter().find(|(constraint, _)| *constraint == "claims_status_known").unwrap();
    assert_eq!(refused_by(&mut connection, statement).await, "nothing");
}

#[tokio::test]
async fn primary_keys_refuse_a_second_row() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (table, _) in fixture::statements() {
        let statement = match table {
            "database_environment" => "insert into database_environment (environment) values ('production')".to_owned(),
            _ => format!("copy {table} created_at = now()"),
        };
        assert_eq!(refused_by(&mut connection, &statement).await, format!("{table}_pkey"));
    }
}
