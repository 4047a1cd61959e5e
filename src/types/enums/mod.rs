//! The enumerated values of the schema. Each mirrors a SQL domain; a test compares them with the catalog, both ways.

mod claims;
mod denials;
mod money;
mod rules;

pub use claims::*;
pub use denials::*;
pub use money::*;
pub use rules::*;
