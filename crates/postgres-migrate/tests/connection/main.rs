//! Connections to real servers: one without TLS, one with, and things that only look like a server.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod libpq;
mod pool;
mod server;
mod small;
mod standby;
mod tls;

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use postgres_migrate::{Database, Error, Runner};

use server::{PASSWORD, RAW_PASSWORD, Server, addresses, free_port, without_tls};

fn database(url: &str) -> Database {
    let database = Database::from_url(url).unwrap();
    assert_silent(&format!("{database} {database:?} {:?}", database.pool()));
    database
}

fn assert_silent(shown: &str) {
    for secret in ["canary", "p@ss", "p%40ss"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// The one line that says why the connection failed.
fn one_line(error: &Error) -> String {
    let text = error.to_string();
    assert!(matches!(error, Error::Connection { .. } | Error::Configuration(_)), "{error:?}");
    assert!(!text.contains('\n'), "{text}");
    assert_silent(&format!("{text} {error:?}"));
    text
}

async fn failure(url: &str) -> String {
    match database(url).connect().await {
        Ok(_) => panic!("connected to {url}"),
        Err(error) => one_line(&error),
    }
}

async fn assert_fails(url: &str, expected: &str) {
    let text = failure(url).await;
    assert!(text.contains(expected), "{url}\n{text}\nshould contain: {expected}");
}

async fn text(connection: &mut AsyncPgConnection, expression: &str) -> String {
    diesel::select(sql::<Text>(&format!("({expression})::text"))).get_result(connection).await.unwrap()
}

/// Whether the connection that this URL yields is encrypted.
async fn is_encrypted(url: &str) -> bool {
    let mut connection = database(url).connect().await.unwrap();
    text(&mut connection, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").await == "true"
}

#[tokio::test]
async fn a_session_has_the_documented_settings() {
    let server = without_tls();
    let settings = "concat_ws('|', current_setting('statement_timeout'), current_setting('application_name'), \
                    current_user, current_database())";
    let test = std::env::current_exe().unwrap();
    let program = test.file_stem().unwrap().to_str().unwrap();
    for (url, timeout, name) in [
        (server.url(""), "30s", program),
        (server.url("application_name=a%20b"), "30s", "a b"),
        (server.url("options=-c%20statement_timeout%3D5s"), "5s", program),
    ] {
        let mut connection = database(&url).connect().await.unwrap();
        assert_eq!(text(&mut connection, settings).await, format!("{timeout}|{name}|rcm_admin|postgres"));
    }

    server.run_sql("create role \"other one\" login password 'canary too'").await;
    let other = database(&server.url("")).with_name("template1").with_user("other one", "canary too");
    assert_eq!(other.name(), "template1");
    assert!(other.is_local());
    assert_eq!(other.to_string(), format!("127.0.0.1:{}/template1", server.port));
    let mut connection = other.with_application_name("mine").connect().await.unwrap();
    assert_eq!(text(&mut connection, settings).await, "30s|mine|other one|template1");
}

#[tokio::test]
async fn every_form_of_connection_string_connects() {
    let server = without_tls();
    let (port, sockets) = (server.port, server.path("my sockets"));
    let encoded = sockets.to_str().unwrap().replace('/', "%2F").replace(' ', "%20");
    let credentials = format!("rcm_admin:{PASSWORD}");
    for url in [
        format!("host=localhost port={port} user=rcm_admin password='{RAW_PASSWORD}' dbname=postgres"),
        format!("host='{}' port={port} user=rcm_admin password='{RAW_PASSWORD}' dbname=postgres", sockets.display()),
        format!("postgres://{credentials}@{encoded}:{port}/postgres"),
        format!("postgresql://{credentials}@/postgres?host={encoded}&port={port}"),
        // A Unix socket never uses TLS.
        format!("postgresql://{credentials}@{encoded}:{port}/postgres?sslmode=verify-full&sslrootcert=system"),
        format!("postgresql://{credentials}@127.0.0.1:{},localhost:{port}/postgres", free_port()),
        format!("postgresql://{credentials}@localhost:{port}/postgres?target_session_attrs=read-write"),
    ] {
        assert!(!is_encrypted(&url).await, "{url}");
    }
    for address in addresses() {
        let other = database(&format!("postgresql://{credentials}@{address}:{port}/postgres"));
        assert_eq!(other.to_string(), format!("{address}:{port}/postgres"));
        assert!(other.is_local());
        let pool = other.pool().build().await.unwrap();
        assert_eq!(text(&mut pool.get().await.unwrap(), "1").await, "1");
    }
}

/// The port of the server that this URL leads to.
async fn port(url: &str) -> String {
    let mut connection = database(url).connect().await.unwrap();
    text(&mut connection, "inet_server_port()").await
}

#[tokio::test]
async fn the_server_is_the_kind_that_is_asked_for_and_pools_follow_a_failover() {
    let primary = Server::start(None);
    let standby = primary.start_standby();
    let (first, second) = (primary.port, standby.port);
    let url = |ports: &str, attributes: &str| {
        let hosts = ["127.0.0.1"; 2].join(",");
        format!(
            "postgresql://rcm_admin:{PASSWORD}@/postgres?host={hosts}&port={ports}&target_session_attrs={attributes}"
        )
    };
    for ports in [format!("{first},{second}"), format!("{second},{first}")] {
        for (attributes, expected) in [
            ("primary", first),
            ("read-write", first),
            ("standby", second),
            ("prefer-standby", second),
            ("read-only", second),
        ] {
            assert_eq!(port(&url(&ports, attributes)).await, expected.to_string(), "{attributes} {ports}");
        }
    }
    let alone = |port: u16, attributes: &str| url(&format!("{port},1"), attributes);
    assert_fails(&alone(first, "standby"), "it is a primary, and target_session_attrs asks for a standby").await;
    assert_fails(&alone(second, "primary"), "it is a standby, and target_session_attrs asks for a primary").await;
    assert_eq!(port(&alone(first, "prefer-standby")).await, first.to_string());

    // A pool keeps to its URL when the roles of the servers change.
    let both = format!("{first},{second}");
    let limit = Duration::from_secs(5);
    let writes = database(&url(&both, "primary")).pool().connection_timeout(limit).build().await.unwrap();
    let reads = database(&url(&both, "prefer-standby")).pool().connection_timeout(limit).build().await.unwrap();
    assert_eq!(text(&mut writes.get().await.unwrap(), "inet_server_port()").await, first.to_string());
    assert_eq!(text(&mut reads.get().await.unwrap(), "inet_server_port()").await, second.to_string());
    primary.fail();
    standby.run_sql("select pg_promote()").await;
    assert_eq!(text(&mut writes.get().await.unwrap(), "inet_server_port()").await, second.to_string());
    assert_eq!(text(&mut reads.get().await.unwrap(), "inet_server_port()").await, second.to_string());
}

#[tokio::test]
async fn a_refusal_says_what_to_look_at() {
    let server = without_tls();
    server.run_sql("create database closed").await;
    server.run_sql("revoke connect on database closed from public").await;
    server.run_sql("create role outsider login password 'canary'").await;
    server.run_sql("create role rejected login password 'canary'").await;
    server.run_sql("create role full_up login password 'canary' connection limit 0").await;
    let at = |credentials: &str, name: &str| format!("postgresql://{credentials}@127.0.0.1:{}/{name}", server.port);
    let admin = format!("rcm_admin:{PASSWORD}");
    for (url, expected) in [
        (at("rcm_admin:canary", "postgres"), "wrong password for role \"rcm_admin\""),
        (at("nobody_here:canary", "postgres"), "wrong password for role \"nobody_here\""),
        (at(&admin, "no%0Asuch"), "there is no database \"no\\nsuch\" on this server"),
        (at("full_up:canary", "postgres"), "too many connections"),
        (at("rejected:canary", "postgres"), "pg_hba.conf rejects connection for host"),
        (at("outsider:canary", "closed"), "may not connect to database \"closed\""),
        (server.url("target_session_attrs=read-only"), "database is not read only"),
    ] {
        assert_fails(&url, expected).await;
    }
    if std::env::var_os("PGPASSWORD").is_none() {
        assert_fails(&at("rcm_admin", "postgres"), "asks for a password").await;
    }
    // The next server isn't asked once one has said no.
    let port = server.port;
    let text = failure(&format!("postgresql://rcm_admin:canary@127.0.0.1:{port},localhost:{port}/postgres")).await;
    assert!(text.contains(": wrong password") && !text.contains("; localhost:"), "{text}");
    let text = failure(&at("rcm_admin:canary", "postgres")).await;
    let expected = format!("cannot connect to 127.0.0.1:{}/postgres: wrong password", server.port);
    assert!(text.starts_with(&expected), "{text}");
}

/// The test that plays the program whose environment names a password file connects to this.
const URL: &str = "POSTGRES_MIGRATE_TEST_PASSFILE_URL";

#[tokio::test]
async fn a_password_file_has_the_password_where_nobody_else_may_read_it() {
    if let Ok(url) = std::env::var(URL) {
        database(&url).connect().await.unwrap();
        return;
    }
    let server = without_tls();
    let file = server.path("passwords");
    std::fs::write(&file, format!("localhost:*:*:*:other\n127.0.0.1:*:postgres:rcm_admin:{RAW_PASSWORD}\n")).unwrap();
    for (mode, connects) in [(0o600, true), (0o640, false)] {
        std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "a_password_file_has_the_password_where_nobody_else_may_read_it"]);
        program.env(URL, format!("postgresql://rcm_admin@127.0.0.1:{}/postgres", server.port));
        let output = program.env_remove("PGPASSWORD").env("PGPASSFILE", &file).output().unwrap();
        assert_eq!(output.status.success(), connects, "{output:?}");
    }
}

#[tokio::test]
async fn options_that_are_refused_are_named_without_their_values() {
    let server = without_tls();
    server.run_sql("create role plain login password 'canary'; create role closed_owner").await;
    let at = |options: &str| {
        format!("postgresql://plain:canary@127.0.0.1:{}/postgres?options={}", server.port, options.replace(' ', "%20"))
    };
    for (options, expected) in [
        ("-c role%3Dclosed_owner", "permission denied to set role \"closed_owner\""),
        ("-c lc_messages%3DC", "permission denied to set parameter \"lc_messages\""),
        ("-c no_such_setting%3D1", "unrecognized configuration parameter \"no_such_setting\""),
        ("-c work_mem%3Dcanary", "invalid value for parameter \"work_mem\""),
        ("-c role%3Dno_such_role", "role \"no_such_role\" does not exist"),
    ] {
        let expected =
            format!("the server refused the options of the connection string for role \"plain\": {expected}; correct");
        assert_fails(&at(options), &expected).await;
        assert!(!failure(&at(options)).await.contains("GRANT CONNECT"), "{options}");
    }
}

#[tokio::test]
async fn why_a_schema_can_not_be_entered_is_told() {
    let primary = Server::start(None);
    primary.run_sql("create schema org_a; alter role rcm_admin set default_transaction_isolation = serializable").await;
    let standby = primary.start_standby();
    let bound = database(&standby.url("")).with_schema("org_a");
    let expected = "the session could not be set up: cannot use serializable mode in a hot standby";
    let error = bound.connect().await.err().unwrap();
    assert!(one_line(&error).contains(expected), "{error}");
    let error = Runner::new(&small::DEFINITION).run_pending(&bound).await.err().unwrap();
    assert!(one_line(&error).contains(expected), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_apart() {
    let credentials = format!("rcm_admin:{PASSWORD}");
    let port = free_port();
    assert_fails(&format!("postgresql://{credentials}@127.0.0.1:{port}/d"), "is the server running?").await;
    assert_fails(&format!("postgresql://{credentials}@%2Ftmp%2Fno%20such%20place/d"), "in that socket directory").await;
    let host = format!("postgresql://{credentials}@nonexistent.invalid/d?sslmode=require");
    assert_fails(&host, "the host name \"nonexistent.invalid\" was not found").await;
    let long = format!("postgresql://{credentials}@%2Ftmp%2F{}/d", "x".repeat(120));
    assert_fails(&long, "the path of its socket has more than the 107 bytes").await;
    let both = format!("postgresql://{credentials}@127.0.0.1:{port},localhost:{port}/d");
    assert_fails(&both, &format!("127.0.0.1:{port}: nothing listens")).await;
    assert_fails(&both, &format!("; localhost:{port}: nothing listens")).await;

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let started = Instant::now();
    let url = format!("postgresql://{credentials}@127.0.0.1:{port}/d?connect_timeout=1");
    assert_fails(&url, "no answer in time").await;
    assert!(started.elapsed() < Duration::from_secs(5));
    let closing = std::thread::spawn(move || {
        // The attempt that timed out is still in the queue.
        for _ in 0..2 {
            drop(silent.accept().unwrap());
        }
    });
    assert_fails(&url, "is this a PostgreSQL server?").await;
    closing.join().unwrap();
}

#[tokio::test]
async fn another_protocol_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = [
        "HTTP/1.1 400 Bad Request\r\nServer: web\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "220 mail.example ESMTP\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ];
    std::thread::spawn(move || {
        for (client, answer) in listener.incoming().zip(answers.into_iter().cycle()) {
            let mut client = client.unwrap();
            let read = client.read(&mut [0; 1024]).unwrap();
            assert!(read > 0);
            client.write_all(answer.as_bytes()).unwrap();
        }
    });
    for mode in ["disable", "prefer"] {
        for _ in answers {
            let url = format!("postgresql://rcm_admin:{PASSWORD}@127.0.0.1:{port}/d?sslmode={mode}");
            assert_fails(&url, "what answers there is not PostgreSQL; check host and port").await;
        }
    }
}

/// Connects to the database with the password that a sidecar wrote last.
#[tokio::test]
async fn a_pool_asks_for_the_password_of_each_connection() {
    let server = without_tls();
    let file = server.path("password of rotating");
    let rotate = async |password: &str| {
        server.run_sql(&format!("alter role rotating password '{password}'")).await;
        server.write("password of rotating", &format!("{password}\n"));
    };
    server.run_sql("create role rotating login").await;
    rotate("canary one").await;
    let asked = Arc::new(AtomicU32::new(0));
    let (counter, path) = (asked.clone(), file.clone());
    let database = database(&server.url("user=rotating&password=canary%20zero")).with_password(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let path = path.clone();
        async move { std::fs::read_to_string(path).map(|text| text.trim_end().to_owned()) }
    });
    assert_silent(&format!("{database} {database:?} {}", database.url_without_password()));
    let pool = database.pool().max_size(2).connection_timeout(Duration::from_secs(5)).build().await.unwrap();
    assert_silent(&format!("{pool:?}"));
    assert_eq!(AtomicU32::load(&asked, Ordering::Relaxed), 1);
    let mut first = pool.get().await.unwrap();

    // The open one goes on; the next one has the new password.
    rotate("canary two").await;
    let mut second = pool.get().await.unwrap();
    assert_eq!(text(&mut first, "current_user").await, "rotating");
    assert_eq!(text(&mut second, "current_user").await, "rotating");
    assert_eq!(AtomicU32::load(&asked, Ordering::Relaxed), 2);
    drop((first, second));

    // All of them are lost, as in a failover.
    rotate("canary three").await;
    server.run_sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rotating'").await;
    for _ in 0..400 {
        drop((pool.get().await.unwrap(), pool.get().await.unwrap()));
        if AtomicU32::load(&asked, Ordering::Relaxed) == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    // The runner's connection, too.
    drop(database.connect_client().await.unwrap());
    assert_eq!(AtomicU32::load(&asked, Ordering::Relaxed), 5);

    std::fs::remove_file(&file).unwrap();
    let error = database.connect().await.err().unwrap();
    assert!(one_line(&error).contains("there is no password for it: No such file"), "{error}");
    let waiting = Database::from_url(&server.url("connect_timeout=1")).unwrap();
    let waiting = waiting.with_password(std::future::pending::<Result<String, std::io::Error>>);
    let error = waiting.connect().await.err().unwrap();
    assert!(one_line(&error).contains("it did not come within connect_timeout"), "{error}");
    // A role that is named with its password has that one.
    server.run_sql("alter role rotating password 'canary p@ss'").await;
    drop(waiting.with_user("rotating", "canary p@ss").connect().await.unwrap());
}
