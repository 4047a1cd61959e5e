//! An empty database, a folder of migrations, and the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rcm_schema::Database;
use tokio_postgres::{Client, NoTls, types::ToSql};
use uuid::Uuid;

/// The server. (Temporary: `TestDatabase` replaces it.)
const SERVER: &str = "postgresql://postgres@127.0.0.1:54871";

/// Any claim. (Temporary: the columns of the placeholder migration.)
pub const INSERT_CLAIM: &str = "INSERT INTO claims VALUES (gen_random_uuid())";

/// A database that nothing was done to; dropped at the end.
pub struct Empty {
    pub name: String,
}

pub async fn empty_database() -> Empty {
    let name = format!("migrations_{}", Uuid::now_v7().simple());
    let server = connect(&format!("{SERVER}/postgres")).await;
    server.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    Empty { name }
}

impl Empty {
    pub fn url(&self) -> String {
        format!("{SERVER}/{}", self.name)
    }

    /// The same database, seen by another role.
    pub fn url_as(&self, role: &str) -> String {
        self.url().replace("postgres@", &format!("{role}@"))
    }

    /// The same database by a name that looks like another machine.
    pub fn remote_url(&self) -> String {
        self.url().replace("127.0.0.1", "db.example.com") + "?hostaddr=127.0.0.1&sslmode=disable"
    }

    pub fn database(&self) -> Database {
        Database::from_url(&self.url()).unwrap()
    }

    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    /// The one value of a query, as text.
    pub async fn value(&self, query: &str) -> String {
        let query = format!("SELECT ({query})::text");
        let value: Option<String> = self.client().await.query_one(&query, &[]).await.unwrap().get(0);
        value.unwrap_or_default()
    }

    pub async fn execute(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.unwrap();
    }

    /// The versions in the ledger, with commas between them.
    pub async fn ledger(&self) -> String {
        self.value("SELECT string_agg(version, ',' ORDER BY version) FROM __diesel_schema_migrations")
            .await
    }

    pub async fn exists(&self, relation: &str) -> bool {
        self.value(&format!("SELECT to_regclass('{relation}') IS NOT NULL"))
            .await
            == "true"
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

impl Drop for Empty {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let drop = async move {
            connect(&format!("{SERVER}/postgres"))
                .await
                .batch_execute(&statement)
                .await
                .unwrap()
        };
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
        };
        std::thread::spawn(move || runtime().block_on(drop)).join().unwrap();
    }
}

async fn connect(url: &str) -> Client {
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
        Self::new().with(
            "2024-01-01-000000_first",
            "CREATE TABLE first (id int PRIMARY KEY);",
            "DROP TABLE first;",
        )
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
    command
        .current_dir(std::env::temp_dir())
        .env("DATABASE_URL", url)
        .args(arguments);
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
    command(url, arguments)
        .arg("--migration-dir")
        .arg(folder.path())
        .output()
        .unwrap()
        .into()
}
