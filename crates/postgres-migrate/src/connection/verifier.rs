//! Whether a server's certificate is believed.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::time::Time;

/// A certificate of `sslrootcert` or of the machine.
#[derive(Debug)]
pub(super) struct Root {
    certificate: CertificateDer<'static>,
    store: RootCertStore,
    /// What is not self-signed is no authority by itself, but may lead to one.
    is_self_signed: bool,
    /// From its first to its last second.
    valid: (u64, u64),
}

impl Root {
    /// `None` for what is no certificate.
    pub(super) fn new(certificate: CertificateDer<'static>) -> Option<Self> {
        let mut store = RootCertStore::empty();
        store.add(certificate.clone()).ok()?;
        let parsed = Certificate::from_der(&certificate).ok()?.tbs_certificate;
        let seconds = |time: Time| time.to_unix_duration().as_secs();
        Some(Self {
            certificate,
            store,
            is_self_signed: parsed.issuer == parsed.subject,
            valid: (seconds(parsed.validity.not_before), seconds(parsed.validity.not_after)),
        })
    }

    fn check_validity(&self, now: UnixTime) -> Result<(), CertificateError> {
        let (first, last) = self.valid;
        match now.as_secs() {
            now if now < first => Err(CertificateError::NotValidYet),
            now if now > last => Err(CertificateError::Expired),
            _ => Ok(()),
        }
    }
}

/// How much of a certificate is checked. The handshake's signatures are checked in any case: SCRAM's channel binding relies
/// on the server owning the certificate that it shows.
#[derive(Debug)]
pub(super) enum Check {
    /// `require`.
    Nothing,
    /// `verify-ca`.
    Chain(Vec<Root>),
    /// `verify-full`.
    ChainAndName(Vec<Root>),
}

/// Has rustls check certificates as libpq does.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) check: Check,
    pub(super) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (roots, with_name) = match &self.check {
            Check::Nothing => return Ok(ServerCertVerified::assertion()),
            Check::Chain(roots) => (roots, false),
            Check::ChainAndName(roots) => (roots, true),
        };
        // webpki takes no authority for a server, and `openssl req -x509` makes a certificate that says it is one.
        let own = roots.iter().find(|root| root.is_self_signed && root.certificate == *end_entity);
        if let Some(own) = own {
            own.check_validity(now)?;
        } else {
            // webpki would trust every root, and whatever its age.
            let (roots, others): (Vec<_>, Vec<_>) = roots.iter().partition(|root| root.is_self_signed);
            let roots = roots.into_iter().filter(|root| root.check_validity(now).is_ok());
            let store = RootCertStore { roots: roots.flat_map(|root| root.store.roots.clone()).collect() };
            let others = others.into_iter().map(|other| &other.certificate);
            let intermediates: Vec<_> = intermediates.iter().chain(others).cloned().collect();
            let algorithms = self.provider.signature_verification_algorithms.all;
            let certificate = ParsedCertificate::try_from(end_entity)?;
            verify_server_cert_signed_by_trust_anchor(&certificate, &store, &intermediates, now, algorithms)?;
        }
        if with_name {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &public_key(certificate)?, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// rustls reads the key out of version 3 alone; `openssl x509 -req` makes version 1 until OpenSSL 3.2.
fn public_key(certificate: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    ParsedCertificate::try_from(certificate).map(|parsed| parsed.subject_public_key_info()).or_else(|error| {
        let key = Certificate::from_der(certificate).and_then(|it| it.tbs_certificate.subject_public_key_info.to_der());
        key.map(SubjectPublicKeyInfoDer::from).map_err(|_| error)
    })
}
