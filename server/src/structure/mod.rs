//! The structure of a message as IMAP tells it: ENVELOPE, BODYSTRUCTURE, and where each part's bytes stand (RFC 9051 §7.5.2,
//! RFC 2045–2047, RFC 2231). It stands below the store, which keeps the structure of each message beside its bytes.
//!
//! Strings are told as they stand in the message: encoded words and RFC 2231 parameters are for the client to decode, which
//! is why the decoding readers of `shared::mime` do not serve here. What a header is, they share.
//!
//! Invariants: reading never fails and never panics; every range lies within the message, a part's within its parent's;
//! what BODYSTRUCTURE says of a part is true of the bytes that BODY[part] gives; at most [`NESTING`] levels and [`PARTS`]
//! parts are taken apart, the rest stays in the part that holds it.

mod address;
mod bodystructure;
mod envelope;
mod media;
mod part;
pub(crate) mod strings;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use address::{first as first_address, written};
pub(crate) use bodystructure::print as print_bodystructure;
pub(crate) use envelope::print as print_envelope;
pub(crate) use part::Part;
pub(crate) use text::body_holds;

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

/// Deepest nesting of multiparts and messages that is taken apart. Real mail stays under ten.
const NESTING: usize = 20;
/// Most parts of one message that are taken apart. Real mail stays under a few hundred.
const PARTS: usize = 1000;

/// A field's value as text: folds and encoded words taken out.
pub(crate) fn decoded(value: &[u8]) -> String {
    let line = [value, b"\n"].concat();
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    }
}

/// A field's value on one line: its folds taken out (RFC 5322 §2.2.3), no white space around it.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let line: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    line.trim_ascii().to_vec()
}
