//! Who may read, change or empty tables because PUBLIC or default privileges say so, and no migration.

use crate::error::Result;
use crate::{failure, session::Session};

/// A line of the log for each role that has rights to the schema's tables in that way, and how to take them back.
pub(crate) async fn warn(session: &Session) -> Result<()> {
    let query = "
        with defaults as (
            select grantee, privilege_type
            from pg_catalog.pg_default_acl
            join pg_catalog.pg_namespace on nspname = $1
            cross join lateral aclexplode(defaclacl)
            where defaclobjtype = 'r' and defaclnamespace in (0, pg_namespace.oid)
        )
        select case grantee when 0 then 'PUBLIC' else format('role %I', pg_get_userbyid(grantee)) end,
            string_agg(distinct privilege_type, ', ' order by privilege_type), count(distinct pg_class.oid),
            format('alter default privileges in schema %1$I revoke all on tables from %2$s; '
                || 'revoke all on all tables in schema %1$I from %2$s',
                nspname, case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
        from pg_catalog.pg_class
        join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        cross join lateral aclexplode(relacl)
        where nspname = $1 and relkind in ('r', 'p') and pg_has_role(relowner, 'usage')
            and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') and grantee <> relowner
            and (grantee = 0 or (grantee, privilege_type) in (table defaults))
        group by grantee, nspname
        order by 1";
    let rows = session.client.query(query, &[&session.schema]).await;
    for row in rows.map_err(failure::during("cannot read who has which rights"))? {
        let (who, rights, tables, cure): (&str, &str, i64, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
        tracing::warn!(
            "{who} has {rights} on tables of schema \"{}\" ({tables}) because of default privileges or PUBLIC; if that is not \
             meant: {cure}",
            failure::shown(&session.schema)
        );
    }
    Ok(())
}
