//! Whether a database is what the migrations make of it.

use postgres_migrate::{Definition, Difference, Edited, Runner, Verification, catalog};

use crate::support::{DEFINITION, Empty, FIRST, Folder, SECOND, empty_database, leak};

async fn differences(empty: &Empty, folder: &Folder) -> Vec<Difference> {
    let verification = folder.runner().verify(empty.database()).await.unwrap();
    let because = verification.drift_unknown_because.unwrap();
    let (of_ledger, of_folder) =
        ("other migrations are applied than this binary has", "these are not the migrations that are compiled in");
    assert!(because == of_ledger || because == of_folder, "{because}");
    verification.differences
}

#[tokio::test]
async fn pending_out_of_order_and_unknown_are_told_apart() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    assert_eq!(differences(&empty, &folder).await, [Difference::Pending { migration: FIRST.to_owned() }]);
    assert!(!empty.exists("__diesel_schema_migrations").await);
    empty.up(&folder).await;
    assert_eq!(differences(&empty, &folder).await, []);

    let folder = folder.with(SECOND, "create table second ();", "drop table second;");
    assert_eq!(differences(&empty, &folder).await, [Difference::Pending { migration: SECOND.to_owned() }]);

    empty.execute("insert into __diesel_schema_migrations (version) values ('20240103000000')").await;
    let late = Difference::OutOfOrder { migration: SECOND.to_owned(), after: String::from("20240103000000") };
    let unknown = Difference::Unknown { version: String::from("20240103000000") };
    assert_eq!(differences(&empty, &folder).await, [late, unknown.clone()]);

    empty.up(&folder).await;
    assert_eq!(differences(&empty, &folder).await, [unknown]);
}

#[tokio::test]
async fn an_edited_migration_is_noticed_but_not_other_line_ends() {
    let empty = empty_database().await;
    let up = "create table second (\n    id int\n);\n";
    let folder = Folder::with_first().with(SECOND, up, "drop table second;");
    empty.up(&folder).await;

    let folder = folder.with(SECOND, &up.replace('\n', "\r\n"), "drop table second cascade;");
    assert_eq!(differences(&empty, &folder).await, []);

    let folder = folder.with(SECOND, &up.replace("int", "bigint"), "drop table second;");
    assert_eq!(differences(&empty, &folder).await, [Difference::Edited { migration: SECOND.to_owned() }]);
    folder.runner().edited(Edited::Accept).redo(empty.database(), Some(1)).await.unwrap();
    assert_eq!(differences(&empty, &folder).await, []);
}

/// Books and the genres that a librarian may not change; the definition knows what the migrations make.
async fn library(empty: &Empty) -> Definition {
    let up = "
        create table books (id int primary key, title text not null);
        create table genres (name text primary key, created_at timestamptz default now());
        insert into genres values ('novel'), ('play');
        create index books_by_title on books (title)";
    let folder = Folder::new().with(FIRST, up, "drop table books, genres");
    let definition = Definition { rule_tables: &["genres"], ..folder.definition() };
    Runner::new(&definition).run_pending(empty.database()).await.unwrap();
    let found = catalog(empty.database(), &definition).await.unwrap();
    Definition { catalog: leak(found.merge_into("")), ..definition }
}

async fn verify(empty: &Empty, definition: &Definition) -> Verification {
    Runner::new(definition).verify(empty.database()).await.unwrap()
}

#[tokio::test]
async fn drift_is_told_object_by_object() {
    let empty = empty_database().await;
    let definition = library(&empty).await;
    let verification = verify(&empty, &definition).await;
    assert!(verification.is_as_expected(), "{verification:?}");
    empty
        .execute(
            "alter table books alter column title drop not null;
             drop index books_by_title;
             create table forgotten ();
             update genres set created_at = '2000-01-01';
             delete from genres where name = 'play'",
        )
        .await;
    let verification = verify(&empty, &definition).await;
    let told: Vec<String> = verification.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "drift: column books.title is altered; expected \"text not null\", found \"text\"",
            "drift: index books_by_title is missing",
            "drift: row (play) of genres is missing",
            "drift: unexpected object: table forgotten",
        ]
    );
    assert_eq!(verification.drift_unknown_because, None);
}

#[tokio::test]
async fn what_nobody_recorded_is_not_judged() {
    let empty = empty_database().await;
    let definition = library(&empty).await;
    let unrecorded = Definition { catalog: DEFINITION.catalog, ..definition };
    empty.execute("create table more ()").await;
    let verification = verify(&empty, &unrecorded).await;
    assert!(verification.is_as_expected(), "{verification:?}");

    let version = definition.catalog.lines().next().unwrap();
    let other = Definition { catalog: leak(definition.catalog.replacen(version, "13", 1)), ..definition };
    let because = verify(&empty, &other).await.drift_unknown_because.unwrap();
    assert_eq!(because, format!("this version of the program doesn't know PostgreSQL {version}"));
}

#[tokio::test]
async fn who_works_without_triggers_is_told() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty
        .with_role(async |role, _| {
            empty.execute(&format!("alter role {role} set session_replication_role = replica")).await;
            assert_eq!(differences(&empty, &folder).await, [], "who may not write here is of other databases");
            for right in ["insert (id)", "delete"] {
                empty.execute(&format!("grant {right} on first to {role}")).await;
                assert_eq!(differences(&empty, &folder).await.len(), 1, "{right}");
                empty.execute(&format!("revoke {right} on first from {role}")).await;
            }
            empty.execute(&format!("grant delete on first to {role}")).await;
            let (name, other) = (empty.name(), empty_database().await);
            let everywhere = "session_replication_role=replica of role";
            let told = |text: String| Difference::Drift {
                object: format!("setting {text}"),
                expected: None,
                found: Some(String::new()),
            };
            for (of, object) in [
                (format!("role {role}"), format!("{everywhere} {role}")),
                (format!("role {role} in database {name}"), format!("{everywhere} {role} in this database")),
            ] {
                empty.execute(&format!("alter {of} set session_replication_role = replica")).await;
                assert_eq!(differences(&empty, &folder).await, [told(object)]);
                empty.execute(&format!("alter {of} reset session_replication_role")).await;
            }
            let elsewhere =
                format!("alter role {role} in database {} set session_replication_role = local", other.name());
            empty.execute(&elsewhere).await;
            empty.execute(&format!("alter role {role} set session_replication_role = origin")).await;
            assert_eq!(differences(&empty, &folder).await, []);
            empty.execute(&format!("alter database {name} set session_replication_role = replica")).await;
            let of_all = told(String::from("session_replication_role=replica of every role in this database"));
            assert_eq!(differences(&empty, &folder).await, [of_all]);
        })
        .await;
}
