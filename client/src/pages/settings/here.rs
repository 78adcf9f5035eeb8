//! How this browser shows the mail.

use leptos::prelude::*;
use shared::api::account::Language;

use crate::lang;
use crate::pages::frame::use_frame;
use crate::platform::history;
use crate::state::settings::{Density, Theme, use_settings};
use crate::ui::{Choice, Glyph, Icon, dom, use_words};

/// How long a letter can be held back, seconds.
const HOLDS: [u32; 4] = [5, 10, 20, 30];
/// After how long without a sign of life the mailbox closes, minutes; 0 for never.
const IDLES: [u32; 4] = [15, 60, 240, 0];

/// How this browser shows the mail.
#[component]
pub(super) fn Here() -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let settings = use_settings();
    let frame = use_frame();
    let languages = [Language::Fr, Language::En].map(|language| (language, lang::name(language).to_owned()));
    let themes = [
        (Theme::System, text.theme_system.to_owned()),
        (Theme::Light, text.theme_light.to_owned()),
        (Theme::Dark, text.theme_dark.to_owned()),
    ];
    let densities = [
        (Density::Comfortable, text.density_comfortable.to_owned()),
        (Density::Compact, text.density_compact.to_owned()),
    ];
    let set_language = move |language: Language| {
        settings.set_language(language);
        // The page is built anew in the other language; the focus stays where it was.
        dom::focus_first("input[name=language]:checked");
    };
    let links_said = RwSignal::new(text.mail_links_what);
    let take_links = move |_| {
        links_said.set(if history::take_mail_links() { text.mail_links_asked } else { text.mail_links_cannot });
    };
    view! {
        <section class="chapter">
            <h2>
                <Icon glyph=Glyph::Gear />
                {text.here}
            </h2>
            <p>{text.here_what}</p>
            <div class="setting">
                <div>{text.language}</div>
                <Choice
                    name="language"
                    label=text.language
                    options=languages.to_vec()
                    value=settings.language()
                    on_choose=set_language
                />
            </div>
            <div class="setting">
                <div>{text.theme}</div>
                <Choice
                    name="theme"
                    label=text.theme
                    options=themes.to_vec()
                    value=settings.theme()
                    on_choose=move |theme| settings.set_theme(theme)
                />
            </div>
            <div class="setting">
                <div>{text.density}</div>
                <Choice
                    name="density"
                    label=text.density
                    options=densities.to_vec()
                    value=settings.density()
                    on_choose=move |density| settings.set_density(density)
                />
            </div>
            <div class="setting">
                <div>{text.hold} <small>{text.hold_what}</small></div>
                <Choice
                    name="hold"
                    label=text.hold
                    options=HOLDS.map(|seconds| (seconds, (text.hold_seconds)(seconds))).to_vec()
                    value=settings.hold_seconds()
                    on_choose=move |seconds| settings.set_hold_seconds(seconds)
                />
            </div>
            <div class="setting">
                <div>{text.idle} <small>{text.idle_what}</small></div>
                <Choice
                    name="idle"
                    label=text.idle
                    options=IDLES.map(|minutes| (minutes, (text.idle_minutes)(minutes))).to_vec()
                    value=settings.idle_minutes()
                    on_choose=move |minutes| settings.set_idle_minutes(minutes)
                />
            </div>
            <div class="setting">
                <div>{text.mail_links} <small role="status">{move || links_said.get()}</small></div>
                <button type="button" class="button" on:click=take_links>
                    {text.mail_links_go}
                </button>
            </div>
            <div class="setting">
                <div>{text.keys}</div>
                <button type="button" class="button" on:click=move |_| frame.keys_open.set(true)>
                    {text.keys_show}
                </button>
            </div>
        </section>
    }
}
