//! The key that came in an answer through a link (docs/links.md, *A key instead of a link*).

use shared::api::mailbox::Came;
use shared::api::{EmailAddress, Timestamp};
use shared::pgp::{Certificate, Purpose, usable_keys};

use super::protocol::reading::{MessageView, Problem, SentKey};

/// The media type of certificates (RFC 3156 §7).
pub(super) const KEY_TYPE: &str = "application/pgp-keys";

/// The first certificate among the files of an answer through a link that letters to its author can be sealed with. In ordinary mail
/// anybody can write in anybody's name; for an answer the box knows at least whose link it came through.
pub(super) fn of(message: &MessageView, now: Timestamp) -> Option<SentKey> {
    let [author] = message.from.as_slice() else { return None };
    // The box looked at the address outside of the seal only; who has a link could write another one inside.
    if message.problems.contains(&Problem::OtherAuthor) {
        return None;
    }
    let address: EmailAddress = author.address.parse().ok().filter(|_| message.came == Some(Came::Link))?;
    let mut files = message.attachments.iter().filter(|file| file.media_type == KEY_TYPE);
    files.find_map(|file| {
        let certificate = Certificate::parse(&file.bytes.to_vec()).ok()?;
        let is_named = certificate.addresses(now).iter().any(|found| found.canonical() == address.canonical());
        let is_usable = is_named && usable_keys(&certificate, Purpose::Seal, now).is_ok();
        is_usable.then(|| SentKey {
            address: address.clone(),
            fingerprint: certificate.fingerprint().to_string().to_uppercase(),
            certificate: certificate.to_bytes().into(),
        })
    })
}
