//! What chance puts together means to us what it means to GnuPG and to Sequoia: in content, and in what the signatures are worth.
//!
//! `MESSAGES=3000` (as `make soak` sets it) makes more of them, `FIRST=17` begins with that one.

use std::process::Command;

use pgp::composed::{Deserializable, SignedSecretKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::pgp::{Certificate, SecretKey, SignatureVerdict, open};

use crate::chance::{KINDS, Plan, Verdict};
use crate::kinds::kinds;
use crate::peers::is_sequoia_here;
use crate::support::NOW;
use crate::support::gnupg::Gnupg;

/// Messages of the short run.
const MESSAGES: u64 = 300;

fn ours(message: &[u8], keys: &[&SecretKey], signers: &[Certificate]) -> Verdict {
    match open(message, keys, signers, NOW) {
        Err(_) => Verdict { content: None, signatures: Vec::new() },
        Ok(opened) => {
            let worth = |verdict: &SignatureVerdict| match verdict {
                SignatureVerdict::Good { .. } => "good",
                SignatureVerdict::UnknownKey { .. } => "unknown",
                _ => "bad",
            };
            let mut signatures: Vec<_> = opened.signatures.iter().map(worth).collect();
            signatures.sort_unstable();
            Verdict { content: Some(opened.plaintext), signatures }
        }
    }
}

/// What GnuPG makes of it, and whether it is content with that.
fn gnupgs(gpg: &Gnupg, message: &[u8]) -> (Verdict, bool) {
    let output = gpg.run(&["--max-output", "10000000", "--decrypt"], message);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = [("[GNUPG:] GOODSIG", "good"), ("[GNUPG:] BADSIG", "bad"), ("[GNUPG:] ERRSIG", "unknown")];
    let worth = |line: &str| words.iter().find(|(start, _)| line.starts_with(start)).map(|(_, word)| *word);
    let mut signatures: Vec<_> = said.lines().filter_map(worth).collect();
    signatures.sort_unstable();
    // It ends with the first bad signature, and says nothing more then.
    let is_open = said.contains("[GNUPG:] DECRYPTION_OKAY") || signatures.contains(&"bad");
    (Verdict { content: is_open.then_some(output.stdout), signatures }, output.status.success())
}

/// The same keys for Sequoia.
struct Sequoia {
    folder: tempfile::TempDir,
}

impl Sequoia {
    fn new(keys: &[SecretKey]) -> Option<Self> {
        if !is_sequoia_here() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for (place, key) in keys.iter().enumerate() {
            std::fs::write(folder.path().join(format!("key{place}")), key.to_bytes().expose()).unwrap();
            std::fs::write(folder.path().join(format!("cert{place}")), key.certificate().to_bytes()).unwrap();
        }
        Some(Self { folder })
    }

    /// The content, where it opens and, if asked for that, a signature is good and none bad.
    fn opens(&self, message: &[u8], signed: bool) -> Option<Vec<u8>> {
        std::fs::write(self.folder.path().join("message"), message).unwrap();
        let mut command = Command::new("sq");
        command.current_dir(self.folder.path()).arg("decrypt");
        for place in 0..KINDS.len() - 1 {
            command.args(["--recipient-key", &format!("key{place}")]);
            if signed {
                command.args(["--signer-cert", &format!("cert{place}")]);
            }
        }
        let output = command.arg("message").output().unwrap();
        if std::env::var_os("INTEROP_SAID").is_some() {
            println!("{}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success().then_some(output.stdout)
    }
}

fn number(name: &str, unless: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(unless)
}

#[test]
fn messages_put_together_by_chance_mean_to_us_what_they_mean_to_others() {
    let Some(gpg) = Gnupg::new() else { return };
    let kinds = kinds();
    let of = |name: &str| kinds.iter().find(|kind| kind.name == name).unwrap().asks_v1.as_slice();
    let raw = KINDS.map(|name| SignedSecretKey::from_bytes(of(name)).unwrap());
    let known: Vec<SecretKey> =
        KINDS[..KINDS.len() - 1].iter().map(|name| SecretKey::parse(of(name)).unwrap()).collect();
    let certificates: Vec<Certificate> = known.iter().map(|key| key.certificate().clone()).collect();
    let keys: Vec<&SecretKey> = known.iter().collect();
    for name in &KINDS[..KINDS.len() - 1] {
        gpg.ok(&["--passphrase", "", "--import"], of(name));
    }
    let sequoia = Sequoia::new(&known);
    let first = number("FIRST", 0);
    for seed in first..first + number("MESSAGES", MESSAGES) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let plan = Plan::of(&mut rng);
        let message = plan.build(&raw, &mut rng);
        let expected = plan.verdict();
        assert_eq!(ours(&message, &keys, &certificates), expected, "FIRST={seed}: {plan:?}");

        let (gnupgs, is_content) = gnupgs(&gpg, &message);
        let is_bad = expected.signatures.contains(&"bad");
        match &expected.content {
            None => assert!(!is_content, "FIRST={seed}: GnuPG opens it: {plan:?}"),
            Some(_) if plan.signs_what_is_compressed() => {}
            Some(content) => {
                assert!(gnupgs.content.as_ref() == Some(content), "FIRST={seed}: GnuPG: {plan:?}");
                let seen = &gnupgs.signatures;
                let sees_all = plan.one_pass || plan.signers.len() < 2;
                if is_bad {
                    assert!(!sees_all || seen.contains(&"bad"), "FIRST={seed}: {seen:?}: {plan:?}");
                } else if sees_all {
                    assert_eq!(seen, &expected.signatures, "FIRST={seed}: {plan:?}");
                }
            }
        }
        if let Some(sequoia) = sequoia.as_ref().filter(|_| plan.is_plain_to_sequoia()) {
            let is_good = expected.signatures.contains(&"good");
            let content = expected.content.clone().filter(|_| !is_bad);
            let opened = sequoia.opens(&message, is_good || is_bad);
            assert!(opened == content, "FIRST={seed}: Sequoia: {plan:?}");
        }
    }
}
