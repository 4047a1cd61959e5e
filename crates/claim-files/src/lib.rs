//! Stores what X12 files say in the database of `rcm-schema`: the claims of an 837, the remittances of an 835.
//!
//! [`store::claims`] and [`store::remittance`] take a transaction as [`x12_claims::Reader`] reads it, from a file, a
//! queue or anywhere. The same content is stored once, however often and in whatever file it comes, and by however many
//! importers at once. What can't be stored is told by name and place ([`Refused`]); the rest goes on.
//!
//! Patients are stored under pseudonyms ([`PseudonymKey`]); nothing else of them is stored, shown or logged.

#![forbid(unsafe_code)]

mod claim;
mod content;
mod key;
mod payers;
mod refused;
mod remittance;
mod scan;
pub mod store;
mod values;

pub use claim::LeftOut;
pub use key::{NotAKey, PseudonymKey};
pub use payers::UnknownPayers;
pub use refused::{Refused, is_refused};
pub use scan::{Hashing, Kind, Scan, scan};
