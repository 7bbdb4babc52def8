//! Whether a process group has members that still run.
//!
//! The kernel counts zombies as members. In a container whose first process does not look after orphans they
//! stay for ever, so on Linux the state of each member is looked up.

use std::fs;

use rustix::process::test_kill_process_group;

use super::guardian::Group;

/// Whether any member of `group` still runs. Reads the state of all processes; may block for some
/// milliseconds.
pub(super) fn any_runs(group: Group) -> bool {
    if test_kill_process_group(group).is_err() {
        return false;
    }
    let Ok(processes) = fs::read_dir("/proc") else { return true };
    let stats =
        processes.flatten().filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    stats.into_iter().any(|stat| is_running_member(&stat, group))
}

/// Reads a line of `/proc/<pid>/stat` (proc(5)): after the name in parentheses come state, parent and group.
fn is_running_member(stat: &str, group: Group) -> bool {
    let Some((_, rest)) = stat.rsplit_once(')') else { return false };
    let mut fields = rest.split_ascii_whitespace();
    let (state, _parent, member_of) = (fields.next(), fields.next(), fields.next());
    let is_member = member_of.and_then(|it| it.parse().ok()) == Some(group.as_raw_nonzero().get());
    is_member && !matches!(state, Some("Z" | "X") | None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zombies_and_strangers_do_not_count() {
        let group = Group::from_raw(42).unwrap();
        for (stat, expected) in [
            ("43 (sh) S 1 42 42 0", true),
            ("43 (odd) name) R 1 42 42 0", true),
            ("43 (sh) Z 1 42 42 0", false),
            ("43 (sh) S 1 41 42 0", false),
            ("", false),
        ] {
            assert_eq!(is_running_member(stat, group), expected, "{stat}");
        }
    }
}
