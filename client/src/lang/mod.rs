//! The words of the page, in French and in English; how each language writes dates, sizes and numbers.
//!
//! One file for each part of the page; in each, one struct with a field for every sentence and one constant of it per
//! language, so that the compiler refuses a language with a hole. Sentences with something in them are functions, counted
//! ones are [`Counted`].
//!
//! Invariants: no word that people see is written anywhere else; on the main path nobody has to know a word of the trade.

mod apart;
pub mod connect;
mod counted;
pub mod door;
mod elision;
pub mod failure;
mod fold;
pub mod format;
pub mod general;
pub mod initials;
pub mod link;
pub mod list;
pub mod read;
pub mod reader;
pub mod reader_key;
pub mod settings;
pub mod shortcuts;
pub mod trust;
pub mod write;

pub use apart::Apart;
pub use counted::Counted;
pub use fold::fold;

use shared::api::account::Language;

/// All words of one language.
#[derive(Debug)]
pub struct Words {
    /// Which language.
    pub language: Language,
    /// What is said in many places.
    pub general: general::General,
    /// Signing in, invitation, recovery.
    pub door: door::Door,
    /// Places and the list of letters.
    pub list: Apart<list::List>,
    /// A letter, open.
    pub read: Apart<read::Read>,
    /// Writing a letter.
    pub write: Apart<write::Write>,
    /// Letters behind links, for their sender.
    pub link: Apart<link::Link>,
    /// Whose key is it.
    pub trust: Apart<trust::Trust>,
    /// The settings.
    pub settings: Apart<settings::Settings>,
    /// Putting the mail into a program.
    pub connect: Apart<connect::Connect>,
    /// The keyboard sheet.
    pub shortcuts: Apart<shortcuts::Shortcuts>,
    /// What did not work, and what to do.
    pub failure: failure::Failures,
}

static FRENCH: Words = Words {
    language: Language::Fr,
    general: general::FRENCH,
    door: door::FRENCH,
    list: Apart::new(Language::Fr),
    read: Apart::new(Language::Fr),
    write: Apart::new(Language::Fr),
    link: Apart::new(Language::Fr),
    trust: Apart::new(Language::Fr),
    settings: Apart::new(Language::Fr),
    connect: Apart::new(Language::Fr),
    shortcuts: Apart::new(Language::Fr),
    failure: failure::FRENCH,
};

static ENGLISH: Words = Words {
    language: Language::En,
    general: general::ENGLISH,
    door: door::ENGLISH,
    list: Apart::new(Language::En),
    read: Apart::new(Language::En),
    write: Apart::new(Language::En),
    link: Apart::new(Language::En),
    trust: Apart::new(Language::En),
    settings: Apart::new(Language::En),
    connect: Apart::new(Language::En),
    shortcuts: Apart::new(Language::En),
    failure: failure::ENGLISH,
};

/// The words of a language.
#[must_use]
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::Fr => &FRENCH,
        Language::En => &ENGLISH,
    }
}

/// The language's tag (BCP 47), for the `lang` attribute and the browser's own formats.
#[must_use]
pub fn tag(language: Language) -> &'static str {
    match language {
        Language::Fr => "fr",
        Language::En => "en",
    }
}

/// The language's own name.
#[must_use]
pub fn name(language: Language) -> &'static str {
    match language {
        Language::Fr => "Français",
        Language::En => "English",
    }
}

#[cfg(test)]
mod tests {
    /// The French part of a file of words.
    fn french(source: &'static str) -> &'static str {
        let (_, french) = source.split_once("FRENCH: ").unwrap();
        french.split_once("ENGLISH: ").unwrap().0
    }

    /// The page breaks lines at spaces, and a sign alone at the beginning of one reads badly: French puts spaces before it that do not
    /// break, narrow ones but for the colon.
    #[test]
    fn french_signs_never_begin_a_line() {
        for source in [
            include_str!("connect.rs"),
            include_str!("door.rs"),
            include_str!("failure.rs"),
            include_str!("general.rs"),
            include_str!("link.rs"),
            include_str!("list.rs"),
            include_str!("read.rs"),
            include_str!("reader.rs"),
            include_str!("reader_key.rs"),
            include_str!("settings.rs"),
            include_str!("shortcuts.rs"),
            include_str!("trust.rs"),
            include_str!("write.rs"),
        ] {
            for wrong in [" :", " ;", " !", " ?", " »", "« ", "\u{a0};", "\u{a0}!", "\u{a0}?", "\u{202f}:"] {
                let line = french(source).lines().find(|line| line.contains(wrong));
                assert_eq!(line, None, "{wrong:?}");
            }
        }
    }
}
