//! `DATABASE_URL` and `MIGRATION_DATABASE_URL`: from the environment, else from the nearest `.env`, which is read without
//! changing the environment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The value of `DATABASE_URL`, of the environment or else of the nearest `.env` at or above the current directory, if it
/// is set anywhere.
///
/// # Errors
/// [`Error::Configuration`] where it is empty or `.env` can't be read.
pub fn database_url() -> Result<Option<String>> {
    variable("DATABASE_URL")
}

/// The value of `MIGRATION_DATABASE_URL`, else of `DATABASE_URL`, if either is set anywhere.
pub(crate) fn migration_database_url() -> Result<Option<String>> {
    match variable("MIGRATION_DATABASE_URL")? {
        None => database_url(),
        direct => Ok(direct),
    }
}

fn variable(name: &str) -> Result<Option<String>> {
    if let Some(value) = std::env::var_os(name) {
        let value = value.into_string().map_err(|_| configuration(format!("{name} is not UTF-8 text")))?;
        return not_empty(name, value, "the environment").map(Some);
    }
    let directory = std::env::current_dir()
        .map_err(|error| configuration(format!("the current directory can't be read: {error}")))?;
    match nearest_file(&directory)? {
        Some(path) => read(name, &path),
        None => Ok(None),
    }
}

/// The first `.env` in the directory or above it.
fn nearest_file(directory: &Path) -> Result<Option<PathBuf>> {
    for path in directory.ancestors().map(|directory| directory.join(".env")) {
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => return Ok(Some(path)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unreadable(&path, &error)),
            _ => {}
        }
    }
    Ok(None)
}

/// All of the file must be readable, so that a mistake before the variable can't hide it.
fn read(name: &str, path: &Path) -> Result<Option<String>> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let mut url = None;
    for entry in dotenvy::from_read_iter(text.trim_start_matches('\u{feff}').as_bytes()) {
        match entry {
            Ok((key, value)) if key == name && url.is_none() => url = Some(value),
            Ok(_) => {}
            // Its own words show the line, and the line may hold a password.
            Err(_) => {
                return Err(configuration(format!(
                    "{path:?} has a line that can't be read as KEY=value; a value with spaces needs quotes"
                )));
            }
        }
    }
    url.map(|url| not_empty(name, url, &format!("{path:?}"))).transpose()
}

fn not_empty(name: &str, value: String, place: &str) -> Result<String> {
    if value.trim().is_empty() {
        return Err(configuration(format!("{name} in {place} is empty; give it a value or remove it")));
    }
    Ok(value)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    configuration(format!("{path:?} can't be read: {error}"))
}

fn configuration(text: impl Into<String>) -> Error {
    Error::Configuration(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A directory of its own, removed at the end.
    struct Directory(PathBuf);

    impl Directory {
        fn with(name: &str, content: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("postgres-migrate .env {name} {}", std::process::id()));
            fs::create_dir_all(path.join("below")).unwrap();
            fs::write(path.join(".env"), content).unwrap();
            Self(path)
        }

        fn read(&self) -> Result<Option<String>> {
            read("DATABASE_URL", &nearest_file(&self.0.join("below")).unwrap().unwrap())
        }

        fn error(&self) -> String {
            let text = self.read().unwrap_err().to_string();
            assert!(text.contains("/.env\""), "{text}");
            assert!(!text.contains("canary"), "{text}");
            assert!(!text.contains('\n'), "{text}");
            text
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn the_first_value_of_the_nearest_file_counts() {
        let file =
            "\u{feff}# note\nOTHER=1\n\nexport DATABASE_URL='postgresql://u:p$x@h/d' # note\nDATABASE_URL=later\n";
        let directory = Directory::with("found", file.as_bytes());
        assert_eq!(directory.read().unwrap().unwrap(), "postgresql://u:p$x@h/d");
        fs::write(directory.0.join("below/.env"), "OTHER=1\n").unwrap();
        assert_eq!(directory.read().unwrap(), None);
    }

    #[test]
    fn a_line_that_is_wrong_is_told_without_what_it_holds() {
        for (name, content) in [
            ("word", "# note\r\n\r\nA=1\r\ncanary secret\r\nB=2\r\n"),
            ("after", "DATABASE_URL=x\ncanary"),
            ("space", "DATABASE_URL=postgresql://u:canary@h/d with space\nA=1\n"),
            ("open", "A=1\n\nDATABASE_URL='postgresql://u:canary@h/d\nB=2\n# end\n"),
        ] {
            let text = Directory::with(name, content.as_bytes()).error();
            assert!(text.contains(".env\" has a line that can't be read as KEY=value"), "{name}: {text}");
        }
    }

    #[test]
    fn empty_and_unreadable_are_errors() {
        assert!(Directory::with("empty", b"DATABASE_URL=\n").error().contains("is empty"));
        assert!(Directory::with("blank", b"DATABASE_URL=' '\n").error().contains("is empty"));
        assert!(Directory::with("binary", b"DATABASE_URL=canary\xff\n").error().contains("can't be read: "));
    }
}
