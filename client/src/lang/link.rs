//! Letters behind links, for their sender.

use super::Counted;

/// Letters behind links, for their sender.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Link {
    pub open_for: fn(&str) -> String,
    pub behind_for: fn(&str, &str) -> String,
    pub large_what: &'static str,
    pub once_too: &'static str,
    pub question_too: &'static str,
    pub code_too: &'static str,
    pub instead: &'static str,
    pub options: &'static str,
    pub open_instead: &'static str,

    pub title: &'static str,
    pub what: &'static str,
    pub days: &'static str,
    pub day_count: Counted,
    pub times: &'static str,
    pub any_times: &'static str,
    pub once: &'static str,
    pub place: &'static str,
    pub place_any: &'static str,
    pub place_first: &'static str,
    pub replies: &'static str,
    pub replies_what: &'static str,
    pub replies_yes: &'static str,
    pub replies_no: &'static str,
    pub lock: &'static str,
    pub lock_what: &'static str,
    pub lock_none: &'static str,
    pub lock_question: &'static str,
    pub lock_code: &'static str,
    pub code_what: &'static str,
    pub question: &'static str,
    pub question_hint: &'static str,
    pub question_missing: &'static str,
    pub question_too_long: fn(usize) -> String,
    pub answer: &'static str,
    pub answer_hint: &'static str,
    pub answer_missing: &'static str,
    pub answer_too_long: &'static str,
    pub mail: &'static str,
    pub mail_language: &'static str,
    pub mail_subject: &'static str,
    pub mail_subject_hint: &'static str,
    pub mail_words: &'static str,
    pub mail_words_hint: &'static str,
    pub done: &'static str,

    pub codes: &'static str,
    pub codes_what: &'static str,
    pub codes_noted: &'static str,

    pub unopened: fn(&str) -> String,
    pub opened_once: fn(&str) -> String,
    pub opened_often: fn(&str, usize) -> String,
    pub answered: fn(&str) -> String,
    pub opens_until: fn(&str) -> String,
    pub both: fn(&str, &str) -> String,
    pub ended_expired: &'static str,
    pub ended_revoked: &'static str,
    pub ended_used_up: &'static str,
    pub closed: &'static str,
    pub its_code: fn(&str) -> String,
    pub act: fn(&str) -> String,
    pub copy: &'static str,
    pub copied: &'static str,
    pub not_copied: &'static str,
    pub extend: &'static str,
    pub forgive: &'static str,
    pub again: &'static str,
    pub revoke: &'static str,
    pub revoke_title: &'static str,
    pub revoke_what: fn(&str) -> String,
    pub went: &'static str,
    pub file: fn(&str, &str) -> String,

    pub key_sent: fn(&str) -> String,
    pub key_what: fn(&str) -> String,
    pub key_doubt: fn(&str) -> String,
    pub key_use: fn(&str) -> String,
    pub key_used: fn(&str) -> String,
    pub key_other: fn(&str, &str, &str) -> String,
    pub key_replace: &'static str,
    pub key_leave: &'static str,
}

pub(super) static FRENCH: Link = Link {
    open_for: |who| format!("Ouverte comme une carte postale pour {who}."),
    behind_for: |who, until| format!("Derrière un lien pour {who}, à ouvrir jusqu’au {until}."),
    large_what: "Aucune boîte ne prend de fichiers aussi grands : la lettre part derrière un lien pour tout le monde. Ces fichiers \
                 ne sont pas gardés dans le brouillon.",
    once_too: "Il s’ouvre une seule fois.",
    question_too: "Il pose votre question.",
    code_too: "Il demande un code que vous donnez par téléphone.",
    instead: "Envoyer plutôt un lien",
    options: "Options…",
    open_instead: "Envoyer plutôt ouverte",

    title: "Lettre derrière un lien",
    what: "Qui n’a pas de quoi ouvrir une lettre scellée reçoit un courriel ordinaire avec un lien. La lettre reste scellée sur \
           votre boîte et ne s’ouvre que dans le navigateur de qui a le lien.",
    days: "S’ouvre pendant",
    day_count: Counted { one: "{n} jour", other: "{n} jours" },
    times: "Combien de fois",
    any_times: "Autant de fois qu’on veut",
    once: "Une seule fois",
    place: "Sur quels appareils",
    place_any: "Tous",
    place_first: "Seulement le premier",
    replies: "Répondre",
    replies_what: "La réponse est scellée dans le navigateur de qui a ouvert la lettre.",
    replies_yes: "Par le lien",
    replies_no: "Non",
    lock: "Second verrou",
    lock_what: "Qui lit le courriel en route a aussi le lien. Un second verrou l’arrête.",
    lock_none: "Aucun",
    lock_question: "Une question",
    lock_code: "Un code",
    code_what: "Six chiffres, un code par personne. Vous les verrez après l’envoi, pour les donner par téléphone.",
    question: "La question",
    question_hint: "Par exemple : où nous sommes-nous rencontrés ?",
    question_missing: "Écrivez une question dont cette personne connaît la réponse.",
    question_too_long: |most| format!("La question est trop longue : {most} caractères au plus."),
    answer: "Sa réponse",
    answer_hint: "Les majuscules, accents et espaces ne comptent pas.",
    answer_missing: "Écrivez la réponse, avec au moins une lettre ou un chiffre.",
    answer_too_long: "La réponse est trop longue.",
    mail: "Le courriel qui apporte le lien",
    mail_language: "Sa langue",
    mail_subject: "Son objet",
    mail_subject_hint: "Lisible en route. Vide : « Une lettre de » et votre nom.",
    mail_words: "Quelques mots de vous",
    mail_words_hint: "Lisibles en route. Ils montrent que le courriel vient bien de vous. Vide : un bonjour.",
    done: "Garder ces options",

    codes: "Les codes à donner",
    codes_what: "La lettre est partie. Donnez à chacun son code, par téléphone ou de vive voix, pas par courriel. Vous les retrouverez \
                 avec la lettre, dans les lettres envoyées.",
    codes_noted: "C’est noté",

    unopened: |until| format!("pas encore ouverte ; s’ouvre jusqu’au {until}"),
    opened_once: |at| format!("ouverte {at}"),
    opened_often: |at, times| format!("ouverte {times} fois, la dernière {at}"),
    answered: |at| format!("réponse reçue {at}"),
    opens_until: |until| format!("s’ouvre jusqu’au {until}"),
    both: |one, other| format!("{one} ; {other}"),
    ended_expired: "le délai est passé",
    ended_revoked: "reprise",
    ended_used_up: "ne s’ouvre plus : elle s’ouvrait une seule fois",
    closed: "fermée après trop de mauvaises réponses",
    its_code: |code| format!("code {code}"),
    act: |who| format!("Le lien de {who}"),
    copy: "Copier le lien",
    copied: "Le lien est copié.",
    not_copied: "Le navigateur n’a pas laissé copier le lien.",
    extend: "Prolonger de 30 jours",
    forgive: "Permettre d’autres essais",
    again: "Envoyer un autre lien…",
    revoke: "Reprendre la lettre",
    revoke_title: "Reprendre la lettre ?",
    revoke_what: |who| {
        format!(
            "Le lien de {who} ne mènera plus à rien, et cela ne peut pas être défait. Ce qui a déjà été lu ou enregistré reste lu."
        )
    },
    went: "Derrière un lien",
    file: |name, size| format!("{name} ({size}), seulement derrière le lien"),
    key_sent: |name| format!("{name} vous a envoyé sa clé."),
    key_what: |address| {
        format!("Utilisez-la, et vos lettres à {address} partent scellées, par courrier ordinaire, sans lien.")
    },
    key_doubt: |name| {
        format!("Elle est venue par votre lien : elle est de {name}, si personne d’autre n’a eu ce lien.")
    },
    key_use: |name| format!("L’utiliser désormais pour {name}"),
    key_used: |address| {
        format!(
            "Vos lettres à {address} partent scellées avec cette clé, si l’annuaire de clés de son domaine n’en a pas."
        )
    },
    key_other: |address, since, mark| {
        format!(
            "Depuis le {since}, vos lettres à {address} partent scellées avec une autre clé, d’empreinte {mark}. Demandez de vive voix si la nouvelle est bien la sienne avant de la remplacer."
        )
    },
    key_replace: "Remplacer l’autre clé par celle-ci",
    key_leave: "Ne plus l’utiliser",
};

pub(super) static ENGLISH: Link = Link {
    open_for: |who| format!("Open like a postcard for {who}."),
    behind_for: |who, until| format!("Behind a link for {who}, to be opened until {until}."),
    large_what: "No mailbox takes files as large as these: the message goes behind a link for everybody. These \
                 files are not kept in the draft.",
    once_too: "It opens once.",
    question_too: "It asks your question.",
    code_too: "It asks for a code that you give by telephone.",
    instead: "Send a link instead",
    options: "Options…",
    open_instead: "Send it open instead",

    title: "Message behind a link",
    what: "Who cannot open a sealed message gets an ordinary mail with a link. The message stays sealed on your box and opens only \
           in the browser of who has the link.",
    days: "Opens for",
    day_count: Counted { one: "{n} day", other: "{n} days" },
    times: "How often",
    any_times: "As often as one likes",
    once: "Once",
    place: "On which devices",
    place_any: "All",
    place_first: "Only the first",
    replies: "Replies",
    replies_what: "A reply is sealed in the browser of who has opened the message.",
    replies_yes: "Through the link",
    replies_no: "None",
    lock: "Second lock",
    lock_what: "Who reads the mail on its way has the link too. A second lock stops them.",
    lock_none: "None",
    lock_question: "A question",
    lock_code: "A code",
    code_what: "Six digits, one code for each person. You will see them after sending, to give them by telephone.",
    question: "The question",
    question_hint: "For example: where did we meet?",
    question_missing: "Write a question whose answer this person knows.",
    question_too_long: |most| format!("The question is too long: {most} characters at most."),
    answer: "Its answer",
    answer_hint: "Capitals, accents and spaces do not count.",
    answer_missing: "Write the answer, with at least one letter or digit.",
    answer_too_long: "The answer is too long.",
    mail: "The mail that brings the link",
    mail_language: "Its language",
    mail_subject: "Its subject",
    mail_subject_hint: "Can be read on the way. Empty: “A letter from” and your name.",
    mail_words: "A few words of yours",
    mail_words_hint: "Can be read on the way. They show that the mail is really from you. Empty: a greeting.",
    done: "Keep these options",

    codes: "The codes to give",
    codes_what: "The message was sent. Give everybody their code, by telephone or in person, not by mail. You find them again with the \
                 message, in Sent.",
    codes_noted: "Noted",

    unopened: |until| format!("not opened yet; opens until {until}"),
    opened_once: |at| format!("opened {at}"),
    opened_often: |at, times| format!("opened {times} times, last {at}"),
    answered: |at| format!("answered {at}"),
    opens_until: |until| format!("opens until {until}"),
    both: |one, other| format!("{one}; {other}"),
    ended_expired: "the time is over",
    ended_revoked: "taken back",
    ended_used_up: "opens no more: it opened once",
    closed: "closed after too many wrong answers",
    its_code: |code| format!("code {code}"),
    act: |who| format!("The link of {who}"),
    copy: "Copy the link",
    copied: "The link is copied.",
    not_copied: "The browser did not let the link be copied.",
    extend: "30 days longer",
    forgive: "Allow more tries",
    again: "Send another link…",
    revoke: "Take the message back",
    revoke_title: "Take the message back?",
    revoke_what: |who| {
        format!(
            "The link of {who} will lead nowhere, and that cannot be undone. What was read or saved already stays read."
        )
    },
    went: "Behind a link",
    file: |name, size| format!("{name} ({size}), behind the link only"),
    key_sent: |name| format!("{name} has sent you their key."),
    key_what: |address| {
        format!("Use it, and your messages to {address} leave sealed, by ordinary mail, without a link.")
    },
    key_doubt: |name| format!("It came through your link: it is from {name} if nobody else had that link."),
    key_use: |name| format!("Use it for {name} from now on"),
    key_used: |address| {
        format!("Your messages to {address} are sealed with this key, where the key directory of its domain has none.")
    },
    key_other: |address, since, mark| {
        format!(
            "Since {since} your messages to {address} have been sealed with another key, whose fingerprint is {mark}. Ask them by telephone whether the new one is theirs before you replace it."
        )
    },
    key_replace: "Use this one instead of the other",
    key_leave: "Do not use it any more",
};
