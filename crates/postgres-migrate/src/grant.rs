//! Gives roles their access.

use std::collections::HashSet;
use std::time::Duration;

use tokio_postgres::{Error as PgError, Row, types::ToSql};

use crate::access::{Access, Defaulted, Right};
use crate::connection::Database;
use crate::definition::Definition;
use crate::error::{Error, MigrationProblem, Result};
use crate::{
    failure, ledger, lock,
    session::{self, Session},
    source::Migration,
};

const ENTER_NO_SCHEMA: &str = "select current_setting('search_path'), set_config('search_path', 'pg_catalog', true)";

/// How long to wait for a runner of migrations.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one that only reads waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// How every query about rights begins.
pub(crate) const RIGHTS: &str = include_str!("rights.sql");

/// What follows it about a role.
const GRANTEE: &str = include_str!("grantee.sql");

/// See [`Runner::grant`](crate::Runner::grant).
pub(crate) async fn grant(
    database: &Database,
    definition: &Definition,
    migrations: &[Migration],
    role: &str,
    access: &Access,
) -> Result<()> {
    let (client, owner) = session::enter(database, definition.ledger).await?;
    let pending = ledger::pending(migrations, &ledger::read(&client, definition.ledger).await?).len();
    if pending > 0 {
        let text = format!("{pending} migrations are pending; apply them, then grant");
        return Err(MigrationProblem::Pending.because(text).into());
    }
    let session = Session::prepare((client, owner), database, definition.ledger).await?;
    // Migrations make tables that would be missed, and two grants at once fail.
    lock::acquire_in_transaction(&session, PATIENCE).await?;
    let failed = || failure::during("cannot grant");
    leave_beside(&session, definition).await.map_err(failed())?;
    let defaulted = defaulted(&session).await?;
    // So that statements name every schema: Citus repeats them on its workers, which look in none.
    let path = session.client.query_one(ENTER_NO_SCHEMA, &[]).await.map_err(failed())?;
    let (schema, grantee) = Schema::find(&session, &defaulted, definition, role).await?;
    if let Some(reason) = &grantee.reason {
        return Err(refusal(reason.clone()));
    }
    session.client.batch_execute(&schema.statements(&grantee, access, definition)).await.map_err(failed())?;
    session
        .client
        .execute("select set_config('search_path', $1, true)", &[&path.get::<_, &str>(0)])
        .await
        .map_err(failed())?;
    schema.check(&grantee, access).await?;
    Ok(session.client.batch_execute("commit").await.map_err(failed())?)
}

/// A role that has rights to the schema, and doesn't own it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleAccess {
    /// Its name.
    pub role: String,
    /// The name of the access that it has, and nothing else.
    pub access: Option<&'static str>,
    /// What it has beyond any, in words.
    pub beyond: Option<String>,
}

/// See [`Runner::roles`](crate::Runner::roles).
pub(crate) async fn roles(database: &Database, definition: &Definition) -> Result<Vec<RoleAccess>> {
    let entered = session::enter(database, definition.ledger).await?;
    let session = Session::prepare_to_read(entered, database, definition.ledger, LOCK_TIMEOUT).await?;
    let failed = || failure::during("cannot read who has which rights");
    session.client.batch_execute("begin read only").await.map_err(failed())?;
    leave_beside(&session, definition).await.map_err(failed())?;
    let tail = "select distinct rolname from held join pg_roles on pg_roles.oid = grantee
        where grantee not in (select owner from objects) order by 1";
    let defaulted = defaulted(&session).await?;
    let mut roles = Vec::new();
    for row in ask(&session, tail, &[&session.schema]).await? {
        let role: String = row.get(0);
        let (schema, grantee) = Schema::find(&session, &defaulted, definition, &role).await?;
        let judged = match &grantee.reason {
            None => schema.closest(&grantee, definition).await?,
            Some(beyond) => Err(beyond.clone()),
        };
        roles.push(RoleAccess { access: judged.as_ref().ok().copied(), beyond: judged.err(), role });
    }
    Ok(roles)
}

async fn defaulted(session: &Session) -> Result<Defaulted> {
    let defaulted = Defaulted::find(&session.client).await;
    Ok(defaulted.map_err(failure::during("cannot read which columns have defaults"))?)
}

/// Until the transaction's end, what the definition has beside it isn't looked at.
async fn leave_beside(session: &Session, definition: &Definition) -> std::result::Result<(), PgError> {
    let beside = "select set_config('postgres_migrate.beside', $1, true)";
    session.client.execute(beside, &[&definition.names_beside()]).await.map(|_| ())
}

/// A role, as a schema knows it.
struct Grantee<'a> {
    oid: u32,
    name: &'a str,
    /// For use in SQL.
    quoted: String,
    /// Why it can't be given rights: it may do, or become a role that may do, what rights to a schema don't limit.
    reason: Option<String>,
    /// What takes back all rights that the session can, and then gives those that every access includes.
    statements: String,
    /// Its rights to tables and views: the name of each, and the right in words.
    rights: Vec<(String, String)>,
}

/// The schema of a session.
struct Schema<'a> {
    session: &'a Session,
    /// The tables and views whose rights the session can give.
    relations: Vec<String>,
    defaulted: &'a Defaulted,
}

impl<'a> Schema<'a> {
    /// The schema, and what a role is to it. Refuses a schema that is not whole, or not the session's, and a role that isn't
    /// there.
    async fn find<'b>(
        session: &'a Session,
        defaulted: &'a Defaulted,
        definition: &Definition,
        role: &'b str,
    ) -> Result<(Self, Grantee<'b>)> {
        let query = "
            select oid, quote_ident(rolname), to_regclass('pg_catalog.pg_parameter_acl') is not null
            from pg_roles where rolname = $1";
        let row = session.client.query_opt(query, &[&role]).await;
        let Some(row) = row.map_err(failure::during("cannot look the role up"))? else {
            return Err(refusal(format!("there is no role \"{role}\"; create it: create role {role} login")));
        };
        let (oid, quoted): (u32, String) = (row.get(0), row.get(1));
        // Until PostgreSQL 14 superusers alone set such parameters.
        let sets_parameter = match row.get(2) {
            true => "has_parameter_privilege(pg_roles.oid, 'session_replication_role', 'set, alter system')",
            false => "false",
        };
        let tail = GRANTEE.replace("{sets_parameter}", sets_parameter);
        let rows = ask(session, &tail, &[&session.schema, &oid, &quoted]).await?;
        let of = |kind: &'static str| {
            let rows = rows.iter().filter(move |row| row.get::<_, &str>(0) == kind);
            rows.map(|row| (row.get::<_, &str>(1), row.get::<_, &str>(2), row.get::<_, bool>(3)))
        };
        let relations: Vec<_> = of("relation").collect();
        for name in definition.accesses.iter().flat_map(Access::relations) {
            let schema = &session.schema;
            let Some((_, owner, is_own)) = relations.iter().find(|(relation, ..)| *relation == name) else {
                return Err(refusal(format!("schema \"{schema}\" has no {name}; verify says what else is missing")));
            };
            if !is_own {
                let role = &session.role;
                return Err(refusal(format!(
                    "role \"{role}\" can't grant: {name} belongs to \"{owner}\"; connect as that role"
                )));
            }
        }
        let relations = relations.iter().filter(|(.., is_own)| *is_own).map(|(name, ..)| (*name).to_owned());
        let reason = of("reason").next().map(|(who, reason, _)| {
            let member = if who == role { String::new() } else { format!("is a member of \"{who}\", which ") };
            format!("role \"{role}\" {member}{reason}; take that away first, or choose another role")
        });
        let texts = |kind| of(kind).map(|(text, ..)| text);
        let statements = texts("revoke").chain(texts("grant")).collect();
        let mut rights: Vec<_> = of("right").map(|(name, right, _)| (name.to_owned(), right.to_owned())).collect();
        rights.sort_by(|(_, one): &(String, String), (_, other)| one.cmp(other));
        let schema = Self { session, relations: relations.collect(), defaulted };
        Ok((schema, Grantee { oid, name: role, quoted, reason, statements, rights }))
    }

    fn rights(&self, access: &Access) -> Vec<Right<'_>> {
        access.rights(self.relations.iter().map(String::as_str), self.defaulted)
    }

    /// Takes back everything that the session can, then gives what `access` needs. A line of the log tells of rights that the
    /// role loses on what none of the migrations makes, and nobody named.
    fn statements(&self, grantee: &Grantee<'_>, access: &Access, definition: &Definition) -> String {
        if !grantee.rights.is_empty() && !definition.catalog.is_empty() {
            let known: HashSet<&str> = definition.names().collect();
            let unknown = grantee.rights.iter().filter(|(name, _)| !known.contains(name.as_str()));
            let unknown: Vec<String> = unknown.map(|(_, right)| right.clone()).collect();
            if !unknown.is_empty() {
                let (role, package) = (grantee.name, definition.package);
                tracing::warn!("role \"{role}\" loses what {package} doesn't know: {}", some(&unknown));
            }
        }
        let mut statements = grantee.statements.clone();
        // A statement for all tables as a whole, and one for all columns of a table.
        let together = |one: &Right<'_>, next: &Right<'_>| {
            one.privilege == next.privilege
                && one.column.is_some() == next.column.is_some()
                && (one.column.is_none() || one.relation == next.relation)
        };
        for rights in self.rights(access).chunk_by(together) {
            let Some(Right { privilege, relation, .. }) = rights.first() else { continue };
            let table = |name: &str| self.session.table(&format!("\"{}\"", name.replace('"', "\"\"")));
            let columns: Vec<&str> = rights.iter().filter_map(|right| right.column).collect();
            let what = if columns.is_empty() {
                let tables: Vec<String> = rights.iter().map(|right| table(right.relation)).collect();
                format!("{privilege} on {}", tables.join(", "))
            } else {
                format!("{privilege} ({}) on {}", columns.join(", "), table(relation))
            };
            statements.push_str(&format!("grant {what} to {};", grantee.quoted));
        }
        statements
    }

    /// The access that a role has, or what it has beyond the one that comes closest.
    async fn closest(
        &self,
        grantee: &Grantee<'_>,
        definition: &Definition,
    ) -> Result<std::result::Result<&'static str, String>> {
        let mut closest: Option<(usize, &'static str, Vec<String>)> = None;
        for access in definition.accesses {
            let (beyond, missing) = self.compare(grantee, access).await?;
            let differences = beyond.len() + missing.len();
            if closest.as_ref().is_none_or(|(fewest, ..)| differences < *fewest) {
                closest = Some((differences, access.name, beyond));
            }
        }
        Ok(match closest {
            Some((0, access, _)) => Ok(access),
            Some((_, access, beyond)) if beyond.is_empty() => {
                Err(format!("role \"{}\" has a part of {access} access", grantee.name))
            }
            Some((_, access, beyond)) => {
                Err(format!("role \"{}\" has more than {access} access: {}", grantee.name, some(&beyond)))
            }
            None => Err(format!("role \"{}\" has rights, and there is no access", grantee.name)),
        })
    }

    /// Refuses what is not exactly `access`, after the statements.
    async fn check(&self, grantee: &Grantee<'_>, access: &Access) -> Result<()> {
        let (beyond, missing) = self.compare(grantee, access).await?;
        let role = grantee.name;
        if !beyond.is_empty() {
            let rights = some(&beyond);
            return Err(refusal(format!(
                "role \"{role}\" would keep rights that {access} access doesn't include: {rights}; revoke them first"
            )));
        }
        if !missing.is_empty() {
            let (rights, session) = (some(&missing), &self.session.role);
            return Err(refusal(format!(
                "role \"{role}\" would lack rights that \"{session}\" may not give: {rights}; let the owner give them"
            )));
        }
        Ok(())
    }

    /// The rights that a role has beyond an access, and those that it lacks.
    async fn compare(&self, grantee: &Grantee<'_>, access: &Access) -> Result<(Vec<String>, Vec<String>)> {
        let tail = "
            , included (name, owner) as (
                select unnest($3::text[]), null
                union all
                select concat(required, ' on ', name), pg_get_userbyid(owner) from objects where required is not null
            )
            select true, concat(name, case when is_grantable then ' with grant option' end,
                format(' (given to %s by %s)', whom, pg_get_userbyid(grantor)))
            from held
            where (grantee = 0 or pg_has_role($2::oid, grantee, 'member'))
                and (
                    is_grantable
                    or held.name not in (select name from included) and of_whole not in (select name from included)
                )
            union all
            select false, concat(name, ' (of ' || owner || ')')
            from included
            where name not in (select name from held where grantee = 0 or pg_has_role($2::oid, grantee, 'usage'))
            order by 2";
        let names: Vec<String> = self.rights(access).iter().map(Right::name).collect();
        let rows = ask(self.session, tail, &[&self.session.schema, &grantee.oid, &names]).await?;
        let of = |beyond: bool| rows.iter().filter(move |row| row.get::<_, bool>(0) == beyond).map(|row| row.get(1));
        Ok((of(true).collect(), of(false).collect()))
    }
}

/// A query that begins with [`RIGHTS`].
async fn ask(session: &Session, tail: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
    let rows = session.client.query(&format!("{RIGHTS}{tail}"), parameters).await;
    Ok(rows.map_err(failure::during("cannot read who has which rights"))?)
}

/// The first of many.
fn some(rights: &[String]) -> String {
    let more = rights.len().saturating_sub(3);
    let first = rights.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

fn refusal(problem: String) -> Error {
    Error::Grant(problem)
}
