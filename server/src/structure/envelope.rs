//! ENVELOPE (RFC 9051 §7.5.2, RFC 3501 §7.4.2).

use shared::mime::header::{Header, SEARCHED_BYTES};

use super::address::{self, Entry};
use super::strings::{nstring, string};
use super::unfolded;

/// The fields that it tells, in its order.
const FIELDS: [&str; 10] =
    ["Date", "Subject", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "In-Reply-To", "Message-ID"];

/// Appends the envelope of the message that `bytes` begin; its header is all that is read.
pub(crate) fn print(out: &mut Vec<u8>, bytes: &[u8]) {
    // In one go: of a long list of messages, finding the fields is most of the work.
    let mut values = [None; FIELDS.len()];
    for field in Header::of(bytes).fields().take_while(|field| field.range.start < SEARCHED_BYTES) {
        let place = FIELDS.iter().position(|name| field.is(name)).and_then(|at| values.get_mut(at));
        if let Some(place @ None) = place {
            *place = Some(field.value);
        }
    }
    let [date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id] = values;
    let text = |value: Option<&[u8]>| value.map(unfolded);
    let addresses = |value: Option<&[u8]>| value.map(address::parse).unwrap_or_default();
    out.push(b'(');
    nstring(out, text(date).as_deref());
    out.push(b' ');
    nstring(out, text(subject).as_deref());
    let from = addresses(from);
    for (value, or_from) in [(None, true), (sender, true), (reply_to, true), (to, false), (cc, false), (bcc, false)] {
        out.push(b' ');
        let found = addresses(value);
        print_addresses(out, if found.is_empty() && or_from { &from } else { &found });
    }
    for value in [in_reply_to, message_id] {
        out.push(b' ');
        nstring(out, text(value).as_deref());
    }
    out.push(b')');
}

fn print_addresses(out: &mut Vec<u8>, entries: &[Entry]) {
    if entries.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for entry in entries {
        match entry {
            Entry::Mailbox { name, route, local, domain } => {
                out.push(b'(');
                nstring(out, name.as_deref());
                out.push(b' ');
                nstring(out, route.as_deref());
                out.push(b' ');
                string(out, local);
                out.push(b' ');
                // Not NIL where it is missing: that would mean a group.
                string(out, domain);
                out.push(b')');
            }
            Entry::GroupStart(name) => {
                out.extend_from_slice(b"(NIL NIL ");
                string(out, name);
                out.extend_from_slice(b" NIL)");
            }
            Entry::GroupEnd => out.extend_from_slice(b"(NIL NIL NIL NIL)"),
        }
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(message: &str) -> String {
        let mut out = Vec::new();
        print(&mut out, message.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_envelope_of_a_sealed_message() {
        let message = "From: Marie <marie@home.test>\r\nTo: bob@x.test,\r\n list:c@y.test;\r\nSubject: [...]\r\n\
            Date: Mon, 1 Jul 2024 10:00:00 +0200\r\nMessage-ID: <1@home.test>\r\nReferences: <0@home.test>\r\n\r\nbody";
        assert_eq!(
            envelope(message),
            "(\"Mon, 1 Jul 2024 10:00:00 +0200\" \"[...]\" ((\"Marie\" NIL \"marie\" \"home.test\")) \
             ((\"Marie\" NIL \"marie\" \"home.test\")) ((\"Marie\" NIL \"marie\" \"home.test\")) \
             ((NIL NIL \"bob\" \"x.test\")(NIL NIL \"list\" NIL)(NIL NIL \"c\" \"y.test\")(NIL NIL NIL NIL)) \
             NIL NIL NIL \"<1@home.test>\")"
        );
    }

    #[test]
    fn an_empty_message_has_an_empty_envelope() {
        assert_eq!(envelope(""), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
        assert!(envelope("Subject: é\r\n\r\n").contains("{2}\r\né"));
    }
}
