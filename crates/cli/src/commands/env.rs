//! `tidegate env`: what clients read from their environment.

use std::path::PathBuf;

use crate::client::{Client, ServerArguments};
use crate::output;
use crate::problem::{Exit, Result};

const EXAMPLES: &str = "\
Examples:
  eval \"$(tidegate env)\"                                    this shell talks to the default server
  eval \"$(tidegate env --server http://127.0.0.1:9000)\"     and to another one

Clients of AWS (boto3, the AWS command line and SDKs) then find Step Functions, Lambda, STS and IAM there, and everything
else where it is. They want credentials and a region; where this machine has none, made-up ones are printed too, as the
server takes any.";

/// What AWS calls the services that the server has doors for, in the names of variables.
const AWS_SERVICES: [&str; 4] = ["SFN", "LAMBDA", "STS", "IAM"];

/// Print the environment variables that point clients to the server
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: ServerArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    Client::new(&arguments.server)?;
    let server = quoted(&arguments.server.server);
    output::print(&format!("export TIDEGATE_SERVER={server}\n"))?;
    for service in AWS_SERVICES {
        output::print(&format!("export AWS_ENDPOINT_URL_{service}={server}\n"))?;
    }
    // Clients would put `sync-` before the name of the host for some operations; the server has one name for all.
    output::print("export AWS_DISABLE_HOST_PREFIX_INJECTION=true\n")?;
    if !has_aws_credentials() {
        output::print("export AWS_ACCESS_KEY_ID=tidegate\nexport AWS_SECRET_ACCESS_KEY=tidegate\n")?;
        output::print("export AWS_DEFAULT_REGION=us-east-1\n")?;
    }
    Ok(Exit::Done)
}

/// Variables from which clients of AWS take credentials, or learn where they are.
const AWS_CREDENTIALS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Whether clients of AWS find credentials already. Made-up ones would go before those, for all of AWS.
fn has_aws_credentials() -> bool {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    AWS_CREDENTIALS.iter().any(|name| std::env::var_os(name).is_some())
        || home.is_some_and(|home| home.join(".aws").exists())
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        assert_eq!(quoted("http://127.0.0.1:8433"), "http://127.0.0.1:8433");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted(""), "''");
    }
}
