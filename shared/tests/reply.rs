//! Answers to letters behind links, as somebody without an account seals them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use shared::access::{Reply, ReplyError};
use shared::api::{Timestamp, limits};
use shared::link::{Manifest, Person, Replies};
use shared::mime::{self, Attachment};
use shared::pgp::{self, EndToEnd, LIFE_SECONDS, SecretKey};
use support::{NOW, person, rng};

fn letter(key: &SecretKey, subject: &str) -> Manifest {
    Manifest {
        from: Person { name: "Zoé".into(), address: "zoe@home.test".into() },
        to: vec![Person { name: "Inès".into(), address: "INES@elsewhere.test".into() }],
        subject: subject.into(),
        date: NOW,
        message_id: "1@home.test".into(),
        text: 0,
        html: 0,
        files: Vec::new(),
        replies: Some(Replies { certificate: key.certificate().to_bytes().into() }),
    }
}

fn reply(text: &str, files: Vec<Attachment>) -> Reply {
    Reply { from: "ines@elsewhere.test".parse().unwrap(), text: text.into(), files }
}

#[test]
fn an_answer_is_sealed_whatever_the_clock_says_and_shows_no_word_outside() {
    let key = person("Zoé <zoe@home.test>");
    for (subject, expected) in [("Déjeuner", "Re: Déjeuner"), ("RE: Déjeuner", "RE: Déjeuner")] {
        // A clock that stands still, and one from a time when nobody has renewed the key.
        for now in [Timestamp(0), NOW, NOW.plus(LIFE_SECONDS + 86_400)] {
            let sealed = reply("Avec plaisir.", Vec::new()).seal(&letter(&key, subject), now, &mut rng()).unwrap();
            assert!(pgp::pgpmime::is_sealed_throughout(&sealed));
            let outside = String::from_utf8(sealed.clone()).unwrap();
            assert!(!outside.contains("plaisir") && outside.contains("Subject: [...]"), "{outside}");
            let stored = pgp::seal_incoming(&sealed, key.certificate(), NOW, &mut rng()).unwrap();
            let opened = pgp::open_message(&stored.bytes, stored.header.as_deref(), &[&key], &[], NOW).unwrap();
            assert!(matches!(opened.end_to_end, EndToEnd::Opened { .. }) && opened.signatures.is_empty());
            let shown = mime::read(opened.shown());
            assert_eq!((shown.subject.as_deref(), shown.text.as_deref()), (Some(expected), Some("Avec plaisir.")));
            assert_eq!((&shown.references, &shown.in_reply_to), (&vec!["1@home.test".to_owned()], &shown.references));
            assert_eq!((shown.from[0].name.as_deref(), shown.to[0].name.as_deref()), (Some("Inès"), Some("Zoé")));
        }
    }
}

#[test]
fn what_is_not_wanted_or_too_large_or_cannot_be_sealed_is_said() {
    let key = person("Zoé <zoe@home.test>");
    let good = letter(&key, "S");
    let file = |octets: usize| Attachment {
        name: Some("f".into()),
        media_type: "a/b".into(),
        content_id: None,
        inline: false,
        bytes: vec![b'x'; octets],
    };
    let sealed = |reply: Reply, letter: &Manifest| reply.seal(letter, NOW, &mut rng());
    let silent = Manifest { replies: None, ..good.clone() };
    assert!(matches!(sealed(reply("x", Vec::new()), &silent), Err(ReplyError::NotWanted)));
    let broken = Manifest { replies: Some(Replies { certificate: vec![1, 2].into() }), ..good.clone() };
    assert!(matches!(sealed(reply("x", Vec::new()), &broken), Err(ReplyError::Certificate(_))));
    let most = reply("", vec![file(limits::LINK_REPLY_BYTES)]);
    assert!(sealed(most, &good).unwrap().len() <= limits::MESSAGE_BYTES);
    assert!(matches!(sealed(reply("x", vec![file(limits::LINK_REPLY_BYTES)]), &good), Err(ReplyError::TooLarge)));
    let many = reply("", vec![file(1); limits::LINK_REPLY_FILES + 1]);
    assert!(matches!(sealed(many, &good), Err(ReplyError::TooLarge)));
}
