//! Generates the table of the migrations' SQL: Diesel embeds the same text but doesn't show it, and an error message
//! needs it to name the line that failed. A checksum goes with it, by which an edited migration is told.

#[path = "src/migrations/checksum.rs"]
mod checksum;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    // Without this line a rebuild misses a new migration: `embed_migrations!` doesn't tell Cargo what it reads.
    println!("cargo:rerun-if-changed=migrations");

    let directory = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut entries = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        if !entry.path().is_dir() || name.starts_with('.') {
            continue;
        }
        let file = |file: &str| format!("include_str!({:?})", entry.path().join(file));
        let up = fs::read_to_string(entry.path().join("up.sql")).map_err(|error| format!("{name}/up.sql: {error}"))?;
        let optional = |name: &str| match entry.path().join(name).exists() {
            true => format!("Some({})", file(name)),
            false => String::from("None"),
        };
        entries.push(format!(
            "({name:?}, {}, {}, {}, {:?}),\n",
            file("up.sql"),
            optional("down.sql"),
            optional("metadata.toml"),
            checksum::checksum(&up)
        ));
    }
    entries.sort();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), format!("&[\n{}]\n", entries.concat()))?;
    Ok(())
}
