//! Secrets of the box in files of their own: made once, readable by the box's user alone, never in the database.

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
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return Ok(found?),
    }
    // Written whole under another name, then linked: a file that is there is complete, whenever the power went, and of two
    // processes that make it at once both end with the same one.
    let (secret, half) = (make(), folder.join(format!("{name}.{}", std::process::id())));
    let made = write(&half, secret.expose()).and_then(|()| std::fs::hard_link(&half, &path));
    let removed = std::fs::remove_file(&half);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(read(&path)?),
        done => done?,
    }
    removed?;
    File::open(folder)?.sync_all()?;
    Ok(secret)
}

fn read(path: &Path) -> io::Result<Secret<Vec<u8>>> {
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
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read_or_make(&folder.path().join("gone"), "x.key", || Secret::new(Vec::new()));
        assert!(matches!(missing, Err(StoreError::Io(_))));
    }
}
