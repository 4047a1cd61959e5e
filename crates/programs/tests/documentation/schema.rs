//! README.md and docs say what is so: the picture, the lists, the SQL, the rules, the examples, the links.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use rcm_schema::Database;

use crate::pages::{PAGES, Page, blocks, page, quoted, root, table};
use crate::{migrated, run, texts};

#[tokio::test]
async fn the_picture_is_the_catalog() {
    let (_database, client) = migrated().await;
    let query = include_str!("../../../../scripts/er-diagram.sql");
    let drawn = texts(&client, query).await.join("\n") + "\n";
    assert!(drawn.lines().count() > 35);
    let schema = page("docs/schema.md").text;
    let picture = schema.split("\n```mermaid\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(picture, drawn, "print it again: psql -XAt -f scripts/er-diagram.sql");
    run(&client, "alter table claims drop column replaces_claim_id cascade").await;
    assert_ne!(texts(&client, query).await.join("\n") + "\n", picture);
}

#[tokio::test]
async fn every_table_and_view_has_its_line() {
    let (_database, client) = migrated().await;
    for (headings, kind) in [("| table | one row is |", "r"), ("| view | one row is |", "v")] {
        let query = format!(
            "select relname from pg_class where relkind = '{kind}' and relnamespace = cast(current_schema() as regnamespace)
             and relname <> '__diesel_schema_migrations' order by 1"
        );
        let existing = texts(&client, &query).await;
        assert!(!existing.is_empty());
        let mut listed: Vec<&str> = table(headings).iter().map(|row| quoted(row[0])[0]).collect();
        listed.sort_unstable();
        assert_eq!(listed, existing);
    }
}

/// SQL that needs another server, or changes something, has a second word after the language.
#[tokio::test]
async fn the_sql_runs_and_finds_nothing_in_an_empty_database() {
    let (_database, client) = migrated().await;
    let statements: Vec<&str> =
        blocks("sql").into_iter().flat_map(|block| block.trim_end().split_terminator(';')).collect();
    assert!(statements.len() >= 3);
    for statement in statements {
        let query = format!("select count(*) from ({statement}) as answer");
        assert_eq!(texts(&client, &query).await, ["0"], "{statement}");
    }
}

#[test]
fn the_rust_of_every_page_compiles() {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    // A block that names its file is a part of it, and a test of its crate compares them.
    let is_code = |line: &str| line.starts_with("```rust") && !line.contains(' ');
    let with_rust: Vec<&Page> = PAGES.iter().filter(|page| page.text.lines().any(is_code)).collect();
    assert!(with_rust.len() >= 2);
    for page in with_rust {
        assert!(library.contains(&format!("include_str!(\"../{}\")", page.name)), "no doctest of {}", page.name);
    }
}

#[test]
fn the_script_prints_the_commands_that_the_tests_run() {
    for kind in ["sh", "sh cli", "sh docker"] {
        let output = Command::new(root().join("scripts/readme-commands")).arg(kind).output().unwrap();
        let blocks = blocks(kind);
        assert!(!blocks.is_empty());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), blocks.concat());
    }
}

#[test]
fn every_command_has_its_place() {
    let table = table("| module | commands |");
    assert_eq!(table.len(), 10);
    for row in table {
        let module = quoted(row[0])[0];
        let source = fs::read_to_string(root().join(format!("src/workflow/{module}.rs"))).unwrap();
        let commands = source.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        assert_eq!(quoted(row[1]), commands.collect::<Vec<_>>(), "{module}");
    }
}

#[test]
fn every_error_of_a_rule_has_its_place() {
    let source = page("src/error/rule.rs").text;
    let variants = source.split("pub enum Rule {").nth(1).unwrap().split("\n}").next().unwrap();
    let mut errors: Vec<&str> = variants
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|line| line.starts_with(char::is_uppercase)))
        .map(|line| line.trim_end_matches([',', ' ', '{']))
        .collect();
    assert!(errors.len() > 10);
    let mut listed: Vec<&str> = table("| rule | error |").iter().flat_map(|row| quoted(row[1])).collect();
    errors.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, errors);
}

/// The text without its blocks.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let text = prose(text);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let kept = heading.trim_start_matches('#').trim().to_lowercase();
            kept.replace(|c: char| !c.is_alphanumeric() && !" -_".contains(c), "").replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let others = ["CONTRIBUTING.md", "CHANGELOG.md", "migrations/README.md"].map(page);
    let mut followed = 0;
    let mut broken = Vec::new();
    for page in PAGES.iter().chain(&others) {
        for link in prose(&page.text).split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let from = root().join(&page.name);
            let target = if file.is_empty() { from } else { from.parent().unwrap().join(file) };
            followed += 1;
            match fs::read_to_string(target) {
                Ok(text) if anchor.is_empty() || anchors(&text).contains(anchor) => {}
                _ => broken.push(format!("{}: {link}", page.name)),
            }
        }
    }
    assert!(followed >= 30);
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_readme_leads_to_every_page() {
    let readme = page("README.md").text;
    assert!(PAGES.len() > 5);
    for page in PAGES.iter().skip(1) {
        assert!(readme.contains(&format!("]({})", page.name)), "README.md has no link to {}", page.name);
    }
}

#[test]
fn the_example_of_env_fits_the_compose_file() {
    let compose = include_str!("../../../../docker-compose.yml");
    let example = include_str!("../../../../.env.example");
    let url = example.lines().find_map(|line| line.strip_prefix("DATABASE_URL=")).unwrap();
    assert_eq!(Database::from_url(url).unwrap().to_string(), "127.0.0.1:5432/rcmdb");
    let password = example.lines().find_map(|line| line.strip_prefix("POSTGRES_PASSWORD=")).unwrap();
    assert!(url.contains(&format!("://rcm_admin:{password}@")));
    for line in [
        "container_name: rcm-postgres",
        "comment on database rcmdb is 'development';",
        "POSTGRES_DB: rcmdb",
        "POSTGRES_USER: rcm_admin",
        "\"127.0.0.1:5432:5432\"",
        "\"127.0.0.1:5050:80\"",
    ] {
        assert!(compose.contains(line), "{line}");
    }
}
