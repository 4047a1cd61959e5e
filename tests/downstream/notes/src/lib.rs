//! Notes on claims: a service's own table in the schema of rcm-schema.

use postgres_migrate::{Access, Database, Definition, Reads, Result, Runner, Writes};

/// The migrations of rcm-schema, which leave ours alone.
pub static RCM: Definition = Definition { beside: &[&NOTES], ..rcm_schema::migrations::DEFINITION };

/// Our migrations, with a ledger of their own.
pub static NOTES: Definition = Definition {
    ledger: "notes_migrations",
    beside: &[&RCM],
    accesses: &[APP],
    ..Definition::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), postgres_migrate::embedded!())
};

/// What a role with `rcm_schema::access::APP` may do in our table.
pub const APP: Access = Access {
    name: "app",
    reads: Reads::Everything,
    writes: &[Writes { table: "notes", insert: "claim_id, note", update: "note" }],
};

/// Applies what is pending: theirs, then ours.
pub async fn migrate(database: &Database) -> Result<()> {
    for definition in [&RCM, &NOTES] {
        Runner::new(definition).run_pending(database).await?;
    }
    Ok(())
}

/// Gives a role what the service needs in both.
pub async fn grant(database: &Database, role: &str) -> Result<()> {
    Runner::new(&RCM).grant(database, role, &rcm_schema::access::APP).await?;
    Runner::new(&NOTES).grant(database, role, &APP).await
}

/// Our table as Diesel sees it.
#[allow(missing_docs)]
pub mod schema {
    use rcm_schema::schema::{claims, denials, payers};
    use rcm_schema::views::denial_work_list;

    diesel::table! {
        use diesel::sql_types::*;
        use rcm_schema::sql_types::*;

        notes (id) {
            id -> BigInt,
            claim_id -> ClaimKey,
            note -> Text,
        }
    }

    diesel::joinable!(notes -> claims (claim_id));
    rcm_schema::allow_beside!(notes: claims, denials, payers, denial_work_list);
}
