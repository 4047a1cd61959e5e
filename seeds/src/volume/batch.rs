//! The rows of some thousand claims in the order in which they happened, and how they are written: through the rules, the
//! claims in one transaction and what became of them in another. PostgreSQL checks foreign keys anew when a transaction
//! updates rows of its own.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Numeric, Text, Uuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::Result;
use rcm_schema::models::{NewAppeal, NewDenial, NewPaymentVariance, NewPosting, NewRebill, NewWriteOff};
use rcm_schema::schema::{appeals, payment_variances, rebills, write_offs};
use rcm_schema::types::{AppealStatus, RebillStatus, Usd, WriteOffStatus};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::{Commit, claims, denials, postings};

/// What became of a row, and when.
pub struct Change<Status> {
    pub id: uuid::Uuid,
    pub status: Status,
    pub day: NaiveDate,
    pub amount: Option<Usd>,
}

/// A claim and what follows from it refers to what stands before it.
#[derive(Default)]
pub struct Batch {
    pub claims: Vec<WholeClaim>,
    pub denials: Vec<NewDenial>,
    /// The answers of the payers, and what followed from them.
    pub answers: Vec<NewPosting>,
    pub appeals: Vec<NewAppeal>,
    pub appeal_ends: Vec<Change<AppealStatus>>,
    pub write_offs: Vec<NewWriteOff>,
    pub write_off_ends: Vec<Change<WriteOffStatus>>,
    /// The corrected claims of rebills, and their own denials.
    pub corrected: Vec<WholeClaim>,
    pub rebills: Vec<NewRebill>,
    pub denied_again: Vec<NewDenial>,
    /// What came of denials and rebills.
    pub postings: Vec<NewPosting>,
    pub rebill_ends: Vec<Change<RebillStatus>>,
    pub reversals: Vec<Change<WriteOffStatus>>,
    pub variances: Vec<NewPaymentVariance>,
    pub voided: Vec<(uuid::Uuid, NaiveDate)>,
}

impl Batch {
    pub async fn write(&self, connection: &mut AsyncPgConnection) -> Result<()> {
        claims::record_many(connection, &self.claims, Commit::Together).await?;
        connection.transaction(async |connection: &mut AsyncPgConnection| self.write_stories(connection).await).await
    }

    async fn write_stories(&self, connection: &mut AsyncPgConnection) -> Result<()> {
        denials::record_many(connection, &self.denials, Commit::Together).await?;
        postings::post_many(connection, &self.answers, Commit::Together).await?;
        let filed = |appeal| (appeal, appeals::status.eq(appeal_status(appeal)));
        diesel::insert_into(appeals::table)
            .values(self.appeals.iter().map(filed).collect::<Vec<_>>())
            .execute(connection)
            .await?;
        end(connection, DECIDE_APPEALS, &self.appeal_ends).await?;
        diesel::insert_into(write_offs::table).values(&self.write_offs).execute(connection).await?;
        end(connection, DECIDE_WRITE_OFFS, &self.write_off_ends).await?;
        claims::record_many(connection, &self.corrected, Commit::Together).await?;
        let sent = |rebill| (rebill, rebills::status.eq(RebillStatus::Submitted));
        diesel::insert_into(rebills::table)
            .values(self.rebills.iter().map(sent).collect::<Vec<_>>())
            .execute(connection)
            .await?;
        denials::record_many(connection, &self.denied_again, Commit::Together).await?;
        postings::post_many(connection, &self.postings, Commit::Together).await?;
        end(connection, RESOLVE_REBILLS, &self.rebill_ends).await?;
        end(connection, REVERSE_WRITE_OFFS, &self.reversals).await?;
        diesel::insert_into(payment_variances::table).values(&self.variances).execute(connection).await?;
        let (ids, days): (Vec<_>, Vec<_>) = self.voided.iter().copied().unzip();
        diesel::sql_query(
            "update claims set voided_on = ended.day from unnest($1, $2) as ended (id, day) where claims.id = ended.id",
        )
        .bind::<Array<Uuid>, _>(ids)
        .bind::<Array<Date>, _>(days)
        .execute(connection)
        .await?;
        Ok(())
    }
}

fn appeal_status(appeal: &NewAppeal) -> AppealStatus {
    if appeal.filed_on.is_some() { AppealStatus::Submitted } else { AppealStatus::Pending }
}

const DECIDE_APPEALS: &str = "
    update appeals
    set
        status = ended.status,
        decided_on = case when ended.status <> 'withdrawn' then ended.day end,
        approved_amount = ended.amount
    from unnest($1, $2, $3, $4) as ended (id, status, day, amount)
    where appeals.id = ended.id";

const DECIDE_WRITE_OFFS: &str = "
    update write_offs
    set
        status = ended.status,
        approved_by = case ended.status when 'approved' then 'billing.manager' end,
        approved_on = case ended.status when 'approved' then ended.day end,
        rejected_by = case ended.status when 'rejected' then 'billing.manager' end,
        rejected_on = case ended.status when 'rejected' then ended.day end
    from unnest($1, $2, $3, $4) as ended (id, status, day, amount)
    where write_offs.id = ended.id";

const RESOLVE_REBILLS: &str = "
    update rebills set status = ended.status, resolved_on = ended.day
    from unnest($1, $2, $3, $4) as ended (id, status, day, amount)
    where rebills.id = ended.id";

const REVERSE_WRITE_OFFS: &str = "
    update write_offs set status = ended.status, reversed_by = 'billing.manager', reversed_on = ended.day
    from unnest($1, $2, $3, $4) as ended (id, status, day, amount)
    where write_offs.id = ended.id";

async fn end<Status: Copy + Into<&'static str>>(
    connection: &mut AsyncPgConnection,
    statement: &str,
    changes: &[Change<Status>],
) -> Result<()> {
    diesel::sql_query(statement)
        .bind::<Array<Uuid>, _>(changes.iter().map(|change| change.id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(changes.iter().map(|change| change.status.into()).collect::<Vec<&str>>())
        .bind::<Array<Date>, _>(changes.iter().map(|change| change.day).collect::<Vec<_>>())
        .bind::<Array<Nullable<Numeric>>, _>(changes.iter().map(|change| change.amount.as_ref()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
