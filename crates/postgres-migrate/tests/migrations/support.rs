//! A database with nothing in it, a folder of migrations, and their runner.

use std::fs;
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use postgres_migrate::connection::percent_encoded;
use postgres_migrate::{Database, Definition, Embedded, Error, Report, Result, Runner, Sql};
use postgres_migrate_build::{read_directory, split};
use private_postgres::TestDatabase;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_postgres::Client;
use tracing::Dispatch;
use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::subscriber::NoSubscriber;
use uuid::Uuid;

pub const FIRST: &str = "2024-01-01-000000_first";
pub const SECOND: &str = "2024-01-02-000000_second";
pub const THIRD: &str = "2024-01-03-000000_third";

/// What a runner of a folder knows besides its migrations.
pub const DEFINITION: Definition = Definition::new("books", "1.2.0", &[]);

/// A runner is in the middle of `pg_sleep`.
pub const SLEEPING: &str = "select exists (select from pg_stat_activity
    where datname = current_database() and query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid())";
/// Something waits for a lock on a table.
pub const QUEUED: &str = "select exists (select from pg_locks where not granted and locktype = 'relation'
    and database = (select oid from pg_database where datname = current_database()))";
/// Ends the runners of the database.
pub const TERMINATE: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'postgres-migrate'";

pub fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A database that nothing was done to; dropped at the end.
pub struct Empty(TestDatabase);

pub async fn empty_database() -> Empty {
    Empty(TestDatabase::empty().await.unwrap())
}

impl Empty {
    pub fn database(&self) -> &Database {
        self.0.database()
    }

    pub fn name(&self) -> &str {
        self.database().name()
    }

    /// The same database with something added to its connection string.
    pub fn with(&self, parameter: &str) -> Database {
        Database::from_url(&format!("{}&{parameter}", self.0.url())).unwrap()
    }

    /// The same database, seen with a setting.
    pub fn with_setting(&self, name: &str, value: &str) -> Database {
        self.with(&format!("options={}", percent_encoded(format!("-c {name}={}", value.replace(' ', "\\ ")))))
    }

    /// Takes back that it is for development, which tests' databases say: then it is like any other.
    pub async fn says_nothing(&self) {
        self.execute(&format!("comment on database {} is null", self.name())).await;
    }

    /// A role that may log in and nothing else, for as long as the test takes.
    pub async fn with_role(&self, test: impl AsyncFnOnce(&str, Database)) {
        let role = format!("role_{}", Uuid::now_v7().simple());
        let create = format!("create role {role} login password 'secret'; revoke create on schema public from public");
        self.execute(&create).await;
        test(&role, self.with(&format!("user={role}&password=secret"))).await;
        self.execute(&format!("drop owned by {role}; drop role {role}")).await;
    }

    pub async fn client(&self) -> Client {
        let client = self.database().with_application_name("test").connect_client().await.unwrap();
        client.batch_execute("set idle_session_timeout = 0").await.unwrap();
        client
    }

    /// A session in the middle of a transaction that did this, and its process.
    pub async fn holder(&self, sql: &str) -> (Client, i32) {
        let client = self.client().await;
        client.batch_execute(&format!("set application_name = 'night job'; begin; {sql}")).await.unwrap();
        let pid = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        (client, pid)
    }

    /// A session that does this and keeps its locks so long.
    pub async fn hold(&self, sql: &str, time: Duration) -> JoinHandle<()> {
        let (client, _) = self.holder(sql).await;
        tokio::spawn(async move {
            sleep(time).await;
            client.batch_execute("rollback").await.unwrap();
        })
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

    /// The versions in the ledger, with commas between them.
    pub async fn ledger(&self) -> String {
        self.value("select string_agg(version, ',' order by version) from __diesel_schema_migrations").await
    }

    pub async fn exists(&self, relation: &str) -> bool {
        self.value(&format!("select to_regclass('{relation}') is not null")).await == "true"
    }

    /// Waits until a query says true.
    pub async fn wait_until(&self, query: &str) {
        let client = self.client().await;
        for _ in 0..800 {
            if client.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
                return;
            }
            sleep(milliseconds(25)).await;
        }
        panic!("never true: {query}");
    }

    /// Applies what is pending.
    pub async fn up(&self, folder: &Folder) -> Report {
        folder.runner().run_pending(self.database()).await.unwrap()
    }

    /// The error of applying what is pending.
    pub async fn up_fails(&self, folder: &Folder) -> Error {
        folder.runner().run_pending(self.database()).await.unwrap_err()
    }

    /// Applies what is pending, meanwhile.
    pub fn start(&self, runner: Runner) -> JoinHandle<Result<Report>> {
        let database = self.database().clone();
        tokio::spawn(async move { runner.run_pending(&database).await })
    }

    /// Applies what is pending in a process of its own, which can be killed: this test program again, with an environment
    /// of its own.
    pub fn start_process(&self, folder: &Folder) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "support::plays_the_runner"]).env(URL, self.0.url()).env(FOLDER, folder.path());
        command.stdout(Stdio::null()).spawn().unwrap()
    }
}

const URL: &str = "POSTGRES_MIGRATE_TEST_URL";
const FOLDER: &str = "POSTGRES_MIGRATE_TEST_FOLDER";

#[tokio::test]
async fn plays_the_runner() {
    if let (Ok(url), Ok(folder)) = (std::env::var(URL), std::env::var(FOLDER)) {
        let runner = Runner::from_directory(&DEFINITION, Path::new(&folder)).unwrap();
        runner.run_pending(&Database::from_url(&url).unwrap()).await.unwrap();
    }
}

/// A directory of its own, removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("migrations {}", Uuid::now_v7().simple()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// With one migration that makes the table `first`.
    pub fn with_first() -> Self {
        Self::new().with(FIRST, "create table first (id int primary key);", "drop table first;")
    }

    /// With one more migration, or another text of one.
    pub fn with(self, name: &str, up: &str, down: &str) -> Self {
        let folder = self.0.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), down).unwrap();
        self
    }

    /// With one more migration that runs outside a transaction.
    pub fn with_outside(self, name: &str, up: &str, down: &str) -> Self {
        self.with(name, up, down).with_metadata(name, "run_in_transaction = false\n")
    }

    pub fn with_metadata(self, name: &str, text: &str) -> Self {
        fs::write(self.0.join(name).join("metadata.toml"), text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn runner(&self) -> Runner {
        Runner::from_directory(&DEFINITION, self.path()).unwrap()
    }

    /// The migrations as a build script embeds them.
    pub fn definition(&self) -> Definition {
        let sql = |text: String| {
            let text = leak(text);
            Sql { text, statements: split(text).leak() }
        };
        let embedded = read_directory(self.path()).unwrap().into_iter().map(|files| Embedded {
            name: leak(files.name),
            run_in_transaction: files.run_in_transaction,
            up: sql(files.up),
            down: sql(files.down),
        });
        Definition { migrations: embedded.collect::<Vec<_>>().leak(), ..DEFINITION }
    }
}

/// For definitions, which are constants outside of tests.
pub fn leak(text: String) -> &'static str {
    text.leak()
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What is logged meanwhile, a line an event.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The work, with this log.
    pub fn of<F: Future>(&self, work: F) -> WithDispatch<F> {
        // While there is one subscriber alone, tracing takes a thread that doesn't have it for all threads.
        static ANOTHER: OnceLock<Dispatch> = OnceLock::new();
        ANOTHER.get_or_init(|| Dispatch::new(NoSubscriber::default()));
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_target(false).without_time();
        work.with_subscriber(subscriber.with_writer(move || log.clone()).finish())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits until something is logged.
    pub async fn wait_for(&self, text: &str) {
        for _ in 0..800 {
            if self.text().contains(text) {
                return;
            }
            sleep(milliseconds(25)).await;
        }
        panic!("not logged: {text}\n{}", self.text());
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
