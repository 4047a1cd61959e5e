//! One migration, for tests that need any.

use postgres_migrate::{Definition, Embedded, Sql, Statement};

const fn sql(text: &'static str, statements: &'static [Statement]) -> Sql {
    Sql { text, statements }
}

pub const DEFINITION: Definition = Definition::new(
    "small",
    "1.0.0",
    &[Embedded {
        name: "2024-01-01-000000_first",
        run_in_transaction: true,
        up: sql("create table first ()", &[Statement { line: 1, start: 0, end: 21 }]),
        down: sql("drop table first", &[Statement { line: 1, start: 0, end: 16 }]),
    }],
);
