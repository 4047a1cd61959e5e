#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod claim;
mod delimiters;
mod details;
mod names;
mod other;
mod out;
mod parts;
mod party;
mod private;
mod problems;
mod reader;
pub mod remittance;
mod segment;
mod segments;
mod text;
mod transaction;
mod values;
mod writer;

pub use details::Details;
pub use other::OtherSegment;
pub use out::WriteError;
pub use parts::{Adjustment, Amount, Date, Procedure, Reference, Remark, When};
pub use party::{Address, Party};
pub use private::Private;
pub use problems::{Problem, ProblemKind, Severity};
pub use reader::{Envelope, Reader};
pub use text::Text;
pub use transaction::{Content, Transaction};
pub use writer::write;
