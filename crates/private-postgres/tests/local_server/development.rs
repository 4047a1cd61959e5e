//! The server of a project: it keeps its data, is found again and survives what kills it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
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
    fs::remove_file(socket_directory(server).join(".s.PGSQL.5432")).unwrap();
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert_ne!(postmaster(server), before);
}

#[tokio::test]
async fn begins_anew_after_its_data_was_removed() {
    let project = Project::new("removed");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    server.ensure_database("lost").await.unwrap();
    fs::remove_dir_all(server.directory().join("data")).unwrap();
    assert_eq!(server.ensure_running().await.unwrap(), Startup::Started);
    assert!(server.ensure_database("lost").await.unwrap());
}

#[tokio::test]
async fn is_started_again_once_its_programs_are_of_another_version() {
    let project = Project::new("upgraded");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    server.ensure_database("kept").await.unwrap();
    let before = postmaster(server);
    let installed = query(server, "select setting from pg_config where name = 'BINDIR'").await;
    let version = query(server, "select current_setting('server_version')").await;
    assert!(version.starts_with(&server.version().await.unwrap()), "{version}");

    // An installation of the next minor version, which serves like the one that is there.
    let upgraded = project.directory.join("bin");
    fs::create_dir(&upgraded).unwrap();
    let major = version.split(|letter: char| !letter.is_ascii_digit()).next().unwrap();
    for name in ["initdb", "postgres"] {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" != --version ] || exec echo '{name} (PostgreSQL) {major}.99'\nexec {installed}/{name} \"$@\"\n"
        );
        fs::write(upgraded.join(name), script).unwrap();
        fs::set_permissions(upgraded.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut process = using_project(&project.directory);
    let path = [upgraded.into_os_string(), std::env::var_os("PATH").unwrap()].join(OsStr::new(":"));
    let mut process = process.env("PATH", path).spawn().unwrap();
    assert_eq!(startup(&mut process), "Started");
    process.kill().unwrap();
    process.wait().unwrap();
    assert_ne!(postmaster(server), before);
    assert!(!server.ensure_database("kept").await.unwrap());

    assert_eq!(server.ensure_running().await.unwrap(), Startup::AlreadyRunning);
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
    let lines: Vec<&str> = stale.lines().collect();
    let (id, data, socket) = (other.id().to_string(), lines[1], lines[4]);
    let file = |data: &str, socket: &str| [&id, data, lines[2], lines[3], socket, "", ""].join("\n");
    let write = |path: &Path, text: String| {
        fs::write(path, text).unwrap();
        chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    };
    // One that a server left which was killed, and one that came with a copy of another server's data.
    let mut started = Vec::new();
    for (data, socket) in [(data, socket), ("/elsewhere/data", "/elsewhere")] {
        write(&pid_file(server), file(data, socket));
        write(&socket_directory(server).join(".s.PGSQL.5432.lock"), file(data, socket));
        started.push(server.ensure_running().await.map_err(|error| error.to_string()));
        server.stop().await.unwrap();
    }
    // But that of a server that somebody started by hand, on a socket of his own, is.
    write(&pid_file(server), file(data, "/elsewhere"));
    let refused = server.ensure_running().await.map_err(|error| error.to_string());
    let still_there = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(started, [Ok(Startup::Started), Ok(Startup::Started)]);
    assert!(refused.clone().is_err_and(|message| message.contains("lock file \"postmaster.pid\"")), "{refused:?}");
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
