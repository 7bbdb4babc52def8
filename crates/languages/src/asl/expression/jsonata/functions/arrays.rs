//! `$partition` and `$range`: arrays in pieces, and arrays of numbers.

use tidegate_json::Value;
use tidegate_jsonata::{Call, EvalError};

use super::{Outcome, at_most, mismatch, refused, whole};

/// `$partition(array, size)`: pieces of `size` elements each, the last of what is left. Without a size the array is one
/// piece; nothing comes of no array, of an empty one, and of size zero.
pub(super) fn partition(call: &mut Call<'_>) -> Outcome {
    at_most(call, "partition", 2)?;
    let elements = match call.argument(0) {
        None => return Ok(None),
        Some(Value::Array(elements)) => elements,
        Some(_) => {
            let message = "Argument 1 of function \"partition\" must be an array of undefined";
            return Err(EvalError::new("T0412", message));
        }
    };
    let size = whole(call, "partition", 1)?;
    if elements.is_empty() || size == Some(0) {
        return Ok(None);
    }
    let size = match size {
        None => elements.len(),
        Some(size) => {
            usize::try_from(size).map_err(|_| refused("Second argument must be zero or greater"))?
        }
    };
    call.burn(elements.len() as u64)?;
    Ok(Some(elements.chunks(size).map(|piece| Value::from(piece.to_vec())).collect()))
}

/// `$range(first, last, step)`: numbers from `first` to `last`, which is among them if the steps meet it. One number
/// alone stands for itself; nothing comes of no step, of step zero, and of one that leads away.
pub(super) fn range(call: &mut Call<'_>) -> Outcome {
    at_most(call, "range", 3)?;
    let first = whole(call, "range", 0)?.ok_or_else(|| mismatch("range", 0))?;
    let last = whole(call, "range", 1)?.ok_or_else(|| mismatch("range", 1))?;
    let Some(step) = whole(call, "range", 2)?.filter(|step| *step != 0) else { return Ok(None) };
    if first != last && (last > first) != (step > 0) {
        return Ok(None);
    }
    let count = (last.abs_diff(first) / step.unsigned_abs()).saturating_add(1);
    if count > call.limits().items as u64 {
        return Err(EvalError::new("U1003", format!("a range of {count} numbers is too long")));
    }
    call.burn(count)?;
    if count == 1 {
        return Ok(Some(first.into()));
    }
    // Each number lies between the first and the last, though the way from the first may not be a number itself.
    let number = |index: i64| first.wrapping_add(index.wrapping_mul(step));
    Ok(Some((0..count as i64).map(number).map(Value::from).collect()))
}
