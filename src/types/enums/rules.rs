//! Enumerated values of what an organization and coding decide by.

use crate::types::text_enum::text_enums;

text_enums! {
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

    /// Surgery by its global days.
    GlobalPeriod: GlobalPeriod {
        /// 000 or 010.
        Minor,
        /// 090.
        Major,
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
}
