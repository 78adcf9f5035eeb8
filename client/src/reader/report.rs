//! Telling the owner of the box that a letter is not what it should be: below the envelope, and below the letter.

use std::cell::Cell;
use std::rc::Rc;

use shared::api::limits::LINK_REPORT_BYTES;
use shared::api::link::{LinkName, ReportRequest};
use shared::api::paths;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlTextAreaElement};

use super::dom::{attribute, element, fill, text};
use super::open::Trouble;
use crate::lang::reader::Reader;
use crate::platform::http;

/// What opens where somebody presses for it.
pub(super) fn section(words: &'static Reader, link: LinkName) -> Element {
    let (around, form) = (element("details", "report no-print"), element("form", ""));
    attribute(&form, "novalidate", "");
    let (field, note) = (element("textarea", "input"), element("p", "note"));
    let label = text("label", "", words.report_label);
    attribute(&label, "for", "report");
    let longest = (LINK_REPORT_BYTES / 4).to_string();
    for (name, value) in [("id", "report"), ("rows", "3"), ("maxlength", &longest), ("aria-describedby", "report-what")]
    {
        attribute(&field, name, value);
    }
    let what = text("small", "", words.report_what);
    attribute(&what, "id", "report-what");
    attribute(&note, "role", "status");
    attribute(&note, "hidden", "");
    let (holder, send) = (element("div", "field"), text("button", "button", words.report_send));
    fill(&holder, &[&label, &field, &what]);
    fill(&form, &[&holder, &note, &send]);
    fill(&around, &[&text("summary", "", words.report), &form]);
    let busy = Rc::new(Cell::new(false));
    let on_submit = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        event.prevent_default();
        if busy.replace(true) {
            return;
        }
        let (busy, field, note, send) = (Rc::clone(&busy), field.clone(), note.clone(), send.clone());
        spawn_local(async move {
            let written = field.dyn_ref().map(HtmlTextAreaElement::value).unwrap_or_default();
            let told = http::tell(paths::LINK_REPORT, &ReportRequest { link, words: written }).await;
            let _ = note.remove_attribute("hidden");
            match told {
                // Once is enough.
                Ok(()) => {
                    note.set_text_content(Some(words.reported));
                    note.set_class_name("note");
                    attribute(&field, "readonly", "");
                    send.remove();
                }
                Err(error) => {
                    note.set_text_content(Some(&Trouble::from(error).said(words)));
                    note.set_class_name("note bad");
                    busy.set(false);
                }
            }
        });
    });
    let _ = form.add_event_listener_with_callback("submit", on_submit.as_ref().unchecked_ref());
    // Elements of this page live as long as it does.
    on_submit.forget();
    around
}
