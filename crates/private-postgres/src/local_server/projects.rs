//! The servers of projects: where each is, and what is left of those whose project is gone.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use nix::unistd::geteuid;

use super::account::Account;
use super::cluster::Cluster;
use super::{Lifetime, LocalServer, files};
use crate::error::{Error, Result};

/// Names the project, in the server's directory.
const RECORD: &str = "project";

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
        Self::of_project(&project).map_err(failed)
    }

    /// The servers that this user's projects have on this machine, running or not, in the order of the projects' names.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where the directory of all servers can't be read.
    pub fn all_for_development() -> Result<Vec<Self>> {
        let directory = directory_of_all();
        let failed = |error: io::Error| Error::LocalServer { directory: directory.into(), reason: error.to_string() };
        let entries: Vec<fs::DirEntry> = fs::read_dir(directory).and_then(Iterator::collect).map_err(failed)?;
        let mut servers: Vec<Self> = entries.iter().filter_map(|entry| Self::recorded_in(&entry.path())).collect();
        servers.sort_by(|one, other| one.project.cmp(&other.project));
        Ok(servers)
    }

    /// The directory of the project that it serves; a server for tests serves none.
    pub fn project(&self) -> Option<&Path> {
        self.project.as_deref()
    }

    /// True where the directory of its project was removed, or has another name by now.
    pub fn is_orphan(&self) -> bool {
        // What can't be told, on a disk that fails for example, is no reason to remove anything.
        self.project.as_ref().is_some_and(|project| matches!(project.try_exists(), Ok(false)))
    }

    /// Stops the server and removes what it has outside of its project's directory, its data with it where that is root's,
    /// if [`is_orphan`](Self::is_orphan). True where it did.
    ///
    /// # Errors
    /// [`Error::LocalServer`] where it doesn't stop or can't be removed.
    pub async fn remove_orphan(&self) -> Result<bool> {
        if !self.is_orphan() {
            return Ok(false);
        }
        // With its project, a user's server lost the directory that has the lock.
        let _lock = if self.cluster.home.exists() { Some(self.lock().await?) } else { None };
        // Somebody may have made it again in the meantime.
        if !self.is_orphan() {
            return Ok(false);
        }
        self.cluster.stop().await?;
        files::remove(&self.cluster.socket).map_err(|error| self.failed(&error))?;
        Ok(true)
    }

    fn of_project(project: &Path) -> Result<Self, String> {
        // The path of a socket has 107 bytes at most; a project's path can have more.
        let socket = Path::new(directory_of_all()).join(format!("rcm-schema-{:016x}", key(project.as_os_str())));
        let account = Account::of(&socket)?;
        let home = if account.is_other { socket.clone() } else { project.join(".postgres") };
        let cluster = Cluster { home, socket, account, lifetime: Lifetime::UntilStopped };
        Ok(Self { cluster, project: Some(project.to_path_buf()), user: Mutex::new(None) })
    }

    /// The server whose directory this is, if it is one's.
    fn recorded_in(directory: &Path) -> Option<Self> {
        files::check_private(directory, &Account::of(directory).ok()?).ok()?;
        let project = fs::read(directory.join(RECORD)).ok()?;
        let server = Self::of_project(Path::new(OsStr::from_bytes(&project))).ok()?;
        // What says another project's name than its own is not believed.
        (server.cluster.socket == directory).then_some(server)
    }
}

/// Writes the project's name where [`LocalServer::all_for_development`] looks for it.
pub(super) fn record(project: &Path, cluster: &Cluster) -> io::Result<()> {
    files::write(&cluster.socket.join(RECORD), project.as_os_str().as_bytes(), &cluster.account)
}

fn directory_of_all() -> &'static str {
    if geteuid().is_root() { "/var/lib" } else { "/tmp" }
}

/// Names a project by its path: FNV-1a, which stays the same in every version of Rust.
fn key(path: &OsStr) -> u64 {
    path.as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
