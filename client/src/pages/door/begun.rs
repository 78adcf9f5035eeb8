//! What was filled in at a door so far, and the words that are shown only once. It outlives the door: another language builds that
//! anew, and so does whoever goes away and comes back.

use leptos::prelude::*;
use shared::api::account::InvitationResponse;
use shared::api::{Base64, EmailAddress};

use super::passphrase::Chosen;
use crate::pages::route::{Route, use_router};
use crate::state::Failure;
use crate::state::session::{NotEnrolled, Perhaps, use_session};

/// How far an invitation is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    /// The box is being asked whether it is good.
    Asking,
    /// The link has none.
    NoToken,
    /// It is not good.
    Refused(Failure),
    /// Name and address are asked for.
    You(InvitationResponse),
    /// The passphrase is chosen.
    Passphrase(InvitationResponse),
    /// The words are shown.
    Sheet(Vec<String>),
}

/// The last step of a way in, which may take its time and may have been done though nobody knows.
#[derive(Clone, Copy)]
pub(super) struct Last {
    /// The passphrase that is being chosen.
    pub(super) chosen: Chosen,
    /// Whether it is being done.
    pub(super) busy: RwSignal<bool>,
    /// Why it was not.
    pub(super) failure: RwSignal<Option<NotEnrolled>>,
    /// What opens the account if it was done all the same.
    pub(super) perhaps: StoredValue<Option<Perhaps>>,
}

/// What was filled in for a new account.
#[derive(Clone, Copy)]
pub(super) struct Filled {
    pub(super) token: StoredValue<Base64>,
    pub(super) stage: RwSignal<Stage>,
    pub(super) name: RwSignal<String>,
    pub(super) local_part: RwSignal<String>,
    pub(super) address: RwSignal<Option<EmailAddress>>,
    pub(super) last: Last,
}

/// What was filled in to recover an account.
#[derive(Clone, Copy)]
pub(super) struct Recovering {
    pub(super) address: RwSignal<String>,
    pub(super) typed: RwSignal<String>,
    pub(super) last: Last,
    /// Whose account is open, and the words of its new sheet.
    pub(super) opened: RwSignal<Option<(String, Vec<String>)>>,
}

/// What was begun at the doors.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) filled: Filled,
    pub(super) recovering: Recovering,
}

/// Provides it; once, for the page's root.
pub fn provide_begun() {
    let begun = Begun {
        filled: Filled {
            token: StoredValue::default(),
            stage: RwSignal::new(Stage::NoToken),
            name: RwSignal::default(),
            local_part: RwSignal::default(),
            address: RwSignal::default(),
            last: Last::new(),
        },
        recovering: Recovering {
            address: RwSignal::default(),
            typed: RwSignal::default(),
            last: Last::new(),
            opened: RwSignal::default(),
        },
    };
    provide_context(begun);
    // What is shown once is not shown to whoever opens the next mailbox here.
    let is_open = use_session().is_open();
    Effect::new(move |was: Option<bool>| {
        let is = is_open.get();
        if was == Some(true) && !is {
            begun.filled.forget();
            begun.recovering.forget();
        }
        is
    });
}

/// What was begun at the doors.
pub(super) fn use_begun() -> Begun {
    expect_context()
}

/// Forgets the passphrase that is being chosen when its door is left, and not when another language builds it anew.
pub(super) fn forgets_elsewhere(last: Last, door: Route) {
    let route = use_router().route();
    on_cleanup(move || {
        if route.get_untracked() != door && !last.busy.get_untracked() {
            last.chosen.clear();
        }
    });
}

impl Last {
    fn new() -> Self {
        Self {
            chosen: Chosen::default(),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            perhaps: StoredValue::new(None),
        }
    }

    fn forget(self) {
        self.chosen.clear();
        self.failure.set(None);
        self.perhaps.set_value(None);
    }
}

impl Filled {
    /// Begins with an invitation, unless it is the one that was begun with already; whether the box is to be asked about it.
    pub(super) fn begin(self, token: Option<Base64>) -> bool {
        let is_same = token.as_ref().is_some_and(|token| self.token.with_value(|before| before == token));
        let stage = self.stage.get_untracked();
        if is_same && matches!(stage, Stage::You(_) | Stage::Passphrase(_) | Stage::Sheet(_)) {
            return false;
        }
        self.forget();
        self.stage.set(if token.is_some() { Stage::Asking } else { Stage::NoToken });
        self.token.set_value(token.clone().unwrap_or_default());
        token.is_some()
    }

    /// Forgets all of it.
    pub(super) fn forget(self) {
        self.token.set_value(Base64::default());
        self.stage.set(Stage::NoToken);
        self.name.set(String::new());
        self.local_part.set(String::new());
        self.address.set(None);
        self.last.forget();
    }
}

impl Recovering {
    /// Forgets all of it.
    pub(super) fn forget(self) {
        self.address.set(String::new());
        self.typed.set(String::new());
        self.opened.set(None);
        self.last.forget();
    }
}
