//! The documentation as the tests read it: README.md and the pages of `docs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A page of Markdown.
pub struct Page {
    /// Its path from the root of the repository, such as `docs/commands.md`.
    pub name: String,
    pub text: String,
}

/// README.md, then `docs` in order of names. In this order the commands of the pages work.
pub static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let files = fs::read_dir(root().join("docs")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        files.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    names.sort_unstable();
    names.insert(0, String::from("README.md"));
    names.into_iter().map(page).collect()
});

/// The root of the repository, for a test of any package.
pub fn root() -> &'static Path {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    packages.into_iter().find(|directory| directory.join("docs").is_dir()).unwrap()
}

/// Reads a file of the repository.
pub fn page(name: impl Into<String>) -> Page {
    let name = name.into();
    let text = fs::read_to_string(root().join(PathBuf::from(&name))).unwrap();
    Page { name, text }
}

/// The contents of the blocks that begin with a fence, such as `sh` or `text denial_to_appeal`.
pub fn blocks(fence: &str) -> Vec<&'static str> {
    let fence = format!("\n```{fence}\n");
    let rest = PAGES.iter().flat_map(|page| page.text.split(fence.as_str()).skip(1));
    rest.map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The cells of the rows of the tables with these headings, such as `| table | one row is |`.
pub fn table(headings: &str) -> Vec<Vec<&'static str>> {
    let tables = PAGES.iter().flat_map(|page| page.text.split(headings).skip(1));
    let rows = tables.flat_map(|table| table.split("\n\n").next().unwrap().lines().filter(|row| row.starts_with("| ")));
    rows.map(|row| row.trim_start_matches("| ").trim_end_matches(" |").split(" | ").collect()).collect()
}

/// What stands between backticks.
pub fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}
