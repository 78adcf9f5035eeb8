//! The sheet of paper that every door is.

use leptos::prelude::*;
use shared::api::account::Language;

use crate::lang;
use crate::platform::page;
use crate::state::settings::use_settings;
use crate::ui::{Glyph, Icon, use_words};

/// A sheet of paper in the middle of the window, with a stamp.
#[component]
pub fn Sheet(
    /// Its heading, also the title of the tab.
    #[prop(into)]
    title: String,
    /// Whether it is wide, for the recovery code.
    #[prop(optional)]
    wide: bool,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let words = use_words();
    let settings = use_settings();
    page::set_title(&format!("{title} · {}", words.general.product));
    let other = match words.language {
        Language::Fr => Language::En,
        Language::En => Language::Fr,
    };
    view! {
        <div class="door">
            <header>{words.door.head}</header>
            <main class:wide=wide>
                <div class="letterhead">
                    <div class="stamp" aria-hidden="true">
                        <Icon glyph=Glyph::Box />
                    </div>
                    <h1 id="sheet-title" tabindex="-1">{title}</h1>
                    {children()}
                </div>
            </main>
            <footer>
                <span>{words.door.foot}</span>
                <button
                    type="button"
                    class="language"
                    lang=lang::tag(other)
                    on:click=move |_| settings.set_language(other)
                >
                    {words.door.other_language}
                </button>
            </footer>
        </div>
    }
}
