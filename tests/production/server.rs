//! PostgreSQL servers that tests break, and the programs beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::RunQueryDsl;
use private_postgres::LocalServer;
use rcm_schema::{Database, migrations};

/// A server of its own, kept on disk as production is; stopped and removed when dropped. Without `DATABASE_URL` in it:
/// these tests never break a server that somebody uses.
pub struct Server {
    project: PathBuf,
    pub local: LocalServer,
}

impl Server {
    /// Not started yet.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let project = Path::new("/tmp").join(format!("rcm-production-{}-{number}", std::process::id()));
        fs::create_dir(&project).unwrap();
        let local = LocalServer::for_development(&project).unwrap();
        Self { project, local }
    }

    /// Running, with a migrated database.
    pub async fn started() -> (Self, Database) {
        let server = Self::new();
        let database = server.migrated().await;
        (server, database)
    }

    /// Starts it and migrates a database.
    pub async fn migrated(&self) -> Database {
        self.local.ensure_running().await.unwrap();
        self.local.ensure_database("rcm").await.unwrap();
        let database = Database::from_url(&self.local.url("rcm")).unwrap();
        migrations::run_pending(&database).await.unwrap();
        database
    }

    /// Where its socket is.
    pub fn socket(&self) -> PathBuf {
        let config: tokio_postgres::Config = self.local.url("rcm").parse().unwrap();
        match &config.get_hosts()[0] {
            tokio_postgres::config::Host::Unix(directory) => directory.clone(),
            tokio_postgres::config::Host::Tcp(name) => panic!("{name} is no socket"),
        }
    }

    /// What `pg_ctl stop -m immediate` sends: everything ends at once, nothing is written.
    pub fn stop_immediately(&self) {
        let pid = fs::read_to_string(self.local.directory().join("data/postmaster.pid")).unwrap();
        let kill = Command::new("kill").args(["-QUIT", pid.lines().next().unwrap()]).status().unwrap();
        assert!(kill.success());
    }

    /// Compares every index with its table, where `pg_amcheck` and the server's extension are installed.
    pub async fn assert_sound(&self, database: &Database) {
        let Some(amcheck) = program("pg_amcheck") else {
            return crate::skip("without pg_amcheck, indexes are not compared with their tables");
        };
        let available = diesel::sql_query("select from pg_available_extensions where name = 'amcheck'");
        if available.execute(&mut database.connect().await.unwrap()).await.unwrap() == 0 {
            return crate::skip("without the extension amcheck, indexes are not compared with their tables");
        }
        let mut check = Command::new(amcheck);
        check.args(["--install-missing", "--heapallindexed", "--parent-check", "--username=rcm_admin", "--port=5432"]);
        check.arg("--host").arg(self.socket()).arg("rcm");
        let output = check.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stop = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(self.local.stop())
        };
        let stopped = std::thread::scope(|scope| scope.spawn(stop).join().unwrap());
        // What root mounted for a test.
        if fs::read_to_string("/proc/self/mounts")
            .unwrap_or_default()
            .contains(self.local.directory().to_str().unwrap())
        {
            let _ = Command::new("umount").arg(self.local.directory()).status();
        }
        let _ = fs::remove_dir_all(self.local.directory());
        let _ = fs::remove_dir_all(&self.project);
        if !std::thread::panicking() {
            stopped.unwrap();
        }
    }
}

/// A client program beside the server's own, else one of PATH, else Debian's newest.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = installed.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let directories = std::env::split_paths(&path).chain(debian.into_iter().rev());
    directories.map(|directory| directory.join(name)).find(|path| path.is_file())
}

/// Whether root runs this, who alone may mount.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stderr(Stdio::null()).output().unwrap();
    output.stdout == b"0\n"
}
