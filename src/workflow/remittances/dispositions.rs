//! What an adjustment is to us: by the organization's rules, else by the library.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{AdjustmentRule, RemittanceAdjustment};
use crate::schema::denial_code_library;
use crate::types::{DenialCode, Disposition, PayerId};

/// The rules and the library, read once for a remittance.
pub(super) struct Dispositions {
    rules: Vec<AdjustmentRule>,
    codes: BTreeMap<String, Disposition>,
    /// By reason alone, of the first group that the library has it under.
    reasons: BTreeMap<String, Disposition>,
}

impl Dispositions {
    pub async fn read(connection: &mut AsyncPgConnection) -> Result<Self> {
        let rules = AdjustmentRule::all(connection).await?;
        let entries: Vec<(DenialCode, Disposition)> = denial_code_library::table
            .order(denial_code_library::denial_code.desc())
            .select((denial_code_library::denial_code, denial_code_library::disposition))
            .load(connection)
            .await?;
        let codes = entries.iter().map(|(code, disposition)| (code.as_str().to_owned(), *disposition)).collect();
        let reason = |code: &DenialCode| code.as_str().split('-').nth(1).unwrap_or_default().to_owned();
        let reasons = entries.iter().map(|(code, disposition)| (reason(code), *disposition)).collect();
        Ok(Self { rules, codes, reasons })
    }

    /// Empty where a person has to say it: group CR, unless a rule knows it.
    pub fn of(&self, payer: PayerId, adjustment: &RemittanceAdjustment) -> Option<Disposition> {
        let (group, reason) =
            (adjustment.group_code.as_deref()?, adjustment.reason_code.as_deref().unwrap_or_default());
        let applies = |rule: &&AdjustmentRule| {
            rule.payer_id.is_none_or(|own| own == payer)
                && rule.group_code == group
                && rule.reason_code.as_deref().is_none_or(|own| own == reason)
        };
        // The closest one: of the payer, then of the reason.
        let rule =
            self.rules.iter().filter(applies).max_by_key(|rule| (rule.payer_id.is_some(), rule.reason_code.is_some()));
        if let Some(rule) = rule {
            return Some(rule.disposition);
        }
        if group == "CR" {
            return None;
        }
        let known = self.codes.get(&adjustment.denial_code).copied();
        Some(known.unwrap_or_else(|| match (self.reasons.get(reason), group) {
            (Some(Disposition::Contractual), "PR") => Disposition::Patient,
            (Some(Disposition::Patient), "PR") => Disposition::Patient,
            (Some(Disposition::Patient), _) => Disposition::Denial,
            (Some(known), _) => *known,
            (None, _) => Disposition::Denial,
        }))
    }
}
