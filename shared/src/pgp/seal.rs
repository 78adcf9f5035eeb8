//! Sealing: signing and encrypting one OpenPGP message (RFC 9580 §10.3, §5.13).
//!
//! Invariants: AES-256; SEIPDv1 unless every recipient says that it reads SEIPDv2; no compression; every recipient has at
//! least one usable key, or nothing is sealed; the literal packet holds no file name and no date.

use std::borrow::Cow;

use pgp::composed::{DummyReader, Encryption, MessageBuilder, RawSessionKey, SubpacketConfig};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketHeader, PacketTrait, PublicKeyEncryptedSessionKey, Subpacket, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, Password, SigningKey, Tag};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::error::{Cause, SealError, Unusable};
use super::kem::{self, Recipient};
use super::key::{SecretKey, pgp_time};
use super::moment::Moment;
use super::policy::{Component, ComponentKey, reads_seipd_v2, usable_components};
use super::seipd;
use super::strength::Purpose;
use crate::api::Timestamp;

/// Most keys of one certificate that a message is sealed for; owners with several devices have two or three.
const KEYS_OF_ONE: usize = 4;
/// Chunk of SEIPDv2, as GnuPG and Sequoia read it without a second thought.
const CHUNK: ChunkSize = ChunkSize::C64KiB;

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
    if !recipients.iter().all(|recipient| reads_seipd_v2(&recipient.0, Moment::now(at))) {
        if signing.is_none() {
            return sealed_in_version_1(&[&literal_header(plaintext.len())?, &plaintext], &keys, rng);
        }
        let builder = MessageBuilder::from_bytes("", plaintext.into_owned());
        let packets = Zeroizing::new(finish(builder, signing, rng)?);
        return sealed_in_version_1(&[&packets], &keys, rng);
    }
    let builder = MessageBuilder::from_bytes("", plaintext.into_owned());
    let mut builder = builder.seipd_v2(&mut *rng, SymmetricKeyAlgorithm::AES256, AeadAlgorithm::Ocb, CHUNK);
    for key in &keys {
        match key.key {
            ComponentKey::Primary(key) => builder.encrypt_to_key(&mut *rng, key),
            ComponentKey::Subkey(key) if kem::is_one(key) => builder.encrypt_to_key(&mut *rng, &Recipient(&key.key)),
            ComponentKey::Subkey(key) => builder.encrypt_to_key(&mut *rng, key),
        }
        .map_err(failed)?;
    }
    finish(builder, signing, rng)
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

/// Encrypts packets, which come in parts, with SEIPDv1: rPGP does it more slowly (`seipd`).
fn sealed_in_version_1(
    packets: &[&[u8]],
    keys: &[Component<'_>],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    let algorithm = SymmetricKeyAlgorithm::AES256;
    let session_key: RawSessionKey = algorithm.new_session_key(&mut *rng);
    let octets = seipd::encrypted_octets(packets.iter().map(|part| part.len()).sum());
    let mut sealed = Vec::new();
    for key in keys {
        let packet = match key.key {
            ComponentKey::Primary(key) => {
                PublicKeyEncryptedSessionKey::from_session_key_v3(&mut *rng, &session_key, algorithm, key)
            }
            ComponentKey::Subkey(key) if kem::is_one(key) => {
                let key = Recipient(&key.key);
                PublicKeyEncryptedSessionKey::from_session_key_v3(&mut *rng, &session_key, algorithm, &key)
            }
            ComponentKey::Subkey(key) => {
                PublicKeyEncryptedSessionKey::from_session_key_v3(&mut *rng, &session_key, algorithm, key)
            }
        };
        packet.and_then(|packet| packet.to_writer_with_header(&mut sealed)).map_err(failed)?;
    }
    let header = header_of(Tag::SymEncryptedProtectedData, octets)?;
    // What is to be encrypted in place is not moved while it is in clear.
    sealed.reserve_exact(header.len() + octets);
    sealed.extend(header);
    seipd::encrypt(session_key.as_ref(), packets, rng, &mut sealed).ok_or_else(|| failed("no key of AES"))?;
    Ok(sealed)
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
}

fn finish<'a, E: Encryption>(
    mut builder: MessageBuilder<'a, DummyReader, E>,
    signing: Option<Signing<'a>>,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<u8>, SealError> {
    if let Some(Signing { key, hashed, unhashed }) = signing {
        let subpackets = SubpacketConfig::UserDefined { hashed, unhashed };
        builder.sign_with_subpackets(key, Password::empty(), HashAlgorithm::Sha512, subpackets);
    }
    builder.to_vec(rng).map_err(failed)
}
