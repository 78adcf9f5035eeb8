//! Where somebody comes to a key, below an open letter, and what is sent from there.

use std::rc::Rc;

use shared::api::{Base64, EmailAddress};
use web_sys::Element;

use super::super::dom::{attribute, element, fill, loose, text};
use super::super::envelope;
use super::super::letter::Letter;
use super::form::{Note, focus};
use super::send::Parcel;
use super::store::KeptKey;
use super::{named, store};
use crate::lang::reader_key::ReaderKey;
use crate::platform::buffer::Buffer;
use crate::platform::page as document;

/// Where all of this is shown, and for whom.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) letter: Rc<Letter>,
    pub(super) into: Element,
    pub(super) words: &'static ReaderKey,
    /// Whom the link is for.
    pub(super) address: EmailAddress,
    /// Leads back to where the ways part.
    pub(super) ways: fn(&Offer),
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
    pub(super) fn parcel(&self, certificate: Buffer) -> Option<Parcel> {
        Parcel::new(&self.letter, self.words, &self.address, &self.own_name(), &certificate)
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
        fill(&line, &[&loose(" "), &link]);
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

    fn writer(&self) -> Option<Base64> {
        self.letter.manifest()?.replies.as_ref().map(|replies| replies.certificate.clone())
    }
}
