//! Take denials to work, one worker each.

use diesel::dsl::array_position;
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::denials;
use crate::types::DenialId;
use crate::views::{DenialToWork, WorkListCursor, WorkListFilter, denial_work_list};

/// How many denials a search looks at before it triages the list again.
const PAGE: u32 = 64;

/// The most urgent denial of the work list that no other worker has, locked until the caller's transaction ends; `None`
/// when there is none. Call it inside a transaction at READ COMMITTED and act in the same one (open an appeal, request a
/// write-off, post a transfer …): that takes the denial off the list. If the worker dies, the denial is free again.
///
/// Each call triages the open denials, a third of a second for 100 000 of them.
pub async fn take(connection: &mut AsyncPgConnection, filter: &WorkListFilter) -> Result<Option<DenialToWork>> {
    let mut after: Option<WorkListCursor> = None;
    loop {
        let page = DenialToWork::list(connection, filter, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(last.into());
        let mut candidates: Vec<DenialId> = page.iter().map(|candidate| candidate.denial_id).collect();
        while let Some(locked) = lock_first(connection, &candidates).await? {
            // It may have been worked since it was listed.
            let item = DenialToWork::query().filter(denial_work_list::denial_id.eq(locked));
            if let Some(item) = item.first(connection).await.optional()?
                && filter.fits(&item)
            {
                return Ok(Some(item));
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
        .order(array_position(candidates.into_sql::<Array<SqlUuid>>(), denials::id))
        .for_no_key_update()
        .skip_locked()
        .first(connection)
        .await
        .optional()?)
}
