//! Whom `migrate grant` refuses, and where it leaves a right for others to take back.

use uuid::Uuid;

use crate::grant::RIGHTS;
use crate::support::{Empty, Run, empty_database, migrate};

/// What docs/operating.md says that a grant may say.
fn told() -> Vec<&'static str> {
    let table =
        include_str!("../../../../docs/operating.md").split("| `grant` says | because |\n|---|---|\n").nth(1).unwrap();
    let rows = table.lines().take_while(|line| !line.is_empty());
    rows.map(|row| row.strip_prefix("| `").unwrap().split('`').next().unwrap()).collect()
}

/// The refusal, which docs/operating.md has.
fn refusal(run: &Run) -> &str {
    let error = run.error();
    assert!(error.ends_with("; nothing was changed") && told().iter().any(|told| error.contains(told)), "{run:?}");
    error
}

/// A migrated database and two roles that may do nothing; in SQL and in messages `$role` and `$other`.
struct Roles {
    empty: Empty,
    id: String,
}

async fn with_roles(test: impl AsyncFnOnce(&Roles)) {
    let roles = Roles { empty: empty_database().await, id: Uuid::now_v7().simple().to_string() };
    migrate(&roles.empty.url(), &["up"]).succeeded();
    roles.execute("create role $role; create role $other; revoke create on schema public from public").await;
    test(&roles).await;
    roles.execute("drop owned by $role, $other; drop role $role, $other").await;
}

impl Roles {
    fn named(&self, text: &str) -> String {
        text.replace("$role", &format!("role_{}", self.id)).replace("$other", &format!("other_{}", self.id))
    }

    async fn execute(&self, sql: &str) {
        self.empty.execute(&self.named(sql)).await;
    }

    fn grant(&self, access: &str) -> Run {
        migrate(&self.empty.url(), &["grant", "--role", &self.named("$role"), "--access", access])
    }

    /// With the cause a grant is refused for this reason and changes nothing; without it nothing is in the way.
    async fn refused(&self, access: &str, cause: &str, reason: &str, undo: &str) {
        self.execute(cause).await;
        let before = self.empty.value(RIGHTS).await;
        let run = self.grant(access).failed_with(1);
        let reason = self.named(reason);
        assert!(refusal(&run).contains(&reason), "{reason}: {run:?}");
        assert_eq!(self.empty.value(RIGHTS).await, before);
        self.execute(undo).await;
        self.grant(access).succeeded();
    }
}

#[tokio::test]
async fn a_right_of_public_is_refused() {
    with_roles(async |roles| {
        for (right, on, told) in [
            ("delete", "claims", "DELETE on claims"),
            ("update (recovered_amount)", "denials", "UPDATE (recovered_amount) on denials"),
            ("execute", "function keep_totals()", "EXECUTE on keep_totals()"),
        ] {
            let cause = format!("grant {right} on {on} to public");
            let reason = format!("would keep rights that app access doesn't include: {told} (given to PUBLIC by ");
            roles.refused("app", &cause, &reason, &format!("revoke {right} on {on} from public")).await;
        }
        // What the access includes is none of them.
        roles.execute("grant select (id) on claims to public; grant usage on schema public to public").await;
        roles.grant("app").succeeded();
        let undo = "revoke select (id) on claims from public";
        roles.refused("reporting", "", "SELECT (id) on claims (given to PUBLIC by ", undo).await;
    })
    .await;
}

#[tokio::test]
async fn a_right_of_a_role_that_it_can_become_is_refused_inherited_or_not() {
    with_roles(async |roles| {
        for attribute in ["inherit", "noinherit"] {
            roles.execute(&format!("alter role $role {attribute}")).await;
            let cause = "grant delete, select on claims to $other; grant $other to $role";
            let undo = "revoke $other from $role";
            roles.refused("readonly", cause, "include: DELETE on claims (given to $other by ", undo).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_right_that_somebody_else_gave_is_refused() {
    with_roles(async |roles| {
        roles
            .refused(
                "readonly",
                "grant usage on schema public to $other; grant delete on claims to $other with grant option;
                 set role $other; grant delete on claims to $role",
                "include: DELETE on claims (given to $role by $other)",
                "revoke delete on claims from $other cascade",
            )
            .await;
        roles
            .refused(
                "readonly",
                "grant select on claims to $other with grant option; grant $other to $role",
                "include: SELECT on claims with grant option (given to $other by ",
                "revoke grant option for select on claims from $other",
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_passed_rights_on_is_refused() {
    with_roles(async |roles| {
        roles
            .refused(
                "app",
                "grant usage on schema public to $role; grant select (id) on claims to $role with grant option;
                 set role $role; grant select (id) on claims to $other",
                "role \"$role\" has given SELECT (id) on claims to $other; take that away first",
                "revoke select (id) on claims from $role cascade",
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_may_do_more_than_an_ordinary_role_is_refused() {
    with_roles(async |roles| {
        for (attribute, reason) in [
            ("superuser", "is a superuser"),
            ("createrole", "may make roles (CREATEROLE)"),
            ("replication", "may copy the server (REPLICATION)"),
        ] {
            let cause = format!("alter role $role {attribute}");
            let reason_ = format!("role \"$role\" {reason}; take that away first, or choose another role");
            roles.refused("reporting", &cause, &reason_, &format!("alter role $role no{attribute}")).await;

            let cause = format!("alter role $other {attribute}; grant $other to $role");
            let reason = format!("role \"$role\" is a member of \"$other\", which {reason}");
            roles.refused("reporting", &cause, &reason, &format!("alter role $other no{attribute}")).await;
        }
        roles.execute("alter role $role noinherit").await;
        for predefined in ["pg_write_all_data", "pg_read_server_files", "pg_execute_server_program", "pg_monitor"] {
            let cause = format!("grant {predefined} to $other; grant $other to $role");
            let reason = format!(
                "role \"$role\" is a member of \"{predefined}\", which is predefined and may do more than rights to a schema say"
            );
            roles.refused("reporting", &cause, &reason, "revoke $other from $role").await;
            roles.execute(&format!("revoke {predefined} from $other")).await;
        }
        let database = format!("database {}", roles.empty.name);
        let cause = format!("grant create on {database} to $role");
        let undo = format!("revoke create on {database} from $role");
        roles.refused("app", &cause, &format!("CREATE on {database} (given to $role by "), &undo).await;
        // These reach nothing: no table has policies, and a new database is empty.
        roles.execute("alter role $role bypassrls createdb").await;
        roles.grant("reporting").succeeded();
        if roles.empty.value("to_regclass('pg_parameter_acl') is not null").await == "true" {
            for right in ["set", "alter system"] {
                let cause = format!("grant {right} on parameter session_replication_role to $role");
                let undo = format!("revoke {right} on parameter session_replication_role from $role");
                roles.refused("app", &cause, "may switch the guards off (SET or ALTER SYSTEM on", &undo).await;
            }
        }
        let cause = "alter role $role set session_replication_role = replica";
        roles.refused("app", cause, "is set to work without the guards", "alter role $role reset all").await;
    })
    .await;
}

#[tokio::test]
async fn who_owns_something_of_the_schema_is_refused() {
    with_roles(async |roles| {
        let owner = roles.empty.value("current_user").await;
        // Whatever it is, the schema is its owner's alone no longer.
        for object in [
            &format!("database {}", roles.empty.name),
            "schema public",
            "table payers",
            "view denial_facts",
            "function keep_totals()",
            "domain usd",
        ] {
            roles.execute(&format!("alter {object} owner to $role")).await;
            let run = roles.grant("app").failed_with(1);
            // Until PostgreSQL 14 the schema public isn't its database's owner's.
            let is_told = ["'s alone: ", "owns database"].iter().any(|told| run.error().contains(told));
            assert!(is_told && run.error().ends_with("; nothing was changed"), "{run:?}");
            roles.execute(&format!("alter {object} owner to {owner}")).await;
            roles.grant("app").succeeded();
        }
        // The owner itself, and who may act as it.
        roles.execute("create schema org authorization $other; grant $other to $role").await;
        let org = |arguments: &[&str]| migrate(&roles.empty.url(), &[arguments, &["--schema", "org"]].concat());
        org(&["up"]).succeeded();
        let run = org(&["grant", "--role", &roles.named("$role"), "--access", "readonly"]).failed_with(1);
        let reason = roles.named("role \"$role\" is a member of \"$other\", which owns ");
        assert!(refusal(&run).contains(&reason), "{run:?}");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_no_ordinary_role_is_refused() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    for (role, reason) in [
        ("nobody of this name", "there is no role \"nobody of this name\"; create it"),
        ("public", "there is no role \"public\""),
        ("pg_monitor", "role \"pg_monitor\" is predefined and may do more than rights to a schema say"),
        ("pg_read_all_data", "role \"pg_read_all_data\" is predefined"),
        // Since PostgreSQL 15 it owns the schema public.
        ("pg_database_owner", "role \"pg_database_owner\" "),
    ] {
        let run = migrate(&empty.url(), &["grant", "--role", role, "--access", "readonly"]).failed_with(1);
        assert!(refusal(&run).contains(reason), "{run:?}");
    }
    migrate(&empty.url(), &["grant", "--role", "nobody", "--access", "writer"]).failed_with(2);
}

#[test]
fn what_the_readme_says_is_in_the_program() {
    assert!(told().len() > 4);
    for told in told() {
        assert!(include_str!("../../../postgres-migrate/src/grant.rs").contains(told), "{told}");
    }
}
