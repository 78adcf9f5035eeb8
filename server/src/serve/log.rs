//! The log: to standard error, as `RUST_LOG` says, else what an owner may want to know.

use tracing_subscriber::EnvFilter;

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT: &str = "info,hickory_resolver=warn,hickory_net=warn,rustls=warn,hyper=warn";

/// Begins logging; without effect where a log was begun already.
pub(super) fn begin() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start within one process keeps the first one's log.
    let _begun_before = log.try_init();
}
