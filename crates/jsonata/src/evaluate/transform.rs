//! The transform operator `| pattern | update, delete |`: a function that gives a changed copy.
//!
//! The argument is copied so that every object in it has an identity of its own; the pattern picks objects by that
//! identity; then the copy is rebuilt with the picked ones changed. Nothing is changed in place.

use std::rc::Rc;
use std::sync::Arc;

use tidegate_json::{Map, Str, Value};

use super::{Evaluator, FrameId};
use crate::error::{Details, Result, fail_about};
use crate::functions::{Function, FunctionKind};
use crate::item::{Item, Record};
use crate::node::Transform;

/// What the pattern picked, and how it changes.
struct Change {
    /// Held so that its address stays its own.
    object: Rc<Record>,
    set: Vec<(Str, Item)>,
    delete: Vec<Str>,
}

impl Evaluator<'_> {
    pub(super) fn transformer(&mut self, transform: &Arc<Transform>, input: &Item, frame: FrameId) -> Item {
        self.capture(frame);
        Function::item(
            FunctionKind::Transform { transform: Arc::clone(transform), frame },
            input.extent().depth,
        )
    }

    pub(super) fn transform(
        &mut self,
        transform: &Transform,
        argument: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        if argument.is_nothing() {
            return Ok(Item::Nothing);
        }
        let copy = self.copied(argument)?;
        let picked = self.eval(&transform.pattern, &copy, frame)?;
        let mut changes: Vec<Change> = Vec::new();
        for item in picked.into_items() {
            self.burn(1)?;
            let update = self.update(transform, &item, frame)?;
            let delete = self.deletions(transform, &item, frame)?;
            if let Item::Record(object) = item {
                changes.push(Change { object, set: update, delete });
            }
        }
        changes.sort_by_key(|change| Rc::as_ptr(&change.object).addr());
        self.rebuilt(&copy, &changes)
    }

    fn update(&mut self, transform: &Transform, item: &Item, frame: FrameId) -> Result<Vec<(Str, Item)>> {
        let update = self.eval(&transform.update, item, frame)?;
        match update.members() {
            _ if update.is_nothing() => Ok(Vec::new()),
            Some(members) => Ok(members.iter().map(|(key, value)| (key.clone(), value)).collect()),
            None => {
                fail_about("T2011", Details::item(&update), "the update of a transform must be an object")
            }
        }
    }

    fn deletions(&mut self, transform: &Transform, item: &Item, frame: FrameId) -> Result<Vec<Str>> {
        let Some(delete) = &transform.delete else { return Ok(Vec::new()) };
        let given = self.eval(delete, item, frame)?;
        let names = given.clone().into_items();
        let names: Option<Vec<Str>> = names.iter().map(|name| name.as_str().cloned()).collect();
        match names {
            Some(names) => Ok(names),
            None => {
                fail_about("T2012", Details::item(&given), "the deletions of a transform must be strings")
            }
        }
    }

    /// A copy in which no two objects are one, and functions are left out.
    fn copied(&mut self, item: &Item) -> Result<Item> {
        self.enter()?;
        let copy = if let Some(members) = item.members() {
            let mut copy = Map::with_capacity(members.len());
            for (key, value) in members.iter() {
                copy.insert(key.clone(), self.copied(&value)?);
            }
            Item::record(copy)
        } else if let Some(elements) = item.elements() {
            let mut copies = Vec::with_capacity(elements.len());
            for element in elements.iter() {
                copies.push(self.copied(&element)?);
            }
            Item::list(copies)
        } else {
            match item {
                Item::Function(_) => Item::Json(Value::from("")),
                other => other.clone(),
            }
        };
        self.leave();
        Ok(copy)
    }

    fn rebuilt(&mut self, item: &Item, changes: &[Change]) -> Result<Item> {
        self.enter()?;
        let result = match item {
            Item::Record(record) => self.rebuilt_record(record, changes)?,
            Item::List(list) => {
                let mut items = Vec::with_capacity(list.items.len());
                for item in &list.items {
                    items.push(self.rebuilt(item, changes)?);
                }
                Item::list(items)
            }
            other => other.clone(),
        };
        self.leave();
        Ok(result)
    }

    fn rebuilt_record(&mut self, record: &Rc<Record>, changes: &[Change]) -> Result<Item> {
        let mut members = Map::with_capacity(record.members.len());
        for (key, value) in &record.members {
            members.insert(key.clone(), self.rebuilt(value, changes)?);
        }
        let address = Rc::as_ptr(record).addr();
        let first = changes.partition_point(|change| Rc::as_ptr(&change.object).addr() < address);
        for change in changes[first..].iter().take_while(|change| Rc::ptr_eq(&change.object, record)) {
            for (key, value) in &change.set {
                members.insert(key.clone(), value.clone());
            }
            for key in &change.delete {
                members.remove(key);
            }
        }
        Ok(Item::record(members))
    }
}
