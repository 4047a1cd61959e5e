//! `denial_triage`, `denial_work_list`, `denial_codes_to_add`: what to do about denials.

use std::fmt;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Cursor;
use crate::models::cursor::in_pages;
use crate::types::{
    Action, ClaimId, DenialCategory, DenialCode, DenialId, OpenAction, OrgPolicyId, PayerId, Priority, RemarkCode,
    TriageRule, Usd,
};

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What to do about each denial, and which rule says so.
    denial_triage (denial_id) {
        denial_id -> DenialKey,
        claim_id -> ClaimKey,
        payer_id -> PayerKey,
        denial_code -> Text,
        denied_on -> Date,
        open_amount -> Numeric,
        open_action -> Nullable<OpenAction>,
        category -> DenialCategory,
        appealable -> Bool,
        action -> Nullable<DenialAction>,
        automatic -> Bool,
        priority -> Nullable<Priority>,
        days -> Nullable<Integer>,
        act_by -> Nullable<Date>,
        last_day -> Nullable<Date>,
        policy_id -> Nullable<OrgPolicyKey>,
        policy_name -> Nullable<Text>,
        remark_code -> Nullable<Text>,
        decided_by -> Nullable<TriageRule>,
        reason -> Text,
        next_steps -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The denials that wait for an action today, with what to do.
    denial_work_list (denial_id) {
        denial_id -> DenialKey,
        claim_id -> ClaimKey,
        payer_id -> PayerKey,
        denial_code -> Text,
        denied_on -> Date,
        denial_amount -> Numeric,
        open_amount -> Numeric,
        category -> DenialCategory,
        appealable -> Bool,
        action -> DenialAction,
        automatic -> Bool,
        priority -> Priority,
        priority_order -> SmallInt,
        days -> Integer,
        act_by -> Date,
        expired -> Bool,
        last_day -> Nullable<Date>,
        policy_id -> Nullable<OrgPolicyKey>,
        policy_name -> Nullable<Text>,
        remark_code -> Nullable<Text>,
        decided_by -> TriageRule,
        reason -> Text,
        next_steps -> Nullable<Text>,
        assigned_to -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The codes of denials that `denial_code_library` lacks.
    denial_codes_to_add (denial_code) {
        denial_code -> Text,
        guessed_category -> DenialCategory,
        denial_count -> BigInt,
        denied_amount -> Numeric,
        first_denied_on -> Date,
        last_denied_on -> Date,
    }
}

/// What to do about a denial, and why.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = denial_triage, check_for_backend(diesel::pg::Pg))]
pub struct Triage {
    /// What the library says of the code, else of the same reason under another group, else unknown.
    pub category: DenialCategory,
    /// Does an appeal make sense? Only if the library says so of this very code, and neither the type of the payer nor a
    /// remark takes the appeal away.
    pub appealable: bool,
    /// What to do; `None` when nothing is open.
    pub action: Option<Action>,
    /// May a program act without asking? Not once the last day is over.
    pub automatic: bool,
    /// How urgent it is; `None` when nothing is open.
    pub priority: Option<Priority>,
    /// Days from the denial by which to act; `None` when nothing is open.
    pub days: Option<i32>,
    /// Day by which to act, never after the last day; `None` when nothing is open.
    pub act_by: Option<NaiveDate>,
    /// Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by
    /// `filing_rules`; `None` where there is none or nobody knows.
    pub last_day: Option<NaiveDate>,
    /// The policy that decides; `None` when none fits.
    pub policy_id: Option<OrgPolicyId>,
    /// Its name.
    pub policy_name: Option<String>,
    /// The remark that counts; `None` when none does.
    pub remark_code: Option<RemarkCode>,
    /// Which rule decides; `None` when nothing is open.
    pub decided_by: Option<TriageRule>,
    /// The same in a sentence.
    pub reason: String,
    /// How to do it, from the remark that counts, else from the library; `None` where neither speaks of that action.
    pub next_steps: Option<String>,
}

/// A denial and what to do about it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = denial_triage, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialTriage {
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub open_amount: Usd,
    pub open_action: Option<OpenAction>,
    #[diesel(embed)]
    pub triage: Triage,
}

impl DenialTriage {
    /// What to do about a stored denial; [`crate::Error::NotFound`] where there is none. Index: `denials_pkey`.
    pub async fn by_denial(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Self> {
        Ok(Self::query().filter(denial_triage::denial_id.eq(denial)).get_result(connection).await?)
    }
}

/// A denial that waits for an action, and what to do about it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = denial_work_list, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialToWork {
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub denial_amount: Usd,
    pub open_amount: Usd,
    pub category: DenialCategory,
    pub appealable: bool,
    pub action: Action,
    pub automatic: bool,
    pub priority: Priority,
    pub priority_order: i16,
    pub days: i32,
    pub act_by: NaiveDate,
    pub expired: bool,
    pub last_day: Option<NaiveDate>,
    pub policy_id: Option<OrgPolicyId>,
    pub policy_name: Option<String>,
    pub remark_code: Option<RemarkCode>,
    pub decided_by: TriageRule,
    pub reason: String,
    pub next_steps: Option<String>,
    pub assigned_to: Option<String>,
}

/// `Debug` that shows the denial's id and no other value of the row.
macro_rules! debug_shows_denial {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .debug_struct(stringify!($name))
                    .field("denial_id", &self.denial_id)
                    .finish_non_exhaustive()
            }
        }
    )+};
}
debug_shows_denial!(DenialTriage, DenialToWork);

/// Which denials of the work list; `None` is any.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WorkListFilter {
    pub payer: Option<PayerId>,
    pub category: Option<DenialCategory>,
    pub action: Option<Action>,
    pub automatic: Option<bool>,
    pub assigned: Option<Assigned>,
}

/// Who has a denial.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    /// A worker, by a role or user id.
    To(String),
    /// Nobody: whoever comes next works it.
    ToNobody,
}

impl WorkListFilter {
    /// Does it ask for this denial?
    pub(crate) fn fits(&self, denial: &DenialToWork) -> bool {
        self.payer.is_none_or(|payer| denial.payer_id == payer)
            && self.category.is_none_or(|category| denial.category == category)
            && self.action.is_none_or(|action| denial.action == action)
            && self.automatic.is_none_or(|automatic| denial.automatic == automatic)
            && self.assigned.as_ref().is_none_or(|assigned| match assigned {
                Assigned::To(worker) => denial.assigned_to.as_ref() == Some(worker),
                Assigned::ToNobody => denial.assigned_to.is_none(),
            })
    }
}

in_pages!(
    DenialToWork, denial_work_list:
    priority_order asc i16, act_by asc NaiveDate, denial_amount desc Usd, denial_id asc DenialId
);

impl DenialToWork {
    /// The work list: high priority first, then the nearest deadline, then the largest denied amount, then the id; at most
    /// `limit`, after the cursor. Indexes: `denial_work_items_by_urgency`, for a payer `denial_work_items_by_payer`, for a
    /// worker `denial_work_items_assigned`, for what nobody has `denial_work_items_unassigned`.
    ///
    /// It locks nothing; [`crate::workflow::work_list::take`] takes one.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &WorkListFilter,
        after: Option<Cursor<(i16, NaiveDate, Usd, DenialId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        use denial_work_list as list;
        let mut query = list::table.into_boxed();
        if let Some(payer) = filter.payer {
            query = query.filter(list::payer_id.eq_any([payer])).order(list::payer_id);
        }
        if let Some(category) = filter.category {
            query = query.filter(list::category.eq(category));
        }
        if let Some(action) = filter.action {
            query = query.filter(list::action.eq(action));
        }
        if let Some(automatic) = filter.automatic {
            query = query.filter(list::automatic.eq(automatic));
        }
        match &filter.assigned {
            Some(Assigned::To(worker)) => query = query.filter(list::assigned_to.eq(worker.clone())),
            Some(Assigned::ToNobody) => query = query.filter(list::assigned_to.is_null()),
            None => {}
        }
        page(connection, query, after, limit).await
    }
}

/// A code of denials that the library lacks.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = denial_codes_to_add, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialCodeToAdd {
    pub denial_code: DenialCode,
    pub guessed_category: DenialCategory,
    pub denial_count: i64,
    pub denied_amount: BigDecimal,
    pub first_denied_on: NaiveDate,
    pub last_denied_on: NaiveDate,
}

impl DenialCodeToAdd {
    /// The codes that the library lacks, the most frequent first, then by code. Reads every denial: for a report.
    pub async fn list(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        use denial_codes_to_add as code;
        Ok(Self::query().order((code::denial_count.desc(), code::denial_code)).load(connection).await?)
    }
}
