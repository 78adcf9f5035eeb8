//! The layout of a letter, in a frame of its own.
//!
//! The worker has made the document harmless; the frame is the second wall: nothing in it can run (no `allow-scripts`) and
//! the page's content policy, which the frame inherits, lets it fetch nothing. `allow-same-origin` is there so that the page
//! can measure how high the content is; it gives the content itself nothing, since nothing in it runs.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Element, HtmlIFrameElement, ResizeObserver};

use crate::ui::use_words;

/// What the frame may do: be measured, and open links in new tabs that are free of it.
const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// A frame is never lower, CSS pixels.
const LEAST: i32 = 40;
/// A frame is never higher, CSS pixels: beyond this it scrolls by itself.
const MOST: i32 = 50_000;

/// A document in a frame that is as high as what is in it.
#[component]
pub(super) fn HtmlFrame(
    /// The whole document, made harmless by a worker.
    document: String,
) -> impl IntoView {
    let words = use_words();
    let node = NodeRef::<html::Iframe>::new();
    let height = RwSignal::new(LEAST);
    let watching = StoredValue::new_local(None::<Watching>);
    let on_load = move |_| {
        let Some(frame) = node.get_untracked() else { return };
        height.set(measure(&frame));
        watching.set_value(watch(&frame, height));
    };
    on_cleanup(move || {
        // Dropping it ends the watching; a frame that never loaded has none.
        let _ = watching.try_update_value(Option::take);
    });
    view! {
        <div class="body html">
            <iframe
                node_ref=node
                title=words.read.frame
                sandbox=SANDBOX
                referrerpolicy="no-referrer"
                srcdoc=document
                style:height=move || format!("{}px", height.get())
                on:load=on_load
            />
        </div>
    }
}

fn content(frame: &HtmlIFrameElement) -> Option<(Document, Element)> {
    let document = frame.content_document()?;
    let root = document.document_element()?;
    Some((document, root))
}

/// How high the content is. The body is measured, for the root is never lower than the frame.
fn measure(frame: &HtmlIFrameElement) -> i32 {
    let Some((document, root)) = content(frame) else { return LEAST };
    let body = document.body();
    let inner = body.as_ref().map_or_else(|| root.scroll_height(), |body| body.scroll_height());
    // What is wider than the frame scrolls sideways in it; the bar needs room.
    let bar = if root.scroll_width() > root.client_width() { 20 } else { 0 };
    (inner + bar).clamp(LEAST, MOST)
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
    let callback = Closure::<dyn FnMut()>::new(move || {
        let now = measure(&watched);
        if height.try_get_untracked().is_some_and(|before| before != now) {
            height.set(now);
        }
    });
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    observer.observe(&body);
    Some(Watching { observer, callback })
}
