//! Service integrations as functions: what a task of `dynamodb:putItem` is where nobody has registered a function of that
//! name.

use tidegate_model::function::AwsAction;
use tidegate_model::{FunctionName, FunctionSpec, Runtime, Text};

/// Prefix of the integrations with all services, as the AWS SDK has them.
const SDK: &str = "aws-sdk:";

/// Services with integrations of their own, but for those that are ours: functions and state machines.
const OPTIMISED: [&str; 20] = [
    "apigateway",
    "athena",
    "batch",
    "bedrock",
    "codebuild",
    "dynamodb",
    "ecs",
    "eks",
    "elasticmapreduce",
    "emr-containers",
    "emr-serverless",
    "events",
    "glue",
    "databrew",
    "http",
    "mediaconvert",
    "s3",
    "sagemaker",
    "sns",
    "sqs",
];

/// The function that the integration `name` is.
pub(crate) fn provide(name: &FunctionName) -> Option<FunctionSpec> {
    let (service, action) = name.as_str().rsplit_once(':')?;
    // Nothing here waits for the end of a job that is another service's.
    let is_known = !action.ends_with(".sync") && (service.starts_with(SDK) || OPTIMISED.contains(&service));
    let action = AwsAction { service: Text::from(service), action: Text::from(action) };
    is_known.then(|| FunctionSpec::new(Runtime::Aws(action)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrations_are_told_from_other_names() {
        let provided = |name: &str| match provide(&FunctionName::new(name).unwrap())?.runtime {
            Runtime::Aws(AwsAction { service, action }) => Some((service.to_string(), action.to_string())),
            other => panic!("{other:?}"),
        };
        assert_eq!(provided("dynamodb:putItem"), Some(("dynamodb".into(), "putItem".into())));
        assert_eq!(provided("aws-sdk:s3:getObject"), Some(("aws-sdk:s3".into(), "getObject".into())));
        for other in [
            "pay",
            "glue:startJobRun.sync",
            "activity:approve",
            "lambda:invoke",
            "states:startExecution",
            "ours:putItem",
        ] {
            assert_eq!(provided(other), None, "{other}");
        }
    }
}
