//! The window of one letter being written.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::checks::{Checked, Doubt, doubt};
use super::enclosures::{Enclosures, enclose};
use super::focus;
use super::key_lines::KeyLines;
use super::lock::LetterLock;
use super::notes::{Ask, LeftBehind, NotSaved, NotSent, SavedWords, Sent, show_wrong};
use super::people::PeopleLine;
use super::unsealed::{LinkOptions, UnsealedLine};
use super::windows::{Mode, Windows};
use crate::pages::check::CheckKey;
use crate::platform::files;
use crate::state::drafts::{Draft, ENCLOSED_BYTES, use_drafts};
use crate::state::sending::{Dispatch, Lock, use_sending};
use crate::ui::layers::closes_on_back;
use crate::ui::{Glyph, Icon, Tool, dom, use_words};

/// The window of one letter.
#[component]
pub(super) fn Window(
    /// The letter.
    draft: Draft,
    /// How it and the others stand.
    windows: Windows,
) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let drafts = use_drafts();
    let sending = use_sending();
    let key = draft.key;
    let mode = Memo::new(move |_| windows.mode(key));
    let wrong = RwSignal::new(Vec::new());
    let asked = RwSignal::new(None::<Doubt>);
    let section = NodeRef::<html::Section>::new();
    let options_open = RwSignal::new(false);
    let checking = RwSignal::new(None);
    sending.learn_who_had_links();

    let (can_try, leaving) = (sending.can_try(draft), sending.is_leaving(draft));
    let is_asking = sending.is_asking(draft);
    // Whether those are being asked about once more who could not be asked, and whether the person has sent the letter while
    // somebody was still being asked about.
    let (asks_again, awaits) = (RwSignal::new(false), RwSignal::new(false));
    let ways = sending.ways(draft);
    let is_too_much = Memo::new(move |_| draft.enclosed() > ENCLOSED_BYTES);
    let must_stay = Signal::derive(move || {
        let has_large = draft.large.with(|large| !large.is_empty());
        leaving.get() || is_too_much.get() || has_large || draft.coming.with(|coming| !coming.is_empty())
    });
    let can_send = move || can_try.get() && !is_too_much.get() && !asks_again.get();
    let send_now = move |unknown_open: bool| {
        asked.set(None);
        if untrack(can_send) {
            sending.send(draft, unknown_open);
        }
    };
    let found = move || {
        let (subject, body, ways) = (draft.subject.get(), draft.text.get(), ways.get());
        let enclosures = draft.enclosures.with(Vec::len) + draft.coming.with(Vec::len) + draft.large.with(Vec::len);
        let after_sealed = draft.after_sealed;
        doubt(words, &Checked { subject: &subject, text: &body, enclosures, ways: &ways, after_sealed })
    };
    // What was decided beside the letter is not asked any more.
    let lock = sending.lock(draft);
    let still_asked = move |doubt: &Doubt| !matches!(doubt, Doubt::Keys(_)) || lock.get() == Lock::Held;
    // What changes the letter may take the reason of a question away; it is asked again when the letter is sent again.
    let forget = move || asked.set(None);
    let enclose = move |files| {
        forget();
        // The browser's dialog may have been answered only after the letter was sent.
        if !leaving.get_untracked() {
            enclose(words, draft, wrong, files);
        }
    };
    let decide = move || match untrack(found) {
        Some(found) => {
            show_wrong(section, &found);
            asked.set(Some(found));
        }
        None => send_now(false),
    };
    let ask_and_decide = move || {
        if !matches!(untrack(found), Some(Doubt::Unknown(_))) {
            return decide();
        }
        // Who could not be asked before is asked once more.
        asks_again.set(true);
        spawn_local(async move {
            sending.ask_about_unknown(draft).await;
            // Unless the letter was closed meanwhile.
            if asks_again.try_set(false).is_none() {
                decide();
            }
        });
    };
    let send = move || {
        // What is still in a field becomes a recipient when the field loses the focus, which comes back to it at once.
        if let Some(field) = dom::focused() {
            let _ = field.blur();
            dom::focus_in_place(&field);
        }
        if !untrack(can_send) {
            return;
        }
        if is_asking.get_untracked() {
            return awaits.set(true);
        }
        ask_and_decide();
    };
    Effect::new(move || {
        if awaits.get() && !is_asking.get() {
            awaits.set(false);
            if untrack(can_send) {
                ask_and_decide();
            }
        }
    });
    let close = move || {
        focus::remember(draft);
        drafts.close(key);
    };
    Effect::new(move || {
        if let Some(files) = windows.take_dropped(key) {
            enclose(files);
        }
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let control = event.ctrl_key() || event.meta_key();
        match (control, event.key().as_str()) {
            (true, "Enter") => send(),
            (true, "s") => drafts.save(key),
            (false, "Escape") => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let on_paste = move |event: leptos::ev::ClipboardEvent| {
        let pasted = event.clipboard_data().map(|data| files::of_transfer(&data)).unwrap_or_default();
        if !pasted.is_empty() {
            event.prevent_default();
            enclose(pasted);
        }
    };
    let attach = move |_| {
        spawn_local(async move {
            let chosen = files::pick("").await;
            if !chosen.is_empty() {
                enclose(chosen);
            }
        });
    };
    let title = move || match draft.subject.get() {
        subject if subject.trim().is_empty() => text.new.to_owned(),
        subject => subject,
    };
    let dispatch = sending.dispatch(draft);
    let send_words = move || match (dispatch.get(), lock.get()) {
        (Dispatch::Sealing | Dispatch::Uploading(_), _) => text.sending,
        (Dispatch::TakingBack, _) => text.taking_back,
        _ if asks_again.get() => text.asking_again,
        _ if awaits.get() => text.asking_first,
        (_, Lock::Sealed | Lock::Held) => text.send,
        _ => text.send_open,
    };
    let toggle = move |to: Mode| windows.set_mode(key, if windows.mode(key) == to { Mode::Docked } else { to });
    focus::start(draft, section);
    focus::stay(leaving, draft, section);
    // On a phone it covers the page, and the way back leads out of it; what was written is in the drafts then.
    let covers = Signal::derive(move || mode.get() != Mode::Small && dom::is_phone());
    closes_on_back(covers, move || {
        let may_close = !must_stay.get_untracked();
        if may_close {
            close();
        }
        may_close
    });
    view! {
        <section
            class="writing"
            id=format!("writing-{}", key.0)
            class:small=move || mode.get() == Mode::Small
            class:full=move || mode.get() == Mode::Full
            class:over=move || windows.is_over(key)
            aria-label=title
            aria-busy=move || leaving.get().to_string()
            tabindex="-1"
            node_ref=section
            on:keydown=on_key
            on:input=move |_| {
                forget();
                awaits.set(false);
            }
            on:focusin=move |event| focus::note(draft, &event)
            on:click=move |_| focus::keep(section)
            on:keyup=move |_| focus::keep(section)
            on:paste=on_paste
        >
            <header>
                <h2>
                    {move || {
                        if mode.get() == Mode::Small {
                            view! {
                                <button type="button" title=text.restore on:click=move |_| toggle(Mode::Small)>
                                    {title}
                                </button>
                            }
                                .into_any()
                        } else {
                            view! { <span>{title}</span> }.into_any()
                        }
                    }}
                </h2>
                {move || {
                    let (glyph, label) = match mode.get() {
                        Mode::Small => (Glyph::Up, text.restore),
                        _ => (Glyph::Minimise, text.minimise),
                    };
                    view! { <Tool glyph label=label.to_owned() on_press=move |_| toggle(Mode::Small) /> }
                }}
                {move || {
                    let (glyph, label) = match mode.get() {
                        Mode::Full => (Glyph::Shrink, text.small),
                        _ => (Glyph::Expand, text.full),
                    };
                    view! {
                        <Tool
                            glyph
                            class="wide-only"
                            label=label.to_owned()
                            on_press=move |_| toggle(Mode::Full)
                        />
                    }
                }}
                <Tool
                    glyph=Glyph::Close
                    label=text.close.to_owned()
                    disabled=must_stay
                    on_press=move |_| close()
                />
            </header>
            <div class="inner" inert=move || leaving.get() on:click=move |_| forget()>
                <Recipients draft />
                <div class="line">
                    <label for=format!("subject-{}", key.0)>{text.subject}</label>
                    <input
                        id=format!("subject-{}", key.0)
                        type="text"
                        autocomplete="off"
                        dir="auto"
                        bind:value=draft.subject
                    />
                </div>
                <textarea
                    id=format!("text-{}", key.0)
                    aria-label=text.text
                    placeholder=text.text_hint
                    dir="auto"
                    bind:value=draft.text
                />
            </div>
            <div class="below" inert=move || leaving.get()>
                {move || asked.get().filter(still_asked).map(|doubt| view! { <Ask doubt on_send=send_now /> })}
                <KeyLines draft checking />
                <UnsealedLine draft options_open />
                <LeftBehind draft />
                <NotSaved draft />
                <NotSent draft />
                <Enclosures draft wrong />
            </div>
            <Sent draft />
            <footer>
                <button
                    type="button"
                    class="button main"
                    title=format!("{}+{}", words.shortcuts.control, words.shortcuts.enter)
                    prop:disabled=move || !can_send()
                    on:click=move |_| send()
                >
                    <Icon glyph=Glyph::Send />
                    {send_words}
                </button>
                <LetterLock draft checking />
                <span class="state" role="status">
                    <SavedWords draft />
                </span>
                <Tool glyph=Glyph::Clip label=text.attach.to_owned() disabled=leaving on_press=attach />
                <Tool
                    glyph=Glyph::Trash
                    label=text.discard.to_owned()
                    disabled=leaving
                    on_press=move |_| drafts.discard(key)
                />
            </footer>
        </section>
        <LinkOptions draft open=options_open />
        <CheckKey checking />
    }
}

/// The lines To, Cc and Bcc; the last two appear when they are wanted.
#[component]
fn Recipients(draft: Draft) -> impl IntoView {
    let text = &use_words().write;
    let cc = RwSignal::new(draft.cc.with_untracked(|cc| !cc.is_empty()));
    let bcc = RwSignal::new(draft.bcc.with_untracked(|bcc| !bcc.is_empty()));
    let key = draft.key.0;
    let offer = move |open: RwSignal<bool>, label: &'static str, line: &'static str| {
        move || {
            (!open.get()).then(|| {
                let show = move |_| {
                    open.set(true);
                    let id = format!("{line}-{key}");
                    request_animation_frame(move || {
                        if let Some(field) = document().get_element_by_id(&id) {
                            dom::focus(&field);
                        }
                    });
                };
                view! {
                    <button type="button" on:click=show>
                        {label}
                    </button>
                }
            })
        }
    };
    view! {
        <PeopleLine id=format!("to-{key}") label=text.to draft people=draft.to>
            <div class="links">{offer(cc, text.add_cc, "cc")} {offer(bcc, text.add_bcc, "bcc")}</div>
        </PeopleLine>
        {move || cc.get().then(|| view! { <PeopleLine id=format!("cc-{key}") label=text.cc draft people=draft.cc /> })}
        {move || bcc.get().then(|| view! { <PeopleLine id=format!("bcc-{key}") label=text.bcc draft people=draft.bcc /> })}
    }
}
