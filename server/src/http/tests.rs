//! The doors of accounts, sessions and devices as a browser sees them.

mod links;
mod refusals;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::access::{self, NewAccount};
use shared::api::account::{
    AccountResponse, BoxResponse, ConfirmResponse, InvitationAddressRequest, InvitationRequest, InvitationResponse,
    Language, LoginStartResponse, PassphraseStartRequest, PassphraseStartResponse, RegisterStartResponse,
    SessionResponse,
};
use shared::api::device::{CreateDeviceResponse, DevicesResponse};
use shared::api::event::Event;
use shared::api::mailbox::{
    AppendRequest, AppendResponse, DeleteRequest, Flags, MailboxesResponse, MessageId, MessagesResponse, SummaryRequest,
};
use shared::api::own_key::KeyNewsRequest;
use shared::api::{ApiError, Base64, ErrorCode, Timestamp, frame, limits, paths};
use shared::mime::{self, Summary};
use shared::pgp::{self, Certificate};
use shared::vault::Passphrase;
use tower::ServiceExt;

use super::{Peer, api};
use crate::core::accounts;
use crate::core::office::{post_of, post_with_room};
use crate::core::testing::Home;
use crate::net::listen::Stop;
use crate::store::tests::spoil_messages;
use crate::store::{StoreError, accounts as stored};

/// A browser: it keeps its cookies.
struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new(home: &Home) -> Self {
        Self { router: api(post_of(home, Arc::default()), Stop::new()), cookies: Vec::new() }
    }

    async fn send(&mut self, request: Request<Body>) -> Response<Body> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        response
    }

    fn request(&self, method: Method, path: &str, body: Body) -> Request<Body> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(paths::CSRF_HEADER, "1")
            .extension(Peer("192.0.2.1".parse().unwrap()))
            .body(body)
            .unwrap()
    }

    async fn get(&mut self, path: &str) -> Response<Body> {
        self.send(self.request(Method::GET, path, Body::empty())).await
    }

    async fn post(&mut self, path: &str, body: &impl Serialize) -> Response<Body> {
        let body = Body::from(serde_json::to_vec(body).unwrap());
        self.send(self.request(Method::POST, path, body)).await
    }

    /// Registers by the first invitation.
    async fn register(&mut self, home: &mut Home, passphrase: &str) -> AccountResponse {
        let token = accounts::first_invitation(&home.context).await.unwrap().unwrap().token;
        let new = NewAccount {
            invitation: token,
            address: "alice@home.test".parse().unwrap(),
            display_name: "Alice".into(),
            language: Language::En,
        };
        let passphrase = Passphrase::new(passphrase).unwrap();
        let (registration, request) = access::register_start(new, passphrase, &mut home.rng).unwrap();
        let answer: RegisterStartResponse = json(self.post(paths::REGISTER_START, &request).await).await;
        let made = registration.finish(&answer, home.now(), &mut home.rng).unwrap();
        let response = self.post(paths::REGISTER_FINISH, &made.request).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        json(response).await
    }
}

async fn json<T: DeserializeOwned>(response: Response<Body>) -> T {
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

async fn code(response: Response<Body>) -> ErrorCode {
    let status = response.status().as_u16();
    let error: ApiError = json(response).await;
    assert_eq!(error.code.status(), status);
    error.code
}

#[tokio::test]
async fn the_box_says_its_domain_to_everybody() {
    let mut browser = Browser::new(&Home::new());
    let said: BoxResponse = json(browser.get(paths::BOX).await).await;
    assert_eq!(said.domain, "home.test");
}

#[tokio::test]
async fn a_session_from_registration_to_logout() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    assert_eq!(json::<SessionResponse>(browser.get(paths::SESSION).await).await, None);

    let account = browser.register(&mut home, "correct horse battery").await;
    let response = browser.get(paths::SESSION).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(json::<SessionResponse>(response).await, Some(account));

    let response = browser.post(paths::LOGOUT, &()).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(json::<SessionResponse>(browser.get(paths::SESSION).await).await, None);
    assert_eq!(code(browser.get(paths::MAILBOXES).await).await, ErrorCode::NotSignedIn);
    assert_eq!(browser.post(paths::LOGOUT, &()).await.status(), StatusCode::NO_CONTENT);
    // The browser stays one that signed in before.
    assert!(browser.cookies.iter().any(|(name, value)| name == paths::BROWSER_COOKIE && !value.is_empty()));
}

#[tokio::test]
async fn the_language_of_notices_is_chosen_by_who_is_signed_in() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let change = async |browser: &mut Browser, body: &'static str| {
        browser.send(browser.request(Method::PATCH, paths::ACCOUNT, Body::from(body))).await
    };
    let french = r#"{"language":"fr"}"#;
    assert_eq!(code(change(&mut browser, french).await).await, ErrorCode::NotSignedIn);
    let account = browser.register(&mut home, "correct horse battery").await;
    assert_eq!(account.language, Language::En);
    assert_eq!(change(&mut browser, french).await.status(), StatusCode::NO_CONTENT);
    for wrong in [r#"{"language":"de"}"#, r#"{"display_name":7}"#, "fr"] {
        assert_eq!(code(change(&mut browser, wrong).await).await, ErrorCode::BadRequest, "{wrong}");
    }
    let session: SessionResponse = json(browser.get(paths::SESSION).await).await;
    assert_eq!(session, Some(AccountResponse { language: Language::Fr, ..account }));
}

#[tokio::test]
async fn a_session_of_a_disabled_account_is_nobodys() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let address = browser.register(&mut home, "correct horse battery").await.address.canonical();
    let now = home.now();
    let disabled = home.context.store.write(move |tx| {
        let account = stored::by_address(tx, &address)?.ok_or(StoreError::NotFound)?;
        stored::set_disabled(tx, account, Some(now))
    });
    disabled.await.unwrap();
    assert_eq!(json::<SessionResponse>(browser.get(paths::SESSION).await).await, None);
    assert_eq!(code(browser.get(paths::MAILBOXES).await).await, ErrorCode::AccountDisabled);
}

#[tokio::test]
async fn a_login_sets_cookies_that_no_script_and_no_other_site_can_use() {
    let mut home = Home::new();
    Browser::new(&home).register(&mut home, "correct horse battery").await;
    let mut browser = Browser::new(&home);
    let passphrase = Passphrase::new("correct horse battery").unwrap();
    let (login, request) = access::login_start("alice@home.test".parse().unwrap(), passphrase, &mut home.rng).unwrap();
    let answer: LoginStartResponse = json(browser.post(paths::LOGIN_START, &request).await).await;
    let (request, opener) = login.finish(&answer, &mut home.rng).unwrap();
    let response = browser.post(paths::LOGIN_FINISH, &request).await;
    let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        let text = cookie.to_str().unwrap();
        assert!(text.starts_with("__Host-"), "{text}");
        assert!(text.contains("; Path=/;") && text.ends_with("; Secure; HttpOnly; SameSite=Strict"), "{text}");
    }
    opener.open(&json(response).await).unwrap();
    assert_eq!(code(browser.post(paths::LOGIN_FINISH, &request).await).await, ErrorCode::WrongCredentials);
}

#[tokio::test]
async fn nothing_changes_without_the_header_that_only_our_page_sets() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    browser.register(&mut home, "correct horse battery").await;
    for (method, path) in [
        (Method::POST, paths::LOGOUT.to_owned()),
        (Method::POST, paths::LOGIN_START.to_owned()),
        (Method::POST, paths::DEVICES.to_owned()),
        (Method::POST, paths::PASSPHRASE.to_owned()),
        (Method::POST, paths::RECOVERY_CODE.to_owned()),
        (Method::DELETE, paths::device(shared::api::device::DeviceId(1))),
    ] {
        let mut request = browser.request(method, &path, Body::from("{}"));
        request.headers_mut().remove(paths::CSRF_HEADER);
        assert_eq!(code(browser.send(request).await).await, ErrorCode::Forbidden, "{path}");
    }
    assert!(json::<SessionResponse>(browser.get(paths::SESSION).await).await.is_some());
}

#[tokio::test]
async fn who_tries_too_often_is_told_how_long_to_wait() {
    let mut home = Home::new();
    Browser::new(&home).register(&mut home, "correct horse battery").await;
    let mut browser = Browser::new(&home);
    let mut last = None;
    for n in 0..30 {
        let request = InvitationRequest { token: vec![n; 32].into() };
        let mut request =
            browser.request(Method::POST, paths::INVITATION, Body::from(serde_json::to_vec(&request).unwrap()));
        request.extensions_mut().insert(Peer("2001:db8::1".parse().unwrap()));
        last = Some(browser.send(request).await);
    }
    let last = last.unwrap();
    assert_eq!(last.headers()[header::RETRY_AFTER], "2");
    let error: ApiError = json(last).await;
    assert_eq!((error.code, error.retry_after), (ErrorCode::TooManyAttempts, Some(2)));
}

#[tokio::test]
async fn devices_are_made_listed_and_revoked() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    assert_eq!(code(browser.get(paths::DEVICES).await).await, ErrorCode::NotSignedIn);
    let account = browser.register(&mut home, "correct horse battery").await;
    let auth = vec![1; 32].into();
    let request = shared::api::device::CreateDeviceRequest { name: "Phone".into(), auth, open: None };
    let made: CreateDeviceResponse = json(browser.post(paths::DEVICES, &request).await).await;
    let listed: DevicesResponse = json(browser.get(paths::DEVICES).await).await;
    assert_eq!(listed.devices, std::slice::from_ref(&made.device));
    assert_eq!(listed.server, home.context.mail_server);
    let path = paths::device(made.device.id);
    let delete = |browser: &Browser| browser.request(Method::DELETE, &path, Body::empty());
    let request = delete(&browser);
    assert_eq!(browser.send(request).await.status(), StatusCode::NO_CONTENT);
    let request = delete(&browser);
    assert_eq!(code(browser.send(request).await).await, ErrorCode::NotFound);
    assert_eq!(account.address.as_str(), "alice@home.test");
}

#[tokio::test]
async fn a_summary_that_its_owner_made_is_kept_in_the_place_of_the_boxs() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let account = browser.register(&mut home, "correct horse battery").await;
    let certificate = Certificate::parse(&account.keys[0].certificate.0).unwrap();
    let mut sealed = |subject: &str| -> Base64 {
        let summary = Summary::of(&mime::read(format!("Subject: {subject}\r\n\r\n").as_bytes()));
        pgp::seal_summary(&summary, &certificate, home.now(), &mut home.rng).unwrap().into()
    };
    let (first, better) = (sealed("[...]"), sealed("Sunday lunch"));
    let mailboxes: MailboxesResponse = json(browser.get(paths::MAILBOXES).await).await;
    let messages = paths::mailbox_messages(mailboxes.mailboxes[0].id);
    let file = |summary: &Base64| {
        let head = AppendRequest { summary: summary.clone(), flags: Flags::default(), replaces: None, letter: None };
        Body::from(frame::encode(&head, &[b"-----BEGIN PGP MESSAGE-----"]).unwrap())
    };
    let filed = browser.send(browser.request(Method::POST, &messages, file(&first))).await;
    let filed: AppendResponse = json(filed).await;
    let put = async |browser: &mut Browser, id: MessageId, summary: &Base64| {
        let body = serde_json::to_vec(&SummaryRequest { summary: summary.clone() }).unwrap();
        browser.send(browser.request(Method::PUT, &paths::message_summary(id), body.into())).await
    };
    let kept = async |browser: &mut Browser| {
        let listed: MessagesResponse = json(browser.get(&messages).await).await;
        listed.messages.into_iter().map(|row| row.summary).collect::<Vec<_>>()
    };
    assert_eq!(put(&mut browser, filed.id, &better).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(kept(&mut browser).await, std::slice::from_ref(&better));

    // Nothing readable, nothing cut, nothing huge, and nobody else's.
    let readable = Base64(Summary::of(&mime::read(b"Subject: readable\r\n\r\n")).encode());
    let cut = Base64(better.0[..better.0.len() - 1].to_vec());
    for wrong in [&readable, &cut, &Base64(Vec::new())] {
        assert_eq!(code(put(&mut browser, filed.id, wrong).await).await, ErrorCode::BadRequest);
    }
    let refused = browser.send(browser.request(Method::POST, &messages, file(&readable))).await;
    assert_eq!(code(refused).await, ErrorCode::BadRequest);
    let huge = Base64(vec![0; limits::SUMMARY_BYTES + 1]);
    assert_eq!(code(put(&mut browser, filed.id, &huge).await).await, ErrorCode::TooLarge);
    assert_eq!(code(put(&mut browser, MessageId(filed.id.0 + 1), &better).await).await, ErrorCode::NotFound);
    let mut nobody = Browser::new(&home);
    assert_eq!(code(put(&mut nobody, filed.id, &better).await).await, ErrorCode::NotSignedIn);
    assert_eq!(kept(&mut browser).await, [better]);
}

#[tokio::test]
async fn what_is_no_request_is_refused_as_an_api_error() {
    let home = Home::new();
    let mut browser = Browser::new(&home);
    for (body, expected) in [
        (Body::from("not json"), ErrorCode::BadRequest),
        (Body::from(r#"{"address": "nobody", "ke1": ""}"#), ErrorCode::BadRequest),
        (Body::from(r#"{"address": "a@home.test", "ke1": "AAAA"}"#), ErrorCode::BadRequest),
        (Body::from(vec![b' '; limits::JSON_BYTES + 1]), ErrorCode::TooLarge),
    ] {
        let request = browser.request(Method::POST, paths::LOGIN_START, body);
        assert_eq!(code(browser.send(request).await).await, expected);
    }
    let unknown = InvitationRequest { token: vec![1; 32].into() };
    assert_eq!(code(browser.post(paths::INVITATION, &unknown).await).await, ErrorCode::InvitationGone);
    let good = accounts::first_invitation(&home.context).await.unwrap().unwrap();
    let request = InvitationRequest { token: good.token };
    let answer: InvitationResponse = json(browser.post(paths::INVITATION, &request).await).await;
    assert_eq!(answer.expires_at, good.expires_at);
}

#[tokio::test]
async fn what_opens_the_account_is_changed_from_a_session_that_has_shown_the_passphrase() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let none = PassphraseStartRequest { confirmation: vec![1; 32].into(), opaque_request: Base64::default() };
    assert_eq!(code(browser.post(paths::PASSPHRASE_START, &none).await).await, ErrorCode::NotSignedIn);
    let account = browser.register(&mut home, "correct horse battery").await;
    assert_eq!(code(browser.post(paths::PASSPHRASE_START, &none).await).await, ErrorCode::NotConfirmed);

    let log_in = |home: &mut Home, text: &str| {
        access::login_start(account.address.clone(), Passphrase::new(text).unwrap(), &mut home.rng).unwrap()
    };
    let (login, request) = log_in(&mut home, "correct horse battery");
    let answer: LoginStartResponse = json(browser.post(paths::LOGIN_START, &request).await).await;
    let (request, opener) = login.finish(&answer, &mut home.rng).unwrap();
    let confirmed: ConfirmResponse = json(browser.post(paths::CONFIRM, &request).await).await;
    let unlocked = opener.open(&account).unwrap();
    let new = Passphrase::new("a new passphrase").unwrap();
    let (change, request) = unlocked.passphrase_start(confirmed.clone(), new, &mut home.rng).unwrap();
    let answer: PassphraseStartResponse = json(browser.post(paths::PASSPHRASE_START, &request).await).await;
    let request = change.finish(&answer, &mut home.rng).unwrap();
    assert_eq!(browser.post(paths::PASSPHRASE, &request).await.status(), StatusCode::NO_CONTENT);
    let request = unlocked.recovery_code(confirmed, Language::En, &mut home.rng).request;
    assert_eq!(browser.post(paths::RECOVERY_CODE, &request).await.status(), StatusCode::NO_CONTENT);
    assert!(json::<SessionResponse>(browser.get(paths::SESSION).await).await.is_some());

    let (login, request) = log_in(&mut home, "a new passphrase");
    let answer: LoginStartResponse = json(Browser::new(&home).post(paths::LOGIN_START, &request).await).await;
    login.finish(&answer, &mut home.rng).unwrap();
}

#[tokio::test]
async fn another_key_takes_the_passphrase_and_news_about_one_the_session() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let account = browser.register(&mut home, "correct horse battery").await;
    let (login, request) =
        access::login_start(account.address.clone(), Passphrase::new("correct horse battery").unwrap(), &mut home.rng)
            .unwrap();
    let answer: LoginStartResponse = json(browser.post(paths::LOGIN_START, &request).await).await;
    let (request, opener) = login.finish(&answer, &mut home.rng).unwrap();
    let unlocked = opener.open(&account).unwrap();
    let confirmed: ConfirmResponse = json(browser.post(paths::CONFIRM, &request).await).await;
    let key = unlocked.another_key(confirmed, true, home.now(), &mut home.rng).unwrap();
    let mut unconfirmed = key.clone();
    unconfirmed.confirmation = Base64(vec![0; 32]);
    assert_eq!(code(browser.post(paths::OWN_KEYS, &unconfirmed).await).await, ErrorCode::NotConfirmed);
    let news = KeyNewsRequest { certificate: key.key.certificate.clone(), sealed_revocation: None };
    assert_eq!(code(browser.post(paths::OWN_KEY_NEWS, &news).await).await, ErrorCode::BadRequest);
    assert_eq!(browser.post(paths::OWN_KEYS, &key).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(browser.post(paths::OWN_KEY_NEWS, &news).await.status(), StatusCode::NO_CONTENT);
    let session: SessionResponse = json(browser.get(paths::SESSION).await).await;
    let keys = session.unwrap().keys;
    assert_eq!((keys.len(), &keys[0].certificate), (2, &key.key.certificate));
    let mut stranger = Browser::new(&home);
    assert_eq!(code(stranger.post(paths::OWN_KEYS, &key).await).await, ErrorCode::NotSignedIn);
    assert_eq!(code(stranger.post(paths::OWN_KEY_NEWS, &news).await).await, ErrorCode::NotSignedIn);
}

#[tokio::test]
async fn a_guest_learns_at_once_that_an_address_is_taken() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    browser.register(&mut home, "correct horse battery").await;
    let token = accounts::invite(&home.context, None).await.unwrap().token;
    let ask = |address: &str| InvitationAddressRequest { token: token.clone(), address: address.parse().unwrap() };
    let mut guest = Browser::new(&home);
    let taken = guest.post(paths::INVITATION_ADDRESS, &ask("alice@home.test")).await;
    assert_eq!(code(taken).await, ErrorCode::AddressTaken);
    let elsewhere = guest.post(paths::INVITATION_ADDRESS, &ask("bob@elsewhere.test")).await;
    assert_eq!(code(elsewhere).await, ErrorCode::AddressNotHere);
    let free = guest.post(paths::INVITATION_ADDRESS, &ask("bob@home.test")).await;
    assert_eq!(free.status(), StatusCode::NO_CONTENT);
}

/// The next event of a stream.
async fn event(events: &mut axum::body::BodyDataStream) -> Event {
    let line = events.next().await.expect("an event").unwrap();
    serde_json::from_str(str::from_utf8(&line).unwrap().strip_prefix("data: ").unwrap().trim()).unwrap()
}

#[tokio::test]
async fn who_cannot_be_told_of_a_message_is_told_to_look_at_everything() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    browser.register(&mut home, "correct horse battery").await;
    let mut events = browser.get(paths::EVENTS).await.into_body().into_data_stream();
    assert_eq!(event(&mut events).await, Event::Ready);
    let mailboxes: MailboxesResponse = json(browser.get(paths::MAILBOXES).await).await;
    let messages = paths::mailbox_messages(mailboxes.mailboxes[0].id);
    let file = async |browser: &mut Browser| -> MessageId {
        let head = AppendRequest { summary: Base64::default(), flags: Flags::default(), replaces: None, letter: None };
        let body = Body::from(frame::encode(&head, &[b"-----BEGIN PGP MESSAGE-----"]).unwrap());
        json::<AppendResponse>(browser.send(browser.request(Method::POST, &messages, body)).await).await.id
    };
    // What is gone again when its turn comes is nothing to tell.
    let gone = file(&mut browser).await;
    let delete = DeleteRequest { messages: vec![gone] };
    assert_eq!(browser.post(paths::DELETE, &delete).await.status(), StatusCode::NO_CONTENT);
    assert!(matches!(event(&mut events).await, Event::Gone { messages, .. } if messages == [gone]));
    file(&mut browser).await;
    spoil_messages(home.folder());
    assert_eq!(event(&mut events).await, Event::Resync);
}

#[tokio::test]
async fn a_stream_of_events_ends_when_the_box_begins_to_stop() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    let stop = Stop::new();
    browser.router = api(post_of(&home, Arc::default()), stop.clone());
    browser.register(&mut home, "correct horse battery").await;
    let mut events = browser.get(paths::EVENTS).await.into_body().into_data_stream();
    assert_eq!(event(&mut events).await, Event::Ready);
    stop.begin();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn strangers_are_asked_for_little_and_everybody_within_the_budget() {
    let mut home = Home::new();
    let mut browser = Browser::new(&home);
    browser.register(&mut home, "correct horse battery").await;
    let blank = |octets: usize| Body::from(vec![b' '; octets]);
    for path in [
        paths::INVITATION,
        paths::INVITATION_ADDRESS,
        paths::REGISTER_START,
        paths::LOGIN_START,
        paths::LOGIN_FINISH,
        paths::RECOVER_START,
        paths::RECOVER_FINISH,
    ] {
        for (octets, expected) in [(64 * 1024, ErrorCode::BadRequest), (64 * 1024 + 1, ErrorCode::TooLarge)] {
            let request = browser.request(Method::POST, path, blank(octets));
            assert_eq!(code(browser.send(request).await).await, expected, "{path}");
        }
    }
    // A new account brings its keys; a network has a quarter of the room for such.
    let post = post_with_room(&home, Arc::default(), 400_000);
    browser.router = api(post.clone(), Stop::new());
    for (octets, expected) in [(90_000, ErrorCode::BadRequest), (110_000, ErrorCode::Busy)] {
        let request = browser.request(Method::POST, paths::REGISTER_FINISH, blank(octets));
        assert_eq!(code(browser.send(request).await).await, expected, "{octets}");
    }
    // Small requests are heard also where there is no room for mail.
    let _all = post.budget().reserve(400_000).await;
    let request = browser.request(Method::POST, paths::LOGIN_START, blank(1000));
    assert_eq!(code(browser.send(request).await).await, ErrorCode::BadRequest);
    let mailboxes: MailboxesResponse = json(browser.get(paths::MAILBOXES).await).await;
    let head = AppendRequest { summary: Base64::default(), flags: Flags::default(), replaces: None, letter: None };
    let message = [&b"-----BEGIN PGP MESSAGE-----"[..], &[b'x'; 100_000]].concat();
    let body = Body::from(frame::encode(&head, &[&message]).unwrap());
    let request = browser.request(Method::POST, &paths::mailbox_messages(mailboxes.mailboxes[0].id), body);
    assert_eq!(code(browser.send(request).await).await, ErrorCode::Busy);
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_end_does_not_come_is_not_waited_for() {
    let home = Home::new();
    let mut browser = Browser::new(&home);
    // A piece every fifty seconds, without end.
    let pieces = futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(50)).await;
        Some((Ok::<_, std::convert::Infallible>(" "), ()))
    });
    let begun = tokio::time::Instant::now();
    let request = browser.request(Method::POST, paths::LOGIN_START, Body::from_stream(pieces));
    assert_eq!(code(browser.send(request).await).await, ErrorCode::BadRequest);
    assert_eq!(begun.elapsed().as_secs(), 60);
}
