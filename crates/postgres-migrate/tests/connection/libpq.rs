//! Whether libpq connects with the same URL: psql is asked beside this crate, against one server with one certificate
//! after the other.

use std::path::PathBuf;
use std::process::Command;

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use postgres_migrate::Database;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::server::{Server, without_tls};

const IS_ENCRYPTED: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
const MODES: [&str; 7] = ["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const LOCAL: &str = "localhost";
/// Reached at a loopback address, but by the name of another machine.
const REMOTE: &str = "database.example";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Refused,
    Plaintext,
    Encrypted,
}

/// What one URL says about TLS.
struct Way<'a> {
    server: &'a Server,
    host: &'a str,
    mode: &'a str,
    root: Option<PathBuf>,
}

impl Way<'_> {
    fn url(&self, mode: &str) -> String {
        let mut parameters = format!("host={}&hostaddr=127.0.0.1", self.host);
        if !mode.is_empty() {
            parameters += &format!("&sslmode={mode}");
        }
        if let Some(root) = &self.root {
            parameters += &format!("&sslrootcert={}", root.display());
        }
        self.server.url(&parameters)
    }

    async fn ours(&self) -> Outcome {
        let Ok(database) = Database::from_url(&self.url(self.mode)) else { return Outcome::Refused };
        let Ok(mut connection) = database.connect().await else { return Outcome::Refused };
        let is_encrypted = diesel::select(sql::<Bool>(&format!("({IS_ENCRYPTED})")));
        match is_encrypted.get_result(&mut connection).await.unwrap() {
            true => Outcome::Encrypted,
            false => Outcome::Plaintext,
        }
    }

    fn libpqs(&self, mode: &str) -> Outcome {
        let mut psql = Command::new("psql");
        psql.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.server.path("."));
        let output = psql.args(["-XAtw", "-c", IS_ENCRYPTED, &self.url(mode)]).output().unwrap();
        match (output.status.success(), output.stdout.as_slice()) {
            (true, b"t\n") => Outcome::Encrypted,
            (true, b"f\n") => Outcome::Plaintext,
            _ => Outcome::Refused,
        }
    }

    /// Fails where the two differ, but for what the crate promises beyond libpq, and for the modes in which it is known to
    /// refuse the certificate of this case.
    async fn compare(&self, case: &str, stricter: &[&str]) -> Outcome {
        let (ours, mode) = (self.ours().await, self.mode);
        let expected = match (self.host, mode) {
            // Another machine is verified unless the URL says otherwise, and never reached in plaintext by accident.
            (REMOTE, "") => self.libpqs("verify-full"),
            (REMOTE, "allow" | "prefer") => self.libpqs("require"),
            // libpq begins in plaintext; with TLS we are in as well.
            (_, "allow") if ours == Outcome::Encrypted => match self.libpqs(mode) {
                Outcome::Plaintext => Outcome::Encrypted,
                other => other,
            },
            _ => self.libpqs(mode),
        };
        let meant = match (self.host, mode) {
            (LOCAL, "") => "prefer",
            (_, "") => "verify-full",
            _ => mode,
        };
        let expected = match expected {
            Outcome::Encrypted if self.root.is_some() && stricter.contains(&meant) => match (self.host, meant) {
                (LOCAL, "prefer") => Outcome::Plaintext,
                _ => Outcome::Refused,
            },
            other => other,
        };
        let Self { host, root, .. } = self;
        assert_eq!(ours, expected, "{case}, host {host}, sslmode {mode:?}, root {root:?}");
        assert!(ours != Outcome::Plaintext || *host == LOCAL || mode == "disable", "{case}, {host}, {mode:?}");
        ours
    }
}

/// Every host, mode and root on this server; how many are refused, in plaintext, encrypted.
async fn compare_all(server: &Server, roots: &[Option<&str>], case: &str, stricter: &[&str]) -> [usize; 3] {
    let mut outcomes = Vec::new();
    for host in [LOCAL, REMOTE] {
        for mode in MODES {
            for root in roots {
                let way = Way { server, host, mode, root: root.map(|root| server.path(root)) };
                outcomes.push(way.compare(case, stricter).await);
            }
        }
    }
    [Outcome::Refused, Outcome::Plaintext, Outcome::Encrypted]
        .map(|one| outcomes.iter().filter(|outcome| **outcome == one).count())
}

fn is_missing(program: &str) -> bool {
    let missing = Command::new(program).arg("-V").output().is_err();
    if missing {
        let line = format!("skipped on this machine: {program} is not installed; nothing is compared with libpq\n");
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    }
    missing
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority_parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

fn authority(name: &str, until: i32) -> Issuer {
    let mut parameters = authority_parameters(name);
    parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key of a server.
fn leaf(names: &[&str], years: (i32, i32), issuer: &Issuer) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    (parameters.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_url_is_accepted_and_refused_as_by_libpq() {
    if is_missing("psql") {
        return;
    }
    let server = Server::start(Some((2020, 2090)));
    // The password is not what this is about, and SCRAM is slow in a debug build.
    server.write("data/pg_hba.conf", "local all all trust\nhost all all 127.0.0.1/32 trust\n");
    let (root, stranger, expired) = (authority("root", 2090), authority("stranger", 2090), authority("expired", 2021));
    let intermediate =
        CertifiedIssuer::signed_by(authority_parameters("intermediate"), KeyPair::generate().unwrap(), &root).unwrap();
    server.write("root.pem", &root.pem());
    let (names, valid) = ([LOCAL, REMOTE], (2020, 2090));
    let with_intermediate = || {
        let (certificate, key) = leaf(&names, valid, &intermediate);
        (format!("{certificate}{}", intermediate.pem()), key)
    };
    let both = format!("{}{}", root.pem(), intermediate.pem());
    let own = leaf(&names, valid, &root);
    // Of 28 ways, how many are refused, in plaintext, encrypted.
    for (case, (certificate, key), trusted, expected) in [
        ("a leaf with its intermediate", with_intermediate(), root.pem(), [5, 4, 19]),
        ("another host's certificate", leaf(&["elsewhere.example"], valid, &root), root.pem(), [8, 4, 16]),
        ("an expired certificate", leaf(&names, (2020, 2021), &root), root.pem(), [14, 7, 7]),
        ("a certificate of the future", leaf(&names, (2089, 2090), &root), root.pem(), [14, 7, 7]),
        ("a certificate of an unknown authority", leaf(&names, valid, &stranger), root.pem(), [14, 7, 7]),
        ("a certificate of an expired authority", leaf(&names, valid, &expired), expired.pem(), [14, 7, 7]),
        ("a leaf without its intermediate", leaf(&names, valid, &intermediate), root.pem(), [14, 7, 7]),
        ("an intermediate for a root", leaf(&names, valid, &intermediate), intermediate.pem(), [14, 7, 7]),
        ("a root with an intermediate", leaf(&names, valid, &intermediate), both, [5, 4, 19]),
        ("a leaf for a root", own.clone(), own.0, [14, 7, 7]),
    ] {
        server.write("root.pem", &trusted);
        server.write("server.pem", &certificate);
        server.write("server.key", &key);
        server.restart();
        let counts = compare_all(&server, &[None, Some("root.pem")], case, &[]).await;
        assert_eq!(counts, expected, "{case}");
    }

    let (certificate, key) = leaf(&names, valid, &root);
    server.write("root.pem", &root.pem());
    server.write("server.pem", &certificate);
    server.write("server.key", &key);
    // Of 42 ways.
    for (case, rules, expected) in [
        ("the right certificate", "host all all 127.0.0.1/32 trust\n", [10, 6, 26]),
        ("TLS alone is let in", "hostssl all all 127.0.0.1/32 trust\n", [16, 0, 26]),
        ("plaintext alone is let in", "hostnossl all all 127.0.0.1/32 trust\n", [27, 15, 0]),
    ] {
        server.write("data/pg_hba.conf", &format!("local all all trust\n{rules}"));
        server.restart();
        let counts = compare_all(&server, &[None, Some("root.pem"), Some("missing.pem")], case, &[]).await;
        assert_eq!(counts, expected, "{case}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_and_refused_as_by_libpq() {
    if is_missing("psql") {
        return;
    }
    let counts = compare_all(&without_tls(), &[None, Some("missing.pem")], "a server without TLS", &[]).await;
    // In plaintext: disable, and on this machine also no sslmode, allow and prefer.
    assert_eq!(counts, [18, 10, 0]);
}

/// What a recipe of `openssl` makes in the server's directory: `server.pem`, `server.key` and, where another one signs,
/// `root.pem`.
fn openssl(server: &Server, commands: &[&str]) {
    for command in commands {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(server.path(".")).args(command.split_whitespace());
        let output = openssl.output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    }
    let [certificate, key] =
        ["server.pem", "server.key"].map(|name| std::fs::read_to_string(server.path(name)).unwrap());
    server.write("server.pem", &certificate);
    server.write("server.key", &key);
}

/// Since OpenSSL 3.2 the recipe makes version 3.
fn is_version_1(server: &Server) -> bool {
    let certificate = server.path("server.pem");
    let output = Command::new("openssl").args(["x509", "-noout", "-text", "-in"]).arg(certificate).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("Version: 1 ")
}

#[tokio::test]
async fn what_the_common_recipes_of_openssl_make_is_accepted_as_by_libpq() {
    if is_missing("psql") || is_missing("openssl") {
        return;
    }
    let server = Server::start(Some((2020, 2090)));
    server.write("data/pg_hba.conf", "local all all trust\nhost all all 127.0.0.1/32 trust\n");
    let own = "req -new -x509 -nodes -newkey rsa:2048 -days 30 -out server.pem -keyout server.key -subj /CN=localhost";
    let named = format!("{own} -addext subjectAltName=DNS:localhost,DNS:database.example");
    let root = "req -new -x509 -nodes -newkey rsa:2048 -days 30 -out root.pem -keyout root.key -subj /CN=root";
    let request = "req -new -nodes -newkey rsa:2048 -out server.csr -keyout server.key -subj /CN=localhost";
    let version_1 = "x509 -req -in server.csr -days 30 -out server.pem";
    let by_itself = format!("{version_1} -signkey server.key");
    let by_root = format!("{version_1} -CA root.pem -CAkey root.key -set_serial 7");
    let verified = ["allow", "prefer", "require", "verify-ca", "verify-full"];
    // Of 28 ways, how many are refused, in plaintext, encrypted; in which modes libpq would accept; why verify-full doesn't.
    for (case, recipe, trusted, expected, stricter, why) in [
        ("self-signed", &[named.as_str()][..], "server.pem", [5, 4, 19], &[][..], ""),
        ("self-signed, another trusted", &[&named, root], "root.pem", [14, 7, 7], &[], "authority"),
        ("a common name alone", &[own], "server.pem", [8, 4, 16], &["verify-full"], "no subjectAltName"),
        ("version 1 of itself", &[request, &by_itself], "server.pem", [8, 4, 16], &["verify-full"], "X.509 version 1"),
        ("version 1", &[root, request, &by_root], "root.pem", [14, 7, 7], &verified, "X.509 version 1"),
    ] {
        openssl(&server, recipe);
        if case.starts_with("version 1") && !is_version_1(&server) {
            continue;
        }
        server.restart();
        let counts = compare_all(&server, &[None, Some(trusted)], case, stricter).await;
        assert_eq!(counts, expected, "{case}");
        let way = Way { server: &server, host: LOCAL, mode: "verify-full", root: Some(server.path(trusted)) };
        let refusal = Database::from_url(&way.url(way.mode)).unwrap().connect().await.err();
        let refusal = refusal.map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal.contains(why) && refusal.is_empty() == why.is_empty(), "{case}: {refusal}");
    }

    let expired = authority("localhost", 2021);
    server.write("server.pem", &expired.pem());
    server.write("server.key", &expired.key().serialize_pem());
    server.restart();
    let counts = compare_all(&server, &[None, Some("server.pem")], "self-signed, expired", &[]).await;
    assert_eq!(counts, [14, 7, 7]);
}
