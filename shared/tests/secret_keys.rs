//! Secret keys are found in what is about to leave, in whatever form people come upon them, and words about them are not.

#![allow(clippy::unwrap_used, clippy::string_slice)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::rand_core::RngCore;
use shared::pgp::{holds_secret_key, message_holds_secret_key};
use support::{corpus, packet, person, raw, rng};

fn armored() -> String {
    person("Alice <alice@home.test>").export("under a passphrase", &mut rng()).unwrap()
}

#[test]
fn a_secret_key_is_found_in_every_form_that_people_have_it_in() {
    let (alice, armored) = (person("Alice <alice@home.test>"), armored());
    let unix = armored.replace('\r', "");
    let quoted = unix.lines().map(|line| format!("> > {line}\n")).collect::<String>();
    let with_headers = unix.replacen("\n\n", "\nVersion: GnuPG v2\nComment: https://gnupg.org/a/b/c/d/e/f/g/h\n\n", 1);
    let without_headers = unix.replacen("\n\n", "\n", 1);
    let html = format!("<div>{}</div>", unix.replace('\n', "<br>\n"));
    let in_one_line = unix.replace('\n', " ");
    let cut = &unix[..unix.len() / 3];
    for text in [&armored, &unix, &quoted, &with_headers, &without_headers, &html, &in_one_line, cut] {
        assert!(holds_secret_key(format!("Here it is:\n\n{text}").as_bytes()), "{text}");
    }
    let wide = |order: fn(u16) -> [u8; 2]| [0xFEFF].into_iter().chain(unix.encode_utf16()).flat_map(order).collect();
    let wide: [Vec<u8>; 2] = [wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
    let binary = alice.to_bytes().expose().clone();
    let certificate = alice.certificate().to_bytes();
    let behind_a_certificate = [certificate.clone(), binary.clone()].concat();
    let subkey = pgp::ser::Serialize::to_bytes(&raw(&alice).secret_subkeys[0]).unwrap();
    for file in [&wide[0], &wide[1], &binary, &behind_a_certificate, &subkey] {
        assert!(holds_secret_key(file));
    }
    assert!(!holds_secret_key(&certificate) && !holds_secret_key(alice.certificate().armored().as_bytes()));
}

#[test]
fn a_message_is_looked_through_with_all_that_is_in_it() {
    let (armored, binary) = (armored(), person("Alice <alice@home.test>").to_bytes().expose().clone());
    let head = "From: alice@home.test\r\nTo: bob@else.test\r\nMIME-Version: 1.0\r\n";
    let coded = STANDARD.encode(&armored);
    let page = armored.replace("\r\n", "<br>").replace('-', "&#45;");
    let alone = [
        format!("{head}\r\n{armored}"),
        format!("{head}Content-Transfer-Encoding: base64\r\n\r\n{coded}\r\n"),
        format!("{head}Content-Type: text/html\r\n\r\n<p>{page}</p>\r\n"),
        format!("{head}Subject: {}\r\n\r\nsee above\r\n", armored.replace("\r\n", " ")),
    ];
    let enclosed = |media_type: &str, file: &[u8]| {
        let file = STANDARD.encode(file);
        format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: {media_type}\r\n\
             Content-Disposition: attachment; filename=x\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n--b--\r\n"
        )
    };
    let with_file = [enclosed("application/pgp-keys", armored.as_bytes()), enclosed("image/png", &binary)];
    let within = with_file.clone().map(|message| enclosed("message/rfc822", message.as_bytes()));
    for message in alone.iter().chain(&with_file).chain(&within) {
        assert!(message_holds_secret_key(message.as_bytes()), "{message}");
    }
    let harmless =
        enclosed("application/pgp-keys", person("Alice <alice@home.test>").certificate().armored().as_bytes());
    assert!(!message_holds_secret_key(harmless.as_bytes()));
}

#[test]
fn words_about_secret_keys_may_leave_and_so_may_everything_else() {
    for text in [
        "Never send what begins with -----BEGIN PGP PRIVATE KEY BLOCK-----!",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n[…]\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nmQENBF…\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nthequickbrownfoxjumpsoverthelazydog\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdef\n-----END RSA PRIVATE KEY-----",
        "",
    ] {
        assert!(!holds_secret_key(text.as_bytes()), "{text}");
    }
    // What begins like a packet of that type, and is something else.
    for body in [&b""[..], b"\x04", b"\x04\0\0\0\0\x63more", b"\xC6\0\0\0\0\x01", b"hello, this is no key"] {
        assert!(!holds_secret_key(&packet(5, body)), "{body:?}");
    }
    let mut rng = rng();
    let mut file = vec![0; 256];
    let found = (0..20_000).filter(|_| {
        rng.fill_bytes(&mut file);
        holds_secret_key(&file)
    });
    assert_eq!(found.count(), 0);
    for (path, message) in corpus() {
        assert!(!message_holds_secret_key(&message), "{}", path.display());
    }
}

#[test]
fn a_text_of_nothing_but_beginnings_takes_no_time() {
    let line = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n";
    let began = std::time::Instant::now();
    assert!(!holds_secret_key(line.repeat(20_000).as_bytes()));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
