//! What a key server has of somebody, among all other ways in which a certificate becomes known.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use shared::api::Timestamp;
use shared::people::{Book, Check, Choice, Decision, Doubt, Origin, Standing, brought_by};
use shared::pgp::autocrypt::AutocryptHeader;
use shared::pgp::{Certificate, SecretKey};
use support::{NOW, bob, bobs, days};

/// A letter of this date comes that brings a certificate by Autocrypt.
fn comes(book: &mut Book, key: &SecretKey, dated: Timestamp, now: Timestamp) {
    let certificate = key.certificate().for_autocrypt(&bob(), NOW).unwrap();
    let header = AutocryptHeader { address: bob(), mutual: true, certificate };
    let letter = format!("From: Bob <bob@else.test>\r\nAutocrypt: {header}\r\nSubject: x\r\n\r\nhello");
    let brought = brought_by(letter.as_bytes(), &bob(), std::iter::empty(), now);
    book.saw_letter(&bob(), brought.as_ref(), Some(dated), now);
}

fn server(key: &SecretKey) -> Option<(&Certificate, Origin)> {
    Some((key.certificate(), Origin::KeyServer))
}

fn directory(key: &SecretKey) -> Option<(&Certificate, Origin)> {
    Some((key.certificate(), Origin::Directory))
}

/// What a letter is sealed to, and what is known of that.
fn sealed(choice: &Choice) -> (String, Standing) {
    match choice {
        Choice::Seal(certificate, standing) => (certificate.fingerprint().to_string(), standing.clone()),
        other => panic!("{other:?}"),
    }
}

fn name(key: &SecretKey) -> String {
    key.fingerprint().to_string()
}

#[test]
fn what_a_key_server_has_serves_where_nothing_else_is_known_and_is_not_checked() {
    let (first, second) = (bobs("one"), bobs("two"));
    let mut book = Book::default();
    let (to, standing) = sealed(&book.choose(&bob(), server(&first), NOW));
    assert_eq!((to, standing.origin, standing.check), (name(&first), Origin::KeyServer, Check::No));
    // While it cannot be asked, what it had serves; once it has none, it does not.
    assert_eq!(sealed(&book.choose_unasked(&bob(), days(1))).0, name(&first));
    assert_eq!(book.choose(&bob(), None, days(1)), Choice::None);
    assert_eq!(sealed(&book.choose(&bob(), server(&first), days(2))).0, name(&first));
    // Another one there takes its place, and that is told.
    let (to, standing) = sealed(&book.choose(&bob(), server(&second), days(3)));
    assert_eq!((to, standing.new_since, standing.other), (name(&second), Some(days(3)), None));
}

#[test]
fn the_directory_of_the_domain_goes_before_it() {
    let (of_server, of_domain) = (bobs("server"), bobs("domain"));
    let mut book = Book::default();
    book.choose(&bob(), server(&of_server), NOW);
    let (to, standing) = sealed(&book.choose(&bob(), directory(&of_domain), days(1)));
    assert_eq!((to, standing.origin), (name(&of_domain), Origin::Directory));
    // The same one there counts as the directory's: no letter takes its place.
    let mut book = Book::default();
    book.choose(&bob(), server(&of_server), NOW);
    assert_eq!(sealed(&book.choose(&bob(), directory(&of_server), days(1))).1.origin, Origin::Directory);
    comes(&mut book, &bobs("letter"), days(1), days(1));
    assert_eq!(sealed(&book.choose(&bob(), directory(&of_server), days(1))).0, name(&of_server));
}

#[test]
fn what_letters_brought_goes_before_it_and_it_is_told_beside() {
    let (of_letter, of_server, another) = (bobs("letter"), bobs("server"), bobs("another"));
    let mut book = Book::default();
    comes(&mut book, &of_letter, NOW, NOW);
    let (to, standing) = sealed(&book.choose(&bob(), server(&of_server), days(1)));
    assert_eq!(to, name(&of_letter));
    let other = standing.other.unwrap();
    assert_eq!((other.fingerprint, other.origin, other.refused), (name(&of_server), Origin::KeyServer, false));
    // Asked again, nothing is new.
    let before = book.clone();
    book.choose(&bob(), server(&of_server), days(2));
    assert_eq!(book, before);
    // Gone from there, it is not told any more, and served at no time.
    let (to, standing) = sealed(&book.choose(&bob(), None, days(3)));
    assert_eq!((to, standing.other), (name(&of_letter), None));

    // Another letter brings another one: that is what is told then, and the key server's does not push it out.
    book.choose(&bob(), server(&of_server), days(3));
    assert!(book.decide(&bob(), &of_letter.fingerprint(), server(&of_letter), Decision::Same, days(3)));
    comes(&mut book, &another, days(4), days(4));
    let (to, standing) = sealed(&book.choose(&bob(), server(&of_server), days(5)));
    assert_eq!((to, standing.other.unwrap().fingerprint), (name(&of_letter), name(&another)));
}

#[test]
fn a_letter_takes_its_place_unless_it_is_old() {
    let (of_server, of_letter) = (bobs("server"), bobs("letter"));
    let mut book = Book::default();
    book.choose(&bob(), server(&of_server), NOW);
    comes(&mut book, &of_letter, days(-400), NOW);
    let (to, standing) = sealed(&book.choose(&bob(), server(&of_server), NOW));
    assert_eq!((to, standing.other.unwrap().fingerprint), (name(&of_server), name(&of_letter)));
    // The key server has none any more: what a letter brought serves.
    assert_eq!(sealed(&book.clone().choose(&bob(), None, days(1))).0, name(&of_letter));

    let mut book = Book::default();
    book.choose(&bob(), server(&of_server), NOW);
    comes(&mut book, &of_letter, days(-3), NOW);
    let (to, standing) = sealed(&book.choose(&bob(), None, NOW));
    assert_eq!((to, standing.origin, standing.new_since), (name(&of_letter), Origin::Autocrypt, Some(NOW)));

    // One that brings the same makes it one that letters brought.
    let mut book = Book::default();
    book.choose(&bob(), server(&of_server), NOW);
    comes(&mut book, &of_server, NOW, NOW);
    assert_eq!(sealed(&book.choose(&bob(), None, days(1))).0, name(&of_server));
}

#[test]
fn who_has_given_up_a_key_is_written_to_by_another_that_the_server_has() {
    let (of_letter, of_server) = (bobs("letter"), bobs("server"));
    let mut book = Book::default();
    comes(&mut book, &of_letter, NOW, NOW);
    book.saw_letter(&bob(), None, Some(days(40)), days(40));
    assert_eq!(book.choose(&bob(), None, days(40)), Choice::GivenUp);
    // The same one may lie there for years.
    assert_eq!(book.choose(&bob(), server(&of_letter), days(40)), Choice::GivenUp);
    assert_eq!(sealed(&book.choose(&bob(), server(&of_server), days(41))).0, name(&of_server));
}

#[test]
fn what_was_compared_stays_and_a_key_server_stops_no_letter() {
    let (own, other) = (bobs("own"), bobs("other"));
    let mut book = Book::default();
    book.choose(&bob(), server(&own), NOW);
    assert!(book.decide(&bob(), &own.fingerprint(), server(&own), Decision::Same, NOW));
    assert_eq!(sealed(&book.choose(&bob(), None, days(1))).0, name(&own));
    let (to, standing) = sealed(&book.choose(&bob(), server(&other), days(2)));
    assert_eq!((to, standing.check), (name(&own), Check::Same(NOW)));
    assert_eq!(standing.other.unwrap().fingerprint, name(&other));
    // It differed: then the owner decides, also for the one that the server has.
    assert!(book.decide(&bob(), &own.fingerprint(), None, Decision::Differs, days(3)));
    assert!(matches!(book.choose(&bob(), None, days(3)), Choice::Ask(Doubt::Differs, _)));
    assert!(matches!(book.choose(&bob(), server(&other), days(3)), Choice::Ask(Doubt::OtherKey, _)));
}

#[test]
fn what_its_owner_decides_between_a_letter_and_a_key_server_lasts() {
    let (of_letter, of_server) = (bobs("letter"), bobs("server"));
    let mut book = Book::default();
    comes(&mut book, &of_letter, NOW, NOW);
    book.choose(&bob(), server(&of_server), NOW);

    let mut keeps = book.clone();
    assert!(keeps.decide(&bob(), &of_server.fingerprint(), None, Decision::Refuse, days(1)));
    let (to, standing) = sealed(&keeps.choose(&bob(), server(&of_server), days(2)));
    assert_eq!(to, name(&of_letter));
    assert!(standing.other.is_none_or(|other| other.refused));

    assert!(book.decide(&bob(), &of_server.fingerprint(), None, Decision::Use, days(1)));
    comes(&mut book, &of_letter, days(2), days(2));
    let (to, standing) = sealed(&book.choose(&bob(), server(&of_server), days(2)));
    assert_eq!((to, standing.check, standing.other), (name(&of_server), Check::No, None));
}
