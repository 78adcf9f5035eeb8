//! One key from another, by HKDF-SHA-256 (RFC 5869) with the purpose in its info.

use hkdf::Hkdf;
use sha2::Sha256;

use super::secret::{Key, Secret};

/// What every info begins with; a later generation of constructions has another number.
const PREFIX: &[u8] = b"own-mailbox/1/";

/// What a derived key or a sealed object is for. A closed list: nothing is derived without a name from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Export key → key that wraps the account key.
    WrapPassphrase,
    /// Recovery code → key that wraps the account key.
    WrapRecovery,
    /// Tab's half and box's half → key that wraps the account key.
    WrapTab,
    /// Recovery code → what shows the box that somebody holds it.
    RecoveryProof,
    /// Key → commitment to it.
    Commit,
    /// Account key → key of the OpenPGP secret keys.
    OpenPgp,
    /// Account key → key of what withdraws the OpenPGP keys.
    Revocation,
    /// Account key → key of the address book.
    Contacts,
    /// Account key → key of the drafts' small parts.
    Drafts,
    /// Account key → key of the settings.
    Settings,
    /// Account key → key of the search index.
    Index,
    /// Device password → what the box keeps to know it again.
    DeviceAuth,
    /// Device password → key that wraps the key of the OpenPGP secret keys, where that device is to be served opened mail.
    DeviceOpen,
    /// The box's key file → key of one row of its outgoing queue.
    Queue,
    /// The box's own secret → the account id that stands in for an address that nobody has.
    UnknownAddress,
    /// The box's own secret → the id of the account that an invitation becomes.
    NewAccount,
    /// A link's fragment → the name of the link.
    LinkName,
    /// A link's fragment → key of its cover.
    LinkCover,
    /// Fragment, share and answer key → key that wraps what opens the payload.
    Link,
    /// A link's fragment → salt of the answer's stretching.
    LinkAnswer,
    /// Answer key → what shows the box that somebody knows the answer.
    LinkProof,
    /// Content key → what shows the box that somebody has opened the link.
    LinkOpened,
    /// A link's key → key of what it tells of earlier letters.
    LinkEarlier,
    /// A link's key → key of what its reader keeps of an answer.
    LinkReply,
    /// Account key → key of what the sender keeps of links, to tell of them in later letters.
    Links,
}

impl Purpose {
    /// Its name in the info; no zero byte in it, and never two purposes under one name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrapPassphrase => "wrap/passphrase",
            Self::WrapRecovery => "wrap/recovery",
            Self::WrapTab => "wrap/tab",
            Self::RecoveryProof => "recovery/proof",
            Self::Commit => "commit",
            Self::OpenPgp => "openpgp",
            Self::Revocation => "revocation",
            Self::Contacts => "contacts",
            Self::Drafts => "drafts",
            Self::Settings => "settings",
            Self::Index => "index",
            Self::DeviceAuth => "device/auth",
            Self::DeviceOpen => "device/open",
            Self::Queue => "queue",
            Self::UnknownAddress => "unknown-address",
            Self::NewAccount => "new-account",
            Self::LinkName => "link/name",
            Self::LinkCover => "link/cover",
            Self::Link => "link",
            Self::LinkAnswer => "link/answer",
            Self::LinkProof => "link/proof",
            Self::LinkOpened => "link/opened",
            Self::LinkEarlier => "link/earlier",
            Self::LinkReply => "link/reply",
            Self::Links => "links",
        }
    }
}

/// HKDF-SHA-256 with an empty salt; `id` is the account's or the object's, empty where there is none yet.
#[must_use]
pub fn derive(ikm: &[u8], purpose: Purpose, id: &[u8]) -> Key {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, ikm)
        .expand_multi_info(&[PREFIX, purpose.name().as_bytes(), &[0], id], &mut key)
        .expect("32 bytes are within what HKDF-SHA-256 gives");
    Secret::new(key)
}

/// Joins fields, each after its length, so that no two lists of fields give the same bytes.
pub(crate) fn join(fields: &[&[u8]]) -> Secret<Vec<u8>> {
    let mut joined = Vec::with_capacity(fields.iter().map(|field| 4 + field.len()).sum());
    for field in fields {
        let length = u32::try_from(field.len()).expect("fields are short: ids, names and keys");
        joined.extend_from_slice(&length.to_be_bytes());
        joined.extend_from_slice(field);
    }
    Secret::new(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_ids_separate_keys() {
        let ikm = [1; 32];
        let key = derive(&ikm, Purpose::WrapTab, b"id");
        assert!(key.equals(derive(&ikm, Purpose::WrapTab, b"id").expose()));
        assert!(!key.equals(derive(&ikm, Purpose::WrapTab, b"id2").expose()));
        assert!(!key.equals(derive(&ikm, Purpose::WrapRecovery, b"id").expose()));
    }

    #[test]
    fn joined_fields_keep_their_borders() {
        assert_ne!(join(&[b"ab", b"c"]).expose(), join(&[b"a", b"bc"]).expose());
        assert_ne!(join(&[b"ab"]).expose(), join(&[b"ab", b""]).expose());
    }
}
