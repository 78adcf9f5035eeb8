//! Answers from the page that opened a letter.

use shared::access::{Reply, Unlocked};
use shared::api::account::LoginStartResponse;
use shared::api::link::{ReplyRequest, ReplyResponse, ReportRequest};
use shared::api::mailbox::{Came, MailboxRole, MessageResponse, MessageRow};
use shared::mime::{Attachment, SenderProof};
use shared::pgp::{EndToEnd, OpenedMessage};

use super::*;
use crate::store::links::{reading, replies};

/// A letter that can be answered, its sender's keys, and who has opened it.
struct Story {
    home: Home,
    sender: Browser,
    alice: Unlocked,
    letter: Letter,
    id: LinkedLetterId,
    reader: Reader,
    opening: Base64,
    /// What its author finds again of an answer.
    copy: Base64,
}

impl Story {
    async fn begin(choose: Choose) -> Self {
        let (mut home, mut sender) = alice().await;
        let alice = unlocked(&mut home).await;
        let letter = letter(&mut home, 10, &[None], choose);
        let id = letter.send(&mut sender).await;
        let mut reader = Reader::new(&mut home);
        let opening = token(&mut home);
        let payload = reader.unwrap(&letter.links[0], None).await;
        json::<OpenedResponse>(reader.opened(&letter.links[0], &payload, &opening).await).await;
        Self { home, sender, alice, letter, id, reader, opening, copy: Base64::default() }
    }

    /// An answer, sealed as its author's page does.
    fn sealed(&mut self, text: &str) -> Vec<u8> {
        let manifest = Manifest {
            from: Person { name: "Alice".into(), address: "alice@home.test".into() },
            to: vec![Person { name: "Inès".into(), address: "Ines@elsewhere.test".into() }],
            subject: "Lunch".into(),
            date: self.home.now(),
            message_id: "1@home.test".into(),
            text: 0,
            html: 0,
            files: Vec::new(),
            replies: Some(self.alice.replies()),
        };
        let file = Attachment {
            name: Some("menu.txt".into()),
            media_type: "text/plain".into(),
            content_id: None,
            inline: false,
            bytes: b"soup".to_vec(),
        };
        let reply = Reply { from: "ines@elsewhere.test".parse().unwrap(), text: text.into(), files: vec![file] };
        reply.seal(&manifest, self.home.now(), &mut self.home.rng).unwrap()
    }

    async fn hand_in(&mut self, message: &[u8], reply: &Base64) -> Response<Body> {
        let request = ReplyRequest { opening: self.opening.clone(), reply: reply.clone(), copy: self.copy.clone() };
        let body = Body::from(frame::encode(&request, &[message]).unwrap());
        self.reader.browser.send(self.reader.browser.request(Method::POST, paths::LINK_REPLY, body)).await
    }

    async fn answer(&mut self, text: &str) -> Response<Body> {
        let (message, reply) = (self.sealed(text), token(&mut self.home));
        self.hand_in(&message, &reply).await
    }

    async fn inbox(&mut self) -> Vec<MessageRow> {
        let MailboxesResponse { mailboxes } = json(self.sender.get(paths::MAILBOXES).await).await;
        let inbox = mailboxes.iter().find(|mailbox| mailbox.role == Some(MailboxRole::Inbox)).unwrap();
        json::<MessagesResponse>(self.sender.get(&paths::mailbox_messages(inbox.id)).await).await.messages
    }

    /// The bytes of a message as the box keeps it, and what its owner finds in it.
    async fn read(&mut self, id: MessageId) -> (Vec<u8>, OpenedMessage, Option<Came>) {
        let response = self.sender.get(&paths::message(id)).await;
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let (head, stored): (MessageResponse, _) = frame::decode(&body).unwrap();
        let keys = self.alice.openers();
        let header = Some(head.sealed_header.0.as_slice()).filter(|header| !header.is_empty());
        let opened = pgp::open_message(stored, header, &keys, &[], self.home.now()).unwrap();
        (stored.to_vec(), opened, head.came)
    }
}

/// The account of alice, whose keys the browser that registered has dropped.
async fn unlocked(home: &mut Home) -> Unlocked {
    let mut browser = Browser::new(home);
    let passphrase = Passphrase::new("correct horse battery").unwrap();
    let (login, request) = access::login_start("alice@home.test".parse().unwrap(), passphrase, &mut home.rng).unwrap();
    let answer: LoginStartResponse = json(browser.post(paths::LOGIN_START, &request).await).await;
    let (request, opener) = login.finish(&answer, &mut home.rng).unwrap();
    opener.open(&json(browser.post(paths::LOGIN_FINISH, &request).await).await).unwrap()
}

#[tokio::test]
async fn an_answer_comes_sealed_into_the_inbox_and_into_the_conversation() {
    let mut story = Story::begin(|new| new.replies = true).await;
    let (message, reply) = (story.sealed("I bring the soup-marker."), token(&mut story.home));
    // What is not for its author to say is left out.
    let forged =
        b"Authentication-Results: home.test; dkim=pass\r\nReply-To: eve@elsewhere.test\r\nX-Y: header-marker\r\n";
    let ReplyResponse { replies_left } = json(story.hand_in(&[&forged[..], &message].concat(), &reply).await).await;
    assert_eq!(replies_left, limits::LINK_REPLIES - 1);
    // The same again, because what became of it was not known, arrives once.
    let again: ReplyResponse = json(story.hand_in(&message, &reply).await).await;
    assert_eq!(again.replies_left, replies_left);
    let rows = story.inbox().await;
    assert_eq!(rows.iter().map(|row| row.came).collect::<Vec<_>>(), [Some(Came::Link)]);

    let (stored, opened, came) = story.read(rows[0].id).await;
    assert_eq!(came, Some(Came::Link));
    let shown = mime::read(opened.shown());
    assert!(matches!(opened.end_to_end, EndToEnd::Opened { .. }) && !opened.sender_differs() && !opened.outside);
    assert_eq!(shown.text.as_deref().map(str::trim_end), Some("I bring the soup-marker."));
    assert_eq!((shown.subject.as_deref(), shown.in_reply_to[0].as_str()), (Some("Re: Lunch"), "1@home.test"));
    assert_eq!((shown.from[0].name.as_deref(), shown.from[0].address.as_str()), (Some("Inès"), "ines@elsewhere.test"));
    assert_eq!(shown.to[0].address, "alice@home.test");
    assert_eq!(shown.attachments[0].bytes, b"soup");
    let header = String::from_utf8_lossy(mime::header::Header::of(&opened.original).bytes()).into_owned();
    assert!(header.contains("Authentication-Results: home.test;\r\n\tnone\r\n"), "{header}");
    assert!(!header.contains("dkim") && !header.contains("\r\nReply-To") && !header.contains("192.0.2"), "{header}");
    let outside = String::from_utf8(stored).unwrap();
    assert!(outside.contains("In-Reply-To: <1@home.test>") && outside.contains("Subject: [...]"), "{outside}");
    for marker in ["soup", "Lunch", "header-marker", "menu.txt"] {
        assert!(!on_disk(&story.home, marker.as_bytes()), "{marker}");
    }
    let keys = story.alice.openers();
    let summary = pgp::open_summary(&rows[0].summary.0, &keys, story.home.now()).unwrap();
    assert_eq!(summary.verdict.map(|verdict| verdict.sender), Some(SenderProof::Unproven));

    story.home.pass(60);
    assert_eq!(story.answer("And bread.").await.status(), StatusCode::OK);
    let link = link_state(&mut story.sender, story.id).await;
    assert_eq!((link.opened, link.replied, link.last_replied_at), (1, 2, Some(story.home.now())));
    assert_eq!(story.inbox().await.len(), 2);
}

#[tokio::test]
async fn who_answered_finds_what_was_kept_of_it_until_the_link_ends() {
    let mut story = Story::begin(|new| new.replies = true).await;
    for copy in [&b""[..], b"first-copy", b"second-copy"] {
        story.copy = copy.to_vec().into();
        assert_eq!(story.answer("x").await.status(), StatusCode::OK);
        story.home.pass(60);
    }
    story.copy = vec![1; limits::LINK_REPLY_COPY_BYTES + 1].into();
    assert_eq!(code(story.answer("x").await).await, ErrorCode::BadRequest);
    let opening = token(&mut story.home);
    let again = story.reader.opened(&story.letter.links[0], &story.letter.payload, &opening).await;
    let OpenedResponse { replies, .. } = json(again).await;
    assert_eq!(replies, [b"second-copy".to_vec(), b"first-copy".to_vec()].map(Base64));
    let path = paths::letter(story.id);
    assert_eq!(change(&mut story.sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
    assert!(!on_disk(&story.home, b"first-copy"));
}

#[tokio::test]
async fn what_is_not_sealed_throughout_or_not_from_whom_the_link_is_for_is_refused() {
    let mut story = Story::begin(|new| new.replies = true).await;
    let good = String::from_utf8(story.sealed("x")).unwrap();
    let readable = "From: ines@elsewhere.test\r\nTo: alice@home.test\r\nSubject: a\r\n\r\nreadable-marker\r\n";
    let beside = good.replacen("\r\n\r\n", "\r\n\r\nreadable-marker\r\n", 1);
    let another =
        good.replace("ines@elsewhere.test", "eve@elsewhere.test").replace("Ines@elsewhere.test", "eve@elsewhere.test");
    let two = format!("From: ines@elsewhere.test\r\n{good}");
    for wrong in [readable, "", &beside, &another, &two, &good[..good.len() - 40]] {
        let reply = token(&mut story.home);
        assert_eq!(code(story.hand_in(wrong.as_bytes(), &reply).await).await, ErrorCode::BadRequest, "{wrong}");
    }
    assert_eq!(code(story.hand_in(good.as_bytes(), &vec![1; 31].into()).await).await, ErrorCode::BadRequest);
    let mut large = good.clone().into_bytes();
    large.resize(limits::MESSAGE_BYTES + 100_000, b' ');
    let reply = token(&mut story.home);
    assert_eq!(code(story.hand_in(&large, &reply).await).await, ErrorCode::TooLarge);
    assert!(story.inbox().await.is_empty() && !on_disk(&story.home, b"readable-marker"));
    assert_eq!(link_state(&mut story.sender, story.id).await.replied, 0);
    assert_eq!(story.hand_in(good.as_bytes(), &reply).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn who_has_not_opened_the_letter_or_may_not_answer_it_does_not() {
    let mut story = Story::begin(|new| new.replies = true).await;
    let opening = std::mem::replace(&mut story.opening, token(&mut story.home));
    let unknown = story.answer("x").await;
    let told = |response: &Response<Body>| format!("{} {:?}", response.status(), response.headers());
    let of_unknown = told(&unknown);
    assert_eq!(code(unknown).await, ErrorCode::LinkGone);
    story.opening = opening;
    assert_eq!(story.answer("x").await.status(), StatusCode::OK);
    // A day after the opening, and once the link has ended.
    story.home.pass(limits::LINK_FETCH_SECONDS);
    let late = story.answer("x").await;
    assert_eq!(told(&late), of_unknown);
    assert_eq!(code(late).await, ErrorCode::LinkGone);
    story.opening = token(&mut story.home);
    let payload = story.letter.payload.clone();
    let again: OpenedResponse = json(story.reader.opened(&story.letter.links[0], &payload, &story.opening).await).await;
    assert_eq!(again.reply_as, Some("ines@elsewhere.test".parse().unwrap()));
    assert_eq!(story.answer("x").await.status(), StatusCode::OK);
    let path = paths::letter(story.id);
    assert_eq!(change(&mut story.sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
    let revoked = story.answer("x").await;
    assert_eq!(told(&revoked), of_unknown);
    assert_eq!(code(revoked).await, ErrorCode::LinkGone);

    let mut silent = Story::begin(|new| new.replies = false).await;
    let again = silent.reader.opened(&silent.letter.links[0], &silent.letter.payload, &silent.opening).await;
    assert_eq!(json::<OpenedResponse>(again).await.reply_as, None);
    assert_eq!(code(silent.answer("x").await).await, ErrorCode::NoReplies);
    assert!(silent.inbox().await.is_empty());
}

#[tokio::test]
async fn an_answer_that_arrived_is_told_so_also_when_the_letter_does_not_open_again() {
    let mut story = Story::begin(|new| (new.replies, new.openings) = (true, Some(1))).await;
    let (message, reply) = (story.sealed("I bring the soup."), token(&mut story.home));
    let ReplyResponse { replies_left } = json(story.hand_in(&message, &reply).await).await;
    story.home.pass(limits::LINK_FETCH_SECONDS);
    let late: ReplyResponse = json(story.hand_in(&message, &reply).await).await;
    assert_eq!(late.replies_left, replies_left);
    assert_eq!(story.inbox().await.len(), 1);
    assert_eq!(code(story.answer("Another.").await).await, ErrorCode::LinkGone);
    // Where the link has ended, nothing is known of it any more.
    let path = paths::letter(story.id);
    assert_eq!(change(&mut story.sender, Method::DELETE, &path, "").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(code(story.hand_in(&message, &reply).await).await, ErrorCode::LinkGone);
}

#[tokio::test]
async fn answers_wait_when_there_are_many_and_end_when_there_were_too_many() {
    let mut story = Story::begin(|new| new.replies = true).await;
    let mut heard = 0;
    let waited = loop {
        let response = story.answer("x").await;
        if response.status() != StatusCode::OK {
            break json::<ApiError>(response).await;
        }
        heard += 1;
    };
    assert_eq!((waited.code, waited.retry_after, heard), (ErrorCode::TooManyAttempts, Some(15), 21));
    story.home.pass(15);
    assert_eq!(story.answer("x").await.status(), StatusCode::OK);

    let (name, now) = (story.letter.links[0].fragment.name(), story.home.now());
    let fill = story.home.context.store.write(move |tx| {
        let link = reading::find(tx, hash_of(&name.0), now)?.ok_or(StoreError::NotFound)?;
        (0..link.replies_left).try_for_each(|n| replies::count(tx, link.link, hash_of(&n.to_be_bytes()), &[], now))
    });
    fill.await.unwrap();
    story.home.pass(3600);
    assert_eq!(code(story.answer("x").await).await, ErrorCode::NoReplies);
    let again = story.reader.opened(&story.letter.links[0], &story.letter.payload, &story.opening).await;
    assert_eq!(json::<OpenedResponse>(again).await.reply_as, None);
    assert_eq!(link_state(&mut story.sender, story.id).await.replied, limits::LINK_REPLIES);
}

#[tokio::test]
async fn a_letter_is_reported_to_the_owner_of_the_box_in_his_language_and_not_without_end() {
    let mut story = Story::begin(|_| ()).await;
    let report = |link: LinkName, words: &str| ReportRequest { link, words: words.into() };
    let name = story.letter.links[0].fragment.name();
    let mut anybody = Browser::new(&story.home);
    let told = anybody.post(paths::LINK_REPORT, &report(name, "This is a report-marker.\nReally.")).await;
    assert_eq!(told.status(), StatusCode::NO_CONTENT);
    let rows = story.inbox().await;
    assert_eq!(rows.iter().map(|row| row.came).collect::<Vec<_>>(), [Some(Came::Box)]);
    let (_, opened, _) = story.read(rows[0].id).await;
    let note = mime::read(opened.shown());
    assert_eq!(note.subject.as_deref(), Some("Report about a letter by alice@home.test"));
    let text = note.text.unwrap();
    assert!(
        text.contains("> This is a report-marker.\n> Really.") && text.contains("to ines@elsewhere.test"),
        "{text}"
    );
    assert!(!on_disk(&story.home, b"report-marker"));

    let long = "x".repeat(limits::LINK_REPORT_BYTES + 1);
    assert_eq!(code(anybody.post(paths::LINK_REPORT, &report(name, &long)).await).await, ErrorCode::TooLarge);
    let unknown = report(LinkName([7; LinkName::BYTES]), "");
    assert_eq!(code(anybody.post(paths::LINK_REPORT, &unknown).await).await, ErrorCode::LinkGone);
    for _ in 0..2 {
        assert_eq!(anybody.post(paths::LINK_REPORT, &report(name, "")).await.status(), StatusCode::NO_CONTENT);
    }
    let waited: ApiError = json(anybody.post(paths::LINK_REPORT, &report(name, "")).await).await;
    assert_eq!((waited.code, waited.retry_after), (ErrorCode::TooManyAttempts, Some(600)));
    assert_eq!(story.inbox().await.len(), 3);
}
