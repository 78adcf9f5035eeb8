//! The key that an account's mail is sealed to where it lies (RFC 9580 §10.1.1, RFC 9980): version 6, Ed25519 that speaks for it,
//! ML-KEM-768 with X25519 that opens. Nobody else is told of it, so it names nobody and has no end.
//!
//! Invariants: it is the account's only by the word of the account's own key, or whoever took a session could choose who reads
//! the mail that comes; that word is a signature of a kind that no program gives about a letter.

use pgp::composed::{KeyType, SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::aead::AeadAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, KeyFlags, Packet, PacketParser, PubKeyInner, PublicKey, PublicSubkey, SecretKey as SecretKeyPacket,
    SecretSubkey, SignatureType, SubpacketData,
};
use pgp::types::{KeyVersion, Password, Timestamp as PgpTime};
use rand::{CryptoRng, RngCore};

use super::certificate::Certificate;
use super::error::{Cause, KeyError};
use super::kem;
use super::key::{SecretKey, key_material, pgp_time, self_signature};
use super::moment::Moment;
use super::policy::{reads_seipd_v2, usable_components};
use super::strength::{Purpose, has_unknown_critical, is_strong_signature};
use crate::api::Timestamp;

impl SecretKey {
    /// Makes a key for mail at rest. It counts from that time on, without an end.
    ///
    /// # Errors
    /// [`KeyError`] where the time cannot be written.
    pub fn make_for_rest(at: Timestamp, rng: &mut (impl RngCore + CryptoRng)) -> Result<Self, KeyError> {
        let made_at = pgp_time(at).ok_or(KeyError::Time)?;
        Self::of(made(made_at, rng).map_err(|cause| KeyError::Failed(Cause::new(cause)))?)
    }

    /// The signature (binary) by which this key says that another is for its owner's mail at rest.
    ///
    /// # Errors
    /// [`KeyError::NoPrimary`], [`KeyError::Time`].
    pub fn vouch_for(
        &self,
        rest: &Certificate,
        at: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, KeyError> {
        self.says_of(&rest.0.primary_key, SignatureType::Key, vec![], at, rng)
    }
}

impl Certificate {
    /// Whether this certificate's own key has said, as [`SecretKey::vouch_for`] does, that another is for its owner's mail at
    /// rest.
    #[must_use]
    pub fn vouches_for(&self, rest: &Self, said: &[u8]) -> bool {
        let Some(Ok(Packet::Signature(said))) = PacketParser::new(said).next() else { return false };
        said.typ() == Some(SignatureType::Key)
            && is_strong_signature(&said)
            && !has_unknown_critical(&said)
            && said.verify_key_third_party(&rest.0.primary_key, &self.0.primary_key).is_ok()
    }

    /// Whether mail at rest could be sealed to it when it was made, and opens with ML-KEM alone then.
    #[must_use]
    pub fn is_for_rest(&self) -> bool {
        let when = Moment::now(self.created_at());
        let Ok(keys) = usable_components(&self.0, Purpose::Seal, when) else { return false };
        keys.iter().all(|key| kem::is_one(key.key.details())) && reads_seipd_v2(&self.0, when)
    }
}

fn made(made_at: PgpTime, rng: &mut (impl RngCore + CryptoRng)) -> pgp::errors::Result<SignedSecretKey> {
    let (public, secret) = key_material(KeyVersion::V6, &KeyType::Ed25519, made_at, rng)?;
    let primary = SecretKeyPacket::new(PublicKey::from_inner(public)?, secret)?;
    let (public, secret) = kem::make(rng);
    let public = PubKeyInner::new(KeyVersion::V6, kem::ALGORITHM, made_at, None, public)?;
    let subkey = SecretSubkey::new(PublicSubkey::from_inner(public)?, secret)?;

    let none = Password::empty();
    let mut certify = KeyFlags::default();
    certify.set_certify(true);
    let mut features = Features::new();
    features.set_seipd_v1(true);
    features.set_seipd_v2(true);
    let said = vec![
        SubpacketData::KeyFlags(certify),
        SubpacketData::Features(features),
        SubpacketData::PreferredAeadAlgorithms(
            [(SymmetricKeyAlgorithm::AES256, AeadAlgorithm::Ocb)].into_iter().collect(),
        ),
    ];
    let config = self_signature(&primary, SignatureType::Key, said, made_at, rng)?;
    let direct = config.sign_key(&primary, &none, primary.public_key())?;
    let mut encrypt = KeyFlags::default();
    encrypt.set_encrypt_storage(true);
    let said = vec![SubpacketData::KeyFlags(encrypt)];
    let config = self_signature(&primary, SignatureType::SubkeyBinding, said, made_at, rng)?;
    let binding = config.sign_subkey_binding(&primary, primary.public_key(), &none, subkey.public_key())?;
    let details = SignedKeyDetails::new(vec![], vec![direct], vec![], vec![]);
    Ok(SignedSecretKey::new(primary, details, vec![], vec![SignedSecretSubKey::new(subkey, vec![binding])]))
}
