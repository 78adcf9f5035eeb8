//! The few sentences that the box itself writes to people, in their language.

use shared::api::account::Language;
use shared::api::submit::FailureReason;

/// Subject of a report that a message did not arrive.
pub(super) fn bounce_subject(language: Language) -> &'static str {
    match language {
        Language::Fr => "Votre message n’a pas été remis",
        Language::En => "Your message was not delivered",
    }
}

/// First sentence of the report; the recipients follow.
pub(super) fn bounce_opening(language: Language, recipients: usize) -> &'static str {
    match (language, recipients) {
        (Language::Fr, 1) => "Votre message n’a pas pu être remis à ce destinataire :",
        (Language::Fr, _) => "Votre message n’a pas pu être remis à ces destinataires :",
        (Language::En, 1) => "Your message could not be delivered to this recipient:",
        (Language::En, _) => "Your message could not be delivered to these recipients:",
    }
}

/// Last sentence of the report.
pub(super) fn bounce_closing(language: Language) -> &'static str {
    match language {
        Language::Fr => {
            "Votre message est toujours dans le dossier des messages envoyés. Les détails techniques sont joints."
        }
        Language::En => "Your message is still in your Sent folder. The technical details are attached.",
    }
}

/// What the other side said, quoted.
pub(super) fn other_side_said(language: Language, host: &str, said: &str) -> String {
    match language {
        Language::Fr => format!("Réponse de {host} : {said}"),
        Language::En => format!("{host} answered: {said}"),
    }
}

/// Why it failed, as something that a person can act on.
pub(super) fn failure(language: Language, reason: FailureReason) -> &'static str {
    let (french, english) = match reason {
        FailureReason::NoSuchRecipient => {
            ("Personne n’a cette adresse là-bas. Vérifiez-la.", "Nobody has this address there. Please check it.")
        }
        FailureReason::NoSuchDomain => (
            "Ce domaine n’existe pas ou ne reçoit pas de courrier. Vérifiez ce qui suit le @.",
            "This domain does not exist or takes no mail. Please check what stands after the @.",
        ),
        FailureReason::Unreachable => ("L’autre serveur est injoignable.", "The other server could not be reached."),
        FailureReason::TryLater => {
            ("L’autre serveur demande d’essayer plus tard.", "The other server asks to try again later.")
        }
        FailureReason::MailboxFull => ("La boîte du destinataire est pleine.", "The recipient’s mailbox is full."),
        FailureReason::TooLarge => {
            ("Le message est trop volumineux pour l’autre serveur.", "The message is too large for the other server.")
        }
        FailureReason::GaveUp => (
            "Aucun essai n’a abouti pendant longtemps ; la boîte y a renoncé.",
            "All tries failed for a long time; the box has given up.",
        ),
        _ => ("L’autre serveur refuse le message.", "The other server refuses the message."),
    };
    match language {
        Language::Fr => french,
        Language::En => english,
    }
}
