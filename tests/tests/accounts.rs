//! Accounts on a real box, through the command-line client: a process of its own that speaks to the box over HTTPS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::foreign::{curl_in, curl_submit};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, code_of, code_on, done, refused};
use tests::program::try_run;
use tests::talk::Talk;

const WRONG: &str = "incorrect horse battery staple";

#[test]
fn the_first_account_is_made_from_the_link_and_opens_in_another_place() {
    let home = Home::new();
    let alice = Person::new(&home, "alice");
    let words = code_of(&alice.register_with(home.invitation()));
    assert_eq!(words.split_whitespace().count(), 12);

    let elsewhere = alice.elsewhere();
    assert!(refused(&elsewhere.client(&["list"])).contains("not logged in"));
    assert!(refused(&elsewhere.login("alice@home.test", WRONG)).contains("address or passphrase"));
    assert!(refused(&elsewhere.login("nobody@home.test", PASSPHRASE)).contains("address or passphrase"));
    done(&elsewhere.login("Alice@HOME.test", PASSPHRASE));
    assert_eq!(done(&elsewhere.client(&["list"])), "");
    done(&elsewhere.client(&["logout"]));
    assert!(refused(&elsewhere.client(&["list"])).contains("not logged in"));

    // The link was good for one account; the next one comes from its owner.
    let bob = Person::new(&home, "bob");
    assert!(refused(&bob.register_with(home.invitation())).contains("invitation"));
    done(&bob.register_with(&bob.invitation()));
}

#[test]
fn who_has_read_enough_is_told_nothing_and_a_password_that_nobody_took_is() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let letter = b"Content-Disposition: attachment; filename=plan.txt\r\n\r\nAt noon.\r\n";
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter).status.success());
    let places = [home.scratch("alice.json"), home.data(), home.scratch("files")];
    let [session, data, files] = places.map(|path| path.to_string_lossy().into_owned());
    let unread = |mut command: Command| {
        // What `| head -0` leaves of a pipe.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let said = command.stdout(writer).output().unwrap();
        (said.status.code(), String::from_utf8(said.stderr).unwrap())
    };
    for command in [
        home.client(&["list", "--session", &session]),
        home.client(&["read", "1", "--session", &session]),
        home.client(&["read", "1", "--raw", "--session", &session]),
        home.command(&["user", "list", "--data", &data]),
        home.command(&["config"]),
    ] {
        assert_eq!(unread(command), (Some(0), String::new()));
    }
    let (code, said) = unread(home.client(&["read", "1", "--attachments", &files, "--session", &session]));
    assert!(code == Some(0) && said.starts_with("Saved ") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read(home.scratch("files").join("plan.txt")).unwrap(), b"At noon.\r\n");
    let (code, why) = unread(home.client(&["device-password", "--name", "x", "--session", &session]));
    assert!(code == Some(1) && why.contains("nobody takes what is printed"), "{why}");
}

#[test]
fn the_exported_key_is_one_that_gnupg_reads() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let gnupg = GnuPg::new();
    gnupg.import(alice.exported_key("for the mail program").as_bytes(), Some("for the mail program"));
    assert!(!gnupg.certificate("alice@home.test").is_empty());
}

#[test]
fn the_recovery_code_sets_a_new_passphrase_once() {
    let home = Home::new();
    let alice = Person::new(&home, "alice");
    let words = code_of(&alice.register_with(home.invitation()));
    let forgetful = alice.elsewhere();
    let code = home.scratch("code");
    fs::write(&code, words.to_uppercase().replace(' ', "\n")).unwrap();
    let recover = ["recover", "--address", "alice@home.test", "--code-file", code.to_str().unwrap()];
    let new_words = code_of(&forgetful.with_passphrase("a new passphrase", &recover));
    assert_ne!(new_words, words);
    assert!(refused(&forgetful.with_passphrase("a new passphrase", &recover)).contains("recovery code"));
    done(&forgetful.login("alice@home.test", "a new passphrase"));
    refused(&forgetful.login("alice@home.test", PASSPHRASE));
    // The session that registered has ended with the old passphrase.
    refused(&alice.client(&["list"]));
}

#[test]
fn the_passphrase_is_changed_from_within_and_other_sessions_end() {
    const NEW: &str = "a whole new passphrase";
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let elsewhere = alice.elsewhere();
    done(&elsewhere.login("alice@home.test", PASSPHRASE));
    let device = alice.device();
    let file = home.scratch("new.passphrase");
    fs::write(&file, NEW).unwrap();
    let change = ["change-passphrase", "--new-passphrase-file", file.to_str().unwrap()];
    assert!(refused(&alice.with_passphrase(WRONG, &change)).contains("passphrase"));
    done(&elsewhere.client(&["list"]));
    done(&alice.with_passphrase(PASSPHRASE, &change));

    done(&alice.client(&["list"]));
    assert!(refused(&elsewhere.client(&["list"])).contains("not logged in"));
    refused(&elsewhere.login("alice@home.test", PASSPHRASE));
    done(&elsewhere.login("alice@home.test", NEW));
    // Mail programs go on with their own passwords.
    let message = b"From: alice@home.test\r\nTo: alice@home.test\r\nSubject: x\r\n\r\ny\r\n";
    assert!(curl_submit(&home, &device, &["alice@home.test"], message).status.success());
}

#[test]
fn a_kill_leaves_the_old_or_the_new_passphrase_and_never_neither() {
    let mut home = Home::new();
    drop(Person::register(&home, "alice"));
    let mut present = PASSPHRASE.to_owned();
    // Spread over what a change takes; where in it the cut comes is luck. The last one comes after the box has said yes.
    for (turn, wait) in [Some(0), Some(150), Some(300), Some(450), Some(600), None].into_iter().enumerate() {
        let new = format!("passphrase number {turn}");
        let alice = Person::new(&home, "alice");
        done(&alice.login("alice@home.test", &present));
        let [old_file, new_file] = [("old", &present), ("new", &new)].map(|(name, text)| {
            let file = home.scratch(name);
            fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_owned()
        });
        let session = home.scratch("alice.json");
        let change = ["change-passphrase", "--passphrase-file", &old_file, "--new-passphrase-file", &new_file];
        let mut changing = home.client(&[&change[..], &["--session", session.to_str().unwrap()]].concat());
        let mut changing = changing.stderr(Stdio::null()).spawn().unwrap();
        let is_acknowledged = match wait {
            Some(wait) => {
                std::thread::sleep(Duration::from_millis(wait));
                false
            }
            None => changing.wait().unwrap().success(),
        };
        home.kill();
        changing.wait().unwrap();
        home.start();
        let alice = Person::new(&home, "alice");
        let opens = [&present, &new].map(|text| alice.login("alice@home.test", text).status.success());
        assert_ne!(opens[0], opens[1], "turn {turn}");
        assert!(opens[1] || !is_acknowledged, "what was acknowledged is gone");
        assert!(is_acknowledged || wait.is_some());
        if opens[1] {
            present = new;
        }
        done(&alice.client(&["list"]));
    }
}

#[test]
fn a_new_recovery_code_is_in_force_once_it_is_kept() {
    let home = Home::new();
    let alice = Person::new(&home, "alice");
    let first = code_of(&alice.register_with(home.invitation()));
    let passphrase = home.scratch("passphrase");
    fs::write(&passphrase, PASSPHRASE).unwrap();
    let make = ["new-recovery-code", "--language", "fr", "--passphrase-file", passphrase.to_str().unwrap()];
    let recovers = |words: &str| {
        let code = home.scratch("code");
        fs::write(&code, words).unwrap();
        let recover = ["recover", "--address", "alice@home.test", "--code-file", code.to_str().unwrap()];
        alice.elsewhere().with_passphrase(PASSPHRASE, &recover)
    };
    // Not kept: the words are printed, and the old ones stay good.
    let given_up = alice.client_reading(b"no\n", &make);
    assert!(refused(&given_up).contains("the old one is"));
    let unkept = code_on(&given_up.stdout);
    assert!(refused(&recovers(&unkept)).contains("recovery code"));
    let second = code_of(&alice.client_reading(b"yes\n", &make));
    assert!(refused(&recovers(&first)).contains("recovery code"));
    done(&alice.client(&["list"]));
    done(&recovers(&second));
}

#[test]
fn guessing_is_slowed_down_and_a_kill_forgives_nothing() {
    let mut home = Home::new();
    done(&Person::new(&home, "alice").register_with(home.invitation()));
    let guesser = |home: &Home| {
        let output = Person::new(home, "alice").elsewhere().login("alice@home.test", WRONG);
        refused(&output).contains("too many tries")
    };
    // Alice registered from this very network, which knows her: ten free mistakes, the waiting begins after the eleventh.
    let mut guesses = 0;
    while !guesser(&home) {
        guesses += 1;
        assert!(guesses < 40, "guessing is not slowed down");
    }
    assert!(guesses >= 11, "{guesses}");
    // Goes on until a wait is long enough to outlast the restart.
    for _ in 0..4 {
        while guesser(&home) {
            std::thread::sleep(Duration::from_millis(500));
        }
    }
    assert!(guesser(&home));
    home.kill();
    home.start();
    assert!(guesser(&home));
    done(&Person::new(&home, "alice").login("alice@home.test", PASSPHRASE));
}

#[test]
fn device_passwords_are_shown_once_and_nothing_secret_stays_on_the_box() {
    let home = Home::new();
    let alice = Person::new(&home, "alice");
    let words = code_of(&alice.register_with(home.invitation()));
    let password = alice.device().password;
    assert_eq!(password.split('-').count(), 8);
    let token = home.invitation().split_once('#').unwrap().1;
    let secrets = [PASSPHRASE, words.trim(), &password, token];
    for file in fs::read_dir(home.data()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    let log = home.log();
    for secret in secrets {
        assert!(!log.contains(secret));
    }
}

#[test]
fn who_is_disabled_is_put_out_of_everything_that_is_open_until_that_is_undone() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let device = alice.device();
    let signed_in = || {
        let mut talk = Talk::submission(&home);
        assert!(talk.smtp_login(&device, &device.password).starts_with("235 "));
        talk
    };
    let (mut silent, mut writing) = (signed_in(), signed_in());
    for command in ["MAIL FROM:<alice@home.test>", "RCPT TO:<alice@home.test>", "DATA"] {
        assert!(writing.smtp_says(command).starts_with(['2', '3']));
    }
    let mut reading = Talk::imap(&home);
    assert!(reading.imap_ends(&format!("LOGIN {} {}", device.address, device.password)).starts_with("t OK "));
    assert!(reading.imap_ends("SELECT INBOX").starts_with("t OK "));
    assert!(reading.imap_ends("IDLE").starts_with('+'));
    let disable = |undo: &[&str]| {
        let data = home.data();
        let command = ["user", "disable", &device.address, "--data", data.to_str().unwrap()];
        done(&home.command(&[&command, undo].concat()).output().unwrap())
    };

    disable(&[]);
    assert_eq!(silent.smtp_reply(), "421 4.7.0 This device is signed out");
    writing.send(b"From: alice@home.test\r\nSubject: too late\r\n\r\n.\r\n");
    assert_eq!(writing.smtp_reply(), "421 4.7.0 This device is signed out");
    assert!(reading.line().starts_with("* BYE "));
    refused(&alice.client(&["list"]));
    refused(&alice.login("alice@home.test", PASSPHRASE));
    assert!(Talk::submission(&home).smtp_login(&device, &device.password).starts_with("535 "));

    disable(&["--undo"]);
    done(&alice.login("alice@home.test", PASSPHRASE));
    assert_eq!(done(&alice.client(&["list"])), "");
    let letter = b"From: alice@home.test\r\nTo: alice@home.test\r\nSubject: back\r\n\r\nhere\r\n";
    assert!(signed_in().smtp_sends("alice@home.test", "alice@home.test", letter).starts_with("250 "));
}

#[test]
fn a_box_that_is_not_there_or_not_trusted_is_said_to_be_so() {
    let mut home = Home::new();
    let url = home.url();
    let nobody = home.scratch("nobody.json");
    let arguments = ["client", "list", "--url", &url, "--session", nobody.to_str().unwrap()];
    let untrusted = try_run(&mut home.command(&arguments), b"");
    assert_eq!(untrusted.status.code(), Some(4));
    home.stop();
    let gone = try_run(&mut home.command(&arguments), b"");
    assert_eq!(gone.status.code(), Some(4));
    let wrong = try_run(&mut home.command(&["client", "list", "--url", "http://localhost"]), b"");
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn keys_are_withdrawn_and_brought_in_from_a_terminal() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let listed = || {
        let listed = done(&alice.client(&["keys"]));
        listed.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let [own, at_rest] = listed().try_into().unwrap();
    assert_eq!((own.len(), own[0].len(), own[1].as_str()), (4, 40, "current"));
    assert_eq!((at_rest.len(), at_rest[0].len(), at_rest[1].as_str()), (4, 64, "at-rest"));
    let kept = done(&alice.client(&["withdrawal-file"]));
    let gpg = GnuPg::new();
    gpg.import(kept.as_bytes(), None);
    let known = tests::program::run(gpg.command().args(["--with-colons", "--list-keys", "alice@home.test"]));
    assert!(String::from_utf8(known).unwrap().contains("pub:r:"), "GnuPG does not take it for revoked");

    assert!(refused(&alice.with_passphrase(WRONG, &["withdraw-key"])).contains("passphrase"));
    assert_eq!(listed(), [own.clone(), at_rest.clone()]);
    done(&alice.with_passphrase(PASSPHRASE, &["withdraw-key"]));
    let states = |all: Vec<Vec<String>>| all.into_iter().map(|key| key[1].clone()).collect::<Vec<_>>();
    assert_eq!(states(listed()), ["current", "withdrawn", "at-rest"]);
    assert_eq!(listed()[1][0], own[0]);
    assert_ne!(listed()[2][0], at_rest[0], "the withdrawn one's went with it");

    let before = GnuPg::with_key_of("Alice <alice@home.test>");
    let exported = tests::program::run(before.command().args(["--export-secret-keys", "alice@home.test"]));
    let (secret, public) = (home.scratch("secret.gpg"), home.scratch("public.gpg"));
    fs::write(&secret, exported).unwrap();
    fs::write(&public, before.certificate("alice@home.test")).unwrap();
    let import = |file: &std::path::Path, how: &[&str]| {
        alice.with_passphrase(PASSPHRASE, &[&["import-key", file.to_str().unwrap()], how].concat())
    };
    assert!(refused(&import(&public, &[])).contains("public half"));
    done(&import(&secret, &[]));
    assert_eq!(states(listed()), ["current", "retired", "withdrawn", "at-rest"]);
    done(&import(&secret, &["--mine"]));
    assert_eq!(states(listed()), ["current", "retired", "withdrawn", "at-rest"]);
    // What GnuPG has had all along opens what comes from now on, as soon as it has a password.
    let device = alice.device();
    let letter = b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: Lunch\r\n\r\nAt noon.\r\n";
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter).status.success());
    assert!(done(&alice.client(&["read", "1"])).contains("At noon."));
    let fetched = tests::foreign::curl_imap(&home, &device, "INBOX;UID=1", None);
    let opened = before.open(&fetched.stdout, None);
    assert!(String::from_utf8_lossy(&opened.data).contains("At noon."), "{:?}", opened.status);
}
