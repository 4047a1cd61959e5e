//! What happens to a database in production: it is restored from a dump, reached through a pooler, killed, full.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod faults;
mod full_disk;
mod pooler;
mod proxy;
mod restore;
mod server;
mod work;

use std::io::Write;

/// Says why a test does nothing here. Written past the test runner, which shows only what failing tests print.
fn skip(why: &str) {
    let line = format!("skipped on this machine: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
