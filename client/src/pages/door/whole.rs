//! An address of which only the beginning was typed: on a box that this browser knows, the rest is known.

use shared::api::EmailAddress;

use crate::platform::storage::Store;

/// Under which name the domain of the box is kept.
const DOMAIN: &str = "domain";

/// Remembers the domain of an address that belongs to this box.
pub(super) fn remember(address: &EmailAddress) {
    Store::Browser.set(DOMAIN, address.domain());
}

/// What was typed, with the domain of the box where none was typed and it is known.
pub(super) fn whole(typed: &str) -> String {
    completed(typed, Store::Browser.get(DOMAIN))
}

fn completed(typed: &str, domain: Option<String>) -> String {
    let typed = typed.trim();
    match domain {
        Some(domain) if !typed.is_empty() && !typed.contains('@') => format!("{typed}@{domain}"),
        _ => typed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_address_is_enough_where_the_box_is_known() {
        let known = || Some("home.test".to_owned());
        assert_eq!(completed(" jean-baptiste ", known()), "jean-baptiste@home.test");
        assert_eq!(completed("a@other.test", known()), "a@other.test");
        assert_eq!(completed("", known()), "");
        assert_eq!(completed("jean-baptiste", None), "jean-baptiste");
    }
}
