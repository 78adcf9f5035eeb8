//! The bar at the top: the way home, the search, who is here.

use leptos::prelude::*;

use super::{use_acts, use_frame};
use crate::lang::initials::initials;
use crate::pages::place::{HOME, SETTINGS};
use crate::state::session::use_session;
use crate::ui::{Avatar, Glyph, Icon, Item, Menu, Separator, Tool, dom, use_words};

/// The bar at the top.
#[component]
pub(super) fn Top() -> impl IntoView {
    let words = use_words();
    let frame = use_frame();
    let acts = use_acts();
    let session = use_session();
    let search = frame.shown.search;
    let account = session.account();
    let person = move || {
        move || {
            let account = account.get().map(|account| (account.display_name, account.address.to_string()));
            let (name, address) = account.unwrap_or_default();
            view! { <Avatar name address /> }
        }
    };
    // What is seen is said: the initials (WCAG 2.5.3).
    let label = Signal::derive(move || {
        let account = account.get();
        let seen = account.map(|account| initials(&account.display_name, account.address.as_str())).unwrap_or_default();
        format!("{seen} – {}", words.list.account_menu)
    });
    let whose = move || account.get().map(|account| account.address.to_string());
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            search.set(String::new());
            acts.close();
        }
    };
    view! {
        <header class="top">
            <Tool
                glyph=Glyph::Menu
                class="menu-button"
                label=words.list.menu.to_owned()
                on_press=move |_| frame.places_open.set(true)
            />
            <a href=HOME class="brand" aria-label=words.general.product>
                <Icon glyph=Glyph::Box />
                <span>{words.general.product}</span>
            </a>
            <div class="search" role="search">
                <Icon glyph=Glyph::Find />
                <input
                    id="search"
                    type="search"
                    autocomplete="off"
                    aria-label=words.list.search
                    placeholder=words.list.search
                    enterkeyhint="search"
                    bind:value=search
                    on:keydown=on_key
                />
                {move || {
                    if search.with(String::is_empty) {
                        view! { <kbd aria-hidden="true">"/"</kbd> }.into_any()
                    } else {
                        view! {
                            <Tool
                                glyph=Glyph::Close
                                label=words.list.search_clear.to_owned()
                                on_press=move |_| search.set(String::new())
                            />
                        }
                            .into_any()
                    }
                }}
            </div>
            <div class="me">
                <span class="chip seal wide-only">
                    <Icon glyph=Glyph::Lock />
                    {words.list.open_here}
                </span>
                <Menu label face=person>
                    <div class="title">{whose}</div>
                    <Item glyph=Glyph::Gear label=words.list.settings on_choose=move |()| acts.go(SETTINGS) />
                    {dom::has_keyboard()
                        .then(|| {
                            view! {
                                <Item
                                    glyph=Glyph::Keyboard
                                    label=words.list.shortcuts
                                    key="?"
                                    on_choose=move |()| frame.keys_open.set(true)
                                />
                            }
                        })}
                    <Separator />
                    <Item glyph=Glyph::Lock label=words.list.lock_now on_choose=move |()| session.lock() />
                    <Item glyph=Glyph::Leave label=words.list.sign_out on_choose=move |()| session.sign_out() />
                </Menu>
            </div>
        </header>
    }
}
