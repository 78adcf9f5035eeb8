//! Letters behind links, at the sender's doors and at the reader's: what the stories share.

mod answering;
mod conversation;
mod keeping;
mod leaving;
mod reading;

use std::collections::BTreeSet;

use rand::RngCore;
use shared::api::letter::LetterId;
use shared::api::link::{
    ChangeLinkRequest, ChunkRequest, CreateLetterRequest, CreateLetterResponse, LetterState, LettersResponse, LinkEnd,
    LinkName, LinkState, Linked, LinkedLetterId, LookRequest, LookResponse, NewLink, OpenRequest, OpenResponse,
    OpenedRequest, OpenedResponse,
};
use shared::api::submit::{SentCopy, SubmitRequest, SubmitResponse};
use shared::link::{
    Answer, AnswerKey, Cover, File, Fragment, LinkKey, Lock, LockKind, Manifest, Packer, Part, Payload, Person,
    SealedChunk, Share, Unpacker, hash_of, open_cover, seal_cover,
};

use super::*;
use crate::core::links as rules;
use crate::store::AccountNo;
use crate::store::links;

const DAY: i64 = 24 * 60 * 60;
/// What is filed in Sent, sealed as far as the box can tell.
const SENT: &[u8] = b"From: alice@home.test\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n";

/// A letter as its sender holds it.
struct Letter {
    payload: Payload,
    chunks: Vec<SealedChunk>,
    links: Vec<Made>,
    file: Vec<u8>,
}

/// One of its links.
struct Made {
    fragment: Fragment,
    share: Share,
    new: NewLink,
    lock: Option<Lock>,
}

/// What becomes of a link that a test does not say otherwise of.
type Choose = fn(&mut NewLink);

/// A letter with a file of so many octets, and a link for each answer.
fn letter(home: &mut Home, octets: usize, answers: &[Option<&str>], choose: Choose) -> Letter {
    let from = Person { name: "Alice".into(), address: "alice@home.test".into() };
    let mut file = vec![0; octets];
    home.rng.fill_bytes(&mut file);
    let described =
        File { name: "f".into(), media_type: "a/b".into(), octets: octets as u64, content_id: String::new() };
    let manifest = Manifest {
        from: from.clone(),
        to: Vec::new(),
        subject: "Lunch".into(),
        date: home.now(),
        message_id: "1@home.test".into(),
        text: 5,
        html: 0,
        files: vec![described],
        replies: None,
    };
    let mut packer = Packer::begin(&manifest, &mut home.rng).unwrap();
    let mut chunks = Vec::new();
    for content in [b"hello".as_slice(), &file] {
        let mut rest = content;
        while !rest.is_empty() {
            let (taken, chunk) = packer.take(rest).unwrap();
            rest = &rest[taken..];
            chunks.extend(chunk);
        }
    }
    while let Some(chunk) = packer.rest().unwrap() {
        chunks.push(chunk);
    }
    let payload = packer.payload().clone();
    let links = answers.iter().map(|answer| made(home, &payload, &from, *answer, choose)).collect();
    Letter { payload, chunks, links, file }
}

fn made(home: &mut Home, payload: &Payload, from: &Person, answer: Option<&str>, choose: Choose) -> Made {
    let (fragment, share) = (Fragment::make(&mut home.rng), Share::make(&mut home.rng));
    let lock = answer.map(|_| Lock::new(LockKind::Question("Where?".into())));
    let key = answer_key(&lock, answer, &fragment);
    let cover = Cover { from: from.clone(), lock: lock.clone() };
    let mut new = NewLink {
        name: fragment.name(),
        recipient: "ines@elsewhere.test".parse().unwrap(),
        share: share.to_bytes().into(),
        wrapped: LinkKey::new(&fragment, &share, &key).wrap(payload, &mut home.rng).into(),
        cover: seal_cover(&cover, &fragment, &mut home.rng).into(),
        answer_hash: answer.map(|_| hash_of(key.proof(&fragment).expose()).to_vec().into()),
        opened_hash: hash_of(payload.opened_proof(&fragment).expose()).to_vec().into(),
        expires_at: home.now().plus(30 * DAY),
        openings: None,
        first_browser: false,
        replies: false,
        earlier: Base64::default(),
        note: Base64::default(),
    };
    choose(&mut new);
    Made { fragment, share, new, lock }
}

fn answer_key(lock: &Option<Lock>, answer: Option<&str>, fragment: &Fragment) -> AnswerKey {
    match lock {
        None => AnswerKey::none(),
        Some(lock) => lock.answer_key(&Answer::new(answer.unwrap()).unwrap(), fragment).unwrap().unwrap(),
    }
}

impl Letter {
    fn create_request(&self) -> CreateLetterRequest {
        let links = self.links.iter().map(|made| made.new.clone()).collect();
        CreateLetterRequest { octets: self.payload.octets(), links }
    }

    async fn create(&self, sender: &mut Browser) -> LinkedLetterId {
        let response = sender.post(paths::LETTERS, &self.create_request()).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        json::<CreateLetterResponse>(response).await.letter
    }

    async fn send(&self, sender: &mut Browser) -> LinkedLetterId {
        let id = self.create(sender).await;
        for chunk in &self.chunks {
            assert_eq!(put_chunk(sender, id, chunk.place, &chunk.bytes).await.status(), StatusCode::NO_CONTENT);
        }
        json::<SubmitResponse>(complete(sender, id).await).await;
        id
    }
}

async fn put_chunk(sender: &mut Browser, id: LinkedLetterId, place: u32, bytes: &[u8]) -> Response<Body> {
    let path = paths::letter_chunk(id, place);
    sender.send(sender.request(Method::PUT, &path, Body::from(bytes.to_vec()))).await
}

async fn complete(sender: &mut Browser, id: LinkedLetterId) -> Response<Body> {
    submit(sender, submission(id), &[]).await
}

/// What completes a letter without notices, its links given in another way.
fn submission(id: LinkedLetterId) -> SubmitRequest {
    SubmitRequest {
        letter: LetterId(rand::random()),
        attempt: 1,
        from: "alice@home.test".parse().unwrap(),
        copies: Vec::new(),
        linked: Some(Linked { letter: id, notices: Vec::new() }),
        sent: SentCopy { summary: Base64::default(), length: SENT.len() },
        draft: None,
        answers: None,
        hold_seconds: 0,
    }
}

async fn submit(sender: &mut Browser, request: SubmitRequest, parts: &[&[u8]]) -> Response<Body> {
    let parts: Vec<&[u8]> = parts.iter().copied().chain([SENT]).collect();
    let body = Body::from(frame::encode(&request, &parts).unwrap());
    sender.send(sender.request(Method::POST, paths::SUBMIT, body)).await
}

async fn state(sender: &mut Browser, id: LinkedLetterId) -> LetterState {
    json(sender.get(&paths::letter(id)).await).await
}

async fn link_state(sender: &mut Browser, id: LinkedLetterId) -> LinkState {
    state(sender, id).await.links.remove(0)
}

async fn change(sender: &mut Browser, method: Method, path: &str, body: &str) -> Response<Body> {
    sender.send(sender.request(method, path, Body::from(body.to_owned()))).await
}

/// A browser of somebody without an account, with the token that it keeps.
struct Reader {
    browser: Browser,
    token: Base64,
}

impl Reader {
    fn new(home: &mut Home) -> Self {
        Self { browser: Browser::new(home), token: token(home) }
    }

    async fn look(&mut self, made: &Made) -> Response<Body> {
        self.browser.post(paths::LINK_LOOK, &LookRequest { link: made.fragment.name() }).await
    }

    async fn ask(&mut self, made: &Made, answer: Option<&str>) -> Response<Body> {
        let proof = answer.map(|answer| answer_key(&made.lock, Some(answer), &made.fragment));
        let proof = proof.map(|key| key.proof(&made.fragment).expose().to_vec().into());
        self.ask_with(made, proof).await
    }

    async fn ask_with(&mut self, made: &Made, answer_proof: Option<Base64>) -> Response<Body> {
        let request = OpenRequest { link: made.fragment.name(), answer_proof, browser: self.token.clone() };
        self.browser.post(paths::LINK_OPEN, &request).await
    }

    /// Asks and unwraps.
    async fn unwrap(&mut self, made: &Made, answer: Option<&str>) -> Payload {
        let response: OpenResponse = json(self.ask(made, answer).await).await;
        let share = Share::from_bytes(&response.share.0).unwrap();
        let key = answer_key(&made.lock, answer, &made.fragment);
        LinkKey::new(&made.fragment, &share, &key).unwrap(&response.wrapped.0).unwrap()
    }

    fn opened_request(&self, made: &Made, payload: &Payload, opening: &Base64) -> OpenedRequest {
        let proof = payload.opened_proof(&made.fragment).expose().to_vec().into();
        OpenedRequest { link: made.fragment.name(), proof, browser: self.token.clone(), opening: opening.clone() }
    }

    async fn opened(&mut self, made: &Made, payload: &Payload, opening: &Base64) -> Response<Body> {
        self.browser.post(paths::LINK_OPENED, &self.opened_request(made, payload, opening)).await
    }

    async fn chunk(&mut self, opening: &Base64, place: u32) -> Response<Body> {
        self.browser.post(paths::LINK_CHUNK, &ChunkRequest { opening: opening.clone(), place }).await
    }

    /// Does all that a reader does; answers the letter's file.
    async fn read(&mut self, home: &mut Home, made: &Made, answer: Option<&str>) -> Vec<u8> {
        let payload = self.unwrap(made, answer).await;
        let opening = token(home);
        json::<OpenedResponse>(self.opened(made, &payload, &opening).await).await;
        let (mut unpacker, mut file) = (Unpacker::new(payload), Vec::new());
        while let Some(place) = unpacker.next_place() {
            let response = self.chunk(&opening, place).await;
            assert_eq!(response.status(), StatusCode::OK);
            let sealed = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let pieces = unpacker.open(&sealed).unwrap();
            let of_file = pieces.iter().filter(|piece| piece.part == Part::File(0));
            of_file.for_each(|piece| file.extend_from_slice(&piece.bytes));
        }
        unpacker.finish().unwrap();
        file
    }
}

fn token(home: &mut Home) -> Base64 {
    let mut token = vec![0; 32];
    home.rng.fill_bytes(&mut token);
    token.into()
}

async fn alice() -> (Home, Browser) {
    let mut home = Home::new();
    let mut sender = Browser::new(&home);
    sender.register(&mut home, "correct horse battery").await;
    (home, sender)
}

/// Whether octets stand in any file of the data folder.
fn on_disk(home: &Home, octets: &[u8]) -> bool {
    let mut folders = vec![home.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).unwrap().windows(octets.len()).any(|window| window == octets) {
                return true;
            }
        }
    }
    false
}
