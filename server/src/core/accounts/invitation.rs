//! Invitations: one-time links. Whoever holds the token may make one account until it expires.

use shared::api::account::{InvitationAddressRequest, InvitationResponse};
use shared::api::{Base64, EmailAddress, Timestamp, paths};

use super::{AccountError, Kept, address, hash, refused};
use crate::core::Context;
use crate::core::throttle::{self, Attempt, Door, Visitor};
use crate::store::invitations::{self, InvitationRecord};
use crate::store::{ReadTx, Tx, accounts};

/// How long an invitation is good, seconds: long enough for a letter in another mailbox, short enough to be forgotten.
const GOOD_SECONDS: i64 = 7 * 24 * 60 * 60;

/// A new invitation; its token is nowhere else.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// What the guest's link holds.
    pub token: Base64,
    /// After this it is worth nothing.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// The link for the guest; the token stands in the fragment, which no browser sends.
    #[must_use]
    pub fn link(&self, base_url: &str) -> String {
        format!("{}{}#{}", base_url.trim_end_matches('/'), paths::INVITATION_PAGE, self.token)
    }
}

/// Makes an invitation, for one address or for one that the guest chooses.
///
/// # Errors
/// [`AccountError::AddressNotHere`], [`AccountError::AddressTaken`].
pub async fn invite(context: &Context, address: Option<&EmailAddress>) -> Result<Invitation, AccountError> {
    let address = address.map(|address| address::wanted(&context.domain, address)).transpose()?;
    let token: [u8; 32] = context.random.bytes();
    let now = context.clock.now();
    let expires_at = now.plus(GOOD_SECONDS);
    context
        .store
        .write(move |tx| {
            if let Some(address) = &address
                && accounts::by_address(tx, address)?.is_some()
            {
                return Err(AccountError::AddressTaken);
            }
            Ok(invitations::create(tx, hash(&token), address.as_ref(), now, expires_at)?)
        })
        .await?;
    Ok(Invitation { token: Base64(token.to_vec()), expires_at })
}

/// The invitation for the first account; `None` where the box has one already.
///
/// # Errors
/// Where the store fails.
pub async fn first_invitation(context: &Context) -> Result<Option<Invitation>, AccountError> {
    let first: Result<_, AccountError> = context.store.read(|tx| Ok(accounts::first(tx)?)).await;
    match first? {
        Some(_) => Ok(None),
        None => invite(context, None).await.map(Some),
    }
}

/// What a guest may know of his invitation.
///
/// # Errors
/// [`AccountError::InvitationGone`] for an unknown, used or expired one.
pub async fn invitation(
    context: &Context,
    token: &Base64,
    visitor: Visitor,
) -> Result<InvitationResponse, AccountError> {
    let (token_hash, now) = (hash(&token.0), context.clock.now());
    let domain = context.domain.as_str().to_owned();
    context
        .store
        .write(move |tx| -> Kept<_> {
            let Some(found) = good(tx, token_hash, now)? else {
                return refused(tx, &attempt(visitor), None, now, AccountError::InvitationGone);
            };
            Ok(Ok(InvitationResponse { address: found.address, domain, expires_at: found.expires_at }))
        })
        .await?
}

/// Whether the guest of an invitation may have an address. Nobody else is told which addresses there are, and he only so many.
///
/// # Errors
/// [`AccountError::InvitationGone`], [`AccountError::AddressNotHere`], [`AccountError::AddressTaken`], [`AccountError::Wait`].
pub async fn invitation_address(
    context: &Context,
    request: InvitationAddressRequest,
    visitor: Visitor,
) -> Result<(), AccountError> {
    let address = address::wanted(&context.domain, &request.address)?;
    let (token_hash, now) = (hash(&request.token.0), context.clock.now());
    context
        .store
        .write(move |tx| -> Kept<()> {
            match good(tx, token_hash, now)? {
                None => refused(tx, &attempt(visitor), None, now, AccountError::InvitationGone),
                Some(invitation) => free(tx, token_hash, &invitation, &address, now),
            }
        })
        .await?
}

/// Whether the guest may have the address; that it is taken counts against the invitation.
pub(super) fn free(
    tx: &Tx<'_>,
    token_hash: [u8; 32],
    invitation: &InvitationRecord,
    address: &EmailAddress,
    now: Timestamp,
) -> Kept<()> {
    if invitation.address.as_ref().is_some_and(|meant| meant != address) {
        return Ok(Err(AccountError::AddressNotHere));
    }
    let charge = throttle::charge_guest(tx, token_hash, now)?;
    if accounts::by_address(tx, address)?.is_some() {
        return Ok(Err(AccountError::AddressTaken));
    }
    throttle::succeeded(tx, &charge)?;
    Ok(Ok(()))
}

/// A try with an invitation's token.
pub(super) fn attempt(visitor: Visitor) -> Attempt {
    Attempt { door: Door::Invitation, address: None, visitor }
}

/// The invitation of this token, if an account can be made with it.
pub(super) fn good(
    tx: &ReadTx<'_>,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<InvitationRecord>, AccountError> {
    let found = invitations::find(tx, token_hash)?;
    Ok(found.filter(|invitation| !invitation.used && now < invitation.expires_at))
}
