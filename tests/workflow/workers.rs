//! Eight workers on one work list, three of which die in the middle of their work.

use std::collections::BTreeMap;
use std::time::Instant;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::future::join_all;
use rcm_schema::Result;
use rcm_schema::models::{Denial, NewAppeal, NewWriteOff};
use rcm_schema::schema::denials;
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, WorkListFilter};
use rcm_schema::workflow::work_list::take;
use rcm_schema::workflow::{appeals, write_offs};

use crate::world::{World, assert_reconciled, day, run, texts};

const ITEMS: usize = 2000;

/// Small and large denials of two kinds, on 200 claims.
async fn fill(world: &World) {
    let mut owner = world.owner().await;
    run(
        &mut owner,
        &format!(
            "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
             select 'CLM-' || number, 'P-' || number, id, 'professional', 5000, '2024-01-01', '2024-01-01', '2024-01-02'
             from payers, generate_series(1, {}) as number;
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select id, 1, '99213', 5000, '2024-01-01' from claims;
             insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select id, 'CO-197', date '2024-01-03' + number % 20, 10 + number * 30
             from claims, generate_series(0, 9) as number;
             analyze claims, denials",
            ITEMS / 10
        ),
    )
    .await;
}

/// Appeals what the triage says so of, gives up the rest.
async fn act(connection: &mut AsyncPgConnection, item: &DenialToWork) -> Result<()> {
    let denial: Denial = Denial::query().filter(denials::id.eq(item.denial_id)).first(connection).await?;
    if item.action == Action::Appeal {
        let new = NewAppeal::builder(&denial)
            .appeal_level(AppealLevel::FirstLevel)
            .appealed_amount(item.open_amount.clone())
            .due_on(item.act_by)
            .reason("Authorized by phone.")
            .build();
        appeals::open(connection, &new).await?;
    } else {
        let new = NewWriteOff::builder(&denial)
            .amount(item.open_amount.clone())
            .reason(WriteOffReason::BelowThreshold)
            .category(WriteOffCategory::Financial)
            .requested_by("work.list.worker")
            .requested_on(day(30))
            .build();
        write_offs::request(connection, &new).await?;
    }
    Ok(())
}

/// How a worker ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// When the list is empty.
    Done,
    /// After so many items its program is gone before the commit.
    Dropped(usize),
    /// After so many items its session is terminated before the commit.
    Terminated(usize),
}

/// Works until the end; returns what it committed.
async fn work(world: &World, end: End) -> Vec<DenialId> {
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    let mut connection = world.connect().await;
    let backend: Backend =
        diesel::sql_query("select pg_backend_pid() as pid").get_result(&mut connection).await.unwrap();
    let mut worked = Vec::new();
    loop {
        let dies = matches!(end, End::Dropped(after) | End::Terminated(after) if after == worked.len());
        if dies && matches!(end, End::Dropped(_)) {
            run(&mut connection, "begin").await;
            let item = take(&mut connection, "biller", &WorkListFilter::default()).await.unwrap().unwrap();
            act(&mut connection, &item).await.unwrap();
            return worked;
        }
        let outcome: Result<Option<DenialId>> = connection
            .transaction(async |connection: &mut AsyncPgConnection| {
                let Some(item) = take(connection, "biller", &WorkListFilter::default()).await? else { return Ok(None) };
                act(connection, &item).await?;
                if dies {
                    let terminate = format!("select pg_terminate_backend({})", backend.pid);
                    run(&mut world.owner().await, &terminate).await;
                }
                Ok(Some(item.denial_id))
            })
            .await;
        match outcome {
            Ok(Some(denial)) => worked.push(denial),
            Ok(None) => return worked,
            Err(error) => {
                assert!(dies, "{error:?}");
                return worked;
            }
        }
    }
}

#[tokio::test]
async fn each_denial_is_worked_by_one_worker_and_none_is_lost_with_a_dead_one() {
    let world = World::new().await;
    fill(&world).await;
    let ends =
        [End::Done, End::Done, End::Done, End::Done, End::Done, End::Dropped(10), End::Dropped(0), End::Terminated(20)];
    let start = Instant::now();
    let worked = join_all(ends.map(|end| work(&world, end))).await;
    println!("{ITEMS} items in {:?}: {:?}", start.elapsed(), worked.iter().map(Vec::len).collect::<Vec<_>>());

    let mut times = BTreeMap::<DenialId, usize>::new();
    for denial in worked.into_iter().flatten() {
        *times.entry(denial).or_default() += 1;
    }
    assert_eq!(times.len(), ITEMS);
    assert!(times.values().all(|times| *times == 1));

    let mut owner = world.owner().await;
    let otherwise_than_once = "select denials.id from denials
        left join (select denial_id from appeals union all select denial_id from write_offs) as act
            on act.denial_id = denials.id
        group by denials.id having count(act.denial_id) <> 1";
    assert_eq!(texts(&mut owner, otherwise_than_once).await, [""; 0]);
    let acts = "select count(*) > 100 from appeals union all select count(*) > 100 from write_offs";
    assert_eq!(texts(&mut owner, acts).await, ["true"; 2]);
    assert_reconciled(&mut owner).await;
}
