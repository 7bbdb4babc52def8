//! Names of map runs: of the runs of distributed Map states.
//!
//! The id of a map run is a version 8 UUID (RFC 9562, section 5.8) that holds the id of the run it is part of, so whoever
//! asks for a map run by its ARN is told without a search.

use tidegate_model::RunId;

use super::expression::random::uuid_text;

/// The id of a map run of `run`; of `drawn`, 58 bits tell it from others of the same run.
#[must_use]
pub fn id(run: RunId, drawn: u64) -> String {
    let (count, partition) = (run.0 & COUNT, run.0 >> COUNT_BITS);
    let high = count << 16 | 0x8000 | partition >> 4;
    let low = 0b10 << 62 | (partition & 0xf) << 58 | drawn & DRAWN;
    uuid_text(high, low)
}

/// The run that the map run `id` is part of; `None` where it is no id that [`id`] made.
#[must_use]
pub fn run_of(id: &str) -> Option<RunId> {
    let digits: String = id.split('-').collect();
    let bits = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32 && id.len() == 36)?;
    let (high, low) = ((bits >> 64) as u64, bits as u64);
    if high & 0xf000 != 0x8000 || low >> 62 != 0b10 {
        return None;
    }
    let partition = (high & 0xfff) << 4 | low >> 58 & 0xf;
    Some(RunId(partition << COUNT_BITS | high >> 16))
}

const COUNT_BITS: u32 = 48;
const COUNT: u64 = (1 << COUNT_BITS) - 1;
const DRAWN: u64 = (1 << 58) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_which_run_it_is_of() {
        for run in [1, 7 << 48 | 12, u64::MAX, 0xabcd << 48 | 0x1234_5678_9abc] {
            for drawn in [0, 1, u64::MAX] {
                let id = id(RunId(run), drawn);
                assert_eq!(run_of(&id), Some(RunId(run)), "{id}");
                assert_eq!((id.len(), &id[14..15]), (36, "8"));
            }
        }
        assert_ne!(id(RunId(1), 1), id(RunId(1), 2));
        for other in ["", "x", "6f2c7f0e-51b5-4f0c-9c0e-4a5d5f0a1b2c", "00000000-0001-8000-8000-00000000000"]
        {
            assert_eq!(run_of(other), None, "{other}");
        }
    }
}
