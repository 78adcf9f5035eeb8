//! The base subject: what is left of a subject without the marks of answers, forwards and lists (RFC 5256 §2.1).

use icu_normalizer::DecomposingNormalizerBorrowed;

/// What stands for a subject that is sealed (RFC 9788 §3.2.1).
const SEALED: &str = "[...]";

/// What a subject says, for sorting and threading.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Subject {
    /// In the form in which it is compared; empty where there is none.
    pub(super) base: String,
    /// Something was taken away that marks an answer or a forward.
    pub(super) is_reply: bool,
    /// It is sealed: nothing is known of it, and it equals no other.
    pub(super) is_sealed: bool,
}

impl Subject {
    /// Reads a subject that is decoded already.
    pub(super) fn of(text: &str) -> Self {
        let text = text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if text == SEALED {
            return Self { is_sealed: true, ..Self::default() };
        }
        let (base, is_reply) = base(&text);
        Self { base: casemap(base), is_reply, is_sealed: false }
    }
}

/// The form in which texts are compared: i;unicode-casemap (RFC 5051).
pub(super) fn casemap(text: &str) -> String {
    let upper: String = text.chars().flat_map(char::to_uppercase).collect();
    DecomposingNormalizerBorrowed::new_nfkd().normalize(&upper).into_owned()
}

/// The base subject, and whether marks of an answer or a forward were taken away. The numbers are those of RFC 5256 §2.1.
fn base(text: &str) -> (&str, bool) {
    let (mut rest, mut is_reply) = (text, false);
    loop {
        // (2)
        loop {
            rest = rest.trim_end();
            let Some(cut) = strip_suffix(rest, "(fwd)") else { break };
            (rest, is_reply) = (cut, true);
        }
        // (3) to (5)
        loop {
            let before = rest.len();
            rest = rest.trim_start();
            if let Some(after) = leader(rest) {
                (rest, is_reply) = (after, true);
            } else if let Some(after) = blob(rest).filter(|after| !after.is_empty()) {
                rest = after;
            }
            if rest.len() == before {
                break;
            }
        }
        // (6)
        match strip_prefix(rest, "[fwd:").and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => (rest, is_reply) = (inner, true),
            None => return (rest, is_reply),
        }
    }
}

/// What follows `*subj-blob subj-refwd`.
fn leader(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(after) = blob(rest) {
        rest = after;
    }
    let after = strip_prefix(rest, "re").or_else(|| strip_prefix(rest, "fwd")).or_else(|| strip_prefix(rest, "fw"))?;
    let after = after.trim_start();
    blob(after).unwrap_or(after).strip_prefix(':')
}

/// What follows `subj-blob`.
fn blob(text: &str) -> Option<&str> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    (!inside.contains('[')).then(|| after.trim_start())
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

fn strip_suffix<'t>(text: &'t str, suffix: &str) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_taken_away() {
        for (text, expected, reply) in [
            ("hello", "hello", false),
            ("Re: hello", "hello", true),
            ("re: FW: Fwd: hello", "hello", true),
            ("Re[2]: hello", "hello", true),
            ("RE [list] : hello", "hello", true),
            ("[list] hello", "hello", false),
            ("[list] Re: [list] hello", "hello", true),
            ("hello (fwd) (FWD) ", "hello", true),
            ("[Fwd: Re: hello]", "hello", true),
            ("[fwd: [list] hello (fwd)]", "hello", true),
            ("[only]", "[only]", false),
            ("[a] [b]", "[b]", false),
            ("Re: [only]", "[only]", true),
            ("Reply: hello", "Reply: hello", false),
            ("re", "re", false),
            ("Re:", "", true),
            ("[[a] b", "[[a] b", false),
            ("été", "été", false),
            ("", "", false),
        ] {
            assert_eq!(base(text), (expected, reply), "{text:?}");
        }
    }

    #[test]
    fn subjects_are_compared_without_case_and_folds() {
        let base = |text: &str| Subject::of(text).base;
        assert_eq!(base("Re:\r\n  Été\t  2024"), base("ÉTÉ 2024"));
        assert_eq!(base("e\u{301}"), base("É"));
        assert!(Subject::of("[...]").is_sealed && !Subject::of("[..]").is_sealed);
    }

    proptest! {
        #[test]
        fn any_subject_has_a_base(text in "(\\[|\\]|re|fwd?|:| |\\(fwd\\)|\\[fwd:|é|x){0,20}") {
            let (found, _) = base(&text);
            prop_assert!(text.contains(found));
            prop_assert_eq!(base(found).0, found);
        }
    }
}
