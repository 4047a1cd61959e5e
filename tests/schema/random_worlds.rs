//! Random worlds for triage: libraries, policies, filing rules and denials that meet at their edges.

use chrono::{Days, NaiveDate};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rcm_schema::models::{NewDenialCodeEntry, NewFilingRule, NewOrgPolicy, NewRemarkCodeEntry};
use rcm_schema::types::*;
use rcm_schema::views::WorkListFilter;
use rcm_schema::workflow::triage::DenialFacts;

use crate::triage::{day, dollars, payer};

/// What an organization has set up, and its denials: what was settled of each, in cents, and the facts.
#[derive(Debug)]
pub struct World {
    pub library: Vec<NewDenialCodeEntry>,
    pub remarks: Vec<NewRemarkCodeEntry>,
    pub policies: Vec<NewOrgPolicy>,
    pub filing: Vec<NewFilingRule>,
    pub denials: Vec<(i64, DenialFacts)>,
    pub filter: WorkListFilter,
}

const CATEGORIES: &[DenialCategory] = &[
    DenialCategory::Authorization,
    DenialCategory::CodingError,
    DenialCategory::ContractualAdjustment,
    DenialCategory::Unknown,
];

/// Bytes and languages order them differently.
const NAMES: &[&str] = &["a", "B", "b", "Z", "_", "a-b", "a b", "ab", "é", "ß"];

fn cents() -> impl Strategy<Value = i64> {
    select(vec![0, 1, 2_499, 2_500, 2_501, 10_000, 25_000])
}

fn january() -> impl Strategy<Value = NaiveDate> {
    (0..10_u64).prop_map(|days| day() + Days::new(days))
}

fn code() -> impl Strategy<Value = DenialCode> {
    let group = select(vec!["CO", "PR", "OA", "PI"]);
    let reason = select(vec!["1", "4", "197", "B7"]);
    (group, reason).prop_map(|(group, reason)| format!("{group}-{reason}").parse().unwrap())
}

fn library() -> impl Strategy<Value = Vec<NewDenialCodeEntry>> {
    let actions = [Action::Appeal, Action::Rebill, Action::WriteOff, Action::TransferToPatient, Action::Investigate];
    let action = prop_oneof![Just(Action::Appeal), select(actions.to_vec())];
    let validity = (option::weighted(0.2, january()), option::weighted(0.2, 0..10_u64));
    let entry = (select(CATEGORIES), prop::bool::weighted(0.8), option::weighted(0.3, types()), action, validity);
    prop::collection::btree_map(code(), entry, 0..16).prop_map(|entries| {
        let entries = entries.into_iter().map(|(code, (category, appealable, no_appeal, action, validity))| {
            let action = match action {
                _ if category == DenialCategory::ContractualAdjustment => Action::PostAdjustment,
                Action::Appeal if !appealable => Action::Investigate,
                Action::TransferToPatient if code.as_str().starts_with("CO-") => Action::Rebill,
                action => action,
            };
            NewDenialCodeEntry::builder()
                .denial_code(code)
                .category(category)
                .description("Test.")
                .appealable(appealable)
                .maybe_not_appealable_by(no_appeal)
                .recommended_action(action)
                .maybe_valid_from(validity.0)
                .maybe_valid_to(validity.1.map(|days| validity.0.unwrap_or_else(day) + Days::new(days)))
                .usual_resolution(format!("As {action}."))
                .prevention("Test.")
                .build()
        });
        entries.collect()
    })
}

fn types() -> impl Strategy<Value = PayerTypes> {
    use PayerType::*;
    select(vec![vec![Commercial], vec![Medicare], vec![Medicaid, Commercial], vec![Other]]).prop_map(PayerTypes)
}

fn remark() -> impl Strategy<Value = RemarkCode> {
    select(vec!["M51", "MA130", "N1", "N706"]).prop_map(|code| code.parse().unwrap())
}

fn remarks() -> impl Strategy<Value = Vec<NewRemarkCodeEntry>> {
    let action = option::of(select(vec![Action::Appeal, Action::Rebill, Action::Investigate]));
    prop::collection::btree_map(remark(), (action, any::<bool>(), any::<bool>()), 0..4).prop_map(|entries| {
        let entries = entries.into_iter().map(|(code, (action, prevents, steps))| {
            let next_steps = (steps || action.is_some()).then(|| format!("As {code} says."));
            NewRemarkCodeEntry::builder()
                .remark_code(code)
                .description("Test.")
                .prevents_appeal(prevents && action.is_some_and(|action| action != Action::Appeal))
                .maybe_recommended_action(action)
                .maybe_next_steps(next_steps)
                .build()
        });
        entries.collect()
    })
}

fn policy() -> impl Strategy<Value = NewOrgPolicy> {
    let looks_at = (
        option::weighted(0.3, (0..2_u128).prop_map(payer)),
        option::weighted(0.4, (select(CATEGORIES), option::weighted(0.5, code()))),
        option::weighted(0.2, types()),
        option::weighted(0.2, select(vec!["CO", "PR", "PI"])),
    );
    let amounts = (prop_oneof![Just(0), cents()], option::weighted(0.4, cents()));
    let validity = (option::weighted(0.3, january()), option::weighted(0.3, 0..10_u64), prop::bool::weighted(0.9));
    let decides = (select(PolicyType::ALL), 1..=40_i32, 1..=3_i32, any::<bool>());
    (looks_at, amounts, validity, decides).prop_map(|(looks_at, amounts, validity, decides)| {
        NewOrgPolicy::builder()
            .name("")
            .policy_type(decides.0)
            .days_to_act(decides.1)
            .priority_rank(decides.2)
            .maybe_payer_id(looks_at.0)
            .maybe_denial_category(
                looks_at.1.as_ref().filter(|(_, code)| code.is_none()).map(|(category, _)| *category),
            )
            .maybe_denial_code(looks_at.1.and_then(|(_, code)| code))
            .maybe_payer_types(looks_at.2)
            .maybe_except_group(looks_at.3)
            .min_amount(dollars(amounts.0))
            .maybe_max_amount(amounts.1.filter(|limit| amounts.0 < *limit).map(dollars))
            .maybe_valid_from(validity.0)
            .maybe_valid_to(validity.1.map(|days| validity.0.unwrap_or_else(day) + Days::new(days)))
            .active(validity.2)
            .automatic(decides.3)
            .build()
    })
}

fn policies() -> impl Strategy<Value = Vec<NewOrgPolicy>> {
    let names = Just(NAMES.to_vec()).prop_shuffle();
    (names, prop::collection::vec(policy(), 0..NAMES.len())).prop_map(|(names, mut policies)| {
        for (policy, name) in policies.iter_mut().zip(names) {
            policy.name = name.into();
        }
        policies
    })
}

/// At most one for each step: which of several decides is told in deadlines.rs.
fn filing() -> impl Strategy<Value = Vec<NewFilingRule>> {
    let rule = |step, bases: &[DeadlineBasis]| {
        option::weighted(0.7, (select(bases.to_vec()), 1..40_i16)).prop_map(move |drawn| {
            drawn.map(|(basis, length)| {
                NewFilingRule::builder().step(step).basis(basis).length(length).source("Test.").build()
            })
        })
    };
    let appeal = rule(FilingStep::FirstLevel, &[DeadlineBasis::RemittanceReceipt, DeadlineBasis::Decision]);
    let correction = rule(FilingStep::CorrectedClaim, &[DeadlineBasis::RemittanceReceipt, DeadlineBasis::ServiceFrom]);
    (appeal, correction).prop_map(|(appeal, correction)| appeal.into_iter().chain(correction).collect())
}

fn denial() -> impl Strategy<Value = (i64, DenialFacts)> {
    let remarks = prop::collection::btree_set(remark(), 0..3);
    (0..2_u128, code(), january(), cents(), select(vec![0, 5_000]), remarks).prop_map(
        |(number, denial_code, denied_on, open, settled, remarks)| {
            let (payer_id, open_amount) = (payer(number), dollars(open));
            let remarks = remarks.into_iter().collect();
            let facts = DenialFacts { payer_id, denial_code, denied_on, open_amount, remarks };
            // Nothing was ever denied: settle something.
            (if open == 0 { 5_000 } else { settled }, facts)
        },
    )
}

pub fn world() -> impl Strategy<Value = World> {
    let filter = (
        option::of((0..2_u128).prop_map(payer)),
        option::of(select(CATEGORIES)),
        option::of(select(Action::ALL)),
        option::of(any::<bool>()),
    );
    let denials = prop::collection::vec(denial(), 1..20);
    let rules = (policies(), filing());
    (library(), remarks(), rules, denials, filter).prop_map(
        |(library, remarks, (policies, filing), denials, filter)| World {
            library,
            remarks,
            policies,
            filing,
            denials,
            filter: WorkListFilter {
                payer: filter.0,
                category: filter.1,
                action: filter.2,
                automatic: filter.3,
                assigned: None,
            },
        },
    )
}
