//! The text that says what migrations make on each version of PostgreSQL. The first line has the versions; then a line per
//! object, with its versions where they are not all: `[14 15] view a := definition`.

/// The versions of PostgreSQL that it knows.
pub(crate) fn versions(manifest: &str) -> impl Iterator<Item = &str> {
    manifest.lines().next().unwrap_or_default().split_whitespace()
}

/// Its lines: versions where they are not all, object, definition.
pub(crate) fn lines(manifest: &str) -> impl Iterator<Item = (Option<&str>, &str, &str)> {
    manifest.lines().skip(1).map(|line| {
        let (versions, line) = match line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            Some((versions, line)) => (Some(versions), line),
            None => (None, line),
        };
        let (object, definition) = line.split_once(" := ").unwrap_or((line, ""));
        (versions, object, definition)
    })
}
