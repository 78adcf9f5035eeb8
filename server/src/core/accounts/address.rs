//! Which addresses this box gives, and whose mail it is.

use shared::api::EmailAddress;

use super::AccountError;
use crate::core::Domain;
use crate::store::{AccountNo, ReadTx, StoreError, accounts};

/// Names that mean the box itself or its owner (RFC 2142, RFC 5321 §4.5.1): nobody can have them, their mail goes to the first
/// account.
const RESERVED: &[&str] = &[
    "postmaster",
    "abuse",
    "hostmaster",
    "webmaster",
    "admin",
    "administrator",
    "root",
    "mailer-daemon",
    "security",
    "noc",
    "noreply",
    "no-reply",
];

/// The canonical form of an address that somebody wants to have.
///
/// # Errors
/// [`AccountError::AddressNotHere`] for another domain, a reserved name, or a name that mail programs elsewhere stumble over:
/// letters, digits, and `.`, `-`, `_` between them are allowed.
pub(super) fn wanted(domain: &Domain, address: &EmailAddress) -> Result<EmailAddress, AccountError> {
    let address = address.canonical();
    let name = address.local_part();
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let good = domain.holds(&address)
        && !RESERVED.contains(&name)
        && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
        && !name.contains("..")
        && edge(name.chars().next())
        && edge(name.chars().next_back());
    if good { Ok(address) } else { Err(AccountError::AddressNotHere) }
}

/// Whose mail for this address is: the account's that has it; for a reserved name the first account's. What stands behind a
/// plus sign is the person's own sorting (RFC 5233).
///
/// # Errors
/// Where the store fails.
pub fn recipient(tx: &ReadTx<'_>, domain: &Domain, address: &EmailAddress) -> Result<Option<AccountNo>, StoreError> {
    if !domain.holds(address) {
        return Ok(None);
    }
    if let Some(found) = owner(tx, address)? {
        return Ok(Some(found));
    }
    match without_tag(address) {
        Some(plain) => owner(tx, &plain),
        None => Ok(None),
    }
}

fn owner(tx: &ReadTx<'_>, address: &EmailAddress) -> Result<Option<AccountNo>, StoreError> {
    let address = address.canonical();
    match accounts::by_address(tx, &address)? {
        None if RESERVED.contains(&address.local_part()) => accounts::first(tx),
        found => Ok(found),
    }
}

fn without_tag(address: &EmailAddress) -> Option<EmailAddress> {
    let (plain, _) = address.local_part().split_once('+')?;
    format!("{plain}@{}", address.domain()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_the_box_gives() {
        let domain = Domain::new("home.test").unwrap();
        let wanted = |text: &str| wanted(&domain, &text.parse().unwrap()).map(|address| address.to_string()).ok();
        assert_eq!(wanted("Marie.Dupuis@home.test").as_deref(), Some("marie.dupuis@home.test"));
        assert_eq!(wanted("m-2_x@HOME.test").as_deref(), Some("m-2_x@home.test"));
        for text in [
            "postmaster@home.test",
            "Root@home.test",
            "marie@elsewhere.test",
            "marie+shop@home.test",
            ".marie@home.test",
            "marie.@home.test",
            "ma..rie@home.test",
            "josé@home.test",
            "\"marie\"@home.test",
        ] {
            assert_eq!(wanted(text), None, "{text}");
        }
    }
}
