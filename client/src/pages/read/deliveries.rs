//! What became of a letter that was sent, recipient by recipient.

use leptos::prelude::*;
use shared::api::submit::{Class, Delivery, DeliveryState};

use crate::lang::Words;
use crate::platform::time;
use crate::state::reading::use_reading;
use crate::ui::{Glyph, Icon, say, use_words};

/// What became of the letter; nothing for one that came.
#[component]
pub(super) fn Deliveries() -> impl IntoView {
    let words = use_words();
    let reading = use_reading();
    let one = move |delivery: Delivery| {
        let (class, glyph, what) = state(words, &delivery);
        let (lock, lock_class, sealed) = match delivery.class {
            Class::Sealed => (Glyph::Lock, "seal", words.read.went_sealed),
            Class::Open => (Glyph::Card, "open", words.read.went_open),
        };
        view! {
            <li>
                <Icon glyph class=class />
                <span>
                    {delivery.recipient.to_string()} " — " <span class=class>{what}</span>
                </span>
                <span title=sealed>
                    <Icon glyph=lock class=lock_class />
                    <span class="aloud">{sealed}</span>
                </span>
            </li>
        }
    };
    move || {
        let deliveries = reading.deliveries().get();
        (!deliveries.is_empty()).then(|| {
            view! {
                <div class="deliveries">
                    <h2>{words.read.deliveries}</h2>
                    <ul aria-live="polite">{deliveries.into_iter().map(one).collect_view()}</ul>
                </div>
            }
        })
    }
}

fn state(words: &Words, delivery: &Delivery) -> (&'static str, Glyph, String) {
    let text = &words.read;
    let near = |at| say::near_time(words, at, time::now());
    match &delivery.state {
        DeliveryState::Held => ("wait", Glyph::Clock, text.held.to_owned()),
        DeliveryState::Waiting => ("wait", Glyph::Send, text.waiting.to_owned()),
        DeliveryState::Retrying { next_try, reason } => {
            ("wait", Glyph::Clock, (text.retrying)(say::failure_reason(words, *reason), &near(*next_try)))
        }
        DeliveryState::Delivered => ("good", Glyph::Check, (text.delivered)(&near(delivery.at))),
        DeliveryState::Failed { reason } => {
            ("bad", Glyph::Warning, (text.undeliverable)(say::failure_reason(words, *reason)))
        }
    }
}
