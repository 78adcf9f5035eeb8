//! The box's API over HTTPS: one connection, requests one after the other, cookies kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::{ApiError, frame, limits, paths};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::ClientError;

/// Connecting, the TLS handshake included.
const CONNECT: Duration = Duration::from_secs(20);
/// One request and its answer: the largest letter over a slow line.
const EXCHANGE: Duration = Duration::from_secs(15 * 60);
/// Largest answer: a message in its frame.
const ANSWER_BYTES: usize = limits::SEALED_MESSAGE_BYTES + limits::JSON_BYTES + 4;
const HTTPS_PORT: u16 = 443;
/// How often something is asked whose connection breaks, before it is given up.
const TRIES: u32 = 6;
/// Pause before the second new connection; it doubles with each further one. The first is tried at once.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection to a box.
pub(super) struct Api {
    url: String,
    ca: Option<PathBuf>,
    sender: SendRequest<Full<Bytes>>,
    host: String,
    /// Cookies by name.
    pub(super) cookies: Vec<(String, String)>,
}

impl Api {
    /// Connects to `https://host[:port]`, whose certificate must lead to the authority in `ca`, or to a public one.
    pub(super) async fn connect(
        url: &str,
        ca: Option<&Path>,
        cookies: Vec<(String, String)>,
    ) -> Result<Self, ClientError> {
        let (host, port) = host_and_port(url)?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| ClientError::Usage(format!("--url: {host} cannot be the name of a box")))?;
        let tls = TlsConnector::from(Arc::new(tls(ca)?));
        let connecting = async {
            let socket = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
            tls.connect(name, socket).await
        };
        let stream = tokio::time::timeout(CONNECT, connecting).await.map_err(unreachable)?.map_err(unreachable)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        // How it ends is told to whoever waits for an answer.
        tokio::spawn(async move { drop(connection.await) });
        let host = if port == HTTPS_PORT { host } else { format!("{host}:{port}") };
        Ok(Self { url: url.to_owned(), ca: ca.map(Path::to_owned), sender, host, cookies })
    }

    /// Asks, and asks again over a new connection where the one broke, a few times. For what the box does once, however often it is
    /// asked.
    ///
    /// # Errors
    /// As the last time that it was asked.
    pub(super) async fn persist<T>(
        &mut self,
        mut ask: impl AsyncFnMut(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let mut tried = 0;
        loop {
            let broken = match ask(self).await {
                Err(broken @ ClientError::Unreachable(_)) => broken,
                answered => return answered,
            };
            tried += 1;
            if tried == TRIES {
                return Err(broken);
            }
            if let Some(doubled) = tried.checked_sub(2) {
                tokio::time::sleep(PAUSE * 2_u32.pow(doubled)).await;
            }
            // Where that does not succeed the next try fails, and is counted.
            if let Ok(connected) = Self::connect(&self.url, self.ca.as_deref(), self.cookies.clone()).await {
                *self = connected;
            }
        }
    }

    /// Hands in a letter, which the box knows by its id and takes once.
    ///
    /// # Errors
    /// [`ClientError::Unanswered`] where nobody knows whether it was taken.
    pub(super) async fn hand_in<T: DeserializeOwned>(
        &mut self,
        path: &str,
        header: &impl Serialize,
        parts: &[&[u8]],
    ) -> Result<T, ClientError> {
        let taken = self.persist(async |api| api.post_frame(path, header, parts).await).await;
        taken.map_err(|error| match error {
            ClientError::Unreachable(broken) => ClientError::Unanswered(broken),
            garbled @ ClientError::Garbled(_) => ClientError::Unanswered(garbled.into()),
            refused => refused,
        })
    }

    /// Fetches.
    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, ClientError> {
        json(&self.send(Method::GET, path, "", Bytes::new()).await?)
    }

    /// Fetches a frame: its header, and the bytes of its parts.
    pub(super) async fn get_frame<T: DeserializeOwned>(&mut self, path: &str) -> Result<(T, Vec<u8>), ClientError> {
        let body = self.send(Method::GET, path, "", Bytes::new()).await?;
        let (header, parts) = frame::decode(&body).map_err(|_| nonsense())?;
        Ok((header, parts.to_vec()))
    }

    /// Posts JSON.
    pub(super) async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| unsayable())?;
        json(&self.send(Method::POST, path, "application/json", body.into()).await?)
    }

    /// Changes something, for an answer without a body.
    pub(super) async fn patch(&mut self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| unsayable())?;
        self.send(Method::PATCH, path, "application/json", body.into()).await.map(drop)
    }

    /// Puts something in its place, for an answer without a body.
    pub(super) async fn put(&mut self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| unsayable())?;
        self.send(Method::PUT, path, "application/json", body.into()).await.map(drop)
    }

    /// Posts a frame.
    pub(super) async fn post_frame<T: DeserializeOwned>(
        &mut self,
        path: &str,
        header: &impl Serialize,
        parts: &[&[u8]],
    ) -> Result<T, ClientError> {
        let body = frame::encode(header, parts).map_err(|_| unsayable())?;
        json(&self.send(Method::POST, path, frame::CONTENT_TYPE, body.into()).await?)
    }

    /// Posts JSON, for an answer without a body.
    pub(super) async fn tell(&mut self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| unsayable())?;
        self.send(Method::POST, path, "application/json", body.into()).await.map(drop)
    }

    /// Puts octets in their place, for an answer without a body.
    pub(super) async fn put_octets(&mut self, path: &str, octets: Bytes) -> Result<(), ClientError> {
        self.send(Method::PUT, path, "application/octet-stream", octets).await.map(drop)
    }

    /// Posts JSON, for an answer of octets.
    pub(super) async fn post_for_octets(&mut self, path: &str, body: &impl Serialize) -> Result<Bytes, ClientError> {
        let body = serde_json::to_vec(body).map_err(|_| unsayable())?;
        self.send(Method::POST, path, "application/json", body.into()).await
    }

    /// Takes something away.
    pub(super) async fn delete(&mut self, path: &str) -> Result<(), ClientError> {
        self.send(Method::DELETE, path, "", Bytes::new()).await.map(drop)
    }

    /// Posts without a body, for an answer without one.
    pub(super) async fn post_empty(&mut self, path: &str) -> Result<(), ClientError> {
        self.send(Method::POST, path, "", Bytes::new()).await.map(drop)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Bytes, ClientError> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(paths::CSRF_HEADER, "1")
            .header(hyper::header::USER_AGENT, concat!("own-mailbox client/", env!("CARGO_PKG_VERSION")));
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(Full::new(body)).map_err(|_| unsayable())?;
        let exchange = async {
            self.sender.ready().await.map_err(unreachable)?;
            let response = self.sender.send_request(request).await.map_err(unreachable)?;
            self.keep_cookies(&response);
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
            let body = body.map_err(ClientError::Unreachable)?.to_bytes();
            if status.is_success() {
                return Ok(body);
            }
            match serde_json::from_slice::<ApiError>(&body) {
                Ok(error) => Err(error.into()),
                Err(_) => Err(ClientError::Garbled(format!(
                    "the box answered with HTTP status {status}, and not in its own way"
                ))),
            }
        };
        tokio::time::timeout(EXCHANGE, exchange).await.map_err(unreachable)?
    }

    fn keep_cookies(&mut self, response: &Response<Incoming>) {
        let set = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = set.filter_map(|line| line.split(';').next()?.split_once('='));
        for (name, value) in pairs {
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// Host and port of `https://host[:port]`, with or without a path.
fn host_and_port(url: &str) -> Result<(String, u16), ClientError> {
    let wrong = || ClientError::Usage(format!("--url: {url} is not of the form https://host or https://host:port"));
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("https")).ok_or_else(wrong)?;
    Ok((host.to_owned(), uri.port_u16().unwrap_or(HTTPS_PORT)))
}

fn tls(ca: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unusable = |error: String| ClientError::Failed(format!("cannot use {}: {error}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ClientError::Failed(format!("TLS is not available: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|_| nonsense())
}

/// What was to be asked has no form in which it could be.
fn unsayable() -> ClientError {
    ClientError::Failed("this cannot be said to the box: it is too long, or an address of it is none".into())
}

fn nonsense() -> ClientError {
    ClientError::Garbled("the box's answer makes no sense to this client; are both of one version?".into())
}

fn unreachable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Unreachable(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_reached_over_https_only() {
        let parsed = |url: &str| host_and_port(url).ok();
        assert_eq!(parsed("https://home.test"), Some(("home.test".into(), 443)));
        assert_eq!(parsed("https://localhost:8443/"), Some(("localhost".into(), 8443)));
        assert_eq!(parsed("https://[::1]:8443"), Some(("[::1]".into(), 8443)));
        for bad in ["http://home.test", "home.test", "https://", "", "/invitation"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
