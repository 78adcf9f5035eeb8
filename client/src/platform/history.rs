//! The address bar: where the page is, going elsewhere in it without loading it anew, and the links that do so.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use super::page;

/// What comes in the address between `#` and a link that begins a letter.
pub const MAIL_LINK: &str = "mailto=";

/// The whole address, with what stands behind `#`; empty where there is none.
#[must_use]
pub fn address() -> String {
    web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// The path of the address that is shown, without query and fragment.
#[must_use]
pub fn path() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// What stands in the address after `#` and this name, its percent-encoding undone. Browsers send it to nobody.
#[must_use]
pub fn fragment(name: &str) -> Option<String> {
    let hash = web_sys::window()?.location().hash().ok()?;
    let value = hash.strip_prefix('#')?.strip_prefix(name)?;
    js_sys::decode_uri_component(value).ok().map(String::from)
}

/// Asks the browser to hand this page the links that begin letters (HTML standard, custom scheme handlers); it asks the person
/// in turn. `false` where the browser cannot.
pub fn take_mail_links() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let origin = page::origin();
    // What the link says reaches this page only, not the box and what it notes.
    let address = format!("{origin}/#{MAIL_LINK}%s");
    window.navigator().register_protocol_handler("mailto", &address, "").is_ok()
}

/// Shows another address of this page; `replace` where the way back shall not lead to the one that is shown now. A step that only
/// stands for something open on top of the page (see [`step_up`]) is always replaced.
pub fn go(path: &str, replace: bool) {
    let replace = replace || depth() > 0;
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else { return };
    // Browsers refuse only what is of another origin, and hundreds of changes within seconds.
    let _ = if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(path))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(path))
    };
}

/// Makes a step of the way back that leads to the address that is shown, fragment included.
pub fn step() {
    let Some(window) = web_sys::window() else { return };
    if let (Ok(history), Ok(address)) = (window.history(), window.location().href()) {
        // Refused only as in `go`.
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Goes one step back, as the browser's own button does.
pub fn back() {
    back_by(1);
}

/// Goes some steps back.
pub fn back_by(steps: u32) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        // There is a history as long as there is a page.
        let _ = history.go_with_delta(-i32::try_from(steps).unwrap_or(i32::MAX));
    }
}

/// How many things are open on top of the page at the step that is shown, as [`step_up`] said; 0 where it said nothing.
#[must_use]
pub fn depth() -> u32 {
    let state = web_sys::window().and_then(|window| window.history().ok()).and_then(|history| history.state().ok());
    // What was said is a small whole number.
    state.and_then(|state| state.as_f64()).map_or(0, |depth| depth as u32)
}

/// Says of the step that is shown how many things are open.
pub fn set_depth(depth: u32) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        // Refused only as in `go`.
        let _ = history.replace_state_with_url(&JsValue::from(depth), "", None);
    }
}

/// Makes a step that leads to the address that is shown and says that so many things are open on top of the page.
pub fn step_up(depth: u32) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        // Refused only as in `go`.
        let _ = history.push_state_with_url(&JsValue::from(depth), "", None);
    }
}

/// Calls back whenever the person goes back or forth; for as long as the page lives.
pub fn on_back(callback: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(callback);
    if let Some(window) = web_sys::window() {
        // Fails for no name of an event.
        let _ = window.add_event_listener_with_callback("popstate", callback.as_ref().unchecked_ref());
    }
    callback.forget();
}

/// Calls back with the path whenever the person goes back or forth, and with the path of a link of this host that is followed;
/// `on_link` answers whether it went there, else the browser does. For as long as the page lives.
pub fn listen(on_back: impl Fn(String) + 'static, on_link: impl Fn(&str) -> bool + 'static) {
    let Some(window) = web_sys::window() else { return };
    let link = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        if followed(&event).is_some_and(|path| on_link(&path)) {
            event.prevent_default();
        }
    });
    // Fails for no name of an event.
    let _ = window.add_event_listener_with_callback("click", link.as_ref().unchecked_ref());
    link.forget();
    self::on_back(move || on_back(path()));
}

/// The path of the link that a click follows within this page. Whatever shall open elsewhere is left to the browser: another
/// window or host, a download, a click with a key held.
fn followed(event: &MouseEvent) -> Option<String> {
    let is_plain = event.button() == 0 && !event.default_prevented();
    if !is_plain || event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let link = target.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    let stays = link.target().is_empty() && !link.has_attribute("download") && link.hash().is_empty();
    let is_here = link.origin() == web_sys::window()?.location().origin().ok()?;
    (stays && is_here).then(|| link.pathname())
}
