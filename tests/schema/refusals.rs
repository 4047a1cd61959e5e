//! Every CHECK, UNIQUE, foreign key and rule of a trigger refuses its bad row, by name, and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use diesel::result::Error;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::catalog::{migrated, rows, run, texts};
use crate::fixture;

/// Every constraint and unique index that a row can break on its own. A unique key that contains an id only serves composite
/// foreign keys: the primary key refuses first.
pub const CONSTRAINTS: &str = "
    select conname from pg_constraint
    where connamespace = cast(current_schema() as regnamespace)
        and contype in ('c', 'f', 'p', 'u') and conname <> '__diesel_schema_migrations_pkey'
        and not (contype in ('p', 'u') and exists (
            select from pg_attribute where attrelid = conrelid and attnum = any (conkey) and attname = 'id'
        ))
    union
    select relname from pg_index
    join pg_class on pg_class.oid = indexrelid
    where relnamespace = cast(current_schema() as regnamespace) and indisunique
        and not exists (select from pg_constraint where conindid = indexrelid)";

/// Every rule of a trigger, told by the trigger's first argument, by its name, or in the function.
pub const RULES: &str = r"
    select case when prosrc ~ 'constraint = tg_argv\[0\]' then split_part(encode(tgargs, 'escape'), '\000', 1) else tgname end
    from pg_trigger join pg_proc on pg_proc.oid = tgfoid
    where not tgisinternal and pronamespace = cast(current_schema() as regnamespace)
        and prosrc ~ 'constraint = tg_argv\[0\]|\mrefuse\(\s*cast\(tg_argv\[0\]'
        -- The name of a foreign key, which says it first.
        and prosrc !~ 'raise foreign_key_violation'
    union
    select matched[1] from pg_proc, regexp_matches(prosrc, '\mrefuse\(\s*''(\w+)''', 'g') as matched
    where pronamespace = cast(current_schema() as regnamespace)";

/// Name and statements of each line of refusals.txt.
pub fn cases() -> Vec<(&'static str, String)> {
    let lines: Vec<&str> =
        include_str!("refusals.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect();
    let named: BTreeMap<&str, &str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("let "))
        .map(|line| line.split_once(" = ").expect("let NAME = statement"))
        .collect();
    lines
        .iter()
        .filter(|line| !line.starts_with("let "))
        .map(|line| {
            let (name, statements) = line.split_once(" | ").expect("name | statements");
            let statements: Vec<&str> =
                statements.split("; ").map(|statement| named.get(statement).copied().unwrap_or(statement)).collect();
            (name, statements.join("; "))
        })
        .collect()
}

/// #05 as the id of the fixture that ends so.
pub fn with_ids(statement: &str) -> String {
    let mut parts = statement.split('#');
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (end, rest) = part.split_at(2);
        whole += &format!("'00000000-0000-7000-8000-0000000000{end}'{rest}");
    }
    whole
}

/// `copy TABLE COLUMN = VALUE, …` as an INSERT of the last of the fixture's rows with these columns changed.
async fn expand(connection: &mut AsyncPgConnection, statement: &str) -> String {
    let statement = with_ids(statement);
    let Some(copy) = statement.strip_prefix("copy ") else {
        return statement;
    };
    let (table, changes) = copy.split_once(' ').unwrap();
    let changes: Vec<(&str, &str)> = changes.split(", ").map(|change| change.split_once(" = ").unwrap()).collect();
    let columns = texts(
        connection,
        &format!(
            "select attname from pg_attribute where attrelid = cast('{table}' as regclass)
             and attnum > 0 and attgenerated = ''"
        ),
    )
    .await;
    for (changed, _) in &changes {
        assert!(columns.iter().any(|column| column == changed), "{table} has no {changed}: {statement}");
    }
    let values = columns.iter().map(|column| {
        changes.iter().find(|(changed, _)| changed == column).map_or(column.as_str(), |(_, value)| *value)
    });
    let values: Vec<&str> = values.collect();
    format!(
        "insert into {table} ({}) select {} from {table} where id in (select max(cast(id as text))::uuid from {table}
         where cast(id as text) like '00000000%')",
        columns.join(", "),
        values.join(", ")
    )
}

/// Runs the statements in one transaction, to be rolled back: which of them was refused, if any, counted from the last.
async fn attempt(connection: &mut AsyncPgConnection, statements: &str) -> Option<(usize, Error)> {
    let mut expanded = Vec::new();
    for statement in statements.split("; ") {
        expanded.push(expand(connection, statement).await);
    }
    run(connection, "begin").await;
    let mut refused = None;
    for (position, statement) in expanded.iter().rev().enumerate().rev() {
        if let Err(error) = connection.batch_execute(statement).await {
            refused = Some((position, error));
            break;
        }
    }
    run(connection, "rollback").await;
    refused
}

/// The refusal of the last of the statements.
pub async fn refusal(connection: &mut AsyncPgConnection, statements: &str) -> Error {
    match attempt(connection, statements).await {
        Some((0, refused)) => refused,
        Some((_, early)) => panic!("refused too early, {early}: {statements}"),
        None => panic!("nothing refused: {statements}"),
    }
}

/// The name of the constraint or rule that refused.
pub fn refused_by(error: &Error) -> String {
    match error {
        Error::DatabaseError(_, information) => {
            information.constraint_name().unwrap_or(information.message()).to_owned()
        }
        error => error.to_string(),
    }
}

#[tokio::test]
async fn each_constraint_and_rule_refuses_its_bad_row_by_name() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let before = rows(&mut connection).await;
    let mut others = Vec::new();
    for (name, statements) in cases() {
        let refused = refused_by(&refusal(&mut connection, &statements).await);
        if refused != name {
            others.push(format!("{refused} instead of {name}: {statements}"));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(rows(&mut connection).await, before);
}

async fn without_bad_row(connection: &mut AsyncPgConnection) -> (Vec<String>, Vec<String>) {
    let breakable: BTreeSet<String> =
        texts(connection, &format!("{CONSTRAINTS} union {RULES}")).await.into_iter().collect();
    let broken: BTreeSet<String> = cases().into_iter().map(|(name, _)| name.to_owned()).collect();
    assert!(breakable.len() > 200);
    (breakable.difference(&broken).cloned().collect(), broken.difference(&breakable).cloned().collect())
}

#[tokio::test]
async fn no_constraint_and_no_rule_is_without_a_bad_row() {
    let (_database, mut connection) = migrated().await;
    let nothing = Vec::<String>::new();
    assert_eq!(without_bad_row(&mut connection).await, (nothing.clone(), nothing.clone()), "(lack one, don't exist)");
    // Whoever refuses otherwise would not be found.
    let others = r"select proname from pg_proc where pronamespace = cast(current_schema() as regnamespace) and (
            prosrc ~* '\mraise\M(?! (serialization_failure|foreign_key_violation|insufficient_privilege|check_violation using\s+message = ''schema_is_pinned))' and proname not in ('refuse', 'refuse_change')
            or (select count(*) from regexp_matches(prosrc, '\mrefuse\(', 'g')) <>
                (select count(*) from regexp_matches(prosrc, '\mrefuse\(\s*(''\w+''|cast\(tg_argv\[0\])', 'g')))";
    assert_eq!(texts(&mut connection, others).await, nothing);
}

#[tokio::test]
async fn a_rule_without_a_bad_row_is_noticed() {
    let (_database, mut connection) = migrated().await;
    run(
        &mut connection,
        "create function check_payer() returns trigger language plpgsql as $$ begin
             perform refuse(
                 'payers_are_few', 'payers', 'do without'
             );
             return new;
         end $$;
         create trigger payers_are_kept before delete on payers execute function refuse_change('payers_are_kept', 'keep it');
         create trigger payers_status_path before update on payers for each row execute function check_status_path('payers');
         alter table payers add constraint payers_name_short check (length(name) < 100)",
    )
    .await;
    let (lacking, _) = without_bad_row(&mut connection).await;
    assert_eq!(lacking, ["payers_are_few", "payers_are_kept", "payers_name_short", "payers_status_path"]);
}

#[tokio::test]
async fn without_any_one_trigger_a_bad_row_gets_past() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let query = "select concat_ws('|', tgname, cast(cast(tgrelid as regclass) as text), pg_get_triggerdef(oid))
        from pg_trigger
        where not tgisinternal and tgname not in ('set_updated_at', 'audit', 'audit_truncation', 'act_as_recorded', 'are_in_their_schema')";
    let triggers = texts(&mut connection, query).await;
    assert!(triggers.len() > 40);
    let mut not_missed = Vec::new();
    for trigger in triggers {
        let [name, table, definition] = trigger.splitn(3, '|').collect::<Vec<_>>().try_into().unwrap();
        run(&mut connection, &format!("drop trigger {name} on {table}")).await;
        let mut cases = cases();
        cases.sort_by_key(|(rule, _)| *rule != name);
        let mut missed = false;
        for (rule, statements) in cases {
            let refused = attempt(&mut connection, &statements).await;
            missed = !refused.is_some_and(|(position, error)| position == 0 && refused_by(&error) == rule);
            if missed {
                break;
            }
        }
        if !missed {
            not_missed.push(format!("{name} on {table}"));
        }
        run(&mut connection, definition).await;
    }
    // Those that follow something keep the work list; the others fill in a day or what is so anyway without Citus. Nothing is
    // refused by what these say.
    not_missed.retain(|trigger| !trigger.starts_with("follow_"));
    not_missed.sort();
    assert_eq!(
        not_missed,
        ["fill_day_to_submit on rebills", "set_created_at on remittance_claims", "set_created_at on remittances"]
    );
}

#[tokio::test]
async fn primary_keys_refuse_a_second_row() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let tables = texts(
        &mut connection,
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)",
    )
    .await;
    assert!(tables.len() > 18);
    // So that a denial waits for an action.
    run(
        &mut connection,
        "update appeals set status = 'withdrawn';
         update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on",
    )
    .await;
    for table in tables {
        let columns = format!(
            "select string_agg(attname, ', ') from pg_attribute
             where attrelid = cast('{table}' as regclass) and attnum > 0 and attgenerated = ''"
        );
        let columns = &texts(&mut connection, &columns).await[0];
        // The triggers refuse a row that is under way already.
        let again = format!(
            "alter table {table} disable trigger user; insert into {table} ({columns}) select {columns} from {table}"
        );
        assert_eq!(refused_by(&refusal(&mut connection, &again).await), format!("{table}_pkey"));
    }
}
