//! The client's half. The passphrase and the export key stay here.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, RegistrationResponse,
};
use rand::{CryptoRng, RngCore};

use super::{CONTEXT, IDENTIFIERS, OpaqueError, Stretch, Suite, split_version};
use crate::vault::passphrase::Passphrase;
use crate::vault::secret::Secret;

/// What only the passphrase and the box together give; the account key is wrapped under what is derived from it.
#[derive(Clone, Debug)]
pub struct ExportKey(Secret<[u8; 64]>);

impl ExportKey {
    pub(in crate::vault) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

/// A registration that waits for the box's answer.
#[derive(Debug)]
pub struct Registration {
    passphrase: Passphrase,
    state: Hidden<ClientRegistration<Suite>>,
}

/// A registration that is done on the client's side.
#[derive(Debug)]
pub struct Registered {
    /// For the box to keep: the version byte and the `RegistrationRecord`.
    pub record: Vec<u8>,
    /// The key that this passphrase gives.
    pub export_key: ExportKey,
}

/// A login that waits for the box's answer.
#[derive(Debug)]
pub struct Login {
    passphrase: Passphrase,
    state: Hidden<ClientLogin<Suite>>,
}

/// A login that is done on the client's side: the box has shown that it has the record, `ke3` will show that we have the
/// passphrase.
#[derive(Debug)]
pub struct LoggedIn {
    /// For the box: `KE3`.
    pub ke3: Vec<u8>,
    /// The key that this passphrase gives.
    pub export_key: ExportKey,
}

/// Begins a registration; the bytes are the `RegistrationRequest`.
///
/// # Errors
/// None that a passphrase within its limits brings about.
pub fn register_start(
    passphrase: Passphrase,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Registration, Vec<u8>), OpaqueError> {
    let started = ClientRegistration::<Suite>::start(rng, passphrase.expose())?;
    let request = started.message.serialize().to_vec();
    Ok((Registration { passphrase, state: Hidden(started.state) }, request))
}

impl Registration {
    /// Ends it with the box's `RegistrationResponse`. Takes the time and memory of the key stretching.
    ///
    /// # Errors
    /// [`OpaqueError::Malformed`] for an answer that is none.
    pub fn finish(self, response: &[u8], rng: &mut (impl CryptoRng + RngCore)) -> Result<Registered, OpaqueError> {
        let response = RegistrationResponse::deserialize(response)?;
        let stretch = Stretch::default();
        let parameters = ClientRegistrationFinishParameters::new(IDENTIFIERS, Some(&stretch));
        let finished = self.state.0.finish(rng, self.passphrase.expose(), response, parameters)?;
        let mut record = vec![stretch.number()];
        record.extend_from_slice(&finished.message.serialize());
        Ok(Registered { record, export_key: ExportKey(Secret::new(finished.export_key.into())) })
    }
}

/// Begins a login; the bytes are `KE1`.
///
/// # Errors
/// None that a passphrase within its limits brings about.
pub fn login_start(
    passphrase: Passphrase,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Login, Vec<u8>), OpaqueError> {
    let started = ClientLogin::<Suite>::start(rng, passphrase.expose())?;
    let ke1 = started.message.serialize().to_vec();
    Ok((Login { passphrase, state: Hidden(started.state) }, ke1))
}

impl Login {
    /// Ends it with the box's version byte and `KE2`. Takes the time and memory of the key stretching.
    ///
    /// # Errors
    /// [`OpaqueError::Refused`] for a wrong passphrase, an unknown address, or a box that does not have the record.
    pub fn finish(self, ke2: &[u8], rng: &mut (impl CryptoRng + RngCore)) -> Result<LoggedIn, OpaqueError> {
        let (stretch, ke2) = split_version(ke2)?;
        let response = CredentialResponse::deserialize(ke2)?;
        let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), IDENTIFIERS, Some(&stretch));
        let finished = self.state.0.finish(rng, self.passphrase.expose(), response, parameters)?;
        Ok(LoggedIn {
            ke3: finished.message.serialize().to_vec(),
            export_key: ExportKey(Secret::new(finished.export_key.into())),
        })
    }
}

/// Keeps the crate's states, which are wiped on drop, out of `Debug`.
struct Hidden<T>(T);

impl<T> std::fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
