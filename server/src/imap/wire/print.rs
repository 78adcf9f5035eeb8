//! Printing: strings and names in the form that can carry them, response codes, and the lines that hold a status
//! (RFC 9051 §4.3, §7.1; RFC 5530; RFC 4315).

use std::fmt;

use super::{Dialect, utf7};
pub(in crate::imap) use crate::structure::strings::{put, string};

/// A mailbox name.
pub(in crate::imap) fn mailbox(out: &mut Vec<u8>, name: &str, dialect: Dialect) {
    match dialect {
        Dialect::Rev1 => string(out, utf7::encode(name).as_bytes()),
        Dialect::Utf8 | Dialect::Rev2 => {
            // Names hold no control characters; quotes may carry UTF-8 here (RFC 9051 §4.3, RFC 6855 §3).
            let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
            put!(out, "\"{escaped}\"");
        }
    }
}

/// How a command, or the server, stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Status {
    /// Done.
    Ok,
    /// Not done.
    No,
    /// Not understood.
    Bad,
    /// The connection ends.
    Bye,
}

/// What a client's program can act on (RFC 9051 §7.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Code {
    AlreadyExists,
    AppendUid { validity: u32, uids: String },
    AuthenticationFailed,
    BadCharset,
    BadEvent,
    Cannot,
    Capability(&'static str),
    Closed,
    CopyUid { validity: u32, from: String, to: String },
    ExpungeIssued,
    HasChildren,
    HighestModSeq(u64),
    InProgress { tag: String, done: usize, goal: usize },
    Limit,
    MailboxId(String),
    Modified(String),
    NonExistent,
    OverQuota,
    PermanentFlags(Vec<u8>),
    ReadOnly,
    ReadWrite,
    TooBig,
    TryCreate,
    UidNext(u32),
    UidValidity(u32),
    Unavailable,
    UnknownCte,
    Unseen(u32),
    UseAttr,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyExists => f.write_str("ALREADYEXISTS"),
            Self::AppendUid { validity, uids } => write!(f, "APPENDUID {validity} {uids}"),
            Self::AuthenticationFailed => f.write_str("AUTHENTICATIONFAILED"),
            Self::BadCharset => f.write_str("BADCHARSET (UTF-8 US-ASCII)"),
            Self::BadEvent => {
                f.write_str("BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)")
            }
            Self::Cannot => f.write_str("CANNOT"),
            Self::Capability(list) => write!(f, "CAPABILITY {list}"),
            Self::Closed => f.write_str("CLOSED"),
            Self::CopyUid { validity, from, to } => write!(f, "COPYUID {validity} {from} {to}"),
            Self::ExpungeIssued => f.write_str("EXPUNGEISSUED"),
            Self::HasChildren => f.write_str("HASCHILDREN"),
            Self::HighestModSeq(modseq) => write!(f, "HIGHESTMODSEQ {modseq}"),
            // A tag holds neither quotes nor backslashes.
            Self::InProgress { tag, done, goal } => write!(f, "INPROGRESS (\"{tag}\" {done} {goal})"),
            Self::Limit => f.write_str("LIMIT"),
            Self::MailboxId(id) => write!(f, "MAILBOXID ({id})"),
            Self::Modified(set) => write!(f, "MODIFIED {set}"),
            Self::NonExistent => f.write_str("NONEXISTENT"),
            Self::OverQuota => f.write_str("OVERQUOTA"),
            Self::PermanentFlags(list) => write!(f, "PERMANENTFLAGS {}", String::from_utf8_lossy(list)),
            Self::ReadOnly => f.write_str("READ-ONLY"),
            Self::ReadWrite => f.write_str("READ-WRITE"),
            Self::TooBig => f.write_str("TOOBIG"),
            Self::TryCreate => f.write_str("TRYCREATE"),
            Self::UidNext(uid) => write!(f, "UIDNEXT {uid}"),
            Self::UidValidity(validity) => write!(f, "UIDVALIDITY {validity}"),
            Self::Unavailable => f.write_str("UNAVAILABLE"),
            Self::UnknownCte => f.write_str("UNKNOWN-CTE"),
            Self::Unseen(number) => write!(f, "UNSEEN {number}"),
            Self::UseAttr => f.write_str("USEATTR"),
        }
    }
}

/// A line that holds a status: tagged, or untagged where there is no tag.
pub(in crate::imap) fn status(out: &mut Vec<u8>, tag: Option<&str>, status: Status, code: Option<&Code>, text: &str) {
    let word = match status {
        Status::Ok => "OK",
        Status::No => "NO",
        Status::Bad => "BAD",
        Status::Bye => "BYE",
    };
    put!(out, "{} {word} ", tag.unwrap_or("*"));
    if let Some(code) = code {
        put!(out, "[{code}] ");
    }
    put!(out, "{text}\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_dialect() {
        let name = |dialect| {
            let mut out = Vec::new();
            mailbox(&mut out, "Été \"24\"", dialect);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(name(Dialect::Rev1), r#""&AMk-t&AOk- \"24\"""#);
        assert_eq!(name(Dialect::Rev2), r#""Été \"24\"""#);
    }
}
