//! A database with organizations, each in a schema of its own, and roles that serve one of them.

use std::process::{Command, Output};

use postgres_migrate::DEFAULT_JOBS;
use private_postgres::TestDatabase;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

pub const PASSWORD: &str = "secret";

/// A payer, a submitted claim with a line, a denial of it with a recovery, and a write-off to approve; the same ids in
/// whatever schema it is run.
pub const WORLD: &str = include_str!("world.sql");

/// A database with a migrated schema for each name.
pub async fn organizations(names: &[&str]) -> TestDatabase {
    let database = TestDatabase::empty().await.unwrap();
    for name in names {
        assert!(postgres_migrate::create_schema(&database.database().with_schema(name)).await.unwrap());
    }
    let schemas: Vec<String> = names.iter().map(ToString::to_string).collect();
    let runner = rcm_schema::migrations::runner();
    let fleet = runner.run_pending_in_schemas(database.database(), &schemas, DEFAULT_JOBS, |_| {}).await;
    assert_eq!((fleet.schemas.len(), fleet.failed().count()), (names.len(), 0), "{fleet:?}");
    database
}

/// A session, as the owner of everything or as a role.
pub async fn client(database: &TestDatabase, role: Option<&str>) -> Client {
    let url = match role {
        Some(role) => format!("{}&user={role}&password={PASSWORD}", database.url()),
        None => database.url().to_owned(),
    };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The one value of a query, as text.
pub async fn value(client: &Client, expression: &str) -> String {
    let value: Option<String> = client.query_one(&format!("select ({expression})::text"), &[]).await.unwrap().get(0);
    value.unwrap_or_default()
}

/// The first column of a query, as text.
pub async fn column(client: &Client, query: &str) -> Vec<String> {
    client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The SQLSTATE that a statement fails with; `None` where it succeeds.
pub async fn refusal(client: &Client, statement: &str) -> Option<SqlState> {
    let error = client.batch_execute(statement).await.err()?;
    Some(error.code().unwrap_or_else(|| panic!("{statement}: {error}")).clone())
}

/// A role that serves one organization: it may read, insert and update there, and has no right anywhere else.
pub async fn serving_role(database: &TestDatabase, schema: &str) -> String {
    let role = format!("serves_{}", Uuid::now_v7().simple());
    let grants = format!(
        "create role {role} login password '{PASSWORD}';
         grant usage on schema {schema} to {role};
         grant select, insert, update on all tables in schema {schema} to {role};
         grant execute on all functions in schema {schema} to {role}"
    );
    let revoked =
        "select format('revoke execute on function %s from {role}', oid::regprocedure) from pg_proc where prosecdef";
    let owner = client(database, None).await;
    owner.batch_execute(&grants).await.unwrap();
    for revoke in column(&owner, &revoked.replace("{role}", &role)).await {
        owner.batch_execute(&revoke).await.unwrap();
    }
    role
}

/// Roles belong to the server, not to the database that is dropped after the test.
pub async fn drop_role(database: &TestDatabase, role: &str) {
    let owner = client(database, None).await;
    owner.batch_execute(&format!("drop owned by {role}; drop role {role}")).await.unwrap();
}

/// What a run of a program did.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The one line that an error ends with.
    pub fn error(&self) -> &str {
        let errors: Vec<_> = self.err.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{self:?}");
        assert_eq!(self.err.lines().last(), Some(errors[0]), "{self:?}");
        errors[0]
    }

    pub fn exited_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// Runs `migrate`, where no `.env` is.
pub fn migrate(url: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(std::env::temp_dir()).env("DATABASE_URL", url).env_remove("MIGRATION_DATABASE_URL");
    let Output { status, stdout, stderr } = command.args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), out: text(stdout), err: text(stderr) }
}
