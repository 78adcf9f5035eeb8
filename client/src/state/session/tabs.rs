//! The tabs of one browser. They have one session and one person, so what is done to the mailbox in one is done in all:
//!
//! - **Signing out**: the other tabs save what is being written and leave; the tab that asked waits for them, shortly, and only then
//!   ends the session on the box.
//! - **Locking** by hand locks all. A tab that nobody uses does not lock while another is used.
//! - **Opening**: a tab that is opened while another is open gets that one's half of the key and asks nothing; what one tab opens,
//!   those that are locked open too.
//!
//! What crosses is the half that a tab keeps in its session storage and the account key wrapped under it and the box's half: no
//! key in clear, nothing without the session's cookie, and only to pages of this origin, which could ask a tab of their own
//! for the same.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::{EmailAddress, Timestamp};

use super::{CLOSING_MS, Farewell, Kept, Phase, Session, TAB_KEY, read_key, who_is_signed_in};
use crate::platform::channel::Channel;
use crate::platform::storage::Store;
use crate::platform::time;

/// The channel's name.
const NAME: &str = "own-mailbox";
/// How long other tabs have to say that they are there, milliseconds.
const ANSWER_MS: u32 = 400;
/// Distance between two looks whether they have left, milliseconds.
const LOOK_MS: u32 = 50;
/// Distance between two signs of life that are passed on, seconds.
const SIGN_SECONDS: i64 = 20;

/// Who closed the mailbox, where it was not the person in this tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// The person signed out in another tab.
    SignedOut,
    /// The person opened another account in another tab.
    OtherAccount,
    /// The person locked the mailbox in another tab.
    Locked,
    /// Nobody did anything for a while.
    Idle,
    /// The box says that the session is over.
    Ended,
}

/// What the tabs say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Leave, unless this account is open in you.
    Leave(Option<EmailAddress>),
    /// I am leaving, wait for me.
    Leaving,
    /// I have left.
    Left,
    /// Lock.
    Lock,
    /// Who is open may give me the key.
    WantsKey,
    /// Here it is, as it lies in the session storage.
    Key(String),
    /// The passphrase has opened the mailbox here; this is the key now, for the session may be another one.
    Opened(String),
    /// Somebody is using the mailbox here.
    Used,
}

/// The other tabs, as far as this one knows of them.
#[derive(Clone, Copy)]
pub(super) struct Tabs {
    channel: StoredValue<Option<Channel>, LocalStorage>,
    /// Who waits for a key.
    asking: StoredValue<Option<oneshot::Sender<String>>, LocalStorage>,
    /// How many tabs are leaving and have not left yet.
    leaving: StoredValue<i32>,
    /// When another tab was used last, and when others were last told that this one is.
    used_at: StoredValue<Timestamp>,
    told_at: StoredValue<Timestamp>,
}

impl Default for Tabs {
    fn default() -> Self {
        Self {
            channel: StoredValue::new_local(None),
            asking: StoredValue::new_local(None),
            leaving: StoredValue::new(0),
            used_at: StoredValue::new(Timestamp(0)),
            told_at: StoredValue::new(Timestamp(0)),
        }
    }
}

impl Tabs {
    pub(super) fn say(&self, word: &Word) {
        self.channel.with_value(|channel| {
            if let Some(channel) = channel {
                channel.say(&word.to_text());
            }
        });
    }

    /// The key of another tab that is open.
    pub(super) async fn others_key(&self) -> Option<String> {
        let (sender, answer) = oneshot::channel();
        self.asking.set_value(Some(sender));
        self.say(&Word::WantsKey);
        match select(answer, Box::pin(time::sleep(ANSWER_MS))).await {
            Either::Left((key, _)) => key.ok(),
            Either::Right(_) => None,
        }
    }
}

impl Session {
    /// Somebody is using the mailbox in this tab.
    pub(in crate::state) fn used_here(&self, now: Timestamp) {
        if now.0 - self.tabs.told_at.get_value().0 >= SIGN_SECONDS {
            self.tabs.told_at.set_value(now);
            self.tabs.say(&Word::Used);
        }
    }

    /// When the mailbox was last used in another tab.
    pub(in crate::state) fn used_elsewhere_at(&self) -> Timestamp {
        self.tabs.used_at.get_value()
    }

    pub(super) fn listen_to_tabs(&self) {
        let session = *self;
        let channel = Channel::join(NAME, move |text| {
            if let Some(word) = Word::parse(&text) {
                session.told(word);
            }
        });
        self.tabs.channel.set_value(channel);
    }

    /// Has other tabs save what is being written and leave, those in which this account is open excepted; waits for them, not for
    /// long.
    pub(super) async fn others_leave(&self, unless: Option<&EmailAddress>) {
        let leaving = self.tabs.leaving;
        leaving.set_value(0);
        self.tabs.say(&Word::Leave(unless.cloned()));
        time::sleep(ANSWER_MS).await;
        let mut waited = 0;
        while leaving.get_value() > 0 && waited < CLOSING_MS {
            time::sleep(LOOK_MS).await;
            waited += LOOK_MS;
        }
    }

    fn told(&self, word: Word) {
        let tabs = self.tabs;
        let is_open = self.is_open.get_untracked();
        match word {
            Word::Leave(unless) => self.leave(unless.as_ref()),
            Word::Leaving => tabs.leaving.update_value(|count| *count += 1),
            Word::Left => tabs.leaving.update_value(|count| *count -= 1),
            Word::Lock if is_open => self.lock_here(Some(Elsewhere::Locked)),
            Word::WantsKey if is_open => {
                if let Some(key) = Store::Tab.get(TAB_KEY) {
                    tabs.say(&Word::Key(key));
                }
            }
            Word::Key(key) => {
                if let Some(sender) = tabs.asking.try_update_value(Option::take).flatten() {
                    // Whoever asked may have given up.
                    let _ = sender.send(key);
                }
            }
            Word::Opened(key) if is_open => Store::Tab.set(TAB_KEY, &key),
            Word::Opened(key) => self.open_too(key),
            Word::Used => tabs.used_at.set_value(time::now()),
            Word::Lock | Word::WantsKey => {}
        }
    }

    fn leave(&self, unless: Option<&EmailAddress>) {
        let Some(account) = self.account.get_untracked() else { return };
        if unless.is_some_and(|unless| unless.canonical() == account.address.canonical()) {
            return;
        }
        let by = Some(if unless.is_some() { Elsewhere::OtherAccount } else { Elsewhere::SignedOut });
        let session = *self;
        session.tabs.say(&Word::Leaving);
        spawn_local(async move {
            let kept = if session.is_open.get_untracked() { session.save_all().await } else { Kept::Nothing };
            session.close(|_| Phase::SignedOut, Farewell { by, kept });
            session.tabs.say(&Word::Left);
        });
    }

    /// Opens the account that another tab has just opened, where this one is locked.
    fn open_too(&self, key: String) {
        let session = *self;
        let is_locked = move || session.phase.with_untracked(|phase| matches!(phase, Phase::Locked(_)));
        if !is_locked() {
            return;
        }
        spawn_local(async move {
            // Where it does not work the passphrase does.
            if let Ok(Some((_, account))) = who_is_signed_in().await
                && is_locked()
                && let Some(key) = read_key(&key)
            {
                let _ = session.open(account, key).await;
            }
        });
    }
}

impl Word {
    fn to_text(&self) -> String {
        match self {
            Self::Leave(None) => "leave".to_owned(),
            Self::Leave(Some(address)) => format!("leave {address}"),
            Self::Leaving => "leaving".to_owned(),
            Self::Left => "left".to_owned(),
            Self::Lock => "lock".to_owned(),
            Self::WantsKey => "key?".to_owned(),
            Self::Key(key) => format!("key {key}"),
            Self::Opened(key) => format!("opened {key}"),
            Self::Used => "used".to_owned(),
        }
    }

    /// What a tab of another version says is passed over.
    fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        Some(match word {
            "leave" if rest.is_empty() => Self::Leave(None),
            "leave" => Self::Leave(Some(rest.parse().ok()?)),
            "leaving" => Self::Leaving,
            "left" => Self::Left,
            "lock" => Self::Lock,
            "key?" => Self::WantsKey,
            "key" => Self::Key(rest.to_owned()),
            "opened" => Self::Opened(rest.to_owned()),
            "used" => Self::Used,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_understood_and_nothing_else() {
        let words = [
            Word::Leave(None),
            Word::Leave("alice@home.test".parse().ok()),
            Word::Leaving,
            Word::Left,
            Word::Lock,
            Word::WantsKey,
            Word::Key("{\"a\": 1}".to_owned()),
            Word::Opened("{}".to_owned()),
            Word::Used,
        ];
        for word in words {
            assert_eq!(Word::parse(&word.to_text()), Some(word));
        }
        assert_eq!(Word::parse("leave nobody"), None);
        assert_eq!(Word::parse("dance"), None);
    }
}
