//! Who may read, change or empty tables because PUBLIC or default privileges say so, and no migration.

use crate::error::Result;
use crate::grant::RIGHTS;
use crate::{failure, session::Session};

/// A line of the log for each role that has rights to the schema's tables in that way, and how to take them back.
pub(crate) async fn warn(session: &Session) -> Result<()> {
    let query = format!(
        "{RIGHTS},
        given (grantee, privilege_type, scope) as (
            select grantee, privilege_type, scope
            from objects
            cross join lateral aclexplode(acl)
            where scope is not null and target = 'tables'
        ),
        exposed (oid, nspname, grantee, privilege_type, whom) as (
            select relations.oid, nspname, grantee, privilege_type,
                case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
            from relations
            cross join lateral aclexplode(relacl)
            where relkind in ('r', 'p') and pg_has_role(relowner, 'usage')
                and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') and grantee <> relowner
                and (grantee = 0 or (grantee, privilege_type) in (select grantee, privilege_type from given))
        )
        select case grantee when 0 then 'PUBLIC' else 'role ' || whom end,
            string_agg(distinct privilege_type, ', ' order by privilege_type), count(distinct oid),
            concat(
                (
                    select string_agg(distinct format('%srevoke all on tables from %s; ', scope, whom), '')
                    from given
                    where given.grantee = exposed.grantee
                ),
                format('revoke all on all tables in schema %I from %s', nspname, whom))
        from exposed
        group by grantee, nspname, whom
        order by 1"
    );
    let rows = session.client.query(&query, &[&session.schema]).await;
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
