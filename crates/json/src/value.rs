//! A JSON value: six kinds, cheap to copy, changed by copy on write.
//!
//! Invariant: a clone is O(1) and independent; changing one value never shows through another.

use std::sync::Arc;

use crate::{Map, Number, Str};

/// An array. Clones share the elements.
pub type Array = Arc<Vec<Value>>;

/// An object. Clones share the members.
pub type Object = Arc<Map>;

/// A JSON value. Equality is numeric for numbers and ignores the order of an object's members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(Str),
    /// A list.
    Array(Array),
    /// Members by name.
    Object(Object),
}

impl Value {
    /// An object from its members; of two members with one name the later wins.
    pub fn object<K: Into<Str>, V: Into<Value>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        let members = members.into_iter().map(|(key, value)| (key.into(), value.into()));
        Self::Object(Arc::new(members.collect()))
    }

    /// An array from its elements.
    pub fn array<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Array(Arc::new(elements.into_iter().map(Into::into).collect()))
    }

    /// The member `key`, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// The element at `index` from 0, if this is an array that long.
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<&Value> {
        self.as_array()?.get(index)
    }

    /// The value that a JSON pointer (RFC 6901) names, for example `/items/0/name`. `None` also for a malformed
    /// pointer.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, Self::pointer_step)
    }

    fn pointer_step<'a>(&'a self, token: &str) -> Option<&'a Value> {
        match self {
            Self::Object(members) if token.contains('~') => {
                members.get(&token.replace("~1", "/").replace("~0", "~"))
            }
            Self::Object(members) => members.get(token),
            Self::Array(elements) => elements.get(array_index(token)?),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => None,
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The nearest double, if this is a number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(|number| number.as_f64())
    }

    /// The integer, if this is a whole number that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The integer, if this is a whole number that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The integer, if this is a whole number that fits.
    #[must_use]
    pub fn as_usize(&self) -> Option<usize> {
        self.as_number()?.as_usize()
    }

    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&Array> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The name of the kind, as in JSON Schema: `null`, `boolean`, `number`, `string`, `array` or `object`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// Sets the member `key`. A value that is not an object is replaced by an empty one first.
    pub fn set(&mut self, key: impl Into<Str>, value: impl Into<Value>) {
        if self.as_object().is_none() {
            *self = Self::Object(Object::default());
        }
        if let Some(members) = self.as_object_mut() {
            members.insert(key, value.into());
        }
    }

    /// The members, to change in place. They are copied first (one level) if another value shares them.
    pub fn as_object_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Object(members) => Some(Arc::make_mut(members)),
            _ => None,
        }
    }

    /// The elements, to change in place. They are copied first (one level) if another value shares them.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Self::Array(elements) => Some(Arc::make_mut(elements)),
            _ => None,
        }
    }
}

/// RFC 6901, section 4: digits without a leading zero. `-` names no existing element.
fn array_index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::String(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::String(text)
    }
}

impl From<&Str> for Value {
    fn from(text: &Str) -> Self {
        Self::String(text.clone())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

/// Infinities and NaN become `null`, as in JavaScript's `JSON.stringify`.
impl From<f64> for Value {
    fn from(double: f64) -> Self {
        Number::from_f64(double).map_or(Self::Null, Self::Number)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(integer: $integer) -> Self {
                Self::Number(integer.into())
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

impl From<Vec<Value>> for Value {
    fn from(elements: Vec<Value>) -> Self {
        Self::Array(Arc::new(elements))
    }
}

impl<V: Into<Value>> FromIterator<V> for Value {
    fn from_iter<I: IntoIterator<Item = V>>(elements: I) -> Self {
        Self::array(elements)
    }
}

impl From<Array> for Value {
    fn from(elements: Array) -> Self {
        Self::Array(elements)
    }
}

impl From<Map> for Value {
    fn from(members: Map) -> Self {
        Self::Object(Arc::new(members))
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Self {
        Self::Object(members)
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_walks_members_and_elements() {
        let value = Value::parse(r#"{"a":[{"b/c":1,"m~n":2}],"":3}"#).unwrap();
        let at = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64);
        assert_eq!(value.pointer(""), Some(&value));
        assert_eq!(at("/a/0/b~1c"), Some(1));
        assert_eq!(at("/a/0/m~0n"), Some(2));
        assert_eq!(at("/"), Some(3));
        for wrong in ["a", "/a/00", "/a/-", "/a/1", "/a/+0", "/a/", "/a/0/x"] {
            assert_eq!(value.pointer(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_change_does_not_show_through_a_clone() {
        let mut changed = Value::object([("a", 1)]);
        let kept = changed.clone();
        changed.set("a", 2);
        assert_eq!(kept.get("a").and_then(Value::as_i64), Some(1));
        assert_eq!(changed.get("a").and_then(Value::as_i64), Some(2));
    }

    #[test]
    fn set_makes_an_object_of_anything_else() {
        let mut value = Value::Null;
        value.set("a", vec![Value::from(1)]);
        value.as_object_mut().unwrap().get_mut("a").unwrap().as_array_mut().unwrap().push(2.into());
        assert_eq!(value.to_text(), r#"{"a":[1,2]}"#);
    }

    #[test]
    fn what_json_cannot_say_becomes_null() {
        assert_eq!(Value::from(f64::NAN), Value::Null);
        assert_eq!(Value::from(None::<i64>), Value::Null);
    }

    #[test]
    fn values_cross_threads_and_stay_small() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Value>();
        assert_eq!(size_of::<Value>(), 24);
    }
}
