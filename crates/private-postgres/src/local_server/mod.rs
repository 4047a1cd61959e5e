//! A private PostgreSQL for machines that have no `DATABASE_URL`.
//!
//! It listens on a Unix socket only, in a directory that nobody but its owner (and root) can enter. The superuser
//! `rcm_admin` therefore needs no password; every other role does, like anywhere else.
//!
//! PostgreSQL refuses to run as root. Root lends its server to the user `postgres` (else `nobody`).

mod account;
mod cluster;
mod files;
mod programs;
mod users;

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;

use account::Account;
use cluster::Cluster;
use postgres_migrate::connection::percent_encoded;

use crate::error::{Error, Result};

/// The superuser of every local server.
pub const SUPERUSER: &str = "rcm_admin";
/// The database for development.
pub const DEVELOPMENT_DATABASE: &str = "rcmdb";

const PORT: u16 = 5432;
/// How long another process may take to make and start the same server.
const PATIENCE: Duration = Duration::from_secs(180);

/// A PostgreSQL server of this machine, for one project or for the tests of one user.
#[derive(Debug)]
pub struct LocalServer {
    cluster: Cluster,
    /// What keeps a server for tests alive.
    user: Mutex<Option<File>>,
}

/// What [`LocalServer::ensure_running`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Startup {
    /// The server was running.
    AlreadyRunning,
    /// This call started it.
    Started,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifetime {
    UntilStopped,
    LastUser,
}

impl LocalServer {
    /// The server of one project. Its data persists, and it keeps running after this program has ended.
    ///
    /// The data is in `.postgres` of the project's directory; root's is in `/var/lib`, where the server's user can reach it
    /// and nothing is cleaned away.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where the project's directory doesn't exist, or no user can run a server.
    pub fn for_development(project_directory: &Path) -> Result<Self> {
        let failed = |reason: String| Error::LocalServer { directory: project_directory.to_path_buf(), reason };
        let project = project_directory.canonicalize().map_err(|error| failed(error.to_string()))?;
        let account = Account::find().map_err(failed)?;
        let short = format!("rcm-schema-{:016x}", key(project.as_os_str()));
        let (home, socket) = if account.is_other {
            let home = Path::new("/var/lib").join(short);
            (home.clone(), home.join("socket"))
        } else {
            // The path of a socket has 107 bytes at most; a project's path can have more.
            (project.join(".postgres"), Path::new("/tmp").join(short))
        };
        Ok(Self::new(home, socket, account, Lifetime::UntilStopped))
    }

    /// The server that all processes of this operating system's user share that name the same `group`, such as
    /// `rcm-schema`. It lives as long as one of them holds a `LocalServer` on which it called
    /// [`ensure_running`](Self::ensure_running); then it ends, and its directory in `/tmp` is removed, however the
    /// processes ended. Nothing that is written to it survives a crash of the server.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where `group` is not 1 to 40 ASCII letters, digits, `-` and `_`, or no user can run a server.
    pub fn for_tests(group: &str) -> Result<Self> {
        let home = Path::new("/tmp").join(format!("rcm-schema-test-{}-{group}", geteuid()));
        let failed = |reason: String| Error::LocalServer { directory: home.clone(), reason };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=40).contains(&group.len()) || !group.bytes().all(allowed) {
            return Err(failed(String::from("a group is named by 1 to 40 ASCII letters, digits, `-` and `_`")));
        }
        let account = Account::find().map_err(failed)?;
        let socket = home.join("socket");
        Ok(Self::new(home, socket, account, Lifetime::LastUser))
    }

    fn new(home: PathBuf, socket: PathBuf, account: Account, lifetime: Lifetime) -> Self {
        Self { cluster: Cluster { home, socket, account, lifetime }, user: Mutex::new(None) }
    }

    /// Finds the server running, or starts it; makes its data directory first where there is none.
    /// Any number of processes may call it at once.
    ///
    /// # Errors
    /// [`Error::ServerProgramsMissing`]; [`Error::LocalServer`] with the end of the server's log where it doesn't start,
    /// or where its directory is not private.
    pub async fn ensure_running(&self) -> Result<Startup> {
        if !self.cluster.home.exists() {
            // Where it can't start, nothing is made.
            self.cluster.programs()?;
        }
        let _lock = self.lock().await?;
        Ok(if self.cluster.start().await? { Startup::Started } else { Startup::AlreadyRunning })
    }

    /// True where the server answers.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where somebody else made the directory of the socket.
    pub async fn is_running(&self) -> Result<bool> {
        for directory in [&self.cluster.home, &self.cluster.socket] {
            match files::check_private(directory, &self.cluster.account) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(self.cluster.is_running().await)
    }

    /// Stops the server if it is running; its data stays. Open connections are closed.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where it doesn't stop.
    pub async fn stop(&self) -> Result<()> {
        if !self.cluster.home.exists() {
            return Ok(());
        }
        let _lock = self.lock().await?;
        self.cluster.stop().await?;
        files::remove(&self.cluster.socket).map_err(|error| self.failed(&error))
    }

    /// Makes the database if the running server doesn't have it. True where this call made it.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where the server can't be reached or refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<bool> {
        let client = self.cluster.connect("postgres").await?;
        let failed = |error: &tokio_postgres::Error| {
            let reason = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
            self.cluster.failed(format!("cannot create database \"{name}\": {reason}"))
        };
        let exists = client.query_opt("select from pg_catalog.pg_database where datname = $1", &[&name]).await;
        if exists.map_err(|error| failed(&error))?.is_some() {
            return Ok(false);
        }
        let quoted = name.replace('"', "\"\"");
        match client.batch_execute(&format!("create database \"{quoted}\"")).await {
            Ok(()) => Ok(true),
            // Somebody else was faster.
            Err(error)
                if error.code() == Some(&SqlState::DUPLICATE_DATABASE)
                    || error.code() == Some(&SqlState::UNIQUE_VIOLATION) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// How libpq, tokio-postgres and this crate reach a database of the server, as the superuser.
    pub fn url(&self, database: &str) -> String {
        // With the port, because libpq would take another one from PGPORT.
        let socket = percent_encoded(self.cluster.socket.as_os_str().as_bytes());
        format!("postgresql:///{}?host={socket}&port={PORT}&user={SUPERUSER}", percent_encoded(database.as_bytes()))
    }

    /// Where the server's data and log are.
    pub fn directory(&self) -> &Path {
        &self.cluster.home
    }

    /// Makes the directory private to this server's owner, and waits for the lock in it. A server for tests then knows
    /// that this process uses it.
    async fn lock(&self) -> Result<File> {
        let begin = Instant::now();
        loop {
            if let Some(lock) = self.try_lock()? {
                return Ok(lock);
            }
            if begin.elapsed() > PATIENCE {
                let reason = format!("another process has been starting or stopping it for {} s", PATIENCE.as_secs());
                return Err(self.cluster.failed(reason));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn try_lock(&self) -> Result<Option<File>> {
        match self.try_enter() {
            // The supervisor took the directory away in the meantime.
            Err(error) if error.kind() == ErrorKind::NotFound && self.cluster.lifetime == Lifetime::LastUser => {
                Ok(None)
            }
            other => other.map_err(|error| self.failed(&error)),
        }
    }

    /// `None`: not yet.
    fn try_enter(&self) -> io::Result<Option<File>> {
        let Cluster { home, socket, account, lifetime } = &self.cluster;
        files::ensure_private(home, account)?;
        let path = home.join("start.lock");
        let lock = files::open(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if *lifetime == Lifetime::LastUser {
            let Some(user) = users::register(home, account)? else {
                return Ok(None);
            };
            // A directory with a user stays, but was it still this one before?
            if !files::is_at(&lock, &path)? {
                return Ok(None);
            }
            *self.user.lock().unwrap_or_else(PoisonError::into_inner) = Some(user);
        }
        files::ensure_private(socket, account)?;
        Ok(Some(lock))
    }

    fn failed(&self, error: &io::Error) -> Error {
        self.cluster.failed(error.to_string())
    }
}

/// The shell command that opens psql on the database of a URL.
pub fn psql_command(url: &str) -> String {
    format!("{} {}", shell_quoted(&programs::psql().to_string_lossy()), shell_quoted(url))
}

/// The major version of the installation that a new server would use.
pub(crate) fn installed_major() -> Option<u32> {
    programs::find(None).ok().map(|programs| programs.major)
}

/// Names a project by its path: FNV-1a, which stays the same in every version of Rust.
fn key(path: &OsStr) -> u64 {
    path.as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// One word of a POSIX shell.
fn shell_quoted(word: &str) -> String {
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
