//! The key server: for whom it is asked, about whom, and what becomes of what it says.

use shared::api::EmailAddress;
use shared::api::account::{ChangeAccountRequest, KeyServerUse};
use shared::api::keys::{KeepRequest, LookupOutcome, Source};
use shared::pgp::{Certificate, SecretKey, wkd};

use crate::core::accounts::{self, AccountError};
use crate::core::correspondents::keep;
use crate::core::office::Office;
use crate::core::testing::{Home, Person};
use crate::store::AccountNo;

const INES: &str = "Ines@elsewhere.test";
const ASKED: &str = "keys.test/vks/v1/by-email/ines%40elsewhere.test";

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// A box whose people may agree to have `keys.test` asked.
fn office() -> Office {
    let mut home = Home::new();
    home.context.key_server = Some("https://keys.test".to_owned().try_into().unwrap());
    let office = Office::in_home(home);
    // It is there, and has nothing.
    office.fetch.put("https://keys.test/", Vec::new());
    office
}

async fn agrees(office: &Office, account: AccountNo, host: &str, is_agreed: bool) -> Result<(), AccountError> {
    let key_server = Some(KeyServerUse { host: host.to_owned(), is_agreed });
    accounts::change(&office.home.context, account, ChangeAccountRequest { key_server, ..Default::default() }).await
}

/// Alice, who has agreed.
async fn alice(office: &mut Office) -> (Person, AccountNo) {
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    agrees(office, account, "keys.test", true).await.unwrap();
    (alice, account)
}

/// The server has a certificate with two addresses for both of them.
fn has(office: &mut Office, of: &str) -> SecretKey {
    let key = SecretKey::make(of, office.home.now(), &mut office.home.rng).unwrap();
    office.fetch.put(&format!("https://{ASKED}"), key.certificate().armored().into_bytes());
    key
}

async fn found(office: &Office, account: AccountNo, of: &str) -> LookupOutcome {
    office.post.directory().look_up_for(account, vec![address(of)], true).await.unwrap().remove(0).outcome
}

fn requests(office: &Office) -> usize {
    office.fetch.asked().iter().filter(|url| url.starts_with("keys.test/")).count()
}

fn is_found(outcome: &LookupOutcome, key: &SecretKey) -> bool {
    let LookupOutcome::Found { certificate, source: Source::KeyServer } = outcome else { return false };
    Certificate::parse(&certificate.0).unwrap().fingerprint() == key.fingerprint()
}

#[tokio::test]
async fn nobody_is_asked_before_the_box_and_the_owner_of_the_account_have_agreed() {
    // The box has not.
    let mut office = Office::new();
    let carol = office.person("carol").await;
    let account = office.account(&carol).await;
    has(&mut office, "Ines <ines@elsewhere.test>");
    assert!(matches!(agrees(&office, account, "keys.test", true).await, Err(AccountError::Malformed)));
    assert_eq!(found(&office, account, INES).await, LookupOutcome::None);
    assert_eq!((requests(&office), carol.account().key_server.clone()), (0, None));

    let mut office = self::office();
    let key = has(&mut office, "Ines <ines@elsewhere.test>");
    let bob = office.person("bob").await;
    let shown = KeyServerUse { host: "keys.test".into(), is_agreed: false };
    assert_eq!(bob.account().key_server, Some(shown));
    let bob = office.account(&bob).await;
    assert_eq!(found(&office, bob, INES).await, LookupOutcome::None);
    assert_eq!(requests(&office), 0);

    let (person, alice) = alice(&mut office).await;
    let session = office.home.session(&person).await;
    let seen = accounts::account(&office.home.context, session).await.unwrap().key_server;
    assert!(seen.is_some_and(|server| server.is_agreed));
    assert!(is_found(&found(&office, alice, INES).await, &key));
    assert_eq!(office.fetch.asked().last().unwrap(), ASKED);
    // What was found for her is nothing for who has not agreed; and who only reads asks without.
    assert_eq!(found(&office, bob, INES).await, LookupOutcome::None);
    let read = office.post.directory().look_up_for(alice, vec![address("zoe@elsewhere.test")], false).await.unwrap();
    assert_eq!((read[0].outcome.clone(), requests(&office)), (LookupOutcome::None, 1));

    // She changes her mind, and agrees to no other server than the one that there is.
    assert!(matches!(agrees(&office, alice, "other.test", true).await, Err(AccountError::Malformed)));
    agrees(&office, alice, "keys.test", false).await.unwrap();
    assert_eq!(found(&office, alice, INES).await, LookupOutcome::None);
    agrees(&office, alice, "keys.test", true).await.unwrap();
    let mut home = office.home;
    home.context.key_server = Some("https://another.test".to_owned().try_into().unwrap());
    let office = Office::in_home(home);
    assert_eq!(found(&office, alice, INES).await, LookupOutcome::None);
    assert!(office.fetch.asked().iter().all(|url| url.starts_with("openpgpkey.") || url.starts_with("elsewhere.")));
}

#[tokio::test]
async fn it_is_asked_about_nobody_whom_the_box_or_the_directory_knows() {
    let mut office = office();
    let (_, alice) = alice(&mut office).await;
    let key = has(&mut office, "Ines <ines@elsewhere.test>");
    for of in ["alice@home.test", "nobody@home.test"] {
        found(&office, alice, of).await;
    }
    // Her domain's directory cannot be asked: what it would say goes before.
    office.fetch.fail("openpgpkey.elsewhere.test", 500);
    assert_eq!(found(&office, alice, INES).await, LookupOutcome::Unreachable);
    office.fetch.fail("openpgpkey.elsewhere.test", 0);
    office.home.pass(61);
    // It has one.
    let own = SecretKey::make("ines@elsewhere.test", office.home.now(), &mut office.home.rng).unwrap();
    office.fetch.put(&wkd::advanced_url(&address(INES)), own.certificate().to_bytes());
    let LookupOutcome::Found { source: Source::Wkd, .. } = found(&office, alice, INES).await else { panic!() };
    // Alice chose one that came through a link.
    let yves = SecretKey::make("yves@other.test", office.home.now(), &mut office.home.rng).unwrap();
    let certificate = Some(yves.certificate().to_bytes().into());
    let chosen = KeepRequest { address: address("yves@other.test"), certificate };
    keep(&office.home.context, alice, chosen).await.unwrap();
    let LookupOutcome::Found { source: Source::Kept, .. } = found(&office, alice, "yves@other.test").await else {
        panic!()
    };
    assert_eq!(requests(&office), 0);
    // Her directory has none any more.
    office.home.pass(3601);
    office.fetch.put(&wkd::advanced_url(&address(INES)), b"no certificate".to_vec());
    assert!(is_found(&found(&office, alice, INES).await, &key));
}

#[tokio::test]
async fn what_it_says_is_remembered_and_what_it_does_not_say_is_asked_again() {
    let mut office = office();
    let (_, alice) = alice(&mut office).await;
    // There is none: for an hour.
    assert_eq!(found(&office, alice, INES).await, LookupOutcome::None);
    let key = has(&mut office, "Ines <ines@elsewhere.test>");
    office.home.pass(3599);
    assert_eq!((found(&office, alice, INES).await, requests(&office)), (LookupOutcome::None, 1));
    office.home.pass(2);
    assert!(is_found(&found(&office, alice, INES).await, &key));
    // There is one: for an hour, whatever becomes of the server.
    office.fetch.fail("keys.test", 503);
    office.home.pass(3599);
    assert!(is_found(&found(&office, alice, "ines@Elsewhere.test").await, &key));
    office.home.pass(2);
    for status in [503, 500, 400, 301] {
        office.fetch.fail("keys.test", status);
        let before = requests(&office);
        assert_eq!(found(&office, alice, INES).await, LookupOutcome::Unreachable, "{status}");
        assert_eq!(found(&office, alice, INES).await, LookupOutcome::Unreachable, "{status}");
        assert_eq!(requests(&office), before + 1, "{status}");
        office.home.pass(61);
    }
    // It has had enough: nobody is asked about for a minute.
    office.fetch.fail("keys.test", 429);
    let before = requests(&office);
    assert_eq!(found(&office, alice, INES).await, LookupOutcome::Unreachable);
    assert_eq!(found(&office, alice, "zoe@elsewhere.test").await, LookupOutcome::Unreachable);
    assert_eq!(requests(&office), before + 1);
    office.home.pass(61);
    office.fetch.fail("keys.test", 0);
    assert!(is_found(&found(&office, alice, INES).await, &key));
    assert_eq!(found(&office, alice, "zoe@elsewhere.test").await, LookupOutcome::None);
}

#[tokio::test]
async fn of_what_it_gives_only_the_address_that_was_asked_for_counts() {
    let mut office = office();
    let (_, alice) = alice(&mut office).await;
    for wrong in ["Eve <eve@elsewhere.test>", "ines@other.test"] {
        has(&mut office, wrong);
        assert_eq!(found(&office, alice, INES).await, LookupOutcome::None, "{wrong}");
        office.home.pass(3601);
    }
    let key = has(&mut office, "Ines <ines@elsewhere.test>");
    for wrong in [key.to_bytes().expose().clone(), b"<html>moved</html>".to_vec(), Vec::new()] {
        office.fetch.put(&format!("https://{ASKED}"), wrong);
        assert_eq!(found(&office, alice, INES).await, LookupOutcome::None);
        office.home.pass(3601);
    }
}
