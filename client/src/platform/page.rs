//! The page as a whole: whether it is seen, its title, the person's languages.

use futures_channel::oneshot;
use futures_util::future::select;
use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Event, EventTarget, MediaQueryList, VisibilityState};

use super::time;

/// How long a page that is not seen waits for being painted, milliseconds.
const UNSEEN_MS: u32 = 1_000;

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Whether somebody can see the page now.
#[must_use]
pub fn is_visible() -> bool {
    document().is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Sets the title of the tab.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        // A browser that refuses stays where it is, and so does what is seen.
        let _ = window.location().reload();
    }
}

/// Says an attribute of the root element, `lang` or `data-theme`; an empty value takes it away.
pub fn set_root_attribute(name: &str, value: &str) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    // Both only fail for names that are no attribute names.
    let _ = if value.is_empty() { root.remove_attribute(name) } else { root.set_attribute(name, value) };
}

/// What the document says in the `<meta>` of that name.
#[must_use]
pub fn meta(name: &str) -> Option<String> {
    let element = document()?.query_selector(&format!("meta[name=\"{name}\"]")).ok()??;
    element.get_attribute("content")
}

/// Where the page comes from, as in `https://mail.example.org`, without a final slash.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The languages that the person prefers, the first first, as in `fr-CH`.
#[must_use]
pub fn languages() -> Vec<String> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|language| language.as_string()).collect()
}

/// How many workers the machine can carry at once, as the browser tells it; at least 1.
#[must_use]
pub fn processors() -> usize {
    let told = web_sys::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
    // The browser tells a small whole number.
    if told >= 1.0 { told as usize } else { 1 }
}

/// Whether the person has asked the browser to load as little as it can (`NetworkInformation.saveData`).
#[must_use]
pub fn saves_data() -> bool {
    let told = |navigator: &JsValue| Reflect::get(&Reflect::get(navigator, &"connection".into())?, &"saveData".into());
    web_sys::window().is_some_and(|window| told(&window.navigator()).is_ok_and(|told| told.is_truthy()))
}

/// Calls back while it lives: when the page is seen or hidden, the person does something, or the network comes back.
#[must_use = "it stops listening when it is dropped"]
pub struct Listener {
    target: EventTarget,
    names: &'static [&'static str],
    callback: Closure<dyn Fn()>,
}

impl Listener {
    fn new(target: Option<EventTarget>, names: &'static [&'static str], callback: impl Fn() + 'static) -> Option<Self> {
        let listener = Self { target: target?, names, callback: Closure::new(callback) };
        for name in listener.names {
            let function = listener.callback.as_ref().unchecked_ref();
            listener.target.add_event_listener_with_callback(name, function).ok()?;
        }
        Some(listener)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for name in self.names {
            let function = self.callback.as_ref().unchecked_ref();
            let _ = self.target.remove_event_listener_with_callback(name, function);
        }
    }
}

fn dark() -> Option<MediaQueryList> {
    web_sys::window()?.match_media("(prefers-color-scheme: dark)").ok()?
}

/// Whether the system is dark.
#[must_use]
pub fn prefers_dark() -> bool {
    dark().is_some_and(|dark| dark.matches())
}

/// Calls back when the system becomes dark or light.
pub fn on_dark(callback: impl Fn() + 'static) -> Option<Listener> {
    Listener::new(dark().map(Into::into), &["change"], callback)
}

/// Calls back when the page is seen or hidden.
pub fn on_visibility(callback: impl Fn() + 'static) -> Option<Listener> {
    Listener::new(document().map(Into::into), &["visibilitychange"], callback)
}

/// Calls back at every sign that somebody is there: keys, pointer, wheel, touch.
pub fn on_activity(callback: impl Fn() + 'static) -> Option<Listener> {
    Listener::new(document().map(Into::into), &["keydown", "pointerdown", "pointermove", "wheel"], callback)
}

/// Calls back when the machine has a network again.
pub fn on_online(callback: impl Fn() + 'static) -> Option<Listener> {
    Listener::new(web_sys::window().map(Into::into), &["online"], callback)
}

/// Has the browser ask before the page is left (HTML `beforeunload`), while there is something to be lost.
#[must_use = "it stops listening when it is dropped"]
pub struct LeavingGuard {
    callback: Closure<dyn Fn(Event)>,
}

impl Drop for LeavingGuard {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ = window.remove_event_listener_with_callback("beforeunload", self.callback.as_ref().unchecked_ref());
        }
    }
}

/// Has the browser ask whenever this says so.
pub fn on_leaving(must_ask: impl Fn() -> bool + 'static) -> Option<LeavingGuard> {
    let callback = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if must_ask() {
            event.prevent_default();
        }
    });
    let window = web_sys::window()?;
    window.add_event_listener_with_callback("beforeunload", callback.as_ref().unchecked_ref()).ok()?;
    Some(LeavingGuard { callback })
}

/// Waits until the page has been painted once; where it is not seen, a moment.
pub async fn after_paint() {
    let (painted, on_painted) = oneshot::channel::<()>();
    let callback = Closure::once(move || painted.send(()).unwrap_or_default());
    let frame =
        web_sys::window().and_then(|window| window.request_animation_frame(callback.as_ref().unchecked_ref()).ok());
    if frame.is_some() {
        select(on_painted, Box::pin(time::sleep(UNSEEN_MS))).await;
    }
    // The callback runs before its frame is painted; what comes after the next turn comes after it.
    time::sleep(0).await;
}
