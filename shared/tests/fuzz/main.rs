//! Everything that reads OpenPGP from outside (`targets.rs`), fed with broken forms of good input: nothing panics, nothing takes long.
//!
//! A short run with the same seed each time is part of the tests. `FUZZ_SECONDS=600 cargo test -p shared --test fuzz` goes on for
//! as many seconds in each target, from a seed that it prints; `FUZZ_SEED` repeats one. What fails is printed as hexadecimal. What
//! libFuzzer found worth keeping (`shared/fuzz/corpus`) is fed first, and broken too. `FUZZ_SEEDS=shared/fuzz/corpus` lays out what a
//! corpus begins with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use targets::Target;

/// Inputs of a target in the short run.
const SHORT: usize = 2000;
/// Longest time that one input may take. The slowest good ones take a hundredth of it, unoptimised.
const ONE: Duration = Duration::from_secs(10);
/// Largest input that mutation makes, octets.
const INPUT_BYTES: usize = 64 * 1024;

/// Runs a target on its seeds, on what is kept for it, and on broken forms of both.
fn fuzz(target: Target) {
    let Target { name, mut seeds, run } = target;
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        return lay_out(&seeds, &Path::new(&folder).join(name));
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut kept: Vec<_> = std::fs::read_dir(kept).unwrap().map(|file| file.unwrap().path()).collect();
    kept.sort();
    assert!(!kept.is_empty(), "nothing is kept for {name}");
    seeds.extend(kept.iter().map(|file| std::fs::read(file).unwrap()));
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| match seconds {
        Some(_) => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(),
        None => 1,
    });
    println!("{name}: FUZZ_SEED={seed}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let start = Instant::now();
    let goes_on = |done: usize| seconds.map_or(done < SHORT, |seconds| start.elapsed() < seconds);
    seeds.iter().for_each(|seed| run(seed));
    let mut done = 0;
    while goes_on(done) {
        let input = mutated(&seeds, &mut rng);
        let began = computed();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&input)));
        let hex = || input.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(outcome.is_ok(), "{name} panics on {}", hex());
        let took = computed() - began;
        assert!(took < ONE, "{name} takes {took:?} on {}", hex());
        done += 1;
    }
    println!("{name}: {done} inputs in {:?}", start.elapsed());
}

/// Writes what a target begins with into a folder, a file each, for a corpus that begins anew.
fn lay_out(seeds: &[Vec<u8>], folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (at, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{at}")), seed).unwrap();
    }
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

#[test]
fn certificates_and_secret_keys() {
    fuzz(targets::certificate());
}

#[test]
fn sealed_messages() {
    fuzz(targets::message());
}

#[test]
fn what_was_inside_of_a_seal() {
    fuzz(targets::inside());
}

#[test]
fn detached_signatures() {
    fuzz(targets::signature());
}

#[test]
fn armor() {
    fuzz(targets::armor());
}

#[test]
fn messages_with_openpgp_in_them() {
    fuzz(targets::structure());
}

#[test]
fn autocrypt_headers() {
    fuzz(targets::autocrypt());
}
