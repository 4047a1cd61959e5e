//! Tells whether a migration's SQL was edited after it ran. The build script compiles this file, too.

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal, the same however a checkout ends its lines.
pub fn checksum(sql: &str) -> String {
    Sha256::digest(sql.replace("\r\n", "\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}
