//! GnuPG 2.2 and we read each other's keys, messages and signatures. Skipped, with a line that says so, where there is no `gpg`.

#![allow(clippy::unwrap_used)]

mod support;

use shared::mime::read;
use shared::pgp::{Certificate, OpenError, SecretKey, SignatureVerdict, open, open_message, seal, seal_outgoing};
use support::gnupg::Gnupg;
use support::{NOW, person, rng};

#[test]
fn gnupg_reads_our_key_our_messages_and_our_signatures() {
    let Some(gpg) = Gnupg::new() else { return };
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    let exported = alice.export("correct horse", &mut rng()).unwrap();
    gpg.ok(&["--passphrase", "correct horse", "--import"], exported.as_bytes());
    gpg.ok(&["--import"], bob.certificate().armored().as_bytes());
    let listed = String::from_utf8(gpg.ok(&["--with-colons", "--list-secret-keys"], b"")).unwrap();
    assert!(listed.contains(&alice.fingerprint().to_string()), "{listed}");
    assert!(listed.contains(":ed25519:") && listed.contains(":cv25519:"), "{listed}");

    let sealed = seal(b"hello\r\nalice", &[alice.certificate()], Some(&bob), NOW, &mut rng()).unwrap();
    let output = gpg.run(&["--passphrase", "correct horse", "--decrypt"], &sealed);
    let status = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.stdout, b"hello\r\nalice", "{status}");
    assert!(status.contains("GOODSIG") && status.contains("GOODMDC"), "{status}");
    assert!(!status.contains("WARNING: message was not integrity protected"), "{status}");

    // GnuPG protects a key with its own parameters when it exports it; we read that too.
    let back = gpg.ok(&["--passphrase", "correct horse", "--armor", "--export-secret-keys", "alice@home.test"], b"");
    let back_key = SecretKey::import(&back, "correct horse").unwrap();
    assert_eq!(back_key.fingerprint(), alice.fingerprint());
    assert!(SecretKey::import(&back, "wrong").is_err());
    assert_eq!(open(&sealed, &[&back_key], &[], NOW).unwrap().plaintext, b"hello\r\nalice");
}

#[test]
fn we_read_what_gnupg_seals_and_signs() {
    let Some(gpg) = Gnupg::new() else { return };
    let alice = person("Alice <alice@home.test>");
    gpg.ok(&["--import"], alice.certificate().armored().as_bytes());
    for (name, algorithm) in
        [("carol", "future-default"), ("dave", "rsa3072"), ("eve", "rsa1024"), ("frank", "default")]
    {
        let id = format!("{name} <{name}@else.test>");
        gpg.ok(&["--passphrase", "", "--quick-generate-key", &id, algorithm, "default", "1y"], b"");
    }
    let certificate = |name: &str| Certificate::parse(&gpg.ok(&["--export", name], b"")).unwrap();
    let (carol, dave, eve, frank) =
        (certificate("carol"), certificate("dave"), certificate("eve"), certificate("frank"));
    assert_eq!(carol.addresses(NOW), ["carol@else.test".parse().unwrap()]);
    for extra in [&[][..], &["--armor"][..], &["--compress-algo", "zlib"][..], &["--compress-algo", "bzip2"][..]] {
        for (signer, certificate) in [("carol", &carol), ("dave", &dave)] {
            let mut arguments = vec!["--recipient", "alice@home.test", "--local-user", signer, "--sign"];
            arguments.extend(extra);
            arguments.push("--encrypt");
            let sealed = gpg.ok(&arguments, b"from gpg");
            let opened = match open(&sealed, &[&alice], &[carol.clone(), dave.clone()], NOW) {
                Ok(opened) => opened,
                Err(error) => {
                    // rPGP is built without bzip2: an old algorithm that nobody chooses, and C code in the page.
                    assert!(extra.contains(&"bzip2"), "{extra:?}: {error:?}");
                    continue;
                }
            };
            assert_eq!(opened.plaintext, b"from gpg");
            let [SignatureVerdict::Good { certificate: whose, made_at }] = &opened.signatures[..] else {
                panic!("{:?}", opened.signatures)
            };
            assert_eq!((whose, *made_at), (&certificate.fingerprint(), NOW));
        }
    }
    let sealed =
        gpg.ok(&["--recipient", "alice@home.test", "--local-user", "dave", "--sign", "--encrypt"], b"from gpg");
    let opened = open(&sealed, &[&alice], std::slice::from_ref(&carol), NOW).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::UnknownKey { .. }]), "{:?}", opened.signatures);
    let later = NOW.plus(3 * 365 * 86_400);
    let opened = open(&sealed, &[&alice], std::slice::from_ref(&dave), later).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "made before the key expired");

    let error = seal(b"x", &[&eve], None, NOW, &mut rng()).unwrap_err();
    assert!(format!("{error:?}").contains("Weak"), "{error:?}");
    let error = seal(b"x", &[&carol], None, later, &mut rng()).unwrap_err();
    assert!(format!("{error:?}").contains("Expired"), "{error:?}");

    // GnuPG's rsa3072 without more is for signing only.
    let error = seal(b"x", &[&dave], None, NOW, &mut rng()).unwrap_err();
    assert!(format!("{error:?}").contains("NoSuchKey"), "{error:?}");

    let sealed = seal(b"to both", &[&frank, &carol], Some(&alice), NOW, &mut rng()).unwrap();
    let output = gpg.run(&["--passphrase", "", "--decrypt"], &sealed);
    assert_eq!(output.stdout, b"to both", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        matches!(open(&sealed, &[&alice], &[], NOW), Err(OpenError::NotForOurKeys { recipients }) if recipients.len() == 2)
    );
}

#[test]
fn we_read_what_gnupg_writes_into_the_text_of_a_message() {
    let Some(gpg) = Gnupg::new() else { return };
    let alice = person("Alice <alice@home.test>");
    gpg.ok(&["--import"], alice.certificate().armored().as_bytes());
    gpg.ok(&["--passphrase", "", "--quick-generate-key", "carol <carol@else.test>", "default", "default", "1y"], b"");
    let carol = [Certificate::parse(&gpg.ok(&["--export", "carol"], b"")).unwrap()];
    let text = "hello \t\n-- \n- dash\n--dashes\nFrom me\n\ncaf\u{e9}\n".as_bytes();
    let open = |body: &[u8]| {
        let message = [&b"From: carol@else.test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"[..], body].concat();
        open_message(&message, None, &[&alice], &carol, NOW).unwrap()
    };
    let expected = "hello\n--\n- dash\n--dashes\nFrom me\n\ncaf\u{e9}\n";
    for extra in [&[][..], &["--digest-algo", "SHA256"][..]] {
        let signed = gpg.ok(&[extra, &["--local-user", "carol", "--clearsign"]].concat(), text);
        for body in [signed.clone(), String::from_utf8(signed).unwrap().replace('\n', "\r\n").into_bytes()] {
            let opened = open(&body);
            assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
            assert_eq!(read(opened.shown()).text.as_deref(), Some(expected));
            assert!(!opened.outside);
        }
    }
    let sealed =
        gpg.ok(&["--armor", "--recipient", "alice@home.test", "--local-user", "carol", "--sign", "--encrypt"], text);
    let opened = open(&sealed);
    assert!(opened.sealed_end_to_end() && matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]));
    assert_eq!(read(opened.shown()).text.as_deref().map(str::as_bytes), Some(text));
    let hidden = gpg.ok(&["--armor", "--hidden-recipient", "alice@home.test", "--encrypt"], text);
    assert!(open(&hidden).sealed_end_to_end());
    // What it exports small is enough to verify what was signed before that.
    let small = gpg.ok(&["--export-options", "export-minimal", "--export", "carol"], b"");
    assert_eq!(Certificate::parse(&small).unwrap().addresses(NOW), carol[0].addresses(NOW));
}

#[test]
fn gnupg_reads_our_small_certificates() {
    let Some(gpg) = Gnupg::new() else { return };
    let alice = person("Alice <alice@home.test>");
    let address = "alice@home.test".parse().unwrap();
    let whole = alice.certificate();
    for small in [whole.for_directory(&address, NOW).unwrap(), whole.for_autocrypt(&address, NOW).unwrap()] {
        gpg.ok(&["--import"], &small.to_bytes());
        let sealed = gpg.ok(&["--recipient", "alice@home.test", "--encrypt"], b"hello");
        assert_eq!(shared::pgp::open(&sealed, &[&alice], &[], NOW).unwrap().plaintext, b"hello");
        gpg.ok(&["--delete-keys", &alice.fingerprint().to_string()], b"");
    }
}

#[test]
fn a_key_revoked_with_gnupg_is_not_used() {
    let Some(gpg) = Gnupg::new() else { return };
    gpg.ok(
        &["--passphrase", "", "--quick-generate-key", "carol <carol@else.test>", "default", "default", "never"],
        b"",
    );
    let whole = Certificate::parse(&gpg.ok(&["--export", "carol"], b"")).unwrap();
    seal(b"x", &[&whole], None, NOW, &mut rng()).unwrap();
    let fingerprint = whole.fingerprint().to_string();
    let file = gpg.path(&format!("openpgp-revocs.d/{fingerprint}.rev"));
    let revocation = std::fs::read_to_string(file).unwrap().replace(":-----BEGIN", "-----BEGIN");
    gpg.ok(&["--import"], revocation.as_bytes());
    let revoked = Certificate::parse(&gpg.ok(&["--export", "carol"], b"")).unwrap();
    let error = seal(b"x", &[&revoked], None, NOW, &mut rng()).unwrap_err();
    assert!(format!("{error:?}").contains("Revoked"), "{error:?}");
}

#[test]
fn gnupg_finds_no_mdc_where_there_is_none_and_so_do_we() {
    let Some(gpg) = Gnupg::new() else { return };
    let alice = person("Alice <alice@home.test>");
    gpg.ok(&["--import"], alice.certificate().armored().as_bytes());
    let sealed =
        gpg.ok(&["--rfc2440", "--cipher-algo", "AES256", "--recipient", "alice@home.test", "--encrypt"], b"no mdc");
    // Packet 9 has no integrity protection (RFC 9580 §5.7). Newer GnuPG writes packet 18 all the same.
    let is_protected = gpg.run(&["--list-packets"], &sealed).stdout.windows(10).any(|window| window == b"mdc_method");
    let opened = open(&sealed, &[&alice], &[], NOW);
    assert_eq!(opened.is_ok(), is_protected, "{opened:?}");
}

#[test]
fn gnupg_opens_a_letter_that_leaves() {
    let Some(gpg) = Gnupg::new() else { return };
    let (alice, bob) = (person("Alice <alice@home.test>"), person("Bob <bob@else.test>"));
    gpg.ok(&["--passphrase", "pw", "--import"], bob.export("pw", &mut rng()).unwrap().as_bytes());
    gpg.ok(&["--import"], alice.certificate().armored().as_bytes());
    let letter =
        b"From: alice@home.test\r\nTo: bob@else.test\r\nBcc: eve@else.test\r\nSubject: caf\xc3\xa9\r\n\r\nhello\r\n";
    let sent = seal_outgoing(letter, &[bob.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    let text = String::from_utf8(sent.clone()).unwrap();
    assert!(!text.contains("eve@") && !text.contains("café"));
    let (_, armor) = text.split_once("filename=\"encrypted.asc\"\r\n\r\n").unwrap();
    let output = gpg.run(&["--passphrase", "pw", "--decrypt"], armor.as_bytes());
    let payload = String::from_utf8(output.stdout).unwrap();
    assert!(payload.contains("Subject: café\r\n") && payload.contains("HP-Outer: Subject: [...]\r\n"), "{payload}");
    assert!(
        payload.contains("hp=\"cipher\"; protected-headers=\"v1\"") && !payload.contains("Own-Mailbox"),
        "{payload}"
    );
    assert!(!payload.contains("eve@"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("GOODSIG"));
}
