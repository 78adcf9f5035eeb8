//! The one lock of a letter being written: how it travels to everybody, and why.

use leptos::prelude::*;
use shared::api::EmailAddress;
use shared::people::Origin;

use crate::lang::Words;
use crate::pages::check::{CheckButton, Subject};
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
        Way::Ask(..) => words.trust.way_held,
        Way::Sealed(standing) if standing.check.is_same() => words.trust.way_sealed_checked,
        Way::Sealed(standing) => match standing.origin {
            Origin::Here => text.way_sealed_here,
            Origin::Directory => text.way_sealed_there,
            Origin::Link => text.way_sealed_kept,
            Origin::Autocrypt | Origin::Attached => words.trust.way_sealed_letter,
            Origin::KeyServer => words.trust.way_sealed_server,
        },
        Way::Open(WhyOpen::NoCertificate) => text.way_open_none,
        Way::Open(WhyOpen::Unusable(flaw)) => match flaw {
            CertificateFlaw::Damaged => text.way_open_damaged,
            CertificateFlaw::OtherAddress => text.way_open_other,
            CertificateFlaw::Expired => text.way_open_expired,
            CertificateFlaw::Revoked => text.way_open_revoked,
            CertificateFlaw::NoUsableKey => text.way_open_weak,
            CertificateFlaw::GivenUp => words.trust.way_given_up,
        },
    }
}

/// The lock of a letter; pressed, it says for whom and why.
#[component]
pub(super) fn LetterLock(
    /// The letter.
    draft: Draft,
    /// Whose key is to be checked.
    checking: RwSignal<Option<Subject>>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.write;
    let sending = use_sending();
    let lock = sending.lock(draft);
    let ways = sending.ways(draft);
    let class = Signal::derive(move || match lock.get() {
        Lock::Nobody | Lock::Asking => "",
        Lock::Wrong => "bad",
        Lock::Unknown | Lock::Held => "warn",
        Lock::Sealed => "seal",
        Lock::Mixed | Lock::Link => "link",
        Lock::Open => "open",
    });
    let glyph = Signal::derive(move || match lock.get() {
        Lock::Nobody => Glyph::People,
        Lock::Wrong | Lock::Held => Glyph::Warning,
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
            Lock::Held => words.trust.lock_held,
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
        Lock::Held => words.trust.lock_held_what,
        Lock::Asking => text.lock_asking_what,
        Lock::Sealed => text.lock_sealed_what,
        Lock::Mixed => text.lock_mixed_what,
        Lock::Link => text.lock_link_what,
        Lock::Open => text.lock_open_what,
    };
    let one = move |(address, way): (String, Way)| {
        let (glyph, class) = match &way {
            Way::Asking | Way::Unknown => (Glyph::Clock, ""),
            Way::NotAnAddress | Way::Ask(..) => (Glyph::Warning, ""),
            Way::Sealed(_) => (Glyph::Lock, "seal"),
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
            Way::Sealed(standing) => Some((words.read.mark)(&standing.fingerprint)),
            _ => None,
        };
        let check = match &way {
            Way::Sealed(standing) => Subject::of(words, &sending.person(draft, &address), standing),
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
                {check.map(|subject| view! { <CheckButton subject checking /> })}
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
