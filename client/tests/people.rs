//! A worker learns from letters whose key is whose, judges by it, and takes note of what is decided.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use client::worker::protocol::AskError;
use client::worker::protocol::people::{CompareKeys, DecideKey};
use client::worker::protocol::reading::{JudgeCertificates, Judgement, KeyDoubt, MessageView, OpenMessage, Verdict};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use shared::api::Base64;
use shared::api::keys::{LookupOutcome, LookupResponse, LookupResult, PeopleRequest, PeopleResponse, Source};
use shared::api::mailbox::Came;
use shared::people::{Check, Decision, Origin, Standing};
use shared::pgp::SecretKey;
use shared::pgp::autocrypt::told_in;
use support::{NOW, Person, carried};

const ZOE: &str = "zoe@out.test";

fn zoe(seed: u64) -> SecretKey {
    SecretKey::make("Zoe <zoe@out.test>", NOW, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

/// A letter in Zoe's name that tells this key.
fn letter(key: &SecretKey, header: &str) -> Vec<u8> {
    let letter = format!("From: Zoe <{ZOE}>\r\nTo: alice@home.test\r\n{header}Subject: hello\r\n\r\nhello\r\n");
    told_in(letter.into_bytes(), key.certificate(), &ZOE.parse().unwrap(), NOW)
}

fn reads(alice: &mut Person, message: &[u8], came: Came, people: &PeopleResponse, learn: bool) -> MessageView {
    let message = alice.sealed_as(message, Some(came));
    let people = Some(people.clone());
    alice.ask(OpenMessage { message, certificates: Vec::new(), closed: None, people, learn, now: NOW }).unwrap()
}

fn kept(news: Option<PeopleRequest>) -> PeopleResponse {
    let PeopleRequest { generation, sealed } = news.unwrap();
    PeopleResponse { generation, sealed: Some(sealed) }
}

/// What becomes of a letter to Zoe, where her directory says this.
fn judged(
    alice: &mut Person,
    people: &PeopleResponse,
    outcome: LookupOutcome,
) -> Result<(Judgement, Option<PeopleRequest>), AskError> {
    let results = vec![LookupResult { address: ZOE.parse().unwrap(), outcome }];
    let found = carried(&LookupResponse { results });
    let judged = alice.ask(JudgeCertificates { found, people: people.clone(), now: NOW })?;
    Ok((judged.addresses[0].judgement.clone(), judged.people))
}

fn published(key: &SecretKey) -> LookupOutcome {
    LookupOutcome::Found { certificate: key.certificate().to_bytes().into(), source: Source::Wkd }
}

fn standing(judgement: &Judgement) -> &Standing {
    match judgement {
        Judgement::Usable { standing, .. } => standing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_letter_from_outside_brings_a_key_and_letters_are_sealed_to_it() {
    let mut alice = Person::named("alice", 1);
    let (key, nothing) = (zoe(1), PeopleResponse::default());
    // Not from the unwanted, not from the box itself, not from a list, not of somebody of the box.
    assert_eq!(reads(&mut alice, &letter(&key, ""), Came::Outside, &nothing, false).people, None);
    assert_eq!(reads(&mut alice, &letter(&key, ""), Came::Here, &nothing, true).people, None);
    assert_eq!(
        reads(&mut alice, &letter(&key, "List-Id: <all.out.test>\r\n"), Came::Outside, &nothing, true).people,
        None
    );
    let posing = String::from_utf8(letter(&key, "")).unwrap().replace("out.test", "home.test");
    assert_eq!(reads(&mut alice, posing.as_bytes(), Came::Outside, &nothing, true).people, None);

    let view = reads(&mut alice, &letter(&key, ""), Came::Outside, &nothing, true);
    let known = view.standing.unwrap();
    assert_eq!((known.fingerprint, known.origin), (key.fingerprint().to_string(), Origin::Autocrypt));
    let people = kept(view.people);
    // Opened again, there is nothing to keep.
    assert_eq!(reads(&mut alice, &letter(&key, ""), Came::Outside, &people, true).people, None);
    for outcome in [LookupOutcome::None, LookupOutcome::Unreachable] {
        let (judgement, news) = judged(&mut alice, &people, outcome).unwrap();
        assert_eq!((standing(&judgement).fingerprint.clone(), news), (key.fingerprint().to_string(), None));
    }
    assert_eq!(judged(&mut alice, &nothing, LookupOutcome::None).unwrap().0, Judgement::None);
    assert_eq!(judged(&mut alice, &nothing, LookupOutcome::Unreachable).unwrap().0, Judgement::Unreachable);
}

#[test]
fn a_key_that_was_attached_signs_and_is_told_as_what_it_is() {
    let mut alice = Person::named("alice", 1);
    let key = zoe(1);
    let armored = key.certificate().armored();
    let message = format!(
        "From: Zoe <{ZOE}>\r\nTo: alice@home.test\r\nSubject: my key\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n\
         Content-Type: application/pgp-keys; name=key.asc\r\nContent-Disposition: attachment\r\n\r\n{armored}\r\n--b--\r\n"
    );
    let view = reads(&mut alice, message.as_bytes(), Came::Outside, &PeopleResponse::default(), true);
    assert_eq!(view.standing.as_ref().map(|known| known.origin), Some(Origin::Attached));
    let people = kept(view.people);
    let own = shared::pgp::Certificate::parse(&alice.certificate().0).unwrap();
    let inside = format!("From: Zoe <{ZOE}>\r\nTo: alice@home.test\r\nSubject: signed\r\n\r\nit is me\r\n");
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let sealed = shared::pgp::seal_outgoing(inside.as_bytes(), &[&own], Some(&key), NOW, &mut rng).unwrap();
    let view = reads(&mut alice, &sealed, Came::Outside, &people, true);
    assert_eq!(view.signatures[0].verdict, Verdict::Good);
    assert_eq!(Some(view.signatures[0].signer.clone()), view.standing.map(|known| known.fingerprint));
}

#[test]
fn what_a_key_server_has_seals_letters_and_proves_no_signature() {
    let mut alice = Person::named("alice", 1);
    let (key, brought) = (zoe(1), zoe(2));
    let has = |key: &SecretKey| LookupOutcome::Found {
        certificate: key.certificate().to_bytes().into(),
        source: Source::KeyServer,
    };
    let (judgement, news) = judged(&mut alice, &PeopleResponse::default(), has(&key)).unwrap();
    let Judgement::Usable { signers, standing: known, .. } = &judgement else { panic!("{judgement:?}") };
    assert_eq!((signers, known.origin, known.check), (&Base64::default(), Origin::KeyServer, Check::No));
    let people = kept(news);
    // Asked for reading, it is known by the book alone.
    let own = shared::pgp::Certificate::parse(&alice.certificate().0).unwrap();
    let inside = format!("From: Zoe <{ZOE}>\r\nTo: alice@home.test\r\nSubject: signed\r\n\r\nit is me\r\n");
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let sealed = shared::pgp::seal_outgoing(inside.as_bytes(), &[&own], Some(&key), NOW, &mut rng).unwrap();
    let view = reads(&mut alice, &sealed, Came::Outside, &people, true);
    assert_eq!((view.signatures[0].verdict, view.signatures[0].is_published), (Verdict::Good, false));
    assert_eq!(view.standing.map(|known| known.origin), Some(Origin::KeyServer));
    // Away, it had one; gone, it has none.
    let (judgement, _) = judged(&mut alice, &people, LookupOutcome::Unreachable).unwrap();
    assert_eq!(standing(&judgement).fingerprint, key.fingerprint().to_string());
    assert_eq!(judged(&mut alice, &people, LookupOutcome::None).unwrap().0, Judgement::None);
    // A letter brings another: that one, and the server's is told beside it.
    let dated = letter(&brought, "Date: Sun, 20 Sep 2026 12:00:00 +0000\r\n");
    let people = kept(reads(&mut alice, &dated, Came::Outside, &people, true).people);
    let (judgement, _) = judged(&mut alice, &people, has(&key)).unwrap();
    let known = standing(&judgement);
    assert_eq!((known.fingerprint.clone(), known.origin), (brought.fingerprint().to_string(), Origin::Autocrypt));
    assert_eq!(known.other.as_ref().map(|other| other.origin), Some(Origin::KeyServer));
}

#[test]
fn what_was_compared_is_kept_and_another_key_waits_for_a_decision() {
    let (mut alice, bob) = (Person::named("alice", 1), Person::named("bob", 2));
    let (old, new) = (zoe(1), zoe(2));
    let (judgement, news) = judged(&mut alice, &PeopleResponse::default(), published(&old)).unwrap();
    assert_eq!(standing(&judgement).check, Check::No);
    let people = kept(news);
    let decide = |people: &PeopleResponse, key: &SecretKey, found: Option<&SecretKey>, decision| DecideKey {
        people: people.clone(),
        address: ZOE.parse().unwrap(),
        fingerprint: key.fingerprint().to_string(),
        found: found.map(|key| key.certificate().to_bytes().into()),
        origin: Origin::Directory,
        decision,
        now: NOW,
    };
    assert_eq!(alice.ask(decide(&people, &old, None, Decision::Same)), Err(AskError::KeyGone));
    let people = kept(alice.ask(decide(&people, &old, Some(&old), Decision::Same)).unwrap());
    let (judgement, _) = judged(&mut alice, &people, LookupOutcome::None).unwrap();
    assert_eq!(standing(&judgement).check, Check::Same(NOW));

    let (judgement, news) = judged(&mut alice, &people, published(&new)).unwrap();
    let Judgement::Ask { doubt: KeyDoubt::OtherKey, standing: known, .. } = &judgement else { panic!("{judgement:?}") };
    assert_eq!(known.other.as_ref().map(|other| other.fingerprint.clone()), Some(new.fingerprint().to_string()));
    let people = kept(news);
    let people = kept(alice.ask(decide(&people, &new, None, Decision::Refuse)).unwrap());
    let (judgement, _) = judged(&mut alice, &people, published(&new)).unwrap();
    assert_eq!(standing(&judgement).fingerprint, old.fingerprint().to_string());

    // What does not open is not passed over.
    let altered = PeopleResponse { generation: people.generation + 1, ..people.clone() };
    assert_eq!(judged(&mut alice, &altered, published(&new)), Err(AskError::KeysDamaged));
    let garbage = PeopleResponse { generation: 1, sealed: Some(Base64(vec![1; 200])) };
    assert_eq!(judged(&mut alice, &garbage, published(&new)), Err(AskError::KeysDamaged));

    // Both read the same words.
    let mut bob = bob;
    let name =
        |person: &Person| shared::pgp::Certificate::parse(&person.certificate().0).unwrap().fingerprint().to_string();
    let (hers, his) = (CompareKeys { fingerprint: name(&bob) }, CompareKeys { fingerprint: name(&alice) });
    let (hers, his) = (alice.ask(hers).unwrap(), bob.ask(his).unwrap());
    assert_eq!(hers.words, his.words);
    assert_eq!(hers.code, format!("OPENPGP4FPR:{}", name(&alice)));
}
