//! How somebody comes to a key, below an open letter: made here, or brought along.

use std::rc::Rc;

use shared::api::EmailAddress;
use web_sys::Element;

use super::super::dom::{attribute, element, fill, on_press, text};
use super::super::envelope;
use super::super::letter::Letter;
use super::form::{Note, button, focus};
use super::store::KeptKey;
use super::{have, made, named, store};
use crate::lang::reader_key::{ReaderKey, words};
use crate::platform::page as document;

/// Where all of this is shown, and for whom.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) letter: Rc<Letter>,
    pub(super) into: Element,
    pub(super) words: &'static ReaderKey,
    /// Whom the link is for.
    pub(super) address: EmailAddress,
}

/// Shows the ways to a key, in the place of what offered them.
pub(super) fn offer(letter: &Rc<Letter>, into: &Element) {
    let Some(address) = letter.opened.reply_as.clone() else { return };
    let (letter, into, words) = (Rc::clone(letter), into.clone(), words(letter.language));
    let offer = Offer { letter, into, words, address };
    match store::of(&offer.address) {
        Some(key) => offer.has(&key),
        None => offer.ways(),
    }
}

impl Offer {
    /// An empty place under the title; what is shown there next has the focus.
    pub(super) fn clear(&self) -> Element {
        self.into.set_text_content(None);
        let (title, inside) = (text("h2", "", self.letter.words.key_title), element("div", "step"));
        attribute(&title, "tabindex", "-1");
        fill(&self.into, &[&title, &inside]);
        focus(&title);
        inside
    }

    /// The two ways.
    pub(super) fn ways(&self) {
        let (inside, words, ways) = (self.clear(), self.words, element("div", "ways"));
        let way = |title: &str, what: &str| {
            let way = button("way", "");
            fill(&way, &[&text("b", "", title), &text("span", "", what)]);
            way
        };
        let (make, have) = (way(words.make, words.make_what), way(words.have, words.have_what));
        fill(&ways, &[&make, &have]);
        fill(&inside, &[&text("p", "", words.two_ways), &ways]);
        let offer = self.clone();
        on_press(&make, move || made::form(&offer));
        let offer = self.clone();
        on_press(&have, move || have::form(&offer));
    }

    /// A key that is here already, to be sent to this letter's sender too.
    fn has(&self, key: &KeptKey) {
        let (inside, note) = (self.clear(), Note::new());
        fill(&inside, &[&text("p", "", &(self.words.here_already)(self.address.as_str())), &note.0]);
        self.sends(&inside, &note, key);
        let other = button("button", self.words.have);
        fill(&inside, &[&other]);
        let offer = self.clone();
        on_press(&other, move || have::form(&offer));
    }

    /// The button that sends a key of this browser, and notes by whose certificate the letters will be signed that come.
    pub(super) fn sends(&self, into: &Element, note: &Note, key: &KeptKey) -> Option<Element> {
        let (offer, kept) = (self.clone(), key.clone());
        let parcel = self.parcel(key.certificate.0.as_slice().into())?;
        Some(parcel.button(into, note, move || {
            let mut key = kept.clone();
            key.writers.extend(offer.writer());
            store::keep(key);
            offer.done(&(offer.words.sent)(offer.name()), true);
        }))
    }

    /// What is sent.
    pub(super) fn parcel(&self, certificate: crate::platform::buffer::Buffer) -> Option<super::send::Parcel> {
        super::send::Parcel::new(&self.letter, self.words, &self.address, &self.own_name(), &certificate)
    }

    /// That it has arrived, and where letters will open: here, or where the person reads what is sealed anyway.
    pub(super) fn done(&self, said: &str, here: bool) {
        let (inside, note) = (self.clear(), Note::new());
        note.good(said);
        fill(&inside, &[&note.0]);
        if !here {
            return;
        }
        let (where_to, link) = (format!("{}/l/", document::origin()), element("a", "address"));
        link.set_text_content(Some(&where_to));
        attribute(&link, "href", &where_to);
        attribute(&link, "target", "_blank");
        let line = text("p", "", self.words.bookmark);
        fill(&line, &[&super::super::dom::loose(" "), &link]);
        fill(&inside, &[&line, &text("p", "", self.words.bookmark_what)]);
    }

    /// Who wrote the letter.
    pub(super) fn name(&self) -> &str {
        self.letter.manifest().map(|manifest| envelope::name(&manifest.from)).unwrap_or_default()
    }

    /// What the letter calls its reader; empty where it does not say.
    pub(super) fn own_name(&self) -> String {
        self.letter.manifest().map(|manifest| named(&manifest.to, self.address.as_str())).unwrap_or_default()
    }

    fn writer(&self) -> Option<shared::api::Base64> {
        self.letter.manifest()?.replies.as_ref().map(|replies| replies.certificate.clone())
    }
}
