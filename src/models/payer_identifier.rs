//! `payer_identifiers`: the numbers that others know a payer by.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::{payer_identifiers, payers};
use crate::types::{PayerId, PayerIdentifierQualifier};

/// A number that a clearinghouse, a remittance or a bank knows a payer by.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = payer_identifiers, primary_key(qualifier, value), belongs_to(Payer))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PayerIdentifier {
    pub qualifier: PayerIdentifierQualifier,
    pub value: String,
    pub payer_id: PayerId,
    pub created_at: DateTime<Utc>,
}

/// A number of a payer to insert; [`crate::workflow::payers::identify`] writes it.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = payer_identifiers)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewPayerIdentifier {
    pub qualifier: PayerIdentifierQualifier,
    pub value: String,
    pub payer_id: PayerId,
}

impl PayerIdentifier {
    /// A payer's numbers, by qualifier and number. Index: `payer_identifiers_by_payer`.
    pub async fn by_payer(connection: &mut AsyncPgConnection, payer: PayerId) -> Result<Vec<Self>> {
        let found = Self::query().filter(payer_identifiers::payer_id.eq(payer));
        Ok(found.order((payer_identifiers::qualifier, payer_identifiers::value)).load(connection).await?)
    }
}

impl Payer {
    /// The payer that has this number, as a remittance or an eligibility answer names it; [`crate::Error::NotFound`] where
    /// none has. Index: `payer_identifiers_pkey`.
    pub async fn by_identifier(
        connection: &mut AsyncPgConnection,
        qualifier: PayerIdentifierQualifier,
        value: &str,
    ) -> Result<Self> {
        Ok(payers::table
            .inner_join(payer_identifiers::table)
            .filter(payer_identifiers::qualifier.eq(qualifier))
            .filter(payer_identifiers::value.eq(value))
            .select(Self::as_select())
            .first(connection)
            .await?)
    }
}
