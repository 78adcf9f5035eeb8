//! Certificates that came in letters, chosen for people elsewhere.

use shared::api::keys::{KeepRequest, LookupOutcome, Source};
use shared::api::{Base64, EmailAddress};
use shared::pgp::{SecretKey, wkd};

use crate::core::correspondents::{KeepError, keep, kept};
use crate::core::office::Office;
use crate::store::AccountNo;

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn key(office: &mut Office, user: &str) -> SecretKey {
    SecretKey::make(user, office.home.now(), &mut office.home.rng).unwrap()
}

fn chooses(to: &str, key: &SecretKey) -> KeepRequest {
    KeepRequest { address: address(to), certificate: Some(Base64(key.certificate().to_bytes())) }
}

async fn found(office: &Office, account: AccountNo) -> LookupOutcome {
    let ines = vec![address("Ines@elsewhere.test")];
    office.post.directory().look_up_for(account, ines, true).await.unwrap().remove(0).outcome
}

#[tokio::test]
async fn a_certificate_that_its_owner_chose_counts_for_that_account_until_it_is_forgotten() {
    let mut office = Office::new();
    let (alice, bob) = (office.person("alice").await, office.person("bob").await);
    let (alice, bob) = (office.account(&alice).await, office.account(&bob).await);
    let context = office.home.context.clone();
    let ines = key(&mut office, "Ines <ines@elsewhere.test>");
    assert_eq!(found(&office, alice).await, LookupOutcome::None);

    keep(&context, alice, chooses("ines@Elsewhere.test", &ines)).await.unwrap();
    let certificate = Base64(ines.certificate().to_bytes());
    assert_eq!(found(&office, alice).await, LookupOutcome::Found { certificate, source: Source::Kept });
    let kept_for_alice = async |text| kept(&context, alice, address(text)).await.unwrap().map(|kept| kept.fingerprint);
    assert_eq!(kept_for_alice("INES@elsewhere.test").await, Some(ines.fingerprint().to_string().to_uppercase()));
    // For nobody else.
    assert_eq!(found(&office, bob).await, LookupOutcome::None);
    assert_eq!(kept(&context, bob, address("ines@elsewhere.test")).await.unwrap(), None);

    // Another one takes its place; one that her domain publishes goes before both.
    let second = key(&mut office, "ines@elsewhere.test");
    keep(&context, alice, chooses("ines@elsewhere.test", &second)).await.unwrap();
    assert_eq!(kept_for_alice("ines@elsewhere.test").await, Some(second.fingerprint().to_string().to_uppercase()));
    let published = key(&mut office, "ines@elsewhere.test").certificate().to_bytes();
    office.fetch.put(&wkd::direct_url(&address("Ines@elsewhere.test")), published.clone());
    office.home.pass(601);
    let certificate = Base64(published);
    assert_eq!(found(&office, alice).await, LookupOutcome::Found { certificate, source: Source::Wkd });

    let forget = KeepRequest { address: address("ines@elsewhere.test"), certificate: None };
    keep(&context, alice, forget).await.unwrap();
    assert_eq!(kept(&context, alice, address("ines@elsewhere.test")).await.unwrap(), None);
}

#[tokio::test]
async fn what_cannot_be_used_for_an_address_is_not_kept() {
    let mut office = Office::new();
    let alice = office.person("alice").await;
    let account = office.account(&alice).await;
    let context = office.home.context.clone();
    let (eve, bob) = (key(&mut office, "eve@elsewhere.test"), key(&mut office, "bob@home.test"));
    let no_certificate = |bytes: &[u8]| KeepRequest {
        address: address("eve@elsewhere.test"),
        certificate: Some(Base64(bytes.to_vec())),
    };
    for refused in [
        chooses("ines@elsewhere.test", &eve),
        chooses("bob@home.test", &bob),
        no_certificate(b"certificate"),
        no_certificate(eve.to_bytes().expose()),
    ] {
        let refused = keep(&context, account, refused).await;
        assert!(matches!(refused, Err(KeepError::Unusable)), "{refused:?}");
    }
    office.home.pass(shared::pgp::LIFE_SECONDS + 1);
    let late = keep(&context, account, chooses("eve@elsewhere.test", &eve)).await;
    assert!(matches!(late, Err(KeepError::Unusable)), "{late:?}");
}
