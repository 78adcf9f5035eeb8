//! One or two letters that stand for a person, and the tone behind them.

/// How many tones there are, the neutral one included.
const TONES: u32 = 4;

/// One or two letters for a person.
#[must_use]
pub fn initials(name: &str, address: &str) -> String {
    let from = if name.chars().any(char::is_alphabetic) { name } else { address.split('@').next().unwrap_or_default() };
    let mut words = from
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .flat_map(char::to_uppercase);
    match (words.next(), words.last()) {
        (Some(first), Some(last)) => [first, last].iter().collect(),
        (Some(first), None) => first.to_string(),
        _ => "?".to_owned(),
    }
}

/// The tone behind somebody's letters, the same for the same address. FNV-1a over the address in lower case: cheap and spread well
/// enough for a few tones.
#[must_use]
pub fn tone(address: &str) -> u32 {
    let hash = address
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    (hash >> 8) % TONES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_the_name_and_else_from_the_address() {
        assert_eq!(initials("Jeanne Dupuis", "j@home.test"), "JD");
        assert_eq!(initials("Dupuis-Morizeau, Marie Élise", ""), "DÉ");
        assert_eq!(initials("", "lycee.malraux@school.test"), "LM");
        assert_eq!(initials("Orange", ""), "O");
        assert_eq!(initials("***", "42@x.test"), "4");
        assert_eq!(initials("", ""), "?");
    }

    #[test]
    fn the_tone_is_the_same_for_the_same_address() {
        assert_eq!(tone("Marie@home.test"), tone("marie@HOME.test"));
        assert!(tone("") < TONES);
    }
}
