//! The lowest floor: sockets, TLS, names and fetching. It knows nothing of mail.
//!
//! - [`listen`]: doors that accept connections, and how they stop
//! - [`stream`]: one connection, plain or TLS
//! - [`tls`], [`local_ca`]: certificates and configurations
//! - [`dns`]: looking names up, over the network or in a zone of our own
//! - [`fetch`]: reading small files from other boxes over HTTPS
//! - [`peer`]: who is at the other end, and which addresses are public
//!
//! Invariants: nothing here blocks a thread; every wait on another machine has a time-out; a connection is never read as
//! plain text and as TLS at once; names are looked up through [`dns::Resolver`] only.

pub mod dns;
pub mod fetch;
pub mod listen;
pub mod local_ca;
pub mod peer;
pub mod stream;
pub mod tls;

use std::pin::Pin;

/// What a trait that is used as an object answers in place of an `async fn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
