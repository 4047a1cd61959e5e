//! The server of a project: it keeps its data, is found again and survives what kills it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use private_postgres::{DEVELOPMENT_DATABASE, Startup, psql_command};

use crate::{
    Project, config, connect, eventually, kill, pid_file, postmaster, query, socket_directory, startup, using_project,
};

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
