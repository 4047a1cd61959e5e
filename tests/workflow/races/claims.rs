//! Claims whose amounts and lines change at the same time.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, NewClaimLine};
use rcm_schema::schema::{claim_lines, claims};
use rcm_schema::types::{ClaimId, Usd};
use rcm_schema::workflow::claims::{WholeClaim, record};
use rcm_schema::{Error, Result};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{World, assert_reconciled, cents, line, texts};

/// Adds a line, the amount along with it, as a sum or as what somebody read before; sometimes forgets one of them.
async fn add_line(connection: &mut AsyncPgConnection, claim: &Claim, new: &NewClaimLine) -> Result<()> {
    let charge = new.charge_amount.clone();
    let row = claims::table.find(claim.id);
    match fastrand::u32(..5) {
        0 => {}
        1 => {
            let known: Usd = row.select(claims::amount).first(connection).await?;
            let sum: Usd = (known.as_decimal() + charge.as_decimal()).try_into()?;
            diesel::update(row).set(claims::amount.eq(sum)).execute(connection).await?;
        }
        what => {
            diesel::update(row).set(claims::amount.eq(claims::amount + charge)).execute(connection).await?;
            if what == 2 {
                return Ok(());
            }
        }
    }
    diesel::insert_into(claim_lines::table).values(new).execute(connection).await?;
    Ok(())
}

/// Moves a cent from one line to the next: the amount stays.
async fn move_cent(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<()> {
    for (number, change) in [(1_i16, -1), (2, 1)] {
        let line = claim_lines::table.filter(claim_lines::claim_id.eq(claim).and(claim_lines::line_number.eq(number)));
        let moved = bigdecimal::BigDecimal::new(change.into(), 2);
        diesel::update(line)
            .set(claim_lines::charge_amount.eq(claim_lines::charge_amount + moved))
            .execute(connection)
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_claims_amount_is_the_sum_of_its_lines_whoever_changes_them() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        let mut all = Vec::new();
        for _ in 0..3 {
            let new = world.new_claim("20");
            let halves =
                [1, 2].map(|number| NewClaimLine { line_number: number, charge_amount: cents(1000), ..line(&new) });
            let whole = WholeClaim { lines: halves.into(), ..WholeClaim::new(new) };
            all.push(record(&mut connection, &whole).await.unwrap());
        }
        let done = eight_at_once(&world, isolation, async |worker, connection| {
            let mut done = 0;
            for round in 0..40 {
                let claim = fastrand::choice(&all).unwrap();
                let new = NewClaimLine::builder()
                    .claim_id(claim.id)
                    .line_number(i16::try_from(10 + worker * 100 + round).unwrap())
                    .procedure_code("99213".parse().unwrap())
                    .charge_amount(cents(fastrand::i64(1..500)))
                    .service_date(claim.service_from)
                    .build();
                let outcome: Result<()> = connection
                    .transaction(async |connection: &mut AsyncPgConnection| match fastrand::bool() {
                        true => add_line(connection, claim, &new).await,
                        false => move_cent(connection, claim.id).await,
                    })
                    .await;
                match outcome {
                    Ok(()) => done += 1,
                    Err(error) => assert_expected(&error, isolation, |error| {
                        matches!(error, Error::Rule(Rule::AmountIsNotSumOfLines))
                    }),
                }
            }
            done
        })
        .await;
        println!("{isolation}: {done:?}");
        // Where whoever reads the lines collides with whoever writes one, fewer come through.
        let least = if isolation == "serializable" { 20 } else { 60 };
        assert!(done.iter().sum::<usize>() > least, "{isolation}: {done:?}");
        let wrong = "select claims.id from claims join claim_lines on claim_lines.claim_id = claims.id
            group by claims.id having sum(charge_amount) <> max(claims.amount)";
        assert_eq!(texts(&mut connection, wrong).await, [""; 0], "{isolation}");
        let lines = texts(&mut connection, "select count(*) from claim_lines").await;
        assert!(lines[0].parse::<u32>().unwrap() > 6, "nobody added a line");
        assert_reconciled(&mut connection).await;
    }
}
