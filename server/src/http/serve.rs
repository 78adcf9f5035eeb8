//! One HTTP connection: owns the stream, knows no rule.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Service;

/// A client that needs longer for a request's header is not a browser. Guards against connections that trickle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// HTTP/2 streams of one connection at once: more than a page's needs, fewer than would bind the box.
const STREAMS: u32 = 100;
/// Between pings on a silent HTTP/2 connection, so that one whose other end is gone is noticed.
const PING_EVERY: Duration = Duration::from_secs(60);

/// The address of who sent a request, for the throttle.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Serves one connection (HTTP/1.1 or HTTP/2, as its first bytes say) until the client goes, or `draining` is done and the
/// answers at hand are given.
pub async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    draining: impl Future<Output = ()>,
) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip().to_canonical()));
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).keep_alive_interval(PING_EVERY);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = draining => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Browsers close as they please; this is worth a look only when something is being searched.
        tracing::debug!(error = &*error, "connection ended");
    }
}
