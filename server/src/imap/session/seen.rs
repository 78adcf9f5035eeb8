//! What can be seen of a message beside its flags: its header, as far as it is stored readable; for a device that mail is opened
//! for, all of it, once it is open.

use shared::mime::header::Header;

use crate::imap::opening::Opened;
use crate::store::messages::{self, BodyId, MessageRecord};
use crate::store::{ReadTx, StoreError};
use crate::structure::{body_holds, decoded, written};

/// Most octets of a header that are looked at.
const HEADER_BYTES: usize = 64 * 1024;

/// Fields that hold addresses, which are searched also without what comments and quotes do to them.
const ADDRESSES: [&str; 6] = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"];

/// Why something could not be seen.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSeen {
    /// The message must be opened for that.
    #[error("the message is not open")]
    Closed,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// A message, its header read when it is first asked for.
pub(super) struct Seen<'a> {
    pub(super) row: &'a MessageRecord,
    content: Content<'a>,
}

/// What is seen of a message's content.
enum Content<'a> {
    /// What is stored, and of that the header.
    Stored {
        tx: &'a ReadTx<'a>,
        header: Option<Vec<u8>>,
    },
    /// Nothing yet, because it is to be opened first.
    Closed,
    Opened(&'a Opened),
}

impl<'a> Seen<'a> {
    /// A message as it is stored.
    pub(super) fn stored(tx: &'a ReadTx<'a>, row: &'a MessageRecord) -> Self {
        Self { row, content: Content::Stored { tx, header: None } }
    }

    /// A message that is to be opened where more than its place is asked for.
    pub(super) fn closed(row: &'a MessageRecord) -> Self {
        Self { row, content: Content::Closed }
    }

    /// A message that is open.
    pub(super) fn opened(row: &'a MessageRecord, opened: &'a Opened) -> Self {
        Self { row, content: Content::Opened(opened) }
    }

    /// Octets of the message as it is served.
    pub(super) fn size(&self) -> Result<u64, NotSeen> {
        match self.content {
            Content::Stored { .. } => Ok(self.row.size),
            Content::Closed => Err(NotSeen::Closed),
            Content::Opened(opened) => Ok(opened.bytes().len() as u64),
        }
    }

    /// Whether its body holds the text, in lower case; never where that is ciphertext.
    pub(super) fn body_holds(&self, text: &str) -> Result<bool, NotSeen> {
        match self.content {
            Content::Stored { .. } => Ok(false),
            Content::Closed => Err(NotSeen::Closed),
            Content::Opened(opened) => Ok(body_holds(opened.bytes(), opened.part(), text)),
        }
    }

    fn header(&mut self) -> Result<Header<'_>, NotSeen> {
        match &mut self.content {
            Content::Stored { tx, header } => {
                if header.is_none() {
                    *header = Some(stored_header(tx, self.row.body)?);
                }
                Ok(Header::of(header.as_deref().unwrap_or_default()))
            }
            Content::Closed => Err(NotSeen::Closed),
            Content::Opened(opened) => Ok(Header::of(opened.bytes())),
        }
    }

    /// The value of the first field of a name, as it stands there.
    pub(super) fn raw(&mut self, name: &str) -> Result<Option<Vec<u8>>, NotSeen> {
        Ok(self.header()?.first(name).map(|field| field.value.to_vec()))
    }

    /// The decoded values of all fields of a name.
    pub(super) fn fields(&mut self, name: &str) -> Result<Vec<String>, NotSeen> {
        Ok(self.header()?.fields().filter(|field| field.is(name)).map(|field| decoded(field.value)).collect())
    }

    /// The addresses in all fields of a name, if that is one of those that hold addresses, as one writes them.
    pub(super) fn addresses(&mut self, name: &str) -> Result<Vec<String>, NotSeen> {
        if !ADDRESSES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(Vec::new());
        }
        Ok(self.header()?.fields().filter(|field| field.is(name)).map(|field| written(field.value)).collect())
    }

    /// The decoded values of all fields, with their names.
    pub(super) fn all_fields(&mut self) -> Result<Vec<String>, NotSeen> {
        let header = self.header()?;
        Ok(header.fields().map(|field| format!("{}: {}", field.name, decoded(field.value))).collect())
    }
}

fn stored_header(tx: &ReadTx<'_>, body: BodyId) -> Result<Vec<u8>, StoreError> {
    if let Some(header) = messages::header(tx, body)? {
        return Ok(header);
    }
    match messages::bytes_at(tx, body, 0, HEADER_BYTES) {
        // It went with the last message that had it, between two looks.
        Err(StoreError::NotFound) => Ok(Vec::new()),
        read => read,
    }
}
