//! Words that come with the piece of the program that says them.

use std::marker::PhantomData;
use std::ops::Deref;

use shared::api::account::Language;

use super::{connect, link, list, read, settings, shortcuts, trust, write};

/// A part of the words that the first paint does without. It reads like the part itself, but only the code that reads it leads
/// to it: so the words of a piece travel with that piece, not with the program's first one.
#[derive(Debug)]
pub struct Apart<T> {
    language: Language,
    part: PhantomData<fn() -> T>,
}

impl<T> Apart<T> {
    pub(super) const fn new(language: Language) -> Self {
        Self { language, part: PhantomData }
    }
}

impl<T: Spoken> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.language {
            Language::Fr => T::FRENCH,
            Language::En => T::ENGLISH,
        }
    }
}

/// A part of the words in both languages.
pub trait Spoken: 'static {
    /// In French.
    const FRENCH: &'static Self;
    /// In English.
    const ENGLISH: &'static Self;
}

macro_rules! spoken {
    ($($room:ident::$part:ident),*) => {
        $(impl Spoken for $room::$part {
            const FRENCH: &'static Self = &$room::FRENCH;
            const ENGLISH: &'static Self = &$room::ENGLISH;
        })*
    };
}

spoken!(
    list::List,
    read::Read,
    write::Write,
    link::Link,
    trust::Trust,
    settings::Settings,
    connect::Connect,
    shortcuts::Shortcuts
);
