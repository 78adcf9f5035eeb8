//! A disk of some megabytes (a tmpfs), which a story can fill to the last octet and make room on again.
//!
//! Mounting wants root. Where the tests do not run as root, the story is told in a namespace in which they do. Where the system
//! allows neither, it says so and tells nothing; in CI (the variable `CI` is set) that is a failure.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::program::{describe, try_run};

/// Set where the story is told in a namespace already.
const INSIDE: &str = "OWN_MAILBOX_STORY_IN_NAMESPACE";

/// A small disk; unmounted when it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

/// Tells a story on a disk of so many megabytes. `story` is the name of the test that calls this.
///
/// # Panics
/// If the story does, and in CI where no small disk can be had.
pub fn on_small_disk(story: &str, megabytes: u32, tell: impl FnOnce(&SmallDisk)) {
    let why = match SmallDisk::mount(megabytes) {
        Ok(disk) => return tell(&disk),
        Err(why) => why,
    };
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]).env(INSIDE, "1");
        command
    };
    let possible = env::var_os(INSIDE).is_none() && unshare().arg("true").output().is_ok_and(|o| o.status.success());
    if !possible {
        assert!(env::var_os("CI").is_none(), "no small disk can be mounted here: {why}");
        println!("no small disk can be mounted here, so this story is not told: {why}");
        return;
    }
    let mut command = unshare();
    command.arg(env::current_exe().expect("a test")).args([story, "--exact", "--nocapture"]);
    let told = try_run(&mut command, b"");
    assert!(told.status.success(), "{}", describe(&command, &told));
}

impl SmallDisk {
    fn mount(megabytes: u32) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("small-disk-").tempdir().expect("a temporary folder");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "small-disk"]).arg(folder.path());
        let mounted = command.output().map_err(|error| error.to_string())?;
        if mounted.status.success() { Ok(Self { folder }) } else { Err(describe(&command, &mounted)) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    ///
    /// # Panics
    /// If it cannot be written to at all.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).expect("a file");
        for piece in [vec![0; 1024 * 1024], vec![0; 4096]] {
            while ballast.write_all(&piece).is_ok() {}
        }
    }

    /// Takes away what [`fill`](Self::fill) put there.
    ///
    /// # Panics
    /// If there is nothing.
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("ballast");
    }

    /// Whether there is no room at all.
    ///
    /// # Panics
    /// If it cannot be asked.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let probe = self.path().join("probe");
        let written = fs::write(&probe, [0; 4096]).is_ok();
        fs::remove_file(probe).expect("a file that was made");
        !written
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a box that is still being stopped holds files on it.
        _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}
