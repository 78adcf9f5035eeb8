//! Styles of mail: what fetches or reaches beyond the mail is taken out, the rest stays as it is.
//!
//! Invariants: no `url()`, in whatever spelling, and no at-rule but `@media` and `@supports` is left; the result holds no `<`, so
//! that it cannot end the element that it stands in. Browsers tokenise as this does (CSS Syntax Level 3), escapes included.

use cssparser::{Parser, Token};

/// Functions that fetch, or show something that is not in the mail.
const FETCHING: [&str; 9] = [
    "url",
    "src",
    "image",
    "image-set",
    "-webkit-image-set",
    "cross-fade",
    "-webkit-cross-fade",
    "element",
    "expression",
];
/// At-rules that only say when something counts.
const CONDITIONS: [&str; 2] = ["media", "supports"];

/// Cleans a style sheet or the value of a `style` attribute; counts in `blocked` what would have been fetched.
pub(super) fn clean(css: &str, blocked: &mut u32) -> String {
    let mut out = String::with_capacity(css.len());
    rules(&mut Parser::new(css), &mut out, blocked);
    // In strings and names this escape means the same, elsewhere neither means anything.
    out.replace('<', "\\3c ")
}

/// Copies rules and declarations, those left out that may not be there.
fn rules(parser: &mut Parser<'_>, out: &mut String, blocked: &mut u32) {
    let mut chunk = String::new();
    let mut banned = false;
    loop {
        let start = parser.position();
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { break };
        match token {
            Token::Semicolon => {
                if !banned {
                    out.push_str(&chunk);
                    out.push(';');
                }
                chunk.clear();
                banned = false;
            }
            Token::CurlyBracketBlock => {
                let mut inner = String::new();
                nested(parser, |parser| rules(parser, &mut inner, blocked));
                if !banned {
                    out.push_str(&chunk);
                    out.push('{');
                    out.push_str(&inner);
                    out.push('}');
                }
                chunk.clear();
                banned = false;
            }
            Token::AtKeyword(name) => {
                banned |= !CONDITIONS.iter().any(|known| name.eq_ignore_ascii_case(known));
                chunk.push_str(parser.slice_from(start));
            }
            token => banned |= !value(parser, start, &token, &mut chunk, blocked),
        }
    }
    if !banned {
        out.push_str(&chunk);
    }
}

/// Copies one token of a value with all that is in its brackets; `false` where it makes the whole declaration invalid.
fn value(
    parser: &mut Parser<'_>,
    start: cssparser::SourcePosition,
    token: &Token<'_>,
    out: &mut String,
    blocked: &mut u32,
) -> bool {
    let close = match token {
        Token::Comment(_) | Token::CDO | Token::CDC => return true,
        Token::UnquotedUrl(_) => {
            *blocked = blocked.saturating_add(1);
            out.push_str("none");
            return true;
        }
        Token::BadUrl(_)
        | Token::BadString(_)
        | Token::CloseParenthesis
        | Token::CloseSquareBracket
        | Token::CloseCurlyBracket => return false,
        Token::Function(name) if FETCHING.iter().any(|fetching| name.eq_ignore_ascii_case(fetching)) => {
            nested(parser, |parser| while parser.next().is_ok() {});
            *blocked = blocked.saturating_add(1);
            out.push_str("none");
            return true;
        }
        Token::Function(_) | Token::ParenthesisBlock => ')',
        Token::SquareBracketBlock => ']',
        Token::CurlyBracketBlock => '}',
        _ => {
            out.push_str(parser.slice_from(start));
            return true;
        }
    };
    out.push_str(parser.slice_from(start));
    let mut good = true;
    nested(parser, |parser| good = values(parser, out, blocked));
    out.push(close);
    good
}

fn values(parser: &mut Parser<'_>, out: &mut String, blocked: &mut u32) -> bool {
    let mut good = true;
    loop {
        let start = parser.position();
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return good };
        good &= value(parser, start, &token, out, blocked);
    }
}

fn nested(parser: &mut Parser<'_>, mut inside: impl FnMut(&mut Parser<'_>)) {
    let parsed: Result<(), cssparser::ParseError<()>> = parser.parse_nested_block(|parser| {
        inside(parser);
        Ok(())
    });
    // Fails only beyond the parser's own limit of nesting; what is deeper is left out.
    let _ = parsed;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(css: &str) -> (String, u32) {
        let mut blocked = 0;
        let css = clean(css, &mut blocked);
        (css, blocked)
    }

    #[test]
    fn what_is_harmless_stays_as_it_is() {
        for css in [
            "color: red; margin: 0 auto !important",
            "p, .a > b[title=\"x;}\"] { font: 12px/1.5 \"A\\20 B\", serif; width: calc(100% - (2 * 1em)) }",
            "@media (max-width: 600px) { td { display: block } }",
            ".m\\@box { --x: 1 }",
        ] {
            assert_eq!(cleaned(css), (css.to_owned(), 0));
        }
    }

    #[test]
    fn nothing_is_fetched_in_whatever_spelling() {
        for (css, clean) in [
            ("background: #fff url(http://t.test/a.png) no-repeat", "background: #fff none no-repeat"),
            ("background: URL( 'http://t.test' )", "background: none"),
            ("background: u\\72l(http://t.test)", "background: none"),
            ("background: u/**/rl", "background: url"),
            ("background: image-set(\"http://t.test\" 1x)", "background: none"),
            ("a { b: f(url(//t.test)) }", "a { b: f(none) }"),
            ("--x: url(//t.test)", "--x: none"),
        ] {
            assert_eq!(cleaned(css).0, clean, "{css}");
        }
        assert_eq!(cleaned("a{b:url(x)}c{d:url('y')}").1, 2);
    }

    #[test]
    fn rules_that_fetch_or_reach_out_are_left_out() {
        for css in [
            "@import 'http://t.test';",
            "@\\69mport url(http://t.test);",
            "@font-face { font-family: x; src: url(//t.test) }",
            "@namespace url(x);",
            "@charset \"utf-8\";",
        ] {
            assert_eq!(cleaned(&format!("{css}p{{color:red}}")).0, "p{color:red}", "{css}");
        }
    }

    #[test]
    fn the_element_cannot_be_ended() {
        let (css, _) = cleaned("a::before { content: \"</style><script>\" } b </style> { color: red }");
        assert!(!css.contains('<'), "{css}");
    }

    #[test]
    fn broken_styles_do_no_harm() {
        for css in
            ["a { b: url(", "a { b: \"x\n; c: d", "}}}{{{", "a { b: (((((", "/* ", "\\", "@media", "a{b:url(x y)}"]
        {
            let (css, _) = cleaned(css);
            assert!(!css.to_ascii_lowercase().contains("url("), "{css}");
        }
        cleaned(&"(".repeat(100_000));
        cleaned(&"a{".repeat(100_000));
    }
}
