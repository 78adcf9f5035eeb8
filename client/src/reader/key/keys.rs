//! The keys that are here: seen, saved again, forgotten; and brought in from their file.

use std::rc::Rc;

use web_sys::Element;

use super::super::dom::{attribute, element, fill, on_press, text};
use super::form::{Note, button, field, focus, form, line, on_submit, value};
use super::said;
use super::store::{self, KeptKey};
use crate::keeper::{Answer, Ask, CannotKeep, Flaw, Keeper};
use crate::lang::reader::Reader;
use crate::lang::reader_key::ReaderKey;
use crate::platform::buffer::Buffer;
use crate::platform::{files, time};

/// What the file of a key is taken for: nothing that a browser shows, or a mail program takes for a certificate.
const FILE_TYPE: &str = "application/octet-stream";

/// The keys of this browser, as they are listed.
pub(super) struct Keys {
    pub(super) words: &'static ReaderKey,
    pub(super) reader: &'static Reader,
    list: Element,
}

/// A key as the keeper gives it.
pub(super) fn read((answer, bytes): &(Answer, Vec<Buffer>)) -> Result<KeptKey, CannotKeep> {
    let (Answer::Key { address, fingerprint }, [secret, certificate]) = (answer, bytes.as_slice()) else {
        return Err(Flaw::Internal.into());
    };
    Ok(KeptKey {
        address: address.clone(),
        fingerprint: fingerprint.clone(),
        secret: secret.to_vec().into(),
        certificate: certificate.to_vec().into(),
        writers: Vec::new(),
        saved: false,
    })
}

/// Saves the file of a key, and notes that it was.
pub(super) async fn save(words: &ReaderKey, key: &KeptKey, passphrase: &str) -> Result<(), CannotKeep> {
    let ask = Ask::Export { passphrase: passphrase.to_owned() };
    let (answer, bytes) = Keeper::ask(&ask, &[key.secret.0.as_slice().into()]).await?;
    let file = bytes.first().filter(|_| answer == Answer::File).ok_or(Flaw::Internal)?;
    files::save(&(words.file_name)(key.address.as_str()), FILE_TYPE, file);
    store::keep(KeptKey { saved: true, ..key.clone() });
    Ok(())
}

/// Asks for a passphrase, and saves the file of a key under it; `done` hears what is to be said then.
pub(super) fn exports(
    words: &'static ReaderKey,
    reader: &'static Reader,
    key: &KeptKey,
    into: &Element,
    done: impl Fn(&Note, &str) + 'static,
) {
    let (form, note, done) = (form(), Note::new(), Rc::new(done));
    let id = format!("passphrase-{}", key.fingerprint);
    let (around, input) = field(&id, line("password", "new-password"), words.passphrase, words.passphrase_what);
    let id = format!("again-{}", key.fingerprint);
    let (again_around, again) = field(&id, line("password", "new-password"), words.again, "");
    fill(&form, &[&around, &again_around, &note.0, &text("button", "button main", words.save)]);
    fill(into, &[&form]);
    focus(&input);
    let key = key.clone();
    on_submit(&form, move || {
        let (key, note, done) = (key.clone(), note.clone(), Rc::clone(&done));
        let (passphrase, is_same) = (value(&input), value(&input) == value(&again));
        let (least, count) = (shared::api::limits::PASSPHRASE_MIN_CHARS, passphrase.chars().count());
        async move {
            if (1..least).contains(&count) {
                return note.bad(&(words.short)(least));
            }
            if !is_same {
                return note.bad(words.not_same);
            }
            note.says(words.making);
            match save(words, &key, &passphrase).await {
                Ok(()) => done(&note, if count == 0 { words.saved_open } else { words.saved }),
                Err(error) => note.bad(&said(words, reader, "", error)),
            }
        }
    });
}

impl Keys {
    pub(super) fn new(words: &'static ReaderKey, reader: &'static Reader) -> Rc<Self> {
        let keys = Rc::new(Self { words, reader, list: element("ul", "kept-keys") });
        keys.lists();
        keys
    }

    /// Shows all of this.
    pub(super) fn show(self: &Rc<Self>, into: &Element) {
        let around = element("section", "keyed");
        fill(&around, &[&text("h2", "", self.words.keys), &self.list, &self.import()]);
        fill(into, &[&around]);
    }

    fn lists(self: &Rc<Self>) {
        self.list.set_text_content(None);
        let keys = store::all();
        if keys.is_empty() {
            fill(&self.list, &[&text("li", "none", self.words.no_keys)]);
        }
        for key in keys {
            fill(&self.list, &[&self.row(key)]);
        }
    }

    fn row(self: &Rc<Self>, key: KeptKey) -> Element {
        let (row, acts, below) = (element("li", ""), element("div", "buttons"), element("div", "below"));
        let (export, forget) = (button("button", self.words.export), button("button", self.words.forget));
        let mark: Vec<_> = key.fingerprint.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        fill(&acts, &[&export, &forget]);
        fill(&row, &[&text("b", "", key.address.as_str()), &text("small", "", &mark.join(" ")), &acts, &below]);
        let (keys, kept, into) = (Rc::clone(self), key.clone(), below.clone());
        on_press(&export, move || {
            into.set_text_content(None);
            exports(keys.words, keys.reader, &kept, &into, |note, says| note.good(says));
        });
        let keys = Rc::clone(self);
        on_press(&forget, move || keys.asks_to_forget(&key, &below));
        row
    }

    fn asks_to_forget(self: &Rc<Self>, key: &KeptKey, into: &Element) {
        let words = self.words;
        into.set_text_content(None);
        let (yes, no) = (button("button bad", words.forget_yes), button("button", words.forget_no));
        let buttons = element("div", "buttons");
        fill(&buttons, &[&yes, &no]);
        fill(into, &[&text("p", "", words.forget_sure), &buttons]);
        focus(&no);
        let (keys, fingerprint) = (Rc::clone(self), key.fingerprint.clone());
        on_press(&yes, move || {
            store::forget(&fingerprint);
            keys.lists();
        });
        let into = into.clone();
        on_press(&no, move || into.set_text_content(None));
    }

    /// Brings a key in: its file is chosen behind its passphrase, and read at once.
    fn import(self: &Rc<Self>) -> Element {
        let (words, around, note) = (self.words, element("details", "import"), Note::new());
        let (field_around, input) =
            field("import-passphrase", line("password", "off"), words.import_passphrase, words.import_hint);
        let (form, choose) = (form(), text("button", "button", words.choose));
        if store::all().is_empty() {
            attribute(&around, "open", "");
        }
        fill(&form, &[&field_around, &note.0, &choose]);
        fill(&around, &[&text("summary", "", words.import), &form]);
        let keys = Rc::clone(self);
        on_submit(&form, move || {
            let (keys, note, passphrase) = (Rc::clone(&keys), note.clone(), value(&input));
            async move {
                let Some(file) = files::pick("").await.into_iter().next() else { return };
                note.says(words.making);
                let Ok(read) = files::read(&file).await else { return note.bad(words.unreadable) };
                match brought(read.bytes, passphrase).await {
                    Ok((key, is_kept)) => {
                        let says = if is_kept { words.brought } else { words.brought_unkept };
                        note.good(&says(key.address.as_str()));
                        keys.lists();
                    }
                    Err(error) => note.bad(&said(words, keys.reader, "", error)),
                }
            }
        });
        around
    }
}

async fn brought(file: Buffer, passphrase: String) -> Result<(KeptKey, bool), CannotKeep> {
    let key = read(&Keeper::ask(&Ask::Import { passphrase, now: time::now() }, &[file]).await?)?;
    let key = KeptKey { saved: true, ..key };
    Ok((key.clone(), store::keep(key)))
}
