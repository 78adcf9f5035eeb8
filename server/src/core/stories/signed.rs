//! What leaves the box bears its signatures, with keys that others find.

use std::sync::Arc;

use crate::core::carrier::{Carrier, Parcel};
use crate::core::dkim::{Keys, Signing, name_of};
use crate::core::office::{Office, Scripted};
use crate::net::dns::{Resolver, Zone};

const MESSAGE: &[u8] = b"From: alice@home.test\r\nSubject: trip\r\n\r\nAt noon.\r\n";

fn signing(office: &Office, zone: &Zone) -> (Signing, Arc<Scripted>) {
    let carrier = Arc::new(Scripted::default());
    let onward = Arc::clone(&carrier) as Arc<dyn Carrier>;
    let resolver: Arc<dyn Resolver> = Arc::new(zone.clone());
    (Signing::new(office.post.clone(), keys(office), resolver, onward), carrier)
}

fn keys(office: &Office) -> Keys {
    Keys::open(office.home.folder(), &office.home.context.random, office.home.now()).unwrap()
}

fn keys_there(office: &Office) -> Vec<String> {
    Keys::of(office.home.folder()).all().unwrap().into_iter().map(|kept| kept.name).collect()
}

/// What a message is when it is carried, and the selectors of its signatures.
async fn carried(signing: &Signing, carrier: &Scripted, message: &[u8]) -> (Vec<u8>, Vec<String>) {
    let to = "bob@elsewhere.test".parse().unwrap();
    let parcel =
        Parcel { domain: "elsewhere.test".into(), from: None, recipients: vec![to], message: message.to_vec() };
    signing.carry(parcel).await;
    let carried = carrier.carried().pop().unwrap().message;
    let text = String::from_utf8_lossy(&carried).into_owned();
    (carried, text.split("\ts=").skip(1).map(|rest| rest.split(';').next().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn two_signatures_stand_in_front_of_what_leaves() {
    let office = Office::new();
    let (signing, carrier) = signing(&office, &Zone::new());
    let name = keys_there(&office)[0].clone();
    let (message, selectors) = carried(&signing, &carrier, MESSAGE).await;
    assert_eq!(selectors, [format!("{name}-rsa"), format!("{name}-ed25519")]);
    assert!(message.starts_with(b"DKIM-Signature: v=1; a=rsa-sha256;") && message.ends_with(MESSAGE));
    // What has other line ends leaves with those of mail, as it would without a signature.
    let (message, _) = carried(&signing, &carrier, b"From: alice@home.test\n\nAt\rnoon.").await;
    assert!(message.ends_with(b"From: alice@home.test\r\n\r\nAt\r\nnoon.\r\n"));
}

#[tokio::test]
async fn other_keys_are_used_when_others_find_them_and_old_ones_go_when_nobody_needs_them() {
    let office = Office::new();
    let first = keys(&office).all().unwrap()[0].name.clone();
    office.home.pass(3600);
    let second = keys(&office).rotate(&office.home.context.random, office.home.now()).unwrap();
    // Nobody finds them, or one of the two only.
    let records = keys(&office).pair(&second).unwrap().records();
    let name = |selector: &str| name_of(selector, "home.test");
    let half = Zone::new().with_txt(&name(&records[0].0), &records[0].1);
    let whole = half.clone().with_txt(&name(&records[1].0), &records[1].1);
    let selectors = |keys: &str| [format!("{keys}-rsa"), format!("{keys}-ed25519")];
    for zone in [Zone::new(), half, whole.clone().with_broken(&name(&records[1].0))] {
        let (signing, carrier) = signing(&office, &zone);
        assert_eq!(carried(&signing, &carrier, MESSAGE).await.1, selectors(&first));
    }
    let (signing, carrier) = signing(&office, &whole);
    assert_eq!(carried(&signing, &carrier, MESSAGE).await.1, selectors(&second));
    assert_eq!(carried(&signing, &carrier, MESSAGE).await.1, selectors(&second));
    // What the first ones signed is good for a week.
    let files = |office: &Office| keys_there(office).len();
    office.home.pass(7 * 24 * 3600);
    carried(&signing, &carrier, MESSAGE).await;
    assert_eq!(files(&office), 2);
    office.home.pass(1);
    assert_eq!(carried(&signing, &carrier, MESSAGE).await.1, selectors(&second));
    assert_eq!(files(&office), 1);
}

#[tokio::test]
async fn what_cannot_be_signed_leaves_as_it_is() {
    let office = Office::new();
    let (signing, carrier) = signing(&office, &Zone::new());
    for name in keys_there(&office) {
        std::fs::write(office.home.folder().join(format!("dkim-{name}.key")), "broken").unwrap();
    }
    let (message, selectors) = carried(&signing, &carrier, MESSAGE).await;
    assert_eq!((message.as_slice(), selectors.len()), (MESSAGE, 0));
    let waiting = office.home.folder().join("dkim-99990101.key");
    std::fs::write(waiting, "broken").unwrap();
    assert_eq!(carried(&signing, &carrier, MESSAGE).await.0, MESSAGE);
    // Where there are none, as after a start on a full disk, they are made when they are needed.
    for name in keys_there(&office) {
        std::fs::remove_file(office.home.folder().join(format!("dkim-{name}.key"))).unwrap();
    }
    assert_eq!(carried(&signing, &carrier, MESSAGE).await.1.len(), 2);
}
