//! The private PostgreSQL: it starts, is found again, survives what kills it, and ends when it should.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod development;
mod for_tests;
mod projects;
mod safety;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use private_postgres::LocalServer;
use tokio_postgres::{Client, Config, NoTls};

/// A project of its own for one test; when dropped, its server is stopped and everything removed.
struct Project {
    directory: PathBuf,
    server: LocalServer,
}

impl Project {
    fn new(name: &str) -> Self {
        let directory = Path::new("/tmp").join(format!("rcm-schema-project-{}-{name}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        let server = LocalServer::for_development(&directory).unwrap();
        Self { directory, server }
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let server = &self.server;
        let stop = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.stop())
        };
        let stopped = std::thread::scope(|scope| scope.spawn(stop).join().unwrap());
        let _ = fs::remove_dir_all(self.server.directory());
        let _ = fs::remove_dir_all(socket_directory(&self.server));
        let _ = fs::remove_dir_all(&self.directory);
        if !std::thread::panicking() {
            stopped.unwrap();
        }
    }
}

/// A server for tests that no other test uses.
fn server_for(test: &str) -> (String, LocalServer) {
    let group = format!("{}-{test}", std::process::id());
    let server = LocalServer::for_tests(&group).unwrap();
    (group, server)
}

fn config(server: &LocalServer, database: &str) -> Config {
    server.url(database).parse().unwrap()
}

async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn query(server: &LocalServer, sql: &str) -> String {
    let client = connect(&config(server, "postgres")).await.unwrap();
    client.query_one(sql, &[]).await.unwrap().get(0)
}

fn socket_directory(server: &LocalServer) -> PathBuf {
    let url = server.url("postgres");
    PathBuf::from(url.split_once("host=").unwrap().1.split_once('&').unwrap().0)
}

fn pid_file(server: &LocalServer) -> PathBuf {
    server.directory().join("data/postmaster.pid")
}

fn postmaster(server: &LocalServer) -> String {
    fs::read_to_string(pid_file(server)).unwrap().lines().next().unwrap().to_owned()
}

fn kill(signal: &str, process: &str) {
    let kill = Command::new("sh").args(["-c", "kill \"$1\" \"$2\"", "sh", signal, process]).status();
    assert!(kill.unwrap().success(), "kill {signal} {process}");
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(20), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs `a_process_of_its_own` below, which uses a server until it is killed or its standard input ends.
fn process_using(argument: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_process_of_its_own", "--ignored", "--nocapture"]);
    command.env("LOCAL_SERVER", argument).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn using_project(directory: &Path) -> Command {
    process_using(&format!("project={}", directory.display()))
}

fn using_group(group: &str) -> Command {
    process_using(&format!("group={group}"))
}

/// Waits for what `ensure_running` returned in that process.
fn startup(process: &mut Child) -> String {
    let mut output = BufReader::new(process.stdout.as_mut().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some((_, startup)) = line.split_once("startup: ") {
            return startup.trim_end().to_owned();
        }
        line.clear();
    }
    panic!("the process ended without a word");
}

#[tokio::test]
#[ignore = "the other tests run it in processes of their own"]
async fn a_process_of_its_own() {
    let Ok(argument) = std::env::var("LOCAL_SERVER") else {
        return;
    };
    let server = match argument.split_once('=').unwrap() {
        ("project", directory) => LocalServer::for_development(Path::new(directory)),
        (_, group) => LocalServer::for_tests(group),
    };
    let server = server.unwrap();
    println!("startup: {:?}", server.ensure_running().await.unwrap());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
