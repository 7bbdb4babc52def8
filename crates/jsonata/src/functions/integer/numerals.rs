//! Roman numerals, and counting by letters: A to Z, AA to AZ, and so on.

const ROMAN: [(f64, &str); 13] = [
    (1000.0, "M"),
    (900.0, "CM"),
    (500.0, "D"),
    (400.0, "CD"),
    (100.0, "C"),
    (90.0, "XC"),
    (50.0, "L"),
    (40.0, "XL"),
    (10.0, "X"),
    (9.0, "IX"),
    (5.0, "V"),
    (4.0, "IV"),
    (1.0, "I"),
];

pub(super) fn to_roman(size: f64) -> String {
    let mut left = size;
    let mut out = String::new();
    for (worth, numeral) in ROMAN {
        let count = (left / worth).floor();
        out.push_str(&numeral.repeat(count as usize));
        left -= count * worth;
    }
    out
}

pub(super) fn from_roman(given: &str) -> Option<f64> {
    let (mut total, mut largest) = (0.0, 0.0);
    for c in given.chars().rev() {
        let (worth, _) =
            ROMAN.iter().find(|(_, numeral)| numeral.eq_ignore_ascii_case(c.encode_utf8(&mut [0; 4])))?;
        if *worth < largest {
            total -= worth;
        } else {
            largest = *worth;
            total += worth;
        }
    }
    Some(total)
}

pub(super) fn to_letters(size: f64) -> String {
    let mut left = size;
    let mut letters = Vec::new();
    while left >= 1.0 {
        letters.push(char::from(b'A' + ((left - 1.0) % 26.0) as u8));
        left = ((left - 1.0) / 26.0).floor();
    }
    letters.into_iter().rev().collect()
}

pub(super) fn from_letters(given: &str) -> Option<f64> {
    given.chars().try_fold(0.0, |total, c| {
        let place =
            c.is_ascii_alphabetic().then(|| u32::from(c.to_ascii_uppercase()) - u32::from('A') + 1)?;
        Some(total * 26.0 + f64::from(place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_read_back() {
        for size in [1.0, 4.0, 9.0, 14.0, 26.0, 27.0, 702.0, 703.0, 1999.0, 3888.0] {
            assert_eq!(from_roman(&to_roman(size)), Some(size));
            assert_eq!(from_letters(&to_letters(size)), Some(size));
        }
        assert_eq!(to_roman(1990.0), "MCMXC");
        assert_eq!(to_letters(28.0), "AB");
    }
}
