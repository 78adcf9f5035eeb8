//! Whatever comes in: it is taken apart and told without a panic, and its parts lie where they must.

use std::ops::Range;

use proptest::prelude::*;

use super::part::Content;
use super::{Part, decoded, print_bodystructure, print_envelope};

#[test]
fn fields_are_told_decoded() {
    assert_eq!(decoded(b" =?utf-8?q?=C3=89t=C3=A9?=\r\n 2024"), "Été 2024");
    assert_eq!(decoded(b""), "");
}

proptest! {
    #[test]
    fn parts_lie_within_each_other(message in almost_messages()) {
        let part = Part::of_message(&message);
        check(&part, &(0..message.len()));
        let mut out = Vec::new();
        print_bodystructure(&mut out, &message, &part, true);
        print_envelope(&mut out, &message);
    }
}

fn check(part: &Part, within: &Range<usize>) {
    assert!(within.start <= part.header.start && part.header.end == part.body.start && part.body.end <= within.end);
    match &part.content {
        Content::Leaf => {}
        Content::Message(inner) => check(inner, &part.body),
        Content::Multipart(parts) => parts.iter().for_each(|inner| check(inner, &part.body)),
    }
}

fn almost_messages() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "Content-Type: multipart/mixed; boundary=a\r\n",
        "Content-Type: multipart/digest; boundary=\"b\"\r\n",
        "Content-Type: message/rfc822\r\n",
        "--a\r\n",
        "--b\r\n",
        "--a--\r\n",
        "--b--",
        "\r\n--a\r\n\r\n",
        "text",
        " folded\r\n",
        "Content-Type: text/html; charset=\"",
        "Subject: x\r\n",
        "From: a <b@c>, (d\r\n",
        "\0",
        "é",
        ":",
        "Content-Disposition: attachment; filename=\"x\r\n",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}
