//! `migrate grant`: what each role may do, object by object, and whom it is refused.

use std::collections::BTreeSet;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rcm_schema::Error;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::migrations::{Access, grant, run_pending, verify};
use rcm_schema::testing::TestDatabase;
use uuid::Uuid;

use crate::support::{Empty, INSERT_CLAIM, connect, empty_database, migrate};

const FACTS: [&str; 6] =
    ["appeal_facts", "denial_facts", "posting_facts", "rebill_facts", "variance_facts", "write_off_facts"];

const UPDATED: &str = "
    appeals.appealed_amount appeals.approved_amount appeals.assigned_to appeals.decided_on appeals.due_on
    appeals.filed_on appeals.payer_response appeals.priority appeals.reason appeals.status appeals.supporting_documents
    claims.adjusted_amount claims.paid_amount claims.status claims.submitted_on
    denials.preventable denials.root_cause
    payment_variances.appeal_id payment_variances.needs_appeal payment_variances.resolution payment_variances.resolved_on
    rebills.adjusted_amount rebills.new_claim_id rebills.paid_amount rebills.resolved_on rebills.status
    rebills.submitted_on
    write_offs.approved_by write_offs.approved_on write_offs.rejected_by write_offs.rejected_on write_offs.reversed_by
    write_offs.reversed_on write_offs.status";

/// The columns of the tables to which services add rows that they don't give: decisions, which come later, and what the
/// database keeps. Nobody gives created_at and updated_at.
const NOT_INSERTED: &str = "
    appeals.approved_amount appeals.decided_on appeals.payer_response
    claims.adjusted_amount claims.denial_adjusted_amount claims.denied_amount claims.filed_appeals claims.paid_amount
    claims.recovered_amount claims.transferred_amount claims.written_off_amount
    denials.adjusted_amount denials.open_action denials.recovered_amount denials.transferred_amount
    denials.written_off_amount
    rebills.adjusted_amount rebills.paid_amount rebills.resolved_on
    write_offs.approved_by write_offs.approved_on write_offs.rejected_by write_offs.rejected_on write_offs.reversed_by
    write_offs.reversed_on write_offs.status";

/// Tables to which services add no row.
const NOT_ADDED_TO: [&str; 7] = [
    "__diesel_schema_migrations",
    "coding_rules",
    "database_environment",
    "denial_code_library",
    "org_policies",
    "required_versions",
    "status_transitions",
];

/// The schema, as its owner sees it.
struct Schema {
    tables: Vec<String>,
    views: Vec<String>,
    /// `claims.amount`; none that is computed.
    columns: Vec<String>,
}

async fn texts(database: &TestDatabase, query: &str) -> Vec<String> {
    connect(database.url()).await.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

impl Schema {
    async fn of(database: &TestDatabase) -> Self {
        let relations = |kind: &str| {
            format!(
                "select relname::text from pg_class
                 where relkind = '{kind}' and relnamespace = current_schema()::regnamespace"
            )
        };
        let columns = "
            select format('%s.%s', relname, attname) from pg_attribute join pg_class on pg_class.oid = attrelid
            where relkind = 'r' and relnamespace = current_schema()::regnamespace
                and attnum > 0 and not attisdropped and attgenerated = ''";
        let schema = Self {
            tables: texts(database, &relations("r")).await,
            views: texts(database, &relations("v")).await,
            columns: texts(database, columns).await,
        };
        assert!(schema.tables.len() > 15 && schema.views.len() > 8 && schema.columns.len() > 150);
        schema
    }

    fn relations(&self) -> impl Iterator<Item = &String> {
        self.tables.iter().chain(&self.views)
    }
}

/// Whether a statement is permitted; it stays without effect.
async fn may(connection: &mut AsyncPgConnection, statement: &str) -> bool {
    let result = connection.batch_execute(&format!("begin; {statement}")).await;
    connection.batch_execute("rollback").await.unwrap();
    match result.map_err(Error::from) {
        Ok(()) => true,
        Err(Error::Query { kind: QueryErrorKind::PermissionDenied, .. }) => false,
        Err(error) => panic!("{statement}: {error}"),
    }
}

/// What a role may do, tried as the role on every table, view and column; what a statement can't try, asked.
async fn rights(database: &TestDatabase, schema: &Schema, access: Access) -> BTreeSet<String> {
    let mut connection = database.connect_as(access).await.unwrap();
    let mut tries = vec![
        (String::from("create"), String::from("create table mine ()")),
        (String::from("create"), String::from("create function mine() returns int language sql return 1")),
    ];
    for relation in schema.relations() {
        tries.push((format!("select {relation}"), format!("select from {relation} limit 0")));
    }
    for table in &schema.tables {
        for (right, statement) in [
            ("delete", format!("delete from {table} where false")),
            ("truncate", format!("truncate {table}")),
            ("lock", format!("lock table {table} in share mode")),
            ("trigger", format!("create trigger mine before insert on {table} execute function refuse_change()")),
            ("alter", format!("alter table {table} add column mine text")),
            ("drop", format!("drop table {table} cascade")),
        ] {
            tries.push((format!("{right} {table}"), statement));
        }
    }
    for name in &schema.columns {
        let (table, column) = name.split_once('.').unwrap();
        tries.push((format!("insert {name}"), format!("insert into {table} ({column}) select null where false")));
        tries.push((format!("update {name}"), format!("update {table} set {column} = null where false")));
    }
    let mut rights = BTreeSet::new();
    for (right, statement) in tries {
        if may(&mut connection, &statement).await {
            rights.insert(right);
        }
    }
    let role = format!("{}_{access}", database.database().name());
    let asked = format!(
        "select format('%s %s', part, relname)
         from pg_class cross join unnest(array['INSERT', 'UPDATE', 'REFERENCES']) as part
         where relnamespace = current_schema()::regnamespace and (relkind = 'v' or part = 'REFERENCES')
             and relkind in ('r', 'v') and has_any_column_privilege('{role}', oid, part)
         union all
         select format('%s %s', part, relname) from pg_class cross join unnest(array['DELETE', 'TRUNCATE', 'TRIGGER']) as part
         where relnamespace = current_schema()::regnamespace and relkind = 'v' and has_table_privilege('{role}', oid, part)
         union all
         select format('execute %s', proname) from pg_proc
         where pronamespace = current_schema()::regnamespace and prosecdef and has_function_privilege('{role}', oid, 'execute')"
    );
    rights.extend(texts(database, &asked).await);
    rights
}

#[tokio::test]
async fn the_app_role_writes_what_commands_write_and_nothing_else() {
    let database = TestDatabase::migrated().await.unwrap();
    let schema = Schema::of(&database).await;
    let mut expected: BTreeSet<String> = schema.relations().map(|relation| format!("select {relation}")).collect();
    expected.extend(UPDATED.split_whitespace().map(|column| format!("update {column}")));
    let inserted = schema.columns.iter().filter(|name| {
        let (table, column) = name.split_once('.').unwrap();
        !NOT_ADDED_TO.contains(&table)
            && !["created_at", "updated_at"].contains(&column)
            && !NOT_INSERTED.split_whitespace().any(|not_inserted| not_inserted == *name)
    });
    expected.extend(inserted.map(|column| format!("insert {column}")));
    assert_eq!(rights(&database, &schema, Access::App).await, expected);
}

#[tokio::test]
async fn the_readonly_role_reads_everything_and_writes_nothing() {
    let database = TestDatabase::migrated().await.unwrap();
    let schema = Schema::of(&database).await;
    let expected: BTreeSet<String> = schema.relations().map(|relation| format!("select {relation}")).collect();
    assert_eq!(rights(&database, &schema, Access::Readonly).await, expected);
    // It may start a service, too, and say whether the database is as expected.
    let seen = database.database_as(Access::Readonly).await.unwrap();
    run_pending(&seen).await.unwrap();
    assert!(verify(&seen).await.unwrap().is_as_expected());
}

#[tokio::test]
async fn the_reporting_role_reads_no_patient_and_runs_every_report() {
    let database = TestDatabase::migrated().await.unwrap();
    let schema = Schema::of(&database).await;
    let expected: BTreeSet<String> = FACTS.iter().map(|view| format!("select {view}")).collect();
    assert_eq!(rights(&database, &schema, Access::Reporting).await, expected);

    let owner = connect(database.url()).await;
    owner
        .batch_execute(&format!(
            "begin; {INSERT_CLAIM}; commit;
             update claims set status = 'submitted', submitted_on = '2024-01-02';
             insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select id, 'CO-197', '2024-01-03', 10 from claims"
        ))
        .await
        .unwrap();
    let mut reporting = database.connect_as(Access::Reporting).await.unwrap();
    for function in ["denial", "appeal", "write_off", "rebill", "variance"] {
        reporting.batch_execute(&format!("select * from {function}_report()")).await.unwrap();
    }
    let facts = FACTS.map(|view| format!("select to_jsonb({view})::text from {view}")).join(" union all ");
    let rows = texts(&database, &facts).await;
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains("PATIENT-1")), "{rows:?}");
}

const RIGHTS: &str = "
    select string_agg(concat_ws(' ', relname, relacl::text, (
        select string_agg(attacl::text, ',' order by attnum) from pg_attribute where attrelid = pg_class.oid
    )), E'\n' order by relname)
    from pg_class where relnamespace = 'public'::regnamespace";

/// A migrated database and a role that may log in; `test` is given the role's name, quoted.
async fn with_role(name: &str, test: impl AsyncFnOnce(&Empty, &str, &str)) {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let role = format!("{name} {}", Uuid::now_v7().simple());
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    empty.execute(&format!("create role {quoted}; revoke create on schema public from public")).await;
    test(&empty, &role, &quoted).await;
    empty.execute(&format!("drop owned by {quoted}; drop role {quoted}")).await;
}

#[tokio::test]
async fn granting_twice_is_granting_once_and_another_access_takes_the_first_back() {
    with_role("a \"quoted\" role", async |empty, role, quoted| {
        let before = empty.value(RIGHTS).await;
        let grant =
            |access: &str| migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded().out;
        assert!(grant("app").contains(&format!("role \"{role}\" now has app access to ")));
        let app = empty.value(RIGHTS).await;
        grant("app");
        assert_eq!(empty.value(RIGHTS).await, app);

        grant("readonly");
        let readonly = empty.value(RIGHTS).await;
        assert!(readonly != app && readonly != before);
        empty
            .execute(&format!("grant delete on claims to {quoted}; grant update (amount) on claims to {quoted}"))
            .await;
        grant("readonly");
        assert_eq!(empty.value(RIGHTS).await, readonly);
    })
    .await;
}

#[tokio::test]
async fn a_role_has_the_rights_of_one_access_or_none_and_what_differs_is_drift() {
    with_role("role", async |empty, role, quoted| {
        for access in ["app", "readonly", "reporting"] {
            migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded();
            migrate(&empty.url(), &["verify"]).succeeded();
        }
        let differs = async |access: &str, change: &str, drift: &[&str]| {
            migrate(&empty.url(), &["grant", "--role", role, "--access", access]).succeeded();
            empty.execute(&change.replace("role", quoted)).await;
            let lines: Vec<String> = drift.iter().map(|drift| format!("drift: {}", drift.replace("role", role))).collect();
            let run = migrate(&empty.url(), &["verify"]).failed_with(10);
            assert_eq!(run.out.lines().collect::<Vec<_>>(), lines);
        };
        differs(
            "app",
            "grant delete on claims to role with grant option; revoke update (paid_amount) on claims from role",
            &[
                "grant DELETE on table claims with grant option to role is not of these migrations",
                "grant UPDATE on column claims.paid_amount to role is missing",
            ],
        )
        .await;
        differs(
            "readonly",
            "revoke select on claims, denial_facts from role",
            &[
                "grant SELECT on table claims to role is missing",
                "grant SELECT on view denial_facts to role is missing",
            ],
        )
        .await;
        differs(
            "reporting",
            "grant execute on function check_status_path() to role; grant select on claims to role; grant create on schema public to role",
            &[
                "grant CREATE on schema to role is not of these migrations",
                "grant EXECUTE on function check_status_path() to role is not of these migrations",
                "grant SELECT on table claims to role is not of these migrations",
            ],
        )
        .await;
        // Rights of one's own to read everything, or to verify, are no other rights.
        empty.execute(&format!("drop owned by {quoted}; grant select on all tables in schema public to {quoted}")).await;
        migrate(&empty.url(), &["verify"]).succeeded();
        empty
            .execute(&format!(
                "drop owned by {quoted}; grant execute on function uuidv7() to {quoted};
                 grant select on __diesel_schema_migrations, status_transitions to {quoted}"
            ))
            .await;
        migrate(&empty.url(), &["verify"]).succeeded();
        empty.execute(&format!("drop owned by {quoted}; grant select on payers to {quoted}")).await;
        let run = migrate(&empty.url(), &["verify"]).failed_with(10);
        assert_eq!(run.out, format!("drift: grant SELECT on table payers to {role} is not of these migrations\n"));
    })
    .await;
}

#[tokio::test]
async fn rights_that_come_from_elsewhere_are_refused_and_nothing_is_changed() {
    with_role("role", async |empty, role, quoted| {
        let refused = async |cause: &str, undo: &str, right: &str| {
            empty.execute(cause).await;
            let before = empty.value(RIGHTS).await;
            let run = migrate(&empty.url(), &["grant", "--role", role, "--access", "app"]).failed_with(1);
            assert!(run.error().contains("would keep") && run.error().contains(right), "{run:?}");
            assert_eq!(empty.value(RIGHTS).await, before);
            empty.execute(undo).await;
        };
        refused(
            "grant delete on claims to public",
            "revoke delete on claims from public",
            "(1, such as DELETE on claims)",
        )
        .await;
        refused(
            "grant update (recovered_amount) on denials to public",
            "revoke update (recovered_amount) on denials from public",
            "UPDATE (recovered_amount) on denials",
        )
        .await;
        refused("grant create on schema public to public", "revoke create on schema public from public", "CREATE")
            .await;
        let member = format!("grant pg_write_all_data to {quoted}");
        refused(&member, &member.replace("grant", "revoke").replace(" to ", " from "), "DELETE on").await;
        migrate(&empty.url(), &["grant", "--role", role, "--access", "app"]).succeeded();
    })
    .await;
}

#[tokio::test]
async fn roles_to_which_rights_mean_nothing_are_refused() {
    with_role("role", async |empty, role, quoted| {
        let refused = |role: &str, reason: &str| {
            let run = migrate(&empty.url(), &["grant", "--role", role, "--access", "readonly"]).failed_with(1);
            assert!(run.error().contains(reason) && run.error().contains("nothing was changed"), "{run:?}");
        };
        refused("nobody of this name", "there is no role \"nobody of this name\"; create it");
        refused("public", "there is no role \"public\"");
        empty.execute(&format!("alter role {quoted} superuser")).await;
        refused(role, "is a superuser, or a member of one");
        empty.execute(&format!("alter role {quoted} nosuperuser")).await;

        // The tables belong to an ordinary role, and another one is its member.
        let owner = format!("owner_{}", Uuid::now_v7().simple());
        let tables = "
            select string_agg(format('alter table %I owner to $', relname), ';') from pg_class
            where relkind in ('r', 'v') and relnamespace = 'public'::regnamespace";
        let give = empty.value(tables).await;
        empty.execute(&format!("create role {owner}; {}; grant {owner} to {quoted}", give.replace('$', &owner))).await;
        refused(role, &format!("owns the tables, or is a member of \"{owner}\""));
        refused(&owner, "owns the tables");
        empty
            .execute(&format!("reassign owned by {owner} to current_user; drop owned by {owner}; drop role {owner}"))
            .await;

        migrate(&empty.url(), &["grant", "--role", role, "--access", "writer"]).failed_with(2);
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_of_the_tables_grants_and_only_when_nothing_is_pending() {
    let database = TestDatabase::migrated().await.unwrap();
    let app = database.database_as(Access::App).await.unwrap();
    let error = grant(&app, "pg_monitor", Access::Readonly).await.unwrap_err().to_string();
    assert!(error.contains("can't grant: the tables belong to"), "{error}");

    let empty = empty_database().await;
    let error = grant(empty.database(), "pg_monitor", Access::Readonly).await.unwrap_err().to_string();
    assert!(error.contains("migrations are pending; run `migrate up`"), "{error}");
}

#[tokio::test]
async fn the_name_of_the_schema_makes_no_difference() {
    with_role("role", async |empty, role, quoted| {
        empty.execute("create schema \"Org 2\"").await;
        let url = empty.url() + "&options=-c%20search_path%3D%22Org%5C%202%22";
        migrate(&url, &["up"]).succeeded();
        migrate(&url, &["grant", "--role", role, "--access", "app"]).succeeded();
        let may = |relation: &str| {
            format!("select has_table_privilege('{}', '{relation}', 'select')", role.replace('\'', "''"))
        };
        assert_eq!(empty.value(&may("\"Org 2\".claims")).await, "true");
        assert_eq!(empty.value(&may("public.claims")).await, "false");
        let usage = format!(
            "select has_schema_privilege(oid, 'Org 2', 'usage') from pg_roles where quote_ident(rolname) = '{quoted}'"
        );
        assert_eq!(empty.value(&usage).await, "true");
    })
    .await;
}

#[tokio::test]
async fn several_tests_may_ask_for_a_role_at_once_and_it_goes_with_its_database() {
    let database = TestDatabase::migrated().await.unwrap();
    let (one, two, three) = tokio::join!(
        database.connect_as(Access::App),
        database.connect_as(Access::App),
        database.connect_as(Access::Readonly),
    );
    drop((one.unwrap(), two.unwrap(), three.unwrap()));
    let other = TestDatabase::empty().await.unwrap();
    let roles =
        format!("select rolname::text from pg_roles where starts_with(rolname, '{}')", database.database().name());
    assert_eq!(texts(&other, &roles).await.len(), 2);
    drop(database);
    assert_eq!(texts(&other, &roles).await, Vec::<String>::new());
}
