//! What can be seen of a message beside its flags: its header, as far as it is stored readable.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use shared::mime::header::Header;

use crate::store::messages::{self, MessageRecord};
use crate::store::{ReadTx, StoreError};

/// Most octets of a header that are looked at.
const HEADER_BYTES: usize = 64 * 1024;

/// A message, its header read when it is first asked for.
pub(super) struct Seen<'a> {
    tx: &'a ReadTx<'a>,
    pub(super) row: &'a MessageRecord,
    header: Option<Vec<u8>>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(tx: &'a ReadTx<'a>, row: &'a MessageRecord) -> Self {
        Self { tx, row, header: None }
    }

    fn header(&mut self) -> Result<Header<'_>, StoreError> {
        if self.header.is_none() {
            let bytes = match messages::header(self.tx, self.row.body)? {
                Some(header) => header,
                None => match messages::bytes_at(self.tx, self.row.body, 0, HEADER_BYTES) {
                    // It went with the last message that had it, between two looks.
                    Err(StoreError::NotFound) => Vec::new(),
                    read => read?,
                },
            };
            self.header = Some(bytes);
        }
        Ok(Header::of(self.header.as_deref().unwrap_or_default()))
    }

    /// The value of the first field of a name, as it stands there.
    pub(super) fn raw(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.header()?.first(name).map(|field| field.value.to_vec()))
    }

    /// The decoded values of all fields of a name.
    pub(super) fn fields(&mut self, name: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.header()?.fields().filter(|field| field.is(name)).map(|field| decoded(field.value)).collect())
    }

    /// The decoded values of all fields, with their names.
    pub(super) fn all_fields(&mut self) -> Result<Vec<String>, StoreError> {
        let header = self.header()?;
        Ok(header.fields().map(|field| format!("{}: {}", field.name, decoded(field.value))).collect())
    }
}

/// A field's value as text: folds and encoded words taken out.
pub(super) fn decoded(value: &[u8]) -> String {
    let line = [value, b"\n"].concat();
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_searched_decoded() {
        assert_eq!(decoded(b" =?utf-8?q?=C3=89t=C3=A9?=\r\n 2024"), "Été 2024");
        assert_eq!(decoded(b""), "");
    }
}
