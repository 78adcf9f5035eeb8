//! Where the pieces of a file go: what is large straight to the disk, where the browser can, and all else to the browser, until it is whole.

use shared::link::File;

use super::open::Trouble;
use crate::platform::files::Gathered;
use crate::platform::saving::Saving;

/// Files of more octets go straight to the disk: fewer, every browser holds easily, and begins to save them without asking a worker.
const TO_DISK_BYTES: u64 = 64_000_000;

/// What has come of a file.
pub(super) enum Sink {
    /// With the browser. It can be shown, and saved as often as one likes.
    Gathered(Gathered),
    /// On the disk, so many pieces. It ends there once.
    OnDisk(Saving, usize),
}

impl Default for Sink {
    fn default() -> Self {
        Self::Gathered(Gathered::default())
    }
}

impl Sink {
    /// How many pieces have come.
    pub(super) fn pieces(&self) -> usize {
        match self {
            Self::Gathered(gathered) => gathered.pieces(),
            Self::OnDisk(_, pieces) => *pieces,
        }
    }

    /// What a file that is to be saved goes on with: what there is, or something new.
    pub(super) async fn for_saving(mut self, file: &File) -> Self {
        let goes_on = match &mut self {
            Self::OnDisk(saving, _) => !saving.is_over(),
            Self::Gathered(gathered) => gathered.pieces() > 0 || file.octets <= TO_DISK_BYTES,
        };
        if goes_on {
            return self;
        }
        let begun = Saving::begin(&file.name, file.octets).await;
        begun.map_or_else(Self::default, |saving| Self::OnDisk(saving, 0))
    }

    /// What is left of it after something went wrong: nothing of a file on the disk that cannot be gone on with, so that it fails there.
    pub(super) fn after(self, trouble: Trouble) -> Self {
        match self {
            Self::OnDisk(..) if !trouble.passes() => Self::default(),
            come => come,
        }
    }

    /// An address under which this page can show it.
    pub(super) fn address(&self) -> Option<String> {
        match self {
            Self::Gathered(gathered) => gathered.address(),
            Self::OnDisk(..) => None,
        }
    }

    /// Takes the next piece; answers whether it did.
    pub(super) async fn take(&mut self, piece: &[u8]) -> bool {
        match self {
            Self::Gathered(gathered) => gathered.add(piece),
            Self::OnDisk(saving, pieces) => {
                if !saving.is_wanted().await {
                    return false;
                }
                saving.give(piece);
                *pieces += 1;
            }
        }
        true
    }

    /// Saves a file of which all pieces have come; answers what can be saved again, or nothing where the browser did not take it.
    pub(super) async fn save(self, file: &File) -> Option<Self> {
        match self {
            Self::Gathered(gathered) => {
                gathered.save(&file.name, &file.media_type);
                Some(Self::Gathered(gathered))
            }
            Self::OnDisk(saving, _) => saving.end().await.then(Self::default),
        }
    }
}
