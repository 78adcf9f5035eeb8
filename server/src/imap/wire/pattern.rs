//! The patterns of LIST: `*` stands for anything, `%` for anything within one level (RFC 9051 §6.3.9).
//!
//! Invariant: matching takes at most pattern × name steps, however many wildcards there are.

/// What separates the levels of mailbox names.
pub(in crate::imap) const SEPARATOR: char = '/';

/// Whether a name matches. `INBOX` as the first level matches in any case of letters.
pub(in crate::imap) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = inbox(pattern).chars().collect();
    // `reached[i]`: the first i characters of the pattern can stand for what has been read of the name.
    let mut reached = vec![false; pattern.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    through_wildcards(&pattern, &mut reached);
    for character in name.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (at, expected) in pattern.iter().enumerate() {
            if !reached.get(at).copied().unwrap_or_default() {
                continue;
            }
            let stays = *expected == '*' || (*expected == '%' && character != SEPARATOR);
            let goes_on = !matches!(expected, '*' | '%') && *expected == character;
            for (hit, place) in [(stays, at), (goes_on, at + 1)] {
                if let Some(slot) = next.get_mut(place).filter(|_| hit) {
                    *slot = true;
                }
            }
        }
        through_wildcards(&pattern, &mut next);
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

/// A wildcard may stand for nothing.
fn through_wildcards(pattern: &[char], reached: &mut [bool]) {
    for (at, expected) in pattern.iter().enumerate() {
        if matches!(expected, '*' | '%')
            && reached.get(at).copied().unwrap_or_default()
            && let Some(slot) = reached.get_mut(at + 1)
        {
            *slot = true;
        }
    }
}

/// The pattern with its first level in capitals where that is `INBOX`.
fn inbox(pattern: &str) -> String {
    match pattern.get(..5) {
        Some(first) if first.eq_ignore_ascii_case("INBOX") => {
            let rest = pattern.get(5..).unwrap_or_default();
            if rest.is_empty() || rest.starts_with([SEPARATOR, '*', '%']) {
                format!("INBOX{rest}")
            } else {
                pattern.into()
            }
        }
        _ => pattern.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_what_they_may() {
        for (pattern, name, expected) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%", "a", true),
            ("%/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a/*", "a/b/c", true),
            ("a*", "a", true),
            ("*b", "a/b", true),
            ("inbox", "INBOX", true),
            ("InBoX/%", "INBOX/x", true),
            ("inboxes", "INBOXes", false),
            ("Work", "work", false),
            ("été%", "été 2024", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_wildcards_do_not_take_long() {
        assert!(!matches(&"*a".repeat(100), &"a".repeat(99)));
        assert!(matches(&"%*".repeat(100), &"a/".repeat(100)));
    }
}
