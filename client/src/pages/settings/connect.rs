//! A password that was just made, and the ways to put it into a program: found by the program itself, scanned, or typed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::device::MailServer;

use crate::platform::clipboard;
use crate::state::devices::use_devices;
use crate::state::session::{Account, use_session};
use crate::state::setup;
use crate::ui::{Glyph, Icon, QrCode, use_words};
use crate::worker::protocol::access::SecretText;

/// A password that was just made.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) password: SecretText,
    pub(super) opened: bool,
}

/// The password, and what to do with it.
#[component]
pub(super) fn Shown(made: Made, close: Callback<()>) -> impl IntoView {
    let text = &use_words().settings;
    let server = use_devices().list().get_untracked().map(|known| known.server);
    let account = use_session().account().get_untracked();
    let Made { password, opened, .. } = made;
    view! {
        <p>{text.device_once}</p>
        <Password password=password.clone() />
        {account.zip(server).map(|(account, server)| view! { <Ways account server password opened /> })}
        <div class="buttons end">
            <button type="button" class="button main" on:click=move |_| close.run(())>
                {text.device_noted}
            </button>
        </div>
    }
}

#[component]
fn Password(password: SecretText) -> impl IntoView {
    let words = use_words();
    let copied = RwSignal::new(None::<Result<(), clipboard::ClipboardRefused>>);
    let shown = password.expose().to_owned();
    let copy = move |_| {
        let password = password.clone();
        spawn_local(async move {
            let answer = clipboard::copy(password.expose()).await;
            copied.try_set(Some(answer));
        });
    };
    let said = move || match copied.get() {
        Some(Ok(())) => words.general.copied,
        Some(Err(_)) => words.general.copy_refused,
        None => "",
    };
    view! {
        <div>
            <div class="aloud">{words.settings.device_password}</div>
            <div class="password" translate="no">
                {shown}
            </div>
        </div>
        <div class="buttons">
            <button type="button" class="button" on:click=copy>
                <Icon glyph=Glyph::Copy />
                {words.general.copy}
            </button>
            <span role="status">{said}</span>
        </div>
    }
}

/// One way for each kind of program; one is unfolded at a time.
#[component]
fn Ways(account: Account, server: MailServer, password: SecretText, opened: bool) -> impl IntoView {
    let text = &use_words().connect;
    let scanned = setup::thunderbird_mobile(&account, &server, password.expose());
    let profile = setup::apple_profile(&account);
    let needs_key = (!opened).then(|| view! { <p>{text.needs_key}</p> });
    let apple = if opened {
        view! {
            <p>{text.apple_how}</p>
            <a class="button" href=profile.clone()>
                <Icon glyph=Glyph::Download />
                {text.apple_go}
            </a>
            <QrCode text=profile label=text.apple_code />
        }
        .into_any()
    } else {
        view! { <p>{text.apple_sealed}</p> }.into_any()
    };
    view! {
        <div class="ways">
            <strong>{text.title}</strong>
            <details name="way" open=!opened>
                <summary>{text.computer}</summary>
                <p>{(text.computer_how)(&account.address.to_string())}</p>
                {needs_key}
            </details>
            <details name="way">
                <summary>{text.android}</summary>
                <p>{text.android_how}</p>
                {(!opened).then(|| view! { <p>{text.android_sealed}</p> })}
                <QrCode text=scanned label=text.android_code />
                <p>
                    <small>{text.android_secret}</small>
                </p>
            </details>
            <details name="way">
                <summary>{text.apple}</summary>
                {apple}
            </details>
            <details name="way">
                <summary>{text.other}</summary>
                <Servers address=account.address.to_string() server />
            </details>
        </div>
    }
}

/// What a program asks for.
#[component]
fn Servers(address: String, server: MailServer) -> impl IntoView {
    let text = &use_words().settings;
    view! {
        <dl class="servers">
            <dt>{text.server_user}</dt>
            <dd>{address}</dd>
            <dt>{text.server_in}</dt>
            <dd>{(text.server_value)(&server.host, server.imaps_port)}</dd>
            <dt>{text.server_out}</dt>
            <dd>{(text.server_value)(&server.host, server.submissions_port)}</dd>
            <dt>{text.server_secure}</dt>
            <dd>{text.server_secure_value}</dd>
        </dl>
    }
}
