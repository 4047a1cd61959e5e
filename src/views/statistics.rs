//! Figures of groups of eleven patients or more, without anybody's ids.

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Claims of a month, payer and type, of eleven patients or more; an amount that is of one to ten of them is empty.
    claim_statistics (month, payer, claim_type) {
        month -> Date,
        payer -> Text,
        claim_type -> ClaimType,
        claims -> BigInt,
        amount -> Nullable<Numeric>,
        paid_amount -> Nullable<Numeric>,
        contractual_amount -> Nullable<Numeric>,
        written_off_amount -> Nullable<Numeric>,
        open_denied_amount -> Nullable<Numeric>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Denials of a month, payer and code, of eleven patients or more; an amount that is of one to ten of them is empty.
    denial_statistics (month, payer, denial_code) {
        month -> Date,
        payer -> Text,
        denial_code -> Text,
        denials -> BigInt,
        denial_amount -> Nullable<Numeric>,
        recovered_amount -> Nullable<Numeric>,
        written_off_amount -> Nullable<Numeric>,
        open_amount -> Nullable<Numeric>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Decided appeals of a month, payer, level and decision, of eleven patients or more; an amount that is of one to ten of them is empty.
    appeal_statistics (month, payer, appeal_level, status) {
        month -> Date,
        payer -> Text,
        appeal_level -> AppealLevel,
        status -> AppealStatus,
        appeals -> BigInt,
        appealed_amount -> Nullable<Numeric>,
        approved_amount -> Nullable<Numeric>,
    }
}
