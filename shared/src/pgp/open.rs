//! Opening: decrypting one OpenPGP message and saying what its signatures are worth (RFC 9580 §10.3, §5.13).
//!
//! Invariants: plaintext is given out only when the whole message has passed its integrity check (MDC or AEAD); packets
//! without integrity protection are refused; output, layers and signatures are capped. Keys open whatever they can, expired
//! and retired ones too: old mail stays readable.

use std::io::Read;

use pgp::composed::{DecryptionOptions, Esk, Message, TheRing};
use pgp::errors::Error as PgpError;
use pgp::types::{Password, Seipdv1ReadMode};

use super::armor::{self, Block};
use super::certificate::Certificate;
use super::error::{Cause, OpenError};
use super::ids::KeyId;
use super::key::SecretKey;
use super::verify::{SignatureVerdict, verify_message};
use crate::api::{Timestamp, limits};

/// Largest plaintext that is given out, octets; a compressed packet cannot expand beyond it.
pub(super) const PLAINTEXT_BYTES: usize = limits::SEALED_MESSAGE_BYTES;
/// Largest sealed message that is looked at, octets: a plaintext at its limit, and room.
const SEALED_BYTES: usize = PLAINTEXT_BYTES / 4 * 5;
/// Most compression layers; GnuPG writes one.
const LAYERS: usize = 3;
/// Most signatures of one message; each is a hash over the whole of it.
const SIGNATURES: usize = 8;
/// Most recipients whose names are read.
const RECIPIENTS: usize = 1000;

/// What a sealed message held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The content.
    pub plaintext: Vec<u8>,
    /// What each signature is worth; empty where the message is not signed.
    pub signatures: Vec<SignatureVerdict>,
}

/// Opens a message, armored or binary, with whichever of the keys fits, and judges its signatures by the certificates of
/// those who may have signed it.
///
/// # Errors
/// [`OpenError`]: for other keys, damaged, not OpenPGP, too large. A bad signature is no error.
pub fn open(
    ciphertext: &[u8],
    keys: &[&SecretKey],
    signers: &[Certificate],
    at: Timestamp,
) -> Result<Opened, OpenError> {
    if ciphertext.len() > SEALED_BYTES / 3 * 4 + 4096 {
        return Err(OpenError::TooLarge);
    }
    let binary = armor::binary(Block::Message, ciphertext).ok_or_else(|| not_openpgp("no armored message in it"))?;
    if binary.len() > SEALED_BYTES {
        return Err(OpenError::TooLarge);
    }
    let message = Message::from_bytes(binary.as_ref()).map_err(not_openpgp)?;
    let Message::Encrypted { esk, .. } = &message else { return Err(not_openpgp("not encrypted")) };
    let recipients = recipients_of(esk);
    let none = Password::empty();
    let mode = Seipdv1ReadMode::CheckFirst { max_message_size: SEALED_BYTES };
    let ring = TheRing {
        secret_keys: keys.iter().map(|key| key.inner()).collect(),
        key_passwords: vec![&none],
        // GnuPG's own AEAD packet is authenticated; its legacy packet without MDC stays refused.
        decrypt_options: DecryptionOptions::new().enable_gnupg_aead().set_seipdv1_read_mode(mode),
        ..TheRing::default()
    };
    let is_ours = keys.iter().any(|key| key.certificate().key_ids().iter().any(|id| recipients.contains(id)));
    let (message, _) = message.decrypt_the_ring(ring, true).map_err(|cause| match cause {
        PgpError::MissingKey if !is_ours => OpenError::NotForOurKeys { recipients },
        other => OpenError::Damaged(Cause::new(other)),
    })?;
    let mut message = decompressed(message)?;
    if let Message::Signed { reader, .. } = &message
        && reader.num_signatures() > SIGNATURES
    {
        return Err(OpenError::TooManyLayers);
    }
    let mut plaintext = Vec::new();
    let limit = u64::try_from(PLAINTEXT_BYTES).unwrap_or(u64::MAX);
    (&mut message).take(limit + 1).read_to_end(&mut plaintext).map_err(damaged)?;
    if plaintext.len() > PLAINTEXT_BYTES {
        return Err(OpenError::TooLarge);
    }
    let signatures = verify_message(&message, signers, keys, at);
    Ok(Opened { plaintext, signatures })
}

/// The keys that a sealed message, armored or binary, is for, as far as it names them. Empty for anything else.
#[must_use]
pub fn message_recipients(bytes: &[u8]) -> Vec<KeyId> {
    let Some(binary) = armor::binary(Block::Message, bytes) else { return Vec::new() };
    match Message::from_bytes(binary.as_ref()) {
        Ok(Message::Encrypted { esk, .. }) => recipients_of(&esk),
        _ => Vec::new(),
    }
}

fn recipients_of(esk: &[Esk]) -> Vec<KeyId> {
    let public = esk.iter().filter_map(|esk| match esk {
        Esk::PublicKeyEncryptedSessionKey(key) => Some(key),
        Esk::SymKeyEncryptedSessionKey(_) => None,
    });
    let name = |key: &pgp::packet::PublicKeyEncryptedSessionKey| match (key.id(), key.fingerprint()) {
        (Ok(id), _) => Some(KeyId::from(*id)),
        (_, Ok(Some(fingerprint))) => KeyId::of_fingerprint(fingerprint.as_bytes()),
        _ => None,
    };
    public.filter_map(name).take(RECIPIENTS).collect()
}

/// Takes compression away, on the inside of signatures too; a second layer of encryption is refused.
fn decompressed(mut message: Message<'_>) -> Result<Message<'_>, OpenError> {
    for _ in 0..=LAYERS {
        match innermost(&message)? {
            Layer::Literal => return Ok(message),
            Layer::Compressed => message = message.decompress().map_err(damaged)?,
        }
    }
    Err(OpenError::TooManyLayers)
}

enum Layer {
    Literal,
    Compressed,
}

fn innermost(message: &Message<'_>) -> Result<Layer, OpenError> {
    let mut message = message;
    for _ in 0..=LAYERS {
        match message {
            Message::Literal { .. } => return Ok(Layer::Literal),
            Message::Compressed { .. } => return Ok(Layer::Compressed),
            Message::Encrypted { .. } => return Err(not_openpgp("encrypted twice")),
            Message::Signed { reader, .. } => message = reader.get_ref(),
        }
    }
    Err(OpenError::TooManyLayers)
}

fn not_openpgp(cause: impl std::fmt::Display) -> OpenError {
    OpenError::NotOpenPgp(Cause::new(cause))
}

fn damaged(cause: impl std::fmt::Display) -> OpenError {
    OpenError::Damaged(Cause::new(cause))
}
