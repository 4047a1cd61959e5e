//! What planning needs to know of where a claim stands.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::models::{Appeal, Claim, Denial, Posting};
use crate::types::{RemittanceClaimId, Usd};

/// What a posting follows from: the claim of the remittance, its service, its adjustment.
pub(super) type Source = (RemittanceClaimId, Option<i16>, Option<i16>);

/// Where the claim stands, under its lock.
pub(super) struct Ledger {
    pub claim: Claim,
    /// What each line is charged.
    pub charges: BTreeMap<i16, Usd>,
    pub denials: Vec<Denial>,
    pub appeals: Vec<Appeal>,
    pub postings: Vec<Posting>,
    /// Of the adjustments that postings follow from: code and line.
    pub sources: BTreeMap<Source, (String, Option<i16>)>,
    /// Refusals that were taken back before they came.
    pub early_reversals: Vec<EarlyReversal>,
}

/// A refusal that a reversal took back before it came.
pub(super) struct EarlyReversal {
    pub adjustment: (RemittanceClaimId, i16),
    pub denial_code: String,
    pub amount: BigDecimal,
    pub line_number: Option<i16>,
    /// Day of the payment that took it back.
    pub paid_on: Option<NaiveDate>,
}
