//! Gives roles their access.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::{Row, error::Error as PgError, types::ToSql};

use super::{
    access::{Access, FACTS, Right, WRITES},
    failure, ledger, lock,
    session::{self, Session},
    source,
};
use crate::connection::Database;
use crate::error::{Error, Result};

/// How long to wait for a runner of migrations.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gives an existing role what `access` needs in the schema and takes back every other right to it, in one transaction.
/// For the owner of the tables; after migrations that add tables or columns, do it again.
///
/// # Errors
/// [`Error::Configuration`], and nothing is changed: the role doesn't exist, is a superuser or owns the tables (by
/// membership, too), or keeps a right that comes from elsewhere, from PUBLIC or another role; the connected role doesn't
/// own the tables. [`Error::Migration`]: migrations are pending.
pub async fn grant(database: &Database, role: &str, access: Access) -> Result<()> {
    let client = session::connect(database).await?;
    let pending = ledger::pending(&source::embedded()?, &ledger::read(&client).await?).len();
    if pending > 0 {
        return Err(Error::Migration(format!("{pending} migrations are pending; run `migrate up`, then grant")));
    }
    let session = Session::prepare(client, database).await?;
    // Migrations make tables that would be missed, and two grants at once fail.
    lock::acquire(&session, Instant::now() + PATIENCE).await?;
    let failed = || failure::during("cannot grant");
    session.client.batch_execute("begin").await.map_err(failed())?;
    let schema = Objects::find(&session).await.map_err(failed())?;
    let grantee = schema.grantee(&session, role).await?;
    session.client.batch_execute(&schema.statements(&grantee, access)).await.map_err(failed())?;
    let beyond = schema.beyond(&session, role, access).await.map_err(failed())?;
    if !beyond.is_empty() {
        let some = beyond.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        return Err(Error::Configuration(format!(
            "role \"{role}\" would keep rights that {access} access doesn't include ({}, such as {some}): PUBLIC has them, \
             or a role that it is a member of, or somebody else granted them; revoke them there; nothing was changed",
            beyond.len()
        )));
    }
    session.client.batch_execute("commit").await.map_err(failed())?;
    lock::release(&session).await
}

/// What is in the schema and belongs to the owner of its tables, quoted for use in SQL.
struct Objects {
    schema: String,
    owner: String,
    relations: Vec<String>,
    functions: Vec<String>,
    types: Vec<String>,
}

impl Objects {
    async fn find(session: &Session) -> Result<Self, PgError> {
        let query = "
            with here as (
                select relnamespace as schema, relowner as owner from pg_class where oid = to_regclass($1)
            ),
            of_extensions as (select classid, objid from pg_depend where deptype = 'e')
            select
                (select pg_get_userbyid(owner)::text from here),
                array(
                    select cast(cast(pg_class.oid as regclass) as text)
                    from pg_class join here on schema = relnamespace and owner = relowner
                    where relkind in ('r', 'p', 'f', 'v', 'm', 'S')
                        and (cast('pg_class' as regclass), pg_class.oid) not in (table of_extensions)
                ),
                array(
                    select cast(cast(pg_proc.oid as regprocedure) as text)
                    from pg_proc join here on schema = pronamespace and owner = proowner
                    where (cast('pg_proc' as regclass), pg_proc.oid) not in (table of_extensions)
                ),
                array(
                    select cast(cast(pg_type.oid as regtype) as text)
                    from pg_type join here on schema = typnamespace and owner = typowner
                    where typtype in ('d', 'e', 'r')
                        and (cast('pg_type' as regclass), pg_type.oid) not in (table of_extensions)
                )";
        let row = session.client.query_one(query, &[&session.table("claims")]).await?;
        Ok(Self {
            schema: session.quoted_schema.clone(),
            owner: row.get::<_, Option<String>>(0).unwrap_or_default(),
            relations: row.get(1),
            functions: row.get(2),
            types: row.get(3),
        })
    }

    /// The role, quoted, if rights can be given to it and mean something.
    async fn grantee(&self, session: &Session, role: &str) -> Result<String> {
        let query = "
            select
                quote_ident(rolname),
                exists (select from pg_roles as super where rolsuper and pg_has_role(grantee.oid, super.oid, 'member')),
                pg_has_role(grantee.oid, $2::text::name, 'member'),
                pg_has_role($2::text::name, 'usage')
            from pg_roles as grantee
            where rolname = $1";
        let row = session.client.query_opt(query, &[&role, &self.owner]).await;
        let row: Option<Row> = row.map_err(failure::during("cannot look the role up"))?;
        let problem = match &row {
            None => format!("there is no role \"{role}\"; create it: create role {role} login"),
            Some(row) if !row.get::<_, bool>(3) => format!(
                "role \"{}\" can't grant: the tables belong to \"{}\"; connect as that role",
                session.role, self.owner
            ),
            Some(row) if row.get(1) => {
                format!("role \"{role}\" is a superuser, or a member of one, and may do everything")
            }
            Some(row) if row.get(2) => {
                format!("role \"{role}\" owns the tables, or is a member of \"{}\", and may do everything", self.owner)
            }
            Some(row) => return Ok(row.get(0)),
        };
        Err(Error::Configuration(format!("{problem}; nothing was changed")))
    }

    fn statements(&self, role: &str, access: Access) -> String {
        let schema = &self.schema;
        let mut statements = format!("revoke all on schema {schema} from {role} cascade;");
        for (kind, objects) in [("table", &self.relations), ("routine", &self.functions), ("type", &self.types)] {
            if !objects.is_empty() {
                statements.push_str(&format!("revoke all on {kind} {} from {role} cascade;", objects.join(", ")));
            }
        }
        statements.push_str(&format!("grant usage on schema {schema} to {role};"));
        let readable = match access {
            Access::App | Access::Readonly => self.relations.join(", "),
            Access::Reporting => FACTS.iter().map(|view| format!("{schema}.{view}")).collect::<Vec<_>>().join(", "),
        };
        statements.push_str(&format!("grant select on {readable} to {role};"));
        if access == Access::App {
            for (table, insert, update) in WRITES {
                for (right, columns) in [("insert", insert), ("update", update)] {
                    if !columns.is_empty() {
                        statements.push_str(&format!("grant {right} ({columns}) on {schema}.{table} to {role};"));
                    }
                }
            }
        }
        statements
    }

    /// The rights to these objects that the role has, in whatever way, beyond `access`.
    async fn beyond(&self, session: &Session, role: &str, access: Access) -> Result<Vec<String>, PgError> {
        let query = "
            with relations as (
                select cast(name as regclass) as oid, name from unnest($3::text[]) as name
            ),
            rights (had, name) as (
                select has_schema_privilege($1, $2, 'CREATE'), 'CREATE in the schema'
                union all
                select has_table_privilege($1, oid, part), format('%s on %s', part, name)
                from relations
                cross join unnest(array['DELETE', 'TRUNCATE', 'TRIGGER'] || case
                    when current_setting('server_version_num')::integer >= 170000 then array['MAINTAIN'] else '{}' end) as part
                union all
                select has_any_column_privilege($1, oid, 'SELECT'), format('SELECT on %s', name) from relations
                union all
                select has_column_privilege($1, oid, attnum, part), format('%s (%I) on %s', part, attname, name)
                from relations
                join pg_attribute on attrelid = oid and attnum > 0 and not attisdropped
                cross join unnest(array['INSERT', 'UPDATE', 'REFERENCES']) as part
                union all
                select has_function_privilege($1, name, 'EXECUTE') and not has_function_privilege('public', name, 'EXECUTE'),
                    format('EXECUTE on %s', name)
                from unnest($4::text[]) as name
            )
            select name from rights where had and name <> all ($5::text[]) order by name";
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&role, &session.schema, &self.relations, &self.functions, &self.expected(access)];
        Ok(session.client.query(query, &parameters).await?.iter().map(|row| row.get(0)).collect())
    }

    /// The rights of `access`, as [`Self::beyond`] calls them.
    fn expected(&self, access: Access) -> Vec<String> {
        let relations = self.relations.iter().map(String::as_str);
        let called = |right: Right<'_>| match right.column {
            Some(column) => format!("{} ({column}) on {}", right.privilege, right.relation),
            None => format!("{} on {}", right.privilege, right.relation),
        };
        access.rights(relations).into_iter().map(called).collect()
    }
}
