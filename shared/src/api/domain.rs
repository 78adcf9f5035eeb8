//! Domain names as the DNS holds them: A-labels (RFC 5890 §2.3.2.1), by the mapping of UTS #46.
//!
//! The tables of that mapping are as large as a tenth of the page. A browser has them already, for its own address bar, so
//! there its URL parser does the mapping (WHATWG URL §3.5, which is UTS #46); around it stand the same checks as natively.

/// The domain in lower case and as A-labels; `None` where no host can have this name: an empty or over-long label, one with
/// another ASCII character than letters, digits and inner hyphens (RFC 1123 §2.1), or one that UTS #46 refuses.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    let plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !domain.chars().all(plain) {
        return None;
    }
    let lower = domain.to_ascii_lowercase();
    let needs_mapping = !lower.is_ascii() || lower.split('.').any(|label| label.starts_with("xn--"));
    let mapped = if needs_mapping { map(&lower)? } else { lower };
    mapped.split('.').all(is_label).then_some(mapped)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(not(target_arch = "wasm32"))]
fn map(domain: &str) -> Option<String> {
    idna::domain_to_ascii_strict(domain).ok()
}

#[cfg(target_arch = "wasm32")]
fn map(domain: &str) -> Option<String> {
    let host = web_sys::Url::new(&format!("https://{domain}")).ok()?.hostname();
    // A name that ends in a number is an address to a URL, written anew in four parts.
    let is_name = host.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    is_name.then_some(host)
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
            ("a-b.1", "a-b.1"),
            ("straße.example", "xn--strae-oqa.example"),
        ] {
            assert_eq!(to_ascii(typed).as_deref(), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_no_host_can_be_called_is_refused() {
        let long = format!("{}.test", "a".repeat(64));
        for typed in
            ["", ".", "a..b", ".a", "a.", "a_b.test", "a b.test", "a/b", "-a.test", "a-.test", "xn--\u{e9}.test", &long]
        {
            assert_eq!(to_ascii(typed), None, "{typed}");
        }
    }
}
