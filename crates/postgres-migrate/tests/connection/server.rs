//! PostgreSQL servers that live as long as the tests which use them.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use diesel_async::SimpleAsyncConnection;
use postgres_migrate::Database;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// As it stands in a URL; no part of it may show up anywhere.
pub const PASSWORD: &str = "canary%20p%40ss%2Fword";
pub const RAW_PASSWORD: &str = "canary p@ss/word";

/// A database server of its own in a temporary directory; both are gone when it is dropped.
pub struct Server {
    directory: PathBuf,
    pub port: u16,
}

static WITHOUT_TLS: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static WITH_TLS: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// Tests that run at the same time share a server; the last one stops it.
fn shared(server: &Mutex<Weak<Server>>, start: impl FnOnce() -> Server) -> Arc<Server> {
    let mut server = server.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    server.upgrade().unwrap_or_else(|| {
        let started = Arc::new(start());
        *server = Arc::downgrade(&started);
        started
    })
}

pub fn without_tls() -> Arc<Server> {
    shared(&WITHOUT_TLS, || Server::start(None))
}

pub fn with_tls() -> Arc<Server> {
    shared(&WITH_TLS, || Server::start(Some((2020, 2090))))
}

impl Server {
    /// A directory of its own.
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = PathBuf::from(format!("/tmp/rcm-connection-{}-{number}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let server = Self { directory, port: 0 };
        fs::set_permissions(&server.directory, fs::Permissions::from_mode(0o700)).unwrap();
        own(&server.directory);
        fs::create_dir(server.path("my sockets")).unwrap();
        own(&server.path("my sockets"));
        server
    }

    /// `years`: from when to when its certificate is valid.
    pub fn start(years: Option<(i32, i32)>) -> Self {
        let mut server = Self::new();
        server.write("password", RAW_PASSWORD);
        server.run("initdb", &["--username=rcm_admin", "--pwfile=password", "--auth=scram-sha-256", "--no-sync"]);
        if let Some((from, until)) = years {
            server.write_certificates(from, until);
        }
        let rules = fs::read_to_string(server.path("data/pg_hba.conf")).unwrap();
        server.write(
            "data/pg_hba.conf",
            &format!(
                "host all rejected all reject\n{}{rules}",
                if years.is_some() { "hostssl all certified all cert\n" } else { "" }
            ),
        );
        let settings = fs::read_to_string(server.path("data/postgresql.conf")).unwrap();
        server.start_on_free_port(&format!("{settings}\nssl = {}\n", years.is_some()));
        server
    }

    /// A copy of this server that stays in recovery, as one that follows it does; this one is started again.
    pub fn start_standby(&self) -> Self {
        let mut standby = Self::new();
        self.run("pg_ctl", &["stop", "--wait", "--mode=fast"]);
        let copied = Command::new("cp").arg("-a").arg(self.path("data")).arg(&standby.directory).status().unwrap();
        assert!(copied.success());
        standby.write("data/standby.signal", "");
        let settings = fs::read_to_string(standby.path("data/postgresql.conf")).unwrap();
        standby.start_on_free_port(&settings);
        self.run("pg_ctl", &["start", "--wait", "--silent", "--log=log"]);
        standby
    }

    /// Stops as a machine does that fails.
    pub fn fail(&self) {
        self.run("pg_ctl", &["stop", "--wait", "--mode=immediate"]);
    }

    fn start_on_free_port(&mut self, settings: &str) {
        // Somebody else can take a free port before the server does.
        for _ in 0..5 {
            self.port = free_port();
            self.write(
                "data/postgresql.conf",
                &format!(
                    "{settings}\nport = {}\nlisten_addresses = '127.0.0.1, ::1'\nfsync = off\n\
                     unix_socket_directories = '{}'\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'\n\
                     ssl_ca_file = '../authority.pem'\n",
                    self.port,
                    self.path("my sockets").display()
                ),
            );
            if self.try_run("pg_ctl", &["start", "--wait", "--silent", "--log=log"]) {
                return;
            }
        }
        panic!("no server: {}", fs::read_to_string(self.path("log")).unwrap_or_default());
    }

    /// `authority.pem` signs the server's certificate; `namesake.pem` and `stranger.pem` don't.
    fn write_certificates(&self, from: i32, until: i32) {
        let authority = |name: &str| {
            let mut parameters = CertificateParams::default();
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters.distinguished_name.push(DnType::CommonName, name);
            CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
        };
        let trusted = authority("authority");
        self.write("authority.pem", &trusted.pem());
        self.write("namesake.pem", &authority("authority").pem());
        self.write("stranger.pem", &authority("stranger").pem());
        let names = ["localhost", "database.example", "127.0.0.1", "::1"].map(String::from);
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        self.write("server.pem", &parameters.signed_by(&key, &trusted).unwrap().pem());
        self.write("server.key", &key.serialize_pem());
        // For the role `certified`, of two authorities.
        let stranger = authority("stranger");
        for (name, authority) in [("client", &trusted), ("impostor", &stranger)] {
            let mut parameters = CertificateParams::default();
            parameters.distinguished_name.push(DnType::CommonName, "certified");
            let key = KeyPair::generate().unwrap();
            self.write(&format!("{name}.pem"), &parameters.signed_by(&key, authority).unwrap().pem());
            let path = format!("{name}.key");
            self.write(&path, &key.serialize_pem());
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Starts again, with what was written into its files since.
    pub fn restart(&self) {
        self.run("pg_ctl", &["restart", "--wait", "--silent", "--mode=fast", "--log=log"]);
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
        own(&self.path(name));
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        assert!(self.try_run(program, arguments), "{program} failed");
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new(server_program(program));
        command.args(arguments).env("PGDATA", "data").env("LC_ALL", "C").current_dir(&self.directory);
        if let Some((user, group)) = unprivileged() {
            command.uid(user).gid(group);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    pub fn url(&self, parameters: &str) -> String {
        format!("postgresql://rcm_admin:{PASSWORD}@127.0.0.1:{}/postgres?{parameters}", self.port)
    }

    pub async fn run_sql(&self, statements: &str) {
        let mut connection = Database::from_url(&self.url("")).unwrap().connect().await.unwrap();
        connection.batch_execute(statements).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.try_run("pg_ctl", &["stop", "--wait", "--mode=immediate"]);
        let removed = fs::remove_dir_all(&self.directory);
        if !std::thread::panicking() {
            removed.unwrap();
        }
    }
}

/// Of the first installation on PATH that can start a server, else of Debian's newest.
fn server_program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_server = |directory: &PathBuf| directory.join("initdb").is_file();
    let on_path = std::env::split_paths(&path).find(has_server);
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = || installed.map(|version| version.path().join("bin")).filter(has_server).max();
    on_path.or_else(newest).unwrap_or_default().join(name)
}

/// Whom to run the server as where we are root: PostgreSQL refuses that.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    let user = |name| Some((id(&["-u", name])?, id(&["-g", name])?));
    (id(&["-u"]) == Some(0)).then(|| user("postgres").or_else(|| user("nobody")).unwrap())
}

fn own(path: &Path) {
    if let Some((user, group)) = unprivileged() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// What the server listens on, as URLs write it.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    // Some machines have no IPv6.
    ["127.0.0.1", "[::1]"].into_iter().filter(|address| TcpListener::bind(format!("{address}:0")).is_ok())
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
