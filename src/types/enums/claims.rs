//! Enumerated values of payers and claims.

use crate::types::text_enum::text_enums;

text_enums! {
    /// What kind of payer it is.
    PayerType: PayerType {
        /// A private insurer.
        Commercial,
        /// Medicare, Parts A and B and the plans that replace them.
        Medicare,
        /// A state's Medicaid program.
        Medicaid,
        /// The program of the armed forces.
        Tricare,
        /// A workers' compensation carrier.
        WorkersComp,
        /// Any other.
        Other,
    }

    /// Whose number of a payer it is. Stored as X12 has it.
    PayerIdentifierQualifier: PayerIdentifierQualifier {
        /// `PI`: the payer id of clearinghouses (NM108).
        #[strum(serialize = "PI")]
        PayerIdentification,
        /// `XV`: the plan id of CMS (NM108).
        #[strum(serialize = "XV")]
        PlanId,
        /// `2U`: the payer's own number on remittances (REF01).
        #[strum(serialize = "2U")]
        PayerNumber,
        /// `EO`: its number as a submitter of remittances (REF01).
        #[strum(serialize = "EO")]
        SubmitterNumber,
        /// `HI`: its Health Industry Number (REF01).
        #[strum(serialize = "HI")]
        HealthIndustryNumber,
        /// `NF`: its code of the insurance commissioners (NAIC, REF01).
        #[strum(serialize = "NF")]
        NaicCode,
        /// `FI`: its tax id.
        #[strum(serialize = "FI")]
        TaxId,
        /// `TRN`: the company of its payments (TRN03).
        #[strum(serialize = "TRN")]
        PaymentCompany,
    }

    /// Which form of claim it is.
    ClaimType: ClaimType {
        /// CMS-1500, X12 837P.
        Professional,
        /// UB-04, X12 837I.
        Institutional,
        /// ADA form, X12 837D.
        Dental,
    }

    /// Where a claim stands; computed by the database.
    ClaimStatus: ClaimStatus {
        /// Recorded, not yet sent.
        Pending,
        /// Sent to the payer.
        Submitted,
        /// Paid as far as the payer owes.
        Paid,
        /// Paid in part; the rest is still open.
        PartiallyPaid,
        /// Denied by the payer.
        Denied,
        /// Denied, and an appeal is filed, or granted and not yet paid.
        Appealed,
        /// Moved to a new claim.
        Rebilled,
        /// Given up, and nothing else settled it.
        WrittenOff,
        /// Cancelled.
        Voided,
    }

    /// X12 CLM05-3, the last digit of the type of bill: what a claim is in relation to others. Stored as its digit.
    FrequencyCode: FrequencyCode {
        /// `0`: no payment is expected.
        #[strum(serialize = "0")]
        NoPayment,
        /// `1`: a claim of its own, for the whole stay or visit.
        #[strum(serialize = "1")]
        Original,
        /// `2`: the first part of a stay.
        #[strum(serialize = "2")]
        FirstPart,
        /// `3`: a further part of a stay.
        #[strum(serialize = "3")]
        FurtherPart,
        /// `4`: the last part of a stay.
        #[strum(serialize = "4")]
        LastPart,
        /// `7`: replaces an earlier claim.
        #[strum(serialize = "7")]
        Replacement,
        /// `8`: takes an earlier claim back.
        #[strum(serialize = "8")]
        Void,
        /// `9`: the final claim of a home health episode.
        #[strum(serialize = "9")]
        FinalOfEpisode,
    }

    /// What the units of a line count (X12 SV103, SV204).
    UnitBasis: UnitBasis {
        /// `UN`: units.
        #[strum(serialize = "UN")]
        Units,
        /// `MJ`: minutes.
        #[strum(serialize = "MJ")]
        Minutes,
        /// `DA`: days.
        #[strum(serialize = "DA")]
        Days,
        /// `F2`: international units.
        #[strum(serialize = "F2")]
        InternationalUnits,
    }

    /// What a quantity of a drug counts (X12 CTP05).
    DrugUnit: DrugUnit {
        /// `F2`: international units.
        #[strum(serialize = "F2")]
        InternationalUnits,
        /// `GR`: grams.
        #[strum(serialize = "GR")]
        Grams,
        /// `ME`: milligrams.
        #[strum(serialize = "ME")]
        Milligrams,
        /// `ML`: millilitres.
        #[strum(serialize = "ML")]
        Millilitres,
        /// `UN`: units.
        #[strum(serialize = "UN")]
        Units,
    }

    /// Had the patient a diagnosis when admitted? (X12 HI)
    PresentOnAdmission: PresentOnAdmission {
        /// `Y`: yes.
        #[strum(serialize = "Y")]
        Yes,
        /// `N`: no.
        #[strum(serialize = "N")]
        No,
        /// `U`: it isn't documented.
        #[strum(serialize = "U")]
        NotDocumented,
        /// `W`: it can't be told.
        #[strum(serialize = "W")]
        CannotBeTold,
        /// `1`: exempt.
        #[strum(serialize = "1")]
        Exempt,
    }
}
