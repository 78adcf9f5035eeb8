//! The fields that tell how a message came here (RFC 5321 §4.4, RFC 8601), put in front of it.

use std::net::IpAddr;

use mail_builder::headers::date::Date;
use shared::api::{EmailAddress, Timestamp};
use shared::mime::header::{self, Field, Header};

/// How a message came to this box.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// The name that the other host gave itself, and its address; `None` where a person of this box sent it, whose
    /// whereabouts are nobody's business.
    pub client: Option<(String, IpAddr)>,
    /// The protocol (RFC 3848); empty for what did not come over one.
    pub protocol: &'static str,
    /// TLS version and cipher suite.
    pub tls: Option<String>,
    /// The message's name in the log.
    pub id: String,
}

/// The Received field. A recipient is named only where there is one, so that none learns of the others.
#[must_use]
pub fn received(trace: &Trace, host: &str, recipient: Option<&EmailAddress>, now: Timestamp) -> String {
    let mut field = String::from("Received: ");
    if let Some((name, address)) = &trace.client {
        let address = match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("IPv6:{v6}"),
        };
        field += &format!("from {name} ([{address}])\r\n\t");
    }
    field += &format!("by {host}");
    if let Some(tls) = &trace.tls {
        field += &format!(" ({tls})");
    }
    if !trace.protocol.is_empty() {
        field += &format!(" with {}", trace.protocol);
    }
    field += &format!(" id {}", trace.id);
    if let Some(recipient) = recipient {
        field += &format!("\r\n\tfor <{recipient}>");
    }
    field + &format!(";\r\n\t{}\r\n", Date::new(now.0).to_rfc822())
}

/// The Return-Path field, which the last host adds (RFC 5321 §4.4).
#[must_use]
pub fn return_path(from: Option<&EmailAddress>) -> String {
    format!("Return-Path: <{}>\r\n", from.map_or("", EmailAddress::as_str))
}

/// The Authentication-Results field of this host.
#[must_use]
pub fn authentication_results(host: &str, results: &str) -> String {
    format!("Authentication-Results: {host};\r\n\t{results}\r\n")
}

/// The message without Authentication-Results that claim to be this host's, which only this host may write (RFC 8601 §5).
#[must_use]
pub fn without_forged_results(message: Vec<u8>, host: &str) -> Vec<u8> {
    let forged = |field: &Field<'_>| {
        field.is("Authentication-Results") && authority(&header::unfold(field.value)).eq_ignore_ascii_case(host)
    };
    if Header::of(&message).fields().any(|field| forged(&field)) { header::remove(&message, forged) } else { message }
}

/// Whose results these are: the first word, past comments.
fn authority(value: &str) -> String {
    let mut depth = 0_u32;
    let mut outside = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' => {}
            _ if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    outside.split([';', ' ', '\t']).find(|word| !word.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_says_who_how_and_when() {
        let trace = Trace {
            client: Some(("mx.example".into(), "2001:db8::1".parse().unwrap())),
            protocol: "ESMTPS",
            tls: Some("TLSv1_3:TLS13_AES_256_GCM_SHA384".into()),
            id: "abc".into(),
        };
        let recipient = "marie@home.test".parse().unwrap();
        assert_eq!(
            received(&trace, "mail.home.test", Some(&recipient), Timestamp(1_700_000_000)),
            "Received: from mx.example ([IPv6:2001:db8::1])\r\n\tby mail.home.test (TLSv1_3:TLS13_AES_256_GCM_SHA384) \
             with ESMTPS id abc\r\n\tfor <marie@home.test>;\r\n\tTue, 14 Nov 2023 22:13:20 +0000\r\n"
        );
        let inside = Trace { id: "abc".into(), ..Trace::default() };
        assert_eq!(
            received(&inside, "mail.home.test", None, Timestamp(1_700_000_000)),
            "Received: by mail.home.test id abc;\r\n\tTue, 14 Nov 2023 22:13:20 +0000\r\n"
        );
    }

    #[test]
    fn results_in_our_name_are_removed_and_others_stay() {
        let message = b"Authentication-Results: Mail.Home.Test; dkim=pass\r\n\
            Authentication-Results: (x) \"mail.home.test\" 1;\r\n spf=pass\r\n\
            Authentication-Results: mail.home.test.example; spf=pass\r\n\
            Subject: a\r\n\r\nAuthentication-Results: mail.home.test; none\r\n";
        let kept = without_forged_results(message.to_vec(), "mail.home.test");
        assert_eq!(
            String::from_utf8(kept).unwrap(),
            "Authentication-Results: mail.home.test.example; spf=pass\r\nSubject: a\r\n\r\n\
             Authentication-Results: mail.home.test; none\r\n"
        );
    }
}
