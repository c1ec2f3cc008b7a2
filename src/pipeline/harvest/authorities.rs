//! Whose signature on a server's certificate is trusted.

use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::{Fault, fault};

/// Authorities that are trusted: those of the public internet, or those of a file alone.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Option<Arc<Vec<Certificate<'static>>>>);

impl Authorities {
    /// The certificates of a PEM text, such as that of a prefecture's own network, or a system's bundle with it.
    ///
    /// # Errors
    /// Where it holds none, or one that cannot be read: then nothing must be asked, since nobody could be trusted.
    pub fn of_pem(text: &[u8]) -> Result<Self, Fault> {
        let wrong = |detail: &str| {
            fault(
                "certificates",
                format!("設定 harvest_ca のファイルから証明書を読み取れません({detail})。"),
                format!("the file of the setting harvest_ca holds no certificates that can be read: {detail}"),
            )
        };
        let mut certificates = Vec::new();
        for item in parse_pem(text) {
            match item.map_err(|error| wrong(&error.to_string()))? {
                PemItem::Certificate(certificate) => certificates.push(certificate),
                PemItem::PrivateKey(_) => return Err(wrong("秘密鍵があります / there is a private key in it")),
                _ => {}
            }
        }
        if certificates.is_empty() {
            return Err(wrong("証明書がありません / no certificate"));
        }
        Ok(Self(Some(Arc::new(certificates))))
    }

    pub(super) fn settings(&self) -> TlsConfig {
        let roots = match &self.0 {
            Some(certificates) => RootCerts::Specific(Arc::clone(certificates)),
            None => RootCerts::WebPki,
        };
        TlsConfig::builder().root_certs(roots).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        for text in ["", "none", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            assert!(Authorities::of_pem(text.as_bytes()).is_err(), "{text}");
        }
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(Authorities::of_pem(key.as_bytes()).is_err_and(|fault| fault.to_string().contains("private key")));
    }
}
