//! Settings of this browser: how the page looks and in which language it speaks.

use leptos::prelude::*;
use shared::api::account::Language;

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

/// The settings of this browser; setting a signal keeps it.
#[derive(Clone, Copy)]
pub struct Settings {
    theme: RwSignal<Theme>,
    density: RwSignal<Density>,
    language: RwSignal<Language>,
}

/// Provides the settings.
pub fn provide_settings() {
    provide_context(Settings {
        theme: RwSignal::default(),
        density: RwSignal::default(),
        language: RwSignal::default(),
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
        self.theme.into()
    }

    /// How close the rows stand.
    #[must_use]
    pub fn density(&self) -> Signal<Density> {
        self.density.into()
    }

    /// The language that the page speaks: the one chosen here, else the account's, else the browser's.
    #[must_use]
    pub fn language(&self) -> Signal<Language> {
        self.language.into()
    }

    /// Chooses.
    pub fn set_theme(&self, theme: Theme) {
        todo!("{theme:?}")
    }

    /// Chooses.
    pub fn set_density(&self, density: Density) {
        todo!("{density:?}")
    }

    /// Chooses.
    pub fn set_language(&self, language: Language) {
        todo!("{language:?}")
    }
}
