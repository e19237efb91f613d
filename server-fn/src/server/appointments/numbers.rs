//! Which numbers are written to, and how often: anybody can say anybody's number on a phone.

use crate::server::random;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Messages to one number on one day (universal time).
const A_DAY: u32 = 3;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Beginnings of numbers by the operation's country (ISO 3166-1), for where nobody configured any. ITU-T E.164.
const OF_COUNTRIES: [(&str, &[&str]); 22] = [
    ("AR", &["+54"]),
    ("BO", &["+591"]),
    ("BR", &["+55"]),
    ("BZ", &["+501"]),
    ("CL", &["+56"]),
    ("CO", &["+57"]),
    ("CR", &["+506"]),
    ("CU", &["+53"]),
    ("DO", &["+1809", "+1829", "+1849"]),
    ("EC", &["+593"]),
    ("GT", &["+502"]),
    ("GY", &["+592"]),
    ("HN", &["+504"]),
    ("HT", &["+509"]),
    ("MX", &["+52"]),
    ("NI", &["+505"]),
    ("PA", &["+507"]),
    ("PE", &["+51"]),
    ("PY", &["+595"]),
    ("SV", &["+503"]),
    ("TT", &["+1868"]),
    ("VE", &["+58"]),
];

/// Beginnings of the numbers that may be written to. Of none: those of the country of the operation, and of a country
/// that is not listed nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes(Vec<String>);

impl Prefixes {
    /// Reads `+507,+57`; `None` for anything else. Nothing is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Prefixes> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let good = |part: &str| {
            let digits = part.strip_prefix('+')?;
            let fits = (1..=12).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| part.to_owned())
        };
        parts.map(good).collect::<Option<Vec<_>>>().map(Prefixes)
    }

    /// Whether a number may be written to on behalf of an operation.
    #[must_use]
    pub fn reach(&self, number: &str, operation: &str) -> bool {
        if !self.0.is_empty() {
            return self.0.iter().any(|prefix| number.starts_with(prefix.as_str()));
        }
        let theirs = OF_COUNTRIES.iter().find(|(country, _)| *country == operation);
        theirs.is_some_and(|(_, prefixes)| prefixes.iter().any(|prefix| number.starts_with(prefix)))
    }
}

/// How often numbers were written to today. In memory, by digests under a key that ends with the program: no list of
/// numbers anywhere.
pub struct Numbers {
    key: [u8; 32],
    /// The day, counted from 1970, and what went out on it.
    today: Mutex<(u64, BTreeMap<[u8; 32], u32>)>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { key: random(), today: Mutex::default() }
    }
}

impl Numbers {
    /// Counts a message to a number, unless it had as many today as one may have.
    pub fn may_write(&self, number: &str, now: u64) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.0 != now / DAY_MS {
            *today = (now / DAY_MS, BTreeMap::new());
        }
        let count = today.1.entry(seal::digest(&[&self.key[..], number.as_bytes()].concat())).or_default();
        *count += 1;
        *count <= A_DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_the_country_are_written_to_unless_the_office_said_which() {
        let none = Prefixes::parse("").unwrap();
        for (number, operation, wanted) in [
            ("+50761234567", "PA", true),
            ("+573001234567", "PA", false),
            ("+573001234567", "CO", true),
            ("+50761234567", "", false),
            ("+50761234567", "XX", false),
        ] {
            assert_eq!(none.reach(number, operation), wanted, "{number} {operation}");
        }
        let two = Prefixes::parse("+507, +57").unwrap();
        assert!(two.reach("+573001234567", "PA") && !two.reach("+584121234567", "VE"));
        for text in ["507", "+", "+50x", "+507;+57"] {
            assert_eq!(Prefixes::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_written_to_three_times_a_day_and_again_tomorrow() {
        let numbers = Numbers::default();
        let may = |number, day| numbers.may_write(number, day * DAY_MS + 5);
        assert_eq!([1, 1, 1, 1].map(|day| may("+50761234567", day)), [true, true, true, false]);
        assert!(may("+50769999999", 1), "others are");
        assert!(may("+50761234567", 2));
    }
}
