//! `tidegate dev`: the whole system in one process.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use tidegate_server::{App, Directories, Settings};
use tokio::net::TcpListener;

use crate::data_directory::DataArguments;
use crate::embedded::{self, Applied, Embedded};
use crate::interruption::Interruption;
use crate::logging::{self, LogFormat};
use crate::mocking;
use crate::output;
use crate::problem::{Exit, Problem, Result};
use crate::services::ServiceArguments;
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate dev                                  serve on http://127.0.0.1:8433, data in ./.tidegate
  tidegate dev workflow.yaml                    the same, with this workflow applied
  tidegate dev --listen 127.0.0.1:0 --ephemeral a free port, and nothing kept: for tests

Once it serves, it prints one line on stdout: ready http://HOST:PORT. Everything else is logged on stderr; choose
what with TIDEGATE_LOG, as in TIDEGATE_LOG=debug. SIGTERM and Ctrl-C end it; what has not ended goes on next time.";

/// Where Durable Task is spoken.
const GRPC_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4001);

/// Serve workflows, events and the HTTP API in one process
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Workflow files to apply at the start
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to listen; with port 0 on a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8433")]
    listen: String,
    /// Where to listen for workers and clients of Durable Task (gRPC); with port 0 on a free one. By default
    /// 127.0.0.1:4001, unless somebody else listens there
    #[arg(long, value_name = "HOST:PORT")]
    grpc: Option<SocketAddr>,
    /// Hold state machines to AWS's limits: results of tasks up to 256 KiB
    #[arg(long)]
    aws_limits: bool,
    /// Mocked responses, as in Step Functions Local's `MockConfigFile.json`, for executions that are started with the ARN
    /// of a state machine and `#CASE` behind it
    #[arg(long, value_name = "FILE")]
    mock_config: Option<PathBuf>,
    /// How log lines look
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    log: LogFormat,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    services: ServiceArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    logging::start(arguments.log, "info")?;
    let mut programs = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        for file in WorkflowFile::read_all(path, None)? {
            programs.push(file.compile()?);
        }
    }
    let mocks = match &arguments.mock_config {
        Some(path) => Some(mocking::read(path)?.0),
        None => None,
    };
    let embedded = Embedded::open(&arguments.data, arguments.services.to_settings(true)?)?;
    tell_of_start(&embedded, arguments);
    let served = embedded.block_on(async {
        let interruption = Interruption::listen()?;
        let listener = listen(arguments).await?;
        let workers = listen_for_workers(arguments.grpc).await?;
        let handle = embedded.handle();
        handle.runtimes().serves_at(&format!("http://{}", reachable(&listener)?));
        for program in programs {
            let name = program.name.clone();
            let Applied { program, unchanged, standing } = embedded::apply(&handle, program).await?;
            let standing = standing.map(tracing::field::display);
            tracing::info!(workflow = %name, version = %program.short(), unchanged, standing, "workflow applied");
        }
        let settings = Settings {
            directories: Directories::FromLoopback,
            code: arguments.data.code(),
            aws_limits: arguments.aws_limits,
            mocks,
            ..Settings::default()
        };
        let app = App::new(handle, settings);
        if let Some(workers) = workers {
            tokio::spawn(serve_workers(workers, app.clone()));
        }
        serve(listener, app, interruption).await
    });
    let closed = embedded.close();
    served.and(closed)?;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

fn tell_of_start(embedded: &Embedded, arguments: &Arguments) {
    let recovered = embedded.recovered();
    tracing::info!(
        data = %arguments.data.shown(),
        created = recovered.created,
        entries_replayed = recovered.entries_replayed,
        unfinished_runs = recovered.unfinished_runs,
        took_ms = u64::try_from(recovered.took.as_millis()).unwrap_or(u64::MAX),
        "engine is up"
    );
}

async fn listen(arguments: &Arguments) -> Result<TcpListener> {
    let address = &arguments.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let problem = Problem::io(format!("cannot listen on {address}"), &error);
        match error.kind() {
            std::io::ErrorKind::AddrInUse => problem
                .help("another program listens there; stop it, or take another port: --listen 127.0.0.1:0 finds one"),
            std::io::ErrorKind::PermissionDenied => problem.help("ports below 1024 are not for everybody: take a higher one"),
            _ => problem.help("give an address of this machine and a port, as in --listen 127.0.0.1:8433"),
        }
    })
}

/// Where workers of Durable Task come, unless nobody asked for it and the place is taken.
async fn listen_for_workers(asked: Option<SocketAddr>) -> Result<Option<TcpListener>> {
    match (TcpListener::bind(asked.unwrap_or(GRPC_DEFAULT)).await, asked) {
        (Ok(listener), _) => {
            tracing::info!(address = %address(&listener)?, "Durable Task is spoken");
            Ok(Some(listener))
        }
        (Err(error), None) => {
            tracing::warn!(address = %GRPC_DEFAULT, %error, "Durable Task is not spoken; --grpc takes another address");
            Ok(None)
        }
        (Err(error), Some(address)) => {
            let problem = Problem::io(format!("cannot listen on {address} for Durable Task"), &error);
            Err(problem.help("take another port: --grpc 127.0.0.1:0 finds one"))
        }
    }
}

async fn serve_workers(listener: TcpListener, app: App) {
    if let Err(error) = tidegate_server::durabletask::serve(listener, app).await {
        tracing::error!(%error, "Durable Task is spoken no more");
    }
}

fn address(listener: &TcpListener) -> Result<SocketAddr> {
    listener.local_addr().map_err(|error| Problem::io("the listener has no address", &error))
}

/// Where this process reaches its own listener: one that listens everywhere is also at the loopback address.
fn reachable(listener: &TcpListener) -> Result<SocketAddr> {
    let mut address = address(listener)?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(address)
}

/// Serves until somebody interrupts.
async fn serve(listener: TcpListener, app: App, mut interruption: Interruption) -> Result<()> {
    let address = address(&listener)?;
    output::print(&format!("ready http://{address}\n"))?;
    let stop = async move {
        interruption.wait().await;
        tracing::info!("stopping");
    };
    tidegate_server::serve(listener, app, stop)
        .await
        .map_err(|error| Problem::io(format!("cannot serve on {address} any more"), &error))
}
