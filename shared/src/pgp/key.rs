//! Secret keys: made, read, written. In memory they are unprotected; they are stored sealed under the account key, and leave
//! only under a passphrase.

use std::fmt;

use pgp::composed::{Deserializable, KeyType, SignedKeyDetails, SignedPublicKey, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, KeyFlags, PacketTrait, PubKeyInner, PublicKey, PublicSubkey, SecretKey as SecretKeyPacket, SecretSubkey,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{
    CompressionAlgorithm, DecryptionKey, KeyDetails, KeyVersion, PacketHeaderVersion, Password, PublicParams,
    S2kParams, SecretParams, StringToKey, Tag,
};
use rand::{CryptoRng, RngCore};

use super::armor::{self, Block};
use super::certificate::Certificate;
use super::error::{Cause, KeyError};
use super::ids::Fingerprint;
use super::strength::{Purpose, can};
use super::{kem, packets, trim};
use crate::api::{Timestamp, limits};
use crate::vault::Secret;

/// Coded count of the iterated and salted S2K: 65,011,712 octets, the most that there is (RFC 9580 §3.7.1.3).
const S2K_COUNT: u8 = 255;
/// How long a key is good from when it is made, and from when its end is put off, seconds: three years, so that one whose owner
/// lost it ends by itself, and nobody who reads his mail once a year ever notices.
pub const LIFE_SECONDS: i64 = 3 * 365 * 24 * 60 * 60;
/// Most secret keys of one file.
const KEYS: usize = 20;
/// Octets of an initialisation vector for AES.
const IV_BYTES: usize = 16;

/// An OpenPGP secret key with its certificate.
#[derive(Clone)]
pub struct SecretKey {
    key: SignedSecretKey,
    certificate: Certificate,
    /// Those of its subkeys that rPGP cannot open with.
    kems: Vec<kem::Secret>,
}

impl SecretKey {
    /// Makes a key: version 4, Ed25519 to certify and sign, X25519 to decrypt, in the encodings that GnuPG 2.2 and
    /// Thunderbird read (`EdDSALegacy`, ECDH over `Curve25519Legacy`). It is good for [`LIFE_SECONDS`], which is put off in time.
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

    /// Reads a secret key from elsewhere, binary or armored, and takes its protection away; of several the first.
    ///
    /// # Errors
    /// As [`SecretKey::import_all`].
    pub fn import(bytes: &[u8], passphrase: &str) -> Result<Self, KeyError> {
        let keys = Self::import_all(bytes, passphrase)?;
        keys.into_iter().next().ok_or_else(|| KeyError::NotASecretKey(Cause::new("no secret key in it")))
    }

    /// Reads all secret keys of a file from elsewhere, binary or armored, and takes their protection away. Of a key whose primary
    /// key lies elsewhere (GnuPG's "offline" one) the rest is read, which opens mail; subkeys that lie on a card are left out.
    ///
    /// # Errors
    /// [`KeyError`] where there is none, or the passphrase is not the right one for all of them.
    pub fn import_all(bytes: &[u8], passphrase: &str) -> Result<Vec<Self>, KeyError> {
        if bytes.len() > limits::CERTIFICATE_BYTES * 2 {
            return Err(KeyError::TooLarge);
        }
        let no_key = |cause: &dyn fmt::Display| KeyError::NotASecretKey(Cause::new(cause));
        let binary =
            armor::binary(Block::PrivateKey, bytes).ok_or_else(|| match armor::begins(Block::PublicKey, bytes) {
                true => KeyError::OnlyPublic,
                false => no_key(&"no armored secret key in it"),
            })?;
        let first = packets::packets(&binary).next();
        if first.is_some_and(|first| first.is_ok_and(|packet| packet.kind == packets::PUBLIC_KEY)) {
            return Err(KeyError::OnlyPublic);
        }
        let keys = SignedSecretKey::from_bytes_many(binary.as_ref()).map_err(|cause| no_key(&cause))?;
        let password = Password::from(passphrase);
        keys.take(KEYS).map(|key| Self::of(unlocked(key.map_err(|cause| no_key(&cause))?, &password)?)).collect()
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

    /// Whether its primary key is here, which speaks for the whole: it puts its end off and withdraws it.
    #[must_use]
    pub fn has_primary(&self) -> bool {
        !is_elsewhere(self.key.primary_key.secret_params())
    }

    /// Whether one of its keys opens messages, whatever the policy says of it: old mail stays readable.
    #[must_use]
    pub fn can_open(&self) -> bool {
        let primary = self.has_primary() && can(self.key.primary_key.public_key(), Purpose::Seal);
        primary || self.key.secret_subkeys.iter().any(|subkey| can(subkey.key.public_key(), Purpose::Seal))
    }

    /// Keys armored and protected together; see [`SecretKey::export`].
    ///
    /// # Errors
    /// As there.
    pub fn export_all(
        keys: &[&Self],
        passphrase: &str,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<String, KeyError> {
        let mut all = Vec::new();
        for key in keys {
            all.extend(key.protected(passphrase, rng)?);
        }
        Ok(armor::encode(Block::PrivateKey, &all))
    }

    /// The key armored and protected with a passphrase as GnuPG 2.2 and Thunderbird read it: AES-256, iterated and salted
    /// SHA-256 with the maximum count (about a third of a second for each of its two packets).
    ///
    /// # Errors
    /// [`KeyError::Failed`] where rPGP cannot protect it.
    pub fn export(&self, passphrase: &str, rng: &mut (impl RngCore + CryptoRng)) -> Result<String, KeyError> {
        Self::export_all(&[self], passphrase, rng)
    }

    /// The key armored as it is, without any protection: whoever has the text has the key.
    #[must_use]
    pub fn armored(&self) -> Secret<String> {
        Secret::new(armor::encode(Block::PrivateKey, self.to_bytes().expose()))
    }

    fn protected(&self, passphrase: &str, rng: &mut (impl RngCore + CryptoRng)) -> Result<Vec<u8>, KeyError> {
        let failed = |cause| KeyError::Failed(Cause::new(cause));
        let mut key = self.key.clone();
        let password = Password::from(passphrase);
        if self.has_primary() {
            key.primary_key.set_password_with_s2k(&password, protection(rng)).map_err(failed)?;
        }
        for subkey in &mut key.secret_subkeys {
            subkey.key.set_password_with_s2k(&password, protection(rng)).map_err(failed)?;
        }
        key.to_bytes().map_err(failed)
    }

    /// rPGP's form, for sealing and opening.
    pub(super) fn inner(&self) -> &SignedSecretKey {
        &self.key
    }

    /// All its keys, as what opens messages.
    pub(super) fn openers(&self) -> impl Iterator<Item = &dyn DecryptionKey> {
        let primary = std::iter::once(&self.key.primary_key as &dyn DecryptionKey);
        let subkeys = self.key.secret_subkeys.iter().map(|subkey| &subkey.key as &dyn DecryptionKey);
        let ours = self.kems.iter().map(|key| key as &dyn DecryptionKey);
        primary.chain(subkeys.filter(|subkey| subkey.algorithm() != kem::ALGORITHM)).chain(ours)
    }

    /// What its primary key says of a key, its own or another: a signature (binary).
    pub(super) fn says_of(
        &self,
        key: &PublicKey,
        kind: SignatureType,
        said: Vec<SubpacketData>,
        at: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, KeyError> {
        if !self.has_primary() {
            return Err(KeyError::NoPrimary);
        }
        let failed = |cause| KeyError::Failed(Cause::new(cause));
        let (made_at, primary) = (pgp_time(at).ok_or(KeyError::Time)?, &self.key.primary_key);
        let config = self_signature(primary, kind, said, made_at, rng).map_err(failed)?;
        let signature = config.sign_key(primary, &Password::empty(), key).map_err(failed)?;
        let mut bytes = Vec::new();
        signature.to_writer_with_header(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// The same key, with what its certificate says now; both have the same parts.
    pub(super) fn with(&self, certificate: Certificate) -> Self {
        let mut key = self.key.clone();
        key.details = certificate.0.details.clone();
        for subkey in &mut key.secret_subkeys {
            let said =
                certificate.0.public_subkeys.iter().find(|one| one.key.fingerprint() == subkey.key.fingerprint());
            if let Some(said) = said {
                subkey.signatures.clone_from(&said.signatures);
            }
        }
        Self { key, certificate, kems: self.kems.clone() }
    }

    pub(super) fn of(key: SignedSecretKey) -> Result<Self, KeyError> {
        let public = trim::trimmed_alone(SignedPublicKey::from(key.clone())).map_err(|_| KeyError::TooLarge)?;
        let kems = key.secret_subkeys.iter().filter_map(|subkey| kem::Secret::of(&subkey.key)).collect();
        Ok(Self { key, certificate: Certificate(public), kems })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.fingerprint())
    }
}

/// Takes the protection away. Parts that are only stubs stay stubs, or go.
fn unlocked(mut key: SignedSecretKey, password: &Password) -> Result<SignedSecretKey, KeyError> {
    key.secret_subkeys.retain(|subkey| !is_elsewhere(subkey.key.secret_params()));
    if !is_elsewhere(key.primary_key.secret_params()) {
        key.primary_key.remove_password(password).map_err(|_| KeyError::WrongPassphrase)?;
    }
    for subkey in &mut key.secret_subkeys {
        subkey.key.remove_password(password).map_err(|_| KeyError::WrongPassphrase)?;
    }
    Ok(key)
}

/// Whether there is only GnuPG's note that the secret lies elsewhere, in place of the secret: a string-to-key of private use.
fn is_elsewhere(params: &SecretParams) -> bool {
    let SecretParams::Encrypted(sealed) = params else { return false };
    match sealed.string_to_key_params() {
        S2kParams::Cfb { s2k, .. } | S2kParams::MalleableCfb { s2k, .. } | S2kParams::Aead { s2k, .. } => {
            matches!(s2k, StringToKey::Private { .. })
        }
        S2kParams::Unprotected | S2kParams::LegacyCfb { .. } => false,
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
    let (public, secret) = key_material(KeyVersion::V4, &KeyType::Ed25519Legacy, made_at, rng)?;
    let primary = SecretKeyPacket::new(PublicKey::from_inner(public)?, secret)?;
    let (public, secret) = key_material(KeyVersion::V4, &KeyType::ECDH(ECCCurve::Curve25519Legacy), made_at, rng)?;
    let subkey = SecretSubkey::new(PublicSubkey::from_inner(public)?, secret)?;

    let none = Password::empty();
    let user = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let life = pgp::types::Duration::from_secs(u32::try_from(LIFE_SECONDS).unwrap_or(u32::MAX));
    let mut said = preferences();
    said.push(SubpacketData::KeyExpirationTime(life));
    let config = self_signature(&primary, SignatureType::CertPositive, said, made_at, rng)?;
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

pub(super) fn key_material(
    version: KeyVersion,
    kind: &KeyType,
    made_at: pgp::types::Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<(PubKeyInner, SecretParams)> {
    let (public, secret) = kind.generate(rng)?;
    Ok((PubKeyInner::new(version, kind.to_alg(), made_at, None, public)?, secret))
}

/// A signature of a primary key about itself and what belongs to it, not made yet.
pub(super) fn self_signature(
    primary: &SecretKeyPacket,
    kind: SignatureType,
    said: Vec<SubpacketData>,
    made_at: pgp::types::Timestamp,
    rng: &mut (impl RngCore + CryptoRng),
) -> pgp::errors::Result<SignatureConfig> {
    let config = SignatureConfig::from_key(rng, primary, kind)?;
    statement(config, primary, said, made_at)
}

/// Has a signature say this, when it is made, and by which key.
pub(super) fn statement(
    mut config: SignatureConfig,
    by: &impl KeyDetails,
    said: Vec<SubpacketData>,
    made_at: pgp::types::Timestamp,
) -> pgp::errors::Result<SignatureConfig> {
    if matches!(by.public_params(), PublicParams::EdDSALegacy(_)) {
        config.hash_alg = HashAlgorithm::Sha512;
    }
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(made_at))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(by.fingerprint()))?,
    ];
    for data in said {
        config.hashed_subpackets.push(Subpacket::regular(data)?);
    }
    if by.version() != KeyVersion::V6 {
        config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(by.legacy_key_id()))?];
    }
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
