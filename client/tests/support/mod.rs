//! A person with a worker's desk, and as much of the box as the desk has to do with.

#![allow(dead_code, unreachable_pub, reason = "each story uses what it needs")]

use client::platform::buffer::Buffer;
use client::platform::carried::Carried;
use client::worker::desk::Desk;
use client::worker::letters;
use client::worker::parcel::Parcel;
use client::worker::protocol::access::*;
use client::worker::protocol::reading::*;
use client::worker::protocol::{AnyAsk, Ask, AskError};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use shared::api::account::{
    AccountResponse, Language, LoginStartResponse, RegisterFinishRequest, RegisterStartResponse,
};
use shared::api::mailbox::{Came, MessageId, MessageResponse};
use shared::api::own_key::OwnKey;
use shared::api::{Base64, Timestamp, frame};
use shared::mime::{self, SenderProof, Summary};
use shared::pgp::{Certificate, pgpmime, seal, seal_incoming, seal_summary};
use shared::vault::opaque::{Record, ServerSetup};

/// When the stories happen.
pub const NOW: Timestamp = Timestamp(1_790_000_000);
/// Everybody's passphrase.
pub const PASSPHRASE: &str = "correct horse battery";

/// The box's half, and a person's worker.
pub struct Person {
    pub desk: Desk<ChaCha20Rng>,
    box_rng: ChaCha20Rng,
    pub setup: ServerSetup,
    pub kept: Option<RegisterFinishRequest>,
    pub words: Vec<String>,
}

impl Person {
    pub fn new(seed: u64) -> Self {
        let mut box_rng = ChaCha20Rng::seed_from_u64(seed + 1000);
        let setup = ServerSetup::make(&mut box_rng);
        Self { desk: desk(seed), box_rng, setup, kept: None, words: Vec::new() }
    }

    /// Somebody with an account that is open.
    pub fn named(name: &str, seed: u64) -> Self {
        let mut person = Self::new(seed);
        person.register(name);
        let account = carried(&person.account());
        person.ask(Unlock { account }).unwrap();
        person
    }

    pub fn ask<A: Ask>(&mut self, ask: A) -> Result<A::Answer, AskError> {
        let ask: AnyAsk = ask.into();
        let answer = self.desk.answer(Parcel::pack(&ask).unwrap());
        answer.unpack::<Result<A::Answer, AskError>>().unwrap()
    }

    pub fn register(&mut self, name: &str) {
        self.register_at(name, NOW);
    }

    /// With a key that is made then.
    pub fn register_at(&mut self, name: &str, now: Timestamp) {
        let request = self
            .ask(RegisterStart {
                invitation: Base64(vec![1; 32]),
                address: format!("{name}@home.test").parse().unwrap(),
                display_name: name.to_owned(),
                language: Language::En,
                passphrase: PASSPHRASE.to_owned().into(),
            })
            .unwrap();
        let account_id = self.setup.new_account(&[1; 32]);
        let opaque_response =
            self.setup.register(account_id, &request.read().unwrap().opaque_request.0).unwrap().into();
        let response = carried(&RegisterStartResponse { account_id, opaque_response });
        let registered = self.ask(RegisterFinish { response, now }).unwrap();
        self.words = registered.recovery_words;
        self.kept = Some(registered.request.read().unwrap());
    }

    pub fn login(&mut self, passphrase: &str) -> Result<(), AskError> {
        let kept = self.kept.clone().unwrap();
        let request =
            self.ask(LoginStart { address: kept.address.clone(), passphrase: passphrase.to_owned().into() })?;
        let record = Record::from_bytes(&kept.opaque_record.0).unwrap();
        let (pending, ke2) = self
            .setup
            .login_start(
                &kept.address,
                Some((kept.account_id, &record)),
                &request.read().unwrap().ke1.0,
                &mut self.box_rng,
            )
            .unwrap();
        let response = carried(&LoginStartResponse { login_id: Base64(vec![1]), ke2: ke2.into() });
        let request = self.ask(LoginFinish { response })?;
        pending.finish(&request.read().unwrap().ke3.0).unwrap();
        Ok(())
    }

    pub fn account(&self) -> AccountResponse {
        let kept = self.kept.clone().unwrap();
        AccountResponse {
            account_id: kept.account_id,
            address: kept.address,
            display_name: kept.display_name,
            language: kept.language,
            passphrase_wrap: kept.passphrase_wrap,
            keys: vec![OwnKey {
                certificate: kept.certificate,
                sealed_secret_key: kept.sealed_secret_key,
                sealed_revocation: Some(kept.sealed_revocation),
            }],
            rest_keys: kept.rest_key.into_iter().collect(),
            rest_in_use: true,
            tab_share: Base64(vec![9; 32]),
            key_server: None,
        }
    }

    pub fn certificate(&self) -> Base64 {
        self.kept.clone().unwrap().certificate
    }

    pub fn sealed_for(&mut self, message: &[u8]) -> Buffer {
        self.sealed_as(message, None)
    }

    /// The same of a message that came so.
    pub fn sealed_as(&mut self, message: &[u8], came: Option<Came>) -> Buffer {
        let certificate = Certificate::parse(&self.certificate().0).unwrap();
        let sealed = seal_incoming(message, &certificate, NOW, &mut self.box_rng).unwrap();
        stored_as(&sealed.bytes, sealed.header, came)
    }

    /// What the box makes of a message that its sender sealed.
    pub fn closed_summary(&mut self, sender: SenderProof) -> Base64 {
        let mut summary = Summary::of(&mime::read(b"From: alice@home.test\r\nSubject: [...]\r\n\r\n"));
        summary.close();
        summary.verdict = Some(mime::Verdict { sender, junk: None });
        let certificate = Certificate::parse(&self.certificate().0).unwrap();
        seal_summary(&summary, &certificate, NOW, &mut self.box_rng).unwrap().into()
    }

    pub fn list_shows(&mut self, sealed: &Base64) -> SummaryView {
        let ask = OpenSummaries { sealed: vec![(MessageId(1), sealed.clone())], now: NOW };
        self.ask(ask).unwrap().remove(0).summary.unwrap()
    }

    /// Content sealed for them, in armor, as it stands in the text of a message.
    pub fn armored(&mut self, content: &[u8]) -> String {
        let certificate = Certificate::parse(&self.certificate().0).unwrap();
        let sealed = seal(content, &[&certificate], None, NOW, &mut self.box_rng).unwrap();
        let wrapped = String::from_utf8(pgpmime::wrap(b"", &sealed, &mut self.box_rng)).unwrap();
        let (_, block) = wrapped.split_once("-----BEGIN PGP MESSAGE-----").unwrap();
        let (block, _) = block.split_once("-----END PGP MESSAGE-----").unwrap();
        format!("-----BEGIN PGP MESSAGE-----{block}-----END PGP MESSAGE-----")
    }

    pub fn read(&mut self, message: Buffer, certificates: Vec<Base64>) -> Result<MessageView, AskError> {
        self.ask(OpenMessage { message, certificates, closed: None, people: None, learn: false, now: NOW })
    }
}

/// What box or worker wrote, as the page carries it.
pub fn carried<T: Serialize>(value: &T) -> Carried<T> {
    Carried::write(value).unwrap()
}

/// A worker's desk that makes the same random numbers each time.
pub fn desk(seed: u64) -> Desk<ChaCha20Rng> {
    let mut desk = Desk::new(ChaCha20Rng::seed_from_u64(seed));
    desk.bring(letters::answer);
    desk
}

/// The frame in which the box answers with a message.
pub fn stored(message: &[u8], header: Option<Vec<u8>>) -> Buffer {
    stored_as(message, header, None)
}

/// The same with a message of which it is known how it came.
pub fn stored_as(message: &[u8], header: Option<Vec<u8>>, came: Option<Came>) -> Buffer {
    let head = MessageResponse { sealed_header: header.unwrap_or_default().into(), came };
    frame::encode(&head, &[message]).unwrap().into()
}
