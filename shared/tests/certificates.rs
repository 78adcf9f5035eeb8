//! Bad certificates, each refused or trimmed, and good ones as others make them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::{Duration as Wait, Instant};

use pgp::composed::{KeyType, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Notation, RevocationCode, Signature, SignatureType, Subpacket, SubpacketData};
use pgp::types::{Duration, KeyVersion, SigningKey};
use shared::api::{Timestamp, limits};
use shared::pgp::{Certificate, CertificateError, Purpose, SignatureVerdict, Unusable, usable_keys, verify_detached};
use support::NOW;
use support::forge::{BOB, BORN, Owner, flags, id, lives, read, statement, try_read};

fn judge(cert: &SignedPublicKey, purpose: Purpose) -> Result<usize, Unusable> {
    usable_keys(&read(cert), purpose, NOW).map(|keys| keys.len())
}

fn both(cert: &SignedPublicKey) -> [Result<usize, Unusable>; 2] {
    [Purpose::Seal, Purpose::Sign].map(|purpose| judge(cert, purpose))
}

/// The verdict on what the owner signed on a day, judged now.
fn signed(owner: &Owner, cert: &SignedPublicKey, at: i64) -> SignatureVerdict {
    let verdicts = verify_detached(b"words", &owner.signs(b"words", at), &[read(cert)], NOW);
    let [verdict] = &verdicts[..] else { panic!("{verdicts:?}") };
    verdict.clone()
}

fn days(days: i64) -> Timestamp {
    NOW.plus(days * 86_400)
}

#[test]
fn a_good_certificate_is_good() {
    for owner in [Owner::new(1), Owner::of(KeyType::Ed25519, KeyVersion::V6, 1)] {
        let cert = owner.whole();
        assert_eq!(both(&cert), [Ok(1), Ok(1)]);
        assert_eq!(read(&cert).user_ids(NOW), [BOB]);
        assert!(matches!(signed(&owner, &cert, -1), SignatureVerdict::Good { .. }));
        let bytes = pgp::ser::Serialize::to_bytes(&cert).unwrap();
        assert_eq!(Certificate::parse(&bytes).unwrap().to_bytes(), bytes);
        // A clock may be a day ahead, not two.
        assert!(matches!(signed(&owner, &cert, 1), SignatureVerdict::Good { .. }));
        assert!(matches!(signed(&owner, &cert, 2), SignatureVerdict::Bad { .. }));
        assert_eq!(usable_keys(&read(&cert), Purpose::Seal, days(BORN - 2)), Err(Unusable::NotYetValid));
    }
}

#[test]
fn an_expired_certificate_is_refused_and_what_it_signed_in_its_time_stays_good() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    let bound = |said| owner.names(BOB, vec![flags("C"), SubpacketData::IsPrimary(true), said], BORN);
    cert.details.users[0].signatures = vec![bound(lives(90))];
    assert_eq!(both(&cert), [Err(Unusable::Expired); 2]);
    assert!(matches!(signed(&owner, &cert, -11), SignatureVerdict::Good { .. }));
    assert!(matches!(signed(&owner, &cert, -9), SignatureVerdict::KeyExpired { .. }));
    // Its owner gave it more time since; what was signed in between was not signed by a key that was valid.
    cert.details.users[0].signatures.push(owner.names(BOB, vec![flags("C"), lives(200)], -5));
    assert_eq!(both(&cert), [Ok(1); 2]);
    let keys = usable_keys(&read(&cert), Purpose::Seal, NOW).unwrap();
    assert_eq!(keys[0].expires_at, Some(days(100)));
    assert!(matches!(signed(&owner, &cert, -7), SignatureVerdict::KeyExpired { .. }));
    assert!(matches!(signed(&owner, &cert, -4), SignatureVerdict::Good { .. }));
    // A copy that is passed on without its past vouches for what was signed before it was made.
    let mut without_past = cert.clone();
    without_past.details.users[0].signatures.remove(0);
    assert!(matches!(signed(&owner, &without_past, -50), SignatureVerdict::Good { .. }));
    // A direct signature that says nothing of time (as one that names a revoker does) takes nothing back.
    cert.details.users[0].signatures = vec![bound(lives(90))];
    cert.details.direct_signatures = vec![owner.direct(vec![], -1)];
    assert_eq!(both(&cert), [Err(Unusable::Expired); 2]);
}

#[test]
fn an_expired_subkey_is_refused() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    cert.public_subkeys[0].signatures = vec![owner.binds_sealing(vec![flags("E"), lives(100)], BORN)];
    assert_eq!(both(&cert), [Err(Unusable::Expired), Ok(1)]);
    // The binding itself has a time of its own, too.
    let ends = SubpacketData::SignatureExpirationTime(Duration::from_secs(86_400));
    cert.public_subkeys[0].signatures = vec![owner.binds_sealing(vec![flags("E"), ends], BORN)];
    assert_eq!(both(&cert), [Err(Unusable::Expired), Ok(1)]);
}

#[test]
fn a_hard_revocation_counts_for_all_time_and_a_soft_one_from_its_day() {
    use RevocationCode::{KeyCompromised, KeyRetired, KeySuperseded, NoReason};
    let owner = Owner::new(1);
    for (reason, is_soft) in [
        (None, false),
        (Some(NoReason), false),
        (Some(KeyCompromised), false),
        (Some(KeySuperseded), true),
        (Some(KeyRetired), true),
    ] {
        let mut cert = owner.whole();
        cert.details.revocation_signatures = vec![owner.revokes_all(reason, -10)];
        assert_eq!(both(&cert), [Err(Unusable::Revoked); 2], "{reason:?}");
        let before = signed(&owner, &cert, -11);
        assert_eq!(matches!(before, SignatureVerdict::Good { .. }), is_soft, "{reason:?} {before:?}");
        assert_eq!(matches!(before, SignatureVerdict::KeyRevoked { .. }), !is_soft, "{reason:?} {before:?}");
        assert!(matches!(signed(&owner, &cert, -9), SignatureVerdict::KeyRevoked { .. }), "{reason:?}");
        // Nothing that the key says later undoes it.
        cert.details.users[0].signatures.push(owner.names(BOB, vec![flags("C")], -1));
        assert_eq!(both(&cert), [Err(Unusable::Revoked); 2], "{reason:?}");

        let mut cert = owner.whole();
        cert.public_subkeys[1].signatures.push(owner.revokes_signing(reason, -10));
        assert_eq!(both(&cert), [Ok(1), Err(Unusable::Revoked)], "{reason:?}");
        assert_eq!(matches!(signed(&owner, &cert, -11), SignatureVerdict::Good { .. }), is_soft, "{reason:?}");
        assert!(matches!(signed(&owner, &cert, -9), SignatureVerdict::KeyRevoked { .. }), "{reason:?}");
        cert.public_subkeys[0].signatures.push(owner.revokes_sealing(reason, -10));
        assert_eq!(judge(&cert, Purpose::Seal), Err(Unusable::Revoked), "{reason:?}");
    }
}

#[test]
fn only_the_owner_revokes() {
    let (owner, eve) = (Owner::new(1), Owner::new(2));
    let mut cert = owner.whole();
    let mut config = statement(&eve.primary, SignatureType::KeyRevocation, vec![], -1);
    let key = owner.primary.public_key();
    let by_eve = config.clone().sign_key(&eve.primary, &pgp::types::Password::empty(), key).unwrap();
    // In the owner's name, too.
    config.hashed_subpackets = statement(&owner.primary, SignatureType::KeyRevocation, vec![], -1).hashed_subpackets;
    let forged = config.sign_key(&eve.primary, &pgp::types::Password::empty(), key).unwrap();
    cert.details.revocation_signatures = vec![by_eve, forged];
    assert_eq!(both(&cert), [Ok(1); 2]);
    assert_eq!(read(&cert), read(&owner.whole()));
}

#[test]
fn a_key_is_used_for_what_its_flags_say() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    cert.public_subkeys[0].signatures = vec![owner.binds_sealing(vec![flags("S")], BORN)];
    assert_eq!(judge(&cert, Purpose::Seal), Err(Unusable::NoSuchKey));
    cert.public_subkeys[1].signatures = vec![owner.binds_signing(vec![flags("E"), owner.back_signature(BORN)], BORN)];
    assert_eq!(both(&cert), [Err(Unusable::NoSuchKey); 2]);
    assert!(matches!(signed(&owner, &cert, -1), SignatureVerdict::KeyUnusable { .. }));
    cert.details.users[0].signatures = vec![owner.names(BOB, vec![flags("CS")], BORN)];
    assert_eq!(judge(&cert, Purpose::Sign), Ok(1), "the primary key signs");
}

#[test]
fn a_subkey_that_signs_must_have_agreed() {
    let (owner, eve) = (Owner::new(1), Owner::new(2));
    let mut cert = owner.whole();
    for back in [
        None,
        // Agreed to belong to somebody else.
        Some(owner.back_signature_for(eve.primary.public_key(), BORN)),
        // Another's agreement.
        Some(eve.back_signature_for(owner.primary.public_key(), BORN)),
        Some(owner.back_signature(30)),
    ] {
        let said = std::iter::once(flags("S")).chain(back).collect();
        cert.public_subkeys[1].signatures = vec![owner.binds_signing(said, BORN)];
        assert_eq!(both(&cert), [Ok(1), Err(Unusable::NotBound)]);
        assert!(matches!(signed(&owner, &cert, -1), SignatureVerdict::KeyUnusable { .. }));
    }
    // In the part that is not signed, as GnuPG puts it, it is as good.
    let mut binding = owner.binds_signing(vec![flags("S")], BORN);
    binding.unhashed_subpacket_push(Subpacket::regular(owner.back_signature(BORN)).unwrap()).unwrap();
    cert.public_subkeys[1].signatures = vec![binding];
    assert_eq!(both(&cert), [Ok(1); 2]);
}

#[test]
fn somebody_elses_subkey_is_no_part_of_a_certificate() {
    let (owner, eve) = (Owner::new(1), Owner::new(2));
    let mut cert = owner.whole();
    cert.public_subkeys = eve.whole().public_subkeys;
    assert_eq!(both(&cert), [Err(Unusable::NoSuchKey); 2]);
    // Eve binds Bob's signing key to hers, so that his words seem to be hers: she has no agreement of it.
    let mut cert = eve.whole();
    let config =
        statement(&eve.primary, SignatureType::SubkeyBinding, vec![flags("S"), owner.back_signature(BORN)], BORN);
    let key = owner.signing.public_key();
    let bound = config.sign_subkey_binding(&eve.primary, eve.primary.public_key(), &pgp::types::Password::empty(), key);
    cert.public_subkeys.push(SignedPublicSubKey::new(key.clone(), vec![bound.unwrap()]));
    let verdict = signed(&owner, &cert, -1);
    assert!(matches!(verdict, SignatureVerdict::KeyUnusable { .. }), "{verdict:?}");
}

#[test]
fn sha1_binds_nothing() {
    let owner = Owner::of(KeyType::Rsa(2048), KeyVersion::V4, 3);
    let weak = |kind, said| {
        let mut config = statement(&owner.primary, kind, said, BORN);
        config.hash_alg = HashAlgorithm::Sha1;
        config
    };
    let mut cert = owner.whole();
    assert_eq!(both(&cert), [Ok(1); 2]);
    cert.details.users[0].signatures = vec![owner.certifies(BOB, weak(SignatureType::CertPositive, vec![flags("C")]))];
    assert_eq!(both(&cert), [Err(Unusable::Weak); 2]);
    assert!(read(&cert).addresses(NOW).is_empty());
    assert!(matches!(signed(&owner, &cert, -1), SignatureVerdict::KeyUnusable { .. }));
    // A strong one beside it counts.
    cert.details.users[0].signatures.push(owner.names(BOB, vec![flags("C")], BORN));
    assert_eq!(both(&cert), [Ok(1); 2]);

    let mut cert = owner.whole();
    let key = owner.sealing.public_key();
    let config = weak(SignatureType::SubkeyBinding, vec![flags("E")]);
    let primary = owner.primary.public_key();
    let bound = config.sign_subkey_binding(&owner.primary, primary, &pgp::types::Password::empty(), key).unwrap();
    cert.public_subkeys[0].signatures = vec![bound];
    assert_eq!(both(&cert), [Err(Unusable::Weak), Ok(1)]);

    // A revocation counts all the same: it is always the safe side to believe it.
    let mut cert = owner.whole();
    let config = weak(SignatureType::KeyRevocation, vec![]);
    let revoked = config.sign_key(&owner.primary, &pgp::types::Password::empty(), primary).unwrap();
    cert.details.revocation_signatures = vec![revoked];
    assert_eq!(both(&cert), [Err(Unusable::Revoked); 2]);

    // Content signed with SHA-1 is signed by anybody.
    let mut config = statement(&owner.primary, SignatureType::Binary, vec![], -1);
    config.hash_alg = HashAlgorithm::Sha1;
    let signature = config.sign(&owner.primary, &pgp::types::Password::empty(), &b"words"[..]).unwrap();
    let mut cert = owner.whole();
    cert.details.users[0].signatures = vec![owner.names(BOB, vec![flags("CS")], BORN)];
    let verdicts = verify_detached(b"words", &support::forge::signature_bytes(&signature), &[read(&cert)], NOW);
    assert!(matches!(verdicts[..], [SignatureVerdict::Bad { .. }]), "{verdicts:?}");
}

#[test]
fn an_rsa_key_of_1024_bits_is_too_weak() {
    let owner = Owner::of(KeyType::Rsa(1024), KeyVersion::V4, 4);
    assert_eq!(both(&owner.whole()), [Err(Unusable::Weak); 2]);
    assert!(matches!(signed(&owner, &owner.whole(), -1), SignatureVerdict::KeyUnusable { .. }));
}

#[test]
fn a_key_that_asks_for_a_weak_wrapping_is_too_weak() {
    let owner = Owner::new(1);
    let mut bytes = pgp::ser::Serialize::to_bytes(owner.sealing.public_key()).unwrap();
    // The parameters at its end: how many, reserved, hash, cipher (RFC 9580 §11.4). SHA-1 and IDEA instead of what was there.
    let at = bytes.len() - 4;
    assert_eq!(bytes[at..at + 2], [3, 1]);
    bytes[at + 2..].copy_from_slice(&[2, 1]);
    let header = pgp::packet::PacketTrait::packet_header(owner.sealing.public_key());
    let Ok(weak) = pgp::packet::PublicSubkey::try_from_reader(*header, &bytes[..]) else { panic!() };
    let config = statement(&owner.primary, SignatureType::SubkeyBinding, vec![flags("E")], BORN);
    let primary = owner.primary.public_key();
    let bound = config.sign_subkey_binding(&owner.primary, primary, &pgp::types::Password::empty(), &weak).unwrap();
    let mut cert = owner.whole();
    cert.public_subkeys[0] = SignedPublicSubKey::new(weak, vec![bound]);
    assert_eq!(judge(&cert, Purpose::Seal), Err(Unusable::Weak));
}

#[test]
fn the_name_of_another_is_no_name_of_this_one() {
    let (owner, eve) = (Owner::new(1), Owner::new(2));
    let mut cert = owner.whole();
    let alice = "Alice <alice@home.test>";
    cert.details.users.push(id(alice).into_signed(eve.names(alice, vec![], BORN)));
    cert.details.users.push(id(alice).into_signed(eve.vouches_for(owner.primary.public_key(), alice, -1)));
    assert_eq!(read(&cert).user_ids(NOW), [BOB]);
    assert_eq!(read(&cert), read(&owner.whole()));
    cert.details.users.remove(0);
    assert_eq!(both(&cert), [Err(Unusable::NotBound); 2]);
}

#[test]
fn names_are_told_the_primary_one_first_and_without_those_that_are_withdrawn() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    let bound = |name: &str, said, at| id(name).into_signed(owner.names(name, said, at));
    cert.details.users = vec![
        bound("old", vec![SubpacketData::IsPrimary(true)], -90),
        bound("newest", vec![], -1),
        bound("primary", vec![SubpacketData::IsPrimary(true)], -50),
        bound("gone", vec![], -50),
    ];
    let withdrawn = statement(&owner.primary, SignatureType::CertRevocation, vec![], -40);
    cert.details.users[3].signatures.push(owner.certifies("gone", withdrawn));
    assert_eq!(read(&cert).user_ids(NOW), ["primary", "old", "newest"]);
    // A name may come back.
    cert.details.users[3].signatures.push(owner.names("gone", vec![], -30));
    assert_eq!(read(&cert).user_ids(NOW).len(), 4);
}

#[test]
fn what_is_critical_and_not_understood_does_not_count() {
    let owner = Owner::new(1);
    let note = || {
        let notation = Notation { readable: true, name: "needs@else.test".into(), value: "x".into() };
        SubpacketData::Notation(notation)
    };
    for said in [note(), SubpacketData::Experimental(101, "x".into())] {
        let with = |packet: fn(SubpacketData) -> pgp::errors::Result<Subpacket>| {
            let mut config = statement(&owner.primary, SignatureType::CertPositive, vec![flags("C")], BORN);
            config.hashed_subpackets.push(packet(said.clone()).unwrap());
            let mut cert = owner.whole();
            cert.details.users[0].signatures = vec![owner.certifies(BOB, config)];
            both(&cert)
        };
        assert_eq!(with(Subpacket::regular), [Ok(1); 2]);
        assert_eq!(with(Subpacket::critical), [Err(Unusable::Weak); 2]);
    }
    let mut config = statement(&owner.signing, SignatureType::Binary, vec![], -1);
    config.hashed_subpackets.push(Subpacket::critical(note()).unwrap());
    let signature = config.sign(&owner.signing, &pgp::types::Password::empty(), &b"words"[..]).unwrap();
    let verdicts =
        verify_detached(b"words", &support::forge::signature_bytes(&signature), &[read(&owner.whole())], NOW);
    assert!(matches!(verdicts[..], [SignatureVerdict::Bad { .. }]), "{verdicts:?}");
}

#[test]
fn a_statement_about_a_key_is_no_signature_of_a_text() {
    let owner = Owner::new(1);
    let cert = [read(&owner.whole())];
    // Standalone signatures are over nothing; taken for one over a text they would be over any.
    for kind in [SignatureType::Standalone, SignatureType::Timestamp] {
        // rPGP verifies them over the first octet of what it is given.
        let config = statement(&owner.signing, kind, vec![], -1);
        let mut hasher = config.hash_alg.new_hasher().unwrap();
        hasher.update(b"w");
        let length = config.hash_signature_data(&mut hasher).unwrap();
        hasher.update(&config.trailer(length).unwrap());
        let hash = hasher.finalize();
        let none = pgp::types::Password::empty();
        let signed = SigningKey::sign(&owner.signing, &none, config.hash_alg, &hash).unwrap();
        let signature = Signature::from_config(config, [hash[0], hash[1]], signed).unwrap();
        assert!(signature.verify(owner.signing.public_key(), &b"words"[..]).is_ok());
        let bytes = support::forge::signature_bytes(&signature);
        let verdicts = verify_detached(b"words", &bytes, &cert, NOW);
        assert!(matches!(verdicts[..], [SignatureVerdict::Bad { .. }]), "{verdicts:?}");
    }
    let ends = SubpacketData::SignatureExpirationTime(Duration::from_secs(3600));
    let config = statement(&owner.signing, SignatureType::Binary, vec![ends], -1);
    let signature = config.sign(&owner.signing, &pgp::types::Password::empty(), &b"words"[..]).unwrap();
    let verdicts = verify_detached(b"words", &support::forge::signature_bytes(&signature), &cert, NOW);
    assert!(matches!(verdicts[..], [SignatureVerdict::KeyExpired { .. }]), "{verdicts:?}");
}

/// Signatures of others on a name, as many as wanted, each different; made once and numbered, because what they say is
/// never verified.
fn flood(by: &Owner, on: &Owner, count: u32) -> Vec<Signature> {
    let one = by.vouches_for(on.primary.public_key(), BOB, -1);
    let numbered = |number: u32| {
        let mut config = one.config().unwrap().clone();
        config
            .hashed_subpackets
            .push(Subpacket::regular(SubpacketData::PolicyURI(format!("https://flood.test/{number}"))).unwrap());
        Signature::from_config(config, [0, 0], one.signature().unwrap().clone()).unwrap()
    };
    (0..count).map(numbered).collect()
}

#[test]
fn a_flooded_certificate_is_trimmed() {
    let (owner, eve) = (Owner::new(1), Owner::new(2));
    let mut cert = owner.whole();
    cert.details.users[0].signatures.splice(0..0, flood(&eve, &owner, 20_000));
    let bytes = pgp::ser::Serialize::to_bytes(&cert).unwrap();
    assert!(bytes.len() > 10 * limits::CERTIFICATE_BYTES && bytes.len() < limits::FLOODED_CERTIFICATE_BYTES);
    let start = Instant::now();
    let trimmed = Certificate::parse(&bytes).unwrap();
    assert!(start.elapsed() < Wait::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(trimmed, read(&owner.whole()));
    assert_eq!(trimmed.to_bytes(), pgp::ser::Serialize::to_bytes(&owner.whole()).unwrap());
    // Beyond what is looked at it is refused, not half read.
    let more = [bytes, vec![0xb4; limits::FLOODED_CERTIFICATE_BYTES]].concat();
    assert!(matches!(Certificate::parse(&more), Err(CertificateError::TooLarge)));
}

#[test]
fn a_flood_in_the_owners_name_is_refused_before_it_is_verified() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    let one = owner.names(BOB, vec![], -1);
    let forged = |number: u32| {
        let mut config = one.config().unwrap().clone();
        let uri = format!("https://flood.test/{number}");
        config.hashed_subpackets.push(Subpacket::regular(SubpacketData::PolicyURI(uri)).unwrap());
        let mut bytes = number.to_be_bytes().repeat(8);
        bytes[0] = 1;
        let mpi = pgp::types::Mpi::from_slice(&bytes);
        Signature::from_config(config, [0, 0], pgp::types::SignatureBytes::Mpis(vec![mpi.clone(), mpi])).unwrap()
    };
    cert.details.users[0].signatures.extend((0..5000).map(forged));
    assert!(matches!(try_read(&cert), Err(CertificateError::TooLarge)));
    cert.details.users[0].signatures.truncate(900);
    assert_eq!(read(&cert), read(&owner.whole()));
}

#[test]
fn remarks_that_nobody_signed_are_dropped() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    for _ in 0..3 {
        let remark = SubpacketData::PreferredKeyServer("https://eve.test/".into());
        cert.details.users[0].signatures[0].unhashed_subpacket_push(Subpacket::regular(remark).unwrap()).unwrap();
    }
    let again = cert.details.users[0].signatures[0].clone();
    cert.details.users[0].signatures.push(again);
    assert_eq!(read(&cert), read(&owner.whole()));
}

#[test]
fn a_secret_key_is_no_certificate_wherever_it_stands() {
    let owner = Owner::new(1);
    let cert = pgp::ser::Serialize::to_bytes(&owner.whole()).unwrap();
    let mut secret = Vec::new();
    pgp::packet::PacketTrait::to_writer_with_header(&owner.sealing, &mut secret).unwrap();
    assert!(matches!(Certificate::parse(&[cert.clone(), secret.clone()].concat()), Err(CertificateError::SecretKey)));
    assert!(matches!(Certificate::parse(&[secret, cert].concat()), Err(CertificateError::SecretKey)));
}

#[test]
fn packets_that_are_not_known_hide_nothing() {
    let owner = Owner::new(1);
    let cert = owner.whole();
    let mut bytes = Vec::new();
    use pgp::packet::PacketTrait as _;
    cert.primary_key.to_writer_with_header(&mut bytes).unwrap();
    pgp::ser::Serialize::to_writer(&cert.details.users[0], &mut bytes).unwrap();
    // Trust, an unknown packet, a photo of nobody with a signature that belongs to it.
    bytes.extend([0xc0 | 12, 2, 6, 0, 0xc0 | 61, 1, 0, 0xc0 | 17, 3, 2, 100, 0]);
    owner.direct(vec![], -1).to_writer_with_header(&mut bytes).unwrap();
    for subkey in &cert.public_subkeys {
        pgp::ser::Serialize::to_writer(subkey, &mut bytes).unwrap();
    }
    assert_eq!(Certificate::parse(&bytes).unwrap(), read(&cert));
}
