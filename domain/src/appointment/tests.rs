use super::*;
use crate::application::{State, Summary};
use crate::entry::{Change, Entry, Op};
use crate::field::{Field, Kind};
use crate::id::{EnrolmentId, EntryId, UserId};
use crate::record::Record;
use crate::value::Value;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 20_788;
const NOW: i64 = (DAY - 3) * DAY_MINUTES;

fn id(nth: u8) -> RecordId {
    RecordId([nth; 16])
}

/// A day of `meteti`: from eight to eleven, half an hour each, so many places.
fn day(nth: u8, days_on: i64, places: i64, priority: i64) -> Day {
    Day {
        record: id(nth),
        site: "meteti".into(),
        day: DAY + days_on,
        from: 8 * 60,
        until: 11 * 60,
        minutes: 30,
        places,
        priority,
        open: true,
        place: String::new(),
    }
}

fn wish(from: &str, until: &str, part: DayPart) -> Wish {
    Wish { site: "meteti".into(), from: from.into(), until: until.into(), part }
}

fn asking(nth: u8, urgent: bool) -> Asking {
    Asking { family: id(nth), wish: wish("", "", DayPart::Any), urgent, holds: None }
}

fn slot(agenda: u8, nth: u16) -> SlotName {
    SlotName { agenda: id(agenda), nth }
}

fn stated(record: RecordId, kind: Kind, said: &[(u8, Vec<(Field, Value)>)]) -> Record {
    let mut held = Record::new(record, kind);
    for (author, values) in said {
        let ops =
            values.iter().map(|(field, value)| Op { field: *field, value: value.clone(), replaces: vec![] });
        let changes = vec![Change { record, kind, ops: ops.collect() }];
        let (id, author) = (EntryId([*author; 16]), UserId([*author; 16]));
        held.apply(&Entry {
            id,
            author,
            enrolment: EnrolmentId([3; 16]),
            at: u64::from(author.0[0]),
            changes,
        });
    }
    held
}

#[test]
fn a_day_reads_back_what_was_published_and_two_who_disagree_leave_it_closed() {
    let published = Day { place: "Carpa 2".into(), ..day(7, 0, 3, 1) };
    assert_eq!(Day::of(&stated(id(7), Kind::AGENDA, &[(1, published.facts())])), Some(published.clone()));
    assert_eq!((published.day_text(), published.slots()), ("2026-12-01".into(), 6));
    let at: Vec<String> = published.times().map(|(_, at)| crate::service::brief::time_text(at)).collect();
    assert_eq!((at[0].as_str(), at[5].as_str()), ("2026-12-01T08:00", "2026-12-01T10:30"));
    assert_eq!(published.at(6), None);
    let closing = vec![(Field::AGENDA_STATE, Value::text(CLOSED))];
    let opening = vec![(Field::AGENDA_STATE, Value::text(OPEN))];
    let record = stated(id(7), Kind::AGENDA, &[(1, published.facts()), (2, closing), (3, opening)]);
    assert_eq!(Day::of(&record).map(|day| day.open), Some(false));
    assert_eq!(Day::of(&Record::new(id(7), Kind::AGENDA)), None);
}

#[test]
fn each_fault_of_a_day_is_told_apart() {
    let good = day(1, 0, 4, 1);
    for (changed, wanted) in [
        (good.clone(), Ok(())),
        (Day { site: String::new(), ..good.clone() }, Err(DayFault::NoSite)),
        (Day { from: -1, ..good.clone() }, Err(DayFault::NoTime)),
        (Day { until: 24 * 60 + 1, ..good.clone() }, Err(DayFault::NoTime)),
        (Day { until: 8 * 60, ..good.clone() }, Err(DayFault::UntilBeforeFrom)),
        (Day { minutes: 4, ..good.clone() }, Err(DayFault::Minutes)),
        (Day { minutes: 241, ..good.clone() }, Err(DayFault::Minutes)),
        (Day { minutes: 200, ..good.clone() }, Err(DayFault::NoSlot)),
        (Day { places: 0, ..good.clone() }, Err(DayFault::Places)),
        (Day { places: 51, ..good.clone() }, Err(DayFault::Places)),
        (Day { priority: 5, ..good.clone() }, Err(DayFault::Priority)),
        (Day { priority: -1, ..good.clone() }, Err(DayFault::Priority)),
        (Day { priority: 4, ..good.clone() }, Ok(())),
    ] {
        assert_eq!(changed.check(), wanted, "{changed:?}");
        let read = Day::of(&stated(id(1), Kind::AGENDA, &[(1, changed.facts())]));
        assert_eq!(read.is_some(), wanted.is_ok(), "{changed:?}");
    }
}

#[test]
fn clocks_and_days_are_read_as_forms_send_them_and_nothing_else() {
    for (text, wanted) in [
        ("08:00", Some(480)),
        ("00:00", Some(0)),
        ("23:59", Some(1439)),
        ("24:00", Some(1440)),
        ("24:01", None),
        ("8:00", None),
        ("08:60", None),
        ("08-00", None),
        ("+8:00", None),
        ("", None),
    ] {
        assert_eq!(clock(text), wanted, "{text}");
        assert!(wanted.is_none_or(|minutes| clock_text(minutes) == text));
    }
    assert_eq!((day_number("2026-12-01"), day_text(DAY)), (Some(DAY), "2026-12-01".into()));
    assert_eq!([day_number("2026-12"), day_number("2026-02-30"), day_number("2026-12-01T08:00")], [None; 3]);
}

#[test]
fn the_line_of_a_day_is_read_for_ever() {
    let day = Day { place: "Carpa 2".into(), ..day(7, 0, 3, 1) };
    let kept = "a900666d657465746901195134021901e00319029404181e0503060107f5086743617270612032";
    assert_eq!(crate::id::hex(&day.to_bytes()), kept);
    assert_eq!(Day::from_bytes(id(7), &day.to_bytes()), Some(day));
    assert_eq!(Day::from_bytes(id(7), b"none"), None);
}

#[test]
fn a_wish_reads_back_and_what_is_none_is_none() {
    for wish in [
        Wish::default(),
        wish("2026-12-01", "", DayPart::Any),
        wish("", "2026-12-05", DayPart::Morning),
        wish("2026-12-01", "2026-12-01", DayPart::Afternoon),
    ] {
        assert_eq!(Wish::from_text(&wish.to_text()), Some(wish));
    }
    assert_eq!(wish("2026-12-01", "", DayPart::Morning).to_text(), "meteti 2026-12-01 - m");
    let crooked = [
        "",
        "meteti",
        "meteti - - x",
        "meteti 2026-13-01 - m",
        "meteti 2026-12-05 2026-12-01 m",
        "a b - - -",
    ];
    assert_eq!(crooked.map(Wish::from_text), [const { None }; 6]);
    assert!(!Wish { site: "two words".into(), ..Wish::default() }.is_sound());
}

#[test]
fn how_far_a_time_lies_from_a_wish() {
    let at = |day: i64, hour: i64| (DAY + day) * DAY_MINUTES + hour * 60;
    let window = |part| wish("2026-12-01", "2026-12-02", part);
    for (wish, at, wanted) in [
        (wish("", "", DayPart::Any), at(40, 3), 0),
        (window(DayPart::Any), at(0, 0), 0),
        (window(DayPart::Any), at(1, 23), 0),
        (window(DayPart::Any), at(2, 0), 1),
        (window(DayPart::Any), at(-1, 23), 60),
        (window(DayPart::Morning), at(0, 11), 0),
        (window(DayPart::Morning), at(0, 12), 1),
        (window(DayPart::Morning), at(1, 14), 121),
        // The next morning is nearer than this one.
        (window(DayPart::Morning), at(0, 22), 120),
        (window(DayPart::Afternoon), at(0, 10), 120),
        (wish("", "", DayPart::Afternoon), at(9, 2), 121),
    ] {
        assert_eq!(wish.misses_by(at), wanted, "{wish:?} {at}");
    }
}

#[test]
fn wishes_that_fit_are_kept_and_others_are_offered_the_nearest() {
    let days = [day(1, 0, 1, 0), day(2, 1, 1, 0)];
    let mut one = asking(9, false);
    one.wish = wish("2026-12-02", "2026-12-02", DayPart::Any);
    let none_taken = Occupancy::default();
    let drawn =
        |asking: &Asking, occupancy: &Occupancy| draw(1, std::slice::from_ref(asking), &days, occupancy, NOW);
    assert_eq!(drawn(&one, &none_taken)[&id(9)], Answer::Kept(slot(2, 0)));
    one.wish.part = DayPart::Afternoon;
    assert_eq!(
        drawn(&one, &none_taken)[&id(9)],
        Answer::Offered(slot(2, 5)),
        "the last of the morning is nearest"
    );
    one.wish = wish("2026-12-05", "", DayPart::Any);
    assert_eq!(drawn(&one, &none_taken)[&id(9)], Answer::Offered(slot(2, 5)));
    let mut full = Occupancy::default();
    days.iter().flat_map(Day::times).for_each(|(slot, _)| full.take(slot, false));
    assert_eq!(drawn(&one, &full)[&id(9)], Answer::Waits(Why::Full));
    one.wish.site = "bajo_chiquito".into();
    assert_eq!(drawn(&one, &full)[&id(9)], Answer::Waits(Why::NoDays));
    // A slot of one's own is lost for nothing less than what was wished for.
    let mut moving = asking(9, false);
    moving.holds = Some(slot(1, 3));
    moving.wish = wish("2026-12-02", "2026-12-02", DayPart::Afternoon);
    assert_eq!(drawn(&moving, &none_taken)[&id(9)], Answer::Stays(slot(1, 3)));
    moving.wish.part = DayPart::Morning;
    assert_eq!(drawn(&moving, &none_taken)[&id(9)], Answer::Kept(slot(2, 0)));
    assert_eq!(drawn(&moving, &full)[&id(9)], Answer::Stays(slot(1, 3)));
}

#[test]
fn closed_days_and_slots_that_have_nearly_begun_are_given_to_nobody() {
    let closed = Day { open: false, ..day(1, 0, 1, 0) };
    let one = [asking(9, false)];
    let drawn = |days: &[Day], now| draw(1, &one, days, &Occupancy::default(), now)[&id(9)];
    assert_eq!(drawn(&[closed], NOW), Answer::Waits(Why::NoDays));
    let eight = DAY * DAY_MINUTES + 8 * 60;
    assert_eq!(drawn(&[day(1, 0, 1, 0)], eight - NOTICE - 1), Answer::Kept(slot(1, 0)));
    assert_eq!(drawn(&[day(1, 0, 1, 0)], eight - NOTICE), Answer::Kept(slot(1, 1)));
    assert_eq!(drawn(&[day(1, 0, 1, 0)], eight + 3 * 60), Answer::Waits(Why::NoDays));
}

#[test]
fn places_with_priority_are_left_to_who_needs_them_who_may_have_the_others_too() {
    let days = [Day { until: 8 * 60 + 30, ..day(1, 0, 3, 2) }];
    let free = |urgent: i64, ordinary: i64| {
        let mut occupancy = Occupancy::default();
        (0..urgent).for_each(|_| occupancy.take(slot(1, 0), true));
        (0..ordinary).for_each(|_| occupancy.take(slot(1, 0), false));
        (occupancy.free(&days[0], slot(1, 0), true), occupancy.free(&days[0], slot(1, 0), false))
    };
    let wanted = [
        ((0, 0), (3, 1)),
        ((0, 1), (2, 0)),
        ((2, 0), (1, 1)),
        ((3, 0), (0, 0)),
        ((2, 1), (0, 0)),
        ((4, 1), (0, 0)),
    ];
    for ((urgent, ordinary), wanted) in wanted {
        assert_eq!(free(urgent, ordinary), wanted, "{urgent} {ordinary}");
    }
    let families = [asking(1, false), asking(2, false), asking(3, true)];
    let drawn = draw(5, &families, &days, &Occupancy::default(), NOW);
    assert_eq!(drawn[&id(3)], Answer::Kept(slot(1, 0)));
    let kept = drawn.values().filter(|answer| matches!(answer, Answer::Kept(_))).count();
    assert_eq!(kept, 2, "one of the two without marks waits: {drawn:?}");
}

#[test]
fn what_holds_a_place() {
    let family = |state: &str, applied: State| Summary {
        slot: slot(1, 2).to_text(),
        slot_state: state.into(),
        state: applied,
        ..Summary::default()
    };
    for (state, wanted) in [
        ("asked", true),
        ("offered", true),
        ("kept", true),
        ("came", true),
        ("cancelled", false),
        ("missed", false),
        ("", false),
    ] {
        assert_eq!(holds(&family(state, State::Taken)).is_some(), wanted, "{state}");
    }
    assert_eq!(holds(&family("kept", State::Closed)), None);
    assert!(holds(&family("kept", State::Registered)).is_some());
}

#[test]
fn moving_and_cancelling_leave_one_slot_or_none_in_one_change() {
    let mut record = Record::new(id(9), Kind::APPLICATION);
    let mut state = |nth: u8, booking: Booking| {
        let change = record.change(booking.values()).unwrap();
        let (id, author) = (EntryId([nth; 16]), UserId([1; 16]));
        record.apply(&Entry {
            id,
            author,
            enrolment: EnrolmentId([3; 16]),
            at: u64::from(nth),
            changes: vec![change],
        });
        assert!(record.conflicts().is_empty());
        let line = Summary::of(&record).unwrap();
        (line.slot_state.clone(), line.slot.clone(), line.at, holds(&line).is_some())
    };
    let at = DAY * DAY_MINUTES + 500;
    let (one, two) = (slot(1, 0), slot(2, 3));
    assert_eq!(state(1, Booking::Asked(Wish::default())), ("asked".into(), String::new(), 0, false));
    assert_eq!(state(2, Booking::Offered(one, at)), ("offered".into(), one.to_text(), at, true));
    assert_eq!(state(3, Booking::Stands), ("kept".into(), one.to_text(), at, true));
    // Until the new wish is drawn the old slot stands.
    assert_eq!(
        state(4, Booking::Asked(wish("2026-12-09", "", DayPart::Any))),
        ("asked".into(), one.to_text(), at, true)
    );
    assert_eq!(state(5, Booking::Kept(two, at + 60)), ("kept".into(), two.to_text(), at + 60, true));
    assert_eq!(state(6, Booking::Cancelled), ("cancelled".into(), String::new(), 0, false));
    assert!(state(7, Booking::Kept(one, at)).3);
    assert_eq!(state(8, Booking::Came(at)).0, "came");
    assert_eq!(state(9, Booking::Stands).0, "kept");
    assert_eq!(state(10, Booking::Missed), ("missed".into(), one.to_text(), at, false));
    assert_eq!(state(11, Booking::AskedAnew(Wish::default())), ("asked".into(), String::new(), 0, false));
}

#[test]
fn the_list_of_a_day_is_in_order_and_says_what_is_overfull() {
    let days = [day(1, 0, 1, 0), day(2, 1, 1, 0), Day { site: "panama".into(), ..day(3, 0, 1, 0) }];
    let family = |reference: &str, of: Option<SlotName>, state: &str, marks: u8, came: i64| {
        let agenda = of.and_then(|of| days.iter().find(|day| day.record == of.agenda));
        Summary {
            reference: reference.into(),
            site: "meteti".into(),
            slot: of.map(SlotName::to_text).unwrap_or_default(),
            at: agenda.zip(of).and_then(|(day, of)| day.at(of.nth)).unwrap_or(0),
            slot_state: state.into(),
            marks,
            came,
            ..Summary::default()
        }
    };
    let today = DAY * DAY_MINUTES;
    let mut unknown = family("UNKNOWN", Some(slot(8, 1)), "kept", 0, 0);
    unknown.at = today + 555;
    let families = [
        family("LATER", Some(slot(1, 4)), "kept", 0, 0),
        family("SECOND", Some(slot(1, 0)), "kept", 0, 0),
        family("FIRST", Some(slot(1, 0)), "came", 1, today + 470),
        family("GONE", Some(slot(1, 1)), "cancelled", 0, 0),
        family("MISSED", Some(slot(1, 1)), "missed", 0, 0),
        family("TOMORROW", Some(slot(2, 0)), "kept", 0, 0),
        family("ELSEWHERE", Some(slot(3, 0)), "kept", 0, 0),
        family("WALK-B", None, "came", 0, today + 480),
        family("WALK-A", None, "came", 0, today + 450),
        family("WALK-U", None, "came", 4, today + 490),
        // Came a day early.
        family("EARLY", Some(slot(2, 1)), "came", 0, today + 500),
        family("WAITS", None, "asked", 0, 0),
        unknown,
    ];
    let list = day_list(&families, &days, "meteti", DAY);
    let of = |slot: &list::SlotLine| slot.families.iter().map(|it| it.reference.clone()).collect::<Vec<_>>();
    let slots: Vec<(i64, bool, Vec<String>)> =
        list.slots.iter().map(|slot| (slot.at - today, slot.overfull, of(slot))).collect();
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        slots,
        [
            (480, true, strings(&["FIRST", "SECOND"])),
            (510, false, strings(&["MISSED"])),
            (540, false, vec![]),
            (555, false, strings(&["UNKNOWN"])),
            (570, false, vec![]),
            (600, false, strings(&["LATER"])),
            (630, false, vec![]),
        ]
    );
    let walked: Vec<&str> = list.walk_ins.iter().map(|it| it.reference.as_str()).collect();
    assert_eq!(walked, ["WALK-U", "WALK-A", "WALK-B", "EARLY"]);
    assert_eq!(list.families(), 9);
    let elsewhere = day_list(&families, &days, "panama", DAY);
    assert_eq!(elsewhere.families(), 1);
}

#[test]
fn weeks_are_published_at_once_on_the_days_that_were_chosen() {
    // The first of December 2026 is a Tuesday.
    assert_eq!([DAY - 1, DAY, DAY + 4, DAY + 6].map(weekday), [0, 1, 5, 0]);
    let weekdays = [true, true, true, true, true, false, false];
    let days =
        |weeks, chosen| weeks_of(DAY, weeks, chosen).into_iter().map(|day| day - DAY).collect::<Vec<_>>();
    assert_eq!(days(1, weekdays), [0, 1, 2, 3, 6]);
    assert_eq!(days(2, [false, false, false, false, true, false, true]), [3, 5, 10, 12]);
    assert_eq!(days(0, weekdays), Vec::<i64>::new());
    assert_eq!(days(99, [true; 7]).len(), 56);
    assert_eq!(families(5, 12, 4), 240);
    assert_eq!(day_and_minute(DAY * DAY_MINUTES + 560), (DAY, 560));
}

fn any_case() -> impl Strategy<Value = (u64, Vec<Asking>, Vec<Day>)> {
    let day =
        (1..5_i64, 0..5_i64, 1..4_i64, any::<bool>()).prop_map(|(places, priority, half_hours, open)| Day {
            until: 8 * 60 + half_hours * 30,
            open,
            ..day(0, 0, places, priority.min(places))
        });
    let days = prop::collection::vec(day, 0..5).prop_map(|days| {
        let dated = (0..).zip(days);
        dated
            .map(|(nth, day)| Day { record: id(200 + nth), day: DAY + i64::from(nth), ..day })
            .collect::<Vec<_>>()
    });
    let family =
        (0..40_u8, any::<bool>(), 0..5_i64, 0..3_i64, 0..3_u8, prop::option::of((0..5_u8, 0..3_u16)));
    let families = prop::collection::vec(family, 0..40).prop_map(|families| {
        let all = families.into_iter().map(|(nth, urgent, from, days, part, holds)| {
            let part = [DayPart::Any, DayPart::Morning, DayPart::Afternoon][usize::from(part)];
            let wish = wish(&day_text(DAY + from), &day_text(DAY + from + days), part);
            let holds = holds.map(|(agenda, nth)| slot(200 + agenda, nth));
            Asking { family: id(nth), wish, urgent, holds }
        });
        // What a family holds and whether it has marks is one thing, however often it asks.
        all.map(|asking| (asking.family, asking))
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect::<Vec<_>>()
    });
    (any::<u64>(), families, days)
}

/// What is held before, as far as there is room for it.
fn held(families: &mut [Asking], days: &[Day]) -> Occupancy {
    let mut occupancy = Occupancy::default();
    for family in families {
        let day = family.holds.and_then(|held| days.iter().find(|day| day.record == held.agenda));
        match (family.holds, day) {
            (Some(held), Some(day))
                if held.nth < day.slots() && occupancy.free(day, held, family.urgent) > 0 =>
            {
                occupancy.take(held, family.urgent);
            }
            _ => family.holds = None,
        }
    }
    occupancy
}

proptest! {
    #[test]
    fn no_slot_is_ever_overfull_and_no_family_has_two((seed, mut families, days) in any_case()) {
        let before = held(&mut families, &days);
        let drawn = draw(seed, &families, &days, &before, NOW);
        prop_assert_eq!(drawn.len(), families.len());
        let mut after = Occupancy::default();
        for family in &families {
            let answer = drawn[&family.family];
            if let Answer::Kept(slot) | Answer::Offered(slot) | Answer::Stays(slot) = answer {
                after.take(slot, family.urgent);
            }
            // Who had a slot has one, and nobody is offered what they wished for.
            prop_assert!(family.holds.is_none() || matches!(answer, Answer::Kept(_) | Answer::Stays(_)));
            let at = |slot: SlotName| days.iter().find(|day| day.record == slot.agenda).and_then(|day| day.at(slot.nth));
            match answer {
                Answer::Kept(slot) => prop_assert_eq!(family.wish.misses_by(at(slot).unwrap()), 0),
                Answer::Offered(slot) => prop_assert!(family.wish.misses_by(at(slot).unwrap()) > 0),
                Answer::Stays(slot) => prop_assert_eq!(family.holds, Some(slot)),
                Answer::Waits(_) => {}
            }
        }
        for day in &days {
            for (slot, _) in day.times() {
                let taken = after.taken(slot);
                prop_assert!(taken.all() <= day.places, "{:?}", taken);
                prop_assert!(taken.ordinary <= day.places - day.priority, "{:?}", taken);
                prop_assert!(day.open || taken.all() <= before.taken(slot).all());
            }
        }
    }

    #[test]
    fn the_order_of_arrival_changes_nothing((seed, mut families, days) in any_case(), turn in 0..40_usize) {
        let before = held(&mut families, &days);
        let drawn = draw(seed, &families, &days, &before, NOW);
        let mut other = families.clone();
        other.reverse();
        let turn = turn.min(other.len());
        other.rotate_left(turn);
        // Asking twice gives no second chance.
        other.extend(families.first().cloned());
        prop_assert_eq!(draw(seed, &other, &days, &before, NOW), drawn);
    }

    #[test]
    fn families_with_marks_fare_as_if_nobody_else_had_asked((seed, mut families, days) in any_case()) {
        families.iter_mut().for_each(|family| family.holds = None);
        let urgent: Vec<Asking> = families.iter().filter(|family| family.urgent).cloned().collect();
        let alone = draw(seed, &urgent, &days, &Occupancy::default(), NOW);
        let together = draw(seed, &families, &days, &Occupancy::default(), NOW);
        for (family, answer) in alone {
            prop_assert_eq!(together[&family], answer);
        }
    }
}

#[test]
fn a_slot_that_has_passed_is_held_by_nobody() {
    let (past, next) = (day(1, -4, 1, 0), day(2, 0, 1, 0));
    let missed = Asking { holds: Some(slot(1, 0)), ..asking(5, false) };
    let answer =
        |days: &[Day]| draw(1, std::slice::from_ref(&missed), days, &Occupancy::default(), NOW)[&id(5)];
    assert_eq!(answer(&[past.clone(), next]), Answer::Kept(slot(2, 0)));
    assert_eq!(answer(&[past]), Answer::Waits(Why::NoDays));
    let afternoon = Asking { wish: wish("", "", DayPart::Afternoon), ..missed.clone() };
    let days = [day(1, -4, 1, 0), day(2, 0, 1, 0)];
    let answers = draw(1, &[afternoon], &days, &Occupancy::default(), NOW);
    assert!(matches!(answers[&id(5)], Answer::Offered(_)), "{answers:?}");
}

#[test]
fn each_family_has_the_same_chance_whoever_came_first() {
    let days = [Day { until: 9 * 60, ..day(1, 0, 2, 0) }];
    let mut families: Vec<Asking> = (0..10).map(|nth| asking(nth, false)).collect();
    let mut chances = |reversed: bool| {
        if reversed {
            families.reverse();
        }
        let mut kept = BTreeMap::<RecordId, u32>::new();
        for seed in 0..20_000_u64 {
            let drawn = draw(seed.wrapping_mul(0x9E37_79B9), &families, &days, &Occupancy::default(), NOW);
            let won = drawn.into_iter().filter(|(_, answer)| matches!(answer, Answer::Kept(_)));
            won.for_each(|(family, _)| *kept.entry(family).or_default() += 1);
        }
        kept
    };
    let (first, second) = (chances(false), chances(true));
    assert_eq!(first, second);
    // Four places for ten: 8,000 times each, with a standard deviation of 69.
    assert_eq!(first.len(), 10);
    assert!(first.values().all(|times| (7_650..8_350).contains(times)), "{first:?}");
    let distinct: BTreeSet<u32> = first.values().copied().collect();
    assert!(distinct.len() > 3, "not by turns: {first:?}");
}
