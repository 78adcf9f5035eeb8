//! Certificates over time, the small forms that are passed on, and Autocrypt.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use pgp::packet::{RevocationCode, SubpacketData};
use proptest::prelude::*;
use shared::api::EmailAddress;
use shared::pgp::autocrypt::AutocryptHeader;
use shared::pgp::{
    Certificate, CertificateError, Change, Purpose, SignatureVerdict, Unusable, usable_keys, verify_detached,
};
use support::forge::{BOB, BORN, Owner, flags, id, lives, read};
use support::{NOW, person};

fn bob() -> EmailAddress {
    "bob@else.test".parse().unwrap()
}

fn seals(certificate: &Certificate) -> Result<usize, Unusable> {
    usable_keys(certificate, Purpose::Seal, NOW).map(|keys| keys.len())
}

#[test]
fn a_copy_learns_what_another_knows() {
    let owner = Owner::new(1);
    let old = {
        let mut cert = owner.whole();
        cert.details.users[0].signatures = vec![owner.names(BOB, vec![flags("C"), lives(90)], BORN)];
        cert.public_subkeys.truncate(1);
        cert
    };
    let renewed = {
        let mut cert = old.clone();
        cert.details.users[0].signatures = vec![owner.names(BOB, vec![flags("C"), lives(400)], -5)];
        cert.details.users.push(id("Rob <rob@else.test>").into_signed(owner.names("Rob <rob@else.test>", vec![], -5)));
        cert.public_subkeys = owner.whole().public_subkeys;
        cert
    };
    let (old, renewed) = (read(&old), read(&renewed));
    let merged = old.merged(&renewed).unwrap();
    assert_eq!((seals(&old), seals(&merged)), (Err(Unusable::Expired), Ok(1)));
    assert_eq!(merged.user_ids(NOW).len(), 2);
    assert_eq!(usable_keys(&merged, Purpose::Sign, NOW).unwrap().len(), 1);
    assert_eq!(old.change_to(&merged, NOW), Change::Renewed);
    // It does not matter which copy learns from which, or how often.
    assert_eq!(merged.merged(&renewed).unwrap(), merged);
    assert_eq!(merged.merged(&old).unwrap(), merged);
    assert_eq!(renewed.merged(&old).unwrap().to_bytes().len(), merged.to_bytes().len());

    let mut revoked = owner.whole();
    revoked.details.revocation_signatures = vec![owner.revokes_all(None, -1)];
    let merged = merged.merged(&read(&revoked)).unwrap();
    assert_eq!(seals(&merged), Err(Unusable::Revoked));
    assert_eq!(renewed.change_to(&merged, NOW), Change::Ended(Unusable::Revoked));
    // A copy that does not know of it takes nothing back.
    assert_eq!(seals(&merged.merged(&renewed).unwrap()), Err(Unusable::Revoked));
    assert!(matches!(old.merged(&read(&Owner::new(2).whole())), Err(CertificateError::OtherKey)));
}

#[test]
fn a_change_is_told_where_it_matters() {
    let owner = Owner::new(1);
    let whole = read(&owner.whole());
    assert_eq!(whole.change_to(&whole, NOW), Change::None);
    let mut longer = owner.whole();
    longer.public_subkeys[0].signatures = vec![owner.binds_sealing(vec![flags("E"), lives(200)], BORN)];
    let shorter = read(&longer);
    assert_eq!(shorter.change_to(&whole, NOW), Change::Renewed);
    assert_eq!(whole.change_to(&shorter, NOW), Change::None);
    let other = read(&Owner::new(2).whole());
    assert_eq!(whole.change_to(&other, NOW), Change::OtherKeys);
    longer.public_subkeys[0].signatures.push(owner.revokes_sealing(Some(RevocationCode::KeySuperseded), -2));
    assert_eq!(whole.change_to(&read(&longer), NOW), Change::Ended(Unusable::Revoked));
}

#[test]
fn a_directory_serves_one_address_and_what_is_needed() {
    let owner = Owner::new(1);
    let mut cert = owner.whole();
    for day in BORN + 1..0 {
        cert.details.users[0].signatures.push(owner.names(BOB, vec![flags("C")], day));
        cert.public_subkeys[0].signatures.push(owner.binds_sealing(vec![flags("E")], day));
    }
    let work = "Bob <bob@work.test>";
    cert.details.users.push(id(work).into_signed(owner.names(work, vec![], BORN)));
    cert.public_subkeys[1].signatures.push(owner.revokes_signing(Some(RevocationCode::KeyRetired), -10));
    let whole = read(&cert);
    let small = whole.for_directory(&bob(), NOW).unwrap();
    assert!(small.to_bytes().len() < whole.to_bytes().len() / 10);
    assert_eq!(Certificate::parse(&small.to_bytes()).unwrap(), small);
    assert_eq!(small.user_ids(NOW), [BOB]);
    assert_eq!(seals(&small), Ok(1));
    // What the retired key signed in its time can still be verified.
    let verdicts = verify_detached(b"words", &owner.signs(b"words", -20), &[small], NOW);
    assert!(matches!(verdicts[..], [SignatureVerdict::Good { .. }]), "{verdicts:?}");
    assert!(whole.for_directory(&"eve@else.test".parse().unwrap(), NOW).is_none());
    // The directory must serve a revocation above all.
    cert.details.revocation_signatures = vec![owner.revokes_all(None, -1)];
    let revoked = read(&cert).for_directory(&bob(), NOW).unwrap();
    assert_eq!(seals(&revoked), Err(Unusable::Revoked));
}

#[test]
fn an_autocrypt_header_comes_back() {
    let owner = Owner::new(1);
    let whole = read(&owner.whole());
    let certificate = whole.for_autocrypt(&bob(), NOW).unwrap();
    assert!(certificate.to_bytes().len() < whole.to_bytes().len());
    assert_eq!(seals(&certificate), Ok(1));
    let alice = person("Alice <alice@home.test>");
    assert!(alice.certificate().for_autocrypt(&"alice@home.test".parse().unwrap(), NOW).is_some());
    for mutual in [false, true] {
        let header = AutocryptHeader { address: bob(), mutual, certificate: certificate.clone() };
        let text = header.to_string();
        assert!(text.lines().all(|line| line.len() <= 78), "{text}");
        assert_eq!(AutocryptHeader::parse(text.as_bytes()), Some(header.clone()));
        let message = format!("From: Bob <BOB@else.test>\r\nAutocrypt: {text}\r\nSubject: x\r\n\r\nhello");
        assert_eq!(AutocryptHeader::of_message(message.as_bytes()), Some(header));
        for none in [
            message.replace("BOB@", "eve@"),
            message.replace("From: ", "From: eve@else.test, "),
            message.replace("Subject: x", "From: bob@else.test"),
            message.replace("Subject: x", &format!("Autocrypt: {text}")),
            message.replace("Subject: x", "Content-Type: multipart/report; boundary=b"),
            message.replace("Autocrypt:", "X-Autocrypt:"),
        ] {
            assert_eq!(AutocryptHeader::of_message(none.as_bytes()), None, "{none}");
        }
        // One that is not for the author, or not valid, does not count as a second.
        let more = format!("Autocrypt: {}", text.replace("bob@", "eve@"));
        assert!(AutocryptHeader::of_message(message.replace("Subject: x", &more).as_bytes()).is_some());
    }
}

#[test]
fn an_autocrypt_header_that_is_not_understood_is_none() {
    let certificate = read(&Owner::new(1).whole()).for_autocrypt(&bob(), NOW).unwrap();
    let data = AutocryptHeader { address: bob(), mutual: false, certificate }.to_string();
    let data = data.split_once("keydata=").unwrap().1;
    let parse = |text: &str| AutocryptHeader::parse(text.replace('…', data).as_bytes());
    for good in [
        "addr=bob@else.test; keydata=…",
        " addr = bob@else.test ;prefer-encrypt=nopreference;keydata=…",
        "addr=bob@else.test; _other=x; prefer-encrypt=mutual; keydata=…;",
    ] {
        assert_eq!(parse(good).unwrap().mutual, good.contains("mutual"), "{good}");
    }
    for bad in [
        "",
        "keydata=…",
        "addr=bob@else.test",
        "addr=bob; keydata=…",
        "addr=bob@else.test; other=x; keydata=…",
        "addr=bob@else.test; addr=bob@else.test; keydata=…",
        "addr=bob@else.test; keydata=…; prefer-encrypt=mutual",
        "addr=bob@else.test; mutual; keydata=…",
        "addr=bob@else.test; keydata=!",
        "addr=bob@else.test; keydata=aGVsbG8=",
    ] {
        assert_eq!(parse(bad), None, "{bad}");
    }
    let long = format!("addr=bob@else.test; _pad={}; keydata=…", "x".repeat(100_000));
    assert_eq!(parse(&long), None);
    // A secret key in a header is a mistake that must not be kept.
    let secret = base64_of(person(BOB).to_bytes().expose());
    assert_eq!(AutocryptHeader::parse(format!("addr=bob@else.test; keydata={secret}").as_bytes()), None);
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_any_part_with_the_whole_gives_the_whole(keep in proptest::collection::vec(any::<bool>(), 6)) {
        let owner = Owner::new(1);
        let mut cert = owner.whole();
        cert.details.direct_signatures = vec![owner.direct(vec![], -50)];
        cert.details.users[0].signatures.push(owner.names(BOB, vec![SubpacketData::IsPrimary(true)], -40));
        let mut part = cert.clone();
        let mut keep = keep.into_iter().cycle();
        let mut pick = |_: &pgp::packet::Signature| keep.next().unwrap();
        part.details.direct_signatures.retain(&mut pick);
        part.details.users[0].signatures.retain(&mut pick);
        part.public_subkeys.iter_mut().for_each(|key| key.signatures.retain(&mut pick));
        let (part, whole) = (read(&part), read(&cert));
        prop_assert_eq!(whole.merged(&part).unwrap(), whole.clone());
        prop_assert_eq!(part.merged(&whole).unwrap().to_bytes().len(), whole.to_bytes().len());
    }

    #[test]
    fn any_bytes_are_read_as_an_autocrypt_header_without_panic(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = AutocryptHeader::parse(&value);
        let _ = AutocryptHeader::of_message(&[b"From: a@b.test\r\nAutocrypt: ", &value[..], b"\r\n\r\n"].concat());
    }
}
