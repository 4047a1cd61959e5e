//! The joins that are written by hand compile, and join by the key that they name.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rcm_schema::models::{Claim, Denial, DenialCodeEntry, Rebill, RemarkCodeEntry};
use rcm_schema::schema::{
    appeals, claim_details, claim_line_details, claim_line_teeth, claim_lines, claim_sources, claims,
    denial_code_library, denial_remarks, denial_work_items, denials, institutional_claims, payers, payment_variances,
    postings, provider_adjustments, rebills, remark_code_library, remittance_claims, remittance_files,
    remittance_remarks, remittance_services, remittances, write_offs,
};
use rcm_schema::types::{DenialCategory, RemarkCode};
use rcm_schema::views::{
    claim_control_numbers, classified_denials, denial_triage, denial_work_list, denials_expiring, rebill_recoveries,
    remittance_report,
};

use crate::catalog::{migrated, run};
use crate::fixture;

#[tokio::test]
async fn each_join_finds_the_row_that_its_key_names() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "update appeals set status = 'submitted', filed_on = '2024-02-01';
         update appeals set status = 'approved', approved_amount = appealed_amount, decided_on = '2024-02-02';
         insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, appeal_id)
         select claim_id, denial_id, 'payment', 500, '2024-02-03', 'payment.poster', id from appeals;
         update rebills set status = 'submitted', submitted_on = '2024-02-01';
         update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = requested_on;
         update payment_variances set needs_appeal = true, appeal_id = (select id from appeals)",
    )
    .await;
    // One row each: the fixture has two denials and three claims, and a join by another key would find more or none.
    macro_rules! joins_once {
        ($($from:ident => $to:ident),+ $(,)?) => {$(
            let rows: i64 = $from::table.inner_join($to::table).count().get_result(&mut connection).await.unwrap();
            assert_eq!(rows, 1, concat!(stringify!($from), " to ", stringify!($to)));
        )+};
    }
    joins_once! {
        appeals => denials,
        claim_details => claims,
        claim_line_details => claims,
        claim_sources => claims,
        denial_work_items => denials,
        institutional_claims => claims,
        payment_variances => appeals,
        payment_variances => claims,
        postings => appeals,
        postings => rebills,
        postings => write_offs,
        provider_adjustments => remittances,
        rebills => claims,
        rebills => denials,
        remittance_claims => claims,
        remittance_remarks => remittance_claims,
        remittance_services => remittance_claims,
        remittances => payers,
        remittances => remittance_files,
        write_offs => denials,
    }
    let on_claims: i64 = postings::table.inner_join(claims::table).count().get_result(&mut connection).await.unwrap();
    let on_denials: i64 = postings::table.inner_join(denials::table).count().get_result(&mut connection).await.unwrap();
    assert_eq!((on_claims, on_denials), (6, 4), "postings to claims and to denials");
    let of_remittance: i64 =
        postings::table.inner_join(remittance_claims::table).count().get_result(&mut connection).await.unwrap();
    assert_eq!(of_remittance, 2, "postings to what a remittance says");
    let teeth: i64 =
        claim_line_teeth::table.inner_join(claims::table).count().get_result(&mut connection).await.unwrap();
    assert_eq!(teeth, 2, "teeth to claims");
    let of_claims: i64 = denials::table.inner_join(claims::table).count().get_result(&mut connection).await.unwrap();
    assert_eq!(of_claims, 2, "denials to claims");
    let line =
        claim_lines::claim_id.eq(denials::claim_id).and(claim_lines::line_number.nullable().eq(denials::line_number));
    let rows: i64 =
        denials::table.inner_join(claim_lines::table.on(line)).count().get_result(&mut connection).await.unwrap();
    assert_eq!(rows, 1, "denials to claim_lines");
    let (rebill, original): (Rebill, Claim) = rebills::table
        .inner_join(claims::table)
        .select((Rebill::as_select(), Claim::as_select()))
        .first(&mut connection)
        .await
        .unwrap();
    assert_eq!(rebill.original_claim_id, original.id);
}

#[tokio::test]
async fn a_view_joins_the_tables_that_its_rows_point_to() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    macro_rules! joins_each {
        ($($view:ident => $table:ident),+ $(,)?) => {$(
            let rows: i64 = $view::table.count().get_result(&mut connection).await.unwrap();
            let joined: i64 = $view::table.inner_join($table::table).count().get_result(&mut connection).await.unwrap();
            assert_eq!(joined, rows, concat!(stringify!($view), " to ", stringify!($table)));
        )+};
    }
    joins_each! {
        claim_control_numbers => claims,
        classified_denials => denials,
        denial_triage => payers,
        denial_work_list => denials,
        denials_expiring => claims,
        rebill_recoveries => rebills,
        remittance_report => payers,
    }
    let counted: Vec<(String, DenialCategory, i64)> = denial_triage::table
        .inner_join(payers::table)
        .group_by((payers::name, denial_triage::category))
        .select((payers::name, denial_triage::category, count_star()))
        .load(&mut connection)
        .await
        .unwrap();
    let denials: i64 = denials::table.count().get_result(&mut connection).await.unwrap();
    assert_eq!(counted.iter().map(|(_, _, count)| count).sum::<i64>(), denials);
}

#[tokio::test]
async fn a_denial_joins_its_code_where_the_library_has_it() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(&mut connection, "update denials set denial_code = 'CO-999' where line_number is null").await;
    let mut codes: Vec<(Denial, Option<DenialCodeEntry>)> = denials::table
        .inner_join(claims::table.inner_join(payers::table))
        .left_join(denial_code_library::table.on(denials::denial_code.eq(denial_code_library::denial_code)))
        .filter(payers::payer_id.eq("TEST-001"))
        .select((Denial::as_select(), Option::<DenialCodeEntry>::as_select()))
        .load(&mut connection)
        .await
        .unwrap();
    codes.sort_by_key(|(denial, _)| denial.denial_code.clone());
    let known: Vec<_> = codes.iter().map(|(denial, entry)| (denial.denial_code.as_str(), entry.is_some())).collect();
    assert_eq!(known, [("CO-197", true), ("CO-999", false)]);

    let mut remarks: Vec<(RemarkCode, Option<RemarkCodeEntry>)> = denials::table
        .inner_join(denial_remarks::table)
        .left_join(remark_code_library::table.on(denial_remarks::remark_code.eq(remark_code_library::remark_code)))
        .filter(denials::line_number.is_not_null())
        .select((denial_remarks::remark_code, Option::<RemarkCodeEntry>::as_select()))
        .load(&mut connection)
        .await
        .unwrap();
    assert_eq!(remarks.remove(0).1.unwrap().remark_code.as_str(), "MA01");
    assert_eq!(remarks, []);
}
