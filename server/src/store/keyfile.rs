//! Secrets of the box in files of their own: made once, readable by the box's user alone, never in the database; and small notes
//! about them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use shared::vault::Secret;
use zeroize::Zeroizing;

use super::StoreError;

/// Largest key file, octets: nothing that belongs here comes near it.
const BYTES: u64 = 4096;

/// The secret in this file of the data folder; `make` gives it where there is none yet. What is returned is on disk.
///
/// # Errors
/// [`StoreError::Io`] where the file cannot be read or made.
pub fn read_or_make(
    folder: &Path,
    name: &str,
    make: impl FnOnce() -> Secret<Vec<u8>>,
) -> Result<Secret<Vec<u8>>, StoreError> {
    let path = folder.join(name);
    match read_at(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return Ok(found?),
    }
    // Written whole under another name, then linked: a file that is there is complete, whenever the power went, and of two
    // processes that make it at once both end with the same one.
    let (secret, half) = (make(), folder.join(format!("{name}.{}", std::process::id())));
    let made = write(&half, secret.expose()).and_then(|()| std::fs::hard_link(&half, &path));
    let removed = std::fs::remove_file(&half);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(read_at(&path)?),
        done => done?,
    }
    removed?;
    File::open(folder)?.sync_all()?;
    Ok(secret)
}

/// The secret in this file of the data folder.
///
/// # Errors
/// [`StoreError::Io`] where the file is not there or cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<Secret<Vec<u8>>, StoreError> {
    Ok(read_at(&folder.join(name))?)
}

/// What stands between `before` and `behind` in the names of the files that have both, in their order.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be read.
pub fn names(folder: &Path, before: &str, behind: &str) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let between = name.to_str().and_then(|name| name.strip_prefix(before)?.strip_suffix(behind));
        names.extend(between.map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Writes a note in the place of the one before: whole or not at all, and on disk when this answers.
///
/// # Errors
/// Where it cannot be written; the one before is there still.
pub fn replace(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let half = folder.join(format!("{name}.{}", std::process::id()));
    let written = write(&half, text).and_then(|()| std::fs::rename(&half, folder.join(name)));
    if written.is_err() {
        let _half_written = std::fs::remove_file(&half);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn read_at(path: &Path) -> io::Result<Secret<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(BYTES).read_to_end(&mut bytes)?;
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // One that a process of the same number left half written long ago is of no use.
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = read_or_make(folder.path(), "x.key", || Secret::new(b"first".to_vec())).unwrap();
        let again = read_or_make(folder.path(), "x.key", || Secret::new(b"second".to_vec())).unwrap();
        assert_eq!(first.expose(), b"first");
        assert_eq!(again.expose(), b"first");
        let mode = std::fs::metadata(folder.path().join("x.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_note_is_replaced_and_files_are_found_by_what_stands_around_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("x-b.note", "old"), ("x-a.note", "first"), ("x-b.note", "new"), ("y-c.note", ""), ("x-d", "")]
        {
            replace(folder.path(), name, text.as_bytes()).unwrap();
        }
        assert_eq!(names(folder.path(), "x-", ".note").unwrap(), ["a", "b"]);
        assert_eq!(read(folder.path(), "x-b.note").unwrap().expose(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
        assert!(read(folder.path(), "gone").is_err() && replace(&folder.path().join("gone"), "x", b"").is_err());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read_or_make(&folder.path().join("gone"), "x.key", || Secret::new(Vec::new()));
        assert!(matches!(missing, Err(StoreError::Io(_))));
    }
}
