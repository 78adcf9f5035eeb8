//! Letters behind links on a real box, from the command line: made by somebody with an account, read by somebody without.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use shared::api::limits;
use tests::cut::Cut;
use tests::foreign::{maildir_messages, mbsync};
use tests::gnupg::GnuPg;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::program::{eventually, signal, try_run};
use tests::relay::Relay;

/// Somebody without an account, who knows the box's authority.
fn read(home: &Home, arguments: &[&str]) -> Output {
    try_run(&mut reader(home, arguments), b"")
}

fn reader(home: &Home, arguments: &[&str]) -> Command {
    nobody(home, "read", arguments)
}

/// Answers a letter, as somebody without an account.
fn reply(home: &Home, text: &str, arguments: &[&str]) -> Output {
    try_run(&mut nobody(home, "reply", arguments), text.as_bytes())
}

fn nobody(home: &Home, what: &str, arguments: &[&str]) -> Command {
    let mut command = home.command(&["client", "link", what]);
    let nobody = home.scratch("nobody.json");
    command.args(arguments).arg("--session").arg(nobody).arg("--ca").arg(home.authority());
    command
}

/// The link that was printed for the only recipient, and the code behind it.
fn link_of(printed: &str) -> (String, Option<String>) {
    let mut columns = printed.trim_end().split('\t').skip(1).map(str::to_owned);
    (columns.next().expect("a link"), columns.next())
}

fn file(home: &Home, name: &str, content: &[u8]) -> String {
    let path = home.scratch(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn listed(person: &Person<'_>) -> Vec<serde_json::Value> {
    let lines = done(&person.client(&["link", "list", "--json"]));
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_notice_brings_a_link_that_opens_and_whose_words_open_it_too() {
    let mut home = Home::new();
    let (link, words) = {
        let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
        let own_words = file(&home, "words", "Cher Bob,\n\nvoici nos plans.\n".as_bytes());
        let plan = file(&home, "plan été.txt", b"At noon.\n");
        let send = ["link", "send", "--to", "bob@home.test", "--subject", "The plans", "--attach", &plan];
        let notice = ["--notice-file", &own_words, "--language", "fr"];
        let printed = done(&alice.client_reading(b"Hello Bob,\nsee the file.\n", &[&send[..], &notice].concat()));
        assert!(printed.starts_with(&format!("bob@home.test\t{}/l/", home.url())), "{printed}");

        let arrived = || Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty());
        let list = eventually("the notice comes", Duration::from_secs(30), arrived);
        assert!(list.contains("Une lettre de alice") && !list.contains("plans"), "{list}");
        let id = list.split_whitespace().next().unwrap();
        let notice = done(&bob.client(&["read", id]));
        let (head, text) = notice.split_once("\n\n").unwrap();
        assert!(head.contains("From: alice <alice@home.test>"), "{head}");
        assert!(text.starts_with("Cher Bob,\n\nvoici nos plans.\n"), "{text}");
        let (link, _) = link_of(&printed);
        assert!(text.lines().any(|line| line == link), "{text}");
        let words: Vec<_> = text.lines().skip_while(|line| !line.contains("douze mots")).skip(1).collect();
        let words = file(&home, "link words", words.join("\n").as_bytes());

        // Any text with the link in it will do, and so will what a gateway made of it.
        let folder = home.scratch("files");
        let saved = ["--attachments", folder.to_str().unwrap()];
        let letter = done(&read(&home, &[&[text], &saved[..]].concat()));
        for line in ["From: alice <alice@home.test>", "To: bob@home.test", "Subject: The plans", "Hello Bob,"] {
            assert!(letter.lines().any(|found| found == line), "{line}: {letter}");
        }
        assert_eq!(fs::read(folder.join("plan été.txt")).unwrap(), b"At noon.\n");
        let rewritten = format!("https://gateway.test/?u={}&d=x", link.replace('#', "%23"));
        assert_eq!(done(&read(&home, &[&rewritten])), letter);

        let (cut, _) = link.split_once('#').unwrap();
        let said = refused(&read(&home, &[cut]));
        assert!(said.contains("the end of the link is missing") && said.contains("--words-file"), "{said}");
        assert_eq!(done(&read(&home, &[cut, "--words-file", &words])), letter);
        assert_eq!(done(&read(&home, &["--words-file", &words, "--url", &home.url()])), letter);
        let none = read(&home, &["no link at all"]);
        assert!(String::from_utf8_lossy(&none.stderr).contains("not a link"), "{none:?}");
        assert_eq!(none.status.code(), Some(2));
        let wrong = file(&home, "wrong words", "abandon ".repeat(11).as_bytes());
        assert!(refused(&read(&home, &[cut, "--words-file", &wrong])).contains("11 words instead of 12"));

        let sent = done(&alice.client(&["list", "--mailbox", "Sent"]));
        assert!(sent.contains("The plans"), "{sent}");
        let state = &listed(&alice)[0];
        assert_eq!((state["links"][0]["opened"].as_u64(), state["received"].as_u64()), (Some(4), Some(1)));
        (link, words)
    };
    // A power cut loses no letter, and no count.
    home.kill();
    home.start();
    assert!(done(&read(&home, &[&link])).contains("Subject: The plans"));
    assert!(done(&read(&home, &[&link, "--words-file", &words])).contains("Hello Bob,"));
}

#[test]
fn what_a_sender_chooses_holds() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let send = |choices: &[&str]| {
        let to = ["link", "send", "--to", "ines@elsewhere.test", "--subject", "S", "--no-notice"];
        link_of(&done(&alice.client_reading(b"The text.", &[&to[..], choices].concat())))
    };
    let answered = |name: &str, answer: &str| file(&home, name, answer.as_bytes());

    let (link, code) = send(&["--code"]);
    let code = code.unwrap();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    let looked = read(&home, &[&link, "--look"]);
    let said = String::from_utf8(looked.stderr).unwrap();
    assert!(said.contains("alice <alice@home.test> wrote a letter") && said.contains("A code is asked for"), "{said}");
    let other = if code == "000000" { "111111" } else { "000000" };
    let wrong = answered("wrong code", other);
    assert!(refused(&read(&home, &[&link, "--answer-file", &wrong])).contains("not the right one"));
    let right = answered("right code", &format!("{} {}\n", &code[..3], &code[3..]));
    assert!(done(&read(&home, &[&link, "--answer-file", &right])).contains("The text."));
    assert_eq!(listed(&alice)[0]["links"][0]["wrong_answers"], 1);

    let secret = answered("answer", "Saint-Malo");
    let (link, _) = send(&["--question", "Where did we meet?", "--answer-file", &secret]);
    let said = String::from_utf8(read(&home, &[&link, "--look"]).stderr).unwrap();
    assert!(said.contains("Where did we meet?"), "{said}");
    let typed = answered("typed", "saint malo");
    assert!(done(&read(&home, &[&link, "--answer-file", &typed])).contains("The text."));

    let (link, _) = send(&["--openings", "1"]);
    done(&read(&home, &[&link, "--look"]));
    assert!(done(&read(&home, &[&link])).contains("The text."));
    assert!(refused(&read(&home, &[&link])).contains("no such letter, or not any more"));

    let (link, _) = send(&["--first-browser"]);
    let [mine, others] = ["mine", "others"].map(|name| home.scratch(name).to_str().unwrap().to_owned());
    assert!(done(&read(&home, &[&link, "--browser-file", &mine])).contains("The text."));
    assert!(refused(&read(&home, &[&link, "--browser-file", &others])).contains("where it was opened first"));
    assert!(refused(&read(&home, &[&link])).contains("where it was opened first"));
    assert!(done(&read(&home, &[&link, "--browser-file", &mine])).contains("The text."));

    let (link, _) = send(&["--days", "1"]);
    let newest = listed(&alice).remove(0);
    let [letter, id] = [&newest["id"], &newest["links"][0]["id"]].map(ToString::to_string);
    done(&alice.client(&["link", "change", &letter, &id, "--days", "60", "--forgive"]));
    let end = |state: &serde_json::Value| state["links"][0]["expires_at"].as_i64().unwrap();
    assert!(end(&listed(&alice)[0]) > end(&newest) + 58 * 86_400);
    let said = done(&alice.client(&["link", "list"]));
    assert!(said.contains("not opened; until ") && said.contains("opened as often as it can be"), "{said}");
    done(&alice.client(&["link", "revoke", &letter, &id]));
    assert!(refused(&read(&home, &[&link])).contains("no such letter, or not any more"));
    assert!(done(&alice.client(&["link", "list"])).contains("taken back"));
    assert!(refused(&alice.client(&["link", "revoke", "999"])).contains("there is no letter 999"));
    // Somebody else's letters are nobody's business.
    let bob = Person::register(&home, "bob");
    assert!(refused(&bob.client(&["link", "revoke", &letter])).contains("there is no letter"));
    assert_eq!(done(&bob.client(&["link", "list"])), "");
}

#[test]
fn an_answer_reaches_the_sender_sealed_in_the_same_conversation_and_once() {
    let home = Home::new();
    let (alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let to = ["link", "send", "--subject", "The plans", "--no-notice"];
    let recipients = ["--to", "ines@elsewhere.test", "--to", "bob@home.test"];
    let printed = done(&alice.client_reading(b"See you.", &[&to[..], &recipients].concat()));
    let links: Vec<_> = printed.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    let soup = file(&home, "la soupe.txt", b"hot");
    let told = reply(&home, "I bring\nthe soup.\n", &[links[0], "--attach", &soup]);
    assert!(
        String::from_utf8_lossy(&told.stderr).contains("alice@home.test has your answer, from ines@elsewhere.test")
    );
    done(&told);
    // One by somebody of the box, who need not sign in.
    done(&reply(&home, "Me too.\n", &[links[1]]));

    let list = done(&alice.client(&["list"]));
    assert_eq!(list.lines().count(), 2, "{list}");
    let id = list.lines().last().unwrap().split_whitespace().next().unwrap();
    let letter = done(&alice.client(&["read", id]));
    for line in [
        "From: ines@elsewhere.test",
        "To: alice <alice@home.test>",
        "Subject: Re: The plans",
        "Came: answered through your link, by who has it",
        "Sealed by its sender: yes",
        "Attachment: la soupe.txt (application/octet-stream, 3 octets)",
        "I bring",
    ] {
        assert!(letter.lines().any(|found| found == line), "{line}: {letter}");
    }
    assert!(!letter.contains("Signature") && !letter.contains("Warning"), "{letter}");
    let second = done(&alice.client(&["read", list.split_whitespace().next().unwrap()]));
    assert!(second.contains("From: bob@home.test\n") && second.contains("Me too."), "{second}");
    assert!(done(&bob.client(&["list"])).is_empty());
    let state = &listed(&alice)[0]["links"][0];
    assert_eq!((state["replied"].as_u64(), state["opened"].as_u64()), (Some(1), Some(1)));
    assert!(done(&alice.client(&["link", "list"])).contains("answered 1 times"));

    // Any program that has the key reads it, beside the letter that it answers.
    let maildir = mbsync(&home, &alice.device());
    let [sent] = maildir_messages(&maildir, "Sent").try_into().unwrap();
    let sent = String::from_utf8(sent).unwrap();
    let letters_id = sent.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
    let gnupg = GnuPg::new();
    gnupg.import(alice.exported_key("for the program").as_bytes(), Some("for the program"));
    let answers: Vec<_> =
        maildir_messages(&maildir, "INBOX").into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    let answer = answers
        .iter()
        .find(|answer| answer.contains("From: <ines@elsewhere.test>"))
        .unwrap_or_else(|| panic!("{answers:?}"));
    assert!(answer.contains(&format!("In-Reply-To: {letters_id}")) && answer.contains("Subject: [...]"), "{answer}");
    assert!(!answer.contains("soup") && !answer.contains("plans"), "{answer}");
    let begin = answer.find("-----BEGIN PGP MESSAGE-----").unwrap();
    let inside = gnupg.open(&answer.as_bytes()[begin..], Some("for the program"));
    assert!(inside.status.iter().any(|line| line == "DECRYPTION_OKAY"), "{:?}", inside.status);
    let inside = String::from_utf8(inside.data).unwrap();
    assert!(inside.contains("the soup.") && inside.contains("Subject: Re: The plans"), "{inside}");
}

#[test]
fn a_later_letter_tells_of_the_earlier_one_and_of_what_was_answered() {
    let home = Home::new();
    let (alice, _bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let send = |to: &[&str], subject: &str| {
        let to = to.iter().flat_map(|to| ["--to", to]);
        let arguments: Vec<_> = ["link", "send", "--subject", subject, "--no-notice"].into_iter().chain(to).collect();
        done(&alice.client_reading(b"Hello.\n", &arguments))
    };
    let (first, _) = link_of(&send(&["Ines@elsewhere.test"], "The roof"));
    done(&reply(&home, "Where exactly?\n", &[&first, "--attach", &file(&home, "roof.txt", b"12345")]));
    let letter = done(&read(&home, &[&first]));
    for line in ["> Where exactly?", "> File: roof.txt (5 octets)"] {
        assert!(letter.contains(line) && letter.contains("Your answer of "), "{letter}");
    }
    assert!(!letter.contains("later letter"), "{letter}");

    let printed = send(&["ines@elsewhere.test", "leo@elsewhere.test"], "Sunday");
    let links: Vec<_> = printed.lines().map(|line| link_of(line).0).collect();
    let of_ines = done(&read(&home, &[&links[0]]));
    assert!(of_ines.contains(": The roof\n") && of_ines.contains(&format!("  {first}\n")), "{of_ines}");
    let of_leo = done(&read(&home, &[&links[1]]));
    assert!(of_leo.contains("Subject: Sunday") && !of_leo.contains("Earlier"), "{of_leo}");
    let again = done(&read(&home, &[&first]));
    assert!(again.contains("There is a later letter") && !again.contains("Sunday"), "{again}");
    assert!(!links.iter().any(|link| again.contains(link)), "{again}");
}

#[test]
fn a_letter_that_takes_no_answers_or_is_gone_is_not_answered() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let send = |choices: &[&str]| {
        let to = ["link", "send", "--to", "ines@elsewhere.test", "--subject", "S", "--no-notice"];
        link_of(&done(&alice.client_reading(b"The text.", &[&to[..], choices].concat()))).0
    };
    let silent = send(&["--no-answers"]);
    assert!(refused(&reply(&home, "x", &[&silent])).contains("takes no answers"));
    let once = send(&["--openings", "1"]);
    done(&reply(&home, "Once.", &[&once]));
    assert!(refused(&reply(&home, "Twice.", &[&once])).contains("no such letter, or not any more"));
    let large = home.scratch("large");
    fs::File::create(&large).unwrap().set_len(limits::LINK_REPLY_BYTES as u64 + 1).unwrap();
    let open = send(&[]);
    assert!(refused(&reply(&home, "", &[&open, "--attach", large.to_str().unwrap()])).contains("too large"));
    assert_eq!(done(&alice.client(&["list"])).lines().count(), 1);
}

#[test]
fn what_comes_through_a_link_is_saved_whole_or_not_at_all_and_a_bad_folder_costs_no_opening() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let film = file(&home, "film.mp4", &vec![7; 48 * 1024 * 1024]);
    let send = |choices: &[&str]| {
        let to = ["link", "send", "--to", "ines@elsewhere.test", "--no-notice", "--attach"];
        link_of(&done(&alice.client_reading(b"See it.", &[&to[..], choices].concat()))).0
    };
    let plan = file(&home, "plan.txt", b"At noon.");
    let once = send(&[&plan, "--openings", "1"]);
    let no_folder = read(&home, &[&once, "--attachments", &plan]);
    assert_eq!(no_folder.status.code(), Some(1), "{no_folder:?}");
    assert_eq!(listed(&alice)[0]["links"][0]["opened"], 0);
    let folder = home.scratch("saved");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("plan.txt"), "older").unwrap();
    done(&read(&home, &[&once, "--attachments", folder.to_str().unwrap()]));
    assert_eq!(fs::read(folder.join("plan.txt")).unwrap(), b"older");
    let new = folder.join("plan (2).txt");
    assert_eq!(fs::read(&new).unwrap(), b"At noon.");
    assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o600);

    // Whoever stops it has no half of a file.
    let link = send(&[&film]);
    let folder = home.scratch("half");
    let mut command = reader(&home, &[&link, "--attachments", folder.to_str().unwrap()]);
    let mut reading = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let path = folder.join("film.mp4");
    eventually("the file begins", Duration::from_secs(60), || path.exists().then_some(()));
    signal(reading.id(), "INT");
    let code = reading.wait().unwrap().code();
    assert_eq!((code, fs::read_dir(&folder).unwrap().count()), (Some(1), 0));
}

/// Octets of the large file; `LINK_MB=1024` (as `make soak` sets it) makes it as large as people send.
fn large() -> usize {
    let chosen = std::env::var("LINK_MB").ok().and_then(|text| text.parse::<usize>().ok());
    chosen.unwrap_or(96) * 1024 * 1024
}

/// Most memory that a program may have held, octets: little beside the file, whatever its size.
const MEMORY: usize = 64 * 1024 * 1024;

#[test]
fn a_large_file_gets_through_a_connection_that_goes_again_and_again_in_little_memory() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // Larger than a chunk, so that each connection brings the letter on.
    let way = Cut::new(&home, 12 * 1024 * 1024);
    let path = home.scratch("large.bin");
    let content: Vec<u8> = (0..large()).map(|i| (i ^ (i >> 7) ^ (i >> 17)) as u8).collect();
    fs::write(&path, &content).unwrap();

    let elsewhere = home.scratch("through the way.json");
    let client = |arguments: &[&str]| {
        let mut command = home.command(&["client"]);
        command.args(arguments).args(["--url", &way.url(), "--ca"]).arg(home.authority());
        command.arg("--session").arg(&elsewhere);
        command
    };
    let passphrase = file(&home, "passphrase", tests::person::PASSPHRASE.as_bytes());
    done(&client(&["login", "--address", &alice.address(), "--passphrase-file", &passphrase]).output().unwrap());

    way.drop_next(3);
    let to = ["link", "send", "--to", "ines@elsewhere.test", "--no-notice", "--attach", path.to_str().unwrap()];
    let mut send = client(&to);
    let (sent, held) = watched(send.arg("--body-file").arg(file(&home, "text", b"See the file.")));
    let (link, _) = link_of(&done(&sent));
    assert_eq!(way.left(), 0, "the connection was not cut three times");
    assert!(held < MEMORY, "the sender held {held} octets");

    way.drop_next(3);
    let folder = home.scratch("files");
    let mut command = reader(&home, &[&link, "--attachments", folder.to_str().unwrap()]);
    let (letter, held) = watched(&mut command);
    assert!(done(&letter).contains("See the file."));
    assert_eq!(way.left(), 0, "the connection was not cut three times");
    assert!(held < MEMORY, "the reader held {held} octets");
    assert!(fs::read(folder.join("large.bin")).unwrap() == content);
    let box_held = most_memory(Path::new("/proc").join(home.id().to_string()).as_path()).unwrap();
    assert!(box_held < 4 * MEMORY, "the box held {box_held} octets");
}

/// Runs a program; answers what it said, and the most memory that it was seen to hold.
fn watched(command: &mut Command) -> (Output, usize) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let process = Path::new("/proc").join(child.id().to_string());
    let mut held = 0;
    eventually("the program ends", Duration::from_secs(600), || {
        held = most_memory(&process).unwrap_or(0).max(held);
        child.try_wait().unwrap()
    });
    assert!(held > 0, "the program was not seen");
    (child.wait_with_output().unwrap(), held)
}

/// The most memory that a running program has held so far (proc(5), VmHWM), octets.
fn most_memory(process: &Path) -> Option<usize> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

#[test]
fn a_letter_whose_last_answer_is_lost_on_the_way_is_sent_once_and_its_links_are_told() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // Larger than a chunk of it is the copy for Sent, in base64.
    let relay = Relay::before(home.ports().https, 240_000);
    let url = format!("https://localhost:{}", relay.port());
    let mut state = 1_u32;
    let octets = (0..200_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let photo = file(&home, "photo", &octets.collect::<Vec<u8>>());
    let passphrase = file(&home, "passphrase", PASSPHRASE.as_bytes());
    let session = home.scratch("relay.json");
    let client = |arguments: &[&str]| {
        let mut command = home.command(&["client"]);
        command.args(arguments).args(["--url", &url, "--ca"]).arg(home.authority()).arg("--session").arg(&session);
        try_run(&mut command, b"Here it is.")
    };
    done(&client(&["login", "--address", "alice@home.test", "--passphrase-file", &passphrase]));
    relay.lose(1);
    let sent = client(&["link", "send", "--to", "ines@elsewhere.test", "--no-notice", "--attach", &photo]);
    assert_eq!(relay.left(), 0);
    let (link, _) = link_of(&done(&sent));
    let letter = done(&read(&home, &[&link.replace(&url, &home.url())]));
    assert!(letter.contains("Here it is."), "{letter}");
    assert_eq!(done(&client(&["list", "--mailbox", "Sent"])).lines().count(), 1);

    // Where no answer comes at all it has told the link, and claims nothing.
    relay.lose(100);
    let lost = client(&["link", "send", "--to", "ines@elsewhere.test", "--no-notice", "--attach", &photo]);
    relay.lose(0);
    assert_eq!(lost.status.code(), Some(4), "{lost:?}");
    let said = String::from_utf8(lost.stderr).unwrap();
    assert!(said.contains("Nobody knows whether it was sent.") && !said.contains("It is sent"), "{said}");
    let (link, _) = link_of(std::str::from_utf8(&lost.stdout).unwrap());
    assert!(done(&read(&home, &[&link.replace(&url, &home.url())])).contains("Here it is."));

    // And what the box refuses is told as not sent.
    let key = file(&home, "key", alice.exported_key("for the program").as_bytes());
    let refused_one = client(&["link", "send", "--to", "ines@elsewhere.test", "--notice-file", &key]);
    let said = refused(&refused_one);
    assert!(said.contains("It was not sent") && said.contains("a secret key is in the message"), "{said}");
    assert_eq!(done(&client(&["list", "--mailbox", "Sent"])).lines().count(), 2);
}
