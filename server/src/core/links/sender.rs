//! Beginning a letter, its chunks, and what its sender sees and changes.

use shared::api::link::{
    ChangeLinkRequest, CreateLetterRequest, CreateLetterResponse, EarlierLink, EarlierRequest, EarlierResponse,
    LetterState, LinkId, LinkedLetterId, NewLink, earlier_each,
};
use shared::api::{Base64, Timestamp, limits};
use shared::link;

use super::{LinkError, hash};
use crate::core::budget::Held;
use crate::core::{Context, room, throttle};
use crate::store::links::{self, NewLink as Stored, conversation};
use crate::store::{AccountNo, StoreError};

const DAY: i64 = 24 * 60 * 60;
/// Octets of a share, and of a hash.
const SHARE_BYTES: usize = 32;
/// Largest wrapped description of a payload, octets: 168 are needed.
const WRAPPED_BYTES: usize = 512;

/// Begins a letter.
///
/// # Errors
/// [`LinkError::Malformed`], [`LinkError::TooMany`], [`LinkError::TooLarge`], [`LinkError::Full`].
pub async fn create(
    context: &Context,
    account: AccountNo,
    request: CreateLetterRequest,
) -> Result<CreateLetterResponse, LinkError> {
    let now = context.clock.now();
    let CreateLetterRequest { octets, links } = request;
    if octets == 0 || links.is_empty() {
        return Err(LinkError::Malformed);
    }
    if octets > limits::LINK_PAYLOAD_BYTES {
        return Err(LinkError::TooLarge);
    }
    if links.len() > limits::RECIPIENTS {
        return Err(LinkError::TooMany);
    }
    let links = links.into_iter().map(|link| stored(link, now)).collect::<Result<Vec<_>, _>>()?;
    context
        .store
        .write(move |tx| {
            let held = links::held(tx, account)?;
            if held.letters >= limits::LINK_LETTERS {
                return Err(LinkError::TooMany);
            }
            if held.octets.saturating_add(octets) > limits::LINK_ACCOUNT_BYTES {
                return Err(LinkError::Full);
            }
            // The chunks need so much; what they find then is looked at for each.
            room::look(tx, octets)?;
            let letter = match links::create(tx, account, octets, &links, now) {
                // Names are random: the same one again is a request that was made twice, or a mistake.
                Err(StoreError::Exists) => return Err(LinkError::Malformed),
                other => other?,
            };
            Ok(CreateLetterResponse { letter })
        })
        .await
}

fn stored(link: NewLink, now: Timestamp) -> Result<Stored, LinkError> {
    let NewLink { name, recipient, share, wrapped, cover, answer_hash, opened_hash, expires_at, .. } = link;
    let (earlier, note) = (link.earlier.0, link.note.0);
    let is_well_formed = share.0.len() == SHARE_BYTES
        && (1..=WRAPPED_BYTES).contains(&wrapped.0.len())
        && (1..=limits::LINK_COVER_BYTES).contains(&cover.0.len())
        && earlier.len() <= limits::LINK_EARLIER_BYTES
        && note.len() <= limits::LINK_NOTE_BYTES
        && link.openings != Some(0);
    if !is_well_formed || !is_allowed(expires_at, now) {
        return Err(LinkError::Malformed);
    }
    Ok(Stored {
        name_hash: hash(&name.0),
        recipient,
        share: share.0,
        wrapped: wrapped.0,
        cover: cover.0,
        answer_hash: answer_hash.map(of_32).transpose()?,
        opened_hash: of_32(opened_hash)?,
        expires_at,
        openings: link.openings,
        first_browser: link.first_browser,
        replies: if link.replies { limits::LINK_REPLIES } else { 0 },
        earlier,
        note,
    })
}

fn of_32(bytes: Base64) -> Result<[u8; 32], LinkError> {
    bytes.0.try_into().map_err(|_| LinkError::Malformed)
}

fn is_allowed(expires_at: Timestamp, now: Timestamp) -> bool {
    expires_at > now && expires_at <= now.plus(limits::LINK_DAYS_MAX * DAY)
}

/// Takes the chunk at a place. Chunks come one after the other; one that the box has already is as good.
///
/// # Errors
/// [`LinkError::Incomplete`] for one that does not come next, [`LinkError::Malformed`] for one of another length.
pub async fn put_chunk(
    context: &Context,
    account: AccountNo,
    id: LinkedLetterId,
    place: u32,
    chunk: impl Into<Held>,
) -> Result<(), LinkError> {
    let (store, chunk) = (&context.store, chunk.into());
    let length = chunk.bytes.len();
    let letter = store
        .read(move |tx| {
            let letter = links::letter(tx, account, id)?;
            room::look(tx, length as u64)?;
            Ok::<_, StoreError>(letter)
        })
        .await?;
    if letter.sent_at.is_some() || letter.is_wiped {
        return Err(LinkError::AlreadySent);
    }
    let octets = link::chunk_octets(letter.octets, place).ok_or(LinkError::Malformed)?;
    if length != octets + limits::LINK_TAG_BYTES {
        return Err(LinkError::Malformed);
    }
    if place < letter.received {
        return Ok(());
    }
    if place > letter.received {
        return Err(LinkError::Incomplete);
    }
    store.payloads().write(id, place, chunk).await?;
    Ok(store.write(move |tx| links::note_chunk(tx, id, place)).await?)
}

/// One letter with its links.
///
/// # Errors
/// [`StoreError::NotFound`] where the account has no such letter.
pub async fn state(context: &Context, account: AccountNo, id: LinkedLetterId) -> Result<LetterState, LinkError> {
    let read = move |tx: &crate::store::ReadTx<'_>| links::state(tx, account, links::letter(tx, account, id)?);
    Ok(context.store.read(read).await?)
}

/// All letters of the account with their links, newest first.
///
/// # Errors
/// Where the store fails.
pub async fn states(context: &Context, account: AccountNo) -> Result<Vec<LetterState>, LinkError> {
    let states = context.store.read(move |tx| {
        let letters = links::letters(tx, account)?.into_iter();
        letters.map(|letter| links::state(tx, account, letter)).collect::<Result<_, StoreError>>()
    });
    Ok(states.await?)
}

/// The links of the account's earlier letters to these people, newest first.
///
/// # Errors
/// [`LinkError::TooMany`].
pub async fn earlier(
    context: &Context,
    account: AccountNo,
    request: EarlierRequest,
) -> Result<EarlierResponse, LinkError> {
    let now = context.clock.now();
    if request.recipients.len() > limits::RECIPIENTS {
        return Err(LinkError::TooMany);
    }
    let links = context.store.read(move |tx| {
        let (mut links, most) = (Vec::new(), earlier_each(request.recipients.len()));
        for recipient in request.recipients {
            let notes = conversation::notes(tx, account, &recipient, most, now)?.into_iter();
            links.extend(notes.map(|note| EarlierLink { recipient: recipient.clone(), note: note.into() }));
        }
        Ok::<_, StoreError>(links)
    });
    Ok(EarlierResponse { links: links.await? })
}

/// Gives a link another end, or forgets its wrong answers.
///
/// # Errors
/// [`LinkError::Malformed`], [`LinkError::Gone`] where it has ended.
pub async fn change(
    context: &Context,
    account: AccountNo,
    (letter, link): (LinkedLetterId, LinkId),
    request: ChangeLinkRequest,
) -> Result<(), LinkError> {
    let now = context.clock.now();
    if request.expires_at.is_some_and(|at| !is_allowed(at, now)) {
        return Err(LinkError::Malformed);
    }
    context
        .store
        .write(move |tx| {
            let letter = links::letter(tx, account, letter)?.id;
            if request.forgive
                && let Some(name_hash) = links::name_hash(tx, link)?
            {
                throttle::forgive_link(tx, name_hash)?;
            }
            match links::change(tx, letter, link, request.expires_at, request.forgive) {
                Err(StoreError::NotFound) => Err(LinkError::Gone),
                other => Ok(other?),
            }
        })
        .await
}
