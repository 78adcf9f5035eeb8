//! The page's root: provides the state, keeps the document in the person's language and theme, and shows what stands at the
//! address.

use leptos::prelude::*;

use crate::lang;
use crate::pages::door::{Invitation, Recover, SignIn, provide_begun};
use crate::pages::frame::Inside;
use crate::pages::lost::Lost;
use crate::pages::piece::{Loads, provide_pieces};
use crate::pages::place::HOME;
use crate::pages::route::{Redirect, Route, provide_router, use_router};
use crate::platform::page;
use crate::state::provide_state;
use crate::state::settings::{Theme, use_settings};
use crate::ui::layers::provide_layers;

/// The whole page.
#[component]
pub fn App(
    /// How the rest of the program is fetched.
    loads: Loads,
) -> impl IntoView {
    provide_state();
    provide_begun();
    provide_layers();
    provide_router();
    provide_pieces(loads);
    let settings = use_settings();
    Effect::new(move || {
        let theme = settings.theme().get();
        page::set_root_attribute("data-theme", if theme == Theme::System { "" } else { theme.word() });
    });
    let language = Memo::new(move |_| settings.language().get());
    // Another language is another page: all of it is built anew. What is being written is in the state, and what was filled in at a door
    // is kept beside it.
    move || {
        page::set_root_attribute("lang", lang::tag(language.get()));
        view! { <Shown /> }
    }
}

/// What stands at the address.
#[component]
fn Shown() -> impl IntoView {
    /// Addresses that are shown by the same component are one page, which follows the address by itself.
    #[derive(Clone, Copy, PartialEq)]
    enum Page {
        Root,
        SignIn,
        Invitation,
        Recover,
        Inside,
        Lost,
    }
    let route = use_router().route();
    let page = Memo::new(move |_| match route.get() {
        Route::Root => Page::Root,
        Route::SignIn => Page::SignIn,
        Route::Invitation => Page::Invitation,
        Route::Recover => Page::Recover,
        Route::Mail(..) | Route::Settings => Page::Inside,
        Route::Lost => Page::Lost,
    });
    move || match page.get() {
        Page::Root => view! { <Redirect to=HOME /> }.into_any(),
        Page::SignIn => view! { <SignIn /> }.into_any(),
        Page::Invitation => view! { <Invitation /> }.into_any(),
        Page::Recover => view! { <Recover /> }.into_any(),
        Page::Inside => view! { <Inside /> }.into_any(),
        Page::Lost => view! { <Lost /> }.into_any(),
    }
}
