//! `DATABASE_URL` and `MIGRATION_DATABASE_URL`: from the environment, else from the nearest `.env`, which is read without
//! changing the environment.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A connection string.
pub(super) struct Given {
    pub(super) url: String,
    /// What stands in where it has no password: `PGPASSWORD` of the same place. The environment's is not for a host that a
    /// file names.
    pub(super) password: Option<Vec<u8>>,
    /// What `PGPASSFILE` names, of the environment alone.
    pub(super) password_file: Option<PathBuf>,
}

/// The value of `DATABASE_URL`, of the environment or else of the nearest `.env` in the current directory or above it, up to
/// the root of the checkout or package, if it is set anywhere.
///
/// # Errors
/// [`Error::Configuration`] where it is empty or `.env` can't be read, belongs to another user or can be written by everybody.
pub fn database_url() -> Result<Option<String>> {
    Ok(given(&["DATABASE_URL"])?.map(|given| given.url))
}

impl Given {
    /// With the passwords of the environment.
    pub(super) fn of_environment(url: String) -> Self {
        let password = std::env::var_os("PGPASSWORD").map(|password| password.as_encoded_bytes().to_vec());
        Self { url, password, password_file: std::env::var_os("PGPASSFILE").map(PathBuf::from) }
    }
}

/// The first of the names that the environment has; where it has none, the first that the nearest `.env` has. So what is given
/// for one run is never overruled by a file.
pub(super) fn given(names: &[&str]) -> Result<Option<Given>> {
    for name in names {
        if let Some(value) = std::env::var_os(name) {
            let value = value.into_string().map_err(|_| configuration(format!("{name} is not UTF-8 text")))?;
            let url = not_empty(name, value, "the environment")?;
            return Ok(Some(Given::of_environment(url)));
        }
    }
    let directory = std::env::current_dir()
        .map_err(|error| configuration(format!("the current directory can't be read: {error}")))?;
    let Some(path) = nearest_file(&directory)? else { return Ok(None) };
    for name in names {
        if let Some(given) = read(name, &path)? {
            return Ok(Some(given));
        }
    }
    Ok(None)
}

/// The first `.env` in the directory or above it, up to the root of the checkout (`.git`) or package (`Cargo.lock`). Where
/// there is no such root, one in the directory alone.
fn nearest_file(directory: &Path) -> Result<Option<PathBuf>> {
    let is_root = |directory: &Path| [".git", "Cargo.lock"].iter().any(|file| directory.join(file).exists());
    let root = directory.ancestors().find(|directory| is_root(directory)).unwrap_or(directory);
    for path in directory.ancestors().take_while(|within| within.starts_with(root)).map(|within| within.join(".env")) {
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => return Ok(Some(path)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unreadable(&path, &error)),
            _ => {}
        }
    }
    Ok(None)
}

/// Refuses what somebody else wrote, can write or links to: it says where passwords are sent.
#[cfg(unix)]
fn require_own(path: &Path, file: &File) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let failed = |error| unreadable(path, &error);
    let (found, link) = (file.metadata().map_err(failed)?, fs::symlink_metadata(path).map_err(failed)?);
    let is_others = |owner| owner != nix::unistd::geteuid().as_raw() && owner != 0;
    let cure = match found.mode() & 0o002 {
        _ if is_others(found.uid()) || is_others(link.uid()) => "it belongs to another user; make one of your own",
        0 => return Ok(()),
        _ => "everybody can write it: chmod o-w",
    };
    Err(configuration(format!("{path:?} is not obeyed: {cure}")))
}

#[cfg(not(unix))]
fn require_own(_: &Path, _: &File) -> Result<()> {
    Ok(())
}

/// All of the file must be readable, so that a mistake before the variable can't hide it.
fn read(name: &str, path: &Path) -> Result<Option<Given>> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    require_own(path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    let (mut url, mut password) = (None, None);
    for entry in dotenvy::from_read_iter(text.trim_start_matches('\u{feff}').as_bytes()) {
        match entry {
            Ok((key, value)) if key == name && url.is_none() => url = Some(value),
            Ok((key, value)) if key == "PGPASSWORD" && password.is_none() => password = Some(value.into_bytes()),
            Ok(_) => {}
            // Its own words show the line, and the line may hold a password.
            Err(_) => {
                return Err(configuration(format!(
                    "{path:?} has a line that can't be read as KEY=value; a value with spaces needs quotes"
                )));
            }
        }
    }
    let given = |url| Ok(Given { url: not_empty(name, url, &format!("{path:?}"))?, password, password_file: None });
    url.map(given).transpose()
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
            fs::write(path.join("Cargo.lock"), "").unwrap();
            fs::write(path.join(".env"), content).unwrap();
            Self(path)
        }

        fn read(&self) -> Result<Option<String>> {
            let given = read("DATABASE_URL", &nearest_file(&self.0.join("below")).unwrap().unwrap())?;
            Ok(given.map(|given| given.url))
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
    fn the_search_ends_at_the_root_of_the_checkout_or_package() {
        let directory = Directory::with("root", b"DATABASE_URL=x\n");
        let below = directory.0.join("below");
        let found = || nearest_file(&below).unwrap().is_some();
        assert!(found());
        for root in [".git", "Cargo.lock"] {
            fs::write(below.join(root), "").unwrap();
            assert!(!found(), "{root}");
            fs::remove_file(below.join(root)).unwrap();
        }
        // Nothing says where a checkout or package begins.
        fs::remove_file(directory.0.join("Cargo.lock")).unwrap();
        assert!(!found());
        fs::write(below.join(".env"), "").unwrap();
        assert!(found());
    }

    #[cfg(unix)]
    #[test]
    fn what_others_wrote_or_can_write_is_not_obeyed() {
        use std::os::unix::fs::PermissionsExt;

        let directory = Directory::with("others", b"DATABASE_URL=postgresql://u:canary@h/d\n");
        let file = directory.0.join(".env");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(directory.error().ends_with("is not obeyed: everybody can write it: chmod o-w"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        directory.read().unwrap().unwrap();
        // Root alone can give a file away.
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
            assert!(directory.error().ends_with("it belongs to another user; make one of your own"));
            // Nor can a link of another lead to what is one's own.
            let own = directory.0.join("own");
            fs::rename(&file, &own).unwrap();
            std::os::unix::fs::chown(&own, Some(0), None).unwrap();
            std::os::unix::fs::symlink(&own, &file).unwrap();
            directory.read().unwrap().unwrap();
            std::os::unix::fs::lchown(&file, Some(65534), None).unwrap();
            assert!(directory.error().ends_with("it belongs to another user; make one of your own"));
        }
    }

    #[test]
    fn a_file_has_the_password_for_the_host_that_it_names() {
        let directory = Directory::with("password", b"DATABASE_URL=postgresql://u@h/d\n");
        let password = || read("DATABASE_URL", &directory.0.join(".env")).unwrap().unwrap().password;
        assert_eq!(password(), None);
        fs::write(directory.0.join(".env"), "PGPASSWORD=own\nDATABASE_URL=postgresql://u@h/d\n").unwrap();
        assert_eq!(password(), Some(b"own".to_vec()));
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
