//! Writing a letter.

use super::Counted;

/// Writing a letter.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Write {
    pub new: &'static str,
    pub to: &'static str,
    pub cc: &'static str,
    pub bcc: &'static str,
    pub add_cc: &'static str,
    pub add_bcc: &'static str,
    pub people_hint: &'static str,
    pub person_hint: &'static str,
    pub remove: fn(&str) -> String,
    pub others: Counted,
    pub subject: &'static str,
    pub text: &'static str,
    pub text_hint: &'static str,
    pub minimise: &'static str,
    pub restore: &'static str,
    pub full: &'static str,
    pub small: &'static str,
    pub close: &'static str,
    pub discard: &'static str,
    pub suggestions: &'static str,

    pub send: &'static str,
    pub send_open: &'static str,
    pub sending: &'static str,
    pub taking_back: &'static str,
    pub not_sent: &'static str,
    pub perhaps_sent: &'static str,
    pub perhaps_sent_again: &'static str,
    pub sent_before: &'static str,
    pub sent_before_what: &'static str,

    pub saved: fn(&str) -> String,
    pub saved_partly: fn(&str) -> String,
    pub saving: &'static str,
    pub changed: &'static str,
    pub save_failed: &'static str,

    pub attach: &'static str,
    pub attach_reading: &'static str,
    pub attach_remove: fn(&str) -> String,
    pub attach_unreadable: fn(&str) -> String,
    pub attach_too_large: fn(&str, &str, &str) -> String,
    pub attach_limits: fn(&str, &str) -> String,
    pub attach_secret_key: fn(&str) -> String,
    pub attach_total: fn(&str, &str) -> String,
    pub attach_total_label: fn(&str, &str) -> String,
    pub attach_forgotten: &'static str,
    pub attach_forgotten_words: &'static [&'static str],
    pub send_anyway: &'static str,
    pub subject_missing: &'static str,

    pub lock_nobody: &'static str,
    pub lock_wrong: &'static str,
    pub lock_asking: &'static str,
    pub lock_unknown: &'static str,
    pub lock_sealed: &'static str,
    pub lock_mixed: &'static str,
    pub lock_link: &'static str,
    pub lock_open: &'static str,
    pub lock_nobody_what: &'static str,
    pub lock_wrong_what: &'static str,
    pub lock_asking_what: &'static str,
    pub lock_unknown_what: &'static str,
    pub lock_sealed_what: &'static str,
    pub lock_mixed_what: &'static str,
    pub lock_link_what: &'static str,
    pub lock_open_what: &'static str,
    pub way_asking: &'static str,
    pub way_wrong: &'static str,
    pub way_unknown: &'static str,
    pub way_sealed_here: &'static str,
    pub way_sealed_there: &'static str,
    pub way_sealed_kept: &'static str,
    pub way_link: &'static str,
    pub way_open_none: &'static str,
    pub way_open_damaged: &'static str,
    pub way_open_other: &'static str,
    pub way_open_expired: &'static str,
    pub way_open_revoked: &'static str,
    pub way_open_weak: &'static str,
    pub ask_again: &'static str,
    pub open_sure_what: Counted,
    pub nobody: &'static str,
    pub not_addresses: fn(&str, usize) -> String,
    pub unknown_sure: fn(&str, usize) -> String,
    pub send_unsealed: &'static str,
    pub asking_again: &'static str,
    pub asking_first: &'static str,
    pub drop_begins: &'static str,
    pub left_behind: &'static str,
}

pub(super) static FRENCH: Write = Write {
    new: "Nouvelle lettre",
    to: "À",
    cc: "Copie",
    bcc: "Cachée",
    add_cc: "Copie",
    add_bcc: "Copie cachée",
    people_hint: "Adresses, séparées par une virgule, un espace ou Entrée",
    person_hint: "Entrée pour modifier, Suppr pour retirer",
    remove: |who| format!("Retirer {who}"),
    others: Counted { one: "et {n} autre", other: "et {n} autres" },
    subject: "Objet",
    text: "Texte de la lettre",
    text_hint: "Votre lettre…",
    minimise: "Réduire",
    restore: "Rouvrir cette lettre",
    full: "En grand",
    small: "En petit",
    close: "Enregistrer et fermer",
    discard: "Jeter le brouillon",
    suggestions: "Propositions",

    send: "Envoyer scellée",
    send_open: "Envoyer",
    sending: "Envoi…",
    taking_back: "Reprise…",
    not_sent: "La lettre n’est pas partie, elle est toujours là.",
    perhaps_sent: "La boîte n’a pas répondu : on ne sait pas si la lettre est partie.",
    perhaps_sent_again: "Envoyez-la de nouveau dès que la boîte répond : elle ne partira pas deux fois.",
    sent_before: "La lettre était déjà partie, telle qu’elle était avant vos changements.",
    sent_before_what: "Vous la trouverez dans les lettres envoyées. Ce qui est écrit ici partirait comme une deuxième lettre.",

    saved: |time| format!("Enregistrée {time}"),
    saved_partly: |time| format!("Enregistrée en partie {time}"),
    saving: "Enregistrement…",
    changed: "Pas encore enregistrée",
    save_failed: "Pas encore enregistrée.",

    attach: "Joindre un fichier",
    attach_reading: "En cours de lecture…",
    attach_remove: |name| format!("Retirer {name}"),
    attach_unreadable: |name| {
        format!("« {name} » n’a pas pu être lu. Si c’est un dossier, joignez les fichiers qu’il contient.")
    },
    attach_too_large: |name, size, most| {
        format!(
            "« {name} » fait {size}, c’est trop : même derrière un lien, les fichiers d’une lettre peuvent faire {most} ensemble."
        )
    },
    attach_limits: |enclosed, whole| {
        format!(
            "Les pièces jointes d’une lettre peuvent faire {enclosed} ensemble : emballées pour le voyage, c’est une lettre de {whole}."
        )
    },
    attach_secret_key: |name| {
        format!(
            "« {name} » est une clé secrète et n’a pas été joint. Qui l’a peut lire vos lettres et écrire en votre nom : \
             gardez ce fichier pour vous."
        )
    },
    attach_total: |total, limits| {
        format!(
            "Les pièces jointes font {total}, c’est trop. {limits} Retirez-en : en attendant, le texte et les fichiers qui tiennent \
             sont enregistrés, mais la lettre ne peut être ni envoyée ni fermée."
        )
    },
    attach_total_label: |total, most| format!("{total} sur {most}"),
    attach_forgotten: "Vous parlez d’une pièce jointe, mais il n’y en a pas.",
    attach_forgotten_words: &[
        "pièce jointe",
        "pièces jointes",
        "piece jointe",
        "pièce-jointe",
        "ci-joint",
        "ci-jointe",
        "ci-joints",
        "ci-jointes",
        "en pj",
        "je joins",
        "je te joins",
        "je vous joins",
        "j’ai joint",
        "j'ai joint",
        "attached",
    ],
    send_anyway: "Envoyer quand même",
    subject_missing: "La lettre n’a pas d’objet.",

    lock_nobody: "Pour qui ?",
    lock_wrong: "Adresse à corriger",
    lock_asking: "Vérification…",
    lock_unknown: "On ne sait pas encore",
    lock_sealed: "Scellée pour tous",
    lock_mixed: "Scellée pour certains",
    lock_link: "Derrière un lien",
    lock_open: "Ouverte comme une carte postale",
    lock_nobody_what: "Dès que vous aurez mis quelqu’un, on verra si la lettre peut être scellée.",
    lock_wrong_what: "Ce qui est en rouge n’est pas une adresse. Corrigez-le ou retirez-le avant d’envoyer.",
    lock_unknown_what: "On n’a pas pu demander si la lettre peut être scellée. On redemande dès que le réseau revient, et au moment \
                        d’envoyer. Rien ne part ouvert sans votre accord.",
    lock_asking_what: "Votre boîte cherche si chacun peut recevoir des lettres scellées.",
    lock_sealed_what: "Seuls vos destinataires pourront lire la lettre. Ni les boîtes qui la transportent, ni la vôtre.",
    lock_mixed_what: "Chacun reçoit la même lettre : scellée pour ceux qui peuvent l’ouvrir, ouverte pour les autres. \
                      Une copie ouverte pouvant être lue en route, n’y mettez rien de plus que sur une carte postale.",
    lock_link_what: "Qui peut ouvrir une lettre scellée la reçoit scellée. Les autres reçoivent un courriel ordinaire avec un lien, \
                     derrière lequel la lettre reste scellée jusqu’à ce qu’ils l’ouvrent. Qui lirait ce courriel en route aurait le \
                     lien aussi ; un second verrou l’arrête.",
    lock_open_what: "Personne parmi vos destinataires ne reçoit de lettres scellées. Celle-ci pourra être lue en route, \
                     comme un courrier ordinaire.",
    way_asking: "vérification…",
    way_wrong: "ce n’est pas une adresse",
    way_unknown: "on ne sait pas encore ; on n’a pas pu demander, on redemandera",
    way_sealed_here: "scellée ; cette personne est sur votre boîte",
    way_sealed_there: "scellée ; la boîte de cette personne dit comment",
    way_sealed_kept: "scellée, avec la clé que cette personne vous a envoyée",
    way_link: "derrière un lien",
    way_open_none: "ouverte ; ne reçoit pas encore de lettres scellées",
    way_open_damaged: "ouverte ; ce qu’on a trouvé pour sceller est abîmé",
    way_open_other: "ouverte ; ce qu’on a trouvé pour sceller est à une autre adresse",
    way_open_expired: "ouverte ; ce qu’on a trouvé pour sceller est périmé",
    way_open_revoked: "ouverte ; son propriétaire a retiré de quoi sceller",
    way_open_weak: "ouverte ; ce qu’on a trouvé pour sceller est trop faible",
    ask_again: "Vérifier encore",
    open_sure_what: Counted {
        one: "Vous répondez à une lettre scellée, mais {n} destinataire la recevrait ouverte.",
        other: "Vous répondez à une lettre scellée, mais {n} destinataires la recevraient ouverte.",
    },
    nobody: "À qui est la lettre ? Écrivez une adresse.",
    not_addresses: |who, count| match count {
        1 => format!("{who} n’est pas une adresse. Corrigez-la ou retirez-la."),
        _ => format!("{who} ne sont pas des adresses. Corrigez-les ou retirez-les."),
    },
    unknown_sure: |who, count| match count {
        1 => format!(
            "On n’a pas pu savoir si {who} reçoit des lettres scellées. Envoyée maintenant, la lettre lui arriverait ouverte."
        ),
        _ => format!(
            "On n’a pas pu savoir si {who} reçoivent des lettres scellées. Envoyée maintenant, la lettre leur arriverait ouverte."
        ),
    },
    send_unsealed: "Envoyer ouverte",
    asking_again: "On redemande…",
    asking_first: "Vérification, puis envoi…",
    left_behind: "Ce brouillon a été changé, envoyé ou jeté ailleurs entre-temps. Ce qui est écrit ici est un exemplaire à part : \
                  regardez dans les brouillons et les lettres envoyées avant d’envoyer celui-ci.",
    drop_begins: "Déposez ici : une nouvelle lettre emportera ces fichiers.",
};

pub(super) static ENGLISH: Write = Write {
    new: "New message",
    to: "To",
    cc: "Cc",
    bcc: "Bcc",
    add_cc: "Cc",
    add_bcc: "Bcc",
    people_hint: "Addresses, with a comma, a space or Enter between them",
    person_hint: "Enter to change, Delete to remove",
    remove: |who| format!("Remove {who}"),
    others: Counted { one: "and {n} more", other: "and {n} more" },
    subject: "Subject",
    text: "Text of the message",
    text_hint: "Your message…",
    minimise: "Minimise",
    restore: "Open this message again",
    full: "Full screen",
    small: "Small window",
    close: "Save and close",
    discard: "Discard the draft",
    suggestions: "Suggestions",

    send: "Send sealed",
    send_open: "Send",
    sending: "Sending…",
    taking_back: "Being taken back…",
    not_sent: "The message was not sent, it is still here.",
    perhaps_sent: "The box did not answer: nobody knows whether the message was sent.",
    perhaps_sent_again: "Send it again as soon as the box answers: it will not go twice.",
    sent_before: "The message had been sent already, as it was before your changes.",
    sent_before_what: "You find it in Sent. What is written here would go as a second message.",

    saved: |time| format!("Saved {time}"),
    saved_partly: |time| format!("Saved in part {time}"),
    saving: "Saving…",
    changed: "Not saved yet",
    save_failed: "Not saved yet.",

    attach: "Attach a file",
    attach_reading: "Being read…",
    attach_remove: |name| format!("Remove {name}"),
    attach_unreadable: |name| format!("“{name}” could not be read. If it is a folder, attach the files in it."),
    attach_too_large: |name, size, most| {
        format!(
            "“{name}” is too large: it has {size}. Even behind a link, the files of a message can have {most} together at most."
        )
    },
    attach_limits: |enclosed, whole| {
        format!(
            "The attachments of a message can have {enclosed} together: packed for the journey, that is a message of {whole}."
        )
    },
    attach_secret_key: |name| {
        format!(
            "“{name}” is a secret key and was not attached. Whoever has it can read your messages and write in your name: \
             keep this file to yourself."
        )
    },
    attach_total: |total, limits| {
        format!(
            "The attachments are {total} together, which is too much. {limits} Take some out: until then the text and the files that fit \
             are saved, but the message can be neither sent nor closed."
        )
    },
    attach_total_label: |total, most| format!("{total} of {most}"),
    attach_forgotten: "You speak of an attachment, but there is none.",
    attach_forgotten_words: &[
        "attached",
        "attachment",
        "attaching",
        "i attach",
        "enclosed",
        "pièce jointe",
        "ci-joint",
    ],
    send_anyway: "Send anyway",
    subject_missing: "The message has no subject.",

    lock_nobody: "To whom?",
    lock_wrong: "Address to correct",
    lock_asking: "Checking…",
    lock_unknown: "Not known yet",
    lock_sealed: "Sealed for all",
    lock_mixed: "Sealed for some",
    lock_link: "Behind a link",
    lock_open: "Open like a postcard",
    lock_nobody_what: "As soon as there is somebody to write to, you will see whether the message can be sealed.",
    lock_wrong_what: "What is red is not an address. Correct it or remove it before you send.",
    lock_unknown_what: "Whether the message can be sealed could not be asked. It is asked again when the network is back, and when \
                        you send. Nothing goes open unless you say so.",
    lock_asking_what: "Your box is finding out whether everybody can get sealed messages.",
    lock_sealed_what: "Only the people you write to can read the message: not the boxes that carry it, and not yours.",
    lock_mixed_what: "Everybody gets the same message: sealed for those who can open it, open for the others. An open \
                      copy can be read on the way, so put no more in it than on a postcard.",
    lock_link_what: "Who can open a sealed message gets it sealed. The others get an ordinary mail with a link, behind which the \
                     message stays sealed until they open it. Who reads that mail on its way has the link too; a second lock stops \
                     them.",
    lock_open_what: "None of the people you write to get sealed messages. This one can be read on the way, like ordinary \
                     mail.",
    way_asking: "checking…",
    way_wrong: "this is not an address",
    way_unknown: "not known yet; could not be asked, will be asked again",
    way_sealed_here: "sealed; this person is on your box",
    way_sealed_there: "sealed; their mail provider says how",
    way_sealed_kept: "sealed, with the key that this person sent you",
    way_link: "behind a link",
    way_open_none: "open; does not get sealed messages yet",
    way_open_damaged: "open; what was found to seal with is damaged",
    way_open_other: "open; what was found to seal with belongs to another address",
    way_open_expired: "open; what was found to seal with is out of date",
    way_open_revoked: "open; its owner has withdrawn what is needed to seal",
    way_open_weak: "open; what was found to seal with is too weak",
    ask_again: "Check again",
    open_sure_what: Counted {
        one: "You are answering a sealed message, but {n} recipient would get it open.",
        other: "You are answering a sealed message, but {n} recipients would get it open.",
    },
    nobody: "To whom is the message? Write an address.",
    not_addresses: |who, count| match count {
        1 => format!("{who} is not an address. Correct it or remove it."),
        _ => format!("{who} are not addresses. Correct them or remove them."),
    },
    unknown_sure: |who, count| match count {
        1 => format!(
            "Whether {who} gets sealed messages could not be found out. Sent now, the message would get there open."
        ),
        _ => format!(
            "Whether {who} get sealed messages could not be found out. Sent now, the message would get there open."
        ),
    },
    send_unsealed: "Send open",
    asking_again: "Asking again…",
    asking_first: "Checking, then sending…",
    left_behind: "This draft was changed, sent or thrown away elsewhere meanwhile. What is written here is a copy of its own: look \
                  into Drafts and Sent before you send it.",
    drop_begins: "Drop here: a new message will carry these files.",
};
