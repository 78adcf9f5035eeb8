//! The few sentences that the box itself writes to people, in their language.

use shared::api::account::Language;
use shared::api::submit::FailureReason;

/// Subject of a report that a letter did not arrive: to whom, and which, where its subject is known.
pub(super) fn bounce_subject(language: Language, to: &str, more: usize, letter: Option<&str>) -> String {
    let to = match (language, more) {
        (_, 0) => to.to_owned(),
        (Language::Fr, _) => format!("{to} et {more} de plus"),
        (Language::En, _) => format!("{to} and {more} more"),
    };
    match (language, letter) {
        (Language::Fr, Some(letter)) => format!("Lettre non remise à {to} : « {letter} »"),
        (Language::Fr, None) => format!("Lettre non remise à {to}"),
        (Language::En, Some(letter)) => format!("Message not delivered to {to}: “{letter}”"),
        (Language::En, None) => format!("Message not delivered to {to}"),
    }
}

/// First sentence of the report; the recipients follow.
pub(super) fn bounce_opening(language: Language, recipients: usize, letter: Option<&str>) -> String {
    let quoted = match (language, letter) {
        (_, None) => String::new(),
        (Language::Fr, Some(letter)) => format!(" « {letter} »"),
        (Language::En, Some(letter)) => format!(" “{letter}”"),
    };
    match (language, recipients) {
        (Language::Fr, 1) => format!("Votre lettre{quoted} n’a pas pu être remise à cette adresse :"),
        (Language::Fr, _) => format!("Votre lettre{quoted} n’a pas pu être remise à ces adresses :"),
        (Language::En, 1) => format!("Your message{quoted} could not be delivered to this address:"),
        (Language::En, _) => format!("Your message{quoted} could not be delivered to these addresses:"),
    }
}

/// What the other server said, in whatever language that is: a quotation, so that nobody takes it for the box's words.
pub(super) fn bounce_quotation(language: Language, host: Option<&str>, said: &str) -> String {
    match (language, host) {
        (Language::Fr, Some(host)) => format!("Réponse du serveur {host}, telle quelle : « {said} »"),
        (Language::Fr, None) => format!("Réponse de l’autre serveur, telle quelle : « {said} »"),
        (Language::En, Some(host)) => format!("The server {host} said, in its own words: “{said}”"),
        (Language::En, None) => format!("The other server said, in its own words: “{said}”"),
    }
}

/// What the two parts of the report behind its text are: the one for programs, and the header of the letter.
pub(super) fn bounce_parts(language: Language) -> [&'static str; 2] {
    match language {
        Language::Fr => ["Rapport pour les programmes", "En-tête de votre lettre"],
        Language::En => ["Report for programs", "Header of your message"],
    }
}

/// Subject of the note that somebody reports a letter behind a link.
pub(super) fn report_subject(language: Language, sender: &str) -> String {
    match language {
        Language::Fr => format!("Signalement d’une lettre de {sender}"),
        Language::En => format!("Report about a letter by {sender}"),
    }
}

/// The note itself; what was written stands in it as a quotation, so that nobody takes it for the box's words.
pub(super) fn report_text(language: Language, sender: &str, recipient: &str, words: &str) -> String {
    let words = match (language, words.trim()) {
        (Language::Fr, "") => "Elle n’a rien écrit de plus.".to_owned(),
        (Language::En, "") => "They wrote nothing more.".to_owned(),
        (Language::Fr, words) => format!("Elle écrit :\n\n{}", quoted(words)),
        (Language::En, words) => format!("They write:\n\n{}", quoted(words)),
    };
    match language {
        Language::Fr => format!(
            "Une personne signale une lettre derrière un lien, que {sender} a envoyée par votre boîte à {recipient}. {words}\n\n\
             La boîte ne peut pas lire cette lettre, et ne sait pas qui la signale : c’est une personne qui a le lien. Parlez-en avec {sender}, \
             qui peut reprendre la lettre.\n"
        ),
        Language::En => format!(
            "Somebody reports a letter behind a link, which {sender} sent through your box to {recipient}. {words}\n\n\
             The box cannot read that letter, and does not know who reports it: it is somebody who has the link. Talk to {sender}, who can \
             take the letter back.\n"
        ),
    }
}

fn quoted(words: &str) -> String {
    words.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

/// Last sentence of the report.
pub(super) fn bounce_closing(language: Language) -> &'static str {
    match language {
        Language::Fr => {
            "Votre lettre est toujours parmi les lettres envoyées : de là, vous pouvez la transférer à la bonne adresse."
        }
        Language::En => {
            "Your message is still in your Sent folder: from there you can forward it to the right address."
        }
    }
}

/// Why it failed, as something that a person can act on.
pub(super) fn failure(language: Language, reason: FailureReason) -> &'static str {
    let (french, english) = match reason {
        FailureReason::NoSuchRecipient => {
            ("Personne n’a cette adresse là-bas. Vérifiez-la.", "Nobody has this address there. Please check it.")
        }
        FailureReason::NoSuchDomain => (
            "Ce qui suit le @ n’existe pas ou ne reçoit pas de courrier. Vérifiez-le.",
            "This domain does not exist or takes no mail. Please check what stands after the @.",
        ),
        FailureReason::Unreachable => ("L’autre serveur est injoignable.", "The other server could not be reached."),
        FailureReason::TryLater => {
            ("L’autre serveur demande d’essayer plus tard.", "The other server asks to try again later.")
        }
        FailureReason::MailboxFull => ("La boîte du destinataire est pleine.", "The recipient’s mailbox is full."),
        FailureReason::TooLarge => {
            ("La lettre est trop grosse pour l’autre serveur.", "The message is too large for the other server.")
        }
        FailureReason::GaveUp => (
            "Aucun essai n’a abouti pendant longtemps ; la boîte y a renoncé.",
            "All tries failed for a long time; the box has given up.",
        ),
        _ => (
            "L’autre serveur refuse la lettre, sans dire que l’adresse est fausse.",
            "The other server refuses the message, without saying that the address is wrong.",
        ),
    };
    match language {
        Language::Fr => french,
        Language::En => english,
    }
}
