//! `migrate audit`: what it prints and exits with.

use private_postgres::TestDatabase;
use rcm_schema::access;
use rcm_schema::migrations::{self, DEFINITION};

use crate::support::{connect, migrate};

const SEVEN_YEARS_AGO: &str = "
    do $$ begin execute replace(
        pg_get_functiondef(cast('seal_audit_log' as regproc)), 'clock_timestamp()', 'clock_timestamp() - interval ''7 years''');
    end $$";

#[tokio::test]
async fn seals_are_made_verified_and_pruned() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let owner = connect(database.url()).await;
    let audit = |arguments: &[&str]| migrate(database.url(), &[&["audit"], arguments].concat());
    let head = |arguments: &[&str]| {
        let out = audit(arguments).succeeded().out;
        out.trim().strip_prefix("head ").unwrap().to_owned()
    };
    owner.batch_execute("update org_policies set active = false where policy_type = 'appeal_threshold'").await.unwrap();
    let rows = owner.query("select from audit_log", &[]).await.unwrap().len();
    assert!(rows > 0);
    let first = head(&["seal"]);
    assert!(first.starts_with("1:") && first.len() == 66, "{first}");
    owner.batch_execute("update org_policies set active = true").await.unwrap();
    let verified = audit(&["verify", "--head", &first]).succeeded().out;
    assert_eq!(verified, format!("whole: {rows} rows sealed, {rows} not yet, head {first}\n"));

    // What `verify` asks, an auditor may.
    let auditor = database.database_as(&access::AUDIT).await.unwrap();
    assert!(migrations::runner().status(&auditor).await.unwrap().is_up_to_date());
    rcm_schema::audit::verify(&mut auditor.connect().await.unwrap(), None).await.unwrap();
    audit(&["verify", "--head", "1:22"]).failed_with(2);
    let refused = audit(&["prune", "--before", "2999-01-01"]).failed_with(1);
    assert_eq!(refused.error(), "error: day: the audit log is kept for six years; choose an earlier day");
    assert_eq!(audit(&["prune"]).succeeded().out, "the rows of 0 seals are gone; the seals stay\n");

    owner.batch_execute(SEVEN_YEARS_AGO).await.unwrap();
    let second = head(&["seal"]);
    assert_eq!(audit(&["prune"]).succeeded().out, "the rows of 1 seals are gone; the seals stay\n");
    let verified = audit(&["verify", "--head", &second]).succeeded().out;
    assert_eq!(verified, format!("whole: {rows} rows sealed, 0 not yet, head {second}\n"));

    owner
        .batch_execute(
            "set session_replication_role = replica; update audit_log set actor = 'somebody.else' where seal = 1",
        )
        .await
        .unwrap();
    let broken = audit(&["verify"]).failed_with(13).out;
    assert_eq!(broken, format!("seal 1 has rows that were changed\n{rows} rows sealed, 0 not yet, head {second}\n"));
    migrate(database.url(), &["audit"]).failed_with(2);
}
