//! Pure crates know no clock, no disk, no network, no chance and no order that nobody chose.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::arrows::crate_name;
use crate::tokens::{Token, tokens};
use crate::tree::{files, packages, read, root, shown};
use crate::{Breach, report};

/// Crates that decide: the same input gives the same output, whenever and wherever.
const PURE: [&str; 6] = ["json", "jsonata", "model", "graph", "engine", "languages"];

/// Words by which a pure crate could reach the world or depend on an order that nobody chose.
const IMPURE_WORDS: [(&str, &str); 11] = [
    ("tokio", "what waits belongs to the shell: return an effect"),
    ("now_utc", "time arrives in the journal entry: take a `Timestamp`"),
    ("rand", "draws derive from (run, sequence): take a seed"),
    ("getrandom", "draws derive from (run, sequence): take a seed"),
    ("fastrand", "draws derive from (run, sequence): take a seed"),
    ("HashMap", "its order changes between processes: use `BTreeMap`"),
    ("HashSet", "its order changes between processes: use `BTreeSet`"),
    ("RandomState", "its order changes between processes: use an ordered map"),
    ("hashbrown", "its order is nobody's: use `BTreeMap`, or the one module that hides the order"),
    ("async", "nothing waits in a pure crate: return an effect"),
    ("await", "nothing waits in a pure crate: return an effect"),
];

/// Modules of `std` that a pure crate does not use.
const IMPURE_STD: [(&str, &str); 6] = [
    ("time", "time arrives in the journal entry: take a `Timestamp` or a `Span`"),
    ("fs", "the caller reads files: take text"),
    ("net", "sockets belong to the shell: return an effect"),
    ("thread", "one thread steps one partition: decide without others"),
    ("process", "processes belong to the runtimes: return an effect"),
    ("env", "settings are inputs: take them as a parameter"),
];

/// The places that may use an impure word, each with the reason. One that is not needed is a breach as well.
const ALLOWED: [(&str, &str, &str); 2] = [
    ("crates/engine/src/table.rs", "hashbrown", "a table that can be asked for a key and never iterated"),
    ("crates/engine/src/table.rs", "HashMap", "hashbrown's, with a fixed hasher, inside that table"),
];

#[test]
fn pure_crates_stay_out_of_the_world() {
    let mut breaches = Vec::new();
    let mut used = BTreeSet::new();
    let sources = |name| {
        let sources = files(&root().join("crates").join(name).join("src"), &["rs"]);
        assert!(!sources.is_empty(), "there is no crate {name}: mend `PURE`");
        sources
    };
    for source in PURE.into_iter().flat_map(sources) {
        for (line, word, mend) in impure_words(&tokens(&read(&source))) {
            let allowed =
                ALLOWED.iter().position(|(file, allowed, _)| *file == shown(&source) && *allowed == word);
            match allowed {
                Some(index) => drop(used.insert(index)),
                None => {
                    let place = format!("{}:{line}: `{word}`", shown(&source));
                    breaches.push(Breach::new(place, mend));
                }
            }
        }
    }
    for (index, (file, word, _)) in ALLOWED.iter().enumerate() {
        if !used.contains(&index) {
            let mend = "nothing there needs the allowance: delete it from `ALLOWED`";
            breaches.push(Breach::new(format!("{file}: `{word}`"), mend));
        }
    }
    report("a pure crate reaches for the world", &breaches);
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    let mut breaches = Vec::new();
    for package in packages() {
        let name = crate_name(&package);
        if !PURE.contains(&name.as_str()) {
            continue;
        }
        for dependency in package["dependencies"].as_array().expect("dependencies are an array") {
            let named = dependency["name"].as_str().expect("a dependency has a name");
            let impure = IMPURE_WORDS.iter().find(|(word, _)| *word == named);
            let allowed =
                ALLOWED.iter().any(|(file, word, _)| *word == named && file.contains(&format!("/{name}/")));
            if let (Value::Null, Some((_, mend)), false) = (&dependency["kind"], impure, allowed) {
                breaches.push(Breach::new(format!("crates/{name}/Cargo.toml: `{named}`"), *mend));
            }
        }
    }
    report("a pure crate depends on an impure one", &breaches);
}

/// The impure words among `tokens`: line, word and mend.
fn impure_words<'a>(tokens: &[Token<'a>]) -> Vec<(usize, &'a str, &'static str)> {
    let mut found = Vec::new();
    for (index, &(line, word)) in tokens.iter().enumerate() {
        let mend = IMPURE_WORDS.iter().find(|(impure, _)| *impure == word);
        found.extend(mend.map(|(_, mend)| (line, word, *mend)));
        if word == "std" {
            found.extend(after_std(&tokens[index + 1..]).filter_map(|(line, module)| {
                let (_, mend) = IMPURE_STD.iter().find(|(impure, _)| *impure == module)?;
                Some((line, module, *mend))
            }));
        }
    }
    found
}

/// The modules named right after `std`: `::fs…` gives one, `::{fs, net::…}` each that opens a branch.
fn after_std<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = Token<'a>> + use<'t, 'a> {
    let path = match tokens {
        [(_, ":"), (_, ":"), path @ ..] => path,
        _ => &[],
    };
    let group = path.first().is_some_and(|(_, token)| *token == "{");
    let mut depth = 0_usize;
    let mut opens = true;
    let until_end = path.iter().enumerate().take_while(move |(index, _)| group || *index == 0);
    until_end.map(|(_, token)| *token).take_while(|(_, token)| *token != ";").filter(move |(_, token)| {
        let named = opens && depth <= 1 && *token != "{";
        depth = match *token {
            "{" => depth + 1,
            "}" => depth.saturating_sub(1),
            _ => depth,
        };
        opens = *token == "{" || *token == ",";
        named
    })
}

#[test]
fn impure_words_are_found_in_paths_and_groups() {
    let impure =
        |text| impure_words(&tokens(text)).iter().map(|found| found.1.to_owned()).collect::<Vec<_>>();
    let grouped = "use std::{fmt, fs::File, io::{self, net}, thread}; use std::fmt; fs";
    assert_eq!(impure(grouped), ["fs", "thread"]);
    assert_eq!(impure("std::env::var(1); // std::fs\nlet std = fs;"), ["env"]);
}
