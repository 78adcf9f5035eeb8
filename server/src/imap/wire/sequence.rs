//! Sequence sets: the messages that a command names, by sequence number or by UID (RFC 9051 §9 `sequence-set`, RFC 5182).

use std::fmt::Write as _;

use super::scan::{Cursor, Malformed, Parsed};

/// One end of a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::imap) enum Bound {
    /// This number, never zero.
    Number(u32),
    /// `*`: the last message.
    Last,
}

/// The messages that a command names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::imap) enum SequenceSet {
    /// Ranges in the order given, both ends included, either end first.
    Ranges(Vec<(Bound, Bound)>),
    /// `$`: what the last SEARCH saved (RFC 9051 §6.4.4.1).
    Saved,
}

impl SequenceSet {
    pub(in crate::imap) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        if cursor.eat(b'$') {
            return Ok(Self::Saved);
        }
        let mut ranges = Vec::new();
        loop {
            let first = bound(cursor)?;
            let last = if cursor.eat(b':') { bound(cursor)? } else { first };
            ranges.push((first, last));
            if !cursor.eat(b',') {
                return Ok(Self::Ranges(ranges));
            }
        }
    }

    /// One message: `seq-number` or `uid`.
    pub(super) fn single(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        bound(cursor).map(|bound| Self::Ranges(vec![(bound, bound)]))
    }

    /// How many numbers it says, each as often as it is said; `None` where some depend on what there is.
    pub(in crate::imap) fn count(&self) -> Option<u64> {
        let Self::Ranges(ranges) = self else { return None };
        ranges.iter().try_fold(0, |sum: u64, range| match range {
            (Bound::Number(one), Bound::Number(other)) => Some(sum + u64::from(one.abs_diff(*other)) + 1),
            _ => None,
        })
    }

    /// The numbers named, as rising ranges that do not touch; `last` is what `*` stands for. `None` for `$`.
    pub(in crate::imap) fn numbers(&self, last: u32) -> Option<Vec<(u32, u32)>> {
        let Self::Ranges(ranges) = self else { return None };
        let number = |bound: &Bound| match bound {
            Bound::Number(number) => *number,
            Bound::Last => last,
        };
        let ordered = ranges.iter().map(|(one, other)| (number(one), number(other)));
        let mut rising: Vec<(u32, u32)> = ordered.map(|(one, other)| (one.min(other), one.max(other))).collect();
        rising.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(rising.len());
        for (first, last) in rising {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        Some(merged)
    }
}

fn bound(cursor: &mut Cursor<'_>) -> Parsed<Bound> {
    if cursor.eat(b'*') {
        return Ok(Bound::Last);
    }
    cursor.nz_number().map(Bound::Number).map_err(|_| Malformed("a message number is missing"))
}

/// Numbers as a set, in their order: `1:3,7`. Empty for none.
pub(in crate::imap) fn compact(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut out = String::new();
    let mut run: Option<(u32, u32)> = None;
    let mut write = |(first, last): (u32, u32)| {
        let comma = if out.is_empty() { "" } else { "," };
        let _infallible =
            if first == last { write!(out, "{comma}{first}") } else { write!(out, "{comma}{first}:{last}") };
    };
    for number in numbers {
        run = Some(match run {
            Some((first, last)) if last.checked_add(1) == Some(number) => (first, number),
            Some(done) => {
                write(done);
                (number, number)
            }
            None => (number, number),
        });
    }
    run.into_iter().for_each(&mut write);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Parsed<SequenceSet> {
        let mut cursor = Cursor::new(text.as_bytes());
        let set = SequenceSet::parse(&mut cursor)?;
        cursor.end().map(|()| set)
    }

    #[test]
    fn sets_are_read_in_every_form() {
        assert_eq!(parse("3,1:2,9:*").unwrap().numbers(20), Some(vec![(1, 3), (9, 20)]));
        assert_eq!(parse("*:4").unwrap().numbers(2), Some(vec![(2, 4)]));
        assert_eq!(parse("*").unwrap().numbers(7), Some(vec![(7, 7)]));
        assert_eq!(parse("$").unwrap(), SequenceSet::Saved);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["", "0", "1:", ":1", "1,", ",1", "1-2", "a", "1:2:3", "4294967296", "$1", "**"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(numbers in proptest::collection::btree_set(1_u32.., 1..200)) {
            let set = parse(&compact(numbers.iter().copied())).unwrap();
            let ranges = set.numbers(1).unwrap();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            let within = |number: u32| ranges.iter().any(|(first, last)| (*first..=*last).contains(&number));
            prop_assert!(numbers.iter().all(|number| within(*number)));
            let counted: u64 = ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum();
            prop_assert_eq!(counted, numbers.len() as u64);
        }
    }
}
