//! Replicas: how many there are, what they are called, and which comes after which.

use proptest::prelude::proptest;
use tidegate_languages::diagnostic::Reports;
use tidegate_languages::source::{Document, Source};
use tidegate_languages::sweep;
use tidegate_languages::sweep::check::Checked;
use tidegate_languages::sweep::expand::{Expansion, expand};
use tidegate_languages::sweep::model::Workflow;

use crate::{example, workflows};

pub(crate) fn read(text: &str) -> (Workflow, Checked) {
    let source = Source::new("workflow.json", text);
    let document = Document::read(&source).0.unwrap();
    let mut reports = Reports::new(&source);
    let read = sweep::read(&document, &mut reports);
    let found = reports.finish(None);
    read.unwrap_or_else(|| panic!("{found:?}"))
}

/// The graph of an example in which each task that is scattered has `count` replicas in each instance around it.
fn expanded(name: &str, count: usize) -> Expansion {
    let (workflow, checked) = read(&example(name));
    expand(&workflow, &checked, |_, _| count).unwrap()
}

fn check(name: &str, count: usize, expected: &[&str]) {
    assert_eq!(expanded(name, count).to_lines(), expected, "{name}");
}

#[test]
fn tasks_that_are_not_replicated_stand_for_themselves() {
    check("example1", 9, &["1 -> 2 3 4", "2", "3 -> 4", "4"]);
}

#[test]
fn a_scattered_task_is_gathered_by_the_next() {
    check("example2", 3, &["1 -> 2_A 2_B 2_C", "2_A -> 3", "2_B -> 3", "2_C -> 3", "3"]);
    check("example2", 0, &["1", "3"]);
}

#[test]
fn a_following_task_comes_after_the_matching_replica() {
    check(
        "example3",
        3,
        &["1 -> 2_A 2_B 2_C", "2_A -> 3_A", "2_B -> 3_B", "2_C -> 3_C", "3_A", "3_B", "3_C"],
    );
}

#[test]
fn a_following_task_may_come_after_what_is_not_replicated_as_well() {
    check(
        "example4",
        3,
        &[
            "1 -> 2_A 2_B 2_C 3",
            "2_A -> 4_A",
            "2_B -> 4_B",
            "2_C -> 4_C",
            "3 -> 4_A 4_B 4_C",
            "4_A -> 5",
            "4_B -> 5",
            "4_C -> 5",
            "5",
        ],
    );
}

#[test]
fn nested_scatters_are_gathered_by_what_follows_nobody() {
    check(
        "ex5_a",
        2,
        &[
            "1 -> 2_A 2_B",
            "2_A -> 3_A_A 3_A_B",
            "2_B -> 3_B_A 3_B_B",
            "3_A_A -> 4_A_A_A 4_A_A_B",
            "3_A_B -> 4_A_B_A 4_A_B_B",
            "3_B_A -> 4_B_A_A 4_B_A_B",
            "3_B_B -> 4_B_B_A 4_B_B_B",
            "4_A_A_A -> 5",
            "4_A_A_B -> 5",
            "4_A_B_A -> 5",
            "4_A_B_B -> 5",
            "4_B_A_A -> 5",
            "4_B_A_B -> 5",
            "4_B_B_A -> 5",
            "4_B_B_B -> 5",
            "5 -> 6",
            "6",
        ],
    );
}

#[test]
fn what_follows_the_innermost_has_as_many_replicas() {
    let lines = expanded("ex5_b", 2).to_lines();
    let of =
        |task: &str| lines.iter().filter(|line| line.starts_with(&format!("{task}_"))).collect::<Vec<_>>();
    assert_eq!(of("4")[0], "4_A_A_A -> 5_A_A_A");
    assert_eq!((of("4").len(), of("5").len()), (8, 8));
    assert!(of("5").iter().all(|line| line.ends_with(" -> 6")));
}

#[test]
fn what_follows_one_in_between_gathers_what_stands_within() {
    let lines = expanded("ex5_c", 2).to_lines();
    let into = |to: &str| -> Vec<&str> {
        let ends = lines.iter().filter_map(|line| line.split_once(" -> "));
        ends.filter(|(_, after)| after.split(' ').any(|name| name == to)).map(|(from, _)| from).collect()
    };
    assert_eq!(into("5_A_A"), ["4_A_A_A", "4_A_A_B"]);
    assert_eq!(into("5_B_A"), ["4_B_A_A", "4_B_A_B"]);
    assert_eq!(into("6"), ["5_A_A", "5_A_B", "5_B_A", "5_B_B"]);
}

#[test]
fn numbers_of_replicas_may_differ_from_branch_to_branch() {
    let (workflow, checked) = read(&example("ex5_c"));
    let expansion = expand(&workflow, &checked, |task, path| match (task, path) {
        ("2", []) => 2,
        ("3", [outer]) => *outer,
        ("4", [_, inner]) => 3 - inner,
        other => panic!("{other:?}"),
    });
    let names: Vec<String> = expansion.unwrap().instances.into_iter().map(|instance| instance.name).collect();
    assert_eq!(names, ["1", "2_A", "2_B", "3_B_A", "4_B_A_A", "4_B_A_B", "4_B_A_C", "5_B_A", "6"]);
}

#[test]
fn there_is_a_limit_to_what_is_expanded() {
    let (workflow, checked) = read(&example("ex5_b"));
    assert!(expand(&workflow, &checked, |_, _| 10_000).is_err());
}

/// The shape of the published variant calling workflow: 18 tasks, 7N+32 instances.
#[test]
fn variants_of_many_samples_are_called_in_as_many_branches() {
    let (workflow, checked) = read(&crate::gvcf());
    for samples in [2, 14, 62] {
        let count = |task: &str, _: &[usize]| if task == "7" { samples } else { 22 };
        assert_eq!(expand(&workflow, &checked, count).unwrap().instances.len(), 7 * samples + 32);
    }
}

proptest! {
    /// Whatever the shape, instances are as many as their levels say, and an edge leads between replicas that share what is
    /// around both.
    #[test]
    fn edges_lead_between_replicas_of_one_branch(text in workflows("range(3)"), count in 0..4_usize) {
        let (workflow, checked) = read(&text);
        let Ok(expansion) = expand(&workflow, &checked, |_, _| count) else { return Ok(()) };
        for (task, level) in checked.levels.of_task.iter().enumerate() {
            let depth = u32::try_from(checked.levels.levels[*level].depth).unwrap();
            let have = expansion.instances.iter().filter(|instance| instance.task == task).count();
            assert_eq!(have, count.pow(depth));
        }
        for &(from, to) in &expansion.edges {
            let (from, to) = (&expansion.instances[from], &expansion.instances[to]);
            let levels = &checked.levels;
            let common = levels.levels[levels.common(levels.of_task[from.task], levels.of_task[to.task])].depth;
            assert_eq!(from.path[..common], to.path[..common]);
            assert!(checked.before[to.task].contains(&from.task));
        }
    }
}
