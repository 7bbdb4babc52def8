//! Who calls AWS: from the environment, or from the files that AWS's own tools use.
//!
//! Read at the first call and not before. Endpoints that are not AWS get made-up credentials unless the environment has
//! some. Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::sign::Credentials;

/// Who calls, and where from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) credentials: Option<Credentials>,
    pub(super) region: Option<String>,
    pub(super) profile: String,
}

impl Identity {
    /// What environment and files of this process say.
    pub(super) fn of_process() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let file = |name: &str, default: &str| {
            let home = || variable("HOME").map(|home| PathBuf::from(home).join(".aws").join(default));
            let path = variable(name).map(PathBuf::from).or_else(home)?;
            std::fs::read_to_string(path).ok()
        };
        let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials").unwrap_or_default();
        let config = file("AWS_CONFIG_FILE", "config").unwrap_or_default();
        Self::of(variable, &credentials, &config)
    }

    fn of(variable: impl Fn(&str) -> Option<String>, credentials: &str, config: &str) -> Self {
        let profile = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
        let secrets = section(credentials, &profile);
        let settings = match section(config, &format!("profile {profile}")) {
            found if found.is_empty() => section(config, &profile),
            found => found,
        };
        let of_environment =
            Credentials::of(&variable, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]);
        let in_file = |name: &str| secrets.get(name).or_else(|| settings.get(name)).cloned();
        let of_profile =
            || Credentials::of(in_file, ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]);
        let region = variable("AWS_REGION")
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| settings.get("region").cloned());
        Self { credentials: of_environment.or_else(of_profile), region, profile }
    }
}

impl Credentials {
    fn of(find: impl Fn(&str) -> Option<String>, [id, secret, token]: [&str; 3]) -> Option<Self> {
        Some(Self { access_key_id: find(id)?, secret_access_key: find(secret)?, session_token: find(token) })
    }

    /// For endpoints that check nothing.
    pub(super) fn made_up() -> Self {
        Self {
            access_key_id: "tidegate".to_owned(),
            secret_access_key: "tidegate".to_owned(),
            session_token: None,
        }
    }
}

/// The keys of a section of a file in AWS's form of INI. Nested keys, which are indented, are left out.
fn section(text: &str, name: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut is_inside = false;
    for line in text.lines().filter(|line| !line.starts_with(['#', ';', ' ', '\t'])) {
        if let Some(title) = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_inside = title.split_whitespace().eq(name.split_whitespace());
        } else if is_inside && let Some((key, value)) = line.split_once('=') {
            found.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "[default]\naws_access_key_id = D\naws_secret_access_key=d\n\n[work]\n# ours\n\
                               aws_access_key_id = W\naws_secret_access_key = w=\naws_session_token = t\n";
    const CONFIG: &str =
        "[default]\nregion = eu-west-1\n[profile work]\nregion=eu-west-3\ns3 =\n  region = no\n";

    fn check(variables: &[(&str, &str)], id: &str, region: &str) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let identity = Identity::of(variable, CREDENTIALS, CONFIG);
        assert_eq!(identity.credentials.unwrap().access_key_id, id);
        assert_eq!(identity.region.as_deref(), Some(region));
    }

    #[test]
    fn the_environment_goes_before_the_files_of_its_profile() {
        check(&[], "D", "eu-west-1");
        check(&[("AWS_PROFILE", "work")], "W", "eu-west-3");
        check(
            &[("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "e"), ("AWS_REGION", "us-west-2")],
            "E",
            "us-west-2",
        );
        let nobody =
            Identity::of(|name| (name == "AWS_PROFILE").then(|| "x".to_owned()), CREDENTIALS, CONFIG);
        assert_eq!((nobody.credentials, nobody.profile.as_str()), (None, "x"));
    }

    #[test]
    fn a_session_token_comes_along_and_a_secret_is_never_printed() {
        let variable = |name: &str| (name == "AWS_PROFILE").then(|| "work".to_owned());
        let credentials = Identity::of(variable, CREDENTIALS, CONFIG).credentials.unwrap();
        assert_eq!(credentials.session_token.as_deref(), Some("t"));
        assert_eq!(credentials.secret_access_key, "w=");
        assert!(!format!("{credentials:?}").contains("w="));
    }
}
