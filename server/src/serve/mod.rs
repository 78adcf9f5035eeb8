//! Puts the floors together: opens the data folder, binds the doors, says where to go, and stops in two steps.
//!
//! `ports`: which protocol listens where. `world`: certificates and names, as configured or of a local box, with its
//! `neighbours` and `own_names`. `doors`: what is served at each port.
//! Invariants: no rules here; what is printed to the terminal holds one secret only, the first invitation, and the log none.

mod announce;
mod doors;
mod identity;
mod log;
mod neighbours;
mod own_names;
mod ports;
mod signals;
mod world;

pub(crate) use identity::Identity;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::core::discover::Directory;
use crate::core::dkim::{Keys, Signing};
use crate::core::post::{self, Post, QueueKey};
use crate::core::queue::Runner;
use crate::core::schedule::Schedule;
use crate::core::{Clock, Context, Domain, Gate, Random};
use crate::core::{accounts, links};
use crate::net::listen::Stop;
use crate::store::Store;
use world::World;

/// How long connections may take to end after the first step of stopping: a message in transfer gets through, a silent one
/// does not hold the box up.
const GRACE: Duration = Duration::from_secs(10);

/// How often what has expired is removed.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Why a box cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The domain is not one that an address can have.
    #[error("{0:?} cannot be the domain of a mail address")]
    Domain(String),
    /// Neighbours are configured for a box that is not a local one.
    #[error("[[neighbours]] are for `serve --local` only; any other box finds the hosts of a domain by DNS")]
    NeighboursNotLocal,
    /// The data folder cannot be used.
    #[error("cannot use the data folder {folder}")]
    Folder {
        /// Which.
        folder: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An address and port cannot be listened on.
    #[error("cannot listen on {address}{}", if *.privileged { " (ports below 1024 need rights; see port_offset)" } else { "" })]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Whether the port is one that needs rights.
        privileged: bool,
        /// Why.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Store(#[from] crate::store::StoreError),
    /// Certificates or names cannot be had.
    #[error(transparent)]
    World(#[from] world::WorldError),
    /// An account or invitation could not be read or made.
    #[error("cannot read the accounts")]
    Accounts(#[from] crate::core::accounts::AccountError),
    /// The terminal or the runtime failed.
    #[error("the system refused")]
    System(#[from] std::io::Error),
}

impl ServeError {
    /// Whether the configuration is at fault: nothing was tried with it.
    #[must_use]
    pub fn is_of_configuration(&self) -> bool {
        match self {
            Self::Domain(_) | Self::NeighboursNotLocal => true,
            Self::World(error) => matches!(error, world::WorldError::HalfConfigured | world::WorldError::Neighbours(_)),
            _ => false,
        }
    }
}

/// Runs a box until it is told to stop.
///
/// # Errors
/// Where it cannot start. What fails later is logged and does not end it.
pub fn run(config: Config, local: bool) -> Result<(), ServeError> {
    log::begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = Running::start(&config, local).await?;
        // Before it is said how to stop.
        let mut asked = signals::Asked::listen()?;
        announce::print(&config, &running).await?;
        asked.heard().await;
        announce::stopping()?;
        tokio::select! {
            () = running.stop() => {}
            () = asked.heard() => {}
        }
        Ok(())
    })
}

/// A box whose doors are open.
#[derive(Debug)]
pub(crate) struct Running {
    post: Post,
    identity: Identity,
    doors: Vec<doors::Open>,
    stop: Stop,
}

impl Running {
    async fn start(config: &Config, local: bool) -> Result<Self, ServeError> {
        if !local && !config.neighbours.is_empty() {
            return Err(ServeError::NeighboursNotLocal);
        }
        let domain = Domain::new(&config.domain).map_err(|_| ServeError::Domain(config.domain.clone()))?;
        make_private(&config.data)?;
        let store = Store::open(&config.data)?;
        let bound = ports::bind(config).await?;
        let identity = Identity::of(config, &domain, &bound);
        identity.write(&config.data)?;
        let random = Random::system();
        let context = Context {
            store,
            clock: Clock::system(),
            gate: Arc::new(Gate::open(&config.data, &random)?),
            random,
            domain,
            host: identity.host.clone(),
            mail_server: identity.mail_server.clone(),
            key_server: config.key_server.ask.then(|| config.key_server.url.clone()),
        };
        let stop = Stop::new();
        let keys = Keys::open(&config.data, &context.random, context.clock.now()).unwrap_or_else(|error| {
            // A full disk, or a file that is broken, keeps no mail from coming in.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what leaves is not signed: there are no keys for it"
            );
            Keys::of(&config.data)
        });
        let own = (identity.about(Vec::new()), keys.clone());
        let world = World::new(config, local.then_some(own), &context, &bound, &stop).await?;
        let queue_key = QueueKey::open(&config.data, &context.random)?;
        let directory = Directory::new(context.clone(), Arc::clone(&world.fetch));
        let post = Post::new(context, directory, queue_key, post::BYTES_IN_FLIGHT);
        let doors = doors::open(bound, &world, &post, &stop)?;
        let schedule = Schedule::new(&config.outgoing.retry_seconds, config.outgoing.give_up_seconds);
        let signing = Signing::new(post.clone(), keys, world.resolver, world.courier);
        stop.spawn(Runner::new(post.clone(), Arc::new(signing), schedule).run(stop.clone()));
        stop.spawn(tidy(post.context().clone(), stop.clone()));
        Ok(Self { post, identity, doors, stop })
    }

    async fn stop(self) {
        self.stop.finish(GRACE).await;
    }
}

/// Removes what has expired, now and then.
async fn tidy(context: Context, stop: Stop) {
    loop {
        if let Err(error) = accounts::tidy(&context).await {
            tracing::error!(error = &error as &dyn std::error::Error, "what has expired could not be removed");
        }
        if let Err(error) = links::tidy(&context).await {
            tracing::error!(error = &error as &dyn std::error::Error, "links that are over could not be wiped");
        }
        tokio::select! {
            () = stop.draining() => return,
            () = tokio::time::sleep(TIDY_EVERY) => {}
        }
    }
}

/// Makes the data folder, readable by its owner alone.
fn make_private(folder: &Path) -> Result<(), ServeError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let failed = |source| ServeError::Folder { folder: folder.to_owned(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)
}
