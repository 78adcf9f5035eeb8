//! The layout of a letter, in a frame of its own.
//!
//! The worker has made the document harmless; the frame is the second wall: nothing in it can run (no `allow-scripts`) and
//! the page's content policy, which the frame inherits, lets it fetch nothing. `allow-same-origin` is there so that the page
//! can measure how high the content is and hear what is done in it; it gives the content itself nothing, since nothing in it runs.
//!
//! What the page hears are the person's own presses and keys. It takes three things from them: which link of the document was
//! pressed, by its place among those that the worker gave; the address of a mail link; and keys, for the page's commands. Nodes of
//! the frame are of another realm, so none of them is an `instanceof` anything here. Safari calls no listener in a frame without
//! scripts (WebKit bug 218086); there the links that ask stand under the letter.

use std::cell::Cell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, Event, HtmlElement, HtmlIFrameElement, KeyboardEvent, ResizeObserver};

use super::link::use_asking;
use crate::pages::frame::use_frame;
use crate::ui::use_words;
use crate::worker::protocol::reading::{Colours, Doubtful, HtmlView};

/// What the frame may do: be measured and listened to, and open links in new tabs that are free of it.
const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// A frame is never lower, CSS pixels.
const LEAST: i32 = 40;
/// A frame is never higher, CSS pixels: beyond this it scrolls by itself.
const MOST: i32 = 50_000;
/// A letter is never made smaller than this to fit into the width: what is wider still scrolls sideways.
const SMALLEST: f64 = 0.4;
/// How often a frame of one width follows its content. Content that gets higher because its frame does would never end.
const ROUNDS: u32 = 100;
/// What the page listens to in the frame. All but presses is passed on: keys to the commands, the rest as signs of life.
const HEARD: [&str; 5] = ["click", "keydown", "pointerdown", "pointermove", "wheel"];
/// Asks whether the page hears anything in the frame.
const PROBE: &str = "probe";
/// The property that makes the whole of a document smaller.
const ZOOM: &str = "zoom";
/// What the document calls its root where it is to be dark.
const DARK: &str = "data-dark";

/// How a letter's layout is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    /// On a light page, as it is.
    Light,
    /// On a dark page, in the page's own colours.
    Dark,
    /// On a dark page, as it is, on a sheet of light paper.
    Paper,
    /// On a dark page, light and dark changed over, hues kept.
    Turned,
}

impl Shade {
    /// How a letter with such colours is shown.
    pub(super) fn of(colours: Colours, is_page_dark: bool, chosen: Option<bool>) -> Self {
        match colours {
            _ if !is_page_dark => Self::Light,
            Colours::None => Self::Dark,
            // Coloured words turn well; designs, with their logos and shadows, only where somebody wants it.
            _ if chosen.unwrap_or(colours == Colours::Text) => Self::Turned,
            _ => Self::Paper,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Light => "body html",
            Self::Dark => "body html dark",
            Self::Paper => "body html paper",
            Self::Turned => "body html turned",
        }
    }

    fn is_dark(self) -> bool {
        matches!(self, Self::Dark | Self::Turned)
    }
}

/// A document in a frame that is as high as what is in it.
#[component]
pub(super) fn HtmlFrame(
    /// What a worker made harmless.
    html: HtmlView,
    /// How it is shown.
    shade: Memo<Shade>,
) -> impl IntoView {
    let words = use_words();
    let windows = use_frame().windows;
    let asking = use_asking();
    let node = NodeRef::<html::Iframe>::new();
    let height = RwSignal::new(LEAST);
    let is_deaf = RwSignal::new(false);
    let HtmlView { document, doubtful, .. } = html;
    let links = StoredValue::new(doubtful);
    let watching = StoredValue::new_local(None::<(Watching, Listening)>);
    // The document is dark from its beginning, so that nothing flashes.
    let document = match shade.get_untracked().is_dark() {
        true => document.replacen("<html", &format!("<html {DARK}"), 1),
        false => document,
    };
    let on_load = move |_| {
        let Some(frame) = node.get_untracked() else { return };
        mark(&frame, shade.get_untracked());
        fit(&frame);
        height.set(measure(&frame));
        let follow = move |done: Done| match done {
            Done::Asked(place) => {
                if let Some(link) = links.with_value(|links| links.get(place).cloned()) {
                    asking.ask(link);
                }
            }
            Done::Mail(link) => windows.begin_from(&link),
        };
        let listening = listen(&frame, follow);
        is_deaf.set(!listening.as_ref().is_some_and(|listening| listening.hears.get()));
        watching.set_value(watch(&frame, height).zip(listening));
    };
    Effect::new(move || {
        let shade = shade.get();
        if let Some(frame) = node.get_untracked() {
            mark(&frame, shade);
        }
    });
    on_cleanup(move || {
        // Dropping it ends the watching; a frame that never loaded has none.
        let _ = watching.try_update_value(Option::take);
    });
    let outside = move || {
        let links = links.get_value();
        (is_deaf.get() && !links.is_empty()).then(|| view! { <Outside links /> })
    };
    view! {
        <div class=move || shade.get().class()>
            <iframe
                node_ref=node
                title=words.read.frame
                sandbox=SANDBOX
                referrerpolicy="no-referrer"
                srcdoc=document
                style:height=move || format!("{}px", height.get())
                on:load=on_load
            />
            {outside}
        </div>
    }
}

/// The links that ask, for browsers in which the page does not hear that they are pressed in the frame.
#[component]
fn Outside(links: Vec<Doubtful>) -> impl IntoView {
    let text = &use_words().read;
    let asking = use_asking();
    let one = move |link: Doubtful| {
        let says = link.says.clone();
        view! {
            <button type="button" class="chip warn" on:click=move |_| asking.ask(link.clone())>
                {says}
            </button>
        }
    };
    view! {
        <p class="no-print">{text.links} " " {links.into_iter().map(one).collect_view()}</p>
    }
}

fn content(frame: &HtmlIFrameElement) -> Option<(Document, Element)> {
    let document = frame.content_document()?;
    let root = document.document_element()?;
    Some((document, root))
}

/// Tells the document whether it is dark.
fn mark(frame: &HtmlIFrameElement, shade: Shade) {
    if let Some((_, root)) = content(frame) {
        // Only fails for what is no name of an attribute.
        let _ = root.toggle_attribute_with_force(DARK, shade.is_dark());
    }
}

/// Makes what is laid out for more than the width of the frame as much smaller as it takes, as mail programs of phones do.
fn fit(frame: &HtmlIFrameElement) {
    let Some((_, root)) = content(frame) else { return };
    let style = root.unchecked_ref::<HtmlElement>().style();
    // Only fail for what is no name of a property.
    let _ = style.remove_property(ZOOM);
    let scale = scale(root.client_width(), root.scroll_width());
    if scale < 1.0 {
        let _ = style.set_property(ZOOM, &format!("{scale:.4}"));
    }
}

/// How large content of such a width is shown in a frame of such a width, both in CSS pixels.
fn scale(frame: i32, content: i32) -> f64 {
    // One pixel is rounding.
    if content <= frame + 1 { 1.0 } else { (f64::from(frame) / f64::from(content)).max(SMALLEST) }
}

/// How high the content is. The body is measured, for the root is never lower than the frame.
fn measure(frame: &HtmlIFrameElement) -> i32 {
    let Some((document, root)) = content(frame) else { return LEAST };
    // Browsers do not agree in which pixels sizes are told inside of what is made smaller; the root is as wide as the frame.
    let width = root.get_bounding_client_rect().width();
    let unit = if width > 0.0 { f64::from(frame.client_width()) / width } else { 1.0 };
    let inner = match document.body() {
        Some(body) => {
            let own = body.offset_height().max(1);
            body.get_bounding_client_rect().height() * f64::from(body.scroll_height()) / f64::from(own) * unit
        }
        None => f64::from(root.scroll_height()),
    };
    // What is wider than the frame scrolls sideways in it; the bar needs room.
    let bar = if root.scroll_width() > root.client_width() + 1 { 20 } else { 0 };
    (inner.ceil() as i32 + bar).clamp(LEAST, MOST)
}

/// Follows the height of the content until it is dropped: images come in late, windows change their width.
struct Watching {
    observer: ResizeObserver,
    #[expect(dead_code, reason = "the observer calls it as long as it lives")]
    callback: Closure<dyn FnMut()>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn watch(frame: &HtmlIFrameElement, height: RwSignal<i32>) -> Option<Watching> {
    let (document, _) = content(frame)?;
    let body: Element = document.body()?.unchecked_into();
    let watched = frame.clone();
    let (mut width, mut rounds) = (0, 0);
    let callback = Closure::<dyn FnMut()>::new(move || {
        let width_now = watched.client_width();
        if width_now != width {
            (width, rounds) = (width_now, 0);
        }
        if rounds < ROUNDS {
            fit(&watched);
        }
        let now = measure(&watched);
        if rounds < ROUNDS && height.try_get_untracked().is_some_and(|before| before != now) {
            rounds += 1;
            height.set(now);
        }
    });
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    observer.observe(&body);
    Some(Watching { observer, callback })
}

/// What somebody did in the frame that the page sees to.
enum Done {
    /// Pressed the link of this place among those that ask.
    Asked(usize),
    /// Pressed a mail link.
    Mail(String),
}

/// Hears what is done in the frame until it is dropped, together with the frame.
struct Listening {
    #[expect(dead_code, reason = "the document calls it as long as it lives")]
    callback: Closure<dyn Fn(Event)>,
    /// Whether the page hears anything at all.
    hears: Rc<Cell<bool>>,
}

fn listen(frame: &HtmlIFrameElement, follow: impl Fn(Done) + 'static) -> Option<Listening> {
    let (document, _) = content(frame)?;
    let hears = Rc::new(Cell::new(false));
    let (heard, outside) = (hears.clone(), frame.clone());
    let callback = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let kind = event.type_();
        if kind == PROBE {
            heard.set(true);
            return;
        }
        let link = event.target().and_then(|target| target.unchecked_into::<Element>().closest("a").ok().flatten());
        let is_press = kind == "click" || kind == "keydown" && is_key(&event, "Enter");
        if is_press && let Some(done) = link.as_ref().and_then(|link| done(link, &kind)) {
            event.prevent_default();
            follow(done);
            return;
        }
        // Enter on any other link follows it, as it does everywhere.
        if kind != "click" && !(link.is_some() && kind == "keydown" && is_key(&event, "Enter")) {
            pass_on(&event, &outside);
        }
    });
    for name in HEARD.into_iter().chain([PROBE]) {
        document.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref()).ok()?;
    }
    document.dispatch_event(&Event::new(PROBE).ok()?).ok()?;
    Some(Listening { callback, hears })
}

/// What a press on a link asks of the page; a key presses those that ask, the browser makes a press of it for the others.
fn done(link: &Element, kind: &str) -> Option<Done> {
    if let Some(place) = link.get_attribute("data-ask") {
        return place.parse().ok().map(Done::Asked);
    }
    let address = link.get_attribute("href").filter(|_| kind == "click")?;
    let is_mail = address.trim_start().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    is_mail.then_some(Done::Mail(address))
}

fn is_key(event: &Event, key: &str) -> bool {
    event.unchecked_ref::<KeyboardEvent>().key() == key
}

/// Lets the page hear what was done in the frame, as if it were done to the frame; what the page takes is taken from the frame.
fn pass_on(event: &Event, frame: &HtmlIFrameElement) {
    // An event has all fields that describe one like it.
    let copy = KeyboardEvent::new_with_keyboard_event_init_dict(&event.type_(), event.unchecked_ref());
    if let Ok(false) = copy.and_then(|copy| frame.dispatch_event(&copy)) {
        event.prevent_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_made_as_small_as_its_frame_but_never_unreadable() {
        assert!((scale(358, 600) - 358.0 / 600.0).abs() < 1e-9);
        assert!((scale(358, 359) - 1.0).abs() < 1e-9);
        assert!((scale(800, 600) - 1.0).abs() < 1e-9);
        assert!((scale(358, 5_000) - SMALLEST).abs() < 1e-9);
    }

    #[test]
    fn letters_are_dark_on_a_dark_page_unless_they_are_designed() {
        for colours in [Colours::None, Colours::Text, Colours::Layout] {
            assert_eq!(Shade::of(colours, false, Some(true)), Shade::Light);
        }
        assert_eq!(Shade::of(Colours::None, true, Some(false)), Shade::Dark);
        assert_eq!(Shade::of(Colours::Text, true, None), Shade::Turned);
        assert_eq!(Shade::of(Colours::Layout, true, None), Shade::Paper);
        assert_eq!(Shade::of(Colours::Layout, true, Some(true)), Shade::Turned);
        assert_eq!(Shade::of(Colours::Text, true, Some(false)), Shade::Paper);
    }
}
