//! What can be said to `own-mailbox client`.

pub(super) mod link;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use shared::api::EmailAddress;
use shared::api::mailbox::MessageId;

/// Arguments of `own-mailbox client`.
#[derive(Args, Debug)]
pub struct ClientArgs {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Where the box is, and where the session is kept.
#[derive(Args, Debug)]
pub(super) struct Place {
    /// The box, https://host or https://host:port [default: the one of the saved session]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) url: Option<String>,
    /// Certificate of the authority that the box's certificate leads to, PEM [default: the public ones]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// Where the session is kept between commands [default: own-mailbox/session.json in the user's state folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) session: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Make an account with an invitation; prints the words of its recovery code, once
    Register(RegisterArgs),
    /// Log in and save the session
    Login(LoginArgs),
    /// Set a new passphrase with the recovery code; prints the words of the new code, once
    Recover(RecoverArgs),
    /// Change the passphrase; all other sessions end
    ChangePassphrase(ChangePassphraseArgs),
    /// Make a new recovery code and print its words, once; the old code is worth nothing once you say that the new one is kept
    NewRecoveryCode(NewRecoveryCodeArgs),
    /// End the session, here and on the box
    Logout,
    /// Choose the language in which the box writes to you, or print it
    Language(LanguageArgs),
    /// Have the box ask a key server about people whose domain has no key directory, or not, or print what holds; the server learns
    /// whom you write to
    KeyServer(KeyServerArgs),
    /// List messages, newest first: id, date, flags (S read, A answered, * starred, D draft, ! perhaps forged), from, subject
    List(ListArgs),
    /// Print a message
    Read(ReadArgs),
    /// Send a message, sealed to everybody who has a certificate
    Send(SendArgs),
    /// Keep a message in Drafts, sealed to yourself
    Draft(DraftArgs),
    /// Letters behind links, for people who do not encrypt
    Link(link::LinkArgs),
    /// Make a password for a mail program and print it, once
    DevicePassword(DevicePasswordArgs),
    /// Print the secret keys under a passphrase, for a mail program that decrypts itself: the current one, then those of old mail
    ExportKey(ExportKeyArgs),
    /// List your OpenPGP keys: fingerprint, standing, made on, renewed before
    Keys,
    /// Print what withdraws your key, to be kept for the day on which it is stolen
    WithdrawalFile(WithdrawalFileArgs),
    /// Withdraw your key before everybody, because it was stolen; a new one takes its place
    WithdrawKey(PassphraseArgs),
    /// Bring in secret keys from elsewhere, to open old mail
    ImportKey(ImportKeyArgs),
}

/// Where a passphrase comes from.
#[derive(Args, Debug)]
pub(super) struct PassphraseArgs {
    /// File whose first line is the passphrase, - for standard input [default: asked for on the terminal]
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct RegisterArgs {
    /// The invitation's link, or its token
    #[arg(long, value_name = "URL")]
    pub(super) invitation: String,
    /// The address that the account shall have
    #[arg(long)]
    pub(super) address: EmailAddress,
    /// Your name, as others shall see it
    #[arg(long, default_value = "")]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) words: WordsArgs,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

/// A language.
#[derive(Args, Debug)]
pub(super) struct WordsArgs {
    /// Language of the recovery words; a new account has it too
    #[arg(long, value_enum, default_value = "en")]
    pub(super) language: LanguageArg,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum LanguageArg {
    Fr,
    En,
}

#[derive(Args, Debug)]
pub(super) struct LanguageArgs {
    /// The language [default: print the one that holds]
    #[arg(value_enum)]
    pub(super) language: Option<LanguageArg>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AskArg {
    Ask,
    DoNotAsk,
}

#[derive(Args, Debug)]
pub(super) struct KeyServerArgs {
    /// Whether it is asked for you [default: print what holds]
    #[arg(value_enum)]
    pub(super) ask: Option<AskArg>,
}

#[derive(Args, Debug)]
pub(super) struct LoginArgs {
    /// The account's address
    #[arg(long)]
    pub(super) address: EmailAddress,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

#[derive(Args, Debug)]
pub(super) struct RecoverArgs {
    /// The account's address
    #[arg(long)]
    pub(super) address: EmailAddress,
    /// File with the twelve words of the recovery code [default: asked for on the terminal]
    #[arg(long, value_name = "FILE")]
    pub(super) code_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) words: WordsArgs,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

#[derive(Args, Debug)]
pub(super) struct ChangePassphraseArgs {
    /// File whose first line is the new passphrase [default: asked for on the terminal, twice]
    #[arg(long, value_name = "FILE")]
    pub(super) new_passphrase_file: Option<PathBuf>,
    /// The present one
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

#[derive(Args, Debug)]
pub(super) struct NewRecoveryCodeArgs {
    /// Put the code in force without asking whether its words are kept
    #[arg(long)]
    pub(super) kept: bool,
    #[command(flatten)]
    pub(super) words: WordsArgs,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// The mailbox's name
    #[arg(long, visible_alias = "folder", default_value = "INBOX")]
    pub(super) mailbox: String,
    /// At most so many
    #[arg(long, default_value_t = 20)]
    pub(super) limit: u32,
    /// One JSON object per line instead of columns
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct ReadArgs {
    /// The message's id, as list prints it
    pub(super) id: MessageId,
    /// The message as it arrived, byte for byte
    #[arg(long, conflicts_with = "attachments")]
    pub(super) raw: bool,
    /// Also save its attachments into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) attachments: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct SendArgs {
    /// A recipient; can be given several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub(super) to: Vec<EmailAddress>,
    #[command(flatten)]
    pub(super) letter: LetterArgs,
    /// Send readably to those who have no certificate, instead of not at all
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Args, Debug)]
pub(super) struct DraftArgs {
    /// A recipient; can be given several times, or later
    #[arg(long, value_name = "ADDRESS")]
    pub(super) to: Vec<EmailAddress>,
    #[command(flatten)]
    pub(super) letter: LetterArgs,
}

/// A letter without its first recipients.
#[derive(Args, Debug)]
pub(super) struct LetterArgs {
    /// Another recipient
    #[arg(long, value_name = "ADDRESS")]
    pub(super) cc: Vec<EmailAddress>,
    /// A recipient that the others do not see
    #[arg(long, value_name = "ADDRESS")]
    pub(super) bcc: Vec<EmailAddress>,
    /// The subject
    #[arg(long, default_value = "")]
    pub(super) subject: String,
    /// File with the text, - for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) body_file: PathBuf,
    /// A file to attach; can be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) attach: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct DevicePasswordArgs {
    /// A name for the device
    #[arg(long)]
    pub(super) name: String,
    /// Have the box open mail for this device while it is connected, for a program that cannot; whoever then controls the box
    /// can read it too [default: mail stays sealed, and the program opens it with the exported key]
    #[arg(long)]
    pub(super) opened: bool,
}

#[derive(Args, Debug)]
pub(super) struct ExportKeyArgs {
    /// Where the key goes, readable by you alone [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}

#[derive(Args, Debug)]
pub(super) struct WithdrawalFileArgs {
    /// Where it goes, readable by you alone [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ImportKeyArgs {
    /// The file with the keys, armored or binary
    pub(super) file: PathBuf,
    /// File whose first line is the passphrase of that file [default: it has none]
    #[arg(long, value_name = "FILE")]
    pub(super) key_passphrase_file: Option<PathBuf>,
    /// The key becomes yours: others seal to it, you sign with it
    #[arg(long)]
    pub(super) mine: bool,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArgs,
}
