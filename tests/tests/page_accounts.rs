//! Accounts through the page: made by an invitation, opened in another browser, locked, recovered by the sheet.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use serde_json::{Value, json};
use tests::browser::{Look, PATIENCE};
use tests::camera::scan;
use tests::elsewhere;
use tests::foreign::{Device, curl_imap, curl_in};
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done, refused};
use tests::program::eventually;
use tests::visitor::Visitor;

const LETTER: &[u8] = b"From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: Sunday lunch\r\n\r\nAt noon?\r\n";

fn brings(home: &Home, message: &[u8]) {
    let sent = curl_in(home, "zoe@elsewhere.test", &["alice@home.test"], message);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

#[tokio::test]
async fn an_account_made_in_one_browser_opens_in_another_with_its_old_mail() {
    let home = Home::new();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("registration", async {
        let words = alice.registers(home.invitation(), "Alice Martin", "alice", PASSPHRASE).await;
        assert_eq!(words.len(), 12);
        alice.see(".list", "All read, all tidy").await;
        alice.screenshot("accounts/empty-inbox").await;
        brings(&home, LETTER);
        alice.see(".row", "Sunday lunch").await;
        alice.has_no_complaint().await;
    });
    told.await;

    let elsewhere = Visitor::open(&home, Look::PHONE).await;
    let told = elsewhere.tell("another-browser", async {
        elsewhere.goes_to("/").await;
        elsewhere.tries_to_sign_in("alice@home.test", "a wrong passphrase").await;
        elsewhere.see(".note", "phrase secrète n’est pas la bonne").await;
        elsewhere.screenshot("accounts/wrong-passphrase-phone").await;
        elsewhere.tries_to_sign_in("nobody@home.test", PASSPHRASE).await;
        elsewhere.see(".note", "phrase secrète n’est pas la bonne").await;
        elsewhere.tries_to_sign_in("Alice@HOME.test", PASSPHRASE).await;
        elsewhere.opens("Sunday lunch").await;
        elsewhere.see("article .body", "At noon?").await;
        // A reload asks nothing.
        elsewhere.refresh().await.unwrap();
        elsewhere.see("article .body", "At noon?").await;
        elsewhere.has_no_complaint().await;

        // What the box writes to Alice is in the language in which she has the page: French here, until she chooses.
        let terminal = Person::new(&home, "alice");
        done(&terminal.login("alice@home.test", PASSPHRASE));
        let in_language = |language: &str| {
            eventually("the box knows the language", PATIENCE, || {
                (done(&terminal.client(&["language"])).trim() == language).then_some(())
            });
        };
        in_language("fr");
        elsewhere.goes_to("/settings").await;
        elsewhere.presses_where(".choice label", "English").await;
        elsewhere.see("h1", "Settings").await;
        in_language("en");
    });
    told.await;
}

#[tokio::test]
async fn locking_asks_for_the_passphrase_and_signing_out_for_both() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("locking", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Lock").await;
        alice.see("h1", "Hello").await;
        assert!(!alice.has(".app").await);
        alice.screenshot("accounts/locked").await;
        alice.fills("#passphrase", "a wrong passphrase").await;
        alice.presses("button.main").await;
        // No address was asked for, so none can be wrong; what was typed can be corrected.
        alice.see(".error", "This is not your passphrase").await;
        assert_eq!(alice.reads("#passphrase").await, "a wrong passphrase");
        alice.fills("#passphrase", PASSPHRASE).await;
        alice.presses("button.main").await;
        alice.find(".app .tabs").await;
        alice.presses(".me .face-button").await;
        alice.presses_where("[role=menuitem]", "Sign out").await;
        alice.find("#address").await;
        alice.refresh().await.unwrap();
        alice.find("#address").await;
    });
    told.await;
}

#[tokio::test]
async fn the_recovery_sheet_opens_the_mailbox_when_the_passphrase_is_forgotten() {
    let home = Home::new();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("recovery", async {
        let words = alice.registers(home.invitation(), "Alice Martin", "alice", PASSPHRASE).await;
        brings(&home, LETTER);
        alice.see(".row", "Sunday lunch").await;
        words
    });
    let words = told.await;

    let later = Visitor::open(&home, Look { language: "fr", ..Look::DESKTOP }).await;
    let told = later.tell("recovery-later", async {
        later.goes_to("/recover").await;
        later.fills("#address", "alice@home.test").await;
        later.fills("#new-passphrase", "une toute autre phrase").await;
        later.fills("#passphrase-again", "une toute autre phrase").await;
        // Twelve words of the list that do not belong together, then twelve that do, of another sheet (BIP-39's vectors).
        later.fills("#words", &["abandon"; 12].join(" ")).await;
        later.presses("button.main").await;
        later.see("#words-error", "ne vont pas ensemble").await;
        later.fills("#words", &[&["abandon"; 11][..], &["about"]].concat().join(" ")).await;
        later.presses("button.main").await;
        later.see(".note.bad", "Ces mots ne sont pas ceux de cette adresse").await;
        assert_eq!(later.texts("#words-error").await, [""]);
        later.fills("#words", &words.join(" ").to_uppercase()).await;
        later.presses("button.main").await;
        later.find("ol.words").await;
        assert_ne!(later.texts("ol.words li").await, words);
        later.screenshot("accounts/recovered").await;
        later.presses("#sheet-kept").await;
        later.presses("button.main").await;
        later.opens("Sunday lunch").await;
        later.see("article .body", "At noon?").await;
    });
    told.await;
}

#[tokio::test]
async fn an_invitation_that_is_used_or_incomplete_says_so() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("invitations", async {
        guest.goes_to(home.invitation()).await;
        guest.see("h1", "Cette invitation ne sert plus").await;
        guest.see(".note", "invitation").await;
        guest.screenshot("accounts/invitation-used-phone").await;
        guest.goes_to("/invitation").await;
        guest.see("h1", "Il manque l’invitation").await;
        let data = home.data();
        let invite = ["user", "invite", "bob@home.test", "--data", data.to_str().unwrap()];
        let good = done(&home.command(&invite).output().unwrap()).trim().to_owned();
        // An address that the invitation names is not asked for.
        let words = guest.registers(&good, "Bob", "unused", PASSPHRASE).await;
        assert_eq!(words.len(), 12);
        guest.presses(".me .face-button").await;
        guest.see(".menu", "bob@home.test").await;
    });
    told.await;
}

#[tokio::test]
async fn passphrase_and_recovery_sheet_are_changed_in_the_settings() {
    const NEW: &str = "a whole new passphrase";
    let home = Home::new();
    let elsewhere = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("changes", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.goes_to("/settings").await;
        alice.presses_where(".setting button", "Change the passphrase").await;
        alice.fills("#present", "a wrong passphrase").await;
        alice.fills("#new-passphrase", NEW).await;
        alice.fills("#passphrase-again", NEW).await;
        alice.screenshot("accounts/change-passphrase").await;
        alice.presses("dialog .button.main").await;
        alice.see("#present-error", "This is not your passphrase").await;
        done(&elsewhere.client(&["list"]));
        // The box takes the change, and its answer is lost on the way.
        let lose = "const fetch = window.fetch;
                    window.fetch = async (request) => {
                        const answer = await fetch(request);
                        if (!request.url.endsWith('/passphrase')) return answer;
                        window.fetch = fetch;
                        throw new TypeError('lost');
                    };";
        alice.execute(lose, vec![]).await.unwrap();
        alice.fills("#present", PASSPHRASE).await;
        alice.presses("dialog .button.main").await;
        alice.see("dialog .note.bad", "either the old one or the new one").await;
        alice.screenshot("accounts/change-passphrase-lost").await;
        alice.presses_where("dialog .button.main", "Try again").await;
        alice.see("#access-done", "Your new passphrase is in force").await;
        // Who was in elsewhere is out, she is not.
        refused(&elsewhere.client(&["list"]));
        alice.refresh().await.unwrap();
        alice.presses_where(".setting button", "Make a new sheet").await;
        alice.fills("#present", NEW).await;
        alice.presses("dialog .button.main").await;
        alice.find("ol.words").await;
        assert!(alice.is_asked_before_leaving().await);
        // Given up: the words that were shown are worth nothing.
        let given_up = alice.texts("ol.words li").await;
        alice.presses_where(".settings .button", "Cancel").await;
        alice.see("h1", "Settings").await;
        alice.presses_where(".setting button", "Make a new sheet").await;
        alice.fills("#present", NEW).await;
        alice.presses("dialog .button.main").await;
        alice.find("ol.words").await;
        let words = alice.texts("ol.words li").await;
        assert_ne!(words, given_up);
        alice.screenshot("accounts/new-sheet").await;
        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.screenshot("accounts/new-sheet-phone-dark").await;
        alice.presses("#sheet-kept").await;
        alice.presses_where(".button.main", "Put this sheet in force").await;
        alice.see("#access-done", "Your new recovery sheet is in force").await;
        alice.screenshot("accounts/settings-phone-dark").await;
        (given_up, words)
    });
    let (given_up, words) = told.await;
    let recovers = |words: &[String]| {
        let code = home.scratch("code");
        std::fs::write(&code, words.join(" ")).unwrap();
        let recover = ["recover", "--address", "alice@home.test", "--code-file", code.to_str().unwrap()];
        elsewhere.with_passphrase("a third passphrase", &recover)
    };
    assert!(refused(&recovers(&given_up)).contains("recovery code"));
    refused(&elsewhere.login("alice@home.test", PASSPHRASE));
    done(&elsewhere.login("alice@home.test", NEW));
    done(&recovers(&words));
    // The page was open all the while, and says why it is not any more.
    let told = alice.tell("ended", async {
        alice.see(".note", "You were signed out from another device").await;
        alice.find("#address").await;
    });
    told.await;
}

#[tokio::test]
async fn a_program_gets_a_password_for_sealed_or_for_opened_mail_and_loses_it_again() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    brings(&home, LETTER);
    let fetched = |password: &str| {
        let device = Device { address: "alice@home.test".into(), password: password.into() };
        let read = curl_imap(&home, &device, "INBOX;UID=1", None);
        String::from_utf8_lossy(&read.stdout).into_owned()
    };
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("devices", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.goes_to("/settings").await;
        alice.presses_where("#devices .button.main", "Add a device").await;
        alice.fills("#device-name", "Thunderbird").await;
        // Nobody has to choose: sealed is what there is.
        alice.presses("dialog .button.main").await;
        let sealed = alice.find("dialog .password").await.text().await.unwrap();
        assert!(fetched(&sealed).contains("Subject: [...]"));
        alice.see(".ways details[open]", "alice@home.test").await;
        alice.presses_where(".ways summary", "Android").await;
        alice.see(".ways details[open]", "OpenKeychain").await;
        let code = scan(&alice, ".ways details[open] .qr").await;
        let told: Value = serde_json::from_str(&code).unwrap();
        let ports = home.ports();
        assert_eq!(
            told,
            json!([
                1,
                [1, 1],
                [0, "localhost", ports.imaps, 3, 1, "alice@home.test", "alice@home.test", sealed],
                [[[0, "localhost", ports.submissions, 3, 1, "alice@home.test", sealed], ["alice@home.test", "alice"]]]
            ])
        );
        alice.screenshot("accounts/device-ways").await;
        alice.presses_where(".ways summary", "iPhone").await;
        alice.see(".ways details[open]", "cannot open sealed messages").await;
        alice.presses_where("dialog .button.main", "Done").await;
        alice.see("#devices li", "Thunderbird").await;
        assert!(!alice.has("#devices li .chip").await);

        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.presses_where("#devices .button.main", "Add a device").await;
        alice.fills("#device-name", "Old phone").await;
        alice.see(".kinds", "whoever has control of the box").await;
        alice.presses_where(".kinds label", "Opened while it is connected").await;
        alice.screenshot("accounts/device-kinds-phone-dark").await;
        alice.presses("dialog .button.main").await;
        let opened = alice.find("dialog .password").await.text().await.unwrap();
        let letter = fetched(&opened);
        assert!(letter.contains("Subject: Sunday lunch") && letter.contains("At noon?"), "{letter}");
        alice.presses_where(".ways summary", "iPhone").await;
        let profile = scan(&alice, ".ways details[open] .qr").await;
        assert!(profile.starts_with(&home.url()), "{profile}");
        assert_eq!(Some(profile.clone()), alice.find(".ways a").await.prop("href").await.unwrap());
        let profile = elsewhere::fetched(&home, &profile);
        assert!(profile.contains("<string>alice@home.test</string>") && !profile.contains(&opened), "{profile}");
        alice.screenshot("accounts/device-ways-phone-dark").await;
        alice.presses_where("dialog .button.main", "Done").await;
        alice.see("#devices li .chip", "Messages opened for it").await;
        alice.screenshot("accounts/devices-phone-dark").await;
        alice.look(Look::DESKTOP).await;
        alice.screenshot("accounts/devices").await;
        // The newest stands first.
        alice.presses("#devices li button").await;
        alice.presses_where("dialog .button.danger", "Remove").await;
        alice.sees_no("#devices li", "Old phone").await;
        assert_eq!(fetched(&opened), "");
        assert!(fetched(&sealed).contains("Subject: [...]"));
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn what_is_done_to_the_mailbox_in_one_tab_is_done_in_all_and_nothing_that_was_written_is_lost() {
    /// Not the bones that stand there before it is known who is signed in.
    const OPEN: &str = ".me .face-button";
    let home = Home::new();
    let person = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("tabs", async {
        let begins = async |subject: &str| {
            alice.strikes("c").await;
            alice.fills(".writing input[id^=subject]", subject).await;
        };
        let leaves = async |how: &str| {
            alice.presses(".me .face-button").await;
            alice.presses_where("[role=menuitem]", how).await;
        };
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // A second tab asks nothing.
        let first = alice.opens_tab("/").await;
        alice.find(OPEN).await;
        let second = alice.window().await.unwrap();

        // Closed in one, closed in both; opened in one, open in both.
        begins("Begun before closing").await;
        alice.switch_to_window(first.clone()).await.unwrap();
        leaves("Lock").await;
        alice.see("h1", "Hello").await;
        assert!(!alice.has(".note").await);
        alice.switch_to_window(second.clone()).await.unwrap();
        alice.see(".note", "You locked the mailbox in another tab. What you were writing here is in Drafts.").await;
        alice.screenshot("accounts/closed-in-another-tab").await;
        alice.fills("#passphrase", PASSPHRASE).await;
        alice.presses("button.main").await;
        alice.find(OPEN).await;
        alice.switch_to_window(first.clone()).await.unwrap();
        alice.find(OPEN).await;
        // Its old half of the key does not fit the new session; the one that it was given does.
        alice.refresh().await.unwrap();
        alice.find(OPEN).await;

        // Signing out waits for what is written in the other one.
        alice.switch_to_window(second.clone()).await.unwrap();
        begins("Begun before signing out").await;
        alice.switch_to_window(first.clone()).await.unwrap();
        leaves("Sign out").await;
        alice.find("#address").await;
        alice.switch_to_window(second).await.unwrap();
        alice.see(".note", "You signed out in another tab. What you were writing here is in Drafts.").await;

        // Another account of the same browser: the first one's tab leaves before its requests would be the other's.
        alice.tries_to_sign_in("alice@home.test", PASSPHRASE).await;
        alice.find(OPEN).await;
        begins("Begun before another came").await;
        let open = alice.window().await.unwrap();
        alice.switch_to_window(first.clone()).await.unwrap();
        alice.see("#address", "").await;
        // Who is mistaken about the passphrase closes nothing.
        alice.tries_to_sign_in("bob@home.test", "wrong horse battery").await;
        alice.see(".door", "Check capitals, accents and spaces").await;
        alice.switch_to_window(open).await.unwrap();
        assert!(alice.has(OPEN).await && alice.has(".writing").await);
        alice.switch_to_window(first).await.unwrap();
        let second = alice.window().await.unwrap();
        let bob = Person::new(&home, "bob");
        alice.registers(&bob.invitation(), "Bob", "bob", PASSPHRASE).await;
        let tabs = alice.windows().await.unwrap();
        let other = tabs.into_iter().find(|tab| *tab != second).unwrap();
        alice.switch_to_window(other).await.unwrap();
        alice.see(".note", "Another tab has opened another address").await;
    });
    told.await;
    done(&person.login("alice@home.test", PASSPHRASE));
    let drafts = done(&person.client(&["list", "--mailbox", "Drafts"]));
    for subject in ["Begun before closing", "Begun before signing out", "Begun before another came"] {
        assert!(drafts.contains(subject), "{drafts}");
    }
}

#[tokio::test]
async fn a_guest_hears_at_once_that_an_address_is_taken_and_going_back_loses_nothing() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let invitation = {
        let data = home.data();
        done(&home.command(&["user", "invite", "--data", data.to_str().unwrap()]).output().unwrap()).trim().to_owned()
    };
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("taken", async {
        guest.goes_to(&invitation).await;
        guest.fills("#name", "Bob Martin").await;
        for (wanted, said) in
            [("Alice", "a déjà cette adresse"), ("postmaster", "ne peut pas donner"), ("a b", "pas possible")]
        {
            guest.fills("#local-part", wanted).await;
            guest.presses("button.main").await;
            guest.see("#local-part-error", said).await;
        }
        guest.screenshot("accounts/address-taken-phone").await;
        guest.fills("#local-part", "bob").await;
        guest.presses("button.main").await;
        guest.fills("#new-passphrase", PASSPHRASE).await;
        // Back by the page's own button, and by the browser's.
        guest.presses_where("button.language", "Retour").await;
        assert_eq!((guest.reads("#name").await, guest.reads("#local-part").await), ("Bob Martin".into(), "bob".into()));
        guest.presses("button.main").await;
        assert_eq!(guest.reads("#new-passphrase").await, PASSPHRASE);
        guest.back().await.unwrap();
        assert_eq!((guest.reads("#name").await, guest.reads("#local-part").await), ("Bob Martin".into(), "bob".into()));
        guest.presses("button.main").await;
        guest.fills("#passphrase-again", PASSPHRASE).await;
        guest.presses("button.main").await;
        guest.find("ol.words").await;
        guest.presses("#sheet-kept").await;
        guest.presses("button.main").await;
        guest.find(".app .bar").await;
    });
    told.await;
}

#[tokio::test]
async fn whoever_never_kept_the_recovery_sheet_is_reminded_until_there_is_one() {
    let home = Home::new();
    let guest = Visitor::open(&home, Look::PHONE).await;
    let told = guest.tell("sheet-not-kept", async {
        guest.goes_to(home.invitation()).await;
        guest.fills("#name", "Hélène").await;
        // An accent is no reason to guess; the page says how the address would be written.
        guest.fills("#local-part", "hélène").await;
        guest.presses("button.main").await;
        guest.see(".error", "helene").await;
        guest.fills("#local-part", "helene").await;
        guest.presses("button.main").await;
        guest.fills("#new-passphrase", PASSPHRASE).await;
        guest.fills("#passphrase-again", PASSPHRASE).await;
        guest.presses("button.main").await;
        guest.find("ol.words").await;
        guest.presses("button.main").await;
        guest.see(".check-first", "Cochez d’abord").await;

        // The phone ends the page, and it is loaded anew: nothing to be afraid of, and nothing is forgotten.
        guest.goes_to(home.invitation()).await;
        guest.see("h1", "Vous avez déjà votre boîte").await;
        assert!(!guest.has(".note.bad").await);
        guest.screenshot("accounts/invitation-yours-phone").await;
        guest.presses(".button.main").await;
        guest.see(".reminder", "pas encore gardé de feuille de secours").await;
        guest.screenshot("accounts/sheet-reminder-phone").await;
        guest.presses_where(".reminder button", "Plus tard").await;
        guest.sees_no(".reminder", "").await;
        guest.goes_to("/mail/inbox").await;
        guest.presses_where(".reminder button", "Faire ma feuille").await;
        guest.fills("dialog #present", PASSPHRASE).await;
        guest.presses("dialog .button.main").await;
        guest.find("ol.words").await;
        guest.presses("#sheet-kept").await;
        guest.presses_where("button.main", "Mettre cette feuille en vigueur").await;
        guest.see("#access-done", "feuille de secours est en vigueur").await;
        guest.goes_to("/mail/inbox").await;
        guest.see(".list", "Tout est lu").await;
        assert!(!guest.has(".reminder").await);

        // The door knows the box: the beginning of the address is enough. A passphrase that is wrong can be corrected.
        guest.presses(".me .face-button").await;
        guest.presses_where("[role=menuitem]", "Se déconnecter").await;
        guest.fills("#address", "helene").await;
        guest.fills("#passphrase", "une phrase qui n’est pas la bonne").await;
        guest.presses("button.main").await;
        guest.see(".note.bad", "accents").await;
        assert_eq!(guest.reads("#passphrase").await, "une phrase qui n’est pas la bonne");
        guest.fills("#passphrase", PASSPHRASE).await;
        guest.presses("button.main").await;
        guest.find(".app .tabs").await;
        guest.presses(".me .face-button").await;
        guest.presses_where("[role=menuitem]", "Verrouiller").await;
        guest.presses_where(".aside a", "oubliée").await;
        guest.see("h1", "oubliée").await;
        assert_eq!(guest.reads("#address").await, "helene@home.test");
    });
    told.await;
}
