//! The table of rights against an expectation that people wrote down: `permissions.csv`, every combination of it.

use domain::permission::{Standing, ceiling, distance, may, may_reach, reach};
use domain::{Act, Class, Kind, Place, Reach, Role, UserId};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CLASSES: [Class; 4] = [Class::Public, Class::Restricted, Class::Confidential, Class::NeedToKnow];

type Wanted = BTreeMap<(Role, Act, Kind, usize), Option<Reach>>;

fn act(key: &str) -> Act {
    match key {
        "register" => Act::Register,
        "amend" => Act::Amend,
        "search" => Act::Search,
        "read" => Act::Read,
        "deliver" => Act::Deliver,
        _ => panic!("what is {key}?"),
    }
}

fn reach_of(key: &str) -> Option<Reach> {
    Some(match key {
        "own" => Reach::Own,
        "team" => Reach::Team,
        "site" => Reach::Site,
        "organisation" => Reach::Organisation,
        "all" => Reach::All,
        "never" => return None,
        _ => panic!("what is {key}?"),
    })
}

/// The kept expectation, one cell for each role, act, kind and class.
fn wanted() -> Wanted {
    let mut wanted = Wanted::new();
    let lines = include_str!("permissions.csv").lines().filter(|line| !line.starts_with('#'));
    for line in lines.skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [role, act_key, kind, classes @ ..] = cells.as_slice() else { panic!("{line}") };
        let role = Role::ALL.into_iter().find(|known| known.key() == *role).expect(line);
        let kinds: Vec<Kind> = match *kind {
            "others" => {
                let apart = |kind: &Kind| {
                    let minds = [Role::ReferralFocalPoint, Role::BorderOfficer, Role::Slip].contains(&role);
                    let said = role == Role::Applicant && *kind == Kind::APPLICATION;
                    *kind != Kind::NOTE && !(minds && *kind == Kind::REFERRAL) && !said
                };
                Kind::ALL.iter().copied().filter(apart).collect()
            }
            key => vec![Kind::from_key(key).expect(line)],
        };
        assert_eq!(classes.len(), CLASSES.len(), "{line}");
        for kind in kinds {
            for (class, reach) in classes.iter().enumerate() {
                let before = wanted.insert((role, act(act_key), kind, class), reach_of(reach));
                assert_eq!(before, None, "said twice: {line}");
            }
        }
    }
    wanted
}

#[test]
fn who_may_do_what_is_as_written_down_for_every_role_act_kind_class_and_distance() {
    let mut wanted = wanted();
    assert_eq!(
        wanted.len(),
        Role::ALL.len() * Act::ALL.len() * Kind::ALL.len() * CLASSES.len(),
        "none is left out"
    );
    let mut asserted = 0;
    for role in Role::ALL {
        for act in Act::ALL {
            for kind in Kind::ALL {
                for (at, class) in CLASSES.into_iter().enumerate() {
                    let told = wanted.remove(&(role, act, *kind, at)).unwrap();
                    let what = format!("{role:?} {act:?} {kind:?} {class:?}");
                    assert_eq!(reach(role, act, *kind, class), told, "{what}");
                    for distance in Reach::ALL {
                        let may = told.is_some_and(|told| distance <= told);
                        assert_eq!(
                            may_reach(role, act, *kind, class, Some(distance)),
                            may,
                            "{what} {distance:?}"
                        );
                        asserted += 1;
                    }
                    assert!(
                        !may_reach(role, act, *kind, class, None),
                        "{what}: nobody reaches another operation"
                    );
                }
            }
        }
    }
    assert_eq!(asserted, 10 * 5 * 15 * 4 * 5);
}

#[test]
fn nobody_may_do_anything_with_a_kind_that_this_version_does_not_know() {
    for role in Role::ALL {
        for act in Act::ALL {
            assert!(CLASSES.into_iter().all(|class| reach(role, act, Kind(999), class).is_none()));
            assert!(!may(role, act, Kind(0)));
        }
    }
}

#[test]
fn how_far_a_record_is_from_somebody() {
    let place = |operation: &str, organisation: &str, site: &str, team: &str| Place {
        operation: operation.into(),
        organisation: organisation.into(),
        site: site.into(),
        team: team.into(),
    };
    let standing = |place| Standing { user: UserId([1; 16]), role: Role::Caseworker, place };
    let me = standing(place("PA", "HIAS", "meteti", "north"));
    for (theirs, named, wanted) in [
        (place("PA", "HIAS", "meteti", "north"), false, Some(Reach::Team)),
        (place("PA", "HIAS", "meteti", "north"), true, Some(Reach::Own)),
        (place("PA", "HIAS", "meteti", "south"), false, Some(Reach::Site)),
        (place("PA", "HIAS", "meteti", ""), false, Some(Reach::Site)),
        (place("PA", "HIAS", "david", "north"), false, Some(Reach::Organisation)),
        (place("PA", "HIAS", "david", "north"), true, Some(Reach::Own)),
        (place("PA", "NRC", "meteti", "north"), false, Some(Reach::All)),
        // Whoever goes over to another organisation leaves what they did for the former behind.
        (place("PA", "NRC", "meteti", "north"), true, Some(Reach::All)),
        (place("GY", "HIAS", "meteti", "north"), false, None),
        (place("GY", "HIAS", "meteti", "north"), true, None),
    ] {
        assert_eq!(distance(&me, &theirs, named), wanted, "{theirs:?} {named}");
    }
    let teamless = standing(place("PA", "HIAS", "meteti", ""));
    assert_eq!(distance(&teamless, &place("PA", "HIAS", "meteti", ""), false), Some(Reach::Site));
}

fn any_of<T: Clone + core::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    proptest::sample::select(all.to_vec())
}

proptest! {
    #[test]
    fn who_reaches_further_also_reaches_nearer(
        role in any_of(&Role::ALL), act in any_of(&Act::ALL), kind in any_of(Kind::ALL),
        class in any_of(&CLASSES), near in any_of(&Reach::ALL), far in any_of(&Reach::ALL),
    ) {
        let (near, far) = (near.min(far), near.max(far));
        let may = |distance| may_reach(role, act, kind, class, Some(distance));
        prop_assert!(!may(far) || may(near));
        prop_assert!(ceiling(role, act, kind, Some(far)) <= ceiling(role, act, kind, Some(near)));
    }

    #[test]
    fn a_stricter_class_never_reaches_further(
        role in any_of(&Role::ALL), act in any_of(&Act::ALL), kind in any_of(Kind::ALL),
        wide in any_of(&CLASSES), strict in any_of(&CLASSES),
    ) {
        let (wide, strict) = (wide.min(strict), wide.max(strict));
        prop_assert!(reach(role, act, kind, strict) <= reach(role, act, kind, wide));
    }

    /// Whoever may change something may read it, and whoever reads it may know that it is there. One states what one
    /// knows: a note is begun by whoever has something to tell, also where others' notes are not theirs.
    #[test]
    fn what_one_may_amend_one_may_read_and_what_one_may_read_one_may_find(
        role in any_of(&Role::ALL), kind in any_of(Kind::ALL), class in any_of(&CLASSES),
    ) {
        let reach = |act| reach(role, act, kind, class);
        prop_assert!(reach(Act::Amend) <= reach(Act::Read));
        prop_assert!(reach(Act::Read) <= reach(Act::Search));
        prop_assert!(reach(Act::Read) <= reach(Act::Deliver));
    }
}
