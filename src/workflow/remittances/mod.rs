//! Store what payers sent, match it with claims, and post it: what was paid and adjusted to the ledger, what was refused as
//! denials. Storing refuses no content; what doesn't match or add up waits with its reason ([`Unposted`]), and the rest of
//! its remittance goes on.

mod answer;
mod dispositions;
mod find;
mod ledger;
mod load;
mod matching;
mod plan;
mod post;
mod record;
mod reversal;
mod review;
mod wait;

pub use post::{Posted, post, waiting};
pub use record::{Recorded, WholeRemittance, record};
pub use review::{accept, classify, dismiss, match_to, unmatch};

#[cfg(doc)]
use crate::views::Unposted;
