//! The box's configuration: one commented file, every value with a default that works.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The default configuration with a comment on each value; what `own-mailbox config` prints.
pub const COMMENTED_DEFAULT: &str = include_str!("config.toml");

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

impl Default for Config {
    fn default() -> Self {
        Self {
            domain: "localhost.localdomain".into(),
            host: String::new(),
            data: "/var/lib/own-mailbox".into(),
            listen: vec![IpAddr::V6(Ipv6Addr::UNSPECIFIED)],
            port_offset: 0,
            ports: Ports::default(),
            tls: Tls::default(),
            outgoing: Outgoing::default(),
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
}

impl Config {
    /// The configuration of `serve --local`: a box for `home.test` on loopback, on ports that need no rights.
    #[must_use]
    pub fn local() -> Self {
        Self {
            domain: "home.test".into(),
            host: "home.test".into(),
            data: "own-mailbox-data".into(),
            listen: vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            port_offset: 8000,
            ..Self::default()
        }
    }

    /// Reads a configuration file; values that it leaves out have their defaults.
    ///
    /// # Errors
    /// Where the file cannot be read or holds a name that does not exist.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Invalid { path: path.to_owned(), source: Box::new(source) })
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
    fn an_unknown_name_is_refused() {
        assert!(toml::from_str::<Config>("domian = \"home.test\"").is_err());
    }
}
