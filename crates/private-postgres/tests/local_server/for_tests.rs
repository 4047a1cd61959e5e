//! Servers for tests: one for all its users, gone with the last of them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use private_postgres::Startup;

use crate::{eventually, kill, postmaster, query, server_for, startup, using_group};

#[tokio::test]
async fn many_tasks_of_one_thread_start_one_server() {
    let (_, server) = server_for("tasks");
    let startups = futures_util::future::join_all((0..8).map(|_| server.ensure_running())).await;
    let started = startups.into_iter().filter(|startup| *startup.as_ref().unwrap() == Startup::Started).count();
    assert_eq!(started, 1);
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
