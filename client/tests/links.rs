//! Stories of letters that the desk puts behind links, against the reader's half.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on may stop")]

mod support;

use client::worker::protocol::AskError;
use client::worker::protocol::linking::*;
use client::worker::protocol::reading::{Person as Named, SentLink};
use client::worker::protocol::writing::*;
use shared::api::account::Language;
use shared::api::letter::LetterId;
use shared::api::link::{CreateLetterRequest, EarlierLink, LinkedLetterId};
use shared::api::submit::{Class, SubmitRequest};
use shared::api::{Base64, EmailAddress, frame};
use shared::link::{
    Answer, AnswerKey, EarlierLetter, Fragment, Link, LinkKey, LockKind, Payload, Share, hash_of, open_cover,
};

use support::{NOW, Person, stored};

fn people(addresses: &[&str]) -> Vec<Named> {
    addresses.iter().map(|address| Named { name: String::new(), address: (*address).to_owned() }).collect()
}

fn letter() -> Letter {
    Letter {
        to: people(&["ines@elsewhere.test", "bob@home.test"]),
        bcc: people(&["léo@elsewhere.test"]),
        subject: "Sunday lunch".to_owned(),
        text: "At noon?\nMarie".to_owned(),
        enclosures: vec![Enclosure {
            name: "plan é.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: vec![7; 1000].into(),
        }],
        ..Letter::default()
    }
}

fn begin(terms: LinkTerms) -> BeginLinks {
    BeginLinks {
        letter: letter(),
        files: vec![LargeFile { name: "film.mp4".to_owned(), media_type: "video/mp4".to_owned(), octets: 5_000_000 }],
        recipients: vec!["ines@elsewhere.test".parse().unwrap(), "léo@elsewhere.test".parse().unwrap()],
        terms,
        earlier: Vec::new(),
        origin: "https://home.test:8443".to_owned(),
        now: NOW,
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What opens each link, as its reader finds it: with what is asked of them.
fn opened(begun: &BegunLetter, answer_of: impl Fn(&MadeLink) -> Option<String>) -> Vec<(Fragment, Payload)> {
    let request: CreateLetterRequest = begun.request.read().unwrap();
    let of = |(made, new): (&MadeLink, &shared::api::link::NewLink)| {
        let fragment = Link::parse(&made.address).unwrap().fragment;
        assert_eq!((fragment.name(), made.name, &made.recipient), (new.name, new.name, &new.recipient));
        assert_eq!(Fragment::from_words(&made.words.join(" ")).unwrap().name(), new.name);
        let cover = open_cover(&new.cover.0, &fragment).unwrap();
        assert_eq!(cover.from.address, "marie@home.test");
        let key = match (&cover.lock, answer_of(made)) {
            (None, None) => AnswerKey::none(),
            (Some(lock), Some(answer)) => lock.answer_key(&Answer::new(&answer).unwrap(), &fragment).unwrap().unwrap(),
            other => panic!("{other:?}"),
        };
        let proof = cover.lock.is_some().then(|| hash_of(key.proof(&fragment).expose()).to_vec().into());
        assert_eq!(proof, new.answer_hash);
        let share = Share::from_bytes(&new.share.0).unwrap();
        let payload = LinkKey::new(&fragment, &share, &key).unwrap(&new.wrapped.0).unwrap();
        assert_eq!(new.opened_hash.0, hash_of(payload.opened_proof(&fragment).expose()));
        (fragment, payload)
    };
    begun.made.links.iter().zip(&request.links).map(of).collect()
}

/// What a reader finds of earlier letters behind the link of a place, which asks for nothing.
fn earlier(begun: &BegunLetter, place: usize) -> Vec<EarlierLetter> {
    let request: CreateLetterRequest = begun.request.read().unwrap();
    let (made, new) = begun.made.links.iter().zip(&request.links).nth(place).unwrap();
    let fragment = Link::parse(&made.address).unwrap().fragment;
    let key = LinkKey::new(&fragment, &Share::from_bytes(&new.share.0).unwrap(), &AnswerKey::none());
    key.open_earlier(&new.earlier.0).unwrap()
}

#[test]
fn a_later_letter_tells_each_reader_of_their_own_earlier_ones() {
    let mut marie = Person::named("marie", 1);
    let terms = || LinkTerms::usual(Language::En);
    let first = marie.ask(begin(terms())).unwrap();
    assert!(earlier(&first, 0).is_empty() && earlier(&first, 1).is_empty());
    let links = first.request.read().unwrap().links;
    let [ines, léo] = links.try_into().unwrap();
    // As the box answers; what it gives as the other's does not open.
    let told =
        |recipient: &EmailAddress, note: &Base64| EarlierLink { recipient: recipient.clone(), note: note.clone() };
    let of_both = vec![told(&ines.recipient, &ines.note), told(&léo.recipient, &léo.note)];
    let second = marie.ask(BeginLinks { earlier: of_both, ..begin(terms()) }).unwrap();
    for (place, new) in [(0, &ines), (1, &léo)] {
        let [letter] = earlier(&second, place).try_into().unwrap();
        assert_eq!((letter.fragment.name(), letter.subject.as_str(), letter.date), (new.name, "Sunday lunch", NOW));
    }
    let exchanged = vec![told(&ines.recipient, &léo.note), told(&léo.recipient, &ines.note)];
    let third = marie.ask(BeginLinks { earlier: exchanged, ..begin(terms()) }).unwrap();
    assert!(earlier(&third, 0).is_empty() && earlier(&third, 1).is_empty());
}

#[test]
fn each_reader_gets_a_link_of_their_own_to_one_payload() {
    let mut marie = Person::named("marie", 1);
    let begun = marie.ask(begin(LinkTerms::usual(Language::Fr))).unwrap();
    let payload = Payload::read(&begun.payload.0).unwrap();
    let opened = opened(&begun, |_| None);
    assert_eq!(opened.len(), 2);
    assert_ne!(opened[0].0.name(), opened[1].0.name());
    for (_, found) in &opened {
        assert_eq!(found.describe().expose(), payload.describe().expose());
    }
    let request: CreateLetterRequest = begun.request.read().unwrap();
    assert_eq!(request.octets, payload.octets());
    assert!(payload.octets() >= begun.head.len() as u64 + 1000 + 5_000_000);
    assert_eq!(begun.made.until, NOW.plus(30 * 24 * 60 * 60));
    let head = begun.head.to_vec();
    for stands in ["Sunday lunch", "ines@elsewhere.test", "At noon?\nMarie", "film.mp4", &begun.made.message_id] {
        assert!(holds(&head, stands), "{stands}");
    }
    // Who gets it unseen stands nowhere.
    assert!(!holds(&head, "elsewhere.test\"},{\"name\":\"\",\"address\":\"l") && !holds(&head, "xn--"));
}

#[test]
fn a_lock_asks_for_what_its_sender_chose() {
    let mut marie = Person::named("marie", 1);
    let lock = LinkLock::Question { question: "Where?".to_owned(), answer: "À Brest".to_owned() };
    let begun = marie.ask(begin(LinkTerms { lock, once: true, days: 7, ..LinkTerms::usual(Language::En) })).unwrap();
    let request: CreateLetterRequest = begun.request.read().unwrap();
    assert_eq!((request.links[0].openings, request.links[0].expires_at), (Some(1), NOW.plus(7 * 24 * 60 * 60)));
    let found = opened(&begun, |_| Some("a brest".to_owned()));
    let cover = open_cover(&request.links[0].cover.0, &found[0].0).unwrap();
    assert_eq!(cover.lock.unwrap().kind, LockKind::Question("Where?".to_owned()));
    assert_eq!(begun.made.links[0].code, None);

    let code =
        LinkTerms { lock: LinkLock::Code, first_browser: true, replies: false, ..LinkTerms::usual(Language::En) };
    let begun = marie.ask(begin(code)).unwrap();
    let codes: Vec<_> = begun.made.links.iter().map(|link| link.code.clone().unwrap()).collect();
    assert!(codes.iter().all(|code| code.len() == 6) && codes[0] != codes[1], "{codes:?}");
    opened(&begun, |made| made.code.clone());
    let link = begun.request.read().unwrap().links.remove(0);
    assert_eq!((link.first_browser, link.replies), (true, false));
    assert!(!holds(&begun.head.to_vec(), "\"replies\""));

    let empty = LinkLock::Question { question: "Where?".to_owned(), answer: " - ".to_owned() };
    let refused = marie.ask(begin(LinkTerms { lock: empty, ..LinkTerms::usual(Language::En) }));
    assert_eq!(refused.unwrap_err(), AskError::Letter);
}

#[test]
fn notices_leave_with_the_sealed_copies_and_sent_keeps_the_links() {
    let (mut marie, bob) = (Person::named("marie", 1), Person::named("bob", 2));
    let terms = LinkTerms {
        lock: LinkLock::Code,
        words: "C’est moi, Marie.".to_owned(),
        subject: "De Marie".to_owned(),
        ..LinkTerms::usual(Language::Fr)
    };
    let begun = marie.ask(begin(terms.clone())).unwrap();
    let made = begun.made.clone();
    let linked = LinkedLetter { letter: LinkedLetterId(4), terms, made: made.clone(), files: Vec::new() };
    let bobs: EmailAddress = "bob@home.test".parse().unwrap();
    let sealed = marie
        .ask(SealLetter {
            letter: letter(),
            id: LetterId([9; 16]),
            attempt: 1,
            recipients: vec![Recipient { address: bobs.clone(), certificate: Some(bob.certificate()) }],
            linked: Some(linked),
            sealed_notices: Vec::new(),
            now: NOW,
            draft: None,
            answers: None,
            hold_seconds: 10,
        })
        .unwrap();
    let bytes = sealed.frame.to_vec();
    let (head, mut rest): (SubmitRequest, _) = frame::decode(&bytes).unwrap();
    let notices = head.linked.clone().unwrap();
    assert_eq!(notices.letter, LinkedLetterId(4));
    assert_eq!((head.copies.len(), head.copies[0].class, &head.copies[0].recipients), (1, Class::Sealed, &vec![bobs]));
    let lengths = head.copies.iter().map(|copy| copy.length);
    let lengths = lengths.chain(notices.notices.iter().map(|notice| notice.length)).chain([head.sent.length]);
    let mut parts = Vec::new();
    for length in lengths {
        let (part, after) = rest.split_at(length);
        parts.push(part);
        rest = after;
    }
    assert!(rest.is_empty());
    for (at, link) in made.links.iter().enumerate() {
        assert_eq!(notices.notices[at].link, link.name);
        let notice = shared::mime::read(parts[1 + at]);
        assert_eq!(
            (notice.subject.as_deref(), notice.to[0].address.as_str()),
            (Some("De Marie"), link.recipient.as_str())
        );
        let text = notice.text.unwrap();
        assert!(text.starts_with("C’est moi, Marie.") && text.contains(&link.address), "{text}");
        // The code goes another way, and the letter stays behind the link.
        assert!(!text.contains(link.code.as_deref().unwrap()) && !text.contains("Sunday"), "{text}");
    }
    let sent = marie.read(stored(parts[3], None), Vec::new()).unwrap();
    let expected: Vec<SentLink> = made
        .links
        .iter()
        .map(|link| SentLink {
            recipient: link.recipient.clone(),
            address: link.address.clone(),
            code: link.code.clone(),
        })
        .collect();
    assert_eq!((sent.links, sent.message_id), (expected, Some(made.message_id)));
    assert_eq!((sent.subject.as_str(), sent.attachments.len()), ("Sunday lunch", 1));
    // What bob gets says nothing of the links.
    let mut bob = bob;
    let got = bob.read(stored(parts[0], None), Vec::new()).unwrap();
    assert_eq!((got.links, got.text.trim_end()), (Vec::new(), "At noon?\nMarie"));
    assert!(!bytes.windows(18).any(|window| window == b"X-Own-Mailbox-Link"));
}
