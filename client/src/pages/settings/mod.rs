//! The settings: how this browser shows the mail, the programs that may fetch it, the account's keys, what opens the
//! mailbox.

mod access;
mod account;
mod connect;
mod devices;
mod export;
mod here;
mod keys;
mod name;
mod server;

use leptos::prelude::*;

use self::access::{Access, NewSheet};
use crate::platform::page;
use crate::ui::use_words;

/// The settings.
#[component]
pub fn Settings() -> impl IntoView {
    let words = use_words();
    page::set_title(&format!("{} · {}", words.settings.title, words.general.product));
    let access = Access::default();
    let shown = move || match access.code.get() {
        Some(new) => view! { <NewSheet new access /> }.into_any(),
        None => view! {
            <h1>{words.settings.title}</h1>
            <here::Here />
            <devices::DevicesChapter />
            <keys::KeysChapter />
            <server::ServerChapter />
            <export::ExportChapter />
            <account::AccountChapter access />
        }
        .into_any(),
    };
    view! {
        <main class="settings" id="list" tabindex="-1">
            <div>{shown}</div>
        </main>
    }
}
