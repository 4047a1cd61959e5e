//! `migrate doctor` finds what is set for roles and databases, and what a role has in all of them.

use uuid::Uuid;

use crate::doctor::{found, healthy};
use crate::support::{connect, migrate};

#[tokio::test]
async fn a_role_set_to_lose_what_it_commits_is_found() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let id = Uuid::now_v7().simple();
    let (service, reader) = (format!("service_{id}"), format!("reader_{id}"));
    client
        .batch_execute(&format!(
            "create role {service} login; create role {reader} login; grant insert on claims to {service};
            do $$ begin
                execute format('alter role {service} in database %I set synchronous_commit = off', current_database());
            end $$;
            alter role {reader} set synchronous_commit = off"
        ))
        .await
        .unwrap();
    let run = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    client.batch_execute(&format!("drop owned by {service}, {reader}; drop role {service}, {reader}")).await.unwrap();
    assert!(
        run.out.contains(&format!("synchronous_commit is off for role {service} in this database: ")),
        "{}",
        run.out
    );
    assert!(run.out.contains(&format!("alter role {service} in database ")), "{}", run.out);
    assert!(!run.out.contains(&reader), "{}", run.out);
}

#[tokio::test]
async fn what_is_set_in_this_database_is_found() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let role = format!("service_{}", Uuid::now_v7().simple());
    client
        .batch_execute(&format!(
            "create role {role} login;
            do $$ begin
                execute format('alter role {role} in database %I set log_statement = ''all''', current_database());
                execute format('alter database %I set log_min_duration_sample = 0', current_database());
            end $$"
        ))
        .await
        .unwrap();
    let found = found(&migrate(database.url(), &["doctor", "--json"]).failed_with(12));
    client.batch_execute(&format!("drop role {role}")).await.unwrap();
    for expected in [
        format!(
            "log: log_statement is all for role {role} in this database: statements are logged -> alter role {role} in "
        ),
        "log: log_min_duration_sample is 0 for every role in this database: some slow".to_owned(),
    ] {
        assert!(found.iter().any(|line| line.starts_with(&expected)), "{expected}: {found:#?}");
    }
}

/// A role that reaches every database is never committed: the doctor of any other test would find it.
#[tokio::test]
async fn what_a_role_has_in_every_database_is_found() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let role = format!("service_{}", Uuid::now_v7().simple());
    client
        .batch_execute(&format!(
            "begin;
            set local doctor.schema = 'public';
            set local doctor.environment = 'development';
            create role {role} login in role pg_read_all_data;
            alter role {role} set auto_explain.log_min_duration = 0"
        ))
        .await
        .unwrap();
    for (check, expected, cure) in [
        (
            include_str!("../../src/bin/migrate/doctor/log.sql"),
            format!("auto_explain.log_min_duration is 0 for role {role}: plans are logged"),
            format!("alter role {role} set auto_explain.log_min_duration = '-1'"),
        ),
        (
            include_str!("../../src/bin/migrate/doctor/limits.sql"),
            format!("role {role} reads or writes all tables, as a member of pg_read_all_data"),
            format!("revoke pg_read_all_data from {role}"),
        ),
    ] {
        let rows = client.query(check, &[]).await.unwrap();
        let found: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let is_it = |(what, todo): &(String, String)| what.starts_with(&expected) && todo.starts_with(&cure);
        assert!(found.iter().any(is_it), "{expected}: {found:#?}");
    }
}
