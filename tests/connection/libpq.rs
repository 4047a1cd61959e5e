//! Whether libpq connects with the same URL: psql is asked beside this crate, against one server with one certificate
//! after the other.

use std::path::PathBuf;
use std::process::Command;

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rcm_schema::Database;

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

    /// Fails where the two differ, but for what the crate promises beyond libpq.
    async fn compare(&self, case: &str) -> Outcome {
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
        let Self { host, root, .. } = self;
        assert_eq!(ours, expected, "{case}, host {host}, sslmode {mode:?}, root {root:?}");
        assert!(ours != Outcome::Plaintext || *host == LOCAL || mode == "disable", "{case}, {host}, {mode:?}");
        ours
    }
}

/// Every host, mode and root on this server; how many are refused, in plaintext, encrypted.
async fn compare_all(server: &Server, roots: &[Option<&str>], case: &str) -> [usize; 3] {
    let mut outcomes = Vec::new();
    for host in [LOCAL, REMOTE] {
        for mode in MODES {
            for root in roots {
                let way = Way { server, host, mode, root: root.map(|root| server.path(root)) };
                outcomes.push(way.compare(case).await);
            }
        }
    }
    [Outcome::Refused, Outcome::Plaintext, Outcome::Encrypted]
        .map(|one| outcomes.iter().filter(|outcome| **outcome == one).count())
}

fn psql_is_missing() -> bool {
    let missing = Command::new("psql").arg("--version").output().is_err();
    if missing {
        let line = b"skipped on this machine: psql is not installed; nothing is compared with libpq\n";
        std::io::Write::write_all(&mut std::io::stderr(), line).unwrap();
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

fn authority(name: &str) -> Issuer {
    CertifiedIssuer::self_signed(authority_parameters(name), KeyPair::generate().unwrap()).unwrap()
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
    if psql_is_missing() {
        return;
    }
    let server = Server::start(Some((2020, 2090)));
    // The password is not what this is about, and SCRAM is slow in a debug build.
    server.write("data/pg_hba.conf", "local all all trust\nhost all all 127.0.0.1/32 trust\n");
    let (root, stranger) = (authority("root"), authority("stranger"));
    let intermediate =
        CertifiedIssuer::signed_by(authority_parameters("intermediate"), KeyPair::generate().unwrap(), &root).unwrap();
    server.write("root.pem", &root.pem());
    let (names, valid) = ([LOCAL, REMOTE], (2020, 2090));
    let with_intermediate = || {
        let (certificate, key) = leaf(&names, valid, &intermediate);
        (format!("{certificate}{}", intermediate.pem()), key)
    };
    // Of 28 ways, how many are refused, in plaintext, encrypted.
    for (case, (certificate, key), expected) in [
        ("the right certificate", leaf(&names, valid, &root), [5, 4, 19]),
        ("a leaf with its intermediate", with_intermediate(), [5, 4, 19]),
        ("another host's certificate", leaf(&["elsewhere.example"], valid, &root), [8, 4, 16]),
        ("an expired certificate", leaf(&names, (2020, 2021), &root), [14, 7, 7]),
        ("a certificate of the future", leaf(&names, (2089, 2090), &root), [14, 7, 7]),
        ("a certificate of an unknown authority", leaf(&names, valid, &stranger), [14, 7, 7]),
        ("a leaf without its intermediate", leaf(&names, valid, &intermediate), [14, 7, 7]),
    ] {
        server.write("server.pem", &certificate);
        server.write("server.key", &key);
        server.restart();
        let counts = compare_all(&server, &[None, Some("root.pem")], case).await;
        assert_eq!(counts, expected, "{case}");
    }

    let (certificate, key) = leaf(&names, valid, &root);
    server.write("server.pem", &certificate);
    server.write("server.key", &key);
    for (case, rules, expected) in [
        ("TLS alone is let in", "hostssl all all 127.0.0.1/32 trust\n", [9, 0, 19]),
        ("plaintext alone is let in", "hostnossl all all 127.0.0.1/32 trust\n", [18, 10, 0]),
    ] {
        server.write("data/pg_hba.conf", &format!("local all all trust\n{rules}"));
        server.restart();
        let counts = compare_all(&server, &[None, Some("root.pem")], case).await;
        assert_eq!(counts, expected, "{case}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_and_refused_as_by_libpq() {
    if psql_is_missing() {
        return;
    }
    let counts = compare_all(&without_tls(), &[None], "a server without TLS").await;
    // In plaintext: disable, and on this machine also no sslmode, allow and prefer.
    assert_eq!(counts, [9, 5, 0]);
}
