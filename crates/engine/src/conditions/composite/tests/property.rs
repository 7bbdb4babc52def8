//! The rule against the reference model, for trees and traces that nobody thought of.

use proptest::prelude::*;

use super::notation::{Expr, letter};
use super::reference::Model;
use super::world::{Firing, Happens, POLICIES, Timers, rule, run};

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = (0..4_usize).prop_map(Expr::Leaf);
    leaf.prop_recursive(3, 10, 3, |part| {
        let parts = || prop::collection::vec(part.clone(), 1..4);
        let some_of = prop::collection::vec(part.clone(), 2..4).prop_flat_map(|parts| (1..parts.len(), Just(parts)));
        let boxed = || part.clone().prop_map(Box::new);
        prop_oneof![
            2 => parts().prop_map(Expr::All),
            2 => some_of.prop_map(|(n, parts)| Expr::Any(n, parts)),
            3 => parts().prop_map(Expr::Sequence),
            3 => (boxed(), boxed(), boxed()).prop_map(|(absent, start, end)| Expr::Not { absent, start, end }),
            3 => (boxed(), boxed(), 1..12_i64)
                .prop_map(|(absent, after, within_ms)| Expr::Absence { absent, after, within_ms }),
        ]
    })
}

fn trace() -> impl Strategy<Value = Vec<Happens>> {
    let event = (prop::collection::btree_set(0..4_usize, 1..3), prop_oneof![Just(0), 1..6_i64]);
    prop::collection::vec(event, 1..11).prop_map(|events| {
        let mut at = 0;
        let happens = |(number, (patterns, later)): (usize, (std::collections::BTreeSet<usize>, i64))| {
            at += later;
            let letters: String = patterns.iter().map(|pattern| letter(*pattern)).collect();
            Happens { name: format!("{letters}{number}"), patterns: patterns.into_iter().collect(), at }
        };
        events.into_iter().enumerate().map(happens).collect()
    })
}

fn written(events: &[Happens]) -> String {
    events.iter().map(|event| format!("{}@{}", event.name, event.at)).collect::<Vec<_>>().join(" ")
}

/// What has come together, whoever delivered it.
fn composites(firings: &[Firing]) -> Vec<(i64, &Vec<String>)> {
    firings.iter().flat_map(|firing| firing.composites.iter().map(|names| (firing.at, names))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rule_finds_what_the_definitions_say(
        expr in expr(), events in trace(), within_ms in prop::option::of(1..16_i64), more in 0..20_i64,
    ) {
        let end = events.last().map_or(0, |event| event.at) + more;
        for (name, policy) in POLICIES {
            let expected = Model { events: &events, end, policy, within_ms }.firings(&expr);
            let (found, _) = run(&rule(&expr, policy, within_ms), &events, end, Timers::InTime);
            prop_assert_eq!(&found, &expected, "{} {} over {} within {:?}", name, &expr, written(&events), within_ms);
        }
    }

    #[test]
    fn late_timers_change_nothing(
        expr in expr(), events in trace(), within_ms in prop::option::of(1..16_i64), more in 0..20_i64,
    ) {
        let end = events.last().map_or(0, |event| event.at) + more;
        for (_, policy) in POLICIES {
            let rule = rule(&expr, policy, within_ms);
            let (in_time, waits) = run(&rule, &events, end, Timers::InTime);
            let (late, waits_late) = run(&rule, &events, end, Timers::Late);
            prop_assert_eq!(composites(&in_time), composites(&late));
            prop_assert_eq!(waits, waits_late);
        }
    }

    #[test]
    fn expressions_read_back_what_they_print(expr in expr()) {
        prop_assert_eq!(Expr::parse(&expr.to_string()), expr.clone());
        let words = rule(&expr, POLICIES[0].1, None).tree.words(0).to_string();
        let words = (0..4).fold(words, |words, pattern| words.replace(&format!("event {pattern}"), &letter(pattern).to_string()));
        prop_assert_eq!(words, expr.to_string());
    }
}
