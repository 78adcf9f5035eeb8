//! French words before a name that begins with a vowel.

use super::fold;

/// "de" with a name or an address: « d’Hélène », « de Paul ». An h is taken for mute, as in nearly all names that begin with one.
pub(super) fn of(name: &str) -> String {
    let first = fold(name).chars().next();
    match first {
        Some('a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' | 'œ' | 'æ') => format!("d’{name}"),
        _ => format!("de {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vowel_and_a_mute_h_take_the_apostrophe() {
        for (name, expected) in [
            ("Hélène Lefèvre", "d’Hélène Lefèvre"),
            ("Élodie", "d’Élodie"),
            ("alice@home.test", "d’alice@home.test"),
            ("Paul", "de Paul"),
            ("", "de "),
        ] {
            assert_eq!(of(name), expected);
        }
    }
}
