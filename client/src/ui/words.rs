//! The words of the language that the page speaks now.

use leptos::prelude::*;

use crate::lang::{Words, words};
use crate::state::settings::use_settings;

/// The words of the page's language. The whole page is built anew when the language changes (`app`), so that components
/// take them once.
#[must_use]
pub fn use_words() -> &'static Words {
    words(use_settings().language().get_untracked())
}
