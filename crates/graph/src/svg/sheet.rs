//! Colours and letters: a style sheet in the document, with its dark half for those who like it dark.

use crate::layout::caption::{NAME_PX, SMALL_PX};

/// Writes the style sheet and the heads of arrows.
pub(super) fn write(out: &mut String) {
    out.push_str("<style>\n");
    out.push_str(LIGHT);
    out.push_str("@media (prefers-color-scheme: dark) {\n");
    out.push_str(DARK);
    out.push_str("}\n");
    out.push_str(RULES);
    out.push_str(&format!(
        ".tidegate .name {{ font-size: {NAME_PX}px; font-weight: 600; }}\n\
         .tidegate .small {{ font-size: {SMALL_PX}px; fill: var(--soft); }}\n"
    ));
    out.push_str("</style>\n<defs>\n");
    for (id, class) in
        [("go", "head"), ("error", "head error"), ("control", "head control"), ("taken", "head taken")]
    {
        out.push_str(&format!(
            "<marker id=\"tidegate-{id}\" viewBox=\"0 0 10 10\" refX=\"9.5\" refY=\"5\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"{class}\" d=\"M0 0.5L10 5L0 9.5z\"/>\
             </marker>\n"
        ));
    }
    out.push_str("</defs>\n");
}

const LIGHT: &str = "\
.tidegate { --paper: #ffffff; --box: #ffffff; --edge: #5f6b7a; --line: #8c95a2; --text: #16191f; --soft: #5f6b7a;
  --inner: #f4f6f9; --mark: #e9ecf1; --error: #c4500c; --task: #d45b07; --flow: #4d5f80; --event: #067f83;
  --trigger: #7a3fb5; --good: #1d8102; --good-box: #ecf7e8; --bad: #d13212; --bad-box: #fdeeea;
  --active: #0972d3; --active-box: #e8f2fc; --waiting: #7a6200; --waiting-box: #fdf6d8; --caught: #c4500c;
  --caught-box: #fdf1e6; --gone: #6b7482; --gone-box: #eef0f3; }
";

const DARK: &str = "\
.tidegate { --paper: #0f1720; --box: #1a2532; --edge: #9aa7b6; --line: #6d7a8a; --text: #eef2f6; --soft: #a9b5c3;
  --inner: #15202c; --mark: #2a3645; --error: #ff9b52; --task: #d9690f; --flow: #6f86ad; --event: #17989c;
  --trigger: #9a63d3; --good: #5fbf45; --good-box: #16301a; --bad: #ff7a60; --bad-box: #3a1d19;
  --active: #58a8f5; --active-box: #14304b; --waiting: #e5c84b; --waiting-box: #35300f; --caught: #ff9b52;
  --caught-box: #3a2613; --gone: #93a0ae; --gone-box: #232f3c; }
";

const RULES: &str = "\
.tidegate { color-scheme: light dark; font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
.tidegate text { fill: var(--text); }
.tidegate .paper { fill: var(--paper); }
.tidegate .box { fill: var(--box); stroke: var(--line); stroke-width: 1.2; }
.tidegate .owner { fill: var(--inner); stroke: var(--line); stroke-width: 1.2; stroke-dasharray: 5 3; }
.tidegate .mark { fill: var(--mark); stroke: var(--line); stroke-width: 1.2; }
.tidegate .group { fill: var(--paper); fill-opacity: 0.6; stroke: var(--line); stroke-opacity: 0.6; }
.tidegate .edge { fill: none; stroke: var(--edge); stroke-width: 1.4; }
.tidegate .edge.error { stroke: var(--error); stroke-dasharray: 5 3; }
.tidegate .edge.control { stroke-dasharray: 1.5 3; }
.tidegate .edge.taken { stroke: var(--good); stroke-width: 2; }
.tidegate .edge.untaken { stroke-opacity: 0.45; }
.tidegate .head { fill: var(--edge); }
.tidegate .head.error { fill: var(--error); }
.tidegate .head.taken { fill: var(--good); }
.tidegate .label { fill: var(--paper); fill-opacity: 0.92; }
.tidegate .within { fill: var(--paper); }
.tidegate .icon path { fill: none; stroke: #ffffff; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.tidegate .task circle, .tidegate .run circle { fill: var(--task); }
.tidegate .choice circle, .tidegate .wait circle, .tidegate .pass circle, .tidegate .parallel circle,
.tidegate .map circle, .tidegate .scope circle { fill: var(--flow); }
.tidegate .succeed circle { fill: var(--good); }
.tidegate .fail circle { fill: var(--bad); }
.tidegate .event circle { fill: var(--event); }
.tidegate .trigger circle { fill: var(--trigger); }
.tidegate .not_reached { opacity: 0.6; }
.tidegate .succeeded > .shape { fill: var(--good-box); stroke: var(--good); }
.tidegate .failed > .shape { fill: var(--bad-box); stroke: var(--bad); stroke-width: 2; }
.tidegate .caught > .shape { fill: var(--caught-box); stroke: var(--caught); }
.tidegate .running > .shape { fill: var(--active-box); stroke: var(--active); stroke-width: 2; }
.tidegate .waiting > .shape { fill: var(--waiting-box); stroke: var(--waiting); stroke-width: 2; }
.tidegate :is(.cancelled, .skipped) > .shape { fill: var(--gone-box); stroke: var(--gone); }
.tidegate .state path { fill: none; stroke: var(--paper); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.tidegate .state.succeeded circle { fill: var(--good); }
.tidegate .state.failed circle { fill: var(--bad); }
.tidegate .state.caught circle { fill: var(--caught); }
.tidegate .state.running circle { fill: var(--active); }
.tidegate .state.waiting circle { fill: var(--waiting); }
.tidegate .state:is(.cancelled, .skipped) circle { fill: var(--gone); }
";
