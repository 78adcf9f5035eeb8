//! 128 random bits as twelve words (BIP-39), in the words of the person's language.
//!
//! Words are read in either language and as people write them: accents, capitals, numbering and line ends do not count.

use bip39::{Language as WordList, Mnemonic};

use super::secret::Secret;
use crate::api::account::Language;
use crate::unicode;

/// How many words there are.
pub const WORDS: usize = 12;
/// How many octets they spell.
pub(crate) const BYTES: usize = 16;
const LISTS: [WordList; 2] = [WordList::French, WordList::English];

/// Why a text is not twelve words that belong together. Words themselves are never in an error, they are secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWords {
    /// It has another number of words.
    #[error("{0} words instead of {WORDS}")]
    WordCount(usize),
    /// A word is in neither list, or not in the list that the others are from; 1 is the first word.
    #[error("word {0} is not one of the list")]
    UnknownWord(usize),
    /// All words exist, but they do not belong together: one is another word, or two are exchanged.
    #[error("the words do not belong together")]
    Checksum,
}

/// The twelve words of a secret, in lower case.
pub(crate) fn spell(secret: &Secret<[u8; BYTES]>, language: Language) -> Secret<Vec<String>> {
    let list = match language {
        Language::Fr => WordList::French,
        Language::En => WordList::English,
    };
    let mnemonic = Mnemonic::from_entropy_in(list, secret.expose()).expect("16 bytes are a length that BIP-39 has");
    Secret::new(mnemonic.words().map(unicode::composed).collect())
}

/// Reads twelve words.
///
/// # Errors
/// [`InvalidWords`] says which word is wrong, where one can be named.
pub(crate) fn read(text: &str) -> Result<Secret<[u8; BYTES]>, InvalidWords> {
    let folded = Secret::new(fold(text));
    let typed = Secret::new(
        folded
            .expose()
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    );
    if typed.expose().len() != WORDS {
        return Err(InvalidWords::WordCount(typed.expose().len()));
    }
    // The list that knows most of the words is the one that is meant; a few words stand in both.
    let mut readings = LISTS.map(|list| Reading::of(list, typed.expose()));
    readings.sort_by_key(|reading| std::cmp::Reverse(reading.known()));
    let [first, second] = &readings;
    first.secret().or_else(|error| second.secret().map_err(|_| error))
}

/// The typed words, looked up in one list.
struct Reading {
    list: WordList,
    /// The place of each word in the list.
    words: Secret<Vec<Option<usize>>>,
}

impl Reading {
    fn of(list: WordList, typed: &[String]) -> Self {
        let known: Vec<String> = list.word_list().iter().map(|word| fold(word)).collect();
        let find = |typed: &String| known.iter().position(|word| word == typed);
        Self { list, words: Secret::new(typed.iter().map(find).collect()) }
    }

    fn known(&self) -> usize {
        self.words.expose().iter().flatten().count()
    }

    fn secret(&self) -> Result<Secret<[u8; BYTES]>, InvalidWords> {
        let words = self.words.expose();
        if let Some(unknown) = words.iter().position(Option::is_none) {
            return Err(InvalidWords::UnknownWord(unknown + 1));
        }
        let spelled = words.iter().flatten().filter_map(|&place| self.list.word_list().get(place).copied());
        let text = Secret::new(spelled.collect::<Vec<_>>().join(" "));
        let mnemonic = Mnemonic::parse_in_normalized(self.list, text.expose()).map_err(|_| InvalidWords::Checksum)?;
        let entropy = Secret::new(mnemonic.to_entropy_array().0);
        let secret = entropy.expose().get(..BYTES).and_then(Secret::from_slice);
        secret.ok_or(InvalidWords::WordCount(words.len()))
    }
}

/// Lower case without accents.
pub(crate) fn fold(text: &str) -> String {
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let decomposed = Secret::new(unicode::decomposed(text));
    decomposed.expose().chars().filter(|c| !is_accent(c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; BYTES] = [7; BYTES];

    #[test]
    fn words_are_read_in_either_language() {
        for language in [Language::Fr, Language::En] {
            let words = spell(&Secret::new(SECRET), language);
            assert_eq!(words.expose().len(), WORDS);
            assert!(read(&words.expose().join(" ")).unwrap().equals(&SECRET), "{language:?}");
        }
    }

    #[test]
    fn accents_capitals_numbers_and_spaces_do_not_count() {
        let french = spell(&Secret::new([0x25; BYTES]), Language::Fr);
        let sheet: String = french
            .expose()
            .iter()
            .enumerate()
            .map(|(i, word)| format!("{:>2}.  {}\r\n", i + 1, fold(word).to_uppercase()))
            .collect();
        assert!(read(&sheet).unwrap().equals(&[0x25; BYTES]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut words = spell(&Secret::new(SECRET), Language::En).expose().clone();
        words[0] = "legal".into();
        let parse = |words: &[String]| read(&words.join(" ")).unwrap_err();
        assert_eq!(parse(&words[..11]), InvalidWords::WordCount(11));
        assert_eq!(read("").unwrap_err(), InvalidWords::WordCount(0));
        assert_eq!(parse(&words), InvalidWords::Checksum);
        words[4] = "maison".to_owned();
        assert_eq!(parse(&words), InvalidWords::UnknownWord(5));
    }
}
