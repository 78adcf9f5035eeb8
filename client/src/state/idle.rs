//! Locks the account when nobody has done anything for a while, in any of the browser's tabs.
//!
//! Browsers slow the timers of hidden pages and stop them while the machine sleeps; so the time that has passed is also
//! measured when somebody comes back, before that counts as a sign of life.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Timestamp;

use super::session::{Elsewhere, Session, use_session};
use super::settings::{Settings, use_settings};
use crate::platform::{page, time};

/// Distance between two looks at the clock, milliseconds.
const LOOK_MS: u32 = 30_000;

#[derive(Clone, Copy)]
struct Idle {
    session: Session,
    settings: Settings,
    last_sign: StoredValue<Timestamp>,
}

/// Begins to watch.
pub(super) fn provide_idle_lock() {
    let idle = Idle { session: use_session(), settings: use_settings(), last_sign: StoredValue::new(time::now()) };
    let listeners = (page::on_activity(move || idle.sign_of_life()), page::on_visibility(move || idle.look()));
    // They live as long as the page.
    StoredValue::new_local(listeners);
    spawn_local(async move {
        loop {
            time::sleep(LOOK_MS).await;
            idle.look();
        }
    });
}

impl Idle {
    fn sign_of_life(self) {
        self.look();
        let now = time::now();
        self.last_sign.set_value(now);
        if self.session.is_open().get_untracked() {
            self.session.used_here(now);
        }
    }

    fn look(self) {
        let is_open = self.session.is_open().get_untracked();
        let limit = self.settings.idle_minutes().get_untracked();
        if !is_open {
            self.last_sign.set_value(time::now());
        } else if is_over(self.last_sign.get_value().max(self.session.used_elsewhere_at()), time::now(), limit) {
            self.session.lock_here(Some(Elsewhere::Idle));
        }
    }
}

fn is_over(last: Timestamp, now: Timestamp, limit_minutes: u32) -> bool {
    limit_minutes > 0 && now >= last.plus(i64::from(limit_minutes) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_locks_after_the_limit_and_never_without_one() {
        let last = Timestamp(1_000);
        assert!(!is_over(last, Timestamp(1_000 + 59), 1));
        assert!(is_over(last, Timestamp(1_000 + 60), 1));
        assert!(!is_over(last, Timestamp(1_000_000), 0));
    }
}
