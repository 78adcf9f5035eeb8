//! GnuPG as a person elsewhere has it: a key ring of its own, in a folder that is gone afterwards.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program;

/// One person's GnuPG.
#[derive(Debug)]
pub struct GnuPg {
    home: TempDir,
}

/// What GnuPG found in a message.
#[derive(Debug)]
pub struct Opened {
    /// What was inside.
    pub data: Vec<u8>,
    /// Lines of `--status-fd`, each without its `[GNUPG:] `: `DECRYPTION_OKAY`, `GOODSIG …`, `VALIDSIG …`.
    pub status: Vec<String>,
}

impl Opened {
    /// Was there a good signature by a key whose name contains this?
    #[must_use]
    pub fn is_signed_by(&self, name: &str) -> bool {
        self.status.iter().any(|line| line.starts_with("GOODSIG ") && line.contains(name))
    }
}

impl GnuPg {
    /// An empty key ring.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn new() -> Self {
        // The agent's socket lies in there, and the system allows short paths only.
        Self { home: tempfile::Builder::new().prefix("gpg-").tempdir_in("/tmp").expect("a temporary folder") }
    }

    /// A key ring with a fresh key of this person (`Name <address>`), without a passphrase.
    ///
    /// # Panics
    /// If GnuPG cannot make it.
    #[must_use]
    pub fn with_key_of(person: &str) -> Self {
        let gpg = Self::new();
        program::run(gpg.command().args([
            "--passphrase",
            "",
            "--quick-generate-key",
            person,
            "future-default",
            "default",
            "1y",
        ]));
        gpg
    }

    /// `gpg` with this key ring, not talking to anybody.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(self.home.path());
        command.args(["--batch", "--no-tty", "--yes", "--pinentry-mode", "loopback", "--trust-model", "always"]);
        command
    }

    /// Takes keys, secret ones too.
    ///
    /// # Panics
    /// If GnuPG refuses them; what it said is in the panic.
    pub fn import(&self, keys: &[u8], passphrase: Option<&str>) {
        let mut command = self.with_passphrase(passphrase);
        command.arg("--import");
        let output = program::try_run(&mut command, keys);
        assert!(output.status.success(), "{}", program::describe(&command, &output));
    }

    /// The certificate of a person, binary.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn certificate(&self, person: &str) -> Vec<u8> {
        let certificate = program::run(self.command().args(["--export", person]));
        assert!(!certificate.is_empty(), "no certificate of {person}");
        certificate
    }

    /// The name of a person's file in a Web Key Directory, as GnuPG makes it.
    ///
    /// # Panics
    /// If there is no such person.
    #[must_use]
    pub fn wkd_name(&self, address: &str) -> String {
        let listed = program::run(self.command().args(["--with-wkd-hash", "--list-keys", address]));
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let domain = address.split_once('@').expect("an address").1;
        // The line below the user id: the name in place of the local part.
        let mut names = listed.lines().filter_map(|line| line.trim().strip_suffix(domain)?.strip_suffix('@'));
        let name = names.next_back().unwrap_or_else(|| panic!("no name for {address}:\n{listed}"));
        name.to_owned()
    }

    /// Opens a message, armoured or binary.
    ///
    /// # Panics
    /// If it cannot be opened; what GnuPG said is in the panic.
    #[must_use]
    pub fn open(&self, message: &[u8], passphrase: Option<&str>) -> Opened {
        let mut command = self.with_passphrase(passphrase);
        command.args(["--status-fd", "2", "--decrypt"]);
        let output = program::try_run(&mut command, message);
        assert!(output.status.success(), "{}", program::describe(&command, &output));
        let said = String::from_utf8_lossy(&output.stderr);
        let status = said.lines().filter_map(|line| line.strip_prefix("[GNUPG:] ")).map(str::to_owned).collect();
        Opened { data: output.stdout, status }
    }

    /// Seals something to a person whose certificate is here, signed by one whose key is here; armoured.
    ///
    /// # Panics
    /// If GnuPG refuses.
    #[must_use]
    pub fn seal(&self, data: &[u8], to: &str, signer: Option<&str>) -> Vec<u8> {
        let mut command = self.command();
        command.args(["--armor", "--encrypt", "--recipient", to]);
        if let Some(signer) = signer {
            command.args(["--sign", "--local-user", signer]);
        }
        let output = program::try_run(&mut command, data);
        assert!(output.status.success(), "{}", program::describe(&command, &output));
        output.stdout
    }

    /// The folder of the key ring.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.home.path()
    }

    fn with_passphrase(&self, passphrase: Option<&str>) -> Command {
        let mut command = self.command();
        if let Some(passphrase) = passphrase {
            let file = self.home.path().join("passphrase");
            std::fs::write(&file, passphrase).expect("room for a passphrase");
            command.arg("--passphrase-file").arg(file);
        }
        command
    }
}

impl Default for GnuPg {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for GnuPg {
    fn drop(&mut self) {
        // The agent that gpg started for this folder, and no other one.
        _ = Command::new("gpgconf").arg("--homedir").arg(self.home.path()).args(["--kill", "all"]).output();
    }
}
