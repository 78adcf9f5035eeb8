//! Passphrases, recovery codes, answers and the words of links, from files or from the terminal without echo. Never from arguments or the environment.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use shared::api::{ApiError, ErrorCode};
use shared::link::{Answer, Fragment};
use shared::vault::{InvalidPassphrase, Passphrase, RecoveryCode, Secret};
use zeroize::Zeroizing;

use super::ClientError;

/// Longest file of a secret that is read, octets.
const FILE_BYTES: u64 = 64 * 1024;

/// What is asked for on the terminal, and the flag that brings it from a file instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    prompt: &'static str,
    flag: &'static str,
}

const PASSPHRASE: Asked = Asked { prompt: "Passphrase: ", flag: "--passphrase-file" };
/// A new passphrase, where the command asks for no other.
pub(super) const NEW: Asked = Asked { prompt: "New passphrase: ", flag: "--passphrase-file" };
/// A new passphrase, where the command asks for the present one too.
pub(super) const NEW_BESIDE_PRESENT: Asked = Asked { prompt: "New passphrase: ", flag: "--new-passphrase-file" };
const AGAIN: &str = "The same again: ";
const CODE: Asked = Asked { prompt: "Recovery code: ", flag: "--code-file" };
const ANSWER: Asked = Asked { prompt: "Answer: ", flag: "--answer-file" };

/// An existing passphrase. One that no account can have is wrong, as any other that is not the right one.
pub(super) fn passphrase(file: Option<&Path>) -> Result<Passphrase, ClientError> {
    parse(&text(file, PASSPHRASE)?).map_err(|_| ApiError::new(ErrorCode::WrongCredentials).into())
}

/// A new passphrase; on the terminal it is asked for twice.
pub(super) fn new_passphrase(file: Option<&Path>, asked: Asked) -> Result<Passphrase, ClientError> {
    let first = text(file, asked)?;
    if file.is_none() && text(None, Asked { prompt: AGAIN, ..asked })?.expose() != first.expose() {
        return Err(ClientError::Failed("the two are not the same".into()));
    }
    parse(&first).map_err(|error| ClientError::Refused(error.to_string()))
}

/// A recovery code.
pub(super) fn recovery_code(file: Option<&Path>) -> Result<RecoveryCode, ClientError> {
    let text = match file {
        Some(_) => whole(file)?,
        None => text(None, CODE)?,
    };
    RecoveryCode::parse(text.expose()).map_err(|error| ClientError::Refused(format!("not a recovery code: {error}")))
}

/// The answer to a link's question, or its code.
pub(super) fn answer(file: Option<&Path>) -> Result<Answer, ClientError> {
    let typed = text(file, ANSWER)?;
    Answer::new(typed.expose()).map_err(|error| ClientError::Refused(error.to_string()))
}

/// The words of a link.
pub(super) fn link_words(file: &Path) -> Result<Fragment, ClientError> {
    let text = whole(Some(file))?;
    Fragment::from_words(text.expose())
        .map_err(|error| ClientError::Refused(format!("not the words of a link: {error}")))
}

/// A link from standard input.
pub(super) fn link_text() -> Result<Secret<String>, ClientError> {
    whole(None)
}

fn parse(text: &Secret<String>) -> Result<Passphrase, InvalidPassphrase> {
    Passphrase::new(text.expose())
}

/// The first line of a file, whatever it is the secret of.
pub(super) fn first_line(file: &Path) -> Result<Secret<String>, ClientError> {
    Ok(first_of(&whole(Some(file))?))
}

fn first_of(text: &Secret<String>) -> Secret<String> {
    Secret::new(text.expose().lines().next().unwrap_or_default().to_owned())
}

/// The first line of a file, or what is typed at the prompt.
fn text(file: Option<&Path>, asked: Asked) -> Result<Secret<String>, ClientError> {
    if let Some(file) = file {
        return first_line(file);
    }
    let typed = rpassword::prompt_password(asked.prompt)
        .map_err(|error| ClientError::Failed(format!("cannot ask on the terminal ({error}); use {}", asked.flag)))?;
    Ok(Secret::new(typed))
}

fn whole(file: Option<&Path>) -> Result<Secret<String>, ClientError> {
    let path = file.unwrap_or(Path::new("-"));
    let unreadable = |error| ClientError::Failed(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        std::io::stdin().take(FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(path).map_err(unreadable)?.take(FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let text = std::str::from_utf8(&bytes);
    let text = text.map_err(|_| ClientError::Failed(format!("{} is not text in UTF-8", path.display())))?;
    Ok(Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_file_is_the_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        for content in ["correct horse battery", "correct horse battery\n", "correct horse battery\r\nsecond line"] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(passphrase(Some(&path)).unwrap().as_str(), "correct horse battery");
        }
        std::fs::write(&path, "short").unwrap();
        assert!(passphrase(Some(&path)).unwrap_err().to_string().contains("is wrong"));
        assert!(new_passphrase(Some(&path), NEW).unwrap_err().to_string().contains("fewer than"));
        std::fs::write(&path, [0xff; 20]).unwrap();
        assert!(matches!(passphrase(Some(&path)), Err(ClientError::Failed(_))));
        assert!(matches!(passphrase(Some(&folder.path().join("gone"))), Err(ClientError::Failed(_))));
    }

    #[test]
    fn a_recovery_code_may_stand_on_several_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code");
        std::fs::write(&path, format!("{}\nabout\n", "abandon\n".repeat(11))).unwrap();
        recovery_code(Some(&path)).unwrap();
        std::fs::write(&path, "abandon ".repeat(12)).unwrap();
        let error = recovery_code(Some(&path)).unwrap_err().to_string();
        assert!(!error.contains("abandon"), "{error}");
    }
}
