//! Names of things in AWS: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

use std::fmt;

use super::caller::Caller;
use super::fault::Fault;

/// Where a thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// `aws`, `aws-cn`, …
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) account: String,
}

/// A state machine, possibly one version or alias of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MachineArn {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) qualifier: Option<Qualifier>,
}

/// What follows the name of a state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Qualifier {
    Version(u64),
    Alias(String),
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExecutionArn {
    pub(crate) place: Place,
    pub(crate) machine: String,
    pub(crate) name: String,
    /// What tells executions of an express state machine with one name apart.
    pub(crate) express: Option<String>,
}

/// An activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActivityArn {
    pub(crate) place: Place,
    pub(crate) name: String,
}

impl Place {
    /// Where the things of `caller` are.
    pub(crate) fn of(caller: &Caller) -> Self {
        let partition = match caller.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Self {
            partition: partition.to_owned(),
            region: caller.region.clone(),
            account: caller.account.clone(),
        }
    }

    /// Whether this is where things are that came in by another door.
    pub(crate) fn is_default(&self) -> bool {
        Caller { account: self.account.clone(), region: self.region.clone() }.is_default()
    }

    /// Prefix of the ARNs of a kind of things there.
    pub(crate) fn prefix(&self, service: &str, kind: &str) -> String {
        let Self { partition, region, account } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{kind}:")
    }
}

impl MachineArn {
    pub(crate) fn new(place: Place, name: &str) -> Self {
        Self { place, name: name.to_owned(), qualifier: None }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (text, _) = split_case(text);
        let (place, resource) = states(text)?;
        let parts: Vec<&str> = resource.split(':').collect();
        let (name, qualifier) = match parts[..] {
            ["stateMachine", name] => (name, None),
            ["stateMachine", name, qualifier] => (name, Some(qualifier)),
            _ => return Err(wrong_kind(resource)),
        };
        if name.is_empty() || qualifier == Some("") {
            return Err(invalid(text));
        }
        let name = name.to_owned();
        let qualifier = qualifier.map(|qualifier| match qualifier.parse() {
            Ok(version) => Qualifier::Version(version),
            Err(_) => Qualifier::Alias(qualifier.to_owned()),
        });
        Ok(Self { place, name, qualifier })
    }

    /// The state machine, whichever version or alias this names.
    pub(crate) fn unqualified(&self) -> Self {
        Self { qualifier: None, ..self.clone() }
    }

    pub(crate) fn version(&self, number: u64) -> Self {
        Self { qualifier: Some(Qualifier::Version(number)), ..self.clone() }
    }

    pub(crate) fn alias(&self, name: &str) -> Self {
        Self { qualifier: Some(Qualifier::Alias(name.to_owned())), ..self.clone() }
    }
}

impl ExecutionArn {
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (place, resource) = states(text)?;
        let parts: Vec<&str> = resource.split(':').collect();
        let (machine, name, express) = match parts[..] {
            ["execution", machine, name] => (machine, name, None),
            ["express", machine, name, express] => (machine, name, Some(express.to_owned())),
            _ => return Err(wrong_kind(resource)),
        };
        if machine.is_empty() || name.is_empty() {
            return Err(invalid(text));
        }
        Ok(Self { place, machine: machine.to_owned(), name: name.to_owned(), express })
    }

    /// The state machine that it is of.
    pub(crate) fn machine(&self) -> MachineArn {
        MachineArn::new(self.place.clone(), &self.machine)
    }
}

impl ActivityArn {
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (place, resource) = states(text)?;
        match resource.split_once(':') {
            Some(("activity", name)) if !name.is_empty() && !name.contains(':') => {
                Ok(Self { place, name: name.to_owned() })
            }
            _ => Err(wrong_kind(resource)),
        }
    }
}

/// The ARN of a state machine without the test case of a mock configuration that may follow it, and that.
pub(crate) fn split_case(text: &str) -> (&str, Option<&str>) {
    match text.split_once('#') {
        Some((arn, case)) => (arn, Some(case).filter(|case| !case.is_empty())),
        None => (text, None),
    }
}

/// The place and the resource of an ARN of AWS Step Functions.
fn states(text: &str) -> Result<(Place, &str), Fault> {
    let rest = text
        .strip_prefix("arn:")
        .ok_or_else(|| Fault::new("InvalidArn", format!("Invalid Arn: 'Invalid ARN prefix: {text}'")))?;
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let [partition, "states", region, account, resource] = parts[..] else { return Err(invalid(text)) };
    if partition.is_empty() || region.is_empty() || account.len() != 12 {
        return Err(invalid(text));
    }
    let place =
        Place { partition: partition.to_owned(), region: region.to_owned(), account: account.to_owned() };
    Ok((place, resource))
}

fn invalid(text: &str) -> Fault {
    Fault::new("InvalidArn", format!("Invalid Arn: '{text}'"))
}

pub(crate) fn wrong_kind(resource: &str) -> Fault {
    let kind = resource.split(':').next().unwrap_or_default();
    Fault::new("InvalidArn", format!("Invalid Arn: 'Resource type not valid in this context: {kind}'"))
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(number) => write!(f, "{number}"),
            Self::Alias(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for MachineArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place.prefix("states", "stateMachine"), self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, machine, name, express } = self;
        match express {
            Some(express) => write!(f, "{}{machine}:{name}:{express}", place.prefix("states", "express")),
            None => write!(f, "{}{machine}:{name}", place.prefix("states", "execution")),
        }
    }
}

impl fmt::Display for ActivityArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place.prefix("states", "activity"), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_read_back_what_they_print() {
        for text in [
            "arn:aws:states:us-east-1:000000000000:stateMachine:pay",
            "arn:aws:states:us-east-1:000000000000:stateMachine:pay:3",
            "arn:aws-cn:states:cn-north-1:111111111111:stateMachine:pay:live",
        ] {
            assert_eq!(MachineArn::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "arn:aws:states:us-east-1:000000000000:execution:pay:first",
            "arn:aws:states:us-east-1:000000000000:express:pay:first:0f-1",
        ] {
            assert_eq!(ExecutionArn::parse(text).unwrap().to_string(), text);
        }
        let activity = "arn:aws:states:us-east-1:000000000000:activity:approve";
        assert_eq!(ActivityArn::parse(activity).unwrap().to_string(), activity);
    }

    #[test]
    fn what_is_no_arn_is_refused_as_aws_does() {
        let message = |text| MachineArn::parse(text).unwrap_err().message;
        assert_eq!(message("not_a_valid_arn"), "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'");
        assert_eq!(
            message("arn:aws:states:us-east-1:000000000000:activity:approve"),
            "Invalid Arn: 'Resource type not valid in this context: activity'"
        );
        for wrong in ["arn:aws:s3:::bucket", "arn:aws:states:us-east-1:0:stateMachine:pay", "arn:"] {
            assert_eq!(message(wrong), format!("Invalid Arn: '{wrong}'"));
        }
    }
}
