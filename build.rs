//! Generates the table of the migrations' SQL: Diesel embeds the same text but doesn't show it, and an error message
//! needs it to name the line that failed. A checksum goes with it, by which an edited migration is told.

#[path = "src/migrations/checksum.rs"]
mod checksum;

#[path = "src/migrations/check.rs"]
mod check;

use std::{env, error::Error, fs, io::ErrorKind, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    // Without this line a rebuild misses a new migration: `embed_migrations!` doesn't tell Cargo what it reads.
    println!("cargo:rerun-if-changed=migrations");

    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut entries = Vec::new();
    let mut texts = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        if !entry.path().is_dir() || name.starts_with('.') {
            continue;
        }
        let read = |file: &str| match fs::read_to_string(entry.path().join(file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            text => text.map(Some).map_err(|error| format!("migration {name}, {file}: {error}")),
        };
        let up = read("up.sql")?;
        let checksum = up.as_deref().map(checksum::checksum).unwrap_or_default();
        texts.push((name.clone(), up, read("down.sql")?, read("metadata.toml")?));
        let file = |file: &str| format!("include_str!({:?})", entry.path().join(file));
        let optional = |name: &str| match entry.path().join(name).exists() {
            true => format!("Some({})", file(name)),
            false => String::from("None"),
        };
        entries.push(format!(
            "({name:?}, {}, {}, {}, {checksum:?}),\n",
            file("up.sql"),
            optional("down.sql"),
            optional("metadata.toml")
        ));
    }
    entries.sort();
    texts.sort();
    let migrations: Vec<check::Files<'_>> = texts
        .iter()
        .map(|(name, up, down, metadata)| check::Files {
            name,
            up: up.as_deref(),
            down: down.as_deref(),
            metadata: metadata.as_deref(),
        })
        .collect();
    if let Err(mistake) = check::check(&migrations) {
        println!("cargo::error={mistake}");
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), format!("&[\n{}]\n", entries.concat()))?;
    Ok(())
}
