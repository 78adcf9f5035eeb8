//! What is asked once before a letter leaves.

use crate::lang::{Words, fold};
use crate::state::sending::Way;

/// What one may want to know before a letter leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// There is no recipient.
    Nobody,
    /// These recipients are no addresses; the letter cannot leave.
    NotAddresses(Vec<String>),
    /// The person has to decide about the keys of these; the letter cannot leave.
    Keys(Vec<String>),
    /// Whether it can be sealed for these could not be found out.
    Unknown(Vec<String>),
    /// The text speaks of an attachment, and there is none.
    AttachmentForgotten,
    /// It has no subject.
    NoSubject,
    /// It answers a sealed letter, and so many would get it open.
    OpenAfterSealed(usize),
}

/// What the letter is, as far as doubts go.
pub(super) struct Checked<'a> {
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
    pub(super) enclosures: usize,
    pub(super) ways: &'a [(String, Way)],
    pub(super) after_sealed: bool,
}

/// The first doubt about a letter.
pub(super) fn doubt(words: &Words, letter: &Checked<'_>) -> Option<Doubt> {
    let those = |wanted: Way| {
        let those = letter.ways.iter().filter(|(_, way)| *way == wanted).map(|(typed, _)| typed.clone());
        Some(those.collect::<Vec<_>>()).filter(|those| !those.is_empty())
    };
    if letter.ways.is_empty() {
        return Some(Doubt::Nobody);
    }
    if let Some(wrong) = those(Way::NotAnAddress) {
        return Some(Doubt::NotAddresses(wrong));
    }
    let held = letter.ways.iter().filter(|(_, way)| matches!(way, Way::Ask(..))).map(|(typed, _)| typed.clone());
    let held: Vec<_> = held.collect();
    if !held.is_empty() {
        return Some(Doubt::Keys(held));
    }
    if let Some(unknown) = those(Way::Unknown) {
        return Some(Doubt::Unknown(unknown));
    }
    let open = letter.ways.iter().filter(|(_, way)| matches!(way, Way::Open(_))).count();
    if letter.after_sealed && open > 0 {
        return Some(Doubt::OpenAfterSealed(open));
    }
    if letter.enclosures == 0 && speaks_of_attachment(words, letter.subject, letter.text) {
        return Some(Doubt::AttachmentForgotten);
    }
    letter.subject.trim().is_empty().then_some(Doubt::NoSubject)
}

/// Whether what the person wrote (not what is quoted) speaks of something attached.
fn speaks_of_attachment(words: &Words, subject: &str, text: &str) -> bool {
    let own: Vec<&str> = text.lines().filter(|line| !line.starts_with('>')).collect();
    let all = fold(&format!("{subject}\n{}", own.join("\n")));
    words.write.attach_forgotten_words.iter().any(|word| all.contains(&fold(word)))
}

#[cfg(test)]
mod tests {
    use shared::api::account::Language;

    use super::*;
    use crate::lang::words;
    use crate::state::sending::WhyOpen;

    fn to(way: Way) -> Vec<(String, Way)> {
        vec![("a@x.test".to_owned(), way)]
    }

    fn letter(text: &str) -> Checked<'_> {
        static WAYS: std::sync::LazyLock<Vec<(String, Way)>> =
            std::sync::LazyLock::new(|| to(Way::Open(WhyOpen::NoCertificate)));
        Checked { subject: "Dimanche", text, enclosures: 0, ways: &WAYS, after_sealed: false }
    }

    #[test]
    fn a_letter_to_nobody_or_to_what_is_no_address_stays_and_says_why() {
        let french = words(Language::Fr);
        assert_eq!(doubt(french, &Checked { ways: &[], ..letter("") }), Some(Doubt::Nobody));
        let mut ways = to(Way::Unknown);
        ways.push(("mamie josiane".to_owned(), Way::NotAnAddress));
        let wrong = Doubt::NotAddresses(vec!["mamie josiane".to_owned()]);
        assert_eq!(doubt(french, &Checked { ways: &ways, ..letter("") }), Some(wrong));
        ways.pop();
        let unknown = Doubt::Unknown(vec!["a@x.test".to_owned()]);
        assert_eq!(doubt(french, &Checked { ways: &ways, after_sealed: true, ..letter("") }), Some(unknown));
    }

    #[test]
    fn a_forgotten_attachment_is_noticed_in_own_words_only() {
        let french = words(Language::Fr);
        assert_eq!(doubt(french, &letter("Voir la pièce jointe")), Some(Doubt::AttachmentForgotten));
        assert_eq!(doubt(french, &letter("Voir CI-JOINT le plan")), Some(Doubt::AttachmentForgotten));
        assert_eq!(doubt(french, &letter("Merci !\n> ci-joint le plan")), None);
        assert_eq!(doubt(french, &Checked { enclosures: 1, ..letter("ci-joint le plan") }), None);
        assert_eq!(doubt(words(Language::En), &letter("The plan is attached.")), Some(Doubt::AttachmentForgotten));
    }

    #[test]
    fn opening_what_was_sealed_is_asked_first() {
        let ways = [("a@x.test".to_owned(), Way::Open(WhyOpen::NoCertificate))];
        let open = Checked { ways: &ways, after_sealed: true, subject: "", ..letter("") };
        assert_eq!(doubt(words(Language::Fr), &open), Some(Doubt::OpenAfterSealed(1)));
        assert_eq!(doubt(words(Language::Fr), &Checked { after_sealed: false, ..open }), Some(Doubt::NoSubject));
    }
}
