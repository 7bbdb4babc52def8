//! The `Resource` of a task: which function, activity or service it is about, and how its end is waited for.

use tidegate_model::Text;

/// What a task state calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A function by its ARN.
    Lambda {
        /// The ARN, as written.
        arn: Text,
        /// Name of the function.
        function: Text,
    },
    /// An activity: a worker outside asks for the task.
    Activity {
        /// The ARN, as written.
        arn: Text,
        /// Name of the activity.
        name: Text,
    },
    /// A service integration.
    Service(Service),
}

/// A service integration: `arn:aws:states:::lambda:invoke.waitForTaskToken`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The service: `lambda`, or `aws-sdk:s3`.
    pub service: Text,
    /// What is asked of it, with the pattern, as history shows it: `invoke.waitForTaskToken`.
    pub resource: Text,
    /// What is asked of it, without the pattern: `invoke`.
    pub action: Text,
    /// How its end is waited for.
    pub pattern: Pattern,
}

/// How a service integration is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Its answer is the result.
    RequestResponse,
    /// The end of the job that it starts is the result; the job's output is text.
    Sync,
    /// The same; the job's output is JSON.
    Sync2,
    /// Whoever has the task token gives the result.
    TaskToken,
}

impl Resource {
    /// What `arn` names.
    ///
    /// # Errors
    /// Where it is no ARN of a function, an activity or a service integration.
    pub fn parse(arn: &str) -> Result<Self, String> {
        let malformed = || format!("`{arn}` names no function, activity or service integration");
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [_, _, service, _, _, rest] = parts[..] else { return Err(malformed()) };
        match service {
            "lambda" => {
                let function = rest.strip_prefix("function:").ok_or_else(malformed)?;
                let function = function.split(':').next().filter(|name| !name.is_empty());
                let function = function.ok_or_else(malformed)?.into();
                Ok(Self::Lambda { arn: arn.into(), function })
            }
            "states" => match rest.strip_prefix("activity:") {
                Some(name) => Ok(Self::Activity { arn: arn.into(), name: name.into() }),
                None => Ok(Self::Service(Service::parse(rest).ok_or_else(malformed)?)),
            },
            _ => Err(malformed()),
        }
    }
}

impl Resource {
    /// What `text` of a definition names in which templates have not been filled in: `${Pay}` stands for a function.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn of_template(text: &str) -> Result<Self, String> {
        Self::parse(text).or_else(|error| {
            let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            let name = name.filter(|name| !name.is_empty() && !name.contains(['$', '{', '}']));
            name.map(|name| Self::Lambda { arn: text.into(), function: name.into() }).ok_or(error)
        })
    }
}

impl Service {
    /// The name of the function that carries it out. One that waits for the end of a job is another than the one that
    /// starts it.
    #[must_use]
    pub fn function(&self) -> String {
        let Self { service, action, pattern, .. } = self;
        match pattern {
            Pattern::Sync | Pattern::Sync2 => format!("{service}:{action}.sync"),
            Pattern::RequestResponse | Pattern::TaskToken => format!("{service}:{action}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (service, resource) =
            text.rsplit_once(':').filter(|(_, resource)| *resource != "2").or_else(|| {
                let (service, resource) = text.strip_suffix(":2")?.rsplit_once(':')?;
                Some((service, &text[service.len() + 1..])).filter(|_| !resource.is_empty())
            })?;
        let (action, pattern) = match resource.split_once('.') {
            None => (resource, Pattern::RequestResponse),
            Some((action, "sync")) => (action, Pattern::Sync),
            Some((action, "sync:2")) => (action, Pattern::Sync2),
            Some((action, "waitForTaskToken")) => (action, Pattern::TaskToken),
            Some(_) => return None,
        };
        let is_named = !service.is_empty() && !action.is_empty();
        is_named.then(|| Self {
            service: service.into(),
            resource: resource.into(),
            action: action.into(),
            pattern,
        })
    }
}

/// The name of the function in a function's name, partial ARN or ARN, without its qualifier.
#[must_use]
pub fn function_name(text: &str) -> &str {
    let name = match text.find(":function:") {
        Some(at) => &text[at + ":function:".len()..],
        None => text,
    };
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_told_apart() {
        let lambda = Resource::parse("arn:aws:lambda:us-east-1:000000000000:function:pay:live").unwrap();
        assert!(matches!(lambda, Resource::Lambda { function, .. } if function == "pay"));
        let activity = Resource::parse("arn:aws:states:us-east-1:000000000000:activity:approve").unwrap();
        assert!(matches!(activity, Resource::Activity { name, .. } if name == "approve"));
        for (arn, service, resource, action, pattern) in [
            ("arn:aws:states:::lambda:invoke", "lambda", "invoke", "invoke", Pattern::RequestResponse),
            (
                "arn:aws:states:::states:startExecution.sync:2",
                "states",
                "startExecution.sync:2",
                "startExecution",
                Pattern::Sync2,
            ),
            (
                "arn:aws:states:::aws-sdk:s3:getObject",
                "aws-sdk:s3",
                "getObject",
                "getObject",
                Pattern::RequestResponse,
            ),
            (
                "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "sqs",
                "sendMessage.waitForTaskToken",
                "sendMessage",
                Pattern::TaskToken,
            ),
        ] {
            let expected = Service {
                service: service.into(),
                resource: resource.into(),
                action: action.into(),
                pattern,
            };
            assert_eq!(Resource::parse(arn), Ok(Resource::Service(expected)), "{arn}");
        }
        for wrong in
            ["", "pay", "arn:aws:states:::lambda", "arn:aws:s3:::bucket", "arn:aws:states:::a:b.later"]
        {
            assert!(Resource::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn functions_go_by_name_in_every_form() {
        for form in [
            "pay",
            "pay:live",
            "000000000000:function:pay",
            "arn:aws:lambda:us-east-1:000000000000:function:pay",
            "arn:aws:lambda:us-east-1:000000000000:function:pay:$LATEST",
        ] {
            assert_eq!(function_name(form), "pay", "{form}");
        }
    }
}
