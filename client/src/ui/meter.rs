//! How hard a passphrase is to guess, in plain words.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::api::limits::PASSPHRASE_MIN_CHARS;

use super::use_words;

/// How hard a passphrase is to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// So many characters are missing.
    Short(usize),
    /// Among the first that anybody would try.
    Common,
    /// Guessable by somebody who knows its owner.
    Weak,
    /// Fair: the box bounds guesses, so this holds.
    Fair,
    /// Good.
    Good,
    /// Very good.
    Strong,
}

/// What people choose when they do not think; each is looked for in small letters, without spaces.
const COMMON: [&str; 24] = [
    "password",
    "motdepasse",
    "azerty",
    "qwerty",
    "qwertz",
    "123456",
    "654321",
    "abcdef",
    "iloveyou",
    "jetaime",
    "bonjour",
    "soleil",
    "doudou",
    "chouchou",
    "admin",
    "welcome",
    "letmein",
    "ownmailbox",
    "passphrase",
    "phrasesecrete",
    "secret",
    "111111",
    // The example that everybody knows (xkcd.com/936), in both languages.
    "correcthorsebatterystaple",
    "chevalcorrectbatterieagrafe",
];

/// Bits of surprise in one character that follows nothing it could be told from: low, for people write words.
const BITS_PER_CHARACTER: f64 = 2.2;
/// More for a character of another kind than letters.
const BITS_PER_SIGN: f64 = 2.0;

/// What is left of a common passphrase adds nothing below this: a digit, a sign, the beginning of the row of digits.
const NOTHING_BITS: f64 = 6.0;

/// Judges a passphrase. `known` is what anybody knows of its owner: name and address. It is an estimate that errs on the
/// low side for words; nothing but the length is ever demanded.
#[must_use]
pub fn judge(passphrase: &str, known: &[&str]) -> Strength {
    let length = passphrase.chars().count();
    if length < PASSPHRASE_MIN_CHARS {
        return Strength::Short(PASSPHRASE_MIN_CHARS - length);
    }
    let small: String = passphrase.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let mut rest = small.clone();
    for taken in COMMON.iter().copied().map(str::to_owned).chain(known.iter().flat_map(|text| pieces(text))) {
        rest = rest.replace(&taken, "");
    }
    if surprise(&rest) < NOTHING_BITS || small.chars().collect::<BTreeSet<_>>().len() < 4 {
        return Strength::Common;
    }
    match surprise(&rest) {
        bits if bits < 16.0 => Strength::Weak,
        bits if bits < 28.0 => Strength::Fair,
        bits if bits < 42.0 => Strength::Good,
        _ => Strength::Strong,
    }
}

/// The words of a known text that are long enough to matter.
fn pieces(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|piece| piece.chars().count() >= 3).map(str::to_lowercase)
}

/// Bits of surprise: characters that repeat or continue the one before (`aaa`, `4567`, `cba`) count little.
fn surprise(text: &str) -> f64 {
    let mut bits = 0.0;
    let mut before: Option<char> = None;
    for c in text.chars() {
        let step = before.map_or(i64::MAX, |before| i64::from(u32::from(c)) - i64::from(u32::from(before)));
        bits += match step {
            -1..=1 => 0.3,
            _ if c.is_alphabetic() => BITS_PER_CHARACTER,
            _ => BITS_PER_CHARACTER + BITS_PER_SIGN,
        };
        before = Some(c);
    }
    bits
}

/// The judgement as four strokes and a sentence.
#[component]
pub fn Meter(
    /// The judgement; `None` while nothing is typed.
    #[prop(into)]
    strength: Signal<Option<Strength>>,
) -> impl IntoView {
    let words = &use_words().door;
    let level = move || match strength.get() {
        None | Some(Strength::Short(_)) => "0",
        Some(Strength::Common | Strength::Weak) => "1",
        Some(Strength::Fair) => "2",
        Some(Strength::Good) => "3",
        Some(Strength::Strong) => "4",
    };
    let sentence = move || match strength.get()? {
        Strength::Short(missing) => Some((words.meter_short)(missing)),
        Strength::Common => Some(words.meter_common.to_owned()),
        Strength::Weak => Some(words.meter_weak.to_owned()),
        Strength::Fair => Some(words.meter_fair.to_owned()),
        Strength::Good => Some(words.meter_good.to_owned()),
        Strength::Strong => Some(words.meter_strong.to_owned()),
    };
    view! {
        <div class="meter" data-level=level aria-hidden="true">
            <i />
            <i />
            <i />
            <i />
        </div>
        <small aria-live="polite">
            <span class="aloud">{words.meter_label} " "</span>
            {sentence}
        </small>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_comes_first() {
        assert_eq!(judge("abc", &[]), Strength::Short(7));
        assert_eq!(judge("éèàùçéèàù", &[]), Strength::Short(1));
    }

    #[test]
    fn what_everybody_tries_is_told() {
        for passphrase in [
            "password123456",
            "azertyazerty",
            "aaaaaaaaaaaa",
            "Mot de passe 1",
            "1234561234",
            "Correct Horse Battery Staple",
        ] {
            assert_eq!(judge(passphrase, &[]), Strength::Common, "{passphrase}");
        }
        assert_eq!(judge("marie dupuis 1", &["Marie Dupuis", "marie@home.test"]), Strength::Common);
    }

    #[test]
    fn runs_and_dates_are_weak_and_words_are_good() {
        assert!(judge("abcdefghijklmnop", &[]) <= Strength::Weak);
        assert!(judge("soleil1987x", &[]) <= Strength::Fair);
        assert!(judge("cheval agrafe pile", &[]) >= Strength::Good);
        assert_eq!(judge("cheval agrafe pile correcte lune", &[]), Strength::Strong);
    }
}
