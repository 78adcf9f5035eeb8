//! Completing a letter together with the message that it is of, and taking it back.

use shared::api::link::Notice;
use shared::api::submit::{Class, DeliveriesResponse, DeliveryState, OutgoingCopy};
use shared::pgp::SecretKey;

use super::*;

/// A letter that waits for its message, with one link, for Inès elsewhere.
async fn begun(home: &mut Home, sender: &mut Browser) -> (Letter, LinkedLetterId) {
    let letter = letter(home, 1_200_000, &[None], |new| new.recipient = "ines@elsewhere.test".parse().unwrap());
    let id = letter.create(sender).await;
    for chunk in &letter.chunks {
        assert_eq!(put_chunk(sender, id, chunk.place, &chunk.bytes).await.status(), StatusCode::NO_CONTENT);
    }
    (letter, id)
}

fn notice(letter: &Letter) -> (Notice, &'static [u8]) {
    let bytes = b"From: alice@home.test\r\nTo: ines@elsewhere.test\r\nSubject: A letter\r\n\r\nHere.\r\n".as_slice();
    (Notice { link: letter.links[0].new.name, length: bytes.len() }, bytes)
}

#[tokio::test]
async fn links_and_copies_leave_as_one_and_are_taken_back_as_one() {
    let (mut home, mut sender) = alice().await;
    let (letter, id) = begun(&mut home, &mut sender).await;
    let (notice, bytes) = notice(&letter);
    let open = b"From: alice@home.test\r\nTo: bob@elsewhere.test\r\n\r\nHello.\r\n".as_slice();
    let copies = vec![OutgoingCopy {
        class: Class::Open,
        recipients: vec!["bob@elsewhere.test".parse().unwrap()],
        length: open.len(),
    }];
    let linked = Some(Linked { letter: id, notices: vec![notice] });
    let request = SubmitRequest { copies, linked, hold_seconds: 30, ..submission(id) };
    let response: SubmitResponse = json(submit(&mut sender, request.clone(), &[open, bytes]).await).await;
    // The answer was lost on its way, and the page asks again.
    let again: SubmitResponse = json(submit(&mut sender, request, &[open, bytes]).await).await;
    assert_eq!(again, response);
    let became: DeliveriesResponse = json(sender.get(&paths::message_deliveries(response.sent)).await).await;
    let to: Vec<_> = became.deliveries.iter().map(|one| (one.recipient.as_str(), one.state.clone())).collect();
    assert_eq!(to, [("bob@elsewhere.test", DeliveryState::Held), ("ines@elsewhere.test", DeliveryState::Held)]);
    assert_eq!(became.letter.map(|letter| (letter.id, letter.sent)), Some((id, Some(response.sent))));
    let mut reader = Reader::new(&mut home);
    assert!(reader.read(&mut home, &letter.links[0], None).await == letter.file);
    let became: DeliveriesResponse = json(sender.get(&paths::message_deliveries(response.sent)).await).await;
    assert_eq!(became.letter.unwrap().links[0].opened, 1);

    let taken_back = sender.request(Method::DELETE, &paths::submission(response.submission), Body::empty());
    assert_eq!(sender.send(taken_back).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(link_state(&mut sender, id).await.ended, Some(LinkEnd::Revoked));
    assert!(!on_disk(&home, &letter.links[0].share.to_bytes()) && !on_disk(&home, &letter.chunks[1].bytes[..64]));
    assert_eq!(code(sender.get(&paths::message_deliveries(response.sent)).await).await, ErrorCode::NotFound);
}

#[tokio::test]
async fn another_form_of_a_letter_takes_the_links_of_the_former_back() {
    let (mut home, mut sender) = alice().await;
    let (first, first_id) = begun(&mut home, &mut sender).await;
    let request = SubmitRequest { hold_seconds: 30, ..submission(first_id) };
    json::<SubmitResponse>(submit(&mut sender, request.clone(), &[]).await).await;
    let (second, second_id) = begun(&mut home, &mut sender).await;
    let linked = Some(Linked { letter: second_id, notices: Vec::new() });
    let changed = SubmitRequest { attempt: 2, linked, ..request };
    json::<SubmitResponse>(submit(&mut sender, changed, &[]).await).await;
    assert_eq!(link_state(&mut sender, first_id).await.ended, Some(LinkEnd::Revoked));
    assert!(!on_disk(&home, &first.chunks[1].bytes[..64]));
    let mut reader = Reader::new(&mut home);
    assert!(reader.read(&mut home, &second.links[0], None).await == second.file);
}

#[tokio::test]
async fn a_notice_leaves_for_a_link_of_its_letter_only_and_with_no_private_key() {
    let (mut home, mut sender) = alice().await;
    let (letter, id) = begun(&mut home, &mut sender).await;
    let (other, _) = begun(&mut home, &mut sender).await;
    let (good, bytes) = notice(&letter);
    let foreign = Notice { link: other.links[0].new.name, ..good };
    let key = SecretKey::make("<alice@home.test>", home.now(), &mut home.rng).unwrap();
    let key = key.export("under a passphrase", &mut home.rng).unwrap();
    let key = format!("From: alice@home.test\r\n\r\n{}", key.replace('\n', "\r\n")).into_bytes();
    let forged = b"From: eve@home.test\r\n\r\nHello.\r\n".as_slice();
    let of = |bytes: &[u8]| Notice { length: bytes.len(), ..good };
    let endless = vec![b'x'; 600 * 1024];
    for (notice, bytes, expected) in [
        (foreign, bytes, ErrorCode::LinkGone),
        (of(&key), &key, ErrorCode::SecretKey),
        (of(forged), forged, ErrorCode::BadRequest),
        (of(&endless), &endless, ErrorCode::TooLarge),
        (Notice { length: usize::MAX, ..good }, bytes, ErrorCode::BadRequest),
    ] {
        let linked = Some(Linked { letter: id, notices: vec![notice] });
        let request = SubmitRequest { linked, ..submission(id) };
        assert_eq!(code(submit(&mut sender, request, &[bytes]).await).await, expected);
    }
    // Nothing of it has changed.
    assert_eq!(state(&mut sender, id).await.sent_at, None);
    let neither = SubmitRequest { linked: None, ..submission(id) };
    assert_eq!(code(submit(&mut sender, neither, &[]).await).await, ErrorCode::BadRequest);
}
