//! Uploading, limits, and the end of letters.

use super::*;

#[tokio::test]
async fn what_opened_a_link_is_nowhere_once_it_was_taken_back_or_expired() {
    let (mut home, mut sender) = alice().await;
    for end in ["one", "all", "expired"] {
        let letter = letter(&mut home, 1_200_000, &[None, Some("x")], |new| {
            new.expires_at = Timestamp(new.expires_at.0 - 29 * DAY)
        });
        let id = letter.send(&mut sender).await;
        let [first, second] = letter.links.as_slice() else { panic!("two links") };
        assert!(on_disk(&home, &first.share.to_bytes()) && on_disk(&home, &letter.chunks[1].bytes[..64]));
        match end {
            "one" => {
                let links = state(&mut sender, id).await.links;
                let path = paths::letter_link(id, links[0].id);
                assert_eq!(change(&mut sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
                assert!(!on_disk(&home, &first.share.to_bytes()));
                // The other one goes on.
                let mut reader = Reader::new(&mut home);
                assert!(reader.read(&mut home, second, Some("X")).await == letter.file);
                let path = paths::letter_link(id, links[1].id);
                assert_eq!(change(&mut sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
            }
            "all" => {
                let path = paths::letter(id);
                assert_eq!(change(&mut sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
            }
            _ => {
                home.pass(DAY);
                rules::tidy(&home.context).await.unwrap();
            }
        }
        for made in &letter.links {
            for secret in [&made.new.share, &made.new.wrapped, &made.new.cover] {
                assert!(!on_disk(&home, &secret.0), "{end}");
            }
        }
        assert!(!on_disk(&home, &letter.chunks[0].bytes[..64]) && !on_disk(&home, &letter.chunks[1].bytes[..64]));
        assert!(!home.folder().join("links").join(id.to_string()).exists());
        assert!(state(&mut sender, id).await.links.iter().all(|link| link.ended.is_some()));
    }
    // After a while not even that it was is there.
    home.pass(91 * DAY);
    rules::tidy(&home.context).await.unwrap();
    let forgotten: Vec<_> = home.context.store.read(|tx| links::letters(tx, AccountNo(1))).await.unwrap();
    assert_eq!(forgotten, []);
}

#[tokio::test]
async fn a_thousand_wrong_answers_close_a_link_and_its_sender_opens_it_again() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[Some("042917")], |_| ());
    let id = letter.send(&mut sender).await;
    let made = &letter.links[0];
    let mut guesser = Reader::new(&mut home);
    let mut heard = 0;
    for n in 0..1000_u32 {
        let answer = guesser.ask_with(made, Some(hash_of(&n.to_be_bytes()).to_vec().into())).await;
        match code(answer).await {
            ErrorCode::WrongAnswer => heard += 1,
            ErrorCode::TooManyAttempts => home.pass(60),
            ErrorCode::LinkClosed => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, limits::LINK_WRONG_ANSWERS);
    assert_eq!(code(guesser.ask(made, Some("042917")).await).await, ErrorCode::LinkClosed);
    let link = link_state(&mut sender, id).await;
    assert_eq!((link.wrong_answers, link.opened), (limits::LINK_WRONG_ANSWERS, 0));

    let path = paths::letter_link(id, link.id);
    let forgive = serde_json::to_string(&ChangeLinkRequest { expires_at: None, forgive: true }).unwrap();
    assert_eq!(change(&mut sender, Method::PATCH, &path, &forgive).await.status(), StatusCode::NO_CONTENT);
    let mut reader = Reader::new(&mut home);
    assert_eq!(code(reader.ask(made, Some("042918")).await).await, ErrorCode::WrongAnswer);
    home.pass(10);
    assert!(reader.read(&mut home, made, Some("042 917")).await == letter.file);
}

#[tokio::test]
async fn chunks_come_one_after_the_other_whole_and_may_come_twice() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 2_500_000, &[None], |_| ());
    let id = letter.create(&mut sender).await;
    let chunk = |place: usize| letter.chunks[place].bytes.as_slice();
    let refused =
        async |sender: &mut Browser, place: u32, bytes: &[u8]| code(put_chunk(sender, id, place, bytes).await).await;
    assert_eq!(refused(&mut sender, 1, chunk(1)).await, ErrorCode::LetterIncomplete);
    assert_eq!(refused(&mut sender, 0, &chunk(0)[1..]).await, ErrorCode::BadRequest);
    assert_eq!(refused(&mut sender, 0, &[chunk(0), b"x"].concat()).await, ErrorCode::TooLarge);
    assert_eq!(refused(&mut sender, 3, chunk(2)).await, ErrorCode::BadRequest);
    assert_eq!(code(complete(&mut sender, id).await).await, ErrorCode::LetterIncomplete);
    for place in [0, 0, 1, 0, 1] {
        assert_eq!(put_chunk(&mut sender, id, place, chunk(place as usize)).await.status(), StatusCode::NO_CONTENT);
    }
    // A power cut in between loses nothing that was answered, and what was being written is in nobody's way.
    std::fs::write(home.folder().join("links").join(id.to_string()).join("2.7.new"), b"half").unwrap();
    let cookies = sender.cookies.clone();
    drop(sender);
    let mut home = home.restarted();
    let mut sender = Browser { cookies, ..Browser::new(&home) };
    assert_eq!(state(&mut sender, id).await.received, 2);
    assert_eq!(put_chunk(&mut sender, id, 2, chunk(2)).await.status(), StatusCode::NO_CONTENT);
    json::<SubmitResponse>(complete(&mut sender, id).await).await;
    assert_eq!(refused(&mut sender, 0, chunk(0)).await, ErrorCode::AlreadySent);
    assert_eq!(code(complete(&mut sender, id).await).await, ErrorCode::AlreadySent);
    let mut reader = Reader::new(&mut home);
    assert!(reader.read(&mut home, &letter.links[0], None).await == letter.file);
}

#[tokio::test]
async fn a_letter_that_was_begun_and_left_goes_after_a_week() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |_| ());
    let id = letter.create(&mut sender).await;
    put_chunk(&mut sender, id, 0, &letter.chunks[0].bytes).await;
    home.pass(6 * DAY);
    rules::tidy(&home.context).await.unwrap();
    assert_eq!(state(&mut sender, id).await.links[0].ended, None);
    home.pass(DAY);
    rules::tidy(&home.context).await.unwrap();
    assert_eq!(state(&mut sender, id).await.links[0].ended, Some(LinkEnd::Expired));
    assert!(!on_disk(&home, &letter.chunks[0].bytes));
    assert_eq!(code(put_chunk(&mut sender, id, 0, &letter.chunks[0].bytes).await).await, ErrorCode::AlreadySent);
}

#[tokio::test]
async fn what_cannot_be_a_letter_is_refused_and_quotas_hold() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |_| ());
    let good = letter.create_request();
    let now = home.now();
    let with = |change: fn(&mut NewLink, Timestamp)| {
        let mut links = good.links.clone();
        change(&mut links[0], now);
        CreateLetterRequest { links, ..good.clone() }
    };
    let many = vec![good.links[0].clone(); limits::RECIPIENTS + 1];
    for (request, expected) in [
        (CreateLetterRequest { octets: 0, ..good.clone() }, ErrorCode::BadRequest),
        (CreateLetterRequest { octets: limits::LINK_PAYLOAD_BYTES + 1, ..good.clone() }, ErrorCode::TooLarge),
        (CreateLetterRequest { links: Vec::new(), ..good.clone() }, ErrorCode::BadRequest),
        (CreateLetterRequest { links: many, ..good.clone() }, ErrorCode::TooMany),
        (CreateLetterRequest { links: vec![good.links[0].clone(); 2], ..good.clone() }, ErrorCode::BadRequest),
        (with(|new, now| new.expires_at = now), ErrorCode::BadRequest),
        (with(|new, now| new.expires_at = now.plus(367 * DAY)), ErrorCode::BadRequest),
        (with(|new, _| new.openings = Some(0)), ErrorCode::BadRequest),
        (with(|new, _| new.share = vec![1; 31].into()), ErrorCode::BadRequest),
        (with(|new, _| new.cover = vec![1; limits::LINK_COVER_BYTES + 1].into()), ErrorCode::BadRequest),
        (with(|new, _| new.opened_hash = Base64::default()), ErrorCode::BadRequest),
    ] {
        assert_eq!(code(sender.post(paths::LETTERS, &request).await).await, expected, "{request:?}");
    }
    let nobodys = paths::letter(LinkedLetterId(1));
    assert_eq!(code(sender.get(&nobodys).await).await, ErrorCode::NotFound);
    assert_eq!(code(put_chunk(&mut sender, LinkedLetterId(1), 0, b"x").await).await, ErrorCode::NotFound);

    // As much as the account may have, without taking it from the disk of who runs this.
    let held =
        home.context.store.write(|tx| links::create(tx, AccountNo(1), limits::LINK_ACCOUNT_BYTES, &[], Timestamp(0)));
    held.await.unwrap();
    assert_eq!(code(sender.post(paths::LETTERS, &good).await).await, ErrorCode::LettersFull);
    // It had no link, so it goes.
    rules::tidy(&home.context).await.unwrap();
    assert_eq!(sender.post(paths::LETTERS, &good).await.status(), StatusCode::CREATED);
}
