//! Who comes in, and what a server shows.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::process::Command;

use private_postgres::LocalServer;
use tokio_postgres::error::SqlState;

use crate::{Project, config, connect, query, server_for, socket_directory};

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
    let project = Project::new("password");
    let server = &project.server;
    server.ensure_running().await.unwrap();
    let admin = connect(&config(server, "postgres")).await.unwrap();
    admin.batch_execute("create role clerk login password 'right'").await.unwrap();
    let mut clerk = config(server, "postgres");
    clerk.user("clerk");
    assert!(connect(&clerk).await.is_err());
    let wrong = connect(clerk.password("wrong")).await.err().unwrap();
    assert_eq!(wrong.code(), Some(&SqlState::INVALID_PASSWORD));
    connect(clerk.password("right")).await.unwrap();

    let listening = query(server, "select current_setting('listen_addresses')");
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
async fn root_lends_a_server_to_the_user_who_has_its_data() {
    let mut project = Project::new("lent");
    let directory = project.server.directory().to_path_buf();
    let nobody = Command::new("id").args(["-u", "nobody"]).output().unwrap().stdout;
    let nobody: u32 = String::from_utf8(nobody).unwrap().trim().parse().unwrap();
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    // Only root can give a directory away.
    if chown(&directory, Some(nobody), None).is_ok() {
        // PostgreSQL's package, which comes later, brings a user who would come first.
        project.server = LocalServer::for_development(&project.directory).unwrap();
        project.server.ensure_running().await.unwrap();
        assert_eq!(fs::metadata(directory.join("data")).unwrap().uid(), nobody);
    }
}

#[tokio::test]
async fn the_log_keeps_no_statement_and_no_row_value() {
    let (_, server) = server_for("log");
    server.ensure_running().await.unwrap();
    let client = connect(&config(&server, "postgres")).await.unwrap();
    client.batch_execute("create table patients (id int unique check (id < 900123))").await.unwrap();
    // The settings that docs/operating.md has.
    let page = include_str!("../../../../docs/operating.md");
    let settings = page.split("```text settings\n").nth(1).unwrap().split("```").next().unwrap();
    let compose = include_str!("../../../../docker-compose.yml");
    assert_eq!(settings.lines().count(), 6);
    for (name, value) in settings.lines().map(|line| line.split_once(" = ").unwrap()) {
        let found: String = client.query_one("select current_setting($1)", &[&name]).await.unwrap().get(0);
        assert_eq!(found, value, "{name}");
        assert!(compose.contains(&format!("-c {name}={value}")), "{name}");
    }
    assert!(client.execute("insert into patients values ($1)", &[&900123]).await.is_err());
    for refused in ["insert into patients values (900123)", "select 'value 900123'::int", "SELEKT 900123"] {
        assert!(client.batch_execute(refused).await.is_err());
    }
    let log = fs::read_to_string(server.directory().join("server.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("900123"), "{log}");
}
