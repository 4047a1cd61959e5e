//! The audit trail: who acts, and the seals that make tampering with `audit_log` evident.
//!
//! Triggers write a row for each change of what people wrote ([`AuditEntry`](crate::models::AuditEntry)). A seal puts a digest
//! over all rows that have none yet and over the seal before. Whoever keeps the last [`Head`] where the database's
//! administrators can't write it notices every row under it that was changed, taken out or added later, whoever did it.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::error::{Error, Result};
use crate::transaction;
use crate::workflow::command::{fetch_one, is_inside};

/// How long rows are kept (HIPAA, 45 CFR 164.316(b)(2)(i)).
const KEPT: Months = Months::new(72);

/// Says who acts until the transaction ends: a user's id or a role, which stands with every change in the audit log. It is
/// what the application says; who logged in, the database records itself.
///
/// ```
/// use rcm_schema::chrono::NaiveDate;
/// use rcm_schema::diesel_async::AsyncPgConnection;
/// use rcm_schema::types::ClaimId;
/// use rcm_schema::{audit, workflow};
///
/// async fn void(connection: &mut AsyncPgConnection, claim: ClaimId, today: NaiveDate, user: &str) -> rcm_schema::Result<()> {
///     rcm_schema::transaction(connection, async |connection| {
///         audit::act_as(connection, user).await?;
///         workflow::claims::void(connection, claim, today).await?;
///         Ok(())
///     })
///     .await
/// }
/// ```
///
/// # Errors
/// [`Error::OutsideTransaction`] where none was begun; a check violation (`actor_shape`) for what is no actor: empty, of
/// more than 64 characters, or with others than letters, digits, `.`, `_`, `@` and `-`.
pub async fn act_as(connection: &mut AsyncPgConnection, actor: &str) -> Result<()> {
    if !is_inside(connection) {
        return Err(Error::OutsideTransaction);
    }
    let quoted = diesel::sql_query("select quote_literal(cast($1 as actor)) as literal").bind::<Text, _>(actor);
    let Quoted { literal } = fetch_one(connection, "audit.act_as", quoted).await?;
    // Citus hands it to the node where the first of these is set, which means nothing elsewhere.
    let set = format!("set local citus.propagate_set_commands = local; set local rcm.actor = {literal}");
    connection.batch_execute(&set).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Quoted {
    #[diesel(sql_type = Text)]
    literal: String,
}

/// Where the chain of seals ends: the number of a seal and its digest, as text `12:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Head {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.number)?;
        self.sha256.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (number, digits) = text.trim().split_once(':')?;
            let bytes = (0..32).map(|at| u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok());
            let head = Self { number: number.parse().ok()?, sha256: bytes.collect::<Option<_>>()? };
            // Nothing before, between or after them, and no sign.
            (head.to_string() == text.trim()).then_some(head)
        };
        parse().ok_or(Error::Invalid { what: "head", rule: "the number of a seal, a colon and 64 hexadecimal digits" })
    }
}

/// Seals every row of the audit log that is committed and has no seal; one caller at a time, the next one waits. Returns the
/// head, which is to be kept elsewhere. Where there was nothing to seal it is the one of before. For the owner of the
/// tables, outside of a transaction. Index: `audit_log_by_seal`.
pub async fn seal(connection: &mut AsyncPgConnection) -> Result<Head> {
    diesel::sql_query("insert into audit_seals default values").execute(connection).await?;
    let last = "select number, sha256 from audit_seals order by number desc limit 1";
    fetch_one(connection, "audit.seal", diesel::sql_query(last)).await
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trail {
    /// The last seal.
    pub head: Head,
    /// How many rows stand under seals.
    pub sealed: i64,
    /// How many rows wait for the next seal; nobody can say whether they are whole.
    pub unsealed: i64,
    /// What isn't as it was sealed, seal by seal, in words; empty where all is whole.
    pub broken: Vec<String>,
}

#[derive(QueryableByName)]
struct Judged {
    #[diesel(embed)]
    head: Head,
    #[diesel(sql_type = BigInt)]
    sealed: i64,
    #[diesel(sql_type = BigInt)]
    unsealed: i64,
    #[diesel(sql_type = Array<Text>)]
    broken: Vec<String>,
}

/// Computes every seal anew, with no function or operator of the schema, and compares; changes nothing. With a head that was
/// kept it also notices a chain that was made anew, or cut. Reads the whole log. For access `audit`, or the owner of the tables.
///
/// # Errors
/// [`Error::Invalid`] where `audit_log` or `audit_seals` is no ordinary table: what was put there could show anything.
pub async fn verify(connection: &mut AsyncPgConnection, kept: Option<&Head>) -> Result<Trail> {
    transaction(connection, async |connection| {
        let given = "select pg_catalog.current_setting('search_path') as given, false as is_other";
        let Looked { given, .. } = fetch_one(connection, "audit.verify", diesel::sql_query(given)).await?;
        // Whoever may set the auditor's path could have operators found there before PostgreSQL's own.
        look_in(connection, &format!("pg_catalog, {given}")).await?;
        // From here on nobody puts something else in their place.
        connection.batch_execute("lock table audit_log, audit_seals in access share mode").await?;
        let kinds = "select '' as given, bool_or(relkind <> 'r' or relrowsecurity) as is_other
             from pg_class where oid in (to_regclass('audit_log'), to_regclass('audit_seals'))";
        let Looked { is_other, .. } = fetch_one(connection, "audit.verify", diesel::sql_query(kinds)).await?;
        if is_other {
            return Err(Error::Invalid {
                what: "audit log",
                rule: "audit_log and audit_seals must be ordinary tables without row security; something else was put there",
            });
        }
        let judge = diesel::sql_query(include_str!("audit/verify.sql"))
            .bind::<Nullable<Integer>, _>(kept.map(|head| head.number))
            .bind::<Nullable<Binary>, _>(kept.map(|head| &head.sha256));
        let Judged { head, sealed, unsealed, broken } = fetch_one(connection, "audit.verify", judge).await?;
        look_in(connection, &given).await?;
        Ok(Trail { head, sealed, unsealed, broken })
    })
    .await
}

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = Text)]
    given: String,
    #[diesel(sql_type = Bool)]
    is_other: bool,
}

/// Until the transaction ends.
async fn look_in(connection: &mut AsyncPgConnection, path: &str) -> Result<()> {
    let set = diesel::sql_query("select pg_catalog.set_config('search_path', $1, true)");
    set.bind::<Text, _>(path).execute(connection).await?;
    Ok(())
}

/// Takes out the rows of all seals that were made before a day (UTC), by default and at the latest six years ago, and keeps
/// the seals. Returns how many seals. For the owner of the tables. The database refuses younger ones, too.
///
/// # Errors
/// [`Error::Invalid`] for a later day.
pub async fn prune(connection: &mut AsyncPgConnection, before: Option<NaiveDate>) -> Result<usize> {
    let latest = Utc::now().date_naive() - KEPT;
    let before = before.unwrap_or(latest);
    if before > latest {
        return Err(Error::Invalid { what: "day", rule: "the audit log is kept for six years; choose an earlier day" });
    }
    let mark = "update audit_seals set pruned_at = now()
         where pruned_at is null and number > 0 and created_at < cast($1 as timestamp) at time zone 'UTC'";
    Ok(diesel::sql_query(mark).bind::<Date, _>(before).execute(connection).await?)
}
