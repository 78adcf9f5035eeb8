//! Everything that is refused over IMAP, and with which words and codes (RFC 9051 §7.1, RFC 5530). Causes stand in the log,
//! not in what a client is told.

use std::error::Error;
use std::io;

use crate::core::devices::DeviceError;
use crate::core::filing::FilingError;
use crate::core::mailboxes::MailboxError;
use crate::imap::wire::{Code, scan::Malformed};
use crate::store::StoreError;

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It cannot be done, or not now.
    No(Option<Code>, &'static str),
    /// It is not one that can be given, or not in this state.
    Bad(&'static str),
    /// The connection broke while it was being answered.
    Broken(io::Error),
}

impl Refusal {
    /// There is no such mailbox.
    pub(super) const NO_MAILBOX: Self = Self::No(Some(Code::NonExistent), "there is no such mailbox");
    /// There is no such mailbox to put messages into, but it could be made.
    pub(super) const TRY_CREATE: Self = Self::No(Some(Code::TryCreate), "there is no such mailbox");
    /// Messages that it names are gone (RFC 5530).
    pub(super) const GONE: Self = Self::No(Some(Code::ExpungeIssued), "some of the messages are gone");

    /// Messages of one command take more memory than there is for them.
    pub(super) const TOO_MUCH: Self = Self::No(Some(Code::TooBig), "too much at once; file the messages one by one");

    fn failed(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "an IMAP command failed");
        Self::No(Some(Code::Unavailable), "the box cannot do this just now")
    }

    /// The same, but where a mailbox to put messages into is missing.
    pub(super) fn or_try_create(self) -> Self {
        match self {
            Self::No(Some(Code::NonExistent), _) => Self::TRY_CREATE,
            other => other,
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Malformed> for Refusal {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Bad(what)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NO_MAILBOX,
            StoreError::Exists => Self::No(Some(Code::AlreadyExists), "there is such a mailbox"),
            StoreError::DiskFull => Self::No(Some(Code::OverQuota), "the box's disk is full; nothing was kept"),
            error => Self::failed(&error),
        }
    }
}

impl From<MailboxError> for Refusal {
    fn from(error: MailboxError) -> Self {
        match error {
            MailboxError::NameNotAllowed => Self::No(Some(Code::Cannot), "no mailbox can have this name"),
            MailboxError::HasRole => Self::No(Some(Code::Cannot), "every account has this mailbox"),
            MailboxError::NotEmpty => Self::No(Some(Code::Cannot), "the mailbox holds messages"),
            MailboxError::HasChildren => Self::No(Some(Code::HasChildren), "other mailboxes stand below it"),
            MailboxError::TooMany => Self::No(Some(Code::Limit), "there are too many mailboxes"),
            MailboxError::TooManySubscriptions => Self::No(Some(Code::Limit), "too many names are subscribed"),
            MailboxError::Store(error) => error.into(),
        }
    }
}

impl From<FilingError> for Refusal {
    fn from(error: FilingError) -> Self {
        match error {
            FilingError::Gone => Self::GONE,
            FilingError::TooLarge => Self::No(Some(Code::TooBig), "the message is too large"),
            FilingError::TooMuch => Self::TOO_MUCH,
            FilingError::NoRoom => Self::No(Some(Code::Unavailable), "the box is busy; try again"),
            FilingError::Store(error) => error.into(),
            error => Self::failed(&error),
        }
    }
}

impl From<DeviceError> for Refusal {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::WrongPassword => {
                Self::No(Some(Code::AuthenticationFailed), "address or device password is wrong")
            }
            DeviceError::Wait(_) => Self::No(Some(Code::Unavailable), "too many tries; wait before the next"),
            DeviceError::Store(error) => error.into(),
            error => Self::failed(&error),
        }
    }
}
