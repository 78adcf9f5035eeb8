//! Certificates of others about which the person decides: those that came through a link, and those that are compared.

use shared::api::account::{ChangeAccountRequest, KeyServerUse};
use shared::api::keys::{KeepRequest, KeptCertificate, KeptRequest, KeptResponse};
use shared::api::{EmailAddress, paths};
use shared::people::Decision;

use super::Failure;
use super::certificates::{Certificates, use_certificates};
use super::people::{People, use_people};
use super::reading::{Reading, use_reading};
use super::session::{Session, use_session};
use crate::platform::http;
use crate::worker::protocol::people::Compared;
use crate::worker::protocol::reading::{Judgement, SentKey};

/// What is chosen for people elsewhere. The box keeps it, for all browsers and mail programs.
#[derive(Clone, Copy)]
pub struct Correspondents {
    session: Session,
    certificates: Certificates,
    people: People,
    reading: Reading,
}

/// What is chosen.
#[must_use]
pub fn use_correspondents() -> Correspondents {
    Correspondents {
        session: use_session(),
        certificates: use_certificates(),
        people: use_people(),
        reading: use_reading(),
    }
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

    /// Says whether the box may ask a key server, as it was shown. Who is being written to is asked about anew.
    ///
    /// # Errors
    /// Those of the box.
    pub async fn agree(&self, server: KeyServerUse) -> Result<(), Failure> {
        let request = ChangeAccountRequest { key_server: Some(server), ..ChangeAccountRequest::default() };
        self.session.heard(http::patch(paths::ACCOUNT, &request).await)?;
        self.certificates.clear();
        self.session.open_anew().await
    }

    /// What two people compare so that both know that it is this key.
    ///
    /// # Errors
    /// Those of the worker.
    pub async fn compare(&self, fingerprint: String) -> Result<Compared, Failure> {
        self.people.compare(fingerprint).await
    }

    /// Decides about a key of somebody. The box looks for it, and asks the directory of the address's domain where it is elsewhere:
    /// what was compared is kept.
    ///
    /// # Errors
    /// Those of box and worker; `AskError::KeyGone` where the key is not to be had.
    pub async fn decide(&self, address: &EmailAddress, fingerprint: &str, decision: Decision) -> Result<(), Failure> {
        let found = match self.certificates.find(address).await? {
            Some(Judgement::Usable { signers, standing, .. }) => Some((signers, standing.origin)),
            Some(Judgement::Ask { found, standing, .. }) => {
                Some((found, standing.other.map_or(standing.origin, |other| other.origin)))
            }
            _ => None,
        };
        self.people.decide(address, fingerprint, found, decision).await?;
        // A letter that is being written is asked about anew.
        self.certificates.forget(address);
        Ok(())
    }

    /// What was decided has been read: the letter that is open is judged anew.
    pub fn judge_anew(&self) {
        self.reading.judge_anew();
    }

    async fn choose(&self, request: KeepRequest) -> Result<(), Failure> {
        self.session.heard(http::put(paths::CERTIFICATES_KEPT, &request).await)?;
        // A letter that is being written is asked about anew.
        self.certificates.forget(&request.address);
        Ok(())
    }
}
