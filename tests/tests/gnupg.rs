//! The harness's GnuPG: what one person seals, the other opens, and knows who signed.

use tests::gnupg::GnuPg;

#[test]
fn alice_seals_to_bob_who_sees_that_it_was_alice() {
    let alice = GnuPg::with_key_of("Alice <alice@elsewhere.test>");
    let bob = GnuPg::with_key_of("Bob <bob@elsewhere.test>");
    alice.import(&bob.certificate("bob@elsewhere.test"), None);
    bob.import(&alice.certificate("alice@elsewhere.test"), None);

    let sealed = alice.seal(b"good evening", "bob@elsewhere.test", Some("alice@elsewhere.test"));
    let opened = bob.open(&sealed, None);
    assert_eq!(opened.data, b"good evening");
    assert!(opened.is_signed_by("alice@elsewhere.test"), "{:?}", opened.status);
    assert!(!opened.is_signed_by("bob@elsewhere.test"));
}
