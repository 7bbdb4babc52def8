//! What stands in for the functions of a workflow: mock configurations, functions of one run, and the list of what is
//! mocked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tidegate_json::Value;
use tidegate_languages::asl::mock::calls::{self, Call, Callee};
use tidegate_languages::asl::mock::config::{Config, TestCase};
use tidegate_languages::asl::mock::{Absent, Mocks};
use tidegate_languages::{Diagnostic, asl};
use tidegate_model::function::Handler;
use tidegate_model::{FunctionName, FunctionSpec, Program, Runtime};
use tidegate_node::Handle;
use tidegate_runtimes::settings::AwsSettings;

use crate::embedded;
use crate::problem::{Problem, Result};
use crate::terminal::Terminal;
use crate::workflow_file::WorkflowFile;

/// What a run has in place of functions that are elsewhere.
#[derive(Debug, clap::Args)]
pub(crate) struct MockArguments {
    /// Mocked responses for a state machine, as Step Functions Local reads them from `MockConfigFile.json`
    #[arg(long, value_name = "FILE")]
    mock_config: Option<PathBuf>,
    /// Which test case of the mock configuration
    #[arg(long, value_name = "CASE", requires = "mock_config")]
    test_case: Option<String>,
    /// What the mock configuration calls the state machine; default: the name of its file
    #[arg(long, value_name = "NAME", requires = "mock_config")]
    machine: Option<String>,
    /// A function of this run: NAME=FILE.py:HANDLER, NAME=FILE.js:HANDLER, or NAME=JSON as `functions put` takes it
    #[arg(long = "function", value_name = "NAME=FILE:HANDLER")]
    functions: Vec<Stated>,
    /// Let a state machine fail where it calls what does not exist; otherwise that is mocked, and listed first
    #[arg(long)]
    strict: bool,
}

/// A function as the command line states it.
#[derive(Clone, Debug)]
struct Stated {
    name: FunctionName,
    spec: FunctionSpec,
}

/// A state machine that is run with mocks.
#[derive(Clone, Debug)]
pub(crate) struct Mocked {
    definition: Value,
    mocks: Mocks,
}

impl MockArguments {
    /// The program of `file` with what is mocked of it; a state machine says what that is.
    pub(crate) fn compile(&self, file: &WorkflowFile) -> Result<(Program, Option<Mocked>)> {
        let mocked = self.mocked(file)?;
        let mocks = mocked.as_ref().map(|mocked| mocked.mocks.clone()).unwrap_or_default();
        let mut program = file.compile_with(&mocks)?;
        let functions = self.functions.iter().cloned().map(|Stated { name, spec }| (name, spec));
        program.functions.extend(functions);
        Ok((program, mocked))
    }

    fn mocked(&self, file: &WorkflowFile) -> Result<Option<Mocked>> {
        let Some(definition) = asl::definition(&file.text, &file.path.to_string_lossy()) else {
            return match &self.mock_config {
                Some(_) => Err(Problem::invalid(format!("`{}` is no state machine", file.path.display()))
                    .help("--mock-config is for definitions in Amazon States Language")),
                None => Ok(None),
            };
        };
        let responses = match &self.mock_config {
            Some(path) => self.responses(path, file, &definition)?,
            None => BTreeMap::new(),
        };
        let absent = if self.strict { Absent::Fails } else { Absent::Answers };
        Ok(Some(Mocked { definition, mocks: Mocks { responses, absent } }))
    }

    /// The responses of the test case that is asked for.
    fn responses(
        &self,
        path: &Path,
        file: &WorkflowFile,
        definition: &Value,
    ) -> Result<BTreeMap<String, Value>> {
        let (config, text) = read(path)?;
        let machine = self.machine(&config, file);
        let case = self.test_case.as_deref();
        let case = case.ok_or_else(|| untold(&config, &machine, path))?;
        let case: &TestCase =
            config.test_case(&machine, case).map_err(|unknown| Problem::not_found(unknown.to_string()))?;
        let misfits = case.misfits(definition);
        tell(&misfits, &text);
        match misfits.len() {
            0 => Ok(case.responses()),
            _ => Err(Problem::invalid(format!("`{}` is not for `{}`", path.display(), file.path.display()))),
        }
    }

    /// What the configuration calls the machine: as it is told, else by the name of the file, else the only one there is.
    fn machine(&self, config: &Config, file: &WorkflowFile) -> String {
        let own = tidegate_languages::workflow_name(&file.path.to_string_lossy()).to_string();
        let mut known = config.machines();
        match (&self.machine, known.next(), known.next()) {
            (Some(told), _, _) => told.clone(),
            (None, Some(only), None) => only.to_owned(),
            (None, _, _) => own,
        }
    }
}

impl Mocked {
    /// What becomes of calls that nothing is there for.
    pub(crate) fn absent(&self) -> Absent {
        self.mocks.absent
    }

    /// Calls that will be answered for, as one line each.
    pub(crate) async fn list(
        &self,
        handle: &Handle,
        program: &Program,
        services: &AwsSettings,
    ) -> Result<Vec<String>> {
        if self.mocks.absent == Absent::Fails {
            return Ok(Vec::new());
        }
        let known = handle.ask(|partition| {
            let functions: BTreeSet<String> =
                partition.functions().map(|(name, _)| name.to_string()).collect();
            let workflows = partition.workflows().filter(|(_, workflow)| workflow.current.is_some());
            (functions, workflows.map(|(name, _)| name.to_string()).collect::<BTreeSet<String>>())
        });
        let (mut functions, machines) = known.await.map_err(|error| embedded::not_taken(&error))?;
        functions.extend(program.functions.keys().map(ToString::to_string));
        let is_there = |call: &Call| match &call.callee {
            Callee::Function(name) => functions.contains(name) || services.reaches(name),
            Callee::Machine(name) => machines.contains(name) || program.name.as_str() == name,
            Callee::Outside(_) | Callee::Computed(_) => false,
        };
        let calls = calls::calls(&self.definition);
        let calls = calls.iter().filter(|call| !self.mocks.responses.contains_key(&call.state));
        Ok(calls.filter(|call| !is_there(call)).map(line).collect())
    }
}

fn line(Call { state, kind, callee, answer }: &Call) -> String {
    match callee {
        Callee::Function(name) | Callee::Machine(name) | Callee::Outside(name) => {
            format!("mocked: {name} ({kind} \"{state}\"): {answer}")
        }
        Callee::Computed(expression) => {
            format!("mocked: what `{expression}` names ({kind} \"{state}\"), unless it is there: {answer}")
        }
    }
}

/// The mock configuration at `path`, and its text; what is wrong with it is told on stderr.
pub(crate) fn read(path: &Path) -> Result<(Config, String)> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::io(format!("cannot read the mock configuration `{shown}`"), &error))?;
    let (config, diagnostics) = Config::read(&text, &path.to_string_lossy());
    tell(&diagnostics, &text);
    match config {
        Some(config) => Ok((config, text)),
        None => Err(Problem::invalid(format!("`{shown}` is no mock configuration; nothing was done"))),
    }
}

fn tell(diagnostics: &[Diagnostic], text: &str) {
    for found in diagnostics {
        eprintln!("{}", tidegate_languages::render(found, text, Terminal::stderr().colour()));
    }
}

/// No test case is named.
fn untold(config: &Config, machine: &str, path: &Path) -> Problem {
    let problem = Problem::invalid(format!("which test case of `{}`?", path.display()));
    match config.test_cases(machine) {
        Ok(cases) => problem.help(format!("--test-case CASE; there are {}", cases.join(", "))),
        Err(unknown) => problem.note(unknown.to_string()).help("--machine NAME --test-case CASE"),
    }
}

impl FromStr for Stated {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, how) = text.split_once('=').ok_or("expected NAME=FILE:HANDLER")?;
        let name = FunctionName::new(name).map_err(|error| error.to_string())?;
        let spec = match how.starts_with('{') {
            true => {
                let spec = Value::parse(how).map_err(|error| format!("the function is not JSON: {error}"))?;
                FunctionSpec::from_value(&spec)?
            }
            false => FunctionSpec::new(handler(how)?),
        };
        Ok(Self { name, spec })
    }
}

/// The handler that `FILE.py:NAME` or `FILE.js:NAME` is, relative to the current directory.
fn handler(text: &str) -> std::result::Result<Runtime, String> {
    let expected = || format!("expected FILE.py:HANDLER or FILE.js:HANDLER, found `{text}`");
    let (file, function) =
        text.rsplit_once(':').filter(|(_, function)| !function.is_empty()).ok_or_else(expected)?;
    let path = Path::new(file);
    let place = |error| format!("cannot find `{file}`: {error}");
    let place = path.canonicalize().map_err(place)?;
    let (Some(module), Some(directory)) =
        (place.file_stem().and_then(|stem| stem.to_str()), place.parent().and_then(Path::to_str))
    else {
        return Err(expected());
    };
    let handler = Handler { handler: format!("{module}.{function}"), directory: Some(directory.to_owned()) };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => Ok(Runtime::Python(handler)),
        Some("js" | "mjs" | "cjs") => Ok(Runtime::Node(handler)),
        _ => Err(expected()),
    }
}
