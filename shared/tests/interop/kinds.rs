//! Keys of every kind that is in use. Those that take long to make (RSA), and those that rPGP does not know (Brainpool), come
//! from GnuPG; what a key says of itself is signed anew, so that all ask for the same.

use pgp::composed::{Deserializable, KeyType, SignedKeyDetails, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{
    Features, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey, SignatureConfig, SignatureType, Subpacket,
    SubpacketData,
};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, Password, Tag};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::support::NOW;
use crate::support::forge::{BOB, BORN, day, flags, id};
use crate::support::gnupg::Gnupg;

/// A kind of key, and one of it, unprotected.
pub struct Kind {
    pub name: &'static str,
    /// The key with a certificate that asks for SEIPDv1.
    pub asks_v1: Vec<u8>,
    /// With one that reads SEIPDv2 as well.
    pub asks_v2: Option<Vec<u8>>,
}

/// One key of each kind that can be had on this machine.
pub fn kinds() -> Vec<Kind> {
    use KeyVersion::{V4, V6};
    let curve = |curve: ECCCurve| (KeyType::ECDSA(curve.clone()), KeyType::ECDH(curve));
    let made = [
        ("4, Curve25519, old form", V4, (KeyType::Ed25519Legacy, KeyType::ECDH(ECCCurve::Curve25519Legacy))),
        ("4, Curve25519, form of RFC 9580", V4, (KeyType::Ed25519, KeyType::X25519)),
        ("4, NIST P-256", V4, curve(ECCCurve::P256)),
        ("4, NIST P-384", V4, curve(ECCCurve::P384)),
        ("4, NIST P-521", V4, curve(ECCCurve::P521)),
        ("6, Curve25519", V6, (KeyType::Ed25519, KeyType::X25519)),
        ("6, Curve448", V6, (KeyType::Ed448, KeyType::X448)),
        ("6, NIST P-256", V6, curve(ECCCurve::P256)),
    ];
    let mut all: Vec<Kind> = made
        .into_iter()
        .map(|(name, version, (signs, seals))| {
            let mut rng = ChaCha20Rng::seed_from_u64(name.bytes().map(u64::from).sum());
            let mut material = |kind: &KeyType| {
                let (public, secret) = kind.generate(&mut rng).unwrap();
                (PubKeyInner::new(version, kind.to_alg(), day(BORN), None, public).unwrap(), secret)
            };
            let (public, secret) = material(&signs);
            let primary = SecretKey::new(PublicKey::from_inner(public).unwrap(), secret).unwrap();
            let (public, secret) = material(&seals);
            let sealing = SecretSubkey::new(PublicSubkey::from_inner(public).unwrap(), secret).unwrap();
            signed_anew(name, &primary, &sealing)
        })
        .collect();
    if let Some(gpg) = Gnupg::new() {
        for (name, algorithm) in [("4, RSA 2048", "rsa2048"), ("4, RSA 4096", "rsa4096")] {
            let key = SignedSecretKey::from_bytes(made_by(&gpg, algorithm).as_slice()).unwrap();
            all.push(signed_anew(name, &key.primary_key, &key.secret_subkeys[0].key));
        }
        let asks_v1 = made_by(&gpg, "brainpoolP256r1");
        all.push(Kind { name: "4, Brainpool P-256", asks_v1, asks_v2: None });
    }
    all
}

/// The packets of a secret key without what is secret in them, by GnuPG.
pub fn public_half(secret: &[u8]) -> Vec<u8> {
    let gpg = Gnupg::new().unwrap();
    gpg.ok(&["--import"], secret);
    gpg.ok(&["--export"], b"")
}

fn made_by(gpg: &Gnupg, algorithm: &str) -> Vec<u8> {
    let at = NOW.plus(BORN * 86_400);
    let name = format!("{algorithm} <bob@else.test>");
    let run = |arguments: &[&str]| {
        let output = gpg.run_at(at, &[&["--passphrase", ""], arguments].concat(), b"");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run(&["--quick-generate-key", &name, algorithm, "cert,sign", "never"]);
    let listed = String::from_utf8(run(&["--with-colons", "--list-keys", &format!("={name}")])).unwrap();
    let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
    run(&["--quick-add-key", &fingerprint, algorithm, "encr", "never"]);
    run(&["--export-secret-keys", &fingerprint])
}

fn signed_anew(name: &'static str, primary: &SecretKey, sealing: &SecretSubkey) -> Kind {
    let key = |newer| certified(primary, sealing, newer).to_bytes().unwrap();
    Kind { name, asks_v1: key(false), asks_v2: Some(key(true)) }
}

fn certified(primary: &SecretKey, sealing: &SecretSubkey, newer: bool) -> SignedSecretKey {
    let none = Password::empty();
    let mut features = Features::new();
    features.set_seipd_v1(true);
    features.set_seipd_v2(newer);
    let said = || {
        vec![
            flags("CS"),
            SubpacketData::IsPrimary(true),
            SubpacketData::Features(features.clone()),
            SubpacketData::PreferredSymmetricAlgorithms([SymmetricKeyAlgorithm::AES256].into_iter().collect()),
            SubpacketData::PreferredHashAlgorithms([HashAlgorithm::Sha512].into_iter().collect()),
        ]
    };
    let direct = match primary.version() {
        KeyVersion::V6 => {
            vec![statement(primary, SignatureType::Key, said()).sign_key(primary, &none, primary.public_key()).unwrap()]
        }
        _ => vec![],
    };
    let user = statement(primary, SignatureType::CertPositive, said())
        .sign_certification(primary, primary.public_key(), &none, Tag::UserId, &id(BOB))
        .unwrap();
    let binding = statement(primary, SignatureType::SubkeyBinding, vec![flags("E")])
        .sign_subkey_binding(primary, primary.public_key(), &none, sealing.public_key())
        .unwrap();
    let details = SignedKeyDetails::new(vec![], direct, vec![id(BOB).into_signed(user)], vec![]);
    let subkey = SignedSecretSubKey::new(sealing.clone(), vec![binding]);
    SignedSecretKey::new(primary.clone(), details, vec![], vec![subkey])
}

fn statement(primary: &SecretKey, kind: SignatureType, said: Vec<SubpacketData>) -> SignatureConfig {
    let mut config = SignatureConfig::from_key(ChaCha20Rng::seed_from_u64(1), primary, kind).unwrap();
    // The salt of version 6 is as long as its hash wants it.
    if primary.version() != KeyVersion::V6 {
        config.hash_alg = HashAlgorithm::Sha512;
    }
    let first =
        [SubpacketData::SignatureCreationTime(day(BORN)), SubpacketData::IssuerFingerprint(primary.fingerprint())];
    let all = first.into_iter().chain(said);
    config.hashed_subpackets = all.map(|data| Subpacket::regular(data).unwrap()).collect();
    if primary.version() != KeyVersion::V6 {
        // GnuPG 2.2 finds who made a signature by this alone.
        let issuer = SubpacketData::IssuerKeyId(primary.legacy_key_id());
        config.unhashed_subpackets = vec![Subpacket::regular(issuer).unwrap()];
    }
    config
}
