//! YAML 1.2 to a located tree.
//!
//! The parser gives events with places; this builds the tree without recursion and refuses what JSON cannot
//! say or what would make a file mean something other than it seems to: duplicate keys, several documents,
//! unknown tags, merge keys. Aliases are copied, within the [`limits`].

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marked, Tag};
use tidegate_json::Str;

use super::{Content, Member, Node, Source, Span, Style, limits, scalar};
use crate::diagnostic::{Reports, Severity, quoted};

/// Reads the source of `reports`.
pub(super) fn read(reports: &mut Reports<'_>) -> Option<Node> {
    let source = reports.source();
    let mut parser = Parser::new_from_str(&source.text);
    let mut builder = Builder::new(source);
    while let Some(event) = parser.next_event() {
        let taken = match event {
            Ok((event, marked)) => builder.take(event, marked, reports),
            Err(error) => syntax_error(&error, reports),
        };
        taken.ok()?;
    }
    if builder.root.is_none() {
        reports.error("source::empty", Span::default(), "the file is empty");
    }
    builder.root
}

/// Reading cannot go on; an error says why.
struct Stop;

/// A collection whose end has not come yet.
struct Open {
    kind: OpenKind,
    start: usize,
    anchor: usize,
    /// Values in it so far, itself included.
    values: usize,
    /// Levels below it so far.
    depth_below: usize,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { members: Vec<Member>, known: BTreeSet<Str>, key: Option<Key> },
}

struct Key {
    text: Str,
    span: Span,
    /// Whether the member is left out because its key is there already, or cannot be one.
    is_refused: bool,
}

/// A finished node with its size.
#[derive(Clone)]
struct Built {
    node: Node,
    values: usize,
    /// Levels of collections in it.
    depth: usize,
}

struct Builder<'s> {
    source: &'s Source,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    values: usize,
    root: Option<Node>,
    documents: usize,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        Self { source, open: Vec::new(), anchors: BTreeMap::new(), values: 0, root: None, documents: 0 }
    }

    fn take(&mut self, event: Event<'_>, marked: Marked, reports: &mut Reports<'_>) -> Result<(), Stop> {
        let span = self.span(marked);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(span, reports),
            Event::Alias(anchor) => self.alias(anchor, span, reports),
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span, reports)?;
                let node = self.scalar(&text, style, tag.as_deref(), span, reports);
                self.close(Built { node, values: 1, depth: 0 }, anchor, reports)
            }
            Event::SequenceStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "seq", span, reports);
                self.begin(OpenKind::Sequence(Vec::new()), anchor, span, reports)
            }
            Event::MappingStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "map", span, reports);
                let kind = OpenKind::Mapping { members: Vec::new(), known: BTreeSet::new(), key: None };
                self.begin(kind, anchor, span, reports)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span, reports),
        }
    }

    fn span(&self, marked: Marked) -> Span {
        let byte = |index| self.source.lines.byte_of_char(&self.source.text, index);
        Span::between(byte(marked.start.index()), byte(marked.end.index()))
    }

    fn document(&mut self, span: Span, reports: &mut Reports<'_>) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        reports
            .error("source::several_documents", span, "a second document starts here")
            .with_help("put each workflow into a file of its own");
        Err(Stop)
    }

    fn begin(
        &mut self,
        kind: OpenKind,
        anchor: usize,
        span: Span,
        reports: &mut Reports<'_>,
    ) -> Result<(), Stop> {
        if self.open.len() >= limits::DEPTH_MAX {
            return too_deep(span, reports);
        }
        self.count(1, span, reports)?;
        self.open.push(Open { kind, start: span.start(), anchor, values: 1, depth_below: 0 });
        Ok(())
    }

    fn end(&mut self, span: Span, reports: &mut Reports<'_>) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // The end of a collection in block style is where the next thing starts.
        let is_flow = span.length > 0;
        let end = |last: Option<Span>| if is_flow { span.end() } else { last.map_or(open.start, Span::end) };
        let node = match open.kind {
            OpenKind::Sequence(items) => {
                let span = Span::between(open.start, end(items.last().map(|item| item.span)));
                Node::sequence(items, span)
            }
            OpenKind::Mapping { members, .. } => {
                let last = members.last().map(Member::span);
                let span = Span::between(open.start, end(last));
                Node::mapping(members, span)
            }
        };
        self.close(Built { node, values: open.values, depth: open.depth_below + 1 }, open.anchor, reports)
    }

    fn alias(&mut self, anchor: usize, span: Span, reports: &mut Reports<'_>) -> Result<(), Stop> {
        let Some(original) = self.anchors.get(&anchor).map(|built| (built.values, built.depth)) else {
            reports.error("source::alias", span, "an alias may not stand inside what it repeats");
            return Err(Stop);
        };
        let (values, depth) = original;
        if self.open.len() + depth > limits::DEPTH_MAX {
            return too_deep(span, reports);
        }
        self.count(values, span, reports)?;
        let mut copy = self.anchors[&anchor].clone();
        copy.node.span = span;
        self.close(copy, 0, reports)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
        reports: &mut Reports<'_>,
    ) -> Node {
        let (span, style, is_plain) = match style {
            ScalarStyle::Plain => (span, Style::Bare, true),
            ScalarStyle::SingleQuoted => (span, Style::Single, false),
            ScalarStyle::DoubleQuoted => (span, Style::Double, false),
            ScalarStyle::Literal | ScalarStyle::Folded => (self.trimmed(span), Style::Bare, false),
        };
        let string = || Content::String(Str::from(text), style);
        let content = match tag {
            Some(tag) if tag.is_yaml_core_schema() => match scalar::tagged(&tag.suffix, text) {
                Some(Content::String(text, _)) => Content::String(text, style),
                Some(content) => content,
                None => {
                    let message = format!(
                        "{} is not of the kind that its tag {} names",
                        quoted(text),
                        quoted(&tag.to_string())
                    );
                    reports.error("source::tag", span, message);
                    string()
                }
            },
            Some(tag) if !(tag.handle.is_empty() && tag.suffix == "!") => {
                unknown_tag(tag, span, reports);
                string()
            }
            None if is_plain => scalar::resolve(text).unwrap_or_else(|scalar::NotFinite| {
                reports
                    .error(
                        "source::number",
                        span,
                        format!("{} is not a number that JSON can say", quoted(text)),
                    )
                    .with_help("put it in quotes if text is meant");
                string()
            }),
            Some(_) | None => string(),
        };
        Node { content, span }
    }

    /// `span` without the white space at its end: that of a block scalar reaches to the next token.
    fn trimmed(&self, span: Span) -> Span {
        let written = &self.source.text[span.start()..span.end()];
        Span::between(span.start(), span.start() + written.trim_end().len())
    }

    /// Puts a finished node where it belongs: into the innermost open collection, or at the root.
    fn close(&mut self, built: Built, anchor: usize, reports: &mut Reports<'_>) -> Result<(), Stop> {
        if anchor != 0 {
            self.count(built.values, built.node.span, reports)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(built.node);
            return Ok(());
        };
        parent.values += built.values;
        parent.depth_below = parent.depth_below.max(built.depth);
        match &mut parent.kind {
            OpenKind::Sequence(items) => items.push(built.node),
            OpenKind::Mapping { members, known, key } => match key.take() {
                None => *key = Some(as_key(&built.node, known, members, self.source, reports)),
                Some(key) if key.is_refused => {}
                Some(key) => members.push(Member { key: key.text, key_span: key.span, value: built.node }),
            },
        }
        Ok(())
    }

    fn count(&mut self, values: usize, span: Span, reports: &mut Reports<'_>) -> Result<(), Stop> {
        self.values += values;
        if self.values <= limits::VALUES_MAX {
            return Ok(());
        }
        let message = format!("there are more than {} values in this file", limits::VALUES_MAX);
        reports
            .error("source::too_many", span, message)
            .with_help("what an anchor keeps and what an alias repeats counts as if it were written out");
        Err(Stop)
    }
}

/// The key that `node` is. Its text counts, so `8080: x` has the key `8080`, as it would have in JSON.
fn as_key(
    node: &Node,
    known: &mut BTreeSet<Str>,
    members: &[Member],
    source: &Source,
    reports: &mut Reports<'_>,
) -> Key {
    let refused = |text: &str| Key { text: Str::from(text), span: node.span, is_refused: true };
    let text = match &node.content {
        Content::String(text, style) if text == "<<" && *style == Style::Bare => {
            reports
                .error("source::merge_key", node.span, "YAML 1.2 has no merge key `<<`")
                .with_help("repeat the members, or put an alias where a whole value is meant");
            return refused("<<");
        }
        Content::String(text, _) => text.clone(),
        Content::Bool(_) | Content::Number(_) => Str::from(&source.text[node.span.start()..node.span.end()]),
        Content::Null | Content::Sequence(_) | Content::Mapping(_) => {
            let message = format!("a key is text, and this is {}", node.describe());
            reports
                .error("source::key", node.span, message)
                .with_help("put text with `{` or `[` at its start in quotes");
            return refused("");
        }
    };
    if known.insert(text.clone()) {
        return Key { text, span: node.span, is_refused: false };
    }
    let has_room = reports.has_room(Severity::Error);
    let first = has_room.then(|| members.iter().find(|member| member.key == text)).flatten();
    let first = first.map(|member| source.place(member.key_span));
    let error = reports.error("source::duplicate_key", node.span, format!("{} is here twice", quoted(&text)));
    if let Some(first) = first {
        error.with_related("here first", first);
    }
    refused(&text)
}

fn unknown_tag(tag: &Tag, span: Span, reports: &mut Reports<'_>) {
    reports
        .error("source::tag", span, format!("the tag {} is not known", quoted(&tag.to_string())))
        .with_help("only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and `!!map` are");
}

fn collection_tag(tag: Option<&Tag>, suffix: &str, span: Span, reports: &mut Reports<'_>) {
    if let Some(tag) = tag.filter(|tag| !(tag.is_yaml_core_schema() && tag.suffix == suffix)) {
        unknown_tag(tag, span, reports);
    }
}

fn too_deep(span: Span, reports: &mut Reports<'_>) -> Result<(), Stop> {
    let message = format!("lists and mappings are nested more than {} deep here", limits::DEPTH_MAX);
    reports.error("source::too_deep", span, message);
    Err(Stop)
}

fn syntax_error(error: &ScanError, reports: &mut Reports<'_>) -> Result<(), Stop> {
    let source = reports.source();
    let at = source.lines.byte_of_char(&source.text, error.marker().index());
    let place = source.place(Span::between(at, at));
    let (line, begin) = source.lines.line(&source.text, place.line);
    let indent = &line[..line.len() - line.trim_start().len()];
    if let Some(tab) = indent.find('\t') {
        reports
            .error("source::tab", Span::between(begin + tab, begin + tab + 1), "YAML is not indented by tabs")
            .with_help("use spaces");
        return Err(Stop);
    }
    // The parser has a limit of its own, on how far it looks ahead.
    if error.info().contains("recursion limit") {
        return too_deep(Span::between(at, at), reports);
    }
    let length = source.text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    let message = format!("this is not YAML: {}", error.info().to_lowercase());
    let error = reports.error("source::yaml", Span::between(at, at + length), message);
    if line.contains("{%") {
        error.with_help("put text that starts with `{%` in quotes: \"{% … %}\"");
    }
    Err(Stop)
}
