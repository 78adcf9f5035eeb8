//! BODY and BODYSTRUCTURE (RFC 9051 §7.5.2, RFC 3501 §7.4.2).

use shared::mime::header::Header;

use super::media::Parameterised;
use super::part::{Content, Part};
use super::strings::{nstring, put, string};
use super::{envelope, unfolded};

/// Appends a part's structure; with `extended`, as BODYSTRUCTURE has it, else as BODY. `message` is the whole message.
pub(crate) fn print(out: &mut Vec<u8>, message: &[u8], part: &Part, extended: bool) {
    let header = Header::of(message.get(part.header.clone()).unwrap_or_default());
    let (kind, subtype) = part.media_type();
    out.push(b'(');
    if let Content::Multipart(parts) = &part.content {
        for inner in parts {
            print(out, message, inner, extended);
        }
        out.push(b' ');
        string(out, subtype);
        if extended {
            out.push(b' ');
            print_parameters(out, &part.media.parameters);
            print_extension(out, &header);
        }
        out.push(b')');
        return;
    }
    string(out, kind);
    out.push(b' ');
    string(out, subtype);
    out.push(b' ');
    if is_text(kind) && part.media.get("charset").is_none() {
        // What RFC 2045 §5.2 says of text that does not say.
        let mut parameters = vec![(b"charset".to_vec(), b"us-ascii".to_vec())];
        parameters.extend_from_slice(&part.media.parameters);
        print_parameters(out, &parameters);
    } else {
        print_parameters(out, &part.media.parameters);
    }
    for name in ["Content-ID", "Content-Description"] {
        out.push(b' ');
        nstring(out, value(&header, name).as_deref());
    }
    out.push(b' ');
    string(out, &part.encoding(message));
    let body = message.get(part.body.clone()).unwrap_or_default();
    put!(out, " {}", body.len());
    if let Content::Message(inner) = &part.content {
        out.push(b' ');
        envelope::print(out, message.get(inner.header.clone()).unwrap_or_default());
        out.push(b' ');
        print(out, message, inner, extended);
    }
    if is_text(kind) || matches!(part.content, Content::Message(_)) {
        put!(out, " {}", body.iter().filter(|&&byte| byte == b'\n').count());
    }
    if extended {
        out.push(b' ');
        nstring(out, value(&header, "Content-MD5").as_deref());
        print_extension(out, &header);
    }
    out.push(b')');
}

/// Disposition, language and location.
fn print_extension(out: &mut Vec<u8>, header: &Header<'_>) {
    out.push(b' ');
    match header.first("Content-Disposition").map(|field| Parameterised::parse(field.value)) {
        Some(disposition) if !disposition.value.is_empty() => {
            out.push(b'(');
            string(out, &disposition.value);
            out.push(b' ');
            print_parameters(out, &disposition.parameters);
            out.push(b')');
        }
        _ => out.extend_from_slice(b"NIL"),
    }
    out.push(b' ');
    let languages = value(header, "Content-Language").unwrap_or_default();
    let languages: Vec<&[u8]> =
        languages.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|language| !language.is_empty()).collect();
    if languages.is_empty() {
        out.extend_from_slice(b"NIL");
    } else {
        print_list(out, &languages);
    }
    out.push(b' ');
    nstring(out, value(header, "Content-Location").as_deref());
}

fn print_parameters(out: &mut Vec<u8>, parameters: &[(Vec<u8>, Vec<u8>)]) {
    if parameters.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    let words: Vec<&[u8]> = parameters.iter().flat_map(|(name, value)| [name.as_slice(), value.as_slice()]).collect();
    print_list(out, &words);
}

fn print_list(out: &mut Vec<u8>, words: &[&[u8]]) {
    out.push(b'(');
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        string(out, word);
    }
    out.push(b')');
}

fn value(header: &Header<'_>, name: &str) -> Option<Vec<u8>> {
    header.first(name).map(|field| unfolded(field.value)).filter(|value| !value.is_empty())
}

fn is_text(kind: &[u8]) -> bool {
    kind.eq_ignore_ascii_case(b"text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(message: &str, extended: bool) -> String {
        let mut out = Vec::new();
        print(&mut out, message.as_bytes(), &Part::of_message(message.as_bytes()), extended);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_structure_of_a_sealed_message() {
        let message = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n\
            --x\r\nContent-Type: application/pgp-encrypted\r\nContent-Disposition: attachment\r\n\r\nVersion: 1\r\n\r\n\
            --x\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=a\r\n\r\n\
            -----BEGIN\r\n--x--\r\n";
        assert_eq!(
            structure(message, true),
            "((\"application\" \"pgp-encrypted\" NIL NIL NIL \"7bit\" 12 NIL (\"attachment\" NIL) NIL NIL)\
             (\"application\" \"octet-stream\" (\"name\" \"encrypted.asc\") NIL NIL \"7bit\" 10 NIL \
             (\"inline\" (\"filename\" \"a\")) NIL NIL) \"encrypted\" \
             (\"protocol\" \"application/pgp-encrypted\" \"boundary\" \"x\") NIL NIL NIL)"
        );
        assert!(structure(message, false).ends_with(" \"encrypted\")"));
    }

    #[test]
    fn plain_text_has_a_charset_and_lines() {
        assert_eq!(
            structure("\r\na\r\nb\r\n", false),
            "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 6 2)"
        );
    }

    #[test]
    fn a_message_within_a_message_brings_its_envelope() {
        let message = "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n";
        assert_eq!(
            structure(message, false),
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 18 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) \
             (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1) 3)"
        );
    }
}
