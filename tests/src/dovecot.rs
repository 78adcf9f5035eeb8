//! Dovecot, the mail server that ours is measured against: a process with its own configuration, folder and port of loopback. It keeps
//! each account's mail in its own fast format (sdbox), or in the one that `DOVECOT_FORMAT` names (`maildir`).

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::foreign::Device;
use crate::program::{self, eventually, run};
use crate::talk::Talk;

/// It opens its door, and closes it, within this.
const WAIT: Duration = Duration::from_secs(20);
const PASSWORD: &str = "correct-horse";

/// A running Dovecot.
#[derive(Debug)]
pub struct Dovecot {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Dovecot {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// If it is not there or does not start; what it logged is in the panic.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dovecot-").tempdir().expect("a temporary folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        fs::write(folder.path().join("cert.pem"), key.cert.pem()).expect("room for a file");
        fs::write(folder.path().join("key.pem"), key.signing_key.serialize_pem()).expect("room for a file");
        fs::create_dir(folder.path().join("mail")).expect("a folder");
        let config = folder.path().join("dovecot.conf");
        fs::write(&config, configuration(folder.path(), port)).expect("room for a file");
        let mut command = Command::new("dovecot");
        // Debian has it where only root looks.
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").arg("-F").arg("-c").arg(&config);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut dovecot = Self { folder, process: spawned.expect("dovecot, of Debian's dovecot-imapd"), port };
        eventually("Dovecot opens its door", WAIT, || {
            if let Ok(Some(status)) = dovecot.process.try_wait() {
                panic!("Dovecot ended with {status}: {}", dovecot.log());
            }
            Talk::try_imap(port, &dovecot.authority()).map(drop)
        });
        dovecot
    }

    /// The id of its first process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The port where it speaks IMAP over TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate to trust (PEM).
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// An account: each name has one, with the same password.
    #[must_use]
    pub fn device(&self, name: &str) -> Device {
        Device { address: name.to_owned(), password: PASSWORD.to_owned() }
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Default for Dovecot {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Asked, not killed: it ends its own children.
        program::signal(self.process.id(), "TERM");
        if !std::thread::panicking() {
            eventually("Dovecot stops", WAIT, || self.process.try_wait().expect("a child"));
        }
    }
}

/// Everything that Debian's configuration would say, and limits that let the measurements in. Root's Dovecot serves mail as
/// `nobody` (it refuses to as root); anybody else's, as themselves.
fn configuration(folder: &Path, port: u16) -> String {
    let (at, owner) = (folder.display(), folder.metadata().expect("a folder").uid());
    let format = std::env::var("DOVECOT_FORMAT").unwrap_or_else(|_| "sdbox".to_owned());
    let users = if owner == 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("a folder of ours");
        run(Command::new("chown").arg("nobody:nogroup").arg(folder.join("mail")));
        "mail_uid = nobody\nmail_gid = nogroup\n".to_owned()
    } else {
        let name = String::from_utf8(run(Command::new("id").args(["--user", "--name"]))).expect("text");
        let name = name.trim();
        format!(
            "mail_uid = {owner}\ndefault_internal_user = {name}\ndefault_login_user = {name}\n\
             service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n"
        )
    };
    format!(
        "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {at}/run\nlog_path = {at}/log\nssl = required\n\
         ssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\nmail_location = {format}:{at}/mail/%u\n{users}\
         first_valid_uid = 1\nmail_max_userip_connections = 2000\nmail_max_keyword_length = 200\n\
         passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
         userdb {{\n driver = static\n args = home={at}/mail/%u\n}}\n\
         namespace inbox {{\n inbox = yes\n separator = /\n}}\n\
         service imap-login {{\n chroot =\n service_count = 0\n client_limit = 4000\n process_min_avail = 1\n process_limit = 2\n\
         inet_listener imap {{\n port = 0\n }}\n inet_listener imaps {{\n port = {port}\n ssl = yes\n }}\n}}\n\
         service imap {{\n process_limit = 2000\n}}\nservice anvil {{\n client_limit = 9000\n}}\n\
         service auth {{\n client_limit = 9000\n}}\n"
    )
}
