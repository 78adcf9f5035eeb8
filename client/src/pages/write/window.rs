//! The window of one letter being written.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::{ApiError, ErrorCode};

use super::checks::{Checked, Doubt, doubt};
use super::enclosures::{ENCLOSED_BYTES, Enclosures, enclose, total};
use super::lock::LetterLock;
use super::people::PeopleLine;
use super::windows::{Mode, Windows};
use crate::lang::format::{self, DateStyle};
use crate::platform::files;
use crate::state::Failure;
use crate::state::drafts::{Draft, Saved, use_drafts};
use crate::state::sending::{Dispatch, Lock, use_sending};
use crate::ui::layers::closes_on_back;
use crate::ui::{Glyph, Icon, Note, Progress, Tone, Tool, dom, say, use_words};

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
    let (over, wrong) = (RwSignal::new(false), RwSignal::new(Vec::new()));
    let asked = RwSignal::new(None::<Doubt>);
    let section = NodeRef::<html::Section>::new();

    let (can_try, leaving) = (sending.can_try(draft), sending.is_leaving(draft));
    let is_asking = RwSignal::new(false);
    let ways = sending.ways(draft);
    let is_too_much = Memo::new(move |_| total(draft) > ENCLOSED_BYTES);
    let must_stay = Signal::derive(move || leaving.get() || draft.coming.with(|coming| !coming.is_empty()));
    let can_send = move || can_try.get() && !is_too_much.get() && !is_asking.get();
    let send_now = move |unknown_open: bool| {
        asked.set(None);
        if untrack(can_send) {
            sending.send(draft, unknown_open);
        }
    };
    let found = move || {
        let (subject, body, ways) = (draft.subject.get(), draft.text.get(), ways.get());
        let enclosures = draft.enclosures.with(Vec::len) + draft.coming.with(Vec::len);
        let after_sealed = draft.after_sealed;
        doubt(words, &Checked { subject: &subject, text: &body, enclosures, ways: &ways, after_sealed })
    };
    // What changes the letter may take the reason of a question away; it is asked again when the letter is sent again.
    let forget = move || asked.set(None);
    let enclose = move |files| {
        forget();
        // The browser's dialog may have been answered only after the letter was sent.
        if !leaving.get_untracked() {
            enclose(words, draft, wrong, files);
        }
    };
    let send = move || {
        // What is still in a field becomes a recipient when the field loses the focus.
        if let Some(field) = dom::focused() {
            let _ = field.blur();
        }
        if !untrack(can_send) {
            return;
        }
        let decide = move || match untrack(found) {
            Some(found) => {
                show_wrong(section, &found);
                asked.set(Some(found));
            }
            None => send_now(false),
        };
        if !matches!(untrack(found), Some(Doubt::Unknown(_))) {
            return decide();
        }
        // Who could not be asked before is asked once more.
        is_asking.set(true);
        spawn_local(async move {
            sending.ask_about_unknown(draft).await;
            // Unless the letter was closed meanwhile.
            if is_asking.try_set(false).is_none() {
                decide();
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let control = event.ctrl_key() || event.meta_key();
        match (control, event.key().as_str()) {
            (true, "Enter") => send(),
            (true, "s") => drafts.save(key),
            (false, "Escape") => drafts.close(key),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let on_over = move |event: leptos::ev::DragEvent| {
        let has_files = event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0));
        if has_files {
            event.prevent_default();
            over.set(true);
        }
    };
    let on_drop = move |event: leptos::ev::DragEvent| {
        over.set(false);
        let dropped = event.data_transfer().map(|transfer| files::of_transfer(&transfer)).unwrap_or_default();
        if !dropped.is_empty() {
            event.prevent_default();
            enclose(dropped);
        }
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
    let send_words = move || match (dispatch.get(), sending.lock(draft).get()) {
        (Dispatch::Sealing | Dispatch::Uploading(_), _) => text.sending,
        _ if is_asking.get() => text.asking_again,
        (_, Lock::Sealed) => text.send,
        _ => text.send_open,
    };
    let toggle = move |to: Mode| windows.set_mode(key, if windows.mode(key) == to { Mode::Docked } else { to });
    start_focus(draft, section);
    // On a phone it covers the page, and the way back leads out of it; what was written is in the drafts then.
    let covers = Signal::derive(move || mode.get() != Mode::Small && dom::is_phone());
    closes_on_back(covers, move || {
        let may_close = !must_stay.get_untracked();
        if may_close {
            drafts.close(key);
        }
        may_close
    });
    // What cannot be changed has no focus; without one, what is typed on would be commands to the page.
    Effect::new(move || {
        if leaving.get()
            && let Some(section) = section.get_untracked()
        {
            dom::focus(&section);
        }
    });
    view! {
        <section
            class="writing"
            class:small=move || mode.get() == Mode::Small
            class:full=move || mode.get() == Mode::Full
            class:over=move || over.get()
            aria-label=title
            aria-busy=move || leaving.get().to_string()
            tabindex="-1"
            node_ref=section
            on:keydown=on_key
            on:input=move |_| forget()
            on:dragover=on_over
            on:dragleave=move |_| over.set(false)
            on:drop=on_drop
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
                    on_press=move |_| drafts.close(key)
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
                    aria-label=text.text
                    placeholder=text.text_hint
                    dir="auto"
                    bind:value=draft.text
                />
            </div>
            <div class="below" inert=move || leaving.get()>
                {move || asked.get().map(|doubt| view! { <Ask doubt on_send=send_now /> })}
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
                <LetterLock draft />
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
    }
}

/// Where one begins: with the recipient, or where there is one with the text.
fn start_focus(draft: Draft, section: NodeRef<html::Section>) {
    Effect::new(move || {
        let Some(section) = section.get() else { return };
        let has_people = draft.to.with_untracked(|to| !to.is_empty());
        let field = if has_people { "textarea" } else { ".people input" };
        request_animation_frame(move || {
            if let Ok(Some(field)) = section.query_selector(field) {
                // Before it has the focus: browsers bring into view where the writing goes on, and that is its beginning.
                if has_people && let Some(area) = wasm_bindgen::JsCast::dyn_ref::<web_sys::HtmlTextAreaElement>(&field)
                {
                    let _ = area.set_selection_range(0, 0);
                }
                dom::focus_in_place(&field);
                let scrollers =
                    [Some(section.clone().into()), section.query_selector(".inner").ok().flatten(), Some(field)];
                scrollers.into_iter().flatten().for_each(|scroller: web_sys::Element| scroller.set_scroll_top(0));
            }
        });
    });
}

/// Brings what is to be corrected into view, or the focus to where it is to be written.
fn show_wrong(section: NodeRef<html::Section>, doubt: &Doubt) {
    let wanted = match doubt {
        Doubt::Nobody => ".people input",
        Doubt::NotAddresses(_) => ".person.bad",
        _ => return,
    };
    let found = section.get_untracked().and_then(|section| section.query_selector(wanted).ok().flatten());
    if let Some(found) = found {
        found.scroll_into_view_with_bool(false);
        dom::focus(&found);
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
        <PeopleLine id=format!("to-{key}") label=text.to people=draft.to>
            <div class="links">{offer(cc, text.add_cc, "cc")} {offer(bcc, text.add_bcc, "bcc")}</div>
        </PeopleLine>
        {move || cc.get().then(|| view! { <PeopleLine id=format!("cc-{key}") label=text.cc people=draft.cc /> })}
        {move || bcc.get().then(|| view! { <PeopleLine id=format!("bcc-{key}") label=text.bcc people=draft.bcc /> })}
    }
}

/// How far the letter is saved.
#[component]
fn SavedWords(draft: Draft) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    move || match draft.saved.get() {
        Saved::Empty => String::new(),
        Saved::Changed => text.changed.to_owned(),
        Saved::Saving => text.saving.to_owned(),
        Saved::At(at) => (text.saved)(&format::date(words.language, at, DateStyle::Time)),
        Saved::Failed(_) => text.save_failed.to_owned(),
    }
}

/// How far the letter is on its way.
#[component]
fn Sent(draft: Draft) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let dispatch = use_sending().dispatch(draft);
    let value = Signal::derive(move || match dispatch.get() {
        Dispatch::Uploading(part) => Some(part),
        _ => None,
    });
    let is_leaving = use_sending().is_leaving(draft);
    move || is_leaving.get().then(|| view! { <Progress value label=text.sending /> })
}

/// Why the letter could not be saved.
#[component]
fn NotSaved(draft: Draft) -> impl IntoView {
    let words = use_words();
    move || match draft.saved.get() {
        Saved::Failed(failure) => Some(view! {
            <Note tone=Tone::Warn>
                <strong>{words.write.save_failed}</strong>
                " "
                {say::failure(words, &failure)}
            </Note>
        }),
        _ => None,
    }
}

/// Why the letter did not leave, or that nobody knows whether it did.
#[component]
fn NotSent(draft: Draft) -> impl IntoView {
    let words = use_words();
    let dispatch = use_sending().dispatch(draft);
    let text = &words.write;
    let told = move |failure: &Failure| match failure {
        Failure::Offline => (text.perhaps_sent, text.perhaps_sent_again.to_owned()),
        Failure::Refused(ApiError { code: ErrorCode::AlreadySent, .. }) => {
            (text.sent_before, text.sent_before_what.to_owned())
        }
        _ => (text.not_sent, say::failure(words, failure)),
    };
    move || match dispatch.get() {
        Dispatch::Failed(failure) => {
            let (what, then) = told(&failure);
            Some(view! {
                <Note tone=Tone::Bad>
                    <strong>{what}</strong>
                    " "
                    {then}
                </Note>
            })
        }
        _ => None,
    }
}

/// A doubt, and the way past it, where there is one; what is told then is whether it may leave open to whom it is not known of.
#[component]
fn Ask(doubt: Doubt, #[prop(into)] on_send: Callback<bool>) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let is_unknown = matches!(doubt, Doubt::Unknown(_));
    let what = match doubt {
        Doubt::Nobody => return view! { <Note tone=Tone::Bad>{text.nobody}</Note> }.into_any(),
        Doubt::NotAddresses(wrong) => {
            let quoted: Vec<_> = wrong.iter().map(|wrong| (words.general.quoted)(wrong)).collect();
            let said = (text.not_addresses)(&say::and(words, &quoted), quoted.len());
            return view! { <Note tone=Tone::Bad>{said}</Note> }.into_any();
        }
        Doubt::Unknown(unknown) => (text.unknown_sure)(&say::and(words, &unknown), unknown.len()),
        Doubt::AttachmentForgotten => text.attach_forgotten.to_owned(),
        Doubt::NoSubject => text.subject_missing.to_owned(),
        Doubt::OpenAfterSealed(count) => text.open_sure_what.say(words.language, count),
    };
    let button = NodeRef::<html::Button>::new();
    button.on_load(|button| {
        let _ = button.focus();
    });
    view! {
        <Note tone=Tone::Warn>
            {what}
            " "
            <button type="button" class="button" node_ref=button on:click=move |_| on_send.run(is_unknown)>
                {if is_unknown { text.send_unsealed } else { text.send_anyway }}
            </button>
        </Note>
    }
    .into_any()
}
