//! What becomes of a letter for those whom it cannot be sealed for: open, or behind a link; and what that link is like.

use leptos::prelude::*;

use super::terms::Terms;
use crate::lang::format::{self, DateStyle};
use crate::platform::time;
use crate::state::drafts::Draft;
use crate::state::sending::{Way, use_sending};
use crate::ui::{Dialog, Glyph, Note, say, use_words};
use crate::worker::protocol::linking::{LinkLock, LinkTerms, Unsealed};

const DAY: i64 = 24 * 60 * 60;
/// Most names that are told; of more people the number is.
const NAMES: usize = 3;

/// The line that says it, where there is somebody whom the letter cannot be sealed for, and the way to the other choice.
#[component]
pub(super) fn UnsealedLine(
    /// The letter.
    draft: Draft,
    /// Whether the options of its link are being looked at.
    options_open: RwSignal<bool>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let sending = use_sending();
    let ways = sending.ways(draft);
    let terms = Memo::new(move |_| sending.terms(draft));
    let those = move |wanted: fn(&Way) -> bool| {
        let those = ways.with(|ways| {
            ways.iter().filter(|(_, way)| wanted(way)).map(|(typed, _)| typed.clone()).collect::<Vec<_>>()
        });
        let over = those.len().saturating_sub(NAMES);
        let mut names: Vec<String> = those.iter().take(NAMES).cloned().collect();
        names.extend((over > 0).then(|| words.write.others.say(words.language, over)));
        (!those.is_empty()).then(|| if over > 0 { names.join(", ") } else { say::and(words, &names) })
    };
    let open = move || {
        let who = those(|way| matches!(way, Way::Open(_)))?;
        let instead = move |_| draft.unsealed.set(Unsealed::Link(LinkTerms::usual(words.language)));
        Some(view! {
            <Note glyph=Glyph::Card>
                {(text.open_for)(&who)}
                " "
                <button type="button" class="button" on:click=instead>
                    {text.instead}
                </button>
            </Note>
        })
    };
    let behind = move || {
        let (who, terms) = (those(|way| *way == Way::Link)?, terms.get()?);
        let until = time::now().plus(i64::from(terms.days) * DAY);
        let until = format::date(words.language, until, DateStyle::DayAndYear);
        let is_large = draft.large.with(|large| !large.is_empty());
        Some(view! {
            <Note glyph=Glyph::Link>
                {(text.behind_for)(&who, &until)}
                " "
                {terms.once.then(|| format!("{} ", text.once_too))}
                {match terms.lock {
                    LinkLock::None => String::new(),
                    LinkLock::Question { .. } => format!("{} ", text.question_too),
                    LinkLock::Code => format!("{} ", text.code_too),
                }}
                <button type="button" class="button" on:click=move |_| options_open.set(true)>
                    {text.options}
                </button>
                " "
                {(!is_large)
                    .then(|| {
                        view! {
                            <button type="button" class="button plain" on:click=move |_| draft.unsealed.set(Unsealed::Open)>
                                {text.open_instead}
                            </button>
                        }
                    })}
            </Note>
        })
    };
    view! { {open} {behind} }
}

/// The dialog with the options of a letter's link.
#[component]
pub(super) fn LinkOptions(
    /// The letter.
    draft: Draft,
    /// Whether they are being looked at.
    open: RwSignal<bool>,
) -> impl IntoView {
    let words = use_words();
    let sending = use_sending();
    let form = move || {
        let terms = untrack(|| sending.terms(draft)).unwrap_or_else(|| LinkTerms::usual(words.language));
        let on_done = move |chosen: Option<LinkTerms>| {
            if let Some(terms) = chosen {
                draft.unsealed.set(Unsealed::Link(terms));
            }
            open.set(false);
        };
        view! { <Terms terms on_done /> }
    };
    view! {
        <Dialog open on_close=move |()| open.set(false) title=words.link.title.to_owned()>
            {form()}
        </Dialog>
    }
}
