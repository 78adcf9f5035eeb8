//! What is enclosed in a letter being written.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::limits;
use shared::pgp::holds_secret_key;
use web_sys::File;

use crate::lang::{Words, format};
use crate::platform::buffer::Buffer;
use crate::platform::files;
use crate::state::drafts::{Coming, Draft, ENCLOSED_BYTES};
use crate::ui::{Glyph, Icon, Note, Progress, Tone, Tool, use_words};
use crate::worker::protocol::writing::Enclosure;

/// Largest file that is looked through for a secret key when it is enclosed, octets: a key has some thousand, and the page must
/// not stand still.
const LOOKED_THROUGH_BYTES: usize = 1024 * 1024;

/// Most octets of the files of a letter that go behind a link because no mail takes them: what is left of a payload beside the rest
/// of the letter and its padding.
const MOST_LARGE_BYTES: u64 = limits::LINK_PAYLOAD_BYTES / 16 * 15;

/// Puts files into a letter, which waits for them; says which ones it could not. One that is taken out meanwhile stays out. What no
/// mail takes stays where it is, and goes behind a link.
pub(super) fn enclose(words: &'static Words, draft: Draft, wrong: RwSignal<Vec<String>>, chosen: Vec<File>) {
    let size = |octets| format::size(words.language, octets);
    let (mut told, mut fit) = (Vec::new(), Vec::new());
    for file in chosen {
        // A size is a whole number.
        let octets = file.size() as u64;
        if untrack(|| draft.enclosed()).saturating_add(octets) <= ENCLOSED_BYTES {
            fit.push((draft.wait_for(file.name(), octets), file));
        } else if large_octets(draft).saturating_add(octets) <= MOST_LARGE_BYTES {
            draft.large.update(|large| large.push(file));
        } else {
            told.push((words.write.attach_too_large)(&file.name(), &size(octets), &size(MOST_LARGE_BYTES)));
        }
    }
    wrong.set(told);
    spawn_local(async move {
        for (key, file) in fit {
            let read = files::read(&file).await;
            if !draft.wait_no_more(key) {
                continue;
            }
            match read {
                Ok(read) if is_secret_key(&read.bytes) => {
                    wrong.update(|wrong| wrong.push((words.write.attach_secret_key)(&read.name)));
                }
                Ok(read) => draft.enclosures.update(|enclosures| {
                    enclosures.push(Enclosure { name: read.name, media_type: read.media_type, bytes: read.bytes });
                }),
                Err(unreadable) => {
                    wrong.update(|wrong| wrong.push((words.write.attach_unreadable)(&unreadable.name)));
                }
            }
        }
    });
}

/// Octets of what goes behind a link because no mail takes it.
fn large_octets(draft: Draft) -> u64 {
    draft.large.with_untracked(|large| large.iter().map(|file| file.size() as u64).sum())
}

/// Whether a file is a secret key, as far as that is looked for at once. All is looked through before the letter leaves.
fn is_secret_key(file: &Buffer) -> bool {
    file.len() <= LOOKED_THROUGH_BYTES && holds_secret_key(&file.to_vec())
}

/// The enclosures of a letter, each with a way to take it out.
#[component]
pub(super) fn Enclosures(
    /// The letter.
    draft: Draft,
    /// What could not be enclosed.
    wrong: RwSignal<Vec<String>>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let size = |octets: u64| format::size(use_words().language, octets);
    let enclosed = Memo::new(move |_| draft.enclosed());
    let one = move |(index, enclosure): (usize, Enclosure)| {
        let octets = u64::try_from(enclosure.bytes.len()).unwrap_or(u64::MAX);
        let remove = move |_| {
            draft.enclosures.update(|all| {
                if index < all.len() {
                    all.remove(index);
                }
            });
        };
        view! {
            <div class="file">
                <Icon glyph=if enclosure.media_type.starts_with("image/") { Glyph::Image } else { Glyph::File } />
                <span class="label" title=enclosure.name.clone()>
                    <span>{enclosure.name.clone()}</span>
                    <small>{size(octets)}</small>
                </span>
                <Tool glyph=Glyph::Close label=(text.attach_remove)(&enclosure.name) on_press=remove />
            </div>
        }
    };
    let large_one = move |(index, file): (usize, File)| {
        let (name, octets) = (file.name(), file.size() as u64);
        let remove = move |_| {
            draft.large.update(|all| {
                if index < all.len() {
                    all.remove(index);
                }
            });
        };
        view! {
            <div class="file">
                <Icon glyph=Glyph::Link />
                <span class="label" title=name.clone()>
                    <span>{name.clone()}</span>
                    <small>{size(octets)}</small>
                </span>
                <Tool glyph=Glyph::Close label=(text.attach_remove)(&name) on_press=remove />
            </div>
        }
    };
    let coming = move |Coming { key, name, .. }: Coming| {
        view! {
            <div class="file coming">
                <Icon glyph=Glyph::File />
                <span class="label" title=name.clone()>
                    <span>{name.clone()}</span>
                    <small role="status">{text.attach_reading}</small>
                </span>
                <Tool
                    glyph=Glyph::Close
                    label=(text.attach_remove)(&name)
                    on_press=move |_| _ = draft.wait_no_more(key)
                />
                <Progress value=None label=(text.attach_reading).to_owned() />
            </div>
        }
    };
    let is_too_much = move || enclosed.get() > ENCLOSED_BYTES;
    view! {
        {move || {
            (!draft.large.with(Vec::is_empty))
                .then(|| view! { <Note glyph=Glyph::Link>{words.link.large_what}</Note> })
        }}
        {move || {
            is_too_much()
                .then(|| {
                    let limits = (text.attach_limits)(&size(ENCLOSED_BYTES), &size(limits::MESSAGE_BYTES as u64));
                    let told = (text.attach_total)(&size(enclosed.get()), &limits);
                    view! { <Note tone=Tone::Bad>{told}</Note> }
                })
        }}
        {move || {
            wrong.get().into_iter().map(|wrong| view! { <Note tone=Tone::Bad>{wrong}</Note> }).collect_view()
        }}
        {move || {
            let (all, still, large) = (draft.enclosures.get(), draft.coming.get(), draft.large.get());
            (!all.is_empty() || !still.is_empty() || !large.is_empty())
                .then(|| {
                    view! {
                        <div class="files">
                            {(enclosed.get() > 0)
                                .then(|| {
                                    let total = (text.attach_total_label)(&size(enclosed.get()), &size(ENCLOSED_BYTES));
                                    view! { <h2>{total}</h2> }
                                })}
                            {large.into_iter().enumerate().map(large_one).collect_view()}
                            {all.into_iter().enumerate().map(one).collect_view()}
                            {still.into_iter().map(coming).collect_view()}
                        </div>
                    }
                })
        }}
    }
}
