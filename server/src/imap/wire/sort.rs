//! What SORT and THREAD ask for (RFC 5256, RFC 5957).

use super::key::{Key, keys};
use super::scan::{Cursor, Malformed, Parsed};
use super::search::charset;

/// Most criteria of one SORT.
const CRITERIA: usize = 20;

/// What SORT asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Sort {
    /// The first counts most; at least one.
    pub(in crate::imap) by: Vec<Criterion>,
    pub(in crate::imap) among: Among,
    pub(in crate::imap) uid: bool,
}

/// What THREAD asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Thread {
    pub(in crate::imap) algorithm: Algorithm,
    pub(in crate::imap) among: Among,
    pub(in crate::imap) uid: bool,
}

/// Which messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Among {
    pub(in crate::imap) key: Key,
    /// The charset is one that is read here.
    pub(in crate::imap) charset_known: bool,
}

/// One criterion of SORT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) struct Criterion {
    pub(in crate::imap) by: By,
    pub(in crate::imap) reverse: bool,
}

/// What decides the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum By {
    Arrival,
    Cc,
    Date,
    DisplayFrom,
    DisplayTo,
    From,
    Size,
    Subject,
    To,
}

/// How messages become threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Algorithm {
    OrderedSubject,
    References,
}

/// SORT.
pub(super) fn sort(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Sort> {
    cursor.space()?;
    let by = cursor.list(criterion)?;
    if by.is_empty() || by.len() > CRITERIA {
        return Err(Malformed("no sort criterion, or too many"));
    }
    Ok(Sort { by, among: among(cursor)?, uid })
}

fn criterion(cursor: &mut Cursor<'_>) -> Parsed<Criterion> {
    let mut word = cursor.word()?;
    let reverse = word == "REVERSE";
    if reverse {
        cursor.space()?;
        word = cursor.word()?;
    }
    let by = match word.as_str() {
        "ARRIVAL" => By::Arrival,
        "CC" => By::Cc,
        "DATE" => By::Date,
        "DISPLAYFROM" => By::DisplayFrom,
        "DISPLAYTO" => By::DisplayTo,
        "FROM" => By::From,
        "SIZE" => By::Size,
        "SUBJECT" => By::Subject,
        "TO" => By::To,
        _ => return Err(Malformed("there is no such sort criterion")),
    };
    Ok(Criterion { by, reverse })
}

/// THREAD.
pub(super) fn thread(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Thread> {
    cursor.space()?;
    let algorithm = match cursor.word()?.as_str() {
        "ORDEREDSUBJECT" => Algorithm::OrderedSubject,
        "REFERENCES" => Algorithm::References,
        _ => return Err(Malformed("there is no such threading algorithm")),
    };
    Ok(Thread { algorithm, among: among(cursor)?, uid })
}

/// ` charset keys…`.
fn among(cursor: &mut Cursor<'_>) -> Parsed<Among> {
    cursor.space()?;
    let charset_known = charset(cursor)?;
    cursor.space()?;
    if !charset_known {
        // What follows is in an encoding that is not read here.
        cursor.run(|_| true);
        return Ok(Among { key: Key::Never, charset_known });
    }
    Ok(Among { key: keys(cursor)?, charset_known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_read_in_their_order() {
        let read = |text: &str| sort(&mut Cursor::new(text.as_bytes()), false);
        let found = read(" (SUBJECT REVERSE DATE) UTF-8 ALL").unwrap();
        let reverse = |by, reverse| Criterion { by, reverse };
        assert_eq!(found.by, [reverse(By::Subject, false), reverse(By::Date, true)]);
        assert!(!read(" (DATE) KOI8-R TEXT x").unwrap().among.charset_known);
        for text in
            [" () UTF-8 ALL", " (FOO) UTF-8 ALL", " (REVERSE) UTF-8 ALL", " (DATE) UTF-8", " DATE UTF-8 ALL", " (DATE)"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn threads_are_made_in_two_ways() {
        let read = |text: &str| thread(&mut Cursor::new(text.as_bytes()), false);
        assert_eq!(read(" references us-ascii 1:*").unwrap().algorithm, Algorithm::References);
        assert_eq!(read(" ORDEREDSUBJECT \"UTF-8\" ALL").unwrap().algorithm, Algorithm::OrderedSubject);
        for text in [" REFS UTF-8 ALL", " REFERENCES", " REFERENCES UTF-8"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
