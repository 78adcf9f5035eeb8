//! Whose key is it: what two people compare, and what the account's owner decides.

use serde::{Deserialize, Serialize};
use shared::api::account::Language;
use shared::api::keys::PeopleResponse;
use shared::api::{Base64, EmailAddress, Timestamp};
use shared::people::Decision;

/// Makes what two people compare.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompareKeys {
    /// The fingerprint of the other's certificate, hexadecimal.
    pub fingerprint: String,
}

/// What two people compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The words, in French and in English.
    pub words: Vec<(Language, Vec<String>)>,
    /// The fingerprint of the account's own certificate, upper-case hexadecimal.
    pub own: String,
    /// What the QR code of that says.
    pub code: String,
}

/// Takes note of what the account's owner decided about somebody's certificate; answers with what is remembered now.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecideKey {
    /// What is remembered.
    pub people: PeopleResponse,
    /// Whose.
    pub address: EmailAddress,
    /// Which: its fingerprint, hexadecimal.
    pub fingerprint: String,
    /// What was found for the address, the certificate among it.
    pub found: Option<Base64>,
    /// By what way.
    pub origin: shared::people::Origin,
    /// What was decided.
    pub decision: Decision,
    /// The time now.
    pub now: Timestamp,
}
