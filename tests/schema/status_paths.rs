//! The paths of the states: the table, the triggers and Rust say the same of every pair.

use std::collections::BTreeSet;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rcm_schema::types::{AppealStatus, RebillStatus, WriteOffStatus};

use crate::catalog::{migrated, run, texts};
use crate::fixture;
use crate::refusals::refused_by;

/// The paths of one table as Rust has them, and what a row of the fixture needs to be in a state, written `$`.
struct Paths {
    table: &'static str,
    states: Vec<&'static str>,
    steps: BTreeSet<(&'static str, &'static str)>,
    row: &'static str,
    fits: &'static str,
}

fn paths() -> [Paths; 3] {
    macro_rules! paths {
        ($table:literal, $status:ident, $row:literal, $fits:literal) => {{
            let initial = $status::INITIAL.iter().map(|to| ("none", to.as_str()));
            let steps = $status::ALL.iter().flat_map(|from| from.next().iter().map(|to| (from.as_str(), to.as_str())));
            Paths {
                table: $table,
                states: $status::ALL.iter().map(|status| status.as_str()).collect(),
                steps: initial.chain(steps).collect(),
                row: $row,
                fits: $fits,
            }
        }};
    }
    [
        paths!(
            "appeals",
            AppealStatus,
            "true",
            "filed_on = case when $ not in ('pending', 'in_progress') then date '2024-02-01' end,
             decided_on = case when $ in ('approved', 'partially_approved', 'denied') then date '2024-02-02' end,
             approved_amount = case $ when 'approved' then appealed_amount when 'partially_approved' then 1 end"
        ),
        paths!(
            "write_offs",
            WriteOffStatus,
            "true",
            "approved_by = case when $ in ('approved', 'reversed') then 'billing.manager' end,
             approved_on = case when $ in ('approved', 'reversed') then date '2024-02-02' end,
             rejected_by = case $ when 'rejected' then 'billing.manager' end,
             rejected_on = case $ when 'rejected' then date '2024-02-02' end,
             reversed_by = case $ when 'reversed' then 'billing.manager' end,
             reversed_on = case $ when 'reversed' then date '2024-02-03' end"
        ),
        paths!(
            "rebills",
            RebillStatus,
            "true",
            "submitted_on = case when $ <> 'pending' then date '2024-02-01' end,
             resolved_on = case when $ in ('paid', 'partially_paid', 'denied_again') then date '2024-02-02' end"
        ),
    ]
}

async fn in_table(connection: &mut AsyncPgConnection) -> Vec<String> {
    let query = "select concat_ws(' ', table_name, from_status, to_status) from status_transitions order by 1";
    let mut steps = texts(connection, query).await;
    steps.sort();
    steps
}

fn in_rust() -> Vec<String> {
    let mut steps: Vec<String> = paths()
        .iter()
        .flat_map(|paths| paths.steps.iter().map(|(from, to)| format!("{} {from} {to}", paths.table)))
        .collect();
    steps.sort();
    steps
}

#[tokio::test]
async fn rust_and_the_table_have_the_same_paths() {
    let (_database, mut connection) = migrated().await;
    assert_eq!(in_table(&mut connection).await, in_rust());
    run(&mut connection, "alter table status_transitions disable trigger user").await;
    for change in [
        "delete from status_transitions where (from_status, to_status) = ('approved', 'reversed')",
        "insert into status_transitions (table_name, from_status, to_status) values ('rebills', 'paid', 'pending')",
    ] {
        run(&mut connection, &format!("begin; {change}")).await;
        assert_ne!(in_table(&mut connection).await, in_rust(), "{change}");
        run(&mut connection, "rollback").await;
    }
}

/// Changes the row from one state to another; the rule that refuses it, or "" where none does.
async fn step(connection: &mut AsyncPgConnection, paths: &Paths, from: &str, to: &str) -> String {
    let Paths { table, row, fits, .. } = paths;
    let set = |status: &str| format!("set status = '{status}', {}", fits.replace('$', &format!("'{status}'")));
    let prepare = match from {
        "none" => format!(
            "create temporary table new_row as select * from {table} where {row}; delete from {table} where {row};
             update new_row {}",
            set(to)
        ),
        _ => format!("update {table} {} where {row}", set(from)),
    };
    let columns = format!(
        "select string_agg(attname, ', ') from pg_attribute
         where attrelid = cast('{table}' as regclass) and attnum > 0 and attgenerated = ''"
    );
    let columns = &texts(connection, &columns).await[0];
    let change = match from {
        "none" => format!("insert into {table} ({columns}) select {columns} from new_row"),
        _ => format!("update {table} {} where {row}", set(to)),
    };
    // A row can't be put into a final state, or out of one, but with the triggers off.
    // A filed appeal counts on its claim.
    let counted = "update claims set filed_appeals = 1 where claim_id = 'CLM-1'";
    run(connection, &format!("begin; set local session_replication_role = replica; {counted}; {prepare}")).await;
    run(connection, "set local session_replication_role = origin").await;
    let outcome = connection.batch_execute(&change).await;
    run(connection, "rollback").await;
    outcome.map_or_else(|error| refused_by(&error), |()| String::new())
}

#[tokio::test]
async fn the_database_takes_the_steps_of_the_paths_and_no_other() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select id, 'payment', 100, '2024-02-01', 'payment.poster' from claims where claim_id = 'CLM-3'",
    )
    .await;
    for paths in paths() {
        for to in &paths.states {
            for from in paths.states.iter().filter(|from| *from != to).chain(["none"].iter()) {
                let expected = match (paths.steps.contains(&(*from, *to)), *from) {
                    (true, _) => String::new(),
                    (false, "none") => format!("{}_initial_status", paths.table),
                    (false, _) => format!("{}_status_path", paths.table),
                };
                let refused = step(&mut connection, &paths, from, to).await;
                assert_eq!(refused, expected, "{} from {from} to {to}", paths.table);
            }
        }
    }
}
