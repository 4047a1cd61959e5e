//! The audit log: what a change leaves there.

use rcm_schema::Error;
use rcm_schema::audit::act_as;
use rcm_schema::models::{AuditEntry, Payer};
use rcm_schema::types::PostingKind;
use rcm_schema::workflow::{denials, payers, write_offs};

use crate::world::{World, assert_reconciled, day, post, record, run, settling, texts, write_off};

/// Table, values before and after, and actor of each row of the log, in order.
const ENTRIES: &str =
    "select concat_ws(' ', changed_table, operation, old_values, new_values, actor) from audit_log order by id";

fn correction(from: &str, to: &str) -> String {
    format!(
        "insert into patient_corrections (from_reference, to_reference, corrected_by) values ('{from}', '{to}', 'registrar')"
    )
}

#[tokio::test]
async fn a_change_leaves_its_values_login_role_and_actor_and_nothing_else_leaves_any() {
    let world = World::new().await;
    let (mut service, mut owner) = (world.connect().await, world.owner().await);
    let denial = world.denial(&mut service, "CO-197", "100").await;
    post(&mut service, &settling(&denial, PostingKind::Payment, "40")).await.unwrap();
    denials::assign(&mut service, denial.id, None).await.unwrap();
    assert_eq!(texts(&mut owner, ENTRIES).await, [""; 0], "inserts, postings and what changes nothing are no changes");

    rcm_schema::transaction(&mut service, async |connection| {
        act_as(connection, "maria").await?;
        denials::assign(connection, denial.id, Some("billing.specialist")).await
    })
    .await
    .unwrap();
    // Who acted then doesn't act now.
    denials::assign(&mut service, denial.id, None).await.unwrap();
    assert_eq!(
        texts(&mut owner, ENTRIES).await,
        [
            r#"denials UPDATE {"assigned_to": null} {"assigned_to": "billing.specialist"} maria"#,
            r#"denials UPDATE {"assigned_to": "billing.specialist"} {"assigned_to": null}"#,
        ]
    );
    let [first, second] = &AuditEntry::by_row(&mut owner, "denials", denial.id).await.unwrap()[..] else {
        panic!("two changes")
    };
    assert_ne!(first.transaction_number, second.transaction_number);
    let login = texts(&mut service, "select session_user").await.remove(0);
    assert_eq!((&first.recorded_login, &first.recorded_role, first.seal), (&login, &login, None));
    assert_reconciled(&mut owner).await;
}

#[tokio::test]
async fn with_another_role_the_login_stays() {
    let world = World::new().await;
    let denial = world.denial(&mut world.connect().await, "CO-197", "100").await;
    let role = texts(&mut world.writer().await, "select current_user").await.remove(0);
    let mut acting = world.owner().await;
    let login = texts(&mut acting, "select session_user").await.remove(0);
    run(&mut acting, &format!("set role {role}")).await;
    denials::assign(&mut acting, denial.id, Some("biller")).await.unwrap();
    let entry = AuditEntry::by_row(&mut world.owner().await, "denials", denial.id).await.unwrap().remove(0);
    assert_eq!((entry.recorded_login, entry.recorded_role), (login, role));
}

#[tokio::test]
async fn an_actor_is_named_inside_a_transaction_and_has_the_shape_of_one() {
    let world = World::new().await;
    let mut service = world.connect().await;
    assert!(matches!(act_as(&mut service, "maria").await, Err(Error::OutsideTransaction)));
    for wrong in ["", "Maria Example", "maria\u{200b}", "\u{43c}aria", &"a".repeat(65)] {
        let refused = rcm_schema::transaction(&mut service, async |connection| act_as(connection, wrong).await)
            .await
            .unwrap_err();
        assert_eq!(refused.constraint(), Some("actor_shape"), "{refused:?}");
    }
    // What looks like SQL is text, however strings are read.
    for conforming in ["on", "off"] {
        let refused = rcm_schema::transaction(&mut service, async |connection| {
            run(connection, &format!("set local standard_conforming_strings = {conforming}")).await;
            act_as(connection, r"o\';reset/**/all;--").await
        });
        assert_eq!(refused.await.unwrap_err().constraint(), Some("actor_shape"), "{conforming}");
    }
}

#[tokio::test]
async fn whom_a_row_names_acts_where_the_application_names_nobody() {
    let world = World::new().await;
    let (mut service, mut owner) = (world.writer().await, world.owner().await);
    let denial = world.denial(&mut service, "CO-197", "100").await;
    let asked = write_offs::request(&mut service, &write_off(&denial, "100")).await.unwrap();
    let other = world.denial(&mut service, "CO-197", "100").await;
    rcm_schema::transaction(&mut service, async |connection| {
        write_offs::approve(connection, asked.id, "billing.manager", day(4)).await?;
        write_offs::reverse(connection, asked.id, "billing.director", day(5)).await?;
        run(connection, &correction("P-1", "P-2")).await;
        // Whom a row named acts for that row alone.
        denials::assign(connection, other.id, Some("biller")).await
    })
    .await
    .unwrap();
    run(&mut owner, "insert into payers (payer_id, name, payer_type) values ('TEST-002', 'Same payer', 'commercial')")
        .await;
    let second = Payer::by_payer_id(&mut owner, "TEST-002").await.unwrap().id;
    payers::merge(&mut owner, second, world.payer, "administrator").await.unwrap();
    let actors = "select distinct concat_ws(' ', changed_table, operation, actor) from audit_log order by 1";
    assert_eq!(
        texts(&mut owner, actors).await,
        [
            "claims UPDATE registrar",
            "denials UPDATE",
            "payers DELETE administrator",
            "write_offs UPDATE billing.director",
            "write_offs UPDATE billing.manager"
        ]
    );
}

#[tokio::test]
async fn of_a_patient_the_log_has_a_digest_that_only_equal_values_share() {
    let world = World::new().await;
    let (mut service, mut owner) = (world.connect().await, world.owner().await);
    for _ in 0..2 {
        let mut claim = world.new_claim("100");
        claim.patient_reference = "MRN-4711".parse().unwrap();
        record(&mut service, &claim).await;
    }
    run(&mut service, &correction("MRN-4711", "MRN-4712")).await;
    let denial = world.denial(&mut service, "CO-197", "100").await;
    run(&mut owner, &format!("update denials set root_cause = 'Told Mr. Example' where id = '{}'", denial.id)).await;
    let log = texts(&mut owner, ENTRIES).await;
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|entry| !entry.contains("MRN") && !entry.contains("Example")), "{log:?}");
    assert!(log[0].contains("sha256:") && log[0] == log[1], "{log:?}");
    // Without the key nobody finds it by trying.
    let guessed = "select count(*) from audit_log
        where position(encode(sha256('MRN-4711'), 'hex') in cast(old_values as text)) > 0";
    assert_eq!(texts(&mut owner, guessed).await, ["0"]);
    let told = "select count(*) from audit_log where old_values ->> 'patient_reference' = audit_digest('MRN-4711')";
    assert_eq!(texts(&mut owner, told).await, ["2"]);
}

#[tokio::test]
async fn what_an_administrator_takes_out_stays_known() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    run(
        &mut owner,
        "delete from filing_rules where step = 'corrected_claim';
         update org_policies set active = false;
         truncate procedure_indicators",
    )
    .await;
    let found =
        "select concat_ws(' ', changed_table, operation, bool_and(row_key is not null), bool_and(old_values ? 'step'))
        from audit_log group by changed_table, operation order by 1";
    let found = texts(&mut owner, found).await;
    assert!(found.contains(&"filing_rules DELETE t t".to_owned()), "{found:?}");
    assert!(found.contains(&"org_policies UPDATE t f".to_owned()), "{found:?}");
    assert!(found.contains(&"procedure_indicators TRUNCATE f".to_owned()), "{found:?}");
}
