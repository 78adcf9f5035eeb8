//! Key servers that verify addresses (keys.openpgp.org, the software Hagrid): where they have a certificate for an address
//! (<https://keys.openpgp.org/about/api>, *Verifying Keyserver interface*).
//!
//! Such a server gives out a user id only after its address has confirmed by mail; it has one certificate for an address at most.

use super::wkd::percent;
use crate::api::EmailAddress;

/// The path of an address's certificate on the server. Case is nothing that tells addresses apart there.
#[must_use]
pub fn path(address: &EmailAddress) -> String {
    format!("/vks/v1/by-email/{}", percent(address.canonical().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_address_is_one_segment() {
        let path = |address: &str| path(&address.parse().unwrap());
        assert_eq!(path("Joe.Doe@Example.ORG"), "/vks/v1/by-email/joe.doe%40example.org");
        assert_eq!(path("josé+a/b?c@example.org"), "/vks/v1/by-email/jos%C3%A9%2Ba%2Fb%3Fc%40example.org");
    }
}
