//! TLS over rustls, by libpq's `sslmode`, `sslrootcert`, `sslcert` and `sslkey`.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres::config::SslMode as Encryption;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::verifier::{Check, Root, Verifier};
use crate::error::{Error, Result};

/// `sslmode`, with libpq's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslrootcert`: who may sign the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// The authorities of the machine.
    System,
    File(PathBuf),
}

/// `sslcert` and `sslkey`: what this program shows to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientCertificate {
    /// Its certificate, then those that lead to an authority.
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
}

/// How the TCP servers of a connection string are reached. Unix sockets never use TLS.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) encryption: Encryption,
    /// Plaintext will do where TLS doesn't come about: `prefer` on this machine. Also with roots, as in libpq: a server
    /// that says that it has no TLS isn't verified either; who wants that asks for more than `prefer`.
    pub(super) falls_back: bool,
    pub(super) connector: MakeRustlsConnect,
}

impl Tls {
    /// `remote`: one of the servers is not this machine, so the strict rules hold for all of them.
    pub(super) fn new(
        mode: Option<SslMode>,
        roots: Option<&Roots>,
        client: Option<&ClientCertificate>,
        remote: bool,
    ) -> Result<Self> {
        let mode =
            mode.unwrap_or(if remote || roots == Some(&Roots::System) { SslMode::VerifyFull } else { SslMode::Prefer });
        let provider = Arc::new(ring::default_provider());
        let check = check(mode, roots)?;
        let encryption = match mode {
            SslMode::Disable => Encryption::Disable,
            SslMode::Allow | SslMode::Prefer if !remote => Encryption::Prefer,
            _ => Encryption::Require,
        };
        if remote && encryption == Encryption::Require && matches!(check, Check::Nothing) {
            tracing::warn!(
                "sslmode without verification: the connection is encrypted but could be to an impostor; \
                 use sslmode=verify-full"
            );
        }
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| configuration(format!("TLS can't be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { check, provider }));
        let config = match client.filter(|_| mode != SslMode::Disable) {
            Some(client) => {
                let (chain, key) = (certificates("sslcert", &client.chain)?, private_key(&client.key)?);
                config.with_client_auth_cert(chain, key).map_err(|error| {
                    configuration(format!(
                        "sslcert {:?} and sslkey {:?} can't be used: {error}",
                        client.chain, client.key
                    ))
                })?
            }
            None => config.with_no_client_auth(),
        };
        Ok(Self { encryption, falls_back: encryption == Encryption::Prefer, connector: MakeRustlsConnect::new(config) })
    }
}

fn check(mode: SslMode, roots: Option<&Roots>) -> Result<Check> {
    Ok(match (mode, roots) {
        (SslMode::Disable, _) => Check::Nothing,
        (SslMode::VerifyFull, None | Some(Roots::System)) => Check::ChainAndName(system_roots()?),
        (SslMode::VerifyFull, Some(Roots::File(path))) => Check::ChainAndName(roots_of(path)?),
        // Anybody can get a certificate of a public authority, so without the name it would prove nothing.
        (_, Some(Roots::System)) => return Err(configuration("sslrootcert=system needs sslmode=verify-full")),
        (SslMode::VerifyCa, None) => {
            return Err(configuration(
                "sslmode=verify-ca needs sslrootcert=PATH, the certificate of the authority that signed the server's",
            ));
        }
        // As in libpq: what doesn't ask for verification in so many words gets it where the file is there.
        (SslMode::Allow | SslMode::Prefer | SslMode::Require, Some(Roots::File(path))) if path.metadata().is_err() => {
            tracing::warn!("sslrootcert {path:?} is not there: the server is not verified; use sslmode=verify-full");
            Check::Nothing
        }
        (_, Some(Roots::File(path))) => Check::Chain(roots_of(path)?),
        (_, None) => Check::Nothing,
    })
}

fn system_roots() -> Result<Vec<Root>> {
    let roots: Vec<_> = rustls_native_certs::load_native_certs().certs.into_iter().filter_map(Root::new).collect();
    if roots.is_empty() {
        return Err(configuration(
            "this machine has no root certificates to verify the server with; \
             install them (Debian: ca-certificates) or name a file: sslrootcert=PATH",
        ));
    }
    Ok(roots)
}

fn roots_of(path: &Path) -> Result<Vec<Root>> {
    let roots: Vec<_> = certificates("sslrootcert", path)?.into_iter().filter_map(Root::new).collect();
    match roots.is_empty() {
        true => Err(no_certificate("sslrootcert", path)),
        false => Ok(roots),
    }
}

/// The certificates of a file, of which there is at least one.
fn certificates(parameter: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read(parameter, path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let found = found.map_err(|_| configuration(format!("{parameter} {path:?} is not a PEM file")))?;
    match found.is_empty() {
        true => Err(no_certificate(parameter, path)),
        false => Ok(found),
    }
}

fn no_certificate(parameter: &str, path: &Path) -> Error {
    configuration(format!("{parameter} {path:?} holds no certificate; expected PEM, -----BEGIN CERTIFICATE-----"))
}

/// The key of a file that nobody else may read, as in libpq.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = read("sslkey", path)?;
    if !fs::metadata(path).is_ok_and(|metadata| is_private(&metadata)) {
        return Err(configuration(format!(
            "sslkey {path:?} can be read by others; let it be its owner's alone (chmod 0600), or root's and a group's (0640)"
        )));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        configuration(format!(
            "sslkey {path:?} holds no key; expected PEM without a password, -----BEGIN PRIVATE KEY-----"
        ))
    })
}

#[cfg(unix)]
fn is_private(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let open = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.is_file() && metadata.mode() & open == 0
}

#[cfg(not(unix))]
fn is_private(metadata: &Metadata) -> bool {
    metadata.is_file()
}

fn read(parameter: &str, path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| configuration(format!("{parameter} {path:?} can't be read: {error}")))
}

fn configuration(text: impl Into<String>) -> Error {
    Error::Configuration(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_this_machine_is_reached_without_encryption() {
        use SslMode::{Allow, Disable, Prefer, Require};
        for (mode, remote, encryption) in [
            (None, false, Encryption::Prefer),
            (Some(Disable), false, Encryption::Disable),
            (Some(Disable), true, Encryption::Disable),
            (Some(Allow), false, Encryption::Prefer),
            (Some(Allow), true, Encryption::Require),
            (Some(Prefer), false, Encryption::Prefer),
            (Some(Prefer), true, Encryption::Require),
            (Some(Require), false, Encryption::Require),
        ] {
            let tls = Tls::new(mode, None, None, remote).unwrap();
            assert_eq!(tls.encryption, encryption, "{mode:?} {remote}");
            assert_eq!(tls.falls_back, encryption == Encryption::Prefer, "{mode:?} {remote}");
        }
    }

    #[test]
    fn roots_that_prove_nothing_are_refused() {
        let error = |mode, roots: Option<Roots>| Tls::new(mode, roots.as_ref(), None, false).err().unwrap().to_string();
        assert!(error(Some(SslMode::VerifyCa), None).contains("needs sslrootcert=PATH"));
        assert!(error(Some(SslMode::Require), Some(Roots::System)).contains("needs sslmode=verify-full"));

        let missing = std::env::temp_dir().join("no such file.pem");
        let text = error(Some(SslMode::VerifyCa), Some(Roots::File(missing)));
        assert!(text.contains("no such file.pem\" can't be read: "), "{text}");
        for (name, content, expected) in [
            ("empty", "", "holds no certificate"),
            ("text", "not a certificate", "holds no certificate"),
            ("key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
            ("cut", "-----BEGIN CERTIFICATE-----\nAAAA\n", "is not a PEM file"),
            ("noise", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate"),
        ] {
            let path = std::env::temp_dir().join(format!("roots {name} {}.pem", std::process::id()));
            std::fs::write(&path, content).unwrap();
            let text = error(Some(SslMode::VerifyFull), Some(Roots::File(path.clone())));
            std::fs::remove_file(&path).unwrap();
            assert!(text.contains(path.to_str().unwrap()) && text.contains(expected), "{text}");
        }
    }
}
