//! What an account remembers of the certificates of others. The box keeps it and cannot open it: it learns when something in it
//! changed, and how large all of it is, padded.
//!
//! Invariant: no change is lost: what is put takes the place of exactly the one that it was made from.

use shared::api::keys::{PeopleRequest, PeopleResponse};
use shared::api::limits;

use super::Context;
use crate::store::{AccountNo, StoreError, people};

/// Why the object was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// It was made from another one than there is.
    #[error("it was changed meanwhile")]
    Outdated,
    /// It is empty, or over [`limits::PEOPLE_BYTES`].
    #[error("it is empty or too large")]
    TooLarge,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// The object and its generation.
///
/// # Errors
/// Where the store fails.
pub async fn get(context: &Context, account: AccountNo) -> Result<PeopleResponse, StoreError> {
    let found = context.store.read(move |tx| people::get(tx, account)).await?;
    Ok(match found {
        Some((generation, sealed)) => PeopleResponse { generation, sealed: Some(sealed.into()) },
        None => PeopleResponse { generation: 0, sealed: None },
    })
}

/// Takes the next one.
///
/// # Errors
/// [`PeopleError`]; nothing has changed then.
pub async fn put(context: &Context, account: AccountNo, request: PeopleRequest) -> Result<(), PeopleError> {
    let PeopleRequest { generation, sealed } = request;
    if !(1..=limits::PEOPLE_BYTES).contains(&sealed.0.len()) {
        return Err(PeopleError::TooLarge);
    }
    context
        .store
        .write(move |tx| {
            let before = people::get(tx, account)?;
            // Asked again because its answer was lost.
            if before.as_ref().is_some_and(|(known, bytes)| *known == generation && *bytes == sealed.0) {
                return Ok(());
            }
            if before.map_or(0, |(known, _)| known).checked_add(1) != Some(generation) {
                return Err(PeopleError::Outdated);
            }
            Ok(people::put(tx, account, generation, &sealed.0)?)
        })
        .await
}
