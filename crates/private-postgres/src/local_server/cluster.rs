//! One data directory and the server on it. Callers hold the start lock.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::account::Account;
use super::programs::{self, Programs};
use super::{Lifetime, PORT, SUPERUSER, files};
use crate::error::{Error, Result};

/// How long a server may take to recover from a crash.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to stop, before it is stopped without a checkpoint.
const STOPPING: Duration = Duration::from_secs(30);
/// How long a living server may be without its socket: it makes the socket before anything that takes long.
const WITHOUT_SOCKET: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// The superuser needs no password, because only the owner of the socket's directory, and root, can reach it.
const HBA: &str = "# Written at each start.\n\
                   local all rcm_admin trust\n\
                   local all all scram-sha-256\n";

/// So nobody needs one in tests: a client that isn't optimized takes longer to prove one than to connect.
const HBA_FOR_TESTS: &str = "# Written at each start.\nlocal all all trust\n";

/// Starts the server as a grandchild, so that it is no zombie of a caller that lives on, and without the descriptors
/// that the caller happens to have. Its standard input is the lock that says that it lives.
const LAUNCH: &str = r#"{ "$@" <&3 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- & } 3<&0"#;

/// Row values and statements stay out of the log: `terse` drops DETAIL and CONTEXT, `panic` refused statements.
const OPTIONS: [&str; 16] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=64MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_destination=stderr",
    "logging_collector=off",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
    "log_statement=none",
    "log_min_duration_statement=-1",
    "log_checkpoints=off",
];

/// A crash of the machine may lose what tests wrote. Many processes share the server, each with connections and pools; some
/// prepare transactions.
const TEST_OPTIONS: [&str; 5] = [
    "max_connections=300",
    "max_prepared_transactions=10",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// Where a server keeps its things.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    /// Holds the data, the log and the locks.
    pub home: PathBuf,
    /// Holds the socket.
    pub socket: PathBuf,
    pub account: Account,
    pub lifetime: Lifetime,
}

enum State {
    /// It answers.
    Running,
    /// No process of it is left.
    Ended,
    /// Processes of it live, but it can't be reached.
    Unreachable,
}

impl Cluster {
    /// True where it was not running, or not as it should.
    pub async fn start(&self) -> Result<bool> {
        match self.settled().await? {
            State::Running if self.is_sound().await => return Ok(false),
            State::Ended => {}
            State::Running | State::Unreachable => self.end().await?,
        }
        // Without fsync, data that outlived its server can't be trusted.
        if self.lifetime == Lifetime::LastUser {
            self.file(&self.data(), files::remove)?;
        }
        let programs = self.programs()?;
        if !self.data().is_dir() {
            self.initialize(&programs).await?;
        }
        self.clear_remains()?;
        self.launch(&programs).await?;
        match self.settled().await? {
            State::Running => Ok(true),
            State::Ended => Err(self.failed_with_log("it did not start")),
            State::Unreachable => Err(self.failed_with_log("it started but accepts no connections")),
        }
    }

    /// Stops the server if a process of it lives; open connections are closed.
    pub async fn stop(&self) -> Result<()> {
        match self.settled().await? {
            State::Ended => Ok(()),
            State::Running | State::Unreachable => self.end().await,
        }
    }

    /// False where its data was removed, or its programs were upgraded: it can't load any more what it has not loaded yet.
    /// A server for tests is of one version by its name.
    async fn is_sound(&self) -> bool {
        if self.lifetime == Lifetime::LastUser {
            return true;
        }
        if !self.data().is_dir() {
            return false;
        }
        match (self.version().await, self.programs()) {
            (Some(running), Ok(programs)) if running != programs.version => {
                tracing::info!(
                    running,
                    installed = programs.version,
                    "PostgreSQL was upgraded; restarting the private server"
                );
                false
            }
            _ => true,
        }
    }

    /// Ends it in order, or at once where that takes too long. Its programs are not needed for that: they may be gone.
    async fn end(&self) -> Result<()> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            if self.postmaster().await.is_none_or(|postmaster| kill(postmaster, signal).is_err()) {
                break;
            }
            let begin = Instant::now();
            while begin.elapsed() < STOPPING {
                if self.listener().await.is_none() && !self.lives()? {
                    return Ok(());
                }
                sleep(POLL).await;
            }
        }
        match self.settled().await? {
            State::Ended => Ok(()),
            _ => Err(self.failed_with_log("it does not stop; look which `postgres` processes are left and end them")),
        }
    }

    /// The process that listens on the socket, else the one that the data directory names.
    async fn postmaster(&self) -> Option<Pid> {
        if let Some(listener) = self.listener().await {
            return Some(listener);
        }
        let text = fs::read_to_string(self.pid_file()).ok()?;
        let id: i32 = text.lines().next()?.parse().ok()?;
        (id > 0).then(|| Pid::from_raw(id))
    }

    async fn listener(&self) -> Option<Pid> {
        let id = UnixStream::connect(self.socket_file()).await.ok()?.peer_cred().ok()?.pid()?;
        (id > 0).then(|| Pid::from_raw(id))
    }

    /// What the running server says of its version, as in [`Programs::version`].
    pub async fn version(&self) -> Option<String> {
        let client = self.connect_raw("postgres").await.ok()?;
        client.query_one("show server_version", &[]).await.ok()?.try_get(0).ok()
    }

    /// A server that answers at all is running, also where it has no free connection left.
    pub async fn is_running(&self) -> bool {
        match timeout(Duration::from_secs(3), self.connect_raw("postgres")).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => error.code().is_some_and(|code| *code != SqlState::CANNOT_CONNECT_NOW),
            Err(_) => false,
        }
    }

    /// A connection as the superuser.
    pub async fn connect(&self, database: &str) -> Result<Client> {
        self.connect_raw(database).await.map_err(|error| self.failed(format!("cannot connect: {error}")))
    }

    /// The installation that serves this data directory, or that would make it.
    pub fn programs(&self) -> Result<Programs> {
        let version = match fs::read_to_string(self.data().join("PG_VERSION")) {
            Ok(text) => Some(text.trim().parse().map_err(|_| self.failed("its PG_VERSION is no number"))?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(self.failed(format!("cannot read PG_VERSION: {error}"))),
        };
        let wanted = version.filter(|_| self.lifetime == Lifetime::UntilStopped);
        programs::find(wanted).map_err(|unsuitable| match wanted {
            Some(major) => self.failed(format!(
                "its data was made by PostgreSQL {major}, whose server programs are not here any more; \
                 install PostgreSQL {major} again, or remove the directory, and its data with it"
            )),
            None if unsuitable.found.is_empty() => Error::ServerProgramsMissing,
            None => {
                let found: Vec<String> = unsuitable.found.iter().map(u32::to_string).collect();
                self.failed(format!("PostgreSQL {} is too old; install version 14 or newer", found.join(", ")))
            }
        })
    }

    pub fn failed(&self, reason: impl Into<String>) -> Error {
        Error::LocalServer { directory: self.home.clone(), reason: reason.into() }
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    fn socket_file(&self) -> PathBuf {
        self.socket.join(format!(".s.PGSQL.{PORT}"))
    }

    async fn connect_raw(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host_path(&self.socket).port(PORT).user(SUPERUSER).dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Waits until it is clear whether the server lives.
    async fn settled(&self) -> Result<State> {
        let begin = Instant::now();
        loop {
            if self.is_running().await {
                return Ok(State::Running);
            }
            if !self.lives()? {
                return Ok(State::Ended);
            }
            let gone = begin.elapsed() > WITHOUT_SOCKET && !self.socket_file().exists();
            if gone || begin.elapsed() > PATIENCE {
                return Ok(State::Unreachable);
            }
            sleep(POLL).await;
        }
    }

    /// True where a process of it lives, unless its data was removed meanwhile, and the lock with it.
    fn lives(&self) -> Result<bool> {
        Ok(self.home.is_dir() && self.claim()?.is_none())
    }

    /// The lock that every process of the server holds as its standard input: the kernel frees it with the last of
    /// them. A process id would not do, for another process may have it since. `None`: a process lives.
    fn claim(&self) -> Result<Option<File>> {
        let lock = self.file(&self.home.join("server.lock"), files::open)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failed(format!("cannot lock server.lock: {error}"))),
        }
    }

    /// Where this program just started another process, that one holds a copy of our own lock until it runs its program.
    async fn claim_free(&self) -> Result<File> {
        let begin = Instant::now();
        loop {
            if let Some(lock) = self.claim()? {
                return Ok(lock);
            }
            if begin.elapsed() > WITHOUT_SOCKET {
                return Err(self.failed("another process starts it; try again"));
            }
            sleep(POLL).await;
        }
    }

    /// initdb into another name, so that the data directory is there as a whole or not at all.
    async fn initialize(&self, programs: &Programs) -> Result<()> {
        let new = self.home.join("data.new");
        self.file(&new, files::remove)?;
        let mut initdb = self.account.command(&programs.initdb());
        // A server that is started on this data by hand, without our pg_hba.conf, lets nobody in.
        initdb.args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C", "--auth=reject"]);
        if self.lifetime == Lifetime::LastUser {
            initdb.arg("--no-sync");
        }
        initdb.arg("-D").arg(&new).stdin(self.claim_free().await?);
        let output = self.run(initdb).await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(self.failed(format!("initdb failed: {}", last_lines(&said))));
        }
        self.file(&new, |new| fs::rename(new, self.data()))
    }

    /// What a server that was killed leaves behind. PostgreSQL takes it for a living server if the process id in it is
    /// in use again.
    fn clear_remains(&self) -> Result<()> {
        let pid_text = fs::read_to_string(self.pid_file()).unwrap_or_default();
        // Its second line is the data directory, its fifth the socket's: with another socket, somebody started a server on
        // this data by hand; of other data, the file was copied with it while a server ran there.
        let line = |number| Path::new(pid_text.lines().nth(number).unwrap_or_default());
        let is_by_hand = line(1) == self.data() && !["".as_ref(), &*self.socket].contains(&line(4));
        if !is_by_hand {
            self.file(&self.pid_file(), files::remove)?;
        }
        self.file(&self.socket_file(), files::remove)?;
        self.file(&self.socket.join(format!(".s.PGSQL.{PORT}.lock")), files::remove)
    }

    async fn launch(&self, programs: &Programs) -> Result<()> {
        let hba = self.home.join("pg_hba.conf");
        let rules = if self.lifetime == Lifetime::LastUser { HBA_FOR_TESTS } else { HBA };
        self.file(&hba, |path| files::write(path, rules.as_bytes(), &self.account))?;
        if self.log().exists() {
            self.file(&self.log(), |log| fs::rename(log, log.with_extension("log.old")))?;
        }
        let log = self.file(&self.log(), files::open)?;
        let errors = self.file(&self.log(), files::open)?;

        let mut launch = self.account.command(Path::new("/bin/sh"));
        launch.args(["-c", LAUNCH, "sh"]).arg(programs.postgres()).arg("-D").arg(self.data());
        launch.args(["-p", &PORT.to_string()]);
        for (name, path) in [("hba_file=", &hba), ("unix_socket_directories=", &self.socket)] {
            let mut option = OsString::from(name);
            option.push(path);
            launch.arg("-c").arg(option);
        }
        let for_tests = (self.lifetime == Lifetime::LastUser).then_some(TEST_OPTIONS);
        for option in OPTIONS.into_iter().chain(for_tests.into_iter().flatten()) {
            launch.args(["-c", option]);
        }
        // A group of its own, so that Ctrl-C in the caller's terminal doesn't reach it.
        launch.stdin(self.claim_free().await?).stdout(log).stderr(errors).process_group(0);
        let status = launch.status().map_err(|error| self.failed(format!("cannot run /bin/sh: {error}")))?;
        if status.success() { Ok(()) } else { Err(self.failed_with_log("it could not be launched")) }
    }

    async fn run(&self, mut command: Command) -> Result<Output> {
        let program = command.get_program().to_os_string();
        let output = tokio::task::spawn_blocking(move || command.output()).await.map_err(io::Error::other);
        output.flatten().map_err(|error| self.failed(format!("cannot run {}: {error}", Path::new(&program).display())))
    }

    /// Does something with a file, and names the file where that fails.
    fn file<T>(&self, path: &Path, action: impl FnOnce(&Path) -> io::Result<T>) -> Result<T> {
        action(path).map_err(|error| self.failed(format!("{}: {error}", path.display())))
    }

    fn failed_with_log(&self, what: &str) -> Error {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        self.failed(format!("{what}; the end of its log {}: {}", self.log().display(), last_lines(&text)))
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default();
    end.iter().map(|line| format!("\n  {line}")).collect()
}
