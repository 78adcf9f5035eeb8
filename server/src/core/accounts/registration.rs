//! Registration: two steps, the second makes account, key, mailboxes and session in one transaction.

use shared::api::account::{RegisterFinishRequest, RegisterStartRequest, RegisterStartResponse};
use shared::api::own_key::OwnKey;
use shared::api::{Base64, EmailAddress, Timestamp, limits};
use shared::pgp::{Purpose, usable_keys};
use shared::vault::opaque::Record;

use super::invitation::{attempt, free, good};
use super::session::{self, SignedIn};
use super::{AccountError, Kept, address, hash, keys, refused, rest};
use crate::core::Context;
use crate::core::throttle::Visitor;
use crate::store::accounts::{self, Credentials, NewAccount};
use crate::store::own_keys::{self, KeyRecord};
use crate::store::rest_keys::{self, RestKeyRecord};
use crate::store::{invitations, mailboxes};

/// Longest wrapped account key, octets; today's have 117.
const WRAP_BYTES: usize = 1024;
/// Octets of a recovery proof.
const PROOF_BYTES: usize = 32;

/// First step: looks whether invitation and address are good, and answers OPAQUE's request. Keeps nothing.
///
/// # Errors
/// [`AccountError::InvitationGone`], [`AccountError::AddressNotHere`], [`AccountError::AddressTaken`].
pub async fn register_start(
    context: &Context,
    request: RegisterStartRequest,
    visitor: Visitor,
) -> Result<RegisterStartResponse, AccountError> {
    let address = address::wanted(&context.domain, &request.address)?;
    let (token_hash, now) = (hash(&request.invitation.0), context.clock.now());
    context
        .store
        .write(move |tx| -> Kept<()> {
            match good(tx, token_hash, now)? {
                None => refused(tx, &attempt(visitor), None, now, AccountError::InvitationGone),
                Some(invitation) => free(tx, token_hash, &invitation, &address, now),
            }
        })
        .await??;
    let setup = context.gate.setup();
    let account_id = setup.new_account(&token_hash);
    let opaque_response = setup.register(account_id, &request.opaque_request.0)?.into();
    Ok(RegisterStartResponse { account_id, opaque_response })
}

/// Second step: makes the account and signs it in.
///
/// # Errors
/// As the first step, and [`AccountError::Malformed`] where what was sent would not make a working account.
pub async fn register_finish(
    context: &Context,
    request: RegisterFinishRequest,
    visitor: Visitor,
) -> Result<SignedIn, AccountError> {
    let address = address::wanted(&context.domain, &request.address)?;
    let (token_hash, now) = (hash(&request.invitation.0), context.clock.now());
    if request.account_id != context.gate.setup().new_account(&token_hash) {
        return Err(AccountError::Malformed);
    }
    let (key, rest_key) = own_key(&request, &address, now)?;
    let new = NewAccount {
        public_id: request.account_id,
        address: address.clone(),
        display_name: display_name(&request.display_name)?,
        language: request.language,
        credentials: credentials(
            &request.opaque_record,
            request.passphrase_wrap,
            request.recovery_wrap,
            &request.recovery_proof,
        )?,
        created_at: now,
    };
    let opening = session::Opening::new(context, visitor.clone());
    context
        .store
        .write(move |tx| -> Kept<_> {
            let Some(invitation) = good(tx, token_hash, now)? else {
                return refused(tx, &attempt(visitor), None, now, AccountError::InvitationGone);
            };
            if let Err(taken) = free(tx, token_hash, &invitation, &address, now)? {
                return Ok(Err(taken));
            }
            let account = accounts::create(tx, &new)?;
            own_keys::add(tx, account, &key, false, now)?;
            if let Some(rest_key) = &rest_key {
                rest_keys::add(tx, account, rest_key, now)?;
            }
            mailboxes::create_all_roles(tx, account)?;
            invitations::use_up(tx, token_hash, account)?;
            Ok(Ok(opening.open(tx, account)?))
        })
        .await?
}

/// Checks what opens an account, as far as the box can: forms and sizes.
pub(super) fn credentials(
    opaque_record: &Base64,
    passphrase_wrap: Base64,
    recovery_wrap: Base64,
    recovery_proof: &Base64,
) -> Result<Credentials, AccountError> {
    let (opaque_record, passphrase_wrap) = passphrase(opaque_record, passphrase_wrap)?;
    let (recovery_wrap, recovery_proof_hash) = recovery_code(recovery_wrap, recovery_proof)?;
    Ok(Credentials { opaque_record, passphrase_wrap, recovery_wrap, recovery_proof_hash })
}

/// The half of the passphrase: its record, and what is wrapped under its key.
pub(super) fn passphrase(opaque_record: &Base64, wrap: Base64) -> Result<(Vec<u8>, Vec<u8>), AccountError> {
    Ok((Record::from_bytes(&opaque_record.0)?.to_bytes(), fitting(wrap)?))
}

/// The half of the recovery code: what is wrapped under its key, and the hash of its proof.
pub(super) fn recovery_code(wrap: Base64, proof: &Base64) -> Result<(Vec<u8>, [u8; 32]), AccountError> {
    if proof.0.len() != PROOF_BYTES {
        return Err(AccountError::Malformed);
    }
    Ok((fitting(wrap)?, hash(&proof.0)))
}

/// A wrapped key, as far as its length tells.
fn fitting(wrap: Base64) -> Result<Vec<u8>, AccountError> {
    if (1..=WRAP_BYTES).contains(&wrap.0.len()) { Ok(wrap.0) } else { Err(AccountError::Malformed) }
}

/// The key of the account; one that mail can be sealed to, or the account could never receive any. And the one for its mail at
/// rest, if the client made one.
fn own_key(
    request: &RegisterFinishRequest,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<(KeyRecord, Option<RestKeyRecord>), AccountError> {
    let certificate = keys::parsed(&request.certificate.0)?;
    usable_keys(&certificate, Purpose::Seal, now).map_err(|_| AccountError::Malformed)?;
    if !certificate.addresses(now).iter().any(|named| named.canonical() == *address) {
        return Err(AccountError::Malformed);
    }
    let key = OwnKey {
        certificate: request.certificate.clone(),
        sealed_secret_key: request.sealed_secret_key.clone(),
        sealed_revocation: Some(request.sealed_revocation.clone()),
    };
    let rest_key = request.rest_key.clone().map(|key| rest::record(&certificate, key, now)).transpose()?;
    Ok((keys::record(&certificate, key)?, rest_key))
}

pub(super) fn display_name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    if name.chars().count() > limits::DISPLAY_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(AccountError::Malformed);
    }
    Ok(name.to_owned())
}
