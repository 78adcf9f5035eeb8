//! Certificates of correspondents, found by the box on the page's behalf.

use serde::{Deserialize, Serialize};

use super::{Base64, EmailAddress, Timestamp};

/// Looks for the certificates of some addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupRequest {
    /// At most [`super::limits::LOOKUP_ADDRESSES`].
    pub addresses: Vec<EmailAddress>,
    /// Whether a key server may be asked too, where the account's owner has agreed to that. Who only reads asks without.
    pub key_server: bool,
}

/// What was found, address by address, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupResponse {
    /// One for each address.
    pub results: Vec<LookupResult>,
}

/// What was found for one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupResult {
    /// The address that was asked for.
    pub address: EmailAddress,
    /// What was found.
    pub outcome: LookupOutcome,
}

/// The outcome of one look-up. Whether a certificate is usable is judged by who seals, not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupOutcome {
    /// A certificate for this address.
    Found {
        /// Binary transferable public keys: first the one to seal to, then those of the address's past, by which old letters are
        /// signed.
        certificate: Base64,
        /// Where it was found.
        source: Source,
    },
    /// There is none.
    None,
    /// The other side could not be asked; a later look-up may find one.
    Unreachable,
}

/// Where a certificate was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// An account of this box.
    Local,
    /// The Web Key Directory of the address's domain.
    Wkd,
    /// It came in a letter, and the account's owner chose to use it.
    Kept,
    /// A key server, where the domain has none.
    KeyServer,
}

/// Which certificate did the account's owner choose for an address?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRequest {
    /// The address.
    pub address: EmailAddress,
}

/// The certificate that the account's owner chose for an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptResponse {
    /// `None` where none was chosen.
    pub kept: Option<KeptCertificate>,
}

/// A certificate that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCertificate {
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// Since when it is used.
    pub kept_at: Timestamp,
}

/// Chooses a certificate for an address, in the place of one that was chosen before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepRequest {
    /// The address, of another domain than the box's; the certificate carries it.
    pub address: EmailAddress,
    /// The binary transferable public key; `None` forgets what was chosen.
    pub certificate: Option<Base64>,
}

/// What the account remembers of the certificates of others, sealed so that the box cannot open it ([`crate::people::Book`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleResponse {
    /// How often it was changed; 0 where there is none.
    pub generation: u64,
    /// The sealed object.
    pub sealed: Option<Base64>,
}

/// Puts what is remembered in the place of what was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleRequest {
    /// One more than that of the one that it was made from; else it is refused.
    pub generation: u64,
    /// The sealed object, at most [`super::limits::PEOPLE_BYTES`].
    pub sealed: Base64,
}
