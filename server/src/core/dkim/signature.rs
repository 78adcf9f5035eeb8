//! The fields that are put in front of a message: one signature with each key (RFC 6376 §3.5).

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use shared::api::Timestamp;
use shared::mime::header::{Ending, Header};

use super::canonical;
use super::key::{Algorithm, Pair};

/// How long a signature is good, seconds: longer than any server holds a message back. The records of keys that are in use no more
/// must be found as long.
pub(super) const GOOD_SECONDS: i64 = 7 * 24 * 3600;
/// Largest header that is signed, octets. No program writes such a one, and its names would be repeated in the signature.
const HEADER_BYTES: usize = 1024 * 1024;
/// Longest line of a signature, where it can be broken.
const LINE: usize = 76;

/// When a field is signed, and whether another one of its name may be added on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Signed, and none may be added, also where there is none: it is what people see of who writes what to whom.
    Closed,
    /// The same where there is one: servers add it to a message that lacks it.
    ClosedWhereThere,
    /// Signed where there is one; mailing lists add more.
    Open,
}

/// What is signed (RFC 6376 §5.4.1). Not what is made anew on each way: trace fields, results.
const SIGNED: [(&str, Rule); 30] = [
    ("From", Rule::Closed),
    ("To", Rule::Closed),
    ("Cc", Rule::Closed),
    ("Subject", Rule::Closed),
    ("Date", Rule::Closed),
    ("Reply-To", Rule::Closed),
    ("In-Reply-To", Rule::Closed),
    ("References", Rule::Closed),
    ("Message-ID", Rule::Closed),
    ("Sender", Rule::ClosedWhereThere),
    ("MIME-Version", Rule::ClosedWhereThere),
    ("Content-Type", Rule::ClosedWhereThere),
    ("Content-Transfer-Encoding", Rule::ClosedWhereThere),
    ("Content-ID", Rule::ClosedWhereThere),
    ("Content-Description", Rule::ClosedWhereThere),
    ("Content-Disposition", Rule::ClosedWhereThere),
    ("Auto-Submitted", Rule::Open),
    ("Autocrypt", Rule::Open),
    ("Resent-Date", Rule::Open),
    ("Resent-From", Rule::Open),
    ("Resent-To", Rule::Open),
    ("Resent-Cc", Rule::Open),
    ("Resent-Message-ID", Rule::Open),
    ("List-Id", Rule::Open),
    ("List-Help", Rule::Open),
    ("List-Unsubscribe", Rule::Open),
    ("List-Subscribe", Rule::Open),
    ("List-Post", Rule::Open),
    ("List-Owner", Rule::Open),
    ("List-Archive", Rule::Open),
];

/// The signatures of a message whose lines end with CRLF, as whole fields to be put in front of it; `None` where it cannot be signed:
/// its header is beyond all measure, or does not end as headers do.
pub(super) fn fields(message: &[u8], pair: &Pair, domain: &str, now: Timestamp) -> Option<Vec<u8>> {
    let header = Header::of(message);
    // Where the header ends without an empty line, others may see another end.
    if header.bytes().len() > HEADER_BYTES || header.ending() == Ending::Missing {
        return None;
    }
    let mut hash = Sha256::new();
    canonical::body(header.body(), |piece| hash.update(piece));
    let body_hash = STANDARD.encode(hash.finalize());
    let (names, signed) = signed_fields(&header);
    let mut out = Vec::new();
    for algorithm in Algorithm::ALL {
        let mut value = format!(
            " v=1; a={}-sha256; c=relaxed/relaxed; d={domain};\r\n\ts={}; t={}; x={};\r\n\t",
            algorithm.name(),
            algorithm.selector(pair.name()),
            now.0,
            now.0.saturating_add(GOOD_SECONDS),
        );
        broken_between(&format!("h={};", names.join(":")), ':', &mut value);
        _ = write!(value, "\r\n\tbh={body_hash};\r\n\tb=");
        // The field itself is signed last, without its signature and without a line end (RFC 6376 §3.7).
        let mut octets = signed.clone();
        canonical::field("DKIM-Signature", value.as_bytes(), &mut octets);
        let octets = octets.strip_suffix(b"\r\n").unwrap_or(&octets);
        let signature = STANDARD.encode(pair.sign(algorithm, octets)?);
        for (place, character) in signature.chars().enumerate() {
            if place > 0 && place % (LINE - 4) == 0 {
                value.push_str("\r\n\t");
            }
            value.push(character);
        }
        out.extend_from_slice(format!("DKIM-Signature:{value}\r\n").as_bytes());
    }
    Some(out)
}

/// The names that are signed, in their order, and the canonical fields. Of fields of the same name the last comes first (RFC 6376
/// §5.4.2); one name more than there are fields says that there are no more (§8.15).
fn signed_fields(header: &Header<'_>) -> (Vec<&'static str>, Vec<u8>) {
    let mut found: Vec<Vec<Vec<u8>>> = vec![Vec::new(); SIGNED.len()];
    for field in header.fields() {
        let place = SIGNED.iter().position(|(name, _)| field.is(name));
        if let Some(of_name) = place.and_then(|place| found.get_mut(place)) {
            let mut canonical = Vec::new();
            canonical::field(field.name, field.value, &mut canonical);
            of_name.push(canonical);
        }
    }
    let (mut names, mut octets) = (Vec::new(), Vec::new());
    for ((name, rule), fields) in SIGNED.into_iter().zip(found) {
        let closes = match rule {
            Rule::Closed => true,
            Rule::ClosedWhereThere => !fields.is_empty(),
            Rule::Open => false,
        };
        names.extend(std::iter::repeat_n(name, fields.len() + usize::from(closes)));
        octets.extend(fields.into_iter().rev().flatten());
    }
    (names, octets)
}

/// Adds a text to a field, broken into lines behind a character.
fn broken_between(text: &str, behind: char, out: &mut String) {
    let mut line = 0;
    for piece in text.split_inclusive(behind) {
        if line > 0 && line + piece.len() > LINE {
            out.push_str("\r\n\t");
            line = 0;
        }
        out.push_str(piece);
        line += piece.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Random;

    fn signed(message: &str) -> (Vec<&'static str>, String) {
        let (names, octets) = signed_fields(&Header::of(message.as_bytes()));
        (names, String::from_utf8(octets).unwrap())
    }

    #[test]
    fn what_people_see_can_neither_be_changed_nor_added_to() {
        let (names, octets) = signed(
            "Received: by a\r\nFROM: a@b.test\r\nSubject: one\r\n two\r\nTo: x@y.test\r\nTo: second@y.test\r\nX-Own: z\r\n\r\nbody",
        );
        let own = ["From", "From", "To", "To", "To", "Cc", "Subject", "Subject", "Date", "Reply-To", "In-Reply-To"];
        assert_eq!(names[..11], own);
        assert_eq!(names[11..], ["References", "Message-ID"]);
        assert_eq!(octets, "from:a@b.test\r\nto:second@y.test\r\nto:x@y.test\r\nsubject:one two\r\n");
        let (names, _) = signed("Content-Type: text/plain\r\nList-Id: a\r\n\r\n");
        assert_eq!(names[9..], ["Content-Type", "Content-Type", "List-Id"]);
    }

    #[test]
    fn a_signature_has_short_lines_and_its_own_time() {
        let pair = Pair::read("20261127", &Pair::make(&mut Random::system())).unwrap();
        let message = b"From: a@home.test\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx\r\n";
        let fields = String::from_utf8(fields(message, &pair, "home.test", Timestamp(1_700_000_000)).unwrap()).unwrap();
        assert!(fields.lines().all(|line| line.len() <= LINE + 2), "{fields}");
        let all: Vec<_> = Header::of(fields.as_bytes()).fields().map(|field| field.value.to_vec()).collect();
        assert_eq!(all.len(), 2);
        for (value, algorithm) in all.iter().zip(["rsa", "ed25519"]) {
            let value = String::from_utf8(value.clone()).unwrap();
            let named = format!("a={algorithm}-sha256; c=relaxed/relaxed; d=home.test;\r\n\ts=20261127-{algorithm};");
            assert!(value.contains(&named) && value.contains("t=1700000000; x=1700604800;"), "{value}");
        }
    }

    #[test]
    fn a_header_beyond_measure_is_not_signed() {
        let pair = Pair::read("x", &Pair::make(&mut Random::system())).unwrap();
        let message = "To: a@b.test\r\n".repeat(HEADER_BYTES / 14 + 1) + "\r\nx\r\n";
        assert!(fields(message.as_bytes(), &pair, "home.test", Timestamp(0)).is_none());
    }
}
