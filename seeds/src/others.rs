//! What the demo didn't write.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::Result;

use crate::{files, keys::Keys};

/// How many claims of the schema the demo didn't write; none where there are no claims.
///
/// # Errors
/// Those of the database.
pub async fn claims_of_others(connection: &mut AsyncPgConnection) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    #[derive(QueryableByName)]
    struct There {
        #[diesel(sql_type = Bool)]
        claims: bool,
        #[diesel(sql_type = Bool)]
        sources: bool,
    }
    // A schema may be migrated halfway.
    let there =
        "select to_regclass('claims') is not null as claims, to_regclass('claim_sources') is not null as sources";
    let there: There = diesel::sql_query(there).get_result(connection).await?;
    if !there.claims {
        return Ok(0);
    }
    let of_files = match there.sources {
        true => "select claim_id from claim_sources where pseudonym_key = $2",
        false => "select null::uuid where $2 is null",
    };
    let query = format!(
        "select count(*) as rows from claims
         where not starts_with(cast(id as text), $1) and not exists (
             select from ({of_files}) as file (claim_id) where file.claim_id = claims.id)"
    );
    let query =
        diesel::sql_query(query).bind::<Text, _>(Keys::Demo.prefix()).bind::<Text, _>(files::key()?.id().to_owned());
    let count: Count = query.get_result(connection).await?;
    Ok(count.rows)
}
