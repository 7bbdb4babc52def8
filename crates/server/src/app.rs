//! What handlers share, the router, and serving a socket.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use tidegate_model::{Input, RunId};
use tidegate_node::{Answer, Handle};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::aws::{self, Doors};
use crate::problem::Kind;
use crate::{Problem, guard, home, observe, openapi};

/// What an operator may set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Names by which the server may be addressed, beside `localhost` and IP addresses. A request for any other
    /// host is refused, as a web page could make one by pointing a name of its own at this machine.
    pub hosts: Vec<String>,
    /// Whether a request may say which directory a workflow's functions start from.
    pub directories: Directories,
    /// Where the code of functions goes that comes in archives. By default a directory of its own among the system's
    /// temporary ones.
    pub code: Option<PathBuf>,
    /// Whether AWS's limits on the size of data bind state machines.
    pub aws_limits: bool,
    /// Test cases of state machines, and what is mocked in them.
    pub mocks: Option<tidegate_languages::asl::mock::config::Config>,
}

/// Whether a request may name a directory of this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directories {
    /// No request may.
    #[default]
    Refused,
    /// Requests from this machine may.
    FromLoopback,
}

/// What all handlers share.
#[derive(Clone)]
pub struct App {
    pub(crate) node: Handle,
    pub(crate) settings: Arc<Settings>,
    pub(crate) aws: Doors,
    stopping: Arc<watch::Sender<bool>>,
}

impl App {
    /// The doors to `node`.
    #[must_use]
    pub fn new(node: Handle, settings: Settings) -> Self {
        Self {
            node,
            aws: Doors::new(settings.code.clone()),
            settings: Arc::new(settings),
            stopping: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Has requests that would wait answer now: the server is about to stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Returns once [`App::stop`] was called.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // An error says that the sender has gone, which this holds.
        let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    }

    /// What `work` gives, unless the server stops first.
    pub(crate) async fn unless_stopping<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            value = work => Ok(value),
            () = self.stopped() => Err(tidegate_node::SubmitError::Stopping.into()),
        }
    }

    /// Has the node do something; what it refuses is a problem.
    pub(crate) async fn command(&self, input: Input) -> Result<Answer, Problem> {
        let answer = self.node.submit(input).await?;
        match answer.reply {
            tidegate_engine::Reply::Refused(refusal) => Err(refusal.into()),
            _ => Ok(answer),
        }
    }

    /// Has the node do something with `run`. One that has ended is there, but can be told nothing.
    pub(crate) async fn command_run(&self, run: RunId, input: Input) -> Result<Answer, Problem> {
        let refused = match self.command(input).await {
            Err(problem) if problem.kind() == Kind::NotFound => problem,
            answer => return answer,
        };
        match self.node.run(run).await {
            Ok(view) if view.summary.ended_at.is_some() => {
                Err(Problem::new(Kind::Conflict, format!("run `{run}` has ended")))
            }
            Ok(_) | Err(_) => Err(refused),
        }
    }
}

/// All doors on one router.
pub fn router(app: App) -> Router {
    let (routes, description) = openapi::described().split_for_parts();
    let description = openapi::Description::new(&description);
    routes
        .merge(aws::routes())
        .route("/", axum::routing::get(home::page).post(aws::operations))
        .route("/openapi.json", axum::routing::get(move || description.clone().answer()))
        .fallback(observe::not_found)
        .method_not_allowed_fallback(observe::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::admit))
        .layer(axum::middleware::from_fn(observe::observe))
        .with_state(app)
}

/// Serves `app` on `listener` until `shutdown` is done; then answers what it has taken, and returns.
///
/// # Errors
/// Where the socket fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Small answers would wait for the client's acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move {
        shutdown.await;
        app.stop();
    };
    axum::serve(listener, service).with_graceful_shutdown(stopped).await
}
