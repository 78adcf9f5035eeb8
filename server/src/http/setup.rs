//! Set-up of mail programs without typing: what Thunderbird and its kin look for (draft-ietf-mailmaint-autoconfig) and a
//! profile for Apple's (Configuration Profile Reference, Mail payload).
//!
//! Invariants: no password, and nothing but what anybody may know of this box; whether an address exists is not told.

use std::io;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::api::device::MailServer;
use shared::api::{EmailAddress, ErrorCode, limits};
use uuid::Uuid;

use super::Failure;
use super::asked::Query;
use crate::core::Context;

/// How long programs may keep what they were told, as a cache directive: an hour.
const KEPT: &str = "public, max-age=3600";

/// The configuration that Thunderbird, K-9, Evolution and others fetch when somebody types an address of this domain.
pub(super) async fn autoconfig(State(context): State<Context>) -> Result<Response, Failure> {
    let written = client_config(context.domain.as_str(), &context.mail_server).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the configuration for mail programs cannot be written"
        );
        ErrorCode::Internal
    })?;
    let headers = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CACHE_CONTROL, KEPT)];
    Ok((headers, written).into_response())
}

fn client_config(domain: &str, server: &MailServer) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let text = |writer: &mut Writer<Vec<u8>>, name: &str, value: &str| {
        writer.create_element(name).write_text_content(BytesText::new(value)).map(drop)
    };
    let one = |writer: &mut Writer<Vec<u8>>, element: &str, kind: &str, port: u16| {
        let element = writer.create_element(element).with_attribute(("type", kind));
        let inner = element.write_inner_content(|writer| {
            text(writer, "hostname", &server.host)?;
            text(writer, "port", &port.to_string())?;
            text(writer, "socketType", "SSL")?;
            text(writer, "username", "%EMAILADDRESS%")?;
            text(writer, "authentication", "password-cleartext")
        });
        inner.map(drop)
    };
    writer.create_element("clientConfig").with_attribute(("version", "1.1")).write_inner_content(|writer| {
        let provider = writer.create_element("emailProvider").with_attribute(("id", domain));
        let inner = provider.write_inner_content(|writer| {
            text(writer, "domain", domain)?;
            text(writer, "displayName", domain)?;
            text(writer, "displayShortName", domain)?;
            one(writer, "incomingServer", "imap", server.imaps_port)?;
            one(writer, "outgoingServer", "smtp", server.submissions_port)
        });
        inner.map(drop)
    })?;
    Ok(writer.into_inner())
}

/// For whom a profile is.
#[derive(Debug, Deserialize)]
pub(super) struct Whose {
    address: EmailAddress,
    #[serde(default)]
    name: String,
}

/// The profile that makes an account in the Mail of an iPhone, iPad or Mac; the device asks for the password itself.
pub(super) async fn apple_profile(
    State(context): State<Context>,
    Query(whose): Query<Whose>,
) -> Result<Response, Failure> {
    let name = whose.name.trim();
    let plain = name.chars().count() <= limits::DISPLAY_NAME_CHARS && !name.chars().any(char::is_control);
    if !context.domain.holds(&whose.address) || !plain {
        return Err(ErrorCode::BadRequest.into());
    }
    let mut written = Vec::new();
    let profile = Profile::of(&whose.address, name, context.domain.as_str(), &context.mail_server);
    plist::to_writer_xml(&mut written, &profile).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a profile cannot be written");
        ErrorCode::Internal
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-apple-aspen-config; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"mail.mobileconfig\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, written).into_response())
}

/// A configuration profile with one payload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    #[serde(flatten)]
    head: Head,
    payload_content: [Mail; 1],
}

/// What profile and payload have in common.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    payload_type: &'static str,
    payload_version: u32,
    payload_identifier: String,
    #[serde(rename = "PayloadUUID")]
    payload_uuid: String,
    payload_display_name: String,
}

/// The Mail payload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mail {
    #[serde(flatten)]
    head: Head,
    email_account_type: &'static str,
    email_account_description: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    email_account_name: String,
    email_address: String,
    incoming_mail_server_authentication: &'static str,
    incoming_mail_server_host_name: String,
    incoming_mail_server_port_number: u16,
    #[serde(rename = "IncomingMailServerUseSSL")]
    incoming_mail_server_use_ssl: bool,
    incoming_mail_server_username: String,
    outgoing_mail_server_authentication: &'static str,
    outgoing_mail_server_host_name: String,
    outgoing_mail_server_port_number: u16,
    #[serde(rename = "OutgoingMailServerUseSSL")]
    outgoing_mail_server_use_ssl: bool,
    outgoing_mail_server_username: String,
    outgoing_password_same_as_incoming_password: bool,
}

impl Profile {
    fn of(address: &EmailAddress, name: &str, domain: &str, server: &MailServer) -> Self {
        const PASSWORD: &str = "EmailAuthPassword";
        let address = address.to_string();
        // The same address gives the same identifiers, so that a profile replaces the one before it.
        let head = |kind, of| {
            let identifier = format!("own-mailbox.{domain}.{address}.{of}");
            let digest: [u8; 32] = Sha256::digest(&identifier).into();
            let (half, _) = digest.split_at(16);
            let custom = uuid::Builder::from_custom_bytes(half.try_into().unwrap_or_default());
            Head {
                payload_type: kind,
                payload_version: 1,
                payload_identifier: identifier,
                payload_uuid: Uuid::to_string(&custom.into_uuid()).to_uppercase(),
                payload_display_name: address.clone(),
            }
        };
        let mail = Mail {
            head: head("com.apple.mail.managed", "mail"),
            email_account_type: "EmailTypeIMAP",
            email_account_description: address.clone(),
            email_account_name: name.to_owned(),
            email_address: address.clone(),
            incoming_mail_server_authentication: PASSWORD,
            incoming_mail_server_host_name: server.host.clone(),
            incoming_mail_server_port_number: server.imaps_port,
            incoming_mail_server_use_ssl: true,
            incoming_mail_server_username: address.clone(),
            outgoing_mail_server_authentication: PASSWORD,
            outgoing_mail_server_host_name: server.host.clone(),
            outgoing_mail_server_port_number: server.submissions_port,
            outgoing_mail_server_use_ssl: true,
            outgoing_mail_server_username: address.clone(),
            outgoing_password_same_as_incoming_password: true,
        };
        Self { head: head("Configuration", "profile"), payload_content: [mail] }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use shared::api::paths;
    use tower::ServiceExt;

    use super::*;
    use crate::core::office::post_of;
    use crate::core::testing::Home;
    use crate::net::listen::Stop;

    async fn get(path: &str) -> (StatusCode, Option<String>, Vec<u8>) {
        let home = Home::new();
        let router = super::super::app(post_of(&home, Arc::default()), Stop::new());
        let response = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        (response.status(), kind, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn programs_find_both_servers_by_either_path() {
        for path in [paths::AUTOCONFIG, paths::AUTOCONFIG_HOST, "/mail/config-v1.1.xml?emailaddress=a%40home.test"] {
            let (status, kind, body) = get(path).await;
            assert_eq!((status, kind.as_deref()), (StatusCode::OK, Some("text/xml; charset=utf-8")));
            let text = String::from_utf8(body).unwrap();
            let servers: Vec<_> = text.split("<hostname>").skip(1).collect();
            assert_eq!(servers.len(), 2, "{text}");
            for (server, port) in servers.iter().zip(["993", "465"]) {
                assert!(server.starts_with("home.test</hostname>"), "{text}");
                assert!(server.contains(&format!("<port>{port}</port>")), "{text}");
                assert!(server.contains("<socketType>SSL</socketType>"), "{text}");
                assert!(server.contains("<username>%EMAILADDRESS%</username>"), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn a_profile_names_the_account_and_no_password() {
        let path = format!("{}?address=Zo.E%40home.test&name=Zo%C3%A9%20%3C%26%3E", paths::APPLE_PROFILE);
        let (status, kind, body) = get(&path).await;
        assert_eq!(
            (status, kind.as_deref()),
            (StatusCode::OK, Some("application/x-apple-aspen-config; charset=utf-8"))
        );
        let profile: plist::Dictionary = plist::from_bytes(&body).unwrap();
        assert_eq!(profile["PayloadType"].as_string(), Some("Configuration"));
        let mail = profile["PayloadContent"].as_array().unwrap()[0].as_dictionary().unwrap();
        let text = |key: &str| mail[key].as_string().unwrap();
        assert_eq!(text("PayloadType"), "com.apple.mail.managed");
        assert_eq!((text("EmailAddress"), text("EmailAccountName")), ("Zo.E@home.test", "Zoé <&>"));
        assert_eq!(
            (text("IncomingMailServerUsername"), text("OutgoingMailServerUsername")),
            ("Zo.E@home.test", "Zo.E@home.test")
        );
        assert_eq!(mail["IncomingMailServerPortNumber"].as_unsigned_integer(), Some(993));
        assert_eq!(mail["OutgoingMailServerPortNumber"].as_unsigned_integer(), Some(465));
        assert_eq!(mail["IncomingMailServerUseSSL"].as_boolean(), Some(true));
        assert!(!mail.contains_key("IncomingPassword") && !mail.contains_key("OutgoingPassword"));
        assert_ne!(text("PayloadUUID"), profile["PayloadUUID"].as_string().unwrap());
        assert_eq!(Uuid::parse_str(text("PayloadUUID")).unwrap().get_version_num(), 8);
        assert_eq!(get(&path).await.2, body, "the same profile again replaces the first");
    }

    #[tokio::test]
    async fn a_profile_is_for_addresses_of_this_box_only() {
        for query in ["", "?address=", "?address=zoe", "?address=a%40other.test", "?address=a%40home.test&name=a%0Ab"] {
            let (status, _, body) = get(&format!("{}{query}", paths::APPLE_PROFILE)).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            let error: shared::api::ApiError = serde_json::from_slice(&body).unwrap();
            assert_eq!(error.code, ErrorCode::BadRequest);
        }
    }
}
