//! Store a remittance as it came.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::bulk::insert_arrays;
use super::super::{Parts, command};
use crate::error::Result;
use crate::models::{
    NewProviderAdjustment, NewRemittance, NewRemittanceAdjustment, NewRemittanceClaim, NewRemittanceRemark,
    NewRemittanceService, Remittance,
};
use crate::schema::{
    provider_adjustments, remittance_adjustments, remittance_claims, remittance_files, remittance_remarks,
    remittance_services, remittances,
};
use crate::types::{RemittanceFileId, RemittanceId};

/// A remittance to store, with all that it says.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct WholeRemittance {
    pub remittance: NewRemittance,
    pub claims: Vec<NewRemittanceClaim>,
    pub services: Vec<NewRemittanceService>,
    pub adjustments: Vec<NewRemittanceAdjustment>,
    pub remarks: Vec<NewRemittanceRemark>,
    pub provider_adjustments: Vec<NewProviderAdjustment>,
}

/// What became of a remittance that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is stored.
    New(RemittanceId),
    /// It is stored, and repeats the trace number, day (any, where one of them has none) and amount of an earlier one, of the same payer or originator, with
    /// other content. A person decides
    /// ([`accept`](super::accept), [`dismiss`](super::dismiss)); until then it isn't posted.
    Repeats(RemittanceId),
    /// The same content was stored before, from this file or another; nothing was written.
    AlreadyHere(RemittanceId),
}

impl Recorded {
    /// The remittance that is stored.
    pub fn id(self) -> RemittanceId {
        match self {
            Self::New(id) | Self::Repeats(id) | Self::AlreadyHere(id) => id,
        }
    }
}

/// Rows of one statement.
const CHUNK_ROWS: usize = 5_000;

/// Stores a remittance of a file, all of it or nothing. `sha256` is of the file's bytes; `stored_at` says where they are kept.
///
/// Several may store the same file at once: each remittance is stored once.
pub async fn record(
    connection: &mut AsyncPgConnection,
    sha256: [u8; 32],
    stored_at: Option<&str>,
    whole: &WholeRemittance,
) -> Result<Recorded> {
    command(connection, "remittances.record", Parts::Several, async |connection: &mut AsyncPgConnection| {
        let new = &whole.remittance;
        // Of two that repeat each other, one sees the other.
        let key = format!("{:?} {}", new.trace_number, new.total_amount.normalized());
        diesel::sql_query("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))")
            .bind::<Text, _>(key)
            .execute(connection)
            .await?;
        let same = remittances::content_sha256.eq(&new.content_sha256);
        let here: Option<RemittanceId> =
            remittances::table.filter(same).select(remittances::id).first(connection).await.optional()?;
        if let Some(here) = here {
            return Ok(Recorded::AlreadyHere(here));
        }
        let repeated: Option<Remittance> = Remittance::query()
            .filter(remittances::trace_number.is_not_distinct_from(&new.trace_number))
            // The payer may be named in another way.
            .filter(remittances::payer_id.eq(new.payer_id).or(remittances::originator.eq(&new.originator)))
            .filter(remittances::total_amount.eq(&new.total_amount))
            // One without a day may be of any.
            .filter(
                remittances::paid_on
                    .is_null()
                    .or(remittances::paid_on.eq(new.paid_on))
                    .or(new.paid_on.is_none().into_sql::<Bool>()),
            )
            .order(remittances::id)
            .first(connection)
            .await
            .optional()?;

        let file = file(connection, sha256, stored_at).await?;
        let repeats = repeated.as_ref().map(|repeated| repeated.id);
        diesel::insert_into(remittances::table)
            .values((new, remittances::file_id.eq(file), remittances::repeats_id.eq(repeats)))
            .execute(connection)
            .await?;
        insert_parts(connection, whole).await?;
        Ok(if repeats.is_some() { Recorded::Repeats(new.id) } else { Recorded::New(new.id) })
    })
    .await
}

async fn file(
    connection: &mut AsyncPgConnection,
    sha256: [u8; 32],
    stored_at: Option<&str>,
) -> Result<RemittanceFileId> {
    let values = (
        remittance_files::id.eq(RemittanceFileId::new()),
        remittance_files::sha256.eq(sha256.to_vec()),
        remittance_files::stored_at.eq(stored_at),
    );
    let insert = diesel::insert_into(remittance_files::table).values(values).on_conflict_do_nothing();
    insert.execute(connection).await?;
    let here = remittance_files::table.filter(remittance_files::sha256.eq(sha256.to_vec()));
    Ok(here.select(remittance_files::id).first(connection).await?)
}

async fn insert_parts(connection: &mut AsyncPgConnection, whole: &WholeRemittance) -> Result<()> {
    for rows in whole.claims.chunks(CHUNK_ROWS) {
        insert_arrays!(rows.iter(), NewRemittanceClaim into remittance_claims {
            id, remittance_id, claim_number, patient_control_number, payer_claim_control_number, claim_status,
            charge_amount, paid_amount, patient_amount, filing_indicator, facility_code, frequency_code, drg,
            rendering_npi, service_from, service_to, received_on, other_segments
        })
        .execute(connection)
        .await?;
    }
    for rows in whole.services.chunks(CHUNK_ROWS) {
        insert_arrays!(rows.iter(), NewRemittanceService into remittance_services {
            remittance_claim_id, service_number, code_qualifier, code, modifier_1, modifier_2, modifier_3, modifier_4,
            revenue_code, billed_code, charge_amount, paid_amount, allowed_amount, units_paid, units_billed, service_from,
            service_to, line_control_number
        })
        .execute(connection)
        .await?;
    }
    for rows in whole.adjustments.chunks(CHUNK_ROWS) {
        insert_arrays!(rows.iter(), NewRemittanceAdjustment into remittance_adjustments {
            remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, quantity
        })
        .execute(connection)
        .await?;
    }
    for rows in whole.remarks.chunks(CHUNK_ROWS) {
        insert_arrays!(rows.iter(), NewRemittanceRemark into remittance_remarks {
            remittance_claim_id, remark_number, service_number, code_list, code
        })
        .execute(connection)
        .await?;
    }
    for rows in whole.provider_adjustments.chunks(CHUNK_ROWS) {
        insert_arrays!(rows.iter(), NewProviderAdjustment into provider_adjustments {
            remittance_id, adjustment_number, provider, fiscal_period_ends_on, reason_code, reference, amount
        })
        .execute(connection)
        .await?;
    }
    Ok(())
}
