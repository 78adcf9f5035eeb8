//! What is known of the certificates of addresses: asked once, remembered for a while.
//!
//! Invariants: addresses that are asked for at the same moment share one request; no address is asked twice at once; what was
//! found is judged by a worker before anything is sealed to it; that somebody could not be asked is no answer: who could not is asked
//! again as soon as the network is back, and before a letter leaves.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::keys::LookupRequest;
use shared::api::{ApiError, EmailAddress, ErrorCode, Timestamp, limits, paths};

use super::Failure;
use super::people::{People, use_people};
use super::session::{Session, use_session};
use crate::platform::carried::Carried;
use crate::platform::{http, page, time};
use crate::worker::protocol::Priority;
use crate::worker::protocol::reading::{JudgeCertificates, Judged, JudgedAddress, Judgement};

/// Seconds for which a certificate is taken as found.
const FOUND_SECONDS: i64 = 3_600;
/// How often it is judged anew, where what is remembered of people was changed meanwhile.
const TRIES: usize = 4;
/// Seconds after which an address without a certificate is asked again.
const NONE_SECONDS: i64 = 300;
/// Seconds after which an address is asked again that could not be asked.
const UNREACHABLE_SECONDS: i64 = 30;

/// What is known.
#[derive(Clone, Copy)]
pub(super) struct Certificates {
    known: RwSignal<BTreeMap<String, Known>>,
    asked: StoredValue<BTreeSet<EmailAddress>>,
    session: Session,
    people: People,
}

/// What is known of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    judgement: Judgement,
    since: Timestamp,
}

pub(super) fn provide_certificates() {
    let (known, asked) = (RwSignal::default(), StoredValue::default());
    let certificates = Certificates { known, asked, session: use_session(), people: use_people() };
    provide_context(certificates);
    // It lives as long as the page.
    StoredValue::new_local(page::on_online(move || certificates.retry()));
}

pub(super) fn use_certificates() -> Certificates {
    expect_context()
}

impl Certificates {
    /// What is known of an address; `None` while it is asked for the first time. Asks where nothing is known, or not any more for
    /// sure; what is known stands until the answer comes. Tracks.
    pub(super) fn of(&self, address: &EmailAddress) -> Option<Judgement> {
        let known = self.known.with(|known| known.get(&key(address)).cloned());
        if !known.as_ref().is_some_and(|known| is_fresh(known, time::now())) {
            self.ask(address.clone());
        }
        known.map(|known| known.judgement)
    }

    /// What is known of an address and still taken as found; asks nobody.
    pub(super) fn known(&self, address: &EmailAddress) -> Option<Judgement> {
        let known = self.known.with_untracked(|known| known.get(&key(address)).cloned());
        known.filter(|known| is_fresh(known, time::now())).map(|known| known.judgement)
    }

    /// What is known of an address, asked now where nothing is.
    pub(super) async fn find(&self, address: &EmailAddress) -> Result<Option<Judgement>, Failure> {
        if let Some(known) = self.known(address) {
            return Ok(Some(known));
        }
        self.look_up(vec![address.clone()]).await?;
        Ok(self.known.with_untracked(|known| known.get(&key(address)).map(|known| known.judgement.clone())))
    }

    /// What was found may be judged otherwise by now, and what did not reach the box may do so: asks again about everybody who could not
    /// be asked, and about the others when they are looked at.
    pub(super) fn doubt(&self) {
        self.known.update(|known| known.retain(|_, known| known.judgement == Judgement::Unreachable));
        self.retry();
    }

    fn retry(&self) {
        let unanswered = |(address, known): (&String, &Known)| {
            (known.judgement == Judgement::Unreachable).then(|| address.parse().ok()).flatten()
        };
        let unanswered: Vec<EmailAddress> =
            self.known.with_untracked(|known| known.iter().filter_map(unanswered).collect());
        unanswered.into_iter().for_each(|address| self.ask(address));
    }

    /// Asks about these now, whatever is known of them; what cannot be asked is noted as such.
    pub(super) async fn ask_now(&self, addresses: &[EmailAddress]) {
        for chunk in addresses.chunks(limits::LOOKUP_ADDRESSES) {
            if self.look_up(chunk.to_vec()).await.is_err() {
                let unreachable = |address: &EmailAddress| JudgedAddress {
                    address: address.clone(),
                    judgement: Judgement::Unreachable,
                };
                self.learn(chunk.iter().map(unreachable).collect());
            }
        }
    }

    /// Forgets what is known of an address.
    pub(super) fn forget(&self, address: &EmailAddress) {
        self.known.update(|known| drop(known.remove(&key(address))));
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.known.set(BTreeMap::new());
    }

    fn ask(&self, address: EmailAddress) {
        let is_first = self.asked.try_update_value(|asked| {
            let was_empty = asked.is_empty();
            asked.insert(address);
            was_empty
        });
        if is_first != Some(true) {
            return;
        }
        let certificates = *self;
        spawn_local(async move {
            // All that are asked for before this runs are asked together.
            let asked = certificates.asked.get_value();
            certificates.ask_now(&asked.iter().cloned().collect::<Vec<_>>()).await;
            let later = certificates.asked.try_update_value(|all| {
                let later = all.difference(&asked).cloned().collect::<Vec<_>>();
                all.clear();
                later
            });
            later.unwrap_or_default().into_iter().for_each(|address| certificates.ask(address));
        });
    }

    async fn look_up(&self, addresses: Vec<EmailAddress>) -> Result<(), Failure> {
        let answer =
            http::post_for_json(paths::CERTIFICATES_LOOKUP, &LookupRequest { addresses, key_server: true }).await;
        let found = Carried::from_json(self.session.heard(answer)?);
        for _ in 0..TRIES {
            let turn = self.people.turn().await;
            let ask = JudgeCertificates { found: found.clone(), people: self.people.sealed().await?, now: time::now() };
            let Judged { addresses, people } = self.session.ask(ask, Priority::OnScreen).await?;
            // By what was changed elsewhere meanwhile it is judged anew: it may have been decided about.
            if self.people.keep_in(people, turn).await? {
                self.learn(addresses);
                return Ok(());
            }
        }
        Err(ApiError::new(ErrorCode::Outdated).into())
    }

    fn learn(&self, judged: Vec<JudgedAddress>) {
        let since = time::now();
        self.known.update(|known| {
            for JudgedAddress { address, judgement } in judged {
                known.insert(key(&address), Known { judgement, since });
            }
        });
    }
}

fn key(address: &EmailAddress) -> String {
    address.canonical().as_str().to_owned()
}

fn is_fresh(known: &Known, now: Timestamp) -> bool {
    let seconds = match known.judgement {
        Judgement::Usable { .. } | Judgement::Ask { .. } | Judgement::Unusable(_) => FOUND_SECONDS,
        Judgement::None => NONE_SECONDS,
        Judgement::Unreachable => UNREACHABLE_SECONDS,
    };
    now < known.since.plus(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_asked_is_asked_again_soonest() {
        let known = |judgement| Known { judgement, since: Timestamp(0) };
        assert!(is_fresh(&known(Judgement::Unreachable), Timestamp(29)));
        assert!(!is_fresh(&known(Judgement::Unreachable), Timestamp(30)));
        assert!(is_fresh(&known(Judgement::None), Timestamp(299)));
        assert!(!is_fresh(&known(Judgement::None), Timestamp(300)));
    }
}
