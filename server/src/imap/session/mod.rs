//! One IMAP session as a state machine without a socket (RFC 9051 §3, §6): whole commands and changes of the store go in,
//! replies come out through a [`Sink`].
//!
//! | file | commands |
//! |---|---|
//! | `login` | CAPABILITY, ID, LOGIN, AUTHENTICATE, ENABLE, COMPRESS |
//! | `names` | CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, NAMESPACE |
//! | `list` | LIST, LSUB, STATUS |
//! | `quota` | GETQUOTA, GETQUOTAROOT |
//! | `select` | SELECT, EXAMINE, CLOSE, UNSELECT |
//! | `append`, `copy`, `store`, `expunge` | those, REPLACE and MOVE |
//! | `fetch` with `answer`, `search` with `test`, `sort`, `thread` with `threads` | those; `looking` and `seen`: what they see of messages |
//! | `notify` | that, and what is told of other mailboxes |
//! | `state` | the states, and how commands lead from one to another |
//! | `view` with `recents`, `sync`, `telling` | the client's view of the mailbox, and how it is brought up to the store |
//!
//! Invariants: a command is carried out only in the states that [`Command::stage`] names; [`Session::complete`] alone writes
//! tagged lines; every state holds its data, and [`Session::apply`] alone changes the state.

mod answer;
mod append;
mod copy;
mod expunge;
mod fetch;
mod list;
mod login;
mod looking;
mod names;
mod need;
mod notify;
mod progress;
mod quota;
mod recents;
mod refusal;
mod replies;
mod search;
mod seen;
mod select;
mod sort;
mod state;
mod store;
mod subject;
mod sync;
mod telling;
mod test;
mod thread;
mod threads;
mod view;
mod writer;

pub(super) use replies::{BoxFuture, Replies, Sink};
pub(super) use state::Farewell;

use std::io;
use std::net::IpAddr;

use shared::api::mailbox::MailboxId;
use zeroize::Zeroizing;

use self::notify::Watch;
use self::refusal::Refusal;
use self::state::{Challenge, Compression, Done, Expects, Outcome, State, Transition, User};
use self::telling::Telling;
use self::view::View;
use super::Service;
use super::limits::MISTAKES;
use super::opening::Opener;
use super::wire::command::{self, Stage};
use super::wire::intake::TooMuch;
use super::wire::print::{put, status};
use super::wire::{Code, Command, Dialect, Status, Tagged};
use crate::store::{AccountNo, Heard};

/// A session.
pub(super) struct Session {
    service: Service,
    peer: IpAddr,
    state: State,
    dialect: Dialect,
    telling: Telling,
    /// What NOTIFY asked for, where it was given.
    watch: Option<Watch>,
    /// What the command at hand does is told also to who asked for no events.
    shows_effect: bool,
    compression: Compression,
    expects: Expects,
    wrong_passwords: u32,
    mistakes: u32,
}

impl Session {
    pub(super) fn new(service: Service, peer: IpAddr) -> Self {
        Self {
            service,
            peer,
            state: State::NotAuthenticated,
            dialect: Dialect::Rev1,
            telling: Telling::default(),
            watch: None,
            shows_effect: false,
            compression: Compression::No,
            expects: Expects::Command,
            wrong_passwords: 0,
            mistakes: 0,
        }
    }

    /// The first line.
    pub(super) async fn greet(&mut self, replies: &mut Replies<'_>) -> io::Result<()> {
        let capabilities = Code::Capability(login::BEFORE_LOGIN);
        status(replies.lines(), None, Status::Ok, Some(&capabilities), "Own-Mailbox");
        replies.flush().await
    }

    /// Whether the next thing is a line, not a command.
    pub(super) fn wants_line(&self) -> bool {
        !matches!(self.expects, Expects::Command)
    }

    pub(super) fn is_signed_in(&self) -> bool {
        matches!(self.state, State::Authenticated(_) | State::Selected(..))
    }

    /// Whose mail it is, where somebody is signed in.
    pub(super) fn account(&self) -> Option<AccountNo> {
        match &self.state {
            State::Authenticated(user) | State::Selected(user, _) => Some(user.who.account),
            _ => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Logout)
    }

    /// Whether everything from here on is compressed, both ways; says so once.
    pub(super) fn begins_compression(&mut self) -> bool {
        let begins = self.compression == Compression::Begins;
        if begins {
            self.compression = Compression::Active;
        }
        begins
    }

    /// Takes a whole command, or the line that [`Session::wants_line`].
    pub(super) async fn input(&mut self, input: Zeroizing<Vec<u8>>, replies: &mut Replies<'_>) -> io::Result<()> {
        self.listen();
        if let Some(why) = self.may_not_go_on().await {
            return self.end(why, replies).await;
        }
        match std::mem::replace(&mut self.expects, Expects::Command) {
            Expects::Command => match command::parse(input, self.dialect) {
                Ok(Tagged { tag, command }) => {
                    let tell_gone = command.may_tell_gone();
                    let asks_for_news = matches!(command, Command::Noop);
                    self.shows_effect = command.shows_its_effect();
                    // Boxed: the future of every command at once is large, and waits mostly.
                    let outcome = Box::pin(self.obey(&tag, command, replies)).await;
                    self.complete(tag, tell_gone, outcome, replies).await?;
                    if asks_for_news {
                        self.hears_count(false, replies);
                    }
                    Ok(())
                }
                Err(command::Misunderstood { tag, why }) => {
                    self.complete(tag.unwrap_or_else(|| "*".into()), true, Err(why.into()), replies).await
                }
            },
            Expects::Response(tag, challenge) => {
                let outcome = login::response(self, &tag, challenge, &input, replies).await;
                self.complete(tag, true, outcome, replies).await
            }
            Expects::Done(tag) => {
                let outcome = if input.eq_ignore_ascii_case(b"DONE") {
                    Ok(Outcome::Done(Done::new("no longer idle")))
                } else {
                    Err(Refusal::Bad("DONE was to come"))
                };
                self.complete(tag, true, outcome, replies).await
            }
        }
    }

    /// Answers a command of which too much came.
    pub(super) async fn too_much(
        &mut self,
        tag: Option<String>,
        why: TooMuch,
        replies: &mut Replies<'_>,
    ) -> io::Result<()> {
        self.expects = Expects::Command;
        let refusal = match why {
            TooMuch::Command => Refusal::Bad("the command is too long"),
            TooMuch::Message => Refusal::No(Some(Code::TooBig), "the message is too large"),
            TooMuch::Together => Refusal::TOO_MUCH,
            TooMuch::Busy => Refusal::No(Some(Code::Unavailable), "the box is busy; try again"),
        };
        self.complete(tag.unwrap_or_else(|| "*".into()), true, Err(refusal), replies).await
    }

    /// Waits for the next change that concerns the account; for ever while nobody is signed in. Safe to cancel.
    pub(super) async fn hear(&mut self) -> Option<Heard> {
        match &mut self.state {
            State::Authenticated(user) | State::Selected(user, _) => user.listener.next().await,
            State::NotAuthenticated | State::Logout => std::future::pending().await,
        }
    }

    /// Takes in what was heard; tells it at once where the client idles.
    pub(super) async fn told(&mut self, heard: Option<Heard>, replies: &mut Replies<'_>) -> io::Result<()> {
        let Some(heard) = heard else { return self.end(Farewell::Stopping, replies).await };
        self.note(heard);
        if let Some(why) = self.may_not_go_on().await {
            return self.end(why, replies).await;
        }
        let idles = matches!(self.expects, Expects::Done(_));
        if idles || self.watch.is_some() {
            let delays = self.watch.as_ref().and_then(Watch::selected).is_some_and(|selected| selected.delayed);
            self.shows_effect = false;
            self.sync(idles || !delays, replies).await?;
            self.hears_count(false, replies);
            self.tell_others(replies).await?;
            replies.flush().await?;
        }
        Ok(())
    }

    /// Ends the session with a word of farewell.
    pub(super) async fn end(&mut self, why: Farewell, replies: &mut Replies<'_>) -> io::Result<()> {
        let text = match why {
            Farewell::Idle => "nothing came for too long",
            Farewell::Stopping => "the box is stopping",
            Farewell::Revoked => "this device may not sign in any more",
            Farewell::Outdated => "the keys have changed, sign in anew",
            Farewell::Mistakes => "too many mistakes",
        };
        status(replies.lines(), None, Status::Bye, None, text);
        self.apply(Transition::Logout);
        replies.flush().await
    }

    /// Carries out a command.
    async fn obey(&mut self, tag: &str, command: Command, replies: &mut Replies<'_>) -> Result<Outcome, Refusal> {
        self.check(command.stage())?;
        let done = match command {
            Command::Append(append) => append::append(self, append).await,
            Command::Authenticate(asked) => {
                return login::authenticate(self, tag, asked, replies).await;
            }
            Command::Capability => Ok(login::capability(self, replies)),
            Command::Check | Command::Noop => Ok(Done::new("done")),
            Command::Close => select::close(self).await,
            Command::Compress(mechanism) => login::compress(self, &mechanism),
            Command::Copy(copy) => copy::copy(self, copy, replies).await,
            Command::Create(create) => names::create(self, create).await,
            Command::Delete(name) => names::delete(self, &name).await,
            Command::Enable(wanted) => Ok(login::enable(self, &wanted, replies)),
            Command::Expunge(set) => expunge::expunge(self, set.as_ref()).await,
            Command::Fetch(fetch) => fetch::fetch(self, fetch, replies).await,
            Command::GetQuota(root) => quota::of_root(self, &root, replies).await,
            Command::GetQuotaRoot(name) => quota::of_mailbox(self, &name, replies).await,
            Command::Id => Ok(login::id(replies)),
            Command::Idle => {
                self.put_away();
                replies.say(b"+ idling\r\n").await?;
                self.hears_count(true, replies);
                self.sync(true, replies).await?;
                self.hears_count(false, replies);
                self.tell_others(replies).await?;
                replies.flush().await?;
                return Ok(Outcome::Continues(Expects::Done(tag.to_owned())));
            }
            Command::List(listing) => list::list(self, &listing, replies).await,
            Command::Login(credentials) => login::sign_in(self, credentials).await,
            Command::Logout => {
                status(replies.lines(), None, Status::Bye, None, "good-bye");
                Ok(Done::new("logged out").to(Transition::Logout))
            }
            Command::Namespace => {
                put!(replies.lines(), "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
                Ok(Done::new("all mailboxes are your own"))
            }
            Command::Replace(replace) => append::replace(self, replace, replies).await,
            Command::Notify(wanted) => notify::notify(self, wanted, replies).await,
            Command::Rename { from, to } => names::rename(self, &from, &to).await,
            Command::Search(search) => search::search(self, tag, search, replies).await,
            Command::Select(select) => select::select(self, select, replies).await,
            Command::Sort(sort) => sort::sort(self, tag, sort, replies).await,
            Command::Status { name, items } => list::status(self, &name, &items, replies).await,
            Command::Store(change) => store::store(self, change, replies).await,
            Command::Subscribe { name, subscribed } => names::subscribe(self, &name, subscribed).await,
            Command::Thread(thread) => thread::thread(self, tag, thread, replies).await,
            Command::Unselect => Ok(Done::new("unselected").to(Transition::Deselect)),
        };
        done.map(Outcome::Done)
    }

    /// Ends a command: brings the client's view up to the store, and writes the one tagged line.
    async fn complete(
        &mut self,
        tag: String,
        tell_gone: bool,
        outcome: Result<Outcome, Refusal>,
        replies: &mut Replies<'_>,
    ) -> io::Result<()> {
        let (word, mut code, text) = match outcome {
            Ok(Outcome::Continues(expects)) => {
                self.expects = expects;
                return Ok(());
            }
            Ok(Outcome::Done(Done { text, code, transition })) => {
                self.mistakes = 0;
                // A mailbox that is left is not told of any more, nor is one that was just told of whole.
                let stays = matches!(transition, Transition::Stay);
                self.apply(transition);
                if stays {
                    self.sync(tell_gone, replies).await?;
                }
                self.tell_others(replies).await?;
                (Status::Ok, code, text)
            }
            Err(Refusal::No(code, text)) => {
                self.sync(tell_gone, replies).await?;
                self.tell_others(replies).await?;
                (Status::No, code, text)
            }
            Err(Refusal::Bad(text)) => {
                self.mistakes += 1;
                (Status::Bad, None, text)
            }
            Err(Refusal::Broken(error)) => return Err(error),
        };
        let tag = Some(tag.as_str()).filter(|tag| *tag != "*");
        if word != Status::Bad
            && let Some(mark) = self.due_mark()
        {
            if word == Status::Ok && code.is_none() {
                code = Some(mark);
            } else {
                status(replies.lines(), None, Status::Ok, Some(&mark), "told up to here");
            }
        }
        status(replies.lines(), tag, word, code.as_ref(), text);
        replies.flush().await?;
        if !self.is_over() && (self.mistakes >= MISTAKES || self.wrong_passwords >= super::limits::SIGN_IN_TRIES) {
            return self.end(Farewell::Mistakes, replies).await;
        }
        Ok(())
    }

    fn apply(&mut self, transition: Transition) {
        let state = std::mem::replace(&mut self.state, State::Logout);
        self.state = match (transition, state) {
            (Transition::Stay, state) => state,
            (Transition::SignIn(user), _) => State::Authenticated(user),
            (Transition::Select(view), State::Authenticated(user) | State::Selected(user, _)) => {
                State::Selected(user, *view)
            }
            (Transition::Deselect, State::Selected(user, _)) => {
                if let Some(opener) = &user.opener {
                    opener.forget();
                }
                State::Authenticated(user)
            }
            (Transition::Select(_) | Transition::Deselect, state) => state,
            (Transition::Logout, _) => State::Logout,
        };
    }

    fn check(&self, stage: Stage) -> Result<(), Refusal> {
        match (stage, &self.state) {
            (Stage::Any, _)
            | (Stage::NotAuthenticated, State::NotAuthenticated)
            | (Stage::Authenticated, State::Authenticated(_) | State::Selected(..))
            | (Stage::Selected, State::Selected(..)) => Ok(()),
            (Stage::NotAuthenticated, _) => Err(Refusal::Bad("you are logged in already")),
            (Stage::Authenticated | Stage::Selected, State::NotAuthenticated | State::Logout) => {
                Err(Refusal::Bad("log in first"))
            }
            (Stage::Selected, State::Authenticated(_)) => Err(Refusal::Bad("select a mailbox first")),
        }
    }

    /// Who is signed in.
    fn user(&self) -> Result<&User, Refusal> {
        match &self.state {
            State::Authenticated(user) | State::Selected(user, _) => Ok(user),
            State::NotAuthenticated | State::Logout => Err(Refusal::Bad("log in first")),
        }
    }

    /// What opens mail for this device; `None` where it stays sealed.
    fn opener(&self) -> Option<Opener> {
        match &self.state {
            State::Authenticated(user) | State::Selected(user, _) => user.opener.clone(),
            State::NotAuthenticated | State::Logout => None,
        }
    }

    /// Nothing is read for now, so nothing is kept open.
    fn put_away(&self) {
        if let Some(opener) = self.opener() {
            opener.forget();
        }
    }

    /// Which mailbox is selected.
    fn selected_mailbox(&self) -> Option<MailboxId> {
        match &self.state {
            State::Selected(_, view) => Some(view.mailbox),
            _ => None,
        }
    }

    /// Who is signed in, and the selected mailbox.
    fn selected(&mut self) -> Result<(&mut User, &mut View), Refusal> {
        match &mut self.state {
            State::Selected(user, view) => Ok((user, view)),
            _ => Err(Refusal::Bad("select a mailbox first")),
        }
    }
}
