#![doc = include_str!("../README.md")]

mod embed;
mod files;
mod statements;

pub use embed::embed;
pub use files::{Files, read_directory, version};
pub use statements::{Statement, split, words};
