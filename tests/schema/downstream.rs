//! What a service's own queries may say: the types of the columns tell ids and enumerations apart, at no cost.

use std::process::Command;

use diesel::dsl::{count_star, max};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::serialize::{IsNull, Output, Result, ToSql};
use diesel::sql_types::{Array, SqlType, Text};
use diesel_async::RunQueryDsl;
use rcm_schema::access::APP;
use rcm_schema::schema::{appeals, claim_lines, claims, denials, payers};
use rcm_schema::sql_types::{self, ClaimKey};
use rcm_schema::types::{
    AppealId, BusinessId, ClaimId, ClaimStatus, DenialCategory, DenialId, OpenAction, PayerId, PayerType, Priority,
};
use rcm_schema::views::denial_triage;

use crate::catalog::{migrated, run};
use crate::fixture;

/// Whose words are in `tests/downstream/*.stderr`. Another compiler has other words, for the same refusals.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn what_makes_no_sense_does_not_compile_and_says_why() {
    let version = Command::new("rustc").arg("--version").output().unwrap().stdout;
    if String::from_utf8(version).unwrap().starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/downstream/*.rs");
    }
}

#[derive(Debug, PartialEq, Queryable)]
struct Refused {
    claim: ClaimId,
    status: ClaimStatus,
    open_action: Option<OpenAction>,
}

#[derive(Insertable)]
#[diesel(table_name = payers, check_for_backend(Pg))]
struct MyPayer {
    id: PayerId,
    payer_id: BusinessId,
    name: &'static str,
    payer_type: PayerType,
}

#[derive(Debug, PartialEq, QueryableByName)]
struct ByName {
    #[diesel(sql_type = ClaimKey)]
    id: ClaimId,
    #[diesel(sql_type = sql_types::ClaimStatus)]
    status: ClaimStatus,
}

/// A type whose number Diesel asks the server for.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "claim_status"))]
struct AskedFor;

#[derive(Debug)]
struct Value;

impl ToSql<AskedFor, Pg> for Value {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Pg>) -> Result {
        Ok(IsNull::Yes)
    }
}

#[tokio::test]
async fn queries_of_ids_and_enumerations_work_without_a_look_at_pg_type() {
    let (database, mut owner) = migrated().await;
    fixture::fill(&mut owner).await;
    // Whoever looks there is refused.
    run(&mut owner, "revoke select on pg_type from public").await;
    let connection = &mut database.connect_as(&APP).await.unwrap();
    let looked = diesel::sql_query("select $1").bind::<AskedFor, _>(Value).execute(connection).await;
    assert!(looked.unwrap_err().to_string().contains("pg_type"));

    let denied: Vec<(DenialId, ClaimId)> = denials::table
        .select((denials::id, denials::claim_id))
        .filter(denials::open_action.eq_any([OpenAction::Appeal, OpenAction::Rebill]))
        .order((denials::open_action, denials::id.desc()))
        .load(connection)
        .await
        .unwrap();
    let [(denial, claim), (rebilled, other)] = denied[..] else { panic!("{denied:?}") };

    let refused: Vec<Refused> = denials::table
        .inner_join(claims::table)
        .filter(denials::id.eq(denial).and(claims::status.ne(ClaimStatus::Voided)))
        .select((claims::id, claims::status, denials::open_action))
        .load(connection)
        .await
        .unwrap();
    let expected = Refused { claim, status: ClaimStatus::PartiallyPaid, open_action: Some(OpenAction::Appeal) };
    assert_eq!(refused, [expected]);

    let lines: i64 = claim_lines::table
        .inner_join(denials::table.on(denials::claim_id.eq(claim_lines::claim_id)))
        .filter(claim_lines::claim_id.eq_any(vec![claim, other]))
        .count()
        .get_result(connection)
        .await
        .unwrap();
    assert_eq!(lines, 2);

    let appealed: Vec<(DenialId, Option<AppealId>, Option<Priority>)> = denials::table
        .left_join(appeals::table)
        .filter(denials::id.eq(rebilled))
        .select((denials::id, appeals::id.nullable(), appeals::priority.nullable()))
        .load(connection)
        .await
        .unwrap();
    assert_eq!(appealed, [(rebilled, None, None)]);

    let by_status: Vec<(ClaimStatus, i64)> = claims::table
        .group_by(claims::status)
        .select((claims::status, count_star()))
        .order(claims::status)
        .load(connection)
        .await
        .unwrap();
    assert_eq!(by_status, [(ClaimStatus::PartiallyPaid, 2), (ClaimStatus::Submitted, 1)]);
    let last: Option<ClaimStatus> = claims::table.select(max(claims::status)).first(connection).await.unwrap();
    assert_eq!(last, Some(ClaimStatus::Submitted));

    let ids = vec![claim, other].into_sql::<Array<ClaimKey>>();
    let statuses = vec![ClaimStatus::Paid].into_sql::<Array<sql_types::ClaimStatus>>();
    let arrays: (Vec<ClaimId>, Vec<ClaimStatus>) =
        diesel::select((ids, statuses)).get_result(connection).await.unwrap();
    assert_eq!(arrays, (vec![claim, other], vec![ClaimStatus::Paid]));

    let payer = MyPayer {
        id: PayerId::new(),
        payer_id: "TEST-002".parse().unwrap(),
        name: "Another payer",
        payer_type: PayerType::Medicaid,
    };
    let inserted: PayerId =
        diesel::insert_into(payers::table).values(&payer).returning(payers::id).get_result(connection).await.unwrap();
    assert_eq!(inserted, payer.id);

    let to_appeal: Vec<DenialId> = denial_triage::table
        .filter(denial_triage::payer_id.ne(payer.id).and(denial_triage::priority.eq(Priority::Medium)))
        .filter(denial_triage::category.eq(DenialCategory::Authorization))
        .select(denial_triage::denial_id)
        .load(connection)
        .await
        .unwrap();
    assert_eq!(to_appeal, [denial]);

    let named: Vec<ByName> = diesel::sql_query("select id, status from claims where id = $1 and status <> $2")
        .bind::<ClaimKey, _>(claim)
        .bind::<Text, _>("paid")
        .load(connection)
        .await
        .unwrap();
    assert_eq!(named, [ByName { id: claim, status: ClaimStatus::PartiallyPaid }]);
}
