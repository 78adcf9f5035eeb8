//! A key server (VKS) is asked about somebody whose domain has no key directory: by the command line and for mail programs, once the box
//! and the owner of the account have agreed, and not before.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::process::Command;

use shared::api::keys::{LookupOutcome, LookupRequest, LookupResponse, Source};
use shared::api::{Timestamp, paths};
use shared::pgp::Certificate;
use tests::elsewhere::{Elsewhere, published, understood};
use tests::foreign::curl_submit;
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{Person, done, refused};
use tests::program::try_run;

const ZOE: &str = "zoe@elsewhere.test";
const ASKED: &str = "/vks/v1/by-email/zoe%40elsewhere.test";

/// A world with a domain that has no key directory, a key server, and a box that names it.
fn world(ask: bool) -> (Elsewhere, Elsewhere, Home) {
    let (elsewhere, keys) = (Elsewhere::new("elsewhere.test"), Elsewhere::new("keys.test"));
    let mut home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour(), keys.as_neighbour()]);
    home.names_key_server("keys.test", ask);
    (elsewhere, keys, home)
}

/// Zoe, who has another address too, and whose key the server has for both.
fn zoe(keys: &Elsewhere) -> GnuPg {
    let zoe = GnuPg::with_key_of("Zoe <zoe@elsewhere.test>");
    tests::program::run(zoe.command().args(["--quick-add-uid", ZOE, "Zoe <zoe@private.test>"]));
    keys.has_key(&armored(&zoe), ZOE);
    zoe
}

fn armored(gnupg: &GnuPg) -> String {
    String::from_utf8(tests::program::run(gnupg.command().args(["--armor", "--export", ZOE]))).unwrap()
}

fn send(alice: &Person<'_>, text: &str) -> std::process::Output {
    alice.client_reading(text.as_bytes(), &["send", "--to", ZOE, "--subject", "Sunday"])
}

/// What the box answers to whoever is signed in.
fn looked_up(home: &Home, alice: &Person<'_>, key_server: bool) -> LookupOutcome {
    let request = LookupRequest { addresses: vec![ZOE.parse().unwrap()], key_server };
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--cacert"]).arg(home.authority());
    command.args(["--header", &format!("{}: 1", paths::CSRF_HEADER), "--header", "Content-Type: application/json"]);
    command.args(["--cookie", &alice.cookies(), "--data", "@-"]);
    command.arg(format!("{}{}", home.url(), paths::CERTIFICATES_LOOKUP));
    let output = try_run(&mut command, &serde_json::to_vec(&request).unwrap());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let LookupResponse { mut results } = serde_json::from_slice(&output.stdout).unwrap();
    results.remove(0).outcome
}

#[test]
fn nobody_is_asked_unless_the_box_and_its_person_have_agreed() {
    let (elsewhere, keys, mut home) = world(false);
    let zoe = zoe(&keys);
    let person = Person::register(&home, "alice");
    assert!(refused(&person.client(&["key-server"])).contains("this box asks no key server"));
    assert!(refused(&person.client(&["key-server", "ask"])).contains("this box asks no key server"));
    assert!(refused(&send(&person, "hello")).contains("no certificate for zoe@elsewhere.test"));
    let device = person.device();
    let letter = b"From: alice@home.test\r\nTo: zoe@elsewhere.test\r\nSubject: x\r\n\r\nin clear\r\n";
    assert!(curl_submit(&home, &device, &[ZOE], letter).status.success());
    assert!(String::from_utf8_lossy(&elsewhere.message_for(ZOE).message).contains("in clear"));
    assert_eq!(keys.asked(), Vec::<String>::new());

    // The box's owner lets it; alice has not agreed.
    home.names_key_server("keys.test", true);
    let alice = Person::new(&home, "alice");
    assert_eq!(done(&alice.client(&["key-server"])), "keys.test\tdo-not-ask\n");
    assert!(refused(&send(&alice, "hello")).contains("no certificate for zoe@elsewhere.test"));
    assert_eq!(looked_up(&home, &alice, true), LookupOutcome::None);
    assert_eq!(keys.asked(), Vec::<String>::new());

    done(&alice.client(&["key-server", "ask"]));
    assert_eq!(done(&alice.client(&["key-server"])), "keys.test\task\n");
    // Who only reads asks without.
    assert_eq!(looked_up(&home, &alice, false), LookupOutcome::None);
    assert_eq!(keys.asked(), Vec::<String>::new());
    done(&send(&alice, "See you on Sunday."));
    assert_eq!(keys.asked(), [ASKED]);
    let sealed = elsewhere.nth_message_for(ZOE, 1).message;
    zoe.import(&published(&home, "alice@home.test"), None);
    let opened = zoe.open(&sealed, None);
    assert!(opened.is_signed_by("alice@home.test"), "{:?}", opened.status);
    assert_eq!(understood(&opened.data).text.as_deref(), Some("See you on Sunday."));

    // A mail program's letter is sealed to it too, and the server is not asked again; of its names the one stays.
    assert!(curl_submit(&home, &device, &[ZOE], letter).status.success());
    let sealed = elsewhere.nth_message_for(ZOE, 2).message;
    assert!(!String::from_utf8_lossy(&sealed).contains("in clear"));
    assert!(String::from_utf8_lossy(&zoe.open(&sealed, None).data).contains("in clear"));
    let found = looked_up(&home, &alice, true);
    let LookupOutcome::Found { certificate, source: Source::KeyServer } = found else { panic!("{found:?}") };
    let now = Timestamp(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap());
    assert_eq!(Certificate::parse(&certificate.0).unwrap().user_ids(now), ["Zoe <zoe@elsewhere.test>"]);
    assert_eq!(keys.asked(), [ASKED]);

    // She changes her mind: for her it has nothing any more.
    done(&alice.client(&["key-server", "do-not-ask"]));
    assert!(refused(&send(&alice, "hello")).contains("no certificate for zoe@elsewhere.test"));
    assert_eq!(keys.asked(), [ASKED]);
}

#[test]
fn it_is_asked_last_and_no_log_tells_about_whom() {
    let (elsewhere, keys, home) = world(true);
    let zoe = zoe(&keys);
    let alice = Person::register(&home, "alice");
    done(&alice.client(&["key-server", "ask"]));
    // Nobody has a key of Yves; nothing is sent, and nothing tells that it was asked.
    let to_yves = ["send", "--to", "yves.marqueur@elsewhere.test", "--subject", "x"];
    assert!(refused(&alice.client_reading(b"hello", &to_yves)).contains("no certificate for yves"));
    assert_eq!(keys.asked(), ["/vks/v1/by-email/yves.marqueur%40elsewhere.test"]);
    assert!(!home.log().contains("yves.marqueur"), "the log tells who was asked about");

    // Her domain's directory has one: the key server is not asked.
    elsewhere.publish(&zoe, ZOE);
    done(&send(&alice, "hello"));
    assert!(!String::from_utf8_lossy(&elsewhere.message_for(ZOE).message).contains("hello"));
    assert_eq!(keys.asked().len(), 1);
}

#[test]
fn while_it_is_away_nothing_leaves_in_clear_to_whom_it_had_a_key_for() {
    let (elsewhere, keys, mut home) = world(true);
    let zoe = zoe(&keys);
    let person = Person::register(&home, "alice");
    done(&person.client(&["key-server", "ask"]));
    done(&send(&person, "first"));
    drop(person);
    // The box forgets what it was told, and there is nobody to ask.
    drop(keys);
    home.stop();
    home.start();
    let alice = Person::new(&home, "alice");
    assert_eq!(looked_up(&home, &alice, true), LookupOutcome::Unreachable);
    done(&send(&alice, "second"));
    let sealed = elsewhere.nth_message_for(ZOE, 1).message;
    assert!(!String::from_utf8_lossy(&sealed).contains("second"));
    zoe.import(&published(&home, "alice@home.test"), None);
    assert!(String::from_utf8_lossy(&zoe.open(&sealed, None).data).contains("second"));
}
