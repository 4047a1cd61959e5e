//! TLS: when it is asked for, what is verified, and when plaintext is good enough.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use postgres_migrate::Database;

use crate::server::{Server, addresses, with_tls, without_tls};
use crate::{assert_fails, database, is_encrypted, one_line, text};

#[tokio::test]
async fn nothing_goes_to_another_machine_in_plaintext() {
    let server = without_tls();
    for parameters in ["sslmode=require", "host=database.example&hostaddr=127.0.0.1&sslmode=prefer"] {
        assert_fails(&server.url(parameters), "the server speaks no TLS").await;
    }
    assert!(!is_encrypted(&server.url("sslmode=prefer")).await);
    // The word of whoever runs it is taken.
    assert!(!is_encrypted(&server.url("host=database.example&hostaddr=127.0.0.1&sslmode=disable")).await);

    let server = with_tls();
    let authority = server.path("authority.pem");
    let remote = format!("host=database.example&hostaddr=127.0.0.1&sslrootcert={}", authority.display());
    assert!(is_encrypted(&server.url(&remote)).await);
    assert_fails(&without_tls().url(&remote), "the server speaks no TLS").await;
    // One remote server makes the rule strict for all of them.
    let mixed =
        format!("host=127.0.0.1,database.example&hostaddr=127.0.0.1,127.0.0.1&sslrootcert={}", authority.display());
    assert_fails(&without_tls().url(&mixed), "database.example:").await;
}

#[tokio::test]
async fn the_certificate_is_checked_as_sslmode_says() {
    let server = with_tls();
    let with_root =
        |parameters: &str, root: &str| server.url(&format!("{parameters}&sslrootcert={}", server.path(root).display()));
    let elsewhere = "host=elsewhere.example&hostaddr=127.0.0.1";
    for url in [
        server.url(""),
        server.url("sslmode=prefer"),
        server.url("sslmode=require"),
        server.url(&format!("{elsewhere}&sslmode=require")),
        with_root("sslmode=verify-ca", "authority.pem"),
        with_root(&format!("{elsewhere}&sslmode=verify-ca"), "authority.pem"),
        with_root(&format!("{elsewhere}&sslmode=require"), "authority.pem"),
        with_root("sslmode=verify-full", "authority.pem"),
        with_root("host=localhost&sslmode=verify-full", "authority.pem"),
    ] {
        assert!(is_encrypted(&url).await, "{url}");
    }
    assert!(!is_encrypted(&server.url("sslmode=disable")).await);
    for address in addresses() {
        let url = with_root("sslmode=verify-full", "authority.pem").replace("127.0.0.1", address);
        assert!(is_encrypted(&url).await, "{url}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        for root in ["stranger.pem", "namesake.pem"] {
            assert_fails(&with_root(&format!("sslmode={mode}"), root), "name the file with that authority's").await;
        }
    }
    for parameters in [elsewhere.to_owned(), format!("{elsewhere}&sslmode=verify-full")] {
        let url = with_root(&parameters, "authority.pem");
        assert_fails(&url, "not for host \"elsewhere.example\" but for localhost, database.example, 127.0.0.1, ").await;
    }
    // Without a file the machine's own authorities decide, and some machines have none.
    match Database::from_url(&server.url("host=database.example&hostaddr=127.0.0.1")) {
        Ok(database) => {
            let error = database.connect().await.err().unwrap();
            assert!(one_line(&error).contains("sslrootcert=PATH"), "{error}");
        }
        Err(error) => assert!(one_line(&error).contains("sslrootcert=PATH"), "{error}"),
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let server = with_tls();
    server.run_sql("create role certified login").await;
    let url = |certificate: &str, key: &str| {
        let path = |name: &str| server.path(name).display().to_string();
        let parameters = format!("sslcert={}&sslkey={}", path(certificate), path(key));
        server.url(&format!("user=certified&sslmode=require&{parameters}"))
    };
    let mut connection = database(&url("client.pem", "client.key")).connect().await.unwrap();
    assert_eq!(text(&mut connection, "current_user").await, "certified");
    let subject = "select client_dn from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(text(&mut connection, subject).await, "/CN=certified");

    let none = server.url("user=certified&sslmode=require");
    assert_fails(&none, "connection requires a valid client certificate").await;
    assert_fails(&url("impostor.pem", "impostor.key"), "the server does not accept the certificate of sslcert").await;
    server.write("open.key", &std::fs::read_to_string(server.path("client.key")).unwrap());
    std::fs::set_permissions(server.path("open.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for (certificate, key, expected) in [
        ("client.pem", "open.key", "can be read by others; let it be its owner's alone (chmod 0600)"),
        ("client.pem", "client.pem", "holds no key; expected PEM without a password"),
        ("client.key", "client.key", "client.key\" holds no certificate"),
        ("missing.pem", "client.key", "missing.pem\" can't be read: "),
        ("client.pem", "impostor.key", "can't be used: "),
    ] {
        let error = Database::from_url(&url(certificate, key)).err().unwrap();
        assert!(one_line(&error).contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_out_of_date_is_refused() {
    for (years, expected) in [((2020, 2021), "has expired"), ((2089, 2090), "is not valid yet")] {
        let server = Server::start(Some(years));
        let root = server.path("authority.pem");
        for mode in ["require", "verify-ca", "verify-full"] {
            assert_fails(&server.url(&format!("sslmode={mode}&sslrootcert={}", root.display())), expected).await;
        }
        assert!(is_encrypted(&server.url("sslmode=require")).await);
    }
}

/// libpq's `prefer`: a loopback server whose TLS doesn't work is used without it.
#[tokio::test]
async fn prefer_falls_back_on_this_machine_alone() {
    let server = without_tls();
    let (listener, port) = (TcpListener::bind("127.0.0.1:0").unwrap(), server.port);
    let broken = listener.local_addr().unwrap().port();
    let proxy = std::thread::spawn(move || {
        let mut tls_requests = 0;
        loop {
            let (mut client, _) = listener.accept().unwrap();
            let mut start = [0; 8];
            client.read_exact(&mut start).unwrap();
            if start == [0, 0, 0, 8, 4, 210, 22, 47] {
                tls_requests += 1;
                client.write_all(b"Sno handshake follows").unwrap();
                if tls_requests == 2 {
                    return;
                }
                continue;
            }
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            server.write_all(&start).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            std::thread::spawn(move || std::io::copy(&mut server, &mut client));
        }
    });
    assert!(!is_encrypted(&server.url(&format!("port={broken}"))).await);
    assert_fails(&server.url(&format!("port={broken}&sslmode=require")), "the TLS handshake failed").await;
    proxy.join().unwrap();
}
