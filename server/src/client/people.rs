//! Which certificate a letter is sealed to, by what is remembered of its recipients: the same book as the page's.

use rand::rngs::OsRng;
use shared::access::Unlocked;
use shared::api::keys::{LookupOutcome, LookupRequest, LookupResponse, PeopleRequest, PeopleResponse};
use shared::api::{ApiError, EmailAddress, ErrorCode, limits, paths};
use shared::people::{Book, Choice, Doubt, Origin};
use shared::pgp::{Certificate, Purpose, usable_keys};

use super::access::Connected;
use super::{ClientError, now};

/// How often it is decided anew, where what is remembered was changed meanwhile.
const TRIES: usize = 3;

/// For each address the certificate to seal to, if there is one. Takes note of those that were seen for the first time.
///
/// # Errors
/// [`ClientError::Refused`] where a certificate was checked in the page and is another now, or differed: nothing may leave then.
pub(super) async fn choose(
    connected: &mut Connected,
    unlocked: &Unlocked,
    addresses: Vec<EmailAddress>,
) -> Result<Vec<(EmailAddress, Option<Certificate>)>, ClientError> {
    for _ in 1..TRIES {
        match choose_once(connected, unlocked, &addresses).await {
            Err(ClientError::Answered(ApiError { code: ErrorCode::Outdated, .. })) => {}
            other => return other,
        }
    }
    choose_once(connected, unlocked, &addresses).await
}

async fn choose_once(
    connected: &mut Connected,
    unlocked: &Unlocked,
    addresses: &[EmailAddress],
) -> Result<Vec<(EmailAddress, Option<Certificate>)>, ClientError> {
    let PeopleResponse { generation, sealed } = connected.api.get(paths::PEOPLE).await?;
    let sealed = sealed.as_ref().map(|sealed| sealed.0.as_slice());
    let mut book = Book::open(unlocked.account_key(), generation, sealed)
        .map_err(|error| ClientError::Failed(error.to_string()))?;
    let before = book.clone();
    let mut chosen = Vec::new();
    for some in addresses.chunks(limits::LOOKUP_ADDRESSES) {
        let request = LookupRequest { addresses: some.to_vec(), key_server: true };
        let response: LookupResponse = connected.api.post(paths::CERTIFICATES_LOOKUP, &request).await?;
        for result in response.results {
            // Of the own key the account knows better.
            let mut own = Book::default();
            let is_own = result.address.canonical() == unlocked.address().canonical();
            let book = if is_own { &mut own } else { &mut book };
            let certificate = one(book, &result.address, &result.outcome)?;
            chosen.push((result.address, certificate));
        }
    }
    if book != before {
        keep(connected, unlocked, book, generation + 1).await?;
    }
    Ok(chosen)
}

fn one(book: &mut Book, address: &EmailAddress, outcome: &LookupOutcome) -> Result<Option<Certificate>, ClientError> {
    let found = match outcome {
        LookupOutcome::Found { certificate, source } => {
            let all = Certificate::parse_all(&certificate.0).unwrap_or_default();
            book.hear_copies(address, &all, now());
            let is_named =
                |one: &Certificate| one.addresses(now()).iter().any(|name| name.canonical() == address.canonical());
            let usable = all.into_iter().find(|one| usable_keys(one, Purpose::Seal, now()).is_ok() && is_named(one));
            usable.map(|one| (one, Origin::from(*source)))
        }
        LookupOutcome::None | LookupOutcome::Unreachable => None,
    };
    let choice = match outcome {
        LookupOutcome::Unreachable => book.choose_unasked(address, now()),
        _ => book.choose(address, found.as_ref().map(|(one, origin)| (one, *origin)), now()),
    };
    match choice {
        Choice::Seal(certificate, _) => Ok(Some(*certificate)),
        Choice::Unusable(_) | Choice::GivenUp | Choice::None => Ok(None),
        Choice::Ask(doubt, standing) => {
            let why = match doubt {
                Doubt::OtherKey => "has another key than the one that you checked",
                Doubt::Differs => "has a key that differed when you compared it",
            };
            let key = standing.other.map_or(standing.fingerprint, |other| other.fingerprint);
            Err(ClientError::Refused(format!(
                "{address} {why}; nothing was sent. Decide in the page which one to use ({key})"
            )))
        }
    }
}

/// Has the box keep the book, unless another program was first.
async fn keep(
    connected: &mut Connected,
    unlocked: &Unlocked,
    mut book: Book,
    generation: u64,
) -> Result<(), ClientError> {
    let sealed = book
        .seal(unlocked.account_key(), generation, &mut OsRng)
        .map_err(|error| ClientError::Failed(error.to_string()))?;
    let request = PeopleRequest { generation, sealed: sealed.into() };
    connected.api.put(paths::PEOPLE, &request).await
}
