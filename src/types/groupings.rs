//! What reports group by. Each mirrors a SQL domain; a test compares them with the catalog, both ways.

use crate::types::text_enum::text_enums;

text_enums! {
    /// What the denial report groups by.
    DenialGrouping: DenialGrouping {
        /// Nothing: one row.
        Whole,
        /// What the denial is about, such as `authorization`.
        Category,
        /// Business id of the payer.
        Payer,
        /// Group and reason, such as `CO-197`.
        Code,
        /// Procedure of the denied line; none where the whole claim was denied.
        Procedure,
        /// Month of the denial, such as `2024-01`.
        Month,
    }

    /// What the appeal report groups by.
    AppealGrouping: AppealGrouping {
        /// Nothing: one row.
        Whole,
        /// Level of the appeal.
        Level,
        /// Business id of the payer.
        Payer,
        /// Code of the denial, such as `CO-197`.
        Code,
    }

    /// What the write-off report groups by.
    WriteOffGrouping: WriteOffGrouping {
        /// Nothing: one row.
        Whole,
        /// Reason of the write-off.
        Reason,
        /// Category of the write-off.
        Category,
    }

    /// What the rebill report groups by.
    RebillGrouping: RebillGrouping {
        /// Nothing: one row.
        Whole,
        /// Reason of the rebill.
        Reason,
    }

    /// What the variance report groups by.
    VarianceGrouping: VarianceGrouping {
        /// Nothing: one row.
        Whole,
        /// Business id of the payer.
        Payer,
        /// Reason of the variance; none where it isn't known yet.
        Reason,
    }
}
