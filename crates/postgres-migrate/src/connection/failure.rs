//! Why a connection didn't come about, in one line that says what to look at.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, OtherError};
use tokio_postgres::Config;
use tokio_postgres::error::{DbError, SqlState};

use super::server::Server;
use crate::error::ConnectionProblem;

const TIMEOUT_CURE: &str = "no answer in time; check host and port, and that no firewall is in between";

/// Why one server could not be used.
pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) problem: ConnectionProblem,
    /// PostgreSQL itself said no: the next address or server would say the same.
    pub(super) is_final: bool,
    /// The TLS handshake failed, or pg_hba.conf may have a line for plaintext alone.
    pub(super) plaintext_may_work: bool,
}

impl Failure {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: one_line(&reason.into()),
            problem: ConnectionProblem::Failed,
            is_final: false,
            plaintext_may_work: false,
        }
    }

    pub(super) fn lookup(server: &Server, error: &io::Error) -> Self {
        Self::new(format!("the host name {:?} was not found ({error}); check its spelling and DNS", server.host))
    }

    pub(super) fn no_address() -> Self {
        Self::new("the host name has no address")
    }

    pub(super) fn other_session_attributes(is_standby: bool) -> Self {
        Self::new(match is_standby {
            true => "it is a standby, and target_session_attrs asks for a primary",
            false => "it is a primary, and target_session_attrs asks for a standby",
        })
    }

    pub(super) fn timeout(limit: Duration) -> Self {
        Self::new(format!("{TIMEOUT_CURE} (connect_timeout is {} s)", limit.as_secs()))
    }

    pub(super) fn driver(error: &tokio_postgres::Error, server: &Server, config: &Config, database: &str) -> Self {
        if let Some(refusal) = error.as_db_error() {
            let code = refusal.code();
            let is_refusal = code.code().starts_with("28")
                || [SqlState::INVALID_CATALOG_NAME, SqlState::INSUFFICIENT_PRIVILEGE].contains(code);
            return Self {
                problem: if is_refusal { ConnectionProblem::Refused } else { ConnectionProblem::Failed },
                is_final: *code != SqlState::CANNOT_CONNECT_NOW,
                plaintext_may_work: *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
                ..Self::new(refused(refusal, config, database))
            };
        }
        let source = error.source();
        if let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
            return match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(error) => Self { plaintext_may_work: true, ..Self::new(tls(error, server)) },
                None => Self::new(input_output(error, server)),
            };
        }
        // What is left are fixed texts of tokio-postgres.
        let source = source.map(ToString::to_string).unwrap_or_default();
        if source == "password missing" {
            let reason = "the server asks for a password; put one into the connection string, PGPASSWORD, or the file that \
                PGPASSFILE names";
            return Self { problem: ConnectionProblem::Refused, ..Self::new(reason) };
        }
        Self::new(match source.as_str() {
            "server does not support TLS" => "the server speaks no TLS, and the connection must be encrypted; \
                 enable it there (ssl = on), or set sslmode=disable if the network is trusted"
                .to_owned(),
            "" => format!("{error}; is this a PostgreSQL server?"),
            source => format!("{error}: {source}"),
        })
    }
}

/// Where PostgreSQL looks for the right to connect, in its sources: other rights are missing with the same SQLSTATE.
const CONNECT_IS_CHECKED: &str = "CheckMyDatabase";

/// What stands before the value in `invalid value for parameter "work_mem": "much"`.
fn without_value(message: &str) -> &str {
    message.split_once(": ").map_or(message, |(before, _)| before)
}

/// By SQLSTATE. PostgreSQL's own words only for classes 08 and 28, which tell how the client was judged, and for settings of the
/// connection string, without their values: those of other errors are in another language on some servers and could quote data.
fn refused(error: &DbError, config: &Config, database: &str) -> String {
    let (code, user) = (error.code(), config.get_user().unwrap_or_default());
    match *code {
        SqlState::INVALID_PASSWORD => format!("wrong password for role {user:?}; check user and password"),
        SqlState::INVALID_CATALOG_NAME => {
            format!("there is no database {database:?} on this server; create it, or check the name")
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "the server has too many connections already; make the pools smaller, or raise \
             max_connections or the role's connection limit"
                .to_owned()
        }
        SqlState::CANNOT_CONNECT_NOW => "the server is starting up or shutting down; try again in a moment".to_owned(),
        SqlState::INSUFFICIENT_PRIVILEGE if error.routine() == Some(CONNECT_IS_CHECKED) => {
            format!("role {user:?} may not connect to database {database:?}; GRANT CONNECT ON DATABASE to it")
        }
        SqlState::INSUFFICIENT_PRIVILEGE | SqlState::INVALID_PARAMETER_VALUE | SqlState::UNDEFINED_OBJECT
            if config.get_options().is_some() =>
        {
            format!(
                "the server refused the options of the connection string for role {user:?}: {}; correct options=, or grant that role \
             what it lacks",
                without_value(error.message())
            )
        }
        _ if code.code().starts_with("28") => {
            format!("the server refused: {}; check that the role exists and what pg_hba.conf says", error.message())
        }
        _ if code.code().starts_with("08") => format!("the server or pooler refused: {}", error.message()),
        _ => format!("the server refused with SQLSTATE {}; its log says why", code.code()),
    }
}

fn tls(error: &rustls::Error, server: &Server) -> String {
    use CertificateError as Bad;
    let certificate = match error {
        rustls::Error::InvalidCertificate(certificate) => certificate,
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            return "the TLS handshake failed: the server has no key or cipher in common with this program, which has \
                    TLS 1.2 and 1.3, and knows keys of RSA (2048 bits and more), ECDSA (P-256, P-384) and Ed25519"
                .to_owned();
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown,
        ) => {
            return format!(
                "the server does not accept the certificate of sslcert ({error}); it must be signed by an authority of the \
                 server's ssl_ca_file, and not be out of date"
            );
        }
        other => return format!("the TLS handshake failed: {other}"),
    };
    match certificate {
        // An authority with the right name and another key yields a bad signature.
        Bad::UnknownIssuer | Bad::BadSignature => {
            "the server's certificate is signed by an authority that is not trusted here, or is out of date itself; \
             name the file with that authority's certificate: sslrootcert=PATH"
                .to_owned()
        }
        Bad::Expired | Bad::ExpiredContext { .. } => {
            "the server's certificate has expired; renew it on the server".to_owned()
        }
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; check the clocks of both machines".to_owned()
        }
        Bad::NotValidForNameContext { presented, .. } if !presented.is_empty() => format!(
            "the server's certificate is not for host {:?} but for {}; connect by a name that it holds, or have it \
             reissued (sslrootcert=PATH with sslmode=verify-ca accepts any name that this authority signed)",
            server.host,
            presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ")
        ),
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => format!(
            "the server's certificate is not for host {:?}: it holds no subjectAltName; have it reissued with one",
            server.host
        ),
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "the server's certificate is not one for servers (extended key usage); have it reissued for serverAuth"
                .to_owned()
        }
        // webpki's own errors, which it shows by their names.
        Bad::Other(OtherError(error)) if error.to_string() == "CaUsedAsEndEntity" => {
            "the server's certificate is that of an authority; have that authority issue one for the server, or trust \
             just this one: a copy of it as sslrootcert=PATH"
                .to_owned()
        }
        Bad::Other(OtherError(error)) if error.to_string() == "UnsupportedCertVersion" => {
            "the server's certificate is of X.509 version 1, which can't be verified; have it reissued as version 3, \
             with a subjectAltName (openssl x509 -req -extfile FILE)"
                .to_owned()
        }
        _ => {
            "the server's certificate can't be used; it must be an X.509 version 3 certificate of a server, with a key \
              and signatures that are still safe (RSA of 2048 bits and more, ECDSA of P-256 or P-384, Ed25519; SHA-256 and more)"
                .to_owned()
        }
    }
}

/// rustls lists a certificate's names as `DnsName("a.example")` and `IpAddress(127.0.0.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}

fn input_output(error: &io::Error, server: &Server) -> String {
    let place = if server.is_socket() { "in that socket directory" } else { "on that host and port" };
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            format!("nothing listens {place}; is the server running?")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "the server closed the connection while it was being set up; is this a PostgreSQL server?".to_owned()
        }
        io::ErrorKind::TimedOut => TIMEOUT_CURE.to_owned(),
        io::ErrorKind::InvalidInput if server.is_socket() => {
            "the path of its socket has more than the 107 bytes that the system allows; choose a shorter directory"
                .to_owned()
        }
        // The driver's own words about bytes that it doesn't understand.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
            if error.raw_os_error().is_none() =>
        {
            "what answers there is not PostgreSQL; check host and port".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Texts from a server or a connection string must not break out of their line.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}
