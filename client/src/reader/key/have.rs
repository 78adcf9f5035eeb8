//! A certificate that somebody brings along: looked at here, and sent if it is one that can be used.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::File;

use super::super::dom::{element, fill, on_press, text};
use super::form::{Note, block, button, field, focus, form as new_form, on_act, on_submit, set_value, value};
use super::offer::Offer;
use super::said;
use super::send::Parcel;
use crate::keeper::{Ask, CannotKeep, Flaw, Keeper};
use crate::platform::buffer::Buffer;
use crate::platform::{files, time};

/// Asks for the certificate.
pub(super) fn form(offer: &Offer) {
    let (inside, words, form, note) = (offer.clear(), offer.words, new_form(), Note::new());
    let (around, input) = field("certificate", block(), words.have_label, words.have_hint);
    let (choose, chosen) = (button("button", words.choose), element("span", "name"));
    let (buttons, back) = (element("div", "buttons"), button("button", words.back));
    let send = text("button", "button main", &(words.send)(offer.name()));
    fill(&buttons, &[&send, &choose, &back, &chosen]);
    fill(&form, &[&around, &note.0, &buttons]);
    fill(&inside, &[&form]);
    focus(&input);
    let returning = offer.clone();
    on_press(&back, move || (returning.ways)(&returning));
    let file: Rc<RefCell<Option<File>>> = Rc::default();
    let (kept, shown, told) = (Rc::clone(&file), chosen.clone(), note.clone());
    on_act(&choose, move || {
        let (kept, shown, told) = (Rc::clone(&kept), shown.clone(), told.clone());
        async move {
            if let Some(file) = files::pick("").await.into_iter().next() {
                told.hide();
                shown.set_text_content(Some(&file.name()));
                kept.replace(Some(file));
            }
        }
    });
    let (offer, tried) = (offer.clone(), Tried::default());
    on_submit(&form, move || {
        let (offer, note, input) = (offer.clone(), note.clone(), input.clone());
        let (file, chosen, tried) = (Rc::clone(&file), chosen.clone(), Rc::clone(&tried));
        async move {
            let picked = file.borrow().clone();
            note.says(words.making);
            let bytes = match &picked {
                Some(file) => files::read(file).await.map(|read| read.bytes),
                None => Ok(Buffer::from(value(&input).into_bytes())),
            };
            let Ok(bytes) = bytes else { return note.bad(words.unreadable) };
            if let Err(error) = send_checked(&offer, &note, bytes, &tried).await {
                if error == CannotKeep::Flaw(Flaw::Secret) {
                    // Nothing of it stays on the screen.
                    set_value(&input, "");
                }
                file.take();
                chosen.set_text_content(None);
                note.bad(&said(words, offer.letter.words, offer.address.as_str(), error));
                focus(&input);
            }
        }
    });
}

/// The certificate that was sent last and perhaps has not arrived: what is sent once more is the same answer, and arrives once.
type Tried = Rc<RefCell<Option<(Vec<u8>, Rc<Parcel>)>>>;

async fn send_checked(offer: &Offer, note: &Note, bytes: Buffer, tried: &Tried) -> Result<(), CannotKeep> {
    let ask = Ask::Check { address: offer.address.clone(), now: time::now() };
    let (_, found) = Keeper::ask(&ask, &[bytes]).await?;
    let certificate = found.into_iter().next().ok_or(Flaw::Internal)?;
    let content = certificate.to_vec();
    let before = tried.take().filter(|(before, _)| *before == content);
    let parcel = match before {
        Some((_, parcel)) => parcel,
        None => Rc::new(offer.parcel(certificate).ok_or(Flaw::Internal)?),
    };
    tried.replace(Some((content, Rc::clone(&parcel))));
    match parcel.leave(note).await {
        Ok(()) => offer.done(&(offer.words.sent_own)(offer.name()), false),
        Err(failed) => note.bad(&parcel.says(&failed)),
    }
    Ok(())
}
