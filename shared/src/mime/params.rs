//! Structured fields: Content-Type and Content-Disposition with their parameters (RFC 2045 §5.1, RFC 2183, RFC 2231),
//! message identifiers and dates (RFC 5322 §3.3, §3.6.4).

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use super::address::terminated;
use super::charset::extended_in_utf8;
use super::words::{decode_text, one_line};

/// Longest structured field that is taken apart, octets. What is longer is cut.
const FIELD_BYTES: usize = 64 * 1024;

/// A value with parameters: `text/plain; charset=utf-8`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Parameterised {
    /// The value in lower case: `text/plain`, `attachment`.
    pub(crate) value: String,
    /// Names in lower case with their decoded values.
    parameters: Vec<(String, String)>,
}

impl Parameterised {
    /// Takes a raw field value apart.
    pub(crate) fn parse(raw: &[u8]) -> Self {
        let line = terminated(&extended_in_utf8(raw.get(..FIELD_BYTES).unwrap_or(raw)));
        let HeaderValue::ContentType(parsed) = MessageStream::new(&line).parse_content_type() else {
            return Self::default();
        };
        let mut value = parsed.c_type.trim().to_ascii_lowercase();
        if let Some(subtype) = parsed.c_subtype {
            value = format!("{value}/{}", subtype.trim().to_ascii_lowercase());
        }
        let parameters = parsed.attributes.unwrap_or_default().into_iter();
        let parameters = parameters.map(|p| (p.name.to_ascii_lowercase(), p.value.into_owned())).collect();
        Self { value, parameters }
    }

    /// The first parameter of this name (in lower case).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Message identifiers of a field, without their angle brackets (RFC 5322 §3.6.4).
pub(crate) fn message_ids(raw: &[u8]) -> Vec<String> {
    let line = terminated(raw.get(..FIELD_BYTES).unwrap_or(raw));
    let ids = match MessageStream::new(&line).parse_id() {
        HeaderValue::Text(id) => vec![id],
        HeaderValue::TextList(ids) => ids,
        _ => return Vec::new(),
    };
    ids.iter().map(|id| one_line(id)).filter(|id| !id.is_empty()).collect()
}

/// Seconds since 1970 that a date field names (RFC 5322 §3.3).
pub(crate) fn date(raw: &[u8]) -> Option<crate::api::Timestamp> {
    let parse = |value: &[u8]| match MessageStream::new(&terminated(value)).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(crate::api::Timestamp(date.to_timestamp())),
        _ => None,
    };
    let raw = raw.get(..FIELD_BYTES).unwrap_or(raw).trim_ascii();
    // Some leave the zone out; then it is taken as universal time.
    parse(raw).or_else(|| parse(&[raw, b" +0000"].concat()))
}

/// A file name that some write as an encoded word in a parameter, where RFC 2231 should be.
pub(crate) fn decode_file_name(raw: &str) -> String {
    if raw.contains("=?") && raw.contains("?=") {
        let decoded = decode_text(raw.as_bytes());
        if !decoded.is_empty() {
            return decoded;
        }
    }
    one_line(raw)
}
