//! What somebody whose recovery sheet was never kept is reminded of, above the list.

use leptos::prelude::*;

use super::use_acts;
use crate::pages::place::SETTINGS;
use crate::state::session::use_session;
use crate::state::sheets::use_sheets;
use crate::ui::{Note, Tone, use_words};

/// The reminder, as long as it is due.
#[component]
pub fn SheetReminder() -> impl IntoView {
    let text = &use_words().list;
    let (sheets, acts) = (use_sheets(), use_acts());
    let account = use_session().account();
    let is_due = move || account.get().is_some_and(|account| sheets.is_to_remind(account.address.as_str()));
    let make = move |_| {
        sheets.want();
        acts.go(SETTINGS);
    };
    move || {
        is_due().then(|| {
            view! {
                <div class="reminder">
                    <Note tone=Tone::Warn>
                        <p>{text.sheet_missing}</p>
                        <div class="buttons">
                            <button type="button" class="button" on:click=make>
                                {text.sheet_missing_make}
                            </button>
                            <button type="button" class="button plain" on:click=move |_| sheets.remind_later()>
                                {text.sheet_missing_later}
                            </button>
                        </div>
                    </Note>
                </div>
            }
        })
    }
}
