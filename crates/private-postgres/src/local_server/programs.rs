//! Finds PostgreSQL's programs.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest major version that serves the schema.
const MINIMUM_MAJOR: u32 = 14;

/// Folders of versioned installations: what is before the version, and what is after it.
const VERSIONED: [(&str, &str); 6] = [
    // Debian, Ubuntu
    ("/usr/lib/postgresql/", "bin"),
    // Alpine
    ("/usr/libexec/postgresql", ""),
    // Fedora, RHEL with the packages of postgresql.org
    ("/usr/pgsql-", "bin"),
    // Homebrew on Apple silicon and on Intel
    ("/opt/homebrew/opt/postgresql@", "bin"),
    ("/usr/local/opt/postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions/", "bin"),
];

/// The server programs of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    directory: PathBuf,
    /// As a server of it says it: `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
}

impl Programs {
    pub fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }

    pub fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}

/// Why no installation will do: the major versions that are there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsuitable {
    pub found: BTreeSet<u32>,
}

/// The first installation that has all server programs and the wanted major version, or any that is new enough.
pub(super) fn find(wanted: Option<u32>) -> Result<Programs, Unsuitable> {
    choose(directories(), wanted)
}

/// How to call psql: by name where PATH has it.
pub(super) fn psql() -> PathBuf {
    let name = PathBuf::from("psql");
    if path_directories().any(|directory| directory.join(&name).is_file()) {
        return name;
    }
    let elsewhere = directories().map(|directory| directory.join(&name)).find(|path| path.is_file());
    elsewhere.unwrap_or(name)
}

fn choose(directories: impl Iterator<Item = PathBuf>, wanted: Option<u32>) -> Result<Programs, Unsuitable> {
    let mut found = BTreeSet::new();
    for directory in directories {
        if !["initdb", "postgres"].iter().all(|name| directory.join(name).is_file()) {
            continue;
        }
        let Some(version) = version(&directory.join("postgres")) else {
            continue;
        };
        let Some(major) = major(&version) else {
            continue;
        };
        if wanted.map_or(major >= MINIMUM_MAJOR, |wanted| major == wanted) {
            return Ok(Programs { directory, version });
        }
        found.insert(major);
    }
    Err(Unsuitable { found })
}

/// Where to look, best first; lazily, because the later places cost more.
fn directories() -> impl Iterator<Item = PathBuf> {
    path_directories()
        .chain(std::iter::once_with(configured).flatten())
        .chain(VERSIONED.into_iter().flat_map(|(before, after)| versions(Path::new(before), after)))
}

fn path_directories() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    directories.into_iter().filter(|directory| directory.is_absolute())
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let directory = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
    directory.is_absolute().then_some(directory)
}

/// `/usr/lib/postgresql/17/bin`, `/usr/lib/postgresql/15/bin`: the newest first.
fn versions(before: &Path, after: &str) -> Vec<PathBuf> {
    // "/usr/pgsql-" is a beginning of names in /usr, "/usr/lib/postgresql/" a folder of names.
    let (folder, beginning) = if before.as_os_str().as_encoded_bytes().ends_with(b"/") {
        (before, "")
    } else {
        let beginning = before.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        (before.parent().unwrap_or(before), beginning)
    };
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(beginning)?.parse().ok()?;
            Some((version, entry.path().join(after)))
        })
        .collect();
    versions.sort_by_key(|(version, _)| Reverse(*version));
    versions.into_iter().map(|(_, path)| path).collect()
}

/// What follows `postgres (PostgreSQL) `.
fn version(postgres: &Path) -> Option<String> {
    let output = Command::new(postgres).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.split_once(") ")?.1.trim_end().to_owned())
}

/// 15 of `15.14 (Debian 15.14-0+deb12u1)`, 18 of `18beta1`.
fn major(version: &str) -> Option<u32> {
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A directory of programs that only say their version, removed when dropped.
    struct Installation(PathBuf);

    impl Installation {
        fn new(directory: &str, version: &str, programs: &[&str]) -> Self {
            let root = std::env::temp_dir().join(format!("rcm-schema-programs-{}", std::process::id()));
            let directory = root.join(directory);
            fs::create_dir_all(&directory).unwrap();
            for program in programs {
                // Written by another process: a program that this one has open for writing can't be started.
                let script = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
                let mut write = Command::new("/bin/sh");
                write.args(["-c", "printf %s \"$1\" >\"$2\" && chmod 755 \"$2\"", "sh", &script]);
                assert!(write.arg(directory.join(program)).status().unwrap().success());
            }
            Self(directory)
        }
    }

    impl Drop for Installation {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
            let _ = self.0.parent().map(fs::remove_dir);
        }
    }

    const ALL: [&str; 2] = ["initdb", "postgres"];

    #[test]
    fn takes_the_first_that_is_complete_and_new_enough() {
        let without_server = Installation::new("client", "18.0", &["psql"]);
        let old = Installation::new("old", "13.22", &ALL);
        let beta = Installation::new("beta", "19beta1", &ALL);
        let debian = Installation::new("debian", "15.14 (Debian 15.14-0+deb12u1)", &ALL);
        let places = || [&without_server, &old, &beta, &debian].map(|place| place.0.clone()).into_iter();

        assert_eq!(choose(places(), None).unwrap().directory, beta.0);
        let found = choose(places(), Some(15)).unwrap();
        assert_eq!((found.directory, &*found.version), (debian.0.clone(), "15.14 (Debian 15.14-0+deb12u1)"));
        // Data that an old version made is served by that version.
        assert_eq!(choose(places(), Some(13)).unwrap().directory, old.0);
        assert_eq!(choose(places(), Some(14)).unwrap_err().found, BTreeSet::from([13, 15, 19]));
        assert_eq!(choose(places().take(2), None).unwrap_err().found, BTreeSet::from([13]));
        assert_eq!(choose(places().take(1), None).unwrap_err().found, BTreeSet::new());
    }

    #[test]
    fn newest_version_first() {
        let root = std::env::temp_dir().join(format!("rcm-schema-versions-{}", std::process::id()));
        for name in ["pg/9", "pg/15", "pg/common", "pgsql-16", "pgsql-9", "pgsql", "other"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        let folder = PathBuf::from(format!("{}/", root.join("pg").display()));
        assert_eq!(versions(&folder, "bin"), [root.join("pg/15/bin"), root.join("pg/9/bin")]);
        assert_eq!(versions(&root.join("pgsql-"), "bin"), [root.join("pgsql-16/bin"), root.join("pgsql-9/bin")]);
        fs::remove_dir_all(&root).unwrap();
    }
}
