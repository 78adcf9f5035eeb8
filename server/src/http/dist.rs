//! Where the page's files come from: out of the binary in release builds, out of the folder `dist/` in debug builds.
//!
//! A debug build looks for the folder when it starts, not where it was compiled: clones of the repository that share cargo's
//! artifacts share the compiled box too, and each wants its own page.

use std::borrow::Cow;

/// One file of the page.
pub(super) struct File {
    pub(super) data: Cow<'static, [u8]>,
    pub(super) sha256: [u8; 32],
}

pub(super) use source::Dist;

#[cfg(not(debug_assertions))]
mod source {
    use super::File;

    #[derive(rust_embed::Embed)]
    #[folder = "$OWN_MAILBOX_DIST"]
    #[allow_missing = true]
    struct Embedded;

    /// The page's files.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::http) struct Dist;

    impl Dist {
        pub(in crate::http) fn find() -> Self {
            Self
        }

        pub(in crate::http) fn file(&self, name: &str) -> Option<File> {
            <Embedded as rust_embed::RustEmbed>::get(name)
                .map(|file| File { data: file.data, sha256: file.metadata.sha256_hash() })
        }
    }
}

#[cfg(debug_assertions)]
mod source {
    use std::path::{Component, Path, PathBuf};
    use std::sync::Arc;

    use sha2::{Digest, Sha256};

    use super::File;

    /// Names the folder, where it is not to be looked for.
    const VARIABLE: &str = "OWN_MAILBOX_DIST";
    /// What says how the page is built, and stands beside `dist/`.
    const LANDMARK: &str = "Trunk.toml";

    /// The page's files. They are read at each request, so that a page built anew shows at the next reload.
    #[derive(Clone, Debug)]
    pub(in crate::http) struct Dist(Option<Arc<Path>>);

    impl Dist {
        /// The folder that the environment names, else the one of the clone in which the box was started.
        pub(in crate::http) fn find() -> Self {
            let named = std::env::var_os(VARIABLE).map(PathBuf::from);
            let folder = named.or_else(|| of_clone(&std::env::current_dir().ok()?));
            // Whatever becomes of the current folder afterwards.
            Self(folder.and_then(|folder| std::path::absolute(folder).ok()).map(Arc::from))
        }

        pub(in crate::http) fn file(&self, name: &str) -> Option<File> {
            let name = Path::new(name);
            let inside = name.components().all(|part| matches!(part, Component::Normal(_)));
            let data = std::fs::read(self.0.as_deref().filter(|_| inside)?.join(name)).ok()?;
            Some(File { sha256: Sha256::digest(&data).into(), data: data.into() })
        }
    }

    /// `dist/` of the clone that holds this folder.
    fn of_clone(folder: &Path) -> Option<PathBuf> {
        folder.ancestors().find(|above| above.join(LANDMARK).is_file()).map(|root| root.join("dist"))
    }

    #[cfg(test)]
    mod tests {
        use std::fs;

        use super::*;

        #[test]
        fn each_clone_has_its_own_page() {
            let clones = tempfile::tempdir().unwrap();
            for name in ["one", "two"] {
                let root = clones.path().join(name);
                fs::create_dir_all(root.join("server/src")).unwrap();
                fs::create_dir(root.join("dist")).unwrap();
                fs::write(root.join(LANDMARK), "").unwrap();
                fs::write(root.join("dist/index.html"), name).unwrap();
                assert_eq!(of_clone(&root.join("server/src")), Some(root.join("dist")));
                let dist = Dist(of_clone(&root).map(Arc::from));
                assert_eq!(dist.file("index.html").unwrap().data, name.as_bytes());
            }
            assert_eq!(of_clone(clones.path()), None);
            assert!(Dist(None).file("index.html").is_none());
        }

        #[test]
        fn nothing_outside_of_the_folder_is_read() {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join("dist")).unwrap();
            fs::write(root.path().join("secret.txt"), "secret").unwrap();
            fs::write(root.path().join("dist/plain.txt"), "plain").unwrap();
            let dist = Dist(Some(root.path().join("dist").into()));
            assert!(dist.file("plain.txt").is_some());
            let absolute = root.path().join("secret.txt");
            for name in ["../secret.txt", "x/../../secret.txt", absolute.to_str().unwrap(), "", "."] {
                assert!(dist.file(name).is_none(), "{name}");
            }
        }
    }
}
