//! The dependencies between crates are those that ARCHITECTURE.md shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::tree::{last_part, packages, read, root};
use crate::{Breach, report};

#[test]
fn dependencies_point_where_the_architecture_says() {
    let drawn = drawn_arrows();
    let real = real_arrows();
    let mut breaches = Vec::new();
    for name in drawn.keys().chain(real.keys()).collect::<BTreeSet<_>>() {
        let place = format!("crate {name}");
        match (drawn.get(name), real.get(name)) {
            (Some(drawn), Some(real)) => compare_arrows(name, drawn, real, &mut breaches),
            (None, Some(real)) => {
                let mend =
                    format!("add the line `{}` between the arrow marks of ARCHITECTURE.md", real.line(name));
                breaches.push(Breach::new(place, mend));
            }
            (Some(_), None) => {
                breaches
                    .push(Breach::new(place, "there is no such crate: delete its line in ARCHITECTURE.md"));
            }
            (None, None) => unreachable!("the name came from one of the two"),
        }
    }
    report("a dependency between crates is not the one that ARCHITECTURE.md shows", &breaches);
}

/// The crates of the workspace that one crate depends on.
#[derive(Default, PartialEq)]
struct Arrows {
    /// To build.
    normal: BTreeSet<String>,
    /// Only to test.
    tests: BTreeSet<String>,
}

impl Arrows {
    /// The line that shows these arrows: `engine -> json model; tests: sim`.
    fn line(&self, name: &str) -> String {
        let list = |names: &BTreeSet<String>| names.iter().map(|name| format!(" {name}")).collect::<String>();
        let tests =
            if self.tests.is_empty() { String::new() } else { format!("; tests:{}", list(&self.tests)) };
        format!("{name} ->{}{tests}", list(&self.normal))
    }
}

fn compare_arrows(name: &str, drawn: &Arrows, real: &Arrows, breaches: &mut Vec<Breach>) {
    if drawn == real {
        return;
    }
    let manifest = format!("crates/{name}/Cargo.toml");
    let mend = format!(
        "ARCHITECTURE.md shows `{}`, the manifest says `{}`: take the dependency back, or draw it and say why",
        drawn.line(name),
        real.line(name)
    );
    breaches.push(Breach::new(manifest, mend));
}

/// The arrows between `<!-- arrows -->` and `<!-- /arrows -->` in ARCHITECTURE.md, one line for each crate.
fn drawn_arrows() -> BTreeMap<String, Arrows> {
    let page = read(&root().join("ARCHITECTURE.md"));
    let block = page
        .split_once("<!-- arrows -->")
        .and_then(|(_, rest)| rest.split_once("<!-- /arrows -->"))
        .map(|(block, _)| block)
        .expect("ARCHITECTURE.md shows the arrows between `<!-- arrows -->` and `<!-- /arrows -->`");
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let lines = block.lines().filter_map(|line| line.split_once("->"));
    lines
        .map(|(name, targets)| {
            let (normal, tests) = targets.split_once("; tests:").unwrap_or((targets, ""));
            (name.trim().to_owned(), Arrows { normal: set(normal), tests: set(tests) })
        })
        .collect()
}

fn real_arrows() -> BTreeMap<String, Arrows> {
    packages()
        .iter()
        .map(|package| {
            let mut arrows = Arrows::default();
            for dependency in package["dependencies"].as_array().expect("dependencies are an array") {
                let Some(path) = dependency["path"].as_str() else { continue };
                let set = if dependency["kind"] == "dev" { &mut arrows.tests } else { &mut arrows.normal };
                set.insert(last_part(Path::new(path)));
            }
            arrows.tests = &arrows.tests - &arrows.normal;
            (crate_name(package), arrows)
        })
        .collect()
}

/// What ARCHITECTURE.md calls a crate: the name of its directory.
pub(crate) fn crate_name(package: &Value) -> String {
    let manifest = Path::new(package["manifest_path"].as_str().expect("a package has a manifest"));
    last_part(manifest.parent().expect("a manifest is in a directory"))
}
