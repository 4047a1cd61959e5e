//! A schema that was renamed, while another one took its name: its functions look into that one until they are pinned again.

use crate::support::{WORLD, client, migrate, organizations, value};

/// Needs quotes.
const NEW: &str = "Org \"B\", renamed";
const POST: &str = "insert into postings (claim_id, kind, amount, posted_on, posted_by)
    select id, 'patient_payment', 1, current_date, 'front.desk' from claims limit 1";

#[tokio::test]
async fn a_renamed_schema_is_told_in_one_line_and_pinned_to_its_new_name() {
    let database = organizations(&["org_a"]).await;
    let owner = client(&database, None).await;
    owner.batch_execute(&format!("set search_path = org_a; {WORLD}")).await.unwrap();
    owner.batch_execute(&format!("alter schema org_a rename to \"{}\"", NEW.replace('"', "\"\""))).await.unwrap();
    let in_schema =
        |schema: &str, arguments: &[&str]| migrate(database.url(), &[&["--schema", schema], arguments].concat());
    in_schema("org_a", &["up", "--create-schema"]).exited_with(0);
    owner.execute("select set_config('search_path', quote_ident($1), false)", &[&NEW]).await.unwrap();

    let told = in_schema(NEW, &["verify"]).exited_with(10);
    let found: Vec<&str> = told.out.lines().filter(|line| line.starts_with("renamed: ")).collect();
    assert!(matches!(*found, [one] if one.contains(" functions look into org_a")), "{told:?}");
    assert!(!told.out.contains("drift"), "{told:?}");
    for refused in [
        POST,
        "update denials set assigned_to = 'somebody'",
        "update claims set voided_on = current_date",
        "select from denial_report()",
        "select from claim_statistics",
        "select from reconcile()",
        "select from reconcile_claims()",
    ] {
        let error = owner.batch_execute(refused).await.unwrap_err();
        assert_eq!(
            error.as_db_error().and_then(|error| error.constraint()),
            Some("schema_is_pinned"),
            "{refused}: {error}"
        );
    }
    // What is pending would bind its triggers to functions of the other schema.
    owner
        .batch_execute(
            "create temporary table noted as select * from __diesel_schema_migrations order by version desc limit 1;
             delete from __diesel_schema_migrations where version in (select version from noted)",
        )
        .await
        .unwrap();
    for command in [["up"].as_slice(), &["up", "--dry-run"]] {
        let told = in_schema(NEW, command).exited_with(1);
        assert!(told.err.contains("functions look into org_a") && told.err.contains("repin"), "{told:?}");
    }
    assert!(in_schema(NEW, &["verify"]).exited_with(10).out.contains("renamed: "));
    owner.batch_execute("insert into __diesel_schema_migrations select * from noted").await.unwrap();

    assert!(in_schema(NEW, &["repin"]).exited_with(0).out.contains("functions look into their own schema now"));
    assert_eq!(in_schema(NEW, &["repin"]).exited_with(0).out, "nothing to do\n");
    in_schema(NEW, &["verify"]).exited_with(0);
    owner.batch_execute(POST).await.unwrap();
    assert_eq!(value(&owner, "select sum(patient_paid_amount) from claims").await, "1");
    in_schema("org_a", &["verify"]).exited_with(0);

    owner.batch_execute("create schema never_migrated").await.unwrap();
    assert_eq!(in_schema("never_migrated", &["repin"]).exited_with(0).out, "nothing to do\n");
}
