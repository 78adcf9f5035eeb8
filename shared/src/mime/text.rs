//! Text for people: HTML to plain text, snippets.

use std::borrow::Cow;

use mail_parser::decoders::html;

/// Most HTML that is turned into text, octets; a summary or a search needs no more.
const HTML_TEXT_BYTES: usize = 1024 * 1024;

/// Elements that end a line. Those that mail-parser knows (`br`, `p`) it ends by itself.
const BLOCKS: [&str; 17] = [
    "address",
    "blockquote",
    "caption",
    "center",
    "div",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "pre",
    "table",
    "tr",
];
/// Elements that end a word.
const CELLS: [&str; 2] = ["td", "th"];

/// Plain text of an HTML body: tags gone, blocks on lines of their own, entities decoded. Not made for showing as HTML.
#[must_use]
pub fn html_to_text(source: &str) -> String {
    let text = html::html_to_text(&ending_lines(cut(source, HTML_TEXT_BYTES)));
    // Blocks within blocks end together: one empty line is enough.
    let mut out = String::with_capacity(text.len());
    let mut ends = 2;
    for line in text.split('\n').map(str::trim) {
        ends = if line.is_empty() { ends + 1 } else { 0 };
        if ends < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// HTML in which every block and cell ends with something that ends a line or a word.
fn ending_lines(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    let mut parts = source.split("</");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let name = part.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_one_of(&BLOCKS) {
            out.push_str("<br>");
        } else if is_one_of(&CELLS) {
            out.push(' ');
        }
        out.push_str("</");
        out.push_str(part);
    }
    out
}

/// The first `characters` characters with all white space collapsed to single spaces.
#[must_use]
pub fn snippet(text: &str, characters: usize) -> String {
    let mut out = String::new();
    let mut left = characters;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}') {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() && left > 0 {
            out.push(' ');
            left -= 1;
        }
        let before = out.len();
        out.extend(word.chars().take(left));
        left -= out.get(before..).unwrap_or_default().chars().count();
        if left == 0 {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Text without what OpenPGP puts into it (RFC 9580 §6.2, §7): armored blocks are left out, what was signed in clear stands as it
/// was written.
pub(crate) fn without_armor(text: &str) -> Cow<'_, str> {
    enum At {
        Text,
        /// The lines before text that was signed.
        Head,
        Signed,
        Block,
    }
    const BEGIN: &str = "-----BEGIN PGP ";
    if !text.contains(BEGIN) {
        return text.into();
    }
    let mut out = String::new();
    let mut at = At::Text;
    for line in text.lines() {
        let mark = line.trim_end();
        at = match at {
            _ if mark == "-----BEGIN PGP SIGNED MESSAGE-----" => At::Head,
            _ if mark.starts_with(BEGIN) && mark.ends_with("-----") => At::Block,
            At::Head if mark.is_empty() => At::Signed,
            At::Block if mark.starts_with("-----END PGP ") => At::Text,
            At::Head | At::Block => at,
            At::Text | At::Signed => {
                let escaped = line.strip_prefix("- ").filter(|_| matches!(at, At::Signed));
                out.push_str(escaped.unwrap_or(line));
                out.push('\n');
                at
            }
        };
    }
    out.into()
}

/// Text that was written as format=flowed (RFC 3676), its paragraphs on one line each again.
pub(crate) fn unflow(text: &str, delete_spaces: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut goes_on: Option<usize> = None;
    for (at, line) in text.split('\n').enumerate() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if goes_on != Some(depth) || is_signature {
            if at > 0 {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
        }
        let is_flowed = content.ends_with(' ') && !is_signature;
        out.push_str(if is_flowed && delete_spaces { content.trim_end_matches(' ') } else { content });
        goes_on = is_flowed.then_some(depth);
    }
    out
}

/// The longest beginning of at most `bytes` octets that ends between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_armor_nothing_is_shown_and_signed_text_as_it_was_written() {
        let block = |title: &str| {
            format!("-----BEGIN PGP {title}-----\r\nVersion: 1\r\n\r\naGVsbG8=\r\n-----END PGP {title}-----\r\n")
        };
        let signed = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\nDear all,\r\n- -- dash\r\n{}",
            block("SIGNATURE")
        );
        assert_eq!(without_armor(&signed).trim(), "Dear all,\n-- dash");
        assert_eq!(without_armor(&block("MESSAGE")), "");
        assert_eq!(without_armor(&format!("My key:\n{}Bye", block("PUBLIC KEY BLOCK"))), "My key:\nBye\n");
        // One that has no end; and text that only speaks of it.
        assert_eq!(without_armor("Hi\n-----BEGIN PGP MESSAGE-----\n\naGVsbG8="), "Hi\n");
        for other in ["- a list\n> -----BEGIN PGP MESSAGE-----\n> x", "-----BEGIN PGP lessons today", "plain"] {
            assert_eq!(without_armor(other).trim_end(), other);
        }
    }

    #[test]
    fn a_snippet_is_one_line_of_so_many_characters() {
        assert_eq!(snippet("  one\r\n\r\ntwo\u{a0}\tthree ", 200), "one two three");
        assert_eq!(snippet("one two three", 7), "one two");
        assert_eq!(snippet("one two three", 8), "one two");
        assert_eq!(snippet("ééééé", 3), "ééé");
        assert_eq!(snippet("", 3), "");
    }

    #[test]
    fn blocks_of_html_stand_on_lines_of_their_own() {
        let html = "<div><H1>One</H1><div>two <b>three</b></div></div><table><tr><td>4</td><td>5</td></tr></table>\
                    <ul><li>6</li><li>7</li></ul><p>8<br>9</p>";
        assert_eq!(html_to_text(html), "One\ntwo three\n\n4 5\n\n6\n7\n8\n9");
        assert_eq!(html_to_text("<p>a</p>\n\n<div><div><div>b</div></div></div>c"), "a\nb\n\nc");
        assert_eq!(html_to_text("a</"), "a");
    }

    #[test]
    fn flowed_paragraphs_are_put_together() {
        assert_eq!(unflow("one \ntwo\nthree\n", false), "one two\nthree\n");
        assert_eq!(unflow("> one \n> two \nmine\n>> deep\n", false), "> one two \nmine\n>> deep\n");
        assert_eq!(unflow("one \n-- \nme", false), "one \n-- \nme");
        assert_eq!(unflow(" From x\n >not quoted", false), "From x\n>not quoted");
        assert_eq!(unflow("日 \n本", true), "日本");
        assert_eq!(unflow("", false), "");
    }
}
