//! Take denials to work, one worker each.

use diesel::dsl::{InnerJoinQuerySource, sql, today};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Error, Result};
use crate::schema::{denial_work_items, denials};
use crate::types::DenialId;
use crate::views::{DenialToWork, WorkListFilter, denial_work_list};

/// Locking a row gave the transaction a number; a statement of its own, after it, has none yet.
const IN_ONE_TRANSACTION: &str = "pg_current_xact_id_if_assigned() is not null";

type Source = InnerJoinQuerySource<denials::table, denial_work_items::table>;
type Condition<'a> = Box<dyn BoxableExpression<Source, Pg, SqlType = Bool> + 'a>;

/// The most urgent denial of the work list that no other worker has, locked until the caller's transaction ends; `None`
/// when there is none. Call it inside a transaction at READ COMMITTED and act in the same one (open an appeal, request
/// a write-off, post a payment …): that takes the denial off the list. If the worker dies, the denial is free again.
/// Index: `denial_work_items_by_urgency`, for a payer `denial_work_items_by_payer`.
///
/// Error: [`Error::OutsideTransaction`] where there is none, in which the denial would stay locked.
pub async fn take(connection: &mut AsyncPgConnection, filter: &WorkListFilter) -> Result<Option<DenialToWork>> {
    use denial_work_items as item;
    loop {
        let most_urgent = denials::table
            .inner_join(item::table)
            .select(denials::id)
            .filter(item::listed_from.le(today))
            .filter(matching(filter))
            .order((item::priority_order, item::act_by, item::denial_amount.desc(), item::denial_id))
            .limit(1);
        let taken: Option<DenialId> = LockingDenials(most_urgent).get_result(connection).await.optional()?;
        let Some(denial) = taken else { return Ok(None) };
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

fn matching(filter: &WorkListFilter) -> Condition<'static> {
    use denial_work_items as item;
    let mut condition: Condition<'static> = Box::new(sql::<Bool>("true"));
    if let Some(payer) = filter.payer {
        condition = Box::new(condition.and(item::payer_id.eq(payer)));
    }
    if let Some(action) = filter.action {
        condition = Box::new(condition.and(item::action.eq(action)));
    }
    if let Some(automatic) = filter.automatic {
        condition = Box::new(condition.and(item::automatic.eq(automatic)));
    }
    if let Some(category) = filter.category {
        // The library knows it.
        let of_category =
            denial_work_list::table.filter(denial_work_list::category.eq(category)).select(denial_work_list::denial_id);
        condition = Box::new(condition.and(item::denial_id.eq_any(of_category)));
    }
    condition
}
