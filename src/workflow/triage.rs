//! What to do about a denial, by the organization's policies.
//!
//! A stored denial is triaged by the view [`denial_triage`](crate::views::denial_triage); this is the same answer for
//! one that is not stored, from the library and the policies in memory.

use std::fmt;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{DenialCodeEntry, OrgPolicy};
use crate::schema::org_policies;
use crate::types::{Action, DenialCategory, DenialCode, PayerId, Priority, Usd};
use crate::views::Triage;

/// Days to act where no policy fits.
const DAYS_TO_INVESTIGATE: i32 = 30;

/// What triage looks at.
#[derive(Clone, PartialEq, Eq)]
pub struct DenialFacts {
    /// The payer of the claim.
    pub payer_id: PayerId,
    /// Group and reason.
    pub denial_code: DenialCode,
    /// Day of the payer's decision.
    pub denied_on: NaiveDate,
    /// What is open: of a new denial all of it. US dollars.
    pub open_amount: Usd,
}

/// Shows nothing: the facts belong to a patient's claim.
impl fmt::Debug for DenialFacts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DenialFacts").finish_non_exhaustive()
    }
}

/// The library and the policies of an organization, in memory.
#[derive(Debug, Clone)]
pub struct Triager {
    /// By code.
    library: Vec<DenialCodeEntry>,
    /// In the order in which they decide.
    policies: Vec<OrgPolicy>,
}

impl Triager {
    /// From a library and policies in any order.
    pub fn new(mut library: Vec<DenialCodeEntry>, mut policies: Vec<OrgPolicy>) -> Self {
        library.sort_by(|one, other| one.denial_code.cmp(&other.denial_code));
        policies.sort_by(|one, other| one.decision_order().cmp(&other.decision_order()));
        Self { library, policies }
    }

    /// From the database. A few dozen rows of each: read whole, no index.
    pub async fn load(connection: &mut AsyncPgConnection) -> Result<Self> {
        let library = DenialCodeEntry::query().load(connection).await?;
        let policies = OrgPolicy::query().filter(org_policies::active).load(connection).await?;
        Ok(Self::new(library, policies))
    }

    /// What to do, the same as [`denial_triage`](crate::views::denial_triage) says once the denial is stored.
    ///
    /// The first policy that fits decides ([`OrgPolicy::fits`], [`OrgPolicy::decision_order`]). One that appeals
    /// doesn't fit a code that is not appealable, one that bills the patient doesn't fit the group CO. Where none fits,
    /// a person investigates within 30 days. Where nothing is open, nothing is to be done.
    pub fn triage(&self, denial: &DenialFacts) -> Triage {
        let entry = self.entry(&denial.denial_code);
        let category = entry.map_or_else(|| self.guess(&denial.denial_code), |entry| entry.category);
        let appealable = entry.is_some_and(|entry| entry.appealable);
        if denial.open_amount == Usd::zero() {
            return Triage {
                category,
                appealable,
                action: None,
                automatic: false,
                priority: None,
                days: None,
                act_by: None,
                policy_id: None,
                policy_name: None,
                reason: "Nothing is open.".into(),
            };
        }
        let policy = self.policies.iter().find(|policy| {
            policy.fits(denial.payer_id, category, &denial.open_amount, denial.denied_on)
                && match policy.action() {
                    Action::Appeal => appealable,
                    Action::TransferToPatient => !denial.denial_code.as_str().starts_with("CO-"),
                    _ => true,
                }
        });
        let action = policy.map_or(Action::Investigate, OrgPolicy::action);
        let automatic = policy.is_some_and(|policy| policy.automatic);
        let days = policy.map_or(DAYS_TO_INVESTIGATE, |policy| policy.days_to_act);
        Triage {
            category,
            appealable,
            action: Some(action),
            automatic,
            priority: Some(match action {
                Action::Rebill => Priority::High,
                Action::Appeal if automatic => Priority::High,
                Action::WriteOff => Priority::Low,
                _ => Priority::Medium,
            }),
            days: Some(days),
            act_by: denial.denied_on.checked_add_signed(TimeDelta::days(days.into())),
            policy_id: policy.map(|policy| policy.id),
            policy_name: policy.map(|policy| policy.name.clone()),
            reason: match (policy, entry) {
                (Some(policy), _) => {
                    format!("Policy \"{}\" (rank {}) is the first that fits.", policy.name, policy.priority_rank)
                }
                (None, None) => "No policy fits; the library lacks the code.".into(),
                (None, Some(_)) if !appealable => "No policy fits; the code is not appealable.".into(),
                (None, Some(_)) => "No policy fits.".into(),
            },
        }
    }

    fn entry(&self, code: &DenialCode) -> Option<&DenialCodeEntry> {
        self.library.iter().find(|entry| entry.denial_code == *code)
    }

    /// The category of the same reason under another group; of several, that of the group that comes first.
    fn guess(&self, code: &DenialCode) -> DenialCategory {
        let entry = self.library.iter().find(|entry| reason(&entry.denial_code) == reason(code));
        entry.map_or(DenialCategory::Unknown, |entry| entry.category)
    }
}

/// What follows the group: 197 of CO-197.
fn reason(code: &DenialCode) -> Option<&str> {
    code.as_str().split_once('-').map(|(_, reason)| reason)
}
