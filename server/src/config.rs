//! The box's configuration: one commented file, every value with a default that works.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The default configuration with a comment on each value; what `own-mailbox config` prints.
pub const COMMENTED_DEFAULT: &str = include_str!("config.toml");

/// Where the configuration of an installed box is, unless the command line says otherwise.
pub const INSTALLED: &str = "/etc/own-mailbox/box.toml";

/// The domain that a configuration has until its owner writes another one there; nobody receives mail for it.
const NO_DOMAIN: &str = "localhost.localdomain";

/// What the owner of a box may choose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The domain of this box's addresses.
    pub domain: String,
    /// The host name of this box, as others reach it; empty: the domain itself.
    pub host: String,
    /// Where everything is kept.
    pub data: PathBuf,
    /// The addresses to listen on.
    pub listen: Vec<IpAddr>,
    /// Added to every standard port.
    pub port_offset: u16,
    /// The ports.
    pub ports: Ports,
    /// Certificate chain and key for TLS (PEM); empty: a certificate authority of the box's own.
    pub tls: Tls,
    /// Outgoing mail.
    pub outgoing: Outgoing,
    /// The key server.
    pub key_server: KeyServer,
    /// Other domains whose servers run on this machine; for `serve --local` only.
    pub neighbours: Vec<Neighbour>,
}

/// The port of each door; 0 stands for any that is free, to which no offset is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the protocol of its name")]
pub struct Ports {
    pub https: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub submission: u16,
    pub submissions: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self { https: 443, imaps: 993, smtp: 25, submission: 587, submissions: 465 }
    }
}

/// Files of a certificate that somebody else manages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Private key, PEM.
    pub key: Option<PathBuf>,
}

/// How mail leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outgoing {
    /// Seconds between tries, one after the other; the last one repeats. Empty: the built-in schedule.
    pub retry_seconds: Vec<u32>,
    /// Seconds after which a delivery is given up; 0: the built-in five days.
    pub give_up_seconds: u32,
}

/// Whether a key server is asked about people whose domain has no key directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyServer {
    /// Whether the people of this box may agree to that; nobody is asked for who has not.
    pub ask: bool,
    /// Where it is.
    pub url: KeyServerUrl,
}

/// The address of a key server that speaks VKS: `https://HOST`, perhaps with a path before `/vks`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyServerUrl {
    host: String,
    base: String,
}

impl KeyServerUrl {
    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What stands before the paths of VKS: nothing, or a path that begins with `/` and does not end with one.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

impl Default for KeyServerUrl {
    fn default() -> Self {
        Self { host: "keys.openpgp.org".into(), base: String::new() }
    }
}

/// The address cannot be a key server's.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0:?} is not the address of a key server: https://HOST, without a port")]
pub struct NotAKeyServer(String);

impl TryFrom<String> for KeyServerUrl {
    type Error = NotAKeyServer;

    fn try_from(text: String) -> Result<Self, NotAKeyServer> {
        let Some(rest) = text.strip_prefix("https://") else { return Err(NotAKeyServer(text)) };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        };
        let is_path = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet);
        if !host.split('.').all(is_label) || !path.bytes().all(is_path) {
            return Err(NotAKeyServer(text));
        }
        let path = path.trim_matches('/');
        let base = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { host: host.to_ascii_lowercase(), base })
    }
}

/// A domain that a local box finds on its own machine: the domain itself, `mail.` and `openpgpkey.` of it lead there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// The domain.
    pub domain: String,
    /// Where it takes mail.
    pub smtp: Loopback,
    /// Where its Web Key Directory is; absent: it has none.
    pub https: Option<Loopback>,
    /// Certificate of the authority that its HTTPS leads to, PEM; absent: the public ones. Read when it is needed.
    pub authority: Option<PathBuf>,
}

/// Address and port on this machine. No other one can be written here, so a box under trial reaches nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SocketAddr")]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// Address and port.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

/// The address is one of another machine.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0} is not on this machine: only 127.0.0.0/8 and [::1] can be given here")]
pub struct NotLoopback(SocketAddr);

impl TryFrom<SocketAddr> for Loopback {
    type Error = NotLoopback;

    fn try_from(address: SocketAddr) -> Result<Self, NotLoopback> {
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(NotLoopback(address)) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            domain: NO_DOMAIN.into(),
            host: String::new(),
            data: "/var/lib/own-mailbox".into(),
            listen: vec![IpAddr::V6(Ipv6Addr::UNSPECIFIED)],
            port_offset: 0,
            ports: Ports::default(),
            tls: Tls::default(),
            outgoing: Outgoing::default(),
            key_server: KeyServer::default(),
            neighbours: Vec::new(),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is not valid")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// It does not say for which domain the box is.
    #[error("{path} does not say for which domain the box takes mail: domain = \"example.org\"")]
    NoDomain {
        /// Which file.
        path: PathBuf,
    },
    /// A box that is to be local would be reached by other machines.
    #[error("{path}: a local box listens on 127.0.0.0/8 and ::1 only, not on {address}")]
    NotLocal {
        /// Which file.
        path: PathBuf,
        /// Where it would listen.
        address: IpAddr,
    },
}

fn text_of(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|source| ConfigError::Invalid { path: path.to_owned(), source: Box::new(source) })
}

impl Config {
    /// The configuration of `serve --local`: a box for `home.test` on loopback, on ports that need no rights.
    #[must_use]
    pub fn local() -> Self {
        Self {
            domain: "home.test".into(),
            data: "own-mailbox-data".into(),
            listen: vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            port_offset: 8000,
            ..Self::default()
        }
    }

    /// Reads a configuration file; values that it leaves out have their defaults.
    ///
    /// # Errors
    /// Where the file cannot be read, holds a name that does not exist, or no domain.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let config: Self = parse(path, &text_of(path)?)?;
        if config.domain == NO_DOMAIN { Err(ConfigError::NoDomain { path: path.to_owned() }) } else { Ok(config) }
    }

    /// Reads a configuration file for a local box; values that it leaves out are those of [`Config::local`].
    ///
    /// # Errors
    /// Those of [`Config::read`], and where the file has the box listen to other machines.
    pub fn read_local(path: &Path) -> Result<Self, ConfigError> {
        let text = text_of(path)?;
        let mut config: Self = parse(path, &text)?;
        let said: toml::Table = parse(path, &text)?;
        let local = Self::local();
        if !said.contains_key("domain") {
            config.domain = local.domain;
        }
        if !said.contains_key("data") {
            config.data = local.data;
        }
        if !said.contains_key("listen") {
            config.listen = local.listen;
        }
        if !said.contains_key("port_offset") {
            config.port_offset = local.port_offset;
        }
        match config.listen.iter().find(|address| !address.is_loopback()) {
            Some(&address) => Err(ConfigError::NotLocal { path: path.to_owned(), address }),
            None => Ok(config),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_default_is_what_an_empty_file_gives() {
        let commented: Config = toml::from_str(COMMENTED_DEFAULT).unwrap();
        assert_eq!(commented, Config::default());
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
    }

    #[test]
    fn the_commented_neighbour_is_one() {
        let commented = COMMENTED_DEFAULT.split_once("# [[neighbours]]").unwrap().1;
        let uncommented: String =
            commented.lines().map(|line| line.trim_start_matches("# ").to_owned() + "\n").collect();
        let config: Config = toml::from_str(&format!("[[neighbours]]{uncommented}")).unwrap();
        let [neighbour] = &config.neighbours[..] else { panic!("{config:?}") };
        assert_eq!((neighbour.domain.as_str(), neighbour.smtp.address().port()), ("other.test", 9025));
        assert!(neighbour.https.is_some() && neighbour.authority.is_some());
    }

    #[test]
    fn a_neighbour_is_on_this_machine_or_none() {
        let with = |address: &str| {
            toml::from_str::<Config>(&format!("[[neighbours]]\ndomain = \"other.test\"\nsmtp = \"{address}\"\n"))
        };
        assert!(with("[::1]:25").is_ok());
        for far in ["192.0.2.1:25", "10.0.0.1:25", "0.0.0.0:25", "[2001:db8::1]:25"] {
            assert!(with(far).unwrap_err().to_string().contains("not on this machine"), "{far}");
        }
        assert!(with("localhost:25").is_err());
    }

    #[test]
    fn what_a_local_box_is_not_told_is_local() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("box.toml");
        std::fs::write(&file, "port_offset = 9000\n").unwrap();
        assert_eq!(Config::read_local(&file).unwrap(), Config { port_offset: 9000, ..Config::local() });
        std::fs::write(&file, "domain = \"one.test\"\ndata = \"/tmp/one\"\nlisten = [\"127.0.0.2\"]\n").unwrap();
        let local = Config::read_local(&file).unwrap();
        assert_eq!(local, Config { port_offset: 8000, ..Config::read(&file).unwrap() });
        std::fs::write(&file, "listen = [\"::1\", \"::\"]\n").unwrap();
        assert!(matches!(Config::read_local(&file), Err(ConfigError::NotLocal { .. })));
    }

    #[test]
    fn no_key_server_is_asked_unless_it_is_said_and_only_one_that_proves_its_name() {
        assert!(!Config::default().key_server.ask && !Config::local().key_server.ask);
        let with = |url: &str| toml::from_str::<Config>(&format!("[key_server]\nask = true\nurl = \"{url}\"\n"));
        for (url, host, base) in [
            ("https://keys.openpgp.org", "keys.openpgp.org", ""),
            ("https://Keys.test/", "keys.test", ""),
            ("https://keys.test/pgp/", "keys.test", "/pgp"),
        ] {
            let KeyServer { ask, url } = with(url).unwrap().key_server;
            assert_eq!((ask, url.host(), url.base()), (true, host, base));
        }
        for bad in [
            "http://keys.test",
            "keys.test",
            "https://",
            "https://keys.test:8443",
            "https://a@keys.test",
            "https://k.test/?q",
        ] {
            assert!(with(bad).unwrap_err().to_string().contains("not the address of a key server"), "{bad}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(toml::from_str::<Config>("domian = \"home.test\"").is_err());
    }
}
