//! Accounts on a real box, through the command-line client: a process of its own that speaks to the box over HTTPS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::process::Output;

use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::program::try_run;

const PASSPHRASE: &str = "correct horse battery staple";
const WRONG: &str = "incorrect horse battery staple";

/// A person at a terminal: a session file of their own.
struct Person<'a> {
    home: &'a Home,
    session: &'static str,
}

impl Person<'_> {
    fn client(&self, arguments: &[&str]) -> Output {
        let session = self.home.scratch(self.session);
        let arguments = [arguments, &["--session", session.to_str().unwrap()]].concat();
        try_run(&mut self.home.client(&arguments), b"")
    }

    /// With a passphrase in a file.
    fn client_with(&self, passphrase: &str, arguments: &[&str]) -> Output {
        let file = self.home.scratch("passphrase");
        fs::write(&file, passphrase).unwrap();
        self.client(&[arguments, &["--passphrase-file", file.to_str().unwrap()]].concat())
    }

    fn login(&self, address: &str, passphrase: &str) -> Output {
        self.client_with(passphrase, &["login", "--address", address])
    }
}

/// What a command printed; it must have done what it was asked.
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command that was refused said.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn register(home: &Home, invitation: &str, name: &str) -> String {
    let person = Person { home, session: "registering.json" };
    let address = format!("{name}@home.test");
    let arguments = ["register", "--invitation", invitation, "--address", &address, "--name", name];
    done(&person.client_with(PASSPHRASE, &arguments))
}

#[test]
fn the_first_account_is_made_from_the_link_and_opens_in_another_place() {
    let home = Home::new();
    let words = register(&home, home.invitation(), "alice");
    assert_eq!(words.split_whitespace().count(), 12);

    let elsewhere = Person { home: &home, session: "elsewhere.json" };
    assert!(refused(&elsewhere.client(&["list"])).contains("not logged in"));
    assert!(refused(&elsewhere.login("alice@home.test", WRONG)).contains("address or passphrase"));
    assert!(refused(&elsewhere.login("nobody@home.test", PASSPHRASE)).contains("address or passphrase"));
    done(&elsewhere.login("Alice@HOME.test", PASSPHRASE));
    assert_eq!(done(&elsewhere.client(&["list"])), "");
    done(&elsewhere.client(&["logout"]));
    assert!(refused(&elsewhere.client(&["list"])).contains("not logged in"));

    // The link was good for one account; the next one comes from its owner.
    let guest = Person { home: &home, session: "guest.json" };
    let again = ["register", "--invitation", home.invitation(), "--address", "bob@home.test"];
    assert!(refused(&guest.client_with(PASSPHRASE, &again)).contains("invitation"));
    let data = home.data();
    let invited =
        home.command(&["user", "invite", "bob@home.test", "--data", data.to_str().unwrap()]).output().unwrap();
    register(&home, done(&invited).trim(), "bob");
}

#[test]
fn the_exported_key_is_one_that_gnupg_reads() {
    let home = Home::new();
    register(&home, home.invitation(), "alice");
    let alice = Person { home: &home, session: "registering.json" };
    let armored = done(&alice.client_with("for the mail program", &["export-key"]));
    let gnupg = GnuPg::new();
    gnupg.import(armored.as_bytes(), Some("for the mail program"));
    assert!(!gnupg.certificate("alice@home.test").is_empty());
}

#[test]
fn the_recovery_code_sets_a_new_passphrase_once() {
    let home = Home::new();
    let words = register(&home, home.invitation(), "alice");
    let forgetful = Person { home: &home, session: "forgetful.json" };
    let code = home.scratch("code");
    fs::write(&code, words.to_uppercase().replace(' ', "\n")).unwrap();
    let recover = ["recover", "--address", "alice@home.test", "--code-file", code.to_str().unwrap()];
    let new_words = done(&forgetful.client_with("a new passphrase", &recover));
    assert_ne!(new_words, words);
    assert!(refused(&forgetful.client_with("a new passphrase", &recover)).contains("recovery code"));
    done(&forgetful.login("alice@home.test", "a new passphrase"));
    refused(&forgetful.login("alice@home.test", PASSPHRASE));
    // The session that registered has ended with the old passphrase.
    let registered = Person { home: &home, session: "registering.json" };
    refused(&registered.client(&["list"]));
}

#[test]
fn guessing_is_slowed_down_and_a_power_cut_forgives_nothing() {
    let mut home = Home::new();
    register(&home, home.invitation(), "alice");
    let guesser = |home: &Home| {
        let output = Person { home, session: "guesser.json" }.login("alice@home.test", WRONG);
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
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    }
    assert!(guesser(&home));
    home.kill();
    home.start();
    assert!(guesser(&home));
    let alice = Person { home: &home, session: "registering.json" };
    done(&alice.login("alice@home.test", PASSPHRASE));
}

#[test]
fn device_passwords_are_shown_once_and_nothing_secret_stays_on_the_box() {
    let home = Home::new();
    let words = register(&home, home.invitation(), "alice");
    let alice = Person { home: &home, session: "registering.json" };
    let password = done(&alice.client(&["device-password", "--name", "Phone"]));
    assert_eq!(password.trim().split('-').count(), 8);
    let token = home.invitation().split_once('#').unwrap().1;
    for file in fs::read_dir(home.data()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        for secret in [PASSPHRASE, words.trim(), password.trim(), token] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    let log = home.log();
    for secret in [PASSPHRASE, words.trim(), password.trim(), token] {
        assert!(!log.contains(secret));
    }
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
    assert_eq!(wrong.status.code(), Some(1));
}
