//! Stories of a worker's desk: everything that crosses `postMessage`, against the box's half of the protocols.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on may stop")]

mod support;

use client::worker::parcel::Parcel;
use client::worker::protocol::AskError;
use client::worker::protocol::access::*;
use client::worker::protocol::linking::Unsealed;
use client::worker::protocol::reading::*;
use client::worker::protocol::writing::*;
use shared::api::account::{
    AccountResponse, ConfirmResponse, Language, PassphraseStartResponse, RecoverStartResponse, RegisterFinishRequest,
};
use shared::api::keys::{LookupOutcome, LookupResponse, LookupResult, PeopleResponse, Source};
use shared::api::letter::LetterId;
use shared::api::mailbox::{AppendRequest, Came, MessageId};
use shared::api::submit::{Answered, Class, SubmitRequest};
use shared::api::{Base64, EmailAddress, Timestamp, frame};
use shared::mime::SenderProof;
use shared::people::Standing;

use support::{NOW, PASSPHRASE, Person, carried, desk, stored};

const ID: LetterId = LetterId([9; 16]);

fn people(addresses: &[&str]) -> Vec<client::worker::protocol::reading::Person> {
    let person = |address: &&str| client::worker::protocol::reading::Person {
        name: String::new(),
        address: (*address).to_owned(),
    };
    addresses.iter().map(person).collect()
}

fn letter(to: &[&str], bcc: &[&str]) -> Letter {
    Letter {
        to: people(to),
        bcc: people(bcc),
        subject: "Sunday lunch".to_owned(),
        text: "At noon?\nMarie".to_owned(),
        enclosures: vec![Enclosure {
            name: "plan é.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: vec![0, 1, 2, 255].into(),
        }],
        ..Letter::default()
    }
}

fn seal(letter: Letter, recipients: &[(&str, Option<Base64>)]) -> SealLetter {
    let recipient = |(address, certificate): &(&str, Option<Base64>)| Recipient {
        address: address.parse().unwrap(),
        certificate: certificate.clone(),
    };
    let recipients = recipients.iter().map(recipient).collect();
    SealLetter {
        letter,
        id: ID,
        attempt: 3,
        recipients,
        linked: None,
        sealed_notices: Vec::new(),
        now: NOW,
        draft: Some(MessageId(7)),
        answers: None,
        hold_seconds: 10,
    }
}

/// The submission in a sealed letter, with the bytes of each of its parts.
fn submission(sealed: &SealedLetter) -> (SubmitRequest, Vec<Vec<u8>>) {
    let bytes = sealed.frame.to_vec();
    let (head, mut rest): (SubmitRequest, _) = frame::decode(&bytes).unwrap();
    let mut parts = Vec::new();
    for length in head.copies.iter().map(|copy| copy.length).chain([head.sent.length]) {
        let (part, after) = rest.split_at(length);
        parts.push(part.to_vec());
        rest = after;
    }
    assert!(rest.is_empty());
    assert_eq!((head.letter, head.attempt), (ID, 3));
    (head, parts)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn alice_registers_and_another_browser_opens_her_account() {
    let mut alice = Person::new(1);
    alice.register("alice");
    assert_eq!(alice.words.len(), 12);
    alice.desk = desk(2);
    alice.login(PASSPHRASE).unwrap();
    let account = alice.account();
    let tab_key = alice.ask(Unlock { account: carried(&account) }).unwrap();
    // A reload, or another worker of the pool.
    alice.desk = desk(3);
    alice.ask(UnlockTab { account: carried(&account), tab_key: tab_key.clone() }).unwrap();
    assert!(alice.ask(ExportKey { passphrase: "another passphrase".to_owned().into() }).is_ok());
    // Another session of the box.
    let other = AccountResponse { tab_share: Base64(vec![8; 32]), ..account };
    assert_eq!(alice.ask(UnlockTab { account: carried(&other), tab_key }), Err(AskError::TabKeyGone));
}

#[test]
fn what_is_wrong_is_told_apart_as_far_as_it_may_be() {
    let mut alice = Person::named("alice", 1);
    assert_eq!(alice.login("wrong horse battery"), Err(AskError::WrongCredentials));
    assert_eq!(alice.login("short"), Err(AskError::WrongCredentials));
    let export = |passphrase: &str| ExportKey { passphrase: passphrase.to_owned().into() };
    assert_eq!(alice.ask(export("short")).unwrap_err(), AskError::PassphraseTooShort);
    assert_eq!(alice.ask(export("line\nend in it")).unwrap_err(), AskError::PassphraseControlCharacter);
    assert_eq!(alice.ask(export(&"x".repeat(2000))).unwrap_err(), AskError::PassphraseTooLong);
    alice.desk = desk(5);
    assert_eq!(alice.ask(export(PASSPHRASE)).unwrap_err(), AskError::Locked);
    let account = carried(&alice.account());
    assert_eq!(alice.ask(Unlock { account }).unwrap_err(), AskError::Unexpected);
}

#[test]
fn the_recovery_code_gives_a_new_passphrase_and_a_new_code() {
    let mut alice = Person::named("alice", 1);
    alice.desk = desk(2);
    let recover = |words: &str| RecoverStart {
        address: "alice@home.test".parse().unwrap(),
        words: words.to_owned().into(),
        passphrase: "a new passphrase".to_owned().into(),
        language: Language::Fr,
    };
    assert_eq!(alice.ask(recover("one two")).unwrap_err(), AskError::RecoveryWordCount(2));
    let words = alice.words.join(" ");
    let request = alice.ask(recover(&words)).unwrap().read().unwrap();
    let kept = alice.kept.clone().unwrap();
    assert_eq!(request.recovery_proof, kept.recovery_proof);
    let response = carried(&RecoverStartResponse {
        account_id: kept.account_id,
        recovery_wrap: kept.recovery_wrap.clone(),
        opaque_response: alice.setup.register(kept.account_id, &request.opaque_request.0).unwrap().into(),
    });
    let recovered = alice.ask(RecoverFinish { response }).unwrap();
    assert_ne!(recovered.recovery_words, alice.words);
    let finish = recovered.request.read().unwrap();
    alice.kept = Some(RegisterFinishRequest {
        opaque_record: finish.opaque_record,
        passphrase_wrap: finish.passphrase_wrap,
        ..kept
    });
    assert_eq!(alice.login(PASSPHRASE), Err(AskError::WrongCredentials));
    alice.login("a new passphrase").unwrap();
    let account = carried(&alice.account());
    alice.ask(Unlock { account }).unwrap();
}

#[test]
fn who_is_in_changes_passphrase_and_recovery_code() {
    let mut alice = Person::named("alice", 1);
    let confirmed = || carried(&ConfirmResponse { confirmation: Base64(vec![5; 32]) });
    let change = |text: &str| PassphraseStart { confirmed: confirmed(), passphrase: text.to_owned().into() };
    assert_eq!(alice.ask(change("short")).unwrap_err(), AskError::PassphraseTooShort);
    // The present one is shown first; the account stays open.
    alice.login(PASSPHRASE).unwrap();
    let request = alice.ask(change("a new passphrase")).unwrap().read().unwrap();
    let kept = alice.kept.clone().unwrap();
    let opaque_response = Base64(alice.setup.register(kept.account_id, &request.opaque_request.0).unwrap());
    let finish = || PassphraseFinish {
        response: carried(&PassphraseStartResponse { opaque_response: opaque_response.clone() }),
    };
    let request = alice.ask(finish()).unwrap().read().unwrap();
    assert_eq!(alice.ask(finish()).unwrap_err(), AskError::Unexpected);
    let made = alice.ask(MakeRecoveryCode { confirmed: confirmed(), language: Language::Fr }).unwrap();
    assert_eq!((made.recovery_words.len(), made.recovery_words == alice.words), (12, false));
    assert_eq!(made.request.read().unwrap().confirmation, Base64(vec![5; 32]));
    alice.kept = Some(RegisterFinishRequest {
        opaque_record: request.opaque_record,
        passphrase_wrap: request.passphrase_wrap,
        ..kept
    });
    alice.desk = desk(2);
    assert_eq!(
        alice.ask(MakeRecoveryCode { confirmed: confirmed(), language: Language::Fr }).unwrap_err(),
        AskError::Locked
    );
    assert_eq!(alice.login(PASSPHRASE), Err(AskError::WrongCredentials));
    alice.login("a new passphrase").unwrap();
    let account = carried(&alice.account());
    alice.ask(Unlock { account }).unwrap();
}

#[test]
fn alice_writes_to_bob_who_reads_it_and_sees_that_it_is_hers() {
    let (mut alice, mut bob) = (Person::named("alice", 1), Person::named("bob", 2));
    let sealed =
        alice.ask(seal(letter(&["bob@home.test"], &[]), &[("bob@home.test", Some(bob.certificate()))])).unwrap();
    let (head, parts) = submission(&sealed);
    assert_eq!((head.copies.len(), head.copies[0].class, head.hold_seconds), (1, Class::Sealed, 10));
    assert_eq!((head.from.as_str(), head.draft), ("alice@home.test", Some(MessageId(7))));
    for secret in ["Sunday lunch", "At noon", "plan"] {
        assert!(!holds(&sealed.frame.to_vec(), secret), "{secret}");
    }
    let arrived = bob.sealed_for(&parts[0]);
    let unknown = bob.read(arrived.clone(), Vec::new()).unwrap();
    assert_eq!(unknown.signatures[0].verdict, Verdict::UnknownSigner);
    let bob_has = arrived.clone();
    let view = bob.read(arrived, vec![alice.certificate()]).unwrap();
    assert_eq!((view.subject.as_str(), view.text.trim_end()), ("Sunday lunch", "At noon?\nMarie"));
    assert_eq!((view.from[0].name.as_str(), view.from[0].address.as_str()), ("alice", "alice@home.test"));
    assert_eq!((view.sealing, view.problems.as_slice()), (Sealing::EndToEnd, &[][..]));
    assert_eq!(view.attachments.len(), 1);
    assert_eq!(view.attachments[0].name, "plan é.pdf");
    assert_eq!(view.attachments[0].bytes, vec![0, 1, 2, 255].into());
    assert_eq!((view.signatures.len(), view.signatures[0].verdict), (1, Verdict::Good));
    assert_eq!(view.signatures[0].addresses, ["alice@home.test"]);
    // The box could tell nothing of it; Bob's worker can, and makes a summary for the box to keep.
    let closed = bob.closed_summary(SenderProof::Proven);
    let before = bob.list_shows(&closed);
    assert_eq!((before.subject.as_str(), before.is_closed, before.wants_a_look), ("[...]", true, true));
    let better = bob.ask(Summarise { message: bob_has.clone(), closed: closed.clone(), now: NOW }).unwrap();
    let summary = &better.view;
    assert_eq!((summary.subject.as_str(), summary.snippet.as_str()), ("Sunday lunch", "At noon? Marie"));
    assert_eq!((summary.sealing, summary.is_closed), (Sealing::EndToEnd, false));
    assert_eq!((summary.attachments.as_slice(), summary.sender), (&["plan é.pdf".to_owned()][..], SenderCheck::Passed));
    assert_eq!(&bob.list_shows(&better.sealed), summary);
    assert!(!holds(&better.sealed.0, "Sunday"));
    // Reading it gives the same on the way.
    let ask = OpenMessage {
        message: bob_has,
        certificates: Vec::new(),
        closed: Some(closed),
        people: None,
        learn: false,
        now: NOW,
    };
    let read = bob.ask(ask).unwrap().summary.unwrap();
    assert_eq!((&read.view, bob.list_shows(&read.sealed)), (summary, summary.clone()));
    // Her own copy.
    let own = alice.read(stored(parts.last().unwrap(), None), Vec::new()).unwrap();
    assert_eq!((own.subject.as_str(), own.attachments.len()), ("Sunday lunch", 1));
    let opened = alice.list_shows(&head.sent.summary);
    assert_eq!((opened.subject.as_str(), opened.sealing), ("Sunday lunch", Sealing::EndToEnd));
    assert_eq!(opened.attachments, ["plan é.pdf"]);
    // Nobody else.
    let mut carol = Person::named("carol", 3);
    let not_hers = stored(&parts[0], None);
    assert_eq!(carol.read(not_hers, Vec::new()).unwrap_err(), AskError::NotForUs);
}

#[test]
fn a_better_summary_says_no_more_than_is_known() {
    let (mut alice, mut bob) = (Person::named("alice", 1), Person::named("bob", 2));
    let to_bob = [("bob@home.test", Some(bob.certificate()))];
    let (_, parts) = submission(&alice.ask(seal(letter(&["bob@home.test"], &[]), &to_bob)).unwrap());
    let text = String::from_utf8(parts[0].clone()).unwrap();
    let ask = |bob: &mut Person, arrived: &str| {
        let (message, closed) = (bob.sealed_for(arrived.as_bytes()), bob.closed_summary(SenderProof::Proven));
        bob.ask(Summarise { message, closed, now: NOW }).unwrap().view
    };
    // The box vouched for the author outside, who is another one than inside.
    let other = ask(&mut bob, &text.replacen("alice@home.test", "eve@evil.test", 2));
    assert_eq!((other.from.unwrap().address.as_str(), other.sender), ("alice@home.test", SenderCheck::Unknown));
    // Altered on its way: nothing of what is inside, and it is not fetched for that again.
    let mut altered = text.clone().into_bytes();
    let half = text.len() / 2;
    altered[half] = if altered[half] == b'A' { b'B' } else { b'A' };
    let broken = ask(&mut bob, std::str::from_utf8(&altered).unwrap());
    assert_eq!((broken.subject.as_str(), broken.snippet.as_str(), broken.attachments.len()), ("[...]", "", 0));
    assert_eq!((broken.is_closed, broken.wants_a_look), (true, false));
    // Sealed for Carol.
    let mut carol = Person::named("carol", 3);
    let (message, closed) = (carol.sealed_for(text.as_bytes()), carol.closed_summary(SenderProof::Unproven));
    let hers = carol.ask(Summarise { message, closed, now: NOW }).unwrap().view;
    assert_eq!((hers.subject.as_str(), hers.is_closed, hers.wants_a_look), ("[...]", true, false));
}

#[test]
fn who_poses_as_somebody_of_the_box_is_found_out() {
    let (mut alice, mut bob) = (Person::named("alice", 1), Person::named("bob", 2));
    let mut read = |came, from: &str| {
        let message = bob.sealed_as(format!("From: {from}\r\nSubject: x\r\n\r\nhi\r\n").as_bytes(), came);
        bob.read(message, Vec::new()).unwrap()
    };
    let forged = read(Some(Came::Outside), "Alice <Alice@HOME.test>");
    assert_eq!((forged.is_posing, forged.came), (true, Some(Came::Outside)));
    for came in [None, Some(Came::Here), Some(Came::Box)] {
        assert!(!read(came, "Alice <alice@home.test>").is_posing, "{came:?}");
    }
    // A name that is an address deceives as well.
    let named = read(Some(Came::Outside), "\"alice@home.test\" <evil@evil.test>");
    assert_eq!((named.is_posing, named.from), (false, people(&["evil@evil.test"])));
    // Whose own signature it bears wrote it, whoever brought it.
    let to_bob = [("bob@home.test", Some(bob.certificate()))];
    let (_, parts) = submission(&alice.ask(seal(letter(&["bob@home.test"], &[]), &to_bob)).unwrap());
    let arrived = bob.sealed_as(&parts[0], Some(Came::Outside));
    let mut passed_on = |certificates| bob.read(arrived.clone(), certificates).unwrap().is_posing;
    assert!(passed_on(Vec::new()));
    assert!(!passed_on(vec![alice.certificate()]));
}

#[test]
fn somebody_in_bcc_is_seen_by_nobody() {
    let (mut alice, bob, dave) = (Person::named("alice", 1), Person::named("bob", 2), Person::named("dave", 4));
    let recipients = [
        ("bob@home.test", Some(bob.certificate())),
        ("carol@out.test", None),
        ("dave@home.test", Some(dave.certificate())),
    ];
    let sealed =
        alice.ask(seal(letter(&["bob@home.test", "carol@out.test"], &["dave@home.test"]), &recipients)).unwrap();
    let (head, parts) = submission(&sealed);
    let to: Vec<_> = head.copies.iter().map(|copy| (copy.class, copy.recipients.clone())).collect();
    let address = |text: &str| vec![text.parse::<EmailAddress>().unwrap()];
    assert_eq!(
        to,
        [
            (Class::Sealed, address("bob@home.test")),
            (Class::Sealed, address("dave@home.test")),
            (Class::Open, address("carol@out.test")),
        ]
    );
    assert!(parts[..3].iter().all(|part| !holds(part, "dave")));
    assert!(holds(&parts[2], "Sunday lunch"));
    // Who uses OpenPGP is told her certificate; who does not gets nothing of it.
    assert!(parts[..2].iter().all(|part| part.starts_with(b"Autocrypt: addr=alice@home.test; prefer-encrypt=mutual;")));
    assert!(!holds(&parts[2], "Autocrypt"));
    let own = alice.read(stored(&parts[3], None), Vec::new()).unwrap();
    assert_eq!(own.bcc, people(&["dave@home.test"]));
    let opened = alice.ask(OpenSummaries { sealed: vec![(MessageId(1), head.sent.summary)], now: NOW }).unwrap();
    assert_eq!(opened[0].summary.as_ref().unwrap().sealing, Sealing::OnArrival);
}

#[test]
fn a_certificate_that_fails_is_an_error_and_never_an_open_letter() {
    let mut alice = Person::named("alice", 1);
    let recipients = [("carol@out.test", None), ("bob@home.test", Some(Base64(vec![1, 2, 3])))];
    let failed = alice.ask(seal(letter(&["bob@home.test", "carol@out.test"], &[]), &recipients));
    assert_eq!(failed.unwrap_err(), AskError::Certificate(1));
    assert_eq!(alice.ask(seal(letter(&[], &[]), &[])).unwrap_err(), AskError::Letter);
}

#[test]
fn a_certificate_that_cannot_be_used_any_more_is_told_by_its_place_among_all_recipients() {
    let (mut alice, carol, mut bob) = (Person::named("alice", 1), Person::named("carol", 3), Person::new(2));
    // It can be used only later than it is: what was judged good before can be too old when it is used.
    bob.register_at("bob", Timestamp(NOW.0 + 400 * 24 * 3600));
    let recipients = [
        ("carol@home.test", Some(carol.certificate())),
        ("dave@out.test", None),
        ("bob@home.test", Some(bob.certificate())),
    ];
    let failed = alice.ask(seal(letter(&["carol@home.test", "dave@out.test", "bob@home.test"], &[]), &recipients));
    assert_eq!(failed.unwrap_err(), AskError::Certificate(2));
}

#[test]
fn a_draft_comes_back_as_it_was_written() {
    let mut alice = Person::named("alice", 1);
    let letter = Letter {
        to: people(&["not yet an addr"]),
        bcc: people(&["dave@home.test"]),
        in_reply_to: Some("1@x.test".to_owned()),
        references: vec!["0@x.test".to_owned(), "1@x.test".to_owned()],
        after_sealed: true,
        unsealed: Unsealed::Open,
        ..letter(&[], &[])
    };
    let answers = Some(Answered { message: MessageId(3), forward: false });
    let sealed = alice.ask(SealDraft { letter, now: NOW, id: ID, answers, replaces: Some(MessageId(5)) }).unwrap();
    let bytes = sealed.frame.to_vec();
    let (head, message): (AppendRequest, _) = frame::decode(&bytes).unwrap();
    assert!(head.flags.draft && head.flags.seen);
    assert_eq!((head.replaces, head.letter), (Some(MessageId(5)), Some(ID)));
    let view = alice.read(stored(message, None), Vec::new()).unwrap();
    assert_eq!((view.subject.as_str(), view.text.trim_end()), ("Sunday lunch", "At noon?\nMarie"));
    assert_eq!((view.bcc, view.attachments.len()), (people(&["dave@home.test"]), 1));
    assert_eq!((view.in_reply_to.as_deref(), view.references.len()), (Some("1@x.test"), 2));
    assert_eq!(view.draft, DraftMarks { after_sealed: true, answers, unsealed: Unsealed::Open });
    // Of that nothing leaves, and nothing stays in Sent.
    let open = Letter { after_sealed: true, ..self::letter(&["carol@out.test"], &[]) };
    let (_, parts) = submission(&alice.ask(seal(open, &[("carol@out.test", None)])).unwrap());
    assert!(!holds(&parts[0], "X-Own-Mailbox"));
    assert_eq!(alice.read(stored(&parts[1], None), Vec::new()).unwrap().draft, DraftMarks::default());
}

#[test]
fn an_ordinary_mail_with_html_and_an_image_is_shown_without_the_network() {
    let mut alice = Person::named("alice", 1);
    let mail = "From: Bob <bob@out.test>\r\nTo: alice@home.test\r\nSubject: =?utf-8?q?F=C3=AAte?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
        <p onclick=x>Hé</p><img src=\"cid:i@x\"><img src=\"https://t.test/a.gif\"><script>x</script>\r\n\
        --b\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\ncG5n\r\n--b--\r\n";
    let sealed = alice.sealed_for(mail.as_bytes());
    let view = alice.read(sealed, Vec::new()).unwrap();
    assert_eq!((view.subject.as_str(), view.sealing), ("Fête", Sealing::OnArrival));
    let html = view.html.unwrap();
    assert_eq!(html.blocked_images, 1);
    assert!(html.document.contains("<p>Hé</p>") && html.document.contains("data:image/png;base64,cG5n"));
    assert!(!html.document.contains("t.test") && !html.document.contains("<script"));
    assert_eq!(view.attachments.iter().map(|file| file.shown).collect::<Vec<_>>(), [true]);
    assert!(view.text.contains("Hé"));
}

#[test]
fn what_is_damaged_is_told_and_stops_nothing() {
    let mut alice = Person::named("alice", 1);
    let sealed = alice.sealed_for(b"Subject: a\r\n\r\nb\r\n").to_vec();
    for cut in [0, 3, 40, sealed.len() / 2, sealed.len() - 20] {
        let error = alice.read(sealed[..cut].to_vec().into(), Vec::new());
        assert!(error.is_err() || error.unwrap().text.len() < 10_000);
    }
    let opened = alice.ask(OpenSummaries { sealed: vec![(MessageId(1), Base64(vec![0; 9]))], now: NOW }).unwrap();
    assert_eq!(opened[0].summary, Err(AskError::MessageDamaged));
    let nonsense = Parcel { head: b"{}".to_vec(), parts: Vec::new() };
    let answer = alice.desk.answer(nonsense).unpack::<Result<(), AskError>>().unwrap();
    assert_eq!(answer, Err(AskError::Unexpected));
    // A mail that has nothing but a line.
    let bare = alice.sealed_for(b"only text");
    assert_eq!(alice.read(bare, Vec::new()).unwrap().problems, [Problem::NoHeader]);
}

#[test]
fn a_sealed_text_is_shown_without_what_stands_around_it() {
    let mut alice = Person::named("alice", 1);
    let block = alice.armored(b"secret");
    let mail = |body: &str| format!("From: bob@out.test\r\nSubject: old ways\r\n\r\n{body}\r\n");
    let alone = alice.sealed_for(mail(&block).as_bytes());
    let view = alice.read(alone, Vec::new()).unwrap();
    assert_eq!((view.text.trim_end(), view.sealing, view.problems), ("secret", Sealing::EndToEnd, vec![]));
    let around = alice.sealed_for(mail(&format!("click here\r\n{block}\r\nto win")).as_bytes());
    let view = alice.read(around, Vec::new()).unwrap();
    assert_eq!((view.text.trim_end(), view.problems), ("secret", vec![Problem::PartsOutside]));
}

#[test]
fn certificates_are_judged_by_whose_they_are() {
    let (mut alice, bob) = (Person::named("alice", 1), Person::named("bob", 2));
    let found = |address: &str, certificate: Base64| LookupResult {
        address: address.parse().unwrap(),
        outcome: LookupOutcome::Found { certificate, source: Source::Wkd },
    };
    let none = LookupResult { address: "x@out.test".parse().unwrap(), outcome: LookupOutcome::None };
    let results = vec![
        found("Bob@home.test", bob.certificate()),
        found("carol@home.test", bob.certificate()),
        found("dave@home.test", Base64(vec![1])),
        none,
    ];
    let judge = |results, now| {
        let found = carried(&LookupResponse { results });
        JudgeCertificates { found, people: PeopleResponse::default(), now }
    };
    let judged = alice.ask(judge(results, NOW)).unwrap();
    // Bob was seen for the first time.
    assert_eq!(judged.people.map(|people| people.generation), Some(1));
    let judged: Vec<_> = judged.addresses.into_iter().map(|one| one.judgement).collect();
    let seen = |standing: &Standing| standing.fingerprint.len() == 40 && standing.since == NOW;
    assert!(matches!(&judged[0], Judgement::Usable { standing, .. } if seen(standing)), "{:?}", judged[0]);
    assert_eq!(
        judged[1..],
        [
            Judgement::Unusable(CertificateFlaw::OtherAddress),
            Judgement::Unusable(CertificateFlaw::Damaged),
            Judgement::None
        ]
    );
    let before = Timestamp(NOW.0 - 400 * 24 * 3600);
    let results = vec![found("bob@home.test", bob.certificate())];
    let judged = alice.ask(judge(results, before)).unwrap();
    assert_eq!(judged.people, None);
    assert_eq!(judged.addresses[0].judgement, Judgement::Unusable(CertificateFlaw::Expired));
}

#[test]
fn a_device_password_is_made_here_and_the_box_gets_what_is_derived() {
    let mut alice = Person::named("alice", 1);
    let made = alice.ask(MakeDevicePassword { name: "Thunderbird".to_owned(), opened: false }).unwrap();
    let request = made.request.read().unwrap();
    assert_eq!((request.name.as_str(), request.auth.0.len()), ("Thunderbird", 32));
    assert_eq!(made.password.expose().replace('-', "").len(), 32);
    let exported = alice.ask(ExportKey { passphrase: PASSPHRASE.to_owned().into() }).unwrap().to_vec();
    assert!(exported.starts_with(b"-----BEGIN PGP PRIVATE KEY BLOCK-----"));
}
