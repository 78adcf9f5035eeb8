//! Letters that are put behind links in the page: chosen, sent, given by telephone, read, looked after and taken back.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use base64::Engine;
use serde_json::json;
use tests::browser::Look;
use tests::elsewhere::{Elsewhere, understood};
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done};
use tests::visitor::Visitor;

const INES: &str = "ines@elsewhere.test";

/// Types into the window of a letter: who, and what.
async fn writes(alice: &Visitor, to: &[&str], subject: &str, text: &str) {
    alice.strikes("c").await;
    for to in to {
        alice.find(".writing .people input").await.send_keys(&format!("{to},")).await.unwrap();
    }
    alice.fills(".writing input[id^=subject]", subject).await;
    alice.fills(".writing textarea", text).await;
}

/// Drops a file of so many octets, each the low octet of its place, on the window of the letter.
async fn drops(alice: &Visitor, name: &str, octets: usize) {
    let drop = "
        const bytes = Uint8Array.from({ length: arguments[1] }, (_, at) => at);
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], arguments[0], { type: 'application/pdf' }));
        const window = document.querySelector('.writing');
        for (const kind of ['dragover', 'drop'])
            window.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));";
    alice.execute(drop, vec![json!(name), json!(octets)]).await.unwrap();
}

fn octets(count: usize) -> Vec<u8> {
    (0..count).map(|at| at as u8).collect()
}

async fn has_network(visitor: &Visitor, has: bool) {
    visitor.devtools("Network.enable", json!({})).await;
    let line = json!({ "offline": !has, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    visitor.devtools("Network.emulateNetworkConditions", line).await;
}

/// The next request of this method to addresses of this form has no answer (`lost`), or the box's is taken for a refusal of this code.
async fn loses(alice: &Visitor, method: &str, form: &str, how: &str) {
    let lose = "
        const [method, form, how] = arguments;
        const fetches = window.fetch;
        window.fetch = async (request, ...rest) => {
            if (request.method !== method || !request.url.includes(form)) return fetches(request, ...rest);
            window.fetch = fetches;
            await fetches(request, ...rest);
            if (how === 'lost') throw new TypeError('lost');
            return new Response(JSON.stringify({ code: how }), { status: 507 });
        };";
    alice.execute(lose, vec![json!(method), json!(form), json!(how)]).await.unwrap();
}

/// The link in the first notice that has arrived elsewhere, and the notice.
fn link_in(elsewhere: &Elsewhere) -> (String, String) {
    link_for(elsewhere, INES, 0)
}

/// The same for somebody, after so many others.
fn link_for(elsewhere: &Elsewhere, address: &str, place: usize) -> (String, String) {
    let notice = understood(&elsewhere.nth_message_for(address, place).message).text.unwrap();
    let link = notice.lines().find(|line| line.contains("/l/") && line.contains('#')).unwrap();
    (link.trim().to_owned(), notice)
}

/// Opens the letter of that subject in Sent.
async fn looks_into_sent(alice: &Visitor, subject: &str) {
    alice.presses_where(".nav .place", "Sent").await;
    alice.opens(subject).await;
}

#[tokio::test]
async fn a_letter_goes_sealed_to_one_and_behind_a_link_with_a_code_to_the_other() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("behind-a-link", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &[INES, "bob@home.test"], "Plans for June", "The key is under the mat.").await;
        alice.see(".writing .note", "Open like a postcard for ines@elsewhere.test.").await;
        alice.presses_where(".writing .note button", "Send a link instead").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test, to be opened until").await;
        alice.find(".writing .person.link").await;
        alice.find(".writing .person.seal").await;
        alice.see(".writing footer .chip", "Behind a link").await;
        alice.presses_where(".writing .note button", "Options").await;
        alice.screenshot("links/options").await;
        alice.presses_where(".terms label", "A question").await;
        alice.presses(".terms .button.main").await;
        alice.see(".terms #link-question-error", "Write a question").await;
        alice.see(".terms #link-answer-error", "at least one letter").await;
        alice.find("#link-question:focus").await;
        alice.presses_where(".terms label", "A code").await;
        alice.presses_where(".terms label", "Français").await;
        alice.fills("#link-words", "C’est bien moi.").await;
        alice.presses(".terms .button.main").await;
        alice.see(".writing .note", "It asks for a code that you give by telephone.").await;
        drops(&alice, "plan été.pdf", 3_000_000).await;
        alice.see(".writing .file", "plan été.pdf").await;
        alice.screenshot("links/writing").await;
        alice.presses(".writing footer .button.main").await;
        alice.see("dialog", "The codes to give").await;
        alice.screenshot("links/codes").await;
        // They are seen once only: nothing but the button closes them.
        alice.find(".codes").await;
        alice.strikes("\u{e00c}").await;
        alice.see("dialog", "The codes to give").await;
        let code = alice.texts(".codes code").await[0].split_whitespace().collect::<String>();
        assert!(alice.texts(".codes li span").await == [INES] && code.len() == 6);
        alice.presses_where("dialog button", "Noted").await;

        let (link, notice) = link_in(&elsewhere);
        assert!(notice.starts_with("C’est bien moi.") && notice.contains("jusqu’au"), "{notice}");
        assert!(!notice.contains("mat") && !notice.contains("June") && !notice.contains(&code), "{notice}");
        let list = tests::program::eventually("bob's letter", std::time::Duration::from_secs(30), || {
            Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty())
        });
        let bobs = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
        assert!(bobs.contains("Sealed by its sender: yes") && bobs.contains("under the mat"), "{bobs}");

        looks_into_sent(&alice, "Plans for June").await;
        alice.see(".deliveries", "not opened yet; opens until").await;
        alice.see(".deliveries", &format!("code {code}")).await;
        let ines = Visitor::open(&home, Look::PHONE).await;
        ines.goto(&link).await.unwrap();
        ines.fills("#answer", &code).await;
        ines.presses("button.main").await;
        ines.see(".body", "The key is under the mat.").await;
        ines.presses(".linked-files button").await;
        assert!(ines.download("plan été.pdf").await == octets(3_000_000));

        // Seen without a reload.
        alice.see(".deliveries .good", "opened").await;
        ines.presses(".reply .begin").await;
        ines.fills("#reply", "Found it.").await;
        ines.presses(".reply button.main").await;
        ines.see(".replies .body", "Found it.").await;
        alice.see(".deliveries .good", "answered").await;
        alice.screenshot("links/sent").await;
        alice.presses(".deliveries [aria-label='The link of ines@elsewhere.test']").await;
        alice.presses_where(".menu button", "Take the message back").await;
        alice.see("dialog", "cannot be undone").await;
        alice.presses("dialog .button.bad").await;
        alice.see(".deliveries", "taken back").await;
        ines.goto("about:blank").await.unwrap();
        ines.goto(&link).await.unwrap();
        ines.see("h1", "Cette lettre n’est pas là").await;
        // Once more, with another lock.
        alice.presses(".deliveries [aria-label='The link of ines@elsewhere.test']").await;
        alice.presses_where(".menu button", "Send another link").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.see(".writing .file", "plan été.pdf").await;
        assert_eq!(alice.texts(".writing .person").await.len(), 1);
        assert_eq!(alice.reads(".writing textarea").await.trim_end(), "The key is under the mat.");
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn what_no_mail_takes_goes_behind_a_link_for_everybody() {
    /// Octets of a film.
    const FILM: usize = 60_000_000;
    let home = Home::new();
    let (_alice, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("film", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &["bob@home.test"], "Our film", "Have fun.").await;
        alice.find(".writing .person.seal").await;
        drops(&alice, "film.mp4", FILM).await;
        alice.see(".writing .note", "No mailbox takes files as large as these").await;
        alice.see(".writing .note", "Behind a link for bob@home.test").await;
        alice.find(".writing .person.link").await;
        alice.screenshot("links/film").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        let list = tests::program::eventually("the notice", std::time::Duration::from_secs(30), || {
            Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty())
        });
        let notice = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
        assert!(notice.contains("Sealed by its sender: yes"), "who has a certificate gets the link sealed: {notice}");
        let link = notice.lines().find(|line| line.contains("/l/") && line.contains('#')).unwrap().trim();
        looks_into_sent(&alice, "Our film").await;
        alice.see(".deliveries", "film.mp4 (60 MB), behind the link only").await;
        let reader = Visitor::open(&home, Look::DESKTOP).await;
        reader.goto(link).await.unwrap();
        reader.presses("button.main").await;
        reader.see(".body", "Have fun.").await;
        reader.presses(".linked-files button").await;
        assert!(reader.download("film.mp4").await == octets(FILM));
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_file_that_is_taken_out_after_an_upload_stopped_is_not_sent() {
    /// Octets of a film: no mailbox takes it.
    const FILM: usize = 40_000_000;
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let person = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("film-taken-out", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &[INES], "Our film", "Have fun.").await;
        drops(&alice, "wrong.mp4", FILM).await;
        drops(&alice, "film.mp4", FILM).await;
        alice.see(".writing .file:nth-of-type(2)", "film.mp4").await;
        // The box has a part, and the page takes it that there is no room for it.
        loses(&alice, "PUT", "/chunks/3", "disk_full").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "The message was not sent").await;
        alice.presses(".writing [aria-label='Remove wrong.mp4']").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        let (link, _) = link_in(&elsewhere);
        let ines = Visitor::open(&home, Look::DESKTOP).await;
        ines.goto(&link).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".body", "Have fun.").await;
        assert_eq!(ines.texts(".linked-files .name").await, ["film.mp4"]);
        ines.presses(".linked-files button").await;
        assert!(ines.download("film.mp4").await == octets(FILM));
        // What had been begun is not left lying on the box.
        let letters = done(&person.client(&["link", "list", "--json"]));
        let lying = letters.lines().filter(|line| !line.contains("\"revoked\"")).count();
        assert_eq!((letters.lines().count(), lying), (2, 1), "{letters}");
    });
    told.await;
}

#[tokio::test]
async fn what_is_taken_back_in_time_brings_no_link_and_who_had_one_is_offered_one_again() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let person = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("link-undone", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &[INES], "Too soon", "Not yet.").await;
        alice.presses_where(".writing .note button", "Send a link instead").await;
        drops(&alice, "plan.pdf", 2_500_000).await;
        alice.see(".writing .file", "plan.pdf").await;
        // The line breaks for a moment while it is on its way.
        has_network(&alice, false).await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".writing .note.bad", "").await;
        has_network(&alice, true).await;
        alice.sees_no(".away", "").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        // The box takes it back, and its answer is lost on the way.
        loses(&alice, "DELETE", "/api/submissions/", "lost").await;
        alice.presses_where(".toast button", "Undo").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.find(".writing .inner:not([inert])").await;
        assert_eq!(alice.reads(".writing textarea").await, "Not yet.");
        let letters = done(&person.client(&["link", "list", "--json"]));
        assert!(letters.lines().all(|line| line.contains("\"revoked\"")), "{letters}");
        assert!(elsewhere.received().is_empty());

        // Kept with the draft, and sent after all.
        alice.fills(".writing textarea", "Now.").await;
        alice.see(".writing .state", "Saved").await;
        alice.presses(".writing [aria-label='Save and close']").await;
        alice.sees_no(".writing", "").await;
        alice.goes_to("/mail/drafts").await;
        alice.presses_where(".row", "Too soon").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.presses(".writing footer .button.main").await;
        alice.see(".toast", "Message sent").await;
        let (link, _) = link_in(&elsewhere);
        let ines = Visitor::open(&home, Look::DESKTOP).await;
        ines.goto(&link).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".body", "Now.").await;

        // The next letter to her goes the same way unless one says otherwise.
        writes(&alice, &[INES], "Again", "Hello.").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.presses_where(".writing .note button", "Send it open instead").await;
        alice.see(".writing .note", "Open like a postcard").await;
    });
    told.await;
}

#[tokio::test]
async fn a_later_letter_brings_the_conversation_to_each_reader_and_an_earlier_one_says_that_there_is_more() {
    const LEO: &str = "leo@elsewhere.test";
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let ines = Visitor::open(&home, Look::PHONE).await;
    let told = ines.tell("conversation", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        writes(&alice, &[INES], "The roof", "It leaks again.").await;
        alice.presses_where(".writing .note button", "Send a link instead").await;
        drops(&alice, "roof.pdf", 2_000_000).await;
        alice.see(".writing .file", "roof.pdf").await;
        alice.see(".writing footer .chip", "Behind a link").await;
        alice.presses(".writing footer .button.main").await;
        let (first, _) = link_for(&elsewhere, INES, 0);
        ines.goto(&first).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".body", "It leaks again.").await;
        assert!(!ines.has(".earlier").await && !ines.has(".later").await);
        ines.presses(".reply .begin").await;
        ines.fills("#reply", "Où exactement ?").await;
        ines.presses(".reply button.main").await;
        ines.see(".replies .body", "Où exactement ?").await;
        // What was answered is found again.
        ines.goto("about:blank").await.unwrap();
        ines.goto(&first).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".replies .body", "Où exactement ?").await;

        // Locked, and then one to both.
        writes(&alice, &[INES], "The key", "Under the third stone.").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test").await;
        alice.presses_where(".writing .note button", "Options").await;
        alice.presses_where(".terms label", "A code").await;
        alice.presses(".terms .button.main").await;
        alice.presses(".writing footer .button.main").await;
        alice.see("dialog", "The codes to give").await;
        let code = alice.texts(".codes code").await[0].clone();
        alice.presses_where("dialog button", "Noted").await;
        link_for(&elsewhere, INES, 1);
        writes(&alice, &[INES, LEO], "Sunday", "Come both.").await;
        alice.see(".writing .note", "Behind a link for ines@elsewhere.test and leo@elsewhere.test").await;
        alice.see(".writing footer .chip", "Behind a link").await;
        alice.presses(".writing footer .button.main").await;

        let (third, _) = link_for(&elsewhere, INES, 2);
        ines.goto(&third).await.unwrap();
        ines.presses("button.main").await;
        ines.see("h1", "Sunday").await;
        ines.see(".earlier h2", "Lettres précédentes d’alice").await;
        assert_eq!(ines.texts(".earlier .unfold b").await, ["The key", "The roof"]);
        ines.presses_where(".earlier .unfold", "The roof").await;
        ines.see(".earlier .inside .body", "It leaks again.").await;
        ines.see(".earlier .inside .replies", "Où exactement ?").await;
        ines.presses(".earlier .linked-files button").await;
        assert!(ines.download("roof.pdf").await == octets(2_000_000));
        ines.presses_where(".earlier .unfold", "The key").await;
        ines.see(".earlier .question", "le code à six chiffres").await;
        ines.fills(".earlier .input.code", if code == "000 000" { "111111" } else { "000000" }).await;
        ines.presses(".earlier form button.main").await;
        ines.see(".earlier .note.bad", "Ce n’est pas le bon code.").await;
        ines.screenshot("links/conversation-locked").await;
        ines.fills(".earlier .input.code", &code).await;
        ines.presses(".earlier form button.main").await;
        ines.see(".earlier .inside", "Under the third stone.").await;
        ines.presses_where(".earlier .unfold", "The roof").await;
        ines.screenshot("links/conversation").await;
        ines.look(Look { dark: true, language: "fr", ..Look::DESKTOP }).await;
        ines.screenshot("links/conversation-dark").await;

        // The first says that there is more, and not where.
        ines.goto("about:blank").await.unwrap();
        ines.goto(&first).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".later", "alice vous a réécrit depuis").await;
        assert!(!ines.has(".earlier").await);
        // What was written to one is nothing to the other.
        let (of_leo, _) = link_for(&elsewhere, LEO, 0);
        ines.goto(&of_leo).await.unwrap();
        ines.presses("button.main").await;
        ines.see("h1", "Sunday").await;
        assert!(!ines.has(".earlier").await && !ines.has(".later").await);
        // What was taken back is gone for whoever unfolds it.
        ines.goto("about:blank").await.unwrap();
        ines.goto(&third).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".earlier", "The roof").await;
        looks_into_sent(&alice, "The roof").await;
        alice.presses(".deliveries [aria-label='The link of ines@elsewhere.test']").await;
        alice.presses_where(".menu button", "Take the message back").await;
        alice.presses("dialog .button.bad").await;
        alice.see(".deliveries", "taken back").await;
        ines.presses_where(".earlier .unfold", "The roof").await;
        ines.see(".earlier .note.bad", "Le lien n’existe pas, ou plus").await;
        assert_eq!(ines.texts(".earlier .unfold b").await, ["The key", "The roof"]);
    });
    told.await;
}

#[tokio::test]
async fn a_picture_is_looked_at_where_it_stands_and_then_saved_without_being_fetched_again() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    // One dark pixel (PNG, ISO/IEC 15948), and what only says that it is a picture.
    let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let dot = base64::engine::general_purpose::STANDARD.decode(dot).unwrap();
    let files = [("été.PNG", dot.clone()), ("broken.jpg", b"no picture".to_vec()), ("plan.txt", b"At noon.".to_vec())];
    let mut send = vec!["link", "send", "--no-notice", "--subject", "Pictures", "--to", INES];
    let paths = files.map(|(name, bytes)| {
        std::fs::write(home.scratch(name), bytes).unwrap();
        home.scratch(name).to_str().unwrap().to_owned()
    });
    send.extend(paths.iter().flat_map(|path| ["--attach", path.as_str()]));
    let printed = done(&alice.client_reading(b"Look.\n", &send));
    let ines = Visitor::open(&home, Look::PHONE).await;
    let told = ines.tell("pictures", async {
        ines.goto(printed.trim_end().split('\t').nth(1).unwrap()).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".linked-files", "plan.txt").await;
        assert_eq!(ines.texts("[aria-expanded=false]").await, ["Voir", "Voir"], "the pictures can be looked at");
        ines.presses("[aria-label='Voir été.PNG']").await;
        ines.find(".picture img[alt='été.PNG']").await;
        let size = "const dot = document.querySelector('.picture img'); await dot.decode(); return dot.naturalWidth";
        assert_eq!(ines.execute(&format!("return (async () => {{ {size} }})()"), vec![]).await.unwrap(), 1);
        ines.screenshot("links/picture").await;
        has_network(&ines, false).await;
        ines.presses("[aria-label='Enregistrer été.PNG']").await;
        assert!(ines.download("été.PNG").await == dot);
        ines.presses_where(".linked-files button", "Cacher").await;
        assert!(!ines.has(".picture img").await);
        has_network(&ines, true).await;
        ines.presses("[aria-label='Voir broken.jpg']").await;
        ines.see(".linked-files .state", "Cette image ne se montre pas ici").await;
        assert!(!ines.has(".picture img").await);
    });
    told.await;
}
