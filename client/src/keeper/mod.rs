//! The keeper: a program beside the reader's page that makes the key of somebody without an account, reads and writes its file, and opens
//! what is sealed for it. It holds OpenPGP, which the page itself does without, and is fetched when somebody asks for one of these.
//!
//! `ask`: the page's side. `work`: what is done. `serve`: the program's own side, which does one thing and ends.
//!
//! Invariants: it ends when it has answered, and the memory that held the key with it; it makes no request and touches no storage.

mod ask;
mod serve;
mod work;

pub use ask::{CannotKeep, Keeper};
pub use serve::serve;
pub use work::work;

use serde::{Deserialize, Serialize};
use shared::api::{Base64, EmailAddress, Timestamp};

/// Something that it can be asked; what may be many bytes crosses beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Makes a key. Answered by [`Answer::Key`].
    Make {
        /// The person's name; may be empty.
        name: String,
        /// Whose it is.
        address: EmailAddress,
        /// The time from which it counts.
        now: Timestamp,
    },
    /// Looks for a certificate that may be sent, in the bytes. Answered by [`Answer::Certificate`].
    Check {
        /// Whose it has to be.
        address: EmailAddress,
        /// Now.
        now: Timestamp,
    },
    /// Writes the file of the key in the bytes. Answered by [`Answer::File`].
    Export {
        /// Protects it; empty: nothing does.
        passphrase: String,
    },
    /// Reads the file of a key in the bytes. Answered by [`Answer::Key`].
    Import {
        /// What protects it; empty where nothing does.
        passphrase: String,
        /// Now.
        now: Timestamp,
    },
    /// Opens a sealed letter, the first of the bytes, with the keys, which are the others. Answered by [`Answer::Letter`].
    Open {
        /// Certificates of those who may have signed.
        signers: Vec<Base64>,
        /// Now.
        now: Timestamp,
    },
}

/// What it answers; what may be many bytes crosses beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A key: the bytes are the secret key and the certificate, binary.
    Key {
        /// Whose it says that it is.
        address: EmailAddress,
        /// Its fingerprint, upper-case hexadecimal.
        fingerprint: String,
    },
    /// The bytes are the certificate, binary, without what others have added.
    Certificate {
        /// Its fingerprint, upper-case hexadecimal.
        fingerprint: String,
    },
    /// The bytes are the file.
    File,
    /// The bytes are the sealed chunks of the letter, as those of one behind a link.
    Letter {
        /// What opens them.
        payload: Base64,
        /// The address of its author, where it is signed by one of those whose certificates are known, under that address.
        signed_by: Option<String>,
    },
}

/// Why it has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Flaw {
    /// There is a secret key in what was to be sent.
    #[error("a secret key, which must not be sent")]
    Secret,
    /// There is no certificate in it.
    #[error("not a certificate")]
    NoCertificate,
    /// The certificate, or the key, carries no address, or another one.
    #[error("of another address")]
    OtherAddress,
    /// The certificate is out of date, withdrawn or too weak.
    #[error("a certificate that cannot be used")]
    Unusable,
    /// The file holds no secret key.
    #[error("not a secret key")]
    NoKey,
    /// The file is protected by another passphrase.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// There is nothing sealed in it.
    #[error("nothing sealed in it")]
    NotSealed,
    /// It is sealed for other keys.
    #[error("sealed for other keys")]
    OtherKeys,
    /// It was altered or cut off.
    #[error("altered or damaged")]
    Damaged,
    /// It is, or becomes, too large.
    #[error("too large")]
    TooLarge,
    /// Something failed that was not foreseen.
    #[error("something unforeseen failed")]
    Internal,
}
