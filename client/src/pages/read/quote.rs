//! A text taken apart: what its author wrote, what is quoted, and the links in it.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// What the author wrote: a paragraph, lines kept.
    Own(String),
    /// What is quoted, one level of quoting marks taken away.
    Quoted(String),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Span<'a> {
    /// Text.
    Text(&'a str),
    /// An address on the web.
    Link(&'a str),
    /// A mail address, or a link that begins a letter (RFC 6068).
    Mail(&'a str),
}

/// Takes a text apart into paragraphs and quoted blocks. The line that introduces a quote at the end of a text ("On … wrote:")
/// goes with it.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut in_quote = false;
    for line in text.lines() {
        let is_quote = line.starts_with('>');
        if is_quote != in_quote {
            let introduces = is_quote.then(|| introduction(&mut lines)).flatten();
            flush(&mut pieces, &mut lines, in_quote);
            lines.extend(introduces);
            in_quote = is_quote;
        }
        lines.push(line);
    }
    flush(&mut pieces, &mut lines, in_quote);
    pieces
}

/// Takes the line that introduces the quote off the end of what was written before it: one that ends with a colon.
fn introduction<'a>(lines: &mut Vec<&'a str>) -> Option<&'a str> {
    let last = lines.iter().rposition(|line| !line.trim().is_empty())?;
    let line = lines.get(last).copied().filter(|line| line.trim_end().ends_with(':'))?;
    lines.truncate(last);
    Some(line)
}

fn flush(pieces: &mut Vec<Piece>, lines: &mut Vec<&str>, in_quote: bool) {
    let taken = std::mem::take(lines);
    if in_quote {
        let unquoted = taken.iter().map(|line| {
            let inner = line.strip_prefix('>').unwrap_or(line);
            inner.strip_prefix(' ').unwrap_or(inner)
        });
        pieces.push(Piece::Quoted(unquoted.collect::<Vec<_>>().join("\n")));
    } else {
        let paragraphs = taken.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
        pieces.extend(paragraphs.map(|lines| Piece::Own(lines.join("\n"))));
    }
}

/// Finds the links in a text.
pub(super) fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    let mut plain_from = text;
    while let Some(word_at) = rest.find(|c: char| !is_border(c)) {
        let (_, from_word) = rest.split_at(word_at);
        let end = from_word.find(is_border).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        let kept = trimmed(word);
        let found = if is_link(kept) {
            Some(Span::Link(kept))
        } else if is_mail(kept) {
            Some(Span::Mail(kept))
        } else {
            None
        };
        if let Some(found) = found {
            let (before, from_kept) = plain_from.split_at(plain_from.len() - from_word.len());
            if !before.is_empty() {
                spans.push(Span::Text(before));
            }
            spans.push(found);
            plain_from = from_kept.strip_prefix(kept).unwrap_or(from_kept);
        }
        rest = after;
    }
    if !plain_from.is_empty() {
        spans.push(Span::Text(plain_from));
    }
    spans
}

fn is_border(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”')
}

/// A word without the punctuation of the sentence around it; a closing bracket stays where the word opens one.
fn trimmed(word: &str) -> &str {
    let mut kept = word;
    while let Some(last) = kept.chars().next_back() {
        let is_sentence = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '…' | '*');
        let is_loose = last == ')' && !kept.contains('(') || last == ']' && !kept.contains('[');
        if !is_sentence && !is_loose {
            break;
        }
        kept = kept.strip_suffix(last).unwrap_or_default();
    }
    kept
}

fn is_link(word: &str) -> bool {
    let host = ["https://", "http://"].iter().find_map(|scheme| word.strip_prefix(scheme));
    host.is_some_and(|host| host.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '['))
}

fn is_mail(word: &str) -> bool {
    if let Some(link) = word.strip_prefix("mailto:") {
        return is_mail(link.split('?').next().unwrap_or_default());
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@');
    let Some((local, domain)) = word.split_once('@') else { return false };
    !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.contains('@')
        && word.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Piece {
        Piece::Own(text.into())
    }

    fn quoted(text: &str) -> Piece {
        Piece::Quoted(text.into())
    }

    #[test]
    fn paragraphs_and_quotes_come_apart() {
        let text =
            "Avec plaisir !\n\nÀ dimanche,\nJeanne\n\nLe 3 novembre, Marie a écrit :\n> Venez-vous ?\n>\n>> Oui\n";
        assert_eq!(
            pieces(text),
            [
                own("Avec plaisir !"),
                own("À dimanche,\nJeanne"),
                quoted("Le 3 novembre, Marie a écrit :\nVenez-vous ?\n\n> Oui"),
            ]
        );
    }

    #[test]
    fn answers_between_the_lines_stay_where_they_are() {
        let text = "> Un ?\nOui\n> Deux ?\nNon";
        assert_eq!(pieces(text), [quoted("Un ?"), own("Oui"), quoted("Deux ?"), own("Non")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn links_are_found_without_the_sentence_around_them() {
        assert_eq!(
            spans("Voir (https://example.test/a_(b)?c=1), ou écrire à a.b+c@home.test."),
            [
                Span::Text("Voir (https://example.test/a_(b)?c=1), ou écrire à "),
                Span::Mail("a.b+c@home.test"),
                Span::Text("."),
            ]
        );
        assert_eq!(
            spans("https://example.test/a_(b). Fin"),
            [Span::Link("https://example.test/a_(b)"), Span::Text(". Fin")]
        );
        assert_eq!(
            spans("mailto:a@home.test?subject=Oui."),
            [Span::Mail("mailto:a@home.test?subject=Oui"), Span::Text(".")]
        );
        assert_eq!(spans("<http://x.test>"), [Span::Text("<"), Span::Link("http://x.test"), Span::Text(">")]);
    }

    #[test]
    fn what_only_looks_like_a_link_is_text() {
        for text in [
            "javascript:alert(1)",
            "https://",
            "mailto:",
            "mailto:x?subject=y",
            "@home",
            "a@b",
            "data:text/html,x",
            "été",
        ] {
            assert_eq!(spans(text), [Span::Text(text)], "{text}");
        }
        assert_eq!(spans(""), []);
    }
}
