//! `migrate up --dry-run`: what can't be told is said so, and names are looked up where PostgreSQL would.

use std::collections::BTreeMap;

use rcm_schema::migrations::{LockMode, PlannedStatement, Runner};

use crate::dry_run::{planned, world};
use crate::support::{Empty, Folder, empty_database, migrate_folder};

#[tokio::test]
async fn what_cannot_be_told_is_said_so() {
    let empty = empty_database().await;
    world(&empty).await;
    empty
        .execute(
            "create function o.code(int) returns int language sql as 'select 1';
            create table parent_of (id int); create table child_of () inherits (parent_of);
            create table cascading (id int primary key);
            create table cascaded (id int references cascading on delete cascade)",
        )
        .await;
    for (sql, said) in [
        ("do $$ begin drop table child; end $$", "what its code does"),
        ("call anything()", "what its code does"),
        ("select total(1)", "what total() does"),
        ("insert into loose select total(id) from child", "what total() does"),
        ("alter table loose add column sum int default total(3)", "what total() does"),
        ("create index i on loose (public.total(id))", "what total() does"),
        ("update parent set code = 'x'", "what the triggers and rules of parent do"),
        ("delete from ruled", "what the triggers and rules of ruled do"),
        ("drop function touch() cascade", "CASCADE"),
        ("select count(o.code(1))", "what code() does"),
        ("create materialized view v as select total(1)", "what total() does"),
        ("import foreign schema a from server b into c", "not known here"),
        ("vacuum", "every table"),
        ("reindex table child", "who reads the table waits as well"),
        ("reindex (verbose) index child_note", "who reads the table waits as well"),
        ("alter index child_note set tablespace pg_default", "who reads the table waits as well"),
        ("alter index child_note depends on extension e", "not known here"),
        ("alter table child alter constraint child_parent_id_fkey deferrable", "not known here"),
        ("alter type mood add value 'x'", "not known here"),
        ("alter sequence s owned by child.id", "not known here"),
        ("alter extension e update", "not known here"),
        ("alter publication p add table child", "not known here"),
        ("alter statistics s rename to t", "not known here"),
        ("drop owned by current_user", "not known here"),
        ("drop extension e", "not known here"),
        ("drop statistics s", "not known here"),
        ("drop publication p", "not known here"),
        ("create publication p for table child", "not known here"),
        ("create schema s create table t (id int references child)", "not known here"),
        ("prepare a as select 1", "not known here"),
        ("alter table list attach partition list_2 for values in (2)", "what list inherits from and what inherits"),
        ("alter table list detach partition list_1", "what list inherits from"),
        ("create table list_3 partition of list for values in (3)", "what list inherits from"),
        ("drop table list_1", "what list_1 inherits from"),
        ("select from list", "what list inherits from"),
        ("alter table parent_of add column note text", "what parent_of inherits from"),
        ("insert into child_view values (1)", "what child_view stands for"),
        ("select from child_view", "what child_view stands for"),
        ("lock table child_view", "what child_view stands for"),
        ("delete from cascading where id = 1", "what the changed rows of cascaded set off"),
        ("truncate ruled", "what the triggers and rules of ruled do"),
        ("drop table gone", "no table gone is there now"),
        ("alter table o.gone add column note text", "no table o.gone is there now"),
        ("update \"Child\" set note = 'x'", "no table Child is there now"),
        ("drop index gone", "no index gone is there now"),
        ("alter domain gone add check (value > 0)", "no table has a column of gone now"),
    ] {
        let untold = planned(&empty, sql).await.untold;
        assert!(untold.iter().any(|text| text.contains(said)), "{sql}: {untold:?}");
    }
    for sql in [
        "select count(*) from child",
        "insert into loose (id) values (lower('1')::int)",
        "comment on function total(int) is 'x'",
        "create table if not exists more (id int primary key references more, parent_id int references parent, code text check (code like code))",
        "create or replace view other_view as select id from child_view",
        "create or replace view child_view as select id from child",
        "create rule r as on delete to loose do also delete from parent",
        "create policy p on loose using (exists (select from child_view))",
        "drop function touch()",
        "alter function touch() rename to touched",
        "alter sequence s restart",
        "drop type mood",
        "create domain euros as int check (value > 0)",
        "alter index child_note rename to other",
        "set local lock_timeout = '1s'",
    ] {
        assert_eq!(planned(&empty, sql).await.untold, Vec::<String>::new(), "{sql}");
    }
}

async fn plan(empty: &Empty, folder: &Folder) -> Vec<PlannedStatement> {
    let plan = Runner::from_directory(folder.path()).unwrap().plan(empty.database()).await.unwrap();
    plan.migrations.into_iter().flat_map(|migration| migration.statements).collect()
}

#[tokio::test]
async fn what_earlier_statements_make_is_known_to_later_ones() {
    let empty = empty_database().await;
    world(&empty).await;
    let folder = Folder::new()
        .with(
            "2024-01-02-000000_make",
            "create table made (id int references parent); create index made_id on made (id); comment on table made is 'x';
            create function later() returns int language sql as 'select 1';
            create trigger t before update on loose for each row execute function touch();
            alter table bare add constraint k foreign key (id) references parent;
            create view made_view as select id from child;
            alter function total(int) rename to sum_up",
            "select 1",
        )
        .with(
            "2024-01-03-000000_use",
            "drop index made_id; drop table made; select later(); update loose set note = 'x'; drop table bare;
            select from made_view; select sum_up(1)",
            "select 1",
        );
    let planned = plan(&empty, &folder).await;
    for quiet in [1, 2, 3, 7, 8] {
        assert!(planned[quiet].locks.is_empty() && planned[quiet].untold.is_empty(), "{:?}", planned[quiet]);
    }
    let lock = |at: usize, table: &str| planned[at].locks.get(table).copied();
    assert_eq!(lock(9, "parent"), Some(LockMode::AccessExclusive), "its key");
    assert!(planned[10].untold[0].contains("what later() does"));
    assert!(planned[11].untold[0].contains("what the triggers and rules of loose do"));
    assert_eq!(lock(12, "parent"), Some(LockMode::AccessExclusive), "its key");
    assert!(planned[13].untold[0].contains("what made_view stands for"));
    assert!(planned[14].untold[0].contains("what sum_up() does"));
}

#[tokio::test]
async fn names_are_looked_up_where_postgresql_would() {
    let empty = empty_database().await;
    for schema in ["org_a", "ORG_A", "Org A"] {
        empty.execute(&format!("create schema \"{schema}\"; create table \"{schema}\".\"of {schema}\" ()")).await;
    }
    for schema in ["org_a", "ORG_A", "Org A"] {
        let (up, table) = (format!("drop table \"of {schema}\""), format!("of {schema}: ACCESS EXCLUSIVE"));
        let folder = Folder::new().with("2024-01-02-000000_drop", &up, "select 1");
        let run = migrate_folder(&empty.url(), &folder, &["--schema", schema, "up", "--dry-run"]).succeeded();
        assert!(run.out.contains(&table) && !run.out.contains('?'), "{run:?}");
    }

    // The second schema of the path, and a path that changes underway.
    let folder = Folder::new()
        .with("2024-01-02-000000_a", "drop table far; set search_path = org_a; drop table far", "select 1")
        .with("2024-01-03-000000_b", "drop table far", "select 1")
        .with("2024-01-04-000000_c", "select set_config('search_path', 'o', true); drop table far", "select 1");
    empty.execute("create schema o; create table o.far ()").await;
    let url = empty.url() + "&options=-c%20search_path%3Dpublic,o";
    let shown: Vec<_> = {
        let database = rcm_schema::Database::from_url(&url).unwrap();
        let plan = Runner::from_directory(folder.path()).unwrap().plan(&database).await.unwrap();
        let statements = plan.migrations.into_iter().flat_map(|migration| migration.statements);
        statements.map(|statement| (statement.locks, !statement.untold.is_empty())).collect()
    };
    let far = BTreeMap::from([("o.far".to_owned(), LockMode::AccessExclusive)]);
    let none = BTreeMap::new();
    let expected = [(&far, false), (&none, false), (&far, true), (&far, false), (&none, false), (&far, true)];
    assert_eq!(shown.iter().map(|(locks, untold)| (locks, *untold)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_path_without_a_schema_is_an_error_and_no_panic() {
    let empty = empty_database().await;
    let url = empty.url() + "&options=-c%20search_path%3Dnowhere";
    let run = migrate_folder(&url, &Folder::with_first(), &["up", "--dry-run"]).failed_with(1);
    assert!(run.error().contains("no schema of the search_path exists"), "{run:?}");
}
