//! Addresses of pages within a text, so that they can be followed.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// Whether it is the address of a page.
    pub(super) is_address: bool,
}

/// Takes a text apart; put together, the pieces are the text again.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = next(rest) {
        let (before, from) = rest.split_at(at);
        let word = from.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).next().unwrap_or_default();
        let (address, after) = from.split_at(end(word).len());
        for (text, is_address) in [(before, false), (address, true)] {
            if !text.is_empty() {
                found.push(Piece { text, is_address });
            }
        }
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece { text: rest, is_address: false });
    }
    found
}

/// Where the next address begins: at the beginning of a word, and with something behind its scheme.
fn next(text: &str) -> Option<usize> {
    let mut begins = text.match_indices("http");
    let found = begins.find(|(at, _)| {
        let (before, from) = text.split_at(*at);
        let host = from.strip_prefix("https://").or_else(|| from.strip_prefix("http://"));
        !before.ends_with(char::is_alphanumeric) && host.is_some_and(|host| host.starts_with(char::is_alphanumeric))
    });
    found.map(|(at, _)| at)
}

/// An address without what ends a sentence behind it. A closing bracket belongs to it where it opens one.
fn end(word: &str) -> &str {
    let mut end = word;
    loop {
        let shorter = end.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '»', '”', '*', '_']);
        let is_open = |bracket| shorter.contains(bracket);
        let shorter = match shorter.chars().next_back() {
            Some(')') if !is_open('(') => shorter.trim_end_matches(')'),
            Some(']') if !is_open('[') => shorter.trim_end_matches(']'),
            _ => shorter,
        };
        if shorter.len() == end.len() {
            return end;
        }
        end = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<&str> {
        let all = pieces(text);
        assert_eq!(all.iter().map(|piece| piece.text).collect::<String>(), text);
        all.into_iter().filter(|piece| piece.is_address).map(|piece| piece.text).collect()
    }

    #[test]
    fn addresses_end_where_their_sentence_goes_on() {
        assert_eq!(
            addresses("See https://a.test/x?y=1#z, or (http://b.test)."),
            ["https://a.test/x?y=1#z", "http://b.test"]
        );
        assert_eq!(
            addresses("<https://a.test/é>\nhttps://c.test/w_(x)…"),
            ["https://a.test/é", "https://c.test/w_(x)…"]
        );
        assert_eq!(addresses("« https://a.test/ »"), ["https://a.test/"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_text() {
        for text in ["", "http", "https://", "xhttps://a.test", "javascript:alert(1)", "https:// a.test", "http:a.test"]
        {
            assert_eq!(addresses(text), Vec::<&str>::new(), "{text}");
        }
    }
}
