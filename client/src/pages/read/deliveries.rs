//! What became of a letter that was sent, recipient by recipient.

use std::sync::Arc;

use leptos::prelude::*;
use shared::api::link::{LinkState, LinkedLetterId};
use shared::api::submit::{Class, DeliveriesResponse, Delivery, DeliveryState};

use super::links::LinkLine;
use crate::lang::{Words, format};
use crate::platform::time;
use crate::state::reading::use_reading;
use crate::ui::{Glyph, Icon, say, use_words};
use crate::worker::protocol::linking::LargeFile;
use crate::worker::protocol::reading::MessageView;

/// What became of the letter; nothing for one that came.
#[component]
pub(super) fn Deliveries(message: Arc<MessageView>) -> impl IntoView {
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
    let files = message.linked_files.clone();
    let file = move |file: &LargeFile| {
        let size = format::size(words.language, file.octets);
        view! {
            <li>
                <Icon glyph=Glyph::File />
                <span>{(words.link.file)(&file.name, &size)}</span>
            </li>
        }
    };
    let behind = move |letter: LinkedLetterId, link: LinkState, mail: Option<Delivery>| {
        // That the mail is there goes without saying.
        let mail = mail.filter(|mail| mail.state != DeliveryState::Delivered);
        let mail = mail.map(|mail| state(words, &mail)).map(|(class, _, what)| (class, what));
        view! { <LinkLine letter link message=message.clone() mail /> }
    };
    move || {
        let DeliveriesResponse { deliveries, letter } = reading.deliveries().get();
        let (id, links) = letter.map_or((LinkedLetterId(0), Vec::new()), |letter| (letter.id, letter.links));
        let (mails, others): (Vec<_>, Vec<_>) =
            deliveries.into_iter().partition(|one| links.iter().any(|link| link.recipient == one.recipient));
        let mail_of = |link: &LinkState| mails.iter().find(|mail| mail.recipient == link.recipient).cloned();
        (!others.is_empty() || !links.is_empty()).then(|| {
            let links = links.into_iter().map(|link| (mail_of(&link), link));
            let links = links.map(|(mail, link)| behind(id, link, mail)).collect_view();
            view! {
                <div class="deliveries">
                    <h2>{words.read.deliveries}</h2>
                    <ul>{files.iter().map(file).collect_view()}</ul>
                    <ul aria-live="polite">{others.into_iter().map(one).collect_view()} {links}</ul>
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
