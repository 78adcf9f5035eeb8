//! Opening: decrypting one OpenPGP message and saying what its signatures are worth (RFC 9580 §10.3, §5.13).
//!
//! Invariants: what was encrypted is looked at only when all of it has passed its integrity check (MDC or AEAD), not even
//! the frame of its packets before; packets without integrity protection are refused; output, layers, signatures, recipients
//! and tries of keys are capped; a message within holds one content, so that a signature is over all that is given out. Keys
//! open whatever they can, expired and retired ones too: old mail stays readable.

use std::io::Read;
use std::ops::Range;

use pgp::composed::{DecryptionOptions, Edata, Esk, Message, PlainSessionKey};
use pgp::packet::{
    Decompressor, PacketParser, ProtectedDataConfig, PublicKeyEncryptedSessionKey, SymEncryptedProtectedDataConfig,
};
use pgp::types::{DecryptionKey, EskType, Password, PkeskVersion, Seipdv1ReadMode};

use super::armor::{self, Block};
use super::certificate::Certificate;
use super::error::{Cause, OpenError};
use super::ids::KeyId;
use super::key::SecretKey;
use super::packets::{self, Content, Refused};
use super::seipd;
use super::verify::{SignatureVerdict, verify_message};
use crate::api::{Timestamp, limits};

/// Largest plaintext that is given out, octets; a compressed packet cannot expand beyond it.
pub(super) const PLAINTEXT_BYTES: usize = limits::SEALED_MESSAGE_BYTES;
/// Largest packets that are taken out of encryption or compression, octets: a plaintext at its limit, and its signatures.
const PACKETS_BYTES: usize = PLAINTEXT_BYTES + 1024 * 1024;
/// Largest sealed message that is looked at, octets: a plaintext at its limit, and room.
const SEALED_BYTES: usize = PLAINTEXT_BYTES / 4 * 5;
/// Most compression layers; GnuPG writes one.
const LAYERS: usize = 3;
/// Most recipients whose names are read.
const RECIPIENTS: usize = 1000;
/// Most tries of a key on a session key, which need not say for whom it is; each costs a decryption.
const TRIES: usize = 200;

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
    packets::check_encrypted(&binary).map_err(refused)?;
    let message = Message::from_bytes(binary.as_ref()).map_err(not_openpgp)?;
    let Message::Encrypted { esk, edata, .. } = message else { return Err(not_openpgp("not encrypted")) };
    let session_key = session_key(&esk, keys)?;
    let (mut packets, literal) = decompressed(decrypted(edata, &binary, &session_key)?)?;
    if let Some(plaintext) = literal.and_then(|literal| unsigned_content(&mut packets, literal)) {
        if plaintext.len() > PLAINTEXT_BYTES {
            return Err(OpenError::TooLarge);
        }
        return Ok(Opened { plaintext, signatures: Vec::new() });
    }
    let mut message = Message::from_bytes(packets.as_slice()).map_err(damaged)?;
    let mut plaintext = Vec::new();
    message.read_to_end(&mut plaintext).map_err(damaged)?;
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
    if packets::check_encrypted(&binary).is_err() {
        return Vec::new();
    }
    match Message::from_bytes(binary.as_ref()) {
        Ok(Message::Encrypted { esk, .. }) => recipients_of(&esk),
        _ => Vec::new(),
    }
}

fn recipients_of(esk: &[Esk]) -> Vec<KeyId> {
    let name = |key: &PublicKeyEncryptedSessionKey| match (key.id(), key.fingerprint()) {
        (Ok(id), _) => Some(KeyId::from(*id)),
        (_, Ok(Some(fingerprint))) => KeyId::of_fingerprint(fingerprint.as_bytes()),
        _ => None,
    };
    for_public_keys(esk).filter_map(name).take(RECIPIENTS).collect()
}

fn for_public_keys(esk: &[Esk]) -> impl Iterator<Item = &PublicKeyEncryptedSessionKey> {
    esk.iter().filter_map(|esk| match esk {
        Esk::PublicKeyEncryptedSessionKey(key) => Some(key),
        Esk::SymKeyEncryptedSessionKey(_) => None,
    })
}

/// The session key, from whichever packet one of the keys opens: those that name a key first, then those that name none.
fn session_key(esk: &[Esk], keys: &[&SecretKey]) -> Result<PlainSessionKey, OpenError> {
    let (anonymous, named): (Vec<_>, Vec<_>) = for_public_keys(esk).partition(|packet| is_anonymous(packet));
    let mut named_ours = false;
    let mut tries = 0;
    for packet in named.into_iter().chain(anonymous) {
        for key in keys {
            for key in key.openers().filter(|key| is_for(packet, *key)) {
                named_ours |= !is_anonymous(packet);
                tries += 1;
                if tries > TRIES {
                    return Err(OpenError::TooManyLayers);
                }
                if let Some(session_key) = try_key(packet, key) {
                    return Ok(session_key);
                }
            }
        }
    }
    if named_ours {
        return Err(damaged("the session key does not open"));
    }
    Err(OpenError::NotForOurKeys { recipients: recipients_of(esk) })
}

fn is_anonymous(packet: &PublicKeyEncryptedSessionKey) -> bool {
    match packet.id() {
        Ok(id) => id.is_wildcard(),
        Err(_) => packet.fingerprint().is_ok_and(|fingerprint| fingerprint.is_none()),
    }
}

/// Whether a session key may be for a key, as far as it says.
fn is_for(packet: &PublicKeyEncryptedSessionKey, key: &dyn DecryptionKey) -> bool {
    let named = match packet.id() {
        Ok(id) => *id == key.legacy_key_id(),
        Err(_) => packet.fingerprint().is_ok_and(|to| to.is_some_and(|to| *to == key.fingerprint())),
    };
    (named || is_anonymous(packet)) && packet.algorithm().is_ok_and(|algorithm| algorithm == key.algorithm())
}

fn try_key(packet: &PublicKeyEncryptedSessionKey, key: &dyn DecryptionKey) -> Option<PlainSessionKey> {
    let kind = match packet.version() {
        PkeskVersion::V3 => EskType::V3_4,
        PkeskVersion::V6 => EskType::V6,
        PkeskVersion::Other(_) => return None,
    };
    key.decrypt(&Password::empty(), packet.values().ok()?, kind).ok()?.ok()
}

/// The packets inside of encryption, when all of them have passed their integrity check.
fn decrypted(mut edata: Edata<'_>, binary: &[u8], session_key: &PlainSessionKey) -> Result<Vec<u8>, OpenError> {
    let is_sealed = |kind: u8| matches!(kind, packets::SEIPD | packets::GNUPG_AEAD);
    let sealed = packets::packets(binary).flatten().find(|packet| is_sealed(packet.kind));
    let body = |range: Range<usize>| packets::body(binary.get(range)?).ok();
    if let Some((kind, body)) = sealed.and_then(|packet| Some((packet.kind, body(packet.range)?))) {
        let altered = |_| damaged("the integrity check fails");
        if let Some(packets) = seipd::decrypted(session_key, kind, body).map_err(altered)? {
            return if packets.len() > PACKETS_BYTES { Err(OpenError::TooLarge) } else { Ok(packets) };
        }
    }
    let mode = Seipdv1ReadMode::CheckFirst { max_message_size: SEALED_BYTES };
    // GnuPG's own AEAD packet is authenticated; its legacy packet without MDC stays refused.
    if !has_known_mode(&edata) {
        return Err(not_openpgp("an unknown mode of authenticated encryption"));
    }
    let options = DecryptionOptions::new().enable_gnupg_aead().set_seipdv1_read_mode(mode);
    edata.decrypt_with_options(session_key, options).map_err(damaged)?;
    read_capped(&mut edata)
}

/// Whether the mode in which data is authenticated is one that exists: rPGP 0.21 panics on another (`aead_setup_rfc9580`).
fn has_known_mode(edata: &Edata<'_>) -> bool {
    let (Edata::SymEncryptedProtectedData { reader } | Edata::GnupgAeadData { reader }) = edata else { return true };
    match reader.config() {
        ProtectedDataConfig::Seipd(SymEncryptedProtectedDataConfig::V1) => true,
        ProtectedDataConfig::Seipd(SymEncryptedProtectedDataConfig::V2 { aead, .. }) => aead.tag_size().is_some(),
        ProtectedDataConfig::GnupgAead(config) => config.aead.tag_size().is_some(),
    }
}

/// The content of a literal packet that says that it is just octets, with no signature beside it: nothing is left to be done. It is taken
/// out of the packets without a copy where it stands in one part.
fn unsigned_content(packets: &mut Vec<u8>, literal: Range<usize>) -> Option<Vec<u8>> {
    let packet = packets.get(literal.clone())?;
    if let Some(octets) = packets::octets_in_one_part(packet) {
        let begin = literal.end - octets;
        let header = literal_header(packets.get(begin..literal.end)?)?;
        packets.truncate(literal.end);
        packets.drain(..begin + header);
        return Some(std::mem::take(packets));
    }
    let mut body = packets::body(packet).ok()?;
    body.drain(..literal_header(&body)?);
    Some(body)
}

/// Octets in front of the content in the body of a literal packet that says that it is just octets.
fn literal_header(body: &[u8]) -> Option<usize> {
    let [b'b', name_length, ..] = body else { return None };
    // The name is followed by four octets of date (RFC 9580 §5.9).
    let header = 2 + usize::from(*name_length) + 4;
    (header <= body.len()).then_some(header)
}

/// Takes compression away, on the inside of signatures too; a second layer of encryption is refused. Answers where the content stands, if
/// it is not signed.
fn decompressed(mut packets: Vec<u8>) -> Result<(Vec<u8>, Option<Range<usize>>), OpenError> {
    for _ in 0..=LAYERS {
        let range = match packets::check_opened(&packets).map_err(refused)? {
            Content::Literal { range, signed } => return Ok((packets, (!signed).then_some(range))),
            Content::Compressed(range) => range,
        };
        let packet = packets.get(range.clone()).unwrap_or_default();
        let body = PacketParser::new(packet).next_owned().ok_or_else(|| damaged("no compressed packet"))?;
        let inside = read_capped(&mut Decompressor::from_reader(body.map_err(damaged)?).map_err(damaged)?)?;
        drop(packets.splice(range, inside));
    }
    Err(OpenError::TooManyLayers)
}

fn read_capped(reader: &mut impl Read) -> Result<Vec<u8>, OpenError> {
    let limit = u64::try_from(PACKETS_BYTES).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    reader.take(limit + 1).read_to_end(&mut out).map_err(damaged)?;
    if out.len() > PACKETS_BYTES { Err(OpenError::TooLarge) } else { Ok(out) }
}

fn refused(cause: Refused) -> OpenError {
    match cause {
        Refused::TooManyPackets | Refused::TooManyParts => OpenError::TooManyLayers,
        Refused::Cut => damaged(cause),
        Refused::Malformed | Refused::Unprotected | Refused::NotAMessage => not_openpgp(cause),
    }
}

fn not_openpgp(cause: impl std::fmt::Display) -> OpenError {
    OpenError::NotOpenPgp(Cause::new(cause))
}

fn damaged(cause: impl std::fmt::Display) -> OpenError {
    OpenError::Damaged(Cause::new(cause))
}
