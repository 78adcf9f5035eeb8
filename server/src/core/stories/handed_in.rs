//! Mail that people of this box hand in.

use shared::api::keys::{LookupOutcome, Source};
use shared::api::letter::LetterId;
use shared::api::mailbox::{MailboxRole, MessageId};
use shared::api::submit::{Answered, Class, DeliveryState, OutgoingCopy, SentCopy, SubmitRequest};
use shared::api::{Base64, EmailAddress, Timestamp};
use shared::mime::{self, Summary};
use shared::pgp::{self, SecretKey, wkd};
use shared::vault::Passphrase;

use crate::core::devices::{self, SignedInDevice};
use crate::core::from_program::FromProgram;
use crate::core::mail::MailError;
use crate::core::office::Office;
use crate::core::outgoing::HeaderError;
use crate::core::submit::SubmitError;
use crate::core::testing::Person;
use crate::core::trace::Trace;
use crate::store::flags::FlagBits;
use crate::store::{StoreError, messages, queue};

fn letter(to: &str) -> String {
    format!("From: alice@home.test\r\nTo: {to}\r\nBcc: hidden@example.org\r\nSubject: trip\r\n\r\nPack light.\r\n")
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// Forms of a letter: how each travels, to whom, and its bytes.
pub(super) type Copies<'a> = Vec<(Class, &'a [&'a str], Vec<u8>)>;

/// What the page would hand in: open copies as they are, a sealed one for those who have a certificate.
pub(super) fn request(office: &mut Office, alice: &Person, copies: Copies<'_>) -> (SubmitRequest, Vec<u8>) {
    let now = office.home.now();
    let certificate = alice.unlocked.certificate();
    let own = letter("bob@example.org");
    let sent = pgp::seal_own(own.as_bytes(), certificate, now, &mut office.home.rng).unwrap();
    let summary = Summary::of(&mime::read(own.as_bytes()));
    let summary = pgp::seal_summary(&summary, certificate, now, &mut office.home.rng).unwrap();
    let mut parts = Vec::new();
    let mut described = Vec::new();
    for (class, recipients, bytes) in copies {
        let recipients = recipients.iter().map(|text| address(text)).collect();
        described.push(OutgoingCopy { class, recipients, length: bytes.len() });
        parts.extend(bytes);
    }
    let letter = LetterId(office.home.context.random.clone().bytes());
    let request = SubmitRequest {
        linked: None,
        letter,
        attempt: 1,
        from: alice.address.clone(),
        copies: described,
        sent: SentCopy { summary: Base64(summary), length: sent.len() },
        draft: None,
        answers: None,
        hold_seconds: 0,
    };
    parts.extend(sent);
    (request, parts)
}

pub(super) fn open(to: &'static [&'static str]) -> Copies<'static> {
    vec![(Class::Open, to, letter(to[0]).into_bytes())]
}

async fn file(office: &Office, alice: &Person, role: MailboxRole) -> MessageId {
    let account = office.account(alice).await;
    let now = office.home.now();
    let new = messages::NewMessage {
        bytes: b"From: x\r\n\r\n".to_vec().into(),
        sealed_summary: Vec::new(),
        sealed_header: Vec::new(),
        flags: FlagBits::default(),
        keywords: crate::store::flags::Keywords::default(),
        received_at: now,
        saved_at: now,
        came: None,
    };
    let store = &office.home.context.store;
    let filed = store.write(move |tx| {
        let mailbox = crate::store::mailboxes::by_role(tx, account, role)?;
        messages::append(tx, account, mailbox.id, &new)
    });
    filed.await.unwrap_or_else(|error: StoreError| panic!("{error}")).id
}

#[tokio::test]
async fn the_page_hands_a_letter_in_and_all_that_belongs_to_it_happens_at_once() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let draft = file(&office, &alice, MailboxRole::Drafts).await;
    let answered = file(&office, &alice, MailboxRole::Archive).await;
    let (mut request, parts) = request(&mut office, &alice, open(&["bob@example.org", "carol@example.org"]));
    request.draft = Some(draft);
    request.answers = Some(Answered { message: answered, forward: false });
    let response = office.post.submit(account, request, parts).await.unwrap();
    let [sent] = office.look(&alice, MailboxRole::Sent).await.try_into().ok().unwrap();
    assert_eq!(sent.id, response.sent);
    assert_eq!(sent.message.original, letter("bob@example.org").as_bytes());
    let store = &office.home.context.store;
    let after = store.read(move |tx| {
        let gone = matches!(messages::get(tx, account, draft), Err(StoreError::NotFound));
        Ok::<_, StoreError>((gone, messages::get(tx, account, answered)?.flags))
    });
    assert_eq!(after.await.unwrap(), (true, FlagBits::ANSWERED));
    let deliveries = office.post.deliveries(account, response.sent).await.unwrap().deliveries;
    assert!(
        deliveries.iter().all(|delivery| delivery.state == DeliveryState::Waiting && delivery.class == Class::Open)
    );
    assert_eq!(deliveries.len(), 2);
    assert!(!office.on_disk("Pack light"));
}

#[tokio::test]
async fn what_is_held_can_be_taken_back_and_what_has_left_cannot() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let account = office.account(&alice).await;
    let (mut held, parts) = request(&mut office, &alice, open(&["bob@example.org"]));
    held.hold_seconds = 10;
    let first = office.post.submit(account, held.clone(), parts.clone()).await.unwrap();
    assert_eq!(first.leaves_at, office.home.now().plus(10));
    let state = office.post.deliveries(account, first.sent).await.unwrap().deliveries;
    assert_eq!(state[0].state, DeliveryState::Held);
    let stranger = office.account(&bob).await;
    let refused = office.post.take_back(stranger, first.submission).await;
    assert!(matches!(refused, Err(SubmitError::Store(StoreError::NotFound))));
    office.home.pass(9);
    office.post.take_back(account, first.submission).await.unwrap();
    assert!(office.look(&alice, MailboxRole::Sent).await.is_empty());

    let second = office.post.submit(account, held.clone(), parts.clone()).await.unwrap();
    assert_ne!(second.submission, first.submission);
    office.home.pass(10);
    let late = office.post.take_back(account, second.submission).await;
    assert!(matches!(late, Err(SubmitError::AlreadySent)));
    held.hold_seconds = 31;
    assert!(matches!(office.post.submit(account, held, parts).await, Err(SubmitError::Malformed)));
}

#[tokio::test]
async fn who_is_hidden_gets_a_sealed_copy_of_their_own() {
    let mut office = Office::new();
    let (alice, bob, carol) = (office.person("alice").await, office.person("bob").await, office.person("carol").await);
    let (account, now) = (office.account(&alice).await, office.home.now());
    let mut sealed = |to: &Person| {
        let key = alice.unlocked.current_key();
        let letter = letter("bob@home.test");
        pgp::seal_outgoing(letter.as_bytes(), &[to.unlocked.certificate()], Some(key), now, &mut office.home.rng)
            .unwrap()
    };
    let (for_bob, for_carol) = (sealed(&bob), sealed(&carol));
    let copies =
        vec![(Class::Sealed, &["bob@home.test"][..], for_bob), (Class::Sealed, &["carol@home.test"][..], for_carol)];
    let (request, parts) = request(&mut office, &alice, copies);
    let response = office.post.submit(account, request, parts).await.unwrap();
    let deliveries = office.post.deliveries(account, response.sent).await.unwrap().deliveries;
    assert!(deliveries.iter().all(|delivery| delivery.class == Class::Sealed));
    assert_eq!(deliveries.len(), 2);
    // Two open copies would be two letters.
    let twice = [open(&["x@example.org"]), open(&["y@example.org"])].concat();
    let (request, parts) = self::request(&mut office, &alice, twice);
    assert!(matches!(office.post.submit(account, request, parts).await, Err(SubmitError::Malformed)));
}

#[tokio::test]
async fn nobody_sends_as_somebody_else_and_no_key_leaves() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    office.person("bob").await;
    let account = office.account(&alice).await;
    let with = |from: &str, body: &str| format!("From: {from}\r\nTo: x@example.org\r\n\r\n{body}\r\n").into_bytes();
    let to: &[&str] = &["x@example.org"];
    let mut tries: Vec<(Copies<'_>, &str)> = vec![
        (vec![(Class::Open, to, with("bob@home.test", "hi"))], "Header(NotYours)"),
        (vec![(Class::Open, to, with("alice@home.test, bob@home.test", "hi"))], "Header(NotYours)"),
        (vec![(Class::Open, to, with("alice@example.org", "hi"))], "Header(NotYours)"),
        (vec![(Class::Open, to, with("nobody", "hi"))], "Header(NoAuthor)"),
        (vec![(Class::Sealed, to, with("alice@home.test", "hi"))], "Copy(NotSealed)"),
        (vec![(Class::Open, &["nobody@home.test"], with("alice@home.test", "hi"))], "RecipientNotValid"),
        (vec![(Class::Open, &["x@[127.0.0.1]"], with("alice@home.test", "hi"))], "RecipientNotValid"),
        (vec![(Class::Open, &[], with("alice@home.test", "hi"))], "RecipientCount"),
        (vec![], "Malformed"),
    ];
    let key = alice.unlocked.export_key(&Passphrase::new("under a passphrase").unwrap(), &mut office.home.rng).unwrap();
    tries.push((vec![(Class::Open, to, with("alice@home.test", &key))], "Header(PrivateKey)"));
    for (copies, expected) in tries {
        let (request, parts) = request(&mut office, &alice, copies);
        let error = office.post.submit(account, request, parts).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }
    let (mut other, parts) = request(&mut office, &alice, open(&["x@example.org"]));
    other.from = address("bob@home.test");
    assert!(matches!(office.post.submit(account, other, parts).await, Err(SubmitError::SenderNotAllowed)));
    let (short, parts) = request(&mut office, &alice, open(&["x@example.org"]));
    assert!(matches!(office.post.submit(account, short, parts[1..].to_vec()).await, Err(SubmitError::Malformed)));
    assert!(office.look(&alice, MailboxRole::Sent).await.is_empty());
    let (tagged, parts) = request(&mut office, &alice, vec![(Class::Open, to, with("alice+shop@home.test", "hi"))]);
    office.post.submit(account, tagged, parts).await.unwrap();
}

#[tokio::test]
async fn a_wrong_summary_or_sent_copy_is_refused() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let (mut request, parts) = request(&mut office, &alice, open(&["x@example.org"]));
    request.sent.summary = Base64(vec![0; 70_000]);
    let refused = office.post.submit(account, request, parts).await;
    assert!(matches!(refused, Err(SubmitError::Copy(MailError::TooLarge))));
}

/// A device of somebody's that has signed in.
async fn signed_in(office: &mut Office, person: &Person) -> SignedInDevice {
    let (request, _) = person.unlocked.device_password("Laptop".into(), false, &mut office.home.rng);
    let account = office.account(person).await;
    let device = devices::create(&office.home.context, account, request).await.unwrap().id;
    SignedInDevice { account, address: person.address.clone(), device }
}

fn handed(office: &Office, who: &SignedInDevice, to: &[&str], message: &str) -> FromProgram {
    FromProgram {
        login: who.clone(),
        from: Some(who.address.clone()),
        recipients: to.iter().map(|text| address(text)).collect(),
        trace: Trace { client: None, protocol: "ESMTPSA", tls: None, id: office.post.name_message() },
        message: message.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn a_programs_open_letter_is_sealed_on_its_way_out_where_that_can_be() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let laptop = signed_in(&mut office, &alice).await;
    let now = office.home.now();
    let mut keys = Vec::new();
    for name in ["carol", "dave", "hidden"] {
        let who = address(&format!("{name}@pgp.test"));
        let key = SecretKey::make(&format!("<{who}>"), now, &mut office.home.rng).unwrap();
        office.fetch.put(&wkd::advanced_url(&who), key.certificate().to_bytes());
        keys.push(key);
    }
    let carrier = std::sync::Arc::new(crate::core::office::Scripted::default());
    let running = super::queued::run(&office, &carrier);
    let message = "From: alice@home.test\r\nTo: bob@home.test, carol@pgp.test, dave@pgp.test, erin@plain.test\r\n\
        Bcc: hidden@pgp.test\r\nSubject: trip\r\n\r\nPack light.\r\n";
    let to = ["bob@home.test", "carol@pgp.test", "dave@pgp.test", "hidden@pgp.test", "erin@plain.test"];
    office.post.submit_from_program(handed(&office, &laptop, &to, message)).await.unwrap();
    let [seen] = office.inbox_of(&bob, 1).await.try_into().ok().unwrap();
    assert!(seen.text().contains("auth=pass smtp.mailfrom=alice@home.test"));
    assert!(seen.text().contains("Message-ID: <") && seen.text().contains("Date: Thu, 1 Jan 2026"));
    assert_eq!(seen.summary.snippet, "Pack light.");
    for _ in 0..200 {
        if carrier.carried().len() >= 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    running.abort();
    let mut carried = carrier.carried();
    carried.sort_by_key(|parcel| parcel.recipients.clone());
    let recipients: Vec<Vec<&str>> =
        carried.iter().map(|parcel| parcel.recipients.iter().map(EmailAddress::as_str).collect()).collect();
    assert_eq!(recipients, [vec!["carol@pgp.test", "dave@pgp.test"], vec!["erin@plain.test"], vec!["hidden@pgp.test"]]);
    let opens = |at: usize, key: &SecretKey| {
        let opened = pgp::open_message(&carried[at].message, None, &[key], &[], now);
        opened.is_ok_and(|opened| String::from_utf8_lossy(opened.shown()).contains("Pack light."))
    };
    assert!(
        opens(0, &keys[0]) && opens(0, &keys[1]) && !opens(0, &keys[2]) && opens(2, &keys[2]) && !opens(2, &keys[0])
    );
    let plain = String::from_utf8_lossy(&carried[1].message).into_owned();
    assert!(plain.contains("Pack light.") && plain.contains("with ESMTPSA id") && !plain.contains("hidden@"));
    assert!(!office.on_disk("Pack light."));
}

#[tokio::test]
async fn what_a_program_encrypted_leaves_as_it_is_and_a_key_does_not() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let laptop = signed_in(&mut office, &alice).await;
    let now = office.home.now();
    let carrier = std::sync::Arc::new(crate::core::office::Scripted::default());
    let running = super::queued::run(&office, &carrier);
    let carol = SecretKey::make("<carol@pgp.test>", now, &mut office.home.rng).unwrap();
    let message = letter("carol@pgp.test");
    let sealed =
        pgp::seal_outgoing(message.as_bytes(), &[carol.certificate()], None, now, &mut office.home.rng).unwrap();
    let sealed = String::from_utf8(sealed).unwrap();
    office.post.submit_from_program(handed(&office, &laptop, &["carol@pgp.test"], &sealed)).await.unwrap();
    for _ in 0..200 {
        if !carrier.carried().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    running.abort();
    let carried = carrier.carried();
    let body = sealed.split_once("\r\n\r\n").unwrap().1;
    assert!(carried[0].message.ends_with(body.as_bytes()));
    assert!(office.fetch.asked().is_empty());

    let key = alice.unlocked.export_key(&Passphrase::new("under a passphrase").unwrap(), &mut office.home.rng).unwrap();
    let key = format!("From: alice@home.test\r\n\r\n> {}", key.replace('\n', "\n> "));
    let refused = office.post.submit_from_program(handed(&office, &laptop, &["x@y.test"], &key)).await;
    assert!(matches!(refused, Err(SubmitError::Header(HeaderError::PrivateKey))));
    let other = "From: bob@home.test\r\n\r\nhi\r\n";
    let refused = office.post.submit_from_program(handed(&office, &laptop, &["x@y.test"], other)).await;
    assert!(matches!(refused, Err(SubmitError::Header(HeaderError::NotYours))));
}

#[tokio::test]
async fn a_device_that_is_signed_out_hands_nothing_in() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let (phone, laptop) = (signed_in(&mut office, &alice).await, signed_in(&mut office, &alice).await);
    let context = office.home.context.clone();
    let to = address("bob@example.org");
    let hand = async |who: &SignedInDevice| {
        let letter = handed(&office, who, &[to.as_str()], "From: alice@home.test\r\n\r\nhi\r\n");
        let handed_in = office.post.submit_from_program(letter).await;
        let sender = office.post.check_sender(who, Some(&who.address)).await;
        let nobody = office.post.check_sender(who, None).await;
        [handed_in, sender, nobody].map(|found| found.map_err(|error| format!("{error:?}")))
    };
    let signed_out = || [(); 3].map(|()| Err("SignedOut".to_owned()));
    devices::revoke(&context, phone.account, phone.device).await.unwrap();
    assert_eq!(hand(&phone).await, signed_out());
    assert_eq!(hand(&laptop).await, [(); 3].map(Ok));
    crate::core::accounts::set_disabled(&context, &alice.address, true).await.unwrap();
    assert_eq!(hand(&laptop).await, signed_out());
    let queued = context.store.read(|tx| queue::due(tx, Timestamp(i64::MAX), None, 10)).await.unwrap();
    assert_eq!(queued.len(), 1);
}

#[tokio::test]
async fn certificates_are_found_here_then_in_the_domains_directory() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let now = office.home.now();
    let carol = SecretKey::make("Carol <carol@pgp.test>", now, &mut office.home.rng).unwrap();
    let certificate = carol.certificate().to_bytes();
    office.fetch.put(&wkd::direct_url(&address("Carol@pgp.test")), certificate.clone());
    // Somebody else's certificate under his own name does not count.
    office.fetch.put(&wkd::advanced_url(&address("mallory@evil.test")), certificate.clone());
    office.fetch.put("https://openpgpkey.empty.test/x", Vec::new());
    let asked =
        ["alice+x@home.test", "bob@home.test", "Carol@pgp.test", "mallory@evil.test", "a@empty.test", "b@gone.test"];
    let results = office.post.directory().look_up(asked.map(address).to_vec()).await.unwrap();
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome.clone()).collect();
    let found = |certificate: Vec<u8>, source| LookupOutcome::Found { certificate: Base64(certificate), source };
    assert_eq!(outcomes[0], found(alice.unlocked.certificate().to_bytes(), Source::Local));
    assert_eq!(outcomes[1], LookupOutcome::None);
    assert_eq!(outcomes[2], found(certificate, Source::Wkd));
    assert!(outcomes[3..].iter().all(|outcome| *outcome == LookupOutcome::None));
    let before = office.fetch.asked().len();
    assert!(office.fetch.asked().iter().all(|url| !url.contains("home.test")));
    office.post.directory().look_up(vec![address("Carol@pgp.test")]).await.unwrap();
    assert_eq!(office.fetch.asked().len(), before);
    office.home.pass(3601);
    office.post.directory().look_up(vec![address("Carol@pgp.test")]).await.unwrap();
    assert_eq!(office.fetch.asked().len(), before + 2);
}
