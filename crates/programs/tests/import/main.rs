//! `import`: what files say becomes rows and postings, once, and nothing of a patient but a pseudonym.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod again;
mod bad_input;
mod canary;
mod decided;
mod examples;
mod flow;
mod made;
mod patients;
mod replacements;
mod samples;
mod support;
