//! Take denials to work, one worker each.

use diesel::prelude::*;
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
        for candidate in &page {
            if let Some(taken) = lock(connection, candidate.denial_id).await? {
                return Ok(Some(taken));
            }
        }
        match page.last() {
            Some(last) => after = Some(last.into()),
            None => return Ok(None),
        }
    }
}

/// Locks a denial that nobody else has locked, and reads it again: it may have been worked since it was listed.
async fn lock(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Option<DenialToWork>> {
    let locked = denials::table
        .select(denials::id)
        .filter(denials::id.eq(denial))
        .for_no_key_update()
        .skip_locked()
        .first::<DenialId>(connection)
        .await
        .optional()?;
    match locked {
        None => Ok(None),
        Some(denial) => {
            let item = DenialToWork::query().filter(denial_work_list::denial_id.eq(denial));
            Ok(item.first(connection).await.optional()?)
        }
    }
}
