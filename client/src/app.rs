//! The page's root: provides the state, keeps the document in the person's language and theme, and shows what stands at the
//! address.

use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::path;

use crate::lang;
use crate::pages::door::{Invitation, Recover, SignIn};
use crate::pages::frame::Inside;
use crate::pages::lost::Lost;
use crate::pages::mail::Mail;
use crate::pages::place::HOME;
use crate::pages::settings::Settings;
use crate::platform::page;
use crate::state::provide_state;
use crate::state::settings::{Theme, use_settings};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    provide_state();
    let settings = use_settings();
    Effect::new(move || {
        let theme = settings.theme().get();
        page::set_root_attribute("data-theme", if theme == Theme::System { "" } else { theme.word() });
    });
    let language = Memo::new(move |_| settings.language().get());
    view! {
        <Router>
            // Another language is another page: all of it is built anew, with nothing of what was written lost, for that
            // is in the state.
            {move || {
                page::set_root_attribute("lang", lang::tag(language.get()));
                view! { <Addresses /> }
            }}
        </Router>
    }
}

#[component]
fn Addresses() -> impl IntoView {
    view! {
        <Routes fallback=Lost>
            <Route path=path!("/") view=|| view! { <Redirect path=HOME /> } />
            <Route path=path!("/sign-in") view=SignIn />
            <Route path=path!("/invitation") view=Invitation />
            <Route path=path!("/recover") view=Recover />
            <ParentRoute path=path!("") view=Inside>
                <Route path=path!("/mail/:place/:message?") view=Mail />
                <Route path=path!("/settings") view=Settings />
            </ParentRoute>
        </Routes>
    }
}
