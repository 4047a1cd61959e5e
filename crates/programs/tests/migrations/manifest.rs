//! The checked-in manifest (src/migrations/catalog.txt) is what the migrations make on the server that the tests use.

use rcm_schema::migrations::DEFINITION;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rcm_schema::Database;
use private_postgres::LocalServer;
use postgres_migrate::Catalog;
use postgres_migrate::catalog;
use rcm_schema::migrations::run_pending;
use private_postgres::TestDatabase;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations/catalog.txt");

/// Each line, with the versions that have it; and all versions.
type Lines = BTreeMap<String, BTreeSet<u32>>;

fn parse(manifest: &str) -> (Lines, BTreeSet<u32>) {
    let versions = |text: &str| text.split_whitespace().map(|version| version.parse().unwrap()).collect();
    let (all, lines) = manifest.split_once('\n').unwrap_or_default();
    let all: BTreeSet<u32> = versions(all);
    let line = |line: &str| match line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
        Some((some, line)) => (line.to_owned(), versions(some)),
        None => (line.to_owned(), all.clone()),
    };
    (lines.lines().map(line).collect(), all)
}

fn print((lines, all): (Lines, BTreeSet<u32>)) -> String {
    let join = |versions: &BTreeSet<u32>| versions.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    let mut text = join(&all) + "\n";
    for (line, versions) in lines.iter().filter(|(_, versions)| !versions.is_empty()) {
        match *versions == all {
            true => text.push_str(&format!("{line}\n")),
            false => text.push_str(&format!("[{}] {line}\n", join(versions))),
        }
    }
    text
}

/// The checked-in manifest, and what it would be with what `live` says of its version.
fn compare(live: &Catalog) -> (String, String) {
    assert!(live.objects.len() > 1000);
    let checked_in = fs::read_to_string(MANIFEST).unwrap();
    let (mut lines, mut all) = parse(&checked_in);
    all.insert(live.postgresql);
    for versions in lines.values_mut() {
        versions.remove(&live.postgresql);
    }
    for (object, definition) in &live.objects {
        let line = if definition.is_empty() { object.clone() } else { format!("{object} := {definition}") };
        lines.entry(line).or_default().insert(live.postgresql);
    }
    (checked_in, print((lines, all)))
}

#[tokio::test]
async fn the_manifest_is_what_the_migrations_make() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let (checked_in, now) = compare(&catalog(database.database()).await.unwrap());
    let differing: Vec<&str> =
        now.lines().filter(|line| !checked_in.lines().any(|checked_in| checked_in == *line)).collect();
    assert!(now == checked_in, "run scripts/print-catalog; it would write:\n{}", differing.join("\n"));
}

/// For scripts/print-catalog: on a server of its own, whose version PATH decides.
#[tokio::test]
#[ignore = "writes src/migrations/catalog.txt"]
async fn write_the_manifest() {
    let server = LocalServer::for_tests(&format!("catalog-{}", std::process::id())).unwrap();
    server.ensure_running().await.unwrap();
    let database = Database::from_url(&server.url("postgres")).unwrap();
    run_pending(&database).await.unwrap();
    fs::write(MANIFEST, compare(&catalog(&database).await.unwrap()).1).unwrap();
}
