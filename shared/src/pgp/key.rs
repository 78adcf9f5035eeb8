//! Secret keys: made, read, written. In memory they are unprotected; they are stored sealed under the account key, and leave
//! only under a passphrase.

use std::fmt;

use pgp::composed::{Deserializable, KeyType, SignedKeyDetails, SignedPublicKey, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, KeyFlags, PubKeyInner, PublicKey, PublicSubkey, SecretKey as SecretKeyPacket, SecretSubkey,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{
    CompressionAlgorithm, KeyDetails, KeyVersion, PacketHeaderVersion, Password, S2kParams, SecretParams, StringToKey,
    Tag,
};
use rand::{CryptoRng, RngCore};

use super::armor::{self, Block};
use super::certificate::Certificate;
use super::error::{Cause, KeyError};
use super::ids::Fingerprint;
use super::trim;
use crate::api::{Timestamp, limits};
use crate::vault::Secret;

/// Coded count of the iterated and salted S2K: 65,011,712 octets, the most that there is (RFC 9580 §3.7.1.3).
const S2K_COUNT: u8 = 255;
/// Octets of an initialisation vector for AES.
const IV_BYTES: usize = 16;

/// An OpenPGP secret key with its certificate.
#[derive(Clone)]
pub struct SecretKey {
    key: SignedSecretKey,
    certificate: Certificate,
}

impl SecretKey {
    /// Makes a key: version 4, Ed25519 to certify and sign, X25519 to decrypt, in the encodings that GnuPG 2.2 and
    /// Thunderbird read (`EdDSALegacy`, ECDH over `Curve25519Legacy`). It does not expire.
    ///
    /// # Errors
    /// [`KeyError`] where the time cannot be written.
    pub fn make(user_id: &str, at: Timestamp, rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, KeyError> {
        let made_at = pgp_time(at).ok_or(KeyError::Time)?;
        Self::of(make_signed(user_id, made_at, rng).map_err(|cause| KeyError::Failed(Cause::new(cause)))?)
    }

    /// Reads an unprotected secret key, binary or armored.
    ///
    /// # Errors
    /// [`KeyError`] where it is none; [`KeyError::WrongPassphrase`] where it is protected.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::import(bytes, "")
    }

    /// Reads a secret key from elsewhere, binary or armored, and takes its protection away.
    ///
    /// # Errors
    /// [`KeyError`] where it is none, or the passphrase is not the right one.
    pub fn import(bytes: &[u8], passphrase: &str) -> Result<Self, KeyError> {
        if bytes.len() > limits::CERTIFICATE_BYTES * 2 {
            return Err(KeyError::TooLarge);
        }
        let no_key = |cause: &dyn fmt::Display| KeyError::NotASecretKey(Cause::new(cause));
        let binary = armor::binary(Block::PrivateKey, bytes).ok_or_else(|| no_key(&"no armored secret key in it"))?;
        let mut key = SignedSecretKey::from_bytes(binary.as_ref()).map_err(|cause| no_key(&cause))?;
        let password = Password::from(passphrase);
        key.primary_key.remove_password(&password).map_err(|_| KeyError::WrongPassphrase)?;
        for subkey in &mut key.secret_subkeys {
            subkey.key.remove_password(&password).map_err(|_| KeyError::WrongPassphrase)?;
        }
        Self::of(key)
    }

    /// The key in its binary form, unprotected.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(self.key.to_bytes().unwrap_or_default())
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }

    /// The key armored and protected with a passphrase as GnuPG 2.2 and Thunderbird read it: AES-256, iterated and salted
    /// SHA-256 with the maximum count (about a third of a second for each of its two packets).
    ///
    /// # Errors
    /// [`KeyError::Failed`] where rPGP cannot protect it.
    pub fn export(&self, passphrase: &str, rng: &mut (impl RngCore + CryptoRng)) -> Result<String, KeyError> {
        let failed = |cause| KeyError::Failed(Cause::new(cause));
        let mut key = self.key.clone();
        let password = Password::from(passphrase);
        key.primary_key.set_password_with_s2k(&password, protection(rng)).map_err(failed)?;
        for subkey in &mut key.secret_subkeys {
            subkey.key.set_password_with_s2k(&password, protection(rng)).map_err(failed)?;
        }
        Ok(armor::encode(Block::PrivateKey, &key.to_bytes().map_err(failed)?))
    }

    /// rPGP's form, for sealing and opening.
    pub(super) fn inner(&self) -> &SignedSecretKey {
        &self.key
    }

    fn of(key: SignedSecretKey) -> Result<Self, KeyError> {
        let public = trim::trimmed_alone(SignedPublicKey::from(key.clone())).map_err(|_| KeyError::TooLarge)?;
        Ok(Self { key, certificate: Certificate(public) })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.fingerprint())
    }
}

/// A point in time as OpenPGP writes it.
pub(super) fn pgp_time(at: Timestamp) -> Option<pgp::types::Timestamp> {
    u32::try_from(at.0).ok().map(pgp::types::Timestamp::from_secs)
}

fn protection(rng: &mut (impl RngCore + CryptoRng)) -> S2kParams {
    let mut iv = vec![0; IV_BYTES];
    rng.fill_bytes(&mut iv);
    let s2k = StringToKey::new_iterated(&mut *rng, HashAlgorithm::Sha256, S2K_COUNT);
    S2kParams::Cfb { sym_alg: SymmetricKeyAlgorithm::AES256, s2k, iv: iv.into() }
}

/// rPGP's own key builder dates self-signatures by the clock; here the time comes from the caller.
fn make_signed(
    user_id: &str,
    made_at: pgp::types::Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<SignedSecretKey> {
    let (public, secret) = key_material(&KeyType::Ed25519Legacy, made_at, rng)?;
    let primary = SecretKeyPacket::new(PublicKey::from_inner(public)?, secret)?;
    let (public, secret) = key_material(&KeyType::ECDH(ECCCurve::Curve25519Legacy), made_at, rng)?;
    let subkey = SecretSubkey::new(PublicSubkey::from_inner(public)?, secret)?;

    let none = Password::empty();
    let user = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let config = self_signature(&primary, SignatureType::CertPositive, preferences(), made_at, rng)?;
    let certification = config.sign_certification(&primary, primary.public_key(), &none, Tag::UserId, &user)?;
    let mut encrypt = KeyFlags::default();
    encrypt.set_encrypt_comms(true);
    encrypt.set_encrypt_storage(true);
    let said = vec![SubpacketData::KeyFlags(encrypt)];
    let config = self_signature(&primary, SignatureType::SubkeyBinding, said, made_at, rng)?;
    let binding = config.sign_subkey_binding(&primary, primary.public_key(), &none, subkey.public_key())?;
    let details = SignedKeyDetails::new(vec![], vec![], vec![user.into_signed(certification)], vec![]);
    Ok(SignedSecretKey::new(primary, details, vec![], vec![SignedSecretSubKey::new(subkey, vec![binding])]))
}

fn key_material(
    kind: &KeyType,
    made_at: pgp::types::Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<(PubKeyInner, SecretParams)> {
    let (public, secret) = kind.generate(rng)?;
    Ok((PubKeyInner::new(KeyVersion::V4, kind.to_alg(), made_at, None, public)?, secret))
}

fn self_signature(
    primary: &SecretKeyPacket,
    kind: SignatureType,
    said: Vec<SubpacketData>,
    made_at: pgp::types::Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<SignatureConfig> {
    let mut config = SignatureConfig::from_key(rng, primary, kind)?;
    config.hash_alg = HashAlgorithm::Sha512;
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(made_at))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))?,
    ];
    for data in said {
        config.hashed_subpackets.push(Subpacket::regular(data)?);
    }
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?];
    Ok(config)
}

/// What the certificate says of itself to those who write to its owner.
fn preferences() -> Vec<SubpacketData> {
    use SymmetricKeyAlgorithm::{AES128, AES192, AES256};
    let mut certify = KeyFlags::default();
    certify.set_certify(true);
    certify.set_sign(true);
    let mut features = Features::new();
    features.set_seipd_v1(true);
    let hashes = [HashAlgorithm::Sha512, HashAlgorithm::Sha384, HashAlgorithm::Sha256];
    vec![
        SubpacketData::IsPrimary(true),
        SubpacketData::KeyFlags(certify),
        SubpacketData::Features(features),
        SubpacketData::PreferredSymmetricAlgorithms([AES256, AES192, AES128].into_iter().collect()),
        SubpacketData::PreferredHashAlgorithms(hashes.into_iter().collect()),
        // Compression before encryption tells of the content through the size.
        SubpacketData::PreferredCompressionAlgorithms([CompressionAlgorithm::Uncompressed].into_iter().collect()),
    ]
}
