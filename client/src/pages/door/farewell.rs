//! What is said at the door about the mailbox that was open before it.

use leptos::prelude::*;

use crate::state::session::{Elsewhere, Kept, use_session};
use crate::ui::{Note, Tone, use_words};

/// Who closed the mailbox, where that was not the person in this tab, and what became of what was being written.
#[component]
pub(super) fn Farewell() -> impl IntoView {
    let text = &use_words().door;
    let farewell = use_session().farewell();
    move || {
        let farewell = farewell.get()?;
        let by = farewell.by.map(|by| match by {
            Elsewhere::SignedOut => text.left_elsewhere,
            Elsewhere::OtherAccount => text.other_elsewhere,
            Elsewhere::Locked => text.locked_elsewhere,
            Elsewhere::Idle => text.locked_idle,
            Elsewhere::Ended => text.ended_elsewhere,
        });
        let (tone, kept) = match farewell.kept {
            Kept::NotAll => (Tone::Bad, Some(text.kept_not_all)),
            Kept::Held => (Tone::Warn, Some(text.kept_held)),
            Kept::All if by.is_some() => (Tone::Plain, Some(text.kept_all)),
            Kept::All | Kept::Nothing => (Tone::Plain, None),
        };
        let said: Vec<_> = [by, kept].into_iter().flatten().collect();
        (!said.is_empty()).then(|| view! { <Note tone>{said.join(" ")}</Note> })
    }
}
