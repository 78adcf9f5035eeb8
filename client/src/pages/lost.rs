//! An address at which there is nothing.

use leptos::prelude::*;

use super::door::Sheet;
use super::place::HOME;
use crate::ui::use_words;

/// There is nothing here.
#[component]
pub fn Lost() -> impl IntoView {
    let words = &use_words().general;
    view! {
        <Sheet title=words.page_lost>
            <p>{words.page_lost_what}</p>
            <a href=HOME class="button main wide">
                {words.page_lost_go}
            </a>
        </Sheet>
    }
}
