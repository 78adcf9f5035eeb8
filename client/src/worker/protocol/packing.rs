//! Putting files into one.

use serde::{Deserialize, Serialize};

use super::writing::Enclosure;
use crate::platform::time::LocalTime;

/// Puts attachments into one file (a ZIP archive), so that a browser that is given many at once drops none.
#[derive(Debug, Serialize, Deserialize)]
pub struct PackFiles {
    /// The attachments, with names of some kind.
    pub files: Vec<Enclosure>,
    /// The date that they bear.
    pub at: LocalTime,
}
