//! What an expression is evaluated over: JSON, and what JSON does not have.
//!
//! Input stays [`Value`] and is shared, never copied. Arrays and objects made during evaluation are lists and records,
//! since they may hold functions; they know how deep and how large they are, so that no expression can build a value
//! that overflows the stack or the memory of whoever reads it. Items live inside one evaluation and do not leave it.

use std::rc::Rc;
use std::sync::Arc;

use tidegate_json::{Map, Number, Str, Value};

use crate::functions::Function;

/// A value during evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) enum Item {
    /// JSONata's "undefined": the empty sequence.
    #[default]
    Nothing,
    Json(Value),
    List(Rc<List>),
    Record(Rc<Record>),
    Function(Rc<Function>),
    /// The stream of a path that binds variables; only paths see it.
    Tuples(Rc<Vec<Tuple>>),
}

/// An array made during evaluation.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) items: Vec<Item>,
    pub(crate) kind: ListKind,
    /// A singleton sequence that is not to be unwrapped.
    pub(crate) keep_singleton: bool,
    pub(crate) extent: Extent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    /// The result of a path: one element stands for itself, none for nothing.
    Sequence,
    Array,
    /// From an array constructor as a step of a path: stays one element of the sequence it is in.
    Constructed,
    /// The input array, wrapped so that the first step sees it as one.
    Input,
}

/// An object made during evaluation.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) members: Map<Item>,
    pub(crate) extent: Extent,
}

/// How deep a value nests and how many parts it prints, input values counting as one part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) depth: u32,
    pub(crate) parts: u64,
}

impl Extent {
    const ONE: Self = Self { depth: 0, parts: 1 };

    fn around<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut whole = Self { depth: 1, parts: 1 };
        for inner in items.map(Item::extent) {
            whole.depth = whole.depth.max(inner.depth.saturating_add(1));
            whole.parts = whole.parts.saturating_add(inner.parts);
        }
        whole
    }
}

/// An item of a stream with the variables bound on the way to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuple {
    pub(crate) item: Item,
    pub(crate) bindings: Vec<(Str, Item)>,
}

impl Tuple {
    pub(crate) fn bind(&mut self, name: &Str, item: Item) {
        match self.bindings.iter_mut().find(|(known, _)| known == name) {
            Some((_, bound)) => *bound = item,
            None => self.bindings.push((name.clone(), item)),
        }
    }
}

/// A view of an array's elements, whichever kind of array it is.
#[derive(Clone, Copy)]
pub(crate) enum Elements<'a> {
    Values(&'a [Value]),
    Items(&'a [Item]),
}

impl<'a> Elements<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Items(items) => items.len(),
        }
    }

    pub(crate) fn get(self, index: usize) -> Item {
        match self {
            Self::Values(values) => values.get(index).cloned().map_or(Item::Nothing, Item::Json),
            Self::Items(items) => items.get(index).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Item> + 'a {
        (0..self.len()).map(move |index| self.get(index))
    }

    pub(crate) fn to_vec(self) -> Vec<Item> {
        self.iter().collect()
    }
}

/// A view of an object's members, whichever kind of object it is.
#[derive(Clone, Copy)]
pub(crate) enum Members<'a> {
    Values(&'a Map),
    Items(&'a Map<Item>),
}

impl<'a> Members<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Values(map) => map.len(),
            Self::Items(map) => map.len(),
        }
    }

    pub(crate) fn get(self, key: &str) -> Item {
        match self {
            Self::Values(map) => map.get(key).cloned().map_or(Item::Nothing, Item::Json),
            Self::Items(map) => map.get(key).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn iter(self) -> Box<dyn Iterator<Item = (&'a Str, Item)> + 'a> {
        match self {
            Self::Values(map) => Box::new(map.iter().map(|(key, value)| (key, Item::Json(value.clone())))),
            Self::Items(map) => Box::new(map.iter().map(|(key, item)| (key, item.clone()))),
        }
    }

    pub(crate) fn keys(self) -> Vec<Str> {
        match self {
            Self::Values(map) => map.keys().cloned().collect(),
            Self::Items(map) => map.keys().cloned().collect(),
        }
    }
}

impl Item {
    fn of_kind(items: Vec<Item>, kind: ListKind) -> Self {
        let extent = Extent::around(items.iter());
        Self::List(Rc::new(List { items, kind, keep_singleton: false, extent }))
    }

    /// A plain array.
    pub(crate) fn list(items: Vec<Item>) -> Self {
        Self::of_kind(items, ListKind::Array)
    }

    /// A result sequence.
    pub(crate) fn sequence(items: Vec<Item>) -> Self {
        Self::of_kind(items, ListKind::Sequence)
    }

    /// An array that stays one element of a sequence.
    pub(crate) fn constructed(items: Vec<Item>) -> Self {
        Self::of_kind(items, ListKind::Constructed)
    }

    /// The whole input, when it is an array.
    pub(crate) fn input(array: Item) -> Self {
        Self::of_kind(vec![array], ListKind::Input)
    }

    pub(crate) fn record(members: Map<Item>) -> Self {
        let extent = Extent::around(members.values());
        Self::Record(Rc::new(Record { members, extent }))
    }

    pub(crate) fn number(double: f64) -> Self {
        Number::from_f64(double).map_or(Self::Nothing, |number| Self::Json(Value::Number(number)))
    }

    pub(crate) fn extent(&self) -> Extent {
        match self {
            Self::List(list) => list.extent,
            Self::Record(record) => record.extent,
            Self::Function(function) => Extent { depth: function.depth, parts: 1 },
            Self::Nothing | Self::Json(_) | Self::Tuples(_) => Extent::ONE,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Json(Value::Array(_)) | Self::List(_))
    }

    pub(crate) fn is_sequence(&self) -> bool {
        matches!(self, Self::List(list) if matches!(list.kind, ListKind::Sequence | ListKind::Input))
    }

    /// The context behind a wrapped input array.
    pub(crate) fn unwrapped(&self) -> Item {
        match self {
            Self::List(list) if list.kind == ListKind::Input => list.items[0].clone(),
            other => other.clone(),
        }
    }

    pub(crate) fn elements(&self) -> Option<Elements<'_>> {
        match self {
            Self::Json(Value::Array(values)) => Some(Elements::Values(values)),
            Self::List(list) => Some(Elements::Items(&list.items)),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<Members<'_>> {
        match self {
            Self::Json(Value::Object(map)) => Some(Members::Values(map)),
            Self::Record(record) => Some(Members::Items(&record.members)),
            _ => None,
        }
    }

    /// The elements of an array, the item itself as one, nothing as none.
    pub(crate) fn into_items(self) -> Vec<Item> {
        match self {
            Self::Nothing => Vec::new(),
            Self::List(list) => match Rc::try_unwrap(list) {
                Ok(list) => list.items,
                Err(shared) => shared.items.clone(),
            },
            other => match other.elements() {
                Some(elements) => elements.to_vec(),
                None => vec![other],
            },
        }
    }

    pub(crate) fn as_str(&self) -> Option<&Str> {
        match self {
            Self::Json(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<Number> {
        match self {
            Self::Json(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Keeps a singleton from being unwrapped, if this is an array.
    pub(crate) fn keeping_singleton(self) -> Item {
        match self {
            Self::List(mut list) => {
                Rc::make_mut(&mut list).keep_singleton = true;
                Self::List(list)
            }
            other => other,
        }
    }

    /// The value that JSON can say. A function is nothing; inside an array it is `null`, in an object it is left out.
    pub(crate) fn to_value(&self) -> Option<Value> {
        match self {
            Self::Nothing | Self::Function(_) => None,
            Self::Json(value) => Some(value.clone()),
            Self::List(list) => {
                Some(list.items.iter().map(|item| item.to_value().unwrap_or_default()).collect())
            }
            Self::Record(record) => {
                let members = record.members.iter();
                let members = members.filter_map(|(key, item)| Some((key.clone(), item.to_value()?)));
                Some(Value::Object(Arc::new(members.collect())))
            }
            Self::Tuples(tuples) => {
                Some(tuples.iter().map(|tuple| tuple.item.to_value().unwrap_or_default()).collect())
            }
        }
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<bool> for Item {
    fn from(truth: bool) -> Self {
        Self::Json(Value::Bool(truth))
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Json(Value::from(text))
    }
}

impl From<usize> for Item {
    fn from(count: usize) -> Self {
        Self::Json(Value::from(count))
    }
}

impl From<Option<Value>> for Item {
    fn from(value: Option<Value>) -> Self {
        value.map_or(Self::Nothing, Self::Json)
    }
}
