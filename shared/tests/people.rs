//! Whose key is it: what is remembered of people's certificates, and what follows from it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use pgp::composed::SignedPublicKey;
use shared::api::account::AccountId;
use shared::api::{EmailAddress, Timestamp, limits};
use shared::people::{Book, BookError, Check, Choice, Decision, Doubt, Origin, brought_by, counts};
use shared::pgp::autocrypt::{AutocryptHeader, told_in};
use shared::pgp::{Certificate, SecretKey, Unusable};
use shared::vault::AccountKey;
use support::forge::{BORN, Owner, flags, lives, read};
use support::{NOW, bob, bobs, days, person, rng};

const BOB: &str = "Bob <bob@else.test>";

fn header(certificate: &Certificate, mutual: bool) -> String {
    let certificate = certificate.for_autocrypt(&bob(), NOW).unwrap_or_else(|| certificate.clone());
    AutocryptHeader { address: bob(), mutual, certificate }.to_string()
}

fn letter(certificate: &Certificate) -> String {
    format!("From: {BOB}\r\nAutocrypt: {}\r\nSubject: x\r\n\r\nhello", header(certificate, true))
}

/// A letter of this date that brings a certificate comes.
fn comes(book: &mut Book, certificate: &Certificate, dated: Timestamp, now: Timestamp) {
    let brought = brought_by(letter(certificate).as_bytes(), &bob(), std::iter::empty(), now);
    assert!(brought.is_some());
    book.saw_letter(&bob(), brought.as_ref(), Some(dated), now);
}

fn sealed_to(choice: &Choice) -> Option<String> {
    match choice {
        Choice::Seal(certificate, _) => Some(certificate.fingerprint().to_string()),
        _ => None,
    }
}

fn name(key: &SecretKey) -> Option<String> {
    Some(key.fingerprint().to_string())
}

#[test]
fn a_letter_brings_a_certificate_that_serves_where_no_directory_has_one() {
    let (first, second) = (bobs("one"), bobs("two"));
    let mut book = Book::default();
    assert_eq!(book.choose(&bob(), None, NOW), Choice::None);
    comes(&mut book, first.certificate(), days(-2), NOW);
    let chosen = book.choose(&bob(), None, NOW);
    assert_eq!(sealed_to(&chosen), name(&first));
    let Choice::Seal(_, standing) = chosen else { panic!() };
    assert_eq!((standing.since, standing.origin, standing.check), (NOW, Origin::Autocrypt, Check::No));
    assert_eq!((standing.new_since, standing.other), (None, None));

    // The newest letter by its date counts, whichever came last.
    comes(&mut book, second.certificate(), days(-3), days(1));
    assert_eq!(sealed_to(&book.choose(&bob(), None, days(1))), name(&first));
    comes(&mut book, second.certificate(), days(1), days(2));
    let Choice::Seal(to, standing) = book.choose(&bob(), None, days(2)) else { panic!() };
    assert_eq!((to.fingerprint(), standing.new_since), (second.fingerprint(), Some(days(2))));

    // What the directory says goes before, and a letter does not undo it.
    let published = bobs("published");
    let found = Some((published.certificate(), Origin::Directory));
    assert_eq!(sealed_to(&book.choose(&bob(), found, days(3))), name(&published));
    comes(&mut book, first.certificate(), days(4), days(4));
    let Choice::Seal(to, standing) = book.choose(&bob(), found, days(4)) else { panic!() };
    assert_eq!(to.fingerprint(), published.fingerprint());
    assert_eq!(standing.other.map(|other| other.fingerprint), name(&first));
    // And serves again where the directory has none any more.
    assert_eq!(sealed_to(&book.choose(&bob(), None, days(5))), name(&first));
}

#[test]
fn what_letters_bring_and_what_they_do_not() {
    let (own, eve) = (bobs("one"), person("Eve <eve@else.test>"));
    let all = letter(own.certificate());
    let brought = |text: &str, files: &[&[u8]]| brought_by(text.as_bytes(), &bob(), files.iter().copied(), NOW);
    assert!(brought(&all, &[]).is_some_and(|brought| brought.mutual && brought.origin == Origin::Autocrypt));
    for not in [
        all.replace("Subject: x", "List-Id: <family.else.test>"),
        all.replace("From: ", "From: eve@else.test, "),
        all.replace("bob@else.test>\r\n", "eve@else.test>\r\n"),
        letter(eve.certificate()),
    ] {
        assert_eq!(brought(&not, &[]), None, "{not}");
    }
    // What says nothing of its author's habits, header or not.
    for not in ["List-Id: <family.else.test>", "Content-Type: Multipart/Report; report-type=disposition-notification"] {
        assert!(!counts(all.replace("Subject: x", not).as_bytes()), "{not}");
    }
    assert!(counts(all.as_bytes()));
    let plain = format!("From: {BOB}\r\n\r\nhello");
    let ring = [eve.certificate().to_bytes(), own.certificate().to_bytes()].concat();
    let armored = own.certificate().armored();
    for file in [ring.as_slice(), armored.as_bytes()] {
        let brought = brought(&plain, &[b"no certificate", file]).unwrap();
        assert_eq!((brought.origin, brought.certificate.fingerprint()), (Origin::Attached, own.fingerprint()));
    }
    assert_eq!(brought(&plain, &[eve.certificate().armored().as_bytes()]), None);
}

#[test]
fn who_writes_without_the_header_for_long_gets_no_sealed_mail_by_it_until_it_comes_again() {
    let mut book = Book::default();
    let own = bobs("one");
    comes(&mut book, own.certificate(), days(-50), NOW);
    book.saw_letter(&bob(), None, Some(days(-20)), NOW);
    assert_eq!(sealed_to(&book.choose(&bob(), None, NOW)), name(&own));
    let before = book.clone();
    book.saw_letter(&bob(), None, Some(days(-21)), NOW);
    assert_eq!(book, before, "what changes nothing is not noted");
    book.saw_letter(&bob(), None, Some(days(-10)), NOW);
    assert_eq!(book.choose(&bob(), None, NOW), Choice::GivenUp);
    // A date in the future does not stop the clock.
    comes(&mut book, own.certificate(), days(1000), NOW);
    assert_eq!(sealed_to(&book.choose(&bob(), None, NOW)), name(&own));
    book.saw_letter(&bob(), None, Some(days(40)), days(40));
    assert_eq!(book.choose(&bob(), None, days(40)), Choice::GivenUp);
    // A directory is asked first in any case.
    let found = Some((own.certificate(), Origin::Directory));
    assert_eq!(sealed_to(&book.choose(&bob(), found, days(40))), name(&own));
}

#[test]
fn another_certificate_from_the_directory_is_taken_and_told_where_nobody_checked_the_one_before() {
    let (old, new) = (bobs("old"), bobs("new"));
    let mut book = Book::default();
    book.choose(&bob(), Some((old.certificate(), Origin::Directory)), NOW);
    let Choice::Seal(to, standing) = book.choose(&bob(), Some((new.certificate(), Origin::Directory)), days(2)) else {
        panic!()
    };
    assert_eq!(to.fingerprint(), new.fingerprint());
    assert_eq!((standing.since, standing.new_since), (days(2), Some(days(2))));
}

#[test]
fn what_was_checked_is_never_replaced_without_its_owner() {
    let (old, new, third) = (bobs("old"), bobs("new"), bobs("third"));
    let directory = |key: &'static SecretKey| Some((key.certificate(), Origin::Directory));
    let (old, new): (&'static _, &'static _) = (Box::leak(Box::new(old)), Box::leak(Box::new(new)));
    let mut book = Book::default();
    book.choose(&bob(), directory(old), NOW);
    // Without the certificate it does not count as compared: it could not be sealed to later.
    assert!(!book.decide(&bob(), &old.fingerprint(), None, Decision::Same, NOW));
    assert!(book.decide(&bob(), &old.fingerprint(), directory(old), Decision::Same, NOW));
    assert!(!book.decide(&bob(), &third.fingerprint(), None, Decision::Use, NOW));
    assert_eq!(book.standing(&bob()).unwrap().check, Check::Same(NOW));

    // The directory is away, or was emptied.
    assert_eq!(sealed_to(&book.choose(&bob(), None, days(1))), name(old));
    // A letter says otherwise: that is told, and stops nothing.
    comes(&mut book, third.certificate(), days(1), days(1));
    let Choice::Seal(to, standing) = book.choose(&bob(), directory(old), days(1)) else { panic!() };
    assert_eq!(to.fingerprint(), old.fingerprint());
    assert!(standing.other.is_some_and(|other| other.fingerprint == third.fingerprint().to_string()));
    // The directory says otherwise: nothing is sealed.
    let asked = book.choose(&bob(), directory(new), days(2));
    let Choice::Ask(Doubt::OtherKey, standing) = asked else { panic!("{asked:?}") };
    let other = standing.other.unwrap();
    assert_eq!((other.fingerprint, other.since), (new.fingerprint().to_string(), days(2)));
    assert!(matches!(book.choose(&bob(), directory(new), days(3)), Choice::Ask(Doubt::OtherKey, _)));

    // Keep the old one.
    let mut keeps = book.clone();
    assert!(keeps.decide(&bob(), &new.fingerprint(), None, Decision::Refuse, days(3)));
    let Choice::Seal(to, standing) = keeps.choose(&bob(), directory(new), days(4)) else { panic!() };
    assert_eq!(to.fingerprint(), old.fingerprint());
    assert!(standing.other.unwrap().refused);
    // Yet another one asks again.
    let another = bobs("another");
    let found = Some((another.certificate(), Origin::Directory));
    assert!(matches!(keeps.choose(&bob(), found, days(5)), Choice::Ask(Doubt::OtherKey, _)));

    // Use the new one.
    let mut uses = book.clone();
    assert!(uses.decide(&bob(), &new.fingerprint(), directory(new), Decision::Use, days(3)));
    let Choice::Seal(to, standing) = uses.choose(&bob(), directory(new), days(4)) else { panic!() };
    assert_eq!((to.fingerprint(), standing.check), (new.fingerprint(), Check::No));

    // Compare: the same, then not.
    assert!(book.decide(&bob(), &new.fingerprint(), directory(new), Decision::Same, days(3)));
    assert_eq!(book.standing(&bob()).unwrap().check, Check::Same(days(3)));
    assert!(book.decide(&bob(), &new.fingerprint(), None, Decision::Differs, days(4)));
    assert!(matches!(book.choose(&bob(), directory(new), days(4)), Choice::Ask(Doubt::Differs, _)));
    assert!(matches!(book.choose(&bob(), None, days(4)), Choice::Ask(Doubt::Differs, _)));
}

#[test]
fn what_a_letter_brought_does_not_serve_while_the_directory_cannot_be_asked() {
    let (published, brought) = (bobs("one"), bobs("two"));
    let mut book = Book::default();
    let found = Some((published.certificate(), Origin::Directory));
    assert_eq!(sealed_to(&book.choose(&bob(), found, NOW)), name(&published));
    comes(&mut book, brought.certificate(), NOW, NOW);
    assert_eq!(book.choose_unasked(&bob(), days(1)), Choice::None);
    // Kept, the directory's own serves meanwhile.
    comes(&mut book, published.certificate(), days(1), days(1));
    assert_eq!(sealed_to(&book.choose_unasked(&bob(), days(1))), name(&published));
}

#[test]
fn a_key_that_differed_gives_way_to_no_other_without_its_owner() {
    let keys = [bobs("one"), bobs("two"), bobs("three")];
    let mut book = Book::default();
    comes(&mut book, keys[0].certificate(), NOW, NOW);
    assert!(book.decide(&bob(), &keys[0].fingerprint(), None, Decision::Differs, NOW));
    comes(&mut book, keys[1].certificate(), days(1), days(1));
    assert!(matches!(book.choose(&bob(), None, days(1)), Choice::Ask(Doubt::Differs, _)));
    let found = Some((keys[2].certificate(), Origin::Directory));
    assert!(matches!(book.choose(&bob(), found, days(2)), Choice::Ask(Doubt::OtherKey, _)));
}

#[test]
fn an_old_letter_brings_no_old_key_back() {
    let (old, new) = (bobs("one"), bobs("two"));
    let attached = |key: &SecretKey| {
        let (plain, file) = (format!("From: {BOB}\r\n\r\nhello"), key.certificate().to_bytes());
        brought_by(plain.as_bytes(), &bob(), [file.as_slice()].into_iter(), NOW).unwrap()
    };
    let mut book = Book::default();
    comes(&mut book, new.certificate(), days(-10), NOW);
    book.saw_letter(&bob(), Some(&attached(&old)), Some(days(-1000)), NOW);
    book.saw_letter(&bob(), Some(&attached(&old)), None, NOW);
    assert_eq!(sealed_to(&book.choose(&bob(), None, NOW)), name(&new));
    // First known by a file.
    let mut book = Book::default();
    book.saw_letter(&bob(), Some(&attached(&new)), Some(days(-10)), NOW);
    comes(&mut book, old.certificate(), days(-1000), NOW);
    assert_eq!(sealed_to(&book.choose(&bob(), None, NOW)), name(&new));
    comes(&mut book, old.certificate(), days(-1), NOW);
    assert_eq!(sealed_to(&book.choose(&bob(), None, NOW)), name(&old));
}

#[test]
fn a_newer_copy_is_learned_and_a_withdrawal_too() {
    let owner = Owner::new(1);
    let certificate = |days: u32, signed: i64| {
        let mut cert: SignedPublicKey = owner.whole();
        cert.details.users[0].signatures =
            vec![owner.names(support::forge::BOB, vec![flags("C"), lives(days)], signed)];
        read(&cert)
    };
    let (short, long) = (certificate(200, BORN), certificate(2000, -5));
    let mut book = Book::default();
    comes(&mut book, &short, NOW, NOW);
    comes(&mut book, &long, days(1), days(1));
    assert!(matches!(book.choose(&bob(), None, days(400)), Choice::Seal(..)));
    // An older copy does not shorten it again.
    comes(&mut book, &short, days(2), days(2));
    assert!(matches!(book.choose(&bob(), None, days(400)), Choice::Seal(..)));
    let mut revoked = owner.whole();
    revoked.details.revocation_signatures = vec![owner.revokes_all(None, -1)];
    comes(&mut book, &read(&revoked), days(3), days(3));
    comes(&mut book, &long, days(4), days(4));
    assert_eq!(book.choose(&bob(), None, days(5)), Choice::Unusable(Unusable::Revoked));
    // What a directory says of it is heard too, though nothing can be sealed to that.
    let mut book = Book::default();
    comes(&mut book, &long, NOW, NOW);
    book.hear_copies(&bob(), &[read(&revoked)], days(1));
    assert_eq!(book.choose(&bob(), None, days(1)), Choice::Unusable(Unusable::Revoked));
    // Once heard, an old copy that the directory goes on to give is not believed, though nothing of it was kept before.
    let mut book = Book::default();
    let found = Some((&long, Origin::Directory));
    assert!(matches!(book.choose(&bob(), found, NOW), Choice::Seal(..)));
    comes(&mut book, &read(&revoked), days(1), days(1));
    assert_eq!(book.choose(&bob(), found, days(2)), Choice::Unusable(Unusable::Revoked));
}

#[test]
fn the_book_opens_with_the_account_key_alone_and_only_as_the_generation_that_it_is() {
    let (account, other) =
        (AccountKey::make(AccountId([1; 16]), &mut rng()), AccountKey::make(AccountId([2; 16]), &mut rng()));
    assert_eq!(Book::open(&account, 0, None), Ok(Book::default()));
    assert_eq!(Book::open(&account, 3, None), Err(BookError::Closed));
    let mut book = Book::default();
    comes(&mut book, bobs("one").certificate(), NOW, NOW);
    let sealed = book.seal(&account, 4, &mut rng()).unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("else.test"));
    assert_eq!(Book::open(&account, 4, Some(&sealed)), Ok(book.clone()));
    for (key, generation) in [(&account, 5), (&account, 3), (&other, 4)] {
        assert_eq!(Book::open(key, generation, Some(&sealed)), Err(BookError::Closed));
    }
}

#[test]
fn a_book_that_is_too_large_forgets_those_whom_nobody_checked() {
    let account = AccountKey::make(AccountId([1; 16]), &mut rng());
    let mut book = Book::default();
    let own = bobs("one");
    book.choose(&bob(), Some((own.certificate(), Origin::Directory)), NOW);
    book.decide(&bob(), &own.fingerprint(), Some((own.certificate(), Origin::Directory)), Decision::Same, NOW);
    for n in 0..4000 {
        let somebody: EmailAddress = format!("person-number-{n}@else.test").parse().unwrap();
        book.choose(&somebody, Some((own.certificate(), Origin::Directory)), NOW.plus(n));
    }
    let sealed = book.seal(&account, 1, &mut rng()).unwrap();
    assert!(sealed.len() <= limits::PEOPLE_BYTES);
    let opened = Book::open(&account, 1, Some(&sealed)).unwrap();
    assert!(opened.standing(&bob()).is_some());
    assert!(opened.standing(&"person-number-3999@else.test".parse().unwrap()).is_some());
    assert_eq!(opened.standing(&"person-number-0@else.test".parse().unwrap()), None);
}

#[test]
fn a_letter_that_leaves_tells_its_authors_certificate() {
    let alice = person("Alice <alice@home.test>");
    let address: EmailAddress = "alice@home.test".parse().unwrap();
    let letter = b"From: Alice <alice@home.test>\r\nSubject: x\r\n\r\nhello".to_vec();
    let told = told_in(letter.clone(), alice.certificate(), &address, NOW);
    let header = AutocryptHeader::of_message(&told).unwrap();
    assert_eq!((header.certificate.fingerprint(), header.mutual), (alice.fingerprint(), true));
    assert!(told.len() - letter.len() < 2048, "{}", told.len() - letter.len());
    // Nobody else's.
    assert_eq!(told_in(letter.clone(), alice.certificate(), &bob(), NOW), letter);
}
