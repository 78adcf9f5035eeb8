//! Looking for what must not be readable: markers, in everything that a box has left behind.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::home::Home;

/// Hardly anything was searched if it was less than this, octets.
const LEAST: usize = 100_000;

/// Asserts that none of these can be read in the data folder, its subfolders, and the log; neither as it is, in capitals or
/// not, nor in base64. `control` is something that can be read in both, which shows that the right places are searched.
///
/// # Panics
/// If one is found; where, is in the panic.
pub fn assert_hidden(home: &Home, markers: &[String], control: &str) {
    let places = everything(home);
    let searched: usize = places.iter().map(|(_, text)| text.len()).sum();
    assert!(searched > LEAST, "hardly anything was searched: {searched} octets");
    let in_data = |path: &Path| path.starts_with(home.data());
    for data in [true, false] {
        let mut texts = places.iter().filter(|(path, _)| in_data(path) == data);
        assert!(
            texts.any(|(_, text)| text.contains(control)),
            "{control:?} is nowhere: not the places that were meant"
        );
    }
    for marker in markers {
        assert!(marker.is_ascii() && marker.len() >= 8, "{marker:?} cannot be searched for");
        for form in forms(marker) {
            for (path, text) in &places {
                assert!(!text.contains(&form), "{marker:?} is readable in {} (as {form:?})", path.display());
            }
        }
    }
}

/// Whether these octets, as they are, stand in the data folder, its subfolders, or the log.
///
/// # Panics
/// If they cannot be read.
#[must_use]
pub fn holds(home: &Home, octets: &[u8]) -> bool {
    let is_in = |bytes: &[u8]| bytes.windows(octets.len()).any(|window| window == octets);
    is_in(home.log().as_bytes()) || files(home).iter().any(|(_, bytes)| is_in(bytes))
}

/// Every file of the data folder and the log, as text: small letters, and what is no ASCII replaced.
fn everything(home: &Home) -> Vec<(PathBuf, String)> {
    let mut found = vec![(PathBuf::from("log"), readable(home.log().as_bytes()))];
    found.extend(files(home).into_iter().map(|(path, bytes)| (path, readable(&bytes))));
    found
}

/// Every file of the data folder and its subfolders.
fn files(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![home.data()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                // A log of the store's may go while a box is running.
                found.push((path, bytes));
            }
        }
    }
    found
}

fn readable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(byte.to_ascii_lowercase()) } else { '\u{1}' }).collect()
}

/// The marker, and what of it stands in base64 whatever stands around it.
fn forms(marker: &str) -> Vec<String> {
    let shifted = (0..3).map(|before| {
        let encoded = STANDARD_NO_PAD.encode(format!("{}{marker}", &"\0\0\0"[..before]));
        // The first characters hold bits of what stands before, the last one of what follows.
        let inner = encoded.get(before + before.min(1)..encoded.len() - 1).expect("a marker of some length");
        inner.to_ascii_lowercase()
    });
    std::iter::once(marker.to_ascii_lowercase()).chain(shifted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_in_base64_whatever_stands_around_it() {
        for before in ["", "x", "xy", "xyz"] {
            for after in ["", "x", "xy"] {
                let text = readable(STANDARD_NO_PAD.encode(format!("{before}Marker-secret{after}")).as_bytes());
                assert!(
                    forms("marker-secret").len() == 4 && forms("Marker-secret").iter().any(|form| text.contains(form))
                );
                assert!(!forms("Marker-other").iter().any(|form| text.contains(form)));
            }
        }
    }
}
