//! Reads a connection string. tokio-postgres parses and decodes it; this splits off first what tokio-postgres doesn't
//! know (`sslmode` beyond `require`, certificates) or reads differently from libpq (hosts, ports, two timeouts).

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::server::{Server, SessionAttributes, default_host};
use super::tls::{ClientCertificate, Roots, SslMode};
use crate::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const SUPPORTED: &str = "host, hostaddr, port, user, password, dbname, sslmode, sslrootcert, sslcert, sslkey, \
     connect_timeout, application_name, options, keepalives, keepalives_idle, keepalives_interval, keepalives_count, tcp_user_timeout, \
     target_session_attrs, channel_binding, load_balance_hosts";

/// A connection string in its parts.
#[derive(Debug)]
pub(super) struct ConnectionString {
    /// User, database and session options; no host.
    pub(super) session: Config,
    pub(super) servers: Vec<Server>,
    pub(super) session_attributes: SessionAttributes,
    /// For each address that is tried; `None` waits for ever.
    pub(super) connect_timeout: Option<Duration>,
    pub(super) sslmode: Option<SslMode>,
    pub(super) sslrootcert: Option<Roots>,
    pub(super) client_certificate: Option<ClientCertificate>,
}

impl ConnectionString {
    /// `password` stands in where the text has none.
    pub(super) fn parse(text: &str, password: Option<&[u8]>) -> Result<Self> {
        let split = Split::of(text.trim()).ok_or_else(unreadable)?;
        let (mut session, mut location) = (Vec::new(), Vec::new());
        let (mut sslmode, mut sslrootcert, mut tcp_user_timeout) = (None, None, None);
        let (mut sslcert, mut sslkey, mut sends_certificate) = (None, None, true);
        let mut limited = false;
        let mut session_attributes = None;
        let mut after_password = false;
        for &(key, raw) in &split.parameters {
            let value = split.decode(raw).ok_or_else(|| unusable(key))?;
            match (key, value.as_str()) {
                ("host" | "hostaddr" | "port", _) => location.push((key, raw)),
                ("target_session_attrs", "primary" | "standby" | "prefer-standby") => {
                    session_attributes = SessionAttributes::named(&value)
                }
                ("keepalives_idle" | "keepalives_interval" | "keepalives_count", text)
                    if !text.parse().is_ok_and(|number: i32| number > 0) =>
                {
                    return Err(unusable(key));
                }
                ("keepalives_count", _) => session.push(("keepalives_retries", raw)),
                ("user" | "password" | "dbname" | "options" | "application_name" | "keepalives", _)
                | ("keepalives_idle" | "keepalives_interval" | "connect_timeout", _)
                | ("target_session_attrs" | "channel_binding" | "load_balance_hosts", _) => session.push((key, raw)),
                // Milliseconds in libpq, seconds in tokio-postgres. A negative number is 0, the system's default.
                ("tcp_user_timeout", text) => {
                    let number: i32 = text.trim().parse().map_err(|_| unusable(key))?;
                    tcp_user_timeout = Some(u64::try_from(number).unwrap_or(0));
                }
                ("sslmode", text) => sslmode = Some(text.parse().map_err(|_| unusable(key))?),
                ("ssl", "true") => sslmode = Some(SslMode::Require),
                ("sslrootcert", "") => {}
                ("sslrootcert", "system") => sslrootcert = Some(Roots::System),
                ("sslrootcert", path) => sslrootcert = Some(Roots::File(PathBuf::from(path))),
                ("sslcert" | "sslkey", "") => {}
                ("sslcert", path) => sslcert = Some(PathBuf::from(path)),
                ("sslkey", path) => sslkey = Some(PathBuf::from(path)),
                ("sslcertmode", "disable") => sends_certificate = false,
                (key, text) if is_harmless(key, text) => {}
                (key, _) => return Err(unsupported(key, after_password)),
            }
            limited |= key == "connect_timeout";
            after_password |= key == "password";
        }

        let client_certificate = match (sslcert, sslkey) {
            (Some(chain), Some(key)) => Some(ClientCertificate { chain, key }).filter(|_| sends_certificate),
            (None, None) => None,
            _ => return Err(configuration("the connection string must give sslcert and sslkey, or neither")),
        };
        let servers = servers(&split, &location)?;
        let mut session = split.config(&split.session, &session)?;
        let connect_timeout = match session.get_connect_timeout() {
            None if !limited => Some(CONNECT_TIMEOUT),
            given => given.copied(),
        };
        if let Some(milliseconds) = tcp_user_timeout {
            session.tcp_user_timeout(Duration::from_millis(milliseconds));
        }
        if session.get_password().is_none_or(<[u8]>::is_empty)
            && let Some(password) = password
        {
            session.password(password);
        }
        if session.get_user().is_none_or(str::is_empty) {
            let user = whoami::username().map_err(|_| configuration("the connection string names no user"))?;
            session.user(user);
        }
        if session.get_dbname().is_none_or(str::is_empty) {
            let user = session.get_user().unwrap_or_default().to_owned();
            session.dbname(user);
        }
        if session.get_application_name().is_none_or(str::is_empty) {
            session.application_name(program_name());
        }
        let session_attributes = session_attributes.unwrap_or_default();
        Ok(Self { session, servers, session_attributes, connect_timeout, sslmode, sslrootcert, client_certificate })
    }
}

/// What the server is told of this program where the connection string doesn't say.
fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| String::from("postgres-migrate"))
}

/// A connection string cut up, nothing decoded.
struct Split<'a> {
    is_url: bool,
    /// A connection string with the user, password and database of a URL; empty for `key=value`.
    session: String,
    /// A connection string with the hosts and ports of a URL.
    location: String,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Split<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let Some(url) = text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")) else {
            return Some(Self {
                is_url: false,
                session: String::new(),
                location: String::new(),
                parameters: key_values(text)?,
            });
        };
        if !is_well_encoded(url) {
            return None;
        }
        // With a raw @ or / in the password, parts of it would pass as host or database and show up in messages.
        let (credentials, rest) = match url.split_once('@') {
            Some((credentials, rest)) if credentials.contains('/') || rest.contains('@') => return None,
            Some((credentials, rest)) => (format!("{credentials}@"), rest),
            None => (String::new(), url),
        };
        let (hosts, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parameters = query.split('&').filter(|pair| !pair.is_empty());
        Some(Self {
            is_url: true,
            session: format!("postgresql://{credentials}{path}"),
            location: format!("postgresql://{hosts}"),
            parameters: parameters
                .map(|pair| pair.split_once('=').filter(|(key, _)| is_key(key)))
                .collect::<Option<_>>()?,
        })
    }

    /// Has tokio-postgres read a part of a URL and parameters.
    fn config(&self, base: &str, parameters: &[(&str, &str)]) -> Result<Config> {
        let (start, separator) = if self.is_url { ("?", "&") } else { ("", " ") };
        let pairs: Vec<_> = parameters.iter().map(|(key, raw)| format!("{key}={raw}")).collect();
        let text = format!("{base}{start}{}", pairs.join(separator));
        text.parse().map_err(|_| match parameters {
            [(key, _)] => unusable(key),
            _ => {
                let culprit = parameters.iter().find_map(|pair| self.config(base, &[*pair]).err());
                culprit.unwrap_or_else(unreadable)
            }
        })
    }

    /// Any text parameter will do to have a value decoded.
    fn decode(&self, raw: &str) -> Option<String> {
        let base = if self.is_url { "postgresql://" } else { "" };
        let config = self.config(base, &[("options", raw)]).ok()?;
        config.get_options().map(str::to_owned)
    }
}

/// libpq wants two digits after each `%`, other than those of the byte that ends its strings.
fn is_well_encoded(url: &str) -> bool {
    url.split('%').skip(1).all(|rest| {
        rest.get(..2).is_some_and(|code| code != "00" && code.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

/// The pairs of `key=value key='value'`, with quotes and backslashes left as they are.
fn key_values(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (raw, tail) = value.split_at(end_of_value(value)?);
        pairs.push((Some(key.trim_end()).filter(|key| is_key(key))?, raw));
        rest = tail.trim_start();
    }
    (!pairs.is_empty()).then_some(pairs)
}

fn end_of_value(text: &str) -> Option<usize> {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(usize::from(quoted)) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return Some(position + 1),
            character if !quoted && character.is_whitespace() => return Some(position),
            _ => {}
        }
    }
    (!quoted).then_some(text.len())
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Parameters of libpq that change nothing here, or nothing with this value.
fn is_harmless(key: &str, value: &str) -> bool {
    matches!(
        (key, value),
        ("client_encoding" | "fallback_application_name" | "sslcompression" | "krbsrvname" | "gsslib", _)
            | ("sslsni", "0" | "1")
            | ("gssencmode", "disable" | "prefer")
            | ("sslnegotiation", "postgres")
            | ("sslcertmode", "allow")
            | ("ssl_min_protocol_version", "TLSv1" | "TLSv1.1" | "TLSv1.2")
    )
}

fn servers(split: &Split<'_>, parameters: &[(&str, &str)]) -> Result<Vec<Server>> {
    let url = split.config(&split.location, &[])?;
    let all = split.config(&split.location, parameters)?;
    // libpq lets a parameter replace what stands before the `?`; tokio-postgres appends it.
    let (hosts, ports) =
        (latest(all.get_hosts(), url.get_hosts().len()), latest(all.get_ports(), url.get_ports().len()));
    let addresses = all.get_hostaddrs();

    let mut names = Vec::new();
    for host in hosts {
        let name = match host {
            Host::Tcp(name) => name,
            #[cfg(unix)]
            Host::Unix(path) => path.to_str().ok_or_else(|| unusable("host"))?,
        };
        names.extend(name.split(','));
    }
    let count = names.len().max(addresses.len()).max(1);
    if (!names.is_empty() && !addresses.is_empty() && names.len() != addresses.len())
        || (ports.len() > 1 && ports.len() != count)
    {
        return Err(configuration(
            "the connection string must give as many of host, hostaddr and port as there are servers",
        ));
    }
    let server = |index: usize| {
        let address = addresses.get(index).copied();
        let name = names.get(index).filter(|name| !(name.is_empty() || address.is_some() && name.starts_with('/')));
        Server {
            host: match (name, address) {
                (Some(name), _) => (*name).to_owned(),
                (None, Some(address)) => address.to_string(),
                (None, None) => default_host(),
            },
            address,
            port: ports.get(index).or(ports.first()).copied().unwrap_or(5432),
        }
    };
    Ok((0..count).map(server).collect())
}

fn latest<T>(all: &[T], replaced: usize) -> &[T] {
    match all.get(replaced..) {
        Some(latest) if !latest.is_empty() => latest,
        _ => all,
    }
}

fn unreadable() -> Error {
    configuration(
        "the connection string can't be read; expected postgresql://user:password@host:5432/database?sslmode=verify-full \
         (special characters of user and password percent-encoded: %40 for @, %2F for /, %25 for %), \
         or host=... port=5432 user=... password='...' dbname=...",
    )
}

fn unusable(key: &str) -> Error {
    let expected = match key {
        "sslmode" => {
            "disable, allow, prefer, require, verify-ca or verify-full; what others call no-verify is require: encrypted, \
             and to whomever"
        }
        "target_session_attrs" => "any, read-write, read-only, primary, standby or prefer-standby",
        "channel_binding" => "disable, prefer or require",
        "load_balance_hosts" => "disable or random",
        "hostaddr" => "an IP address",
        "port" => "a port number",
        "connect_timeout" | "tcp_user_timeout" | "keepalives" => "a whole number",
        "keepalives_idle" | "keepalives_interval" | "keepalives_count" => "a whole number above zero",
        _ => "text in UTF-8",
    };
    configuration(format!("the value of {key} in the connection string can't be used; expected {expected}"))
}

/// What follows a password may be a piece of it that wanted quoting; then it isn't shown.
fn unsupported(key: &str, after_password: bool) -> Error {
    let known = LIBPQ_ONLY.contains(&key) || !after_password;
    let what = if known { format!("parameter {key}") } else { "a parameter after password".to_owned() };
    configuration(format!("the connection string holds {what}, which is not supported; supported are {SUPPORTED}"))
}

/// Names that libpq knows and this crate refuses, because leaving them out would weaken or change the connection.
const LIBPQ_ONLY: [&str; 12] = [
    "gssencmode",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslnegotiation",
];

fn configuration(text: impl Into<String>) -> Error {
    Error::Configuration(text.into())
}

#[cfg(test)]
mod tests;
