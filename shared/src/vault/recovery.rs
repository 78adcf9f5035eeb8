//! The recovery code: 128 random bits as twelve words (BIP-39), in the words of the person's language.
//!
//! Words are read in either language and as people write them: accents, capitals, numbering and line ends do not count.

use bip39::{Language as WordList, Mnemonic};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use rand::{CryptoRng, RngCore};

use super::derive::{Purpose, derive};
use super::secret::{Key, Secret};
use crate::api::account::Language;

/// How many words a code has.
pub const WORDS: usize = 12;
const BYTES: usize = 16;
const LISTS: [WordList; 2] = [WordList::French, WordList::English];

/// The code that opens the account when the passphrase is forgotten.
#[derive(Clone, Debug)]
pub struct RecoveryCode(Secret<[u8; BYTES]>);

/// Why a text is not a recovery code. Words themselves are never in an error, they are secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRecoveryCode {
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

impl RecoveryCode {
    /// Makes one.
    #[must_use]
    pub fn make(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Secret::random(rng))
    }

    /// Its twelve words, in lower case.
    #[must_use]
    pub fn words(&self, language: Language) -> Secret<Vec<String>> {
        let list = match language {
            Language::Fr => WordList::French,
            Language::En => WordList::English,
        };
        let mnemonic = Mnemonic::from_entropy_in(list, self.0.expose()).expect("16 bytes are a length that BIP-39 has");
        let composer = ComposingNormalizerBorrowed::new_nfc();
        Secret::new(mnemonic.words().map(|word| composer.normalize(word).into_owned()).collect())
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`InvalidRecoveryCode`] says which word is wrong, where one can be named.
    pub fn parse(text: &str) -> Result<Self, InvalidRecoveryCode> {
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
            return Err(InvalidRecoveryCode::WordCount(typed.expose().len()));
        }
        // The list that knows most of the words is the one that is meant; a few words stand in both.
        let mut readings = LISTS.map(|list| Reading::of(list, typed.expose()));
        readings.sort_by_key(|reading| std::cmp::Reverse(reading.known()));
        let [first, second] = &readings;
        first.code().or_else(|error| second.code().map_err(|_| error))
    }

    /// What shows the box that somebody holds the code: HKDF(code, "recovery/proof"). It says nothing about the key.
    #[must_use]
    pub fn proof(&self) -> Key {
        derive(self.0.expose(), Purpose::RecoveryProof, &[])
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
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

    fn code(&self) -> Result<RecoveryCode, InvalidRecoveryCode> {
        let words = self.words.expose();
        if let Some(unknown) = words.iter().position(Option::is_none) {
            return Err(InvalidRecoveryCode::UnknownWord(unknown + 1));
        }
        let spelled = words.iter().flatten().filter_map(|&place| self.list.word_list().get(place).copied());
        let text = Secret::new(spelled.collect::<Vec<_>>().join(" "));
        let mnemonic =
            Mnemonic::parse_in_normalized(self.list, text.expose()).map_err(|_| InvalidRecoveryCode::Checksum)?;
        let entropy = Secret::new(mnemonic.to_entropy_array().0);
        let code = entropy.expose().get(..BYTES).and_then(Secret::from_slice);
        code.map(RecoveryCode).ok_or(InvalidRecoveryCode::WordCount(words.len()))
    }
}

/// Lower case without accents.
fn fold(text: &str) -> String {
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let decomposed = DecomposingNormalizerBorrowed::new_nfd();
    decomposed.normalize_iter(text.chars()).filter(|c| !is_accent(c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn code() -> RecoveryCode {
        RecoveryCode::make(&mut ChaCha20Rng::seed_from_u64(7))
    }

    #[test]
    fn a_code_is_read_in_either_language() {
        for language in [Language::Fr, Language::En] {
            let words = code().words(language);
            assert_eq!(words.expose().len(), WORDS);
            let read = RecoveryCode::parse(&words.expose().join(" ")).unwrap();
            assert!(read.0.equals(code().0.expose()), "{language:?}");
        }
    }

    #[test]
    fn accents_capitals_numbers_and_spaces_do_not_count() {
        let french = RecoveryCode(Secret::new([0x25; BYTES])).words(Language::Fr);
        let sheet: String = french
            .expose()
            .iter()
            .enumerate()
            .map(|(i, word)| format!("{:>2}.  {}\r\n", i + 1, fold(word).to_uppercase()))
            .collect();
        assert!(RecoveryCode::parse(&sheet).unwrap().0.equals(&[0x25; BYTES]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut words = code().words(Language::En).expose().clone();
        let parse = |words: &[String]| RecoveryCode::parse(&words.join(" ")).unwrap_err();
        assert_eq!(parse(&words[..11]), InvalidRecoveryCode::WordCount(11));
        assert_eq!(RecoveryCode::parse("").unwrap_err(), InvalidRecoveryCode::WordCount(0));
        words.swap(0, 1);
        assert_eq!(parse(&words), InvalidRecoveryCode::Checksum);
        words[4] = "maison".to_owned();
        assert_eq!(parse(&words), InvalidRecoveryCode::UnknownWord(5));
    }
}
