//! The text of a letter, quoted parts folded, links made to be followed.

use leptos::prelude::*;

use super::link::{Asking, honest, use_asking};
use super::quote::{Piece, Span, pieces, spans};
use crate::pages::frame::{Frame, use_frame};
use crate::ui::use_words;

/// The text of a letter.
#[component]
pub(super) fn Text(
    /// The text.
    text: String,
) -> impl IntoView {
    let words = use_words();
    let (frame, asking) = (use_frame(), use_asking());
    let pieces = pieces(&text);
    if pieces.is_empty() {
        return view! {
            <div class="body">
                <p>{words.read.empty_text}</p>
            </div>
        }
        .into_any();
    }
    // A letter that is nothing but a quote is shown whole.
    let all_quoted = pieces.iter().all(|piece| matches!(piece, Piece::Quoted(_)));
    let one = move |piece: Piece| match piece {
        Piece::Own(text) => view! { <p>{linked(frame, asking, &text)}</p> }.into_any(),
        Piece::Quoted(text) => view! { <Quoted text open=all_quoted /> }.into_any(),
    };
    view! { <div class="body" dir="auto">{pieces.into_iter().map(one).collect_view()}</div> }.into_any()
}

/// A quoted part, folded behind three dots.
#[component]
fn Quoted(text: String, open: bool) -> impl IntoView {
    let words = use_words();
    let (frame, asking) = (use_frame(), use_asking());
    let open = RwSignal::new(open);
    let label = move || if open.get() { words.read.quoted_hide } else { words.read.quoted_show };
    view! {
        <div class="quoted">
            <button
                type="button"
                class="no-print"
                aria-label=label
                title=label
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                "…"
            </button>
            // On paper nothing can be unfolded.
            <blockquote class:folded=move || !open.get()>{linked(frame, asking, &text)}</blockquote>
        </div>
    }
}

/// A text with its links. What a link leads to is what it says, for it is the text itself; but not all read it as browsers do.
fn linked(frame: Frame, asking: Asking, text: &str) -> impl IntoView + use<> {
    let one = |span: Span<'_>| match span {
        Span::Text(text) => text.to_owned().into_any(),
        Span::Link(link) => {
            let (host, doubtful) = honest(link);
            let follow = move |event: leptos::ev::MouseEvent| {
                if let Some(doubtful) = doubtful.clone() {
                    event.prevent_default();
                    asking.ask(doubtful);
                }
            };
            view! {
                <a href=link.to_owned() title=host target="_blank" rel="noopener noreferrer" on:click=follow>
                    {link.to_owned()}
                </a>
            }
            .into_any()
        }
        Span::Mail(address) => {
            let link = address.to_owned();
            let write = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                event.stop_propagation();
                frame.windows.begin_from(&link);
            };
            let scheme = if address.contains(':') { "" } else { "mailto:" };
            view! {
                <a href=format!("{scheme}{address}") on:click=write>
                    {address.to_owned()}
                </a>
            }
            .into_any()
        }
    };
    spans(text).into_iter().map(one).collect_view()
}
