//! The private PostgreSQL: it starts, is found again, survives what kills it, and ends when it should.
#![cfg(feature = "local-server")]
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcm_schema::local_server::{DEVELOPMENT_DATABASE, LocalServer, Startup, psql_command};
use tokio_postgres::error::SqlState;
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

#[tokio::test]
async fn is_started_found_stopped_and_started_again_with_its_data() {
    let project = Project::new("life");
    let server = &project.server;
    assert!(!server.is_running().await.unwrap());
    server.stop().await.unwrap();
    assert!(!server.directory().exists(), "stopping makes nothing");

    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(server.is_running().await.unwrap());
    assert!(server.ensure_database(DEVELOPMENT_DATABASE).await.unwrap());
    assert!(!server.ensure_database(DEVELOPMENT_DATABASE).await.unwrap());
    assert_eq!(server.ensure_running().await.unwrap(), Startup::AlreadyRunning);

    server.stop().await.unwrap();
    assert!(!server.is_running().await.unwrap());
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(!server.ensure_database(DEVELOPMENT_DATABASE).await.unwrap(), "the database was kept");
    let settings = query(
        server,
        "select concat_ws(' ', current_setting('server_encoding'), datcollate, current_setting('timezone'), \
         current_setting('fsync'), rolname) from pg_database, pg_roles where datname = 'rcmdb' and rolname = current_user",
    );
    assert_eq!(settings.await, "UTF8 C UTC on rcm_admin");
}

#[tokio::test]
async fn psql_command_works_in_a_shell() {
    let project = Project::new("psql it's a näme with $HOME \"quotes\"");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    server.ensure_database("it's 100% \"odd\"").await.unwrap();
    let command = format!("{} -AtXc 'SELECT current_database()'", psql_command(&server.url("it's 100% \"odd\"")));
    // libpq would take the port from here if the URL had none.
    let psql = Command::new("sh").args(["-c", &command]).env("PGPORT", "1").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&psql.stdout).trim_end(), "it's 100% \"odd\"", "{psql:?}");
    server.stop().await.unwrap();
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started, "its data is found again");
}

#[tokio::test]
async fn comes_back_after_the_postmaster_was_killed() {
    let project = Project::new("killed");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    server.ensure_database("kept").await.unwrap();
    // A backend that is busy outlives its postmaster and keeps the shared memory.
    let busy = connect(&config(server, "kept")).await.unwrap();
    let loops = "do $$ begin for i in 1..10000000 loop null; end loop; end $$";
    let looping = tokio::spawn(async move { busy.batch_execute(loops).await.is_ok() });
    tokio::time::sleep(Duration::from_millis(200)).await;
    kill("-9", &postmaster(server));
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(!server.ensure_database("kept").await.unwrap());
    // Whether it came to its end or not, it is gone.
    tokio::time::timeout(Duration::from_secs(1), looping).await.unwrap().unwrap();
}

#[tokio::test]
async fn comes_back_after_its_socket_was_removed() {
    let project = Project::new("socket");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    let before = postmaster(server);
    fs::remove_dir_all(socket_directory(server)).unwrap();
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert_ne!(postmaster(server), before);
}

#[tokio::test]
async fn a_pid_file_with_the_id_of_another_process_is_no_server() {
    let project = Project::new("stale");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    let stale = fs::read_to_string(pid_file(server)).unwrap();
    let owner = fs::metadata(pid_file(server)).unwrap();
    server.stop().await.unwrap();

    // PostgreSQL only minds living processes of its own user.
    let mut other = Command::new("sleep");
    other.arg("60");
    if fs::metadata(&project.directory).unwrap().uid() != owner.uid() {
        other.uid(owner.uid()).gid(owner.gid());
    }
    let mut other = other.spawn().unwrap();
    let (_, rest) = stale.split_once('\n').unwrap();
    fs::write(pid_file(server), format!("{}\n{rest}", other.id())).unwrap();
    chown(pid_file(server), Some(owner.uid()), Some(owner.gid())).unwrap();
    fs::create_dir(socket_directory(server)).unwrap();
    fs::set_permissions(socket_directory(server), fs::Permissions::from_mode(0o700)).unwrap();
    chown(socket_directory(server), Some(owner.uid()), Some(owner.gid())).unwrap();
    let socket_lock = socket_directory(server).join(".s.PGSQL.5432.lock");
    fs::write(&socket_lock, format!("{}\n{rest}", other.id())).unwrap();
    chown(&socket_lock, Some(owner.uid()), Some(owner.gid())).unwrap();

    let started = server.ensure_running().await;
    let still_there = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(started.unwrap(), Startup::Started);
    assert!(still_there, "the other process was left alone");
}

#[tokio::test]
async fn an_interrupted_initdb_is_done_again() {
    let project = Project::new("initdb");
    let server = &project.server;
    let mut process = using_project(&project.directory).spawn().unwrap();
    let half_made = server.directory().join("data.new");
    eventually("initdb begins", || half_made.join("base").exists()).await;
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!server.directory().join("data").exists());
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(!half_made.exists());
}

#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let project = Project::new("broken");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    server.stop().await.unwrap();
    let control = server.directory().join("data/global/pg_control");
    fs::rename(&control, control.with_extension("away")).unwrap();
    let message = server.ensure_running().await.unwrap_err().to_string();
    assert!(message.contains("could not find the database system"), "{message}");
    assert!(message.contains(&server.directory().join("server.log").display().to_string()), "{message}");

    fs::write(server.directory().join("data/PG_VERSION"), "9\n").unwrap();
    let message = server.ensure_running().await.unwrap_err().to_string();
    assert!(message.contains("install PostgreSQL 9 again"), "{message}");
}

#[tokio::test]
async fn many_processes_start_one_server_that_holds_none_of_their_files() {
    let project = Project::new("many");
    let spawn = |_| {
        // A ninth descriptor as a shell script's `9>&1` gives it: the server would keep the pipe open.
        let program = using_project(&project.directory);
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 9>&1"]).arg(program.get_program()).args(program.get_args());
        shell.env("LOCAL_SERVER", format!("project={}", project.directory.display()));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes: Vec<Child> = (0..8).map(spawn).collect();
    let mut started = 0;
    for process in processes {
        // Returns when the last copy of the pipes is closed.
        let output = tokio::task::spawn_blocking(|| process.wait_with_output());
        let output = tokio::time::timeout(Duration::from_secs(60), output).await.expect("the pipes are closed");
        let output = output.unwrap().unwrap();
        assert!(output.status.success(), "{output:?}");
        started += usize::from(String::from_utf8_lossy(&output.stdout).contains("startup: Started"));
    }
    assert_eq!(started, 1);
    assert!(project.server.is_running().await.unwrap());
}

#[tokio::test]
async fn many_tasks_of_one_thread_start_one_server() {
    let (_, server) = server_for("tasks");
    let startups = futures_util::future::join_all((0..8).map(|_| server.ensure_running())).await;
    let started = startups.into_iter().filter(|startup| *startup.as_ref().unwrap() == Startup::Started).count();
    assert_eq!(started, 1);
}

#[tokio::test]
async fn an_interrupt_in_the_terminal_does_not_reach_the_server() {
    let project = Project::new("interrupt");
    let mut process = using_project(&project.directory).process_group(0).spawn().unwrap();
    assert_eq!(startup(&mut process), "Started");
    kill("-INT", &format!("-{}", process.id()));
    // Where the tests run in the background, their processes ignore an interrupt; PostgreSQL never does.
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(project.server.ensure_running().await.unwrap(), Startup::AlreadyRunning);
}

#[tokio::test]
async fn a_server_for_tests_ends_with_its_last_user() {
    let (group, server) = server_for("last-user");
    let mut first = using_group(&group).spawn().unwrap();
    assert_eq!(startup(&mut first), "Started");
    let mut second = using_group(&group).spawn().unwrap();
    assert_eq!(startup(&mut second), "AlreadyRunning");
    let lives = File::open(server.directory().join("server.lock")).unwrap();
    assert_eq!(query(&server, "select current_setting('fsync')").await, "off");

    first.kill().unwrap();
    first.wait().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(server.is_running().await.unwrap(), "the second process still uses it");

    second.kill().unwrap();
    second.wait().unwrap();
    eventually("the directory is removed", || !server.directory().exists()).await;
    eventually("every process of the server ends", || lives.try_lock().is_ok()).await;

    // This process becomes a user, and no more when the value is dropped.
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    let directory = server.directory().to_path_buf();
    drop(server);
    eventually("the directory is removed again", || !directory.exists()).await;
    let beside = fs::read_dir("/tmp").unwrap().flatten().map(|entry| entry.path());
    let name = directory.to_str().unwrap();
    let mut left: Vec<PathBuf> =
        beside.filter(|path| path.to_str().is_some_and(|path| path.starts_with(name))).collect();
    eventually("nothing is left", || {
        left.retain(|path| path.exists());
        left.is_empty()
    })
    .await;
}

#[tokio::test]
async fn servers_for_tests_that_end_and_start_at_once_never_fail() {
    let (group, server) = server_for("turns");
    for _ in 0..3 {
        let mut processes: Vec<Child> = (0..3).map(|_| using_group(&group).spawn().unwrap()).collect();
        for process in &mut processes {
            startup(process);
        }
        for mut process in processes {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        // The supervisor looks every 0.2 s: the next ones come before, while and after the server ends.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    eventually("the directory is removed", || !server.directory().exists()).await;
}

#[tokio::test]
async fn a_server_for_tests_comes_back_whatever_was_killed() {
    let (_, server) = server_for("killed");
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    server.ensure_database("lost").await.unwrap();
    kill("-9", &postmaster(&server));
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(server.ensure_database("lost").await.unwrap(), "without fsync it begins anew");

    // A supervisor that was killed, or a restart of the machine: nobody reads the pipe.
    let fake = server.directory().join("users.fake");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&fake).status().unwrap().success());
    fs::rename(&fake, server.directory().join("users")).unwrap();
    assert_eq!(server.ensure_running().await.unwrap(), Startup::AlreadyRunning);
    let directory = server.directory().to_path_buf();
    drop(server);
    eventually("the new supervisor ends the server", || !directory.exists()).await;
}

#[tokio::test]
async fn a_directory_of_somebody_else_is_refused() {
    let (_, server) = server_for("squatted");
    let directory = server.directory();
    let refused = async |why: &str| {
        let message = server.ensure_running().await.unwrap_err().to_string();
        assert!(message.contains(why), "{message}");
        assert_eq!(server.is_running().await.unwrap_err().to_string(), message);
    };

    fs::create_dir(directory).unwrap();
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    refused("has mode 755").await;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
    // Only root can give a directory away.
    if chown(directory, Some(1), Some(1)).is_ok() {
        refused("belongs to user 1").await;
    }
    fs::remove_dir(directory).unwrap();

    symlink("/var", directory).unwrap();
    refused("is not a directory").await;
    fs::remove_file(directory).unwrap();

    assert!(LocalServer::for_tests("../elsewhere").is_err());
}

#[tokio::test]
async fn only_the_superuser_comes_in_without_a_password() {
    let (_, server) = server_for("password");
    server.ensure_running().await.unwrap();
    let admin = connect(&config(&server, "postgres")).await.unwrap();
    admin.batch_execute("create role clerk login password 'right'").await.unwrap();
    let mut clerk = config(&server, "postgres");
    clerk.user("clerk");
    assert!(connect(&clerk).await.is_err());
    let wrong = connect(clerk.password("wrong")).await.err().unwrap();
    assert_eq!(wrong.code(), Some(&SqlState::INVALID_PASSWORD));
    connect(clerk.password("right")).await.unwrap();

    let listening = query(&server, "select current_setting('listen_addresses')");
    assert_eq!(listening.await, "");
}

#[tokio::test]
async fn nobody_else_can_look_into_its_directories() {
    let project = Project::new("modes");
    project.server.ensure_running().await.unwrap();
    let (_, for_tests) = server_for("modes");
    for_tests.ensure_running().await.unwrap();
    for server in [&project.server, &for_tests] {
        let home = server.directory().to_path_buf();
        for directory in [home.join("data"), socket_directory(server), home] {
            let found = fs::symlink_metadata(&directory).unwrap();
            assert_eq!(found.mode() & 0o777, 0o700, "{}", directory.display());
            assert_ne!(found.uid(), 0, "{}", directory.display());
        }
    }
}

#[tokio::test]
async fn the_log_keeps_no_statement_and_no_row_value() {
    let (_, server) = server_for("log");
    server.ensure_running().await.unwrap();
    let client = connect(&config(&server, "postgres")).await.unwrap();
    client.batch_execute("create table patients (id int unique check (id < 900123))").await.unwrap();
    for refused in ["insert into patients values (900123)", "select 'value 900123'::int", "SELEKT 900123"] {
        assert!(client.batch_execute(refused).await.is_err());
    }
    let log = fs::read_to_string(server.directory().join("server.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("900123"), "{log}");
}
