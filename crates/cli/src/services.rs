//! Where the services are that functions call, as the command line and the environment say.

use std::path::PathBuf;

use tidegate_runtimes::settings::{self, AwsEndpointOption, AwsSettings};

use crate::problem::{Problem, Result};

/// Endpoints in the environment, separated by spaces.
const VARIABLE: &str = "TIDEGATE_AWS_ENDPOINT";

/// Where services are, for commands that have an engine of their own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServiceArguments {
    /// Where a service of AWS is that functions call, or all of them: a URL that speaks its protocol, the word aws for
    /// AWS itself, or for S3 a directory. Repeatable; also in TIDEGATE_AWS_ENDPOINT, separated by spaces. Without it
    /// nothing is sent to AWS
    #[arg(long, value_name = "[SERVICE=]URL|aws|DIR")]
    aws_endpoint: Vec<AwsEndpointOption>,
    /// The region of calls to AWS. Default: that of AWS_REGION or the profile, else us-east-1
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
    /// A JSON file with the connections that HTTP tasks name: what each adds to headers, query and body
    #[arg(long, value_name = "FILE")]
    aws_connections: Option<PathBuf>,
}

impl ServiceArguments {
    /// What the runtimes are told; `serves` is whether this process has a server of its own.
    ///
    /// # Errors
    /// Where the environment or the file of connections cannot be understood.
    pub(crate) fn to_settings(&self, serves: bool) -> Result<AwsSettings> {
        let mut settings = AwsSettings {
            region: self.aws_region.clone(),
            connections: self.aws_connections.clone(),
            serves,
            ..AwsSettings::default()
        };
        let variable = std::env::var(VARIABLE).unwrap_or_default();
        for text in variable.split_whitespace() {
            let option = text.parse().map_err(|error| Problem::invalid(format!("{VARIABLE}: {error}")))?;
            settings.add(option);
        }
        for option in &self.aws_endpoint {
            settings.add(option.clone());
        }
        if let Some(path) = &settings.connections {
            settings::check_connections(path).map_err(|problem| {
                Problem::invalid(format!("--aws-connections {}: {problem}", path.display()))
                    .help("write it as {\"NAME\": {\"headers\": {\"Authorization\": {\"env\": \"TOKEN\"}}}}")
            })?;
        }
        Ok(settings)
    }
}
