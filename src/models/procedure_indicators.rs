//! `procedure_indicators`: what Medicare's fee schedule says of a procedure.

use bon::Builder;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::procedure_indicators;
use crate::types::{BilateralIndicator, GlobalDays, GlobalPeriod, ProcedureCode};

/// What Medicare's fee schedule says of a procedure, from a day until the next row of the procedure.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, Builder)]
#[diesel(table_name = procedure_indicators, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ProcedureIndicators {
    pub procedure_code: ProcedureCode,
    pub valid_from: NaiveDate,
    pub global_days: GlobalDays,
    pub bilateral_indicator: BilateralIndicator,
}

impl ProcedureIndicators {
    /// What is known of these procedures, by code and day. Index: `procedure_indicators_pkey`.
    pub async fn of_procedures(connection: &mut AsyncPgConnection, codes: &[&ProcedureCode]) -> Result<Vec<Self>> {
        use procedure_indicators as table;
        let query = Self::query().filter(table::procedure_code.eq_any(codes));
        Ok(query.order((table::procedure_code, table::valid_from)).load(connection).await?)
    }

    /// Is it surgery, and of which global period?
    pub fn global_period(&self) -> Option<GlobalPeriod> {
        match self.global_days {
            GlobalDays::Zero | GlobalDays::Ten => Some(GlobalPeriod::Minor),
            GlobalDays::Ninety => Some(GlobalPeriod::Major),
            _ => None,
        }
    }

    /// Does it take modifier 50? `None` where each side has its full price, with the modifier or without.
    pub fn takes_50(&self) -> Option<bool> {
        match self.bilateral_indicator {
            BilateralIndicator::TakesModifier50 => Some(true),
            BilateralIndicator::EachSide => None,
            _ => Some(false),
        }
    }
}
