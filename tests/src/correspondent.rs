//! Somebody elsewhere who writes to people of a box. What they write is of today: rules about keys count days.

use shared::api::Timestamp;
use shared::pgp::Certificate;
use shared::pgp::autocrypt::told_in;

use crate::foreign::curl_in;
use crate::gnupg::GnuPg;
use crate::home::Home;

/// Now, by this machine's clock.
///
/// # Panics
/// If that stands before 1970.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock of today");
    Timestamp(since.as_secs().try_into().expect("seconds"))
}

/// The header of a letter of today up to its subject, without the empty line.
#[must_use]
pub fn header(from: &str, to: &str, subject: &str) -> String {
    let date = mail_parser::DateTime::from_timestamp(now().0).to_rfc822();
    format!("From: {from}\r\nTo: {to}\r\nDate: {date}\r\nSubject: {subject}\r\n")
}

/// A letter comes in clear that tells the key of its sender's in its header (Autocrypt), and is not signed.
///
/// # Panics
/// If the box does not take it.
pub fn brings_key(home: &Home, from: &str, to: &str, key: &GnuPg, subject: &str) {
    let certificate = Certificate::parse(&key.certificate(from)).expect("a certificate");
    let letter = format!("{}\r\nHello\r\n", header(from, to, subject)).into_bytes();
    let letter = told_in(letter, &certificate, &from.parse().expect("an address"), now());
    brings(home, from, to, &letter);
}

/// A letter comes as it is.
///
/// # Panics
/// If the box does not take it.
pub fn brings(home: &Home, from: &str, to: &str, letter: &[u8]) {
    let sent = curl_in(home, from, &[to], letter);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}
