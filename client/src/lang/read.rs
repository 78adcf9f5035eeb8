//! A letter, open.

use super::Counted;
use super::elision::of;

/// A letter, open.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Read {
    pub nothing: &'static str,
    pub nothing_what: &'static str,
    pub opening: &'static str,
    pub failed: &'static str,
    pub reading_pane: &'static str,

    pub from: &'static str,
    pub to: &'static str,
    pub cc: &'static str,
    pub bcc: &'static str,
    pub reply_to: &'static str,
    pub date: &'static str,
    pub subject: &'static str,
    pub received: &'static str,
    pub to_whom: fn(&str) -> String,
    pub to_whom_more: fn(&str, usize) -> String,
    pub details: &'static str,
    pub write_to: fn(&str) -> String,

    pub sealed_what: &'static str,
    pub arrival_what: &'static str,
    pub inside_what: &'static str,
    pub by_link_what: &'static str,
    pub open_what: &'static str,

    pub really: fn(&str) -> String,
    pub really_what: fn(&str) -> String,
    pub other_address: &'static str,
    pub other_address_what: fn(&str) -> String,
    pub unknown_signer: &'static str,
    pub unknown_signer_what: &'static str,
    pub look_up: &'static str,
    pub look_up_what: fn(&str) -> String,
    pub look_up_asking: &'static str,
    pub look_up_nothing: fn(&str) -> String,
    pub bad_certificate: &'static str,
    pub bad_certificate_what: &'static str,
    pub revoked: &'static str,
    pub revoked_what: &'static str,
    pub for_others: &'static str,
    pub for_others_what: &'static str,
    pub broken: &'static str,
    pub broken_what: &'static str,
    pub unsigned: &'static str,
    pub unsigned_what: &'static str,
    pub posing: &'static str,
    pub posing_what: &'static str,
    pub domain_passed: fn(&str) -> String,
    pub domain_passed_what: fn(&str) -> String,
    pub domain_failed: &'static str,
    pub domain_failed_what: fn(&str) -> String,
    pub mark: fn(&str) -> String,

    pub images_left_out: Counted,
    pub show_text: &'static str,
    pub show_html: &'static str,
    pub frame: &'static str,
    pub empty_text: &'static str,
    pub quoted_show: &'static str,
    pub quoted_hide: &'static str,

    pub link: &'static str,
    pub link_says: fn(&str, &str) -> String,
    pub link_what: &'static str,
    pub link_open: &'static str,
    pub link_leave: &'static str,
    pub links: &'static str,
    pub show_dark: &'static str,
    pub show_light: &'static str,
    pub subject_more: &'static str,
    pub subject_less: &'static str,

    pub problem_no_header: &'static str,
    pub problem_charset: &'static str,
    pub problem_encoding: &'static str,
    pub problem_structure: &'static str,
    pub problem_too_many: &'static str,
    pub problem_repeated: &'static str,
    pub problem_too_long: &'static str,
    pub problem_other_author: &'static str,
    pub problem_outside: &'static str,
    pub problem_sealed_for_others: &'static str,
    pub problem_broken_seal: &'static str,

    pub attachment_unnamed: &'static str,
    pub attachment_report: &'static str,
    pub nothing_what_touch: &'static str,
    pub attachment_download: fn(&str) -> String,
    pub attachment_preview: fn(&str) -> String,
    pub attachment_all: &'static str,
    pub attachments_unnamed: &'static str,
    pub attachments_packing: &'static str,
    pub picture_previous: &'static str,
    pub picture_next: &'static str,
    pub picture_fails: &'static str,

    pub reply: &'static str,
    pub reply_to_name: fn(&str) -> String,
    pub reply_all: &'static str,
    pub reply_all_short: &'static str,
    pub forward: &'static str,
    pub next: &'static str,
    pub previous: &'static str,
    pub print: &'static str,
    pub save_whole: &'static str,
    pub headers: &'static str,
    pub headers_inside: &'static str,
    pub headers_cut: &'static str,
    pub go_on_writing: &'static str,

    pub deliveries: &'static str,
    pub held: &'static str,
    pub waiting: &'static str,
    pub retrying: fn(&str, &str) -> String,
    pub delivered: fn(&str) -> String,
    pub undeliverable: fn(&str) -> String,
    pub went_sealed: &'static str,
    pub went_open: &'static str,
    pub no_such_recipient: &'static str,
    pub no_such_domain: &'static str,
    pub unreachable: &'static str,
    pub try_later: &'static str,
    pub mailbox_full: &'static str,
    pub too_large: &'static str,
    pub refused: &'static str,
    pub gave_up: &'static str,

    pub reply_prefix: &'static str,
    pub forward_prefix: &'static str,
    pub wrote: fn(&str, &str) -> String,
    pub forwarded_line: fn(&str, &str) -> String,
    pub forwarded: &'static str,
}

pub(super) static FRENCH: Read = Read {
    nothing: "Aucune lettre ouverte",
    nothing_what: "Choisissez une lettre dans la liste. Les touches j et k passent de l’une à l’autre ; la \
                   touche « ? » les montre toutes.",
    opening: "Ouverture de la lettre…",
    failed: "Cette lettre ne s’est pas ouverte",
    reading_pane: "Lettre",

    from: "De",
    to: "À",
    cc: "Copie",
    bcc: "Copie cachée",
    reply_to: "Répondre à",
    date: "Écrite le",
    subject: "Objet",
    received: "Reçue le",
    to_whom: |names| format!("à {names}"),
    to_whom_more: |names, more| {
        if more == 1 { format!("à {names} et 1 autre") } else { format!("à {names} et {more} autres") }
    },
    details: "Montrer les adresses et les dates",
    write_to: |name| format!("Écrire à {name}"),

    sealed_what: "L’expéditeur a scellé cette lettre avant de l’envoyer. Personne ne pouvait la lire en route, et la \
                  boîte ne le peut pas non plus : elle vient de s’ouvrir ici, dans votre navigateur.",
    arrival_what: "Cette lettre a voyagé ouverte, comme une carte postale : ceux qui l’ont transportée pouvaient la lire. \
                   Votre boîte l’a scellée dès son arrivée, et n’en garde pas de copie lisible.",
    by_link_what: "Cette lettre répond à celle que vous avez mise derrière un lien. Elle a été scellée pour vous dans le navigateur de qui l’a écrite, et \
                personne ne l’a lue en chemin. Qui a le lien, et ce qui l’ouvre, a pu l’écrire : elle n’est pas signée.",
    inside_what: "Aucun autre serveur n’a transporté cette lettre : quelqu’un de votre boîte l’y a déposée, ou la boîte l’a écrite. \
                  Elle a été scellée dès qu’elle a été rangée, et la boîte n’en garde pas de copie lisible.",
    open_what: "Cette lettre n’est pas scellée : qui a accès au disque de la boîte peut la lire.",

    really: |address| format!("Signée par {address}"),
    really_what: |address| {
        format!("La signature est celle {}. Le texte n’a pas changé depuis qu’il a été écrit.", of(address))
    },
    other_address: "Signée par une autre adresse",
    other_address_what: |addresses| {
        format!(
            "La signature est bonne, mais c’est celle {}, pas celle de l’expéditeur affiché. Si cela vous étonne, \
                 demandez-lui par un autre moyen.",
            of(addresses)
        )
    },
    unknown_signer: "Signature inconnue",
    unknown_signer_what: "La lettre est signée par quelqu’un que votre boîte ne connaît pas encore. On ne peut donc pas \
                          dire si c’est bien son auteur.",
    look_up: "Chercher qui a signé",
    look_up_what: |domain| {
        format!("Votre boîte le demandera à {domain}, qui apprendra ainsi que quelqu’un ici lit cette lettre.")
    },
    look_up_asking: "Votre boîte cherche…",
    look_up_nothing: |domain| format!("Rien de ce que dit {domain} ne permet de savoir qui a signé."),
    bad_certificate: "Signature périmée",
    bad_certificate_what: "Ce qui permettrait de vérifier la signature est périmé, ou trop faible pour s’y fier.",
    revoked: "Clé retirée",
    revoked_what: "La clé qui a signé a été retirée par son propriétaire : quelqu’un d’autre l’a peut-être. Avant de vous fier \
                   à cette lettre, demandez à son auteur, autrement que par lettre, si elle est de lui.",
    for_others: "Écrite à d’autres",
    for_others_what: "La signature est bonne, mais la lettre a été écrite à d’autres que vous : quelqu’un vous l’a fait suivre.",
    broken: "Signature abîmée",
    broken_what: "La signature ne va pas avec ce texte : la lettre a été modifiée en route, ou abîmée. Ne vous y fiez \
                  pas sans avoir demandé à son auteur.",
    unsigned: "Sans signature",
    unsigned_what: "Rien ne prouve qui a écrit cette lettre. C’est le cas de la plupart des lettres ordinaires.",
    posing: "Peut-être une imitation",
    posing_what: "Cette lettre dit venir de votre propre boîte. Elle est arrivée du dehors : quelqu’un se fait peut-être passer \
                  pour l’expéditeur. N’ouvrez ni lien ni pièce jointe sans l’avoir joint autrement.",
    domain_passed: |domain| format!("Vient bien de {domain}"),
    domain_passed_what: |domain| {
        format!("{domain} confirme que cette lettre est bien partie de là. Cela ne dit pas qui l’a écrite.")
    },
    domain_failed: "Expéditeur douteux",
    domain_failed_what: |domain| {
        format!(
            "{domain} dit que cette lettre ne vient pas de là. Quelqu’un se fait peut-être passer \
                 pour l’expéditeur : n’ouvrez ni lien ni pièce jointe sans l’avoir joint autrement."
        )
    },
    mark: |mark| format!("Son empreinte : {mark}"),

    images_left_out: Counted {
        one: "{n} image d’ailleurs n’a pas été chargée : l’expéditeur ne saura pas que vous l’avez lue.",
        other: "{n} images d’ailleurs n’ont pas été chargées : l’expéditeur ne saura pas que vous l’avez lue.",
    },
    show_text: "Montrer le texte seul",
    show_html: "Montrer la mise en page",
    frame: "Contenu de la lettre",
    empty_text: "Cette lettre n’a pas de texte.",
    quoted_show: "Montrer ce qui est cité",
    quoted_hide: "Cacher ce qui est cité",

    link: "Ce lien mène ailleurs",
    link_says: |says, host| format!("Ce lien dit {says}, mais mène à {host}."),
    link_what: "C’est ainsi qu’on vole des mots de passe. Beaucoup de lettres d’information le font aussi, pour compter \
                leurs lecteurs. Dans le doute, écrivez vous-même l’adresse dans le navigateur.",
    link_open: "Ouvrir",
    link_leave: "Ne pas ouvrir",
    links: "Des liens mènent ailleurs qu’ils ne disent. Ouvrez-les d’ici :",
    show_dark: "Montrer sur fond sombre",
    show_light: "Montrer sur fond clair",
    subject_more: "Tout l’objet",
    subject_less: "Moins",

    problem_no_header: "Cette lettre est arrivée sans en-tête complet : expéditeur, objet ou date peuvent manquer.",
    problem_charset: "Une partie utilise une écriture inconnue : des caractères peuvent être faux.",
    problem_encoding: "Une partie est arrivée abîmée : il peut en manquer des morceaux.",
    problem_structure: "Cette lettre est mal assemblée : il peut manquer quelque chose.",
    problem_too_many: "Cette lettre contient plus de parties qu’on ne peut en montrer.",
    problem_repeated: "Une ligne de l’en-tête y est deux fois, ce qui peut servir à tromper ; la première est montrée.",
    problem_too_long: "Cette lettre est si longue que seul son début est montré.",
    problem_other_author: "L’auteur nommé à l’intérieur du scellé n’est pas celui de l’enveloppe ; seul celui de l’enveloppe a pu être vérifié.",
    problem_outside: "Cette lettre était entourée d’autres contenus, ni scellés ni signés, qui ne sont pas montrés.",
    problem_sealed_for_others: "Son expéditeur l’a scellée pour quelqu’un d’autre : elle ne s’ouvre pas ici.",
    problem_broken_seal: "Son expéditeur l’avait scellée, mais elle est arrivée abîmée et ne s’ouvre plus. Demandez-lui de la renvoyer.",

    attachment_unnamed: "sans nom",
    attachment_report: "Détails techniques.txt",
    nothing_what_touch: "Choisissez une lettre dans la liste.",
    attachment_download: |name| format!("Télécharger {name}"),
    attachment_preview: |name| format!("Voir {name}"),
    attachment_all: "Tout télécharger",
    attachments_unnamed: "Pièces jointes",
    attachments_packing: "Les pièces jointes sont réunies…",
    picture_previous: "Image précédente",
    picture_next: "Image suivante",
    picture_fails: "Cette image ne peut pas être montrée ici. Téléchargez-la pour l’ouvrir avec un autre programme.",

    reply: "Répondre",
    reply_to_name: |names| format!("Répondre à {names}"),
    reply_all: "Répondre à tous",
    reply_all_short: "À tous",
    forward: "Transférer",
    next: "Lettre suivante",
    previous: "Lettre précédente",
    print: "Imprimer la lettre",
    save_whole: "Enregistrer en fichier (.eml)",
    headers: "Tous les en-têtes",
    headers_inside: "À l’intérieur du sceau",
    headers_cut: "La suite n’est pas montrée.",
    go_on_writing: "Reprendre l’écriture",

    deliveries: "Ce qu’elle est devenue",
    held: "retenue, vous pouvez encore l’annuler",
    waiting: "en route",
    retrying: |why, when| format!("{why} ; nouvel essai {when}"),
    delivered: |when| format!("arrivée {when}"),
    undeliverable: |why| format!("n’arrivera pas : {why}"),
    went_sealed: "scellée",
    went_open: "ouverte",
    no_such_recipient: "personne n’a cette adresse là-bas",
    no_such_domain: "ce qui suit le @ n’existe pas, ou ne reçoit pas de courrier",
    unreachable: "l’autre côté ne répond pas",
    try_later: "l’autre côté demande d’attendre",
    mailbox_full: "sa boîte est pleine",
    too_large: "la lettre est trop grosse pour l’autre côté",
    refused: "l’autre côté refuse cette lettre",
    gave_up: "l’autre côté est resté injoignable trop longtemps",

    reply_prefix: "Re: ",
    forward_prefix: "Tr: ",
    wrote: |when, who| format!("Le {when}, {who} a écrit :"),
    forwarded_line: |name, value| format!("{name} : {value}"),
    forwarded: "---------- Lettre transférée ----------",
};

pub(super) static ENGLISH: Read = Read {
    nothing: "No message open",
    nothing_what: "Choose a message in the list. The keys j and k go from one to the next; the key “?” shows all of them.",
    opening: "Opening the message…",
    failed: "This message did not open",
    reading_pane: "Message",

    from: "From",
    to: "To",
    cc: "Cc",
    bcc: "Bcc",
    reply_to: "Reply-To",
    date: "Date",
    subject: "Subject",
    received: "Received",
    to_whom: |names| format!("to {names}"),
    to_whom_more: |names, more| {
        if more == 1 { format!("to {names} and 1 other") } else { format!("to {names} and {more} others") }
    },
    details: "Show addresses and dates",
    write_to: |name| format!("Write to {name}"),

    sealed_what: "The sender sealed this message before sending it. Nobody could read it on the way, and the box \
                  cannot either: it was opened here, in your browser.",
    arrival_what: "This message travelled open, like a postcard: those who carried it could read it. Your box sealed it \
                   when it arrived and keeps no readable copy.",
    by_link_what: "This message answers the one that you put behind a link. It was sealed for you in its writer’s browser, and nobody read it on \
                its way. Whoever has the link, and what opens it, can have written it: it is not signed.",
    inside_what: "No other server carried this message: somebody of your box handed it in, or the box wrote it. It was \
                  sealed when it was filed, and the box keeps no readable copy.",
    open_what: "This message is not sealed: whoever gets at the disk of the box can read it.",

    really: |address| format!("Signed by {address}"),
    really_what: |address| {
        format!("The signature is that of {address}. The text has not changed since it was written.")
    },
    other_address: "Signed by another address",
    other_address_what: |addresses| {
        format!(
            "The signature is good, but it is that of {addresses}, not of the sender shown. If that surprises you, \
                 ask them in some other way."
        )
    },
    unknown_signer: "Unknown signature",
    unknown_signer_what: "The message is signed by somebody your box does not know yet, so nobody can say whether it is \
                          really its author.",
    look_up: "Look up who signed",
    look_up_what: |domain| {
        format!("Your box will ask {domain}, which thereby learns that somebody here is reading this message.")
    },
    look_up_asking: "Your box is looking…",
    look_up_nothing: |domain| format!("Nothing that {domain} says tells who has signed."),
    bad_certificate: "Signature out of date",
    bad_certificate_what: "What would let us check the signature is out of date, or too weak to be trusted.",
    revoked: "Key withdrawn",
    revoked_what: "The key that signed was withdrawn by its owner: somebody else may have it. Before you rely on this message, \
                   ask its author, in another way than by mail, whether they wrote it.",
    for_others: "Written to others",
    for_others_what: "The signature is good, but the message was written to others than you: somebody passed it on.",
    broken: "Broken signature",
    broken_what: "The signature does not belong to this text: the message was changed on the way, or damaged. Do not \
                  rely on it without asking its author.",
    unsigned: "Not signed",
    unsigned_what: "Nothing proves who wrote this message. That is so for most ordinary mail.",
    posing: "Perhaps an imitation",
    posing_what: "This message says it is from your own box. It came from outside: somebody may be pretending. Open no link or \
                  attachment before you have reached the sender in some other way.",
    domain_passed: |domain| format!("Really from {domain}"),
    domain_passed_what: |domain| {
        format!("{domain} confirms that this message left from there. That does not say who wrote it.")
    },
    domain_failed: "Doubtful sender",
    domain_failed_what: |domain| {
        format!(
            "{domain} says that this message does not come from there. Somebody may be pretending to be \
                 the sender: open no link or attachment before you have reached them in some other way."
        )
    },
    mark: |mark| format!("Its fingerprint: {mark}"),

    images_left_out: Counted {
        one: "{n} image from elsewhere was not loaded: the sender will not learn that you have read this.",
        other: "{n} images from elsewhere were not loaded: the sender will not learn that you have read this.",
    },
    show_text: "Show the text only",
    show_html: "Show the layout",
    frame: "Content of the message",
    empty_text: "This message has no text.",
    quoted_show: "Show what is quoted",
    quoted_hide: "Hide what is quoted",

    link: "This link goes elsewhere",
    link_says: |says, host| format!("This link says {says} but goes to {host}."),
    link_what: "Passwords are stolen in this way. Many newsletters do it too, to count their readers. If in doubt, type \
                the address into the browser yourself.",
    link_open: "Open",
    link_leave: "Do not open",
    links: "Some links go elsewhere than they say. Open them from here:",
    show_dark: "Show in dark",
    show_light: "Show in light",
    subject_more: "Whole subject",
    subject_less: "Less",

    problem_no_header: "This message came without a complete header: sender, subject or date may be missing.",
    problem_charset: "A part is in an unknown script: some characters may be wrong.",
    problem_encoding: "A part arrived damaged: pieces of it may be missing.",
    problem_structure: "This message is badly put together: something may be missing.",
    problem_too_many: "This message has more parts than can be shown.",
    problem_repeated: "A line of its header is there twice, which can be used to deceive; the first is shown.",
    problem_too_long: "This message is so long that only its beginning is shown.",
    problem_other_author: "The author named inside the seal is not the one on the envelope; only the one on the envelope could be checked.",
    problem_outside: "There was something else around it, neither sealed nor signed, that is not shown with it.",
    problem_sealed_for_others: "Its sender sealed it for somebody else: it does not open here.",
    problem_broken_seal: "Its sender had sealed it, but it arrived damaged and does not open any more. Ask for it again.",

    attachment_unnamed: "without a name",
    attachment_report: "Technical details.txt",
    nothing_what_touch: "Choose a message in the list.",
    attachment_download: |name| format!("Download {name}"),
    attachment_preview: |name| format!("View {name}"),
    attachment_all: "Download all as one ZIP file",
    attachments_unnamed: "Attachments",
    attachments_packing: "Putting the attachments together…",
    picture_previous: "Previous picture",
    picture_next: "Next picture",
    picture_fails: "This picture cannot be shown here. Download it to open it with another program.",

    reply: "Reply",
    reply_to_name: |names| format!("Reply to {names}"),
    reply_all: "Reply to all",
    reply_all_short: "To all",
    forward: "Forward",
    next: "Next message",
    previous: "Previous message",
    print: "Print the message",
    save_whole: "Save as a file (.eml)",
    headers: "All headers",
    headers_inside: "Inside the seal",
    headers_cut: "The rest is not shown.",
    go_on_writing: "Go on writing",

    deliveries: "What became of it",
    held: "held back, you can still undo it",
    waiting: "on its way",
    retrying: |why, when| format!("{why}; next try {when}"),
    delivered: |when| format!("arrived {when}"),
    undeliverable: |why| format!("will not arrive: {why}"),
    went_sealed: "sealed",
    went_open: "open",
    no_such_recipient: "nobody has this address there",
    no_such_domain: "what follows the @ does not exist, or takes no mail",
    unreachable: "the other side does not answer",
    try_later: "the other side asks to wait",
    mailbox_full: "their mailbox is full",
    too_large: "the message is too large for the other side",
    refused: "the other side refuses this message",
    gave_up: "the other side could not be reached for too long",

    reply_prefix: "Re: ",
    forward_prefix: "Fwd: ",
    wrote: |when, who| format!("On {when}, {who} wrote:"),
    forwarded_line: |name, value| format!("{name}: {value}"),
    forwarded: "---------- Forwarded message ----------",
};
