//! Which status may follow which; that of a claim follows from facts. The table `status_transitions` has the same paths; a test compares all pairs.

use crate::types::{AppealStatus, RebillStatus, WriteOffStatus};

impl AppealStatus {
    /// Where a new appeal starts.
    pub const INITIAL: &'static [Self] = &[Self::Pending, Self::InProgress, Self::Submitted];

    /// What may follow; nothing after a decision or a withdrawal.
    pub const fn next(self) -> &'static [Self] {
        use AppealStatus::*;
        match self {
            Pending => &[InProgress, Submitted, Withdrawn],
            InProgress => &[Submitted, Withdrawn],
            Submitted => &[UnderReview, Approved, PartiallyApproved, Denied, Withdrawn],
            UnderReview => &[Approved, PartiallyApproved, Denied, Withdrawn],
            Approved | PartiallyApproved | Denied | Withdrawn => &[],
        }
    }
}

impl WriteOffStatus {
    /// Where a new write-off starts.
    pub const INITIAL: &'static [Self] = &[Self::PendingApproval];

    /// What may follow.
    pub const fn next(self) -> &'static [Self] {
        use WriteOffStatus::*;
        match self {
            PendingApproval => &[Approved, Rejected],
            Approved => &[Reversed],
            Rejected | Reversed => &[],
        }
    }
}

impl RebillStatus {
    /// Where a new rebill starts.
    pub const INITIAL: &'static [Self] = &[Self::Pending, Self::Submitted];

    /// What may follow.
    pub const fn next(self) -> &'static [Self] {
        use RebillStatus::*;
        match self {
            Pending => &[Submitted],
            Submitted => &[Accepted, Paid, PartiallyPaid, DeniedAgain],
            Accepted => &[Paid, PartiallyPaid, DeniedAgain],
            Paid | PartiallyPaid | DeniedAgain => &[],
        }
    }
}
