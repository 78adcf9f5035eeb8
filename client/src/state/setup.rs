//! What mail programs can be told instead of somebody typing it: a code for the camera of a phone.

use serde_json::json;
use shared::api::device::MailServer;
use shared::api::paths;
use url::form_urlencoded::Serializer;

use super::session::Account;
use crate::platform::page;

/// What Thunderbird for Android and K-9 read from a QR code under "Import settings", the password in it: format 1 of
/// Thunderbird's "Export for Mobile". Servers over TLS from the first octet (3), password as it is (1).
#[must_use]
pub fn thunderbird_mobile(account: &Account, server: &MailServer, password: &str) -> String {
    const TLS: u8 = 3;
    const PASSWORD: u8 = 1;
    let address = account.address.to_string();
    let incoming = json!([0, server.host, server.imaps_port, TLS, PASSWORD, address, address, password]);
    let outgoing = json!([0, server.host, server.submissions_port, TLS, PASSWORD, address, password]);
    json!([1, [1, 1], incoming, [[outgoing, [address, account.display_name]]]]).to_string()
}

/// Where an iPhone, iPad or Mac finds its profile: a link that holds no password.
#[must_use]
pub fn apple_profile(account: &Account) -> String {
    let address = account.address.to_string();
    let query = Serializer::new(String::new())
        .append_pair("address", &address)
        .append_pair("name", &account.display_name)
        .finish();
    format!("{}{}?{query}", page::origin(), paths::APPLE_PROFILE)
}
