//! The page. It paints first; the workers that open mail and the rest of the program start after that.
//!
//! Here the program is cut into pieces. Each function with `wasm_split` is the only way into its piece: what nothing but it
//! names is left out of the file that a first visit waits for (`.ci/page` runs the cutter), so a name added here or in `client::app` decides
//! when something is loaded. It stands in this file, not in the library, because the worker is made of that too and would
//! get every piece.

use client::app::App;
use client::pages::frame::{Framed, KeySheet, use_frame};
use client::pages::piece::{Later, Loads, Mail, Missing};
use client::pages::read::Pane;
use client::pages::settings::Settings;
use client::pages::write::Desk;
use client::state::provide_mail_state;
use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// What stands in the document until the program is there.
const SPLASH: &str = "splash";

#[wasm_split(mail, fallible)]
fn mail() -> Result<Mail, SplitLoaderError> {
    Ok(Mail { provide: provide_mail_state, frame: || view! { <Framed /> }.into_any() })
}

#[wasm_split(later, fallible)]
fn later() -> Result<Later, SplitLoaderError> {
    Ok(Later {
        pane: || view! { <Pane /> }.into_any(),
        desk: || view! { <Desk windows=use_frame().windows /> }.into_any(),
        settings: || view! { <Settings /> }.into_any(),
        keys: || view! { <KeySheet open=use_frame().keys_open /> }.into_any(),
    })
}

fn main() {
    console_error_panic_hook::set_once();
    if let Some(splash) = document().get_element_by_id(SPLASH) {
        splash.remove();
    }
    let loads = Loads {
        mail: || Box::pin(async { mail().await.map_err(|_| Missing) }),
        later: || Box::pin(async { later().await.map_err(|_| Missing) }),
    };
    mount_to_body(move || view! { <App loads /> });
}
