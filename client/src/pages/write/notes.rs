//! What stands beside a letter about how it fares: saved, on its way, not sent, and what is asked before it leaves.

use leptos::html;
use leptos::prelude::*;
use shared::api::{ApiError, ErrorCode};

use super::checks::Doubt;
use crate::lang::format::{self, DateStyle};
use crate::state::Failure;
use crate::state::drafts::{Draft, Saved};
use crate::state::sending::{Dispatch, use_sending};
use crate::ui::{Note, Progress, Tone, dom, say, use_words};

/// How far the letter is saved.
#[component]
pub(super) fn SavedWords(draft: Draft) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    move || match draft.saved.get() {
        Saved::Empty => String::new(),
        Saved::Changed => text.changed.to_owned(),
        Saved::Saving => text.saving.to_owned(),
        Saved::At(at) => (text.saved)(&format::date(words.language, at, DateStyle::Time)),
        Saved::Partly(at) => (text.saved_partly)(&format::date(words.language, at, DateStyle::Time)),
        Saved::Failed(_) => text.save_failed.to_owned(),
    }
}

/// How far the letter is on its way.
#[component]
pub(super) fn Sent(draft: Draft) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let dispatch = use_sending().dispatch(draft);
    let value = Signal::derive(move || match dispatch.get() {
        Dispatch::Uploading(part) => Some(part),
        _ => None,
    });
    let is_leaving = use_sending().is_leaving(draft);
    let label = move || if dispatch.get() == Dispatch::TakingBack { text.taking_back } else { text.sending };
    move || is_leaving.get().then(|| view! { <Progress value label=label() /> })
}

/// Why the letter could not be saved.
#[component]
pub(super) fn NotSaved(draft: Draft) -> impl IntoView {
    let words = use_words();
    move || match draft.saved.get() {
        Saved::Failed(failure) => Some(view! {
            <Note tone=Tone::Warn>
                <strong>{words.write.save_failed}</strong>
                " "
                {say::failure(words, &failure)}
            </Note>
        }),
        _ => None,
    }
}

/// Why the letter did not leave, or that nobody knows whether it did.
#[component]
pub(super) fn NotSent(draft: Draft) -> impl IntoView {
    let words = use_words();
    let dispatch = use_sending().dispatch(draft);
    let text = &words.write;
    let told = move |failure: &Failure| match failure {
        Failure::Offline => (text.perhaps_sent, text.perhaps_sent_again.to_owned()),
        Failure::Refused(ApiError { code: ErrorCode::AlreadySent, .. }) => {
            (text.sent_before, text.sent_before_what.to_owned())
        }
        _ => (text.not_sent, say::failure(words, failure)),
    };
    move || match dispatch.get() {
        Dispatch::Failed(failure) => {
            let (what, then) = told(&failure);
            Some(view! {
                <Note tone=Tone::Bad>
                    <strong>{what}</strong>
                    " "
                    {then}
                </Note>
            })
        }
        _ => None,
    }
}

/// A doubt, and the way past it, where there is one; what is told then is whether it may leave open to whom it is not known of.
#[component]
pub(super) fn Ask(doubt: Doubt, #[prop(into)] on_send: Callback<bool>) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let is_unknown = matches!(doubt, Doubt::Unknown(_));
    let what = match doubt {
        Doubt::Nobody => return view! { <Note tone=Tone::Bad>{text.nobody}</Note> }.into_any(),
        Doubt::NotAddresses(wrong) => {
            let quoted: Vec<_> = wrong.iter().map(|wrong| (words.general.quoted)(wrong)).collect();
            let said = (text.not_addresses)(&say::and(words, &quoted), quoted.len());
            return view! { <Note tone=Tone::Bad>{said}</Note> }.into_any();
        }
        Doubt::Keys(held) => {
            let said = (words.trust.decide_first)(&say::and(words, &held));
            return view! { <Note tone=Tone::Bad>{said}</Note> }.into_any();
        }
        Doubt::Unknown(unknown) => (text.unknown_sure)(&say::and(words, &unknown), unknown.len()),
        Doubt::AttachmentForgotten => text.attach_forgotten.to_owned(),
        Doubt::NoSubject => text.subject_missing.to_owned(),
        Doubt::OpenAfterSealed(count) => text.open_sure_what.say(words.language, count),
    };
    let button = NodeRef::<html::Button>::new();
    button.on_load(|button| {
        let _ = button.focus();
    });
    view! {
        <Note tone=Tone::Warn>
            {what}
            " "
            <button type="button" class="button" node_ref=button on:click=move |_| on_send.run(is_unknown)>
                {if is_unknown { text.send_unsealed } else { text.send_anyway }}
            </button>
        </Note>
    }
    .into_any()
}

/// Brings what is to be corrected into view, or the focus to where it is to be written.
pub(super) fn show_wrong(section: NodeRef<html::Section>, doubt: &Doubt) {
    let wanted = match doubt {
        Doubt::Nobody => ".people input",
        Doubt::NotAddresses(_) => ".person.bad .who",
        _ => return,
    };
    let found = section.get_untracked().and_then(|section| section.query_selector(wanted).ok().flatten());
    if let Some(found) = found {
        found.scroll_into_view_with_bool(false);
        dom::focus(&found);
    }
}

/// That the draft was changed or sent elsewhere meanwhile.
#[component]
pub(super) fn LeftBehind(draft: Draft) -> impl IntoView {
    let text = &use_words().write;
    move || draft.left_behind.get().then(|| view! { <Note tone=Tone::Warn>{text.left_behind}</Note> })
}
