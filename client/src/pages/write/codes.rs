//! The codes that the readers of a letter behind links are asked for, after it was sent.

use leptos::prelude::*;

use crate::state::sending::{Code, use_sending};
use crate::ui::{Dialog, use_words};

/// The dialog with the codes, until they were noted.
#[component]
pub(super) fn Codes() -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let sending = use_sending();
    let codes = sending.codes();
    let open = Memo::new(move |_| codes.with(|codes| !codes.is_empty()));
    let one = |Code { reader, code, .. }: Code| {
        view! {
            <li>
                <span>{reader}</span>
                <code>{apart(&code)}</code>
            </li>
        }
    };
    view! {
        <Dialog open on_close=move |()| sending.codes_noted() title=text.codes.to_owned() held=true>
            <p>{text.codes_what}</p>
            <ul class="codes">{codes.get().into_iter().map(one).collect_view()}</ul>
            <div class="buttons end">
                <button type="button" class="button main" autofocus=true on:click=move |_| sending.codes_noted()>
                    {text.codes_noted}
                </button>
            </div>
        </Dialog>
    }
}

/// Digits as they are said: in groups of three, with a space that does not break.
fn apart(code: &str) -> String {
    let digits: Vec<char> = code.chars().collect();
    digits.chunks(3).map(String::from_iter).collect::<Vec<_>>().join("\u{a0}")
}
