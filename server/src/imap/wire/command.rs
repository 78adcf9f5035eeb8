//! A whole command: its tag, what is asked for, and in which states it may be asked (RFC 9051 §6).

use zeroize::Zeroizing;

use super::Dialect;
use super::append::{Append, Replace};
use super::fetch::Fetch;
use super::filing::{CopyTo, Store};
use super::list::{Listing, StatusItem};
use super::login::{Authenticate, Credentials};
use super::names::Create;
use super::notify::Notify;
use super::scan::{Cursor, Malformed, Parsed};
use super::search::Search;
use super::select::Select;
use super::sequence::SequenceSet;
use super::sort::{Among, Sort, Thread};
use super::{append, fetch, filing, list, login, names, notify, search, select, sort};

/// A command with its tag.
#[derive(Debug)]
pub(in crate::imap) struct Tagged {
    pub(in crate::imap) tag: String,
    pub(in crate::imap) command: Command,
}

/// What a client asks for. `uid`: it names messages by UID, and so do the answers.
#[derive(Debug)]
pub(in crate::imap) enum Command {
    Append(Append),
    Authenticate(Authenticate),
    Capability,
    Check,
    Close,
    /// The name of a mechanism.
    Compress(String),
    Copy(CopyTo),
    Create(Create),
    Delete(String),
    Enable(Vec<String>),
    /// With UIDs: only those.
    Expunge(Option<SequenceSet>),
    Fetch(Fetch),
    /// The name of a quota root.
    GetQuota(String),
    GetQuotaRoot(String),
    Id,
    Idle,
    List(Listing),
    Login(Credentials),
    Logout,
    Namespace,
    Noop,
    Notify(Notify),
    Replace(Replace),
    Rename {
        from: String,
        to: String,
    },
    Search(Search),
    Select(Select),
    Status {
        name: String,
        items: Vec<StatusItem>,
    },
    Sort(Sort),
    Store(Store),
    Subscribe {
        name: String,
        subscribed: bool,
    },
    Thread(Thread),
    Unselect,
}

/// The states in which a command may be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Stage {
    Any,
    NotAuthenticated,
    /// Signed in, whether a mailbox is selected or not.
    Authenticated,
    Selected,
}

impl Command {
    /// When it may be given.
    pub(in crate::imap) fn stage(&self) -> Stage {
        match self {
            Self::Capability | Self::Id | Self::Logout | Self::Noop => Stage::Any,
            Self::Authenticate(_) | Self::Login(_) => Stage::NotAuthenticated,
            Self::Append(_)
            | Self::Compress(_)
            | Self::Create(_)
            | Self::Delete(_)
            | Self::Enable(_)
            | Self::GetQuota(_)
            | Self::GetQuotaRoot(_)
            | Self::Idle
            | Self::List(_)
            | Self::Namespace
            | Self::Notify(_)
            | Self::Rename { .. }
            | Self::Select(_)
            | Self::Status { .. }
            | Self::Subscribe { .. } => Stage::Authenticated,
            Self::Check
            | Self::Close
            | Self::Copy(_)
            | Self::Expunge(_)
            | Self::Fetch(_)
            | Self::Replace(_)
            | Self::Search(_)
            | Self::Sort(_)
            | Self::Store(_)
            | Self::Thread(_)
            | Self::Unselect => Stage::Selected,
        }
    }

    /// Whether what it does to the selected mailbox is told in any case, also to a client that asked for no such events.
    pub(in crate::imap) fn shows_its_effect(&self) -> bool {
        matches!(self, Self::Append(_) | Self::Copy(_) | Self::Expunge(_) | Self::Notify(_) | Self::Replace(_))
    }

    /// Whether its answers may tell that messages are gone: not while sequence numbers are being used
    /// (RFC 9051 §7.5.1, RFC 7162 §3.2.10.2).
    pub(in crate::imap) fn may_tell_gone(&self) -> bool {
        match self {
            Self::Fetch(Fetch { uid, .. }) | Self::Store(Store { uid, .. }) => *uid,
            Self::Search(Search { uid, key, .. })
            | Self::Sort(Sort { uid, among: Among { key, .. }, .. })
            | Self::Thread(Thread { uid, among: Among { key, .. }, .. }) => *uid && !key.names_numbers(),
            _ => true,
        }
    }
}

/// A command that was not understood.
#[derive(Debug)]
pub(in crate::imap) struct Misunderstood {
    /// Its tag, as far as there was one.
    pub(in crate::imap) tag: Option<String>,
    pub(in crate::imap) why: Malformed,
}

/// Takes a whole command apart.
pub(in crate::imap) fn parse(input: Zeroizing<Vec<u8>>, dialect: Dialect) -> Result<Tagged, Misunderstood> {
    let mut cursor = Cursor::new(&input);
    let tag = match cursor.tag() {
        Ok(tag) => tag.to_owned(),
        Err(why) => return Err(Misunderstood { tag: None, why }),
    };
    match command(&mut cursor, dialect) {
        Ok(mut command) => {
            match &mut command {
                Command::Append(append) => append.take(input),
                Command::Replace(replace) => replace.new.take(input),
                _ => {}
            }
            Ok(Tagged { tag, command })
        }
        Err(why) => Err(Misunderstood { tag: Some(tag), why }),
    }
}

fn command(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Command> {
    cursor.space()?;
    let word = cursor.word()?;
    let command = if word == "UID" {
        cursor.space()?;
        by_uid(cursor, dialect)?
    } else {
        plain(&word, cursor, dialect)?
    };
    cursor.end()?;
    Ok(command)
}

fn plain(word: &str, cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Command> {
    Ok(match word {
        "APPEND" => Command::Append(append::append(cursor, dialect)?),
        "AUTHENTICATE" => Command::Authenticate(login::authenticate(cursor)?),
        "CAPABILITY" => Command::Capability,
        "CHECK" => Command::Check,
        "CLOSE" => Command::Close,
        "COMPRESS" => {
            cursor.space()?;
            Command::Compress(cursor.atom()?.to_ascii_uppercase())
        }
        "COPY" => Command::Copy(filing::copy(cursor, dialect, false, false)?),
        "CREATE" => Command::Create(names::create(cursor, dialect)?),
        "DELETE" => Command::Delete(names::name(cursor, dialect)?),
        "ENABLE" => Command::Enable(login::enable(cursor)?),
        "EXAMINE" => Command::Select(select::select(cursor, dialect, true)?),
        "EXPUNGE" => Command::Expunge(None),
        "FETCH" => Command::Fetch(fetch::fetch(cursor, false)?),
        "GETQUOTA" => {
            cursor.space()?;
            Command::GetQuota(cursor.text()?)
        }
        "GETQUOTAROOT" => Command::GetQuotaRoot(names::name(cursor, dialect)?),
        "ID" => {
            login::id(cursor)?;
            Command::Id
        }
        "IDLE" => Command::Idle,
        "LIST" => Command::List(list::list(cursor, dialect)?),
        "LOGIN" => Command::Login(login::login(cursor)?),
        "LOGOUT" => Command::Logout,
        "LSUB" => Command::List(list::lsub(cursor, dialect)?),
        "MOVE" => Command::Copy(filing::copy(cursor, dialect, true, false)?),
        "NAMESPACE" => Command::Namespace,
        "NOOP" => Command::Noop,
        "NOTIFY" => Command::Notify(notify::notify(cursor, dialect)?),
        "RENAME" => Command::Rename { from: names::name(cursor, dialect)?, to: names::created(cursor, dialect)? },
        "REPLACE" => Command::Replace(append::replace(cursor, dialect, false)?),
        "SEARCH" => Command::Search(search::search(cursor, false)?),
        "SELECT" => Command::Select(select::select(cursor, dialect, false)?),
        "SORT" => Command::Sort(sort::sort(cursor, false)?),
        "STATUS" => Command::Status { name: names::name(cursor, dialect)?, items: list::status_items(cursor)? },
        "STORE" => Command::Store(filing::store(cursor, false)?),
        "SUBSCRIBE" => Command::Subscribe { name: names::name(cursor, dialect)?, subscribed: true },
        "THREAD" => Command::Thread(sort::thread(cursor, false)?),
        "UNSELECT" => Command::Unselect,
        "UNSUBSCRIBE" => Command::Subscribe { name: names::name(cursor, dialect)?, subscribed: false },
        _ => return Err(Malformed("there is no such command")),
    })
}

fn by_uid(cursor: &mut Cursor<'_>, dialect: Dialect) -> Parsed<Command> {
    Ok(match cursor.word()?.as_str() {
        "COPY" => Command::Copy(filing::copy(cursor, dialect, false, true)?),
        "EXPUNGE" => {
            cursor.space()?;
            Command::Expunge(Some(SequenceSet::parse(cursor)?))
        }
        "FETCH" => Command::Fetch(fetch::fetch(cursor, true)?),
        "MOVE" => Command::Copy(filing::copy(cursor, dialect, true, true)?),
        "REPLACE" => Command::Replace(append::replace(cursor, dialect, true)?),
        "SEARCH" => Command::Search(search::search(cursor, true)?),
        "SORT" => Command::Sort(sort::sort(cursor, true)?),
        "STORE" => Command::Store(filing::store(cursor, true)?),
        "THREAD" => Command::Thread(sort::thread(cursor, true)?),
        _ => return Err(Malformed("there is no such UID command")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Tagged, Misunderstood> {
        parse(Zeroizing::new(format!("{text}\r\n").into_bytes()), Dialect::Rev1)
    }

    #[test]
    fn commands_know_no_case_and_take_nothing_more() {
        assert!(matches!(read("a1 noop").unwrap().command, Command::Noop));
        assert!(matches!(read("a1 Uid Expunge 1:*").unwrap().command, Command::Expunge(Some(_))));
        for text in [
            "",
            "a1",
            "a1 ",
            "a1  NOOP",
            "a1 NOOP x",
            "+ NOOP",
            "a1 XYZZY",
            "a1 UID NOOP",
            "a1 SELECT",
            "a1 CREATE \"\"",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("a1 XYZZY").unwrap_err().tag.as_deref(), Some("a1"));
    }

    #[test]
    fn only_uids_let_messages_go_while_they_are_read() {
        for (text, expected) in [("FETCH 1 FLAGS", false), ("STORE 1 FLAGS ()", false), ("SEARCH ALL", false)] {
            assert_eq!(read(&format!("a {text}")).unwrap().command.may_tell_gone(), expected);
            assert!(read(&format!("a UID {text}")).unwrap().command.may_tell_gone());
        }
        assert!(!read("a UID SEARCH OR UID 1 (NOT 2:3)").unwrap().command.may_tell_gone());
    }

    /// Words and marks of the grammar in any order reach deeper than plain noise does.
    fn almost_commands() -> impl Strategy<Value = Vec<u8>> {
        let words = prop::sample::select(vec![
            "a",
            " ",
            " ",
            " ",
            "FETCH",
            "UID",
            "SEARCH",
            "SORT",
            "THREAD",
            "NOTIFY",
            "SELECTED",
            "STORE",
            "LIST",
            "APPEND",
            "REPLACE",
            "UTF8",
            "STATUS",
            "SELECT",
            "LOGIN",
            "ID",
            "COPY",
            "(",
            ")",
            "\"",
            "\\",
            "[",
            "]",
            "<",
            ">",
            "{3}\r\nabc",
            "{3+}\r\nabc",
            "{9}\r\n",
            "~{2}\r\n\0\0",
            "1:*",
            "$",
            "NIL",
            "BODY",
            "BODY.PEEK",
            "HEADER.FIELDS",
            "1.2.MIME",
            "BINARY",
            "RETURN",
            "NOT",
            "OR",
            "CHARSET",
            "UTF-8",
            "SINCE",
            "1-Feb-1994",
            "\"17-Jul-1996 02:44:25 -0700\"",
            "FLAGS",
            "+FLAGS.SILENT",
            "INBOX",
            "&AOk-",
            "*",
            "%",
            "\r\n",
            "0",
            "4294967296",
            "é",
        ]);
        prop::collection::vec(words, 0..30).prop_map(|words| words.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _outcome = parse(Zeroizing::new(bytes), Dialect::Rev2);
        }

        #[test]
        fn almost_commands_never_panic(bytes in almost_commands()) {
            let _outcome = parse(Zeroizing::new([b"a ", bytes.as_slice()].concat()), Dialect::Rev1);
        }
    }
}
