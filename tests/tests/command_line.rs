//! What a person at the terminal of the box meets: exit codes, and a box that stops in two steps.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use shared::api::paths;
use tests::foreign::{Device, curl_events, curl_in, maildir_messages, mbsync};
use tests::gateway::Gateway;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, code_on, done, refused};
use tests::program::{eventually, own_mailbox, run, signal, try_run};
use tests::relay::Relay;
use tests::talk::Talk;

/// Longer than a box takes that waits for nobody, and shorter than it would wait for a message in transfer.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Exit code of a command, and what it complained of.
fn ended(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let output = home.command(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Somebody who has begun to bring a letter.
fn in_transfer(home: &Home) -> Talk {
    let mut talk = Talk::smtp(home);
    for command in ["MAIL FROM:<zoe@elsewhere.test>", "RCPT TO:<alice@home.test>"] {
        assert!(talk.smtp_says(command).starts_with("250 "));
    }
    assert!(talk.smtp_says("DATA").starts_with("354 "));
    talk.send(b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: halfway\r\n\r\nIt has ");
    talk
}

#[test]
fn what_cannot_be_done_has_an_exit_code_and_a_sentence() {
    let home = Home::new();
    let data = home.data().to_string_lossy().into_owned();

    let (code, said) = ended(&home, &["serve", "--local", "--data", &data, "--config", "config.toml"]);
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("another own-mailbox is using this data folder"), "{said}");

    for command in [&["--help"][..], &["serve", "--help"], &["user", "--help"], &["client", "--help"]] {
        let help = done(&home.command(command).output().unwrap());
        assert!(help.contains("5 data folder in use · 6 configuration not usable"), "{help}");
    }

    let (code, said) = ended(&home, &["serve", "--lokal"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--local"), "{said}");

    let (code, said) = ended(&home, &["user", "disable", "nobody@home.test", "--data", &data]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("nobody here has the address nobody@home.test"), "{said}");

    let (code, said) =
        ended(&home, &["client", "login", "--url", "https://localhost:1", "--address", "alice@home.test"]);
    assert_eq!(code, Some(4), "{said}");

    for (name, text, complaint) in [
        ("broken.toml", "domian = \"home.test\"\n", "domian"),
        ("nobody.toml", "listen = [\"127.0.0.1\"]\n", "for which domain"),
        ("strange.toml", "domain = \"not a domain\"\n", "not a domain"),
        (
            "half.toml",
            "domain = \"home.test\"\ndata = \"half\"\nlisten = [\"127.0.0.1\"]\nport_offset = 40000\n[tls]\nkey = \"key.pem\"\n",
            "both certificate and key",
        ),
    ] {
        std::fs::write(home.scratch(name), text).unwrap();
        let (code, said) = ended(&home, &["serve", "--config", name]);
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains(complaint), "{said}");
    }
    let (code, said) = ended(&home, &["serve", "--config", "gone.toml"]);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("gone.toml"), "{said}");
}

#[test]
fn a_box_is_not_started_by_mistake() {
    let home = Home::new();
    // On a machine where a box is installed this would start it.
    assert!(!std::path::Path::new("/etc/own-mailbox/box.toml").exists());
    for arguments in [&["serve"][..], &["serve", "--data", "elsewhere"], &["serve", "--port-offset", "40000"]] {
        let (code, said) = ended(&home, arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--local") && said.contains("--config FILE"), "{said}");
    }
    assert!(!home.scratch("elsewhere").exists());
}

#[test]
fn people_who_cannot_be_invited_or_found_are_named() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let data = home.data().to_string_lossy().into_owned();
    for (arguments, complaint) in [
        (["invite", "alice@home.test"], "somebody has the address alice@home.test already"),
        (["invite", "zoe@other.test"], "the box serves home.test, so it cannot give zoe@other.test"),
        (["invite", "postmaster@home.test"], "nobody can have the address postmaster@home.test"),
        (["disable", "nobody@home.test"], "nobody here has the address nobody@home.test"),
    ] {
        let (code, said) = ended(&home, &[&["user", "--data", &data], &arguments[..]].concat());
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(complaint), "{said}");
    }
    let (code, said) = ended(&home, &["user", "invite", "no address", "--data", &data]);
    assert_eq!(code, Some(2), "{said}");

    // A guest who wants what another has, or what is not to be had here.
    let bob = Person::new(&home, "bob");
    let invitation = done(&home.command(&["user", "invite", "--data", &data]).output().unwrap());
    for (address, complaint) in [
        ("alice@home.test", "somebody has the address alice@home.test already"),
        ("bob@other.test", "the box does not give the address bob@other.test"),
    ] {
        let register = ["register", "--invitation", invitation.trim(), "--address", address];
        assert!(refused(&bob.with_passphrase(PASSPHRASE, &register)).contains(complaint));
    }

    // A passphrase that is too short for any account is wrong, as others are.
    assert!(refused(&alice.elsewhere().login("alice@home.test", "abc")).contains("address or passphrase is wrong"));
}

#[test]
fn a_client_that_is_called_wrongly_says_so() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let session = home.scratch("other.json").to_string_lossy().into_owned();
    for (arguments, complaint) in [
        (&["list", "--session", &session, "--url", "localhost:8443"][..], "--url: localhost:8443"),
        (&["list", "--session", &session, "--url", "http://localhost"], "--url: http://localhost"),
        (&["list", "--session", &session], "which box? use --url"),
        (&["send", "--to", "nope"], "--to"),
        (&["read", "first"], "first"),
        (&["register", "--invitation", "#", "--address", "bob@home.test"], "--invitation"),
    ] {
        let (code, said) = ended(&home, &[&["client"], arguments].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains(complaint), "{said}");
    }
    assert!(refused(&alice.client(&["read", "999999"])).contains("there is no message 999999"));
}

#[test]
fn lists_are_of_any_folder_and_no_wider_than_the_screen() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let subject = "a long subject ".repeat(30);
    for copy in ["one", "two"] {
        let letter = format!("From: zoe@elsewhere.test\r\nSubject: {copy} {subject}\r\n\r\nhi\r\n");
        assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter.as_bytes()).status.success());
    }
    done(&alice.client_reading(b"later", &["draft", "--subject", "a plan"]));
    assert!(done(&alice.client(&["list", "--folder", "Drafts"])).contains("a plan"));
    let whole = done(&alice.client(&["list", "--limit", "1"]));
    assert!(whole.lines().count() == 1 && whole.contains(&format!("two {}", subject.trim_end())), "{whole}");

    let list = home.client(&["list", "--session", &home.scratch("alice.json").to_string_lossy()]);
    let words: Vec<_> =
        std::iter::once(list.get_program()).chain(list.get_args()).map(|word| word.to_string_lossy()).collect();
    let on_terminal = format!("stty cols 60; '{}'", words.join("' '"));
    let arguments = ["--quiet", "--return", "--command", &on_terminal, "/dev/null"];
    let shown = run(Command::new("script").args(arguments).env("SHELL", "/bin/sh"));
    let shown = String::from_utf8(shown).unwrap();
    let lines: Vec<_> = shown.lines().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines.iter().all(|line| line.ends_with('…') && line.chars().count() <= 60), "{shown}");
}

/// Octets that a client has sent when it asks for the last thing of making an account, and not before: keys are large.
const WITH_KEYS: usize = 2_500;
/// The same of making a device with a long name.
const WITH_NAME: usize = 1_100;

/// Somebody at a terminal whose way to the box goes through a relay.
fn relayed(home: &Home, relay: &Relay, session: &str, arguments: &[&str]) -> Output {
    let mut command = home.command(&["client"]);
    command
        .args(arguments)
        .args(["--url", &format!("https://localhost:{}", relay.port()), "--ca"])
        .arg(home.authority());
    try_run(command.arg("--session").arg(home.scratch(session)), b"")
}

/// Not done because the box did not answer; what was printed all the same, and what was said about it.
fn unanswered(output: Output) -> (String, String) {
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_is_shown_once_is_known_even_if_the_last_answer_of_the_box_is_lost() {
    let home = Home::new();
    let passphrase = home.scratch("passphrase").to_string_lossy().into_owned();
    fs::write(&passphrase, PASSPHRASE).unwrap();
    let relay = Relay::before(home.ports().https, WITH_KEYS);

    relay.lose(1);
    let register = ["register", "--invitation", home.invitation(), "--address", "alice@home.test"];
    let lost = relayed(&home, &relay, "lost.json", &[&register[..], &["--passphrase-file", &passphrase]].concat());
    assert_eq!(relay.left(), 0, "{lost:?}");
    let (printed, said) = unanswered(lost);
    assert!(said.contains("nobody knows whether the account was made") && said.contains("new-recovery-code"), "{said}");
    let words = home.scratch("words").to_string_lossy().into_owned();
    fs::write(&words, code_on(printed.as_bytes())).unwrap();
    let alice = Person::new(&home, "alice");
    done(&alice.login("alice@home.test", PASSPHRASE));
    done(&alice.with_passphrase(PASSPHRASE, &["recover", "--address", "alice@home.test", "--code-file", &words]));

    let relay = Relay::before(home.ports().https, WITH_NAME);
    let name = "Phone ".repeat(15);
    let device = ["device-password", "--name", &name, "--opened"];
    let login = ["login", "--address", "alice@home.test", "--passphrase-file", &passphrase];
    done(&relayed(&home, &relay, "relayed.json", &login));
    relay.lose(1);
    let lost = relayed(&home, &relay, "relayed.json", &device);
    assert_eq!(relay.left(), 0, "{lost:?}");
    let (password, said) = unanswered(lost);
    assert!(said.contains("nobody knows whether it took the password"), "{said}");
    let device = Device { address: alice.address(), password: password.trim().to_owned() };
    assert!(
        Talk::submission(&home).smtp_login(&device, &device.password).starts_with("235 "),
        "the password is not in force"
    );

    // What the box refuses is told apart.
    let name = "n".repeat(5_000);
    let said = refused(&relayed(&home, &relay, "relayed.json", &["device-password", "--name", &name]));
    assert!(said.contains("The box did not take it."), "{said}");
}

#[test]
fn what_something_between_answers_in_the_place_of_the_box_is_not_taken_for_a_refusal() {
    let home = Home::new();
    let (alice, words) = (Person::new(&home, "alice"), home.scratch("words"));
    fs::write(&words, code_on(&alice.register_with(home.invitation()).stdout)).unwrap();
    let through = |gateway: &Gateway, arguments: &[&str]| {
        let mut command = home.command(&["client"]);
        command.args(arguments).args(gateway.arguments()).arg("--session").arg(home.scratch("gateway.json"));
        try_run(&mut command, b"")
    };
    let file = |name: &str, content: &str| {
        let path = home.scratch(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (old, new) = (file("old", PASSPHRASE), file("new", "another passphrase of hers"));

    let gateway = Gateway::before(&home, paths::RECOVER_FINISH, 502);
    let recover = ["recover", "--address", "alice@home.test", "--code-file", words.to_str().unwrap()];
    let wrong = file("wrong words", &"zoo ".repeat(12));
    let refused_code = ["recover", "--address", "alice@home.test", "--code-file", &wrong, "--passphrase-file", &new];
    refused(&through(&gateway, &refused_code));
    let lost = through(&gateway, &[&recover[..], &["--passphrase-file", &new]].concat());
    let (printed, said) = unanswered(lost);
    assert!(
        said.contains("nobody knows whether the account was recovered") && said.contains("HTTP status 502"),
        "{said}"
    );
    assert_eq!(alice.login("alice@home.test", PASSPHRASE).status.code(), Some(3), "the old passphrase holds");
    fs::write(&words, code_on(printed.as_bytes())).unwrap();
    let direct = alice.with_passphrase(PASSPHRASE, &recover);
    done(&direct);

    for status in [200, 502] {
        let gateway = Gateway::before(&home, paths::DEVICES, status);
        done(&through(&gateway, &["login", "--address", "alice@home.test", "--passphrase-file", &old]));
        let (password, said) = unanswered(through(&gateway, &["device-password", "--name", "Phone"]));
        assert!(said.contains("nobody knows whether it took the password"), "{said}");
        let device = Device { address: alice.address(), password: password.trim().to_owned() };
        assert!(Talk::submission(&home).smtp_login(&device, &device.password).starts_with("235 "), "{status}");
        let too_long = "n".repeat(5_000);
        let said = refused(&through(&gateway, &["device-password", "--name", &too_long]));
        assert!(said.contains("The box did not take it."), "{said}");
    }

    let gateway = Gateway::before(&home, paths::SUBMIT, 502);
    done(&through(&gateway, &["login", "--address", "alice@home.test", "--passphrase-file", &old]));
    let body = file("body", "The letter.");
    let send = ["link", "send", "--to", "ines@fail.home.test", "--subject", "S", "--body-file", &body];
    let (_, said) = unanswered(through(&gateway, &send));
    assert!(said.contains("Nobody knows whether it was sent"), "{said}");
    assert!(done(&alice.client(&["list", "--mailbox", "Sent"])).contains("\tS"), "it was sent");
}

#[test]
fn a_file_that_does_not_fit_leaves_no_half_of_it() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let (phrase, out) = (home.scratch("phrase"), home.scratch("key.asc"));
    fs::write(&phrase, "for the program").unwrap();
    // No file may have an octet, as on a full disk.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]).arg(own_mailbox());
    command.args(["client", "export-key", "--passphrase-file"]).arg(&phrase).arg("--out").arg(&out);
    command.args(["--url", &home.url(), "--ca"]).arg(home.authority());
    let output = try_run(command.arg("--session").arg(home.scratch("alice.json")), b"");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"), "{output:?}");
    assert!(!out.exists(), "half a key is there");
}

#[test]
fn logging_out_forgets_the_session_even_where_the_box_is_away() {
    let mut home = Home::new();
    let cookies = {
        let alice = Person::register(&home, "alice");
        done(&alice.client(&["list"]));
        alice.cookies()
    };
    assert!(cookies.contains("session"), "{cookies}");
    home.stop();
    let (session, kept) = (home.scratch("alice.json"), home.scratch("kept.json"));
    fs::copy(&session, &kept).unwrap();
    let session = session.to_string_lossy().into_owned();
    let away = try_run(&mut home.client(&["logout", "--session", &session]), b"");
    let (_, said) = unanswered(away);
    assert!(said.contains("forgotten here") && said.contains("the box could not be told"), "{said}");
    let left = fs::read_to_string(&session).unwrap();
    assert!(!left.contains("__Host-session") && left.contains("\"wrapped\":null"), "{left}");
    home.start();
    let said = refused(&try_run(&mut home.client(&["list", "--session", &session]), b""));
    assert!(said.contains("not logged in"), "{said}");

    // Where it can be told, the box forgets it too.
    let kept = kept.to_string_lossy().into_owned();
    done(&try_run(&mut home.client(&["logout", "--session", &kept]), b""));
    assert!(!fs::read_to_string(&kept).unwrap().contains("__Host-session"));
}

#[test]
fn what_cannot_be_asked_on_a_terminal_names_the_flag_that_brings_it() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let asks = |arguments: &[&str], flag: &str| {
        // In a session of its own it has no terminal, wherever the tests run.
        let mut command = Command::new("setsid");
        let client = home.client(arguments);
        command.arg("--wait").arg(client.get_program()).args(client.get_args());
        command.arg("--session").arg(home.scratch("alice.json"));
        let output = try_run(&mut command, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("cannot ask on the terminal") && said.trim_end().ends_with(&format!("use {flag}")),
            "{said}"
        );
    };
    let passphrase = home.scratch("passphrase").to_string_lossy().into_owned();
    fs::write(&passphrase, PASSPHRASE).unwrap();
    asks(&["login", "--address", "alice@home.test"], "--passphrase-file");
    asks(&["change-passphrase"], "--passphrase-file");
    asks(&["change-passphrase", "--passphrase-file", &passphrase], "--new-passphrase-file");
    asks(&["recover", "--address", "alice@home.test"], "--code-file");
    asks(&["export-key"], "--passphrase-file");
    let to = ["link", "send", "--to", "ines@elsewhere.test", "--no-notice", "--code"];
    let sent = done(&alice.client_reading(b"The text.", &to));
    asks(&["link", "read", sent.split('\t').nth(1).unwrap()], "--answer-file");
}

#[test]
fn what_comes_with_a_letter_is_saved_beside_what_is_there_and_for_its_reader_alone() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let plan = home.scratch("plan.txt");
    fs::write(&plan, "At noon.").unwrap();
    done(&alice.client_reading(b"", &["draft", "--attach", &plan.to_string_lossy(), "--subject", "Plans"]));
    let list = done(&alice.client(&["list", "--mailbox", "Drafts"]));
    let id = list.split_whitespace().next().unwrap();
    let folder = home.scratch("saved");
    let save = |folder: &std::path::Path| alice.client(&["read", id, "--attachments", &folder.to_string_lossy()]);
    done(&save(&folder));
    fs::write(folder.join("plan.txt"), "changed").unwrap();
    let second = save(&folder);
    assert!(String::from_utf8_lossy(&second.stderr).contains("plan (2).txt"), "{second:?}");
    assert_eq!(fs::read_to_string(folder.join("plan.txt")).unwrap(), "changed");
    assert_eq!(fs::read_to_string(folder.join("plan (2).txt")).unwrap(), "At noon.");
    for file in fs::read_dir(&folder).unwrap().map(|file| file.unwrap().metadata().unwrap()) {
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
    let no_folder = save(&plan);
    assert_eq!((no_folder.status.code(), no_folder.stdout.len()), (Some(1), 0), "{no_folder:?}");
}

#[test]
fn what_a_letter_hides_is_not_shown_on_a_terminal() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let letter = "From: zoe@elsewhere.test\r\nSubject: =?utf-8?Q?pay=E2=80=8B_me=E2=80=A8now?=\r\n\
                  Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
                  to \u{202e}evE\u{202c} \u{2066}today\u{2069}\u{feff}\r\n";
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter.as_bytes()).status.success());
    let list = done(&alice.client(&["list"]));
    assert!(list.ends_with("\tpay me now\n"), "{list:?}");
    let shown = done(&alice.client(&["read", list.split_whitespace().next().unwrap()]));
    assert!(shown.contains("Subject: pay me now\n") && shown.contains("\nto evE today\n"), "{shown:?}");
}

#[test]
fn a_domain_may_be_written_as_people_write_it() {
    let home = Home::with("bücher.example", None, Vec::new());
    let alice = Person::register(&home, "alice");
    let letter = "From: zoe@elsewhere.test\r\nTo: alice@bücher.example\r\nSubject: Hello\r\n\r\nhi\r\n";
    let brought = curl_in(&home, "zoe@elsewhere.test", &["alice@xn--bcher-kva.example"], letter.as_bytes());
    assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
    assert!(done(&alice.client(&["list"])).contains("Hello"));
    // To herself, by the names that the box gave itself.
    done(&alice.client_reading(b"note", &["send", "--to", "alice@bücher.example", "--subject", "A note"]));
    eventually("the note", Duration::from_secs(30), || done(&alice.client(&["list"])).contains("A note").then_some(()));
}

#[test]
fn a_box_that_is_asked_to_stop_takes_what_is_in_transfer_and_nothing_new() {
    let mut home = Home::new();
    let device = Person::register(&home, "alice").device();
    let mut talk = in_transfer(&home);
    signal(home.id(), "INT");
    eventually("the door closes", AT_ONCE, || {
        TcpStream::connect(("127.0.0.1", home.ports().smtp)).is_err().then_some(())
    });
    talk.send(b"arrived.\r\n.\r\n");
    assert!(talk.smtp_reply().starts_with("250 "), "what was in transfer did not get through");
    home.ends();
    home.start();
    assert_eq!(maildir_messages(&mbsync(&home, &device), "INBOX").len(), 1);
}

#[test]
fn a_box_stops_at_once_and_drops_nobody_where_pages_are_open() {
    let mut home = Home::new();
    let cookies = Person::register(&home, "alice").cookies();
    let pages = ["--http1.1", "--http2"].map(|version| curl_events(&home, &cookies, version));
    // A browser also connects ahead, and says nothing.
    let _ahead = TcpStream::connect(("127.0.0.1", home.ports().https)).unwrap();
    let began = Instant::now();
    home.stop();
    assert!(began.elapsed() < AT_ONCE, "it waited");
    assert!(!home.log().contains("dropping connections"), "it dropped somebody");
    for page in pages {
        let ended = page.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    home.start();
}

#[test]
fn a_box_that_is_asked_twice_waits_for_nobody() {
    let mut home = Home::new();
    let _alice = Person::register(&home, "alice");
    let _talk = in_transfer(&home);
    let began = Instant::now();
    signal(home.id(), "TERM");
    eventually("the box says so", AT_ONCE, || home.printed().contains("Once more stops at once").then_some(()));
    signal(home.id(), "TERM");
    home.ends();
    assert!(began.elapsed() < AT_ONCE, "it waited");
}
