//! The file that `PGPASSFILE` names, read as libpq does: lines `host:port:database:role:password`, in which `*` is any and a
//! backslash takes the next character as it is.

use std::fs;
use std::path::Path;

use super::server::Server;

/// The file's text; none where it isn't there, or where others may read it.
pub(super) fn read(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    if is_open(&found) {
        tracing::warn!("the password file {path:?} is not read: others may read it, too; chmod 0600");
        return None;
    }
    fs::read_to_string(path).inspect_err(|error| tracing::warn!("the password file {path:?} is not read: {error}")).ok()
}

#[cfg(unix)]
fn is_open(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, server: &Server, database: &str, user: &str) -> Option<String> {
    let host = match server.host.as_str() {
        "/var/run/postgresql" | "/tmp" => "localhost",
        host => host,
    };
    let port = server.port.to_string();
    let fits = |line| [host, &port, database, user].into_iter().try_fold(line, after);
    let raw = text.lines().filter(|line| !line.starts_with('#')).find_map(fits)?;
    let mut characters = raw.chars();
    let next = || characters.next().and_then(|next| if next == '\\' { characters.next() } else { Some(next) });
    Some(std::iter::from_fn(next).collect())
}

/// What follows the first field, where that is `wanted`.
fn after<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut rest = line.chars();
    for character in wanted.chars() {
        let next = rest.next().and_then(|next| if next == '\\' { rest.next() } else { Some(next) });
        if next != Some(character) {
            return None;
        }
    }
    rest.as_str().strip_prefix(':')
}

#[cfg(test)]
mod tests {
    use super::{Server, find};

    #[test]
    fn the_first_line_that_fits_counts() {
        let text = "# db:5432:rcm:owner:comment\ndb:5433:*:*:port\ndb:5432:rcm:owner:a\\:b\\\\c:d\r\n*:*:rcm:*:any\n\
            \\:\\:1:5432:*:o\\*:star\nlocalhost:*:*:*:socket\n/my\\ dir:*:*:*:directory\n";
        for (host, database, user, expected) in [
            ("db", "rcm", "owner", Some("a:b\\c:d")),
            ("db", "rcm", "owners", Some("any")),
            ("db", "rc", "owner", None),
            ("::1", "x", "o*", Some("star")),
            ("::1", "x", "other", None),
            ("/tmp", "x", "other", Some("socket")),
            ("/my dir", "x", "other", Some("directory")),
        ] {
            let server = Server { host: host.to_owned(), address: None, port: 5432 };
            assert_eq!(find(text, &server, database, user).as_deref(), expected, "{host} {database} {user}");
        }
    }
}
