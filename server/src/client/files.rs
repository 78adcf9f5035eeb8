//! Files that come with letters, on their way to the disk: under a name that was free, readable by their owner alone, and gone again
//! unless they became whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::letter::random;
use super::terminal::{breaks_lines, is_unseen};
use super::{ClientError, tell};

/// Longest name of a file, octets. The systems that people use take 255; a number may come behind.
const NAME_BYTES: usize = 200;
/// Longest ending of a name that is kept where the name is cut, octets.
const ENDING_BYTES: usize = 16;
/// As many files of one name have a place beside each other.
const SAME_NAMES: usize = 1000;

/// A folder that takes files.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder at this path, made if it is not there.
    ///
    /// # Errors
    /// Where it cannot be made or takes no file, which is found out with an empty one: what follows may be possible only once.
    pub(super) fn ready(path: &Path) -> Result<Self, ClientError> {
        fs::create_dir_all(path).map_err(|error| cannot_write(path, &error))?;
        let folder = Self(path.to_owned());
        let trial = folder.make(&format!(".own-mailbox-{}", std::process::id()))?;
        drop(trial);
        Ok(folder)
    }

    /// Begins a file that came as the `number`-th under this name.
    pub(super) fn begin(&self, name: Option<&str>, number: usize) -> Result<Arriving, ClientError> {
        self.make(&file_name(name, number))
    }

    fn make(&self, name: &str) -> Result<Arriving, ClientError> {
        let mut taken = 1;
        loop {
            let path = self.0.join(numbered(name, taken));
            match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path) {
                Ok(file) => return Ok(Arriving { file, path, is_whole: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && taken < SAME_NAMES => taken += 1,
                Err(error) => return Err(cannot_write(&path, &error)),
            }
        }
    }
}

/// A file that is not whole yet.
#[derive(Debug)]
pub(super) struct Arriving {
    file: File,
    path: PathBuf,
    is_whole: bool,
}

impl Arriving {
    /// Adds what comes next.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        self.file.write_all(bytes).map_err(|error| cannot_write(&self.path, &error))
    }

    /// Nothing is missing: the file stays, on the disk whatever happens to the machine, and it is said where.
    pub(super) fn whole(self) -> Result<(), ClientError> {
        let path = self.path.clone();
        self.keep()?;
        tell(&format!("Saved {}", path.display()))
    }

    fn keep(mut self) -> Result<(), ClientError> {
        self.file
            .sync_all()
            .and_then(|()| sync_folder_of(&self.path))
            .map_err(|error| cannot_write(&self.path, &error))?;
        self.is_whole = true;
        Ok(())
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.is_whole {
            let _gone = fs::remove_file(&self.path);
        }
    }
}

/// Writes a file that was not there, readable by its owner alone: whole, or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    let file = file.map_err(|error| cannot_write(path, &error))?;
    let mut arriving = Arriving { file, path: path.to_owned(), is_whole: false };
    arriving.write(bytes)?;
    arriving.keep()
}

/// Writes a file in the place of the one that may be there, readable by its owner alone: whole, or not at all.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    // Under a name that nobody knows beforehand: another one could have put something there that leads elsewhere.
    let random = random::<10>().map(|byte| format!("{byte:02x}")).concat();
    let half = path.with_extension(format!("{random}.new"));
    write_new(&half, bytes)?;
    let replaced = fs::rename(&half, path).and_then(|()| sync_folder_of(path));
    if replaced.is_err() {
        let _gone = fs::remove_file(&half);
    }
    replaced.map_err(|error| cannot_write(path, &error))
}

/// Has the names of the files beside this one on the disk.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn cannot_write(path: &Path, error: &io::Error) -> ClientError {
    ClientError::Failed(format!("cannot write {}: {error}", path.display()))
}

/// The name with a number before its ending; the first has none.
fn numbered(name: &str, number: usize) -> String {
    match (number, ending(name)) {
        (1, _) => name.to_owned(),
        (_, Some((stem, ending))) => format!("{stem} ({number}).{ending}"),
        (_, None) => format!("{name} ({number})"),
    }
}

/// A name without its ending, and the ending.
fn ending(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && ending.len() <= ENDING_BYTES)
}

/// A name for a file in the folder that was meant and in no other, which seems to be what it is.
fn file_name(name: Option<&str>, number: usize) -> String {
    let safe = |c: char| if breaks_lines(c) || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    let name: String = name.unwrap_or_default().chars().filter(|c| !is_unseen(*c)).map(safe).collect();
    let name = name.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end();
    if name.is_empty() {
        return format!("attachment-{number}");
    }
    let cut = |text: &str, octets: usize| text.get(..text.floor_char_boundary(octets)).unwrap_or_default().to_owned();
    match ending(name) {
        Some((stem, ending)) => format!("{}.{ending}", cut(stem, NAME_BYTES - ending.len())),
        None => cut(name, NAME_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_stays_in_its_folder_and_seems_what_it_is() {
        let long = format!("{}.pdf", "é".repeat(300));
        let cut = format!("{}.pdf", "é".repeat(98));
        for (name, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "attachment-3"),
            (".bashrc", "bashrc"),
            (" .bashrc", "bashrc"),
            (". .bashrc", "bashrc"),
            ("a\0b\n", "a_b_"),
            ("", "attachment-3"),
            ("photo \u{202e}gpj.exe", "photo gpj.exe"),
            ("\u{200b}\u{2066}a\u{200d}b\u{2029}\u{feff}", "ab_"),
            (&long, &cut),
        ] {
            assert_eq!(file_name(Some(name), 3), expected);
        }
        assert_eq!(file_name(None, 3), "attachment-3");
    }

    #[test]
    fn what_is_there_is_left_alone_and_what_is_not_whole_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.tar.gz"), "older").unwrap();
        fs::create_dir(folder.path().join("notes")).unwrap();
        let ready = Folder::ready(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["notes", "plan.tar.gz"]);
        for (name, number) in [("plan.tar.gz", 1), ("plan.tar.gz", 2), ("notes", 3)] {
            let mut file = ready.begin(Some(name), number).unwrap();
            file.write(b"new").unwrap();
            file.whole().unwrap();
        }
        let mut half = ready.begin(Some("film.mp4"), 4).unwrap();
        half.write(b"half").unwrap();
        assert!(names(folder.path()).contains(&"film.mp4".to_owned()));
        drop(half);
        let all = ["notes", "notes (2)", "plan.tar (2).gz", "plan.tar (3).gz", "plan.tar.gz"];
        assert_eq!(names(folder.path()), all);
        assert_eq!(fs::read(folder.path().join("plan.tar.gz")).unwrap(), b"older");
        let new = folder.path().join("plan.tar (2).gz");
        assert_eq!(fs::read(&new).unwrap(), b"new");
        assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_is_written_anew_or_in_the_place_of_one_and_through_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("session.json"), folder.path().join("other"));
        fs::write(&other, "precious").unwrap();
        write_new(&path, b"first").unwrap();
        assert!(write_new(&path, b"second").is_err() && write_new(&folder.path().join("no/folder"), b"x").is_err());
        // What somebody has put there before leads nowhere.
        std::os::unix::fs::symlink(&other, path.with_extension(format!("{}.new", std::process::id()))).unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!((fs::read(&path).unwrap(), fs::read(&other).unwrap()), (b"second".to_vec(), b"precious".to_vec()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("by something")).unwrap();
        assert!(replace(&taken, b"x").is_err());
        assert_eq!(names(folder.path()).len(), 4, "{:?}", names(folder.path()));
    }

    #[test]
    fn a_folder_that_takes_no_files_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::write(&path, "a file").unwrap();
        assert!(Folder::ready(&path).unwrap_err().to_string().contains("taken"));
        Folder::ready(&folder.path().join("one/in/another")).unwrap();
    }
}
