//! The same help given twice. One function for the device, which warns before it is given, and for the server, which
//! sees what two tablets without a line gave on the same day.

use super::Brief;
use super::board::Chains;
use crate::field::Kind;
use crate::id::RecordId;
use crate::rules::Lists;
use std::collections::BTreeSet;

/// Help that reached somebody for whom a gift is, of its kind, so near to its day that it is asked whether both were
/// meant: fewer days before it or after it than the column `again_after_days` of `assistance_types.csv` says. Nothing
/// for kinds of which the table does not ask, but for two helps of one distribution: that gives each family once,
/// whatever it gives. In the order of `briefs`.
///
/// What was amended counts once, as its newest amendment says; the gift is never its own double, nor that of what it
/// amends or of what amends the same beside it, whether it is among the `briefs` or not. Whether the gift itself was delivered is not looked at: a device asks
/// before it is.
#[must_use]
pub fn given_before<'b>(briefs: &'b [Brief], gift: &Brief, lists: &Lists) -> Vec<&'b Brief> {
    let days = lists.again_after_days(&gift.code);
    if days.is_none() && gift.follows.is_none() {
        return Vec::new();
    }
    // Looked for once, and not for each: a device holds fifty thousand people's.
    let chains = Chains::of(briefs.iter().chain([gift]));
    let event = chains.root(gift.record);
    let people: BTreeSet<RecordId> = gift.owner.into_iter().chain(gift.people.iter().copied()).collect();
    let is_double = |brief: &&Brief| {
        brief.kind() == Kind::ASSISTANCE
            && brief.code == gift.code
            && (days.is_some_and(|days| brief.day().abs_diff(gift.day()) < u64::from(days))
                || gift.follows.is_some_and(|list| brief.follows == Some(list)))
            && lists.is_delivered(&brief.state)
            && chains.counts(brief)
            && brief.owner.iter().chain(&brief.people).any(|id| people.contains(id))
            && chains.root(brief.record) != event
    };
    briefs.iter().filter(is_double).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::trial::lists;
    use proptest::prelude::*;

    const DAY: i64 = 24 * 60;

    fn person(number: u8) -> RecordId {
        RecordId([number; 16])
    }

    /// A hygiene kit, asked about for thirty days, for person 1 and the people it covers.
    fn kit(record: u8, day: i64, covers: &[u8]) -> Brief {
        Brief {
            record: RecordId([100 + record; 16]),
            kind: Kind::ASSISTANCE.0,
            owner: Some(person(1)),
            when: day * DAY + 600,
            code: "hygiene_kit".into(),
            state: "delivered".into(),
            people: covers.iter().map(|number| person(*number)).collect(),
            ..Brief::default()
        }
    }

    fn doubles(briefs: &[Brief], gift: &Brief) -> Vec<RecordId> {
        given_before(briefs, gift, lists()).into_iter().map(|brief| brief.record).collect()
    }

    #[test]
    fn the_table_says_after_how_many_days() {
        let asked = [
            "hygiene_kit",
            "food_kit",
            "shelter_night",
            "cash_mpc",
            "school_kit",
            "doc_help",
            "legal_info",
            "no",
        ];
        let days: Vec<Option<u16>> = asked.iter().map(|code| lists().again_after_days(code)).collect();
        assert_eq!(days, [Some(30), Some(7), Some(1), Some(30), Some(180), None, None, None]);
    }

    #[test]
    fn a_double_is_of_the_same_kind_for_the_same_person_within_the_days_before_or_after() {
        let gift = kit(0, 100, &[2, 3]);
        let with = |change: fn(&mut Brief)| {
            let mut brief = kit(1, 100, &[]);
            change(&mut brief);
            brief
        };
        for (brief, is_double, why) in [
            (kit(1, 100, &[]), true, "the same day"),
            (kit(1, 71, &[]), true, "29 days before"),
            (kit(1, 70, &[]), false, "30 days before: its time has come again"),
            (kit(1, 129, &[]), true, "29 days after, from a tablet that was heard later"),
            (kit(1, 130, &[]), false, "30 days after"),
            (with(|it| it.owner = Some(person(2))), true, "somebody whom the gift covers"),
            (with(|it| it.owner = Some(person(9))), false, "somebody else"),
            (with(|it| (it.owner, it.people) = (Some(person(9)), vec![person(3)])), true, "both cover them"),
            (with(|it| it.owner = None), false, "nobody"),
            (with(|it| it.code = "food_kit".into()), false, "another kind"),
            (with(|it| it.state = "part".into()), true, "a part reached them too"),
            (with(|it| it.state = "approved".into()), false, "only planned"),
            (with(|it| it.state = "returned".into()), false, "given back"),
            (with(|it| it.state = "".into()), false, "nothing is said"),
            (with(|it| it.kind = Kind::SESSION.0), false, "no assistance"),
            (with(|it| it.when = 100 * DAY - 1), true, "a minute before midnight"),
        ] {
            assert_eq!(doubles(std::slice::from_ref(&brief), &gift).len(), usize::from(is_double), "{why}");
        }
        let [list, other] = [Some(person(70)), Some(person(71))];
        let advice =
            |record, day, list| Brief { code: "legal_info".into(), follows: list, ..kit(record, day, &[]) };
        for (brief, expected, why) in [
            (advice(1, 10, list), 1, "one distribution gives once, whenever"),
            (advice(1, 100, other), 0, "another distribution"),
            (advice(1, 100, None), 0, "given outside of it"),
        ] {
            assert_eq!(doubles(std::slice::from_ref(&brief), &advice(0, 100, list)).len(), expected, "{why}");
        }
        let legal = Brief { code: "legal_info".into(), ..gift.clone() };
        assert!(doubles(&[Brief { record: person(50), ..legal.clone() }], &legal).is_empty(), "never asked");
        assert!(doubles(std::slice::from_ref(&gift), &gift).is_empty(), "itself");
    }

    #[test]
    fn what_was_amended_counts_as_its_amendment_says() {
        let gift = kit(0, 100, &[]);
        let first = kit(1, 95, &[]);
        let returned = Brief { amends: Some(first.record), state: "returned".into(), ..kit(2, 95, &[]) };
        let dated = Brief { amends: Some(first.record), ..kit(3, 20, &[]) };
        let confirmed = Brief { amends: Some(first.record), ..kit(4, 96, &[]) };
        assert_eq!(doubles(std::slice::from_ref(&first), &gift), [first.record]);
        assert!(doubles(&[first.clone(), returned], &gift).is_empty());
        assert!(doubles(&[first.clone(), dated], &gift).is_empty());
        assert_eq!(doubles(&[confirmed.clone(), first.clone()], &gift), [confirmed.record]);
        // Two said anew beside each other, by tablets that could not know: one help, as the later one says.
        let early = Brief { stated_at: 5, ..confirmed.clone() };
        let late = Brief { amends: Some(first.record), stated_at: 6, ..kit(5, 97, &[]) };
        assert_eq!(doubles(&[early.clone(), first.clone(), late.clone()], &gift), [late.record]);
        assert!(doubles(&[early, first.clone(), late], &kit(4, 96, &[])).is_empty(), "beside itself");
        // Who amends a gift gives nothing a second time.
        let amending = Brief { amends: Some(first.record), ..kit(5, 95, &[]) };
        assert!(doubles(std::slice::from_ref(&first), &amending).is_empty());
    }

    prop_compose! {
        fn any_kit()(record in 0u8..6, day in 0i64..70, owner in 1u8..5, covers in prop::collection::vec(1u8..5, 0..3),
                     state in 0usize..3, kind in 0usize..3, amends in prop::option::weighted(0.2, 0u8..6)) -> Brief {
            let code = ["hygiene_kit", "food_kit", "doc_help"][kind];
            let state = ["delivered", "part", "returned"][state];
            Brief {
                owner: Some(person(owner)),
                code: code.into(),
                state: state.into(),
                amends: amends.map(|number| RecordId([100 + number; 16])),
                ..kit(record, day, &covers)
            }
        }
    }

    proptest! {
        #[test]
        fn whoever_is_a_double_of_another_has_that_one_as_a_double(
            briefs in prop::collection::vec(any_kit(), 0..6)
        ) {
            // Records of their own.
            let briefs: Vec<Brief> = (0u8..).zip(briefs)
                .map(|(place, brief)| Brief { record: RecordId([100 + place; 16]), ..brief }).collect();
            let chains = Chains::of(&briefs);
            for gift in briefs.iter().filter(|gift| lists().is_delivered(&gift.state) && chains.counts(gift)) {
                for double in given_before(&briefs, gift, lists()) {
                    prop_assert!(double.record != gift.record);
                    prop_assert!(lists().is_delivered(&double.state) && chains.counts(double));
                    prop_assert!(doubles(&briefs, double).contains(&gift.record));
                }
            }
        }
    }
}
