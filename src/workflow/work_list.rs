//! Take denials to work, one worker each.

use diesel::dsl::{array_position, sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Error, Result};
use crate::schema::denials;
use crate::sql_types::DenialKey;
use crate::types::DenialId;
use crate::views::{DenialToWork, WorkListFilter, denial_work_list};

/// How many denials a search looks at before it triages the list again.
const PAGE: u32 = 64;

/// Locking a row gave the transaction a number; a statement of its own, after it, has none yet.
const IN_ONE_TRANSACTION: &str = "pg_current_xact_id_if_assigned() is not null";

/// The most urgent denial of the work list that no other worker has, locked until the caller's transaction ends; `None`
/// when there is none. Call it inside a transaction at READ COMMITTED and act in the same one (open an appeal, request
/// a write-off, post a transfer …): that takes the denial off the list. If the worker dies, the denial is free again.
/// Each call triages the open denials.
///
/// Error: [`Error::OutsideTransaction`] where there is none, in which the denial would stay locked.
pub async fn take(connection: &mut AsyncPgConnection, filter: &WorkListFilter) -> Result<Option<DenialToWork>> {
    let mut after = None;
    loop {
        let page = DenialToWork::list(connection, filter, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(last.into());
        let mut candidates: Vec<DenialId> = page.iter().map(|candidate| candidate.denial_id).collect();
        while let Some(locked) = lock_first(connection, &candidates).await? {
            // It may have been worked since it was listed.
            let item = denial_work_list::table
                .filter(denial_work_list::denial_id.eq(locked))
                .select((DenialToWork::as_select(), sql::<Bool>(IN_ONE_TRANSACTION)));
            match item.first(connection).await.optional()? {
                Some((_, false)) => return Err(Error::OutsideTransaction),
                Some((item, true)) if filter.fits(&item) => return Ok(Some(item)),
                _ => {}
            }
            candidates.retain(|candidate| *candidate != locked);
        }
    }
}

/// Locks the first of these denials that nobody else has locked and that waits for an action.
async fn lock_first(connection: &mut AsyncPgConnection, candidates: &[DenialId]) -> Result<Option<DenialId>> {
    Ok(denials::table
        .select(denials::id)
        .filter(denials::id.eq_any(candidates).and(denials::open_action.is_null()))
        .order(array_position(candidates.into_sql::<Array<DenialKey>>(), denials::id))
        .for_no_key_update()
        .skip_locked()
        .first(connection)
        .await
        .optional()?)
}
