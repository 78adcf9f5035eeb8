//! Dates and times in IMAP's form (RFC 9051 §9 `date`, `date-time`) and the day that a Date field names (RFC 5322 §3.3).

use shared::api::Timestamp;

use super::scan::{Cursor, Malformed, Parsed};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::imap) struct Day(i64);

impl Day {
    /// The day of a point in time, in UTC.
    pub(in crate::imap) fn of(time: Timestamp) -> Self {
        Self(time.0.div_euclid(DAY_SECONDS))
    }

    /// The day of a date (proleptic Gregorian); `None` where there is none such.
    fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let found = Self(days_from_civil(year, month, day));
        ((1..=9999).contains(&year) && found.civil() == (year, month, day)).then_some(found)
    }

    /// Year, month and day.
    fn civil(self) -> (i64, i64, i64) {
        // Counted in eras of 400 years that begin on the first of March of a year 0.
        let days = self.0 + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// `date`: `1-Feb-1994`, with or without quotes.
    pub(in crate::imap) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let quoted = cursor.eat(b'"');
        let day = Self::parse_text(cursor)?;
        if quoted {
            cursor.expect(b'"', "a date does not end")?;
        }
        Ok(day)
    }

    fn parse_text(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        const WHAT: &str = "a date like 1-Feb-1994 is missing";
        let wrong = Malformed(WHAT);
        let day = digits(cursor, 1..=2).ok_or(wrong)?;
        cursor.expect(b'-', WHAT)?;
        let month = month(cursor.run(|byte| byte.is_ascii_alphabetic())).ok_or(wrong)?;
        cursor.expect(b'-', WHAT)?;
        let year = digits(cursor, 4..=4).ok_or(wrong)?;
        Self::new(year, month, day).ok_or(Malformed("there is no such day"))
    }

    /// The day that a Date field names, as its author's calendar showed it.
    pub(in crate::imap) fn written(field: &str) -> Option<Self> {
        let words: Vec<&str> = field.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
        words.windows(3).find_map(|window| {
            let [day, name, year] = window else { return None };
            let month = month(name.as_bytes())?;
            let year: i64 = year.parse().ok()?;
            // Years of two and three digits: RFC 5322 §4.3.
            let year = match year {
                0..=49 => year + 2000,
                50..=999 => year + 1900,
                _ => year,
            };
            Self::new(year, month, day.parse().ok()?)
        })
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

fn month(name: &[u8]) -> Option<i64> {
    let at = MONTHS.iter().position(|month| month.as_bytes().eq_ignore_ascii_case(name))?;
    i64::try_from(at + 1).ok()
}

fn digits(cursor: &mut Cursor<'_>, count: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let found = cursor.run(|byte| byte.is_ascii_digit());
    if !count.contains(&found.len()) {
        return None;
    }
    std::str::from_utf8(found).ok()?.parse().ok()
}

/// `date-time`: `"17-Jul-1996 02:44:25 -0700"`, its day with a space before where it is of one digit.
pub(in crate::imap) fn parse_date_time(cursor: &mut Cursor<'_>) -> Parsed<Timestamp> {
    const WHAT: &str = "a date like \"17-Jul-1996 02:44:25 -0700\" is missing";
    let wrong = Malformed(WHAT);
    cursor.expect(b'"', WHAT)?;
    cursor.eat(b' ');
    let day = Day::parse_text(cursor)?;
    cursor.expect(b' ', WHAT)?;
    let mut clock = [0; 3];
    for (at, part) in clock.iter_mut().enumerate() {
        if at > 0 {
            cursor.expect(b':', WHAT)?;
        }
        *part = digits(cursor, 2..=2).ok_or(wrong)?;
    }
    cursor.expect(b' ', WHAT)?;
    let sign = if cursor.eat(b'-') { -1 } else { i64::from(cursor.eat(b'+')) };
    let zone = digits(cursor, 4..=4).filter(|zone| sign != 0 && zone % 100 < 60).ok_or(wrong)?;
    cursor.expect(b'"', WHAT)?;
    let [hours, minutes, seconds] = clock;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return Err(wrong);
    }
    let offset = sign * (zone / 100 * 3600 + zone % 100 * 60);
    Ok(Timestamp(day.0 * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds - offset))
}

/// A point in time as `date-time` without its quotes, in UTC.
pub(in crate::imap) fn date_time(time: Timestamp) -> String {
    let (year, month, day) = Day::of(time).civil();
    let second = time.0.rem_euclid(DAY_SECONDS);
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("Jan");
    format!("{day:2}-{name}-{year:04} {:02}:{:02}:{:02} +0000", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Parsed<Timestamp> {
        parse_date_time(&mut Cursor::new(text.as_bytes()))
    }

    #[test]
    fn a_known_time_is_read_and_written() {
        assert_eq!(time("\"17-Jul-1996 02:44:25 -0700\""), Ok(Timestamp(837_596_665)));
        assert_eq!(time("\" 1-Jan-1970 00:00:00 +0000\""), Ok(Timestamp(0)));
        assert_eq!(date_time(Timestamp(837_596_665)), "17-Jul-1996 09:44:25 +0000");
        assert_eq!(date_time(Timestamp(-1)), "31-Dec-1969 23:59:59 +0000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "\"30-Feb-2024 00:00:00 +0000\"",
            "\"1-Jan-2024 24:00:00 +0000\"",
            "\"1-Jan-2024 00:00:00 0000\"",
            "\"1-Jan-2024 00:00:00 +0060\"",
            "\"1-Jan-24 00:00:00 +0000\"",
            "1-Jan-2024 00:00:00 +0000",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_field_names_its_authors_day() {
        let day = |year, month, day| Day::new(year, month, day);
        assert_eq!(Day::written("Mon, 1 Jul 2024 23:59:00 -0700"), day(2024, 7, 1));
        assert_eq!(Day::written("1 Jul 99 01:00"), day(1999, 7, 1));
        assert_eq!(Day::written("yesterday"), None);
        assert_eq!(Day::written("31 Feb 2024"), None);
    }

    proptest! {
        #[test]
        fn every_time_is_read_back(seconds in -62_000_000_000_i64..253_000_000_000) {
            prop_assert_eq!(time(&format!("\"{}\"", date_time(Timestamp(seconds)))), Ok(Timestamp(seconds)));
        }
    }
}
