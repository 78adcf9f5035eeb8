//! What became of the link that somebody got, and what its sender can still do with it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::api::Timestamp;
use shared::api::limits::LINK_WRONG_ANSWERS;
use shared::api::link::{LinkEnd, LinkState, LinkedLetterId};

use crate::lang::Words;
use crate::lang::format::{self, DateStyle};
use crate::pages::frame::use_frame;
use crate::platform::{clipboard, time};
use crate::state::Failure;
use crate::state::drafts::use_drafts;
use crate::state::links::use_links;
use crate::state::undo::{Notice, use_undo};
use crate::ui::{Dialog, Glyph, Icon, Item, Menu, Separator, say, use_words};
use crate::worker::protocol::linking::LinkTerms;
use crate::worker::protocol::reading::{MessageView, SentLink};

/// One link, with its acts.
#[component]
pub(super) fn LinkLine(
    /// Which letter.
    letter: LinkedLetterId,
    /// Its state.
    link: LinkState,
    /// The copy in Sent.
    message: Arc<MessageView>,
    /// What became of the mail that brings it, where that is not simply there.
    mail: Option<(&'static str, String)>,
) -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let (class, glyph, what) = state(words, &link, time::now());
    let who = link.recipient.to_string();
    let sent = message.links.iter().find(|sent| sent.recipient == link.recipient).cloned();
    let code = sent.as_ref().and_then(|sent| sent.code.clone()).map(|code| (text.its_code)(&code));
    view! {
        <li>
            <Icon glyph class=class />
            <span>
                {who} " — " <span class=class>{what}</span> {code.map(|code| format!(", {code}"))}
                {mail.map(|(class, what)| view! { <span class=class>{format!(" — {what}")}</span> })}
            </span>
            <span title=text.went>
                <Icon glyph=Glyph::Link class="link" />
                <span class="aloud">{text.went}</span>
            </span>
            <Acts letter link sent message />
        </li>
    }
}

#[component]
fn Acts(letter: LinkedLetterId, link: LinkState, sent: Option<SentLink>, message: Arc<MessageView>) -> impl IntoView {
    let words = use_words();
    let text = &words.link;
    let (links, undo) = (use_links(), use_undo());
    let who = link.recipient.to_string();
    let id = link.id;
    let is_closed = link.ended.is_none() && link.wrong_answers >= LINK_WRONG_ANSWERS;
    let revoking = RwSignal::new(false);
    // How it stands then the box tells, as it tells what readers do.
    let done = move |answer: Result<(), Failure>| {
        if let Err(failure) = answer {
            undo.tell(Notice::Failed(failure));
        }
    };
    let extend = move |()| spawn_local(async move { done(links.extend(letter, id).await) });
    let forgive = move |()| spawn_local(async move { done(links.forgive(letter, id).await) });
    let revoke = move |_| {
        revoking.set(false);
        spawn_local(async move { done(links.revoke(letter, id).await) });
    };
    let copied = RwSignal::new("");
    let copy = move |what: String| {
        spawn_local(async move {
            let said = if clipboard::copy(&what).await.is_ok() { text.copied } else { text.not_copied };
            copied.try_set(said);
        });
    };
    let (drafts, windows) = (use_drafts(), use_frame().windows);
    let recipient = link.recipient.clone();
    let again = move |()| {
        windows.opened(drafts.again(&message, &recipient, LinkTerms::usual(words.language)));
    };
    let opens = link.ended.is_none();
    let address = sent.as_ref().filter(|_| opens).map(|sent| sent.address.clone());
    let what = (text.revoke_what)(&who);
    view! {
        <Menu glyph=Glyph::More label=(text.act)(&who)>
            {address
                .clone()
                .map(|address| {
                    view! { <Item glyph=Glyph::Copy label=text.copy on_choose=move |()| copy(address.clone()) /> }
                })}
            {opens.then(|| view! { <Item glyph=Glyph::Clock label=text.extend on_choose=extend /> })}
            {is_closed.then(|| view! { <Item glyph=Glyph::Lock label=text.forgive on_choose=forgive /> })}
            <Item glyph=Glyph::Send label=text.again on_choose=again.clone() />
            {opens
                .then(|| {
                    view! {
                        <Separator />
                        <Item glyph=Glyph::Trash label=text.revoke bad=true on_choose=move |()| revoking.set(true) />
                    }
                })}
        </Menu>
        <span class="said" role="status">
            {move || copied.get()}
        </span>
        <Dialog open=revoking on_close=move |()| revoking.set(false) title=text.revoke_title.to_owned()>
            <p>{what.clone()}</p>
            <div class="buttons end">
                <button type="button" class="button" on:click=move |_| revoking.set(false)>
                    {words.general.cancel}
                </button>
                <button type="button" class="button bad" on:click=revoke>
                    {text.revoke}
                </button>
            </div>
        </Dialog>
    }
}

fn state(words: &Words, link: &LinkState, now: Timestamp) -> (&'static str, Glyph, String) {
    let text = &words.link;
    let near = |at| say::near_time(words, at, now);
    let opened = link.last_opened_at.filter(|_| link.opened > 0).map(|at| match link.opened {
        1 => (text.opened_once)(&near(at)),
        times => (text.opened_often)(&near(at), usize::try_from(times).unwrap_or(usize::MAX)),
    });
    // Who has answered has opened it.
    let opened = link.last_replied_at.map(|at| (text.answered)(&near(at))).or(opened);
    let until = format::date(words.language, link.expires_at, DateStyle::DayAndYear);
    let ended = link.ended.map(|end| match end {
        LinkEnd::Expired => text.ended_expired,
        LinkEnd::Revoked => text.ended_revoked,
        LinkEnd::UsedUp => text.ended_used_up,
    });
    match (opened, ended) {
        (Some(opened), Some(ended)) => ("good", Glyph::Check, (text.both)(&opened, ended)),
        (None, Some(ended)) => ("bad", Glyph::Warning, ended.to_owned()),
        _ if link.wrong_answers >= LINK_WRONG_ANSWERS => ("bad", Glyph::Warning, text.closed.to_owned()),
        (Some(opened), None) => ("good", Glyph::Check, (text.both)(&opened, &(text.opens_until)(&until))),
        (None, None) => ("wait", Glyph::Clock, (text.unopened)(&until)),
    }
}
