//! Sentences with a number in them.

use shared::api::account::Language;

use super::format;

/// A sentence for one and for many; `{n}` stands for the number.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// For what the language counts as one (French: 0 and 1; English: 1).
    pub one: &'static str,
    /// For all others.
    pub other: &'static str,
}

impl Counted {
    /// The sentence for a number, written as the language writes numbers.
    #[must_use]
    pub fn say(&self, language: Language, count: usize) -> String {
        let sentence = if format::is_one(language, count) { self.one } else { self.other };
        sentence.replace("{n}", &format::number(language, count))
    }
}
