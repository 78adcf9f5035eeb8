//! Whose key is it: what the account remembers of people's certificates. The page holds it sealed; the workers open it.
//!
//! Invariants: nothing is judged without it, so a certificate that was checked is never passed over because it did not come; none that
//! is older than one that was seen is taken; of two changes at once the later is made anew from the earlier.

use std::sync::Arc;

use futures_util::lock::{Mutex, OwnedMutexGuard};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::keys::{PeopleRequest, PeopleResponse};
use shared::api::{ApiError, Base64, EmailAddress, ErrorCode, paths};
use shared::people::{Decision, Origin};

use super::Failure;
use super::session::{Session, use_session};
use crate::platform::{http, time};
use crate::worker::protocol::people::{CompareKeys, Compared, DecideKey};
use crate::worker::protocol::{AskError, Priority};

/// How often a decision is made anew because something else changed meanwhile.
const TRIES: usize = 4;

/// What is remembered.
#[derive(Clone, Copy)]
pub(super) struct People {
    known: StoredValue<Option<PeopleResponse>>,
    /// The highest generation that was seen.
    newest: StoredValue<u64>,
    /// Whoever changes it has it alone from reading it until the box keeps it.
    turn: StoredValue<Arc<Mutex<()>>>,
    session: Session,
}

/// The turn to change it.
pub(super) type Turn = OwnedMutexGuard<()>;

pub(super) fn provide_people() {
    let (known, newest, turn) = (StoredValue::new(None), StoredValue::new(0), StoredValue::default());
    provide_context(People { known, newest, turn, session: use_session() });
}

pub(super) fn use_people() -> People {
    expect_context()
}

impl People {
    /// Waits for the turn to change it.
    pub(super) async fn turn(&self) -> Turn {
        self.turn.get_value().lock_owned().await
    }

    /// All of it, as the box keeps it.
    pub(super) async fn sealed(&self) -> Result<PeopleResponse, Failure> {
        // What was heard of while this tab had its turn counts too.
        let newest = self.newest.get_value();
        if let Some(known) = self.known.get_value().filter(|known| known.generation >= newest) {
            return Ok(known);
        }
        let found: PeopleResponse = self.session.heard(http::get(paths::PEOPLE).await)?;
        if found.generation < self.newest.get_value() {
            // Somebody put an old one back.
            return Err(Failure::Worker(AskError::KeysDamaged));
        }
        self.take(found.clone());
        Ok(found)
    }

    /// As [`Self::keep`], with the turn; where nothing changed it is kept already.
    pub(super) async fn keep_in(&self, news: Option<PeopleRequest>, turn: Turn) -> Result<bool, Failure> {
        let is_kept = match news {
            Some(news) => self.keep(news).await?,
            None => true,
        };
        drop(turn);
        Ok(is_kept)
    }

    /// Has the box keep what it has become; what was first meanwhile stands, and this is found out anew another time.
    pub(super) fn keep_soon(&self, news: Option<PeopleRequest>, turn: Turn) {
        let people = *self;
        if let Some(news) = news {
            spawn_local(async move {
                let _ = people.keep(news).await;
                drop(turn);
            });
        }
    }

    /// Has the box keep what it has become; answers `false` where something else changed it meanwhile.
    async fn keep(&self, news: PeopleRequest) -> Result<bool, Failure> {
        match self.session.heard(http::put(paths::PEOPLE, &news).await) {
            Ok(()) => {
                let PeopleRequest { generation, sealed } = news;
                self.take(PeopleResponse { generation, sealed: Some(sealed) });
                Ok(true)
            }
            Err(Failure::Refused(ApiError { code: ErrorCode::Outdated, .. })) => {
                self.known.set_value(None);
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// What two people compare.
    pub(super) async fn compare(&self, fingerprint: String) -> Result<Compared, Failure> {
        self.session.ask(CompareKeys { fingerprint }, Priority::Now).await
    }

    /// Takes note of a decision; `found` is what was found for the address.
    pub(super) async fn decide(
        &self,
        address: &EmailAddress,
        fingerprint: &str,
        found: Option<(Base64, Origin)>,
        decision: Decision,
    ) -> Result<(), Failure> {
        let (found, origin) = found.map_or((None, Origin::Directory), |(found, origin)| (Some(found), origin));
        let _turn = self.turn().await;
        for _ in 0..TRIES {
            let ask = DecideKey {
                people: self.sealed().await?,
                address: address.clone(),
                fingerprint: fingerprint.to_owned(),
                found: found.clone(),
                origin,
                decision,
                now: time::now(),
            };
            let is_kept = match self.session.ask(ask, Priority::Now).await? {
                Some(news) => self.keep(news).await?,
                None => true,
            };
            if is_kept {
                return Ok(());
            }
        }
        Err(ApiError::new(ErrorCode::Outdated).into())
    }

    /// The box says that it is of this generation now; answers whether that is news. Where this tab is changing it, it hears of its own
    /// change, perhaps before the answer; if it was another's, the change is refused.
    pub(super) fn changed(&self, generation: u64) -> bool {
        self.newest.update_value(|newest| *newest = generation.max(*newest));
        let is_older = self.known.with_value(|known| known.as_ref().is_some_and(|known| known.generation < generation));
        let is_news = is_older && self.turn.with_value(|turn| turn.try_lock().is_some());
        if is_news {
            self.known.set_value(None);
        }
        is_news
    }

    /// What this tab knows of it may be old: it was not listening for a while.
    pub(super) fn doubt(&self) {
        self.known.set_value(None);
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.known.set_value(None);
        self.newest.set_value(0);
    }

    fn take(&self, people: PeopleResponse) {
        self.newest.update_value(|newest| *newest = people.generation.max(*newest));
        let is_newer =
            self.known.with_value(|known| known.as_ref().is_none_or(|known| known.generation < people.generation));
        if is_newer {
            self.known.set_value(Some(people));
        }
    }
}
