//! The enumerations of Rust have the values that SQL takes, both ways.

use std::collections::{BTreeMap, BTreeSet};

use rcm_schema::types::*;
use strum::VariantArray as _;

use crate::catalog::{migrated, run, texts};

/// Each enumeration by the domain that has its values; the environment is the one that has a column alone.
fn enums() -> BTreeMap<&'static str, Vec<&'static str>> {
    macro_rules! values {
        ($($domain:literal: $name:ident),+ $(,)?) => {
            BTreeMap::from([$(($domain, $name::VARIANTS.iter().map(|value| value.into()).collect::<Vec<&'static str>>())),+])
        };
    }
    values! {
        "database_environment": Environment,
        "payer_type": PayerType,
        "payer_identifier_qualifier": PayerIdentifierQualifier,
        "org_policies_payer_types": PayerType,
        "denial_code_library_not_appealable_by": PayerType,
        "claim_type": ClaimType,
        "filing_step": FilingStep,
        "deadline_basis": DeadlineBasis,
        "length_unit": LengthUnit,
        "claim_status": ClaimStatus,
        "drug_unit": DrugUnit,
        "frequency_code": FrequencyCode,
        "present_on_admission": PresentOnAdmission,
        "unit_basis": UnitBasis,
        "disposition": Disposition,
        "wait_reason": WaitReason,
        "denial_category": DenialCategory,
        "denial_action": Action,
        "triage_rule": TriageRule,
        "open_action": OpenAction,
        "resolution_status": ResolutionStatus,
        "posting_kind": PostingKind,
        "appeal_level": AppealLevel,
        "appeal_status": AppealStatus,
        "priority": Priority,
        "write_off_reason": WriteOffReason,
        "write_off_category": WriteOffCategory,
        "write_off_status": WriteOffStatus,
        "rebill_reason": RebillReason,
        "rebill_status": RebillStatus,
        "variance_reason": VarianceReason,
        "variance_type": VarianceType,
        "policy_type": PolicyType,
        "coding_rule_type": CodingRuleType,
        "global_days": GlobalDays,
        "bilateral_indicator": BilateralIndicator,
        "global_period": GlobalPeriod,
        "severity": Severity,
        "denial_grouping": DenialGrouping,
        "appeal_grouping": AppealGrouping,
        "write_off_grouping": WriteOffGrouping,
        "rebill_grouping": RebillGrouping,
        "variance_grouping": VarianceGrouping,
    }
}

const ENUMERATED: &str = r"
    select regexp_replace(conname, '_known$', '') || '=' || array_to_string(array(
        select matched[1] from regexp_matches(pg_get_constraintdef(oid), '''([^'']*)''', 'g') as matched), ',')
    from pg_constraint
    where conname like '%\_known' and conname <> 'status_transitions_table_name_known'
        and connamespace = cast(current_schema() as regnamespace)";

async fn differing_enums(connection: &mut diesel_async::AsyncPgConnection) -> Vec<String> {
    let in_sql: BTreeMap<String, BTreeSet<String>> = texts(connection, ENUMERATED)
        .await
        .into_iter()
        .map(|line| {
            let (name, values) = line.split_once('=').unwrap();
            (name.to_owned(), values.split(',').map(str::to_owned).collect())
        })
        .collect();
    let in_rust: BTreeMap<String, BTreeSet<String>> = enums()
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()))
        .collect();
    assert!(in_sql.len() > 20);
    let names: BTreeSet<&String> = in_sql.keys().chain(in_rust.keys()).collect();
    names.into_iter().filter(|name| in_sql.get(*name) != in_rust.get(*name)).cloned().collect()
}

#[tokio::test]
async fn enum_variants_equal_the_values_of_sql_both_ways() {
    let (_database, mut connection) = migrated().await;
    assert_eq!(differing_enums(&mut connection).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_value_too_many_or_too_few_is_noticed() {
    let (_database, mut connection) = migrated().await;
    for values in ["'high', 'medium'", "'high', 'medium', 'low', 'none'"] {
        run(
            &mut connection,
            &format!(
                "alter domain priority drop constraint priority_known;
                 alter domain priority add constraint priority_known check (value in ({values}))"
            ),
        )
        .await;
        assert_eq!(differing_enums(&mut connection).await, ["priority"]);
    }
}
