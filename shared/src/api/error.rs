//! The error that every door of the API answers with. The page has the words for each code in the person's language; the
//! box sends no prose.

use serde::{Deserialize, Serialize};

/// What went wrong, and nothing more than its reader may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}")]
pub struct ApiError {
    /// Which of the known failures this is.
    pub code: ErrorCode,
    /// Seconds after which another try makes sense, where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// An error without a waiting time.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self { code, retry_after: None }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// The closed list of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not of the form that the path takes. 400
    BadRequest,
    /// There is no session, or it has ended. 401
    NotSignedIn,
    /// Address or passphrase is wrong; which of the two is not told. 401
    WrongCredentials,
    /// The recovery code does not belong to this address. 401
    WrongRecoveryCode,
    /// The passphrase was not shown to the box, or too long ago; nothing was changed. 403
    NotConfirmed,
    /// The session may not do this. 403
    Forbidden,
    /// The account was disabled by the box's owner. 403
    AccountDisabled,
    /// No such thing, or it belongs to somebody else. 404
    NotFound,
    /// The path is there, but not for this method. 405
    MethodNotAllowed,
    /// The invitation is unknown, used or expired. 410
    InvitationGone,
    /// Somebody has this address already. 409
    AddressTaken,
    /// The address is not one that this box can give: not valid, or of another domain. 422
    AddressNotHere,
    /// A mailbox of this name exists. 409
    MailboxExists,
    /// The mailbox holds messages. 409
    MailboxNotEmpty,
    /// The mailbox is one that every account has, or its name is not allowed. 422
    MailboxNotAllowed,
    /// The message or file is over its limit. 413
    TooLarge,
    /// Too many of something: devices, mailboxes, recipients. 422
    TooMany,
    /// Too many tries; `retry_after` says when the next is heard. 429
    TooManyAttempts,
    /// This account may not send from this address. 403
    SenderNotAllowed,
    /// A recipient's address cannot be valid. 422
    RecipientNotValid,
    /// A secret key is in the message. 422
    SecretKey,
    /// The submission has left already and cannot be taken back. 409
    AlreadySent,
    /// What was changed is not what there is: another tab, browser or program was first. 409
    Outdated,
    /// Nobody has a link of this name, or not any more: which of the two is not told. 410
    LinkGone,
    /// The answer is not the one that the link asks for. 401
    WrongAnswer,
    /// There were too many wrong answers; only the sender opens the link again. 403
    LinkClosed,
    /// The link can be opened in the browser only that opened it first. 403
    LinkElsewhere,
    /// The sender takes no answers through this link, or there were as many as there can be. 403
    NoReplies,
    /// A chunk does not belong to the place where the letter goes on, or some are missing. 409
    LetterIncomplete,
    /// The account's letters behind links have all the room that they may have. 422
    LettersFull,
    /// The box's disk is full; nothing of this request was kept. 507
    DiskFull,
    /// The box is busy; nothing of this request was kept. 503
    Busy,
    /// Something failed that the box did not foresee; its log has the cause. 500
    Internal,
}

impl ErrorCode {
    /// The HTTP status that goes with the code (RFC 9110 §15).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotSignedIn | Self::WrongCredentials | Self::WrongRecoveryCode | Self::WrongAnswer => 401,
            Self::NotConfirmed | Self::Forbidden | Self::AccountDisabled | Self::SenderNotAllowed => 403,
            Self::LinkClosed | Self::LinkElsewhere | Self::NoReplies => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AddressTaken
            | Self::MailboxExists
            | Self::MailboxNotEmpty
            | Self::AlreadySent
            | Self::Outdated
            | Self::LetterIncomplete => 409,
            Self::InvitationGone | Self::LinkGone => 410,
            Self::TooLarge => 413,
            Self::AddressNotHere
            | Self::MailboxNotAllowed
            | Self::TooMany
            | Self::RecipientNotValid
            | Self::SecretKey
            | Self::LettersFull => 422,
            Self::TooManyAttempts => 429,
            Self::Internal => 500,
            Self::Busy => 503,
            Self::DiskFull => 507,
        }
    }
}
