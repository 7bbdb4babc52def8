//! The programs that warm instances run: those of the user, and our own that load a Python or JavaScript
//! handler.
//!
//! Our own are passed to the interpreter through a pipe as its standard input: nothing is written to disk,
//! and the process list shows what runs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tidegate_model::function::{Handler, Provided};
use tidegate_model::{Failure, Runtime, Text};

use super::log_pipe::Writers;
use crate::Settings;
use crate::function::Function;
use crate::process::environment::Environment;
use crate::process::launch::StartError;
use crate::process::limits::Limits;
use crate::process::{Launch, launch};

const PYTHON: &str = include_str!("bootstrap/python.py");
const NODE: &str = include_str!("bootstrap/node.js");

/// A pipe holds at least this much before its writer waits (Linux and macOS: 64 KiB).
const PIPE_BYTES: usize = 64 << 10;
const _: () = assert!(PYTHON.len() < PIPE_BYTES && NODE.len() < PIPE_BYTES);

/// The file name that Python shows for the frames of our own program, which error reports leave out.
const LOAD_PYTHON: &str =
    "import sys; exec(compile(sys.stdin.buffer.read(), '<tidegate bootstrap>', 'exec'))";

/// Memory that a handler is told of where none is set, in MiB.
const MEMORY_MIB_DEFAULT: u64 = 1024;

/// How to start an instance of `function` that finds its API at `address`.
pub(super) fn launch(
    settings: &Settings,
    function: &Function,
    address: &str,
    writers: Writers,
) -> Result<Launch, Failure> {
    let spec = &function.spec;
    let limits = Limits::from(&spec.limits);
    let (argv, directory, handler, limits, program) = match &spec.runtime {
        Runtime::Python(Handler { handler, directory }) => {
            let python = interpreter(settings.python.as_deref(), "TIDEGATE_PYTHON", "python3");
            let argv = vec![python.into(), "-c".into(), LOAD_PYTHON.into()];
            (argv, directory, handler.as_str(), limits, Some(PYTHON))
        }
        Runtime::Node(Handler { handler, directory }) => {
            let node = interpreter(settings.node.as_deref(), "TIDEGATE_NODE", "node");
            let mut argv = vec![node.into()];
            // V8 reserves far more address space than it uses, so only its own limit can bind it.
            argv.extend(limits.memory_mib.map(|mib| format!("--max-old-space-size={mib}").into()));
            argv.push("-".into());
            (argv, directory, handler.as_str(), Limits { memory_mib: None, ..limits }, Some(NODE))
        }
        Runtime::Provided(Provided { bootstrap, directory }) => {
            (launch::argv(bootstrap), directory, function.name.as_str(), limits, None)
        }
        Runtime::Builtin(_)
        | Runtime::Command(_)
        | Runtime::Http(_)
        | Runtime::External(_)
        | Runtime::Aws(_) => {
            unreachable!("only warm functions have instances")
        }
    };
    let stdin = match program {
        Some(program) => program_pipe(program)
            .map_err(|cause| StartError::Refused { program: PathBuf::from(&argv[0]), cause })?,
        None => Stdio::null(),
    };
    let directory = launch::directory(function.directory.as_deref(), directory.as_deref());
    let directory = std::path::absolute(&directory).unwrap_or(directory);
    Ok(Launch {
        argv,
        environment: environment(settings, function, address, handler, &directory),
        directory,
        limits,
        stdin,
        stdout: writers.stdout,
        stderr: writers.stderr,
    })
}

fn interpreter(set: Option<&Path>, variable: &str, default: &str) -> PathBuf {
    let from_environment = || std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    set.map(Path::to_owned).or_else(from_environment).unwrap_or_else(|| PathBuf::from(default))
}

/// A pipe that `program` can be read from. It fits whole, so nobody has to write on.
fn program_pipe(program: &str) -> io::Result<Stdio> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(program.as_bytes())?;
    Ok(reader.into())
}

/// The variables of the Lambda execution environment. The function's own go before ours, except where the
/// process could not work without ours.
/// Source: AWS Lambda Developer Guide, "Defined runtime environment variables".
fn environment(
    settings: &Settings,
    function: &Function,
    address: &str,
    handler: &str,
    directory: &Path,
) -> Environment {
    let mut environment = Environment::inherited(settings);
    environment.set("TZ", "UTC");
    environment.set("AWS_REGION", &settings.region);
    environment.set("AWS_DEFAULT_REGION", &settings.region);
    environment.set("AWS_EXECUTION_ENV", execution_environment(&function.spec.runtime));
    environment.set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    environment.set_all(&function.spec.environment);
    let memory_mib = function.spec.limits.memory_mib.unwrap_or(MEMORY_MIB_DEFAULT);
    environment.set("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str());
    environment.set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    environment.set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mib.to_string());
    environment.set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name));
    environment.set("AWS_LAMBDA_LOG_STREAM_NAME", format!("{}/[$LATEST]{address}", function.name));
    environment.set("LAMBDA_TASK_ROOT", directory);
    environment.set("LAMBDA_RUNTIME_DIR", directory);
    environment.set("_HANDLER", handler);
    environment.set("AWS_LAMBDA_RUNTIME_API", address);
    environment
}

fn execution_environment(runtime: &Runtime) -> &'static str {
    match runtime {
        Runtime::Python(_) => "AWS_Lambda_python3",
        Runtime::Node(_) => "AWS_Lambda_nodejs",
        Runtime::Builtin(_)
        | Runtime::Command(_)
        | Runtime::Http(_)
        | Runtime::Provided(_)
        | Runtime::External(_)
        | Runtime::Aws(_) => "AWS_Lambda_provided",
    }
}

/// What the API could not be opened for.
pub(super) fn no_server(error: &io::Error) -> Failure {
    let message = format!("no server for the runtime API could be opened on 127.0.0.1: {error}");
    Failure::new(tidegate_model::outcome::errors::NOT_STARTED, Text::from(message))
}
