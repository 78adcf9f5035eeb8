//! Login without showing the passphrase: OPAQUE-3DH (RFC 9807) over ristretto255 and SHA-512, by way of the crate
//! `opaque-ke`, whose types do not leave this module.
//!
//! The key stretching is a numbered entry of a closed list (`Stretch`); the number stands in front of the registration
//! record, and the box repeats it in front of KE2, so that the parameters can rise for new records. A box that names weaker
//! ones learns nothing: the envelope does not open, and the client stops before it has sent anything that depends on them.

mod client;
mod server;

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::errors::InternalError;
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::ksf::Ksf;
use opaque_ke::{CipherSuite, Identifiers, Ristretto255, TripleDh};
use sha2::Sha512;

pub use client::{ExportKey, LoggedIn, Login, Registered, Registration, login_start, register_start};
pub use server::{PendingLogin, Record, ServerSetup};

/// What both sides mix into the key exchange, so that its messages serve no other protocol.
const CONTEXT: &[u8] = b"own-mailbox/1/login";

/// Why an OPAQUE step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpaqueError {
    /// The passphrase is not the account's, or the other side is not who it was; the two cannot be told apart.
    #[error("passphrase or box are not the right ones")]
    Refused,
    /// The message, record or setup is not of the form that it should have.
    #[error("not a well-formed OPAQUE message")]
    Malformed,
    /// The record was made with a key stretching that this program does not know.
    #[error("the record is of version {0}, which this program does not know")]
    UnknownVersion(u8),
    /// The key stretching found no memory.
    #[error("not enough memory for Argon2id")]
    OutOfMemory,
}

impl From<opaque_ke::errors::ProtocolError> for OpaqueError {
    fn from(error: opaque_ke::errors::ProtocolError) -> Self {
        use opaque_ke::errors::ProtocolError;
        match error {
            ProtocolError::LibraryError(InternalError::KsfError) => Self::OutOfMemory,
            ProtocolError::InvalidLoginError | ProtocolError::ReflectedValueError => Self::Refused,
            _ => Self::Malformed,
        }
    }
}

/// How the passphrase is stretched. Entries are only added; the number stands in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Stretch {
    /// Argon2id (RFC 9106) version 0x13, 64 MiB, 3 passes, 1 lane, all-zero salt as RFC 9807 §7 asks (the OPRF salts).
    #[default]
    Argon2id64MiB3Passes,
}

impl Stretch {
    fn from_number(number: u8) -> Result<Self, OpaqueError> {
        match number {
            1 => Ok(Self::Argon2id64MiB3Passes),
            other => Err(OpaqueError::UnknownVersion(other)),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Argon2id64MiB3Passes => 1,
        }
    }

    fn params(self, output: usize) -> Result<Params, argon2::Error> {
        match self {
            Self::Argon2id64MiB3Passes => Params::new(64 * 1024, 3, 1, Some(output)),
        }
    }
}

impl Ksf for Stretch {
    fn hash<L: ArrayLength<u8>>(&self, input: GenericArray<u8, L>) -> Result<GenericArray<u8, L>, InternalError> {
        let mut output = GenericArray::default();
        let params = self.params(output.len()).map_err(|_| InternalError::KsfError)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&input, &[0; 16], &mut output)
            .map_err(|_| InternalError::KsfError)?;
        Ok(output)
    }
}

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Stretch;
}

/// Neither side has another name than its public key: addresses may change, and the box's host name too.
const IDENTIFIERS: Identifiers<'static> = Identifiers { client: None, server: None };

/// Takes the version byte from a record or a KE2.
fn split_version(message: &[u8]) -> Result<(Stretch, &[u8]), OpaqueError> {
    let (&number, rest) = message.split_first().ok_or(OpaqueError::Malformed)?;
    Ok((Stretch::from_number(number)?, rest))
}
