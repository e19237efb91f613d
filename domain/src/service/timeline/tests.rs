use super::*;
use crate::id::UserId;
use crate::permission::{Place, Role, Standing};
use crate::rules::trial::lists;
use std::collections::BTreeMap;

const ME: UserId = UserId([1; 16]);
const OTHER: UserId = UserId([2; 16]);
const DAY: i64 = 24 * 60;
/// Some day at noon.
const NOW: i64 = 20_779 * DAY + 720;

fn id(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn line(kind: Kind, number: u8, days: i64, code: &str, state: &str) -> Brief {
    let when = NOW + days * DAY;
    Brief {
        record: id(number),
        kind: kind.0,
        owner: Some(id(200)),
        by: Some(OTHER),
        stated_at: u64::try_from(when * 60_000).unwrap() + 1,
        when: when - 1,
        code: code.into(),
        state: state.into(),
        ..Brief::default()
    }
}

fn of(role: Role, briefs: &[Brief]) -> Timeline {
    let standing =
        Standing { user: ME, role, place: Place { organisation: "ONPAR".into(), ..Place::default() } };
    let desks = BTreeMap::new();
    let view = View { standing: &standing, now: NOW, offset: -300, lists: lists(), desks: &desks };
    timeline(briefs, &[(id(200), NOW - 30 * DAY)], &view)
}

fn places(line: &Timeline) -> Vec<usize> {
    let place = |item: &Item| if let What::Service(place) = item.what { Some(place) } else { None };
    line.items.iter().filter_map(place).collect()
}

#[test]
fn the_newest_is_first_and_the_registration_stands_among_the_rest() {
    let briefs = [
        line(Kind::SESSION, 1, -20, "reception", "individual"),
        line(Kind::ASSISTANCE, 2, -1, "hygiene_kit", "delivered"),
        line(Kind::REFERRAL, 3, -40, "documentation", "closed"),
        line(Kind::DISTRIBUTION, 4, -1, "hygiene_kit", "open"),
    ];
    let told = of(Role::Caseworker, &briefs);
    let whats: Vec<What> = told.items.iter().map(|item| item.what).collect();
    assert_eq!(whats, [What::Service(1), What::Service(0), What::Registered(id(200)), What::Service(2)]);
    assert_eq!(told.reserved, 0);
}

#[test]
fn what_was_said_in_two_ways_is_told_and_what_was_taken_away_is_not() {
    let torn = crate::service::brief::IN_CONFLICT;
    for kind in [Kind::ASSISTANCE, Kind::NEED] {
        for (marks, wanted) in [(torn, vec![0]), (0, vec![])] {
            let brief = Brief { marks, ..line(kind, 1, -1, "", "") };
            assert_eq!(places(&of(Role::Counsellor, &[brief])), wanted, "{kind:?}");
        }
    }
}

#[test]
fn what_is_not_for_who_looks_is_counted_and_told_nothing_of() {
    let stub = Brief { state: "".into(), ..line(Kind::NEED, 3, -1, "", "") };
    let mine = Brief { by: Some(ME), ..line(Kind::REFERRAL, 4, -1, "gbv", "sent") };
    let briefs = [
        line(Kind::SESSION, 1, -2, "gbv", "individual"),
        line(Kind::SESSION, 2, -3, "reception", "individual"),
        stub,
        mine,
    ];
    let told = of(Role::Caseworker, &briefs);
    assert_eq!((places(&told), told.reserved), (vec![3, 1], 2));
    let told = of(Role::Counsellor, &briefs);
    assert_eq!((places(&told), told.reserved), (vec![3, 0, 1], 0), "the need was taken away");
}

#[test]
fn of_what_was_amended_the_newest_stands_there_and_says_so() {
    let first = line(Kind::SESSION, 1, -5, "reception", "individual");
    let second = Brief { amends: Some(id(1)), ..line(Kind::SESSION, 2, -6, "protection", "individual") };
    let told = of(Role::Counsellor, &[first, second]);
    assert_eq!(places(&told), [1]);
    assert!(told.items[0].is_corrected);
}

#[test]
fn each_says_what_comes_next_and_whether_it_is_late() {
    let due = |brief: Brief, days: i64| Brief { due: NOW + days * DAY, ..brief };
    let session = line(Kind::SESSION, 1, -9, "reception", "individual");
    let referral = |state| line(Kind::REFERRAL, 1, -9, "documentation", state);
    let withdrawn = Brief { marks: 1, ..due(referral("cancelled"), 1) };
    for (brief, next, is_late) in [
        (session.clone(), Next::Nothing, false),
        (due(session.clone(), 0), Next::FollowUp(NOW), false),
        (due(session, -1), Next::FollowUp(NOW - DAY), true),
        (line(Kind::ASSISTANCE, 1, 0, "hygiene_kit", "approved"), Next::Give, false),
        (line(Kind::ASSISTANCE, 1, 0, "hygiene_kit", "requested"), Next::Give, false),
        (line(Kind::ASSISTANCE, 1, 0, "hygiene_kit", "delivered"), Next::Nothing, false),
        (line(Kind::NEED, 1, 0, "X-PE", "pending"), Next::Assess, false),
        (line(Kind::NEED, 1, 0, "X-PE", "confirmed"), Next::Nothing, false),
        (due(referral("sent"), 1), Next::Answer(NOW + DAY), false),
        (due(referral("received"), -1), Next::Answer(NOW - DAY), true),
        (due(referral("accepted"), -1), Next::Outcome, false),
        (due(referral("counter"), -1), Next::Outcome, false),
        (due(referral("closed"), -1), Next::Nothing, false),
        (referral("draft"), Next::Finish, false),
        (withdrawn.clone(), Next::Acknowledge, false),
        (Brief { marks: 3, ..withdrawn }, Next::Nothing, false),
    ] {
        let told = of(Role::Counsellor, std::slice::from_ref(&brief));
        assert_eq!((told.items[0].next, told.items[0].is_late), (next, is_late), "{brief:?}");
    }
}

#[test]
fn a_day_alone_has_the_time_at_which_it_was_stated_if_that_was_the_same_day() {
    let midnight = NOW - 720;
    let stated = |minutes: i64| u64::try_from((minutes + 300) * 60_000).unwrap();
    for (when, stated_at, wanted) in [
        (midnight, stated(NOW), NOW),
        (midnight, stated(NOW + DAY), midnight),
        (midnight + 5, stated(NOW), midnight + 5),
        (NOW + 300, stated(NOW), NOW),
    ] {
        let gift = Brief { when, stated_at, ..line(Kind::ASSISTANCE, 1, 0, "hygiene_kit", "delivered") };
        assert_eq!(of(Role::Counsellor, &[gift]).items[0].when, wanted);
    }
}

#[test]
fn a_session_that_was_followed_up_asks_for_nothing_more() {
    let first = Brief { due: NOW - DAY, ..line(Kind::SESSION, 1, -5, "reception", "individual") };
    let second = Brief { follows: Some(id(1)), ..line(Kind::SESSION, 2, -1, "reception", "individual") };
    let told = of(Role::Counsellor, &[first, second]);
    assert!(told.items.iter().all(|item| item.next == Next::Nothing));
}
