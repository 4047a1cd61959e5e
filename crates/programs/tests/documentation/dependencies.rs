//! What README.md says a service needs is all that its code needs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::pages::{page, root};
use crate::programs::Directory;

/// The blocks of README.md that begin with this fence.
fn blocks<'a>(readme: &'a str, fence: &str) -> Vec<&'a str> {
    let fence = format!("\n```{fence}\n");
    readme.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A crate of README.md's TOML and Rust alone.
fn fresh_crate(directory: &Directory) {
    let readme = page("README.md").text;
    let [dependencies] = blocks(&readme, "toml")[..] else { panic!("README.md has one block of TOML") };
    let here = root().to_str().unwrap();
    assert!(dependencies.contains("\"../rcm-schema\"") && dependencies.contains("\"rt-multi-thread\""));
    // The versions, the profile and the features of the workspace, axum's too: so what `cargo test` built is not built again.
    let dependencies = dependencies
        .replace("\"../rcm-schema\"", &format!("\"{here}\", features = [\"serde\"]"))
        .replace("\"rt-multi-thread\"", "\"rt-multi-thread\", \"io-util\", \"process\", \"signal\"");
    let workspace = page("Cargo.toml").text;
    let axum = workspace.lines().find(|line| line.starts_with("axum = ")).unwrap();
    let profile = format!("[profile.dev]{}", workspace.split("[profile.dev]").nth(1).unwrap());
    let profile = profile.split("[lints]").next().unwrap();
    directory.write(
        "Cargo.toml",
        &format!("[package]\nname = \"fresh\"\nedition = \"2024\"\n{dependencies}{axum}\n{profile}\n[workspace]\n"),
    );
    fs::copy(root().join("Cargo.lock"), directory.path().join("Cargo.lock")).unwrap();
    let code = blocks(&readme, "rust");
    assert!(!code.is_empty());
    let modules = code.iter().enumerate().map(|(at, code)| format!("pub mod block_{at} {{\n{code}}}\n"));
    directory.write("src/lib.rs", &format!("#![allow(dead_code)]\n{}", modules.collect::<String>()));
}

fn cargo(directory: &Path, arguments: &[&str]) -> Output {
    // The test is in `TARGET/debug/deps`.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO"));
    // What cargo tells a test about its package; build scripts would take it for theirs, and run again.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.current_dir(directory).env("CARGO_TARGET_DIR", target).env_remove("CARGO_MANIFEST_DIR");
    command.arg(arguments[0]).arg("--offline").args(&arguments[1..]).output().unwrap()
}

#[test]
fn the_code_of_the_readme_compiles_with_the_dependencies_that_it_names() {
    let directory = Directory::new();
    fresh_crate(&directory);
    let built = cargo(directory.path(), &["check"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let tree = cargo(directory.path(), &["tree", "--prefix", "none"]);
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("diesel-async v"), "{tree}");
    assert!(!tree.contains("pq-sys v"), "libpq is linked");
}
