//! The settings: how this browser shows the mail, and the programs that may fetch it.

mod account;
mod devices;
mod export;
mod here;

use leptos::prelude::*;

use crate::platform::page;
use crate::ui::use_words;

/// The settings.
#[component]
pub fn Settings() -> impl IntoView {
    let words = use_words();
    page::set_title(&format!("{} · {}", words.settings.title, words.general.product));
    view! {
        <main class="settings" id="list" tabindex="-1">
            <div>
                <h1>{words.settings.title}</h1>
                <here::Here />
                <devices::DevicesChapter />
                <export::ExportChapter />
                <account::AccountChapter />
            </div>
        </main>
    }
}
