//! What the typed calls cost.

use rcm_schema::migrations::DEFINITION;
use std::time::Instant;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Date;
use diesel_async::RunQueryDsl;
use private_postgres::TestDatabase;
use rcm_schema::models::{Denial, NewAppeal};
use rcm_schema::sql_types::{AppealKey, ClaimKey, DenialKey};
use rcm_schema::types::{AppealId, AppealLevel};
use rcm_schema::workflow::appeals::{self, AppealDecision};

use crate::{Result, report};

/// An appeal filed and decided by the typed calls against the same two statements as SQL, on one connection.
pub async fn file_and_decide() -> Result<()> {
    let database = TestDatabase::migrated(&DEFINITION).await?;
    let mut connection = database.connect().await?;
    crate::insert_claims(&mut connection).await?;
    crate::insert_denials(&mut connection).await?;
    let denials: Vec<Denial> = Denial::query().load(&mut connection).await?;
    let day = NaiveDate::from_ymd_opt(2024, 2, 1).expect("a day");
    let (mut typed, mut sql) = (Vec::new(), Vec::new());
    for pair in denials.chunks_exact(2) {
        let [one, other] = pair else { continue };
        let start = Instant::now();
        let new = NewAppeal::builder(one)
            .appeal_level(AppealLevel::FirstLevel)
            .appealed_amount(one.denial_amount.clone())
            .due_on(day)
            .reason("Authorized by phone.")
            .filed_on(day)
            .build();
        appeals::open(&mut connection, &new).await?;
        appeals::decide(&mut connection, new.id, AppealDecision::Approved, day, None).await?;
        typed.push(start.elapsed());

        let start = Instant::now();
        let id = AppealId::new();
        diesel::sql_query(
            "insert into appeals
                 (id, denial_id, claim_id, appeal_level, status, priority, appealed_amount, due_on, filed_on, reason)
             values ($1, $2, $3, 'first_level', 'submitted', 'medium', 10000, $4, $4, 'Authorized by phone.')
             returning *",
        )
        .bind::<AppealKey, _>(id)
        .bind::<DenialKey, _>(other.id)
        .bind::<ClaimKey, _>(other.claim_id)
        .bind::<Date, _>(day)
        .execute(&mut connection)
        .await?;
        diesel::sql_query(
            "update appeals set status = 'approved', approved_amount = appealed_amount, decided_on = $2
             where id = $1 returning *",
        )
        .bind::<AppealKey, _>(id)
        .bind::<Date, _>(day)
        .execute(&mut connection)
        .await?;
        sql.push(start.elapsed());
    }
    report("an appeal filed and decided by typed calls / the same statements as SQL", typed, sql);
    Ok(())
}
