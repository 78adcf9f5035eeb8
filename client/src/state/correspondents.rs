//! Certificates that came in letters, and that the person has chosen to use.

use shared::api::keys::{KeepRequest, KeptCertificate, KeptRequest, KeptResponse};
use shared::api::{EmailAddress, paths};

use super::Failure;
use super::certificates::{Certificates, use_certificates};
use super::session::{Session, use_session};
use crate::platform::http;
use crate::worker::protocol::reading::SentKey;

/// What is chosen for people elsewhere. The box keeps it, for all browsers and mail programs.
#[derive(Clone, Copy)]
pub struct Correspondents {
    session: Session,
    certificates: Certificates,
}

/// What is chosen.
#[must_use]
pub fn use_correspondents() -> Correspondents {
    Correspondents { session: use_session(), certificates: use_certificates() }
}

impl Correspondents {
    /// What was chosen for an address. The box answers by itself: no domain hears that somebody reads.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn chosen(&self, address: &EmailAddress) -> Result<Option<KeptCertificate>, Failure> {
        let request = KeptRequest { address: address.clone() };
        let kept = http::post::<_, KeptResponse>(paths::CERTIFICATES_KEPT, &request).await;
        Ok(self.session.heard(kept)?.kept)
    }

    /// Chooses a key for its address.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn keep(&self, key: &SentKey) -> Result<(), Failure> {
        let certificate = Some(key.certificate.clone());
        self.choose(KeepRequest { address: key.address.clone(), certificate }).await
    }

    /// Forgets what was chosen for an address.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn forget(&self, address: &EmailAddress) -> Result<(), Failure> {
        self.choose(KeepRequest { address: address.clone(), certificate: None }).await
    }

    async fn choose(&self, request: KeepRequest) -> Result<(), Failure> {
        self.session.heard(http::put(paths::CERTIFICATES_KEPT, &request).await)?;
        // A letter that is being written is asked about anew.
        self.certificates.forget(&request.address);
        Ok(())
    }
}
