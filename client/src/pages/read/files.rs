//! What is attached to a letter: shown, looked at, saved.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::Timestamp;

use super::picture::{self, is_picture, is_showable};
use super::save_all::save_all;
use crate::lang::format;
use crate::platform::files;
use crate::ui::{Dialog, Glyph, Icon, Note, Tool, use_words};
use crate::worker::protocol::reading::{AttachmentView, MessageView};
use crate::worker::protocol::writing::Enclosure;

/// What is attached to a letter.
#[component]
pub(super) fn Files(
    /// The letter.
    message: Arc<MessageView>,
    /// When it was written.
    at: Timestamp,
) -> impl IntoView {
    let words = use_words();
    let files: Vec<_> = message.attachments.iter().filter(|file| !file.shown && !is_echo(file)).cloned().collect();
    if files.is_empty() {
        return ().into_any();
    }
    let count = files.len();
    let pictures: Arc<Vec<Enclosure>> = Arc::new(files.iter().filter(|file| is_picture(file)).map(enclosure).collect());
    let seen = RwSignal::new(None::<usize>);
    let all = files.iter().map(enclosure).collect();
    let mut next_picture = 0;
    let one = |file: AttachmentView| {
        let at = is_picture(&file).then(|| {
            next_picture += 1;
            next_picture - 1
        });
        view! { <FileCard file at seen /> }
    };
    view! {
        <div class="files">
            <div class="all">
                <h2>{words.general.attachments.say(words.language, count)}</h2>
                {(count > 1).then(|| save_all(all, &message.subject, at))}
            </div>
            {files.into_iter().map(one).collect_view()}
        </div>
        <Viewer pictures seen />
    }
    .into_any()
}

fn name(file: &AttachmentView) -> String {
    let text = &use_words().read;
    match (file.name.is_empty(), is_for_machines(file)) {
        (false, _) => file.name.clone(),
        (true, true) => text.attachment_report.to_owned(),
        (true, false) => text.attachment_unnamed.to_owned(),
    }
}

/// Whether it is what a notice of failure says to programs (RFC 3464).
fn is_for_machines(file: &AttachmentView) -> bool {
    matches!(file.media_type.as_str(), "message/delivery-status" | "message/global-delivery-status")
}

/// Whether it is nothing to anybody: a notice of failure gives back the header of what it is about, which says no more than it does.
fn is_echo(file: &AttachmentView) -> bool {
    file.name.is_empty() && matches!(file.media_type.as_str(), "text/rfc822-headers" | "message/global-headers")
}

fn enclosure(file: &AttachmentView) -> Enclosure {
    Enclosure { name: name(file), media_type: file.media_type.clone(), bytes: file.bytes.clone() }
}

fn save(file: &Enclosure) {
    // Whatever the message says, what is saved is never taken for a page by the browser.
    files::save(&file.name, "application/octet-stream", &file.bytes);
}

fn size(file: &AttachmentView) -> String {
    let octets = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
    format::size(use_words().language, octets)
}

#[component]
fn FileCard(
    file: AttachmentView,
    /// Its place among the pictures, where it is one.
    at: Option<usize>,
    seen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let words = use_words();
    let name = name(&file);
    let saved = enclosure(&file);
    let url = at.filter(|_| is_showable(&file.bytes)).and_then(|_| picture::address(&file.media_type, &file.bytes));
    let fails = RwSignal::new(false);
    let face = move || match (at, url.clone().filter(|_| !fails.get())) {
        (None, _) => view! { <Icon glyph=Glyph::File /> }.into_any(),
        (Some(_), None) => view! { <Icon glyph=Glyph::Image /> }.into_any(),
        (Some(_), Some(url)) => {
            view! { <img class="thumb" src=url alt="" loading="lazy" on:error=move |_| fails.set(true) /> }.into_any()
        }
    };
    let label = view! {
        <span>{name.clone()}</span>
        <small>{size(&file)}</small>
    };
    let opened = enclosure(&file);
    // A picture is looked at here; whatever else it is, the program that it is for opens it.
    let (hint, open): (_, Callback<()>) = match at {
        Some(at) => ((words.read.attachment_preview)(&name), Callback::new(move |()| seen.set(Some(at)))),
        None => (name.clone(), Callback::new(move |()| save(&opened))),
    };
    view! {
        <div class="file">
            <button type="button" class="whole" title=hint on:click=move |_| open.run(())>
                {face}
                <span class="label">{label}</span>
            </button>
            <Tool
                glyph=Glyph::Download
                class="no-print"
                label=(words.read.attachment_download)(&name)
                on_press=move |_| save(&saved)
            />
        </div>
    }
}

/// The pictures of a letter, one large, with ways to the others.
#[component]
fn Viewer(pictures: Arc<Vec<Enclosure>>, seen: RwSignal<Option<usize>>) -> impl IntoView {
    let words = use_words();
    let open = Signal::derive(move || seen.with(Option::is_some));
    let pictures = StoredValue::new(pictures);
    let count = pictures.with_value(|pictures| pictures.len());
    let at = move || seen.get().and_then(|at| pictures.with_value(|pictures| pictures.get(at).cloned()));
    let title = Signal::derive(move || at().map(|picture| picture.name).unwrap_or_default());
    let step = move |by: usize| {
        // By one less than all is one back.
        seen.update(|seen| *seen = seen.map(|at| (at + by) % count.max(1)));
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowLeft" => step(count.saturating_sub(1)),
        "ArrowRight" => step(1),
        _ => {}
    };
    let large = move || {
        let picture = at()?;
        let url = Some(&picture.bytes).filter(|bytes| is_showable(bytes));
        let url = url.and_then(|bytes| picture::address(&picture.media_type, bytes));
        let fails = RwSignal::new(url.is_none());
        Some(move || match url.clone().filter(|_| !fails.get()) {
            Some(url) => {
                let name = picture.name.clone();
                view! { <img class="picture" src=url alt=name on:error=move |_| fails.set(true) /> }.into_any()
            }
            None => view! { <Note glyph=Glyph::Image>{words.read.picture_fails}</Note> }.into_any(),
        })
    };
    view! {
        <Dialog open on_close=move |()| seen.set(None) title class="image">
            <div on:keydown=on_key>
                {large}
                <div class="buttons end" style="margin-top:var(--s-3)">
                    {(count > 1)
                        .then(|| {
                            view! {
                                <Tool
                                    glyph=Glyph::ArrowLeft
                                    label=words.read.picture_previous.to_owned()
                                    on_press=move |_| step(count.saturating_sub(1))
                                />
                                <Tool
                                    glyph=Glyph::ArrowRight
                                    label=words.read.picture_next.to_owned()
                                    on_press=move |_| step(1)
                                />
                            }
                        })}
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| {
                            if let Some(picture) = at() {
                                save(&picture);
                            }
                        }
                    >
                        <Icon glyph=Glyph::Download />
                        {words.general.download}
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
