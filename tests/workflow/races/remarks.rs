//! A remark and a change of what triage goes by: the work list knows both, whoever comes first.

use futures_util::future::join;
use rcm_schema::views::{DenialToWork, WorkListFilter};

use crate::world::{World, assert_reconciled, run, texts, wait_for_a_waiter};

#[tokio::test]
async fn a_remark_and_a_change_of_the_rules_are_both_on_the_work_list() {
    for change in [
        "update org_policies set days_to_act = 44",
        "update denial_code_library set recommended_action = 'investigate' where denial_code = 'CO-197'",
        "update remark_code_library set recommended_action = 'investigate', asks_for_new_claim = false where remark_code = 'MA130'",
        "update payers set payer_type = 'medicare'",
    ] {
        for remark_first in [false, true] {
            let world = World::new().await;
            let mut remarking = world.connect().await;
            let mut changing = world.owner().await;
            let mut watching = world.owner().await;
            let denial = world.denial(&mut remarking, "CO-197", "500").await;
            let remark =
                format!("insert into denial_remarks (denial_id, remark_code) values ('{}', 'MA130')", denial.id);
            for connection in [&mut remarking, &mut changing] {
                run(connection, "begin").await;
            }
            let (first, second, statements) = if remark_first {
                (&mut remarking, &mut changing, [remark.as_str(), change])
            } else {
                (&mut changing, &mut remarking, [change, remark.as_str()])
            };
            run(first, statements[0]).await;
            let ((), ()) = join(run(second, statements[1]), async {
                wait_for_a_waiter(&mut watching).await;
                run(first, "commit").await;
            })
            .await;
            run(second, "commit").await;
            let listed =
                DenialToWork::list(&mut remarking, &WorkListFilter::default(), None, 9).await.unwrap().remove(0);
            assert_eq!(listed.remark_code.unwrap().as_str(), "MA130", "{change}");
            let differing = texts(&mut watching, "select denial_id from reconcile_work_list()").await;
            assert_eq!(differing, [""; 0], "{change}");
            assert_reconciled(&mut watching).await;
        }
    }
}
