//! A person at a terminal: uses the box through `own-mailbox client`, a process that shares nothing with the box but HTTPS.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::foreign::Device;
use crate::home::Home;
use crate::program::try_run;

/// The passphrase of everybody in the stories.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// Somebody at a terminal, with a session of their own.
#[derive(Debug)]
pub struct Person<'a> {
    home: &'a Home,
    name: String,
    session: PathBuf,
}

impl<'a> Person<'a> {
    /// Somebody who is not signed in.
    #[must_use]
    pub fn new(home: &'a Home, name: &str) -> Self {
        Self { home, name: name.to_owned(), session: home.scratch(&format!("{name}.json")) }
    }

    /// The same person at another terminal, where nobody is signed in.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        let session = self.home.scratch(&format!("{}.elsewhere.json", self.name));
        Self { home: self.home, name: self.name.clone(), session }
    }

    /// Somebody with an account: the first one made with the link that the box printed, others with an invitation.
    ///
    /// # Panics
    /// If the box does not make it.
    #[must_use]
    pub fn register(home: &'a Home, name: &str) -> Self {
        let person = Self::new(home, name);
        let listed = done(&home.command(&["user", "list", "--data", &home.data().to_string_lossy()]).output().unwrap());
        let invitation = if listed.is_empty() { home.invitation().to_owned() } else { person.invitation() };
        done(&person.register_with(&invitation));
        person
    }

    /// An invitation for this person, from the owner of the box.
    ///
    /// # Panics
    /// If the box gives none.
    #[must_use]
    pub fn invitation(&self) -> String {
        let (address, data) = (self.address(), self.home.data());
        let invited = self.home.command(&["user", "invite", &address, "--data", &data.to_string_lossy()]).output();
        done(&invited.unwrap()).trim().to_owned()
    }

    /// Makes the account with an invitation; what is printed is the recovery code.
    #[must_use]
    pub fn register_with(&self, invitation: &str) -> Output {
        let address = self.address();
        let arguments = ["register", "--invitation", invitation, "--address", &address, "--name", &self.name];
        self.with_passphrase(PASSPHRASE, &arguments)
    }

    /// Signs in.
    #[must_use]
    pub fn login(&self, address: &str, passphrase: &str) -> Output {
        self.with_passphrase(passphrase, &["login", "--address", address])
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.name, self.home.domain())
    }

    /// The cookies of the session, as a header carries them.
    ///
    /// # Panics
    /// If nobody has been signed in.
    #[must_use]
    pub fn cookies(&self) -> String {
        let session: serde_json::Value = serde_json::from_slice(&fs::read(&self.session).unwrap()).unwrap();
        let cookies: Vec<(String, String)> = serde_json::from_value(session["cookies"].clone()).unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Says something to the box.
    #[must_use]
    pub fn client(&self, arguments: &[&str]) -> Output {
        self.client_reading(b"", arguments)
    }

    /// The same, with something on standard input.
    #[must_use]
    pub fn client_reading(&self, input: &[u8], arguments: &[&str]) -> Output {
        let session = self.session.to_string_lossy();
        let arguments = [arguments, &["--session", &session]].concat();
        try_run(&mut self.home.client(&arguments), input)
    }

    /// The same, with a passphrase in a file.
    ///
    /// # Panics
    /// If there is no room for the file.
    #[must_use]
    pub fn with_passphrase(&self, passphrase: &str, arguments: &[&str]) -> Output {
        let file = self.home.scratch(&format!("{}.passphrase", self.name));
        fs::write(&file, passphrase).expect("room for a passphrase");
        self.client(&[arguments, &["--passphrase-file", &file.to_string_lossy()]].concat())
    }

    /// A password for a mail program.
    ///
    /// # Panics
    /// If the box gives none.
    #[must_use]
    pub fn device(&self) -> Device {
        let password = done(&self.client(&["device-password", "--name", "A mail program"])).trim().to_owned();
        Device { address: self.address(), password }
    }

    /// A password for a mail program that cannot open mail: the box does that for it.
    ///
    /// # Panics
    /// If the box gives none.
    #[must_use]
    pub fn opened_device(&self) -> Device {
        let made = self.client(&["device-password", "--name", "A simple program", "--opened"]);
        Device { address: self.address(), password: done(&made).trim().to_owned() }
    }

    /// The secret key for a mail program, armored, under this passphrase.
    ///
    /// # Panics
    /// If it is not given.
    #[must_use]
    pub fn exported_key(&self, passphrase: &str) -> String {
        done(&self.with_passphrase(passphrase, &["export-key"]))
    }
}

/// What a command printed; it must have done what it was asked.
///
/// # Panics
/// If it failed; what it said is in the panic.
pub fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The words of the recovery code that a command made, one line.
///
/// # Panics
/// If it failed, or printed none.
pub fn code_of(output: &Output) -> String {
    code_on(done(output).as_bytes())
}

/// The words of a recovery code in what was printed, which also says what they are.
///
/// # Panics
/// If there are none.
pub fn code_on(printed: &[u8]) -> String {
    let printed = String::from_utf8_lossy(printed);
    assert!(printed.starts_with("Recovery code: "), "{printed}");
    let words = printed.lines().last().unwrap_or_default().to_owned();
    assert_eq!(words.split(' ').count(), 12, "{printed}");
    words
}

/// What a command said that the box, or the account's own keys, refused.
///
/// # Panics
/// If it was done, or failed for another reason.
pub fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr.clone()).expect("text")
}
