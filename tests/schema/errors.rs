//! Errors name kind, table and constraint, and hold no value of a row.

use std::time::Duration;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::{Appeal, Claim, Denial, NewClaim};
use rcm_schema::schema::{appeals, claims, denials, status_transitions};
use rcm_schema::types::{ClaimType, DenialCode, Usd};
use rcm_schema::{Error, Result};
use uuid::Uuid;

use crate::catalog::{migrated, run, texts};
use crate::fixture;

fn kind(error: Error) -> QueryErrorKind {
    match error {
        Error::Query { kind, .. } => kind,
        other => panic!("{other:?}"),
    }
}

async fn kind_of(connection: &mut AsyncPgConnection, statement: &str) -> QueryErrorKind {
    kind(connection.batch_execute(statement).await.unwrap_err().into())
}

#[tokio::test]
async fn each_kind_of_refusal_is_told() {
    let (database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (statement, expected) in [
        ("update payers set payer_id = null", QueryErrorKind::NotNullViolation),
        ("update appeals set appealed_amount = 0", QueryErrorKind::CheckViolation),
        ("update claims set amount = 'NaN'", QueryErrorKind::CheckViolation),
        ("update org_policies set payer_id = uuidv7()", QueryErrorKind::ForeignKeyViolation),
        ("delete from payers", QueryErrorKind::ForeignKeyViolation),
        ("update org_policies set name = 'Test policy'", QueryErrorKind::UniqueViolation),
        ("select nothing from claims", QueryErrorKind::SchemaMismatch),
        ("select from nothing", QueryErrorKind::SchemaMismatch),
        ("select nothing(1)", QueryErrorKind::SchemaMismatch),
        ("load '$libdir/plugins/missing'", QueryErrorKind::ServerFileMissing),
        (
            "set temp_file_limit = '1MB'; set work_mem = '64kB'; select count(*) from generate_series(1, 1000000)",
            QueryErrorKind::ResourcesExhausted,
        ),
        ("select 1 / 0", QueryErrorKind::Other),
        ("set statement_timeout = '10ms'; select pg_sleep(5)", QueryErrorKind::Cancelled),
        ("rollback; begin read only; delete from payers", QueryErrorKind::ReadOnly),
        ("rollback; set role pg_monitor; select from claims", QueryErrorKind::PermissionDenied),
        ("reset role; select pg_terminate_backend(pg_backend_pid())", QueryErrorKind::ConnectionLost),
    ] {
        assert_eq!(kind_of(&mut connection, statement).await, expected, "{statement}");
    }
    let mut connection = database.connect().await.unwrap();
    run(&mut connection, "begin").await;
    kind_of(&mut connection, "select 1 / 0").await;
    assert_eq!(kind_of(&mut connection, "select 1").await, QueryErrorKind::TransactionAborted);
    run(&mut connection, "rollback").await;
    assert_eq!(kind_of(&mut connection, "select '\0'").await, QueryErrorKind::NotEncodable);
    let row = || (status_transitions::table_name.eq("a"), status_transitions::from_status.eq("b"));
    let too_many: Vec<_> = std::iter::repeat_with(row).take(40_000).collect();
    let error = diesel::insert_into(status_transitions::table).values(too_many).execute(&mut connection).await;
    assert_eq!(kind(error.unwrap_err().into()), QueryErrorKind::NotEncodable);
    let unchanged = diesel::update(claims::table).set(None::<()>.map(|()| claims::amount.eq(claims::amount)));
    let error = unchanged.execute(&mut connection).await;
    assert_eq!(kind(error.unwrap_err().into()), QueryErrorKind::NotEncodable);
    let mut other = database.connect().await.unwrap();
    run(&mut other, "begin; lock table claims").await;
    for statement in ["set lock_timeout = '10ms'; select from claims", "rollback; begin; lock table claims nowait"] {
        assert_eq!(kind_of(&mut connection, statement).await, QueryErrorKind::LockTimeout, "{statement}");
    }
}

#[test]
fn what_diesel_itself_finds_has_its_kind() {
    let collided = || {
        let said = Box::new(String::from("could not serialize access due to concurrent update"));
        Box::new(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, said))
    };
    for (error, expected) in [
        (
            DieselError::RollbackErrorOnCommit {
                rollback_error: Box::new(DieselError::BrokenTransactionManager),
                commit_error: collided(),
            },
            QueryErrorKind::SerializationFailure,
        ),
        (DieselError::BrokenTransactionManager, QueryErrorKind::ConnectionLost),
        (DieselError::IntegerConversion(u8::try_from(256).unwrap_err()), QueryErrorKind::Conversion),
    ] {
        assert_eq!(kind(error.into()), expected);
    }
}

/// Statements of a service's own, and what is wrong with them in words that hold no value of theirs.
const MISTAKES: [(&str, &str); 37] = [
    ("select 1 / 0", "the database refused the statement: division by zero (SQLSTATE 22012)"),
    ("select 2147483647 + 1", "integer out of range"),
    ("select '32767'::smallint + '1'::smallint", "smallint out of range"),
    ("select 9223372036854775807 + 1", "bigint out of range"),
    ("select 1234::numeric(3)", "numeric field overflow"),
    ("select '99999999999'::integer", "value … is out of range for type (SQLSTATE 22003), at character 8"),
    ("select '2024-13-01'::date", "date/time field value out of range"),
    ("select '294276-12-31'::timestamp + interval '1 year'", "timestamp out of range"),
    ("select 'canary'::integer", "invalid input syntax for type (SQLSTATE 22P02), at character 8"),
    ("create temporary table short (a varchar(2)); insert into short values ('canary')", "value too long for type"),
    ("select substring('canary' from 1 for -1)", "negative substring length not allowed"),
    ("select 'canary' ~ '('", "invalid regular expression"),
    ("select from claims limit -1", "LIMIT must not be negative"),
    ("select from claims offset -1", "OFFSET must not be negative"),
    ("select (select generate_series(1, 2))", "more than one row returned by a subquery"),
    (
        "create temporary table keyed (a int primary key); \
         insert into keyed values (1), (1) on conflict (a) do update set a = excluded.a",
        "ON CONFLICT DO UPDATE command cannot affect row a second time",
    ),
    (
        "insert into denial_notes (id) values (uuidv7()) on conflict (noted_by) do nothing",
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
    ),
    (
        "create temporary table apart (a int4range, exclude using gist (a with &&)); \
         insert into apart values ('[1,3]'), ('[2,4]')",
        "conflicting key value violates exclusion constraint",
    ),
    ("selec 'canary'", "syntax error at (SQLSTATE 42601), at character 1"),
    ("select id from claims, payers", "column reference … is ambiguous"),
    ("select id, count(*) from claims group by amount", "column … must appear in the GROUP BY clause"),
    ("select from claims where count(*) > 1", "aggregate functions are not allowed"),
    ("select from claims where 1", "argument of WHERE must be type boolean"),
    ("update claims set amount = true", "column … is of type"),
    ("select 1 = 'canary'::text", "operator does not exist"),
    ("select true::date", "cannot cast type"),
    ("prepare guess as select $1 is null", "could not determine data type of parameter"),
    ("select from nothing", "(SQLSTATE 42P01), at character 13"),
    ("select nothing.id from claims", "(SQLSTATE 42P01)"),
    ("select nothing from claims", "(SQLSTATE 42703)"),
    ("select nothing(1)", "(SQLSTATE 42883)"),
    ("call nothing(1)", "(SQLSTATE 42883)"),
    ("select null::nothing", "(SQLSTATE 42704)"),
    ("create table nothing.at_all (a int)", "(SQLSTATE 3F000)"),
    (
        "set local temp_file_limit = '1MB'; set local work_mem = '64kB'; \
         select count(*), 'canary' from generate_series(1, 1000000)",
        "(SQLSTATE 53400)",
    ),
    ("do $$ begin raise 'canary'; end $$", "the database refused the statement"),
    ("select count(*) from claims group by canary(1)", "(SQLSTATE 42883)"),
];

#[tokio::test]
async fn statements_of_ones_own_keep_their_sqlstate_and_position() {
    let (database, mut connection) = migrated().await;
    let client = database.database().connect_client().await.unwrap();
    let mut wrong = Vec::new();
    for (statement, words) in MISTAKES {
        run(&mut connection, "begin").await;
        let error = Error::from(connection.batch_execute(statement).await.unwrap_err());
        run(&mut connection, "rollback").await;
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        // What PostgreSQL itself says.
        let said = client.batch_execute(&format!("begin; {statement}")).await.unwrap_err();
        client.batch_execute("rollback").await.unwrap();
        let raised = said.code().unwrap().code();
        let told = error.sqlstate().or((raised == "P0001").then_some(raised));
        if told != Some(raised) || !error.to_string().contains(words) {
            wrong.push(format!("{statement}: {raised}, {error}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn collisions_of_transactions_are_retryable() {
    let (database, mut one) = migrated().await;
    fixture::fill(&mut one).await;
    let mut two = database.connect().await.unwrap();
    for connection in [&mut one, &mut two] {
        run(connection, "begin isolation level repeatable read; select from denials").await;
    }
    run(&mut one, "update denials set root_cause = '11'; commit").await;
    let error: Error = two.batch_execute("update denials set root_cause = '12'").await.unwrap_err().into();
    assert!(error.is_retryable());
    assert_eq!(kind(error), QueryErrorKind::SerializationFailure);

    run(
        &mut two,
        "rollback; set deadlock_timeout = '50ms'; begin; update denials set root_cause = '13' where line_number is null",
    )
    .await;
    run(
        &mut one,
        "set deadlock_timeout = '1min'; begin; update denials set root_cause = '14' where line_number is not null",
    )
    .await;
    let pid = texts(&mut one, "select pg_backend_pid()").await;
    let waiting = tokio::spawn(async move {
        run(&mut one, "update denials set root_cause = '15' where line_number is null").await;
    });
    let waits = format!("select exists (select from pg_locks where pid = {} and not granted)", pid[0]);
    while texts(&mut two, &waits).await != ["true"] {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let update = "update denials set root_cause = '16' where line_number is not null";
    let error: Error = two.batch_execute(update).await.unwrap_err().into();
    assert!(error.is_retryable());
    assert_eq!(kind(error), QueryErrorKind::Deadlock);
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_value_that_this_version_does_not_know_is_an_error_not_a_guess() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "alter domain priority drop constraint priority_known; update appeals set priority = 'canary'",
    )
    .await;
    let error: Error = Appeal::query().first(&mut connection).await.unwrap_err().into();
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert_eq!(kind(error), QueryErrorKind::Conversion);
}

/// Breaks a rule with canaries in the row, in every way that a service can meet it.
async fn provoke(connection: &mut AsyncPgConnection) -> Vec<Error> {
    let payer = rcm_schema::models::Payer::by_payer_id(connection, "TEST-001").await.unwrap().id;
    let day = "2024-01-10".parse().unwrap();
    let claim = NewClaim::builder()
        .claim_id("CANARY-1".parse().unwrap())
        .patient_reference("canary-patient".parse().unwrap())
        .payer_id(payer)
        .claim_type(ClaimType::Professional)
        .amount(Usd::zero())
        .service_from(day)
        .service_to("2024-01-09".parse().unwrap())
        .build();
    let mut errors = Vec::new();
    let refused = diesel::insert_into(claims::table).values(&claim).execute(connection).await;
    errors.push(refused.unwrap_err().into());
    for change in [
        "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
         select 'CANARY-1', 'canary-patient', payer_id, claim_type, -1, service_from, service_to from claims",
        "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
         select 'CANARY-1', null, payer_id, claim_type, 1, service_from, service_to from claims",
        "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
         select 'CANARY-1', 'canary-patient', payer_id, claim_type, 1, service_from, service_to from claims",
        "update claims set patient_reference = 'canary-patient', claim_id = 'CANARY-1'",
        "update claims set status = 'canary'",
        "update claims set amount = 'canary'",
        "insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
         select id, claim_id, 'canary', 1, '2024-01-01', 'canary-reason' from denials",
        "select cast('canary' as uuid)",
    ] {
        errors.push(connection.batch_execute(change).await.unwrap_err().into());
    }
    errors.push("CANARY-197".parse::<DenialCode>().unwrap_err());
    errors.push("99.canary".parse::<Usd>().unwrap_err());
    errors
}

#[tokio::test]
async fn no_error_and_no_debug_shows_a_value_of_a_row() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let errors = provoke(&mut connection).await;
    assert_eq!(errors.len(), 11);
    for error in errors {
        let shown = format!("{error} {error:?}").to_lowercase();
        assert!(!shown.contains("canary"), "{shown}");
    }
    run(
        &mut connection,
        "alter table claims disable trigger claims_identity_is_fixed;
         update claims set patient_reference = 'canary-patient' where claim_id = 'CLM-1';
         update denials set root_cause = 'canary-cause' where line_number is not null;
         update appeals set reason = 'canary-reason'",
    )
    .await;
    let row: (Claim, Denial, Appeal) = claims::table
        .inner_join(denials::table.inner_join(appeals::table))
        .select((Claim::as_select(), Denial::as_select(), Appeal::as_select()))
        .first(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.0.patient_reference.reveal(), "canary-patient");
    let shown = format!("{row:?}");
    assert!(!shown.contains("canary") && !shown.contains("1000"), "{shown}");
    assert!(shown.contains(&row.0.id.to_string()), "{shown}");
}

#[tokio::test]
async fn a_failed_transaction_leaves_nothing() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let outcome: Result<()> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            diesel::update(denials::table).set(denials::preventable.eq(true)).execute(connection).await?;
            Claim::by_claim_id(connection, &format!("CLM-{}", Uuid::now_v7().simple()).to_uppercase()).await?;
            Ok(())
        })
        .await;
    assert!(matches!(outcome, Err(Error::NotFound)));
    assert_eq!(texts(&mut connection, "select count(*) from denials where preventable").await, ["0"]);
}
