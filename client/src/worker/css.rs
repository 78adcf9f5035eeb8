//! Styles of mail: what fetches, reaches beyond the mail or leaves its flow is taken out, the rest stays as it is.
//!
//! Invariants: no `url()`, in whatever spelling, and no at-rule but `@media` and `@supports` is left; the result holds no `<`, so
//! that it cannot end the element that it stands in; nothing is placed over the rest, and no length depends on the height of the
//! frame, which is as high as the content and would grow with it. Browsers tokenise as this does (CSS Syntax Level 3), escapes included.

use cssparser::{Parser, SourcePosition, Token};

use super::colours;
use super::protocol::reading::Colours;

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
/// Values of `position` that leave an element where it is. The large webmails know no others either, so letters do without.
const IN_PLACE: [&str; 6] = ["static", "relative", "inherit", "initial", "unset", "revert"];
/// Units that follow the height of the frame, without the prefixes `s`, `l` and `d` (CSS Values Level 4 §6.1.2).
const VIEWPORT: [&str; 5] = ["vh", "vb", "vi", "vmin", "vmax"];
/// Units that follow a container, and where there is none the frame (CSS Containment Level 3 §6.1).
const CONTAINER: [&str; 5] = ["cqh", "cqb", "cqi", "cqmin", "cqmax"];
/// What a media query asks that the height of the frame answers (Media Queries Level 4 §4).
const OF_HEIGHT: [&str; 9] = [
    "height",
    "min-height",
    "max-height",
    "device-height",
    "min-device-height",
    "max-device-height",
    "orientation",
    "aspect-ratio",
    "device-aspect-ratio",
];

/// What is found while cleaning.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many images of other hosts would have been fetched.
    pub(super) blocked: u32,
    /// What colours there are.
    pub(super) colours: Colours,
}

impl Found {
    /// Notes colours.
    pub(super) fn see(&mut self, colours: Colours) {
        self.colours = self.colours.max(colours);
    }
}

/// Cleans a style sheet.
pub(super) fn sheet(css: &str, found: &mut Found) -> String {
    clean(css, found, false)
}

/// Cleans the value of a `style` attribute.
pub(super) fn attribute(css: &str, found: &mut Found) -> String {
    clean(css, found, true)
}

fn clean(css: &str, found: &mut Found, in_attribute: bool) -> String {
    let mut out = String::with_capacity(css.len());
    Cleaner { found, in_attribute }.rules(&mut Parser::new(css), &mut out);
    // In strings and names this escape means the same, elsewhere neither means anything.
    out.replace('<', "\\3c ")
}

struct Cleaner<'a> {
    found: &'a mut Found,
    in_attribute: bool,
}

/// A declaration, or what stands before a block.
#[derive(Default)]
struct Chunk {
    text: String,
    /// It may not be there.
    is_banned: bool,
    /// A length of it follows the height of the frame.
    follows_frame: bool,
    /// It says when something counts.
    is_condition: bool,
    /// It asks whether the reader likes it dark. The page sees to that, for letters seldom do so completely.
    asks_scheme: bool,
}

impl Cleaner<'_> {
    /// Copies rules and declarations, those left out that may not be there.
    fn rules(&mut self, parser: &mut Parser<'_>, out: &mut String) {
        let mut chunk = Chunk::default();
        loop {
            let start = parser.position();
            let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { break };
            match token {
                Token::Semicolon => {
                    if self.keeps(&chunk) {
                        out.push_str(&chunk.text);
                        out.push(';');
                    }
                    chunk = Chunk::default();
                }
                Token::CurlyBracketBlock => {
                    let colours_before = self.found.colours;
                    let mut inner = String::new();
                    nested(parser, |parser| self.rules(parser, &mut inner));
                    if chunk.is_banned || chunk.asks_scheme || chunk.is_condition && chunk.follows_frame {
                        self.found.colours = colours_before;
                    } else {
                        out.push_str(&chunk.text);
                        out.push('{');
                        out.push_str(&inner);
                        out.push('}');
                    }
                    chunk = Chunk::default();
                }
                Token::AtKeyword(name) => {
                    chunk.is_condition |= CONDITIONS.iter().any(|known| name.eq_ignore_ascii_case(known));
                    chunk.is_banned |= !chunk.is_condition;
                    chunk.text.push_str(parser.slice_from(start));
                }
                token => self.value(parser, start, &token, &mut chunk),
            }
        }
        if self.keeps(&chunk) {
            out.push_str(&chunk.text);
        }
    }

    /// Whether a declaration may be there; notes its colours.
    fn keeps(&mut self, chunk: &Chunk) -> bool {
        let Some((name, value)) = declaration(&chunk.text) else { return !chunk.is_banned };
        let is_kept = match name.as_str() {
            _ if chunk.is_banned || chunk.follows_frame => false,
            "position" => is_in_place(value),
            "color-scheme" => false,
            _ => true,
        };
        if is_kept {
            self.found.see(colours::of_declaration(&name, value, self.in_attribute));
        }
        is_kept
    }

    /// Copies one token of a value with all that is in its brackets; bans the chunk where it makes the whole of it invalid.
    fn value(&mut self, parser: &mut Parser<'_>, start: SourcePosition, token: &Token<'_>, chunk: &mut Chunk) {
        let close = match token {
            // What stood on both sides of these must not become one word: `u/**/rl(` is no `url(`.
            Token::Comment(_) => return chunk.text.push_str("/**/"),
            Token::CDO | Token::CDC => return chunk.text.push(' '),
            Token::UnquotedUrl(_) => {
                self.found.blocked = self.found.blocked.saturating_add(1);
                return chunk.text.push_str("none");
            }
            Token::BadUrl(_)
            | Token::BadString(_)
            | Token::CloseParenthesis
            | Token::CloseSquareBracket
            | Token::CloseCurlyBracket => {
                chunk.is_banned = true;
                return;
            }
            Token::Function(name) if FETCHING.iter().any(|fetching| name.eq_ignore_ascii_case(fetching)) => {
                nested(parser, |parser| while parser.next().is_ok() {});
                self.found.blocked = self.found.blocked.saturating_add(1);
                return chunk.text.push_str("none");
            }
            Token::Function(_) | Token::ParenthesisBlock => ')',
            Token::SquareBracketBlock => ']',
            Token::CurlyBracketBlock => '}',
            token => {
                chunk.follows_frame |= match token {
                    Token::Dimension { unit, .. } => follows_frame(unit),
                    Token::Ident(name) => chunk.is_condition && asks_height(name),
                    _ => false,
                };
                chunk.asks_scheme |=
                    matches!(token, Token::Ident(name) if name.eq_ignore_ascii_case("prefers-color-scheme"));
                return chunk.text.push_str(parser.slice_from(start));
            }
        };
        chunk.text.push_str(parser.slice_from(start));
        nested(parser, |parser| self.values(parser, chunk));
        chunk.text.push(close);
    }

    fn values(&mut self, parser: &mut Parser<'_>, chunk: &mut Chunk) {
        loop {
            let start = parser.position();
            let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return };
            self.value(parser, start, &token, chunk);
        }
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

/// The name of a declaration, in lower case, and its value.
fn declaration(text: &str) -> Option<(String, &str)> {
    let mut parser = Parser::new(text);
    let name = match parser.next() {
        Ok(Token::Ident(name)) => name.to_ascii_lowercase(),
        _ => return None,
    };
    matches!(parser.next(), Ok(Token::Colon)).then_some(())?;
    let start = parser.position();
    while parser.next().is_ok() {}
    Some((name, parser.slice_from(start)))
}

fn is_in_place(value: &str) -> bool {
    let mut parser = Parser::new(value);
    let known = |word: &str| IN_PLACE.into_iter().chain(["important"]).any(|known| word.eq_ignore_ascii_case(known));
    loop {
        match parser.next() {
            Ok(Token::Ident(word)) if known(word) => {}
            Ok(Token::Delim('!')) => {}
            Ok(_) => return false,
            Err(_) => return true,
        }
    }
}

fn follows_frame(unit: &str) -> bool {
    let unit = unit.to_ascii_lowercase();
    let plain = unit.strip_prefix(['s', 'l', 'd']).unwrap_or(&unit);
    VIEWPORT.contains(&plain) || CONTAINER.contains(&unit.as_str())
}

fn asks_height(name: &str) -> bool {
    let plain = name.to_ascii_lowercase();
    OF_HEIGHT.contains(&plain.as_str()) || plain.ends_with("-aspect-ratio")
}

/// The declarations of a style, names in lower case.
pub(super) fn declarations(style: &str) -> Vec<(String, &str)> {
    let mut parser = Parser::new(style);
    let mut all = Vec::new();
    let mut start = parser.position();
    loop {
        // What stands in brackets is passed over with the token after it.
        let is_end = match parser.next() {
            Ok(Token::Semicolon) => false,
            Ok(_) => continue,
            Err(_) => true,
        };
        let one = parser.slice_from(start);
        all.extend(declaration(one.strip_suffix(';').unwrap_or(one)).map(|(name, value)| (name, value.trim())));
        if is_end {
            return all;
        }
        start = parser.position();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(css: &str) -> (String, u32) {
        let mut found = Found::default();
        let css = sheet(css, &mut found);
        (css, found.blocked)
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
            ("background: u/**/rl('http://t.test')", "background: u/**/rl('http://t.test')"),
            ("background: u<!--rl('http://t.test')", "background: u rl('http://t.test')"),
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
    fn nothing_leaves_the_flow_of_the_letter() {
        for css in [
            "position: fixed",
            "POSITION:STICKY",
            "position: -webkit-sticky !important",
            "position: absolute",
            "p\\6fsition: fix\\65 d",
            "position/**/: fixed",
            "position: var(--x)",
            "height: 100vh",
            "min-height: calc(100DVH - 10px)",
            "margin-top: 3vmax",
            "height: calc(100cqh + 1px)",
            "width: 100CQMIN",
            "color-scheme: light dark",
        ] {
            assert_eq!(
                cleaned(&format!("a {{{css}; color: red; {css}}} b {{{css}}}")).0,
                "a { color: red;} b {}",
                "{css}"
            );
            assert_eq!(cleaned(css).0, "", "{css}");
        }
        for css in ["position: relative !important", "background-position: top", "width: 50vw", "--position: fixed"] {
            assert_eq!(cleaned(css).0, css);
        }
        assert_eq!(
            cleaned(
                "@media (prefers-color-scheme: dark) { a { color: #fff } } @media (min-width: 1px) { b { top: 0 } }"
            )
            .0,
            " @media (min-width: 1px) { b { top: 0 } }"
        );
        for asks in [
            "(max-height: 500px)",
            "(600px < HEIGHT)",
            "(orientation: portrait)",
            "(min-aspect-ratio: 1/2)",
            "(width > 9vh)",
        ] {
            assert_eq!(
                cleaned(&format!("@media screen and {asks} {{ p {{ height: 600px }} }} .height {{ top: 0 }}")).0.trim(),
                ".height { top: 0 }"
            );
        }
    }

    #[test]
    fn colours_are_noted_where_they_count() {
        let seen = |css: &str| {
            let mut found = Found::default();
            sheet(css, &mut found);
            found.colours
        };
        assert_eq!(seen("p { color: black; margin: 0 } div { background: white }"), Colours::None);
        assert_eq!(seen("p { color: #1f497d }"), Colours::Text);
        assert_eq!(seen("p { color: red; background: navy }"), Colours::Layout);
        assert_eq!(seen("@media (prefers-color-scheme: dark) { p { background: black } }"), Colours::None);
        assert_eq!(seen("@font-face { color: red }"), Colours::None);
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
