//! An empty database, a folder of migrations, and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use private_postgres::TestDatabase;
use rcm_schema::Database;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The password of the roles that tests make.
pub const PASSWORD: &str = "secret";

/// A payer and a claim of it; in one transaction.
pub const INSERT_CLAIM: &str = "
    insert into payers (payer_id, name, payer_type)
    values ('TEST-1', 'Test', 'commercial');
    insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
    select 'CLM-1', 'PATIENT-1', id, 'professional', 100, '2024-01-01', '2024-01-01' from payers;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select id, 1, '99213', 100, '2024-01-01' from claims";

/// A database that nothing was done to; dropped at the end.
pub struct Empty {
    pub name: String,
    database: TestDatabase,
}

pub async fn empty_database() -> Empty {
    let database = TestDatabase::empty().await.unwrap();
    Empty { name: database.database().name().to_owned(), database }
}

impl Empty {
    pub fn url(&self) -> String {
        self.database.url().to_owned()
    }

    /// The same database, seen by another role.
    pub fn url_as(&self, role: &str) -> String {
        format!("{}&user={role}&password={PASSWORD}", self.url())
    }

    pub fn database(&self) -> &Database {
        self.database.database()
    }

    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    /// The one value of a query, as text.
    pub async fn value(&self, query: &str) -> String {
        let query = format!("select ({query})::text");
        let value: Option<String> = self.client().await.query_one(&query, &[]).await.unwrap().get(0);
        value.unwrap_or_default()
    }

    pub async fn execute(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.unwrap();
    }

    pub async fn exists(&self, relation: &str) -> bool {
        self.value(&format!("select to_regclass('{relation}') is not null")).await == "true"
    }

    /// Waits until a query counts something.
    pub async fn wait_until(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) {
        let client = self.client().await;
        for _ in 0..400 {
            if client.query_one(query, parameters).await.unwrap().get::<_, bool>(0) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("never true: {query}");
    }
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A directory of its own, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("rcm migrations {}", Uuid::now_v7().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// With one migration that makes the table `first`.
    pub fn with_first() -> Self {
        Self::new().with("2024-01-01-000000_first", "create table first (id int primary key);", "drop table first;")
    }

    /// With one more migration, or another text of one.
    pub fn with(self, name: &str, up: &str, down: &str) -> Self {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), down).unwrap();
        self
    }

    pub fn with_metadata(self, name: &str, text: &str) -> Self {
        fs::write(self.0.join(name).join("metadata.toml"), text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `migrate`, to be run where no `.env` is.
pub fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.current_dir(std::env::temp_dir()).env("DATABASE_URL", url).args(arguments);
    command.env_remove("MIGRATION_DATABASE_URL");
    command
}

/// What a run of `migrate` did.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The one line that an error ends with.
    pub fn error(&self) -> &str {
        let errors: Vec<_> = self.err.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{self:?}");
        assert_eq!(self.err.lines().last(), Some(errors[0]), "{self:?}");
        errors[0]
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    pub fn failed_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// Runs `migrate`.
pub fn migrate(url: &str, arguments: &[&str]) -> Run {
    command(url, arguments).output().unwrap().into()
}

/// Runs `migrate` on the migrations of a folder.
pub fn migrate_folder(url: &str, folder: &Folder, arguments: &[&str]) -> Run {
    command(url, arguments).arg("--migration-dir").arg(folder.path()).output().unwrap().into()
}
