//! Dates, sizes and numbers as a language writes them, and the order of its words; the browser's `Intl` knows how (ECMA-402).

use std::cmp::Ordering;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use shared::api::Timestamp;
use shared::api::account::Language;
use wasm_bindgen::JsValue;

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// `14:02`
    Time,
    /// `3 nov.`
    Day,
    /// `03/11/2024`
    DayAndYear,
    /// `lundi`
    Weekday,
    /// `novembre`
    Month,
    /// `novembre 2024`
    MonthAndYear,
    /// `lundi 3 novembre 2025 à 14:02`
    Full,
}

impl DateStyle {
    const ALL: [Self; 7] =
        [Self::Time, Self::Day, Self::DayAndYear, Self::Weekday, Self::Month, Self::MonthAndYear, Self::Full];

    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "2-digit"), ("minute", "2-digit")],
            Self::Day => &[("day", "numeric"), ("month", "short")],
            Self::DayAndYear => &[("day", "2-digit"), ("month", "2-digit"), ("year", "numeric")],
            Self::Weekday => &[("weekday", "long")],
            Self::Month => &[("month", "long")],
            Self::MonthAndYear => &[("month", "long"), ("year", "numeric")],
            Self::Full => &[("dateStyle", "full"), ("timeStyle", "short")],
        }
    }
}

/// The browser's formatters of one language; making one is slow, using one is not.
struct Formatters {
    language: Language,
    plural: Intl::PluralRules,
    number: Function,
    tenth: Function,
    order: Function,
    dates: Vec<(DateStyle, Function)>,
}

impl Formatters {
    fn new(language: Language) -> Self {
        let locales = Array::of1(&locale(language).into());
        let number = |options: &[_]| Intl::NumberFormat::new(&locales, &object(options)).format();
        let date = |style: DateStyle| Intl::DateTimeFormat::new(&locales, &object(style.options())).format();
        Self {
            language,
            plural: Intl::PluralRules::new(&locales, &Object::new()),
            number: number(&[]),
            order: Intl::Collator::new(&locales, &object(&[("numeric", "true")])).compare(),
            tenth: number(&[("maximumFractionDigits", "1")]),
            dates: DateStyle::ALL.into_iter().map(|style| (style, date(style))).collect(),
        }
    }
}

thread_local! {
    static FORMATTERS: std::cell::RefCell<Vec<Formatters>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn with<T>(language: Language, use_it: impl FnOnce(&Formatters) -> T) -> Option<T> {
    FORMATTERS.with_borrow_mut(|all| {
        if !all.iter().any(|known| known.language == language) {
            all.push(Formatters::new(language));
        }
        all.iter().find(|known| known.language == language).map(use_it)
    })
}

/// The day is written before the month in both languages of the product.
fn locale(language: Language) -> &'static str {
    match language {
        Language::Fr => "fr",
        Language::En => "en-GB",
    }
}

fn object(options: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in options {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}

fn call(format: &Function, value: &JsValue) -> String {
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Whether the language counts so many as one.
#[must_use]
pub fn is_one(language: Language, count: usize) -> bool {
    with(language, |all| all.plural.select(count as f64) == "one").unwrap_or(count == 1)
}

/// A whole number.
#[must_use]
pub fn number(language: Language, count: usize) -> String {
    with(language, |all| call(&all.number, &JsValue::from_f64(count as f64))).unwrap_or_default()
}

/// A point in time.
#[must_use]
pub fn date(language: Language, at: Timestamp, style: DateStyle) -> String {
    let date = Date::new(&JsValue::from_f64(at.0 as f64 * 1000.0));
    if date.get_time().is_nan() {
        return String::new();
    }
    with(language, |all| {
        let format = all.dates.iter().find(|(known, _)| *known == style);
        format.map(|(_, format)| call(format, &date)).unwrap_or_default()
    })
    .unwrap_or_default()
}

/// The order of two words, accents and capitals last of all, numbers by their value.
#[must_use]
pub fn order(language: Language, first: &str, second: &str) -> Ordering {
    let compare = |all: &Formatters| all.order.call2(&JsValue::UNDEFINED, &first.into(), &second.into()).ok()?.as_f64();
    with(language, compare).flatten().and_then(|sign| sign.partial_cmp(&0.0)).unwrap_or(Ordering::Equal)
}

/// A number of octets, in the unit that reads best (1 kB = 1000 octets, as file managers show it).
#[must_use]
pub fn size(language: Language, octets: u64) -> String {
    let (scaled, unit) = scale(octets);
    let units = match language {
        Language::Fr if octets < 2 => ["octet", "ko", "Mo", "Go"],
        Language::Fr => ["octets", "ko", "Mo", "Go"],
        Language::En if octets == 1 => ["byte", "kB", "MB", "GB"],
        Language::En => ["bytes", "kB", "MB", "GB"],
    };
    let number = with(language, |all| call(&all.tenth, &JsValue::from_f64(scaled))).unwrap_or_default();
    format!("{number}\u{a0}{}", units.get(unit).copied().unwrap_or_default())
}

/// The number to show and which unit it is in: 0 for octets, 1 for thousands, and so on. From ten on no decimals.
fn scale(octets: u64) -> (f64, usize) {
    let mut scaled = octets as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit < 3 {
        scaled /= 1000.0;
        unit += 1;
    }
    if unit == 0 || scaled >= 10.0 { (scaled.round(), unit) } else { ((scaled * 10.0).round() / 10.0, unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_short() {
        assert_eq!(scale(0), (0.0, 0));
        assert_eq!(scale(999), (999.0, 0));
        assert_eq!(scale(1_234), (1.2, 1));
        assert_eq!(scale(84_300), (84.0, 1));
        assert_eq!(scale(999_600), (1.0, 2));
        assert_eq!(scale(50 * 1024 * 1024), (52.0, 2));
        assert_eq!(scale(u64::MAX).1, 3);
    }
}
