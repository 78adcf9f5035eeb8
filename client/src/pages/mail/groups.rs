//! The groups that a list falls into by date.

use shared::api::Timestamp;

use crate::lang::Words;
use crate::lang::format::{self, DateStyle};
use crate::platform::time::LocalTime;

/// A group of messages by date, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    /// Today, and whatever claims to be later.
    Today,
    Yesterday,
    /// The days before in this week, which begins on Monday.
    ThisWeek,
    /// Before this week, in this month.
    ThisMonth,
    /// Another month: year and month.
    Month(i32, u32),
}

/// The group of a day as seen from another.
pub(super) fn group(then: LocalTime, now: LocalTime) -> Group {
    let age = day_number(now) - day_number(then);
    let days_since_monday = (i64::from(now.weekday) + 6) % 7;
    match age {
        ..=0 => Group::Today,
        1 => Group::Yesterday,
        _ if age <= days_since_monday => Group::ThisWeek,
        _ if (then.year, then.month) == (now.year, now.month) => Group::ThisMonth,
        _ => Group::Month(then.year, then.month),
    }
}

/// Days since 1 March of year 0 in the Gregorian calendar: whole numbers that differ by one from day to day.
fn day_number(at: LocalTime) -> i64 {
    // Years that begin in March have their leap day at the end; months of 31, 30, 31, 30, 31 days repeat every five.
    let (year, month) = if at.month > 2 { (at.year, at.month - 3) } else { (at.year - 1, at.month + 9) };
    let year = i64::from(year);
    let days_before_month = (153 * i64::from(month) + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + days_before_month
        + i64::from(at.day)
}

/// The heading of a group; `at` is the time of one message in it.
pub(super) fn heading(words: &Words, group: Group, at: Timestamp, this_year: i32) -> String {
    let list = &words.list;
    match group {
        Group::Today => list.today.to_owned(),
        Group::Yesterday => list.yesterday.to_owned(),
        Group::ThisWeek => list.this_week.to_owned(),
        Group::ThisMonth => list.earlier_this_month.to_owned(),
        Group::Month(year, _) => {
            let style = if year == this_year { DateStyle::Month } else { DateStyle::MonthAndYear };
            capital(&format::date(words.language, at, style))
        }
    }
}

/// The text with a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32, weekday: u32) -> LocalTime {
        LocalTime { year, month, day, weekday, hour: 12, minute: 0 }
    }

    #[test]
    fn days_fall_into_groups() {
        // A Thursday.
        let now = day(2026, 11, 19, 4);
        for (then, expected) in [
            (day(2026, 11, 20, 5), Group::Today),
            (day(2026, 11, 19, 4), Group::Today),
            (day(2026, 11, 18, 3), Group::Yesterday),
            (day(2026, 11, 16, 1), Group::ThisWeek),
            (day(2026, 11, 15, 0), Group::ThisMonth),
            (day(2026, 10, 31, 6), Group::Month(2026, 10)),
            (day(2025, 11, 19, 3), Group::Month(2025, 11)),
        ] {
            assert_eq!(group(then, now), expected, "{then:?}");
        }
    }

    #[test]
    fn yesterday_crosses_months_years_and_leap_days() {
        assert_eq!(group(day(2025, 12, 31, 3), day(2026, 1, 1, 4)), Group::Yesterday);
        assert_eq!(group(day(2024, 2, 29, 4), day(2024, 3, 1, 5)), Group::Yesterday);
        assert_eq!(group(day(2023, 2, 28, 2), day(2023, 3, 1, 3)), Group::Yesterday);
        // A week that began in the month before.
        assert_eq!(group(day(2026, 6, 29, 1), day(2026, 7, 1, 3)), Group::ThisWeek);
    }

    #[test]
    fn headings_begin_with_a_capital() {
        assert_eq!(capital("été 2024"), "Été 2024");
        assert_eq!(capital(""), "");
    }
}
