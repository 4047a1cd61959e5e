//! Remittances are stored as they came, matched, and posted to the cent.

mod crossovers;
mod denials;
mod reversals;
mod reviews;
mod rules;
pub mod sent;
mod worked_cases;
