//! The invitation: name and address, passphrase, recovery sheet.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::account::InvitationResponse;
use shared::api::{Base64, EmailAddress, ErrorCode};

use super::begun::{Filled, Last, Stage, forgets_elsewhere, use_begun};
use super::failure::Failed;
use super::passphrase::ChoosePassphrase;
use super::recovery_sheet::RecoverySheet;
use super::sheet::Sheet;
use super::whole::remember;
use crate::lang::fold;
use crate::pages::place::{HOME, SIGN_IN};
use crate::pages::route::{Route, use_router};
use crate::platform::history;
use crate::state::Failure;
use crate::state::session::{NewAccount, NotEnrolled, Perhaps, use_session};
use crate::state::sheets::use_sheets;
use crate::ui::{Field, Note, Progress, Tone, dom, say, use_words};
use crate::worker::protocol::access::SecretText;

/// The invitation.
#[component]
pub fn Invitation() -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let router = use_router();
    // The token stands in the fragment, which browsers send to nobody.
    let fragment = location().hash().unwrap_or_default();
    let token = fragment.trim_start_matches('#').parse::<Base64>().ok().filter(|token| !token.0.is_empty());
    let filled = use_begun().filled;
    let stage = filled.stage;
    if filled.begin(token.clone())
        && let Some(token) = token
    {
        spawn_local(async move {
            let answer = session.invitation(token).await;
            stage.try_set(match answer {
                Ok(invitation) => Stage::You(invitation),
                Err(failure) => Stage::Refused(failure),
            });
        });
    }
    // The browser's way back leads from the passphrase to the step before it, and not out of the page.
    let back = window_event_listener(leptos::ev::popstate, move |_| {
        stage.update(|stage| {
            if let Stage::Passphrase(invitation) = stage {
                *stage = Stage::You(invitation.clone());
            }
        });
    });
    on_cleanup(move || back.remove());
    let sheets = use_sheets();
    forgets_elsewhere(filled.last, Route::Invitation);
    let on_kept = Callback::new(move |()| {
        if let Some(address) = filled.address.get_untracked() {
            sheets.kept(address.as_str());
        }
        router.go_instead(HOME);
        filled.forget();
    });
    move || match stage.get() {
        Stage::Asking => view! {
            <Sheet title=text.welcome>
                <p>{text.invitation_asking}</p>
                <Progress value=None label=text.invitation_asking />
            </Sheet>
        }
        .into_any(),
        Stage::NoToken => view! {
            <Sheet title=text.invitation_none>
                <p>{text.invitation_none_what}</p>
                <ToSignIn />
            </Sheet>
        }
        .into_any(),
        // Most often it is the one that made this mailbox: the page was loaded anew, or somebody went back.
        Stage::Refused(_) if session.account().get().is_some() => view! {
            <Sheet title=text.invitation_yours>
                <p>{text.invitation_yours_what}</p>
                <a class="button main wide" href=HOME>
                    {text.sheet_go}
                </a>
            </Sheet>
        }
        .into_any(),
        Stage::Refused(failure) => view! {
            <Sheet title=text.invitation_gone>
                <Note tone=Tone::Bad>{say::failure(words, &failure)}</Note>
                <ToSignIn />
            </Sheet>
        }
        .into_any(),
        Stage::You(invitation) => view! { <You invitation filled /> }.into_any(),
        Stage::Passphrase(_) => view! { <Passphrase filled /> }.into_any(),
        Stage::Sheet(recovery_words) => {
            let address = filled.address.get_untracked().map(|address| address.to_string()).unwrap_or_default();
            view! {
                <Sheet title=text.sheet wide=true>
                    <Steps now=2 />
                    <RecoverySheet recovery_words address on_kept go=text.sheet_go />
                </Sheet>
            }
            .into_any()
        }
    }
}

#[component]
fn ToSignIn() -> impl IntoView {
    view! {
        <div class="aside">
            <a href=SIGN_IN>{use_words().door.sign_in}</a>
        </div>
    }
}

/// The three steps and which one it is now, counted from 0.
#[component]
fn Steps(now: usize) -> impl IntoView {
    let text = &use_words().door;
    let one = |(index, step): (usize, &'static str)| {
        view! {
            <li class:done=index < now aria-current=(index == now).then_some("step")>
                {step}
            </li>
        }
    };
    view! {
        <ol class="steps" aria-label=text.steps_label style="margin-top:var(--s-4)">
            {text.steps.into_iter().enumerate().map(one).collect_view()}
        </ol>
    }
}

#[component]
fn You(invitation: InvitationResponse, filled: Filled) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let error = RwSignal::new(None::<String>);
    // Whether the name is missing, and that was said.
    let name_error = RwSignal::new(None::<String>);
    let fixed = invitation.address.clone();
    let domain = invitation.domain.clone();
    let session = use_session();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let on_submit = {
        let (fixed, domain, invitation) = (fixed.clone(), domain.clone(), invitation);
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            failure.set(None);
            // Nobody needs one; it is asked for once.
            if filled.name.read_untracked().trim().is_empty() && name_error.get_untracked().is_none() {
                name_error.set(Some(text.name_missing.to_owned()));
                return dom::focus_id("name");
            }
            let typed = filled.local_part.get_untracked().trim().to_lowercase();
            let address: Result<EmailAddress, _> = match &fixed {
                Some(address) => Ok(address.clone()),
                None if typed.is_empty() => Err(text.part_missing),
                None => format!("{typed}@{domain}").parse().map_err(|_| text.part_wrong),
            };
            let wrong = move |why: String| {
                error.try_set(Some(why));
                dom::focus_id("local-part");
            };
            let address = match address {
                Ok(address) => address,
                Err(why) => return wrong(why.to_owned()),
            };
            // The box takes accents in addresses of other places only.
            let plain = fold(&typed);
            if fixed.is_none() && plain != typed {
                return wrong((text.part_accents)(&plain));
            }
            error.set(None);
            busy.set(true);
            let (invitation, is_fixed) = (invitation.clone(), fixed.is_some());
            spawn_local(async move {
                let answer = session.may_have(filled.token.get_value(), address.clone()).await;
                busy.try_set(false);
                match answer {
                    Ok(()) => {
                        filled.address.try_set(Some(address));
                        // Unless the page has been left meanwhile.
                        if filled.stage.try_set(Stage::Passphrase(invitation)).is_none() {
                            history::step();
                        }
                    }
                    Err(why) if !is_fixed && is_about_address(&why) => wrong(say::failure(words, &why)),
                    Err(why) => {
                        failure.try_set(Some(why));
                    }
                }
            });
        }
    };
    let address = match fixed {
        Some(address) => view! {
            <div class="field">
                <span>
                    <strong>{text.your_address}</strong>
                </span>
                <p>{address.to_string()}</p>
            </div>
        }
        .into_any(),
        None => view! {
            <Field
                id="local-part"
                label=text.your_address
                hint=text.your_address_hint
                value=filled.local_part
                error=error
                mode="email"
                autocomplete="username"
                suffix=format!("@{domain}")
            />
        }
        .into_any(),
    };
    view! {
        <Sheet title=text.welcome>
            <p>{text.welcome_what}</p>
            <Steps now=0 />
            <form on:submit=on_submit novalidate=true>
                <Field
                    id="name"
                    label=text.your_name
                    hint=text.your_name_hint
                    value=filled.name
                    error=name_error
                    autocomplete="name"
                    focused=true
                />
                {address}
                {move || failure.get().map(|why| view! { <Note tone=Tone::Bad>{say::failure(words, &why)}</Note> })}
                <button class="button main wide" prop:disabled=move || busy.get()>
                    {words.general.continue_}
                </button>
            </form>
        </Sheet>
    }
}

/// Whether another address would help.
fn is_about_address(failure: &Failure) -> bool {
    let Failure::Refused(error) = failure else { return false };
    matches!(error.code, ErrorCode::AddressTaken | ErrorCode::AddressNotHere)
}

#[component]
fn Passphrase(filled: Filled) -> impl IntoView {
    let words = use_words();
    let text = &words.door;
    let session = use_session();
    let sheets = use_sheets();
    let router = use_router();
    let Last { chosen, busy, failure, perhaps } = filled.last;
    let known = Signal::derive(move || {
        vec![filled.name.get(), filled.address.get().map(|address| address.to_string()).unwrap_or_default()]
    });
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let (Some(passphrase), Some(address)) = (chosen.take(), filled.address.get_untracked()) else { return };
        failure.set(None);
        busy.set(true);
        let new = NewAccount {
            invitation: filled.token.get_value(),
            address,
            display_name: filled.name.get_untracked().trim().to_owned(),
            language: words.language,
            passphrase: SecretText::from(passphrase),
        };
        let whose = new.address.clone();
        let maybe = Perhaps { address: whose.clone(), passphrase: new.passphrase.clone(), language: new.language };
        // The page may end before the words are shown.
        let is_news = sheets.shown(whose.as_str());
        spawn_local(async move {
            let answer = session.register(new, perhaps.get_value()).await;
            busy.set(false);
            match answer {
                Ok(recovery_words) => {
                    remember(&whose);
                    perhaps.set_value(None);
                    chosen.clear();
                    let was_there = filled.stage.with_untracked(|stage| matches!(stage, Stage::Passphrase(_)));
                    match recovery_words {
                        Some(words) => filled.stage.set(Stage::Sheet(words)),
                        // There is none to show; the mailbox goes on reminding of that.
                        None => return router.go_instead(HOME),
                    }
                    // Nothing shall lead back to the step that the passphrase was, unless somebody has gone back already.
                    if was_there {
                        history::back();
                    }
                }
                Err(not) => {
                    if not.perhaps {
                        perhaps.set_value(Some(maybe));
                    } else if is_news {
                        sheets.kept(whose.as_str());
                    }
                    failure.set(Some(not));
                    dom::show_first(".note.bad");
                }
            }
        });
    };
    view! {
        <Sheet title=text.choose_passphrase>
            <p>{text.choose_passphrase_what}</p>
            <Steps now=1 />
            <form on:submit=on_submit novalidate=true>
                <Failed failure perhaps=text.perhaps_made />
                // For the browser's keeper of passwords.
                <input
                    type="text"
                    hidden=true
                    autocomplete="username"
                    readonly=true
                    value=filled.address.get_untracked().map(|address| address.to_string())
                />
                <div class="still" inert=move || failure.with(NotEnrolled::is_perhaps)>
                    <ChoosePassphrase chosen label=text.passphrase known focused=true />
                </div>
                <button class="button main wide" prop:disabled=move || busy.get()>
                    {move || if busy.get() { text.creating } else { text.create }}
                </button>
            </form>
            <div class="aside">
                <button type="button" class="language" prop:disabled=move || busy.get() on:click=move |_| history::back()>
                    {words.general.back}
                </button>
            </div>
        </Sheet>
    }
}
