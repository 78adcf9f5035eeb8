//! Everything that this box refuses over SMTP, and the one place where a refusal becomes a reply (RFC 5321 §4.2.2,
//! RFC 3463). What is not known to be permanent is temporary; texts are generic, causes stand in the log.

use super::wire::command::Unparsed;
use super::wire::reply::Reply;
use crate::core::deliver::DeliverError;
use crate::core::outgoing::HeaderError;
use crate::core::policy;
use crate::core::submit::SubmitError;
use crate::store::StoreError;

/// Why something was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The line is no command that could be carried out.
    Unparsed(Unparsed),
    /// A line is over its limit.
    LineTooLong,
    /// The command is one that this door does not have.
    NotHere,
    /// The command does not belong at this point.
    Sequence,
    /// EHLO or HELO must come first.
    GreetFirst,
    /// TLS must come first.
    TlsFirst,
    /// Signing in must come first.
    SignInFirst,
    /// TLS is on already.
    TlsTwice,
    /// Commands stood in front of the TLS handshake.
    Injection,
    /// There is no such way to sign in.
    Mechanism,
    /// What was sent to sign in is not of the form that it must have.
    BadResponse,
    /// The client gave signing in up.
    Cancelled,
    /// Address or password are wrong.
    WrongPassword,
    /// Too many wrong passwords; a later try is heard.
    TooManyTries,
    /// Signing in cannot be decided now.
    SignInBusy,
    /// The device's password was taken back, or its account disabled.
    SignedOut,
    /// The account may not send from this address.
    NotYourAddress,
    /// The field From names somebody else.
    FromNotYours,
    /// Nobody has this address.
    NoSuchRecipient,
    /// The recipient is not of this box, and this box passes nothing on for strangers.
    NoRelay,
    /// No further recipient of this message now; the client sends it to them separately.
    TooManyRecipients,
    /// The message is over the limit.
    TooLarge,
    /// The message is too large to be sealed for all of its recipients.
    TooLargeForAll,
    /// Too much mail is coming in at once.
    NoRoom,
    /// The disk is full.
    DiskFull,
    /// A carriage return or line feed stands alone.
    BareLineEnd,
    /// The message has passed through too many hosts.
    Loop,
    /// The message holds a private key.
    SecretKey,
    /// The header cannot be read, or has no author.
    BadHeader,
    /// A recipient's certificate cannot be used now; mail is never kept in clear.
    CannotSeal,
    /// Something failed that may work later.
    Busy,
}

impl Refusal {
    /// The reply that says so.
    #[must_use]
    pub fn reply(self) -> Reply {
        let (code, enhanced, text) = match self {
            Self::Unparsed(Unparsed::LineEnd) => (500, "5.5.2", "Lines end with CRLF and hold no other line end"),
            Self::Unparsed(Unparsed::Unknown) => (500, "5.5.2", "No such command"),
            Self::Unparsed(Unparsed::Arguments) => (501, "5.5.4", "Arguments are not right"),
            Self::Unparsed(Unparsed::Sender) => (501, "5.1.7", "The sender's address is not valid"),
            Self::Unparsed(Unparsed::Recipient) => (501, "5.1.3", "The recipient's address is not valid"),
            Self::Unparsed(Unparsed::Parameter) => (555, "5.5.4", "A parameter is not supported"),
            Self::LineTooLong => (500, "5.5.2", "The line is too long"),
            Self::NotHere => (502, "5.5.1", "Not available at this door"),
            Self::Sequence => (503, "5.5.1", "Not at this point"),
            Self::GreetFirst => (503, "5.5.1", "EHLO first"),
            Self::TlsFirst => (530, "5.7.0", "STARTTLS first"),
            Self::SignInFirst => (530, "5.7.0", "AUTH first"),
            Self::TlsTwice => (503, "5.5.1", "TLS is active"),
            Self::Injection => (554, "5.7.0", "Nothing may follow STARTTLS before the handshake"),
            Self::Mechanism => (504, "5.5.4", "Only PLAIN and LOGIN are supported"),
            Self::BadResponse => (501, "5.5.2", "Cannot decode the response"),
            Self::Cancelled => (501, "5.7.0", "Authentication cancelled"),
            Self::WrongPassword => (535, "5.7.8", "Address or device password are wrong"),
            Self::TooManyTries => (454, "4.7.0", "Too many wrong passwords, try later"),
            Self::SignInBusy => (454, "4.7.0", "Cannot authenticate now"),
            // It ends the connection; at the next one, signing in says more.
            Self::SignedOut => (421, "4.7.0", "This device is signed out"),
            Self::NotYourAddress => (553, "5.7.1", "This account may not send from this address"),
            Self::FromNotYours => (550, "5.7.1", "The field From must name an address of this account"),
            Self::NoSuchRecipient => (550, "5.1.1", "No such mailbox"),
            Self::NoRelay => (550, "5.7.1", "This host does not relay"),
            Self::TooManyRecipients => (452, "4.5.3", "Too many recipients, send to the others separately"),
            Self::TooLarge => (552, "5.3.4", "The message is too large"),
            Self::TooLargeForAll => (552, "5.3.4", "The message is too large for so many recipients at once"),
            Self::NoRoom => (452, "4.3.1", "Too much mail at once, try later"),
            Self::DiskFull => (452, "4.3.1", "No room, try later"),
            Self::BareLineEnd => (550, "5.6.0", "The message holds a bare carriage return or line feed"),
            Self::Loop => (554, "5.4.6", "The message has passed through too many hosts"),
            Self::SecretKey => (550, "5.7.1", "The message holds a private key, which must never be sent"),
            Self::BadHeader => (550, "5.6.0", "The header has no valid field From"),
            Self::CannotSeal => (451, "4.3.0", "The recipient's mailbox cannot take mail now"),
            Self::Busy => (451, "4.3.0", "Cannot do this now, try later"),
        };
        Reply::new(code, enhanced, text)
    }

    /// Whether nothing more is taken on the connection.
    #[must_use]
    pub fn ends_session(self) -> bool {
        // What follows data with bare line ends cannot be trusted to be commands.
        matches!(self, Self::LineTooLong | Self::BareLineEnd | Self::SignedOut)
    }

    /// Whether it counts against a client that makes mistake after mistake.
    #[must_use]
    pub fn is_mistake(self) -> bool {
        matches!(
            self,
            Self::Unparsed(_)
                | Self::LineTooLong
                | Self::NotHere
                | Self::Sequence
                | Self::GreetFirst
                | Self::TlsFirst
                | Self::SignInFirst
                | Self::TlsTwice
                | Self::Mechanism
                | Self::BadResponse
                | Self::WrongPassword
                | Self::NoSuchRecipient
                | Self::NoRelay
        )
    }
}

impl From<Unparsed> for Refusal {
    fn from(unparsed: Unparsed) -> Self {
        Self::Unparsed(unparsed)
    }
}

impl From<DeliverError> for Refusal {
    fn from(error: DeliverError) -> Self {
        match &error {
            DeliverError::NoSuchRecipient => Self::NoSuchRecipient,
            DeliverError::Refused(policy::Refused::Loop) => Self::Loop,
            DeliverError::NoRoom => Self::NoRoom,
            DeliverError::TooLargeForAll => Self::TooLargeForAll,
            DeliverError::Store(StoreError::DiskFull) => logged(&error, Self::DiskFull),
            DeliverError::Certificate(_) | DeliverError::CannotSeal(_) => logged(&error, Self::CannotSeal),
            DeliverError::Stopped(_) | DeliverError::Store(_) => logged(&error, Self::Busy),
        }
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        match &error {
            SubmitError::SignedOut => Self::SignedOut,
            SubmitError::SenderNotAllowed => Self::NotYourAddress,
            SubmitError::Header(HeaderError::NotYours) => Self::FromNotYours,
            SubmitError::Header(HeaderError::NoAuthor) => Self::BadHeader,
            SubmitError::Header(HeaderError::PrivateKey) => Self::SecretKey,
            SubmitError::RecipientNotValid => Self::NoSuchRecipient,
            SubmitError::RecipientCount => Self::TooManyRecipients,
            SubmitError::NoRoom => Self::NoRoom,
            SubmitError::TooLargeForAll => Self::TooLargeForAll,
            SubmitError::Store(StoreError::DiskFull) => logged(&error, Self::DiskFull),
            // Not of this door, so that they would be a fault of ours.
            SubmitError::Malformed | SubmitError::Copy(_) | SubmitError::AlreadySent | SubmitError::Linked(_) => {
                logged(&error, Self::Busy)
            }
            SubmitError::Stopped(_) | SubmitError::Store(_) => logged(&error, Self::Busy),
        }
    }
}

/// The outside gets generic words, the log gets the cause.
fn logged(error: &(dyn std::error::Error + 'static), refusal: Refusal) -> Refusal {
    tracing::error!(error, ?refusal, "a message or command could not be dealt with");
    refusal
}
