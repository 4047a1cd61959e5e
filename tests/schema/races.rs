//! Eight workers post to the same denials at once: none is given away twice, and no two batches wait for each other.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::SimpleAsyncConnection;
use rcm_schema::Error;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::testing::TestDatabase;

use crate::catalog::{run, texts};
use crate::fixture;

const DENIALS: usize = 40;

/// 40 denials of 1000.00, numbered by their day.
async fn denials() -> TestDatabase {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "truncate denials cascade;
         insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select claims.id, 'CO-197', date '2024-02-01' + number, 1000
         from claims, generate_series(0, 39) as number where claim_id = 'CLM-1'",
    )
    .await;
    database
}

/// Posts from eight connections at once what `statement` makes for each worker and round.
async fn eight_workers(
    database: &TestDatabase,
    isolation: &'static str,
    rounds: usize,
    statement: impl Fn(usize, usize) -> String + Copy + Send + 'static,
) -> Vec<QueryErrorKind> {
    let mut workers = Vec::new();
    for worker in 0..8 {
        let mut connection = database.connect().await.unwrap();
        workers.push(tokio::spawn(async move {
            let mut refusals = Vec::new();
            for round in 0..rounds {
                let begin = format!("begin isolation level {isolation}; {}; commit", statement(worker, round));
                if let Err(error) = connection.batch_execute(&begin).await {
                    assert!(!matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)));
                    let Error::Query { kind, .. } = error.into() else { panic!("no refusal of a statement") };
                    refusals.push(kind);
                    run(&mut connection, "rollback").await;
                }
            }
            refusals
        }));
    }
    let mut refusals = Vec::new();
    for worker in workers {
        refusals.extend(worker.await.unwrap());
    }
    refusals
}

async fn assert_right(database: &TestDatabase) -> Vec<String> {
    let mut connection = database.connect().await.unwrap();
    let wrong = "select denials.id from denials left join denial_transactions on denial_id = denials.id
        group by denials.id
        having max(recovered_amount) <> coalesce(sum(amount) filter (where kind = 'recovery'), 0)
            or max(transferred_amount) <> coalesce(sum(amount) filter (where kind = 'patient_transfer'), 0)
            or max(recovered_amount + transferred_amount) > max(denial_amount)";
    assert_eq!(texts(&mut connection, wrong).await, Vec::<String>::new());
    texts(&mut connection, "select open_amount from denials").await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_away_twice_at_any_isolation_level() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let database = denials().await;
        let refusals = eight_workers(&database, isolation, 240, |worker, round| {
            format!(
                "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by)
                 select id, '{}', 30, '2024-03-01', 'payment.poster' from denials where denied_on = date '2024-02-01' + {}",
                if worker % 2 == 0 { "recovery" } else { "patient_transfer" },
                (worker * 5 + round) % DENIALS
            )
        })
        .await;
        let open = assert_right(&database).await;
        for kind in &refusals {
            let expected = [QueryErrorKind::CheckViolation, QueryErrorKind::SerializationFailure];
            assert!(expected.contains(kind), "{isolation}: {kind:?}");
        }
        // 1920 postings of 30.00 ask for 57600.00 of 40000.00: all of it goes but what is too small for one more.
        if isolation == "read committed" {
            assert!(open.iter().all(|amount| amount == "10"), "{open:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_in_any_order_do_not_wait_for_each_other() {
    let database = denials().await;
    let refusals = eight_workers(&database, "read committed", 50, |_, _| {
        "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by)
         select id, 'recovery', 0.50, '2024-03-01', 'payment.poster' from denials order by random() limit 10"
            .to_owned()
    })
    .await;
    assert_eq!(refusals, []);
    assert_right(&database).await;
}
