//! Whose recovery sheet was shown in this browser and never said to be kept: a page that is loaded anew, or a phone that ends it,
//! takes the only words with it. Until there is another sheet, the person is reminded.

use leptos::prelude::*;

use crate::platform::storage::Store;

/// Under which name it is kept, for good: addresses with spaces between them.
const MISSING: &str = "sheets-missing";

/// Whose sheets are missing.
#[derive(Clone, Copy)]
pub struct Sheets {
    missing: RwSignal<Vec<String>>,
    /// Whether the person wants to hear of it later.
    later: RwSignal<bool>,
    /// Whether the person wants to make one now.
    wanted: StoredValue<bool>,
}

/// Provides what this browser knows.
pub(super) fn provide_sheets() {
    let missing = Store::Browser.get(MISSING).unwrap_or_default();
    let missing = missing.split_whitespace().map(str::to_owned).collect();
    provide_context(Sheets {
        missing: RwSignal::new(missing),
        later: RwSignal::new(false),
        wanted: StoredValue::new(false),
    });
}

/// Whose sheets are missing.
#[must_use]
pub fn use_sheets() -> Sheets {
    expect_context()
}

impl Sheets {
    /// The words of a new sheet are about to be shown, and there is no other; whether that is news.
    pub fn shown(&self, address: &str) -> bool {
        let is_news = self.missing.with_untracked(|missing| !missing.iter().any(|other| other == address));
        if is_news {
            self.change(|missing| missing.push(address.to_owned()));
        }
        is_news
    }

    /// The words are kept.
    pub fn kept(&self, address: &str) {
        self.change(|missing| missing.retain(|other| other != address));
    }

    /// Whether to remind the owner of this address now.
    #[must_use]
    pub fn is_to_remind(&self, address: &str) -> bool {
        !self.later.get() && self.missing.with(|missing| missing.iter().any(|other| other == address))
    }

    /// Reminds no more until the page is loaded anew.
    pub fn remind_later(&self) {
        self.later.set(true);
    }

    /// The settings shall begin with a new sheet.
    pub fn want(&self) {
        self.wanted.set_value(true);
    }

    /// Whether they shall; once.
    #[must_use]
    pub fn take_wish(&self) -> bool {
        self.wanted.try_update_value(std::mem::take).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Vec<String>)) {
        self.missing.update(change);
        let missing = self.missing.with_untracked(|missing| missing.join(" "));
        if missing.is_empty() { Store::Browser.remove(MISSING) } else { Store::Browser.set(MISSING, &missing) }
    }
}
