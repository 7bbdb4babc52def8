//! Links between the pages lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::tokens::is_word;
use crate::tree::{files, read, root, shown};
use crate::{Breach, report};

#[test]
fn links_between_pages_lead_somewhere() {
    let mut breaches = Vec::new();
    let pages = files(&root(), &["md"]);
    let anchors: BTreeMap<&Path, BTreeSet<String>> =
        pages.iter().map(|page| (page.as_path(), anchors(&read(page)))).collect();
    for page in &pages {
        for (line, target) in links(&read(page)) {
            let place = format!("{}:{line}: `{target}`", shown(page));
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let linked = if path.is_empty() { page.clone() } else { resolved(page, path) };
            if !linked.starts_with(root()) || !linked.exists() {
                breaches.push(Breach::new(place, "no such file: mend the path, relative to the page"));
            } else if let Some(known) = anchors.get(linked.as_path())
                && !anchor.is_empty()
                && !known.contains(anchor)
            {
                let known = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                breaches.push(Breach::new(place, format!("no such heading: the page has {known}")));
            }
        }
    }
    report("a link in a page is dead", &breaches);
}

/// The relative links of the Markdown `text`: line and target. Code is not looked at.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, prose) in prose_lines(text) {
        let inline = prose.match_indices("](").map(|(index, _)| &prose[index + 2..]);
        let defined =
            prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        for rest in inline.map(|rest| rest.split(')').next().unwrap_or(rest)).chain(defined) {
            let target = rest.split_whitespace().next().unwrap_or_default().trim_matches(['<', '>']);
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((line, target.to_owned()));
            }
        }
    }
    found
}

/// The lines of the Markdown `text` outside code blocks, with what is in backticks blanked.
fn prose_lines(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            let outside = line.split('`').step_by(2).collect::<Vec<_>>().join("` `");
            found.push((index + 1, outside));
        }
    }
    found
}

/// The anchors of the Markdown `text`: its headings as forges name them, and those set by hand.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if !fenced && heading.len() < line.len() && heading.starts_with(' ') {
            let anchor = anchor(heading.trim());
            let numbered = (1..).map(|n| format!("{anchor}-{n}"));
            let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !found.contains(name));
            found.extend(free);
        }
        for mark in ["<a id=\"", "<a name=\""] {
            found.extend(
                line.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned),
            );
        }
    }
    found
}

/// Lower case, spaces to hyphens, punctuation dropped.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| is_word(*c) || [' ', '-'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The file that `path`, written in `page`, leads to. It need not exist.
fn resolved(page: &Path, path: &str) -> PathBuf {
    let mut found = page.parent().expect("a page is in a directory").to_owned();
    for part in Path::new(&path.replace("%20", " ")).components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            Component::CurDir => {}
            other => found.push(other),
        }
    }
    found
}

#[test]
fn links_and_anchors_are_read_as_forges_do() {
    assert_eq!(
        links("a [b](c.md#d \"t\") `[x](y)` <z>\n```\n[e](f)\n```\n[g]: h.md\n[i](https://j)"),
        [(1, "c.md#d".to_owned()), (5, "h.md".to_owned())]
    );
    let expected = ["a-b--c", "a-b--c-1", "d_e"];
    assert_eq!(anchors("# A b – c?\n## `A b` – c\n<a id=\"d_e\"></a>"), expected.map(str::to_owned).into());
}
