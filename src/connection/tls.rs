//! TLS over rustls, by libpq's `sslmode` and `sslrootcert`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode as Encryption;
use tokio_postgres_rustls::MakeRustlsConnect;

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
    System,
    File(PathBuf),
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
    pub(super) fn new(mode: Option<SslMode>, roots: Option<&Roots>, remote: bool) -> Result<Self> {
        let mode =
            mode.unwrap_or(if remote || roots == Some(&Roots::System) { SslMode::VerifyFull } else { SslMode::Prefer });
        let verifier = match (mode, roots) {
            (SslMode::Disable, _) => Verification::None,
            (SslMode::VerifyFull, None | Some(Roots::System)) => Verification::ChainAndName(system_roots()?),
            (SslMode::VerifyFull, Some(Roots::File(path))) => Verification::ChainAndName(roots_of(path)?),
            // Anybody can get a certificate of a public authority, so without the name it would prove nothing.
            (_, Some(Roots::System)) => {
                return Err(configuration("sslrootcert=system needs sslmode=verify-full"));
            }
            (SslMode::VerifyCa, None) => {
                return Err(configuration(
                    "sslmode=verify-ca needs sslrootcert=PATH, the certificate of the authority that signed the server's",
                ));
            }
            (_, Some(Roots::File(path))) => Verification::Chain(roots_of(path)?),
            (_, None) => Verification::None,
        };
        let encryption = match mode {
            SslMode::Disable => Encryption::Disable,
            SslMode::Allow | SslMode::Prefer if !remote => Encryption::Prefer,
            _ => Encryption::Require,
        };
        if remote && encryption == Encryption::Require && matches!(verifier, Verification::None) {
            tracing::warn!(
                "sslmode without verification: the connection is encrypted but could be to an impostor; \
                 use sslmode=verify-full"
            );
        }
        let connector = MakeRustlsConnect::new(verifier.client_config()?);
        Ok(Self { encryption, falls_back: encryption == Encryption::Prefer, connector })
    }
}

enum Verification {
    None,
    Chain(RootCertStore),
    ChainAndName(RootCertStore),
}

impl Verification {
    fn client_config(self) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| configuration(format!("TLS can't be set up: {error}")))?;
        let chain = match self {
            Self::ChainAndName(roots) => return Ok(builder.with_root_certificates(roots).with_no_client_auth()),
            Self::Chain(roots) => Some(
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .map_err(|error| configuration(format!("sslrootcert can't be used: {error}")))?,
            ),
            Self::None => None,
        };
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(WithoutName { chain, provider }))
            .with_no_client_auth())
    }
}

/// Checks the chain alone (`verify-ca`), or nothing at all (`require`). The handshake's signatures are checked either
/// way: SCRAM's channel binding relies on the server owning the certificate that it shows.
#[derive(Debug)]
struct WithoutName {
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for WithoutName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is what rustls checks last, so the chain has passed.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(configuration(
            "this machine has no root certificates to verify the server with; \
             install them (Debian: ca-certificates) or name a file: sslrootcert=PATH",
        ));
    }
    Ok(roots)
}

fn roots_of(path: &Path) -> Result<RootCertStore> {
    let refused = |why: String| configuration(format!("sslrootcert {path:?} {why}"));
    let text = std::fs::read(path).map_err(|error| refused(format!("can't be read: {error}")))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refused("is not a PEM file".to_owned()))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(refused("holds no certificate; expected PEM, -----BEGIN CERTIFICATE-----".to_owned()));
    }
    Ok(roots)
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
            let tls = Tls::new(mode, None, remote).unwrap();
            assert_eq!(tls.encryption, encryption, "{mode:?} {remote}");
            assert_eq!(tls.falls_back, encryption == Encryption::Prefer, "{mode:?} {remote}");
        }
    }

    #[test]
    fn roots_that_prove_nothing_are_refused() {
        let error = |mode, roots: Option<Roots>| Tls::new(mode, roots.as_ref(), false).err().unwrap().to_string();
        assert!(error(Some(SslMode::VerifyCa), None).contains("needs sslrootcert=PATH"));
        assert!(error(Some(SslMode::Require), Some(Roots::System)).contains("needs sslmode=verify-full"));

        let missing = std::env::temp_dir().join("rcm no such file.pem");
        let text = error(None, Some(Roots::File(missing)));
        assert!(text.contains("rcm no such file.pem\" can't be read: "), "{text}");
        for (name, content, expected) in [
            ("empty", "", "holds no certificate"),
            ("text", "not a certificate", "holds no certificate"),
            ("key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
            ("cut", "-----BEGIN CERTIFICATE-----\nAAAA\n", "is not a PEM file"),
            ("noise", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate"),
        ] {
            let path = std::env::temp_dir().join(format!("rcm roots {name} {}.pem", std::process::id()));
            std::fs::write(&path, content).unwrap();
            let text = error(Some(SslMode::VerifyFull), Some(Roots::File(path.clone())));
            std::fs::remove_file(&path).unwrap();
            assert!(text.contains(path.to_str().unwrap()) && text.contains(expected), "{text}");
        }
    }
}
