//! One HTTP connection: owns the stream, knows no rule.
//!
//! A connection is in use while something is asked or answered on it; one that is not is ended, whatever version of HTTP it is
//! of, and so is one whose other end takes nothing of an answer. Answers go out in small pieces, so that this can be seen.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};
use tower::Service;

/// A client that needs longer for a request's header is not a browser. Guards against connections that trickle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// HTTP/2 streams of one connection at once: more than a page's needs, fewer than would bind the box.
const STREAMS: u32 = 100;
/// Between pings on a silent HTTP/2 connection, so that one whose other end is gone is noticed.
const PING_EVERY: Duration = Duration::from_secs(60);
/// After which a connection on which nothing was asked or answered is ended. An open page is told something every 25 seconds.
const IDLE: Duration = Duration::from_secs(2 * 60);
/// Ending it in good order.
const GOOD_BYE: Duration = Duration::from_secs(10);
/// Octets of an answer that are handed over at once.
const PIECE_BYTES: usize = 64 * 1024;

/// The address of who sent a request, for the throttle.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Serves one connection (HTTP/1.1 or HTTP/2, as its first bytes say) until the client goes or is silent for too long, or
/// `draining` is done and the answers at hand are given.
pub async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    draining: impl Future<Output = ()>,
) {
    let used = Used::default();
    let seen = used.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        seen.now();
        let seen = seen.clone();
        let mut request =
            request.map(|body| Body::new(Watched { body: Body::new(body), rest: Bytes::new(), used: seen.clone() }));
        request.extensions_mut().insert(Peer(peer.ip().to_canonical()));
        let answering = router.clone().call(request);
        async move {
            Ok::<_, std::convert::Infallible>(answering.await?.map(|body| Watched {
                body,
                rest: Bytes::new(),
                used: seen,
            }))
        }
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
        () = used.not_any_more() => {
            connection.as_mut().graceful_shutdown();
            timeout(GOOD_BYE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // Browsers close as they please; this is worth a look only when something is being searched.
        tracing::debug!(error = &*error, "connection ended");
    }
}

/// When a connection was last used; clones are about the same one.
#[derive(Clone, Debug)]
struct Used(Arc<Mutex<Instant>>);

impl Default for Used {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Used {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Waits until it was not used for [`IDLE`].
    async fn not_any_more(&self) {
        loop {
            let over = *self.0.lock().unwrap_or_else(PoisonError::into_inner) + IDLE;
            if Instant::now() >= over {
                return;
            }
            sleep_until(over).await;
        }
    }
}

/// A body of which each piece that passes uses the connection.
#[derive(Debug)]
struct Watched {
    body: Body,
    /// What is left of a large piece.
    rest: Bytes,
    used: Used,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
            self.used.now();
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        self.used.now();
        let octets = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(octets)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (of_body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(of_body.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// The other end of a connection to a router.
    fn connect(router: Router) -> DuplexStream {
        let (ours, theirs) = duplex(1024);
        let peer = SocketAddr::from(([192, 0, 2, 1], 1));
        tokio::spawn(connection(theirs, peer, router, std::future::pending()));
        ours
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_is_let_go() {
        for first in [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"] {
            let begun = Instant::now();
            let mut silent = connect(Router::new());
            silent.write_all(first).await.unwrap();
            // Whatever the box says meanwhile is not answered.
            silent.read_to_end(&mut Vec::new()).await.unwrap();
            let lasted = begun.elapsed();
            assert!(lasted >= IDLE.min(PING_EVERY) && lasted <= IDLE + GOOD_BYE, "{lasted:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_told_something_now_and_then_stays_and_who_takes_nothing_does_not() {
        let told = || async {
            let pieces = futures_util::stream::unfold(0, |count| async move {
                tokio::time::sleep(Duration::from_secs(25)).await;
                (count < 20).then_some((Ok::<_, Infallible>("still here\n"), count + 1))
            });
            Body::from_stream(pieces)
        };
        let large = || async { vec![b'x'; 10 * PIECE_BYTES] };
        let router = Router::new().route("/told", get(told)).route("/large", get(large));
        let ask = async |path: &str| {
            let mut stream = connect(router.clone());
            let request = format!("GET {path} HTTP/1.1\r\nHost: home.test\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            stream
        };
        let mut answer = String::new();
        ask("/told").await.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer.matches("still here").count(), 20);

        let mut whole = Vec::new();
        ask("/large").await.read_to_end(&mut whole).await.unwrap();
        assert!(whole.len() > 10 * PIECE_BYTES);
        let mut slow = ask("/large").await;
        tokio::time::sleep(IDLE + GOOD_BYE + Duration::from_secs(1)).await;
        let mut rest = Vec::new();
        slow.read_to_end(&mut rest).await.unwrap();
        assert!(rest.len() < 10 * PIECE_BYTES, "{}", rest.len());
    }
}
