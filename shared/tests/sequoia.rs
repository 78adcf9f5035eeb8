//! Sequoia and we read each other. Skipped, with a line that says so, where there is no `sq` of the kind that takes these options.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use shared::api::Timestamp;
use shared::pgp::{Certificate, SecretKey, SignatureVerdict, open, open_message, seal};
use support::{person, rng};

/// Keys that Sequoia makes are made now; so this is a test that looks at the clock.
fn today() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(now.as_secs()).unwrap())
}

fn sq(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("sq").current_dir(folder).args(arguments).output().unwrap()
}

#[test]
fn sequoia_and_we_read_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let generate = ["key", "generate", "--userid", "Bob <bob@else.test>", "--export", "bob.key"];
    match Command::new("sq").current_dir(folder).args(generate).output() {
        Ok(output) if output.status.success() => {}
        _ => {
            println!("skipped: no sq here, or not of this kind");
            return;
        }
    }
    let bob = SecretKey::parse(&std::fs::read(folder.join("bob.key")).unwrap()).unwrap();
    assert_eq!(bob.certificate().addresses(today()), ["bob@else.test".parse().unwrap()]);
    let alice = person("Alice <alice@home.test>");
    std::fs::write(folder.join("alice.key"), alice.to_bytes().expose()).unwrap();
    std::fs::write(folder.join("alice.cert"), alice.certificate().to_bytes()).unwrap();
    std::fs::write(folder.join("plain"), b"from sq").unwrap();

    let sealed = seal(b"from us", &[bob.certificate()], Some(&alice), today(), &mut rng()).unwrap();
    std::fs::write(folder.join("ours"), sealed).unwrap();
    let output = sq(folder, &["decrypt", "--recipient-key", "bob.key", "--signer-cert", "alice.cert", "ours"]);
    assert_eq!(output.stdout, b"from us", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 good signature"));

    let arguments = [
        "encrypt",
        "--recipient-cert",
        "alice.cert",
        "--signer-key",
        "bob.key",
        "--compression",
        "zip",
        "--output",
        "theirs",
        "plain",
    ];
    let output = sq(folder, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = std::fs::read(folder.join("theirs")).unwrap();
    let bobs: Vec<Certificate> = vec![bob.certificate().clone()];
    let opened = open(&theirs, &[&alice], &bobs, today()).unwrap();
    assert_eq!(opened.plaintext, b"from sq");
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    let clear = sq(folder, &["sign", "--cleartext-signature", "--signer-key", "bob.key", "plain"]);
    let message = [&b"From: bob@else.test\r\n\r\n"[..], &clear.stdout].concat();
    let opened = open_message(&message, None, &[], &bobs, today()).unwrap();
    assert!(matches!(opened.signatures[..], [SignatureVerdict::Good { .. }]), "{:?}", opened.signatures);
    assert_eq!(shared::mime::read(opened.shown()).text.as_deref(), Some("from sq\n"));
    // What is passed on of a certificate is one for Sequoia, too, and can be sealed to.
    let small = bob.certificate().for_autocrypt(&"bob@else.test".parse().unwrap(), today()).unwrap();
    std::fs::write(folder.join("small.cert"), small.to_bytes()).unwrap();
    let output = sq(folder, &["encrypt", "--recipient-cert", "small.cert", "plain"]);
    assert_eq!(open(&output.stdout, &[&bob], &[], today()).unwrap().plaintext, b"from sq");
    let inspected = sq(folder, &["inspect", "alice.cert"]);
    let text = String::from_utf8_lossy(&inspected.stdout).into_owned();
    assert!(text.contains("EdDSA") && text.contains("ECDH") && !text.to_lowercase().contains("invalid"), "{text}");
}
