//! 835: what a payer paid, and why not more.

mod balance;
mod read;
mod write;

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::details::Details;
use crate::other::{OtherSegment, count};
use crate::parts::{Date, Procedure, Remark};
use crate::party::Party;
use crate::private::{Private, hide};
use crate::text::Text;

pub(crate) use read::Reading;
pub(crate) use write::write;

/// One 835: a payment, its claims and what the payer adds or withholds.
///
/// Texts are empty, where the file says nothing.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Remittance {
    /// ST02.
    pub control_number: Text,
    /// ST03, the implementation guide; empty in most files, GS08 has it.
    pub version: Text,
    /// BPR01: `I` with remittance, `H` notification only, `C`, `D`, …
    pub handling: Text,
    /// BPR02: what is paid, in dollars; see [`Remittance::payment`].
    pub amount: BigDecimal,
    /// BPR03: `C` the payee gets it, `D` the payer takes it.
    pub credit_or_debit: Text,
    /// BPR04: `ACH`, `CHK`, `NON`, …
    pub method: Text,
    /// BPR16: the day of the payment.
    pub date: Option<NaiveDate>,
    /// TRN02: the check's or transfer's number.
    pub trace: Text,
    /// TRN03: who made the trace number, `1` and the payer's tax number mostly.
    pub originator: Text,
    /// TRN04.
    pub originator_supplement: Text,
    /// Payer (`PR`), payee (`PE`), production date (`405`), receiver (`EV`), …
    pub details: Details,
    /// The claims, in order.
    pub claims: Vec<RemittanceClaim>,
    /// PLB: what isn't about one claim, in order.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// What stands after the claims and no field holds.
    pub trailing: Vec<OtherSegment>,
}

/// CLP with what follows it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct RemittanceClaim {
    /// LX, TS3, TS2 before it, where a group of claims begins.
    pub group: Vec<OtherSegment>,
    /// CLP01: the provider's number of the claim, as sent. It needn't be unique in the file, nor short.
    pub control_number: Private<Text>,
    /// CLP02: `1` primary, `2` secondary, `4` denied, `19` forwarded, `22` reversal, `25` prediction, …
    pub status: Text,
    /// CLP03: charged.
    pub charge: BigDecimal,
    /// CLP04: paid.
    pub paid: BigDecimal,
    /// CLP05: the patient's share.
    pub patient_responsibility: Option<BigDecimal>,
    /// CLP06: kind of plan, `12` PPO, `MB` Medicare B, …
    pub filing_indicator: Text,
    /// CLP07: the payer's number of the claim.
    pub payer_control_number: Private<Text>,
    /// CLP08: place of service, or type of bill without its frequency.
    pub facility_type: Text,
    /// CLP09: `1` original, `7` replacement, `8` void.
    pub frequency: Text,
    /// CLP10.
    pub patient_status: Text,
    /// CLP11: diagnosis related group.
    pub drg: Text,
    /// CLP12: its weight.
    pub drg_weight: Option<BigDecimal>,
    /// CLP13.
    pub discharge_fraction: Option<BigDecimal>,
    /// MIA and MOA.
    pub outcomes: Vec<Outcome>,
    /// Patient (`QC`), insured (`IL`), corrected (`74`), service provider (`82`), dates, amounts, claim's adjustments.
    pub details: Details,
    /// The services, in order.
    pub services: Vec<Service>,
}

/// Which segment an [`Outcome`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    /// MIA: inpatient.
    Inpatient,
    /// MOA: outpatient.
    #[default]
    Outpatient,
}

impl OutcomeKind {
    /// The segment, its elements that hold remarks, its number of elements.
    fn layout(self) -> (&'static str, [usize; 5], usize) {
        match self {
            Self::Inpatient => ("MIA", [5, 20, 21, 22, 23], 24),
            Self::Outpatient => ("MOA", [3, 4, 5, 6, 7], 9),
        }
    }
}

/// MIA or MOA: amounts and remarks of the claim.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// Which of both.
    pub kind: OutcomeKind,
    /// Amounts and quantities by element, such as 1 for MIA01.
    pub values: Vec<(usize, BigDecimal)>,
    /// Up to five remark codes.
    pub remarks: Vec<Text>,
}

/// SVC with what follows it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Service {
    /// SVC01: what is paid for.
    pub procedure: Procedure,
    /// SVC02: charged. Zero is legal.
    pub charge: BigDecimal,
    /// SVC03: paid; absent counts as zero.
    pub paid: Option<BigDecimal>,
    /// SVC04: revenue code.
    pub revenue_code: Text,
    /// SVC05: units paid. Absent means one.
    pub units_paid: Option<BigDecimal>,
    /// SVC06: what was billed, where it isn't what is paid for.
    pub billed: Procedure,
    /// SVC07: units billed, where they aren't the units paid.
    pub units_billed: Option<BigDecimal>,
    /// Dates, adjustments, references, amounts.
    pub details: Details,
    /// LQ.
    pub remarks: Vec<Remark>,
}

impl Service {
    /// What the payer allows: as it says (AMT*B6), else what it paid and the patient's deductible, coinsurance and copayment
    /// (reasons 1, 2, 3 and, for blood, 66). What the plan doesn't cover isn't allowed, whoever owes it.
    pub fn allowed(&self) -> BigDecimal {
        self.details.amount("B6").cloned().unwrap_or_else(|| {
            let is_share = |reason: &str| matches!(reason, "1" | "2" | "3" | "66");
            let adjustments = self.details.adjustments.iter();
            let patient = adjustments.filter(|one| one.group == "PR" && is_share(&one.reason));
            patient.map(|adjustment| &adjustment.amount).sum::<BigDecimal>() + self.paid.clone().unwrap_or_default()
        })
    }

    /// REF*6R: the provider's number of the line.
    pub fn line_control_number(&self) -> Option<&str> {
        self.details.reference("6R")
    }

    /// The first and the last day, of the service's own dates.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let day = |qualifier: &str| self.details.date(qualifier);
        let first = day("472").or_else(|| day("150"))?.first()?;
        let last = day("472").or_else(|| day("151")).and_then(|when| when.last());
        Some((first, last.unwrap_or(first)))
    }
}

/// One adjustment of a PLB.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProviderAdjustment {
    /// PLB01: the provider.
    pub provider: Private<Text>,
    /// PLB02: end of the fiscal year.
    pub period_end: Option<NaiveDate>,
    /// `WO` overpayment recovered, `FB` forwarded balance, `L6` interest, `72`, `CS`, …
    pub reason: Text,
    /// What it refers to, a claim mostly.
    pub reference: Private<Text>,
    /// How much less is paid; negative adds.
    pub amount: BigDecimal,
}

impl Remittance {
    /// The payer.
    pub fn payer(&self) -> Option<&Party> {
        self.details.party("PR")
    }

    /// The payee.
    pub fn payee(&self) -> Option<&Party> {
        self.details.party("PE")
    }

    /// The segments that no field holds, counted by name; `unknown` counts those that neither 835 nor 837 has.
    pub fn other_segments(&self) -> BTreeMap<&'static str, usize> {
        let details = std::iter::once(&self.details)
            .chain(self.claims.iter().flat_map(|claim| {
                std::iter::once(&claim.details).chain(claim.services.iter().map(|service| &service.details))
            }))
            .flat_map(Details::others);
        count(details.chain(self.claims.iter().flat_map(|claim| &claim.group)).chain(&self.trailing))
    }
}

impl RemittanceClaim {
    /// The dates of the claim and of its services.
    pub fn dates(&self) -> impl Iterator<Item = &Date> {
        self.details.dates.iter().chain(self.services.iter().flat_map(|service| &service.details.dates))
    }

    /// The first and the last day: of the claim's own dates (`232`, `233`), else of its services.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let day = |qualifier: &str| self.details.date(qualifier);
        let own = day("232").and_then(|when| when.first());
        let services = || self.services.iter().filter_map(Service::days);
        let first = own.or_else(|| services().map(|(first, _)| first).min())?;
        let last = if own.is_some() { day("233").and_then(|when| when.last()) } else { None };
        Some((first, last.or_else(|| services().map(|(_, last)| last).max()).unwrap_or(first).max(first)))
    }

    /// The codes of MIA and MOA.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.outcomes.iter().flat_map(|outcome| &outcome.remarks).map(Text::as_str)
    }
}

hide! {
    Remittance: claims, provider_adjustments, trailing;
    RemittanceClaim: group, outcomes, services;
    Outcome: values, remarks;
    Service: remarks;
    ProviderAdjustment;
}
