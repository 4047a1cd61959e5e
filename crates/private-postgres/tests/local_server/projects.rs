//! The servers of all projects: they are found, and what is left of a project that is gone is removed.

use std::fs::{self, File};
use std::path::Path;

use private_postgres::LocalServer;

use crate::{Project, query, socket_directory};

fn listed(project: &Path) -> Option<LocalServer> {
    let mut all = LocalServer::all_for_development().unwrap().into_iter();
    all.find(|server| server.project() == Some(project))
}

#[tokio::test]
async fn every_server_that_was_started_is_found_again() {
    let project = Project::new("listed");
    assert!(listed(&project.directory).is_none());
    project.server.ensure_running().await.unwrap();
    let major: i32 = query(&project.server, "select current_setting('server_version_num')").await.parse().unwrap();

    let found = listed(&project.directory).unwrap();
    assert_eq!(found.directory(), project.server.directory());
    assert!(found.is_running().await.unwrap() && !found.is_orphan());
    assert!(found.version().await.unwrap().starts_with(&format!("{}.", major / 10_000)));

    project.server.stop().await.unwrap();
    let found = listed(&project.directory).unwrap();
    assert!(!found.is_running().await.unwrap());
    assert_eq!(found.version().await.unwrap(), (major / 10_000).to_string());

    // Whoever can write into one server's directory can't have another one's removed.
    fs::write(socket_directory(&found).join("project"), "/nowhere").unwrap();
    assert!(listed(&project.directory).is_none() && listed(Path::new("/nowhere")).is_none());
}

#[tokio::test]
async fn only_the_server_of_a_project_that_is_gone_is_removed() {
    let project = Project::new("orphan");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    assert!(!server.remove_orphan().await.unwrap());
    assert!(server.is_running().await.unwrap());

    let lives = File::open(server.directory().join("server.lock")).unwrap();
    let moved = project.directory.with_extension("moved");
    fs::rename(&project.directory, &moved).unwrap();
    let orphan = listed(&project.directory).unwrap();
    assert!(orphan.is_orphan() && orphan.is_running().await.unwrap());
    assert!(orphan.remove_orphan().await.unwrap());
    assert!(lives.try_lock().is_ok(), "every process of it has ended");
    assert!(!server.directory().exists() && !socket_directory(server).exists());
    assert!(listed(&project.directory).is_none());
    // A user's data is in the project.
    assert!(server.directory().starts_with("/var/lib") || moved.join(".postgres/data").exists());
    fs::remove_dir_all(&moved).unwrap();
}

#[tokio::test]
async fn a_server_that_lost_its_data_is_removed_as_well() {
    let project = Project::new("lost");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    let lives = File::open(server.directory().join("server.lock")).unwrap();
    fs::remove_dir_all(server.directory().join("data")).unwrap();
    fs::remove_dir_all(&project.directory).unwrap();
    assert!(server.remove_orphan().await.unwrap());
    assert!(lives.try_lock().is_ok());
    assert!(!socket_directory(server).exists());
}
