//! The box's half. It sees OPAQUE messages and keeps a record per account; neither tells it the passphrase.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin,
    ServerLoginParameters, ServerRegistration, ServerSetup as Setup,
};
use rand::{CryptoRng, RngCore};

use super::{CONTEXT, IDENTIFIERS, OpaqueError, Stretch, Suite, split_version};
use crate::api::EmailAddress;
use crate::api::account::AccountId;
use crate::vault::derive::{Purpose, derive};
use crate::vault::secret::{Key, Secret};

const VERSION: u8 = 1;

/// The box's own secrets for OPAQUE, made once and kept for ever: without them no passphrase opens anything again.
pub struct ServerSetup {
    /// Gives the ids of new accounts, and those that stand in for addresses that nobody has.
    ids: Key,
    setup: Setup<Suite>,
}

/// What the box keeps of an account's passphrase: the version byte and the `RegistrationRecord` (RFC 9807 §4.1).
#[derive(Clone)]
pub struct Record {
    stretch: Stretch,
    registration: ServerRegistration<Suite>,
}

/// A login between its two steps; the box keeps it in memory for a short time.
pub struct PendingLogin(ServerLogin<Suite>);

impl ServerSetup {
    /// Makes the setup of a new box.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { ids: Secret::random(rng), setup: Setup::new(rng) }
    }

    /// Its form in the box's key file.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        let setup = zeroize::Zeroizing::new(self.setup.serialize());
        let mut bytes = Vec::with_capacity(1 + self.ids.expose().len() + setup.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(self.ids.expose());
        bytes.extend_from_slice(&setup);
        Secret::new(bytes)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`OpaqueError::UnknownVersion`] or [`OpaqueError::Malformed`] for what [`Self::to_bytes`] did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpaqueError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => {
                let (ids, setup) = rest.split_first_chunk::<32>().ok_or(OpaqueError::Malformed)?;
                Ok(Self { ids: Secret::new(*ids), setup: Setup::deserialize(setup)? })
            }
            Some((&other, _)) => Err(OpaqueError::UnknownVersion(other)),
            None => Err(OpaqueError::Malformed),
        }
    }

    /// The id that stands in for an address that nobody has; always the same for the same address.
    #[must_use]
    pub fn stand_in(&self, address: &EmailAddress) -> AccountId {
        let address = address.canonical();
        account_id(&derive(self.ids.expose(), Purpose::UnknownAddress, address.as_str().as_bytes()))
    }

    /// The id of the account that will be made with this invitation: random to everybody else, the same at each of the
    /// registration's steps, so that nothing has to be kept between them.
    #[must_use]
    pub fn new_account(&self, invitation: &[u8; 32]) -> AccountId {
        account_id(&derive(self.ids.expose(), Purpose::NewAccount, invitation))
    }

    /// Answers a `RegistrationRequest` for the account; keeps nothing.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`] for a request that is none.
    pub fn register(&self, account: AccountId, request: &[u8]) -> Result<Vec<u8>, OpaqueError> {
        let request = RegistrationRequest::deserialize(request)?;
        let started = ServerRegistration::<Suite>::start(&self.setup, request, &account.0)?;
        Ok(started.message.serialize().to_vec())
    }

    /// Answers `KE1`: what the box must remember until the second step, and the version byte with `KE2`.
    ///
    /// For an address that nobody has, `account` is `None`: the answer has the same shape, takes the same work, and no
    /// `KE3` fits it (RFC 9807 §10.9).
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`] for a `KE1` that is none.
    pub fn login_start(
        &self,
        address: &EmailAddress,
        account: Option<(AccountId, &Record)>,
        ke1: &[u8],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(PendingLogin, Vec<u8>), OpaqueError> {
        let stand_in = self.stand_in(address);
        let id = account.map_or(stand_in, |(id, _)| id);
        let stretch = account.map_or_else(Stretch::default, |(_, record)| record.stretch);
        let registration = account.map(|(_, record)| record.registration.clone());
        let ke1 = CredentialRequest::deserialize(ke1)?;
        let started = ServerLogin::start(rng, &self.setup, registration, ke1, &id.0, parameters())?;
        let mut ke2 = vec![stretch.number()];
        ke2.extend_from_slice(&started.message.serialize());
        Ok((PendingLogin(started.state), ke2))
    }
}

impl std::fmt::Debug for ServerSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerSetup(…)")
    }
}

impl Record {
    /// Checks a record that a client sent, or reads one that was kept.
    ///
    /// # Errors
    /// [`OpaqueError::UnknownVersion`] or [`OpaqueError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpaqueError> {
        let (stretch, record) = split_version(bytes)?;
        let upload = RegistrationUpload::deserialize(record)?;
        Ok(Self { stretch, registration: ServerRegistration::finish(upload) })
    }

    /// Its form in the store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.stretch.number()];
        bytes.extend_from_slice(&self.registration.serialize());
        bytes
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Record(…)")
    }
}

impl PendingLogin {
    /// Checks `KE3`: whether the client has the passphrase of the record.
    ///
    /// # Errors
    /// [`OpaqueError::Refused`] where it has not, [`OpaqueError::Malformed`] for a `KE3` that is none.
    pub fn finish(self, ke3: &[u8]) -> Result<(), OpaqueError> {
        let ke3 = CredentialFinalization::deserialize(ke3)?;
        self.0.finish(ke3, parameters())?;
        Ok(())
    }
}

impl std::fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PendingLogin(…)")
    }
}

fn account_id(derived: &Key) -> AccountId {
    AccountId(*derived.expose().first_chunk().expect("16 of 32 bytes"))
}

fn parameters() -> ServerLoginParameters<'static, 'static> {
    ServerLoginParameters { context: Some(CONTEXT), identifiers: IDENTIFIERS }
}
