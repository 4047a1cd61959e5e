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
mod projects;
mod users;

use std::fs::{self, File, TryLockError};
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
use postgres_migrate::DEVELOPMENT;
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
    /// The directory of the project that it serves.
    project: Option<PathBuf>,
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
    /// The server that all processes of this operating system's user share that name the same `group`, such as
    /// `rcm-schema`. It lives as long as one of them holds a `LocalServer` on which it called
    /// [`ensure_running`](Self::ensure_running); then it ends, and its directory in `/tmp` is removed, however the
    /// processes ended. Nothing that is written to it survives a crash of the server.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where `group` is not 1 to 40 ASCII letters, digits, `-`, `_` and `.`, or no user can run a
    /// server.
    pub fn for_tests(group: &str) -> Result<Self> {
        let home = Path::new("/tmp").join(format!("rcm-schema-test-{}-{group}", geteuid()));
        let failed = |reason: String| Error::LocalServer { directory: home.clone(), reason };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if !(1..=40).contains(&group.len()) || !group.bytes().all(allowed) {
            return Err(failed(String::from("a group is named by 1 to 40 ASCII letters, digits, `-`, `_` and `.`")));
        }
        let account = Account::of(&home).map_err(failed)?;
        let cluster = Cluster { socket: home.clone(), home, account, lifetime: Lifetime::LastUser };
        Ok(Self { cluster, project: None, user: Mutex::new(None) })
    }

    /// Finds the server running, or starts it; makes its data directory first where there is none.
    /// Any number of processes may call it at once.
    ///
    /// A project's server is started again where PostgreSQL's programs are of another version by now, because an upgrade
    /// took the files away that it still has to load; open connections are closed.
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
        match files::check_private(&self.cluster.socket, &self.cluster.account) {
            Ok(()) => Ok(self.cluster.is_running().await),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed(&error)),
        }
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
        self.cluster.stop().await
    }

    /// Makes the database, one for development, if the running server doesn't have it. True where this call made it.
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
            Ok(()) => {
                client.batch_execute(&says_development(name)).await.map_err(|error| failed(&error))?;
                let made = self.cluster.connect(name).await?;
                made.batch_execute(CLOSE_PUBLIC).await.map_err(|error| failed(&error))?;
                Ok(true)
            }
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

    /// The version that the running server says, such as `15.14`, else the major version of its data.
    pub async fn version(&self) -> Option<String> {
        let version = match self.cluster.version().await {
            Some(version) => version,
            None => fs::read_to_string(self.cluster.home.join("data/PG_VERSION")).ok()?,
        };
        version.split_whitespace().next().map(String::from)
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
        let Cluster { home, socket, account, .. } = &self.cluster;
        files::ensure_private(home, account)?;
        let path = home.join("start.lock");
        let lock = files::open(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        files::ensure_private(socket, account)?;
        if let Some(project) = &self.project {
            projects::record(project, &self.cluster)?;
        } else {
            let Some(user) = users::register(home, account)? else {
                return Ok(None);
            };
            // A directory with a user stays, but was it still this one before?
            if !files::is_at(&lock, &path)? {
                return Ok(None);
            }
            *self.user.lock().unwrap_or_else(PoisonError::into_inner) = Some(user);
        }
        Ok(Some(lock))
    }

    fn failed(&self, error: &io::Error) -> Error {
        self.cluster.failed(error.to_string())
    }
}

/// Until PostgreSQL 14 everybody may make tables in it.
pub(crate) const CLOSE_PUBLIC: &str = "revoke create on schema public from public";

/// Has a database say that it is for development, as its owner.
pub(crate) fn says_development(name: &str) -> String {
    format!("comment on database \"{}\" is '{DEVELOPMENT}'", name.replace('"', "\"\""))
}

/// The shell command that opens psql on the database of a URL.
pub fn psql_command(url: &str) -> String {
    format!("{} {}", shell_quoted(&programs::psql().to_string_lossy()), shell_quoted(url))
}

/// The version of the installation that a new server would use, such as `15.14`.
pub(crate) fn installed_version() -> Option<String> {
    programs::find(None).ok()?.version.split_whitespace().next().map(String::from)
}

/// One word of a POSIX shell.
fn shell_quoted(word: &str) -> String {
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
