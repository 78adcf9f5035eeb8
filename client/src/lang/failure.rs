//! What did not work, and what to do about it.

use super::Counted;

/// What did not work, and what to do about it.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Failures {
    pub offline: &'static str,
    pub piece_missing: &'static str,

    pub bad_request: &'static str,
    pub not_signed_in: &'static str,
    pub wrong_credentials: &'static str,
    pub wrong_recovery_code: &'static str,
    pub not_confirmed: &'static str,
    pub forbidden: &'static str,
    pub account_disabled: &'static str,
    pub not_found: &'static str,
    pub invitation_gone: &'static str,
    pub address_taken: &'static str,
    pub address_not_here: &'static str,
    pub mailbox_exists: &'static str,
    pub mailbox_not_allowed: &'static str,
    pub too_large: &'static str,
    pub too_many: &'static str,
    pub too_many_attempts: &'static str,
    pub sender_not_allowed: &'static str,
    pub recipient_not_valid: &'static str,
    pub already_sent: &'static str,
    pub disk_full: &'static str,
    pub busy: &'static str,
    pub internal: &'static str,
    pub again_in_seconds: Counted,
    pub again_in_minutes: Counted,
    pub again_in_hours: Counted,

    pub worker_stopped: &'static str,
    pub no_worker: &'static str,
    pub locked: &'static str,
    pub unexpected: &'static str,
    pub passphrase_too_short: fn(usize) -> String,
    pub passphrase_too_long: &'static str,
    pub passphrase_control: &'static str,
    pub recovery_word_count: Counted,
    pub recovery_word: fn(usize) -> String,
    pub recovery_checksum: &'static str,
    pub keys_damaged: &'static str,
    pub tab_key_gone: &'static str,
    pub message_damaged: &'static str,
    pub not_for_us: &'static str,
    pub message_too_large: &'static str,
    pub cannot_seal: fn(&str) -> String,
    pub letter: &'static str,
    pub secret_key: &'static str,
    pub secret_key_enclosed: fn(usize) -> String,
    pub worker_internal: &'static str,
}

pub(super) const FRENCH: Failures = Failures {
    offline: "La boîte ne répond pas. Vérifiez votre connexion ; si elle marche, la boîte est peut-être débranchée.",
    piece_missing: "La suite de la page n’arrive pas : la boîte ne répond pas, ou elle vient d’être mise à jour. Nouvel essai en cours ; si cela dure, rechargez la page.",

    bad_request: "La page et la boîte ne se comprennent pas. Rechargez la page.",
    not_signed_in: "Votre visite est terminée. Redonnez votre phrase secrète pour continuer.",
    wrong_credentials: "L’adresse ou la phrase secrète n’est pas la bonne. Vérifiez les majuscules, les accents et les espaces.",
    wrong_recovery_code: "Ces mots ne sont pas ceux de cette adresse. Vérifiez l’adresse, et que la feuille est la dernière.",
    not_confirmed: "Cela a pris trop de temps, ou la boîte a redémarré entre-temps. Recommencez.",
    forbidden: "Vous n’avez pas le droit de faire cela ici.",
    account_disabled: "Cette adresse a été fermée par la personne qui tient la boîte. Parlez-lui.",
    not_found: "Cela n’est plus là : peut-être effacé ou déplacé depuis un autre appareil.",
    invitation_gone: "Cette invitation a déjà servi ou est périmée. Demandez-en une nouvelle à la personne qui tient la boîte.",
    address_taken: "Quelqu’un a déjà cette adresse. Choisissez-en une autre.",
    address_not_here: "Cette boîte ne peut pas donner cette adresse. Choisissez-en une autre.",
    mailbox_exists: "Un dossier porte déjà ce nom. Choisissez-en un autre.",
    mailbox_not_allowed: "Ce nom n’est pas possible pour un dossier. Choisissez-en un autre.",
    too_large: "C’est trop gros pour la boîte. Retirez une pièce jointe ou envoyez en plusieurs fois.",
    too_many: "Il y en a trop à la fois. Enlevez-en et recommencez.",
    too_many_attempts: "Trop d’essais de suite.",
    sender_not_allowed: "Votre boîte ne peut pas envoyer depuis cette adresse.",
    recipient_not_valid: "L’adresse d’un destinataire n’existe pas. Corrigez-la et renvoyez.",
    already_sent: "Trop tard : la lettre est déjà partie.",
    disk_full: "Le disque de la boîte est plein, rien n’a été enregistré. Videz la corbeille ou parlez à la personne qui tient la boîte.",
    busy: "La boîte est très occupée. Réessayez dans un instant.",
    internal: "Quelque chose d’imprévu s’est passé dans la boîte. Réessayez ; si cela continue, parlez à la personne qui la tient.",
    again_in_seconds: Counted { one: "Réessayez dans {n} seconde.", other: "Réessayez dans {n} secondes." },
    again_in_minutes: Counted { one: "Réessayez dans {n} minute.", other: "Réessayez dans {n} minutes." },
    again_in_hours: Counted { one: "Réessayez dans {n} heure.", other: "Réessayez dans {n} heures." },

    worker_stopped: "Le navigateur a interrompu le travail. Réessayez.",
    no_worker: "Ce qui ouvre les lettres n’a pas démarré. Rechargez la page ; si cela ne suffit pas, mettez votre navigateur à jour.",
    locked: "Votre boîte est refermée. Redonnez votre phrase secrète.",
    unexpected: "La page a changé entre-temps. Rechargez-la.",
    passphrase_too_short: |least| format!("La phrase secrète est trop courte : au moins {least} caractères."),
    passphrase_too_long: "La phrase secrète est trop longue.",
    passphrase_control: "La phrase secrète contient un retour à la ligne ou un caractère invisible. Retapez-la.",
    recovery_word_count: Counted {
        one: "Il y a {n} mot, il en faut douze.",
        other: "Il y a {n} mots, il en faut douze.",
    },
    recovery_word: |place| {
        format!("Le mot numéro {place} n’est pas sur les feuilles de secours. Vérifiez son orthographe.")
    },
    recovery_checksum: "Ces mots ne vont pas ensemble : l’un est faux, ou deux sont échangés.",
    keys_damaged: "Ce que la boîte garde pour ouvrir vos lettres est abîmé. Parlez à la personne qui tient la boîte : une sauvegarde peut le réparer.",
    tab_key_gone: "Cet onglet ne peut plus rouvrir la boîte tout seul. Redonnez votre phrase secrète.",
    message_damaged: "La lettre est abîmée ou incomplète et ne s’ouvre pas. Demandez à l’expéditeur de l’envoyer encore.",
    not_for_us: "La lettre est scellée pour quelqu’un d’autre. Demandez à l’expéditeur de la sceller pour votre adresse.",
    message_too_large: "La lettre, une fois ouverte, est trop grosse pour être montrée ici.",
    cannot_seal: |address| {
        format!(
            "On ne peut plus sceller pour {address} : ce qu’on avait trouvé pour cela ne sert plus. On cherche de nouveau ; regardez son cadenas, puis renvoyez."
        )
    },
    letter: "La lettre ne peut pas être écrite ainsi : vérifiez les adresses et l’objet.",
    secret_key: "La lettre contient une clé secrète. Qui l’a peut lire vos lettres et écrire en votre nom : elle ne doit jamais partir. Retirez-la ; pour qu’on puisse vous écrire sous scellé, il n’y a rien à envoyer.",
    secret_key_enclosed: |number| {
        format!(
            "La pièce jointe numéro {number} contient une clé secrète. Qui l’a peut lire vos lettres et écrire en votre nom : elle ne doit jamais partir. Retirez-la."
        )
    },
    worker_internal: "Quelque chose d’imprévu s’est passé dans la page. Rechargez-la et réessayez.",
};

pub(super) const ENGLISH: Failures = Failures {
    offline: "The box does not answer. Check your connection; if it works, the box may be unplugged.",
    piece_missing: "The rest of the page does not come: the box does not answer, or has just been updated. It is being tried again; if this lasts, reload the page.",

    bad_request: "Page and box do not understand each other. Reload the page.",
    not_signed_in: "Your visit has ended. Give your passphrase again to go on.",
    wrong_credentials: "Address or passphrase is wrong. Check capitals, accents and spaces.",
    wrong_recovery_code: "These words do not belong to this address. Check the address, and that the sheet is the latest.",
    not_confirmed: "That took too long, or the box was restarted meanwhile. Begin again.",
    forbidden: "You are not allowed to do this here.",
    account_disabled: "This address was closed by the person who keeps the box. Talk to them.",
    not_found: "This is no longer there: perhaps deleted or moved from another device.",
    invitation_gone: "This invitation was used already or is out of date. Ask the person who keeps the box for a new one.",
    address_taken: "Somebody has this address already. Choose another.",
    address_not_here: "This box cannot give this address. Choose another.",
    mailbox_exists: "A folder has this name already. Choose another.",
    mailbox_not_allowed: "This name is not possible for a folder. Choose another.",
    too_large: "This is too large for the box. Take out an attachment or send it in several parts.",
    too_many: "There are too many at once. Take some out and try again.",
    too_many_attempts: "Too many tries in a row.",
    sender_not_allowed: "Your mailbox cannot send from this address.",
    recipient_not_valid: "The address of a recipient does not exist. Correct it and send again.",
    already_sent: "Too late: the message has left already.",
    disk_full: "The disk of the box is full, nothing was kept. Empty the bin or talk to the person who keeps the box.",
    busy: "The box is very busy. Try again in a moment.",
    internal: "Something unforeseen happened in the box. Try again; if it goes on, talk to the person who keeps it.",
    again_in_seconds: Counted { one: "Try again in {n} second.", other: "Try again in {n} seconds." },
    again_in_minutes: Counted { one: "Try again in {n} minute.", other: "Try again in {n} minutes." },
    again_in_hours: Counted { one: "Try again in {n} hour.", other: "Try again in {n} hours." },

    worker_stopped: "The browser interrupted the work. Try again.",
    no_worker: "What opens the messages did not start. Reload the page; if that does not help, update your browser.",
    locked: "Your mailbox is closed. Give your passphrase again.",
    unexpected: "The page has changed in the meantime. Reload it.",
    passphrase_too_short: |least| format!("The passphrase is too short: at least {least} characters."),
    passphrase_too_long: "The passphrase is too long.",
    passphrase_control: "The passphrase holds a line end or an invisible character. Type it again.",
    recovery_word_count: Counted {
        one: "There is {n} word; there must be twelve.",
        other: "There are {n} words; there must be twelve.",
    },
    recovery_word: |place| format!("Word number {place} is on no recovery sheet. Check its spelling."),
    recovery_checksum: "These words do not belong together: one is wrong, or two are swapped.",
    keys_damaged: "What the box keeps to open your messages is damaged. Talk to the person who keeps the box: a backup can mend it.",
    tab_key_gone: "This tab can no longer open the mailbox by itself. Give your passphrase again.",
    message_damaged: "The message is damaged or incomplete and does not open. Ask the sender to send it again.",
    not_for_us: "The message is sealed for somebody else. Ask the sender to seal it for your address.",
    message_too_large: "The message, once opened, is too large to be shown here.",
    cannot_seal: |address| {
        format!(
            "It is no longer possible to seal for {address}: what was found for that is of no use any more. It is being looked for again; look at their lock, then send again."
        )
    },
    letter: "The message cannot be written like this: check the addresses and the subject.",
    secret_key: "A secret key is in the message. Whoever has it can read your messages and write in your name: it must never leave. Take it out; for others to write to you sealed there is nothing to send.",
    secret_key_enclosed: |number| {
        format!(
            "A secret key is in attachment number {number}. Whoever has it can read your messages and write in your name: it must never leave. Take it out."
        )
    },
    worker_internal: "Something unforeseen happened in the page. Reload it and try again.",
};
