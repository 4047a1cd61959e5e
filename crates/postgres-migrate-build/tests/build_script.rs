//! The build script stops the build at migrations that would be misread, and says where.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("build script {} {number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// With one migration that makes the table `first`.
    fn with_first() -> Self {
        Self::new().with("2024-01-01-000000_first", "create table first (id int primary key);", "drop table first;")
    }

    fn with(self, name: &str, up: &str, down: &str) -> Self {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), down).unwrap();
        self
    }

    fn with_metadata(self, name: &str, text: &str) -> Self {
        fs::write(self.0.join(name).join("metadata.toml"), text).unwrap();
        self
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the build script of the example tells Cargo about a folder of migrations; `cargo::error` stops the build and is
/// shown.
fn build(migrations: Folder) -> String {
    let package = Folder::new();
    fs::create_dir(package.path().join("out")).unwrap();
    fs::rename(migrations.path(), package.path().join("migrations")).unwrap();
    // Tests are in `deps`, beside the folder of the examples.
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new(test.parent().unwrap().with_file_name("examples").join("build"));
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
            with("select 1;\ncopy a from stdin", "select 1"),
            "migration 2024-01-02-000000_second: up.sql, line 2: COPY has nothing to read from",
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
