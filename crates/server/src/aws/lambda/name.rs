//! The forms in which a function is named: `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME`, its ARN.

use tidegate_model::FunctionName;

use crate::aws::arn::Place;
use crate::aws::caller::Caller;
use crate::aws::fault::Fault;

/// The qualifier of what was last uploaded.
pub(super) const LATEST: &str = "$LATEST";

/// A function, as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    /// A version; `None` where none is named, or the latest.
    pub(super) version: Option<String>,
}

impl Named {
    /// What `text` names; `qualifier` is one that was stated beside it.
    pub(super) fn parse(text: &str, qualifier: Option<&str>) -> Result<Self, Fault> {
        let rest = text.split_once("function:").map_or(text, |(_, rest)| rest);
        let (name, own) = rest.split_once(':').map_or((rest, None), |(name, own)| (name, Some(own)));
        let is_sound = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
        if !is_sound || FunctionName::new(name).is_err() {
            return Err(Fault::constraint(
                text,
                "functionName",
                r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
            ));
        }
        let version = qualifier.or(own).filter(|version| *version != LATEST);
        Ok(Self { name: name.to_owned(), version: version.map(str::to_owned) })
    }

    /// The function in the engine: versions are functions of their own.
    pub(super) fn function(&self) -> FunctionName {
        let name = match &self.version {
            Some(version) => format!("{}:{version}", self.name),
            None => self.name.clone(),
        };
        FunctionName::new(&name).expect("a checked name and a number make a name")
    }

    /// Its ARN.
    pub(super) fn arn(&self, caller: &Caller) -> String {
        let plain = format!("{}{}", Place::of(caller).prefix("lambda", "function"), self.name);
        match &self.version {
            Some(version) => format!("{plain}:{version}"),
            None => plain,
        }
    }

    /// There is no such function.
    pub(super) fn missing(&self, caller: &Caller) -> Fault {
        Fault::new("ResourceNotFoundException", format!("Function not found: {}", self.arn(caller)))
            .with_status(http::StatusCode::NOT_FOUND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_goes_by_many_names() {
        for (text, qualifier, version) in [
            ("pay", None, None),
            ("pay", Some("3"), Some("3")),
            ("pay:3", None, Some("3")),
            ("pay:$LATEST", None, None),
            ("000000000000:function:pay", None, None),
            ("arn:aws:lambda:eu-west-1:000000000000:function:pay:3", None, Some("3")),
        ] {
            let named = Named::parse(text, qualifier).unwrap();
            assert_eq!((named.name.as_str(), named.version.as_deref()), ("pay", version), "{text}");
        }
        for wrong in ["", "a b", "ä", "arn:aws:lambda:eu-west-1:000000000000:function:"] {
            assert_eq!(Named::parse(wrong, None).unwrap_err().code, "ValidationException", "{wrong}");
        }
    }
}
