//! Write-offs, payments for appeals, the patient's part, rebills and what takes all of them back, mixed: no denial is
//! given away twice.

use rcm_schema::error::Rule;
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Appeal, Denial, NewAppeal, NewClaim, NewPosting, NewRebill};
use rcm_schema::schema::{appeals, postings};
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::AppealDecision;
use rcm_schema::workflow::postings::reverse;
use rcm_schema::workflow::{self, claims, rebills, write_offs};
use rcm_schema::{Error, Result};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{
    TAKEN_TWICE, World, assert_reconciled, day, deny, filed, post, rebill, run, settling, texts, usd, whole, write_off,
};

const DENIALS: usize = 40;
const ROUNDS: usize = 60;

/// 40 denials of 1000.00 on so many claims, 120.00 of each still open, each but every fourth with a filed appeal.
async fn denials_of_1000(world: &World, claims: usize) -> Vec<Denial> {
    let mut connection = world.connect().await;
    let each = DENIALS / claims;
    let mut made = Vec::new();
    for _ in 0..claims {
        let claim = world.claim(&mut connection, &(each * 1000).to_string()).await.id;
        for _ in 0..each {
            let denial = deny(&mut connection, claim, "PR-1", "1000").await;
            post(&mut connection, &settling(&denial, Payment, "880")).await.unwrap();
            if made.len() % 4 != 0 {
                workflow::appeals::open(&mut connection, &filed(&denial, "100")).await.unwrap();
            }
            made.push(denial);
        }
    }
    made
}

/// What a worker did and may take back.
#[derive(Default)]
struct Mine {
    write_offs: Vec<WriteOffId>,
    new_claims: Vec<ClaimId>,
}

/// Does something of 30.00 with a random denial.
async fn work(
    world: &World,
    connection: &mut AsyncPgConnection,
    denials: &[Denial],
    mine: &mut Mine,
) -> Result<&'static str> {
    let denial = fastrand::choice(denials).unwrap();
    match fastrand::u32(..16) {
        0..4 => {
            let new = write_off(denial, "30");
            connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    write_offs::request(connection, &new).await?;
                    write_offs::approve(connection, new.id, "billing.manager", day(4)).await
                })
                .await?;
            mine.write_offs.push(new.id);
            Ok("write-off")
        }
        4..6 => {
            post(connection, &settling(denial, PatientResponsibility, "30")).await?;
            Ok("patient")
        }
        6..8 => connection.transaction(async |connection: &mut _| decide(connection, denial).await).await,
        8 => {
            let Some(write_off) = mine.write_offs.pop() else { return Ok("nothing") };
            write_offs::reverse(connection, write_off, "billing.manager", day(5)).await?;
            Ok("write-off reversed")
        }
        9 => {
            let moved = postings::table
                .select(postings::id)
                .filter(postings::denial_id.eq(denial.id).and(postings::kind.eq(PatientResponsibility)))
                .filter(postings::reverses_id.is_null());
            let moved: Vec<PostingId> = moved.load(connection).await?;
            let Some(posting) = fastrand::choice(moved) else { return Ok("nothing") };
            reverse(connection, posting, day(5), "billing.clerk", None).await?;
            Ok("patient reversed")
        }
        // Takes back what settled it otherwise, where too little is open.
        10..12 => {
            post(connection, &settling(denial, Payment, "30")).await?;
            Ok("payment")
        }
        12 => {
            post(connection, &settling(denial, Payment, "-30")).await?;
            Ok("take-back")
        }
        13..15 => {
            let claim = NewClaim { submitted_on: Some(day(4)), ..world.new_claim("120") };
            let whole = whole(&claim);
            let sent = NewRebill { new_claim_id: Some(claim.id), submitted_on: Some(day(4)), ..rebill(denial) };
            connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    claims::record(connection, &whole).await?;
                    rebills::open(connection, &sent).await?;
                    rebills::resolve(connection, sent.id, rebills::RebillOutcome::DeniedAgain, day(5)).await
                })
                .await?;
            mine.new_claims.push(claim.id);
            Ok("rebill")
        }
        _ => {
            let Some(claim) = mine.new_claims.pop() else { return Ok("nothing") };
            claims::void(connection, claim, day(6)).await?;
            Ok("rebill voided")
        }
    }
}

/// Decides the denial's open appeal, posts what the payer pays for it at once and files the next level.
async fn decide(connection: &mut AsyncPgConnection, denial: &Denial) -> Result<&'static str> {
    let open =
        Appeal::query().filter(appeals::denial_id.eq(denial.id).and(appeals::status.eq(AppealStatus::Submitted)));
    let Some(appeal) = open.first(connection).await.optional()? else { return Ok("nothing") };
    let partly = AppealDecision::PartiallyApproved(usd("30"));
    workflow::appeals::decide(connection, appeal.id, partly, day(9), None).await?;
    post(connection, &NewPosting { appeal_id: Some(appeal.id), ..settling(denial, Payment, "30") }).await?;
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
            | Error::Rule(Rule::MoreThanPosted)
            | Error::Rule(Rule::MoreThanApproved)
            | Error::Rule(Rule::AppealStillOpen)
            | Error::Rule(Rule::AppealLevelOutOfOrder)
    )
}

/// From the rows themselves, not from what the database keeps.
async fn assert_right(world: &World) {
    let mut connection = world.owner().await;
    assert_reconciled(&mut connection).await;
    for wrong in [
        "select denial_id from postings where denial_id is not null group by denial_id having sum(amount) > 1000",
        "select denial_id from postings where denial_id is not null group by denial_id, kind having sum(amount) < 0",
        // Posted otherwise than its decision says.
        "select write_offs.id from write_offs
         left join postings as posted on posted.write_off_id = write_offs.id
         group by write_offs.id
         having coalesce(max(posted.amount), 0) <> case when status in ('approved', 'reversed') then write_offs.amount else 0 end
             or coalesce(sum(posted.amount), 0) < 0 or status = 'reversed' and sum(posted.amount) <> 0",
        "select appeals.id from appeals left join postings as paid on paid.appeal_id = appeals.id
         group by appeals.id having coalesce(sum(paid.amount), 0) <> paid_amount or paid_amount > approved_amount",
        TAKEN_TWICE,
        // The money lives on a claim that is voided.
        "select moved_to_claim_id from postings join claims on claims.id = moved_to_claim_id
         where voided_on is not null group by moved_to_claim_id having sum(postings.amount) <> 0",
    ] {
        assert_eq!(texts(&mut connection, wrong).await, [""; 0], "{wrong}");
    }
}

async fn race(isolation: &str, claims: usize) {
    let world = World::new().await;
    let denials = denials_of_1000(&world, claims).await;
    let outcomes = eight_at_once(&world, isolation, async |_, connection| {
        let (mut mine, mut done, mut refused) = (Mine::default(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for _attempt in 0..4 {
                match work(&world, connection, &denials, &mut mine).await {
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
    let kinds = [
        "write-off",
        "patient",
        "payment",
        "take-back",
        "appeal",
        "rebill",
        "write-off reversed",
        "patient reversed",
        "rebill voided",
    ];
    // Where transactions of several statements collide, few of them come through.
    assert!(isolation != "read committed" || kinds.iter().all(|kind| done.contains_key(kind)), "{done:?}");
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
const BATCHES: [&str; 4] = [
    "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
     select claim_id, id, (array['payment', 'patient_responsibility'])[1 + floor(random() * 2)], 5, '2024-02-01',
         'payment.poster'
     from denials order by random() limit 10",
    "begin;
     create temporary table batch on commit drop as select * from denials order by random() limit 10;
     insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on, notes)
     select id, claim_id, 5, 'other', 'financial', 'write.off.specialist', '2024-02-01', pg_backend_pid() from batch;
     update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-02-02'
     where status = 'pending_approval' and notes = cast(pg_backend_pid() as text);
     commit",
    // What payers take back.
    "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
     select claim_id, id, 'payment', -0.50, '2024-02-01', 'payment.poster' from denials order by random() limit 10",
    // For appeals, in both directions.
    "insert into postings (claim_id, denial_id, appeal_id, kind, amount, posted_on, posted_by)
     select claim_id, denial_id, id, 'payment', case when random() < paid_amount / 3 then -0.50 else 0.50 end, '2024-02-01',
         'payment.poster'
     from appeals order by random() limit 10",
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
                    assert_expected(&error.into(), isolation, is_too_late);
                    refused += 1;
                    run(connection, "rollback").await;
                }
            }
            refused
        })
        .await;
        let refused: usize = refused.into_iter().sum();
        println!("{isolation}: {refused} of 320 batches refused");
        assert!(refused < 310);
        assert_right(&world).await;
    }
}
