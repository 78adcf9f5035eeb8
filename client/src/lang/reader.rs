//! The words of the reader's page, which opens letters behind links for people without an account.

use shared::api::account::Language;

use super::elision;

/// The words of the reader's page.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Reader {
    pub title: &'static str,
    pub one_moment: &'static str,
    pub wrote: fn(&str) -> String,
    pub until: fn(&str) -> String,
    pub what: &'static str,
    pub footer: &'static str,
    pub once: &'static str,
    pub times: fn(u32) -> String,
    pub here_only: &'static str,
    pub open: &'static str,
    pub answer: &'static str,
    pub answer_hint: &'static str,
    pub code: fn(&str) -> String,
    pub code_label: &'static str,
    pub retry: &'static str,
    pub words_title: &'static str,
    pub words_whole: &'static str,
    pub words_cut: &'static str,
    pub words_label: &'static str,
    pub words_count: fn(usize) -> String,
    pub words_unknown: fn(usize) -> String,
    pub words_checksum: &'static str,
    pub words_other: &'static str,
    pub gone_title: &'static str,
    pub gone: &'static str,
    pub wrong_answer: &'static str,
    pub wrong_code: &'static str,
    pub no_code: &'static str,
    pub no_answer: &'static str,
    pub closed: &'static str,
    pub elsewhere: &'static str,
    pub wait: fn(u32) -> String,
    pub offline: &'static str,
    pub damaged: &'static str,
    pub newer: &'static str,
    pub no_memory: &'static str,
    pub no_subject: &'static str,
    pub to: fn(&str) -> String,
    pub files: &'static str,
    pub save: fn(&str) -> String,
    pub save_short: &'static str,
    pub saving: fn(usize) -> String,
    pub look: &'static str,
    pub look_at: fn(&str) -> String,
    pub look_no_more: &'static str,
    pub no_picture: &'static str,
    pub stop: &'static str,
    pub stop_saving: fn(&str) -> String,
    pub stopped: &'static str,
    pub broken_off: &'static str,
    pub go_on: &'static str,
    pub go_on_saving: fn(&str) -> String,
    pub saved: &'static str,
    pub print: &'static str,
    pub keep: fn(&str) -> String,
    pub keep_now: &'static str,
    pub frame: &'static str,
    pub reply: &'static str,
    pub reply_label: fn(&str) -> String,
    pub reply_what: fn(&str, &str) -> String,
    pub attach: &'static str,
    pub remove: fn(&str) -> String,
    pub send: &'static str,
    pub sealing: &'static str,
    pub sending: fn(usize) -> String,
    pub replied: fn(&str) -> String,
    pub reply_arrived: &'static str,
    pub reply_cut: &'static str,
    pub earlier: fn(&str) -> String,
    pub later: fn(&str, &str) -> String,
    pub reply_empty: &'static str,
    pub reply_offline: &'static str,
    pub reply_gone: &'static str,
    pub reply_perhaps: &'static str,
    pub reply_refused: &'static str,
    pub reply_wait: fn(u32) -> String,
    pub reply_too_large: fn(&str) -> String,
    pub reply_unsealable: &'static str,
    pub unreadable: fn(&str) -> String,
    pub key_title: &'static str,
    pub key_what: fn(&str) -> String,
    pub key_begin: &'static str,
    pub sealed_here: &'static str,
    pub report: &'static str,
    pub report_label: &'static str,
    pub report_what: &'static str,
    pub report_send: &'static str,
    pub reported: &'static str,
}

/// The words of a language.
#[must_use]
pub fn words(language: Language) -> &'static Reader {
    match language {
        Language::Fr => &FRENCH,
        Language::En => &ENGLISH,
    }
}

static FRENCH: Reader = Reader {
    title: "Une lettre pour vous",
    one_moment: "Un instant…",
    wrote: |name| format!("{name} vous a écrit une lettre"),
    until: |day| format!("Elle se lit jusqu’au {day}."),
    what: "Elle s’ouvre dans votre navigateur ; personne ne la lit en chemin.",
    footer: "Cette page ne demande ni compte, ni mot de passe. Si vous ne connaissez pas l’expéditeur, n’ouvrez pas.",
    once: "Elle ne s’ouvre qu’une fois : gardez la page ouverte jusqu’à ce que vous ayez tout lu et enregistré.",
    times: |times| format!("Elle s’ouvre encore {times} fois."),
    here_only: "Une fois ouverte ici, elle ne s’ouvre plus dans un autre navigateur.",
    open: "Ouvrir la lettre",
    answer: "Votre réponse",
    answer_hint: "Majuscules, accents et espaces ne comptent pas.",
    code: |name| format!("{name} vous donne le code à six chiffres qu’il faut pour l’ouvrir."),
    code_label: "Code",
    retry: "Réessayer",
    words_title: "Tapez les douze mots de la lettre",
    words_whole: "Ils sont dans le courrier qui vous l’annonce.",
    words_cut: "Le lien est arrivé abîmé : il en manque la fin. Les douze mots du courrier qui l’accompagne ouvrent la lettre aussi.",
    words_label: "Les douze mots",
    words_count: |count| format!("Il faut douze mots, il y en a {count}."),
    words_unknown: |place| format!("Le mot numéro {place} n’est pas le bon : vérifiez-le."),
    words_checksum: "Ces mots ne vont pas ensemble : l’un est faux, ou deux sont inversés.",
    words_other: "Ces mots ouvrent une autre lettre que celle de ce lien.",
    gone_title: "Cette lettre n’est pas là",
    gone: "Le lien n’existe pas, ou plus : son temps est passé, ou l’expéditeur l’a repris. Demandez-lui de l’envoyer à nouveau.",
    wrong_answer: "Ce n’est pas la bonne réponse. Essayez de l’écrire autrement.",
    wrong_code: "Ce n’est pas le bon code. Vérifiez les six chiffres, et demandez-les de nouveau s’il le faut.",
    no_code: "Il faut le code à six chiffres.",
    no_answer: "Il faut une réponse.",
    closed: "Il y a eu trop de mauvaises réponses. Seul l’expéditeur peut rouvrir ce lien : demandez-le-lui.",
    elsewhere: "Cette lettre ne se lit que dans le navigateur qui l’a ouverte en premier.",
    wait: |seconds| match seconds.div_ceil(60) {
        0 | 1 => "Trop d’essais. Attendez une minute et recommencez.".into(),
        minutes => format!("Trop d’essais. Attendez {minutes} minutes et recommencez."),
    },
    offline: "La boîte ne répond pas. Vérifiez la connexion et réessayez.",
    damaged: "La lettre est abîmée et ne s’ouvre pas. Demandez à l’expéditeur de l’envoyer à nouveau.",
    newer: "Cette page est trop ancienne pour cette lettre. Rechargez-la.",
    no_memory: "Il n’y a pas assez de mémoire. Fermez d’autres onglets et réessayez.",
    no_subject: "Sans objet",
    to: |people| format!("à {people}"),
    files: "Pièces jointes",
    save: |name| format!("Enregistrer {name}"),
    save_short: "Enregistrer",
    saving: |percent| format!("{percent} %"),
    look: "Voir",
    look_at: |name| format!("Voir {name}"),
    look_no_more: "Cacher",
    no_picture: "Cette image ne se montre pas ici. Enregistrez-la pour l’ouvrir.",
    stop: "Arrêter",
    stop_saving: |name| format!("Arrêter d’enregistrer {name}"),
    stopped: "Arrêté ; ce qui est arrivé est gardé.",
    broken_off: "Le navigateur a cessé de l’enregistrer. Ce qu’il en a n’est pas complet : supprimez-le, et recommencez.",
    go_on: "Reprendre",
    go_on_saving: |name| format!("Reprendre l’enregistrement de {name}"),
    saved: "Enregistré",
    print: "Imprimer",
    keep: |day| {
        format!(
            "Elle se lit ici jusqu’au {day}. Ensuite elle est effacée : enregistrez ou imprimez ce que vous voulez garder."
        )
    },
    keep_now: "Elle ne s’ouvrira plus : enregistrez ou imprimez ce que vous voulez garder avant de fermer cette page.",
    frame: "La lettre",
    reply: "Répondre",
    reply_label: |name| format!("Votre réponse à {name}"),
    reply_what: |name, most| {
        format!(
            "Elle est scellée dans votre navigateur : {name} la lit, et personne en chemin. {most} au plus, pièces jointes comprises."
        )
    },
    attach: "Joindre un fichier",
    remove: |name| format!("Retirer {name}"),
    send: "Envoyer",
    sealing: "Mise sous scellé…",
    sending: |percent| format!("Envoi : {percent} %"),
    replied: |time| format!("Votre réponse, {time}"),
    reply_arrived: "Votre réponse est arrivée.",
    reply_cut: "La suite n’est pas gardée ici.",
    earlier: |name| format!("Lettres précédentes {}", elision::of(name)),
    later: |name, day| {
        format!(
            "{name} vous a réécrit depuis, {day}. Cette lettre-là a son propre lien, dans le courrier qui l’annonce."
        )
    },
    reply_empty: "Écrivez quelque chose, ou joignez un fichier.",
    reply_offline: "La boîte ne répond pas. Ce que vous avez écrit reste ici : vérifiez la connexion et envoyez de nouveau, elle n’arrivera qu’une fois.",
    reply_gone: "On ne peut plus répondre par ce lien : son temps est passé, ou l’expéditeur l’a repris. Copiez ce que vous avez écrit, si vous voulez le garder.",
    reply_perhaps: "On ne peut plus répondre par ce lien : son temps est passé, ou l’expéditeur l’a repris. On ne sait pas si votre réponse était arrivée avant. Copiez ce que vous avez écrit, si vous voulez le garder.",
    reply_refused: "On ne peut pas, ou plus, répondre par ce lien. Copiez ce que vous avez écrit, si vous voulez le garder.",
    reply_wait: |seconds| {
        match seconds.div_ceil(60) {
        0 | 1 => "Il y a eu beaucoup de réponses en peu de temps. Ce que vous avez écrit reste ici : attendez une minute et envoyez de nouveau.".into(),
        minutes => format!("Il y a eu beaucoup de réponses en peu de temps. Ce que vous avez écrit reste ici : attendez {minutes} minutes et envoyez de nouveau."),
    }
    },
    reply_too_large: |most| {
        format!(
            "C’est trop grand : une réponse fait {most} au plus, pièces jointes comprises, et a cent pièces jointes au plus."
        )
    },
    reply_unsealable: "Votre réponse ne peut pas être scellée pour son destinataire. Ce que vous avez écrit reste ici ; écrivez-lui d’une autre façon.",
    key_title: "La prochaine fois, sans lien",
    key_what: |name| {
        format!(
            "Si vous avez une clé, {name} peut vous écrire par courrier ordinaire, scellé pour vous : sans lien, ni date limite."
        )
    },
    key_begin: "Voir comment",
    sealed_here: "Ouvrir une lettre scellée pour ma clé",
    report: "Signaler un abus",
    report_label: "Qu’est-ce qui ne va pas ?",
    report_what: "La personne qui tient cette boîte le lira. Elle ne peut pas lire la lettre, et ne saura pas qui vous êtes, si vous ne l’écrivez pas.",
    report_send: "Signaler",
    reported: "C’est signalé. Merci.",
    unreadable: |name| format!("« {name} » ne se lit pas. Retirez ce fichier, et choisissez-le de nouveau."),
};

static ENGLISH: Reader = Reader {
    title: "A letter for you",
    one_moment: "One moment…",
    wrote: |name| format!("{name} has written you a letter"),
    until: |day| format!("It can be read until {day}."),
    what: "It opens in your browser; nobody reads it on its way.",
    footer: "This page asks for no account and no password. If you do not know the sender, do not open it.",
    once: "It opens once only: keep the page open until you have read and saved everything.",
    times: |times| format!("It can be opened {times} more times."),
    here_only: "Once it is open here, it opens in no other browser.",
    open: "Open the letter",
    answer: "Your answer",
    answer_hint: "Capitals, accents and spaces do not count.",
    code: |name| format!("{name} gives you the six digits that open it."),
    code_label: "Code",
    retry: "Try again",
    words_title: "Type the letter’s twelve words",
    words_whole: "They stand in the mail that announces it.",
    words_cut: "The link arrived damaged: its end is missing. The twelve words in the mail that came with it open the letter too.",
    words_label: "The twelve words",
    words_count: |count| format!("Twelve words are needed, there are {count}."),
    words_unknown: |place| format!("Word number {place} is not the right one: please check it."),
    words_checksum: "These words do not belong together: one is wrong, or two are exchanged.",
    words_other: "These words open another letter than this link’s.",
    gone_title: "This letter is not here",
    gone: "There is no such link, or not any more: its time is over, or its sender took it back. Ask them to send it again.",
    wrong_answer: "This is not the right answer. Try to write it otherwise.",
    wrong_code: "This is not the right code. Check the six digits, and ask for them again if need be.",
    no_code: "The six digits are needed.",
    no_answer: "An answer is needed.",
    closed: "There were too many wrong answers. Only the sender can open this link again: please ask them.",
    elsewhere: "This letter can only be read in the browser that opened it first.",
    wait: |seconds| match seconds.div_ceil(60) {
        0 | 1 => "Too many tries. Wait a minute and try again.".into(),
        minutes => format!("Too many tries. Wait {minutes} minutes and try again."),
    },
    offline: "The box does not answer. Check the connection and try again.",
    damaged: "The letter is damaged and does not open. Ask its sender to send it again.",
    newer: "This page is too old for this letter. Load it again.",
    no_memory: "There is not enough memory. Close other tabs and try again.",
    no_subject: "No subject",
    to: |people| format!("to {people}"),
    files: "Attachments",
    save: |name| format!("Save {name}"),
    save_short: "Save",
    saving: |percent| format!("{percent}%"),
    look: "View",
    look_at: |name| format!("View {name}"),
    look_no_more: "Hide",
    no_picture: "This picture cannot be shown here. Save it to open it.",
    stop: "Stop",
    stop_saving: |name| format!("Stop saving {name}"),
    stopped: "Stopped; what has come is kept.",
    broken_off: "The browser has stopped saving it. What it has of it is not whole: delete that, and begin again.",
    go_on: "Go on",
    go_on_saving: |name| format!("Go on saving {name}"),
    saved: "Saved",
    print: "Print",
    keep: |day| format!("It can be read here until {day}. Then it is erased: save or print what you want to keep."),
    keep_now: "It will not open again: save or print what you want to keep before you close this page.",
    frame: "The letter",
    reply: "Reply",
    reply_label: |name| format!("Your reply to {name}"),
    reply_what: |name, most| {
        format!(
            "It is sealed in your browser: {name} reads it, and nobody on the way. {most} at most, attachments included."
        )
    },
    attach: "Attach a file",
    remove: |name| format!("Remove {name}"),
    send: "Send",
    sealing: "Sealing…",
    sending: |percent| format!("Sending: {percent}%"),
    replied: |time| format!("Your reply, {time}"),
    reply_arrived: "Your reply has arrived.",
    reply_cut: "The rest of it is not kept here.",
    earlier: |name| format!("Earlier letters from {name}"),
    later: |name, day| {
        format!(
            "{name} has written to you since, {day}. That letter has a link of its own, in the mail that brought it."
        )
    },
    reply_empty: "Write something, or attach a file.",
    reply_offline: "The box does not answer. What you wrote stays here: check the connection and send again, it will arrive only once.",
    reply_gone: "This link takes no replies any more: its time is over, or its sender took it back. Copy what you wrote, if you want to keep it.",
    reply_perhaps: "This link takes no replies any more: its time is over, or its sender took it back. Whether your reply had arrived before is not known. Copy what you wrote, if you want to keep it.",
    reply_refused: "This link takes no replies, or no more. Copy what you wrote, if you want to keep it.",
    reply_wait: |seconds| match seconds.div_ceil(60) {
        0 | 1 => {
            "There were many replies in a short time. What you wrote stays here: wait a minute and send again.".into()
        }
        minutes => format!(
            "There were many replies in a short time. What you wrote stays here: wait {minutes} minutes and send again."
        ),
    },
    reply_too_large: |most| {
        format!(
            "This is too large: a reply has {most} at most, attachments included, and a hundred attachments at most."
        )
    },
    reply_unsealable: "Your reply cannot be sealed for its recipient. What you wrote stays here; write to them another way.",
    key_title: "Next time without a link",
    key_what: |name| {
        format!(
            "If you have a key, {name} can write to you by ordinary mail, sealed for you: without a link or a last day."
        )
    },
    key_begin: "See how",
    sealed_here: "Open a letter that is sealed for my key",
    report: "Report abuse",
    report_label: "What is wrong?",
    report_what: "The person who runs this box will read it. They cannot read the letter, and will not know who you are unless you write it.",
    report_send: "Report",
    reported: "It has been reported. Thank you.",
    unreadable: |name| format!("“{name}” cannot be read. Remove this file, and choose it again."),
};
