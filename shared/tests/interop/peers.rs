//! The others: what each is asked, and how it does it.

use std::process::Command;

use pgp::composed::{Deserializable, DetachedSignature, Message, MessageBuilder, SignedSecretKey};
use pgp::crypto::aead::{AeadAlgorithm, ChunkSize};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{Packet, PacketParser, SymEncryptedProtectedDataConfig};
use pgp::ser::Serialize;
use pgp::types::Password;

use crate::kinds::Kind;
use crate::openpgpjs::OpenPgpJs;
use crate::support::gnupg::Gnupg;
use crate::support::rng;
use crate::today;

/// How the content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CFB with a modification detection code.
    V1,
    /// SEIPDv2 with OCB.
    Ocb,
    /// SEIPDv2 with GCM.
    Gcm,
}

/// What a peer is asked to do with a key.
#[derive(Clone, Debug)]
pub enum Job {
    /// Signs the text, detached.
    Sign,
    /// Seals the text to the key, and signs it with the same.
    Seal { form: Form, signed: bool },
    /// Opens, and, where it is signed, says whether the signature is good.
    Open { sealed: Vec<u8>, signed: bool },
}

impl Job {
    /// In a word.
    pub fn name(&self) -> String {
        match self {
            Self::Sign => "sign".into(),
            Self::Seal { form, signed } => format!("seal {form:?}, signed {signed}"),
            Self::Open { sealed, signed } => format!("open {:?}, signed {signed}", form_of(sealed)),
        }
    }
}

/// What came of it: a signature, a message, a text; or what the peer said.
pub type Done = Result<Vec<u8>, String>;

/// Another program that reads and writes OpenPGP.
pub trait Peer {
    /// As it stands in the table.
    fn name(&self) -> &'static str;
    /// Does all jobs with a key of a kind.
    fn work(&self, kind: &Kind, text: &[u8], jobs: &[Job]) -> Vec<Done>;
}

/// Those that are on this machine.
pub fn here() -> Vec<Box<dyn Peer>> {
    let mut all: Vec<Box<dyn Peer>> = Vec::new();
    // The table speaks of these versions. Later ones can do more, and the later `sq` takes other options.
    match says_of_itself("gpg") {
        Some(version) if version.starts_with("gpg (GnuPG) 2.2.") => all.push(Box::new(GnuPg2)),
        other => println!("skipped: no GnuPG 2.2 here: {other:?}"),
    }
    if is_sequoia_here() {
        all.push(Box::new(Sequoia));
    }
    match OpenPgpJs::here() {
        Some(peer) => all.push(Box::new(peer)),
        None => println!("skipped: OPENPGPJS names no folder with OpenPGP.js, or there is no node"),
    }
    all.push(Box::new(Rpgp));
    all
}

/// Whether there is an `sq` that takes the options it is given here.
pub fn is_sequoia_here() -> bool {
    match says_of_itself("sq") {
        Some(version) if version.contains("sequoia-openpgp 1.12.") => true,
        other => {
            println!("skipped: no sq of sequoia-openpgp 1.12 here: {other:?}");
            false
        }
    }
}

/// The first line of what a program says of its version; nothing where there is no such program.
fn says_of_itself(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// How a message is encrypted; nothing for what is no message.
pub fn form_of(sealed: &[u8]) -> Option<Form> {
    PacketParser::new(sealed).find_map(|packet| match packet.ok()? {
        Packet::SymEncryptedProtectedData(data) => match data.config() {
            SymEncryptedProtectedDataConfig::V1 => Some(Form::V1),
            SymEncryptedProtectedDataConfig::V2 { aead: AeadAlgorithm::Ocb, .. } => Some(Form::Ocb),
            SymEncryptedProtectedDataConfig::V2 { aead: AeadAlgorithm::Gcm, .. } => Some(Form::Gcm),
            SymEncryptedProtectedDataConfig::V2 { .. } => None,
        },
        _ => None,
    })
}

/// The key as the job wants it: with a certificate that reads SEIPDv2 where that is asked for.
fn key_for<'a>(kind: &'a Kind, job: &Job) -> &'a [u8] {
    match job {
        Job::Seal { form: Form::Ocb | Form::Gcm, .. } => kind.asks_v2.as_deref().unwrap_or(&kind.asks_v1),
        _ => &kind.asks_v1,
    }
}

fn outcome(output: std::process::Output) -> Done {
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

struct GnuPg2;

impl Peer for GnuPg2 {
    fn name(&self) -> &'static str {
        "GnuPG 2.2"
    }

    fn work(&self, kind: &Kind, text: &[u8], jobs: &[Job]) -> Vec<Done> {
        let at = today();
        let of = |key: &[u8], job: &Job| {
            let gpg = Gnupg::new().unwrap();
            let run =
                |arguments: &[&str], input: &[u8]| gpg.run_at(at, &[&["--passphrase", ""], arguments].concat(), input);
            outcome(run(&["--import"], key))?;
            match job {
                Job::Sign => outcome(run(&["--local-user", "bob@else.test", "--detach-sign"], text)),
                Job::Seal { signed, .. } => {
                    let signing: &[&str] = if *signed { &["--local-user", "bob@else.test", "--sign"] } else { &[] };
                    let arguments = [signing, &["--recipient", "bob@else.test", "--encrypt"]].concat();
                    outcome(run(&arguments, text))
                }
                Job::Open { sealed, signed } => {
                    let output = run(&["--decrypt"], sealed);
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    let is_verified = !signed || said.contains("GOODSIG");
                    outcome(output).and_then(|plaintext| if is_verified { Ok(plaintext) } else { Err(said) })
                }
            }
        };
        jobs.iter().map(|job| of(key_for(kind, job), job)).collect()
    }
}

struct Sequoia;

impl Peer for Sequoia {
    fn name(&self) -> &'static str {
        "Sequoia 1.12"
    }

    fn work(&self, kind: &Kind, text: &[u8], jobs: &[Job]) -> Vec<Done> {
        let folder = tempfile::tempdir().unwrap();
        let of = |key: &[u8], job: &Job| {
            let sq = |arguments: &[&str]| {
                outcome(Command::new("sq").current_dir(folder.path()).args(arguments).output().unwrap())
            };
            let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
            write("key", key);
            write("text", text);
            sq(&["--force", "key", "extract-cert", "--output", "cert", "key"])?;
            match job {
                Job::Sign => sq(&["sign", "--detached", "--binary", "--signer-key", "key", "text"]),
                Job::Seal { signed, .. } => {
                    let signing: &[&str] = if *signed { &["--signer-key", "key"] } else { &[] };
                    let arguments = ["encrypt", "--binary", "--compression", "none", "--recipient-cert", "cert"];
                    sq(&[&arguments, signing, &["text"]].concat())
                }
                Job::Open { sealed, signed } => {
                    write("sealed", sealed);
                    // With a certificate it gives out nothing unless a signature by it is good.
                    let verifying: &[&str] = if *signed { &["--signer-cert", "cert"] } else { &[] };
                    sq(&[&["decrypt", "--recipient-key", "key"], verifying, &["sealed"]].concat())
                }
            }
        };
        jobs.iter().map(|job| of(key_for(kind, job), job)).collect()
    }
}

/// rPGP without the policy that stands in front of it here.
struct Rpgp;

impl Peer for Rpgp {
    fn name(&self) -> &'static str {
        "rPGP 0.21"
    }

    fn work(&self, kind: &Kind, text: &[u8], jobs: &[Job]) -> Vec<Done> {
        let of = |key: &[u8], job: &Job| -> pgp::errors::Result<Vec<u8>> {
            let key = SignedSecretKey::from_bytes(key)?;
            let none = Password::empty();
            match job {
                Job::Sign => {
                    DetachedSignature::sign_binary_data(rng(), &key.primary_key, &none, HashAlgorithm::Sha512, text)?
                        .to_bytes()
                }
                Job::Seal { form, signed } => {
                    let subkey = key.secret_subkeys[0].key.public_key();
                    let builder = MessageBuilder::from_bytes("", text.to_vec());
                    let aes = SymmetricKeyAlgorithm::AES256;
                    let aead = match form {
                        Form::V1 => {
                            let mut builder = builder.seipd_v1(rng(), aes);
                            builder.encrypt_to_key(rng(), &subkey)?;
                            if *signed {
                                builder.sign(&key.primary_key, none, HashAlgorithm::Sha512);
                            }
                            return builder.to_vec(rng());
                        }
                        Form::Ocb => AeadAlgorithm::Ocb,
                        Form::Gcm => AeadAlgorithm::Gcm,
                    };
                    let mut builder = builder.seipd_v2(rng(), aes, aead, ChunkSize::C4KiB);
                    builder.encrypt_to_key(rng(), &subkey)?;
                    if *signed {
                        builder.sign(&key.primary_key, none, HashAlgorithm::Sha512);
                    }
                    builder.to_vec(rng())
                }
                Job::Open { sealed, signed } => {
                    let mut message = Message::from_bytes(sealed.as_slice())?.decrypt(&none, &key)?;
                    let plaintext = message.as_data_vec()?;
                    if *signed {
                        message.verify(key.primary_key.public_key())?;
                    }
                    Ok(plaintext)
                }
            }
        };
        jobs.iter().map(|job| of(key_for(kind, job), job).map_err(|error| error.to_string())).collect()
    }
}
