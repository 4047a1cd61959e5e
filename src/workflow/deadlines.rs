//! By when a claim or an appeal must be filed: the database's functions `filing_deadline`, `appeal_deadline` and
//! `appeal_deadline_of` count it by the [filing rules](crate::models::FilingRule). A last day on a weekend or a holiday
//! stays. What is to be filed is listed by [`ClaimToFile`](crate::views::ClaimToFile) and
//! [`DenialExpiring`](crate::views::DenialExpiring).

use chrono::NaiveDate;
use diesel::sql_types::Date;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::sql_types;
use crate::types::{AppealLevel, ClaimId, ClaimType, DenialId, PayerId};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Of a stored claim.
    #[sql_name = "filing_deadline"]
    fn deadline_of_claim(claim: sql_types::ClaimKey) -> Nullable<Date>;
    /// Of a stored denial.
    #[sql_name = "appeal_deadline"]
    fn deadline_of_denial(denial: sql_types::DenialKey, level: sql_types::AppealLevel) -> Nullable<Date>;
    /// Of any decision.
    #[sql_name = "appeal_deadline_of"]
    fn deadline_of_decision(
        payer: sql_types::PayerKey,
        claim_type: sql_types::ClaimType,
        level: sql_types::AppealLevel,
        decided_on: Date,
    ) -> Nullable<Date>;
}

/// The last day to file a claim; of one that replaces another, to file the correction, counted from the last denial of
/// the other where the rule counts from its remittance. `None` for a claim that is not there, and where no rule fits.
/// Index: `claims_pkey`.
pub async fn of_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Option<NaiveDate>> {
    Ok(diesel::select(deadline_of_claim(claim)).get_result(connection).await?)
}

/// The last day to appeal a denial at a level, counted from the denial or from the decision of the level before. `None`
/// for a denial that is not there, where the level before is not decided, and where no rule fits. Indexes:
/// `denials_pkey`, `claims_pkey`, `appeals_by_denial`.
pub async fn of_appeal(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    level: AppealLevel,
) -> Result<Option<NaiveDate>> {
    Ok(diesel::select(deadline_of_denial(denial, level)).get_result(connection).await?)
}

/// The last day to appeal at a level what a payer decided on a day, of a denial that need not be stored. `None` where no
/// rule fits.
pub async fn of_decision(
    connection: &mut AsyncPgConnection,
    payer: PayerId,
    claim_type: ClaimType,
    level: AppealLevel,
    decided_on: NaiveDate,
) -> Result<Option<NaiveDate>> {
    let last_day = deadline_of_decision(payer, claim_type, level, decided_on);
    Ok(diesel::select(last_day).get_result(connection).await?)
}
