//! What opens the account: another passphrase, another recovery sheet.
//!
//! Either is prepared first, with the present passphrase, and then put in force. Where the box does not answer to that, nobody
//! knows whether it is; so it can be put in force again.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::pages::door::{ChoosePassphrase, Chosen, RecoverySheet, is_wrong};
use crate::state::Failure;
use crate::state::session::{Change, NewCode, use_session};
use crate::state::sheets::use_sheets;
use crate::ui::{Dialog, Note, Secret, Tone, dom, say, use_words};
use crate::worker::protocol::access::SecretText;

/// What is under way, and what was done.
#[derive(Clone, Copy, Default)]
pub(super) struct Access {
    /// The recovery code that was made and is not in force yet.
    pub(super) code: RwSignal<Option<NewCode>>,
    /// What was done.
    pub(super) done: RwSignal<Option<&'static str>>,
}

/// The lines of the two, with their dialogs.
#[component]
pub(super) fn AccessLines(access: Access) -> impl IntoView {
    let text = &use_words().settings;
    let (changing, making) = (RwSignal::new(false), RwSignal::new(use_sheets().take_wish()));
    let line = |name: &'static str, what: &'static str, go: &'static str, open: RwSignal<bool>| {
        view! {
            <div class="setting">
                <div>{name} <small>{what}</small></div>
                <button type="button" class="button" on:click=move |_| open.set(true)>
                    {go}
                </button>
            </div>
        }
    };
    view! {
        {line(text.passphrase, text.passphrase_what, text.passphrase_change, changing)}
        {line(text.sheet, text.sheet_what, text.sheet_make, making)}
        <Dialog open=changing on_close=move |()| changing.set(false) title=text.passphrase_dialog.to_owned()>
            <PassphraseForm open=changing access />
        </Dialog>
        <Dialog open=making on_close=move |()| making.set(false) title=text.sheet_dialog.to_owned()>
            <SheetForm open=making access />
        </Dialog>
    }
}

/// The present passphrase, asked for once more.
#[derive(Clone, Copy, Default)]
pub(super) struct Present {
    pub(super) typed: RwSignal<String>,
    error: RwSignal<Option<String>>,
    pub(super) failure: RwSignal<Option<Failure>>,
    pub(super) busy: RwSignal<bool>,
}

impl Present {
    /// What was typed; where that is nothing, the field says so.
    pub(super) fn take(self) -> Option<SecretText> {
        let typed = self.typed.get_untracked();
        self.error.set(typed.is_empty().then(|| use_words().door.passphrase_missing.to_owned()));
        if typed.is_empty() {
            dom::focus_id("present");
            return None;
        }
        Some(SecretText::from(typed))
    }

    /// Says why it did not work.
    pub(super) fn refused(self, why: Failure, wrong: &str) {
        if is_wrong(&why) {
            self.typed.try_set(String::new());
            self.error.try_set(Some(wrong.to_owned()));
            dom::focus_id("present");
        } else {
            self.failure.try_set(Some(why));
        }
    }
}

/// The field for it.
#[component]
pub(super) fn PresentField(present: Present) -> impl IntoView {
    let address = use_session().account().get_untracked().map(|account| account.address.to_string());
    view! {
        // Keepers of passwords want to know whose it is.
        <input type="text" hidden=true autocomplete="username" value=address readonly=true />
        <Secret
            id="present"
            label=use_words().settings.present
            value=present.typed
            error=present.error
            autocomplete="current-password"
            focused=true
        />
    }
}

/// What did not work; where it may have worked all the same, that.
#[component]
pub(super) fn Trouble(failure: RwSignal<Option<Failure>>, perhaps: Signal<bool>) -> impl IntoView {
    let words = use_words();
    move || {
        let said = match perhaps.get() {
            true => words.settings.perhaps.to_owned(),
            false => say::failure(words, &failure.get()?),
        };
        Some(view! { <Note tone=Tone::Bad>{said}</Note> })
    }
}

/// The button that sends a form.
#[component]
pub(super) fn Go(busy: RwSignal<bool>, label: Signal<&'static str>) -> impl IntoView {
    let loading = use_words().general.loading;
    view! {
        <div class="buttons end" style="margin-top:var(--s-5)">
            <button class="button main" prop:disabled=move || busy.get()>
                {move || if busy.get() { loading } else { label.get() }}
            </button>
        </div>
    }
}

#[component]
fn PassphraseForm(open: RwSignal<bool>, access: Access) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let session = use_session();
    let (present, chosen) = (Present::default(), Chosen::default());
    // What may be in force already, for all that is known.
    let perhaps = RwSignal::new(None::<Change>);
    let is_perhaps = Signal::derive(move || perhaps.with(Option::is_some));
    let account = session.account();
    let known = Signal::derive(move || {
        account.get().map(|account| vec![account.display_name, account.address.to_string()]).unwrap_or_default()
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if present.busy.get_untracked() {
            return;
        }
        let begun = perhaps.get_untracked();
        let typed = if begun.is_some() { None } else { present.take().zip(chosen.take()) };
        if begun.is_none() && typed.is_none() {
            return;
        }
        present.failure.set(None);
        present.busy.set(true);
        spawn_local(async move {
            let prepared = match (begun, typed) {
                (Some(change), _) => Ok(change),
                (None, Some((old, new))) => session.new_passphrase(old, SecretText::from(new)).await,
                (None, None) => return,
            };
            let answer = match &prepared {
                Ok(change) => session.put_in_force(change).await,
                Err(why) => Err(why.clone()),
            };
            present.busy.try_set(false);
            match answer {
                Ok(()) => {
                    access.done.try_set(Some(text.passphrase_changed));
                    open.try_set(false);
                }
                Err(why) => {
                    perhaps.try_set(prepared.ok().filter(|_| why == Failure::Offline));
                    present.refused(why, text.present_wrong);
                }
            }
        });
    };
    let label = Signal::derive(move || if is_perhaps.get() { words.general.retry } else { text.passphrase_go });
    view! {
        <form on:submit=on_submit novalidate=true>
            <div class="still" inert=move || is_perhaps.get()>
                <PresentField present />
                <ChoosePassphrase chosen label=words.door.recover_new known />
            </div>
            <Trouble failure=present.failure perhaps=is_perhaps />
            <Go busy=present.busy label />
        </form>
    }
}

#[component]
fn SheetForm(open: RwSignal<bool>, access: Access) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let session = use_session();
    let present = Present::default();
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(typed) = present.take().filter(|_| !present.busy.get_untracked()) else { return };
        present.failure.set(None);
        present.busy.set(true);
        spawn_local(async move {
            let answer = session.new_recovery_code(typed, words.language).await;
            present.busy.try_set(false);
            match answer {
                Ok(new) => {
                    // Unless the dialog was closed meanwhile.
                    if open.try_get_untracked() == Some(true) {
                        access.done.set(None);
                        access.code.set(Some(new));
                    }
                }
                Err(why) => present.refused(why, text.present_wrong),
            }
        });
    };
    view! {
        <p>{text.sheet_until}</p>
        <form on:submit=on_submit novalidate=true>
            <PresentField present />
            <Trouble failure=present.failure perhaps=Signal::derive(|| false) />
            <Go busy=present.busy label=Signal::derive(move || text.sheet_show) />
        </form>
    }
}

/// The new sheet, in place of the settings until it is in force or given up.
#[component]
pub(super) fn NewSheet(new: NewCode, access: Access) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let session = use_session();
    let NewCode { recovery_words, change } = new;
    let address = session.account().get_untracked().map(|account| account.address.to_string()).unwrap_or_default();
    let failure = RwSignal::new(None::<Failure>);
    let (sheets, owner) = (use_sheets(), address.clone());
    let on_kept = move |()| {
        failure.set(None);
        let (change, whose) = (change.clone(), owner.clone());
        spawn_local(async move {
            match session.put_in_force(&change).await {
                Ok(()) => {
                    sheets.kept(&whose);
                    access.done.try_set(Some(text.sheet_changed));
                    access.code.try_set(None);
                }
                Err(why) => {
                    failure.try_set(Some(why));
                }
            }
        });
    };
    let is_perhaps = Signal::derive(move || failure.with(|why| *why == Some(Failure::Offline)));
    view! {
        <h1 id="sheet-title" class="no-print" tabindex="-1">
            {text.sheet_dialog}
        </h1>
        <section class="chapter">
            <p class="no-print">{text.sheet_until}</p>
            <RecoverySheet recovery_words address on_kept go=text.sheet_go />
            <div class="no-print">
                <Trouble failure perhaps=is_perhaps />
                <button type="button" class="button wide" on:click=move |_| access.code.set(None)>
                    {words.general.cancel}
                </button>
            </div>
        </section>
    }
}
