//! Reading in the page: a real multipart message arrives while the page is open, is read, and its attachments come out byte
//! for byte.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout)]

use std::process::Command;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::browser::{Look, PATIENCE};
use tests::elsewhere::{Elsewhere, published};
use tests::foreign::{curl_in, curl_submit, in_mime};
use tests::gnupg::GnuPg;
use tests::home::{DOMAIN, Home};
use tests::person::{PASSPHRASE, Person, done};
use tests::program::run;
use tests::repository::root;
use tests::visitor::Visitor;

/// HTML with an inline image, a remote one and a script; a PDF and a picture with names that are not ASCII.
fn rich(picture: &[u8], pdf: &[u8]) -> Vec<u8> {
    let base64 = |bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        text.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect::<String>()
    };
    format!(
        "From: =?utf-8?q?Zo=C3=A9_Lef=C3=A8vre?= <zoe@elsewhere.test>\r\nTo: Alice <alice@home.test>, paul@elsewhere.test\r\n\
         Subject: =?utf-8?b?RMOpamV1bmVyIGRpbWFuY2hl?=\r\nDate: Mon, 23 Nov 2026 12:00:00 +0100\r\n\
         Message-ID: <dejeuner@elsewhere.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n\
         --a\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         <h2 id=3Dtitle style=3D\"color: rgb(170, 0, 51)\">Dimanche</h2><p>On vient tous, =E0 midi. <img id=3Dinline \
         src=3D\"cid:photo\"><img id=3Dremote src=3D\"https://tracker.example/p.gif\"><script>document.title =3D 'intruder'\
         </script></p>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <photo>\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: inline\r\n\r\n{picture}--b--\r\n\
         --a\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename*=utf-8''plan%20d%E2%80%99acc%C3%A8s.pdf\r\n\r\n{pdf}\
         --a\r\nContent-Type: image/png; name=\"=?utf-8?q?=C3=A9t=C3=A9.png?=\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=A9t=C3=A9.png?=\"\r\n\r\n{picture}--a--\r\n",
        picture = base64(picture),
        pdf = base64(pdf),
    )
    .into_bytes()
}

#[tokio::test]
async fn a_rich_letter_arrives_while_the_page_is_open_and_its_files_come_out_whole() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let picture = std::fs::read(root().join("public/icon-512.png")).unwrap();
    let pdf: Vec<u8> = b"%PDF-1.4\n".iter().copied().chain((0..=255).cycle().take(70_000)).collect();
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("rich-letter", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.see(".list", "All read, all tidy").await;

        let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &rich(&picture, &pdf));
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
        let acknowledged = Instant::now();
        alice.see(".row", "Déjeuner dimanche").await;
        println!("in the open page {} ms after the 250", acknowledged.elapsed().as_millis());
        alice.see(".row", "Zoé Lefèvre").await;

        alice.opens("Déjeuner dimanche").await;
        alice.see(".head .name", "Zoé Lefèvre").await;
        alice.see(".note", "1 image").await;
        alice.find("iframe").await.enter_frame().await.unwrap();
        alice.see("p", "On vient tous, à midi.").await;
        let seen = alice
            .execute(
                "const image = document.getElementById('inline');
                 return [getComputedStyle(document.getElementById('title')).color, image.naturalWidth,
                         document.querySelectorAll('script').length, document.documentElement.outerHTML.includes('tracker')]",
                vec![],
            )
            .await
            .unwrap();
        assert_eq!(seen, json!(["rgb(170, 0, 51)", 512, 0, false]));
        alice.enter_parent_frame().await.unwrap();
        assert!(!alice.title().await.unwrap().contains("intruder"));

        assert_eq!(alice.texts(".file .label").await.len(), 2);
        alice.presses("[aria-label*='plan d’accès.pdf']").await;
        assert_eq!(alice.download("plan d’accès.pdf").await, pdf);
        alice.presses(".file [aria-label*='Download']:not([aria-label*=plan])").await;
        assert_eq!(alice.download("été.png").await, picture);
        alice.has_no_complaint().await;
        for (name, look) in [
            ("desktop", Look::DESKTOP),
            ("desktop-dark", Look { dark: true, ..Look::DESKTOP }),
            ("phone", Look::PHONE),
            ("phone-dark", Look { dark: true, ..Look::PHONE }),
        ] {
            alice.look(look).await;
            alice.screenshot(&format!("reading/letter-{name}")).await;
        }
    });
    told.await;
}

/// What a mail program with GnuPG makes of a letter with a file of so many octets: its subject stands inside of the seal.
fn sealed_by(zoe: &GnuPg, subject: &str, octets: usize) -> Vec<u8> {
    // Octets that do not compress.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let file: Vec<u8> = (0..octets)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        })
        .collect();
    let inside = format!(
        "From: =?utf-8?q?Zo=C3=A9?= <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\
         Content-Type: multipart/mixed; boundary=i; protected-headers=\"v1\"\r\n\r\n\
         --i\r\nContent-Type: text/plain\r\n\r\nUn beau souvenir.\r\n\
         --i\r\nContent-Type: image/jpeg; name=\"lac.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"lac.jpg\"\r\n\r\n{}\r\n--i--\r\n",
        STANDARD.encode(&file).as_bytes().chunks(76).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n"),
    );
    in_mime(zoe.seal(inside.as_bytes(), "alice@home.test", None))
}

#[tokio::test]
async fn what_is_sealed_inside_a_letter_stands_in_every_list_once_one_page_has_looked() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    zoe.import(&published(&home, "alice@home.test"), None);
    // One that is looked into at once, and one that waits until the list rests.
    for (subject, octets) in [("Petit mot", 100), ("Photos du lac", 1_000_000)] {
        let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &sealed_by(&zoe, subject, octets));
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
    let fetched = "const paths = performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname);
                   return paths.filter((path) => /^\\/api\\/messages\\/\\d+$/.test(path)).length";
    for (look, name, fetches) in [(Look::DESKTOP, "sealed-list-first", 2), (Look::PHONE, "sealed-list-later", 0)] {
        let alice = Visitor::open(&home, look).await;
        let told = alice.tell(name, async {
            alice.signs_in("alice@home.test", PASSPHRASE).await;
            for subject in ["Petit mot", "Photos du lac"] {
                let row = alice.see(".row", subject).await.text().await.unwrap();
                assert!(row.contains("Zoé"), "{row}");
            }
            assert_eq!(alice.execute(fetched, vec![]).await.unwrap(), json!(fetches));
            alice.has_no_complaint().await;
            alice.screenshot(&format!("reading/{name}")).await;
        });
        told.await;
    }
}

#[tokio::test]
async fn what_a_broken_message_cannot_give_is_said() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let broken: [(&str, &[u8], &str); 3] = [
        ("charset", b"Subject: strange charset\r\nContent-Type: text/plain; charset=x-nobody-knows\r\n\r\nna\xefve\r\n", "na"),
        (
            "boundary",
            b"Subject: no last boundary\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nstill here\r\n",
            "still here",
        ),
        (
            "encoding",
            b"Subject: cut encoding\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29ybGQ!!x\r\n",
            "",
        ),
    ];
    for (_, message, _) in broken {
        let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], message);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
    let cut = b"From: zoe@elsewhere.test\r\nSubject: cut seal\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; \
        protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\n\
        Version: 1\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n\
        hF4DAAAAAAAAAAASAQdA\r\n-----END PGP MESSAGE-----\r\n--b--\r\n";
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], cut).status.success());

    let alice = Visitor::open(&home, Look::PHONE).await;
    let told = alice.tell("broken-messages", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        for (name, subject, text) in [
            ("charset", "strange charset", "na"),
            ("boundary", "no last boundary", "still here"),
            ("encoding", "cut encoding", "Hello"),
        ] {
            alice.opens(subject).await;
            alice.see("article .body", text).await;
            alice.find("article .note.warn").await;
            alice.screenshot(&format!("reading/broken-{name}-phone")).await;
            alice.presses(".read .back").await;
            alice.sees_no("article .subject", subject).await;
        }
        alice.opens("cut seal").await;
        alice.see("article .note.warn", "elle est arrivée abîmée").await;
        alice.screenshot("reading/broken-seal-phone").await;
    });
    told.await;
}

#[tokio::test]
async fn own_letters_are_not_judged_like_those_that_came_wherever_they_lie() {
    const CAME_OPEN: &str = "[title='Came open, sealed here']";
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    // Somebody writes her name on a letter from outside: that one came.
    let forged =
        b"From: Alice <alice@home.test>\r\nTo: alice@home.test\r\nSubject: In her name\r\n\r\nPay at once.\r\n";
    assert!(curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], forged).status.success());
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("own-letters", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.see(".row", "In her name").await;
        alice.find(&format!(".row {CAME_OPEN}")).await;
        alice.see(".row .chip", "Perhaps an imitation").await;
        // A draft that is thrown away lies in the bin.
        alice.strikes("c").await;
        alice.find(".writing .people input").await.send_keys("bob@elsewhere.test,").await.unwrap();
        alice.fills(".writing input[id^=subject]", "Thrown away").await;
        alice.strikes_control("s").await;
        alice.see(".writing .state", "Saved").await;
        alice.presses(".writing footer [aria-label='Discard the draft']").await;
        alice.goes_to("/mail/trash").await;
        alice.see(".row", "To: bob@elsewhere.test").await;
        assert!(!alice.has(&format!(".row {CAME_OPEN}")).await);
        alice.opens("Thrown away").await;
        assert!(!alice.has("article .seals").await);
        alice.see(".answer .button", "Go on writing").await;
        alice.screenshot("reading/draft-in-the-bin").await;
        // The forged one is judged there as in the inbox.
        alice.goes_to("/mail/inbox").await;
        alice.opens("In her name").await;
        alice.see("article .seals", "Came open").await;
        alice.strikes("#").await;
        alice.presses(".nav a[href='/mail/trash']").await;
        alice.opens("In her name").await;
        alice.see("article .seals", "Came open").await;
        assert_eq!(alice.texts(&format!(".row {CAME_OPEN}")).await.len(), 1);
    });
    told.await;
}

#[tokio::test]
async fn a_forged_neighbour_is_marked_and_what_nobody_carried_is_no_postcard() {
    let home = Home::new();
    let (writer, bob) = (Person::register(&home, "alice"), Person::register(&home, "bob"));
    let letter = |from: &str, subject: &str| {
        format!("From: {from}\r\nTo: alice@home.test\r\nSubject: {subject}\r\n\r\nPay at once.\r\n").into_bytes()
    };
    for (from, subject) in [("Bob <bob@home.test>", "Forged"), ("\"bob@home.test\" <evil@evil.test>", "Named so")] {
        let brought = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &letter(from, subject));
        assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
    }
    let handed = curl_submit(&home, &bob.device(), &["alice@home.test"], &letter("Bob <bob@home.test>", "His own"));
    assert!(handed.status.success(), "{}", String::from_utf8_lossy(&handed.stderr));
    done(&writer.client_reading(b"x", &["send", "--to", "refuse@fail.home.test", "--subject", "x", "--open"]));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("forged-neighbour", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        for text in ["Forged", "evil@evil.test", "His own", "Message not delivered"] {
            alice.see(".row", text).await;
        }
        assert_eq!(alice.texts(".row .chip.bad").await, ["Perhaps an imitation"]);
        assert_eq!(alice.texts(".row [title='Never left your box']").await.len(), 2);

        alice.opens("Forged").await;
        alice.presses_where("article .seals .chip", "Perhaps an imitation").await;
        alice.see(".seals .explains", "It came from outside: somebody may be pretending").await;
        alice.screenshot("reading/forged-desktop").await;
        for subject in ["His own", "Message not delivered"] {
            alice.opens(subject).await;
            alice.presses_where("article .seals .chip", "Never left your box").await;
            alice.see(".seals .explains", "No other server carried this message").await;
            assert!(!alice.has("article .seals .chip.bad").await, "{subject}");
        }
        alice.see("article", "said, in its own words: “550").await;
        alice.screenshot("reading/notice-desktop").await;
        alice.opens("Named so").await;
        assert_eq!(alice.texts("article .head .name").await, ["evil@evil.test"]);
        alice.has_no_complaint().await;
        alice.look(Look { dark: true, ..Look::PHONE }).await;
        alice.goes_to("/mail/inbox").await;
        alice.see(".row .chip.bad", "Perhaps an imitation").await;
        alice.screenshot("reading/forged-phone-dark").await;
    });
    told.await;
}

/// A letter with these files.
fn carrying(subject: &str, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut letter = format!(
        "From: Zoe <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nHere they are.\r\n"
    );
    for (name, bytes) in files {
        letter += &format!(
            "--a\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        for line in STANDARD.encode(bytes).as_bytes().chunks(76) {
            letter += &String::from_utf8_lossy(line);
            letter += "\r\n";
        }
    }
    (letter + "--a--\r\n").into_bytes()
}

#[tokio::test]
async fn all_attachments_come_as_one_file() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let bytes = |seed: u8| (0..=255_u8).cycle().skip(seed.into()).take(40_000 + usize::from(seed)).collect::<Vec<_>>();
    let mut files: Vec<(String, Vec<u8>)> = (1..=12).map(|n| (format!("photo {n}.jpg"), bytes(n))).collect();
    files.extend([("Photo 1.jpg".to_owned(), bytes(20)), ("=?utf-8?q?../=C3=A9t=C3=A9.txt?=".to_owned(), bytes(21))]);
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &carrying("Holidays: part 1/2", &named));
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));

    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("one-file", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Holidays").await;
        alice.presses_where(".files button", "Download all").await;
        let archive = alice.download("Holidays_ part 1_2.zip").await;
        alice.has_no_complaint().await;
        alice.screenshot("reading/all-attachments").await;
        archive
    });
    let archive = told.await;
    // Another program takes it apart.
    let kept = home.scratch("all.zip");
    std::fs::write(&kept, archive).unwrap();
    let look = "import sys, zipfile, json; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; \
                print(json.dumps([[i.filename, z.read(i).hex()] for i in z.infolist()]))";
    let read = run(Command::new("python3").args(["-c", look]).arg(&kept));
    let read: Vec<(String, String)> = serde_json::from_slice(&read).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut expected: Vec<(String, String)> = files.iter().map(|(name, bytes)| (name.clone(), hex(bytes))).collect();
    expected[12].0 = "Photo 1 (2).jpg".to_owned();
    expected[13].0 = "été.txt".to_owned();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn opening_a_signed_letter_tells_nobody_and_who_signed_is_looked_up_on_demand() {
    let elsewhere = Elsewhere::new("elsewhere.test");
    let home = Home::with(DOMAIN, None, vec![elsewhere.as_neighbour()]);
    let _alice = Person::register(&home, "alice");
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    zoe.import(&published(&home, "alice@home.test"), None);
    let inside = "From: =?utf-8?q?Zo=C3=A9?= <zoe@elsewhere.test>\r\nTo: alice@home.test\r\nSubject: Signed by Zoe\r\n\
                  Content-Type: text/plain; protected-headers=\"v1\"\r\n\r\nIt is me.\r\n";
    let sealed = zoe.seal(inside.as_bytes(), "alice@home.test", Some("zoe@elsewhere.test"));
    let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], &in_mime(sealed));
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("signer-looked-up", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        alice.opens("Signed by Zoe").await;
        alice.see("article", "It is me.").await;
        // Read already, though nobody knows who signed.
        alice.sees_no(".nav a[href='/mail/inbox'] b", "1").await;
        alice.presses_where(".seals .chip", "Unknown signature").await;
        alice.see(".seals .explains", "Your box will ask elsewhere.test").await;
        // Had the box asked when the letter was opened, it would know for some minutes that there is nothing.
        elsewhere.publish(&zoe, "zoe@elsewhere.test");
        alice.screenshot("reading/signer-unknown").await;
        alice.presses_where(".seals .explains button", "Look up who signed").await;
        alice.see(".seals .chip", "Signed by").await;
        alice.has_no_complaint().await;
    });
    told.await;
}

#[tokio::test]
async fn a_letter_that_is_not_read_any_more_is_not_fetched_to_its_end() {
    let home = Home::new();
    let _alice = Person::register(&home, "alice");
    let zoe = GnuPg::with_key_of("Zoé <zoe@elsewhere.test>");
    zoe.import(&published(&home, "alice@home.test"), None);
    let small = b"From: zoe@elsewhere.test\r\nSubject: A small one\r\n\r\nHello.\r\n";
    for letter in [&sealed_by(&zoe, "A large one", 2_000_000), &small.to_vec()] {
        let sent = curl_in(&home, "zoe@elsewhere.test", &["alice@home.test"], letter);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    }
    let alice = Visitor::open(&home, Look::DESKTOP).await;
    let told = alice.tell("not-read-any-more", async {
        alice.signs_in("alice@home.test", PASSPHRASE).await;
        // The page has looked into it; a reload takes what it keeps away.
        alice.see(".row", "A large one").await;
        alice.refresh().await.unwrap();
        alice.see(".row", "A large one").await;
        let watch = "
            const fetch = window.fetch;
            window.seen = [];
            window.fetch = async (request) => {
                const one = { large: false, signal: request.signal };
                if (/^.api.messages.[0-9]+$/.test(new URL(request.url).pathname)) window.seen.push(one);
                const answer = await fetch(request);
                one.large = Number(answer.headers.get('content-length')) > 1000000;
                return answer;
            };";
        alice.execute(watch, vec![]).await.unwrap();
        alice.devtools("Network.enable", json!({})).await;
        alice.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
        let slow = json!({ "offline": false, "latency": 0, "downloadThroughput": 50_000, "uploadThroughput": -1 });
        alice.devtools("Network.emulateNetworkConditions", slow).await;
        alice.presses_where(".row", "A large one").await;
        let began = Instant::now();
        let told = "return window.seen.filter((one) => one.large).map((one) => one.signal.aborted)";
        while alice.execute(told, vec![]).await.unwrap() != json!([false]) {
            assert!(began.elapsed() < PATIENCE, "its answer has not begun");
        }
        alice.opens("A small one").await;
        // It may be fetched ahead after that, as the one that stands next.
        assert_eq!(alice.execute(told, vec![]).await.unwrap()[0], json!(true));
        // Fetched whole when it is read after all.
        let quick = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        alice.devtools("Network.emulateNetworkConditions", quick).await;
        alice.opens("A large one").await;
        alice.see("article", "Un beau souvenir.").await;
        alice.see("article .file", "lac.jpg").await;
    });
    told.await;
}
