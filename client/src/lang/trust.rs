//! Whose key is it: what is known of people's keys, comparing them, and what to do when one changes.

/// Whose key is it.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Trust {
    pub title: fn(&str) -> String,
    pub check: &'static str,
    pub compare_what: fn(&str) -> String,
    pub words_label: &'static str,
    pub in_french: &'static str,
    pub in_english: &'static str,
    pub same: &'static str,
    pub differ: &'static str,
    pub same_done: fn(&str) -> String,
    pub differ_done: fn(&str) -> String,
    pub other_program: &'static str,
    pub other_program_what: fn(&str) -> String,
    pub their_mark: fn(&str, &str) -> String,
    pub own_mark: fn(&str) -> String,
    pub code_label: &'static str,
    pub known: fn(&str, &str) -> String,
    pub by_here: &'static str,
    pub by_directory: &'static str,
    pub by_link: &'static str,
    pub by_autocrypt: &'static str,
    pub by_attached: &'static str,
    pub by_server: &'static str,
    pub checked: fn(&str) -> String,
    pub differed: fn(&str) -> String,
    pub unchecked: &'static str,
    pub today: &'static str,
    pub yesterday: &'static str,
    pub on_date: fn(&str) -> String,
    pub signed_unchecked: &'static str,
    pub signed_unchecked_what: fn(&str) -> String,
    pub signed_server_what: fn(&str) -> String,
    pub signed_other: &'static str,
    pub signed_other_what: fn(&str, &str) -> String,
    pub new_key: fn(&str, &str) -> String,
    pub new_directory: &'static str,
    pub new_letter: &'static str,
    pub new_server: &'static str,
    pub held_other: fn(&str, &str) -> String,
    pub held_differs: fn(&str) -> String,
    pub other_seen: fn(&str, &str) -> String,
    pub other_on_server: fn(&str, &str) -> String,
    pub compare: fn(&str) -> String,
    pub use_new: &'static str,
    pub keep_old: &'static str,
    pub use_server: &'static str,
    pub keep_known: &'static str,
    pub use_anyway: &'static str,
    pub decide_first: fn(&str) -> String,
    pub lock_held: &'static str,
    pub lock_held_what: &'static str,
    pub way_held: &'static str,
    pub way_sealed_letter: &'static str,
    pub way_sealed_server: &'static str,
    pub way_sealed_checked: &'static str,
    pub way_given_up: &'static str,
    pub look_up_server: fn(&str) -> String,
    pub servers: &'static str,
    pub servers_what: fn(&str) -> String,
    pub servers_learn: fn(&str) -> String,
    pub servers_worth: &'static str,
    pub servers_choice: &'static str,
    pub servers_ask: &'static str,
    pub servers_do_not: &'static str,
}

pub(super) const FRENCH: Trust = Trust {
    title: |one| format!("Vérifier la clé de {one}"),
    check: "Vérifier sa clé",
    compare_what: |one| {
        format!(
            "Appelez {one}, ou voyez-vous. Chacun ouvre la page de l’autre dans sa boîte, et vous lisez ces douze mots à voix haute. S’ils sont les mêmes, personne n’est entre vous deux."
        )
    },
    words_label: "Les douze mots à comparer",
    in_french: "En français",
    in_english: "En anglais",
    same: "Ce sont les mêmes",
    differ: "Ils sont différents",
    same_done: |one| {
        format!(
            "C’est noté : la clé de {one} est vérifiée. Si elle change un jour, rien ne sera scellé avant que vous ayez décidé."
        )
    },
    differ_done: |one| {
        format!(
            "C’est noté : on ne scelle plus rien avec cette clé. Quelqu’un s’est peut-être mis entre vous et {one}, ou l’un de vous regarde une ancienne clé. N’envoyez rien d’important avant d’en avoir parlé."
        )
    },
    other_program: "Si l’autre n’a pas cette messagerie",
    other_program_what: |one| {
        format!(
            "Comparez ces deux empreintes avec ce que le programme de {one} affiche, ou faites-lui photographier ce code."
        )
    },
    their_mark: |one, two| format!("Celle de {one} : {two}"),
    own_mark: |one| format!("La vôtre : {one}"),
    code_label: "Code de votre clé, à photographier",
    known: |one, two| format!("Clé connue depuis {one}, {two}."),
    by_here: "cette personne est sur votre boîte",
    by_directory: "donnée par la boîte de cette personne",
    by_link: "envoyée à travers un lien",
    by_autocrypt: "venue avec une lettre",
    by_attached: "jointe à une lettre",
    by_server: "donnée par un serveur de clés",
    checked: |one| format!("Vous l’avez vérifiée : {one}."),
    differed: |one| format!("Vous l’avez comparée et elle était différente : {one}."),
    unchecked: "Personne ne l’a vérifiée avec vous.",
    today: "aujourd’hui",
    yesterday: "hier",
    on_date: |one| format!("le {one}"),
    signed_unchecked: "Signée, clé pas vérifiée",
    signed_unchecked_what: |one| {
        format!(
            "La signature va avec la clé qui est venue avec les lettres de {one}. Cela dit que la même personne écrit, pas qui elle est."
        )
    },
    signed_server_what: |one| {
        format!(
            "La signature va avec la clé qu’un serveur de clés donne pour {one}. Il sait que son propriétaire a pu lire le courrier de cette adresse, pas qui il est."
        )
    },
    signed_other: "Signée avec une autre clé",
    signed_other_what: |one, two| {
        format!(
            "La signature est bonne, mais faite avec une autre clé que celle de {one} que vous connaissez depuis {two}. Demandez-lui si c’est bien la sienne."
        )
    },
    new_key: |one, two| format!("{one} a une nouvelle clé depuis {two}."),
    new_directory: "Vos lettres partent avec elle : c’est celle que la boîte de cette personne donne maintenant.",
    new_letter: "Elle est venue avec une lettre, et vos lettres partent avec elle.",
    new_server: "Vos lettres partent avec elle : c’est celle que le serveur de clés donne maintenant.",
    held_other: |one, two| {
        format!(
            "{one} a une nouvelle clé depuis {two}, et vous aviez vérifié la précédente. Rien ne part avant que vous ayez décidé."
        )
    },
    held_differs: |one| {
        format!("Vous avez comparé la clé de {one} et elle était différente. Rien ne part avant que vous ayez décidé.")
    },
    other_seen: |one, two| {
        format!(
            "Une lettre au nom de {one} a apporté une autre clé ({two}). Vos lettres partent toujours avec celle d’avant."
        )
    },
    other_on_server: |one, two| {
        format!(
            "Un serveur de clés donne une autre clé pour {one} ({two}). Vos lettres partent toujours avec celle que vous connaissez."
        )
    },
    compare: |one| format!("Comparer avec {one}"),
    use_new: "Prendre la nouvelle",
    keep_old: "Garder l’ancienne",
    use_server: "Prendre celle du serveur",
    keep_known: "Garder celle que je connais",
    use_anyway: "La prendre quand même",
    decide_first: |one| format!("Décidez d’abord de la clé de {one}."),
    lock_held: "Clé changée",
    lock_held_what: "La clé de quelqu’un n’est plus celle que vous aviez vérifiée. La lettre attend votre décision.",
    way_held: "en attente ; sa clé a changé, c’est à vous de décider",
    way_sealed_letter: "scellée, avec la clé venue avec une lettre",
    way_sealed_server: "scellée, avec la clé qu’un serveur de clés donne",
    way_sealed_checked: "scellée, avec la clé que vous avez vérifiée",
    way_given_up: "ouverte ; écrit depuis longtemps sans sa clé, et ne pourrait sans doute plus la lire",
    look_up_server: |one| format!("Si rien n’en vient, elle le demandera à {one}, qui l’apprendra aussi."),
    servers: "Les clés des autres",
    servers_what: |one| {
        format!(
            "Pour sceller une lettre, votre boîte cherche la clé de la personne à qui vous écrivez. Quand la boîte de cette personne n’en donne pas, elle peut la demander à {one}, un annuaire public."
        )
    },
    servers_learn: |one| {
        format!(
            "{one} apprend alors à quelles adresses on écrit depuis votre boîte, et quand ; il voit aussi d’où vient la demande. Il n’apprend ni lequel d’entre vous écrit, ni quoi."
        )
    },
    servers_worth: "Une clé trouvée là compte moins que toutes les autres : le serveur vérifie que son propriétaire reçoit le courrier de l’adresse, rien de plus.",
    servers_choice: "Demander au serveur de clés",
    servers_ask: "Demander",
    servers_do_not: "Ne pas demander",
};

pub(super) const ENGLISH: Trust = Trust {
    title: |one| format!("Check the key of {one}"),
    check: "Check their key",
    compare_what: |one| {
        format!(
            "Call {one}, or meet. Each of you opens this for the other, and you read these twelve words aloud. If they are the same, nobody is between the two of you."
        )
    },
    words_label: "The twelve words to compare",
    in_french: "In French",
    in_english: "In English",
    same: "They are the same",
    differ: "They differ",
    same_done: |one| {
        format!("Noted: the key of {one} is checked. If it changes one day, nothing is sealed before you have decided.")
    },
    differ_done: |one| {
        format!(
            "Noted: nothing is sealed with this key any more. Somebody may be between you and {one}, or one of you looks at an old key. Send nothing that matters before you have talked."
        )
    },
    other_program: "If the other uses another mail program",
    other_program_what: |one| {
        format!("Compare these two fingerprints with what the program of {one} shows, or have them scan this code.")
    },
    their_mark: |one, two| format!("That of {one}: {two}"),
    own_mark: |one| format!("Yours: {one}"),
    code_label: "Code of your key, to be scanned",
    known: |one, two| format!("Key known since {one}, {two}."),
    by_here: "this person is on your box",
    by_directory: "given by their mail provider",
    by_link: "sent through a link",
    by_autocrypt: "come with a letter",
    by_attached: "attached to a letter",
    by_server: "given by a key server",
    checked: |one| format!("You checked it: {one}."),
    differed: |one| format!("You compared it and it differed: {one}."),
    unchecked: "Nobody has checked it with you.",
    today: "today",
    yesterday: "yesterday",
    on_date: str::to_owned,
    signed_unchecked: "Signed, key not checked",
    signed_unchecked_what: |one| {
        format!(
            "The signature fits the key that came with letters from {one}. That says that the same person writes, not who it is."
        )
    },
    signed_server_what: |one| {
        format!(
            "The signature fits the key that a key server gives for {one}. The server knows that its owner could read the mail of this address, not who it is."
        )
    },
    signed_other: "Signed with another key",
    signed_other_what: |one, two| {
        format!(
            "The signature is good, but made with another key than the one of {one} that you have known since {two}. Ask whether it is theirs."
        )
    },
    new_key: |one, two| format!("{one} has a new key since {two}."),
    new_directory: "Your messages go to it: it is the one that their mail provider gives now.",
    new_letter: "It came with a letter, and your messages go to it.",
    new_server: "Your messages go to it: it is the one that the key server gives now.",
    held_other: |one, two| {
        format!(
            "{one} has a new key since {two}, and you had checked the one before. Nothing leaves before you have decided."
        )
    },
    held_differs: |one| {
        format!("You compared the key of {one} and it differed. Nothing leaves before you have decided.")
    },
    other_seen: |one, two| {
        format!("A message in the name of {one} brought another key ({two}). Your messages still go to the one before.")
    },
    other_on_server: |one, two| {
        format!("A key server gives another key for {one} ({two}). Your messages still go to the one that you know.")
    },
    compare: |one| format!("Compare with {one}"),
    use_new: "Use the new one",
    keep_old: "Keep the old one",
    use_server: "Use that of the server",
    keep_known: "Keep the one I know",
    use_anyway: "Use it all the same",
    decide_first: |one| format!("Decide about the key of {one} first."),
    lock_held: "A key has changed",
    lock_held_what: "The key of somebody is not the one that you had checked. The message waits for what you decide.",
    way_held: "waiting; their key has changed, and you decide",
    way_sealed_letter: "sealed, with the key that came with a letter",
    way_sealed_server: "sealed, with the key that a key server gives",
    way_sealed_checked: "sealed, with the key that you checked",
    way_given_up: "open; has long been writing without the key, and could perhaps not read it any more",
    look_up_server: |one| format!("If nothing comes of that, it will ask {one}, which then learns it too."),
    servers: "Other people’s keys",
    servers_what: |one| {
        format!(
            "To seal a message, your box looks for the key of the person you write to. Where their mail provider gives none, it can ask {one}, a public directory."
        )
    },
    servers_learn: |one| {
        format!(
            "{one} then learns which addresses are written to from your box, and when, and sees where the question comes from. It learns neither which of you writes, nor what."
        )
    },
    servers_worth: "A key found there counts less than any other: the server checks that its owner gets the mail of the address, and no more.",
    servers_choice: "Ask the key server",
    servers_ask: "Ask",
    servers_do_not: "Do not ask",
};
