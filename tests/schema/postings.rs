//! docs/postings.md shows which triggers fire when money moves, and in which order: those that do.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use private_postgres::TestDatabase;

use crate::catalog::{migrated, run};
use crate::fixture;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/postings.md");
/// What stands below it in a section is written by the test.
const MARK: &str = "<!-- Written by scripts/print-structure. -->\n";

/// A statement that began, a row that it found, or a trigger that fired; see trace.sql.
#[derive(QueryableByName)]
struct Fired {
    #[diesel(sql_type = Integer)]
    depth: i32,
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = Text)]
    moment: String,
    #[diesel(sql_type = Nullable<Text>)]
    trigger_name: Option<String>,
}

impl Fired {
    fn is(&self, probe: &str) -> bool {
        self.trigger_name.is_none() && self.moment == probe
    }
}

/// A trigger of the catalog.
#[derive(QueryableByName)]
struct Trigger {
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    fires: String,
    #[diesel(sql_type = Text)]
    function: String,
    #[diesel(sql_type = Text)]
    does: String,
}

/// All of them, those of a table in the order in which they fire.
const TRIGGERS: &str = "
    select
        relname as relation,
        tgname as name,
        concat_ws(' ',
            case when tginitdeferred then 'at commit, after' when tgtype & 2 = 2 then 'before' else 'after' end,
            concat_ws(' or ',
                case when tgtype & 4 = 4 then 'insert' end, case when tgtype & 16 = 16 then 'update' end,
                case when tgtype & 8 = 8 then 'delete' end, case when tgtype & 32 = 32 then 'truncate' end),
            case when tgtype & 1 = 1 then 'for each row' end) as fires,
        proname as function,
        coalesce(obj_description(pg_trigger.oid, 'pg_trigger'), obj_description(tgfoid, 'pg_proc')) as does
    from pg_trigger
    join pg_class on pg_class.oid = tgrelid
    join pg_proc on pg_proc.oid = tgfoid
    where not tgisinternal and relnamespace = cast(current_schema() as regnamespace) and proname not in ('note', 'refuse_elsewhere')
    order by relname, tginitdeferred, case tgtype & 3 when 2 then 1 when 3 then 2 when 1 then 3 else 4 end, tgname";

/// What the last of the statements sets off, to the end of its transaction.
async fn fired(connection: &mut AsyncPgConnection, statements: &str) -> Vec<Fired> {
    let (before, last) = statements.trim_end_matches(";\n").rsplit_once(";\n").unwrap_or(("", statements));
    run(connection, &format!("begin; {before}; delete from fired; {last}; set constraints all immediate")).await;
    let fired = diesel::sql_query("select * from fired order by number").load(connection).await.unwrap();
    run(connection, "rollback").await;
    fired
}

/// A sequence diagram, and the triggers in it by table and name.
fn diagram(mut fired: &[Fired]) -> (String, Vec<(&str, &str)>) {
    let (mut lines, mut triggers) = (Vec::<String>::new(), Vec::new());
    // The tables of the statements that are under way, and all that there were.
    let (mut tables, mut participants) = (Vec::<&str>::new(), Vec::<&str>::new());
    // Where the next trigger may belong to the same note.
    let mut noted = None;
    while let Some((event, after)) = fired.split_first() {
        fired = after;
        if event.is("STATEMENT") {
            let inside = |one: &&Fired| one.depth > event.depth || (one.depth == event.depth && !one.is("STATEMENT"));
            let inside = after.iter().take_while(inside).count();
            let finds_rows = after[..inside].iter().any(|one| one.depth == event.depth && one.is("ROW"));
            tables.truncate(usize::try_from(event.depth).unwrap() - 1);
            let from = tables.last().unwrap_or(&"client");
            let what = event.operation.to_lowercase() + if finds_rows { "" } else { ", no row" };
            lines.push(format!("    {from}->>{}: {what}\n", event.relation));
            if !participants.contains(&event.relation.as_str()) {
                participants.push(&event.relation);
            }
            match finds_rows {
                true => tables.push(&event.relation),
                false => fired = &after[inside..],
            }
            noted = None;
        } else if let Some(name) = &event.trigger_name {
            triggers.push((event.relation.as_str(), name.as_str()));
            let line = format!("<br/>{} {name}\n", triggers.len());
            let here = Some((event.depth, &event.relation, &event.moment));
            match lines.last_mut() {
                Some(note) if noted == here => *note = note.trim_end().to_owned() + &line,
                _ => {
                    let moment = event.moment.to_lowercase().replace(' ', " the ");
                    lines.push(format!("    Note over {}: {moment}{line}", event.relation));
                }
            }
            noted = here;
        }
    }
    let participants: String = participants.iter().map(|table| format!("    participant {table}\n")).collect();
    (format!("sequenceDiagram\n    actor client\n{participants}{}", lines.concat()), triggers)
}

/// The migrations, in order: folder and up.sql.
fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut migrations: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| {
            let up = fs::read_to_string(entry.path().join("up.sql")).unwrap();
            (entry.file_name().into_string().unwrap(), up)
        })
        .collect();
    migrations.sort();
    migrations
}

impl Trigger {
    /// Where the trigger is made, and where its function is.
    fn folders<'a>(&self, migrations: &'a [(String, String)]) -> [&'a str; 2] {
        let Self { relation, name, function, .. } = self;
        // Another table's may have the same name.
        let makes_trigger = |statement: &str| {
            statement.trim_start_matches("constraint ").strip_prefix(&format!("trigger {name}\n")).is_some_and(|rest| {
                rest.split("for each").next().is_some_and(|when| when.contains(&format!(" on {relation}\n")))
            })
        };
        let named = format!("cast('{relation}' as regclass)");
        let has_diesel_make_it = format!("diesel_manage_updated_at({named})");
        let keeps_recorder = format!("keep_recorder({named})");
        let is_audited = |up: &str| {
            ["audit", "audit_truncation"].contains(&name.as_str())
                && up.contains("select audit(")
                && up.contains(&named)
        };
        let makes_function =
            |statement: &str| statement.trim_start_matches("or replace ").starts_with(&format!("function {function}("));
        let folder = |makes: &dyn Fn(&str) -> bool| {
            let found = migrations.iter().rev().find(|(_, up)| makes(up));
            found.unwrap_or_else(|| panic!("no migration makes {name} on {relation}, or {function}()")).0.as_str()
        };
        [
            folder(&|up| {
                up.split("create ").any(makes_trigger)
                    || (name == "set_updated_at" && up.contains(&has_diesel_make_it))
                    || (name.ends_with("_recorded_by_database") && up.contains(&keeps_recorder))
                    || is_audited(up)
            }),
            folder(&|up| up.split("create ").any(makes_function)),
        ]
    }
}

/// What tells a migration from the others, in short.
fn number(folder: &str) -> &str {
    folder.split('_').next().and_then(|date| date.rsplit('-').next()).unwrap()
}

/// What the page should be: as it is, with what belongs below the marks.
async fn written(page: &str, connection: &mut AsyncPgConnection) -> String {
    let migrations = migrations();
    let triggers: Vec<Trigger> = diesel::sql_query(TRIGGERS).load(connection).await.unwrap();
    let mut sections = Vec::new();
    let mut tables = Vec::<&str>::new();
    let mut links = BTreeSet::new();
    for section in page.split("\n## ") {
        let Some((head, _)) = section.split_once(MARK) else {
            sections.push(section.to_owned());
            continue;
        };
        let body = if let Some((_, statements)) = head.split_once("```sql trace\n") {
            let fired = fired(connection, statements.split("```").next().unwrap()).await;
            let (diagram, fired) = diagram(&fired);
            let mut numbers = BTreeSet::new();
            for (relation, name) in &fired {
                let trigger = triggers.iter().find(|one| one.relation == *relation && one.name == *name).unwrap();
                numbers.extend(trigger.folders(&migrations).map(|folder| format!("[{}]", number(folder))));
                if !tables.contains(&trigger.relation.as_str()) {
                    tables.push(&trigger.relation);
                }
            }
            format!(
                "```mermaid\n{diagram}```\n\n{} triggers fire. They and their functions are in {} migrations: {}.\n",
                fired.len(),
                numbers.len(),
                numbers.into_iter().collect::<Vec<_>>().join(", ")
            )
        } else {
            let mut body = String::new();
            for table in &tables {
                body += &format!("### {table}\n\n| fires | trigger | function | what it does |\n|---|---|---|---|\n");
                for trigger in triggers.iter().filter(|trigger| trigger.relation == *table) {
                    let Trigger { name, fires, function, does, .. } = trigger;
                    let [made, function_made] = trigger.folders(&migrations).map(|folder| {
                        links.insert(format!("[{}]: ../migrations/{folder}/up.sql\n", number(folder)));
                        number(folder)
                    });
                    body += &format!("| {fires} | `{name}` [{made}] | `{function}` [{function_made}] | {does} |\n");
                }
                body += "\n";
            }
            body + &links.iter().map(String::as_str).collect::<String>()
        };
        sections.push(format!("{head}{MARK}\n{body}"));
    }
    sections.join("\n## ")
}

/// A database whose triggers note that they fire, with the rows of the fixture.
async fn noting() -> (TestDatabase, AsyncPgConnection) {
    let (database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(&mut connection, include_str!("trace.sql")).await;
    (database, connection)
}

#[tokio::test]
async fn the_page_shows_what_fires() {
    let (_database, mut connection) = noting().await;
    let page = fs::read_to_string(PAGE).unwrap();
    assert_eq!(page.matches("```mermaid\n").count(), 6);
    assert!(written(&page, &mut connection).await == page, "run scripts/print-structure");

    run(&mut connection, "drop trigger prepare_posting on postings").await;
    assert_ne!(written(&page, &mut connection).await, page);
}

/// For scripts/print-structure.
#[tokio::test]
#[ignore = "writes docs/postings.md"]
async fn write_the_page() {
    let (_database, mut connection) = noting().await;
    let page = fs::read_to_string(PAGE).unwrap();
    fs::write(PAGE, written(&page, &mut connection).await).unwrap();
}
