//! What is there on purpose beside what the migrations make: a file of patterns of objects, each with a reason.

use std::fs;
use std::path::Path;

use postgres_migrate::Difference;
use rcm_programs::{Error, Result};

/// The lines of the file of `--allow`.
#[derive(Default)]
pub struct Allowed(Vec<Line>);

struct Line {
    /// An object as `verify` calls it; `*` is any text.
    pattern: String,
    reason: String,
}

impl Allowed {
    /// Reads lines such as `index claims_by_bi_* -- for the extracts of the BI team`; those that begin with `--` are comments.
    /// Without a file nothing is allowed.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let wrong = |what: String| Error::Usage(format!("{} {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(format!("can't be read: {error}")))?;
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim)) {
            if line.is_empty() || line.starts_with("--") {
                continue;
            }
            // A name may hold dashes, too.
            let parts = line.rsplit_once(" -- ").map(|(pattern, reason)| (pattern.trim(), reason.trim()));
            let Some((pattern, reason)) = parts.filter(|(_, reason)| !reason.is_empty()) else {
                return Err(wrong(format!("can't be used: line {number} has no reason; expected OBJECT -- REASON")));
            };
            lines.push(Line { pattern: pattern.to_owned(), reason: reason.to_owned() });
        }
        Ok(Self(lines))
    }

    /// The object and the reason of a difference that is allowed: an object that the migrations don't make. What is missing or
    /// altered would take the rules with it.
    pub fn reason<'a>(&'a self, difference: &'a Difference) -> Option<(&'a str, &'a str)> {
        let object = object(difference)?;
        let line = self.0.iter().find(|line| matches(&line.pattern, object))?;
        Some((object, line.reason.as_str()))
    }

    /// The patterns that nothing matches.
    pub fn unused<'a>(&'a self, differences: &'a [Difference]) -> impl Iterator<Item = &'a str> {
        let objects = || differences.iter().filter_map(object);
        let is_used = move |line: &&Line| objects().any(|object| matches(&line.pattern, object));
        self.0.iter().filter(move |line| !is_used(line)).map(|line| line.pattern.as_str())
    }
}

/// The object that is there and that no migration makes. A setting is none: it switches guards off.
fn object(difference: &Difference) -> Option<&str> {
    match difference {
        Difference::Drift { object, expected: None, .. } if !object.starts_with("setting ") => Some(object),
        _ => None,
    }
}

/// Each part between stars is taken where it comes first, which leaves the most for those after it.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(text) = text.strip_prefix(start).and_then(|text| text.strip_suffix(end)) else { return false };
    let mut parts = middle.split('*');
    parts.try_fold(text, |text, part| text.split_once(part).map(|(_, after)| after)).is_some()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, expected) in [
            ("table a", "table a", true),
            ("table a", "table ab", false),
            ("table *", "table ab", true),
            ("*_audit*", "column x_audit.y", true),
            ("*b", "abab", true),
            ("a*b*c", "acb", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*b", "ab", false),
            ("**b**", "abc", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
