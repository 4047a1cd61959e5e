//! The project's private PostgreSQL, and those of other projects, by hand.

use std::fmt::Display;
use std::process::ExitCode;

use clap::Subcommand;
use private_postgres::{DEVELOPMENT_DATABASE, LocalServer, Startup, psql_command};
use rcm_programs::{self as programs, Install, Result, local_server};

#[derive(Subcommand)]
pub enum Server {
    /// Start it, if it isn't running
    Start,
    /// Stop it; its data stays
    Stop,
    /// Say whether it runs, and where; exits with 1 where it doesn't
    Status,
    /// Print the URL of one of its databases
    Url {
        /// The database
        #[arg(default_value = DEVELOPMENT_DATABASE)]
        database: String,
    },
    /// Show the private servers of all your checkouts on this machine
    List,
    /// Stop and remove those whose checkout is gone
    Prune,
}

pub async fn run(command: Server, install: Install) -> Result<ExitCode> {
    match command {
        Server::Start => {
            let (server, startup) = install.start().await?;
            let startup = match startup {
                Startup::Started => "started",
                Startup::AlreadyRunning => "running already",
            };
            programs::print(format_args!("{startup} in {}", server.directory().display()))?;
        }
        Server::Stop => {
            let server = local_server()?;
            server.stop().await?;
            programs::print(format_args!("stopped; the data stays in {}", server.directory().display()))?;
        }
        Server::Status => return status(&local_server()?).await,
        Server::Url { database } => programs::print(local_server()?.url(&database))?,
        Server::List => list().await?,
        Server::Prune => prune().await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn status(server: &LocalServer) -> Result<ExitCode> {
    let directory = server.directory().display();
    if server.is_running().await? {
        let psql = psql_command(&server.url(DEVELOPMENT_DATABASE));
        programs::print(format_args!("running in {directory}\n{psql}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    programs::print(format_args!("not running; its directory is {directory}"))?;
    Ok(ExitCode::FAILURE)
}

async fn list() -> Result<()> {
    for server in LocalServer::all_for_development()? {
        let state = if server.is_running().await? { "running" } else { "stopped" };
        let version = server.version().await.unwrap_or_default();
        let directory = server.directory().display();
        let gone = if server.is_orphan() { ", its checkout is gone" } else { "" };
        programs::print(format_args!("{state}  {version:<8}  {} (data in {directory}{gone})", shown(&server)))?;
    }
    Ok(())
}

async fn prune() -> Result<()> {
    for server in LocalServer::all_for_development()? {
        if server.remove_orphan().await? {
            programs::print(format_args!("removed the server of {}, which is gone", shown(&server)))?;
        }
    }
    Ok(())
}

/// The checkout of a server.
fn shown(server: &LocalServer) -> impl Display {
    server.project().unwrap_or(server.directory()).display()
}
