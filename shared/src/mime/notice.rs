//! The ordinary letter that brings a link: the sender's words first, then the link, then its words for who has to type it.
//!
//! It comes from the sender's own address and looks like what it is, a letter from a person. No picture, no button, no "click
//! here", nothing from elsewhere: what imitates a bank looks otherwise.

use mail_parser::DateTime;

use super::address::Mailbox;
use super::build::Letter;
use crate::api::Timestamp;
use crate::api::account::Language;
use crate::vault::Secret;

/// What a notice says.
#[derive(Debug)]
pub struct Notice<'n> {
    /// Who writes.
    pub from: Mailbox,
    /// To whom.
    pub to: Mailbox,
    /// The notice's own subject; that of the letter stays in it. Empty: one that names the sender.
    pub subject: &'n str,
    /// The sender's words; empty: a greeting.
    pub words: &'n str,
    /// The link.
    pub link: &'n str,
    /// Where the link's words can be typed.
    pub typing_page: &'n str,
    /// The link's words.
    pub link_words: &'n Secret<Vec<String>>,
    /// Until when it opens.
    pub until: Timestamp,
    /// What else is needed.
    pub asks: Asks,
    /// In which language all but the sender's words are.
    pub language: Language,
    /// This message's identifier, as [`super::message_id`] makes it.
    pub message_id: String,
    /// When it was written.
    pub date: Timestamp,
}

/// What is needed beside the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// The answer to a question.
    Answer,
    /// A code that the sender gives.
    Code,
}

impl Notice<'_> {
    /// The notice as a letter.
    #[must_use]
    pub fn letter(&self) -> Letter {
        let name = self.from.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| self.from.address.clone());
        let subject = match (self.subject.trim(), self.language) {
            ("", Language::Fr) => format!("Une lettre de {name}"),
            ("", Language::En) => format!("A letter from {name}"),
            (subject, _) => subject.to_owned(),
        };
        let says = self.says(&name);
        let paragraphs = [
            Paragraph::Text(says.words.clone()),
            Paragraph::Text(says.here),
            Paragraph::Link(self.link),
            Paragraph::Text(says.asks),
            Paragraph::Text(says.typed),
            Paragraph::Words(self.link_words.expose()),
        ];
        Letter {
            from: self.from.clone(),
            to: vec![self.to.clone()],
            subject,
            text: paragraphs.iter().filter_map(Paragraph::text).collect::<Vec<_>>().join("\n\n") + "\n",
            html: Some(format!(
                "<!doctype html>\n<html><body>\n{}</body></html>\n",
                paragraphs.iter().filter_map(Paragraph::html).collect::<String>()
            )),
            message_id: self.message_id.clone(),
            date: self.date,
            ..Letter::default()
        }
    }

    fn says(&self, name: &str) -> Says {
        let (day, page, words) = (day(self.until, self.language), self.typing_page, self.words.trim());
        let asks = match (self.asks, self.language) {
            (Asks::Nothing, _) => String::new(),
            (Asks::Answer, Language::Fr) => "On vous y posera une question dont vous connaissez la réponse.".into(),
            (Asks::Answer, Language::En) => "You will be asked a question whose answer you know.".into(),
            (Asks::Code, Language::Fr) => format!("{name} vous donne le code à six chiffres qu’il faut pour la lire."),
            (Asks::Code, Language::En) => format!("{name} gives you the six digits that you need to read it."),
        };
        match self.language {
            Language::Fr => Says {
                words: if words.is_empty() { "Bonjour,\n\nje vous ai écrit une lettre.".into() } else { words.into() },
                here: format!("Ma lettre se lit ici, jusqu’au {day} :"),
                asks,
                typed: format!("Si cette adresse ne mène à rien, tapez ces douze mots sur {page} :"),
            },
            Language::En => Says {
                words: if words.is_empty() { "Hello,\n\nI have written you a letter.".into() } else { words.into() },
                here: format!("My letter can be read here until {day}:"),
                asks,
                typed: format!("If this address leads nowhere, type these twelve words at {page}:"),
            },
        }
    }
}

struct Says {
    words: String,
    here: String,
    asks: String,
    typed: String,
}

enum Paragraph<'p> {
    Text(String),
    Link(&'p str),
    Words(&'p [String]),
}

impl Paragraph<'_> {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Self::Link(link) => Some((*link).to_owned()),
            // Two lines, so that no program breaks them. Commas, because many long words with nothing but spaces between them count as
            // junk with SpamAssassin (LONGWORDS); whoever types them can leave them out.
            Self::Words(words) => Some(words.chunks(6).map(|line| line.join(", ")).collect::<Vec<_>>().join(",\n")),
        }
    }

    fn html(&self) -> Option<String> {
        let text = escaped(&self.text()?).replace('\n', "<br>\n");
        Some(match self {
            Self::Link(_) => format!("<p><a href=\"{text}\">{text}</a></p>\n"),
            Self::Text(_) | Self::Words(_) => format!("<p>{text}</p>\n"),
        })
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A day in words, in universal time.
fn day(at: Timestamp, language: Language) -> String {
    const FRENCH: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let DateTime { year, month, day, .. } = DateTime::from_timestamp(at.0);
    let name = |names: [&'static str; 12]| names.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
    match (language, day) {
        (Language::Fr, 1) => format!("1er {} {year}", name(FRENCH)),
        (Language::Fr, _) => format!("{day} {} {year}", name(FRENCH)),
        (Language::En, _) => format!("{day} {} {year}", name(ENGLISH)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::{BccField, build};
    use super::super::read::read;
    use super::*;

    const LINK: &str = "https://home.test/l/nx6jrhq1v4jgvr4q#FRwjKjE4P0ZNVFtiaXB3fg";

    fn notice<'n>(words: &'n str, link_words: &'n Secret<Vec<String>>, language: Language, asks: Asks) -> Notice<'n> {
        let person = |name: &str, address: &str| Mailbox { name: Some(name.into()), address: address.into() };
        Notice {
            from: person("Zoé", "zoe@home.test"),
            to: person("", "ines@elsewhere.test"),
            subject: "",
            words,
            link: LINK,
            typing_page: "https://home.test/l",
            link_words,
            until: Timestamp(1_767_225_600),
            asks,
            language,
            message_id: "1@home.test".into(),
            date: Timestamp(1_764_633_600),
        }
    }

    #[test]
    fn the_senders_words_come_first_in_text_and_html() {
        let link_words = Secret::new((1..=12).map(|n| format!("mot{n}")).collect());
        let words = "Chère Inès,\n\nvoici les <plans> & le reste.";
        let letter = notice(words, &link_words, Language::Fr, Asks::Code).letter();
        let message = read(&build(&letter, BccField::Left));
        assert_eq!(message.problems, []);
        assert_eq!(message.subject.as_deref(), Some("Une lettre de Zoé"));
        let text = message.text.unwrap().replace("\r\n", "\n");
        assert!(text.starts_with(words), "{text}");
        for line in [
            "Ma lettre se lit ici, jusqu’au 1er janvier 2026 :",
            LINK,
            "Zoé vous donne le code à six chiffres qu’il faut pour la lire.",
            "mot1, mot2, mot3, mot4, mot5, mot6,",
            "mot7, mot8, mot9, mot10, mot11, mot12",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        let html = message.html.unwrap();
        assert!(html.contains("voici les &lt;plans&gt; &amp; le reste."), "{html}");
        assert!(html.contains(&format!("<a href=\"{LINK}\">{LINK}</a>")), "{html}");
    }

    #[test]
    fn without_words_there_is_a_greeting_in_the_language_of_the_recipient() {
        let link_words = Secret::new(vec!["word".to_owned(); 12]);
        let letter = notice(" ", &link_words, Language::En, Asks::Nothing).letter();
        assert_eq!(letter.subject, "A letter from Zoé");
        assert!(letter.text.starts_with(
            "Hello,\n\nI have written you a letter.\n\nMy letter can be read here until 1 January 2026:\n"
        ));
        assert!(!letter.text.contains("\n\n\n"));
        let asked = notice("", &link_words, Language::En, Asks::Answer).letter();
        assert!(asked.text.contains("You will be asked a question whose answer you know."));
    }
}
