//! The build script stops the build at migrations that would be misread, and says where.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Folder, migrate_folder};

/// The build script as Cargo compiled it: a build of the crate for each mistake would take minutes. Cargo keeps it in a
/// folder beside the one of its output, together with those of other sets of features; the last is of this source.
fn build_script() -> PathBuf {
    let folders = Path::new(env!("OUT_DIR")).ancestors().nth(2).unwrap();
    let programs = fs::read_dir(folders).unwrap().map(|folder| folder.unwrap().path()).filter(|folder| {
        folder.file_name().unwrap().to_str().unwrap().starts_with(concat!(env!("CARGO_PKG_NAME"), "-"))
    });
    let programs = programs.map(|folder| folder.join("build-script-build")).filter(|program| program.is_file());
    programs.max_by_key(|program| fs::metadata(program).unwrap().modified().unwrap()).expect("a compiled build script")
}

/// What it tells Cargo about a folder of migrations; `cargo::error` stops the build and is shown.
fn build(migrations: Folder) -> String {
    let package = Folder::new();
    fs::create_dir(package.path().join("out")).unwrap();
    fs::rename(migrations.path(), package.path().join("migrations")).unwrap();
    let mut command = Command::new(build_script());
    command.env("CARGO_MANIFEST_DIR", package.path()).env("OUT_DIR", package.path().join("out"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_mistake_stops_the_build_and_is_told_with_its_place() {
    const SECOND: &str = "2024-01-02-000000_second";
    let with = |up: &str, down: &str| Folder::with_first().with(SECOND, up, down);
    let without_down = with("select 1", "");
    fs::remove_file(without_down.path().join(SECOND).join("down.sql")).unwrap();
    let without_up = with("", "select 1");
    fs::remove_file(without_up.path().join(SECOND).join("up.sql")).unwrap();
    let outside = "run_in_transaction = false";
    for (migrations, mistake) in [
        (
            Folder::with_first().with("20240101000000_twin", "select 1", "select 1"),
            "migrations 2024-01-01-000000_first and 20240101000000_twin have the same version",
        ),
        (
            with("select 1", "select 1").with_metadata(SECOND, ""),
            "migration 2024-01-02-000000_second: metadata.toml does not say run_in_transaction",
        ),
        (
            with("select 1", "select 1").with_metadata(SECOND, "run_in_transactoin = true"),
            "migration 2024-01-02-000000_second: metadata.toml does not say run_in_transaction",
        ),
        (with("-- to be written\n", "select 1"), "migration 2024-01-02-000000_second: up.sql has no statement"),
        (without_up, "migration 2024-01-02-000000_second: up.sql is missing"),
        (without_down, "migration 2024-01-02-000000_second: down.sql is missing or empty"),
        (
            with("create table a ();\nBEGIN;", "select 1"),
            "migration 2024-01-02-000000_second: up.sql, line 2: it begins or ends a transaction",
        ),
        (
            with("select 1", "drop table a;\r\n\r\ncommit"),
            "migration 2024-01-02-000000_second: down.sql, line 3: it begins or ends a transaction",
        ),
        (
            with("vacuum;\nvacuum;", "select 1").with_metadata(SECOND, outside),
            "migration 2024-01-02-000000_second: up.sql, line 2: a second statement",
        ),
        (
            with("create index concurrently on first (id)", "select 1").with_metadata(SECOND, outside),
            "migration 2024-01-02-000000_second: up.sql, line 1: give the index a name",
        ),
        (
            with("drop index concurrently if exists a", "select 1"),
            "migration 2024-01-02-000000_second: up.sql, line 1: PostgreSQL refuses it in a transaction",
        ),
        (
            with("\u{feff}", "select 1"),
            "migration 2024-01-02-000000_second: up.sql, line 1: it starts with a byte order mark",
        ),
        (
            with("select begin atomic from t; commit", "select 1"),
            "migration 2024-01-02-000000_second: up.sql, line 1: it begins or ends a transaction",
        ),
    ] {
        let output = build(migrations);
        let errors: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
        assert_eq!(errors.len(), 1, "{output}");
        assert!(errors[0].starts_with(mistake), "{output}");
    }
}

#[test]
fn a_file_name_in_capitals_is_not_passed_over() {
    let second = "2024-01-02-000000_second";
    let migrations = Folder::with_first().with(second, "select 1", "select 1");
    fs::write(migrations.path().join(second).join("Metadata.toml"), "run_in_transaction = false").unwrap();
    let run = migrate_folder("postgresql://nobody@127.0.0.1:1/none", &migrations, &["up"]).failed_with(1);
    assert!(run.error().contains("Metadata.toml: its name must be metadata.toml, in lower case"), "{run:?}");
    let output = build(migrations);
    assert!(output.contains("cargo::error=migration 2024-01-02-000000_second: "), "{output}");
    assert!(output.contains("Metadata.toml: its name must be metadata.toml, in lower case"), "{output}");
}

#[test]
fn what_is_right_is_built() {
    let index = "2024-01-02-000000_index";
    let migrations = Folder::with_first()
        .with(index, "create index concurrently a on first (id);", "drop index concurrently if exists a;")
        .with_metadata(index, "# alone\nrun_in_transaction = false\n")
        .with("2024-01-03-000000_code", "do $$ begin commit; end $$;", "-- nothing to undo");
    assert_eq!(build(migrations), "cargo:rerun-if-changed=migrations\n");
}
