//! Sending the public half of a key to who wrote the letter: an answer like any other, with the certificate as its file.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use shared::api::EmailAddress;
use web_sys::{Element, File, FilePropertyBag};

use super::super::answer::{Failed, Outbox, Step, Written};
use super::super::dom::fill;
use super::super::envelope;
use super::super::letter::Letter;
use super::form::{Note, button, on_act};
use crate::lang::reader_key::ReaderKey;
use crate::platform::buffer::Buffer;

/// The media type of certificates (RFC 3156 §7), by which the mailbox knows the answer (docs/links.md).
const KEY_TYPE: &str = "application/pgp-keys";

/// A certificate on its way.
pub(super) struct Parcel {
    letter: Rc<Letter>,
    words: &'static ReaderKey,
    outbox: Outbox,
    written: Written,
    to: String,
}

impl Parcel {
    /// `None` where the browser cannot make a file, or the letter takes no answers.
    pub(super) fn new(
        letter: &Rc<Letter>,
        words: &'static ReaderKey,
        from: &EmailAddress,
        name: &str,
        certificate: &Buffer,
    ) -> Option<Self> {
        let kind = FilePropertyBag::new();
        kind.set_type(KEY_TYPE);
        let octets = Array::of1(&Uint8Array::new(&certificate.to_js()));
        let file = File::new_with_u8_array_sequence_and_options(&octets, &format!("{from}.asc"), &kind).ok()?;
        let text = (words.message)(name).trim().to_owned();
        Some(Self {
            letter: Rc::clone(letter),
            words,
            outbox: Outbox::new(from.clone()),
            written: Written { text, files: vec![file] },
            to: envelope::name(&letter.manifest()?.from).to_owned(),
        })
    }

    /// The button that sends it; `done` is called when it has arrived. What was sealed is sent again where that is needed.
    pub(super) fn button(self, into: &Element, note: &Note, done: impl Fn() + 'static) -> Element {
        let send = button("button main", &(self.words.send)(&self.to));
        fill(into, &[&send]);
        let (parcel, note, done) = (Rc::new(self), note.clone(), Rc::new(done));
        on_act(&send, move || {
            let (parcel, note, done) = (Rc::clone(&parcel), note.clone(), Rc::clone(&done));
            async move {
                match parcel.leave(&note).await {
                    Ok(()) => done(),
                    Err(failed) => note.bad(&parcel.says(&failed)),
                }
            }
        });
        send
    }

    /// Sends it.
    pub(super) async fn leave(&self, note: &Note) -> Result<(), Failed> {
        let (shown, words, reader) = (note.clone(), self.words, self.letter.words);
        let tell = move |step| match step {
            Step::Sealing => shown.says(words.sealing),
            Step::Sending(percent) => shown.says(&(reader.sending)(percent)),
        };
        self.outbox.send(&self.letter, &self.written, tell).await.map(|_| ())
    }

    /// Why it has not left.
    pub(super) fn says(&self, failed: &Failed) -> String {
        let (words, reader) = (self.words, self.letter.words);
        match failed {
            Failed::Offline => reader.offline.to_owned(),
            Failed::PerhapsArrived => reader.reply_perhaps.to_owned(),
            Failed::Gone | Failed::Refused => words.gone.to_owned(),
            Failed::Wait(seconds) => (reader.wait)(*seconds),
            Failed::TooLarge | Failed::Unsealable | Failed::Unreadable(_) => words.unsendable.to_owned(),
        }
    }
}
