//! The account's own OpenPGP keys.

use serde::{Deserialize, Serialize};
use shared::api::Timestamp;
use shared::api::account::ConfirmResponse;
use shared::api::own_key::{KeyNewsRequest, KeyPlace, RestKey};

use super::access::SecretText;
use crate::platform::buffer::Buffer;
use crate::platform::carried::Carried;

/// What the box is to be told so that the keys stay good, and mail is kept as well as it can be.
#[derive(Debug, Serialize, Deserialize)]
pub struct TendKeys {
    /// Now.
    pub now: Timestamp,
}

/// What there is to tell; nothing most of the time.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeyTasks {
    /// The requests to post to `OWN_KEY_NEWS`.
    pub news: Vec<Carried<KeyNewsRequest>>,
    /// The one to post to `REST_KEYS`.
    pub rest: Option<Carried<RestKey>>,
}

/// The account's keys, the current one first.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListKeys {
    /// Now.
    pub now: Timestamp,
}

/// One key of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What became of it.
    pub standing: KeyStanding,
    /// When its end has to be put off; `None` for never.
    pub good_until: Option<Timestamp>,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStanding {
    /// It is the account's key.
    Current,
    /// It opens old mail.
    Retired,
    /// It opens old mail, and everybody is told that it is withdrawn.
    Withdrawn,
}

/// The certificate of the current key, withdrawn, ASCII-armored.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithdrawalFile {
    /// Now.
    pub now: Timestamp,
}

/// Another key in the place of the current one; answers with the request to post to `OWN_KEYS`.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnotherKey {
    /// What the box answered to the passphrase.
    pub confirmed: Carried<ConfirmResponse>,
    /// Whether everybody is told that the present one is withdrawn.
    pub stolen: bool,
    /// Now.
    pub now: Timestamp,
}

/// Whether the keys of a file can be what they shall become.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckKeys {
    /// The file.
    pub file: KeyFile,
    /// Now.
    pub now: Timestamp,
}

/// Brings the keys of a file in; answers with the requests to post to `OWN_KEYS`, one after the other.
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportKeys {
    /// What the box answered to the passphrase.
    pub confirmed: Carried<ConfirmResponse>,
    /// The file.
    pub file: KeyFile,
    /// Now.
    pub now: Timestamp,
}

/// A file with secret keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyFile {
    /// Its bytes.
    pub bytes: Buffer,
    /// Its passphrase; empty where it has none.
    pub passphrase: SecretText,
    /// What shall become of its keys.
    pub place: KeyPlace,
}
