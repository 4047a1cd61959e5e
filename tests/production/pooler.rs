//! PgBouncer between a service and the database: in session mode everything works; in transaction mode sessions mix.

use rcm_schema::migrations::DEFINITION;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::models::{Claim, ClaimFilter};
use rcm_schema::{Database, Error, migrations};
use tokio_postgres::config::Host;
use uuid::Uuid;

use crate::server::is_root;
use crate::work::{add_payer, assert_whole, work_one};

const PASSWORD: &str = "secret";

/// A PgBouncer of its own in front of the server of the tests; it ends when dropped.
struct Pooler {
    process: Child,
    directory: PathBuf,
    port: u16,
}

impl Pooler {
    /// `None` where it is not installed.
    fn start(database: &TestDatabase, mode: &str, servers: u32, roles: &[String]) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let directories = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        let Some(program) = directories.map(|directory| directory.join("pgbouncer")).find(|path| path.is_file()) else {
            crate::skip(
                "pgbouncer is not installed (Debian: apt-get install pgbouncer); nothing goes through a pooler",
            );
            return None;
        };
        let directory = PathBuf::from(format!("/tmp/rcm-pooler-{}", Uuid::now_v7().simple()));
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();

        let server: tokio_postgres::Config = database.url().parse().unwrap();
        let host = match &server.get_hosts()[0] {
            Host::Unix(path) => path.display().to_string(),
            Host::Tcp(name) => name.clone(),
        };
        let user = server.get_user().unwrap();
        let password = String::from_utf8(server.get_password().unwrap_or_default().to_vec()).unwrap();
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let users = roles.iter().map(|role| (role.as_str(), PASSWORD)).chain([(user, password.as_str())]);
        let users: String = users.map(|(user, password)| format!("{} {}\n", quoted(user), quoted(password))).collect();
        fs::write(directory.join("users"), users).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::write(
            directory.join("pgbouncer.ini"),
            format!(
                "[databases]\n* = host={host} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {directory}/users\npool_mode = {mode}\n\
                 default_pool_size = {servers}\nlogfile =\npidfile =\n",
                server.get_ports()[0],
                directory = directory.display(),
            ),
        )
        .unwrap();
        // Like PostgreSQL, it refuses to run as root; the server's user can reach the server's socket.
        let mut command = Command::new(program);
        command.arg("--quiet").arg(directory.join("pgbouncer.ini"));
        if is_root() {
            let postgres = Command::new("id").arg("postgres").stdout(Stdio::null()).stderr(Stdio::null()).status();
            command.args(["--user", if postgres.unwrap().success() { "postgres" } else { "nobody" }]);
        }
        let process = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut pooler = Self { process, directory, port };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(pooler.process.try_wait().unwrap().is_none(), "pgbouncer ended");
            assert!(begin.elapsed() < Duration::from_secs(10), "pgbouncer doesn't listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }

    /// The same database, through the pooler.
    fn database(&self, database: &TestDatabase) -> Database {
        let server: tokio_postgres::Config = database.url().parse().unwrap();
        let (user, name) = (server.get_user().unwrap(), database.database().name());
        Database::from_url(&format!("host=127.0.0.1 port={} user='{user}' dbname={name}", self.port)).unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

async fn setting(connection: &mut AsyncPgConnection, name: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let query = diesel::sql_query("select current_setting($1) as value").bind::<Text, _>(name);
    query.get_result::<Row>(connection).await.unwrap().value
}

#[tokio::test]
async fn in_session_mode_everything_works() {
    let direct = TestDatabase::empty().await.unwrap();
    let Some(pooler) = Pooler::start(&direct, "session", 8, &[]) else { return };
    let database = pooler.database(&direct);
    // Runners at once: the lock that one of them gets belongs to its session.
    let runs = (0..3).map(|_| migrations::run_pending(&database));
    let applied: usize =
        futures_util::future::join_all(runs).await.into_iter().map(|run| run.unwrap().applied.len()).sum();
    assert_eq!(applied, migrations::runner().status(&database).await.unwrap().migrations.len());

    let pool = database.pool().max_size(4).build().await.unwrap();
    let payer = add_payer(&mut pool.get().await.unwrap()).await;
    let workers = (0..4).map(async |turn| {
        let mut confirmed = Vec::new();
        for _ in 0..3 {
            work_one(&mut pool.get().await.unwrap(), payer, turn, &mut confirmed).await.unwrap();
        }
        confirmed
    });
    let confirmed = futures_util::future::join_all(workers).await.concat();
    assert_whole(&mut pool.get().await.unwrap(), &confirmed).await;
    assert_eq!(setting(&mut pool.get().await.unwrap(), "statement_timeout").await, "30s");

    // Organizations share the pooler's servers, one after the other, and nothing of a session stays.
    drop(pool);
    direct.connect().await.unwrap().batch_execute("create schema org_a; create schema org_b").await.unwrap();
    for schema in ["org_a", "org_b"] {
        let organization = database.with_schema(schema);
        migrations::run_pending(&organization).await.unwrap();
        let pool = organization.pool().max_size(2).build().await.unwrap();
        let payer = add_payer(&mut pool.get().await.unwrap()).await;
        let mut confirmed = Vec::new();
        work_one(&mut pool.get().await.unwrap(), payer, 2, &mut confirmed).await.unwrap();
        let filter = ClaimFilter { payer_id: Some(payer), ..ClaimFilter::default() };
        assert_eq!(Claim::list(&mut pool.get().await.unwrap(), &filter, None, 10).await.unwrap().len(), 2);
        assert_whole(&mut pool.get().await.unwrap(), &confirmed).await;
    }
    for _ in 0..8 {
        let mut connection = database.connect().await.unwrap();
        assert_eq!(setting(&mut connection, "search_path").await, "\"$user\", public");
    }
}

/// docs/operating.md says so: a statement that one session prepared is unknown to the next server, or somebody else's.
#[tokio::test]
async fn in_transaction_mode_a_prepared_statement_is_lost_and_the_error_says_what_to_do() {
    let direct = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let Some(pooler) = Pooler::start(&direct, "transaction", 2, &[]) else { return };
    let database = pooler.database(&direct);
    let mut first = database.connect().await.unwrap();
    let mut second = database.connect().await.unwrap();
    let lost = lost_statement(&mut first, &mut second).await;
    assert!(matches!(lost, Error::Query { kind: QueryErrorKind::StatementLost, .. }), "{lost:?}");
    assert!(lost.to_string().contains("session mode"), "{lost}");
}

/// Two sessions take turns on two servers until one meets the wrong one.
async fn lost_statement(first: &mut AsyncPgConnection, second: &mut AsyncPgConnection) -> Error {
    Claim::by_claim_id(first, "CLM-1").await.expect_err("there is no claim");
    for _ in 0..10 {
        // Holds the server on which `first` prepared its statement.
        second.batch_execute("begin").await.unwrap();
        let outcome = Claim::by_claim_id(first, "CLM-1").await.expect_err("there is no claim");
        second.batch_execute("rollback").await.unwrap();
        match outcome {
            Error::NotFound => {}
            other => return other,
        }
    }
    panic!("every statement met the server that knew it");
}

/// docs/operating.md says so: what a session sets is set for whoever comes next on that server, another organization too.
#[tokio::test]
async fn in_transaction_mode_settings_leak_and_a_role_of_its_own_keeps_an_organization_apart() {
    let direct = TestDatabase::empty().await.unwrap();
    let mut owner = direct.connect().await.unwrap();
    let roles = Roles::new(&direct, &mut owner).await;
    let Some(pooler) = Pooler::start(&direct, "transaction", 1, &roles.0) else { return };
    let database = pooler.database(&direct);

    let mut first = database.with_schema("org_0").connect().await.unwrap();
    let mut second = database.with_schema("org_1").connect().await.unwrap();
    assert_eq!(setting(&mut first, "search_path").await, "\"org_1\", pg_temp", "it leaks");
    assert_eq!(setting(&mut second, "search_path").await, "\"org_1\", pg_temp");

    // The pooler never lends a server of one role to another, and the server sets what belongs to the role.
    let mut first = database.with_user(&roles.0[0], PASSWORD).connect().await.unwrap();
    let mut second = database.with_user(&roles.0[1], PASSWORD).connect().await.unwrap();
    for _ in 0..3 {
        assert_eq!(setting(&mut first, "search_path").await, "org_0");
        assert_eq!(setting(&mut second, "search_path").await, "org_1");
    }
}

/// Two roles, each with a schema; dropped at the end.
struct Roles([String; 2], String);

impl Roles {
    async fn new(database: &TestDatabase, owner: &mut AsyncPgConnection) -> Self {
        let roles = [0, 1].map(|number| format!("rcm_test_{number}_{}", Uuid::now_v7().simple()));
        for (number, role) in roles.iter().enumerate() {
            let name = database.database().name();
            let statements = format!(
                "create schema org_{number}; create role {role} login password '{PASSWORD}'; \
                 alter role {role} in database {name} set search_path = org_{number}"
            );
            owner.batch_execute(&statements).await.unwrap();
        }
        Self(roles, database.url().to_owned())
    }
}

impl Drop for Roles {
    fn drop(&mut self) {
        let drop = async || {
            let mut owner = Database::from_url(&self.1).unwrap().connect().await.unwrap();
            owner.batch_execute(&format!("drop role {}", self.0.join(", "))).await.unwrap();
        };
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::scope(|scope| scope.spawn(|| runtime().block_on(drop())).join().unwrap());
    }
}
