//! What `migrate` and `seed` share: which database they work on, and how they end.

mod error;
mod install;

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use postgres_migrate::Database;
use postgres_migrate::error::{ConnectionProblem, FailedStatement, MigrationProblem};
use private_postgres::{DEVELOPMENT_DATABASE, LocalServer};

pub use error::{Error, Result};

pub use install::Install;

/// The database that a program works on.
pub struct Target {
    /// How to reach it.
    pub database: Database,
    /// The private server that it is on, unless `DATABASE_URL` names another.
    pub server: Option<LocalServer>,
}

impl Target {
    /// The database of `MIGRATION_DATABASE_URL`, else of `DATABASE_URL` (of the environment, else of `.env`), else
    /// `rcmdb` on the project's private server, which is installed if it may be, and started if it isn't running.
    ///
    /// # Errors
    /// Those of [`Database::for_migrations_from_env`] and [`LocalServer::ensure_running`].
    pub async fn find(install: Install) -> Result<Self> {
        if let Some(database) = Database::for_migrations_from_env()? {
            return Ok(Self { database, server: None });
        }
        let (server, _) = install.start().await?;
        server.ensure_database(DEVELOPMENT_DATABASE).await?;
        let database = Database::from_url(&server.url(DEVELOPMENT_DATABASE))?;
        Ok(Self { database, server: Some(server) })
    }

    /// The same database, bound to a schema where one is given.
    pub fn in_schema(mut self, schema: Option<&str>) -> Self {
        if let Some(schema) = schema {
            self.database = self.database.with_schema(schema);
        }
        self
    }

    /// Its URL, without the password.
    pub fn shown_url(&self) -> String {
        match &self.server {
            Some(server) => server.url(DEVELOPMENT_DATABASE) + &self.database.schema_parameter(),
            None => self.database.url_without_password(),
        }
    }

    /// The shell command that opens psql on it; psql asks for the password where one is needed.
    pub fn psql_command(&self) -> String {
        private_postgres::psql_command(&self.shown_url())
    }
}

/// The private server of this project's checkout.
///
/// # Errors
/// [`Error::Usage`] where there is no checkout, and those of [`LocalServer::for_development`].
pub fn local_server() -> Result<LocalServer> {
    let checkout = checkout().ok_or_else(|| {
        Error::Usage(String::from(
            "DATABASE_URL is not set, and the current directory is not a checkout of rcm-schema, which would have a \
             private PostgreSQL of its own; set DATABASE_URL",
        ))
    })?;
    Ok(LocalServer::for_development(&checkout)?)
}

/// The nearest checkout at or above the package that Cargo runs, else the current directory.
fn checkout() -> Option<PathBuf> {
    let start = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).or_else(|| env::current_dir().ok())?;
    let is_checkout =
        |directory: &&Path| ["diesel.toml", install::SCRIPT].iter().all(|file| directory.join(file).is_file());
    start.ancestors().find(is_checkout).map(Path::to_path_buf)
}

/// Sends the log to stderr, for people: no times, colours in a terminal only.
pub fn log_to_stderr() {
    log_to_stderr_from(tracing::Level::INFO);
}

/// As [`log_to_stderr`], without what is less important than `level`.
pub fn log_to_stderr_from(level: tracing::Level) {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .with_max_level(level)
        .init();
}

/// Prints a line to stdout; a reader that has seen enough (`| head`) is no error.
///
/// # Errors
/// [`Error::Usage`] where stdout can't be written.
pub fn print(line: impl Display) -> Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Usage(format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Shows an error and turns it into an exit code: 4 for a production database, 5 where PostgreSQL's server programs are
/// missing, else 1.
pub fn fail(error: &Error) -> ExitCode {
    eprintln!("error: {error}{}", remedy(error));
    match error {
        Error::Database(postgres_migrate::Error::Production { .. }) => ExitCode::from(4),
        Error::Server(private_postgres::Error::ServerProgramsMissing) => ExitCode::from(5),
        _ => ExitCode::FAILURE,
    }
}

/// The command that helps, where one of `migrate` does.
fn remedy(error: &Error) -> String {
    use postgres_migrate::Error::{Connection, Migration, Production};
    match error {
        Error::Database(Production { database, schema, .. }) => {
            let schema = schema.as_ref().map(|schema| format!(" --schema {schema:?}")).unwrap_or_default();
            format!("; if it is not, say so: `migrate environment set development --database {database}{schema}`")
        }
        Error::Database(Connection { problem: ConnectionProblem::NoSchema, .. }) => {
            String::from("; `migrate up --schema NAME --create-schema` creates it")
        }
        Error::Database(Migration(error)) if error.problem() == MigrationProblem::Unrecorded => {
            String::from("; `migrate adopt --dry-run` says what is there")
        }
        Error::Database(Migration(error)) if error.statement().is_some_and(makes_what_is_there) => String::from(
            "; if the ledger lost rows, `migrate adopt --dry-run` says which migrations made what is there",
        ),
        Error::Database(Migration(error)) if error.problem() == MigrationProblem::Edited => {
            String::from("; bring back what was applied, or, if the files will do for what is there, say so: --edited")
        }
        _ => String::new(),
    }
}

/// Whether a migration failed because a table, a function or something else is there already.
fn makes_what_is_there(failed: &FailedStatement) -> bool {
    failed.file == "up.sql" && matches!(failed.sqlstate.as_deref(), Some("42P07" | "42710" | "42723"))
}
