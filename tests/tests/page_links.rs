//! Letters behind links as people without an account open them, in a real browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;

use serde_json::{Value, json};
use tests::browser::Look;
use tests::home::Home;
use tests::person::{Person, done};
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
    let (link, _) = send(&alice, "Hello Ines,\n\n  see you <there>.\n", &choices);

    let ines = Visitor::open(&home, Look::PHONE).await;
    let told = ines.tell("link-opens", async {
        // A program that follows links, and even paints the page, opens nothing and leaves nothing.
        ines.goto(&link).await.unwrap();
        ines.see(".cover h1", "alice vous a écrit une lettre").await;
        ines.see(".cover .address", "alice@home.test").await;
        ines.see(".cover .until", "Elle se lit jusqu’au").await;
        ines.screenshot("links/cover-phone").await;
        assert_eq!(kept(&ines).await, json!(["", 0, 0]));
        assert_eq!(opened(&alice), 0);

        ines.presses("button.main").await;
        ines.see(".open h1", "Plans for June").await;
        assert_eq!(ines.texts(".body").await, ["Hello Ines,\n\n  see you <there>."]);
        ines.screenshot("links/letter-phone").await;
        assert_eq!(opened(&alice), 1);
        assert_eq!(ines.texts(".linked-files .name").await, ["plan été.txt", "large.bin"]);
        for (place, (name, content)) in files.iter().enumerate() {
            ines.presses(&format!(".linked-files li:nth-child({}) button", place + 1)).await;
            ines.see(&format!(".linked-files li:nth-child({}) .state", place + 1), "Enregistré").await;
            assert!(ines.download(name).await == *content, "{name}");
        }
        assert_eq!(opened(&alice), 1);
        assert!(ines.get_all_cookies().await.unwrap().is_empty());
        ines.has_no_complaint().await;
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
        first.see(".note", "An answer is needed.").await;
        first.fills("#answer", if code == "000000" { "111111" } else { "000000" }).await;
        first.presses("button.main").await;
        first.see(".note", "This is not the right answer.").await;
        first.screenshot("links/code-dark").await;
        first.fills("#answer", &format!("{} {}", &code[..3], &code[3..])).await;
        first.presses("button.main").await;
        first.see(".body", "Behind a code.").await;
        first.screenshot("links/letter-dark").await;

        second.goto(&once).await.unwrap();
        second.see(".cover h1", "alice vous a écrit").await;
        first.goto(&once).await.unwrap();
        first.presses("button.main").await;
        first.see(".body", "Once.").await;
        second.presses("button.main").await;
        second.see("h1", "Cette lettre n’est pas là").await;
        second.screenshot("links/gone-phone").await;

        first.goto(&mine).await.unwrap();
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
async fn the_layout_of_a_letter_is_shown_and_runs_and_fetches_nothing() {
    let home = Home::new();
    let alice = Person::register(&home, "alice");
    let layout = home.scratch("layout.html");
    let html = "<h2 id=inside>A layout</h2><script>parent.document.title = 'ran'</script>\
                <img src=https://elsewhere.test/x.png onerror=\"parent.document.title = 'ran'\">";
    fs::write(&layout, html).unwrap();
    let (link, _) = send(&alice, "As text.", &["--html-file", layout.to_str().unwrap()]);
    let reader = Visitor::open(&home, Look::DESKTOP).await;
    let told = reader.tell("link-layout", async {
        reader.goto(&link).await.unwrap();
        reader.presses("button.main").await;
        let frame = reader.find("iframe.layout").await;
        frame.enter_frame().await.unwrap();
        reader.see("#inside", "A layout").await;
        reader.enter_parent_frame().await.unwrap();
        assert_eq!(reader.title().await.unwrap(), "Plans for June");
        let high = reader.execute("return document.querySelector('iframe.layout').clientHeight", vec![]).await.unwrap();
        assert!(high.as_i64().unwrap() > 40, "{high}");
        reader.screenshot("links/layout-desktop").await;
    });
    told.await;
}
