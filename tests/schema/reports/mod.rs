//! The reports: small sets of data whose figures were worked out by hand.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::models::{Appeal, AppealFilter, Rebill, RebillFilter};
use rcm_schema::reports;
use rcm_schema::types::*;
use rcm_schema::views::*;

use crate::catalog::{migrated, run, texts};

const EVER: DateRange = DateRange { from: None, to: None };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn february() -> DateRange {
    DateRange { from: Some(day("2024-02-01")), to: Some(day("2024-02-29")) }
}

/// Two payers; the claims 1 to 8 of 1000.00, odd ones of the first payer, each with one line and one denial of it.
async fn claims(connection: &mut AsyncPgConnection) {
    run(
        connection,
        "insert into payers (payer_id, name, payer_type)
         values ('PAYER-A', 'Payer', 'commercial'), ('PAYER-B', 'Payer', 'commercial');
         create temporary table given as
         select number, uuidv7() as claim_id, uuidv7() as denial_id, uuidv7() as new_claim_id
         from generate_series(1, 8) as number;
         insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to,
             submitted_on)
         select unnest(array[given.claim_id, new_claim_id]), unnest(array['CLM-' || number, 'CLM-NEW-' || number]),
             'SECRET-PATIENT', payers.id, 'professional', 1000, '2024-01-01', '2024-01-01', '2024-01-02'
         from given join payers on payer_id = case number % 2 when 1 then 'PAYER-A' else 'PAYER-B' end;
         insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
         select claim_id, 1, case when number = 3 then '70553' else '99213' end, 1000, date '2024-01-01' from given
         union all select new_claim_id, 1, '99213', 1000, '2024-01-01' from given;",
    )
    .await;
}

/// Denials by claim number, code, day, amount and judgement; number 2 is of the whole claim.
async fn denials(connection: &mut AsyncPgConnection, values: &str) {
    run(
        connection,
        &format!(
            "insert into denials (id, claim_id, line_number, denial_code, denied_on, denial_amount, preventable)
             select denial_id, claim_id, case when number <> 2 then 1 end, code, cast(denied_on as date), amount,
                 cast(judged as boolean)
             from given join (values {values}) as value (number, code, denied_on, amount, judged) using (number)"
        ),
    )
    .await;
}

async fn post(connection: &mut AsyncPgConnection, values: &str) {
    run(
        connection,
        &format!(
            "insert into postings (id, claim_id, denial_id, kind, amount, posted_on, posted_by)
             select md5(name)::uuid, claim_id, denial_id, kind, amount, cast(posted_on as date), 'payment.poster'
             from given join (values {values}) as value (name, number, kind, amount, posted_on) using (number)"
        ),
    )
    .await;
}

/// Takes back the one posting that meets the condition.
async fn reverse(connection: &mut AsyncPgConnection, condition: &str, posted_on: &str) {
    run(
        connection,
        &format!(
            "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, reverses_id)
             select claim_id, denial_id, kind, -amount, '{posted_on}', 'billing.manager', id
             from postings where {condition}"
        ),
    )
    .await;
}

/// The fields of a row in order, as SQL shows them: "-" for nothing.
macro_rules! lines {
    ($rows:expr; $($field:ident)+) => {
        $rows.iter().map(|row| {
            let mut line = vec![row.group_value.clone().unwrap_or("-".into())];
            $(line.push(shown(&row.$field));)+
            line.join(" ")
        }).collect::<Vec<String>>()
    };
}

trait Shown {
    fn shown(&self) -> String;
}

impl Shown for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for UsdTotal {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for Option<bigdecimal::BigDecimal> {
    fn shown(&self) -> String {
        self.as_ref().map_or("-".into(), |value| format!("{value:.2}"))
    }
}

fn shown(value: &impl Shown) -> String {
    value.shown()
}

/// In every grouping the counts and sums of the groups add up to those of the whole.
async fn groups_add_up(connection: &mut AsyncPgConnection, function: &str, groupings: &[&str]) {
    let mut sums = Vec::new();
    for grouping in groupings {
        let query = format!(
            "select key || ' ' || trim_scale(sum(cast(value as numeric)))
             from {function}('{grouping}') as row, jsonb_each_text(to_jsonb(row))
             where key <> 'group_value' and key !~ '_percentage$|^average' group by key order by key"
        );
        sums.push(texts(connection, &query).await);
    }
    assert!(sums[0].len() > 6 && sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| name(*one)).collect()
}
mod denials;
mod work;

#[tokio::test]
async fn of_nothing_there_is_a_whole_of_zeros_and_no_rate() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    for (function, groupings) in [
        ("denial_report", names(DenialGrouping::ALL, DenialGrouping::as_str)),
        ("appeal_report", names(AppealGrouping::ALL, AppealGrouping::as_str)),
        ("write_off_report", names(WriteOffGrouping::ALL, WriteOffGrouping::as_str)),
        ("rebill_report", names(RebillGrouping::ALL, RebillGrouping::as_str)),
        ("variance_report", names(VarianceGrouping::ALL, VarianceGrouping::as_str)),
    ] {
        for grouping in groupings {
            let query = format!("select to_jsonb(row) from {function}('{grouping}') as row");
            let rows = texts(connection, &query).await;
            assert_eq!(rows.len(), usize::from(grouping == "whole"), "{function} {grouping}");
        }
        let values = format!(
            "select distinct case when key = 'group_value' or key ~ '_percentage$|^average' then 'rate ' else 'sum ' end
                 || coalesce(value, 'null')
             from {function}() as row, jsonb_each_text(to_jsonb(row)) order by 1"
        );
        assert_eq!(texts(connection, &values).await, ["rate null", "sum 0"], "{function}");
    }
    assert_eq!(denials::denial_lines(connection, DenialGrouping::Whole, EVER, None).await.len(), 1);
    assert_eq!(work::appeal_lines(connection, AppealGrouping::Whole, EVER, "2024-01-01").await.len(), 1);
    assert_eq!(reports::top_preventable_reasons(connection, EVER, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_analyst_needs_no_table_and_learns_no_patient() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(&mut connection, "(1, 'CO-197', '2024-01-05', 1000, null)").await;
    let patient =
        "select view_name from information_schema.view_column_usage where column_name = 'patient_reference' order by 1";
    assert_eq!(texts(&mut connection, patient).await, ["patient_work_list"], "no fact view");
    run(
        &mut connection,
        "begin;
         create role rcm_test_analyst;
         grant select on claim_facts, denial_facts, posting_facts, rebilled_facts, appeal_facts, write_off_facts, rebill_facts, variance_facts
             to rcm_test_analyst;
         set local role rcm_test_analyst",
    )
    .await;
    let connection = &mut connection;
    let counted = "select concat_ws(' ', denial.denials, appeals, write_offs, rebills, variances)
        from denial_report() as denial, appeal_report(), write_off_report(), rebill_report(), variance_report()";
    assert_eq!(texts(connection, counted).await, ["1 0 0 0 0"]);
    assert!(connection.batch_execute("select patient_reference from claims").await.is_err());
    run(connection, "rollback").await;
}

#[tokio::test]
async fn a_function_in_a_query_sees_no_row_and_no_group_that_a_view_leaves_out() {
    let (database, mut connection) = migrated().await;
    claims(&mut connection).await;
    // Of PAYER-A eleven patients more in February; of January eight claims of one.
    run(
        &mut connection,
        "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
         select 'CLM-MANY-' || number, 'PATIENT-' || number, payers.id, 'professional', 10, '2024-02-01', '2024-02-01', '2024-02-02'
         from generate_series(1, 11) as number join payers on payer_id = 'PAYER-A';
         insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
         select id, 1, '99213', 10, '2024-02-01' from claims where claim_id like 'CLM-MANY-%';
         create table seen (value text);
         create function note(value text) returns void language plpgsql as
             $$ begin insert into seen values (value); end $$;
         -- Stable, so that PostgreSQL may ask it first.
         create function peek(value text) returns boolean language plpgsql stable cost 0.0001 as
             $$ begin perform note(value); return true; end $$",
    )
    .await;
    let groups = "select concat_ws(' ', month, payer, claims) from claim_statistics where peek(payer || month)";
    assert_eq!(texts(&mut connection, groups).await, ["2024-02-01 PAYER-A 11"]);
    assert_eq!(texts(&mut connection, "select value from seen").await, ["PAYER-A2024-02-01"]);
    // Nor what one of them was paid; what is of nobody, or of all, is told in cents.
    run(
        &mut connection,
        "insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select id, cast(kind as posting_kind), 1, '2024-02-02', 'poster'
         from claims
         join (values ('payment', 'CLM-MANY-1'), ('contractual_adjustment', 'CLM-MANY-%')) as posted (kind, number)
             on claim_id like number",
    )
    .await;
    let amounts = "select array[amount, paid_amount, contractual_amount, written_off_amount] from claim_statistics";
    assert_eq!(texts(&mut connection, amounts).await, ["{110.00,NULL,11.00,0.00}"]);
    // A plan tells no number of a group that is left out.
    let plan =
        "explain (analyze, timing off, summary off, costs off) select from claim_statistics where month = '2024-01-01'";
    let client = database.database().connect_client().await.unwrap();
    let lines = client.query(plan, &[]).await.unwrap();
    let plan: String = lines.iter().map(|line| line.get::<_, &str>(0)).collect::<Vec<_>>().join("\n");
    assert!(plan.contains("Function Scan on claims_counted") && !plan.contains("on claims "), "{plan}");
    // Whoever may not read the view may not have it counted either.
    run(
        &mut connection,
        "begin; create role rcm_test_counter; grant select on claim_statistics to rcm_test_counter; set local role rcm_test_counter",
    )
    .await;
    assert_eq!(texts(&mut connection, "select claims from claim_statistics").await, ["11"]);
    let refused = connection.batch_execute("select from denials_counted('denials')").await.unwrap_err().to_string();
    assert!(refused.starts_with("permission denied for view"), "{refused}");
    run(&mut connection, "rollback").await;
    let views = "select relname from pg_class
        where relkind = 'v' and relnamespace = cast(current_schema() as regnamespace) and relname ~ '_(facts|statistics)$'
            and reloptions is distinct from array['security_barrier=true']";
    assert_eq!(texts(&mut connection, views).await, [""; 0]);
}

#[tokio::test]
async fn no_fact_tells_when_it_was_entered_and_facts_join() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    let id = texts(&mut connection, "select id from claim_facts where claim = 'CLM-1'").await.remove(0);
    assert_eq!(id.len(), 32);
    let times = "select id from claims where position(substr(replace(cast(id as text), '-', ''), 1, 8) in
        (select string_agg(cast(to_jsonb(fact) as text), '') from claim_facts as fact)) > 0";
    assert_eq!(texts(&mut connection, times).await, [""; 0]);
    denials(&mut connection, "(1, 'CO-197', '2024-01-05', 1000, null)").await;
    post(&mut connection, "('paid', 1, 'payment', 100, '2024-01-06')").await;
    let joined =
        "select posting_facts.amount from posting_facts join denial_facts on denial_facts.id = posting_facts.denial_id";
    assert_eq!(texts(&mut connection, joined).await, ["100"]);
}

/// A sum may outgrow what one amount may be.
#[tokio::test]
async fn sums_have_no_limit() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    run(
        &mut connection,
        "insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount)
         select claim_id, '2024-01-01', 9999999999.99, 0.99 from given",
    )
    .await;
    let rows = reports::variances(&mut connection, VarianceGrouping::Whole, EVER).await.unwrap();
    assert_eq!(rows[0].underpaid_amount.to_string(), "79999999992.00");
}
