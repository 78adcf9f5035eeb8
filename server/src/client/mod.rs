//! `own-mailbox client`: the page's moves on the command line, in a process of its own, over the same API.
//!
//! `args`: what can be said. `api`: requests and answers over HTTPS. `secrets`: passphrases from files or the terminal.
//! `session`: what is kept between two commands. `access`, `change`, `keys`, `reading`, `sending`, `link`: the commands.
//! `letter`: what letters are made of. `files`: those that come with letters. `problems`: words for what a message could not give.
//! `terminal`: what is shown on one.
//!
//! Invariants: of this program it uses `shared` alone; passphrase, recovery code and keys never leave the process, and stand
//! in no argument, environment variable or error; what mail says is stripped of control and of invisible characters before it reaches a
//! terminal; what can be had only once (words, links, passwords) is printed before the box puts it in force.

mod access;
mod api;
mod args;
mod change;
mod files;
mod keys;
mod letter;
mod link;
mod people;
mod problems;
mod reading;
mod secrets;
mod sending;
mod session;
mod terminal;

pub use args::ClientArgs;

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use shared::access::AccessError;
use shared::api::{ApiError, ErrorCode, Timestamp};

use args::Command;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The command line says something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// The box, or the account's own keys, said no.
    #[error("{0}")]
    Refused(String),
    /// The box said no, and why.
    #[error("{}", answer(.0))]
    Answered(ApiError),
    /// The box cannot be reached, or is not the one that its certificate should prove.
    #[error("cannot reach the box")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke before the box had answered what was handed in; nobody knows whether it did it.
    #[error("the box did not answer: look in Sent or Drafts whether it has the letter, before you do it again")]
    Unanswered(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What came for an answer is none of the box's: something between cut in, or the two are of different versions. Whether the box did
    /// what it was asked to is not known.
    #[error("{0}")]
    Garbled(String),
    /// Something else: a file, the terminal.
    #[error("{0}")]
    Failed(String),
    /// Whoever read what is printed has gone, as `head` does when it has enough.
    #[error("nobody takes what is printed")]
    Unread,
}

impl From<ApiError> for ClientError {
    fn from(error: ApiError) -> Self {
        Self::Answered(error)
    }
}

impl ClientError {
    /// Whether nobody knows what became of it: the box may have done what it was asked to.
    fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Unanswered(_) | Self::Garbled(_))
    }

    /// What was asked for by a name is not there: says so with the name.
    fn or_absent(self, absent: impl FnOnce() -> String) -> Self {
        match self {
            Self::Answered(ApiError { code: ErrorCode::NotFound, .. }) => Self::Refused(absent()),
            other => other,
        }
    }
}

fn answer(error: &ApiError) -> String {
    let wait = error.retry_after.map(|seconds| format!("; try again in {seconds} seconds")).unwrap_or_default();
    format!("{}{wait}", words(error.code))
}

impl From<AccessError> for ClientError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::TabKeyGone => Self::Refused("the saved session has ended; log in again".into()),
            error => Self::Refused(error.to_string()),
        }
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(format!("cannot write: {error}")),
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// [`ClientError`], whose text is for people.
pub fn run(args: ClientArgs) -> Result<(), ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ClientError::Failed(format!("the system refused: {error}")))?;
    runtime.block_on(Box::pin(act(args)))
}

async fn act(args: ClientArgs) -> Result<(), ClientError> {
    let ClientArgs { place, command } = args;
    match command {
        Command::Register(args) => access::register(place, args).await,
        Command::Login(args) => access::login(place, args).await,
        Command::Recover(args) => access::recover(place, args).await,
        Command::ChangePassphrase(args) => change::passphrase(place, args).await,
        Command::NewRecoveryCode(args) => change::recovery_code(place, args).await,
        Command::Logout => access::logout(place).await,
        Command::Language(args) => access::language(place, args).await,
        Command::KeyServer(args) => access::key_server(place, args).await,
        Command::DevicePassword(args) => access::device_password(place, args).await,
        Command::ExportKey(args) => access::export_key(place, args).await,
        Command::Keys => keys::list(place).await.or_else(read_enough),
        Command::WithdrawalFile(args) => keys::withdrawal_file(place, args).await,
        Command::WithdrawKey(args) => keys::withdraw(place, args).await,
        Command::ImportKey(args) => keys::import(place, args).await,
        Command::List(args) => reading::list(place, args).await.or_else(read_enough),
        Command::Read(args) => reading::read(place, args).await.or_else(read_enough),
        Command::Send(args) => sending::send(place, args).await,
        Command::Draft(args) => sending::draft(place, args).await,
        Command::Link(args) => link::act(place, args).await,
    }
}

/// What was only to be shown is done when its reader has gone.
fn read_enough(error: ClientError) -> Result<(), ClientError> {
    if matches!(error, ClientError::Unread) { Ok(()) } else { Err(error) }
}

/// Prints what a command was asked for.
fn print(text: &str) -> Result<(), ClientError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Tells the person something that is not what was asked for, beside the output.
fn tell(text: &str) -> Result<(), ClientError> {
    Ok(writeln!(io::stderr(), "{text}")?)
}

fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// What an error of the box means, for people.
fn words(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadRequest | ErrorCode::MethodNotAllowed => {
            "the box does not understand this client; are both of one version?"
        }
        ErrorCode::NotSignedIn => "not logged in; own-mailbox client login",
        ErrorCode::WrongCredentials => "address or passphrase is wrong",
        ErrorCode::WrongRecoveryCode => "the recovery code does not belong to this address",
        ErrorCode::NotConfirmed => "it took too long; nothing was changed, begin again",
        ErrorCode::Forbidden => "this is not allowed",
        ErrorCode::AccountDisabled => "the account was disabled by the box's owner",
        ErrorCode::NotFound => "there is no such thing",
        ErrorCode::InvitationGone => "the invitation is unknown, used or expired",
        ErrorCode::AddressTaken => "somebody has this address already",
        ErrorCode::AddressNotHere => "the box does not give this address",
        ErrorCode::MailboxNotEmpty => "the mailbox holds messages",
        ErrorCode::MailboxExists => "a mailbox of this name exists",
        ErrorCode::MailboxNotAllowed => "this mailbox name is not allowed",
        ErrorCode::TooLarge => "it is too large",
        ErrorCode::TooMany => "there are too many",
        ErrorCode::TooManyAttempts => "too many tries",
        ErrorCode::SenderNotAllowed => "the account may not send from this address",
        ErrorCode::RecipientNotValid => "a recipient's address cannot be valid",
        ErrorCode::SecretKey => "a secret key is in the message; whoever has it can read all your mail",
        ErrorCode::AlreadySent => "it has left already",
        ErrorCode::Outdated => "another program changed it meanwhile; try again",
        ErrorCode::LinkGone => "there is no such letter, or not any more",
        ErrorCode::WrongAnswer => "the answer is not the right one",
        ErrorCode::LinkClosed => "there were too many wrong answers; only the sender opens the link again",
        ErrorCode::LinkElsewhere => "the letter can only be read where it was opened first",
        ErrorCode::NoReplies => "the letter takes no answers through this link, or no more",
        ErrorCode::LetterIncomplete => "parts of the letter have not come",
        ErrorCode::LettersFull => "your letters behind links take all the room that they may",
        ErrorCode::DiskFull => "the box's disk is full; nothing was kept",
        ErrorCode::Busy => "the box is busy; nothing was kept",
        _ => "the box failed; its log has the cause",
    }
}
