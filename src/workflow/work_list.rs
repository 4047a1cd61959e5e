//! Hand out denials: one to each worker who asks, or many to one.

use diesel::dsl::{self, InnerJoinQuerySource, sql, today};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::command::{Parts, command, record_rows};
use crate::error::{Error, Result};
use crate::schema::{denial_work_items as item, denials};
use crate::types::DenialId;
use crate::views::{Assigned, DenialToWork, WorkListFilter, denial_work_list};

/// Locking a row gave the transaction a number; a statement of its own, after it, has none yet.
const IN_ONE_TRANSACTION: &str = "pg_current_xact_id_if_assigned() is not null";

type Source = InnerJoinQuerySource<denials::table, item::table>;
type Condition<'a> = Box<dyn BoxableExpression<Source, Pg, SqlType = Bool> + 'a>;

/// The most urgent denial of the work list that is assigned to this worker (a role or user id), else of those that are
/// assigned to nobody, locked until the caller's transaction ends; `None` when no free one is left. Call it inside a
/// transaction at READ COMMITTED and act in the same one (open an appeal, request a write-off, post a payment …): that takes
/// the denial off the list. If the worker dies, the denial is free again. Indexes: `denial_work_items_assigned`,
/// `denial_work_items_unassigned`, for a payer `denial_work_items_by_payer`.
///
/// Error: [`Error::OutsideTransaction`] where there is none, in which the denial would stay locked.
///
/// ```
/// use rcm_schema::models::NewDenialNote;
/// use rcm_schema::views::WorkListFilter;
/// use rcm_schema::workflow::{denials, work_list};
/// use rcm_schema::{Pool, PoolExt};
///
/// /// Takes the most urgent denial to a worker, with a note; false where none is free.
/// async fn next(pool: &Pool, worker: &str) -> rcm_schema::Result<bool> {
///     pool.transaction(async |connection| {
///         let Some(item) = work_list::take(connection, worker, &WorkListFilter::default()).await? else { return Ok(false) };
///         denials::assign(connection, item.denial_id, Some(worker)).await?;
///         let note = NewDenialNote::builder().denial_id(item.denial_id).note(item.reason).noted_by(worker).build();
///         denials::add_note(connection, &note).await?;
///         Ok(true)
///     })
///     .await
/// }
/// ```
pub async fn take(
    connection: &mut AsyncPgConnection,
    worker: &str,
    filter: &WorkListFilter,
) -> Result<Option<DenialToWork>> {
    command(connection, "work_list.take", Parts::One, async |connection: &mut AsyncPgConnection| {
        for whose in [Assigned::To(worker.to_owned()), Assigned::ToNobody] {
            if filter.assigned.as_ref().is_none_or(|assigned| *assigned == whose) {
                let filter = WorkListFilter { assigned: Some(whose), ..filter.clone() };
                if let Some(taken) = take_one(connection, &filter).await? {
                    return Ok(Some(taken));
                }
            }
        }
        Ok(None)
    })
    .await
}

async fn take_one(connection: &mut AsyncPgConnection, filter: &WorkListFilter) -> Result<Option<DenialToWork>> {
    loop {
        let locked: Vec<DenialId> = LockingDenials(most_urgent(filter, 1)).load(connection).await?;
        let Some(denial) = locked.into_iter().next() else { return Ok(None) };
        let item: Option<(DenialToWork, bool)> = denial_work_list::table
            .filter(denial_work_list::denial_id.eq(denial))
            .select((DenialToWork::as_select(), sql::<Bool>(IN_ONE_TRANSACTION)))
            .first(connection)
            .await
            .optional()?;
        match item {
            Some((_, false)) => return Err(Error::OutsideTransaction),
            Some((item, true)) if filter.fits(&item) => return Ok(Some(item)),
            // Worked by somebody who was done just before it was locked.
            _ => {}
        }
    }
}

/// Gives the most urgent denials of the work list that the filter asks for, at most so many, to a worker (a role or user
/// id), or with `None` back to all of them. Those that are being worked stay as they are. Returns how many it gave.
pub async fn assign(
    connection: &mut AsyncPgConnection,
    worker: Option<&str>,
    filter: &WorkListFilter,
    at_most: u32,
) -> Result<usize> {
    command(connection, "work_list.assign", Parts::Several, async |connection: &mut AsyncPgConnection| {
        let locked: Vec<DenialId> = LockingDenials(most_urgent(filter, at_most)).load(connection).await?;
        let update = diesel::update(denials::table.filter(denials::id.eq_any(locked)));
        let assigned = update.set(denials::assigned_to.eq(worker)).execute(connection).await?;
        record_rows(assigned);
        Ok(assigned)
    })
    .await
}

/// Locks the denials that a query finds, skipping what others have. Whoever works a denial has its row; its item on the list
/// only the database writes, so nobody else has the right to lock that.
#[derive(QueryId)]
struct LockingDenials<Q>(Q);

impl<Q: Query> Query for LockingDenials<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for LockingDenials<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" for no key update of denials skip locked");
        Ok(())
    }
}

#[dsl::auto_type(no_type_alias)]
fn most_urgent(filter: &WorkListFilter, at_most: u32) -> _ {
    let condition: Condition<'static> = matching(filter);
    let at_most: i64 = at_most.into();
    denials::table
        .inner_join(item::table)
        .select(denials::id)
        .filter(item::listed_from.le(today))
        .filter(condition)
        .order((item::priority_order, item::act_by, item::denial_amount.desc(), item::denial_id))
        .limit(at_most)
}

fn matching(filter: &WorkListFilter) -> Condition<'static> {
    let mut condition: Condition<'static> = Box::new(sql::<Bool>("true"));
    if let Some(payer) = filter.payer {
        condition = Box::new(condition.and(item::payer_id.eq(payer)));
    }
    if let Some(action) = filter.action {
        condition = Box::new(condition.and(item::action.eq(action)));
    }
    if let Some(automatic) = filter.automatic {
        let in_time = item::last_day.is_null().or(item::last_day.assume_not_null().ge(today));
        condition = Box::new(condition.and(item::automatic.and(in_time).eq(automatic)));
    }
    // The list finds them; the denials, which are locked, say it as it is at that moment.
    match &filter.assigned {
        Some(Assigned::To(worker)) => {
            condition = Box::new(
                condition
                    .and(item::assigned_to.assume_not_null().eq(worker.clone()))
                    .and(denials::assigned_to.assume_not_null().eq(worker.clone())),
            )
        }
        Some(Assigned::ToNobody) => {
            condition = Box::new(condition.and(item::assigned_to.is_null()).and(denials::assigned_to.is_null()))
        }
        None => {}
    }
    if let Some(category) = filter.category {
        // The library knows it.
        let of_category =
            denial_work_list::table.filter(denial_work_list::category.eq(category)).select(denial_work_list::denial_id);
        condition = Box::new(condition.and(item::denial_id.eq_any(of_category)));
    }
    condition
}
