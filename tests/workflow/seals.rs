//! Seals of the audit log: nobody tampers with what was sealed unnoticed.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use futures_util::future::join_all;
use rcm_schema::audit::{Head, Trail, prune, seal, verify};
use rcm_schema::chrono::Utc;
use rcm_schema::{Error, access};

use crate::world::{World, run, texts, wait_for_a_waiter};

#[tokio::test]
async fn an_auditor_verifies_and_nobody_else_reads_or_writes() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    change(&mut owner, 1).await;
    let head = seal(&mut owner).await.unwrap();
    let mut auditor = world.database.connect_as(&access::AUDIT).await.unwrap();
    assert_whole(&mut auditor, &head, 1, 0).await;
    let mut readonly = world.database.connect_as(&access::READONLY).await.unwrap();
    let mut service = world.connect().await;
    for connection in [&mut auditor, &mut readonly, &mut service] {
        let refused = seal(connection).await.unwrap_err();
        assert_eq!(refused.code(), "permission_denied", "{refused:?}");
    }
    for connection in [&mut readonly, &mut service] {
        let refused = verify(connection, None).await.unwrap_err();
        assert_eq!(refused.code(), "permission_denied", "{refused:?}");
    }
}

/// Changes so many times something that is audited.
async fn change(owner: &mut AsyncPgConnection, times: usize) {
    for _ in 0..times {
        run(owner, "update payers set name = name || '.'").await;
    }
}

async fn assert_whole(connection: &mut AsyncPgConnection, kept: &Head, sealed: i64, unsealed: i64) {
    let Trail { broken, sealed: found, unsealed: waiting, .. } = verify(connection, Some(kept)).await.unwrap();
    assert_eq!((broken, found, waiting), (vec![], sealed, unsealed));
}

/// Three seals, over two rows, three and one, and one row without.
async fn sealed() -> (World, AsyncPgConnection, [Head; 3]) {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let mut heads = Vec::new();
    for rows in [2, 3, 1] {
        change(&mut owner, rows).await;
        heads.push(seal(&mut owner).await.unwrap());
    }
    change(&mut owner, 1).await;
    (world, owner, heads.try_into().unwrap())
}

#[tokio::test]
async fn a_seal_covers_what_came_since_the_last_and_is_not_made_of_nothing() {
    let (_world, mut owner, heads) = sealed().await;
    for head in &heads {
        assert_whole(&mut owner, head, 6, 1).await;
        assert_eq!(head.to_string().parse::<Head>().unwrap(), *head);
    }
    let last = seal(&mut owner).await.unwrap();
    assert_whole(&mut owner, &last, 7, 0).await;
    assert_eq!(seal(&mut owner).await.unwrap(), last);
    for wrong in ["", "4", "4:", "x:00", &last.to_string()[1..], &format!("{last}0"), &last.to_string().to_uppercase()]
    {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
}

/// Makes the last two seals anew over what is there, as seal_audit_log does: who can do everything can do that, too.
const MAKE_ANEW: &str = "update audit_log set seal = null where seal > 1; delete from audit_seals where number > 1;
    alter table audit_seals enable always trigger seal_audit_log; insert into audit_seals default values";

/// A superuser with the guards off, whose transaction ends with the connection.
async fn guardless(world: &World) -> AsyncPgConnection {
    let mut superuser = world.owner().await;
    run(&mut superuser, "set session_replication_role = replica").await;
    superuser.begin_test_transaction().await.unwrap();
    superuser
}

#[tokio::test]
async fn whoever_tampers_with_what_was_sealed_is_noticed_in_each_way() {
    let (world, _owner, heads) = sealed().await;
    let second = "(select id from audit_log where seal = 2 order by id limit 1)";
    let changed = "seal 2 has rows that were changed";
    let ways = [
        (format!("update audit_log set new_values = '{{}}' where id = {second}"), vec![changed]),
        (format!("update audit_log set actor = 'somebody.else' where id = {second}"), vec![changed]),
        (format!("update audit_log set recorded_login = 'else' where id = {second}"), vec![changed]),
        (format!("update audit_log set row_key = 'else' where id = {second}"), vec![changed]),
        (format!("update audit_log set created_at = created_at - interval '1 day' where id = {second}"), vec![changed]),
        (format!("update audit_log set id = uuidv7() where id = {second}"), vec![changed]),
        (format!("delete from audit_log where id = {second}"), vec!["seal 2 has 2 rows, and was made over 3"]),
        (
            format!("update audit_log set seal = null where id = {second}"),
            vec!["seal 2 has 2 rows, and was made over 3"],
        ),
        (
            "insert into audit_log (seal, changed_table, operation) values (2, 'claims', 'TRUNCATE')".to_owned(),
            vec!["seal 2 has 4 rows, and was made over 3"],
        ),
        (
            format!("update audit_log set seal = 1 where id = {second}"),
            vec!["seal 1 has 3 rows, and was made over 2", "seal 2 has 2 rows, and was made over 3"],
        ),
        (
            "update audit_seals set created_at = created_at - interval '1 day' where number = 2".to_owned(),
            vec!["seal 2 was changed, or one before it"],
        ),
        (
            "update audit_seals set sha256 = sha256('2') where number = 2".to_owned(),
            vec!["seal 2 was changed, or one before it", "seal 3 was changed, or one before it"],
        ),
        (
            "delete from audit_seals where number = 2".to_owned(),
            vec!["seal 2 is missing, and has rows", "seal 3 does not follow on the seal before"],
        ),
        (
            "delete from audit_seals where number = 0".to_owned(),
            vec!["seal 0 is missing, where the chain begins", "seal 1 does not follow on the seal before"],
        ),
        (
            "delete from audit_seals where number = 3; delete from audit_log where seal = 3".to_owned(),
            vec!["seal 3 is missing, and its head was kept"],
        ),
        (
            "truncate audit_log; truncate audit_seals".to_owned(),
            vec!["seal 0 is missing, where the chain begins", "seal 3 is missing, and its head was kept"],
        ),
        (
            "update audit_seals set pruned_at = now() where number = 1; delete from audit_log where seal = 1"
                .to_owned(),
            vec!["seal 1 is marked as pruned before its six years"],
        ),
        (
            format!("delete from audit_log where id = {second}; {MAKE_ANEW}"),
            vec!["seal 3 is missing, and its head was kept"],
        ),
        (
            format!(
                "delete from audit_log where id = {second}; {MAKE_ANEW};
                insert into audit_log (changed_table, operation) values ('claims', 'TRUNCATE');
                insert into audit_seals default values"
            ),
            vec!["seal 3 is not the one whose head was kept"],
        ),
    ];
    for (tampering, expected) in ways {
        let mut superuser = guardless(&world).await;
        run(&mut superuser, &tampering).await;
        let trail = verify(&mut superuser, Some(&heads[2])).await.unwrap();
        assert_eq!(trail.broken, expected, "{tampering}");
    }
    // Without a head that was kept, a chain that was made anew is a chain.
    let mut superuser = guardless(&world).await;
    run(&mut superuser, &format!("delete from audit_log where id = {second}; {MAKE_ANEW}")).await;
    assert_eq!(verify(&mut superuser, None).await.unwrap().broken, [""; 0]);
}

#[tokio::test]
async fn what_a_superuser_puts_in_an_auditors_way_is_not_believed() {
    let (world, mut owner, heads) = sealed().await;
    let schema = texts(&mut owner, "select current_schema()").await.remove(0);
    run(
        &mut owner,
        "set session_replication_role = replica;
         update audit_log set actor = 'innocent' where id = (select id from audit_log where seal = 2 order by id limit 1);
         create schema evil;
         create function evil.never(bytea, bytea) returns boolean language sql as 'select false';
         create operator evil.<> (function = evil.never, leftarg = bytea, rightarg = bytea);
         grant usage on schema evil to public",
    )
    .await;
    let mut auditor = world.database.connect_as(&access::AUDIT).await.unwrap();
    let path = format!("evil, pg_catalog, {schema}, pg_temp");
    run(&mut auditor, &format!("set search_path = {path}")).await;
    let trail = verify(&mut auditor, Some(&heads[2])).await.unwrap();
    assert_eq!(trail.broken, ["seal 2 has rows that were changed"]);
    assert_eq!(texts(&mut auditor, "select current_setting('search_path')").await, [path]);

    for way in [
        "alter table audit_seals enable row level security; create policy nothing on audit_seals using (true)",
        "alter table audit_seals disable row level security; alter table audit_log rename to hidden;
         create view audit_log as table hidden; grant select on audit_log to public",
    ] {
        run(&mut owner, way).await;
        let refused = verify(&mut auditor, Some(&heads[2])).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { what: "audit log", .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn who_is_writing_while_a_seal_is_made_waits_for_nobody_and_falls_into_the_next() {
    let world = World::new().await;
    let (mut owner, mut writer) = (world.owner().await, world.owner().await);
    change(&mut owner, 1).await;
    run(&mut writer, "begin; update org_policies set days_to_act = days_to_act + 1").await;
    let first = seal(&mut owner).await.unwrap();
    assert_whole(&mut owner, &first, 1, 0).await;
    // Before the writer has committed, and again after it.
    change(&mut owner, 1).await;
    let second = seal(&mut owner).await.unwrap();
    run(&mut writer, "commit").await;
    let policies = texts(&mut owner, "select count(*) from org_policies").await[0].parse::<i64>().unwrap();
    assert_whole(&mut owner, &second, 2, policies).await;
    let third = seal(&mut owner).await.unwrap();
    for head in [first, second, third] {
        assert_whole(&mut owner, &head, 2 + policies, 0).await;
    }
}

#[tokio::test]
async fn of_two_who_seal_at_once_one_waits() {
    let world = World::new().await;
    let (mut owner, mut one, mut other) = (world.owner().await, world.owner().await, world.owner().await);
    change(&mut owner, 1).await;
    run(&mut one, "begin").await;
    let first = seal(&mut one).await.unwrap();
    change(&mut owner, 1).await;
    let (second, ()) = tokio::join!(seal(&mut other), async {
        wait_for_a_waiter(&mut owner).await;
        run(&mut one, "commit").await;
    });
    let second = second.unwrap();
    assert_ne!(first, second);
    assert_whole(&mut owner, &first, 2, 0).await;
    assert_whole(&mut owner, &second, 2, 0).await;
    // Many at once, with writers among them.
    let mut workers = Vec::new();
    for _ in 0..8 {
        workers.push(world.owner().await);
    }
    let heads = join_all(workers.iter_mut().map(async |worker| {
        change(worker, 2).await;
        let head = seal(worker).await.unwrap();
        change(worker, 1).await;
        head
    }))
    .await;
    let last = seal(&mut owner).await.unwrap();
    for head in heads.iter().chain([&last]) {
        assert_whole(&mut owner, head, 2 + 24, 0).await;
    }
}

#[tokio::test]
async fn what_is_six_years_old_is_pruned_seal_by_seal_and_the_chain_stays_whole() {
    let (_world, mut owner, heads) = sealed().await;
    assert_eq!(prune(&mut owner, None).await.unwrap(), 0);
    let too_late = Utc::now().date_naive();
    assert!(matches!(prune(&mut owner, Some(too_late)).await, Err(Error::Invalid { what: "day", .. })));

    // Seals of seven years ago, by a clock that is late.
    let clock = |from: &str, to: &str| {
        format!(
            "do $$ begin execute replace(
            pg_get_functiondef(cast('seal_audit_log' as regproc)), $t${from}$t$, $t${to}$t$); end $$"
        )
    };
    let late = "clock_timestamp() - interval '7 years'";
    run(&mut owner, &clock("clock_timestamp()", late)).await;
    change(&mut owner, 1).await;
    let old = seal(&mut owner).await.unwrap();
    run(&mut owner, &clock(late, "clock_timestamp()")).await;
    change(&mut owner, 1).await;
    let last = seal(&mut owner).await.unwrap();
    assert_whole(&mut owner, &last, 9, 0).await;
    assert_eq!(prune(&mut owner, None).await.unwrap(), 1);
    assert_eq!(prune(&mut owner, None).await.unwrap(), 0);
    for head in heads.iter().chain([&old, &last]) {
        assert_whole(&mut owner, head, 7, 0).await;
    }
    // What is put where it was is noticed.
    run(
        &mut owner,
        "set session_replication_role = replica; insert into audit_log (seal, changed_table, operation) values (4, 'claims', 'TRUNCATE')",
    )
    .await;
    assert_eq!(verify(&mut owner, None).await.unwrap().broken, ["seal 4 was pruned, and has rows"]);
}
