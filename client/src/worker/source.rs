//! A message as it is: for a file, and its header for who wants to see all of it.

use shared::access::Unlocked;
use shared::mime;
use shared::mime::header::Header;
use shared::pgp::EndToEnd;

use super::protocol::AskError;
use super::protocol::reading::{OpenSource, SourceView};
use super::{open, pack};

/// Longest header that is shown, octets; the rest is left out.
const HEADER_BYTES: usize = 256 * 1024;
/// What the names of files end in that hold a message (RFC 6532 §3.7 and the custom before it).
const ENDING: &str = ".eml";

/// Opens a message for what it is.
pub(super) fn open(account: &Unlocked, ask: &OpenSource) -> Result<SourceView, AskError> {
    let opened = open::unsealed(account, &ask.message.to_vec(), &[], ask.now)?;
    let subject = mime::read(opened.shown()).subject.unwrap_or_default();
    let (header, is_cut) = shown(&opened.original);
    let inside = match &opened.end_to_end {
        EndToEnd::Opened { message } => Some(shown(message)),
        EndToEnd::No | EndToEnd::Closed(_) => None,
    };
    Ok(SourceView {
        name: file_name(&subject, &ask.untitled),
        header,
        is_cut: is_cut || inside.as_ref().is_some_and(|(_, is_cut)| *is_cut),
        inside: inside.map(|(header, _)| header),
        bytes: opened.into_opened().into(),
    })
}

fn file_name(subject: &str, untitled: &str) -> String {
    // Of dots alone there would be a file that most systems hide.
    let subject = subject.trim().trim_end_matches(['.', ' ']);
    let title = if subject.is_empty() { untitled } else { subject };
    pack::safe(&format!("{title}{ENDING}")).unwrap_or_else(|| format!("_{ENDING}"))
}

/// The header of a message as text that only shows what is in it, and whether its end is left out.
fn shown(message: &[u8]) -> (String, bool) {
    let header = Header::of(message).bytes();
    let first = header.get(..HEADER_BYTES).unwrap_or(header);
    // Signs that turn writing around or cannot be seen have no business in a header (UAX #9 §2).
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let visible = |c: char| if turns(c) || c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    let text = String::from_utf8_lossy(first).replace("\r\n", "\n");
    (text.trim_end().chars().map(visible).collect(), first.len() < header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_the_subject_and_can_do_no_harm() {
        for (subject, expected) in [
            ("Déjeuner dimanche", "Déjeuner dimanche.eml"),
            ("", "Letter.eml"),
            ("Re: ../../etc/passwd", "Re_ .._.._etc_passwd.eml"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe.eml"),
            ("CON", "_CON.eml"),
            ("A line\r\nand another...", "A line__and another.eml"),
            ("...", "Letter.eml"),
        ] {
            assert_eq!(file_name(subject, "Letter"), expected, "{subject}");
        }
        assert!(file_name(&"é".repeat(900), "Letter").ends_with(".eml"));
    }

    #[test]
    fn a_header_is_shown_as_it_is_but_for_signs_that_deceive() {
        let message = "From: a\u{202e}b\r\nSubject: x\x07\r\n\ty\r\n\r\nText".as_bytes();
        assert_eq!(shown(message), ("From: a\u{fffd}b\nSubject: x\u{fffd}\n\ty".to_owned(), false));
        let long = format!("X: {}\r\n\r\n", "y".repeat(HEADER_BYTES));
        let (text, is_cut) = shown(long.as_bytes());
        assert!(is_cut && text.len() == HEADER_BYTES);
    }
}
