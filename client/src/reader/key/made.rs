//! Making a key: it is kept, its file is saved, and only then it is sent.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use shared::api::limits::PASSPHRASE_MIN_CHARS;
use web_sys::Element;

use super::super::dom::{attribute, element, fill, on_press, text};
use super::form::{Note, button, field, focus, form as new_form, line, on_act, on_submit, set_value, value};
use super::offer::Offer;
use super::store::{self, KeptKey};
use super::{keys, said};
use crate::keeper::{Ask, CannotKeep, Flaw, Keeper};
use crate::platform::{page as document, time};

/// Asks for a name and a passphrase.
pub(super) fn form(offer: &Offer) {
    let (inside, words, form, note) = (offer.clear(), offer.words, new_form(), Note::new());
    let (name_around, name) = field("key-name", line("text", "name"), words.name, "");
    let secret = || line("password", "new-password");
    let (first_around, first) = field("key-passphrase", secret(), words.passphrase, words.passphrase_what);
    let (again_around, again) = field("key-again", secret(), words.again, "");
    let called = offer.own_name();
    set_value(&name, if called.is_empty() { offer.address.local_part() } else { &called });
    let (buttons, back) = (element("div", "buttons"), button("button", words.back));
    fill(&buttons, &[&text("button", "button main", words.make_it), &back]);
    fill(&form, &[&name_around, &first_around, &again_around, &note.0, &buttons]);
    fill(&inside, &[&form]);
    focus(&name);
    let returning = offer.clone();
    on_press(&back, move || (returning.ways)(&returning));
    let offer = offer.clone();
    on_submit(&form, move || {
        let (offer, note) = (offer.clone(), note.clone());
        let (name, passphrase) = (value(&name), value(&first));
        let (wrong, why) = match passphrase.chars().count() {
            count if count > 0 && count < PASSPHRASE_MIN_CHARS => {
                (Some(first.clone()), (words.short)(PASSPHRASE_MIN_CHARS))
            }
            _ if passphrase != value(&again) => (Some(again.clone()), words.not_same.to_owned()),
            _ => (None, String::new()),
        };
        async move {
            if let Some(wrong) = wrong {
                note.bad(&why);
                focus(&wrong);
                return;
            }
            note.says(words.making);
            match make(&offer, name).await {
                Ok(key) => shows(&offer, key, passphrase),
                Err(error) => note.bad(&said(words, offer.letter.words, "", error)),
            }
        }
    });
}

async fn make(offer: &Offer, name: String) -> Result<KeptKey, CannotKeep> {
    let ask = Ask::Make { name, address: offer.address.clone(), now: time::now() };
    keys::read(&Keeper::ask(&ask, &[]).await?)
}

/// Shows a key that was made: its file has to be saved before it is sent.
fn shows(offer: &Offer, key: KeptKey, passphrase: String) {
    let (inside, words) = (offer.clear(), offer.words);
    let is_kept = store::keep(key.clone());
    let (note, save, buttons) = (Note::new(), button("button main", words.save), element("div", "buttons"));
    let what = if is_kept { words.kept_here } else { words.not_kept };
    fill(&buttons, &[&save]);
    fill(&inside, &[&text("b", "", words.made), &text("p", "", what), &note.0, &buttons]);
    focus(&save);
    // Who leaves now loses the only copy, or the one that outlives the browser.
    let unsaved = Rc::new(Cell::new(true));
    let asks = Rc::clone(&unsaved);
    let guard = Rc::new(RefCell::new(document::on_leaving(move || asks.get())));
    let (offer, passphrase) = (offer.clone(), Rc::new(passphrase));
    let sends: Rc<RefCell<Option<Element>>> = Rc::default();
    let pressed = save.clone();
    on_act(&save, move || {
        let (offer, key, note, passphrase) = (offer.clone(), key.clone(), note.clone(), Rc::clone(&passphrase));
        let (unsaved, guard, sends) = (Rc::clone(&unsaved), Rc::clone(&guard), Rc::clone(&sends));
        let (save, buttons) = (pressed.clone(), buttons.clone());
        async move {
            note.says(offer.words.making);
            if let Err(error) = keys::save(offer.words, &key, &passphrase).await {
                return note.bad(&said(offer.words, offer.letter.words, "", error));
            }
            unsaved.set(false);
            guard.borrow_mut().take();
            let open = passphrase.is_empty();
            note.good(if open { offer.words.saved_open } else { offer.words.saved });
            // It may be saved twice.
            attribute(&save, "class", "button");
            if sends.borrow().is_none() {
                let made = offer.sends(&buttons, &note, &key);
                if made.is_none() {
                    note.bad(&said(offer.words, offer.letter.words, "", Flaw::Internal.into()));
                }
                if let Some(send) = &made {
                    focus(send);
                }
                sends.replace(made);
            }
        }
    });
}
