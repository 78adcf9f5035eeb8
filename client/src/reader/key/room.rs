//! Where sealed letters are opened with the keys of this browser, and the keys are looked after.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use shared::api::account::Language;
use shared::api::limits::SEALED_MESSAGE_BYTES;
use shared::link::Payload;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DragEvent, Element};

use super::super::dom::{attribute, element, fill, on_press, text};
use super::super::open::Opened;
use super::super::page::Page;
use super::super::sheet;
use super::form::{Note, block, button, field, focus, form, on_act, on_submit, value};
use super::keys::Keys;
use super::{said, store};
use crate::keeper::{Answer, Ask, CannotKeep, Flaw, Keeper};
use crate::lang::reader::words as reader_words;
use crate::lang::reader_key::words as key_words;
use crate::platform::buffer::Buffer;
use crate::platform::{files, time};

/// What the person wants in the end.
enum Wanted {
    /// A letter that has been opened, and the address that it is signed under.
    Letter(Box<Opened>, Option<String>),
    /// To type the words of a link.
    Words,
}

/// Says what is wanted, once.
type Tell = Rc<RefCell<Option<oneshot::Sender<Wanted>>>>;

/// Shows the room until the person wants to type the words of a link.
pub(super) async fn room(page: &Page, language: Language) {
    let (words, reader) = (key_words(language), reader_words(language));
    let sheet = page.sheet(words.room, "letterhead keys");
    let (tell, wanted) = oneshot::channel();
    let tell: Tell = Rc::new(RefCell::new(Some(tell)));
    let keys = Keys::new(words, reader);
    fill(&sheet, &[&opener(&keys, &tell)]);
    keys.show(&sheet);
    let instead = button("button aside", words.words_instead);
    fill(&sheet, &[&instead]);
    on_press(&instead, move || says(&tell, Wanted::Words));
    let Ok(Wanted::Letter(opened, signed_by)) = wanted.await else { return };
    let proof = signed_by.map_or(words.unproven.to_owned(), |address| (words.signed)(&address));
    sheet::show_here(page, reader, language, &proof, *opened).await;
}

fn says(tell: &Tell, wanted: Wanted) {
    if let Some(tell) = tell.borrow_mut().take() {
        // The room is shown as long as it is listened to.
        let _ = tell.send(wanted);
    }
}

/// Where a letter is chosen, dropped or pasted.
fn opener(keys: &Rc<Keys>, tell: &Tell) -> Element {
    let (words, form, note) = (keys.words, form(), Note::new());
    let (around, input) = field("sealed", block(), words.paste, "");
    let (buttons, choose) = (element("div", "buttons"), button("button", words.choose));
    fill(&buttons, &[&text("button", "button main", words.open), &choose]);
    fill(&form, &[&text("p", "intro", words.room_what), &around, &note.0, &buttons]);
    form.set_class_name("opener");
    let opens = {
        let (keys, tell, note, busy) = (Rc::clone(keys), Rc::clone(tell), note.clone(), Rc::new(Cell::new(false)));
        move |bytes: Result<Buffer, String>| {
            let (keys, tell, note, busy) = (Rc::clone(&keys), Rc::clone(&tell), note.clone(), Rc::clone(&busy));
            async move {
                // One at a time, however it came.
                if busy.replace(true) {
                    return;
                }
                tries(&keys, &tell, &note, bytes).await;
                busy.set(false);
            }
        }
    };
    let read = move |file: Option<web_sys::File>| async move {
        let file = file?;
        Some(files::read(&file).await.map(|read| read.bytes).map_err(|_| words.unreadable.to_owned()))
    };
    let act = opens.clone();
    on_submit(&form, move || act(Ok(Buffer::from(value(&input).into_bytes()))));
    let act = opens.clone();
    on_act(&choose, move || {
        let act = act.clone();
        async move {
            if let Some(bytes) = read(files::pick("").await.into_iter().next()).await {
                act(bytes).await;
            }
        }
    });
    let target = form.clone();
    let on_drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
        event.prevent_default();
        target.class_list().remove_1("dropping").unwrap_or_default();
        let dropped = event.data_transfer().map(|transfer| files::of_transfer(&transfer)).unwrap_or_default();
        let opens = opens.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if let Some(bytes) = read(dropped.into_iter().next()).await {
                opens(bytes).await;
            }
        });
    });
    let target = form.clone();
    let on_over = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
        event.prevent_default();
        target.class_list().toggle_with_force("dropping", event.type_() == "dragover").unwrap_or_default();
    });
    for name in ["dragover", "dragleave"] {
        let _ = form.add_event_listener_with_callback(name, on_over.as_ref().unchecked_ref());
    }
    let _ = form.add_event_listener_with_callback("drop", on_drop.as_ref().unchecked_ref());
    // Elements of this page live as long as it does.
    on_drop.forget();
    on_over.forget();
    attribute(&choose, "id", "choose-sealed");
    focus(&choose);
    form
}

/// Opens what was brought, or says why not.
async fn tries(keys: &Keys, tell: &Tell, note: &Note, bytes: Result<Buffer, String>) {
    let words = keys.words;
    let bytes = match bytes {
        Ok(bytes) if bytes.is_empty() => return note.bad(words.not_sealed),
        Ok(bytes) => bytes,
        Err(why) => return note.bad(&why),
    };
    note.says(words.making);
    match open(bytes).await {
        Ok((opened, signed_by)) => says(tell, Wanted::Letter(Box::new(opened), signed_by)),
        Err(CannotKeep::Flaw(Flaw::OtherKeys)) if store::all().is_empty() => note.bad(words.no_key_here),
        Err(error) => note.bad(&said(words, keys.reader, "", error)),
    }
}

/// Opens a letter with the keys that are here.
async fn open(bytes: Buffer) -> Result<(Opened, Option<String>), CannotKeep> {
    if bytes.len() > SEALED_MESSAGE_BYTES {
        return Err(Flaw::TooLarge.into());
    }
    let keys = store::all();
    let signers = keys.iter().flat_map(|key| key.writers.clone()).collect();
    let parts: Vec<Buffer> =
        [bytes].into_iter().chain(keys.iter().map(|key| Buffer::from(key.secret.0.as_slice()))).collect();
    let (answer, chunks) = Keeper::ask(&Ask::Open { signers, now: time::now() }, &parts).await?;
    let Answer::Letter { payload, signed_by } = answer else { return Err(Flaw::Internal.into()) };
    let payload = Payload::read(&payload.0).map_err(|_| Flaw::Internal)?;
    Ok((Opened::here(payload, chunks), signed_by))
}
