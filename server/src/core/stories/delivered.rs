//! Mail that comes in for people of this box.

use shared::api::EmailAddress;
use shared::mime::SenderProof;
use shared::pgp::{self, EndToEnd, SecretKey};

use crate::core::deliver::{Arrival, DeliverError};
use crate::core::office::Office;
use crate::core::policy::{Origin, Refused};
use crate::core::trace::Trace;
use crate::store::own_keys::{self, KeyRecord};

pub(super) const MESSAGE: &str = "From: Carol <carol@example.org>\r\nTo: alice@home.test\r\nSubject: the plan-SUBJECTMARK\r\n\
    Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nWe meet at noon-BODYMARK.\r\n";

pub(super) fn arrival(recipients: &[&str], message: impl Into<Vec<u8>>) -> Arrival {
    Arrival {
        from: Some("carol@example.org".parse().unwrap()),
        recipients: recipients.iter().map(|address| address.parse().unwrap()).collect(),
        origin: Origin::Elsewhere,
        trace: Trace {
            client: Some(("mx.example.org".into(), "192.0.2.1".parse().unwrap())),
            protocol: "ESMTP",
            tls: None,
            id: "m1".into(),
        },
        message: message.into(),
    }
}

#[tokio::test]
async fn a_letter_for_two_lies_sealed_and_is_opened_byte_for_byte() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    office.post.deliver(arrival(&["alice@home.test", "bob@home.test"], MESSAGE)).await.unwrap();
    for person in [&alice, &bob] {
        let [seen] = office.inbox(person).await.try_into().ok().unwrap();
        let text = seen.text();
        let (trace, original) = text.split_at(text.len() - MESSAGE.len());
        assert_eq!(original, MESSAGE);
        assert_eq!(
            trace,
            "Return-Path: <carol@example.org>\r\nAuthentication-Results: home.test;\r\n\tnone\r\n\
             Received: from mx.example.org ([192.0.2.1])\r\n\tby home.test with ESMTP id m1;\r\n\
             \tThu, 1 Jan 2026 00:00:00 +0000\r\n"
        );
        assert_eq!(seen.summary.subject.as_deref(), Some("the plan-SUBJECTMARK"));
        assert_eq!(seen.summary.snippet, "We meet at noon-BODYMARK.");
        assert_eq!(seen.summary.verdict.map(|verdict| verdict.sender), Some(SenderProof::Unproven));
        assert!(seen.stored.starts_with(b"From: Carol <carol@example.org>\r\n"));
    }
    assert!(office.on_disk("carol@example.org"));
    for marker in ["SUBJECTMARK", "BODYMARK", "mx.example.org"] {
        assert!(!office.on_disk(marker), "{marker}");
    }
}

#[tokio::test]
async fn tags_and_the_boxs_own_names_reach_people_and_each_once() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    office
        .post
        .deliver(arrival(&["alice+shop@home.test", "Alice@home.test", "postmaster@home.test"], MESSAGE))
        .await
        .unwrap();
    assert_eq!(office.inbox(&alice).await.len(), 1);
    let check = async |address: &str| office.post.check_recipient(&address.parse().unwrap()).await.is_ok();
    assert!(check("ALICE+a+b@home.test").await && check("abuse@home.test").await);
    for nobody in ["bob@home.test", "+x@home.test", "alice@other.test", "alice.shop@home.test"] {
        assert!(!check(nobody).await, "{nobody}");
    }
}

#[tokio::test]
async fn all_have_it_or_none() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let failed = office.post.deliver(arrival(&["alice@home.test", "nobody@home.test"], MESSAGE)).await;
    assert!(matches!(failed, Err(DeliverError::NoSuchRecipient)));
    assert!(office.inbox(&alice).await.is_empty());
}

#[tokio::test]
async fn what_is_too_large_for_so_many_at_once_is_not_put_off_for_ever() {
    let mut office = Office::new();
    for name in ["alice", "bob", "carol"] {
        office.person(name).await;
    }
    // Room for the message, for sealing it (six times as much), and for two sealed copies.
    office.post = office.post_with_room(1_050_000);
    let message = format!("Subject: large\r\n\r\n{}\r\n", "x".repeat(100_000));
    let [two, three] =
        [&["alice@home.test", "bob@home.test"][..], &["alice@home.test", "bob@home.test", "carol@home.test"]]
            .map(|to| arrival(to, message.as_bytes()));
    let others = office.post.budget().reserve(200_000).await;
    assert!(matches!(office.post.deliver(two).await, Err(DeliverError::NoRoom)));
    assert!(matches!(office.post.deliver(three).await, Err(DeliverError::TooLargeForAll)));
    drop(others);
    office.post.deliver(arrival(&["alice@home.test", "bob@home.test"], message.as_bytes())).await.unwrap();
}

#[tokio::test]
async fn who_cannot_be_sealed_for_gets_nothing_in_clear() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let (account, now) = (office.account(&bob).await, office.home.now());
    // A key from the future cannot be used yet.
    let key = SecretKey::make("<bob@home.test>", now.plus(10 * 86_400), &mut office.home.rng).unwrap();
    let key = KeyRecord {
        fingerprint: vec![1],
        certificate: key.certificate().to_bytes(),
        sealed_secret_key: vec![1],
        sealed_revocation: None,
    };
    office.home.context.store.write(move |tx| own_keys::add(tx, account, &key, false, now)).await.unwrap();
    let failed = office.post.deliver(arrival(&["alice@home.test", "bob@home.test"], MESSAGE)).await;
    assert!(matches!(failed, Err(DeliverError::CannotSeal(_))), "{failed:?}");
    assert!(office.inbox(&alice).await.is_empty() && office.inbox(&bob).await.is_empty());
    assert!(!office.on_disk("BODYMARK"));
}

#[tokio::test]
async fn what_its_sender_encrypted_is_not_sealed_again() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let now = office.home.now();
    let carol = SecretKey::make("<carol@example.org>", now, &mut office.home.rng).unwrap();
    let certificate = alice.unlocked.certificate();
    let sealed =
        pgp::seal_outgoing(MESSAGE.as_bytes(), &[certificate], Some(&carol), now, &mut office.home.rng).unwrap();
    office.post.deliver(arrival(&["alice@home.test"], sealed.clone())).await.unwrap();
    let [seen] = office.inbox(&alice).await.try_into().ok().unwrap();
    assert!(seen.message.original.ends_with(&sealed));
    assert!(matches!(&seen.message.end_to_end, EndToEnd::Opened { .. }));
    assert!(String::from_utf8_lossy(seen.message.shown()).contains("BODYMARK"));
    assert_eq!((seen.summary.snippet.as_str(), seen.summary.attachments.len()), ("", 0));
    assert!(!office.on_disk("mx.example.org"));
}

#[tokio::test]
async fn results_in_our_name_and_circles_are_not_believed() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let forged = format!("Authentication-Results: home.test; dkim=pass header.d=bank.example\r\n{MESSAGE}");
    office.post.deliver(arrival(&["alice@home.test"], forged)).await.unwrap();
    let [seen] = office.inbox(&alice).await.try_into().ok().unwrap();
    assert!(!seen.text().contains("dkim=pass"));
    let circles = "Received: by x\r\n".repeat(101) + MESSAGE;
    let refused = office.post.deliver(arrival(&["alice@home.test"], circles)).await;
    assert!(matches!(refused, Err(DeliverError::Refused(Refused::Loop))));
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_as_it_is() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let odd: [&[u8]; 4] = [b"", b"no header at all\r\n", b"Subject: \xff\xfe\r\n\r\n\0\x01", b"\r\n.\r\n"];
    for message in odd {
        office.post.deliver(arrival(&["alice@home.test"], message)).await.unwrap();
    }
    let seen = office.inbox(&alice).await;
    for (seen, message) in seen.iter().zip(odd) {
        assert!(seen.message.original.ends_with(message), "{message:?}");
    }
}

#[tokio::test]
async fn the_public_directory_has_everybody_under_their_hash() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let hash = |address: &EmailAddress| pgp::wkd::hash(address.local_part());
    let found = office.post.directory().published(hash(&alice.address)).await.unwrap();
    assert_eq!(found, Some(alice.unlocked.certificate().to_bytes()));
    let nobody = office.post.directory().published(hash(&"bob@home.test".parse().unwrap())).await.unwrap();
    assert_eq!(nobody, None);
}
