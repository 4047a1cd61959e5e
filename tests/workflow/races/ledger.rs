//! Write-offs, recoveries by appeal, transfers to the patient and reversals of all of them, mixed: no denial is given
//! away twice.

use rcm_schema::error::Rule;
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Appeal, Denial, NewAppeal};
use rcm_schema::schema::{appeals, denial_transactions};
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::AppealDecision;
use rcm_schema::workflow::{self, denials, write_offs};
use rcm_schema::{Error, Result};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{World, assert_reconciled, day, deny, filed, run, texts, usd, write_off};

const DENIALS: usize = 40;
const ROUNDS: usize = 60;

/// 40 denials of 1000.00 on so many claims, 120.00 of each still open, each with a filed appeal.
async fn denials_of_1000(world: &World, claims: usize) -> Vec<Denial> {
    let mut connection = world.connect().await;
    let each = DENIALS / claims;
    let mut made = Vec::new();
    for _ in 0..claims {
        let claim = world.claim(&mut connection, &(each * 1000).to_string()).await.id;
        for _ in 0..each {
            let denial = deny(&mut connection, claim, "PR-1", "1000").await;
            denials::post_recovery(&mut connection, denial.id, usd("880"), day(2), "payment.poster").await.unwrap();
            workflow::appeals::open(&mut connection, &filed(&denial, "100")).await.unwrap();
            made.push(denial);
        }
    }
    made
}

/// Does something of 30.00 with a random denial. What a worker wrote off itself it may take back.
async fn work(
    connection: &mut AsyncPgConnection,
    denials: &[Denial],
    mine: &mut Vec<WriteOffId>,
) -> Result<&'static str> {
    let denial = fastrand::choice(denials).unwrap();
    match fastrand::u32(..10) {
        0..4 => {
            let new = write_off(denial, "30");
            connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    write_offs::request(connection, &new).await?;
                    write_offs::approve(connection, new.id, "billing.manager", day(4)).await
                })
                .await?;
            mine.push(new.id);
            Ok("write-off")
        }
        4..6 => {
            denials::transfer_to_patient(connection, denial.id, usd("30"), day(4), "billing.clerk").await?;
            Ok("transfer")
        }
        6..8 => connection.transaction(async |connection: &mut _| decide(connection, denial).await).await,
        8 => {
            let Some(write_off) = mine.pop() else { return Ok("nothing") };
            write_offs::reverse(connection, write_off, "billing.manager", day(5)).await?;
            Ok("write-off reversed")
        }
        _ => {
            let transfers = denial_transactions::table
                .select(denial_transactions::id)
                .filter(denial_transactions::denial_id.eq(denial.id))
                .filter(denial_transactions::kind.eq(TransactionKind::PatientTransfer))
                .filter(denial_transactions::reverses_id.is_null());
            let transfers: Vec<DenialTransactionId> = transfers.load(connection).await?;
            let Some(transfer) = fastrand::choice(transfers) else { return Ok("nothing") };
            denials::reverse(connection, transfer, day(5), "billing.clerk").await?;
            Ok("transfer reversed")
        }
    }
}

/// Decides the denial's open appeal and files the next level.
async fn decide(connection: &mut AsyncPgConnection, denial: &Denial) -> Result<&'static str> {
    let open =
        Appeal::query().filter(appeals::denial_id.eq(denial.id).and(appeals::status.eq(AppealStatus::Submitted)));
    let Some(appeal) = open.first(connection).await.optional()? else { return Ok("nothing") };
    let partly = AppealDecision::PartiallyApproved(usd("30"));
    workflow::appeals::decide(connection, appeal.id, partly, day(9), None).await?;
    let level = AppealLevel::ALL.iter().position(|level| *level == appeal.appeal_level).unwrap();
    if let Some(next) = AppealLevel::ALL.get(level + 1) {
        let next = NewAppeal { appeal_level: *next, ..filed(denial, "60") };
        workflow::appeals::open(connection, &next).await?;
    }
    Ok("appeal")
}

/// Somebody else was quicker: too little is open by now, the appeal is decided or the posting reversed.
fn is_too_late(error: &Error) -> bool {
    matches!(
        error,
        Error::Rule(Rule::OverAllocated { .. })
            | Error::Rule(Rule::MoreThanOpen)
            | Error::Rule(Rule::NothingOpen)
            | Error::Rule(Rule::AlreadyReversed)
            | Error::Rule(Rule::AppealStillOpen)
            | Error::Rule(Rule::AppealLevelOutOfOrder)
    )
}

/// From the rows themselves, not from what the database keeps.
async fn assert_right(world: &World) {
    let mut connection = world.owner().await;
    assert_reconciled(&mut connection).await;
    let over = "select denial_id from denial_transactions group by denial_id
        having sum(case when reverses_id is null then cast(amount as numeric) else -amount end) > 1000";
    assert_eq!(texts(&mut connection, over).await, [""; 0]);
    for posted_otherwise_than_once in [
        "select appeals.id from appeals
         left join denial_transactions as posted on posted.appeal_id = appeals.id and reverses_id is null
         group by appeals.id having count(posted.id) <> count(approved_amount)",
        "select write_offs.id from write_offs
         left join denial_transactions as posted on posted.write_off_id = write_offs.id
         group by write_offs.id
         having count(posted.id) <> case status when 'approved' then 1 when 'reversed' then 2 else 0 end",
    ] {
        assert_eq!(texts(&mut connection, posted_otherwise_than_once).await, [""; 0]);
    }
}

async fn race(isolation: &str, claims: usize) {
    let world = World::new().await;
    let denials = denials_of_1000(&world, claims).await;
    let outcomes = eight_at_once(&world, isolation, async |_, connection| {
        let (mut mine, mut done, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for _attempt in 0..4 {
                match work(connection, &denials, &mut mine).await {
                    Ok(what) => done.push(what),
                    Err(error) => {
                        let again = error.is_retryable();
                        refused.push(error);
                        if again {
                            continue;
                        }
                    }
                }
                break;
            }
        }
        (done, refused)
    })
    .await;
    assert_right(&world).await;

    let (mut done, mut too_late, mut collided) = (BTreeMap::<_, usize>::new(), 0, 0);
    for (worked, refused) in outcomes {
        for what in worked {
            *done.entry(what).or_default() += 1;
        }
        for error in refused {
            assert_expected(&error, isolation, is_too_late);
            too_late += usize::from(is_too_late(&error));
            collided += usize::from(error.is_retryable());
        }
    }
    println!("{isolation}, {claims} claims: {done:?}, {too_late} too late, {collided} collided");
    let kinds = ["write-off", "transfer", "appeal", "write-off reversed", "transfer reversed"];
    // Where whoever reads the appeals collides with whoever writes one, few decisions come through.
    assert!(isolation == "serializable" || kinds.iter().all(|kind| done.contains_key(kind)), "{done:?}");
    assert!(kinds.iter().filter_map(|kind| done.get(kind)).sum::<usize>() > 80, "{done:?}");
    assert!(too_late > 20, "nobody came to the limit");
}

#[tokio::test]
async fn nothing_is_given_away_twice_on_one_claim() {
    for isolation in ISOLATION_LEVELS {
        race(isolation, 1).await;
    }
}

#[tokio::test]
async fn nothing_is_given_away_twice_on_many_claims() {
    for isolation in ISOLATION_LEVELS {
        race(isolation, 20).await;
    }
}

/// Each statement has ten random denials in a random order.
const BATCHES: [&str; 2] = [
    "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by)
     select id, (array['recovery', 'patient_transfer'])[1 + floor(random() * 2)], 0.50, '2024-02-01', 'payment.poster'
     from denials order by random() limit 10",
    "begin;
     create temporary table batch on commit drop as select * from denials order by random() limit 10;
     insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on, notes)
     select id, claim_id, 0.50, 'other', 'financial', 'write.off.specialist', '2024-02-01', pg_backend_pid() from batch;
     update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-02-02'
     where status = 'pending_approval' and notes = cast(pg_backend_pid() as text);
     commit",
];

#[tokio::test]
async fn batches_in_any_order_do_not_wait_for_each_other() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        denials_of_1000(&world, 8).await;
        let refused = eight_at_once(&world, isolation, async |number, connection| {
            let mut refused = 0;
            for round in 0..40 {
                let outcome = diesel_async::SimpleAsyncConnection::batch_execute(
                    connection,
                    BATCHES[(number + round) % BATCHES.len()],
                );
                if let Err(error) = outcome.await {
                    assert_expected(&error.into(), isolation, |_| false);
                    refused += 1;
                    run(connection, "rollback").await;
                }
            }
            refused
        })
        .await;
        let refused: usize = refused.into_iter().sum();
        println!("{isolation}: {refused} of 320 batches collided");
        assert!(refused < 310);
        assert_right(&world).await;
    }
}
