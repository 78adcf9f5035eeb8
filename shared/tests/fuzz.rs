//! Everything that reads OpenPGP from outside, fed with broken forms of good input: nothing panics, nothing takes long.
//!
//! A short run with the same seed each time is part of the tests. `FUZZ_SECONDS=600 cargo test -p shared --test fuzz` goes on for
//! as many seconds in each target, from a seed that it prints; `FUZZ_SEED` repeats one. What fails is printed as hexadecimal.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use pgp::packet::SignatureType;
use pgp::types::Password;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use shared::mime::{self, Summary};
use shared::pgp::autocrypt::AutocryptHeader;
use shared::pgp::{
    Certificate, LIFE_SECONDS, Purpose, SecretKey, Withdrawal, holds_secret_key, message_holds_secret_key,
    message_recipients, open, open_message, pgpmime, seal, seal_outgoing, usable_keys, verify_detached,
};
use support::forge::{Owner, read, signature_bytes, statement};
use support::{NOW, armored, encrypt, given, person, raw, rng, seal_packets};

/// Inputs of a target in the short run.
const SHORT: usize = 2000;
/// Longest time that one input may take. The slowest good ones take a hundredth of it, unoptimised.
const ONE: Duration = Duration::from_secs(10);
/// Largest input that mutation makes, octets.
const INPUT_BYTES: usize = 64 * 1024;

/// Runs a target on broken forms of some seeds.
fn fuzz(name: &str, seeds: &[Vec<u8>], target: impl Fn(&[u8])) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| match seconds {
        Some(_) => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(),
        None => 1,
    });
    println!("{name}: FUZZ_SEED={seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let start = Instant::now();
    let goes_on = |done: usize| seconds.map_or(done < SHORT, |seconds| start.elapsed() < seconds);
    seeds.iter().for_each(|seed| target(seed));
    let mut done = 0;
    while goes_on(done) {
        let input = mutated(seeds, &mut rng);
        let began = computed();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
        let hex = || input.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(outcome.is_ok(), "{name} panics on {}", hex());
        let took = computed() - began;
        assert!(took < ONE, "{name} takes {took:?} on {}", hex());
        done += 1;
    }
    println!("{name}: {done} inputs in {:?}", start.elapsed());
}

/// Time that this thread has computed: what else the machine does is nobody's fault.
fn computed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// One of the seeds, with some mistakes in it.
fn mutated(seeds: &[Vec<u8>], rng: &mut ChaCha20Rng) -> Vec<u8> {
    let any = |rng: &mut ChaCha20Rng| seeds[rng.gen_range(0..seeds.len())].clone();
    let mut out = any(rng);
    for _ in 0..rng.gen_range(1..=6) {
        if out.is_empty() {
            return out;
        }
        let at = rng.gen_range(0..out.len());
        let end = (at + rng.gen_range(0..64)).min(out.len());
        match rng.gen_range(0..9) {
            0 | 1 => out[at] ^= 1 << rng.gen_range(0..8),
            2 => out[at] = [0, 1, 0x7f, 0x80, 0xbf, 0xc0, 0xdf, 0xe0, 0xfe, 0xff][rng.gen_range(0..10)],
            3 => out.truncate(at),
            4 => drop(out.drain(at..end)),
            5 => {
                let piece = out[at..end].repeat(rng.gen_range(1..20));
                out.splice(at..at, piece);
            }
            6 => {
                let other = any(rng);
                let from = rng.gen_range(0..other.len().max(1)).min(other.len());
                out.splice(at..end, other[from..].iter().copied().take(300));
            }
            7 => {
                let number: u32 = rng.r#gen::<u32>() >> rng.gen_range(0..32);
                out.splice(at..(at + 4).min(out.len()), number.to_be_bytes());
            }
            _ => out.insert(at, rng.r#gen()),
        }
        out.truncate(INPUT_BYTES);
    }
    out
}

fn certificates() -> Vec<Vec<u8>> {
    let alice = person("Alice <alice@home.test>");
    let six = Owner::of(pgp::composed::KeyType::Ed25519, pgp::types::KeyVersion::V6, 1);
    let rest = SecretKey::make_for_rest(NOW, &mut rng()).unwrap();
    vec![
        alice.certificate().to_bytes(),
        alice.certificate().armored().into_bytes(),
        alice.to_bytes().expose().clone(),
        rest.certificate().to_bytes(),
        rest.to_bytes().expose().clone(),
        read(&Owner::new(1).whole()).to_bytes(),
        read(&six.whole()).to_bytes(),
        include_bytes!("vectors/alice.cert.asc").to_vec(),
    ]
}

fn signatures() -> Vec<Vec<u8>> {
    let owner = Owner::new(1);
    vec![owner.signs(b"words", -1), armored("SIGNATURE", &owner.signs(b"words", -1)).into_bytes()]
}

#[test]
fn certificates_and_secret_keys() {
    fuzz("certificate", &certificates(), |bytes| {
        let _ = holds_secret_key(bytes);
        if let Ok(key) = SecretKey::parse(bytes)
            && let Ok(revocation) = key.revocation(Withdrawal::Unsaid, NOW, &mut rng())
        {
            let _ = key.certificate().withdrawn_by(&revocation);
            let later = key.extended(NOW.plus(LIFE_SECONDS), NOW, &mut rng());
            let _ = later.map(|later| key.updated(&later).unwrap().good_until(NOW));
        }
        let Ok(all) = Certificate::parse_all(bytes) else { return };
        for certificate in all {
            for purpose in [Purpose::Seal, Purpose::Sign] {
                let _ = usable_keys(&certificate, purpose, NOW);
            }
            let address = "bob@else.test".parse().unwrap();
            let small = certificate.for_directory(&address, NOW);
            let _ = small.map(|small| certificate.merged(&small).unwrap());
            let _ = certificate.for_autocrypt(&address, NOW);
            let _ = certificate.last_good(NOW);
            // Not always to the byte: rPGP writes lengths anew, and keys of unknown curves as it understood them.
            let again = Certificate::parse(&certificate.to_bytes()).expect("what was read can be read again");
            assert_eq!(again.fingerprint(), certificate.fingerprint());
            for purpose in [Purpose::Seal, Purpose::Sign] {
                assert_eq!(usable_keys(&again, purpose, NOW), usable_keys(&certificate, purpose, NOW));
            }
            let _ = seal(b"x", &[&certificate], None, NOW, &mut rng());
        }
    });
}

#[test]
fn sealed_messages() {
    let alice = person("Alice <alice@home.test>");
    let sealed = seal(b"text", &[alice.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    // SEIPDv2 with OCB, to a key of version 6.
    let six = &given::packets(include_str!("vectors/rfc9580.json"), "A.4 secret key");
    let six = SecretKey::parse(six).unwrap();
    let newer = seal(b"text", &[six.certificate()], Some(&six), NOW, &mut rng()).unwrap();
    let rest = SecretKey::make_for_rest(NOW, &mut rng()).unwrap();
    let at_rest = seal(b"text", &[rest.certificate()], None, NOW, &mut rng()).unwrap();
    let armored = armored("MESSAGE", &sealed).into_bytes();
    let seeds = vec![armored, encrypt(vec![7; 3000], &alice, true), sealed, newer, at_rest];
    let signers = [alice.certificate().clone(), six.certificate().clone()];
    fuzz("message", &seeds, |bytes| {
        let _ = message_recipients(bytes);
        let _ = open(bytes, &[&alice, &six, &rest], &signers, NOW);
    });
}

#[test]
fn what_was_inside_of_a_seal() {
    let (alice, key) = (person("Alice <alice@home.test>"), raw(&person("Bob <bob@else.test>")));
    let mut builder = pgp::composed::MessageBuilder::from_bytes("", "text");
    builder.sign(&key.primary_key, Password::empty(), pgp::crypto::hash::HashAlgorithm::Sha256);
    let signed = builder.to_vec(rng()).unwrap();
    let mut builder = pgp::composed::MessageBuilder::from_bytes("", vec![7; 3000]);
    builder.compression(pgp::types::CompressionAlgorithm::ZLIB);
    let compressed = builder.to_vec(rng()).unwrap();
    let config = statement(&key.primary_key, SignatureType::Binary, vec![], 0);
    let signature = config.sign(&key.primary_key, &Password::empty(), &b"text"[..]).unwrap();
    let prefixed = [&signature_bytes(&signature)[..], b"\xcb\x0ab\0\0\0\0\0text"].concat();
    let signers = [person("Bob <bob@else.test>").certificate().clone()];
    fuzz("inside", &[signed, compressed, prefixed], |packets| {
        let _ = open(&seal_packets(packets, &alice), &[&alice], &signers, NOW);
    });
}

#[test]
fn detached_signatures() {
    let signers = [read(&Owner::new(1).whole())];
    fuzz("signature", &signatures(), |bytes| {
        assert!(!verify_detached(b"words", bytes, &signers, NOW).is_empty());
    });
}

#[test]
fn messages_with_openpgp_in_them() {
    let alice = person("Alice <alice@home.test>");
    let letter = b"From: bob@else.test\r\nSubject: x\r\n\r\nhello\r\n";
    let sealed = seal_outgoing(letter, &[alice.certificate()], Some(&alice), NOW, &mut rng()).unwrap();
    let text = armored("MESSAGE", &seal(b"text", &[alice.certificate()], None, NOW, &mut rng()).unwrap());
    let signature = String::from_utf8(signatures().remove(1)).unwrap();
    let seeds = [
        String::from_utf8(sealed).unwrap(),
        format!("From: a@b.test\r\n\r\n{text}"),
        format!("From: a@b.test\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nwords\r\n{signature}"),
        format!(
            "From: a@b.test\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain; hp=\"clear\"\r\n\r\nwords\r\n--b\r\n\
             Content-Type: application/pgp-signature\r\n\r\n{signature}\r\n--b--\r\n"
        ),
        format!(
            "From: a@b.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n--b\r\n\
             Content-Type: image/png; name=a.png\r\n\r\nx\r\n--b--\r\n"
        ),
    ];
    let signers = [read(&Owner::new(1).whole()), alice.certificate().clone()];
    fuzz("structure", &seeds.map(String::into_bytes), |bytes| {
        let _ = pgpmime::is_sealed_throughout(bytes);
        let _ = message_holds_secret_key(bytes);
        if let Ok(opened) = open_message(bytes, None, &[&alice], &signers, NOW) {
            let _ = opened.summary(&Summary::of(&mime::read(b"")));
            let _ = opened.sender_differs();
        }
    });
}

#[test]
fn autocrypt_headers() {
    let address: shared::api::EmailAddress = "bob@else.test".parse().unwrap();
    let certificate = read(&Owner::new(1).whole()).for_autocrypt(&address, NOW).unwrap();
    let header = AutocryptHeader { address, mutual: true, certificate }.to_string();
    fuzz("autocrypt", &[header.into_bytes(), b"addr=a@b.test; _x=y; keydata=aGVsbG8=".to_vec()], |bytes| {
        if let Some(header) = AutocryptHeader::parse(bytes) {
            assert_eq!(AutocryptHeader::parse(header.to_string().as_bytes()), Some(header));
        }
    });
}
