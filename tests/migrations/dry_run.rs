//! `migrate up --dry-run`: what it says about locks is what PostgreSQL does.

use std::collections::BTreeMap;
use std::time::Duration;

use rcm_schema::migrations::{LockMode, PlannedStatement, Runner};
use tokio_postgres::Client;

use crate::support::{Empty, Folder, empty_database, migrate_folder};

const SECOND: &str = "2024-01-02-000000_second";

const WORLD: &str = "
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create function total(n int) returns int language plpgsql as 'begin return n; end';
    create domain cents as int;
    create table parent (id int primary key, code text constraint parent_code_key unique);
    create table child (
        id int primary key, parent_id int constraint child_parent_id_fkey references parent, note text, price cents,
        constraint child_note_short check (length(note) < 9) not valid
    );
    create table loose (id int primary key, parent_id int, note text);
    alter table loose add constraint loose_parent_id_fkey foreign key (parent_id) references parent not valid;
    create table bare (id int not null);
    create unique index bare_id on bare (id);
    create table \"Odd one\" (id int);
    create table list (id int not null) partition by list (id);
    create table list_1 partition of list for values in (1);
    create table list_2 (id int not null);
    create view child_view as select id from child;
    create materialized view child_copy as select id from child;
    create unique index child_copy_id on child_copy (id);
    create index child_note on child (note);
    create trigger parent_touch before update on parent for each row execute function touch();
    create policy child_policy on child using (true);
    create table ruled (id int);
    create rule ruled_rule as on delete to ruled do also delete from child;
    create schema o;
    create table o.far (id int primary key, parent_id int constraint far_parent_id_fkey references parent, note text);
    create index far_note on o.far (note);
    create table far_child (id int, far_id int constraint far_child_far_id_fkey references o.far);
    insert into o.far values (1);
    insert into parent values (1, 'a'), (2, 'b');
    insert into child values (1, 1, 'x', 1);";

/// Statements that may run in a transaction; PostgreSQL keeps their locks to its end.
const STATEMENTS: &[&str] = &[
    "alter table child add column more text not null default 'x; y'",
    "alter table child add column other_id int references parent (id), add constraint c check (id > 0)",
    "alter table only child add constraint k foreign key (id) references parent (id) not valid",
    "alter table loose add constraint u unique (note)",
    "alter table bare add primary key using index bare_id",
    "alter table if exists public.child drop column note",
    "alter table child drop column parent_id",
    "alter table child drop constraint child_parent_id_fkey",
    "alter table child drop constraint if exists child_note_short",
    "alter table child validate constraint child_note_short",
    "alter table loose validate constraint loose_parent_id_fkey",
    "alter table child alter column note set not null",
    "alter table child alter note type varchar(20), alter note set default 'a'",
    "alter table child alter column note set statistics 100",
    "alter table child alter column note set (n_distinct = 5)",
    "alter table child set (fillfactor = 70)",
    "alter table child reset (fillfactor), alter note reset (n_distinct)",
    "alter table child alter column parent_id type bigint",
    "alter table parent alter column id set data type bigint, alter code type varchar(20)",
    "alter table o.far drop column parent_id",
    "alter table o.far alter parent_id type bigint",
    "alter table o.far drop constraint far_parent_id_fkey",
    "alter table child enable row level security",
    "alter table parent disable trigger parent_touch",
    "alter table child cluster on child_note",
    "alter table child rename column note to remark",
    "alter table child rename constraint child_note_short to other",
    "alter table child rename to grandchild",
    "alter table list attach partition list_2 for values in (2)",
    "alter table list detach partition list_1",
    "alter table child replica identity full",
    "alter table \"Odd one\" add column note text",
    "alter table missing_so_far add column note text -- fails, so it isn't run",
    "alter index child_note rename to child_remark",
    "alter index child_note set (fillfactor = 70)",
    "alter view child_view rename to other_view",
    "alter domain cents add constraint cents_positive check (value > 0)",
    "alter domain cents add constraint cents_positive check (value > 0) not valid",
    "alter domain cents set default 3",
    "alter trigger parent_touch on parent rename to t",
    "alter policy child_policy on child using (false)",
    "create table more (id int references parent, note text)",
    "create table more (like child including all)",
    "create table more () inherits (loose)",
    "create table list_3 partition of list for values in (3)",
    "create table more as select child.id from child join parent on true, loose",
    "create index more on child (id, lower(note)) where note <> ' on parent '",
    "create unique index if not exists more on only public.child using btree (id)",
    "create view more as with a as (select 1) select * from child_view, a /* from parent */",
    "create or replace view child_view as select id from child",
    "create trigger t after insert on child for each row execute function touch()",
    "create constraint trigger t after update of note on child deferrable for each row execute function touch()",
    "create policy p on parent for select using (true)",
    "create rule r as on update to loose do also (delete from child; delete from bare)",
    "create statistics s on id, note from child",
    "create function f() returns bigint language sql as $$ select count(*) from child $$",
    "create function f() returns bigint begin atomic; select count(*) from child; end",
    "create function f() returns trigger language plpgsql as 'begin delete from child; end'",
    "create function f() returns bigint language 'sql' as 'select count(*) from child'",
    "create function f() returns bigint return (select count(*) from child)",
    "create policy p on child using (exists (select from parent))",
    "create table more (code text check (code not like 'x' or code like lower(code)))",
    "create index more on o.far (id)",
    "create sequence s",
    "create type mood as enum ('from', 'child')",
    "comment on table child is 'on parent'",
    "comment on column child.note is null",
    "comment on column public.child.note is 'x'",
    "comment on view child_view is 'x'",
    "comment on constraint child_note_short on child is 'x'",
    "comment on trigger parent_touch on parent is 'x'",
    "comment on function touch() is 'x'",
    "drop table loose",
    "drop table if exists child cascade",
    "drop table child_missing_so_far -- fails, so it isn't run",
    "drop table far_child",
    "drop table o.far, far_child",
    "drop index o.far_note",
    "drop view child_view",
    "drop materialized view child_copy",
    "drop index child_note",
    "drop trigger parent_touch on parent",
    "drop policy child_policy on child",
    "drop rule ruled_rule on ruled",
    "drop function total(int)",
    "grant select, update (id) on table child, parent to pg_monitor -- locks since 18",
    "revoke select on child from public -- locks since 18",
    "grant execute on function total(int) to pg_monitor",
    "grant select on all tables in schema public to pg_monitor",
    "lock table child, only parent in share row exclusive mode",
    "lock loose",
    "truncate child",
    "truncate table loose, only child cascade",
    "analyze child",
    "analyze child (id, note), loose",
    "insert into o.far (id) values (7)",
    "delete from o.far",
    "select count(*) from o.far",
    "reindex table child",
    "reindex (verbose) index child_note",
    "cluster child using child_note",
    "insert into loose (id) values (7)",
    "insert into child (id, parent_id) select 8, id from parent limit 1",
    "insert into loose select id, parent_id, note from child on conflict (id) do update set note = 'update parent'",
    "update loose set note = 'x' from child where loose.id = child.id",
    "update child set parent_id = 2",
    "update only parent as p set code = 'c' where id = 1",
    "delete from loose using parent where loose.parent_id = parent.id",
    "delete from parent where id = 2",
    "with gone as (delete from child returning note) insert into loose select 9, 1, note from gone",
    "merge into loose using child on loose.id = child.id when not matched then insert values (child.id, 1)",
    "select * from child join parent on true for no key update",
    "select count(*), extract(year from now()) from \"Odd one\"",
    "(table parent) union all select id, note from loose",
    "values ((select max(id) from child))",
];

fn modes() -> [LockMode; 8] {
    use LockMode::*;
    [AccessShare, RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive]
}

/// `AccessShareLock`, as pg_locks writes it.
fn mode(name: &str) -> LockMode {
    let plain = |mode: &LockMode| mode.to_string().replace(' ', "").to_lowercase() + "lock";
    modes().into_iter().find(|mode| plain(mode) == name.to_lowercase()).unwrap()
}

pub async fn planned(empty: &Empty, sql: &str) -> PlannedStatement {
    let is_outside = sql.contains("index concurrently") || sql.starts_with("vacuum");
    let folder = Folder::with_first().with(SECOND, sql, "select 1");
    let folder = folder.with_metadata(SECOND, &format!("run_in_transaction = {}", !is_outside));
    let plan = Runner::from_directory(folder.path()).unwrap().plan(empty.database()).await.unwrap();
    let migration = plan.migrations.into_iter().last().unwrap();
    assert_eq!((migration.name.as_str(), migration.statements.len()), (SECOND, 1), "{sql}");
    migration.statements.into_iter().next().unwrap()
}

/// The strongest lock of a session on each table that `WORLD` made.
async fn held(client: &Client, pid: i32) -> BTreeMap<String, LockMode> {
    let query = "
        select name, mode from pg_locks join world on id = relation where pid = $1";
    let mut held = BTreeMap::new();
    for row in client.query(query, &[&pid]).await.unwrap() {
        let mode = mode(row.get(1));
        let strongest = held.entry(row.get(0)).or_insert(mode);
        *strongest = mode.max(*strongest);
    }
    held
}

pub async fn world(empty: &Empty) {
    empty.execute(WORLD).await;
    empty
        .execute(
            "create table world as
            select oid as id, concat(case relnamespace when 'o'::regnamespace then 'o.' end, relname) as name
            from pg_class
            where relnamespace in ('public'::regnamespace, 'o'::regnamespace) and relkind in ('r', 'p', 'v', 'm')",
        )
        .await;
}

#[tokio::test]
async fn the_locks_that_are_shown_are_the_locks_that_are_taken() {
    let empty = empty_database().await;
    world(&empty).await;
    let client = empty.client().await;
    let version: i32 = client.query_one("select current_setting('server_version_num')::int", &[]).await.unwrap().get(0);
    let mut wrong = Vec::new();
    for sql in STATEMENTS {
        let shown = planned(&empty, sql).await.locks;
        let is_postponed = sql.contains("_so_far") || version < 150_000 && sql.starts_with("merge");
        client.batch_execute("begin").await.unwrap();
        if !is_postponed {
            client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        let mut taken = held(&client, pid).await;
        client.batch_execute("rollback").await.unwrap();
        // What hangs on a table goes with it, and is told in words.
        if sql.contains("cascade") {
            assert!(planned(&empty, sql).await.untold.iter().any(|text| text.contains("CASCADE")), "{sql}");
            taken.retain(|table, _| shown.contains_key(table));
        }
        if sql.contains("since 18") && version < 180_000 {
            taken.extend(shown.clone());
        }
        if shown != taken && !is_postponed {
            wrong.push(format!("{sql}\n  shown {shown:?}\n  taken {taken:?}"));
        }
        assert!(!is_postponed || shown.is_empty() || sql.starts_with("merge"), "{sql}: {shown:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_works_concurrently_is_shown_as_it_waits() {
    let empty = empty_database().await;
    world(&empty).await;
    for (sql, table) in [
        ("create index concurrently more on child (id)", "child"),
        ("create unique index concurrently more on only public.child (id)", "child"),
        ("drop index concurrently if exists child_note", "child"),
    ] {
        let shown = planned(&empty, sql).await.locks;
        let writer = empty.client().await;
        writer.batch_execute(&format!("begin; delete from {table}")).await.unwrap();
        let worker = empty.client().await;
        let pid: i32 = worker.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        let work = tokio::spawn(async move { worker.batch_execute(sql).await });
        let waits = "select exists (select from pg_locks where pid = $1 and not granted)";
        empty.wait_until(waits, &[&pid]).await;
        assert_eq!(held(&empty.client().await, pid).await, shown, "{sql}");
        writer.batch_execute("rollback").await.unwrap();
        work.await.unwrap().unwrap();
        empty.execute("drop index if exists more").await;
    }
}

#[tokio::test]
async fn what_cannot_run_in_a_transaction_waits_for_what_is_shown() {
    let empty = empty_database().await;
    world(&empty).await;
    let client = empty.client().await;
    client.batch_execute("set lock_timeout = '200ms'").await.unwrap();
    for (sql, goes_with, waits_for) in [
        ("vacuum child", "row exclusive", "share update exclusive"),
        ("vacuum (verbose, analyze) child", "row exclusive", "share update exclusive"),
        ("vacuum full child", "", "access share"),
        ("vacuum (full) child", "", "access share"),
        ("refresh materialized view concurrently child_copy", "access share", "row share"),
        ("refresh materialized view child_copy", "", "access share"),
    ] {
        let table = if sql.contains("child_copy") { "child_copy" } else { "child" };
        let shown = planned(&empty, sql).await.locks[table];
        let holder = empty.client().await;
        for (held, fits) in [(goes_with, true), (waits_for, false)] {
            // LOCK TABLE takes no materialized view.
            holder
                .batch_execute(&match (table, held) {
                    (_, "") => "begin".to_owned(),
                    ("child", mode) => format!("begin; lock table child in {mode} mode"),
                    (_, "access share") => "begin; select from child_copy".to_owned(),
                    _ => "begin; create temp table t as select from child_copy; reindex table child_copy".to_owned(),
                })
                .await
                .unwrap();
            assert_eq!(client.batch_execute(sql).await.is_ok(), fits, "{sql} beside {held}");
            holder.batch_execute("rollback").await.unwrap();
        }
        let expected = match sql {
            _ if sql.contains("concurrently") => LockMode::Exclusive,
            _ if sql.contains("full") || table == "child_copy" => LockMode::AccessExclusive,
            _ => LockMode::ShareUpdateExclusive,
        };
        assert_eq!(shown, expected, "{sql}");
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_waits_for_nobody() {
    let empty = empty_database().await;
    world(&empty).await;
    let folder = Folder::with_first().with(
        SECOND,
        "-- two\ncreate function later() returns int language sql as 'select 1';\nalter table child\n  add column more text;\n\
         alter table child rename to grandchild;\nupdate grandchild set more = later();",
        "select 1",
    );
    let holder = empty.client().await;
    holder.batch_execute("begin; lock table child, parent, loose in access exclusive mode").await.unwrap();
    let url = empty.url() + "&options=-c%20default_transaction_read_only%3Don%20-c%20lock_timeout%3D1s";
    let run = migrate_folder(&url, &folder, &["up", "--dry-run"]).succeeded();
    assert_eq!(
        run.out,
        "2024-01-01-000000_first, in one transaction, which keeps its locks to its end
  statements that lock no table that is there: 1
2024-01-02-000000_second, in one transaction, which keeps its locks to its end
  line 3: alter table child add column more text
    child: ACCESS EXCLUSIVE, nobody reads or writes
  line 5: alter table child rename to grandchild
    child: ACCESS EXCLUSIVE, nobody reads or writes
  line 6: update grandchild set more = later()
    grandchild: ROW EXCLUSIVE, others read and write
    ? what later() does can't be told from here
  statements that lock no table that is there: 1
"
    );
    assert!(!empty.exists("__diesel_schema_migrations").await && !empty.exists("first").await);
    holder.batch_execute("rollback").await.unwrap();

    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let run = migrate_folder(&empty.url(), &folder, &["up", "--dry-run"]).succeeded();
    assert_eq!(run.out, "nothing to do\n");
    let runner = Runner::from_directory(folder.path()).unwrap().deadline(Duration::ZERO);
    assert!(runner.plan(empty.database()).await.unwrap().migrations.is_empty());
}
