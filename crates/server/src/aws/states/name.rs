//! Which names AWS takes, and what those are called that are no names here.

use tidegate_model::{Digest, Name};

use crate::aws::fault::Fault;

/// Longest name, in characters.
const CHARS_MAX: usize = 80;

/// Characters that no name has, beside white space and control characters.
const REFUSED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// A name as AWS takes it for state machines, executions and activities.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    let is_refused = |c: char| c.is_whitespace() || c.is_control() || REFUSED.contains(c);
    let length = name.chars().count();
    if length == 0 || length > CHARS_MAX || name.chars().any(is_refused) {
        return Err(Fault::new("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

/// A name of a workflow or a function for what AWS calls `text`: the same where it is one.
pub(super) fn of(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|_| {
        let is_kept = |c: &char| c.is_ascii_alphanumeric() || "-_.:".contains(*c);
        let kept: String = text.chars().filter(is_kept).collect();
        let digest = Digest::of(text.as_bytes()).short();
        Name::new(&format!("_{kept}.{digest}")).expect("it has only what names have")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_aws_takes() {
        for good in ["pay", "Pay_2-b.c", "überweisung", "a@b", &"x".repeat(80)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "a:b", "a\n", "<a>", "a*", &"x".repeat(81)] {
            assert_eq!(check(bad).unwrap_err().message, format!("Invalid Name: '{bad}'"));
        }
    }

    #[test]
    fn what_is_no_name_here_gets_one_of_its_own() {
        assert_eq!(of("pay").as_str(), "pay");
        assert_ne!(of("ä"), of("ö"));
        assert!(of("-pay").as_str().starts_with("_-pay."));
    }
}
