//! Foreign mail programs towards a box: swaks and curl bring mail in, curl and mbsync take it out.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::home::Home;
use crate::{program, wire};

/// Name and password of a device, as a mail program knows them.
#[derive(Clone, Debug)]
pub struct Device {
    /// The address of the account.
    pub address: String,
    /// The password that the box made for this device.
    pub password: String,
}

/// Brings a message to the box as another mail server would: port 25, with STARTTLS, by swaks.
///
/// # Panics
/// If swaks is not there.
#[must_use]
pub fn swaks(home: &Home, from: &str, to: &[&str], message: &[u8]) -> Output {
    let file = home.scratch("swaks.eml");
    // Without its fixing, which would change the bytes, swaks sends what it is given, and a line end after it.
    let data = wire::data(message);
    fs::write(&file, data.strip_suffix(b"\r\n").unwrap_or(&data)).expect("room for a message");
    let mut command = Command::new("swaks");
    command.args(["--server", "127.0.0.1", "--port", &home.ports().smtp.to_string(), "--helo", "elsewhere.test"]);
    command.args(["--from", from, "--to", &to.join(","), "--tls", "--no-data-fixup", "--data"]);
    command.arg(format!("@{}", file.display()));
    program::try_run(&mut command, b"")
}

/// Brings a message to the box by curl, port 25, with STARTTLS whose certificate is verified.
///
/// # Panics
/// If curl is not there.
#[must_use]
pub fn curl_in(home: &Home, from: &str, to: &[&str], message: &[u8]) -> Output {
    let url = format!("smtp://localhost:{}/elsewhere.test", home.ports().smtp);
    program::try_run(&mut curl_message(home, &url, from, to), message)
}

/// Hands in a message as a mail program of an account does: port 465, TLS from the first byte, by curl.
///
/// # Panics
/// If curl is not there.
#[must_use]
pub fn curl_submit(home: &Home, device: &Device, to: &[&str], message: &[u8]) -> Output {
    let url = format!("smtps://localhost:{}/laptop.test", home.ports().submissions);
    let mut command = curl_message(home, &url, &device.address, to);
    command.arg("--config").arg(curl_login(home, device));
    program::try_run(&mut command, message)
}

/// Asks the box over IMAPS by curl: `path` is what follows the port (`INBOX;UID=1`), `request` a command instead of fetching.
///
/// # Panics
/// If curl is not there.
#[must_use]
pub fn curl_imap(home: &Home, device: &Device, path: &str, request: Option<&str>) -> Output {
    let mut command = curl(home);
    command.arg("--config").arg(curl_login(home, device));
    command.arg(format!("imaps://localhost:{}/{path}", home.ports().imaps));
    if let Some(request) = request {
        command.args(["--request", request]);
    }
    program::try_run(&mut command, b"")
}

/// Files a message over IMAPS by curl, which marks it as read.
///
/// # Panics
/// If curl is not there.
#[must_use]
pub fn curl_append(home: &Home, device: &Device, mailbox: &str, message: &[u8]) -> Output {
    // From a file: of what comes through a pipe, curl does not know the size that IMAP wants first.
    let file = home.scratch("append.eml");
    fs::write(&file, message).expect("room for a message");
    let mut command = curl(home);
    command.arg("--config").arg(curl_login(home, device)).arg("--upload-file").arg(file);
    command.arg(format!("imaps://localhost:{}/{mailbox}", home.ports().imaps));
    program::try_run(&mut command, b"")
}

/// Listens at the box's events by curl, in the version of HTTP that this option of curl names, until they end; gives the process
/// when the first has come.
///
/// # Panics
/// If curl is not there, or no event comes.
#[must_use]
pub fn curl_events(home: &Home, cookies: &str, version: &str) -> Child {
    let mut command = curl(home);
    command.args([version, "--no-buffer", "--header", &format!("Cookie: {cookies}")]);
    command.arg(format!("{}{}", home.url(), shared::api::paths::EVENTS));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("curl");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("text");
    assert!(line.starts_with("data: "), "no event but {line:?}");
    child
}

fn curl(home: &Home) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "60", "--cacert"]).arg(home.authority());
    command
}

fn curl_message(home: &Home, url: &str, from: &str, to: &[&str]) -> Command {
    let mut command = curl(home);
    command.args(["--ssl-reqd", "--upload-file", "-", "--mail-from", from, url]);
    command.args(to.iter().flat_map(|to| ["--mail-rcpt", to]));
    command
}

/// A password belongs in a file, not among the arguments that every user of the machine can see.
fn curl_login(home: &Home, device: &Device) -> PathBuf {
    let file = home.scratch("curl.conf");
    fs::write(&file, format!("user = \"{}:{}\"\n", device.address, device.password)).expect("room for a file");
    file
}

/// Fetches all mailboxes by mbsync into a Maildir, and gives its folder.
///
/// # Panics
/// If mbsync fails; what it said is in the panic.
#[must_use]
pub fn mbsync(home: &Home, device: &Device) -> PathBuf {
    let maildir = home.scratch("maildir");
    fs::create_dir_all(&maildir).expect("room for a Maildir");
    let password = home.scratch("mbsync.password");
    fs::write(&password, &device.password).expect("room for a password");
    let config = home.scratch("mbsyncrc");
    let text = format!(
        "IMAPAccount box\nHost localhost\nPort {port}\nUser {user}\nPassCmd \"cat {password}\"\nSSLType IMAPS\n\
         SystemCertificates no\nCertificateFile {authority}\n\nIMAPStore far\nAccount box\n\nMaildirStore near\n\
         Path {maildir}/\nInbox {maildir}/INBOX\nSubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\n\
         Patterns *\nCreate Near\nSyncState *\n",
        port = home.ports().imaps,
        user = device.address,
        password = password.display(),
        authority = home.authority().display(),
        maildir = maildir.display(),
    );
    fs::write(&config, text).expect("room for a configuration");
    program::run(Command::new("mbsync").arg("--config").arg(&config).arg("--all"));
    maildir
}

/// Has OfflineIMAP keep all mailboxes the same in a Maildir, once, and gives its folder and what it printed.
///
/// # Panics
/// If it fails; what it said is in the panic.
#[must_use]
pub fn offlineimap(home: &Home, device: &Device) -> (PathBuf, String) {
    let (maildir, notes) = (home.scratch("offlineimap"), home.scratch("offlineimap.notes"));
    for folder in [&maildir, &notes] {
        fs::create_dir_all(folder).expect("room for a folder");
    }
    let password = home.scratch("offlineimap.password");
    fs::write(&password, &device.password).expect("room for a password");
    let config = home.scratch("offlineimap.conf");
    let text = format!(
        "[general]\naccounts = box\nmetadata = {notes}\nui = basic\nsocktimeout = 60\n\n[Account box]\nlocalrepository = near\n\
         remoterepository = far\n\n[Repository near]\ntype = Maildir\nlocalfolders = {maildir}\n\n[Repository far]\ntype = IMAP\n\
         remotehost = localhost\nremoteport = {port}\nremoteuser = {user}\nremotepassfile = {password}\nssl = yes\nstarttls = no\n\
         ssl_version = tls1_2\nsslcacertfile = {authority}\n",
        notes = notes.display(),
        maildir = maildir.display(),
        port = home.ports().imaps,
        user = device.address,
        password = password.display(),
        authority = home.authority().display(),
    );
    fs::write(&config, text).expect("room for a configuration");
    let printed = program::run(Command::new("offlineimap").arg("-c").arg(&config).arg("-o"));
    (maildir, String::from_utf8_lossy(&printed).into_owned())
}

/// Has NeoMutt open the Inbox and do what these keys mean, in a terminal that nobody sees; what it caches, it keeps for the next
/// time. What is copied to `copied` comes into the Maildir whose folder is answered.
///
/// # Panics
/// If it fails; what the terminal showed is in the panic.
pub fn neomutt(home: &Home, device: &Device, keys: &str) -> PathBuf {
    let folder = home.scratch("neomutt");
    fs::create_dir_all(&folder).expect("room for a folder");
    let (config, at) = (folder.join("muttrc"), folder.display());
    let text = format!(
        "set folder = \"imaps://localhost:{port}/\"\nset spoolfile = \"+INBOX\"\nset imap_user = \"{user}\"\n\
         set imap_pass = \"{password}\"\nset certificate_file = \"{authority}\"\nset ssl_usesystemcerts = no\n\
         set header_cache = \"{at}/headers\"\nset message_cachedir = \"{at}/bodies\"\nset imap_condstore = yes\n\
         set imap_qresync = yes\nset mbox_type = Maildir\nset confirmappend = no\nset confirmcreate = no\nset delete = yes\n\
         set move = no\nset copy = no\nset quit = yes\nset hostname = home.test\nset wait_key = no\nset sort = mailbox-order\n\
         macro index X \"<copy-message>{at}/copied<enter>\"\n",
        port = home.ports().imaps,
        user = device.address,
        password = device.password,
        authority = home.authority().display(),
    );
    fs::write(&config, text).expect("room for a configuration");
    // Without a terminal it does nothing; `script` is one. It runs what it is given by the shell that SHELL names, and what is
    // not in the foreground of its terminal stops at the first key: hence `exec`, and nothing between.
    let neomutt = format!("exec neomutt -F {} -e 'push \"{keys}<sync-mailbox><exit>\"'", config.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &neomutt, "/dev/null"]).env("TERM", "xterm").env("HOME", &folder);
    command.env("SHELL", "/bin/sh");
    program::run(&mut command);
    folder.join("copied")
}

/// The messages of one mailbox in a Maildir, in the order of their names.
///
/// # Panics
/// If the mailbox is not there.
#[must_use]
pub fn maildir_messages(maildir: &Path, mailbox: &str) -> Vec<Vec<u8>> {
    let folders = ["cur", "new"].map(|part| maildir.join(mailbox).join(part));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a mailbox"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a message").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a message")).collect()
}

/// PGP/MIME around what is sealed, armored (RFC 3156 §4), from zoe@elsewhere.test to alice@home.test.
///
/// # Panics
/// If it is not armored.
#[must_use]
pub fn in_mime(sealed: Vec<u8>) -> Vec<u8> {
    format!(
        "From: zoe@elsewhere.test\r\nTo: alice@home.test\r\nSubject: ...\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{}\r\n--b--\r\n",
        String::from_utf8(sealed).expect("armor").replace('\n', "\r\n"),
    )
    .into_bytes()
}
