//! Roles with few rights, and sessions that may only read.

use postgres_migrate::Database;

use crate::support::{Folder, Log, SECOND, THIRD, empty_database, milliseconds};

async fn up_fails_as(database: &Database, folder: &Folder) -> String {
    folder.runner().run_pending(database).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_role_that_reads_the_ledger_starts_when_nothing_is_pending() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty
        .with_role(async |role, database| {
            let text = up_fails_as(&database, &folder).await;
            assert!(text.contains("ledger") && text.contains("permission denied"), "{text}");
            empty.execute(&format!("grant select on __diesel_schema_migrations to {role}")).await;
            empty.execute(&format!("alter role {role} set default_transaction_read_only = on")).await;
            assert_eq!(folder.runner().run_pending(&database).await.unwrap(), Default::default());
            assert!(folder.runner().status(&database).await.unwrap().is_up_to_date());
        })
        .await;
}

#[tokio::test]
async fn rights_that_nobody_gave_in_a_migration_are_told() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty
        .with_role(async |role, _| {
            let given = format!(
                "alter default privileges in schema public grant all on tables to {role};
                 alter default privileges in schema public grant select on tables to public"
            );
            empty.execute(&given).await;
            let owner = empty.value("select quote_ident(current_user)").await;
            let log = Log::default();
            log.of(empty.up(&folder)).await;
            let cure = |who: &str| {
                format!(
                    "because of default privileges or PUBLIC; if that is not meant: alter default privileges for role {owner} \
                     in schema public revoke all on tables from {who}; revoke all on all tables in schema public from {who}"
                )
            };
            let rights = "DELETE, INSERT, SELECT, TRUNCATE, UPDATE on tables of schema \"public\" (2)";
            let text = log.text();
            assert!(text.contains(&format!("WARN role {role} has {rights} {}", cure(role))), "{text}");
            let expected = format!("WARN PUBLIC has SELECT on tables of schema \"public\" (2) {}", cure("public"));
            assert!(text.contains(&expected), "{text}");

            // The cure works, and what is given on purpose is nobody's mistake.
            for who in [role, "public"] {
                let cure = cure(who);
                empty.execute(cure.split_once("meant: ").unwrap().1).await;
            }
            empty.execute(&format!("grant select on first to {role}")).await;
            let log = Log::default();
            log.of(empty.up(&folder.with(SECOND, "create table second ()", "drop table second"))).await;
            assert!(!log.text().contains("WARN"), "{}", log.text());
        })
        .await;
}

#[tokio::test]
async fn what_takes_back_rights_to_every_new_table_works_for_a_login_of_the_owner() {
    let empty = empty_database().await;
    empty
        .with_role(async |role, login| {
            let owner = format!("Owner {role}");
            let given = format!(
                "create role \"{owner}\"; grant \"{owner}\" to {role}; grant create on schema public to \"{owner}\";
                 alter schema public owner to \"{owner}\"; create role anon_{role};
                 alter default privileges for role \"{owner}\" grant all on tables to anon_{role}"
            );
            empty.execute(&given).await;
            let log = Log::default();
            let folder = Folder::with_first();
            log.of(folder.runner().run_pending(&login)).await.unwrap();
            let text = log.text();
            let cure = text.lines().find_map(|line| line.split_once("if that is not meant: ")).unwrap().1;
            let expected =
                format!("alter default privileges for role \"{owner}\" revoke all on tables from anon_{role}; ");
            assert!(cure.starts_with(&expected), "{cure}");
            // As the login prints it, and may run it.
            login.connect_client().await.unwrap().batch_execute(cure).await.unwrap();
            let folder = folder.with(SECOND, "create table second ()", "drop table second");
            let log = Log::default();
            log.of(folder.runner().run_pending(&login)).await.unwrap();
            assert!(!log.text().contains("WARN"), "{}", log.text());
            for table in ["first", "second"] {
                let may = format!("select has_table_privilege('anon_{role}', '{table}', 'select')");
                assert_eq!(empty.value(&may).await, "false", "{table}");
            }
            let drop = format!("drop owned by anon_{role}, \"{owner}\"; drop role anon_{role}; drop role \"{owner}\"");
            empty.execute(&drop).await;
        })
        .await;
}

#[tokio::test]
async fn a_role_without_create_is_told_so() {
    let empty = empty_database().await;
    empty
        .with_role(async |role, database| {
            let text = up_fails_as(&database, &Folder::with_first()).await;
            let expected = format!(
                "migrations are pending (1), and role \"{role}\" may not create tables in schema \"public\" of database"
            );
            assert!(text.starts_with(&expected), "{text}");
        })
        .await;
    assert!(!empty.exists("__diesel_schema_migrations").await);
}

#[tokio::test]
async fn the_limits_of_a_role_do_not_end_a_migration() {
    let empty = empty_database().await;
    let has_more = empty.value("select exists (select from pg_settings where name = 'transaction_timeout')").await;
    let mut limits =
        vec!["statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"];
    limits.extend((has_more == "true").then_some("transaction_timeout"));
    empty
        .with_role(async |role, database| {
            for limit in limits {
                empty.execute(&format!("alter role {role} set {limit} = '300ms'")).await;
            }
            empty.execute(&format!("grant create on schema public to {role}")).await;
            // The third finds the limits again that a migration may bring back.
            let folder = Folder::with_first()
                .with(SECOND, "select pg_sleep(0.6); reset all; select 1;", "select 1;")
                .with(THIRD, "select pg_sleep(0.6);", "select 1;");
            assert_eq!(folder.runner().run_pending(&database).await.unwrap().applied.len(), 3);
            // A reader makes it pause, longer than an idle session may.
            let folder = folder.with("2024-01-04-000000_note", "alter table first add note text;", "select 1");
            let reader = empty.hold("select * from first", milliseconds(1500)).await;
            let report = folder.runner().lock_timeout(milliseconds(20)).run_pending(&database).await;
            assert_eq!(report.unwrap().applied, ["2024-01-04-000000_note"]);
            reader.await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn the_isolation_level_of_a_role_is_not_that_of_a_migration() {
    let empty = empty_database().await;
    let note = |table: &str| format!("create table {table} as select current_setting('transaction_isolation')");
    let folder =
        Folder::new().with(SECOND, &note("inside"), "-- stays").with_outside(THIRD, &note("outside"), "-- stays");
    let database = empty.with_setting("default_transaction_isolation", "serializable");
    folder.runner().run_pending(&database).await.unwrap();
    for table in ["inside", "outside"] {
        assert_eq!(empty.value(&format!("select current_setting from {table}")).await, "read committed");
    }
}

#[tokio::test]
async fn a_session_that_may_only_read_is_told_so() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    let read_only = empty.with_setting("default_transaction_read_only", "on");
    let expected = "this session may only read: somebody set default_transaction_read_only";
    let text = up_fails_as(&read_only, &folder).await;
    assert!(text.starts_with(expected) && text.ends_with("nothing was changed"), "{text}");
    empty.up(&folder).await;
    let text = folder.runner().revert(&read_only, 1).await.unwrap_err().to_string();
    assert!(text.starts_with(expected), "{text}");
}

#[tokio::test]
async fn a_runner_that_is_stopped_does_not_keep_its_locks_for_ever() {
    let empty = empty_database().await;
    let limits = "create table limits as select current_setting('idle_in_transaction_session_timeout') as transaction,
        current_setting('idle_session_timeout') as session";
    empty.up(&Folder::with_first().with(SECOND, limits, "drop table limits")).await;
    assert_eq!(empty.value("select concat(transaction, ' ', session) from limits").await, "1min 1min");
}

#[tokio::test]
async fn a_search_path_without_a_schema_is_refused() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    for path in ["nowhere", "", "pg_catalog,public"] {
        let database = empty.with_setting("search_path", path);
        let text = up_fails_as(&database, &folder).await;
        assert!(text.contains("no schema of the search_path exists"), "{path}: {text}");
        let text = folder.runner().status(&database).await.unwrap_err().to_string();
        assert!(text.contains("no schema of the search_path exists"), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_spawn_it_on_any_runtime() {
    let empty = empty_database().await;
    assert_eq!(empty.start(Folder::with_first().runner()).await.unwrap().unwrap().applied.len(), 1);
}
