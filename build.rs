//! Checks the migrations, and generates the table of their SQL: Diesel embeds the same text but doesn't show it, and an
//! error message needs it to name the line that failed. A checksum goes with it, by which an edited migration is told.

#[path = "src/migrations/check.rs"]
mod check;
#[path = "src/migrations/checksum.rs"]
mod checksum;
#[allow(dead_code, reason = "the program reads more of a statement than the checks do")]
#[path = "src/migrations/statements.rs"]
mod statements;

use std::{env, error::Error, fs, path::Path};

use check::Files;

fn main() {
    if let Err(mistake) = generate() {
        println!("cargo::error={mistake}");
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    // Without this line a rebuild misses a new migration: `embed_migrations!` doesn't tell Cargo what it reads.
    println!("cargo:rerun-if-changed=migrations");

    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut texts = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        if !entry.path().is_dir() || name.starts_with('.') {
            continue;
        }
        let read = |file| check::read(&entry.path(), file).map_err(|mistake| format!("migration {name}: {mistake}"));
        let (up, down, metadata) = (read("up.sql")?, read("down.sql")?, read("metadata.toml")?);
        texts.push((name, up, down, metadata));
    }
    texts.sort();

    let mut migrations = Vec::new();
    let mut table = String::new();
    for (name, up, down, metadata) in &texts {
        migrations.push(Files { name, up: up.as_deref(), down: down.as_deref(), metadata: metadata.as_deref() });
        let up = up.as_deref().unwrap_or_default();
        table.push_str(&format!("({name:?}, {up:?}, {down:?}, {metadata:?}, {:?}),\n", checksum::checksum(up)));
    }
    check::check(&migrations)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), format!("&[\n{table}]\n"))?;
    Ok(())
}
