//! What is shown on a terminal: nothing of what mail says steers it, and no line is longer than it is wide.

use std::io::{self, IsTerminal};

/// The first character of which one may take two columns: those before are of scripts that write in narrow ones.
const WIDE_FROM: char = '\u{1100}';
/// Columns between two tab stops.
const TAB: usize = 8;

/// Text from outside without what a terminal would obey, and without what nobody sees. The two that join letters or keep them apart
/// stay: Persian and the languages of India are not written right without them, nor are families of emoji.
pub(super) fn clean(text: &str) -> String {
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let plain = |c: char| if breaks_lines(c) { ' ' } else { c };
    text.chars().filter(|c| joins(*c) || !is_unseen(*c)).map(plain).collect()
}

/// Does it move what comes behind it: control characters, and the separators of lines and paragraphs?
pub(super) fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Does it show nothing itself, and perhaps turn around or hide what is beside it (Unicode UAX #9 §2, category Cf)? With such ones
/// `exe.jpg` can be what a file called `gpj.exe` seems to be.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// How long lines may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Columns; `None` where nobody looks at a screen.
    columns: Option<usize>,
}

impl Lines {
    /// As long as the terminal is wide, where standard output is one.
    pub(super) fn of_terminal() -> Self {
        let out = io::stdout();
        let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten();
        Self { columns: size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0) }
    }

    /// A line, its end cut off where it would not fit.
    pub(super) fn cut(self, line: &str) -> String {
        let Some(columns) = self.columns else { return line.to_owned() };
        let (mut at, mut fits) = (0, 0);
        for (place, c) in line.char_indices() {
            at += match c {
                '\t' => TAB - at % TAB,
                c if c < WIDE_FROM => 1,
                _ => 2,
            };
            if at > columns {
                return format!("{}…", line.get(..fits).unwrap_or_default());
            }
            // What is kept leaves a column for the dots.
            if at < columns {
                fits = place + c.len_utf8();
            }
        }
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_not_shown() {
        assert_eq!(clean("a\u{1b}[2J\tb\u{2028}c"), "a [2J b c");
        assert_eq!(
            clean("pay \u{202e}001\u{202c} to\u{200b} \u{2066}me\u{2069}\u{feff}\u{e0041}\u{ad}"),
            "pay 001 to me"
        );
        let joined = "\u{0645}\u{06cc}\u{200c}\u{062e}\u{0648}\u{0627}\u{0645} \u{1f468}\u{200d}\u{1f467}";
        assert_eq!(clean(joined), joined);
    }

    #[test]
    fn a_line_is_cut_where_the_screen_ends() {
        let narrow = Lines { columns: Some(10) };
        assert_eq!(narrow.cut("0123456789"), "0123456789");
        assert_eq!(narrow.cut("0123456789a"), "012345678…");
        assert_eq!(narrow.cut("1\té à"), "1\té…");
        assert_eq!(narrow.cut("1\té"), "1\té");
        assert_eq!(narrow.cut("\u{4f60}\u{597d}\u{4f60}\u{597d}\u{4f60}"), "\u{4f60}\u{597d}\u{4f60}\u{597d}\u{4f60}");
        assert_eq!(narrow.cut("\u{4f60}\u{597d}\u{4f60}\u{597d}\u{4f60}."), "\u{4f60}\u{597d}\u{4f60}\u{597d}…");
        assert_eq!(Lines { columns: None }.cut(&"a".repeat(700)).len(), 700);
    }
}
