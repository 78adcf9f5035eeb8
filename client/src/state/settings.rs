//! Settings of this browser: how the page looks and in which language it speaks, and how long it waits.

use std::str::FromStr;

use leptos::prelude::*;
use shared::api::account::Language;
use shared::api::limits;

use super::shown::Shown;
use crate::platform::page;
use crate::platform::storage::Store;

/// Seconds for which a letter is held back unless told otherwise.
const HOLD_SECONDS: u32 = 10;
/// Minutes of idleness after which the account locks unless told otherwise.
const IDLE_MINUTES: u32 = 60;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How close the rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    /// With room.
    #[default]
    Comfortable,
    /// Close.
    Compact,
}

/// The settings of this browser.
#[derive(Clone, Copy)]
pub struct Settings {
    theme: Shown<Theme>,
    dark: Signal<bool>,
    dark_letters: Shown<Option<bool>>,
    density: Shown<Density>,
    chosen_language: RwSignal<Option<Language>>,
    language: Signal<Language>,
    hold_seconds: Shown<u32>,
    idle_minutes: Shown<u32>,
}

/// Provides the settings as this browser kept them.
pub fn provide_settings() {
    let chosen_language = RwSignal::new(kept("language").map(|Word(language)| language));
    let theme: Shown<Theme> = Shown::new(kept("theme").unwrap_or_default());
    let system_dark = RwSignal::new(page::prefers_dark());
    // It lives as long as the page.
    StoredValue::new_local(page::on_dark(move || system_dark.set(page::prefers_dark())));
    provide_context(Settings {
        theme,
        dark: Signal::derive(move || match theme.get() {
            Theme::System => system_dark.get(),
            theme => theme == Theme::Dark,
        }),
        dark_letters: Shown::new(kept("dark-letters")),
        density: Shown::new(kept("density").unwrap_or_default()),
        chosen_language,
        language: Signal::derive(move || chosen_language.get().unwrap_or_else(|| preferred(&page::languages()))),
        hold_seconds: Shown::new(kept("hold-seconds").unwrap_or(HOLD_SECONDS).min(limits::UNDO_SECONDS_MAX)),
        idle_minutes: Shown::new(kept("idle-minutes").unwrap_or(IDLE_MINUTES)),
    });
}

/// The settings.
#[must_use]
pub fn use_settings() -> Settings {
    expect_context()
}

impl Settings {
    /// Light or dark.
    #[must_use]
    pub fn theme(&self) -> Signal<Theme> {
        self.theme.readers()
    }

    /// Whether the page is dark now, by choice or as the system is.
    #[must_use]
    pub fn dark(&self) -> Signal<bool> {
        self.dark
    }

    /// Whether letters that bring colours are shown dark on a dark page; `None` where nobody chose.
    #[must_use]
    pub fn dark_letters(&self) -> Signal<Option<bool>> {
        self.dark_letters.readers()
    }

    /// How close the rows stand.
    #[must_use]
    pub fn density(&self) -> Signal<Density> {
        self.density.readers()
    }

    /// The language that the page speaks: the one chosen here, else the first of the browser's that it knows, else French.
    #[must_use]
    pub fn language(&self) -> Signal<Language> {
        self.language
    }

    /// How long the box holds a letter back so that it can be taken back, seconds; 0 sends at once.
    #[must_use]
    pub fn hold_seconds(&self) -> Signal<u32> {
        self.hold_seconds.readers()
    }

    /// After how many minutes without a sign of life the account locks; 0 for never.
    #[must_use]
    pub fn idle_minutes(&self) -> Signal<u32> {
        self.idle_minutes.readers()
    }

    /// Chooses light or dark.
    pub fn set_theme(&self, theme: Theme) {
        self.theme.set(theme);
        keep("theme", theme.word());
    }

    /// Chooses whether letters that bring colours are shown dark on a dark page.
    pub fn set_dark_letters(&self, dark: bool) {
        self.dark_letters.set(Some(dark));
        keep("dark-letters", &dark.to_string());
    }

    /// Chooses how close the rows stand.
    pub fn set_density(&self, density: Density) {
        self.density.set(density);
        keep("density", density.word());
    }

    /// Chooses the language of the page.
    pub fn set_language(&self, language: Language) {
        self.chosen_language.set(Some(language));
        keep("language", word_of(language));
    }

    /// Chooses how long letters are held back, seconds; at most `limits::UNDO_SECONDS_MAX`.
    pub fn set_hold_seconds(&self, seconds: u32) {
        let seconds = seconds.min(limits::UNDO_SECONDS_MAX);
        self.hold_seconds.set(seconds);
        keep("hold-seconds", &seconds.to_string());
    }

    /// Chooses after how many minutes the account locks; 0 for never.
    pub fn set_idle_minutes(&self, minutes: u32) {
        self.idle_minutes.set(minutes);
        keep("idle-minutes", &minutes.to_string());
    }
}

fn kept<T: FromStr>(name: &str) -> Option<T> {
    Store::Browser.get(name)?.parse().ok()
}

fn keep(name: &str, value: &str) {
    Store::Browser.set(name, value);
}

/// The first language of the browser's that the page speaks, else French.
fn preferred(languages: &[String]) -> Language {
    let known = |tag: &String| match tag.split('-').next()?.to_ascii_lowercase().as_str() {
        "fr" => Some(Language::Fr),
        "en" => Some(Language::En),
        _ => None,
    };
    languages.iter().find_map(known).unwrap_or_default()
}

/// Wraps a type of another crate, so that it can be read from a text here.
struct Word<T>(T);

/// The text is none of the words.
struct UnknownWord;

impl FromStr for Word<Language> {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Language::Fr, Language::En]
            .into_iter()
            .find(|language| word_of(*language) == text)
            .map(Self)
            .ok_or(UnknownWord)
    }
}

fn word_of(language: Language) -> &'static str {
    match language {
        Language::Fr => "fr",
        Language::En => "en",
    }
}

impl Theme {
    /// The word for it, in the browser's store and for style sheets.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl FromStr for Theme {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.word() == text).ok_or(())
    }
}

impl Density {
    /// The word for it, in the browser's store and for style sheets.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }
}

impl FromStr for Density {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Comfortable, Self::Compact].into_iter().find(|density| density.word() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_what_they_mean() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(theme.word().parse(), Ok(theme));
        }
        for density in [Density::Comfortable, Density::Compact] {
            assert_eq!(density.word().parse(), Ok(density));
        }
        assert_eq!("purple".parse::<Theme>(), Err(()));
    }

    #[test]
    fn the_language_is_the_first_that_is_spoken() {
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert_eq!(preferred(&tags(&["de-AT", "en-GB", "fr"])), Language::En);
        assert_eq!(preferred(&tags(&["FR-ch"])), Language::Fr);
        assert_eq!(preferred(&tags(&["de"])), Language::Fr);
        assert_eq!(preferred(&[]), Language::Fr);
    }
}
