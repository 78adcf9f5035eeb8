//! Own keys and GnuPG: those that it made come in, ours are extended and withdrawn so that it understands it. Skipped, with a line
//! that says so, where there is no `gpg`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use shared::access::{KeyFlaw, read_keys};
use shared::api::own_key::KeyPlace;
use shared::api::{EmailAddress, Timestamp};
use shared::pgp::{
    Certificate, LIFE_SECONDS, Purpose, SecretKey, SignatureVerdict, Withdrawal, holds_secret_key, open, seal,
    usable_keys,
};
use support::gnupg::Gnupg;
use support::{NOW, person, rng};

const YEAR: i64 = 365 * 86_400;

fn alice() -> EmailAddress {
    "alice@home.test".parse().unwrap()
}

/// Makes a key with GnuPG that seals and signs for a year, and says how its file is exported.
fn make(gpg: &Gnupg, sign: &str, encrypt: &str) -> String {
    let id = format!("Alice {} <alice@home.test>", sign.replace('/', "-"));
    gpg.ok(&["--passphrase", "the file's", "--quick-generate-key", &id, sign, "cert,sign", "1y"], b"");
    let listed = String::from_utf8(gpg.ok(&["--with-colons", "--list-keys", &format!("={id}")], b"")).unwrap();
    let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
    gpg.ok(&["--passphrase", "the file's", "--quick-add-key", &fingerprint, encrypt, "encr", "1y"], b"");
    fingerprint
}

fn export(gpg: &Gnupg, how: &str, fingerprint: &str, armor: &[&str]) -> Vec<u8> {
    gpg.ok(&[armor, &["--passphrase", "the file's", how, fingerprint]].concat(), b"")
}

#[test]
fn keys_that_gnupg_made_come_in_and_open_what_was_sealed_to_them() {
    let Some(gpg) = Gnupg::new() else { return };
    for (sign, encrypt) in [
        ("ed25519", "cv25519"),
        ("rsa2048", "rsa2048"),
        ("rsa4096", "rsa4096"),
        ("nistp256", "nistp256"),
        ("nistp384", "nistp384"),
        ("nistp521", "nistp521"),
        ("brainpoolP256r1", "brainpoolP256r1"),
        ("rsa1024", "rsa1024"),
    ] {
        let fingerprint = make(&gpg, sign, encrypt);
        let sealed = gpg.ok(&["--recipient", &fingerprint, "--encrypt"], b"an old letter");
        for armor in [&["--armor"][..], &[]] {
            let file = export(&gpg, "--export-secret-keys", &fingerprint, armor);
            assert!(holds_secret_key(&file), "{sign}");
            let wrong = read_keys(&file, "another", KeyPlace::Retired, &alice(), NOW);
            let keys = match read_keys(&file, "the file's", KeyPlace::Retired, &alice(), NOW) {
                Ok(keys) => keys,
                // rPGP knows no Brainpool curve; the file is refused in words.
                Err(flaw) => {
                    assert!(sign.starts_with("brainpool"), "{sign}: {flaw}");
                    continue;
                }
            };
            assert_eq!(wrong.unwrap_err(), KeyFlaw::Passphrase, "{sign}");
            assert_eq!(open(&sealed, &[&keys[0]], &[], NOW).unwrap().plaintext, b"an old letter", "{sign}");
            let mine = read_keys(&file, "the file's", KeyPlace::Current, &alice(), NOW);
            match sign {
                "rsa1024" => assert_eq!(mine.unwrap_err(), KeyFlaw::Weak),
                _ => assert_eq!(mine.unwrap()[0].fingerprint().to_string(), fingerprint, "{sign}"),
            }
        }
        let file = export(&gpg, "--export-secret-keys", &fingerprint, &[]);
        let later = NOW.plus(2 * YEAR);
        assert!(read_keys(&file, "the file's", KeyPlace::Current, &alice(), later).is_err());
        let public = gpg.ok(&["--export", &fingerprint], b"");
        assert!(!holds_secret_key(&public), "{sign}");
    }
}

#[test]
fn a_key_whose_primary_lies_elsewhere_opens_old_mail_only() {
    let Some(gpg) = Gnupg::new() else { return };
    let fingerprint = make(&gpg, "ed25519", "cv25519");
    let sealed = gpg.ok(&["--recipient", &fingerprint, "--encrypt"], b"an old letter");
    let file = export(&gpg, "--export-secret-subkeys", &fingerprint, &["--armor"]);
    assert!(holds_secret_key(&file));
    assert_eq!(read_keys(&file, "the file's", KeyPlace::Current, &alice(), NOW).unwrap_err(), KeyFlaw::NoPrimary);
    let [key] = read_keys(&file, "the file's", KeyPlace::Retired, &alice(), NOW).unwrap().try_into().unwrap();
    assert!(!key.has_primary() && key.revocation(Withdrawal::Unsaid, NOW, &mut rng()).is_err());
    // It is stored as it came, and comes back.
    let key = SecretKey::parse(key.to_bytes().expose()).unwrap();
    assert_eq!(open(&sealed, &[&key], &[], NOW).unwrap().plaintext, b"an old letter");
    let exported = key.export("for thunderbird", &mut rng()).unwrap();
    let other = Gnupg::new().unwrap();
    other.ok(&["--passphrase", "for thunderbird", "--import"], exported.as_bytes());
    let output = other.run(&["--passphrase", "for thunderbird", "--decrypt"], &sealed);
    assert_eq!(output.stdout, b"an old letter", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn gnupg_follows_the_end_of_a_key_as_it_is_put_off() {
    let Some(gpg) = Gnupg::new() else { return };
    let ours = person("Alice <alice@home.test>");
    let fingerprint = make(&gpg, "rsa2048", "rsa2048");
    // A subkey that signs says itself that it belongs there; that has to be said anew too.
    gpg.ok(&["--passphrase", "the file's", "--quick-add-key", &fingerprint, "rsa2048", "sign", "1y"], b"");
    let file = export(&gpg, "--export-secret-keys", &fingerprint, &[]);
    let theirs = SecretKey::import(&file, "the file's").unwrap();
    gpg.ok(&["--import"], ours.certificate().armored().as_bytes());
    for key in [&ours, &theirs] {
        let name = key.fingerprint().to_string();
        let end = key.good_until(NOW).unwrap().unwrap();
        let (before, after) = (end.plus(-86_400), end.plus(YEAR));
        let seals = |at: Timestamp| gpg.run_at(at, &["--recipient", &name, "--encrypt"], b"hello");
        assert!(seals(before).status.success() && !seals(after).status.success(), "{name}");
        let extended = key.extended(before.plus(LIFE_SECONDS), before, &mut rng()).unwrap();
        let small = extended.for_directory(&alice(), before).unwrap();
        for certificate in [&extended, &small] {
            for purpose in [Purpose::Seal, Purpose::Sign] {
                let [first, ..] = &usable_keys(certificate, purpose, after).unwrap()[..] else { panic!("{name}") };
                assert_eq!(first.expires_at, Some(before.plus(LIFE_SECONDS)), "{name}");
            }
        }
        let output = gpg.run_at(before, &["--import"], &small.to_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = seals(after);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(open(&output.stdout, &[key], &[], after).unwrap().plaintext, b"hello");
        // What it signs after that is good for those who have the new certificate.
        let signer = key.updated(&extended).unwrap();
        let sealed = seal(b"x", &[ours.certificate()], Some(&signer), before, &mut rng()).unwrap();
        let opened = open(&sealed, &[&ours], &[small], after).unwrap();
        assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    }
}

#[test]
fn gnupg_believes_a_withdrawal() {
    let Some(gpg) = Gnupg::new() else { return };
    let ours = person("Alice <alice@home.test>");
    let fingerprint = make(&gpg, "nistp256", "nistp256");
    let theirs = SecretKey::import(&export(&gpg, "--export-secret-keys", &fingerprint, &[]), "the file's").unwrap();
    gpg.ok(&["--import"], ours.certificate().armored().as_bytes());
    for key in [&ours, &theirs] {
        let name = key.fingerprint().to_string();
        let seals = || gpg.run(&["--recipient", &name, "--encrypt"], b"hello").status.success();
        for why in [Withdrawal::Unsaid, Withdrawal::Stolen] {
            let revocation = key.revocation(why, NOW, &mut rng()).unwrap();
            let withdrawn = key.certificate().withdrawn_by(&revocation).unwrap();
            assert!(withdrawn.is_withdrawn(NOW.plus(-3600)), "for all time");
            assert!(Certificate::parse(withdrawn.armored().as_bytes()).unwrap().is_withdrawn(NOW));
            if why == Withdrawal::Stolen {
                assert!(seals());
                gpg.ok(&["--import"], withdrawn.armored().as_bytes());
                assert!(!seals());
            }
        }
    }
}
