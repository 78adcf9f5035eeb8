//! What joins the letters of one sender to one person.

use shared::api::link::{EarlierLink, EarlierRequest, EarlierResponse, earlier_each};

use super::*;

/// The notes of links to these people, as text.
async fn notes(sender: &mut Browser, people: &[&str]) -> Vec<(String, String)> {
    let recipients = people.iter().map(|address| address.parse().unwrap()).collect();
    let EarlierResponse { links } =
        json(sender.post(paths::LETTERS_EARLIER, &EarlierRequest { recipients }).await).await;
    let told =
        |EarlierLink { recipient, note }: EarlierLink| (recipient.to_string(), String::from_utf8(note.0).unwrap());
    links.into_iter().map(told).collect()
}

async fn revoke(sender: &mut Browser, id: LinkedLetterId) {
    assert_eq!(change(sender, Method::DELETE, &paths::letter(id), "").await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_sender_finds_the_links_to_a_person_that_can_be_opened_and_nobody_else_does() {
    let (mut home, mut sender) = alice().await;
    let ines = "INES@elsewhere.test";
    let first = letter(&mut home, 10, &[None], |new| new.note = b"first-note".to_vec().into());
    let first_id = first.create(&mut sender).await;
    assert_eq!(notes(&mut sender, &[ines]).await, [], "not before it is complete");
    assert_eq!(put_chunk(&mut sender, first_id, 0, &first.chunks[0].bytes).await.status(), StatusCode::NO_CONTENT);
    json::<SubmitResponse>(complete(&mut sender, first_id).await).await;
    home.pass(60);
    let second = letter(&mut home, 10, &[None], |new| {
        new.recipient = "Ines@Elsewhere.test".parse().unwrap();
        (new.note, new.expires_at) = (b"second".to_vec().into(), new.expires_at.plus(-28 * DAY));
    });
    second.send(&mut sender).await;
    let once = letter(&mut home, 10, &[None], |new| {
        (new.note, new.openings) = (b"once".to_vec().into(), Some(1));
    });
    once.send(&mut sender).await;
    letter(&mut home, 10, &[None], |_| ()).send(&mut sender).await;
    let expected = |all: &[&str]| all.iter().map(|note| (ines.to_owned(), (*note).to_owned())).collect::<Vec<_>>();
    let of = notes(&mut sender, &["bob@elsewhere.test", ines]).await;
    assert_eq!(of, expected(&["once", "second", "first-note"]));

    let (person, now) = (ines.parse().unwrap(), home.now());
    let of_another = home.context.store.read(move |tx| links::conversation::notes(tx, AccountNo(2), &person, 9, now));
    assert!(of_another.await.unwrap().is_empty());
    let nobody = Browser::new(&home).post(paths::LETTERS_EARLIER, &EarlierRequest { recipients: Vec::new() }).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);

    // What was opened as often as it could be, was taken back, or is over, is not told of.
    let mut reader = Reader::new(&mut home);
    reader.read(&mut home, &once.links[0], None).await;
    revoke(&mut sender, first_id).await;
    assert_eq!(notes(&mut sender, &[ines]).await, expected(&["second"]));
    assert!(!on_disk(&home, b"first-note"));
    home.pass(2 * DAY);
    assert_eq!(notes(&mut sender, &[ines]).await, []);
}

#[tokio::test]
async fn a_link_tells_of_earlier_letters_and_that_there_is_a_later_one() {
    let (mut home, mut sender) = alice().await;
    let first = letter(&mut home, 10, &[None], |_| ());
    first.send(&mut sender).await;
    let mut reader = Reader::new(&mut home);
    let mut later = async |home: &mut Home, letter: &Letter| {
        let opening = token(home);
        let opened = reader.opened(&letter.links[0], &letter.payload, &opening).await;
        json::<OpenedResponse>(opened).await.later
    };
    assert_eq!(later(&mut home, &first).await, None);
    home.pass(60);
    let second = letter(&mut home, 10, &[None], |new| {
        (new.earlier, new.openings) = (b"earlier-marker".to_vec().into(), Some(2));
    });
    let second_id = second.send(&mut sender).await;
    // To somebody else, and not complete yet.
    letter(&mut home, 10, &[None], |new| new.recipient = "bob@elsewhere.test".parse().unwrap()).send(&mut sender).await;
    letter(&mut home, 10, &[None], |_| ()).create(&mut sender).await;
    let sent_at = state(&mut sender, second_id).await.sent_at;
    assert!(sent_at.is_some());
    assert_eq!(later(&mut home, &first).await, sent_at);
    assert_eq!(later(&mut home, &second).await, None);

    let mut other = Reader::new(&mut home);
    let told: OpenResponse = json(other.ask(&second.links[0], None).await).await;
    assert_eq!(told.earlier.0, b"earlier-marker");
    // With the last opening it goes.
    other.read(&mut home, &second.links[0], None).await;
    assert!(!on_disk(&home, b"earlier-marker"));
    assert_eq!(later(&mut home, &first).await, None);
}

#[tokio::test]
async fn to_many_people_a_letter_tells_each_of_less() {
    assert_eq!([1, 20, 100, 500].map(earlier_each), [limits::LINK_EARLIER, 20, 4, 1]);
    let (mut home, mut sender) = alice().await;
    for note in [&b"older"[..], b"newer"] {
        let mut letter = letter(&mut home, 10, &[None], |_| ());
        letter.links[0].new.note = note.to_vec().into();
        letter.send(&mut sender).await;
        home.pass(60);
    }
    let people: Vec<_> = (1..limits::RECIPIENTS).map(|n| format!("p{n}@elsewhere.test")).collect();
    let people: Vec<_> = people.iter().map(String::as_str).chain(["ines@elsewhere.test"]).collect();
    assert_eq!(notes(&mut sender, &people).await.into_iter().map(|(_, note)| note).collect::<Vec<_>>(), ["newer"]);
}

#[tokio::test]
async fn what_a_link_tells_and_keeps_has_its_limits() {
    let (mut home, mut sender) = alice().await;
    let larger: [Choose; 2] = [
        |new| new.earlier = vec![1; limits::LINK_EARLIER_BYTES + 1].into(),
        |new| new.note = vec![1; limits::LINK_NOTE_BYTES + 1].into(),
    ];
    for choose in larger {
        let request = letter(&mut home, 10, &[None], choose).create_request();
        assert_eq!(code(sender.post(paths::LETTERS, &request).await).await, ErrorCode::BadRequest);
    }
    let recipients = vec!["ines@elsewhere.test".parse().unwrap(); limits::RECIPIENTS + 1];
    let response = sender.post(paths::LETTERS_EARLIER, &EarlierRequest { recipients }).await;
    assert_eq!(code(response).await, ErrorCode::TooMany);
}
