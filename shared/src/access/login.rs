//! Signing in with the passphrase.

use rand::{CryptoRng, RngCore};

use super::{AccessError, Opener};
use crate::api::EmailAddress;
use crate::api::account::{LoginFinishRequest, LoginStartRequest, LoginStartResponse};
use crate::vault::{Passphrase, opaque};

/// A login that waits for the box's answer.
#[derive(Debug)]
pub struct Login {
    opaque: opaque::Login,
}

/// Begins a login.
///
/// # Errors
/// None that a passphrase within its limits brings about.
pub fn login_start(
    address: EmailAddress,
    passphrase: Passphrase,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Login, LoginStartRequest), AccessError> {
    let (opaque, ke1) = opaque::login_start(passphrase, rng)?;
    Ok((Login { opaque }, LoginStartRequest { address, ke1: ke1.into() }))
}

impl Login {
    /// Ends the login on this side. Takes the time and memory of the key stretching.
    ///
    /// # Errors
    /// [`AccessError::WrongCredentials`].
    pub fn finish(
        self,
        response: &LoginStartResponse,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(LoginFinishRequest, Opener), AccessError> {
        let done = self.opaque.finish(&response.ke2.0, rng)?;
        let request = LoginFinishRequest { login_id: response.login_id.clone(), ke3: done.ke3.into() };
        Ok((request, Opener::with_export_key(done.export_key)))
    }
}
