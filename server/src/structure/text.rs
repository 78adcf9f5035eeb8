//! The text of a message as SEARCH sees it (RFC 9051 §6.4.4): transfer encodings and charsets taken away, of HTML also the tags.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use shared::mime::header::Header;
use shared::mime::{decode_charset, html_to_text};

use super::part::{Content, Part};
use super::unfolded;

/// Whether the body of a message holds the text, in lower case: in its parts that are text, in the headers of parts, and in
/// messages within it with their headers. The message's own header does not count, nor does what is no text.
pub(crate) fn body_holds(message: &[u8], part: &Part, text: &str) -> bool {
    match &part.content {
        Content::Multipart(parts) => {
            parts.iter().any(|part| header_holds(message, part, text) || body_holds(message, part, text))
        }
        Content::Message(inner) => header_holds(message, inner, text) || body_holds(message, inner, text),
        Content::Leaf => leaf_holds(message, part, text),
    }
}

fn header_holds(message: &[u8], part: &Part, text: &str) -> bool {
    let header = Header::of(message.get(part.header.clone()).unwrap_or_default());
    header.fields().any(|field| {
        let (value, _) = decode_charset(&unfolded(field.value), None);
        format!("{}: {value}", field.name).to_lowercase().contains(text)
            || super::decoded(field.value).to_lowercase().contains(text)
    })
}

fn leaf_holds(message: &[u8], part: &Part, text: &str) -> bool {
    let (kind, subtype) = part.media_type();
    let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if !is(kind, "text") && !is(kind, "message") {
        return false;
    }
    let body = message.get(part.body.clone()).unwrap_or_default();
    let decoded = match part.encoding(message).as_slice() {
        b"base64" => base64_decode(body),
        b"quoted-printable" => quoted_printable_decode(body),
        _ => None,
    };
    let charset = part.media.get("charset").map(String::from_utf8_lossy);
    let (shown, _) = decode_charset(decoded.as_deref().unwrap_or(body), charset.as_deref());
    shown.to_lowercase().contains(text) || (is(subtype, "html") && html_to_text(&shown).to_lowercase().contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(message: &str, text: &str) -> bool {
        body_holds(message.as_bytes(), &Part::of_message(message.as_bytes()), text)
    }

    #[test]
    fn text_is_found_however_it_is_written() {
        let message = "Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n\
            --b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            L=E9a wr=\r\nites\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nTcO2d2U=\r\n\
            --b\r\nContent-Type: text/html\r\n\r\n<p>caf&eacute; <b>au</b> lait</p>\r\n\
            --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=C3=A9r?=\r\n\r\ndeep\r\n\
            --b\r\nContent-Type: application/octet-stream; name=\"report.bin\"\r\n\r\nbinary\r\n--b--\r\n";
        for text in ["léa writes", "möwe", "café au lait", "<b>au</b>", "innér", "deep", "report.bin"] {
            assert!(holds(message, text), "{text}");
        }
        for text in ["outer", "preamble", "tco2", "=e9", "binary", "writes möwe"] {
            assert!(!holds(message, text), "{text}");
        }
        assert!(holds("Subject: x\r\n\r\nHello", "hello") && !holds("Subject: hello\r\n\r\nx", "hello"));
    }
}
