//! Domain names as the DNS holds them: A-labels (RFC 5890 §2.3.2.1), by the mapping of UTS #46.
//!
//! The tables of that mapping are as large as a tenth of the page. A browser has them already, for its own address bar, so
//! there its URL parser does the mapping (WHATWG URL §3.5, which is UTS #46); around it stand the same checks as natively.

/// The domain in lower case and as A-labels; `None` where no host can have this name: an empty or over-long label, one with
/// another ASCII character than letters, digits and inner hyphens (RFC 1123 §2.1), one that is reserved (`ab--…`, RFC 5890
/// §2.3.1), one that UTS #46 refuses, or a last label that is a number (RFC 3696 §2), which a URL would take for an address.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !domain.chars().all(plain) {
        return None;
    }
    let lower = domain.to_ascii_lowercase();
    let needs_mapping = !lower.is_ascii() || lower.split('.').any(|label| label.starts_with("xn--"));
    let mapped = if needs_mapping { map(&lower)? } else { lower };
    (mapped.split('.').all(is_label) && !ends_in_number(&mapped)).then_some(mapped)
}

/// The same for a domain from the other side, which has mapped it already: it is looked at, but not mapped again, for the
/// tables of Unicode here and there need not be of one age.
pub(super) fn kept_or_mapped(domain: &str) -> Option<String> {
    let is_mapped = domain.split('.').all(is_label) && !ends_in_number(domain);
    if is_mapped { Some(domain.to_owned()) } else { to_ascii(domain) }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        && (label.get(2..4) != Some("--") || label.starts_with("xn--"))
}

/// As WHATWG URL §3.5 tells an IPv4 address from a name: its last label is a number, decimal or hexadecimal.
fn ends_in_number(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(not(target_arch = "wasm32"))]
fn map(domain: &str) -> Option<String> {
    idna::domain_to_ascii_strict(domain).ok()
}

#[cfg(target_arch = "wasm32")]
fn map(domain: &str) -> Option<String> {
    Some(web_sys::Url::new(&format!("https://{domain}")).ok()?.hostname())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_lower_case_a_labels() {
        for (typed, expected) in [
            ("Home.TEST", "home.test"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.Example", "xn--bcher-kva.example"),
            ("a-b.test", "a-b.test"),
            ("straße.example", "xn--strae-oqa.example"),
        ] {
            assert_eq!(to_ascii(typed).as_deref(), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_no_host_can_be_called_is_refused() {
        let long = format!("{}.test", "a".repeat(64));
        for typed in [
            "",
            ".",
            "a..b",
            ".a",
            "a.",
            "a_b.test",
            "a b.test",
            "a/b",
            "-a.test",
            "a-.test",
            "xn--\u{e9}.test",
            "ab--c.test",
            "a.1",
            "b\u{fc}cher.0x1f",
            &long,
        ] {
            assert_eq!(to_ascii(typed), None, "{typed}");
        }
    }
}
