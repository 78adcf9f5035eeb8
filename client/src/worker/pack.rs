//! Puts the attachments of a letter into one file (ZIP, PKWARE's APPNOTE.TXT), as they are: what mail carries is mostly
//! compressed already.
//!
//! Invariants: no name in it leads out of the folder that it is unpacked in, two are never one on systems that do not tell
//! capitals apart, and each is one that the usual systems can write.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::protocol::AskError;
use super::protocol::packing::PackFiles;
use crate::platform::buffer::Buffer;

/// Longest name, characters: with those of some folders before it, it stays below the 260 that Windows takes.
const NAME_CHARS: usize = 120;
/// Longest ending that is kept where a name is cut, characters, its dot included.
const ENDING_CHARS: usize = 12;
/// Octets that a file needs in the archive beside its bytes and twice its name.
const ENTRY_BYTES: usize = 128;
/// Names of devices, which Windows gives to no file (Naming Files, Paths, and Namespaces).
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2",
    "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Packs files.
pub(super) fn files(ask: &PackFiles) -> Result<Buffer, AskError> {
    let at = &ask.at;
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    let year = u16::try_from(at.year).unwrap_or_default();
    // The format knows the years from 1980 to 2107; others leave the files without a date.
    let date = DateTime::from_date_and_time(year, part(at.month), part(at.day), part(at.hour), part(at.minute), 0);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(date.unwrap_or_default());
    let room = ask.files.iter().map(|file| file.bytes.len() + 8 * NAME_CHARS + ENTRY_BYTES).sum();
    let mut archive = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
    let mut taken = BTreeSet::new();
    for file in &ask.files {
        let name = safe(&file.name).unwrap_or_else(|| "_".to_owned());
        archive.start_file(unlike(&name, &mut taken), options).map_err(|_| AskError::Internal)?;
        archive.write_all(&file.bytes.to_vec()).map_err(|_| AskError::Internal)?;
    }
    Ok(archive.finish().map_err(|_| AskError::Internal)?.into_inner().into())
}

/// The name as every usual system can write it; `None` where nothing is left of it.
pub(super) fn safe(name: &str) -> Option<String> {
    // With characters that turn the direction of writing around, a name can seem to end otherwise than it does (UAX #9 §2).
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let all: String = name.chars().filter(|c| !turns(c)).map(plain).collect();
    let all = all.trim().trim_end_matches(['.', ' ']);
    let is_ending = |ending: &str| ending.chars().count() <= ENDING_CHARS;
    let (stem, ending) = Some(parts(all)).filter(|(_, ending)| is_ending(ending)).unwrap_or((all, ""));
    let stem: String = stem.chars().take(NAME_CHARS - ending.chars().count()).collect();
    let stem = stem.trim_end();
    // Windows looks at what stands before the first dot.
    let first = stem.split('.').next().unwrap_or_default().trim_end();
    let is_device = DEVICES.iter().any(|device| device.eq_ignore_ascii_case(first));
    let before = if is_device { "_" } else { "" };
    (!stem.is_empty()).then(|| format!("{before}{stem}{ending}"))
}

/// What stands before the last dot, and what follows with it; a dot at the beginning ends nothing.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The name, with a number where it is taken.
fn unlike(name: &str, taken: &mut BTreeSet<String>) -> String {
    let (stem, ending) = parts(name);
    let mut number = 1;
    let mut one = name.to_owned();
    while !taken.insert(one.to_lowercase()) {
        number += 1;
        one = format!("{stem} ({number}){ending}");
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::time::LocalTime;
    use crate::worker::protocol::writing::Enclosure;

    const AT: LocalTime = LocalTime { year: 2026, month: 11, day: 26, weekday: 4, hour: 14, minute: 2 };

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let file = |(name, bytes): &(&str, &[u8])| Enclosure {
            name: (*name).to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: (*bytes).into(),
        };
        super::files(&PackFiles { files: files.iter().map(file).collect(), at: AT }).unwrap().to_vec()
    }

    fn names<R: std::io::Read + std::io::Seek>(archive: &zip::ZipArchive<R>) -> Vec<String> {
        archive.file_names().map(|name| name.unwrap().into_owned()).collect()
    }

    #[test]
    fn what_is_packed_comes_out_whole_and_as_it_is() {
        let large: Vec<u8> = (0..=255).cycle().take(300_000).collect();
        let bytes = packed(&[("été.jpg", &large), ("..", b"a"), ("plan.pdf", b"")]);
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(names(&archive), ["été.jpg", "_", "plan.pdf"]);
        let mut first = archive.by_index(0).unwrap();
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut first, &mut out).unwrap();
        assert_eq!((out, first.compression()), (large, CompressionMethod::Stored));
        assert_eq!(first.last_modified().map(|at| (at.year(), at.hour())), Some((2026, 14)));
        // Bit 11: the name is UTF-8 (APPNOTE.TXT §4.4.4).
        assert_eq!(u16::from_le_bytes([bytes[6], bytes[7]]) & (1 << 11), 1 << 11);
    }

    #[test]
    fn no_name_does_harm() {
        for (name, kept) in [
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\a.txt", "C__a.txt"),
            ("photo \u{202e}gpj.exe", "photo gpj.exe"),
            ("a\0b\n.txt", "a_b_.txt"),
            (" name . ", "name"),
            ("con", "_con"),
            ("Aux.tar.gz", "_Aux.tar.gz"),
            ("lpt1.txt", "_lpt1.txt"),
            ("console.txt", "console.txt"),
            (".profile", ".profile"),
            ("שלום.txt", "שלום.txt"),
            ("👩‍👧.png", "👩‍👧.png"),
        ] {
            assert_eq!(safe(name).as_deref(), Some(kept), "{name:?}");
        }
        for nothing in ["", "..", " . "] {
            assert_eq!(safe(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = safe(&format!("{}.jpeg", "é".repeat(500))).unwrap();
        assert_eq!((long.chars().count(), long.ends_with("é.jpeg")), (NAME_CHARS, true));
        assert_eq!(safe(&"x.".repeat(200)).unwrap().chars().count(), NAME_CHARS);
        assert_eq!(safe(&format!("a.{}", "b".repeat(500))).unwrap().chars().count(), NAME_CHARS);
    }

    #[test]
    fn names_that_are_taken_are_numbered() {
        let bytes =
            packed(&[("a.jpg", b"1"), ("A.JPG", b"2"), ("a.jpg", b"3"), ("a (2).jpg", b"4"), ("b", b"5"), ("b", b"6")]);
        let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(names(&archive), ["a.jpg", "A (2).JPG", "a (3).jpg", "a (2) (2).jpg", "b", "b (2)"]);
    }
}
