//! Plans: workflows whose end can be predicted, drawn at random.
//!
//! A plan is a list of steps, each a function from a number or a list to a number or a list. What it means is said
//! twice, and apart: as triggers (`weave`), which the engine runs, and as arithmetic (`reference`).

use std::sync::Arc;

use tidegate_model::{Digest, WorkflowName};

use crate::function::Function;
use crate::random::Random;

/// Steps one after another; number in, number out.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// In order.
    pub steps: Vec<Step>,
    /// Whether a failure of any step is caught, and −1 the result.
    pub catches: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Invokes a function once.
    Invoke(Function),
    /// Invokes a function for each item of a list.
    Map {
        /// Which.
        function: Function,
        /// At one time.
        concurrency: u64,
        /// Failures that are tolerated.
        tolerate: u64,
    },
    /// Runs a nested scope for each item of a list.
    Each {
        /// The scope.
        body: Body,
        /// At one time.
        concurrency: u64,
    },
    /// Runs a nested scope once.
    Call(Body),
    /// Starts a run of another workflow and waits for its end.
    Child(Child),
    /// Invokes several functions on one number and adds up their results.
    Join {
        /// The functions.
        branches: Vec<Function>,
        /// When it is known how many they are.
        size: Size,
    },
    /// Waits.
    Wait {
        /// For so long.
        ms: u64,
    },
}

/// When a join knows its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// From the start.
    Known,
    /// Once the first branch has ended.
    Late,
    /// So many are enough; the result is their number.
    Quorum(u64),
}

/// Another workflow, in the version that it had when this plan was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its name.
    pub workflow: WorkflowName,
    /// Its version.
    pub program: Digest,
    /// Its plan.
    pub body: Arc<Body>,
}

impl Body {
    /// A random plan, which may start any of `children`.
    #[must_use]
    pub fn draw(random: &mut Random, children: &[Child], depth: u32) -> Self {
        let mut steps = Vec::new();
        let wanted = random.between(1, if depth == 0 { 5 } else { 3 });
        let mut is_list = false;
        while (steps.len() as u64) < wanted || is_list {
            if is_list {
                let step = list_step(random, depth);
                is_list = !matches!(step, Step::Invoke(Function::Sum));
                steps.push(step);
            } else if random.chance(30) {
                steps.push(Step::Invoke(Function::Spread));
                is_list = true;
            } else {
                steps.push(number_step(random, children, depth));
            }
        }
        Self { steps, catches: random.chance(25) }
    }
}

fn list_step(random: &mut Random, depth: u32) -> Step {
    match random.below(6) {
        0 | 1 => Step::Map {
            function: *random.pick(&Function::OF_NUMBERS),
            concurrency: random.between(1, 4),
            tolerate: random.below(3),
        },
        2 if depth < 2 => {
            Step::Each { body: Body::draw(random, &[], depth + 1), concurrency: random.between(1, 3) }
        }
        _ => Step::Invoke(Function::Sum),
    }
}

fn number_step(random: &mut Random, children: &[Child], depth: u32) -> Step {
    match random.below(10) {
        0 | 1 => {
            let size = match random.below(3) {
                0 => Size::Late,
                _ => Size::Known,
            };
            let branches = (0..random.between(1, 4)).map(|_| *random.pick(&Function::OF_NUMBERS)).collect();
            Step::Join { branches, size }
        }
        2 => {
            let branches = random.between(1, 4);
            let size = Size::Quorum(random.between(1, branches));
            Step::Join { branches: vec![Function::Affine; branches as usize], size }
        }
        3 => Step::Wait { ms: random.between(1, 5000) },
        4 if depth < 2 => Step::Call(Body::draw(random, &[], depth + 1)),
        5 if !children.is_empty() => Step::Child(random.pick(children).clone()),
        _ => Step::Invoke(*random.pick(&Function::OF_NUMBERS)),
    }
}
