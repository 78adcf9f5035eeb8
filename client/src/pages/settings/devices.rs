//! The programs that may fetch and send mail: a password for each, shown once.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::device::{Device, DevicesResponse};
use shared::api::limits::DISPLAY_NAME_CHARS;

use super::connect::{Made, Shown};
use crate::lang::format::{self, DateStyle};
use crate::platform::time;
use crate::state::Failure;
use crate::state::devices::use_devices;
use crate::ui::{Dialog, Field, Glyph, Icon, Note, Progress, Tone, Tool, say, use_words};

/// The programs that may fetch and send mail.
#[component]
pub(super) fn DevicesChapter() -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let devices = use_devices();
    let failure = RwSignal::new(None::<Failure>);
    let (adding, revoking) = (RwSignal::new(false), RwSignal::new(None::<Device>));
    let load = move || {
        failure.set(None);
        spawn_local(async move {
            if let Err(why) = devices.load().await {
                failure.try_set(Some(why));
            }
        });
    };
    load();
    let list = devices.list();
    let one = move |device: Device| view! { <DeviceLine device revoking /> };
    let body = move || {
        if let Some(why) = failure.get() {
            return view! {
                <Note tone=Tone::Bad>
                    {say::failure(words, &why)} " "
                    <button type="button" class="button" on:click=move |_| load()>
                        {words.general.retry}
                    </button>
                </Note>
            }
            .into_any();
        }
        match list.get() {
            None => view! { <Progress value=None label=words.general.loading /> }.into_any(),
            Some(known) if known.devices.is_empty() => view! { <p>{text.devices_none}</p> }.into_any(),
            Some(known) => {
                view! { <ul class="devices">{known.devices.into_iter().map(one).collect_view()}</ul> }.into_any()
            }
        }
    };
    view! {
        <section class="chapter" id="devices">
            <h2>
                <Icon glyph=Glyph::Phone />
                {text.devices}
            </h2>
            <p>{text.devices_what}</p>
            {body}
            {move || list.get().map(|known| view! { <AtRest known /> })}
            <div class="buttons">
                <button type="button" class="button main" on:click=move |_| adding.set(true)>
                    <Icon glyph=Glyph::Plus />
                    {text.device_new}
                </button>
            </div>
        </section>
        <AddDialog adding />
        <RevokeDialog revoking />
    }
}

/// How the mail that comes is kept, and which devices stand against keeping it better.
#[component]
fn AtRest(known: DevicesResponse) -> impl IntoView {
    let words = use_words();
    let text = &words.connect;
    let against: Vec<_> = known.devices.into_iter().filter(|device| !device.opened).map(|device| device.name).collect();
    let said = match known.has_rest_key {
        // The account gets its key for that a moment after it was opened.
        false => return None,
        true if against.is_empty() => text.rest_kept.to_owned(),
        true => (text.rest_older)(&say::and(words, &against)),
    };
    Some(view! { <p id="at-rest">{said}</p> })
}

#[component]
fn DeviceLine(device: Device, revoking: RwSignal<Option<Device>>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let since = (text.device_since)(&format::date(words.language, device.created_at, DateStyle::DayAndYear));
    let used = match device.last_used_at {
        Some(at) => (text.device_used)(&say::near_time(words, at, time::now())),
        None => text.device_unused.to_owned(),
    };
    let name = device.name.clone();
    let label = format!("{} {name}", text.device_revoke);
    let opened = device.opened.then(|| {
        view! {
            <span class="chip open">
                <Icon glyph=Glyph::EnvelopeOpen />
                {text.device_is_opened}
            </span>
        }
    });
    view! {
        <li>
            <Icon glyph=Glyph::Phone />
            <div>
                {name}
                <small>{since} " · " {used}</small>
                {opened}
            </div>
            <Tool glyph=Glyph::Trash label on_press=move |_| revoking.set(Some(device.clone())) />
        </li>
    }
}

/// Names a device, then shows its password with what a program asks for.
#[component]
fn AddDialog(adding: RwSignal<bool>) -> impl IntoView {
    let text = &use_words().settings;
    let made = RwSignal::new(None::<Made>);
    let close = Callback::new(move |()| {
        adding.set(false);
        made.set(None);
    });
    let title = Signal::derive(move || match made.get() {
        Some(made) => (text.device_made)(&made.name),
        None => text.device_new.to_owned(),
    });
    view! {
        // The password is seen once: only its own button closes what shows it.
        <Dialog open=adding on_close=close title held=Signal::derive(move || made.with(Option::is_some))>
            {move || match made.get() {
                None => view! { <NameForm made /> }.into_any(),
                Some(made) => view! { <Shown made close /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn NameForm(made: RwSignal<Option<Made>>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let devices = use_devices();
    let (name, opened) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed: String = name.get_untracked().trim().chars().take(DISPLAY_NAME_CHARS).collect();
        if typed.is_empty() {
            return error.set(Some(text.device_name_missing.to_owned()));
        }
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = devices.create(typed.clone(), opened.get_untracked()).await;
            busy.try_set(false);
            match answer {
                Ok(password) => {
                    made.try_set(Some(Made { name: typed, password, opened: opened.get_untracked() }));
                }
                Err(failure) => {
                    error.try_set(Some(say::failure(words, &failure)));
                }
            }
        });
    };
    view! {
        <form on:submit=on_submit novalidate=true>
            <Field
                id="device-name"
                label=text.device_name
                hint=text.device_name_hint
                value=name
                error=error
                focused=true
            />
            <KindChoice opened />
            <div class="buttons end" style="margin-top:var(--s-5)">
                <button class="button main" prop:disabled=move || busy.get()>
                    {text.device_make}
                </button>
            </div>
        </form>
    }
}

/// Which kind of device: one that opens mail itself, or one that the box opens it for.
#[component]
fn KindChoice(opened: RwSignal<bool>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let list = use_devices().list();
    // What is kept so far stays closed to the first one that opens messages itself.
    let ends = move || {
        let is_kept = list.with(|known| {
            known.as_ref().is_some_and(|known| known.has_rest_key && known.devices.iter().all(|device| device.opened))
        });
        (is_kept && !opened.get()).then(|| view! { <Note tone=Tone::Warn>{words.connect.rest_ends}</Note> })
    };
    let one = move |value: bool, title: &'static str, what: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="device-kind"
                    prop:checked=move || opened.get() == value
                    on:change=move |_| opened.set(value)
                />
                <span>
                    {title} <small>{what}</small>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="kinds">
            <legend>{text.device_kind}</legend>
            {one(false, text.device_sealed, text.device_sealed_what)}
            {one(true, text.device_opened, text.device_opened_what)}
        </fieldset>
        {ends}
    }
}

/// Takes a password back?
#[component]
fn RevokeDialog(revoking: RwSignal<Option<Device>>) -> impl IntoView {
    let words = use_words();
    let text = &words.settings;
    let devices = use_devices();
    let failure = RwSignal::new(None::<Failure>);
    let open = Signal::derive(move || revoking.with(Option::is_some));
    let close = Callback::new(move |()| {
        revoking.set(None);
        failure.set(None);
    });
    let title = Signal::derive(move || {
        revoking
            .with(|device| device.as_ref().map(|device| (text.device_revoke_sure)(&device.name)))
            .unwrap_or_default()
    });
    let revoke = move |_| {
        let Some(device) = revoking.get_untracked() else { return };
        spawn_local(async move {
            match devices.revoke(device.id).await {
                Ok(()) => close.run(()),
                Err(why) => {
                    failure.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <Dialog open on_close=close title>
            <p>{text.device_revoke_what}</p>
            {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
            <div class="buttons end">
                <button type="button" class="button" autofocus=true on:click=move |_| close.run(())>
                    {words.general.cancel}
                </button>
                <button type="button" class="button danger" on:click=revoke>
                    {text.device_revoke_go}
                </button>
            </div>
        </Dialog>
    }
}
