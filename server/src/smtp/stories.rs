//! Whole boxes on loopback, spoken with over sockets.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use shared::api::Timestamp;
use shared::api::submit::{DeliveryState, FailureReason};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::client::{Courier, Patience};
use super::sandbox::{self, Sandbox};
use super::wire::reply::Response;
use super::{Role, Server};
use crate::core::accounts;
use crate::core::devices;
use crate::core::office::Office;
use crate::core::queue::Runner;
use crate::core::schedule::Schedule;
use crate::core::testing::Person;
use crate::net::dns::{Resolver, Zone};
use crate::net::listen::{self, Door, Gate, Stop};
use crate::net::local_ca::LocalCa;
use crate::net::stream::{Duplex, Lines};
use crate::net::tls::{opportunistic_client, server_config};
use crate::store::queue;

/// A box whose doors for mail are open.
struct Host {
    office: Office,
    stop: Stop,
    exchange: SocketAddr,
    submission: SocketAddr,
    submissions: SocketAddr,
}

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

impl Host {
    async fn open(domain: &str) -> Self {
        let office = Office::of(domain);
        let stop = Stop::new();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let today = Timestamp(i64::try_from(since.as_secs()).unwrap());
        let ca = LocalCa::open(office.home.folder(), domain, today).unwrap();
        let tls = server_config(ca.certificates(), &[]).unwrap();
        let mut addresses = Vec::new();
        for (role, implicit) in [(Role::Exchange, false), (Role::Submission, false), (Role::Submission, true)] {
            let (listener, address) = bind().await;
            addresses.push(address);
            let starttls = (!implicit).then(|| Arc::clone(&tls));
            let server = Server::new(office.post.clone(), role, starttls, stop.clone());
            let door = Door { name: "mail", gate: Gate::new(50, 50), tls: implicit.then(|| Arc::clone(&tls)) };
            let serve = move |stream, peer| server.clone().connection(stream, peer);
            tokio::spawn(listen::serve(listener, door, stop.clone(), serve));
        }
        Self { office, stop, exchange: addresses[0], submission: addresses[1], submissions: addresses[2] }
    }

    fn run_queue(&self, zone: Zone) {
        let patience =
            Patience { connect: Duration::from_secs(2), command: Duration::from_secs(5), ..Patience::default() };
        let context = self.office.post.context();
        let resolver: Arc<dyn Resolver> = Arc::new(zone);
        let courier =
            Courier::new(resolver, opportunistic_client().unwrap(), &context.host, context.random.clone(), patience);
        let runner = Runner::new(self.office.post.clone(), Arc::new(courier), Schedule::default());
        self.stop.spawn(runner.run(self.stop.clone()));
    }

    /// The password of a new device.
    async fn device(&mut self, person: &Person) -> String {
        let context = self.office.home.context.clone();
        let session = accounts::session(&context, &person.signed_in.session).await.unwrap();
        let (request, password) = person.unlocked.device_password("Laptop".into(), false, &mut self.office.home.rng);
        devices::create(&context, session.account, request).await.unwrap();
        password.to_text().expose().clone()
    }
}

/// The client's side of a talk.
struct Talk(Lines);

impl Talk {
    async fn with(address: SocketAddr) -> Self {
        let mut talk = Self(Lines::new(TcpStream::connect(address).await.unwrap().into()));
        talk.hears(220).await;
        talk
    }

    async fn with_tls(address: SocketAddr) -> Self {
        let stream = Duplex::from(TcpStream::connect(address).await.unwrap());
        Self::over_tls(stream).await.hear_greeting().await
    }

    async fn hear_greeting(mut self) -> Self {
        self.hears(220).await;
        self
    }

    async fn over_tls(stream: Duplex) -> Self {
        let name = ServerName::try_from("home.test").unwrap();
        Self(Lines::new(stream.connect_tls(opportunistic_client().unwrap(), name).await.unwrap()))
    }

    async fn say(&mut self, text: impl AsRef<[u8]>) {
        self.0.stream().write_all(text.as_ref()).await.unwrap();
        self.0.stream().flush().await.unwrap();
    }

    /// The next reply; `None` when the connection has ended.
    async fn hear(&mut self) -> Option<Response> {
        let mut response = Response::default();
        loop {
            while let Some(line) = self.0.take_line(4096).unwrap() {
                if response.add_line(&line).unwrap() {
                    return Some(response);
                }
            }
            match self.0.fill().await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn hears(&mut self, code: u16) -> Response {
        let response = self.hear().await.expect("a reply");
        assert_eq!(response.code, code, "{response}");
        response
    }

    async fn asks(&mut self, line: &str, code: u16) -> Response {
        self.say(format!("{line}\r\n")).await;
        self.hears(code).await
    }
}

fn plain(user: &str, password: &str) -> String {
    STANDARD.encode(format!("\0{user}\0{password}"))
}

#[tokio::test]
async fn a_letter_goes_from_a_mail_program_here_to_a_person_there() {
    let (mut here, mut there) = (Host::open("home.test").await, Host::open("other.test").await);
    let (alice, bob) = (here.office.person("alice").await, there.office.person("bob").await);
    here.run_queue(Zone::new().with_mx("other.test", 10, "mx.other.test").with_port(
        "mx.other.test",
        25,
        there.exchange,
    ));
    let password = here.device(&alice).await;

    let mut talk = Talk::with_tls(here.submissions).await;
    talk.asks("EHLO laptop", 250).await;
    talk.asks(&format!("AUTH PLAIN {}", plain("alice@home.test", "wrong")), 535).await;
    talk.asks(&format!("AUTH PLAIN {}", plain("alice@home.test", &password)), 235).await;
    talk.asks("MAIL FROM:<bob@home.test>", 553).await;
    talk.asks("MAIL FROM:<alice@home.test> BODY=8BITMIME", 250).await;
    talk.asks("RCPT TO:<nobody@home.test>", 550).await;
    talk.asks("RCPT TO:<bob@other.test>", 250).await;
    talk.asks("RCPT TO:<nobody@other.test>", 250).await;
    talk.asks("DATA", 354).await;
    talk.say("From: alice@home.test\r\nTo: bob@other.test\r\nSubject: trip\r\n\r\nÀ midi.\r\n..\r\n.\r\n").await;
    talk.hears(250).await;
    talk.asks("QUIT", 221).await;

    let [seen] = there.office.inbox_of(&bob, 1).await.try_into().ok().unwrap();
    let text = seen.text();
    assert!(text.ends_with("\r\n\r\nÀ midi.\r\n.\r\n"), "{text}");
    assert!(text.contains("Received: from home.test ([127.0.0.1])\r\n\tby other.test (TLSv1_3:"), "{text}");
    assert!(text.contains(" with ESMTPS id ") && text.contains("\r\n\tfor <bob@other.test>;"), "{text}");
    assert!(text.contains(" with ESMTPSA id ") && !text.contains("laptop"), "{text}");
    let [notice] = here.office.inbox_of(&alice, 1).await.try_into().ok().unwrap();
    assert!(notice.text().contains("Final-Recipient: rfc822; nobody@other.test\r\nAction: failed\r\nStatus: 5.1.1"));
    assert!(!here.office.on_disk("midi") && !there.office.on_disk("midi"));
    here.stop.abort();
    there.stop.abort();
}

#[tokio::test]
async fn a_program_whose_password_was_taken_back_hands_nothing_in_any_more() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    let password = host.device(&alice).await;
    let signed_in = async || {
        let mut talk = Talk::with_tls(host.submissions).await;
        talk.asks("EHLO laptop", 250).await;
        talk.asks(&format!("AUTH PLAIN {}", plain("alice", &password)), 235).await;
        talk
    };
    let (mut silent, mut writing) = (signed_in().await, signed_in().await);
    for (line, code) in [("MAIL FROM:<alice@home.test>", 250), ("RCPT TO:<alice@home.test>", 250), ("DATA", 354)] {
        writing.asks(line, code).await;
    }
    let context = host.office.home.context.clone();
    let account = host.office.account(&alice).await;
    let device = devices::list(&context, account).await.unwrap().devices[0].id;
    devices::revoke(&context, account, device).await.unwrap();
    writing.say("From: alice@home.test\r\nSubject: late\r\n\r\n.\r\n").await;
    for talk in [&mut silent, &mut writing] {
        assert_eq!(talk.hears(421).await.lines[0], "4.7.0 This device is signed out");
        assert!(talk.hear().await.is_none());
    }
    let queued = context.store.read(|tx| queue::due(tx, Timestamp(i64::MAX), None, 1)).await.unwrap();
    assert!(queued.is_empty());
    host.stop.abort();
}

#[tokio::test]
async fn commands_in_one_piece_are_answered_in_order() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    let mut talk = Talk::with(host.exchange).await;
    talk.say(
        "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<alice@home.test>\r\nRCPT TO:<no@home.test>\r\n\
         RCPT TO:<a@elsewhere.test>\r\nDATA\r\n",
    )
    .await;
    for code in [250, 250, 250, 550, 550, 354] {
        talk.hears(code).await;
    }
    talk.say("Subject: one\r\n\r\none\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<alice@home.test>\r\nDATA\r\n").await;
    for code in [250, 250, 250, 354] {
        talk.hears(code).await;
    }
    talk.say("Subject: two\r\n\r\n.\r\nQUIT\r\n").await;
    talk.hears(250).await;
    talk.hears(221).await;
    assert!(talk.hear().await.is_none());
    let subjects: Vec<_> =
        host.office.inbox(&alice).await.into_iter().filter_map(|seen| seen.summary.subject).collect();
    assert_eq!(subjects, ["one", "two"]);
    host.stop.abort();
}

#[tokio::test]
async fn nothing_is_smuggled_past_the_end_of_a_message() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n"] {
        let mut talk = Talk::with(host.exchange).await;
        talk.say("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<alice@home.test>\r\nDATA\r\n").await;
        for code in [250, 250, 250, 354] {
            talk.hears(code).await;
        }
        talk.say(format!("Subject: a\r\n\r\none{end}MAIL FROM:<evil@a.test>\r\nRCPT TO:<alice@home.test>\r\nDATA\r\n"))
            .await;
        talk.say("Subject: smuggled\r\n\r\ntwo\r\n.\r\nNOOP\r\n").await;
        let refused = talk.hears(550).await;
        assert_eq!(refused.lines[0], "5.6.0 The message holds a bare carriage return or line feed", "{end:?}");
        assert!(talk.hear().await.is_none(), "{end:?}");
    }
    assert!(host.office.inbox(&alice).await.is_empty());
    host.stop.abort();
}

#[tokio::test]
async fn commands_in_front_of_the_handshake_are_not_carried_over() {
    let host = Host::open("home.test").await;
    for address in [host.exchange, host.submission] {
        let mut talk = Talk::with(address).await;
        talk.asks("EHLO x", 250).await;
        talk.say("STARTTLS\r\nRSET\r\n").await;
        talk.hears(554).await;
        assert!(talk.hear().await.is_none());

        let mut talk = Talk::with(address).await;
        talk.asks("EHLO x", 250).await;
        talk.asks("STARTTLS", 220).await;
        let mut talk = Talk::over_tls(talk.0.into_stream().unwrap()).await;
        talk.asks("MAIL FROM:<a@b.test>", 503).await;
        talk.asks("EHLO x", 250).await;
    }
    host.stop.abort();
}

#[tokio::test]
async fn limits_are_told_and_lines_without_end_are_cut() {
    let host = Host::open("home.test").await;
    let mut talk = Talk::with(host.exchange).await;
    talk.asks("EHLO x", 250).await;
    let refused = talk.asks("MAIL FROM:<a@b.test> SIZE=52428801", 552).await;
    assert_eq!(refused.enhanced().map(|code| code.to_string()).as_deref(), Some("5.3.4"));
    talk.say(vec![b'a'; 5000]).await;
    talk.hears(500).await;
    assert!(talk.hear().await.is_none());
    host.stop.abort();
}

#[tokio::test]
async fn a_box_that_stops_says_so_at_the_next_pause() {
    let host = Host::open("home.test").await;
    let mut talk = Talk::with(host.exchange).await;
    talk.asks("EHLO x", 250).await;
    host.stop.begin();
    talk.hears(421).await;
    assert!(talk.hear().await.is_none());
    tokio::time::timeout(Duration::from_secs(5), host.stop.finish(Duration::from_secs(1))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_for_too_long_is_let_go() {
    let host = Host::open("home.test").await;
    let mut talk = Talk::with(host.exchange).await;
    let silent = talk.hears(421).await;
    assert_eq!(silent.lines[0], "4.4.2 Nothing came for too long");
    assert!(talk.hear().await.is_none());
    host.stop.abort();
}

#[tokio::test(start_paused = true)]
async fn who_talks_for_an_hour_and_sends_nothing_is_let_go() {
    let host = Host::open("home.test").await;
    let mut talk = Talk::with(host.exchange).await;
    for _ in 0..14 {
        talk.asks("NOOP", 250).await;
        tokio::time::advance(Duration::from_secs(4 * 60 + 10)).await;
    }
    talk.asks("NOOP", 250).await;
    assert_eq!(talk.hears(421).await.lines[0], "4.4.2 Nothing came for too long");
    assert!(talk.hear().await.is_none());
    host.stop.abort();
}

#[tokio::test]
async fn the_sandbox_provokes_every_outcome() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    let (listener, address) = bind().await;
    let (sandbox, door) = (Sandbox::default(), Door { name: "sandbox", gate: Gate::new(50, 50), tls: None });
    let serve = move |stream, _| sandbox.clone().connection(stream);
    tokio::spawn(listen::serve(listener, door, host.stop.clone(), serve));
    host.run_queue(sandbox::add_names(Zone::new(), "home.test", address));
    let to = [
        "ok@fail.home.test",
        "temporary@fail.home.test",
        "refuse@fail.home.test",
        "unknown@fail.home.test",
        "full@fail.home.test",
        "greylist@fail.home.test",
        "a@nomail.home.test",
        "a@down.home.test",
        "a@lost.home.test",
        "a@nowhere.home.test",
    ];
    let is_open = |state: &DeliveryState| matches!(state, DeliveryState::Held | DeliveryState::Waiting);
    let (account, sent) = host.office.send(&alice, "hello", &to).await;
    let found = host.office.deliveries(account, sent.sent, |states| !states.iter().any(is_open)).await;
    let states: Vec<_> = found
        .iter()
        .map(|delivery| match delivery.state {
            DeliveryState::Delivered => "delivered".into(),
            DeliveryState::Retrying { reason, .. } => format!("retrying {reason:?}"),
            DeliveryState::Failed { reason } => format!("failed {reason:?}"),
            ref other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        states,
        [
            "delivered",
            "retrying TryLater",
            "failed Refused",
            "failed NoSuchRecipient",
            "retrying MailboxFull",
            "retrying TryLater",
            "failed NoSuchDomain",
            "retrying Unreachable",
            "retrying Unreachable",
            "failed NoSuchDomain",
        ]
    );
    host.office.home.pass(60);
    host.office.post.wake_queue();
    let greylisted = |states: &[DeliveryState]| states[5] == DeliveryState::Delivered;
    host.office.deliveries(account, sent.sent, greylisted).await;

    for (name, expected) in [
        (
            "hangup",
            DeliveryState::Retrying { next_try: host.office.home.now().plus(60), reason: FailureReason::Unreachable },
        ),
        ("toolarge", DeliveryState::Failed { reason: FailureReason::TooLarge }),
    ] {
        let (account, sent) = host.office.send(&alice, "hello", &[&format!("{name}@fail.home.test")]).await;
        host.office.deliveries(account, sent.sent, |states| states == [expected.clone()]).await;
    }
    host.stop.abort();
}

#[tokio::test]
async fn a_host_that_refuses_everybody_does_not_outweigh_one_that_may_answer_later() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    let (listener, unfriendly) = bind().await;
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            socket.write_all(b"554 5.7.1 no service\r\n").await.unwrap();
        }
    });
    // The discard port: nobody listens there.
    let nobody = SocketAddr::new(unfriendly.ip(), 9);
    let zone = [("silent", [nobody, unfriendly]), ("backup", [unfriendly, nobody]), ("closed", [unfriendly; 2])];
    let zone = zone.into_iter().fold(Zone::new(), |zone, (name, [first, second])| {
        let host = |rank: u16| format!("mx{rank}.{name}.test");
        let zone = zone.with_port(&host(10), 25, first).with_port(&host(20), 25, second);
        [10, 20].into_iter().fold(zone, |zone, rank| zone.with_mx(&format!("{name}.test"), rank, &host(rank)))
    });
    let zone = zone.with_mx("lost.test", 10, "mx.lost.test").with_broken("mx.lost.test");
    let zone = zone.with_mx("lost.test", 20, "mx20.closed.test").with_mx("gone.test", 10, "mx.gone.test");
    host.run_queue(zone.with_mx("gone.test", 20, "mx20.closed.test"));
    let to = ["a@silent.test", "a@backup.test", "a@lost.test", "a@gone.test", "a@closed.test"];
    let (account, sent) = host.office.send(&alice, "hello", &to).await;
    let tried = |states: &[DeliveryState]| !states.contains(&DeliveryState::Waiting);
    let found = host.office.deliveries(account, sent.sent, tried).await;
    let (closed, others) = found.split_last().unwrap();
    assert_eq!(closed.state, DeliveryState::Failed { reason: FailureReason::Refused });
    for delivery in others {
        let retrying = matches!(delivery.state, DeliveryState::Retrying { reason: FailureReason::Unreachable, .. });
        assert!(retrying, "{delivery:?}");
    }
    host.stop.abort();
}

/// Runs a program that people have; `None` where this machine does not have it.
async fn foreign(program: &str, arguments: &[String]) -> Option<bool> {
    let (program, arguments) = (program.to_owned(), arguments.to_vec());
    let run = tokio::task::spawn_blocking(move || Command::new(program).args(arguments).output());
    match run.await.unwrap() {
        Ok(output) => {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            Some(output.status.success())
        }
        Err(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_swaks_hand_mail_in() {
    let mut host = Host::open("home.test").await;
    let alice = host.office.person("alice").await;
    let password = host.device(&alice).await;
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.eml");
    std::fs::write(&letter, "From: alice@home.test\r\nTo: alice@home.test\r\nSubject: by curl\r\n\r\nhello\r\n")
        .unwrap();
    let ca = host.office.home.folder().join("ca.pem").display().to_string();
    let letter = letter.display().to_string();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let port = |address: SocketAddr| address.port();
    host.run_queue(Zone::new());
    let runs = [
        (
            "curl",
            format!(
                "-sS --ssl-reqd --cacert {ca} smtp://localhost:{} --mail-from x@y.test --mail-rcpt alice@home.test -T {letter}",
                port(host.exchange)
            ),
        ),
        (
            "curl",
            format!(
                "-sS --cacert {ca} smtps://localhost:{} -u alice@home.test:{password} --mail-from alice@home.test --mail-rcpt alice@home.test -T {letter}",
                port(host.submissions)
            ),
        ),
        (
            "curl",
            format!(
                "-sS --ssl-reqd --cacert {ca} smtp://localhost:{} -u alice:{password} --login-options AUTH=LOGIN --mail-from alice@home.test --mail-rcpt alice@home.test -T {letter}",
                port(host.submission)
            ),
        ),
        ("swaks", format!("--server 127.0.0.1 --port {} --from x@y.test --to alice@home.test", port(host.exchange))),
    ];
    let mut expected = 0;
    for (program, arguments) in runs {
        match foreign(program, &words(&arguments)).await {
            Some(worked) => {
                assert!(worked, "{program} {arguments}");
                expected += 1;
            }
            None => println!("{program} is not on this machine; left out"),
        }
    }
    let seen = host.office.inbox_of(&alice, expected).await;
    assert_eq!(seen.len(), expected);
    host.stop.abort();
}
