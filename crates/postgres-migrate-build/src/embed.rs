//! The migrations of a crate as Rust source.

use std::{env, error::Error, fmt::Write, fs, path::Path};

use crate::files::read_directory;
use crate::statements::split;

/// For `build.rs`: checks the migrations of a directory beside it and writes them where `postgres_migrate::embedded!()`
/// finds them. Rebuilds when a migration changes; a mistake stops the build.
pub fn embed(directory: &str) {
    // Without this line a rebuild misses a new migration.
    println!("cargo:rerun-if-changed={directory}");
    if let Err(mistake) = try_embed(directory) {
        println!("cargo::error={mistake}");
    }
}

fn try_embed(directory: &str) -> Result<(), Box<dyn Error>> {
    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(directory);
    let mut source = String::from("&[\n");
    for migration in read_directory(&directory)? {
        let (name, run_in_transaction) = (&migration.name, migration.run_in_transaction);
        writeln!(source, "postgres_migrate::Embedded {{ name: {name:?}, run_in_transaction: {run_in_transaction},")?;
        for (field, text) in [("up", &migration.up), ("down", &migration.down)] {
            writeln!(source, "{field}: postgres_migrate::Sql {{ text: {text:?}, statements: &[")?;
            for statement in split(text) {
                writeln!(source, "postgres_migrate::{statement:?},")?;
            }
            writeln!(source, "] }},")?;
        }
        writeln!(source, "}},")?;
    }
    source.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), source)?;
    Ok(())
}
