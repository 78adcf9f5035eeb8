//! The recovery sheet: twelve words, shown once, to be printed or written down.

use leptos::prelude::*;

use super::withdrawal::WithdrawalButton;
use crate::lang::format::{self, DateStyle};
use crate::platform::{files, time};
use crate::ui::{Glyph, Icon, dom, use_words};

/// The sheet. It leads on only when it was said that the words are kept.
#[component]
pub fn RecoverySheet(
    /// The words, in order.
    recovery_words: Vec<String>,
    /// Whose.
    address: String,
    /// What happens when the words are kept.
    #[prop(into)]
    on_kept: Callback<()>,
    /// What leads there.
    go: &'static str,
) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let kept = RwSignal::new(false);
    let printed = on_paper(&address);
    let file = StoredValue::new(format!(
        "{}\n{}\n\n{}\n\n{}\n",
        printed.title,
        printed.date,
        numbered(&recovery_words),
        printed.usage
    ));
    let file_name = StoredValue::new((text.sheet_file)(address.split('@').next().unwrap_or_default()));
    let save = move |_| {
        let bytes = file.with_value(|file| file.as_bytes().into());
        files::save(&file_name.get_value(), "text/plain;charset=utf-8", &bytes);
    };
    // The words are nowhere else: the browser asks before the page is left or loaded anew.
    let leaving = window_event_listener(leptos::ev::beforeunload, move |event| {
        if !kept.get_untracked() {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    let asked = RwSignal::new(false);
    let go_on = move |_| {
        if kept.get_untracked() {
            return on_kept.run(());
        }
        asked.set(true);
        dom::focus_id("sheet-kept");
    };
    dom::focus_id("sheet-title");
    view! {
        <div class="paper-only">
            <h1>{printed.title}</h1>
            <p>{printed.date}</p>
        </div>
        <p class="intro no-print">{text.sheet_what}</p>
        <p class="intro no-print">
            <strong>{text.sheet_once}</strong>
        </p>
        <ol class="words" aria-label=text.sheet_words translate="no">
            {recovery_words.into_iter().map(|word| view! { <li>{word}</li> }).collect_view()}
        </ol>
        <p class="paper-only">{printed.usage}</p>
        <div class="no-print">
            <div class="buttons" style="margin-top:var(--s-4)">
                <button type="button" class="button" on:click=move |_| print()>
                    <Icon glyph=Glyph::Print />
                    {text.sheet_print}
                </button>
                <button type="button" class="button" on:click=save>
                    <Icon glyph=Glyph::Download />
                    {text.sheet_save}
                </button>
            </div>
            <p class="intro" style="margin-top:var(--s-4)">
                <small>{text.withdrawal_what}</small>
            </p>
            <WithdrawalButton label=text.withdrawal_save />
            <label class="check kept">
                <input type="checkbox" id="sheet-kept" bind:checked=kept />
                <span>{text.sheet_kept}</span>
            </label>
            <p class="check-first" role="alert">
                {move || (asked.get() && !kept.get()).then_some(text.sheet_not_kept)}
            </p>
            <button
                type="button"
                class="button main wide"
                on:click=go_on
            >
                {go}
            </button>
        </div>
    }
}

/// What stands on the paper beside the words.
struct Printed {
    title: String,
    date: String,
    usage: String,
}

fn on_paper(address: &str) -> Printed {
    let words = use_words();
    let date = format::date(words.language, time::now(), DateStyle::DayAndYear);
    Printed {
        title: (words.door.sheet_for)(address),
        date: (words.door.sheet_made)(&date),
        usage: (words.door.sheet_use)(&dom::origin()),
    }
}

fn numbered(words: &[String]) -> String {
    let lines: Vec<String> =
        words.iter().enumerate().map(|(index, word)| format!("{:>2}. {word}", index + 1)).collect();
    lines.join("\n")
}

fn print() {
    // Browsers without a printing dialog say so themselves.
    let _ = window().print();
}
