//! Lines on a terminal: none is longer than it is wide.

use std::io::{self, IsTerminal};

/// The first character of which one may take two columns: those before are of scripts that write in narrow ones.
const WIDE_FROM: char = '\u{1100}';
/// Columns between two tab stops.
const TAB: usize = 8;

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
