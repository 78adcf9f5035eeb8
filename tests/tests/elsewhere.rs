//! A PGP user elsewhere: Zoé has GnuPG, a mail server that is not ours, and her certificate in its Web Key Directory. What
//! Alice writes to her arrives sealed; what she answers opens at Alice's; and two boxes write to each other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::time::Duration;

use shared::mime::{self, NotedLink};
use shared::pgp::autocrypt::AutocryptHeader;
use shared::pgp::wkd;
use tests::elsewhere::{Elsewhere, published, understood};
use tests::foreign::{curl_imap, curl_in, curl_submit};
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{Person, done};
use tests::program::eventually;

const ZOE: &str = "zoe@elsewhere.test";
const TEXT: &str = "À midi, chez Mamie.\n. une ligne qui commence par un point\n";

/// Zoé's GnuPG, her certificate published, and a box that knows where she is.
fn zoe_and_a_box() -> (Elsewhere, GnuPg, Home) {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    elsewhere.publish(&zoe, ZOE);
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    (elsewhere, zoe, home)
}

/// Takes somebody's certificate from the box's own Web Key Directory, as GnuPG would.
fn locate(gnupg: &GnuPg, home: &Home, address: &str) {
    let url = wkd::advanced_url(&address.parse().unwrap());
    gnupg.import(&published(home, address), None);
    assert!(url.contains(&format!("/{}?", gnupg.wkd_name(address))), "GnuPG looks for another name than {url}");
}

/// The only message in somebody's Inbox, as soon as it is there.
fn only_message(person: &Person<'_>) -> String {
    let listed = eventually("a message", Duration::from_secs(30), || {
        let listed = done(&person.client(&["list"]));
        (!listed.is_empty()).then_some(listed)
    });
    assert_eq!(listed.lines().count(), 1, "{listed}");
    listed.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn what_alice_writes_arrives_sealed_and_signed() {
    let (elsewhere, zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    let subject = "Déjeuner, marqueur-objet";
    done(&alice.client_reading(TEXT.as_bytes(), &["send", "--to", ZOE, "--subject", subject]));

    let received = elsewhere.message_for(ZOE);
    assert_eq!((received.from.as_str(), &received.to[..]), ("alice@home.test", &[ZOE.to_owned()][..]));
    assert!(received.tls, "STARTTLS was offered and not taken");
    let outside = understood(&received.message);
    assert_eq!(outside.fields["subject"], "[...]");
    assert_eq!(outside.types, ["multipart/encrypted", "application/pgp-encrypted", "application/octet-stream"]);
    assert_eq!(outside.defects, Vec::<String>::new());
    let bytes = String::from_utf8(received.message.clone()).unwrap();
    assert!(!bytes.contains("marqueur-objet") && !bytes.contains("Mamie"), "{bytes}");

    locate(&zoe, &home, "alice@home.test");
    let opened = zoe.open(&received.message, None);
    assert!(opened.status.iter().any(|line| line == "DECRYPTION_OKAY"), "{:?}", opened.status);
    assert!(opened.is_signed_by("alice@home.test"), "{:?}", opened.status);
    let inside = understood(&opened.data);
    assert_eq!(inside.fields["subject"], subject);
    assert!(inside.fields["from"].contains("alice@home.test") && inside.fields["to"].contains(ZOE), "{inside:?}");
    assert_eq!(inside.text.as_deref(), Some(TEXT));
    assert_eq!(inside.defects, Vec::<String>::new());
}

#[test]
fn somebody_without_a_key_gets_it_in_clear_only_when_it_may_go_open() {
    let (elsewhere, _zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    let send = ["send", "--to", "yves@elsewhere.test", "--subject", "Réunion à 15 h"];
    let refused = alice.client_reading(TEXT.as_bytes(), &send);
    assert_eq!(refused.status.code(), Some(3));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("no certificate for yves@elsewhere.test") && why.contains("--open"), "{why}");

    // One letter to both: each gets it in the form that is for them, and neither sees it in the other's.
    let both = [&send[..], &["--to", ZOE, "--open"]].concat();
    done(&alice.client_reading(TEXT.as_bytes(), &both));
    let (open, sealed) = (elsewhere.message_for("yves@elsewhere.test"), elsewhere.message_for(ZOE));
    assert_eq!((open.to.len(), sealed.to.len()), (1, 1));
    let read = understood(&open.message);
    assert_eq!(read.fields["subject"], "Réunion à 15 h");
    assert_eq!(read.fields["from"], "alice <alice@home.test>");
    assert!(read.fields["message-id"].ends_with("@home.test>") && read.fields.contains_key("date"), "{read:?}");
    assert_eq!(read.text.as_deref(), Some(TEXT));
    assert_eq!(read.defects, Vec::<String>::new());
    assert!(!String::from_utf8_lossy(&sealed.message).contains("Mamie"));
    // Who uses OpenPGP is told her certificate; who does not gets nothing of it.
    let told = AutocryptHeader::of_message(&sealed.message).expect("the sealed letter tells her certificate");
    assert_eq!((told.address.as_str(), told.mutual), ("alice@home.test", true));
    assert!(!read.fields.contains_key("autocrypt"), "{read:?}");
    assert_eq!(elsewhere.received().len(), 2, "the refused try left something");
}

#[test]
fn a_mail_programs_letter_to_zoe_is_sealed_on_its_way_out() {
    let (elsewhere, zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    let message = "From: alice@home.test\r\nTo: zoe@elsewhere.test\r\nSubject: marqueur-objet\r\n\r\nen clair\r\n";
    let handed = curl_submit(&home, &alice.device(), &[ZOE], message.as_bytes());
    assert!(handed.status.success(), "{}", String::from_utf8_lossy(&handed.stderr));
    let received = elsewhere.message_for(ZOE);
    let bytes = String::from_utf8_lossy(&received.message).into_owned();
    assert!(!bytes.contains("marqueur-objet") && !bytes.contains("en clair"), "{bytes}");
    let inside = understood(&zoe.open(&received.message, None).data);
    assert_eq!((inside.fields["subject"].as_str(), inside.text.as_deref()), ("marqueur-objet", Some("en clair\n")));
}

#[test]
fn a_link_comes_sealed_to_who_has_a_key_and_its_sender_finds_it_again() {
    let (elsewhere, zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    // More than a letter in Sent can have.
    let film = home.scratch("film d’été.mkv");
    std::fs::File::create(&film).unwrap().set_len(26 * 1024 * 1024).unwrap();
    let send =
        ["link", "send", "--to", ZOE, "--to", "yves@elsewhere.test", "--subject", "Le film", "--code", "--attach"];
    let printed = done(&alice.client_reading(TEXT.as_bytes(), &[&send[..], &[film.to_str().unwrap()]].concat()));
    let links: Vec<Vec<&str>> = printed.lines().map(|line| line.split('\t').collect()).collect();
    let [for_zoe, for_yves] = &links[..] else { panic!("{printed}") };

    let sealed = elsewhere.message_for(ZOE).message;
    let outside = understood(&sealed);
    assert_eq!((outside.fields["subject"].as_str(), outside.types[0].as_str()), ("[...]", "multipart/encrypted"));
    locate(&zoe, &home, "alice@home.test");
    let opened = zoe.open(&sealed, None);
    assert!(opened.is_signed_by("alice@home.test"), "{:?}", opened.status);
    let text = understood(&opened.data).text.unwrap();
    assert!(text.contains(for_zoe[1]) && !text.contains(for_yves[1]), "{text}");
    let open = understood(&elsewhere.message_for("yves@elsewhere.test").message);
    assert!(open.text.unwrap().contains(for_yves[1]));
    assert!(!open.fields.keys().any(|name| name.starts_with("x-own-mailbox")), "a notice says what only Sent shall");

    let listed = done(&alice.client(&["list", "--mailbox", "Sent"]));
    let kept = done(&alice.client(&["read", "--raw", listed.split_whitespace().next().unwrap()]));
    let noted = mime::noted_links(kept.as_bytes());
    let expected = [for_zoe, for_yves].map(|link| {
        let [recipient, address, code] = [link[0], link[1], link[2]];
        NotedLink { recipient: recipient.parse().unwrap(), address: address.into(), code: Some(code.into()) }
    });
    assert_eq!(noted, expected);
    let files = mime::noted_files(kept.as_bytes());
    assert!(files.len() == 1 && files[0].name == "film d’été.mkv" && files[0].octets == 26 * 1024 * 1024, "{files:?}");
}

#[test]
fn zoes_sealed_answer_opens_and_says_that_it_was_she() {
    let (_elsewhere, zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    locate(&zoe, &home, "alice@home.test");
    let inside =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nD’accord, à dimanche !\r\n";
    let sealed = zoe.seal(inside.as_bytes(), "alice@home.test", Some(ZOE));
    let sealed = String::from_utf8(sealed).unwrap().replace('\n', "\r\n");
    // The form of RFC 3156 §4, as mail programs with GnuPG write it.
    let answer = format!(
        "From: =?utf-8?q?Zo=C3=A9?= <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: Re: dimanche\r\n\
         Date: Mon, 23 Nov 2026 12:00:00 +0100\r\nMessage-ID: <reponse@elsewhere.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{sealed}\r\n--b--\r\n"
    );
    let sent = curl_in(&home, ZOE, &["alice@home.test"], answer.as_bytes());
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));

    let read = done(&alice.client(&["read", &only_message(&alice)]));
    for line in [
        "From: Zoé <zoe@elsewhere.test>",
        "Sealed by its sender: yes\n",
        "Signature: good, by ",
        "\nD’accord, à dimanche !\n",
    ] {
        assert!(read.contains(line), "{line:?} is missing:\n{read}");
    }
    // Over IMAPS what she sealed comes as she sealed it, and a mail program that holds the key opens it.
    let stored = curl_imap(&home, &alice.device(), "INBOX;UID=1", None).stdout;
    let program = GnuPg::new();
    program.import(alice.exported_key("for the program").as_bytes(), Some("for the program"));
    program.import(&zoe.certificate(ZOE), None);
    let opened = program.open(&stored, Some("for the program"));
    assert!(opened.is_signed_by(ZOE), "{:?}", opened.status);
    assert_eq!(opened.data, inside.as_bytes());
}

#[test]
fn a_forged_answer_is_not_taken_for_hers() {
    let (_elsewhere, _zoe, home) = zoe_and_a_box();
    let alice = Person::register(&home, "alice");
    // Eve names her own key after Zoé; the directory of elsewhere.test knows another one.
    let eve = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    locate(&eve, &home, "alice@home.test");
    let inside = "Content-Type: text/plain\r\n\r\nSend me the key of the house.\r\n";
    let sealed = String::from_utf8(eve.seal(inside.as_bytes(), "alice@home.test", Some(ZOE))).unwrap();
    let letter = format!(
        "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: key\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream\r\n\r\n{}\r\n--b--\r\n",
        sealed.replace('\n', "\r\n")
    );
    assert!(curl_in(&home, ZOE, &["alice@home.test"], letter.as_bytes()).status.success());
    let read = done(&alice.client(&["read", &only_message(&alice)]));
    assert!(read.contains("Signature: by a key that is not known") && !read.contains("good, by"), "{read}");
}

#[test]
fn two_boxes_on_one_machine_write_to_each_other() {
    let mut home = Home::new();
    let other = Home::with("other.test", None, vec![home.as_neighbour()]);
    home.meet(other.as_neighbour());
    let (alice, oscar) = (Person::register(&home, "alice"), Person::register(&other, "oscar"));
    done(
        &alice
            .client_reading(b"Hello, neighbour", &["send", "--to", "oscar@other.test", "--subject", "Over the fence"]),
    );
    let read = done(&oscar.client(&["read", &only_message(&oscar)]));
    for line in ["Subject: Over the fence", "Sealed by its sender: yes", "Signature: good, by ", "Hello, neighbour"] {
        assert!(read.contains(line), "{line:?} is missing:\n{read}");
    }
    done(&oscar.client_reading(b"Hello back", &["send", "--to", "alice@home.test", "--subject", "Re"]));
    assert!(done(&alice.client(&["read", &only_message(&alice)])).contains("Hello back"));
}

#[test]
fn a_box_that_is_not_for_trials_has_no_neighbours() {
    let home = Home::new();
    let config = home.scratch("real.toml");
    let data = home.scratch("real");
    let neighbour = "[[neighbours]]\ndomain = \"elsewhere.test\"\nsmtp = \"127.0.0.1:9025\"\n";
    std::fs::write(&config, format!("domain = \"real.test\"\ndata = \"{}\"\n{neighbour}", data.display())).unwrap();
    let refused = home.command(&["serve", "--config", config.to_str().unwrap()]).output().unwrap();
    assert_eq!(refused.status.code(), Some(6));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("[[neighbours]] are for `serve --local` only"), "{why}");
    assert!(!data.exists(), "a folder was made all the same");

    std::fs::write(&config, neighbour.replace("127.0.0.1", "192.0.2.1")).unwrap();
    let refused = home.command(&["serve", "--local", "--config", config.to_str().unwrap()]).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("192.0.2.1:9025 is not on this machine"), "{why}");
}
