//! What a reader gets, who has no session and is nobody that the box knows.

use std::fs::File;

use shared::api::link::{
    ChunkRequest, LinkName, LookRequest, LookResponse, OpenRequest, OpenResponse, OpenedRequest, OpenedResponse,
};
use shared::api::{Base64, Timestamp, limits};
use subtle::ConstantTimeEq;

use super::{Kept, LinkError, hash, wipe};
use crate::core::Context;
use crate::core::throttle::{self, Attempt, Door, Visitor};
use crate::store::links::conversation;
use crate::store::links::reading::{self, Found};
use crate::store::{StoreError, Tx};

/// Octets of a token that a browser makes.
const TOKEN_BYTES: usize = 32;

/// What a link is. Counts nothing: programs look at links too.
///
/// # Errors
/// [`LinkError::Gone`]; [`LinkError::Wait`] for who has asked for too many that are none.
pub async fn look(context: &Context, request: LookRequest, visitor: Visitor) -> Result<LookResponse, LinkError> {
    let now = context.clock.now();
    let name_hash = hash(&request.link.0);
    // Most are found, and need no write.
    let found = context.store.read(move |tx| reading::find(tx, name_hash, now)).await?;
    match found.filter(can_be_opened) {
        Some(Found { cover, expires_at, openings_left, first_browser, .. }) => {
            Ok(LookResponse { cover: cover.into(), expires_at, openings_left, first_browser })
        }
        None => context.store.write(move |tx| gone(tx, visitor, now)).await?,
    }
}

/// Gives out the box's share of a link's key, to who knows the answer where one is asked for.
///
/// # Errors
/// [`LinkError::Gone`], [`LinkError::WrongAnswer`], [`LinkError::Closed`], [`LinkError::Elsewhere`], [`LinkError::Wait`].
pub async fn open(context: &Context, request: OpenRequest, visitor: Visitor) -> Result<OpenResponse, LinkError> {
    let now = context.clock.now();
    let OpenRequest { link, answer_proof, browser } = request;
    let (name_hash, browser_hash) = hashes(&link, &browser)?;
    context
        .store
        .write(move |tx| -> Kept<_> {
            let found = reading::find(tx, name_hash, now)?.filter(can_be_opened);
            let Some(found) = found else { return gone(tx, visitor, now) };
            check_browser(&found, browser_hash)?;
            if let Some(expected) = &found.answer_hash {
                if found.wrong_answers >= limits::LINK_WRONG_ANSWERS {
                    return Err(LinkError::Closed);
                }
                let charge = throttle::charge_link(tx, name_hash, &visitor, now)?;
                // Without an answer nobody has guessed.
                let Some(proof) = answer_proof else { return Err(LinkError::WrongAnswer) };
                if !is_proof(&proof, expected) {
                    reading::count_wrong_answer(tx, found.link)?;
                    return Ok(Err(LinkError::WrongAnswer));
                }
                throttle::succeeded(tx, &charge)?;
            }
            let Found { share, wrapped, earlier, .. } = found;
            Ok(Ok(OpenResponse { share: share.into(), wrapped: wrapped.into(), earlier: earlier.into() }))
        })
        .await?
}

/// Counts an opening by somebody who has unwrapped what opens the payload. The same again counts once.
///
/// # Errors
/// [`LinkError::Gone`], [`LinkError::Malformed`] where the proof is none, [`LinkError::Elsewhere`], [`LinkError::Wait`].
pub async fn opened(context: &Context, request: OpenedRequest, visitor: Visitor) -> Result<OpenedResponse, LinkError> {
    let now = context.clock.now();
    let OpenedRequest { link, proof, browser, opening } = request;
    let (name_hash, browser_hash) = hashes(&link, &browser)?;
    if opening.0.len() != TOKEN_BYTES {
        return Err(LinkError::Malformed);
    }
    let opening_hash = hash(&opening.0);
    let (response, was_last) = context
        .store
        .write(move |tx| -> Kept<_> {
            let Some(found) = reading::find(tx, name_hash, now)? else { return gone(tx, visitor, now) };
            let told = |at: Timestamp| {
                let replies = conversation::copies(tx, found.link)?;
                Ok::<_, StoreError>(OpenedResponse {
                    until: at.plus(limits::LINK_FETCH_SECONDS).min(found.expires_at),
                    reply_as: Some(found.recipient.clone()).filter(|_| found.replies_left > 0),
                    replies: replies.into_iter().map(Base64).collect(),
                    later: conversation::later(tx, found.link, now)?,
                })
            };
            if let Some(at) = reading::opened_at(tx, found.link, opening_hash)? {
                return Ok(Ok((told(at)?, false)));
            }
            if !can_be_opened(&found) {
                return gone(tx, visitor, now);
            }
            check_browser(&found, browser_hash)?;
            if !is_proof(&proof, &found.opened_hash) {
                throttle::charge(tx, &attempt(visitor), None, now)?;
                return Ok(Err(LinkError::Malformed));
            }
            match reading::count_opening(tx, found.link, opening_hash, browser_hash, now) {
                // The same opening of another link.
                Err(StoreError::Exists) => return Err(LinkError::Malformed),
                other => other?,
            }
            Ok(Ok((told(now)?, found.openings_left == Some(1))))
        })
        .await??;
    if was_last {
        wipe::empty_log(&context.store).await?;
    }
    Ok(response)
}

/// A chunk of the letter that somebody has opened, and its length.
///
/// # Errors
/// [`LinkError::Gone`], [`LinkError::Wait`]; [`StoreError::NotFound`] where the letter has no such place.
pub async fn chunk(context: &Context, request: ChunkRequest, visitor: Visitor) -> Result<(File, u64), LinkError> {
    let now = context.clock.now();
    let (opening_hash, since) = (hash(&request.opening.0), now.plus(-limits::LINK_FETCH_SECONDS));
    let found = context.store.read(move |tx| reading::letter_of_opening(tx, opening_hash, since, now)).await?;
    let Some((letter, octets)) = found else {
        return context.store.write(move |tx| gone(tx, visitor, now)).await?;
    };
    if request.place >= shared::link::chunks(octets) {
        return Err(StoreError::NotFound.into());
    }
    match context.store.payloads().read(letter, request.place).await {
        // Its link has ended in this moment.
        Err(StoreError::NotFound) => Err(LinkError::Gone),
        other => Ok(other?),
    }
}

/// Whether there is an opening left; else nothing that opens it is there any more.
fn can_be_opened(found: &Found) -> bool {
    found.openings_left != Some(0)
}

/// Whether this browser may open the link.
fn check_browser(found: &Found, browser_hash: [u8; 32]) -> Result<(), LinkError> {
    let is_other = |first: [u8; 32]| !bool::from(first.ct_eq(&browser_hash));
    if found.first_browser && found.browser_hash.is_some_and(is_other) { Err(LinkError::Elsewhere) } else { Ok(()) }
}

fn hashes(link: &LinkName, browser: &Base64) -> Result<([u8; 32], [u8; 32]), LinkError> {
    if browser.0.len() == TOKEN_BYTES { Ok((hash(&link.0), hash(&browser.0))) } else { Err(LinkError::Malformed) }
}

fn is_proof(proof: &Base64, expected: &[u8; 32]) -> bool {
    hash(&proof.0).ct_eq(expected).into()
}

/// Counts that somebody asked for a link that is none, and says so; whether there ever was one does not show.
pub(super) fn gone<T>(tx: &Tx<'_>, visitor: Visitor, now: Timestamp) -> Kept<T> {
    throttle::charge(tx, &attempt(visitor), None, now)?;
    Ok(Err(LinkError::Gone))
}

fn attempt(visitor: Visitor) -> Attempt {
    Attempt { door: Door::Link, address: None, visitor }
}
