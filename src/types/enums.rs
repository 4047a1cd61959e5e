//! The enumerated values of the schema. Each mirrors a SQL domain; a test compares them with the catalog, both ways.

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

    /// Which form of claim it is.
    ClaimType: ClaimType {
        /// CMS-1500, X12 837P.
        Professional,
        /// UB-04, X12 837I.
        Institutional,
        /// ADA form, X12 837D.
        Dental,
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

    /// What an adjustment of a remittance is to us.
    Disposition: Disposition {
        /// Taken off by the contract: a contractual adjustment.
        Contractual,
        /// Owed by the patient: patient responsibility.
        Patient,
        /// Settled by what an earlier payer did.
        OtherPayer,
        /// Money refused.
        Denial,
        /// Nothing that is posted.
        None,
    }

    /// What a claim of a remittance waits for, before it is posted.
    WaitReason: WaitReason {
        /// No claim was sent under its number.
        Claim,
        /// Several claims may be meant; a person chooses.
        OneOfSeveralClaims,
        /// The claim of its number went to another payer: the same one under another name, which is merged, or a mistake.
        Payer,
        /// The claim is pending: it wasn't submitted.
        Submission,
        /// Charge less adjustments isn't what was paid of a service.
        BalancedService,
        /// Charge less all adjustments isn't what was paid of the claim.
        BalancedClaim,
        /// Claims less provider adjustments aren't the check.
        BalancedRemittance,
        /// The remittance repeats another with other content; a person says what it is.
        Review,
        /// A person says what an adjustment is.
        Classification,
        /// A negative refusal whose denial isn't there.
        WhatItOffsets,
        /// Somebody took its match away; a person matches it.
        Match,
        /// A rule of the database refuses its postings.
        Rule,
    }

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

    /// How urgent work is.
    Priority: Priority {
        /// First.
        High,
        /// In its turn.
        Medium,
        /// Last.
        Low,
    }

    /// Why an amount is written off.
    WriteOffReason: WriteOffReason {
        /// Not worth the work.
        BelowThreshold,
        /// Too late to file.
        TimelyFilingExpired,
        /// Not a benefit of the plan.
        NonCoveredService,
        /// Owed by the patient.
        PatientResponsibility,
        /// The contract's reduction.
        ContractAdjustment,
        /// Collection was tried and failed.
        Uncollectible,
        /// Any other.
        Other,
    }

    /// Which budget a write-off counts against.
    WriteOffCategory: WriteOffCategory {
        /// Registration, authorization, filing.
        Administrative,
        /// Care that was not justified.
        Clinical,
        /// Contracts and small balances.
        Financial,
        /// Money that patients owe.
        PatientResponsibility,
    }

    /// Where a write-off stands.
    WriteOffStatus: WriteOffStatus {
        /// Requested; moves no money.
        PendingApproval,
        /// Approved: the amount is written off.
        Approved,
        /// Rejected; moves no money.
        Rejected,
        /// Approved, and taken back later.
        Reversed,
    }

    /// Why a claim is sent again.
    RebillReason: RebillReason {
        /// Another procedure code.
        CorrectedCoding,
        /// A modifier was missing.
        AddedModifier,
        /// Another diagnosis.
        UpdatedDiagnosis,
        /// Patient, insurance or other data.
        CorrectedInfo,
        /// To meet the filing limit.
        ResubmitTimely,
        /// Another rendering or billing provider.
        ProviderChange,
        /// Any other.
        Other,
    }

    /// Where a rebill stands.
    RebillStatus: RebillStatus {
        /// Being prepared.
        Pending,
        /// Sent to the payer.
        Submitted,
        /// Accepted for processing.
        Accepted,
        /// Paid.
        Paid,
        /// Paid in part.
        PartiallyPaid,
        /// Denied once more.
        DeniedAgain,
    }

    /// What became of billed money.
    PostingKind: PostingKind {
        /// The payer paid; below zero it took back.
        Payment,
        /// The contract's reduction (CO-45).
        ContractualAdjustment,
        /// Deductible, coinsurance, copayment: the patient owes it from now on.
        PatientResponsibility,
        /// What an earlier payer's decision settled (OA-23).
        OtherPayer,
        /// Given up of what the payer owed; posted by the approval of a write-off.
        WriteOff,
        /// Moved to a new claim; posted when a rebill or a replacement is submitted.
        Rebilled,
        /// The payer took a denial back: it ends, the claim's balance stays.
        DenialWithdrawn,
        /// The patient paid; below zero a refund.
        PatientPayment,
        /// Given up of what the patient owed.
        PatientWriteOff,
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

    /// Why a payment differs from the contract.
    VarianceReason: VarianceReason {
        /// The payer applied another fee.
        ContractAdjustment,
        /// Included in the payment of another service.
        Bundling,
        /// Not a benefit of the plan.
        NonCoveredService,
        /// No authorization on file.
        MissingAuthorization,
        /// The provider's standing with the payer.
        CredentialingIssue,
        /// Another payer is primary.
        CoordinationOfBenefits,
        /// Codes were wrong.
        IncorrectCoding,
        /// Filed too late.
        TimelyFiling,
        /// Billed before.
        DuplicateClaim,
        /// Any other.
        Other,
    }

    /// Which way a payment differs; computed by the database.
    VarianceType: VarianceType {
        /// Less than expected.
        Underpayment,
        /// More than expected.
        Overpayment,
        /// Within one cent.
        Expected,
    }

    /// What an organization policy leads to.
    PolicyType: PolicyType {
        /// Appeal.
        AppealThreshold,
        /// Write off.
        WriteOffThreshold,
        /// Rebill.
        RebillThreshold,
        /// Bill the patient.
        TransferToPatient,
        /// Have somebody approve what settles a denial by hand.
        ApprovalThreshold,
    }

    /// What a coding rule demands.
    CodingRuleType: CodingRuleType {
        /// The line must carry the modifier.
        ModifierRequired,
        /// The line must not carry the modifier.
        ModifierForbidden,
        /// One of the line's diagnoses must start with one of the prefixes.
        DiagnosisRequired,
        /// Not all of the line's diagnoses may start with one of the prefixes.
        DiagnosisNotSpecific,
        /// The two codes can't be billed together.
        IncompatibleCodes,
    }
}

text_enums! {
    /// How much a finding matters; ordered by that, `Error` first.
    #[derive(PartialOrd, Ord)]
    Severity: Severity {
        /// The payer will deny it.
        Error,
        /// The payer may deny it.
        Warning,
        /// Worth knowing.
        Info,
    }

    /// Global period of a procedure in Medicare's fee schedule. Stored as the file has it.
    GlobalDays: GlobalDays {
        /// `000`: the day of the procedure.
        #[strum(serialize = "000")]
        Zero,
        /// `010`: ten days.
        #[strum(serialize = "010")]
        Ten,
        /// `090`: ninety days: major surgery.
        #[strum(serialize = "090")]
        Ninety,
        /// `MMM`: maternity.
        #[strum(serialize = "MMM")]
        Maternity,
        /// `XXX`: the concept does not apply.
        #[strum(serialize = "XXX")]
        NotApplicable,
        /// `YYY`: the carrier sets it.
        #[strum(serialize = "YYY")]
        SetByCarrier,
        /// `ZZZ`: that of the procedure that it is added to.
        #[strum(serialize = "ZZZ")]
        OfMainProcedure,
    }

    /// Bilateral indicator of a procedure in Medicare's fee schedule. Stored as its digit.
    BilateralIndicator: BilateralIndicator {
        /// `0`: there is no second side, or sides are billed by themselves.
        #[strum(serialize = "0")]
        NotBilateral,
        /// `1`: modifier 50, at one and a half times the price.
        #[strum(serialize = "1")]
        TakesModifier50,
        /// `2`: the price is for both sides.
        #[strum(serialize = "2")]
        BothSides,
        /// `3`: each side at its full price.
        #[strum(serialize = "3")]
        EachSide,
        /// `9`: the concept does not apply.
        #[strum(serialize = "9")]
        NotApplicable,
    }

    /// Surgery by its global days.
    GlobalPeriod: GlobalPeriod {
        /// 000 or 010.
        Minor,
        /// 090.
        Major,
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
