//! Which colours a letter brings: whether it can be shown on dark paper, and how.
//!
//! Programs that people write with declare black text on white paper, or grey signatures, though nobody chose them. Such colours
//! are no more than the default, and count for nothing here.

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{Parser, Token};

use super::protocol::reading::Colours;

/// How far the parts of a grey may lie apart, of 255.
const GREY_SPREAD: u8 = 24;
/// The lightest part of a grey that is still ink.
const INK_MOST: u8 = 0xa8;
/// The darkest part of what is still white paper.
const PAPER_LEAST: u8 = 0xf0;

/// Words that bring no colour of their own as ink.
const INK_WORDS: &str = "inherit initial unset revert currentcolor windowtext canvastext auto important";
/// Words that bring no colour of their own as paper.
const PAPER_WORDS: &str = "transparent none inherit initial unset revert window canvas auto important repeat no-repeat repeat-x \
    repeat-y scroll local fixed left right top bottom center cover contain padding-box border-box \
    content-box";

/// What the colours of a declaration mean.
pub(super) fn of_declaration(name: &str, value: &str, in_attribute: bool) -> Colours {
    match name {
        "color" => {
            let colours = of_ink(value);
            // The page cannot overrule an attribute that insists.
            let insists = in_attribute && value.contains('!');
            if insists { colours.max(Colours::Text) } else { colours }
        }
        "background" | "background-color" | "background-image" => of_paper(value),
        _ => Colours::None,
    }
}

/// What a colour of text means.
pub(super) fn of_ink(value: &str) -> Colours {
    let is_default = parts(value).iter().all(|part| match part {
        Part::Colour { rgb, .. } => is_grey(*rgb) && rgb.iter().max() <= Some(&INK_MOST),
        Part::Word(word) => is_one_of(INK_WORDS, word),
        Part::Mark => true,
        Part::Measure | Part::Other => false,
    });
    if is_default { Colours::None } else { Colours::Text }
}

/// What a colour under the text means.
pub(super) fn of_paper(value: &str) -> Colours {
    let is_default = parts(value).iter().all(|part| match part {
        Part::Colour { is_clear: true, .. } | Part::Mark | Part::Measure => true,
        Part::Colour { rgb, .. } => is_grey(*rgb) && rgb.iter().min() >= Some(&PAPER_LEAST),
        Part::Word(word) => is_one_of(PAPER_WORDS, word),
        Part::Other => false,
    });
    if is_default { Colours::None } else { Colours::Layout }
}

fn is_one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

enum Part {
    Colour {
        rgb: [u8; 3],
        is_clear: bool,
    },
    Word(String),
    /// A length or a number.
    Measure,
    /// Punctuation.
    Mark,
    Other,
}

fn parts(value: &str) -> Vec<Part> {
    let opaque = |rgb| Part::Colour { rgb, is_clear: false };
    let hash = |digits: &str| match parse_hash_color(digits.as_bytes()) {
        Ok((r, g, b, alpha)) => Part::Colour { rgb: [r, g, b], is_clear: alpha <= 0.0 },
        Err(()) => Part::Other,
    };
    let mut parser = Parser::new(value);
    let mut parts = Vec::new();
    loop {
        let Ok(token) = parser.next().cloned() else { return parts };
        parts.push(match token {
            Token::Ident(word) => match parse_named_color(&word) {
                Ok((r, g, b)) => opaque([r, g, b]),
                Err(()) => Part::Word(word.to_ascii_lowercase()),
            },
            Token::Hash(digits) | Token::IDHash(digits) => hash(&digits),
            Token::Function(name) if name.eq_ignore_ascii_case("rgb") || name.eq_ignore_ascii_case("rgba") => {
                rgb(&mut parser)
            }
            Token::Number { .. } | Token::Percentage { .. } | Token::Dimension { .. } => Part::Measure,
            Token::Delim('!' | '/') | Token::Comma => Part::Mark,
            _ => Part::Other,
        });
    }
}

/// What stands in the brackets of `rgb()`.
fn rgb(parser: &mut Parser<'_>) -> Part {
    let mut numbers = Vec::new();
    let read: Result<(), cssparser::ParseError<()>> = parser.parse_nested_block(|parser| {
        while let Ok(token) = parser.next().cloned() {
            match token {
                Token::Number { value, .. } => numbers.push(value),
                // The fourth is how opaque it is, from 0 to 1.
                Token::Percentage { unit_value, .. } if numbers.len() < 3 => numbers.push(unit_value * 255.0),
                Token::Percentage { unit_value, .. } => numbers.push(unit_value),
                Token::Comma | Token::Delim('/') => {}
                _ => numbers.push(f32::NAN),
            }
        }
        Ok(())
    });
    match (read, numbers.as_slice()) {
        (Ok(()), [r, g, b, rest @ ..]) if !numbers.iter().any(|number| number.is_nan()) => {
            // Conversion clamps to what a byte holds.
            let rgb = [*r as u8, *g as u8, *b as u8];
            Part::Colour { rgb, is_clear: rest.first().is_some_and(|alpha| *alpha <= 0.0) }
        }
        _ => Part::Other,
    }
}

fn is_grey([r, g, b]: [u8; 3]) -> bool {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    most.saturating_sub(least) <= GREY_SPREAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_unasked_is_no_colour() {
        for ink in
            ["black", "#000", "#222222", "rgb(34, 34, 34)", "windowtext", "inherit !important", "#888888", "gray"]
        {
            assert_eq!(of_ink(ink), Colours::None, "{ink}");
        }
        for paper in
            ["white", "#FFF", "transparent", "rgba(0,0,0,0)", "rgb(0 0 0 / 0%)", "none repeat scroll 0% 0%", "#f8f8f8"]
        {
            assert_eq!(of_paper(paper), Colours::None, "{paper}");
        }
    }

    #[test]
    fn what_somebody_chose_counts() {
        for ink in ["red", "#1f497d", "#fff", "rgb(200, 0, 0)", "var(--x)", "hsl(0 100% 50%)"] {
            assert_eq!(of_ink(ink), Colours::Text, "{ink}");
        }
        for paper in ["#003366", "yellow", "black", "linear-gradient(red, blue)", "var(--x)", "rgb(1,2)"] {
            assert_eq!(of_paper(paper), Colours::Layout, "{paper}");
        }
        assert_eq!(of_declaration("color", "black !important", true), Colours::Text);
        assert_eq!(of_declaration("color", "black !important", false), Colours::None);
        assert_eq!(of_declaration("border-color", "red", false), Colours::None);
    }
}
