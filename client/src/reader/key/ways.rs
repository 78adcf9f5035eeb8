//! How somebody comes to a key, below an open letter: made here, or brought along.

use std::rc::Rc;

use web_sys::Element;

use super::super::dom::{element, fill, on_press, text};
use super::super::letter::Letter;
use super::form::{Note, button};
use super::offer::Offer;
use super::store::KeptKey;
use super::{have, keys, made, store};
use crate::lang::reader_key::words;

/// Shows the ways to a key, in the place of what offered them.
pub(super) fn offer(letter: &Rc<Letter>, into: &Element) {
    let Some(address) = letter.opened.reply_as.clone() else { return };
    let (letter, into, words) = (Rc::clone(letter), into.clone(), words(letter.language));
    let offer = Offer { letter, into, words, address, ways };
    match store::of(&offer.address) {
        Some(key) if key.saved => has(&offer, &key, None),
        Some(key) => unsaved(&offer, &key),
        None => ways(&offer),
    }
}

/// The two ways.
fn ways(offer: &Offer) {
    let (inside, words, ways) = (offer.clear(), offer.words, element("div", "ways"));
    let way = |title: &str, what: &str| {
        let way = button("way", "");
        fill(&way, &[&text("b", "", title), &text("span", "", what)]);
        way
    };
    let (make, have) = (way(words.make, words.make_what), way(words.have, words.have_what));
    fill(&ways, &[&make, &have]);
    fill(&inside, &[&text("p", "", words.two_ways), &ways]);
    let making = offer.clone();
    on_press(&make, move || made::form(&making));
    let having = offer.clone();
    on_press(&have, move || have::form(&having));
}

/// A key that is here, and whose file has to be saved before it is sent: who made it has left before.
fn unsaved(offer: &Offer, key: &KeptKey) {
    let (inside, words) = (offer.clear(), offer.words);
    let here = (words.here_already)(offer.address.as_str());
    fill(&inside, &[&text("p", "", &here), &text("p", "", words.kept_here)]);
    let (offer, kept) = (offer.clone(), key.clone());
    keys::exports(words, offer.letter.words, key, &inside, move |_, says| has(&offer, &kept, Some(says)));
}

/// A key that is here already, to be sent to this letter's sender too; and what is to be said first.
fn has(offer: &Offer, key: &KeptKey, says: Option<&str>) {
    let (inside, note) = (offer.clear(), Note::new());
    if let Some(says) = says {
        note.good(says);
    }
    let (buttons, other) = (element("div", "buttons"), button("button", offer.words.have));
    fill(&inside, &[&text("p", "", &(offer.words.here_already)(offer.address.as_str())), &note.0, &buttons]);
    offer.sends(&buttons, &note, key);
    fill(&buttons, &[&other]);
    let offer = offer.clone();
    on_press(&other, move || have::form(&offer));
}
