//! Where things are in the repository, and where tests leave what people may want to look at.

use std::path::{Path, PathBuf};

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository")
}

/// A place in `artifacts/`, which git ignores: screenshots, and logs of what went wrong. Its folder is made.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn artifact(name: &str) -> PathBuf {
    let path = root().join("artifacts").join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for artifacts");
    path
}

/// The collection of real messages that `MAIL_CORPUS` names. Where there is none, says so and gives none: the story that
/// wants it has nothing to tell.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("MAIL_CORPUS").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("MAIL_CORPUS names no folder of real messages: this story is not told here");
    }
    folder
}
