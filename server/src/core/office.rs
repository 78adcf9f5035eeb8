//! A box with its post office, and a world that tests decide: what the stories about mail share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use shared::api::mailbox::{MailboxRole, MessageId};
use shared::api::submit::{Class, Delivery, DeliveryState, SubmitResponse};
use shared::mime::Summary;
use shared::pgp::{self, OpenedMessage};

use super::carrier::{Carrier, Fate, Parcel, Why};
use super::discover::Directory;
use super::post::{BYTES_IN_FLIGHT, Post, QueueKey};
use super::submit::Form;
use super::testing::{Home, Person};
use crate::net::BoxFuture;
use crate::net::fetch::{Fetch, FetchError, Fetched};
use crate::store::flags::{FlagBits, Keywords};
use crate::store::messages::NewMessage;
use crate::store::queue::{self, NewSubmission};
use crate::store::{AccountNo, StoreError, accounts, mailboxes, messages, views};

/// A box with its post office.
pub(crate) struct Office {
    pub(crate) home: Home,
    pub(crate) post: Post,
    pub(crate) fetch: Arc<Files>,
}

/// A message as its owner sees it.
pub(crate) struct Seen {
    pub(crate) id: MessageId,
    pub(crate) summary: Summary,
    pub(crate) message: OpenedMessage,
    /// What lies on the box.
    pub(crate) stored: Vec<u8>,
}

impl Seen {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.message.original).into_owned()
    }
}

impl Office {
    pub(crate) fn new() -> Self {
        Self::in_home(Home::new())
    }

    pub(crate) fn of(domain: &str) -> Self {
        Self::in_home(Home::of(domain))
    }

    pub(crate) fn in_home(home: Home) -> Self {
        let fetch = Arc::new(Files::default());
        let post = post_of(&home, Arc::clone(&fetch));
        Self { home, post, fetch }
    }

    /// The post office of the same box with so many octets of mail in memory.
    pub(crate) fn post_with_room(&self, octets: usize) -> Post {
        post_with_room(&self.home, Arc::clone(&self.fetch), octets)
    }

    /// Stops the box and starts it anew on the same folder.
    pub(crate) fn restarted(self) -> Self {
        let Self { home, post, .. } = self;
        drop(post);
        Self::in_home(home.restarted())
    }

    pub(crate) async fn person(&mut self, name: &str) -> Person {
        self.home.register(name, "correct horse battery").await.unwrap()
    }

    pub(crate) async fn account(&self, person: &Person) -> AccountNo {
        let address = person.address.canonical();
        let found = self.home.context.store.read(move |tx| accounts::by_address(tx, &address)).await.unwrap();
        found.unwrap()
    }

    /// Queues a letter of the person's, with a copy in Sent.
    pub(crate) async fn send(&self, person: &Person, text: &str, to: &[&str]) -> (AccountNo, SubmitResponse) {
        let (account, now) = (self.account(person).await, self.home.now());
        let from = person.address.clone();
        let message = format!("From: {from}\r\nMessage-ID: <7@home.test>\r\nSubject: trip\r\n\r\n{text}\r\n");
        let recipients = to.iter().map(|text| (text.parse().unwrap(), Class::Open)).collect();
        let form = Form { message: message.into_bytes(), recipients };
        let (forms, ()) = self.post.seal_forms(vec![form], ()).await.unwrap();
        let sent = NewMessage {
            bytes: format!("From: {from}\r\n\r\n").into_bytes().into(),
            sealed_summary: Vec::new(),
            sealed_header: Vec::new(),
            flags: FlagBits::default(),
            keywords: Keywords::default(),
            received_at: now,
            saved_at: now,
            came: None,
        };
        let queued = self.home.context.store.write(move |tx| {
            let folder = mailboxes::by_role(tx, account, MailboxRole::Sent)?;
            let filed = messages::append(tx, account, folder.id, &sent)?;
            let (envelope_from, sent) = (Some(from), Some(filed.body));
            let new = NewSubmission { account, envelope_from, sent, created_at: now, leaves_at: now };
            let submission = queue::create(tx, &new)?;
            forms.iter().try_for_each(|form| queue::add_outgoing(tx, submission, form).map(drop))?;
            Ok::<_, StoreError>(SubmitResponse { submission, sent: filed.id, leaves_at: now })
        });
        let queued = queued.await.unwrap();
        self.post.wake_queue();
        (account, queued)
    }

    /// What lies in a mailbox, oldest first, opened with the person's keys.
    pub(crate) async fn look(&self, person: &Person, role: MailboxRole) -> Vec<Seen> {
        let (account, now) = (self.account(person).await, self.home.now());
        let found = self
            .home
            .context
            .store
            .read(move |tx| {
                let mailbox = mailboxes::by_role(tx, account, role)?;
                let records = views::by_uids(tx, mailbox.id, &views::uids(tx, mailbox.id)?)?;
                records
                    .into_iter()
                    .map(|record| {
                        let bytes = messages::bytes(tx, record.body)?;
                        let summary = messages::sealed_summary(tx, record.body)?;
                        Ok::<_, StoreError>((record.id, bytes, summary, messages::sealed_header(tx, record.body)?))
                    })
                    .collect::<Result<Vec<_>, _>>()
            })
            .await
            .unwrap();
        let keys = person.unlocked.openers();
        let open = |(id, stored, summary, header): (MessageId, Vec<u8>, Vec<u8>, Vec<u8>)| Seen {
            id,
            summary: pgp::open_summary(&summary, &keys, now).unwrap(),
            message: pgp::open_message(&stored, (!header.is_empty()).then_some(&header), &keys, &[], now).unwrap(),
            stored,
        };
        found.into_iter().map(open).collect()
    }

    pub(crate) async fn inbox(&self, person: &Person) -> Vec<Seen> {
        self.look(person, MailboxRole::Inbox).await
    }

    /// Waits until the person's Inbox holds so many messages.
    pub(crate) async fn inbox_of(&self, person: &Person, count: usize) -> Vec<Seen> {
        for _ in 0..500 {
            let found = self.inbox(person).await;
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{count} messages did not come");
    }

    /// Waits until the deliveries of a sent message are as wanted.
    pub(crate) async fn deliveries(
        &self,
        account: AccountNo,
        sent: MessageId,
        wanted: impl Fn(&[DeliveryState]) -> bool,
    ) -> Vec<Delivery> {
        let mut last = Vec::new();
        for _ in 0..500 {
            last = self.post.deliveries(account, sent).await.unwrap().deliveries;
            let states: Vec<_> = last.iter().map(|delivery| delivery.state.clone()).collect();
            if wanted(&states) {
                return last;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the deliveries stay {last:?}");
    }

    /// Whether these bytes stand in any file of the data folder.
    pub(crate) fn on_disk(&self, marker: &str) -> bool {
        std::fs::read_dir(self.home.folder()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
        })
    }
}

/// The post office of a box, in a world that holds these files.
pub(crate) fn post_of(home: &Home, files: Arc<Files>) -> Post {
    post_with_room(home, files, BYTES_IN_FLIGHT)
}

/// The same, with so many octets of mail in memory.
pub(crate) fn post_with_room(home: &Home, files: Arc<Files>, octets: usize) -> Post {
    let directory = Directory::new(home.context.clone(), files);
    let key = QueueKey::open(home.folder(), &home.context.random).unwrap();
    Post::new(home.context.clone(), directory, key, octets)
}

/// Files of other hosts; a host is there when it has a file.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: Mutex<BTreeMap<(String, String), Vec<u8>>>,
    /// Hosts that answer everything with a status.
    failing: Mutex<BTreeMap<String, u16>>,
    asked: Mutex<Vec<String>>,
}

impl Files {
    pub(crate) fn put(&self, url: &str, bytes: Vec<u8>) {
        let (host, path) = url.strip_prefix("https://").unwrap().split_once('/').unwrap();
        self.files.lock().unwrap().insert((host.to_owned(), format!("/{path}")), bytes);
    }

    /// Has a host answer everything with a status from now on; 0: as it did before.
    pub(crate) fn fail(&self, host: &str, status: u16) {
        self.failing.lock().unwrap().insert(host.to_owned(), status);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Fetch for Files {
    fn get<'a>(&'a self, host: &'a str, path: &'a str, _limit: usize) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        self.asked.lock().unwrap().push(format!("{host}{path}"));
        let files = self.files.lock().unwrap();
        let found = files.get(&(host.to_owned(), path.to_owned())).cloned();
        let exists = files.keys().any(|(known, _)| known == host);
        let failing = self.failing.lock().unwrap().get(host).copied().filter(|status| *status != 0);
        Box::pin(async move {
            if let Some(status) = failing {
                return Ok(Fetched { status, body: Vec::new() });
            }
            match found {
                Some(body) => Ok(Fetched { status: 200, body }),
                None if exists => Ok(Fetched { status: 404, body: Vec::new() }),
                None => Err(FetchError::NoSuchHost),
            }
        })
    }
}

/// Notes what it is given, and answers as the recipients' names say: `never`, `later`, `hang`, `slow` (has it, but not before
/// it is let go); all others have it.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    carried: Mutex<Vec<Parcel>>,
    slow: tokio::sync::Notify,
}

impl Scripted {
    pub(crate) fn carried(&self) -> Vec<Parcel> {
        self.carried.lock().unwrap().clone()
    }

    /// Waits until it was given something.
    pub(crate) async fn first(&self) {
        for _ in 0..500 {
            if !self.carried().is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("nothing was carried");
    }

    /// Lets one who is slow answer.
    pub(crate) fn let_go(&self) {
        self.slow.notify_one();
    }
}

impl Carrier for Scripted {
    fn carry(&self, parcel: Parcel) -> BoxFuture<'_, Vec<Fate>> {
        use shared::api::submit::FailureReason;
        self.carried.lock().unwrap().push(parcel.clone());
        Box::pin(async move {
            let mut fates = Vec::new();
            for recipient in &parcel.recipients {
                fates.push(match recipient.local_part() {
                    "never" => Fate::Never(Why {
                        host: Some("mx.example".into()),
                        said: Some("550 5.1.1 nobody".into()),
                        ..Why::own(FailureReason::NoSuchRecipient, "5.1.1")
                    }),
                    "later" => Fate::Later(Why::own(FailureReason::TryLater, "4.7.1")),
                    "hang" => std::future::pending().await,
                    "slow" => {
                        self.slow.notified().await;
                        Fate::Delivered
                    }
                    _ => Fate::Delivered,
                });
            }
            fates
        })
    }
}
