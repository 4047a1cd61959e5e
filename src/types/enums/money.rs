//! Enumerated values of the ledger, and of what moves money into it.

use crate::types::text_enum::text_enums;

text_enums! {
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

    /// Which way a payment differs; computed by the database.
    VarianceType: VarianceType {
        /// Less than expected.
        Underpayment,
        /// More than expected.
        Overpayment,
        /// Within one cent.
        Expected,
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
}
