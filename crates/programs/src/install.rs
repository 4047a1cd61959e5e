//! PostgreSQL, installed where the private server lacks it.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::{Command, Stdio};

use private_postgres::{Error, LocalServer, Startup};

use crate::{Result, checkout, local_server};

/// What installs it, in a checkout.
pub(crate) const SCRIPT: &str = "scripts/install-postgres";

/// True for root, and for whom sudo makes root without a password.
const IS_ROOT_OR_SUDO: &str = r#"[ "$(id -u)" = 0 ] || sudo -n true"#;

/// Whether a program may install PostgreSQL.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Install {
    /// Never install PostgreSQL; without this, where DATABASE_URL is not set and the server programs are missing, root
    /// installs them, so does sudo that needs no password, and in a terminal you are asked
    #[arg(long, global = true)]
    no_install: bool,
}

impl Install {
    /// It may not.
    pub const NEVER: Self = Self { no_install: true };

    /// Starts the private server of this project's checkout, and installs PostgreSQL before that where it is missing and may
    /// be installed.
    ///
    /// # Errors
    /// Those of [`local_server`] and [`LocalServer::ensure_running`].
    pub async fn start(self) -> Result<(LocalServer, Startup)> {
        let mut server = local_server()?;
        let startup = match server.ensure_running().await {
            Err(Error::ServerProgramsMissing) if !self.no_install && install() => {
                // With the programs came the user who runs them for root.
                server = local_server()?;
                server.ensure_running().await
            }
            other => other,
        };
        Ok((server, startup?))
    }
}

/// True where it was wanted and done; the script says why it failed.
fn install() -> bool {
    let Some(script) = checkout().map(|checkout| checkout.join(SCRIPT)) else {
        return false;
    };
    let mut is_root = Command::new("/bin/sh");
    is_root.args(["-c", IS_ROOT_OR_SUDO]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if is_root.status().is_ok_and(|status| status.success()) {
        eprintln!("PostgreSQL's server programs are missing; running {}", script.display());
    } else if !asked(&script) {
        return false;
    }
    // What the caller reads from standard output is not the package manager's.
    let status = Command::new(&script).stdin(Stdio::null()).stdout(io::stderr()).status();
    status.is_ok_and(|status| status.success())
}

/// Asks, where somebody is there to answer.
fn asked(script: &Path) -> bool {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return false;
    }
    eprint!("PostgreSQL's server programs are missing. Install them with {}? [y/N] ", script.display());
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok_and(|_| ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
