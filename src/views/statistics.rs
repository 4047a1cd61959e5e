//! Figures of groups of eleven patients or more, without anybody's ids.

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Claims of a month, payer and type, of eleven patients or more.
    claim_statistics (month, payer, claim_type) {
        month -> Date,
        payer -> Text,
        claim_type -> ClaimType,
        claims -> BigInt,
        amount -> Numeric,
        paid_amount -> Numeric,
        contractual_amount -> Numeric,
        written_off_amount -> Numeric,
        open_denied_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Denials of a month, payer and code, of eleven patients or more.
    denial_statistics (month, payer, denial_code) {
        month -> Date,
        payer -> Text,
        denial_code -> Text,
        denials -> BigInt,
        denial_amount -> Numeric,
        recovered_amount -> Numeric,
        written_off_amount -> Numeric,
        open_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Decided appeals of a month, payer, level and decision, of eleven patients or more.
    appeal_statistics (month, payer, appeal_level, status) {
        month -> Date,
        payer -> Text,
        appeal_level -> AppealLevel,
        status -> AppealStatus,
        appeals -> BigInt,
        appealed_amount -> Numeric,
        approved_amount -> Nullable<Numeric>,
    }
}
