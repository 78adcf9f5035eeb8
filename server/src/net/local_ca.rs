//! A certificate authority of the box's own, for `serve --local`: its certificate (`ca.pem`) is what a person gives to a
//! browser or mail program, and it can vouch for nothing but the box's own names (RFC 5280 §4.2.1.10).
//!
//! Files in the data folder, kept across restarts: `ca.pem`, `ca-key.pem`, `server.pem`, `server-key.pem`; keys are readable
//! by their owner only. The first line of a certificate's file says until when it is good and for which names; what does not
//! match, or ends soon, is made again.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use shared::api::Timestamp;
use time::OffsetDateTime;

use super::tls::{Certificates, TlsError};

const DAY: i64 = 24 * 60 * 60;
/// The authority lasts ten years: it is installed by hand.
const CA_SECONDS: i64 = 3650 * DAY;
/// The authority is made again when less than this is left, so that it never ends before what it signed.
const CA_LEFT_SECONDS: i64 = 365 * DAY;
/// The server's certificate lasts as long as public ones do at most.
const SERVER_SECONDS: i64 = 90 * DAY;
/// The server's certificate is made again when less than this is left.
const SERVER_LEFT_SECONDS: i64 = 30 * DAY;
/// Clocks of other machines may be behind.
const SKEW_SECONDS: i64 = DAY;

/// Why there is no local authority.
#[derive(Debug, thiserror::Error)]
pub enum LocalCaError {
    /// Its files cannot be read or written.
    #[error("the certificate files cannot be read or written")]
    Io(#[from] io::Error),
    /// A certificate cannot be made.
    #[error("the certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// A file does not hold what it should.
    #[error("a certificate file is damaged")]
    Damaged(#[source] rustls::pki_types::pem::Error),
    /// Certificate and key do not fit together.
    #[error("the certificate files do not fit together")]
    Tls(#[from] TlsError),
}

/// A box's own authority, and the certificate that it gave the box.
#[derive(Debug)]
pub struct LocalCa {
    root: CertificateDer<'static>,
    certificates: Arc<Certificates>,
}

impl LocalCa {
    /// Opens the authority in `folder` for the box of `domain`, making or renewing what is missing or ends soon.
    ///
    /// # Errors
    /// Where the files cannot be read, written or understood.
    pub fn open(folder: &Path, domain: &str, now: Timestamp) -> Result<Self, LocalCaError> {
        let (root, chain, key) = load(folder, domain, now)?;
        Ok(Self { root, certificates: Certificates::new(chain, key)? })
    }

    /// Renews what ends soon; to be called daily.
    ///
    /// # Errors
    /// As [`LocalCa::open`]; the certificate in use stays then.
    pub fn renew(&self, folder: &Path, domain: &str, now: Timestamp) -> Result<(), LocalCaError> {
        let (_, chain, key) = load(folder, domain, now)?;
        Ok(self.certificates.replace(chain, key)?)
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// What the box shows.
    #[must_use]
    pub fn certificates(&self) -> &Arc<Certificates> {
        &self.certificates
    }
}

/// The names that a local box answers to.
fn names(domain: &str) -> Vec<String> {
    let below = ["autoconfig", "mail", "mta-sts", "openpgpkey"].map(|label| format!("{label}.{domain}"));
    let here = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    std::iter::once(domain.to_owned()).chain(below).chain(here).collect()
}

type Loaded = (CertificateDer<'static>, Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn load(folder: &Path, domain: &str, now: Timestamp) -> Result<Loaded, LocalCaError> {
    let file = |name: &str| folder.join(name);
    let (ca_path, ca_key_path) = (file("ca.pem"), file("ca-key.pem"));
    let (server_path, server_key_path) = (file("server.pem"), file("server-key.pem"));

    let mut ca_is_new = false;
    if !is_good(&ca_path, &ca_key_path, &[domain.to_owned()], now.plus(CA_LEFT_SECONDS))? {
        let (params, key) = (ca_params(domain, now)?, KeyPair::generate()?);
        let certificate = params.self_signed(&key)?;
        write(&ca_key_path, KEY_MODE, &key.serialize_pem())?;
        let head = head_line(now.plus(CA_SECONDS), &[domain.to_owned()]);
        write(&ca_path, CERTIFICATE_MODE, &(head + &certificate.pem()))?;
        ca_is_new = true;
    }
    let names = names(domain);
    if ca_is_new || !is_good(&server_path, &server_key_path, &names, now.plus(SERVER_LEFT_SECONDS))? {
        let ca_key = KeyPair::from_pem(&fs::read_to_string(&ca_key_path)?)?;
        let issuer = Issuer::new(ca_params(domain, now)?, ca_key);
        let key = KeyPair::generate()?;
        let certificate = server_params(&names, now)?.signed_by(&key, &issuer)?;
        write(&server_key_path, KEY_MODE, &key.serialize_pem())?;
        let head = head_line(now.plus(SERVER_SECONDS), &names);
        write(&server_path, CERTIFICATE_MODE, &(head + &certificate.pem()))?;
    }

    let root = CertificateDer::from_pem_slice(&fs::read(&ca_path)?).map_err(LocalCaError::Damaged)?;
    let server = CertificateDer::from_pem_slice(&fs::read(&server_path)?).map_err(LocalCaError::Damaged)?;
    let key = PrivateKeyDer::from_pem_slice(&fs::read(&server_key_path)?).map_err(LocalCaError::Damaged)?;
    Ok((root, vec![server], key))
}

fn ca_params(domain: &str, now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("Own-Mailbox local authority for {domain}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName(domain.to_owned()),
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(std::net::Ipv6Addr::LOCALHOST.octets(), 128)),
        ],
        excluded_subtrees: Vec::new(),
    });
    (params.not_before, params.not_after) = (date(now.plus(-SKEW_SECONDS)), date(now.plus(CA_SECONDS)));
    Ok(params)
}

fn server_params(names: &[String], now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    let name = names.first().map(String::as_str).unwrap_or_default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (date(now.plus(-SKEW_SECONDS)), date(now.plus(SERVER_SECONDS)));
    Ok(params)
}

fn date(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

fn head_line(until: Timestamp, names: &[String]) -> String {
    format!("# good until {} for {}\n", until.0, names.join(" "))
}

/// Whether both files are there, and the certificate is for `names` and good beyond `beyond`.
fn is_good(certificate: &Path, key: &Path, names: &[String], beyond: Timestamp) -> io::Result<bool> {
    if !certificate.exists() || !key.exists() {
        return Ok(false);
    }
    let text = fs::read_to_string(certificate)?;
    let head = text.lines().next().and_then(|line| line.strip_prefix("# good until "));
    let Some((until, found)) = head.and_then(|rest| rest.split_once(" for ")) else { return Ok(false) };
    Ok(found == names.join(" ") && until.parse().is_ok_and(|until: i64| until > beyond.0))
}

/// Writes a file so that it is there whole or not at all.
fn write(path: &Path, mode: u32, text: &str) -> io::Result<()> {
    let partial = path.with_extension("part");
    // A left-over of a crash could have another mode.
    let _absent = fs::remove_file(&partial);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rustls::pki_types::ServerName;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::stream::Duplex;
    use super::super::tls::{opportunistic_client, server_config, verifying_client};
    use super::*;

    fn today() -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp(i64::try_from(since.as_secs()).unwrap())
    }

    async fn handshake(ca: &LocalCa, client: Arc<rustls::ClientConfig>, name: &str) -> io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let config = server_config(ca.certificates(), &[]).unwrap();
        let server = tokio::spawn(async move {
            let mut stream = Duplex::from(listener.accept().await?.0).accept_tls(config).await?;
            stream.write_all(b"!").await?;
            stream.flush().await
        });
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut stream = Duplex::from(TcpStream::connect(address).await?).connect_tls(client, name).await?;
        assert!(stream.tls_parameters().unwrap().starts_with("TLSv1_3:"));
        stream.read_exact(&mut [0]).await?;
        server.await?
    }

    #[tokio::test]
    async fn the_box_proves_all_its_names_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ca = LocalCa::open(folder.path(), "home.test", today()).unwrap();
        let trusting = verifying_client(std::slice::from_ref(ca.root())).unwrap();
        let below = ["autoconfig", "mail", "mta-sts", "openpgpkey"].map(|label| format!("{label}.home.test"));
        for name in below.iter().map(String::as_str).chain(["home.test", "localhost", "127.0.0.1"]) {
            handshake(&ca, Arc::clone(&trusting), name).await.unwrap();
        }
        assert!(handshake(&ca, trusting, "other.test").await.is_err());
        assert!(handshake(&ca, verifying_client(&[]).unwrap(), "home.test").await.is_err());
        handshake(&ca, opportunistic_client().unwrap(), "anything.test").await.unwrap();
    }

    #[test]
    fn files_are_kept_renewed_in_time_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let open = |now| LocalCa::open(folder.path(), "home.test", now).unwrap();
        let start = Timestamp(1_700_000_000);
        open(start);
        let (ca, server) = (read("ca.pem"), read("server.pem"));
        open(start.plus(59 * DAY));
        assert_eq!((&ca, &server), (&read("ca.pem"), &read("server.pem")));
        open(start.plus(61 * DAY));
        assert_eq!(ca, read("ca.pem"));
        assert_ne!(server, read("server.pem"));
        open(start.plus(9 * 365 * DAY + 30 * DAY));
        assert_ne!(ca, read("ca.pem"));
        for name in ["ca-key.pem", "server-key.pem"] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn another_domain_gets_another_authority() {
        let folder = tempfile::tempdir().unwrap();
        let root = |domain| LocalCa::open(folder.path(), domain, today()).unwrap().root().clone();
        assert_ne!(root("home.test"), root("other.test"));
    }
}
