//! The data directory: where journal, state and payloads of this process are.

use std::path::{Path, PathBuf};

use tidegate_node::{DataDir, Settings};

use crate::retention::RetentionArguments;

/// Where data goes, for commands that have an engine of their own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DataArguments {
    /// Directory for journal, state and payloads; made where it is not there
    #[arg(long, value_name = "DIR", env = "TIDEGATE_DATA", default_value = DEFAULT)]
    pub(crate) data: PathBuf,
    /// Keep nothing: the data goes when the command ends
    #[arg(long)]
    pub(crate) ephemeral: bool,
    #[command(flatten)]
    pub(crate) retention: RetentionArguments,
}

/// Where data goes unless told otherwise.
pub(crate) const DEFAULT: &str = ".tidegate";

impl DataArguments {
    /// What the node is told.
    pub(crate) fn to_settings(&self) -> Settings {
        let data = if self.ephemeral { DataDir::Temporary } else { DataDir::At(self.data.clone()) };
        let mut settings = Settings::new(data);
        settings.retain_runs = self.retention.retain_runs.0;
        settings.retain_journal_bytes = self.retention.retain_journal.0;
        settings
    }

    /// Where the code of functions goes that comes in archives; `None` where nothing is kept.
    pub(crate) fn code(&self) -> Option<PathBuf> {
        (!self.ephemeral).then(|| self.data.join("functions"))
    }

    /// What it is called in a log.
    pub(crate) fn shown(&self) -> String {
        if self.ephemeral { "ephemeral".to_owned() } else { self.data.display().to_string() }
    }

    /// The option that leads another command to the same data, with a space in front; empty for the default.
    pub(crate) fn option(&self) -> String {
        if self.data == Path::new(DEFAULT) {
            String::new()
        } else {
            format!(" --data {}", self.data.display())
        }
    }
}
