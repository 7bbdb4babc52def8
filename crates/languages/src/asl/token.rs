//! Task tokens: the text by which somebody outside names the task that he ends.

use tidegate_model::TaskId;

const MARK: &str = "tidegate-";

/// The token of `task`.
#[must_use]
pub fn encode(task: TaskId) -> String {
    let digits: String = task.to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{MARK}{digits}")
}

/// The task that `token` names; `None` where it is none of ours.
#[must_use]
pub fn decode(token: &str) -> Option<TaskId> {
    let digits = token.strip_prefix(MARK)?.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    String::from_utf8(bytes?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use tidegate_model::{PartitionId, RunId};

    use super::*;

    #[test]
    fn a_token_names_its_task_and_nothing_else_is_one() {
        let task = TaskId { run: RunId::new(PartitionId(0), 12), number: 3 };
        assert_eq!(decode(&encode(task)), Some(task));
        for wrong in ["", "tidegate-", "tidegate-zz", "tidegate-7", "r12.t3"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
