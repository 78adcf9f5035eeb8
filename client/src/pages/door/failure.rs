//! What a failure means at a door that a passphrase opens.

use leptos::prelude::*;
use shared::api::ErrorCode;

use crate::state::Failure;
use crate::state::session::NotEnrolled;
use crate::ui::{Note, Tone, say, use_words};
use crate::worker::protocol::AskError;

/// Whether it is address or passphrase that are wrong; box and worker say it each in its own way.
#[must_use]
pub fn is_wrong(failure: &Failure) -> bool {
    match failure {
        Failure::Worker(AskError::WrongCredentials) => true,
        Failure::Refused(error) => error.code == ErrorCode::WrongCredentials,
        _ => false,
    }
}

/// What went wrong at a door: being "not signed in" there means that the credentials were wrong.
pub(super) fn said(failure: &Failure) -> String {
    let words = use_words();
    if is_wrong(failure) { words.failure.wrong_credentials.to_owned() } else { say::failure(words, failure) }
}

/// Why the last step of a way in was not done; where it may have been, that.
#[component]
pub(super) fn Failed(failure: RwSignal<Option<NotEnrolled>>, perhaps: &'static str) -> impl IntoView {
    let words = use_words();
    move || {
        let NotEnrolled { why, perhaps: is_perhaps } = failure.get()?;
        let said = if is_perhaps { perhaps.to_owned() } else { say::failure(words, &why) };
        Some(view! { <Note tone=Tone::Bad>{said}</Note> })
    }
}
