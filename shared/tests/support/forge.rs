//! Certificates that we never make: put together from signatures that say what a test wants, at a day counted from
//! `NOW`.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use pgp::composed::{KeyType, SignedKeyDetails, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, PubKeyInner, PublicKey, PublicSubkey, RevocationCode, SecretKey, SecretSubkey, Signature,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{Duration, KeyDetails, KeyVersion, PacketHeaderVersion, Password, SigningKey, Tag, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use shared::pgp::{Certificate, CertificateError};

use super::NOW;

/// The name on every certificate here.
pub const BOB: &str = "Bob <bob@else.test>";
/// When these certificates are made.
pub const BORN: i64 = -100;

/// The keys of one owner.
pub struct Owner {
    pub primary: SecretKey,
    pub sealing: SecretSubkey,
    pub signing: SecretSubkey,
}

impl Owner {
    /// An owner with elliptic keys; another for each seed.
    pub fn new(seed: u64) -> Self {
        Self::of(KeyType::Ed25519Legacy, KeyVersion::V4, seed)
    }

    /// An owner whose primary key is of this kind.
    pub fn of(kind: KeyType, version: KeyVersion, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut material = |kind: &KeyType| {
            let (public, secret) = kind.generate(&mut rng).unwrap();
            (PubKeyInner::new(version, kind.to_alg(), day(BORN), None, public).unwrap(), secret)
        };
        let (public, secret) = material(&kind);
        let primary = SecretKey::new(PublicKey::from_inner(public).unwrap(), secret).unwrap();
        let (seals, signs) = match version {
            KeyVersion::V6 => (KeyType::X25519, KeyType::Ed25519),
            _ => (KeyType::ECDH(ECCCurve::Curve25519Legacy), KeyType::Ed25519Legacy),
        };
        let (public, secret) = material(&seals);
        let sealing = SecretSubkey::new(PublicSubkey::from_inner(public).unwrap(), secret).unwrap();
        let (public, secret) = material(&signs);
        let signing = SecretSubkey::new(PublicSubkey::from_inner(public).unwrap(), secret).unwrap();
        Self { primary, sealing, signing }
    }

    /// The certificate as it should be: certifies with the primary key, seals and signs with a subkey each.
    pub fn whole(&self) -> SignedPublicKey {
        let direct = match self.primary.version() {
            KeyVersion::V6 => vec![self.direct(vec![flags("C")], BORN)],
            _ => vec![],
        };
        let user = self.names(BOB, vec![flags("C"), SubpacketData::IsPrimary(true)], BORN);
        SignedPublicKey {
            primary_key: self.primary.public_key().clone(),
            details: SignedKeyDetails::new(vec![], direct, vec![id(BOB).into_signed(user)], vec![]),
            public_subkeys: vec![
                SignedPublicSubKey::new(
                    self.sealing.public_key().clone(),
                    vec![self.binds_sealing(vec![flags("E")], BORN)],
                ),
                SignedPublicSubKey::new(
                    self.signing.public_key().clone(),
                    vec![self.binds_signing(vec![flags("S"), self.back_signature(BORN)], BORN)],
                ),
            ],
        }
    }

    /// A certification of a name.
    pub fn names(&self, name: &str, said: Vec<SubpacketData>, at: i64) -> Signature {
        self.certifies(name, statement(&self.primary, SignatureType::CertPositive, said, at))
    }

    pub fn certifies(&self, name: &str, config: SignatureConfig) -> Signature {
        let key = &self.primary;
        config.sign_certification(key, key.public_key(), &none(), Tag::UserId, &id(name)).unwrap()
    }

    /// A certification of somebody else's name.
    pub fn vouches_for(&self, other: &PublicKey, name: &str, at: i64) -> Signature {
        let config = statement(&self.primary, SignatureType::CertGeneric, vec![], at);
        config.sign_certification_third_party(&self.primary, &none(), other, Tag::UserId, &id(name)).unwrap()
    }

    pub fn direct(&self, said: Vec<SubpacketData>, at: i64) -> Signature {
        self.on_key(SignatureType::Key, said, at)
    }

    pub fn revokes_all(&self, reason: Option<RevocationCode>, at: i64) -> Signature {
        self.on_key(SignatureType::KeyRevocation, because(reason), at)
    }

    fn on_key(&self, kind: SignatureType, said: Vec<SubpacketData>, at: i64) -> Signature {
        statement(&self.primary, kind, said, at).sign_key(&self.primary, &none(), self.primary.public_key()).unwrap()
    }

    pub fn binds_sealing(&self, said: Vec<SubpacketData>, at: i64) -> Signature {
        self.on_subkey(SignatureType::SubkeyBinding, &self.sealing, said, at)
    }

    pub fn binds_signing(&self, said: Vec<SubpacketData>, at: i64) -> Signature {
        self.on_subkey(SignatureType::SubkeyBinding, &self.signing, said, at)
    }

    pub fn revokes_signing(&self, reason: Option<RevocationCode>, at: i64) -> Signature {
        self.on_subkey(SignatureType::SubkeyRevocation, &self.signing, because(reason), at)
    }

    pub fn revokes_sealing(&self, reason: Option<RevocationCode>, at: i64) -> Signature {
        self.on_subkey(SignatureType::SubkeyRevocation, &self.sealing, because(reason), at)
    }

    fn on_subkey(&self, kind: SignatureType, key: &SecretSubkey, said: Vec<SubpacketData>, at: i64) -> Signature {
        let config = statement(&self.primary, kind, said, at);
        config.sign_subkey_binding(&self.primary, self.primary.public_key(), &none(), key.public_key()).unwrap()
    }

    /// The signing subkey's agreement to belong to the primary key.
    pub fn back_signature(&self, at: i64) -> SubpacketData {
        self.back_signature_for(self.primary.public_key(), at)
    }

    pub fn back_signature_for(&self, primary: &PublicKey, at: i64) -> SubpacketData {
        let config = statement(&self.signing, SignatureType::KeyBinding, vec![], at);
        let key = &self.signing;
        let back = config.sign_primary_key_binding(key, key.public_key(), &none(), primary).unwrap();
        SubpacketData::EmbeddedSignature(Box::new(back))
    }

    /// A signature of the signing subkey over content.
    pub fn signs(&self, content: &[u8], at: i64) -> Vec<u8> {
        let config = statement(&self.signing, SignatureType::Binary, vec![], at);
        signature_bytes(&config.sign(&self.signing, &none(), content).unwrap())
    }
}

/// What a signature says: when it was made, by whom, and this.
pub fn statement(key: &impl SigningKey, kind: SignatureType, said: Vec<SubpacketData>, at: i64) -> SignatureConfig {
    let mut config = SignatureConfig::from_key(ChaCha20Rng::seed_from_u64(1), key, kind).unwrap();
    if key.version() != KeyVersion::V6 {
        config.hash_alg = HashAlgorithm::Sha256;
    }
    let mut all =
        vec![SubpacketData::SignatureCreationTime(day(at)), SubpacketData::IssuerFingerprint(key.fingerprint())];
    all.extend(said);
    config.hashed_subpackets = all.into_iter().map(|data| Subpacket::regular(data).unwrap()).collect();
    config
}

pub fn signature_bytes(signature: &Signature) -> Vec<u8> {
    pgp::ser::Serialize::to_bytes(&pgp::composed::DetachedSignature::new(signature.clone())).unwrap()
}

/// As the box and the page read it.
pub fn read(cert: &SignedPublicKey) -> Certificate {
    try_read(cert).unwrap()
}

pub fn try_read(cert: &SignedPublicKey) -> Result<Certificate, CertificateError> {
    Certificate::parse(&pgp::ser::Serialize::to_bytes(cert).unwrap())
}

pub fn day(days: i64) -> Timestamp {
    Timestamp::from_secs(u32::try_from(NOW.plus(days * 86_400).0).unwrap())
}

/// Expires this many days after its key was made.
pub fn lives(days: u32) -> SubpacketData {
    SubpacketData::KeyExpirationTime(Duration::from_secs(days * 86_400))
}

pub fn flags(letters: &str) -> SubpacketData {
    let mut flags = KeyFlags::default();
    flags.set_certify(letters.contains('C'));
    flags.set_sign(letters.contains('S'));
    flags.set_encrypt_comms(letters.contains('E'));
    SubpacketData::KeyFlags(flags)
}

pub fn id(name: &str) -> UserId {
    UserId::from_str(PacketHeaderVersion::New, name).unwrap()
}

fn because(reason: Option<RevocationCode>) -> Vec<SubpacketData> {
    reason.map(|code| SubpacketData::RevocationReason(code, "".into())).into_iter().collect()
}

fn none() -> Password {
    Password::empty()
}
