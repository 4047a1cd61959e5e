//! Makes the folder of a new migration, as `diesel migration generate` does.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use rcm_programs::{self as programs, Error, Result};

const UP: &str = "-- What this migration does, and why.\n";
const DOWN: &str = "-- Undo everything that up.sql does.\n";

/// Makes `<directory>/<time>_<name>` with its two files; `directory` is `migrations` unless given.
pub fn create(directory: Option<&Path>, name: &str) -> Result<()> {
    if !is_snake_case(name) {
        return Err(Error::Usage(format!(
            "{name:?} can't be the name of a migration; use lower snake case, such as add_claims_filing_date"
        )));
    }
    let directory = directory.unwrap_or(Path::new("migrations"));
    if !directory.is_dir() {
        return Err(Error::Usage(format!(
            "there is no directory {}; run this where the crate's Cargo.toml is, or give --migration-dir",
            directory.display()
        )));
    }
    let folder = directory.join(format!("{}_{name}", next_version(directory)?));
    fs::create_dir(&folder).map_err(failed(&folder))?;
    for (file, text) in [("up.sql", UP), ("down.sql", DOWN)] {
        let path = folder.join(file);
        let written = File::create_new(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(failed(&path))?;
        programs::print(format_args!("created {}", path.display()))?;
    }
    Ok(())
}

fn is_snake_case(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.len() <= 100 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('_').all(word)
}

/// The time now, or a second after the newest migration, whose version may lie ahead: an older one would run out of order.
fn next_version(directory: &Path) -> Result<String> {
    let mut newest = String::new();
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let name = entry.map_err(failed(directory))?.file_name().to_string_lossy().replace('-', "");
        let version = name.split('_').next().unwrap_or_default();
        if version.bytes().all(|byte| byte.is_ascii_digit()) && *version > *newest {
            newest = version.to_owned();
        }
    }
    let after = time(&newest).and_then(|time| time.checked_add_signed(TimeDelta::seconds(1)));
    let time = after.unwrap_or_default().max(Utc::now().naive_utc());
    if time.format("%Y%m%d%H%M%S").to_string() > newest {
        return Ok(time.format("%Y-%m-%d-%H%M%S").to_string());
    }
    Err(Error::Usage(format!(
        "no time comes after the version {newest} in {}; rename that migration",
        directory.display()
    )))
}

/// The time that a version says; 90 seconds, which people write to squeeze one in, are a minute and a half.
fn time(version: &str) -> Option<NaiveDateTime> {
    let date = NaiveDate::parse_from_str(version.get(..8)?, "%Y%m%d").ok()?;
    let part = |at: usize| version.get(at..at + 2)?.parse::<i64>().ok();
    let seconds = part(8)? * 3600 + part(10)? * 60 + part(12)?;
    date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(seconds))
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::Usage(format!("cannot write {}: {error}", path.display()))
}
