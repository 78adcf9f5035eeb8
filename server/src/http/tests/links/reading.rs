//! Reading, and what only looks like it.

use super::*;

#[tokio::test]
async fn a_letter_is_read_by_who_has_a_link_and_each_link_is_of_its_own() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 2_500_000, &[None, Some("Saint-Malo")], |_| ());
    let id = letter.send(&mut sender).await;
    assert_eq!(letter.chunks.len(), 3);
    let [plain, locked] = letter.links.as_slice() else { panic!("two links") };

    let mut reader = Reader::new(&mut home);
    let response = reader.look(plain).await;
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive"),
    ] {
        assert_eq!(response.headers()[&name], value);
    }
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let look: LookResponse = json(response).await;
    assert_eq!(look.expires_at, home.now().plus(30 * DAY));
    assert_eq!((look.openings_left, look.first_browser), (None, false));
    let cover = open_cover(&look.cover.0, &plain.fragment).unwrap();
    assert_eq!((cover.from.address.as_str(), cover.lock), ("alice@home.test", None));
    assert!(open_cover(&look.cover.0, &locked.fragment).is_err());

    assert!(reader.read(&mut home, plain, None).await == letter.file);
    home.pass(60);
    assert!(reader.read(&mut home, plain, None).await == letter.file);
    let look: LookResponse = json(reader.look(locked).await).await;
    assert_eq!(open_cover(&look.cover.0, &locked.fragment).unwrap().lock, locked.lock);
    assert_eq!(code(reader.ask(locked, None).await).await, ErrorCode::WrongAnswer);
    assert!(reader.read(&mut home, locked, Some(" saint malo! ")).await == letter.file);

    let seen = state(&mut sender, id).await;
    assert_eq!((seen.octets, seen.received), (letter.payload.octets(), 3));
    let counts: Vec<_> = seen.links.iter().map(|link| (link.opened, link.ended, link.wrong_answers)).collect();
    assert_eq!(counts, [(2, None, 0), (1, None, 0)]);
    assert_eq!(seen.links[0].last_opened_at, seen.links[0].first_opened_at.map(|at| at.plus(60)));
    let listed: LettersResponse = json(sender.get(paths::LETTERS).await).await;
    assert_eq!(listed.letters, [seen]);
    assert_eq!(code(Browser::new(&home).get(paths::LETTERS).await).await, ErrorCode::NotSignedIn);
}

#[tokio::test]
async fn programs_that_look_and_ask_count_nothing_and_get_no_chunk() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |new| new.openings = Some(1));
    let id = letter.send(&mut sender).await;
    let made = &letter.links[0];
    let mut scanner = Reader::new(&mut home);
    for _ in 0..100 {
        assert_eq!(scanner.look(made).await.status(), StatusCode::OK);
        assert_eq!(scanner.ask(made, None).await.status(), StatusCode::OK);
    }
    let look: LookResponse = json(scanner.look(made).await).await;
    assert_eq!(look.openings_left, Some(1));
    let opening = token(&mut home);
    assert_eq!(code(scanner.chunk(&opening, 0).await).await, ErrorCode::LinkGone);
    // Whoever has the share but not the fragment cannot show that he has opened it.
    let wrong = OpenedRequest { proof: vec![1; 32].into(), ..scanner.opened_request(made, &letter.payload, &opening) };
    assert_eq!(code(scanner.browser.post(paths::LINK_OPENED, &wrong).await).await, ErrorCode::BadRequest);
    assert_eq!(code(scanner.chunk(&opening, 0).await).await, ErrorCode::LinkGone);
    assert_eq!(link_state(&mut sender, id).await.opened, 0);

    let mut reader = Reader::new(&mut home);
    assert!(reader.read(&mut home, made, None).await == letter.file);
    assert_eq!(link_state(&mut sender, id).await.opened, 1);
}

#[tokio::test]
async fn of_five_hundred_who_open_a_link_at_once_that_opens_once_one_does() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |new| new.openings = Some(1));
    let id = letter.send(&mut sender).await;
    let made = &letter.links[0];
    let mut first = Reader::new(&mut home);
    let payload = first.unwrap(made, None).await;
    let openings: Vec<_> = (0..500).map(|_| token(&mut home)).collect();
    let mut tasks = Vec::new();
    for opening in &openings {
        let body = serde_json::to_vec(&first.opened_request(made, &payload, opening)).unwrap();
        let request = first.browser.request(Method::POST, paths::LINK_OPENED, Body::from(body));
        // From anywhere, so that nobody waits for having been too late too often.
        let mut request = request;
        let n = tasks.len();
        request.extensions_mut().insert(Peer(format!("198.51.{}.{}", n / 250, n % 250).parse().unwrap()));
        tasks.push(tokio::spawn(first.browser.router.clone().oneshot(request)));
    }
    let mut won = Vec::new();
    for (task, opening) in tasks.into_iter().zip(&openings) {
        let response = task.await.unwrap().unwrap();
        if response.status() == StatusCode::OK {
            won.push(opening);
        } else {
            assert!([ErrorCode::LinkGone, ErrorCode::TooManyAttempts].contains(&code(response).await));
        }
    }
    assert_eq!(won.len(), 1);
    // He goes on, also where the answer was lost on its way; nobody else begins.
    assert_eq!(first.opened(made, &payload, won[0]).await.status(), StatusCode::OK);
    assert_eq!(first.chunk(won[0], 0).await.status(), StatusCode::OK);
    assert_eq!(first.chunk(won[0], 1).await.status(), StatusCode::NOT_FOUND);
    home.pass(2 * DAY - 1);
    let mut late = Reader::new(&mut home);
    assert_eq!(code(late.look(made).await).await, ErrorCode::LinkGone);
    assert_eq!(code(late.ask(made, None).await).await, ErrorCode::LinkGone);
    assert!(!on_disk(&home, &made.share.to_bytes()), "the share is there still");
    assert_eq!(code(first.chunk(won[0], 0).await).await, ErrorCode::LinkGone);
    rules::tidy(&home.context).await.unwrap();
    let link = link_state(&mut sender, id).await;
    assert_eq!((link.opened, link.openings_left, link.ended), (1, Some(0), Some(LinkEnd::UsedUp)));
    assert!(!on_disk(&home, &letter.chunks[0].bytes));
}

#[tokio::test]
async fn links_that_never_were_expired_or_were_taken_back_are_answered_alike() {
    let (mut home, mut sender) = alice().await;
    let expired = letter(&mut home, 10, &[None], |new| new.expires_at = Timestamp(new.expires_at.0 - 29 * DAY));
    let revoked = letter(&mut home, 10, &[None], |_| ());
    let unsent = letter(&mut home, 10, &[None], |_| ());
    let unknown = letter(&mut home, 10, &[None], |_| ());
    expired.send(&mut sender).await;
    unsent.create(&mut sender).await;
    let id = revoked.send(&mut sender).await;
    let link = link_state(&mut sender, id).await.id;
    let path = paths::letter_link(id, link);
    assert_eq!(change(&mut sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(link_state(&mut sender, id).await.ended, Some(LinkEnd::Revoked));
    home.pass(DAY);
    let mut answers = BTreeSet::new();
    for letter in [&unknown, &expired, &revoked, &unsent] {
        let mut reader = Reader::new(&mut home);
        let (made, opening) = (&letter.links[0], token(&mut home));
        let mut all = Vec::new();
        for response in [
            reader.look(made).await,
            reader.ask(made, None).await,
            reader.opened(made, &letter.payload, &opening).await,
            reader.chunk(&opening, 0).await,
        ] {
            all.push(format!("{} {:?}", response.status(), response.headers()));
            all.push(format!("{:?}", to_bytes(response.into_body(), usize::MAX).await.unwrap()));
        }
        answers.insert(all);
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
    // Once its end has come, it has no other.
    let changed = change(&mut sender, Method::PATCH, &path, r#"{"expires_at": 1769000000}"#).await;
    assert_eq!(code(changed).await, ErrorCode::LinkGone);
}

#[tokio::test]
async fn ten_thousand_names_that_are_none_slow_down_who_asks_and_close_no_link() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |_| ());
    letter.send(&mut sender).await;
    let mut guesser = Reader::new(&mut home);
    let mut heard = 0;
    for _ in 0..10_000 {
        let mut name = [0; LinkName::BYTES];
        home.rng.fill_bytes(&mut name);
        match code(guesser.browser.post(paths::LINK_LOOK, &LookRequest { link: LinkName(name) }).await).await {
            ErrorCode::LinkGone => heard += 1,
            ErrorCode::TooManyAttempts => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((20..30).contains(&heard), "{heard}");
    let made = &letter.links[0];
    assert!(guesser.read(&mut home, made, None).await == letter.file);
}

#[tokio::test]
async fn a_link_can_belong_to_the_browser_that_opened_it_first() {
    let (mut home, mut sender) = alice().await;
    let letter = letter(&mut home, 10, &[None], |new| new.first_browser = true);
    letter.send(&mut sender).await;
    let made = &letter.links[0];
    let (mut first, mut second) = (Reader::new(&mut home), Reader::new(&mut home));
    // To have asked is not to have opened.
    let early = second.unwrap(made, None).await;
    assert!(first.read(&mut home, made, None).await == letter.file);
    assert_eq!(code(second.ask(made, None).await).await, ErrorCode::LinkElsewhere);
    let opening = token(&mut home);
    assert_eq!(code(second.opened(made, &early, &opening).await).await, ErrorCode::LinkElsewhere);
    assert!(first.read(&mut home, made, None).await == letter.file);
}
