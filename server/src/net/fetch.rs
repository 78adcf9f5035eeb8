//! Reading small files from other boxes over HTTPS (RFC 9110), for look-ups that mail needs (Web Key Directory).
//!
//! Invariants: names are looked up through the [`Resolver`] alone; the other side proves its name; time and size are bounded;
//! redirections are not followed; nothing about this box or its people is sent but the request.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;

use super::BoxFuture;
use super::dns::{DnsError, Resolver};
use super::stream::Duplex;

/// A whole fetch, look-up of the name included: a person may be waiting for it while writing a letter.
const FETCH: Duration = Duration::from_secs(10);
/// Connecting to one of a host's addresses, so that a dead one leaves time for the next.
const CONNECT: Duration = Duration::from_secs(3);
/// Addresses of a host that are tried.
const ADDRESSES: usize = 3;
const HTTPS_PORT: u16 = 443;

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The host's name has no address.
    #[error("the host does not exist")]
    NoSuchHost,
    /// The host could not be looked up, reached or understood.
    #[error("the host could not be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("the host took too long")]
    TooSlow,
    /// The body is over the limit.
    #[error("the file is too large")]
    TooLarge,
}

/// Reads files over HTTPS.
pub trait Fetch: fmt::Debug + Send + Sync {
    /// Reads `https://host/path`, of which `path` begins with `/`; a body of more than `limit` bytes is refused.
    fn get<'a>(&'a self, host: &'a str, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// Reads files from whoever the resolver leads to.
#[derive(Clone, Debug)]
pub struct Https {
    resolver: Arc<dyn Resolver>,
    tls: Arc<ClientConfig>,
}

impl Https {
    /// Fetches with this resolver; `tls` must be a configuration that verifies.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolver>, tls: Arc<ClientConfig>) -> Self {
        Self { resolver, tls }
    }

    async fn connect(&self, host: &str) -> Result<Duplex, FetchError> {
        let addresses = self.resolver.addresses(host, HTTPS_PORT).await.map_err(|error| match error {
            DnsError::NotFound | DnsError::NotPublic => FetchError::NoSuchHost,
            DnsError::Temporary(_) => unreachable(error),
        })?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| FetchError::NoSuchHost)?;
        let mut last = FetchError::NoSuchHost;
        for address in addresses.into_iter().take(ADDRESSES) {
            match self.handshake(address, name.clone()).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn handshake(&self, address: SocketAddr, name: ServerName<'static>) -> Result<Duplex, FetchError> {
        let connecting = async {
            let socket = TcpStream::connect(address).await?;
            Duplex::from(socket).connect_tls(Arc::clone(&self.tls), name).await
        };
        tokio::time::timeout(CONNECT, connecting).await.map_err(|_| FetchError::TooSlow)?.map_err(unreachable)
    }

    async fn fetch(&self, host: &str, path: &str, limit: usize) -> Result<Fetched, FetchError> {
        let stream = self.connect(host).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        let request = hyper::Request::get(path)
            .header(HOST, host)
            .header(ACCEPT, "*/*")
            .body(Empty::<Bytes>::new())
            .map_err(unreachable)?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(unreachable)?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), limit).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() { FetchError::TooLarge } else { FetchError::Unreachable(error) }
            })?;
            Ok(Fetched { status, body: body.to_bytes().to_vec() })
        };
        // When the connection ends, the exchange knows how it went: the last of the body may still be in its hands.
        let driving = async {
            let _told_to_the_exchange = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            fetched = exchange => fetched,
            () = driving => Err(FetchError::TooSlow),
        }
    }
}

fn unreachable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FetchError {
    FetchError::Unreachable(error.into())
}

impl Fetch for Https {
    fn get<'a>(&'a self, host: &'a str, path: &'a str, limit: usize) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            tokio::time::timeout(FETCH, self.fetch(host, path, limit)).await.map_err(|_| FetchError::TooSlow)?
        })
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Timestamp;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::dns::Zone;
    use super::super::local_ca::LocalCa;
    use super::super::tls::{server_config, verifying_client};
    use super::*;

    /// A host that answers every connection with this text, under the name `home.test` and its own authority.
    async fn host(answer: &'static str) -> (Https, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = Timestamp(i64::try_from(since.as_secs()).unwrap());
        let ca = LocalCa::open(folder.path(), "home.test", now).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let config = server_config(ca.certificates(), &["http/1.1"]).unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let Ok(mut stream) = Duplex::from(socket).accept_tls(Arc::clone(&config)).await else { continue };
                let mut request = [0; 1024];
                let read = stream.read(&mut request).await.unwrap();
                assert!(request[..read].starts_with(b"GET /file?l=x HTTP/1.1\r\nhost: "));
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        let zone =
            Zone::new().with_port("home.test", 443, at).with_port("other.test", 443, at).with_broken("lost.test");
        let tls = verifying_client(std::slice::from_ref(ca.root())).unwrap();
        (Https::new(Arc::new(zone), tls), folder)
    }

    #[tokio::test]
    async fn a_file_is_read_to_its_end() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ] {
            let (https, _folder) = host(answer).await;
            let fetched = https.get("home.test", "/file?l=x", 5).await.unwrap();
            assert_eq!(fetched, Fetched { status: 200, body: b"hello".to_vec() });
            assert!(matches!(https.get("home.test", "/file?l=x", 4).await, Err(FetchError::TooLarge)), "{answer}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_not_one() {
        let (https, _folder) =
            host("HTTP/1.1 301 Moved\r\nLocation: https://other.test/\r\nContent-Length: 0\r\n\r\n").await;
        assert_eq!(https.get("home.test", "/file?l=x", 5).await.unwrap().status, 301);
        assert!(matches!(https.get("gone.test", "/file?l=x", 5).await, Err(FetchError::NoSuchHost)));
        for unreachable in ["lost.test", "other.test"] {
            let failed = https.get(unreachable, "/file?l=x", 5).await;
            assert!(matches!(failed, Err(FetchError::Unreachable(_))), "{unreachable}");
        }
        let (https, _folder) = host("hello\r\n\r\n").await;
        assert!(matches!(https.get("home.test", "/file?l=x", 5).await, Err(FetchError::Unreachable(_))));
    }
}
