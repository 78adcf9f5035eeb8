//! What can be said to `own-mailbox client link`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use shared::api::link::{LinkId, LinkedLetterId};
use shared::api::{EmailAddress, limits};

use super::LanguageArg;

#[derive(Args, Debug)]
pub(in crate::client) struct LinkArgs {
    #[command(subcommand)]
    pub(in crate::client) command: LinkCommand,
}

#[derive(Subcommand, Debug)]
pub(in crate::client) enum LinkCommand {
    /// Put a letter behind a link for each recipient, and bring it to them by mail; prints recipient, link, and the code if there is one
    Send(Box<SendArgs>),
    /// Print a letter behind a link; needs no account
    Read(ReadArgs),
    /// Answer a letter behind a link, sealed for its sender; needs no account
    Reply(ReplyArgs),
    /// Show what became of your letters behind links
    List(ListArgs),
    /// Change until when a link opens, or allow further answers
    Change(ChangeArgs),
    /// Take back a letter, or one of its links
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
pub(in crate::client) struct SendArgs {
    /// A recipient; can be given several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub(in crate::client) to: Vec<EmailAddress>,
    /// The letter's subject, which the notice does not tell
    #[arg(long, default_value = "")]
    pub(in crate::client) subject: String,
    /// File with the text, - for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(in crate::client) body_file: PathBuf,
    /// File with the same as HTML
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) html_file: Option<PathBuf>,
    /// A file to attach; can be given several times. The HTML shows a picture among them as "cid:" and its name
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) attach: Vec<PathBuf>,
    /// Days for which the link opens
    #[arg(long, default_value_t = limits::LINK_DAYS, value_parser = clap::value_parser!(i64).range(1..=limits::LINK_DAYS_MAX))]
    pub(in crate::client) days: i64,
    /// How often the link opens [default: as often as one likes]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::client) openings: Option<u32>,
    /// Only where it is opened first can it be opened again
    #[arg(long)]
    pub(in crate::client) first_browser: bool,
    /// Take no answers from the page that opens it
    #[arg(long)]
    pub(in crate::client) no_answers: bool,
    #[command(flatten)]
    pub(in crate::client) lock: LockArgs,
    #[command(flatten)]
    pub(in crate::client) notice: NoticeArgs,
}

/// What is asked for beside the link.
#[derive(Args, Debug)]
pub(in crate::client) struct LockArgs {
    /// A question whose answer both know
    #[arg(long, value_name = "TEXT", requires = "answer_file")]
    pub(in crate::client) question: Option<String>,
    /// File whose first line is the answer
    #[arg(long, value_name = "FILE", requires = "question")]
    pub(in crate::client) answer_file: Option<PathBuf>,
    /// Ask for a code of six digits, which is printed, for you to give by telephone
    #[arg(long, conflicts_with = "question")]
    pub(in crate::client) code: bool,
}

/// The ordinary letter that brings the link.
#[derive(Args, Debug)]
pub(in crate::client) struct NoticeArgs {
    /// Send no notice: you give the link yourself
    #[arg(long)]
    pub(in crate::client) no_notice: bool,
    /// The notice's subject [default: a letter from you]
    #[arg(long, default_value = "", conflicts_with = "no_notice")]
    pub(in crate::client) notice_subject: String,
    /// File with the words that the notice begins with [default: a greeting]
    #[arg(long, value_name = "FILE", conflicts_with = "no_notice")]
    pub(in crate::client) notice_file: Option<PathBuf>,
    /// Language of the notice and of the link's words
    #[arg(long, value_enum, default_value = "en")]
    pub(in crate::client) language: LanguageArg,
}

#[derive(Args, Debug)]
pub(in crate::client) struct ReadArgs {
    #[command(flatten)]
    pub(in crate::client) which: WhichArgs,
    /// Also save its files into this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::client) attachments: Option<PathBuf>,
    /// Only say who wrote and what is asked for; counts nothing
    #[arg(long, conflicts_with_all = ["answer_file", "browser_file", "attachments"])]
    pub(in crate::client) look: bool,
}

#[derive(Args, Debug)]
pub(in crate::client) struct ReplyArgs {
    #[command(flatten)]
    pub(in crate::client) which: WhichArgs,
    /// File with the text, - for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(in crate::client) body_file: PathBuf,
    /// A file to attach; can be given several times
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) attach: Vec<PathBuf>,
}

/// A letter behind a link, and what opens it.
#[derive(Args, Debug)]
pub(in crate::client) struct WhichArgs {
    /// The link, - for standard input; a text with the link in it will do
    #[arg(required_unless_present = "words_file")]
    pub(in crate::client) link: Option<String>,
    /// File with the link's twelve words, where the link is not whole
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) words_file: Option<PathBuf>,
    /// File whose first line is the answer or the code [default: asked for on the terminal]
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) answer_file: Option<PathBuf>,
    /// File that makes you the same reader the next time, made if it is not there
    #[arg(long, value_name = "FILE")]
    pub(in crate::client) browser_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::client) struct ListArgs {
    /// One JSON object per letter and line instead of columns
    #[arg(long)]
    pub(in crate::client) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::client) struct ChangeArgs {
    /// The letter, as list prints it
    pub(in crate::client) letter: LinkedLetterId,
    /// The link, as list prints it
    pub(in crate::client) link: LinkId,
    /// Days from now for which it opens
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=limits::LINK_DAYS_MAX))]
    pub(in crate::client) days: Option<i64>,
    /// Forget the wrong answers, so that a closed link opens again
    #[arg(long)]
    pub(in crate::client) forgive: bool,
}

#[derive(Args, Debug)]
pub(in crate::client) struct RevokeArgs {
    /// The letter, as list prints it
    pub(in crate::client) letter: LinkedLetterId,
    /// One of its links, as list prints it [default: all]
    pub(in crate::client) link: Option<LinkId>,
}
