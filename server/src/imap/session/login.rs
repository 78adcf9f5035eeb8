//! Before and about the session: CAPABILITY, ID, LOGIN, AUTHENTICATE, ENABLE, COMPRESS (RFC 9051 §6.1, §6.2,
//! §6.3.1; RFC 2971; RFC 4978).

use shared::api::limits;

use super::refusal::Refusal;
use super::{Challenge, Compression, Done, Expects, Outcome, Replies, Session, State, Transition, User};
use crate::core::devices::{self, DeviceError};
use crate::imap::opening::Opener;
use crate::imap::wire::login::{Authenticate, Credentials, login_user};
use crate::imap::wire::print::put;
use crate::imap::wire::{Code, Dialect};

/// What can be done before login; also what the greeting says.
pub(super) const BEFORE_LOGIN: &str = "IMAP4rev1 IMAP4rev2 SASL-IR AUTH=PLAIN AUTH=LOGIN LITERAL+ ENABLE ID";
/// What can be done after it.
const AFTER_LOGIN: &str = "IMAP4rev1 IMAP4rev2 LITERAL+ ENABLE ID NAMESPACE UIDPLUS MOVE UNSELECT IDLE CHILDREN \
                           LIST-EXTENDED LIST-STATUS SPECIAL-USE STATUS=SIZE ESEARCH SEARCHRES BINARY \
                           CONDSTORE QRESYNC \
                           CREATE-SPECIAL-USE WITHIN APPENDLIMIT=52428800 OBJECTID SAVEDATE PREVIEW UTF8=ACCEPT \
                           MULTIAPPEND REPLACE QUOTA QUOTA=RES-STORAGE COMPRESS=DEFLATE INPROGRESS \
                           SORT SORT=DISPLAY THREAD=ORDEREDSUBJECT THREAD=REFERENCES NOTIFY";

const _: () = assert!(limits::MESSAGE_BYTES == 52_428_800, "the capability APPENDLIMIT says so");

/// CAPABILITY.
pub(super) fn capability(session: &Session, replies: &mut Replies<'_>) -> Done {
    let list = if session.is_signed_in() { AFTER_LOGIN } else { BEFORE_LOGIN };
    put!(replies.lines(), "* CAPABILITY {list}\r\n");
    Done::new("that is what I can do")
}

/// ID. The version is nobody's business but the owner's.
pub(super) fn id(replies: &mut Replies<'_>) -> Done {
    put!(replies.lines(), "* ID (\"name\" \"Own-Mailbox\")\r\n");
    Done::new("that is who I am")
}

/// ENABLE.
pub(super) fn enable(session: &mut Session, wanted: &[String], replies: &mut Replies<'_>) -> Done {
    let mut enabled = String::new();
    for name in wanted {
        let name = match name.as_str() {
            "CONDSTORE" => "CONDSTORE",
            "IMAP4REV2" => {
                session.dialect = Dialect::Rev2;
                "IMAP4rev2"
            }
            "UTF8=ACCEPT" => {
                if session.dialect == Dialect::Rev1 {
                    session.dialect = Dialect::Utf8;
                }
                "UTF8=ACCEPT"
            }
            "QRESYNC" => {
                session.telling.vanished = true;
                "QRESYNC"
            }
            _ => continue,
        };
        if matches!(name, "CONDSTORE" | "QRESYNC") {
            session.tell_modseqs(replies);
        }
        enabled.push(' ');
        enabled.push_str(name);
    }
    put!(replies.lines(), "* ENABLED{enabled}\r\n");
    Done::new("enabled")
}

/// COMPRESS (RFC 4978 §3).
pub(super) fn compress(session: &mut Session, mechanism: &str) -> Result<Done, Refusal> {
    if mechanism != "DEFLATE" {
        return Err(Refusal::Bad("DEFLATE is the mechanism here"));
    }
    if session.compression != Compression::No {
        return Err(Refusal::Bad("all is compressed already"));
    }
    session.compression = Compression::Begins;
    Ok(Done::new("compressed from here on"))
}

/// AUTHENTICATE.
pub(super) async fn authenticate(
    session: &mut Session,
    tag: &str,
    asked: Authenticate,
    replies: &mut Replies<'_>,
) -> Result<Outcome, Refusal> {
    let challenge = match asked.mechanism.as_str() {
        "PLAIN" => Challenge::Plain,
        "LOGIN" => Challenge::User,
        _ => return Err(Refusal::No(Some(Code::Cannot), "PLAIN is the mechanism here")),
    };
    match asked.response {
        Some(response) => self::response(session, tag, challenge, &response, replies).await,
        None => ask(tag, challenge, replies).await,
    }
}

/// Asks the client for what comes next.
async fn ask(tag: &str, challenge: Challenge, replies: &mut Replies<'_>) -> Result<Outcome, Refusal> {
    let words: &[u8] = match challenge {
        Challenge::Plain => b"+ \r\n",
        // `Username:` and `Password:`, as clients of this mechanism expect them.
        Challenge::User => b"+ VXNlcm5hbWU6\r\n",
        Challenge::Password(_) => b"+ UGFzc3dvcmQ6\r\n",
    };
    replies.say(words).await?;
    Ok(Outcome::Continues(Expects::Response(tag.to_owned(), challenge)))
}

/// The client's next part of AUTHENTICATE; `*` gives it up.
pub(super) async fn response(
    session: &mut Session,
    tag: &str,
    challenge: Challenge,
    line: &[u8],
    replies: &mut Replies<'_>,
) -> Result<Outcome, Refusal> {
    if line == b"*" {
        return Err(Refusal::Bad("given up"));
    }
    let credentials = match challenge {
        Challenge::Plain => Credentials::from_plain(line)?,
        Challenge::User => return ask(tag, Challenge::Password(login_user(line)?), replies).await,
        Challenge::Password(user) => Credentials::from_login(&user, line)?,
    };
    sign_in(session, credentials).await.map(Outcome::Done)
}

/// LOGIN, and the end of AUTHENTICATE.
pub(super) async fn sign_in(session: &mut Session, credentials: Credentials) -> Result<Done, Refusal> {
    let Credentials { user, password } = credentials;
    let context = &session.service.context;
    let who = match devices::sign_in(context, &user, password.expose(), session.peer).await {
        Ok(who) => who,
        Err(error) => {
            if matches!(error, DeviceError::WrongPassword | DeviceError::Wait(_)) {
                session.wrong_passwords += 1;
            }
            return Err(error.into());
        }
    };
    let opener = devices::unlock(context, &who, password.expose()).await?;
    let opener = opener.map(|keys| Opener::new(keys, &session.service.reading_room));
    let listener = context.store.listen(who.account);
    // Access may have changed between the check and the beginning of listening, so it is looked at once more.
    if !devices::may_go_on(context, &who).await? {
        return Err(DeviceError::WrongPassword.into());
    }
    let Some(place) = session.service.enter(who.account) else {
        return Err(Refusal::No(Some(Code::Limit), "this account has too many connections"));
    };
    tracing::info!(device = %who.device, opened = opener.is_some(), "signed in");
    debug_assert!(matches!(session.state, State::NotAuthenticated), "LOGIN comes once");
    let user = User { who, listener, opener, stale: false, in_doubt: false, outdated: false, _place: place };
    Ok(Done::new("welcome").code(Code::Capability(AFTER_LOGIN)).to(Transition::SignIn(user)))
}
