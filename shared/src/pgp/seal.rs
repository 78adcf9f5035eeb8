//! Sealing: signing and encrypting one OpenPGP message (RFC 9580 §10.3, §5.13).
//!
//! Invariants: AES-256; SEIPDv1 unless every recipient says that it reads SEIPDv2; no compression; every recipient has at
//! least one usable key, or nothing is sealed; the literal packet holds no file name and no date.

use std::borrow::Cow;

use pgp::composed::{MessageBuilder, RawSessionKey, SubpacketConfig};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketHeader, PacketTrait, PublicKeyEncryptedSessionKey, Subpacket, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{EncryptionKey, KeyDetails, Password, SigningKey, Tag};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::error::{Cause, SealError, Unusable};
use super::kem::{self, Recipient};
use super::key::{SecretKey, pgp_time};
use super::moment::Moment;
use super::policy::{Component, ComponentKey, reads_seipd_v2, usable_components};
use super::seipd::Version;
use super::strength::Purpose;
use crate::api::Timestamp;

/// Most keys of one certificate that a message is sealed for; owners with several devices have two or three.
const KEYS_OF_ONE: usize = 4;
/// What everything is encrypted with.
const CIPHER: SymmetricKeyAlgorithm = SymmetricKeyAlgorithm::AES256;

/// Seals bytes for the owners of certificates, signed where a signer is given. The result is binary.
///
/// # Errors
/// [`SealError`] where there is no recipient, or a certificate or the signer cannot be used at that time.
pub fn seal(
    plaintext: &[u8],
    recipients: &[&Certificate],
    signer: Option<&SecretKey>,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    seal_bytes(plaintext.into(), recipients, signer, at, rng)
}

/// As [`seal`], without a copy where it can be had whole.
pub(super) fn seal_bytes(
    plaintext: Cow<'_, [u8]>,
    recipients: &[&Certificate],
    signer: Option<&SecretKey>,
    at: Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    if recipients.is_empty() {
        return Err(SealError::NoRecipients);
    }
    let mut keys: Vec<Component<'_>> = Vec::new();
    for recipient in recipients {
        let unusable = |reason| SealError::UnusableCertificate { fingerprint: recipient.fingerprint(), reason };
        let usable = usable_components(&recipient.0, Purpose::Seal, Moment::now(at)).map_err(unusable)?;
        keys.extend(usable.into_iter().take(KEYS_OF_ONE));
    }
    let signing = signer.map(|signer| Signing::new(signer, recipients, at)).transpose()?;
    let version = if recipients.iter().all(|recipient| reads_seipd_v2(&recipient.0, Moment::now(at))) {
        Version::Two
    } else {
        Version::One
    };
    match signing {
        None => sealed(version, &[&literal_header(plaintext.len())?, &plaintext], &keys, rng),
        Some(signing) => {
            let packets = Zeroizing::new(signing.packets(plaintext.into_owned(), rng)?);
            sealed(version, &[&packets], &keys, rng)
        }
    }
}

/// What stands in front of content in its packet: binary, without a name and a date (RFC 9580 §5.9).
fn literal_header(content: usize) -> Result<Vec<u8>, SealError> {
    let fields = [b'b', 0, 0, 0, 0, 0];
    let mut header = header_of(Tag::LiteralData, content + fields.len())?;
    header.extend_from_slice(&fields);
    Ok(header)
}

fn header_of(packet: Tag, octets: usize) -> Result<Vec<u8>, SealError> {
    let mut header = Vec::new();
    let octets = u32::try_from(octets).map_err(failed)?;
    PacketHeader::new_fixed(packet, octets).to_writer(&mut header).map_err(failed)?;
    Ok(header)
}

/// Encrypts packets, which come in parts: rPGP does it more slowly (`seipd`).
fn sealed(
    version: Version,
    packets: &[&[u8]],
    keys: &[Component<'_>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    let session_key: RawSessionKey = CIPHER.new_session_key(&mut *rng);
    let octets = version.encrypted_octets(packets.iter().map(|part| part.len()).sum());
    let mut sealed = Vec::new();
    for key in keys {
        let packet = match key.key {
            ComponentKey::Primary(key) => session_key_for(version, key, &session_key, rng),
            ComponentKey::Subkey(key) if kem::is_one(key) => {
                session_key_for(version, &Recipient(&key.key), &session_key, rng)
            }
            ComponentKey::Subkey(key) => session_key_for(version, key, &session_key, rng),
        };
        packet.and_then(|packet| packet.to_writer_with_header(&mut sealed)).map_err(failed)?;
    }
    let header = header_of(Tag::SymEncryptedProtectedData, octets)?;
    // What is to be encrypted in place is not moved while it is in clear.
    sealed.reserve_exact(header.len() + octets);
    sealed.extend(header);
    let encrypted = version.encrypt(session_key.as_ref(), packets, rng, &mut sealed);
    encrypted.ok_or_else(|| failed("no key of AES"))?;
    Ok(sealed)
}

fn session_key_for(
    version: Version,
    key: &impl EncryptionKey,
    session_key: &RawSessionKey,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<PublicKeyEncryptedSessionKey> {
    // Each brings the session key of its own generation (RFC 9580 §10.3.2.1).
    match version {
        Version::One => PublicKeyEncryptedSessionKey::from_session_key_v3(rng, session_key, CIPHER, key),
        Version::Two => PublicKeyEncryptedSessionKey::from_session_key_v6(rng, session_key, key),
    }
}

fn failed(cause: impl std::fmt::Display) -> SealError {
    SealError::Failed(Cause::new(cause))
}

/// The key that signs and what its signature says.
struct Signing<'a> {
    key: &'a dyn SigningKey,
    hashed: Vec<Subpacket>,
    unhashed: Vec<Subpacket>,
}

impl<'a> Signing<'a> {
    fn new(signer: &'a SecretKey, recipients: &[&Certificate], at: Timestamp) -> Result<Self, SealError> {
        let usable = usable_components(&signer.certificate().0, Purpose::Sign, Moment::now(at))
            .map_err(SealError::UnusableSigner)?;
        let secret = signer.inner();
        let found = usable.iter().find_map(|component| {
            let wanted = component.key.fingerprint();
            if secret.primary_key.fingerprint() == wanted {
                return Some(&secret.primary_key as &dyn SigningKey);
            }
            let subkey = secret.secret_subkeys.iter().find(|subkey| subkey.key.fingerprint() == wanted)?;
            Some(&subkey.key as &dyn SigningKey)
        });
        let key = found.ok_or(SealError::UnusableSigner(Unusable::NoSuchKey))?;
        let made_at = pgp_time(at).ok_or(SealError::Time)?;
        let mut said =
            vec![SubpacketData::SignatureCreationTime(made_at), SubpacketData::IssuerFingerprint(key.fingerprint())];
        // Who it is meant for, so that nobody can seal it again for somebody else (RFC 9580 §5.2.3.36).
        said.extend(
            recipients.iter().map(|to| SubpacketData::IntendedRecipientFingerprint(to.0.primary_key.fingerprint())),
        );
        let packets = said.into_iter().map(Subpacket::regular).collect::<Result<_, _>>();
        let unhashed = Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()));
        Ok(Self { key, hashed: packets.map_err(failed)?, unhashed: vec![unhashed.map_err(failed)?] })
    }

    /// A signed message: its packets.
    fn packets(self, plaintext: Vec<u8>, rng: &mut (impl RngCore + CryptoRng)) -> Result<Vec<u8>, SealError> {
        let subpackets = SubpacketConfig::UserDefined { hashed: self.hashed, unhashed: self.unhashed };
        let mut builder = MessageBuilder::from_bytes("", plaintext);
        builder.sign_with_subpackets(self.key, Password::empty(), HashAlgorithm::Sha512, subpackets);
        builder.to_vec(rng).map_err(failed)
    }
}
