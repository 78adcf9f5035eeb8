//! The page. It paints first; the workers that open mail start after that.

use client::app::App;
use leptos::prelude::*;

/// What stands in the document until the program is there.
const SPLASH: &str = "splash";

fn main() {
    console_error_panic_hook::set_once();
    if let Some(splash) = document().get_element_by_id(SPLASH) {
        splash.remove();
    }
    mount_to_body(App);
}
