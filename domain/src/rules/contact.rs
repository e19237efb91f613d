//! Rules about phone numbers.

use super::{Found, Rule, Scene};
use crate::field::Field;
use crate::phone::Phone;
use crate::search_key;

/// In the order of `rules.csv`.
pub const RULES: &[Rule] =
    &[Rule::new("PHO01", &[Field::PHONE], pho01), Rule::new("PHO02", &[Field::PHONE], pho02)];

/// Not readable as an international number, nor as one of Panama.
fn pho01(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        if Phone::keep(person.text(Field::PHONE)).1.is_some() {
            found.at(person, Field::PHONE);
        }
    }
}

/// Used by another group: shared phones are common, and no proof of anything.
fn pho02(scene: &Scene<'_>, found: &mut Found) {
    for person in &scene.file.people {
        let typed = search_key::digits(person.text(Field::PHONE));
        // Typed and read again it may have the country's code before it, there as here.
        let full = search_key::digits(&Phone::keep(person.text(Field::PHONE)).0);
        let is_used = |digits: &String| !digits.is_empty() && scene.look.elsewhere.phones.contains(digits);
        if is_used(&typed) || is_used(&full) {
            found.at(person, Field::PHONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::check;

    #[test]
    fn phones() {
        check(
            "PHO01",
            &[
                ("p phone=+50761234567; p phone=+573001234567; p", ""),
                ("p phone=123; p phone=+507123", "p1.phone, p2.phone"),
                ("p phone=+5076123456789", "p1.phone"),
            ],
        );
        check(
            "PHO02",
            &[
                ("phone 50761234567; p phone=+50761234567", "p1.phone"),
                ("phone 50761234567; p phone=6123-4567", "p1.phone"),
                ("phone 50761234567; p phone=+50761234568; p", ""),
            ],
        );
    }
}
