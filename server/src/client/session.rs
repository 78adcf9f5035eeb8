//! What is kept between two commands: the session's cookies, and the account key wrapped so that it opens only together with
//! the box's half of the session. As with the page's "reload without asking", it is worth nothing once the session has ended.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::access::TabKey;
use shared::api::{Base64, paths};
use shared::vault::Secret;

use super::args::Place;
use super::{ClientError, files};

/// The content of the file.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Saved {
    /// The box.
    pub(super) url: String,
    /// The certificate of its authority.
    pub(super) ca: Option<PathBuf>,
    /// Cookies by name. The session's is there while somebody is logged in; the browser's stays.
    pub(super) cookies: Vec<(String, String)>,
    /// The tab's half.
    tab_secret: Option<String>,
    /// The account key under both halves.
    wrapped: Option<Base64>,
}

impl Saved {
    /// Reads the file; empty where there is none.
    pub(super) fn read(path: &Path) -> Result<Self, ClientError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Secret::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ClientError::Failed(format!("cannot read {}: {error}", path.display()))),
        };
        serde_json::from_slice(bytes.expose())
            .map_err(|_| ClientError::Failed(format!("{} is not a session file", path.display())))
    }

    /// Writes the file, readable by its owner alone; whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), ClientError> {
        let failed = |error| ClientError::Failed(format!("cannot write {}: {error}", path.display()));
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let json = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        let json = Secret::new(json);
        files::replace(path, json.expose())
    }

    /// Keeps what opens the account again.
    pub(super) fn keep(&mut self, key: &TabKey) {
        self.tab_secret = Some(key.secret.to_text().expose().clone());
        self.wrapped = Some(key.wrapped.clone());
    }

    /// What opens the account again.
    pub(super) fn tab_key(&self) -> Option<TabKey> {
        let secret = self.tab_secret.as_deref()?.parse().ok()?;
        Some(TabKey { secret, wrapped: self.wrapped.clone()? })
    }

    /// Forgets the session, and what opens the account in it.
    pub(super) fn forget(&mut self) {
        self.cookies.retain(|(name, _)| name != paths::SESSION_COOKIE);
        self.tab_secret = None;
        self.wrapped = None;
    }
}

/// Where the file is.
pub(super) fn path(place: &Place) -> Result<PathBuf, ClientError> {
    if let Some(path) = &place.session {
        return Ok(path.clone());
    }
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    let state = state.ok_or_else(|| ClientError::Failed("no home folder; use --session".into()))?;
    Ok(state.join("own-mailbox/session.json"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;
    use shared::vault::TabSecret;

    use super::*;

    #[test]
    fn a_session_is_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/own-mailbox/session.json");
        let mut saved = Saved::read(&path).unwrap();
        assert!(saved.tab_key().is_none());
        saved.url = "https://home.test".into();
        let secret = TabSecret::make(&mut ChaCha20Rng::seed_from_u64(1));
        saved.keep(&TabKey { secret, wrapped: vec![1, 2, 3].into() });
        saved.write(&path).unwrap();
        let mut read = Saved::read(&path).unwrap();
        assert_eq!(read.tab_key().unwrap().wrapped, vec![1, 2, 3].into());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        read.cookies = [paths::SESSION_COOKIE, paths::BROWSER_COOKIE].map(|name| (name.into(), "value".into())).into();
        read.forget();
        assert!(read.tab_key().is_none());
        assert_eq!(read.cookies, [(paths::BROWSER_COOKIE.to_owned(), "value".to_owned())]);
        fs::write(&path, "other").unwrap();
        assert!(Saved::read(&path).is_err());
    }
}
