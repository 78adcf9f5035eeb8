//! An address of which only the beginning was typed: the rest is the domain of the box, which says it.

use shared::api::EmailAddress;

use crate::platform::storage::Store;
use crate::state::session::Session;

/// Under which name the domain of the box is kept.
const DOMAIN: &str = "domain";

/// Remembers the domain of an address that belongs to this box.
pub(super) fn remember(address: &EmailAddress) {
    Store::Browser.set(DOMAIN, address.domain());
}

/// What was typed, with the domain of the box where none was typed. The box is asked for it where this browser does not know it;
/// without an answer, what was typed.
pub(super) async fn whole(session: Session, typed: &str) -> String {
    let mut domain = Store::Browser.get(DOMAIN);
    if domain.is_none() && !typed.contains('@') {
        domain = session.domain().await.ok();
        if let Some(domain) = &domain {
            Store::Browser.set(DOMAIN, domain);
        }
    }
    completed(typed, domain)
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
