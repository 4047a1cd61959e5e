//! Enumerated values of denials, appeals and their deadlines.

use crate::types::text_enum::text_enums;

text_enums! {
    /// What a denial is about.
    DenialCategory: DenialCategory {
        /// Prior authorization or referral.
        Authorization,
        /// Information or an attachment is missing.
        MissingInfo,
        /// Codes or modifiers are wrong.
        CodingError,
        /// Not medically necessary in the payer's view.
        MedicalNecessity,
        /// Not a benefit of the plan.
        NonCovered,
        /// Another payer is primary.
        CoordinationOfBenefits,
        /// Included in the payment of another service.
        Bundling,
        /// Deductible, coinsurance, copayment.
        PatientResponsibility,
        /// Filed too late.
        TimelyFiling,
        /// Billed before.
        Duplicate,
        /// No coverage on the day of service.
        Eligibility,
        /// The provider is not enrolled with the payer.
        ProviderEnrollment,
        /// More often than the payer accepts.
        Frequency,
        /// The contract's reduction; not a denial.
        ContractualAdjustment,
        /// Known, and none of these.
        Other,
        /// A code that the library lacks.
        Unknown,
    }

    /// What is under way for a denial; kept by the database.
    OpenAction: OpenAction {
        /// An appeal that is not filed yet.
        Appeal,
        /// An appeal that the payer has.
        FiledAppeal,
        /// A rebill.
        Rebill,
    }

    /// Whether a denial is settled; computed by the database.
    ResolutionStatus: ResolutionStatus {
        /// Something is open.
        Pending,
        /// Nothing is open: it was paid, adjusted, withdrawn or moved to the patient.
        Resolved,
        /// Nothing is open, and some of it lives on a new claim.
        Rebilled,
        /// All that the payer didn't withdraw was written off.
        Abandoned,
    }

    /// What to do about a denial.
    Action: DenialAction {
        /// Ask the payer to reconsider.
        Appeal,
        /// Send a corrected claim.
        Rebill,
        /// Write the amount off.
        WriteOff,
        /// Bill the patient.
        TransferToPatient,
        /// Post what the contract or a law takes off; no denial.
        PostAdjustment,
        /// Ask the payer for what it granted and has not paid.
        FollowUp,
        /// Have a person look.
        Investigate,
    }

    /// How urgent work is.
    Priority: Priority {
        /// First.
        High,
        /// In its turn.
        Medium,
        /// Last.
        Low,
    }

    /// Which rule of triage decided.
    TriageRule: TriageRule {
        /// A contractual adjustment is posted, whatever the amount.
        Contractual,
        /// A policy of the organization fits.
        Policy,
        /// No policy fits; a remark says what to do.
        Remark,
        /// No policy fits; the library says what to do about the code.
        Library,
        /// Worth an appeal, but no policy fits.
        NoPolicy,
        /// No policy fits; the code, the type of the payer or a remark leaves no appeal.
        NotAppealable,
        /// No policy fits; the code was not valid on the day.
        CodeNotValid,
        /// No policy fits; the library lacks the code.
        UnknownCode,
    }

    /// Which review of the denial an appeal asks for.
    AppealLevel: AppealLevel {
        /// Reconsideration by the payer.
        FirstLevel,
        /// Second review by the payer.
        SecondLevel,
        /// Third review by the payer.
        ThirdLevel,
        /// Review by an independent organization.
        ExternalReview,
    }

    /// Where an appeal stands.
    AppealStatus: AppealStatus {
        /// Nobody has started.
        Pending,
        /// Being written.
        InProgress,
        /// Filed.
        Submitted,
        /// The payer has confirmed it.
        UnderReview,
        /// Approved in full.
        Approved,
        /// Approved in part.
        PartiallyApproved,
        /// Denied again.
        Denied,
        /// Withdrawn before a decision.
        Withdrawn,
    }

    /// What is filed with a payer by a day.
    FilingStep: FilingStep {
        /// A claim.
        OriginalClaim,
        /// A claim that replaces or voids another.
        CorrectedClaim,
        /// An appeal of the first level.
        FirstLevel,
        /// An appeal of the second level.
        SecondLevel,
        /// An appeal of the third level.
        ThirdLevel,
        /// An independent review.
        ExternalReview,
    }

    /// What a time limit counts from.
    DeadlineBasis: DeadlineBasis {
        /// The first day of service.
        ServiceFrom,
        /// The last day of service.
        ServiceThrough,
        /// Receipt of the remittance that answered the claim.
        RemittanceReceipt,
        /// Receipt of the decision that is appealed.
        Decision,
    }

    /// What a time limit is counted in.
    LengthUnit: LengthUnit {
        /// Calendar days.
        Days,
        /// Calendar months: the same day, or the last of a month that hasn't got it.
        Months,
        /// Calendar years: likewise, of February 29.
        Years,
    }
}
