//! One call: which service and action, in which of the two manners of Amazon States Language.
//!
//! Owns the difference of the manners in names. A resource `aws-sdk:dynamodb:putItem` answers as the AWS SDK for Java 2
//! does. The *optimised* `dynamodb:putItem` is older than that SDK: it answers as version 1 did, with metadata of the
//! answer in the result, other names of errors, and timestamps in milliseconds.

use std::sync::Arc;

use tidegate_model::function::AwsAction;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, Invocation, Text};

use super::table::{Operation, Service};

/// A service's action, found in the table.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The service, as the table names it.
    pub(super) service_name: String,
    pub(super) service: Arc<Service>,
    /// As workflows name it: `getItem`.
    pub(super) action: Text,
    pub(super) manner: Manner,
}

/// How results and errors look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// As those of the AWS SDK for Java 2.
    Sdk,
    /// As those of an integration that is optimised, and of the second generation.
    Optimised {
        /// What the names of errors begin with.
        prefix: &'static str,
    },
    /// As those of an integration over version 1 of the SDK.
    First {
        /// What the names of errors begin with.
        prefix: &'static str,
        /// What version 1 of the SDK calls the service in messages.
        service_id: &'static str,
        /// What it calls an error that the service's model does not know.
        base_exception: &'static str,
    },
}

/// An optimised integration.
struct Integration {
    /// As resources name it.
    name: &'static str,
    /// The table's name.
    service: &'static str,
    manner: Manner,
}

const fn first(
    name: &'static str,
    service: &'static str,
    prefix: &'static str,
    service_id: &'static str,
    base_exception: &'static str,
) -> Integration {
    Integration { name, service, manner: Manner::First { prefix, service_id, base_exception } }
}

const fn second(name: &'static str, service: &'static str, prefix: &'static str) -> Integration {
    Integration { name, service, manner: Manner::Optimised { prefix } }
}

/// The optimised integrations, but for those that call URLs. Source: AWS Step Functions Developer Guide, "Integrating
/// optimized services".
const INTEGRATIONS: &[Integration] = &[
    first("athena", "athena", "Athena", "AmazonAthena", "AmazonAthenaException"),
    first("batch", "batch", "Batch", "AWSBatch", "AWSBatchException"),
    second("bedrock", "bedrock", "Bedrock"),
    first("codebuild", "codebuild", "CodeBuild", "AWSCodeBuild", "AWSCodeBuildException"),
    first("databrew", "databrew", "GlueDataBrew", "AWSGlueDataBrew", "AWSGlueDataBrewException"),
    first("dynamodb", "dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    first("ecs", "ecs", "ECS", "AmazonECS", "AmazonECSException"),
    first("eks", "eks", "EKS", "AmazonEKS", "AmazonEKSException"),
    first(
        "elasticmapreduce",
        "emr",
        "ElasticMapReduce",
        "AmazonElasticMapReduce",
        "AmazonElasticMapReduceException",
    ),
    second("emr-containers", "emrcontainers", "EmrContainers"),
    second("emr-serverless", "emrserverless", "EmrServerless"),
    second("events", "eventbridge", "EventBridge"),
    first("glue", "glue", "Glue", "AWSGlue", "AWSGlueException"),
    first("lambda", "lambda", "Lambda", "AWSLambda", "AWSLambdaException"),
    second("mediaconvert", "mediaconvert", "MediaConvert"),
    second("s3", "s3", "S3"),
    first("sagemaker", "sagemaker", "SageMaker", "AmazonSageMaker", "AmazonSageMakerException"),
    first("sns", "sns", "SNS", "AmazonSNS", "AmazonSNSException"),
    first("sqs", "sqs", "SQS", "AmazonSQS", "AmazonSQSException"),
    first("states", "sfn", "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
];

impl Call {
    /// What `action` asks for. The manner is told by the function's name: one that is the name of an optimised
    /// integration is called as that, every other as the SDK does.
    ///
    /// # Errors
    /// Where there is no such service or action.
    pub(super) fn of(action: &AwsAction, invocation: &Invocation) -> Result<Self, Failure> {
        let asked = action.service.strip_prefix("aws-sdk:").unwrap_or(&action.service);
        let integration = integration(asked);
        let service_name = service_of(asked, &action.action);
        let service = Service::named(service_name).ok_or_else(|| unknown_service(asked))?;
        if service.operation(&action.action).is_none() {
            return Err(unknown_action(asked, &action.action, &service));
        }
        let manner = match integration {
            Some(integration) if is_optimised(asked, action, invocation) => integration.manner,
            Some(_) | None => Manner::Sdk,
        };
        Ok(Self { service_name: service_name.to_owned(), service, action: action.action.clone(), manner })
    }

    /// The operation, and its name in the service's own words.
    pub(super) fn operation(&self) -> (&str, &Operation) {
        self.service.operation(&self.action).expect("a call is made of an action that the service has")
    }

    /// What the names of its errors begin with.
    pub(super) fn error_prefix(&self) -> &str {
        match self.manner {
            Manner::Sdk => &self.service.java_name,
            Manner::Optimised { prefix } | Manner::First { prefix, .. } => prefix,
        }
    }

    /// As people know it: `dynamodb:getItem`.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.service_name, self.action)
    }
}

/// The table's name of the service that resources call `asked`.
pub(super) fn table_name(asked: &str) -> &str {
    integration(asked).map_or(asked, |integration| integration.service)
}

/// One optimised integration stands for two services.
pub(super) fn service_of<'a>(asked: &'a str, action: &str) -> &'a str {
    match (asked, action) {
        ("bedrock", "invokeModel") => "bedrockruntime",
        _ => table_name(asked),
    }
}

fn integration(asked: &str) -> Option<&'static Integration> {
    INTEGRATIONS.iter().find(|integration| integration.name == asked)
}

fn is_optimised(asked: &str, action: &AwsAction, invocation: &Invocation) -> bool {
    let name = invocation.function.as_str();
    let resource = name.rsplit_once(":::").map_or(name, |(_, resource)| resource);
    let named = resource.strip_prefix(asked).and_then(|rest| rest.strip_prefix(':'));
    named.and_then(|rest| rest.split('.').next()) == Some(&*action.action)
}

fn unknown_service(asked: &str) -> Failure {
    let start = asked.get(..3).unwrap_or(asked);
    let near: Vec<&str> = Service::names().filter(|name| name.starts_with(start)).take(5).collect();
    let hint = if near.is_empty() { String::new() } else { format!("; there are {}", near.join(", ")) };
    let message = format!("AWS has no service `{asked}` that could be called{hint}");
    Failure::new(errors::NOT_STARTED, Text::from(message))
}

fn unknown_action(asked: &str, action: &str, service: &Service) -> Failure {
    let lower = action.to_lowercase();
    let actions = service.actions();
    let same = actions.iter().find(|known| known.to_lowercase() == lower);
    let near = || {
        let verb = action.split(|c: char| c.is_ascii_uppercase()).next().unwrap_or(action);
        actions.iter().filter(|known| known.starts_with(verb)).take(5).map(String::as_str).collect::<Vec<_>>()
    };
    let hint = match same {
        Some(same) => format!("; did you mean `{same}`?"),
        None if near().is_empty() => String::new(),
        None => format!("; it has {}", near().join(", ")),
    };
    Failure::new(
        errors::NOT_STARTED,
        Text::from(format!("the service `{asked}` has no action `{action}` that could be called{hint}")),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use tidegate_json::Value;
    use tidegate_model::{FunctionName, FunctionSpec, Labels, RunId, Runtime, TaskId, WorkflowName};

    use super::*;

    /// An attempt of a function called `resource`, which is `aws-sdk:s3:getObject` or `s3:getObject`.
    pub(in crate::aws) fn invocation(resource: &str, input: Value) -> (AwsAction, Invocation) {
        let (service, action) = resource.rsplit_once(':').unwrap();
        let service = service.strip_prefix("aws-sdk:").unwrap_or(service);
        let action = AwsAction { service: service.into(), action: action.into() };
        let invocation = Invocation {
            task: TaskId { run: RunId(7), number: 1 },
            attempt: 1,
            idempotency_key: "key".into(),
            workflow: WorkflowName::new("orders").unwrap(),
            subject: "save".into(),
            index: None,
            function: FunctionName::new(resource).unwrap(),
            spec: Arc::new(FunctionSpec::new(Runtime::Aws(action.clone()))),
            directory: None,
            input,
            labels: Labels::NONE,
            deadline: None,
            taken: false,
        };
        (action, invocation)
    }

    pub(in crate::aws) fn call(resource: &str) -> Call {
        let (action, invocation) = invocation(resource, Value::Null);
        Call::of(&action, &invocation).unwrap()
    }

    #[test]
    fn the_functions_name_tells_the_manner() {
        assert_eq!(call("aws-sdk:dynamodb:putItem").manner, Manner::Sdk);
        assert!(matches!(call("dynamodb:putItem").manner, Manner::First { prefix: "DynamoDB", .. }));
        assert_eq!(call("events:putEvents").manner, Manner::Optimised { prefix: "EventBridge" });
        assert_eq!(call("ec2:describeInstances").manner, Manner::Sdk);
        assert_eq!(call("bedrock:invokeModel").service_name, "bedrockruntime");
        let (action, mut invocation) = invocation("dynamodb:putItem", Value::Null);
        for (function, is_first) in [
            ("save", false),
            ("aws-sdk:dynamodb:putItem", false),
            ("arn:aws:states:::aws-sdk:dynamodb:putItem", false),
            ("arn:aws:states:::dynamodb:putItem", true),
            ("dynamodb:putItem.waitForTaskToken", true),
        ] {
            invocation.function = FunctionName::new(function).unwrap();
            let manner = Call::of(&action, &invocation).unwrap().manner;
            assert_eq!(matches!(manner, Manner::First { .. }), is_first, "{function}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is_near() {
        let check = |resource: &str, expected: &str| {
            let (action, invocation) = invocation(resource, Value::Null);
            assert_eq!(Call::of(&action, &invocation).unwrap_err().message, expected);
        };
        check(
            "aws-sdk:dynamo:putItem",
            "AWS has no service `dynamo` that could be called; there are dynamodb, dynamodbstreams",
        );
        check(
            "aws-sdk:dynamodb:putitem",
            "the service `dynamodb` has no action `putitem` that could be called; did you mean `putItem`?",
        );
        check(
            "aws-sdk:sts:getSecret",
            "the service `sts` has no action `getSecret` that could be called; it has getAccessKeyInfo, \
             getCallerIdentity, getDelegatedAccessToken, getFederationToken, getSessionToken",
        );
    }
}
