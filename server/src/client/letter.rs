//! What letters are made of, whichever way they go: their ids, who writes them, their text and files, and the copy that their writer keeps.

use std::io::Read;
use std::path::Path;

use rand::RngCore;
use rand::rngs::OsRng;
use shared::access::Unlocked;
use shared::api::letter::LetterId;
use shared::api::{EmailAddress, limits};
use shared::mime::{self, Attachment, BccField, Letter, Mailbox, Summary};
use shared::pgp;

use super::{ClientError, now};

/// Octets that nobody else has.
pub(super) fn random<const OCTETS: usize>() -> [u8; OCTETS] {
    let mut random = [0; OCTETS];
    OsRng.fill_bytes(&mut random);
    random
}

/// By what the box knows a letter that it has had already.
pub(super) fn letter_id() -> LetterId {
    LetterId(random())
}

/// A name for a message, which no other has.
pub(super) fn message_id(unlocked: &Unlocked) -> String {
    mime::message_id(&random::<16>(), unlocked.address().domain())
}

/// Who writes.
pub(super) fn own_mailbox(unlocked: &Unlocked) -> Mailbox {
    let name = Some(unlocked.display_name().to_owned()).filter(|name| !name.is_empty());
    Mailbox { name, address: unlocked.address().to_string() }
}

/// Whom is written to.
pub(super) fn people(addresses: &[EmailAddress]) -> Vec<Mailbox> {
    addresses.iter().map(|address| Mailbox { name: None, address: address.to_string() }).collect()
}

/// A file, as it goes along with a letter.
pub(super) fn attachment(path: &Path) -> Result<Attachment, ClientError> {
    Ok(Attachment {
        name: Some(name_of(path)).filter(|name| !name.is_empty()),
        media_type: "application/octet-stream".into(),
        content_id: None,
        inline: false,
        bytes: bytes_of(path)?,
    })
}

/// The name of a file without its folder; empty where there is none, as for standard input.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The text of a file, - for standard input.
pub(super) fn text_of(path: &Path) -> Result<String, ClientError> {
    let text = String::from_utf8(bytes_of(path)?);
    text.map_err(|_| ClientError::Failed(format!("{} is not text in UTF-8", path.display())))
}

/// The octets of a file, - for standard input; no more than a message may have.
fn bytes_of(path: &Path) -> Result<Vec<u8>, ClientError> {
    let failed = |error| ClientError::Failed(format!("cannot read {}: {error}", path.display()));
    let limit = u64::try_from(limits::MESSAGE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() > limits::MESSAGE_BYTES {
        return Err(ClientError::Refused(format!("{} is too large for a message", path.display())));
    }
    Ok(bytes)
}

/// The letter and its summary, sealed to the account itself: for Sent or Drafts.
pub(super) fn own_copy(letter: &Letter, unlocked: &Unlocked) -> Result<(Vec<u8>, Vec<u8>), ClientError> {
    own_copy_of(&mime::build(letter, BccField::Kept), unlocked)
}

/// The same of a message that is written out.
pub(super) fn own_copy_of(kept: &[u8], unlocked: &Unlocked) -> Result<(Vec<u8>, Vec<u8>), ClientError> {
    let own = unlocked.at_rest();
    let failed = |error: pgp::SealError| ClientError::Failed(format!("the letter cannot be sealed: {error}"));
    let sealed = pgp::seal_own(kept, own, now(), &mut OsRng).map_err(failed)?;
    let summary = pgp::seal_summary(&Summary::of(&mime::read(kept)), own, now(), &mut OsRng).map_err(failed)?;
    Ok((sealed, summary))
}
