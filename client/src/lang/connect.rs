//! Putting the mail into a program, and what that means for how it is kept.

/// Putting the mail into a program.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is the sentence that its constant gives")]
pub struct Connect {
    pub title: &'static str,
    pub computer: &'static str,
    pub computer_how: fn(&str) -> String,
    pub needs_key: &'static str,
    pub android: &'static str,
    pub android_how: &'static str,
    pub android_sealed: &'static str,
    pub android_code: &'static str,
    pub android_secret: &'static str,
    pub apple: &'static str,
    pub apple_how: &'static str,
    pub apple_go: &'static str,
    pub apple_code: &'static str,
    pub apple_sealed: &'static str,
    pub other: &'static str,
    pub rest_kept: &'static str,
    pub rest_older: fn(&str) -> String,
    pub rest_ends: &'static str,
}

pub(super) static FRENCH: Connect = Connect {
    title: "Et maintenant, dans le programme",
    computer: "Thunderbird, sur un ordinateur",
    computer_how: |address| {
        format!(
            "Ajoutez un compte avec l’adresse {address} et ce mot de passe. Thunderbird trouve d’ordinaire le reste tout seul ; \
             sinon, tout est plus bas, dans « Un autre programme »."
        )
    },
    needs_key: "Puis donnez-lui le fichier de clé, plus bas dans ces réglages, pour qu’il ouvre vos lettres.",
    android: "Téléphone Android : Thunderbird ou K‑9",
    android_how: "Dans l’application, choisissez « Importer les paramètres », puis le code QR, et visez ce code.",
    android_sealed: "Pour ouvrir les lettres scellées, il lui faut aussi l’application OpenKeychain avec le fichier de clé. \
                     Sans elle, créez plutôt un mot de passe dont les lettres sont ouvertes.",
    android_code: "Code QR pour Thunderbird ou K‑9 sur Android",
    android_secret: "Le mot de passe est dans ce code : ne le photographiez pas.",
    apple: "iPhone, iPad ou Mac",
    apple_how: "Ouvrez ce lien sur l’appareil, ou visez le code avec son appareil photo, puis installez le profil dans les \
                Réglages de l’appareil. Il vous demandera le mot de passe.",
    apple_go: "Obtenir le profil",
    apple_code: "Code QR du profil",
    apple_sealed: "Le programme d’Apple ne sait pas ouvrir les lettres scellées. Créez plutôt un mot de passe dont les lettres \
                   sont ouvertes tant qu’il est connecté.",
    other: "Un autre programme",
    rest_kept: "Les lettres qui arrivent sont gardées sous la protection la plus récente, faite pour résister aussi aux \
                ordinateurs quantiques.",
    rest_older: |names| {
        format!(
            "Les lettres qui arrivent sont gardées sous la protection d’avant. La plus récente, faite pour résister aussi aux \
             ordinateurs quantiques, n’est pas connue des programmes qui ouvrent eux-mêmes les lettres, et il y en a ici : \
             {names}. Sans eux, elle servira de nouveau."
        )
    },
    rest_ends: "Ce programme ne pourra pas ouvrir les lettres que la boîte a gardées jusqu’ici : elles le sont sous une protection \
                plus récente, qu’il ne connaît pas. Celles qui arriveront ensuite seront gardées sous la protection d’avant, et \
                il les ouvrira.",
};

pub(super) static ENGLISH: Connect = Connect {
    title: "And now, in the program",
    computer: "Thunderbird, on a computer",
    computer_how: |address| {
        format!(
            "Add an account with the address {address} and this password. Thunderbird usually finds the rest by itself; if not, \
             it stands below under “Another program”."
        )
    },
    needs_key: "Then give it the key file, further down in these settings, so that it can open your messages.",
    android: "Android phone: Thunderbird or K‑9",
    android_how: "In the app choose “Import settings”, then the QR code, and point the camera at this one.",
    android_sealed: "To open sealed messages it also needs the app OpenKeychain with the key file. Without that, rather make a \
                     password whose messages are opened.",
    android_code: "QR code for Thunderbird or K‑9 on Android",
    android_secret: "The password is in this code: take no picture of it.",
    apple: "iPhone, iPad or Mac",
    apple_how: "Open this link on the device, or point its camera at the code, then install the profile in the device’s \
                Settings. It will ask for the password.",
    apple_go: "Get the profile",
    apple_code: "QR code of the profile",
    apple_sealed: "Apple’s program cannot open sealed messages. Rather make a password whose messages are opened while it is \
                   connected.",
    other: "Another program",
    rest_kept: "Messages that come are kept under the newest protection, made to withstand quantum computers too.",
    rest_older: |names| {
        format!(
            "Messages that come are kept under the older protection. The newest, made to withstand quantum computers too, is not \
             known to programs that open messages themselves, and there are some here: {names}. Without them it is used again."
        )
    },
    rest_ends: "This program will not be able to open the messages that the box has kept until now: they are under a newer \
                protection that it does not know. Those that come from now on are kept under the older one, and it opens them.",
};
