//! TLS by rustls: the certificate is read again when its files change, and open sockets do not notice.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::runtime::Handle;

use crate::config::TlsFiles;

/// How often the files are looked at.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// A certificate or key larger than this is none.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Sockets are upgraded from HTTP/1.1 alone.
const HTTP_1_1: &[u8] = b"http/1.1";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{file}: {error}")]
    File {
        /// Which one.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file is not what it should be.
    #[error("{file}: {reason}")]
    Content {
        /// Which one.
        file: String,
        /// What is wrong; nothing of a key stands here.
        reason: String,
    },
    /// The certificate and the key cannot serve.
    #[error("the certificate and the key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// What tells a file from its earlier self without reading it.
type Mark = (Option<SystemTime>, u64);

/// The certificate in use.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// [`TlsError`] with the file that is meant.
    pub fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let current = read(&files, &provider)?;
        Ok(Arc::new(Self {
            files,
            provider,
            current: ArcSwap::from_pointee(current),
        }))
    }

    /// The configuration of a server that shows this certificate, whatever it is at each handshake.
    ///
    /// # Errors
    /// When the provider knows none of the protocol's versions.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(config)
    }

    /// Looks at the files every few seconds and reads them when they changed. What cannot be used is logged once, and
    /// the certificate before it stays.
    pub fn watch(self: &Arc<Self>, runtime: &Handle) {
        let this = self.clone();
        runtime.spawn(async move {
            let mut seen = this.marks();
            let mut tick = tokio::time::interval(CHECK_EVERY);
            loop {
                tick.tick().await;
                this.check(&mut seen);
            }
        });
    }

    /// Reads the files again if they are not as they were `seen`.
    fn check(&self, seen: &mut [Option<Mark>; 2]) {
        let marks = self.marks();
        if marks == *seen {
            return;
        }
        *seen = marks;
        match read(&self.files, &self.provider) {
            Ok(key) => {
                self.current.store(Arc::new(key));
                tracing::info!("the certificate was read again");
            }
            // Certificate and key are two files: between the two writes they may not fit. The next change is seen.
            Err(error) => tracing::error!(%error, "the new certificate cannot be used, the old one stays"),
        }
    }

    fn marks(&self) -> [Option<Mark>; 2] {
        [&self.files.certificate, &self.files.key].map(|file| {
            let about = fs::metadata(file).ok()?;
            Some((about.modified().ok(), about.len()))
        })
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let content = |file: &Path, reason: String| TlsError::Content {
        file: file.display().to_string(),
        reason,
    };
    let pem = bytes(&files.certificate)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| content(&files.certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(content(&files.certificate, "there is no certificate in it".into()));
    }
    let pem = bytes(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&pem);
    let key = key.map_err(|_| content(&files.key, "there is no private key in it".into()))?;
    Ok(CertifiedKey::from_der(chain, key, provider)?)
}

fn bytes(file: &Path) -> Result<Vec<u8>, TlsError> {
    let fault = |error| TlsError::File {
        file: file.display().to_string(),
        error,
    };
    if fs::metadata(file).map_err(fault)?.len() > MAX_FILE_BYTES {
        return Err(fault(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    fs::read(file).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(files: &TlsFiles) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    }

    fn shown(certificate: &Certificate) -> Vec<u8> {
        certificate.current.load().cert[0].to_vec()
    }

    #[test]
    fn a_changed_certificate_is_shown_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        let first = write_pair(&files);
        let certificate = Certificate::load(files.clone()).unwrap();
        assert_eq!(shown(&certificate), first);
        let mut seen = certificate.marks();

        fs::write(&files.certificate, "junk").unwrap();
        certificate.check(&mut seen);
        assert_eq!(shown(&certificate), first, "junk changes nothing");

        let second = write_pair(&files);
        assert_ne!(first, second);
        certificate.check(&mut seen);
        assert_eq!(shown(&certificate), second);

        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(&files.key, format!("{}\n", other.signing_key.serialize_pem())).unwrap();
        certificate.check(&mut seen);
        assert_eq!(
            shown(&certificate),
            second,
            "a key of another certificate changes nothing"
        );

        fs::remove_file(&files.key).unwrap();
        certificate.check(&mut seen);
        assert_eq!(shown(&certificate), second, "a missing file changes nothing");
    }

    #[test]
    fn only_http_1_1_is_spoken() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles {
            certificate: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
        };
        write_pair(&files);
        let config = Certificate::load(files).unwrap().server_config().unwrap();
        assert_eq!(config.alpn_protocols, [HTTP_1_1.to_vec()]);
    }

    #[test]
    fn a_fault_names_its_file() {
        let files = TlsFiles {
            certificate: "/nonexistent/cert.pem".into(),
            key: "/nonexistent/key.pem".into(),
        };
        let error = Certificate::load(files).unwrap_err().to_string();
        assert!(error.starts_with("/nonexistent/cert.pem: "), "{error}");
    }
}
