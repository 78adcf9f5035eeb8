//! The chunks of letters behind links: files in the data folder, `links/<letter>/<place>`. They are ciphertext under keys that the
//! box does not have.
//!
//! A chunk that was written is on the disk, whole, under its name or not there at all. What wipes a letter takes its folder
//! away; what made its chunks worth anything, the links' shares, is overwritten in the database.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::api::link::LinkedLetterId;

use super::super::StoreError;

/// Name of the folder in the data folder.
const FOLDER: &str = "links";

/// Where the chunks are; cheap to clone.
#[derive(Clone, Debug)]
pub struct Payloads {
    folder: PathBuf,
    /// Names files that are being written.
    writing: Arc<AtomicU64>,
}

impl Payloads {
    pub(in super::super) fn of(data: &Path) -> Self {
        Self { folder: data.join(FOLDER), writing: Arc::default() }
    }

    /// Puts a chunk on the disk.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`], or where the folder cannot be written.
    pub async fn write(
        &self,
        letter: LinkedLetterId,
        place: u32,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (folder, number) = (self.folder(letter), self.writing.fetch_add(1, Ordering::Relaxed));
        off(move || {
            fs::create_dir_all(&folder)?;
            let half = folder.join(format!("{place}.{number}.new"));
            let written = write_whole(&half, bytes.as_ref()).and_then(|()| {
                fs::rename(&half, folder.join(place.to_string()))?;
                // The name is durable with the folder, and the folder's with the one above.
                File::open(&folder)?.sync_all()?;
                folder.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())
            });
            if written.is_err() {
                let _gone = fs::remove_file(&half);
            }
            written
        })
        .await
    }

    /// Opens a chunk for reading; answers its length, too.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it is not there.
    pub async fn read(&self, letter: LinkedLetterId, place: u32) -> Result<(File, u64), StoreError> {
        let path = self.folder(letter).join(place.to_string());
        off(move || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        })
        .await
    }

    /// Takes all chunks of a letter off the disk, if it has any.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub async fn remove(&self, letter: LinkedLetterId) -> Result<(), StoreError> {
        let folder = self.folder(letter);
        off(move || match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    fn folder(&self, letter: LinkedLetterId) -> PathBuf {
        self.folder.join(letter.to_string())
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Does what waits for the disk off the async threads.
async fn off<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?;
    done.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::NotFound,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => error.into(),
    })
}
