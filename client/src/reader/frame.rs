//! The layout of a letter, in a frame where nothing runs and, by the page's own content policy, nothing is fetched.
//!
//! What the policy does not reach is taken out before anything is shown: elements that have the browser look a host up or connect to
//! it, and whatever leads away by itself.

use std::rc::Rc;

use shared::link::File;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Document, DomParser, Element, Event, HtmlElement, HtmlIFrameElement, Node, ResizeObserver, SupportedType,
};

use super::dom::{attribute, element, fill};
use super::letter::Letter;
use crate::platform::files::Gathered;

/// What the frame may do: be measured, and open links in new tabs that are free of it. Nothing in it runs.
const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// Before the layout of a letter: it reads on light paper, and no picture is wider than that.
const HEAD: &str = "<!doctype html><meta charset=utf-8><style>html{overflow-y:hidden}\
    body{margin:0;padding:1px;font:1rem/1.5 system-ui,sans-serif;color:#1f1d1a;background:#fff;overflow-wrap:break-word}\
    img{max-width:100%;height:auto}</style>";
/// What has no place in a layout.
const OUT: &str = "script, link, meta, base, title, iframe, frame, object, embed, portal, noscript, template";
/// How the address of a link begins that can be followed.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];
/// What begins the address of a file of the letter (RFC 2392).
const CID: &str = "cid:";
/// How small a layout is made, at the smallest: what is still wider scrolls sideways.
const SMALLEST: f64 = 0.45;

/// Whether a layout shows a file as one of its pictures.
pub(super) fn shows(html: &str, file: &File) -> bool {
    !file.content_id.is_empty() && html.contains(&format!("{CID}{}", file.content_id))
}

/// The layout on light paper, in a frame as high as it is.
pub(super) fn layout(letter: &Rc<Letter>, html: &str) -> Element {
    let (paper, frame) = (element("div", "paper"), element("iframe", "layout"));
    for (name, value) in [("sandbox", SANDBOX), ("referrerpolicy", "no-referrer"), ("title", letter.words.frame)] {
        attribute(&frame, name, value);
    }
    if let Some(frame) = frame.dyn_ref::<HtmlIFrameElement>() {
        let (loaded, letter) = (frame.clone(), Rc::clone(letter));
        let on_load = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            let Some(document) = loaded.content_document() else { return };
            show_pictures(&letter, &loaded, &document);
            follow(&loaded);
        });
        let _ = frame.add_event_listener_with_callback("load", on_load.as_ref().unchecked_ref());
        on_load.forget();
        frame.set_srcdoc(&format!("{HEAD}{}", tamed(html).unwrap_or_default()));
    }
    fill(&paper, &[&frame]);
    paper
}

/// All of these in a document. It is of another realm, whose elements are none of this page's.
fn all(document: &Document, selector: &str) -> Vec<Element> {
    let Ok(found) = document.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|place| found.get(place)).map(Node::unchecked_into).collect()
}

/// The layout without what has no place in it. Links to pages and mail addresses open in tabs of their own; all others lead nowhere:
/// to a place within the letter, which would lead out of it, to the box's own pages, to code. It is taken apart where nothing is fetched and nothing runs (HTML standard, `DOMParser`).
fn tamed(html: &str) -> Option<String> {
    let document = DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()?;
    for element in all(&document, OUT) {
        element.remove();
    }
    for link in all(&document, "a, area") {
        for name in ["href", "xlink:href"] {
            if link.get_attribute(name).is_some_and(|address| !leads_out(&address)) {
                let _ = link.remove_attribute(name);
            }
        }
        attribute(&link, "target", "_blank");
        attribute(&link, "rel", "noopener noreferrer");
    }
    Some(document.document_element()?.outer_html())
}

/// Whether a link is one that can be followed.
fn leads_out(address: &str) -> bool {
    let address = address.trim_start();
    let begins = |scheme: &&str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().any(begins)
}

/// Fetches the letter's own pictures and puts them where they belong. One that does not come leaves its place empty.
fn show_pictures(letter: &Rc<Letter>, frame: &HtmlIFrameElement, document: &Document) {
    let Some(manifest) = letter.manifest() else { return };
    for picture in all(document, "img[src]") {
        let source = picture.get_attribute("src").unwrap_or_default();
        let id = source.trim().strip_prefix(CID).filter(|id| !id.is_empty());
        let Some(place) = id.and_then(|id| manifest.files.iter().position(|file| file.content_id == id)) else {
            continue;
        };
        let (letter, frame) = (Rc::clone(letter), frame.clone());
        spawn_local(async move {
            let mut gathered = Gathered::default();
            let gather = async |piece: &[u8]| {
                gathered.add(piece);
                true
            };
            if letter.fetch(place, 0, gather).await.is_ok()
                && let Some(address) = gathered.address()
            {
                attribute(&picture, "src", &address);
                fit(&frame);
            }
        });
    }
}

/// Keeps the frame as high as what is in it, whatever window and pictures do; as long as the page lives.
fn follow(frame: &HtmlIFrameElement) {
    fit(frame);
    let watched = frame.clone();
    let callback = Closure::<dyn FnMut()>::new(move || fit(&watched));
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(frame);
        if let Some(body) = frame.content_document().and_then(|document| document.body()) {
            observer.observe(&body);
        }
    }
    callback.forget();
}

/// Makes what is laid out for more than the width of the frame as much smaller as it takes, and the frame as high as that.
fn fit(frame: &HtmlIFrameElement) {
    let Some(document) = frame.content_document() else { return };
    let (Some(root), Some(body)) = (document.document_element(), document.body()) else { return };
    let style = root.unchecked_ref::<HtmlElement>().style();
    // Only fail for what is no name of a property.
    let _ = style.remove_property("zoom");
    let scale = scale(root.client_width(), root.scroll_width());
    if scale < 1.0 {
        let _ = style.set_property("zoom", &format!("{scale:.4}"));
    }
    // Browsers do not agree in which pixels sizes are told inside of what is made smaller; the root is as wide as the frame.
    let width = root.get_bounding_client_rect().width();
    let unit = if width > 0.0 { f64::from(frame.client_width()) / width } else { 1.0 };
    let inner = body.get_bounding_client_rect().height() * unit;
    let bar = if root.scroll_width() > root.client_width() + 1 { 20.0 } else { 0.0 };
    let _ = frame.style().set_property("height", &format!("{}px", (inner + bar).ceil()));
}

/// How large content of such a width is shown in a frame of such a width, both in CSS pixels.
fn scale(frame: i32, content: i32) -> f64 {
    // One pixel is rounding.
    if content <= frame + 1 { 1.0 } else { (f64::from(frame) / f64::from(content)).max(SMALLEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wider_than_the_frame_is_made_smaller_but_not_too_small() {
        assert_eq!(scale(300, 301), 1.0);
        assert_eq!(scale(300, 600), 0.5);
        assert_eq!(scale(300, 3000), SMALLEST);
    }

    #[test]
    fn links_lead_to_pages_and_mail_addresses_only() {
        for address in ["https://a.test/", " HTTP://a.test", "MailTo:zoe@a.test"] {
            assert!(leads_out(address), "{address}");
        }
        for address in
            ["", "#end", "/settings", "//a.test", "javascript:x", "java\nscript:x", "data:text/html,x", "https:", "é"]
        {
            assert!(!leads_out(address), "{address}");
        }
    }

    #[test]
    fn a_picture_is_shown_where_the_layout_names_it() {
        let file = |content_id: &str| File {
            name: "plan.png".into(),
            media_type: "image/png".into(),
            octets: 1,
            content_id: content_id.into(),
        };
        assert!(shows("<img src=\"cid:plan\">", &file("plan")));
        assert!(!shows("<img src=\"cid:plan\">", &file("other")) && !shows("<img src=\"cid:\">", &file("")));
    }
}
