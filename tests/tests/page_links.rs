//! Letters behind links as people without an account open them, in a real browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;

use base64::Engine as _;
use serde_json::{Value, json};
use tests::browser::Look;
use tests::cut::Cut;
use tests::home::Home;
use tests::person::{PASSPHRASE, Person, done};
use tests::visitor::Visitor;

/// Sends a letter from the command line; gives its link, and its code if it has one.
fn send(alice: &Person<'_>, text: &str, choices: &[&str]) -> (String, Option<String>) {
    let to = ["link", "send", "--to", "ines@elsewhere.test", "--subject", "Plans for June", "--no-notice"];
    let printed = done(&alice.client_reading(text.as_bytes(), &[&to[..], choices].concat()));
    let mut columns = printed.trim_end().split('\t').skip(1).map(str::to_owned);
    (columns.next().unwrap(), columns.next())
}

/// How often the newest letter was opened.
fn opened(alice: &Person<'_>) -> Value {
    let newest = done(&alice.client(&["link", "list", "--json"])).lines().next().unwrap().to_owned();
    serde_json::from_str::<Value>(&newest).unwrap()["links"][0]["opened"].clone()
}

/// Whether an address is the box's, or one that the page made of what it has.
fn is_of(home: &Home, url: &str) -> bool {
    url.starts_with(&home.url()) || url.starts_with(&format!("blob:{}", home.url()))
}

/// Gives a browser its network, or takes it away.
async fn has_network(visitor: &Visitor, has: bool) {
    visitor.devtools("Network.enable", json!({})).await;
    let line = json!({ "offline": !has, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    visitor.devtools("Network.emulateNetworkConditions", line).await;
}

/// What the browser keeps of this box.
async fn kept(visitor: &Visitor) -> Value {
    let kept = "return [document.cookie, localStorage.length, sessionStorage.length]";
    visitor.execute(kept, vec![]).await.unwrap()
}

#[tokio::test]
async fn a_link_shows_who_wrote_opens_on_a_press_and_saves_files() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let files =
        [("plan été.txt", b"At noon.\n".to_vec()), ("large.bin", (0..2_500_000_u32).map(|i| i as u8).collect())];
    let paths = files.iter().map(|(name, content)| {
        fs::write(home.scratch(name), content).unwrap();
        home.scratch(name).to_str().unwrap().to_owned()
    });
    let choices: Vec<String> = paths.flat_map(|path| ["--attach".to_owned(), path]).collect();
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    let (link, _) = send(&alice, "Hello Ines,\n\n  see you <there>: https://map.test/?a=1#b.\n", &choices);

    let ines = Visitor::open(&home, Look::PHONE).await;
    let told = ines.tell("link-opens", async {
        // A program that follows links, and even paints the page, opens nothing and leaves nothing.
        ines.goto(&link).await.unwrap();
        ines.see(".cover h1", "alice vous a écrit une lettre").await;
        ines.see(".cover .address", "alice@home.test").await;
        ines.see(".cover .facts", "Elle se lit jusqu’au").await;
        ines.screenshot("links/cover-phone").await;
        assert_eq!(kept(&ines).await, json!(["", 0, 0]));
        assert_eq!(opened(&alice), 0);

        ines.presses("button.main").await;
        ines.see(".open h1", "Plans for June").await;
        assert_eq!(ines.texts(".body").await, ["Hello Ines,\n\n  see you <there>: https://map.test/?a=1#b."]);
        let address = ines.find(".body a").await;
        assert_eq!(address.attr("href").await.unwrap().unwrap(), "https://map.test/?a=1#b");
        assert_eq!(address.attr("rel").await.unwrap().unwrap(), "noopener noreferrer");
        assert_eq!(ines.texts(".who").await[0].lines().next().unwrap(), "alice alice@home.test");
        ines.screenshot("links/letter-phone").await;
        assert_eq!(opened(&alice), 1);
        assert_eq!(ines.texts(".linked-files .name").await, ["plan été.txt", "large.bin"]);
        for (place, (name, content)) in files.iter().enumerate() {
            ines.presses(&format!(".linked-files li:nth-child({}) button", place + 1)).await;
            ines.see(&format!(".linked-files li:nth-child({}) .state", place + 1), "Enregistré").await;
            assert!(ines.download(name).await == *content, "{name}");
        }
        assert_eq!(opened(&alice), 1);
        assert!(!ines.is_asked_before_leaving().await, "it opens again");
        assert!(ines.get_all_cookies().await.unwrap().is_empty());
        // Nothing came from elsewhere, no request had what stands behind #, and nobody is told where this was read.
        let asked = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
        let asked: Vec<String> = serde_json::from_value(ines.execute(asked, vec![]).await.unwrap()).unwrap();
        let secret = link.split_once('#').unwrap().1;
        assert!(asked.len() > 5 && asked.iter().all(|url| is_of(&home, url) && !url.contains(secret)), "{asked:?}");
        let headers = "const { headers } = await fetch(location.pathname);
                       return ['referrer-policy', 'x-robots-tag', 'cache-control'].map((name) => headers.get(name))";
        let headers = ines.execute(&format!("return (async () => {{ {headers} }})()"), vec![]).await.unwrap();
        assert_eq!(headers, json!(["no-referrer", "noindex, nofollow, noarchive", "no-store"]));
        ines.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_letter_is_answered_in_the_page_and_what_was_written_stays_until_it_has_left() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let (link, _) = send(&alice, "Are you coming?", &[]);
    fs::write(home.scratch("soupe d’été.txt"), "hot").unwrap();
    let chosen = home.scratch("soupe d’été.txt");
    let look = Look { dark: true, ..Look::PHONE };
    let (ines, reader) = (Visitor::open(&home, look).await, Visitor::open(&home, Look::DESKTOP).await);
    let told = ines.tell("link-answer", async {
        ines.goto(&link).await.unwrap();
        ines.presses("button.main").await;
        ines.see(".body", "Are you coming?").await;
        let sealers =
            "return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/sealer-')).length";
        assert_eq!(ines.execute(sealers, vec![]).await.unwrap(), 0, "what seals is fetched before it is needed");
        assert!(!ines.is_asked_before_leaving().await);
        ines.presses_where(".reply .begin", "Répondre").await;
        ines.see(".reply label", "Votre réponse à alice").await;
        ines.presses(".reply button.main").await;
        ines.see(".reply .note", "Écrivez quelque chose").await;

        // Without a network it stays, with its file.
        ines.fills("#reply", "Oui, avec la soupe.").await;
        assert!(ines.is_asked_before_leaving().await, "what was written would be lost");
        ines.devtools("Page.setInterceptFileChooserDialog", json!({ "enabled": true })).await;
        ines.presses_where(".reply button", "Joindre").await;
        ines.find("body > input[type=file]").await.send_keys(chosen.to_str().unwrap()).await.unwrap();
        ines.see(".reply .enclosed .name", "soupe d’été.txt").await;
        ines.screenshot("links/answer-phone-dark").await;
        has_network(&ines, false).await;
        ines.presses(".reply button.main").await;
        ines.see(".reply .note", "La boîte ne répond pas.").await;
        assert_eq!(ines.reads("#reply").await, "Oui, avec la soupe.");
        assert_eq!(ines.texts(".reply .enclosed .name").await, ["soupe d’été.txt"]);
        assert_eq!(done(&alice.client(&["list"])), "");
        has_network(&ines, true).await;
        ines.presses(".reply button.main").await;
        ines.see(".reply .state", "Votre réponse est arrivée.").await;
        assert_eq!(ines.reads("#reply").await, "");
        ines.see(".replies .body", "Oui, avec la soupe.").await;
        ines.see(".replies .name", "soupe d’été.txt").await;
        assert!(!ines.is_asked_before_leaving().await);
        // As often as one likes.
        ines.fills("#reply", "Et du pain.").await;
        ines.presses(".reply button.main").await;
        ines.see(".replies li:nth-child(2) .body", "Et du pain.").await;
        ines.screenshot("links/answered-phone-dark").await;

        reader.signs_in("alice@home.test", PASSPHRASE).await;
        reader.see(".row", "Re: Plans for June").await;
        let list = done(&alice.client(&["list"]));
        let first = list.lines().last().unwrap().split_whitespace().next().unwrap();
        let letter = done(&alice.client(&["read", first]));
        assert!(letter.contains("Sealed by its sender: yes") && letter.contains("avec la soupe"), "{letter}");
        assert_eq!(list.lines().count(), 2, "{list}");
        reader.presses_where(".row", "avec la soupe").await;
        reader.see("article .subject", "Re: Plans for June").await;
        reader.see("article .seals", "Answered through your link").await;
        assert_eq!(reader.texts("article .seals .chip").await.len(), 1);
        reader.presses("article .seals .chip").await;
        reader.see("article .seals", "Whoever has the link").await;
        reader.screenshot("links/answer-read-desktop").await;
        reader.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_letter_that_takes_no_answers_offers_none_and_one_that_ended_meanwhile_says_so() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let (silent, _) = send(&alice, "No answer, please.", &["--no-answers"]);
    let (link, _) = send(&alice, "Tell me.", &[]);
    let reader = Visitor::open(&home, Look::DESKTOP).await;
    let told = reader.tell("link-no-answer", async {
        reader.goto(&silent).await.unwrap();
        reader.presses("button.main").await;
        reader.see(".body", "No answer, please.").await;
        assert!(!reader.has(".reply").await);
        // Who does not want to answer can tell the owner of the box, who is alice here.
        reader.presses(".report summary").await;
        reader.fills("#report", "She does not let me answer.").await;
        reader.screenshot("links/report-desktop").await;
        reader.presses(".report button").await;
        reader.see(".report .note", "It has been reported.").await;
        assert!(!reader.has(".report button").await);
        let list = done(&alice.client(&["list"]));
        let note = done(&alice.client(&["read", list.split_whitespace().next().unwrap()]));
        assert!(note.contains("Came: from the box itself") && note.contains("> She does not let me answer."), "{note}");
        reader.goto(&link).await.unwrap();
        reader.presses("button.main").await;
        reader.presses_where(".reply .begin", "Reply").await;
        reader.fills("#reply", "Perhaps.").await;
        let lost = "const send = XMLHttpRequest.prototype.send;
                    XMLHttpRequest.prototype.send = function () {
                        XMLHttpRequest.prototype.send = send;
                        this.dispatchEvent(new ProgressEvent('loadend'));
                    }";
        reader.execute(lost, vec![]).await.unwrap();
        reader.presses(".reply button.main").await;
        reader.see(".reply .note", "The box does not answer.").await;
        let newest = done(&alice.client(&["link", "list", "--json"])).lines().next().unwrap().to_owned();
        let letter = serde_json::from_str::<Value>(&newest).unwrap()["id"].to_string();
        done(&alice.client(&["link", "revoke", &letter]));
        // It was on its way before: whether it had come there, nobody can tell.
        reader.presses(".reply button.main").await;
        reader.see(".reply .note", "Whether your reply had arrived before is not known.").await;
        reader.fills("#reply", "Not any more.").await;
        reader.presses(".reply button.main").await;
        reader.see(".reply .note", "This link takes no replies any more").await;
        assert!(!reader.texts(".reply .note").await[0].contains("arrived before"));
        assert_eq!(reader.reads("#reply").await, "Not any more.");
        reader.screenshot("links/answer-gone-desktop").await;
    });
    told.await;
}

#[tokio::test]
async fn links_that_gateways_spoil_open_and_cut_ones_ask_for_their_words() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let bob = Person::register(&home, "bob");
    let to = ["link", "send", "--to", "bob@home.test", "--subject", "Plans for June"];
    done(&alice.client_reading(b"The text.", &to));
    let arrived = || Some(done(&bob.client(&["list"]))).filter(|list| !list.is_empty());
    let list = tests::program::eventually("the notice", std::time::Duration::from_secs(30), arrived);
    let notice = done(&bob.client(&["read", list.split_whitespace().next().unwrap()]));
    let link = notice.lines().find(|line| line.starts_with(&home.url()) && line.contains('#')).unwrap();
    let words: Vec<_> = notice.lines().skip_while(|line| !line.contains("twelve words")).skip(1).collect();
    let words = words.join(" ");

    let reader = Visitor::open(&home, Look::DESKTOP).await;
    let told = reader.tell("link-spoiled", async {
        let (before, secret) = link.split_once('#').unwrap();
        for spoiled in [
            format!("{before}%23{secret}"),
            format!("{before}%2523{secret}"),
            format!("{before}?utm_source=mail#{secret}&fbclid=x"),
        ] {
            reader.goto("about:blank").await.unwrap();
            reader.goto(&spoiled).await.unwrap();
            reader.see(".cover h1", "alice has written you a letter").await;
            assert_eq!(reader.current_url().await.unwrap().as_str(), link, "{spoiled}");
        }
        reader.screenshot("links/cover-desktop").await;
        for cut in [before.to_owned(), format!("{before}#{}", &secret[..10]), format!("{}/l", home.url())] {
            reader.goto("about:blank").await.unwrap();
            reader.goto(&cut).await.unwrap();
            reader.see("h1", "Type the letter’s twelve words").await;
            reader.fills("#answer", "abandon about").await;
            reader.presses("button.main").await;
            reader.see(".note", "Twelve words are needed, there are 2.").await;
            reader.fills("#answer", &format!("{}about", "abandon ".repeat(11))).await;
            reader.presses("button.main").await;
            if cut.ends_with("/l") {
                // They are the words of a letter, but of none that is there.
                reader.see("h1", "This letter is not here").await;
                reader.goto("about:blank").await.unwrap();
                reader.goto(&cut).await.unwrap();
            } else {
                reader.see(".note", "These words open another letter").await;
                reader.screenshot("links/words-desktop").await;
            }
            reader.fills("#answer", &words.to_uppercase()).await;
            reader.presses("button.main").await;
            reader.see(".cover h1", "alice has written you a letter").await;
            assert_eq!(reader.current_url().await.unwrap().as_str(), link, "{cut}");
        }
        reader.presses("button.main").await;
        reader.see(".body", "The text.").await;
    });
    told.await;
}

#[tokio::test]
async fn locks_counts_and_ends_say_what_they_are() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let (link, code) = send(&alice, "Behind a code.", &["--code"]);
    let (once, _) = send(&alice, "Once.", &["--openings", "1"]);
    let (mine, _) = send(&alice, "Mine.", &["--first-browser"]);
    let code = code.unwrap();
    let dark = Look { dark: true, ..Look::DESKTOP };
    let (first, second) = (Visitor::open(&home, dark).await, Visitor::open(&home, Look::PHONE).await);
    let told = first.tell("link-locks", async {
        first.goto(&link).await.unwrap();
        first.see(".question", "alice gives you the six digits").await;
        first.presses("button.main").await;
        first.see(".note", "The six digits are needed.").await;
        first.fills("#answer", if code == "000000" { "111111" } else { "000000" }).await;
        first.presses("button.main").await;
        first.see(".note", "This is not the right code.").await;
        first.screenshot("links/code-dark").await;
        first.fills("#answer", &format!("{} {}", &code[..3], &code[3..])).await;
        first.presses("button.main").await;
        first.see(".body", "Behind a code.").await;
        first.screenshot("links/letter-dark").await;

        second.goto(&once).await.unwrap();
        second.see(".cover h1", "alice vous a écrit").await;
        first.goto(&once).await.unwrap();
        first.see(".facts", "It opens once only").await;
        first.presses("button.main").await;
        first.see(".body", "Once.").await;
        first.see(".end", "It will not open again").await;
        assert!(first.is_asked_before_leaving().await, "it does not open again");
        second.presses("button.main").await;
        second.see("h1", "Cette lettre n’est pas là").await;
        second.screenshot("links/gone-phone").await;

        first.goto(&mine).await.unwrap();
        first.see(".facts", "Once it is open here, it opens in no other browser.").await;
        first.presses("button.main").await;
        first.see(".body", "Mine.").await;
        second.goto(&mine).await.unwrap();
        second.presses("button.main").await;
        second.see(".note", "dans le navigateur qui l’a ouverte en premier").await;
        first.goto("about:blank").await.unwrap();
        first.goto(&mine).await.unwrap();
        first.presses("button.main").await;
        first.see(".body", "Mine.").await;

        let newest = done(&alice.client(&["link", "list", "--json"])).lines().next().unwrap().to_owned();
        let letter = serde_json::from_str::<Value>(&newest).unwrap()["id"].to_string();
        done(&alice.client(&["link", "revoke", &letter]));
        first.goto("about:blank").await.unwrap();
        first.goto(&mine).await.unwrap();
        first.see("h1", "This letter is not here").await;
    });
    told.await;
}

#[tokio::test]
async fn a_question_is_heard_out_until_there_were_too_many_answers() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let answer = home.scratch("answer");
    fs::write(&answer, "Saint-Malo, été 1998\n").unwrap();
    let question = ["--question", "Où étions-nous ?", "--answer-file", answer.to_str().unwrap()];
    let (link, _) = send(&alice, "Behind a question.", &question);
    let reader = Visitor::open(&home, Look { dark: true, ..Look::PHONE }).await;
    let told = reader.tell("link-question", async {
        reader.goto(&link).await.unwrap();
        reader.see(".question", "Où étions-nous ?").await;
        reader.screenshot("links/question-phone-dark").await;
        reader.fills("#answer", "Dinard").await;
        reader.presses("button.main").await;
        reader.see(".note", "Ce n’est pas la bonne réponse.").await;
        assert_eq!(reader.reads("#answer").await, "Dinard", "what was typed can be corrected");
        // Without a network nothing is counted, and what was typed stays.
        has_network(&reader, false).await;
        reader.fills("#answer", "saint malo ete 1998").await;
        reader.presses("button.main").await;
        reader.see(".note", "La boîte ne répond pas.").await;
        assert_eq!(opened(&alice), 0);
        has_network(&reader, true).await;
        // Who tries too often waits, and says the right answer then.
        let mut said = String::new();
        while !said.contains("Trop d’essais") {
            reader.fills("#answer", "Dinard").await;
            reader.presses("button.main").await;
            said = reader.see(".note", ".").await.text().await.unwrap();
        }
        reader.fills("#answer", "saint malo ete 1998").await;
        let began = std::time::Instant::now();
        while !reader.has(".body").await {
            assert!(began.elapsed() < tests::browser::PATIENCE, "it does not open");
            if reader.has("button.main:enabled").await {
                reader.presses("button.main").await;
            }
        }
        reader.see(".body", "Behind a question.").await;
        assert_eq!(opened(&alice), 1);
    });
    told.await;
}

#[tokio::test]
async fn what_was_altered_on_the_box_is_not_shown_and_not_saved() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let content: Vec<u8> = (0..4_500_000_u32).map(|i| (i >> 3) as u8).collect();
    fs::write(home.scratch("large.bin"), &content).unwrap();
    let (link, _) = send(&alice, "Whole.", &["--attach", home.scratch("large.bin").to_str().unwrap()]);
    let chunk = |place: u32| home.data().join("links/1").join(place.to_string());
    let kept: Vec<_> = (0..5).map(|place| fs::read(chunk(place)).unwrap()).collect();
    let reader = Visitor::open(&home, Look::DESKTOP).await;
    let told = reader.tell("link-altered", async {
        // The first chunk gone, cut, and another one in its place.
        for spoiled in [&kept[0][..1000], &kept[0][..kept[0].len() - 1], &kept[1][..]] {
            fs::write(chunk(0), spoiled).unwrap();
            reader.goto("about:blank").await.unwrap();
            reader.goto(&link).await.unwrap();
            reader.presses("button.main").await;
            reader.see(".note", "The letter is damaged").await;
            assert!(!reader.has(".body").await);
        }
        fs::write(chunk(0), &kept[0]).unwrap();
        reader.presses("button.main").await;
        reader.see(".body", "Whole.").await;

        // Two chunks of a file exchanged: what came before stays, and nothing is saved.
        fs::write(chunk(2), &kept[3]).unwrap();
        fs::write(chunk(3), &kept[2]).unwrap();
        reader.presses(".linked-files button").await;
        reader.see(".linked-files .state", "The letter is damaged").await;
        reader.screenshot("links/damaged-desktop").await;
        for place in [2, 3] {
            fs::write(chunk(place), &kept[place as usize]).unwrap();
        }
        reader.presses_where(".linked-files button", "Go on").await;
        reader.see(".linked-files .state", "Saved").await;
        assert!(reader.download("large.bin").await == content);
    });
    told.await;
}

#[tokio::test]
async fn a_file_comes_whole_through_a_connection_that_goes_and_can_be_stopped() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let content: Vec<u8> = (0..20_000_000_u32).map(|i| (i >> 2) as u8).collect();
    fs::write(home.scratch("film.bin"), &content).unwrap();
    let (link, _) = send(&alice, "A film.", &["--attach", home.scratch("film.bin").to_str().unwrap()]);
    let way = Cut::new(&home, 3_000_000);
    let link = link.replace(&home.url(), &way.url());
    let reader = Visitor::open(&home, Look::PHONE).await;
    let told = reader.tell("link-cut", async {
        reader.goto(&link).await.unwrap();
        reader.presses("button.main").await;
        reader.see(".body", "A film.").await;
        way.drop_next(2);
        reader.presses(".linked-files button").await;
        reader.presses_where(".linked-files button", "Arrêter").await;
        reader.see(".linked-files .state", "Arrêté\u{202f}; ce qui est arrivé est gardé.").await;
        assert!(!reader.is_asked_before_leaving().await);
        reader.presses_where(".linked-files button", "Reprendre").await;
        reader.see(".linked-files .state", "%").await;
        reader.screenshot("links/saving-phone").await;
        reader.see(".linked-files .state", "Enregistré").await;
        assert!(reader.download("film.bin").await == content);
        assert_eq!((way.left(), opened(&alice)), (0, json!(1)));
    });
    told.await;
}

#[tokio::test]
async fn the_layout_of_a_letter_is_shown_and_runs_and_fetches_nothing() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let layout = home.scratch("layout.html");
    let html = "<h2 id=inside>A layout</h2><script>parent.document.title = 'ran'</script>\
                <img src=https://elsewhere.test/x.png onerror=\"parent.document.title = 'ran'\">\
                <link rel=preconnect href=https://elsewhere.test/><meta http-equiv=refresh content=\"0;url=https://elsewhere.test/\"><a id=link target=_self href=https://elsewhere.test/>A link</a>\
                <a class=nowhere href=\"javascript:parent.document.title='ran'\">x</a><a class=nowhere href=/settings>x</a>\
                <svg><a class=nowhere xlink:href=\"javascript:parent.document.title='ran'\"><text>x</text></a></svg>\
                <p><img id=dot src=cid:dot.png></p><table width=1200><tr><td>Wide</td></tr></table><p id=end>The end</p>";
    fs::write(&layout, html).unwrap();
    // One dark pixel (PNG, ISO/IEC 15948).
    let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    fs::write(home.scratch("dot.png"), base64::engine::general_purpose::STANDARD.decode(dot).unwrap()).unwrap();
    fs::write(home.scratch("plan.txt"), "At noon.").unwrap();
    let files = ["dot.png", "plan.txt"].map(|name| home.scratch(name).to_str().unwrap().to_owned());
    let choices = ["--html-file", layout.to_str().unwrap(), "--attach", &files[0], "--attach", &files[1]];
    let (link, _) = send(&alice, "As text.", &choices);
    let reader = Visitor::open(&home, Look::DESKTOP).await;
    let told = reader.tell("link-layout", async {
        reader.goto(&link).await.unwrap();
        reader.presses("button.main").await;
        let frame = reader.find("iframe.layout").await;
        frame.enter_frame().await.unwrap();
        reader.see("#inside", "A layout").await;
        reader.find("#dot[src^='blob:']").await;
        let width = "const dot = document.querySelector('#dot'); await dot.decode(); return dot.naturalWidth";
        assert_eq!(reader.execute(&format!("return (async () => {{ {width} }})()"), vec![]).await.unwrap(), 1);
        assert!(!reader.has("link, script, meta[http-equiv]").await, "what connects or leads away is not in there");
        let led = "return [...document.querySelectorAll('.nowhere')].map(link => link.attributes.length && link.outerHTML.includes('href'))";
        assert_eq!(reader.execute(led, vec![]).await.unwrap(), json!([false, false, false]));
        let link = reader.find("#link").await;
        assert_eq!(link.attr("target").await.unwrap().unwrap(), "_blank");
        assert_eq!(link.attr("rel").await.unwrap().unwrap(), "noopener noreferrer");
        reader.see("#end", "The end").await;
        reader.enter_parent_frame().await.unwrap();
        assert_eq!(reader.texts(".linked-files .name").await, ["plan.txt"], "the layout shows the picture");
        let wide = "const frame = document.querySelector('iframe.layout');
                    const root = frame.contentDocument.documentElement;
                    const end = frame.contentDocument.querySelector('#end').getBoundingClientRect();
                    return [root.scrollWidth <= root.clientWidth + 1, root.scrollHeight <= root.clientHeight + 1, end.height > 0]";
        assert_eq!(reader.execute(wide, vec![]).await.unwrap(), json!([true, true, true]));
        assert_eq!(reader.title().await.unwrap(), "Plans for June");
        let high = reader.execute("return document.querySelector('iframe.layout').clientHeight", vec![]).await.unwrap();
        assert!(high.as_i64().unwrap() > 40, "{high}");
        reader.screenshot("links/layout-desktop").await;
    });
    told.await;
}
