//! Something to know before going on.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// How a note is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// To know.
    #[default]
    Plain,
    /// All is well.
    Good,
    /// To think about.
    Warn,
    /// It did not work, or there is danger.
    Bad,
}

/// A note. A bad one is read aloud at once, the others when their turn comes.
#[component]
pub fn Note(
    /// How it is meant.
    #[prop(optional)]
    tone: Tone,
    /// Another sign than the usual one of its tone.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// What it says, and buttons.
    children: Children,
) -> impl IntoView {
    let (class, usual, role) = match tone {
        Tone::Plain => ("note", Glyph::Bell, "note"),
        Tone::Good => ("note good", Glyph::Check, "status"),
        Tone::Warn => ("note warn", Glyph::Warning, "status"),
        Tone::Bad => ("note bad", Glyph::Warning, "alert"),
    };
    view! {
        <div class=class role=role>
            <Icon glyph=glyph.unwrap_or(usual) />
            <div>{children()}</div>
        </div>
    }
}
