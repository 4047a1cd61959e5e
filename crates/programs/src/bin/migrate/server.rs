//! The project's private PostgreSQL, by hand.

use std::process::ExitCode;

use clap::Subcommand;
use private_postgres::{DEVELOPMENT_DATABASE, Startup, psql_command};
use rcm_programs::{self as programs, Result, local_server};

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
}

pub async fn run(command: Server) -> Result<ExitCode> {
    let server = local_server()?;
    let directory = server.directory().display();
    match command {
        Server::Start => match server.ensure_running().await? {
            Startup::Started => programs::print(format_args!("started in {directory}"))?,
            Startup::AlreadyRunning => programs::print(format_args!("running already in {directory}"))?,
        },
        Server::Stop => {
            server.stop().await?;
            programs::print(format_args!("stopped; the data stays in {directory}"))?;
        }
        Server::Status if server.is_running().await? => {
            programs::print(format_args!(
                "running in {directory}\n{}",
                psql_command(&server.url(DEVELOPMENT_DATABASE))
            ))?;
        }
        Server::Status => {
            programs::print(format_args!("not running; its directory is {directory}"))?;
            return Ok(ExitCode::FAILURE);
        }
        Server::Url { database } => programs::print(format_args!("{}", server.url(&database)))?,
    }
    Ok(ExitCode::SUCCESS)
}
