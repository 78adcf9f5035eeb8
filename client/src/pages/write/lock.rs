//! The one lock of a letter being written: how it travels to everybody, and why.

use leptos::prelude::*;
use shared::api::EmailAddress;
use shared::api::keys::Source;

use crate::lang::Words;
use crate::state::drafts::Draft;
use crate::state::sending::{Lock, Way, WhyOpen, use_sending};
use crate::ui::{Explain, Glyph, Icon, use_words};
use crate::worker::protocol::reading::CertificateFlaw;

/// How a letter travels to one recipient, in words.
pub(super) fn way_words(words: &Words, way: &Way) -> &'static str {
    let text = &words.write;
    match way {
        Way::Asking => text.way_asking,
        Way::NotAnAddress => text.way_wrong,
        Way::Unknown => text.way_unknown,
        Way::Link => text.way_link,
        Way::Sealed { source: Source::Local, .. } => text.way_sealed_here,
        Way::Sealed { source: Source::Wkd, .. } => text.way_sealed_there,
        Way::Sealed { source: Source::Kept, .. } => text.way_sealed_kept,
        Way::Open(WhyOpen::NoCertificate) => text.way_open_none,
        Way::Open(WhyOpen::Unusable(flaw)) => match flaw {
            CertificateFlaw::Damaged => text.way_open_damaged,
            CertificateFlaw::OtherAddress => text.way_open_other,
            CertificateFlaw::Expired => text.way_open_expired,
            CertificateFlaw::Revoked => text.way_open_revoked,
            CertificateFlaw::NoUsableKey => text.way_open_weak,
        },
    }
}

/// The lock of a letter; pressed, it says for whom and why.
#[component]
pub(super) fn LetterLock(
    /// The letter.
    draft: Draft,
) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let sending = use_sending();
    let lock = sending.lock(draft);
    let ways = sending.ways(draft);
    let class = Signal::derive(move || match lock.get() {
        Lock::Nobody | Lock::Asking => "",
        Lock::Wrong => "bad",
        Lock::Unknown => "warn",
        Lock::Sealed => "seal",
        Lock::Mixed | Lock::Link => "link",
        Lock::Open => "open",
    });
    let glyph = Signal::derive(move || match lock.get() {
        Lock::Nobody => Glyph::People,
        Lock::Wrong => Glyph::Warning,
        Lock::Asking | Lock::Unknown => Glyph::Clock,
        Lock::Sealed => Glyph::Lock,
        Lock::Link => Glyph::Link,
        Lock::Mixed | Lock::Open => Glyph::Card,
    });
    let label = Signal::derive(move || {
        match lock.get() {
            Lock::Nobody => text.lock_nobody,
            Lock::Wrong => text.lock_wrong,
            Lock::Unknown => text.lock_unknown,
            Lock::Asking => text.lock_asking,
            Lock::Sealed => text.lock_sealed,
            Lock::Mixed => text.lock_mixed,
            Lock::Link => text.lock_link,
            Lock::Open => text.lock_open,
        }
        .to_owned()
    });
    let what = move || match lock.get() {
        Lock::Nobody => text.lock_nobody_what,
        Lock::Wrong => text.lock_wrong_what,
        Lock::Unknown => text.lock_unknown_what,
        Lock::Asking => text.lock_asking_what,
        Lock::Sealed => text.lock_sealed_what,
        Lock::Mixed => text.lock_mixed_what,
        Lock::Link => text.lock_link_what,
        Lock::Open => text.lock_open_what,
    };
    let one = move |(address, way): (String, Way)| {
        let (glyph, class) = match &way {
            Way::Asking | Way::Unknown => (Glyph::Clock, ""),
            Way::NotAnAddress => (Glyph::Warning, ""),
            Way::Sealed { .. } => (Glyph::Lock, "seal"),
            Way::Link => (Glyph::Link, "link"),
            Way::Open(_) => (Glyph::Card, "open"),
        };
        let again = (way == Way::Unknown).then(|| address.parse::<EmailAddress>().ok()).flatten().map(|parsed| {
            view! {
                <button type="button" class="button plain" on:click=move |_| sending.ask_again(&parsed)>
                    {text.ask_again}
                </button>
            }
        });
        let mark = match &way {
            Way::Sealed { fingerprint, .. } => Some((words.read.mark)(fingerprint)),
            _ => None,
        };
        view! {
            <li title=mark>
                <Icon glyph class />
                <span>
                    <strong>{address}</strong>
                    " — "
                    {way_words(words, &way)}
                </span>
                {again}
            </li>
        }
    };
    view! {
        <Explain class glyph label up=true>
            <strong>{move || label.get()}</strong>
            <span>{what}</span>
            <ul>{move || ways.get().into_iter().map(one).collect_view()}</ul>
        </Explain>
    }
}
