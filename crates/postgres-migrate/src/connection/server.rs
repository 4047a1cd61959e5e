//! One server of a connection string: where it is, and whether that is this machine.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::Path;

/// A host (name, address or socket directory) and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// What a certificate is checked against; a socket directory starts with `/`.
    pub(super) host: String,
    /// `hostaddr`: where to connect instead of looking `host` up.
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
}

/// libpq's `target_session_attrs`, as far as tokio-postgres doesn't know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum SessionAttributes {
    #[default]
    Any,
    Primary,
    Standby,
    PreferStandby,
}

impl SessionAttributes {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "primary" => Self::Primary,
            "standby" => Self::Standby,
            "prefer-standby" => Self::PreferStandby,
            _ => return None,
        })
    }

    /// What the server must be, in each round through all servers.
    pub(super) fn rounds(self) -> &'static [Option<bool>] {
        match self {
            Self::Any => &[None],
            Self::Primary => &[Some(false)],
            Self::Standby => &[Some(true)],
            Self::PreferStandby => &[Some(true), None],
        }
    }
}

impl Server {
    pub(super) fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// Host and `hostaddr` must both be local: a remote name that a tunnel brings to a loopback address is still remote.
    pub(super) fn is_local(&self) -> bool {
        let host_is_local =
            self.is_socket() || self.host.eq_ignore_ascii_case("localhost") || self.host.parse().is_ok_and(is_loopback);
        host_is_local && self.address.is_none_or(is_loopback)
    }

    /// The addresses to try, in order; a single `None` for a socket.
    pub(super) async fn addresses(&self) -> io::Result<Vec<Option<IpAddr>>> {
        if self.is_socket() || self.address.is_some() {
            return Ok(vec![self.address]);
        }
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        Ok(found.map(|address| Some(address.ip())).collect())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Where a server without a host is looked for, as libpq does on this kind of machine.
pub(super) fn default_host() -> String {
    ["/var/run/postgresql", "/tmp"]
        .into_iter()
        .find(|directory| Path::new(directory).is_dir())
        .unwrap_or("localhost")
        .to_owned()
}
