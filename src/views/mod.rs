//! Views of the database: Diesel's tables, and their rows.
//!
//! A field is the column of the same name; the database's own comments document it (`\d+ denial_facts` in psql).

pub mod reports;
