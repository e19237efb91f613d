//! What moving people between groups adds up to, and that nothing of it is lost or stuck.

use super::*;
use crate::entry::Entry;
use crate::id::{EnrolmentId, UserId};
use time::macros::date;

const HOME: RecordId = RecordId([1; 16]);
const OTHER: RecordId = RecordId([2; 16]);
const NEW: RecordId = RecordId([3; 16]);
const AMINA: RecordId = RecordId([11; 16]);
const OMAR: RecordId = RecordId([12; 16]);
const LEILA: RecordId = RecordId([13; 16]);
const ROSA: RecordId = RecordId([21; 16]);
const PAPER: RecordId = RecordId([31; 16]);
const NEED: RecordId = RecordId([32; 16]);
const CONSENT: RecordId = RecordId([33; 16]);

fn entry_id(number: u8) -> EntryId {
    EntryId([number; 16])
}

/// Everything that is held, by record.
#[derive(Clone, PartialEq, Debug)]
struct World(BTreeMap<RecordId, Record>);

impl World {
    fn enter(&mut self, number: u8, changes: Vec<Change>) {
        let id = entry_id(number);
        let entry = Entry {
            id,
            author: UserId([9; 16]),
            enrolment: EnrolmentId([9; 16]),
            at: u64::from(number),
            changes,
        };
        assert_eq!(Entry::from_bytes(&entry.to_bytes()).as_ref(), Ok(&entry));
        for change in &entry.changes {
            let new = || Record::new(change.record, change.kind);
            self.0.entry(change.record).or_insert_with(new).apply(&entry);
        }
    }

    fn at(&self, id: RecordId) -> &Record {
        &self.0[&id]
    }

    fn members(&self, group: RecordId) -> Vec<Record> {
        let of = |record: &&Record| record.value(Field::GROUP) == Some(&Value::Ref(group));
        self.0.values().filter(of).cloned().collect()
    }

    fn ids(&self, group: RecordId) -> Vec<RecordId> {
        self.members(group).iter().map(|member| member.id).collect()
    }

    fn text(&self, id: RecordId, field: Field) -> &str {
        self.at(id).value(field).and_then(Value::as_text).unwrap_or_default()
    }

    fn int(&self, id: RecordId, field: Field) -> i64 {
        match self.at(id).value(field) {
            Some(Value::Int(number)) => *number,
            other => panic!("{other:?}"),
        }
    }

    /// All records that an entry touched, found as the app finds them.
    fn touched(&self, entry: EntryId, from: RecordId) -> Vec<Record> {
        let mut found: Vec<Record> = vec![self.at(from).clone()];
        found.extend(self.members(from));
        loop {
            let named = named_by(entry, &found);
            if named.is_empty() {
                return found;
            }
            for id in named {
                let more = self.members(id).into_iter().chain([self.at(id).clone()]);
                let more: Vec<Record> =
                    more.filter(|record| !found.iter().any(|held| held.id == record.id)).collect();
                found.extend(more);
            }
        }
    }

    fn undo(&self, number: u8, from: RecordId) -> Result<Vec<Change>, CannotUndoEntry> {
        undo(entry_id(number), &self.touched(entry_id(number), from))
    }

    /// What the records say, without who said it.
    fn said(&self) -> BTreeMap<RecordId, BTreeMap<Field, Vec<Value>>> {
        let of = |record: &Record| {
            let fields =
                record.fields().map(|field| (field, record.values(field).into_iter().cloned().collect()));
            fields.filter(|(_, values): &(Field, Vec<Value>)| *values != [Value::Nothing]).collect()
        };
        self.0.iter().map(|(id, record)| (*id, of(record))).collect()
    }
}

fn registered(id: RecordId, kind: Kind, values: &[(Field, Value)]) -> Change {
    Record::new(id, kind).change(values.to_vec()).unwrap()
}

fn person(id: RecordId, group: RecordId, relation: &str, sex: &str, born: &str) -> Change {
    let values = [
        (Field::GROUP, Value::Ref(group)),
        (Field::RELATIONSHIP, Value::text(relation)),
        (Field::SEX, Value::text(sex)),
        (Field::DATE_OF_BIRTH, Value::text(born)),
    ];
    registered(id, Kind::INDIVIDUAL, &values)
}

/// Amina with her husband Omar and their daughter Leila; and Rosa, alone.
fn world() -> World {
    let mut world = World(BTreeMap::new());
    let group = |id, reference, focal, counts: [i64; 4]| {
        let mut values = vec![
            (Field::GROUP_REF, Value::text(reference)),
            (Field::FOCAL_POINT, Value::Ref(focal)),
            (Field::SITE, Value::text("meteti")),
            (Field::ADDRESS, Value::text("casa azul")),
            (Field::ARRIVAL_DATE, Value::text("2026-10")),
            (Field::RECORD_STATUS, Value::text(ACTIVE)),
        ];
        values.extend(COUNTS.into_iter().zip(counts.map(Value::Int)));
        registered(id, Kind::GROUP, &values)
    };
    let hangs = |id, kind, field, on| {
        registered(id, kind, &[(field, Value::Ref(on)), (Field::AMENDS, Value::text("x"))])
    };
    world.enter(
        1,
        vec![
            group(HOME, "KX7M42P2", AMINA, [3, 2, 1, 1]),
            person(AMINA, HOME, FOCAL_POINT, "F", "1990-01-01"),
            person(OMAR, HOME, "HUS", "M", "1988-01-01"),
            person(LEILA, HOME, "DAU", "F", "2015-01-01"),
            hangs(PAPER, Kind::DOCUMENT, Field::HOLDER, LEILA),
            hangs(NEED, Kind::NEED, Field::OWNER, HOME),
            hangs(CONSENT, Kind::CONSENT, Field::OWNER, HOME),
        ],
    );
    let rosa = person(ROSA, OTHER, FOCAL_POINT, "F", "1960-01-01");
    world.enter(2, vec![group(OTHER, "AB2C34DE", ROSA, [1, 1, 0, 0]), rosa]);
    world
}

/// A parting of the home group, told to `then`.
fn parting<T>(
    world: &World,
    leaving: &[RecordId],
    focal_of_staying: Option<RecordId>,
    relations: &[(RecordId, &str)],
    then: impl FnOnce(&Parting<'_>) -> T,
) -> T {
    then(&Parting {
        group: world.at(HOME),
        members: &world.members(HOME),
        leaving: &leaving.iter().copied().collect(),
        focal_of_staying,
        relations: &relations.iter().map(|(id, code)| (*id, (*code).to_owned())).collect(),
        today: date!(2026 - 11 - 22),
    })
}

fn new_group(focal_point: RecordId) -> NewGroup<'static> {
    NewGroup { record: NEW, reference: GroupRef::fresh([7; 8]), focal_point, site: "meteti" }
}

#[test]
fn one_person_moves_to_another_group_and_takes_their_papers_along() {
    let mut world = world();
    let before = world.said();
    let changes = parting(&world, &[LEILA], None, &[(LEILA, "NIE")], |parting| {
        assert!(!parting.asks_focal_point());
        assert_eq!(parting.asked_again(Some(ROSA)), [LEILA].into());
        parting.move_to(world.at(OTHER)).unwrap()
    });
    world.enter(3, changes);
    assert_eq!((world.ids(HOME), world.ids(OTHER)), (vec![AMINA, OMAR], vec![LEILA, ROSA]));
    assert_eq!(
        (world.text(LEILA, Field::RELATIONSHIP), world.text(OMAR, Field::RELATIONSHIP)),
        ("NIE", "HUS")
    );
    assert_eq!(world.at(PAPER).value(Field::HOLDER), Some(&Value::Ref(LEILA)));
    assert_eq!(COUNTS.map(|field| world.int(HOME, field)), [2, 1, 1, 0]);
    assert_eq!(COUNTS.map(|field| world.int(OTHER, field)), [2, 2, 0, 1]);
    assert_eq!(people_who_left(world.at(HOME)), [(LEILA, entry_id(3))].into());
    assert!(world.at(HOME).conflicts().is_empty());

    // Undone from either side, and the undoing undone.
    for from in [HOME, OTHER, LEILA] {
        assert_eq!(world.undo(3, from).unwrap(), world.undo(3, HOME).unwrap_or_default(), "{from}");
    }
    let moved = world.said();
    world.enter(4, world.undo(3, OTHER).unwrap());
    assert_eq!(world.said(), before);
    assert!(people_who_left(world.at(HOME)).is_empty());
    world.enter(5, world.undo(4, HOME).unwrap());
    assert_eq!(world.said(), moved);
}

#[test]
fn who_speaks_for_those_who_stay_is_asked_when_the_focal_point_leaves() {
    let world = world();
    let changes = parting(&world, &[AMINA], None, &[], |parting| {
        assert!(parting.asks_focal_point());
        assert_eq!(parting.move_to(world.at(OTHER)), Err(CannotRegroup::FocalPointMissing));
        let told = [(AMINA, "COU".to_owned()), (LEILA, "DAU".to_owned())].into();
        let parting = Parting { focal_of_staying: Some(OMAR), relations: &told, ..*parting };
        assert_eq!(parting.asked_again(Some(ROSA)), [AMINA, LEILA].into());
        parting.move_to(world.at(OTHER)).unwrap()
    });
    let mut world = world;
    world.enter(3, changes);
    assert_eq!(world.at(HOME).value(Field::FOCAL_POINT), Some(&Value::Ref(OMAR)));
    let relations = [AMINA, OMAR, LEILA, ROSA].map(|id| world.text(id, Field::RELATIONSHIP));
    assert_eq!(relations, ["COU", FOCAL_POINT, "DAU", FOCAL_POINT]);
}

#[test]
fn some_become_a_group_of_their_own_that_inherits_the_journey_and_not_the_address() {
    let mut world = world();
    let before = world.said();
    let changes = parting(&world, &[OMAR, LEILA], None, &[(LEILA, "DAU")], |parting| {
        assert_eq!(parting.split_off(&new_group(AMINA)), Err(CannotRegroup::FocalPointMissing));
        parting.split_off(&new_group(OMAR)).unwrap()
    });
    world.enter(3, changes);
    assert_eq!((world.ids(HOME), world.ids(NEW)), (vec![AMINA], vec![OMAR, LEILA]));
    assert_eq!(world.text(NEW, Field::GROUP_REF), GroupRef::fresh([7; 8]).as_str());
    assert_eq!(world.text(NEW, Field::REGISTRATION_DATE), "2026-11-22");
    assert_eq!((world.text(NEW, Field::ARRIVAL_DATE), world.text(NEW, Field::ADDRESS)), ("2026-10", ""));
    assert_eq!(world.at(NEW).value(Field::SPLIT_FROM), Some(&Value::Ref(HOME)));
    assert_eq!(COUNTS.map(|field| world.int(NEW, field)), [2, 1, 1, 1]);
    assert_eq!(COUNTS.map(|field| world.int(HOME, field)), [1, 1, 0, 0]);
    let relations = [AMINA, OMAR, LEILA].map(|id| world.text(id, Field::RELATIONSHIP));
    assert_eq!(relations, [FOCAL_POINT, FOCAL_POINT, "DAU"]);

    let split = world.said();
    let changes = world.undo(3, HOME).unwrap();
    assert_eq!(changes.len(), world.undo(3, NEW).unwrap().len());
    world.enter(4, changes);
    assert_eq!((world.ids(HOME).len(), world.ids(NEW).len()), (3, 0));
    // The new group is closed and keeps its reference; all else is as before.
    assert_eq!(
        (world.text(NEW, Field::RECORD_STATUS), world.at(NEW).value(Field::FOCAL_POINT)),
        (CLOSED, None)
    );
    let mut after = world.said();
    assert!(after.remove(&NEW).is_some());
    assert_eq!(after, before);
    world.enter(5, world.undo(4, HOME).unwrap());
    assert_eq!(world.said(), split);
}

#[test]
fn a_group_split_off_that_somebody_has_joined_since_is_not_taken_back() {
    let mut world = world();
    let changes = parting(&world, &[OMAR], None, &[], |parting| parting.split_off(&new_group(OMAR)).unwrap());
    world.enter(3, changes);
    world.enter(4, vec![person(RecordId([77; 16]), NEW, "SIS", "F", "1991")]);
    let refused = world.undo(3, HOME).unwrap_err();
    assert_eq!((refused.record, refused.why), (NEW, CannotUndo::ChangedSince(vec![Field::GROUP])));
}

#[test]
fn two_groups_become_one_and_nothing_is_lost() {
    let mut world = world();
    let before = world.said();
    let told = [(AMINA, "DAU"), (OMAR, "INL"), (LEILA, "GDA")];
    let rows = [world.at(NEED).clone(), world.at(CONSENT).clone()];
    let changes = parting(&world, &[], None, &told, |parting| {
        assert_eq!(parting.merge_into(world.at(HOME), &rows), Err(CannotRegroup::SameGroup));
        assert_eq!(parting.merge_into(world.at(ROSA), &rows), Err(CannotRegroup::NoSuchGroup));
        parting.merge_into(world.at(OTHER), &rows).unwrap()
    });
    world.enter(3, changes);
    assert_eq!((world.ids(HOME), world.ids(OTHER).len()), (vec![], 4));
    assert_eq!(world.text(HOME, Field::RECORD_STATUS), MERGED);
    assert_eq!(world.at(HOME).value(Field::MERGED_INTO), Some(&Value::Ref(OTHER)));
    assert_eq!(people_who_left(world.at(HOME)).len(), 3);
    assert_eq!(COUNTS.map(|field| world.int(OTHER, field)), [4, 3, 1, 1]);
    assert_eq!(world.text(AMINA, Field::RELATIONSHIP), "DAU");
    // What goes on goes along; what was agreed with the former group stays there.
    assert_eq!(world.at(NEED).value(Field::OWNER), Some(&Value::Ref(OTHER)));
    assert_eq!(world.at(CONSENT).value(Field::OWNER), Some(&Value::Ref(HOME)));
    // Nobody else goes there any more.
    let back = parting(&world, &[], None, &[], |parting| {
        let members = world.members(OTHER);
        Parting { group: world.at(OTHER), members: &members, ..*parting }.merge_into(world.at(HOME), &[])
    });
    assert_eq!(back, Err(CannotRegroup::NoSuchGroup));

    // The need that went along hangs on the other group now, and is read with it.
    let mut touched = world.touched(entry_id(3), HOME);
    touched.push(world.at(NEED).clone());
    world.enter(4, undo(entry_id(3), &touched).unwrap());
    assert_eq!(world.said(), before);
}

#[test]
fn what_was_changed_since_is_not_undone_over_somebodys_head() {
    let mut world = world();
    let moves = parting(&world, &[LEILA], None, &[], |parting| parting.move_to(world.at(OTHER)).unwrap());
    world.enter(3, moves);
    let told = world.at(LEILA).change([(Field::RELATIONSHIP, Value::text("NIE"))]).unwrap();
    world.enter(4, vec![told]);
    let refused = world.undo(3, HOME).unwrap_err();
    assert_eq!((refused.record, refused.why), (LEILA, CannotUndo::ChangedSince(vec![Field::RELATIONSHIP])));
    // The registration itself is not undone either.
    assert_eq!(world.undo(1, HOME).unwrap_err().why, CannotUndo::Registered);
    assert_eq!(world.undo(99, HOME).unwrap_err().why, CannotUndo::NothingHere);
}

#[test]
fn what_cannot_be_is_said() {
    let world = world();
    for (leaving, wanted) in [
        (vec![], CannotRegroup::NobodyLeaves),
        (vec![AMINA, OMAR, LEILA], CannotRegroup::NobodyStays),
        (vec![ROSA], CannotRegroup::NotOfThisGroup),
    ] {
        let told = parting(&world, &leaving, None, &[], |parting| parting.move_to(world.at(OTHER)));
        assert_eq!(told, Err(wanted));
    }
    let strange = parting(&world, &[LEILA], Some(LEILA), &[], |parting| parting.move_to(world.at(OTHER)));
    assert_eq!(strange, Err(CannotRegroup::FocalPointMissing));
}

#[test]
fn two_who_move_people_away_at_once_have_not_contradicted_each_other() {
    let mut world = world();
    // Not counted: numbers that two change at once are for people to look at.
    let uncounted = COUNTS.map(|field| (field, Value::Nothing));
    world.enter(
        3,
        vec![world.at(HOME).change(uncounted.clone()).unwrap(), world.at(OTHER).change(uncounted).unwrap()],
    );
    let [one, other] = [LEILA, OMAR]
        .map(|id| parting(&world, &[id], None, &[], |parting| parting.move_to(world.at(OTHER)).unwrap()));
    world.enter(4, one);
    world.enter(5, other);
    assert!(world.at(HOME).conflicts().is_empty());
    assert_eq!(people_who_left(world.at(HOME)), [(LEILA, entry_id(4)), (OMAR, entry_id(5))].into());
    world.enter(6, world.undo(4, HOME).unwrap());
    assert_eq!(people_who_left(world.at(HOME)), [(OMAR, entry_id(5))].into());
    assert_eq!(world.ids(HOME), [AMINA, LEILA]);
}

/// Amina's family joined to Rosa's, and everything that its undoing needs to read.
fn merged() -> World {
    let mut world = world();
    let told = [(AMINA, "DAU"), (OMAR, "INL"), (LEILA, "GDA")];
    let rows = [world.at(NEED).clone()];
    let changes =
        parting(&world, &[], None, &told, |parting| parting.merge_into(world.at(OTHER), &rows).unwrap());
    world.enter(3, changes);
    world
}

impl World {
    fn apart(&self) -> Result<Vec<Change>, CannotUndoEntry> {
        let mut touched = self.touched(entry_id(3), OTHER);
        touched.push(self.at(NEED).clone());
        undo(entry_id(3), &touched)
    }

    /// States values of a record over what stands in this world.
    fn edit(&self, id: RecordId, values: &[(Field, Value)]) -> Vec<Change> {
        self.at(id).change(values.to_vec()).into_iter().collect()
    }
}

#[test]
fn two_groups_part_again_whatever_others_did_meanwhile_and_nothing_that_they_did_is_lost() {
    let mut world = merged();
    let before_merge = self::world();
    // Somebody was registered with them and counted, and somebody noted what Amina is to Rosa.
    let child = RecordId([51; 16]);
    let mut changes = vec![person(child, OTHER, "DAU", "F", "2020-01-01")];
    let counted =
        COUNTS.map(|field| (field, Value::Int(world.int(OTHER, field) + i64::from(field != Field::COUNT_M))));
    changes.extend(world.edit(OTHER, &counted));
    world.enter(4, changes);
    world.enter(5, world.edit(AMINA, &[(Field::RELATIONSHIP, Value::text("SIS"))]));
    world.enter(6, world.edit(AMINA, &[(Field::PHONE, Value::text("6000"))]));
    world.enter(7, world.edit(NEED, &[(Field::NEED_STATE, Value::text("confirmed"))]));
    world.enter(8, world.apart().unwrap());
    assert_eq!((world.ids(HOME), world.ids(OTHER)), (vec![AMINA, OMAR, LEILA], vec![ROSA, child]));
    assert_eq!(world.text(HOME, Field::RECORD_STATUS), ACTIVE);
    assert_eq!(world.at(HOME).value(Field::MERGED_INTO), None);
    // Rosa and the child who came meanwhile.
    let rosa = COUNTS.map(|field| before_merge.int(OTHER, field));
    assert_eq!(COUNTS.map(|field| world.int(OTHER, field)), [rosa[0] + 1, rosa[1] + 1, rosa[2], rosa[3] + 1]);
    assert_eq!(
        [AMINA, OMAR, LEILA].map(|id| world.text(id, Field::RELATIONSHIP)),
        [FOCAL_POINT, "HUS", "DAU"]
    );
    assert_eq!((world.text(AMINA, Field::PHONE), world.text(NEED, Field::NEED_STATE)), ("6000", "confirmed"));
    assert_eq!(world.at(NEED).value(Field::OWNER), Some(&Value::Ref(HOME)));
    assert!(people_who_left(world.at(HOME)).is_empty());
    assert!(world.0.values().all(|record| record.conflicts().is_empty()));
    let noted: Vec<&Value> = world.at(AMINA).known(Field::RELATIONSHIP).map(|it| &it.value).collect();
    assert!(noted.contains(&&Value::text("SIS")), "what was noted stays in the history");
}

#[test]
fn two_who_part_them_at_once_with_no_line_agree() {
    let world = merged();
    let (mut one, mut other) = (world.clone(), world.clone());
    let (first, second) = (one.apart().unwrap(), other.apart().unwrap());
    one.enter(4, first.clone());
    one.enter(5, second.clone());
    other.enter(5, second);
    other.enter(4, first);
    assert_eq!(one, other);
    assert!(one.0.values().all(|record| record.conflicts().is_empty()));
    assert_eq!(one.said(), self::world().said());
}

#[test]
fn who_was_moved_elsewhere_by_somebody_who_had_not_seen_the_merge_stays_there() {
    let seen = self::world();
    let mut world = merged();
    world.enter(2, vec![group_of(NEW)]);
    // With no line: Leila goes to a third group, and home is closed.
    world.enter(4, seen.edit(LEILA, &[(Field::GROUP, Value::Ref(NEW))]));
    world.enter(5, seen.edit(HOME, &[(Field::RECORD_STATUS, Value::text(CLOSED))]));
    assert_eq!(world.at(LEILA).conflicts(), [Field::GROUP]);
    assert_eq!(world.at(HOME).conflicts(), [Field::RECORD_STATUS]);
    assert_eq!(world.at(HOME).shown(Field::RECORD_STATUS), None);
    let mut touched = world.touched(entry_id(3), OTHER);
    touched.extend([LEILA, AMINA, OMAR, NEED].map(|id| world.at(id).clone()));
    touched.sort_by_key(|record| record.id);
    touched.dedup_by_key(|record| record.id);
    world.enter(6, undo(entry_id(3), &touched).unwrap());
    assert_eq!((world.ids(HOME), world.ids(NEW)), (vec![AMINA, OMAR], vec![LEILA]));
    assert_eq!(world.text(HOME, Field::RECORD_STATUS), CLOSED, "the other one's decision stands");
    assert!(world.0.values().all(|record| record.conflicts().is_empty()));
}

#[test]
fn who_has_gone_on_to_a_third_group_since_keeps_the_two_from_parting_and_is_named() {
    let mut world = merged();
    world.enter(2, vec![group_of(NEW)]);
    world.enter(4, world.edit(LEILA, &[(Field::GROUP, Value::Ref(NEW))]));
    let mut touched = world.touched(entry_id(3), OTHER);
    touched.push(world.at(LEILA).clone());
    let refused = undo(entry_id(3), &touched).unwrap_err();
    assert_eq!((refused.record, refused.why), (LEILA, CannotUndo::ChangedSince(vec![Field::GROUP])));
}

fn group_of(id: RecordId) -> Change {
    registered(
        id,
        Kind::GROUP,
        &[(Field::GROUP_REF, Value::text("22222222")), (Field::RECORD_STATUS, Value::text(ACTIVE))],
    )
}

proptest::proptest! {
    #[test]
    fn edits_of_others_before_and_after_in_any_order_survive_the_parting(
        edits in proptest::collection::vec((0..4_usize, 0..4_usize, proptest::bool::ANY), 0..8),
        order in proptest::collection::vec(0..64_usize, 0..32),
    ) {
        let (before, after) = (self::world(), merged());
        let people = [AMINA, OMAR, LEILA, ROSA];
        let fields = [Field::PHONE, Field::GIVEN_NAMES, Field::SEX, Field::ADDRESS];
        let mut world = after.clone();
        let mut entered: Vec<(u8, Vec<Change>)> = Vec::new();
        for (number, (person, field, seen)) in (10..).zip(edits) {
            let said = if seen { &world } else { &before };
            let value = Value::text(&format!("v{number}"));
            let changes = said.edit(people[person], &[(fields[field], value)]);
            world.enter(number, changes.clone());
            entered.push((number, changes));
        }
        let parted = world.apart().unwrap();
        world.enter(99, parted.clone());
        entered.push((99, parted));
        // As another device hears of it all.
        let mut heard = after;
        for pick in order {
            if !entered.is_empty() {
                let (number, changes) = entered[pick % entered.len()].clone();
                heard.enter(number, changes);
            }
        }
        entered.into_iter().rev().for_each(|(number, changes)| heard.enter(number, changes));
        proptest::prop_assert_eq!(&heard, &world);
        proptest::prop_assert_eq!(world.ids(HOME), vec![AMINA, OMAR, LEILA]);
        for number in 10..99_u8 {
            for record in world.0.values() {
                let history = record.history();
                for event in history.iter().filter(|event| event.entry == entry_id(number)) {
                    proptest::prop_assert_eq!(event.steps.len(), 1);
                }
            }
        }
        let told = before.said();
        for (id, said) in world.said() {
            for field in [Field::GROUP, Field::RELATIONSHIP, Field::MERGED_INTO, Field::RECORD_STATUS] {
                proptest::prop_assert_eq!(said.get(&field), told[&id].get(&field));
            }
        }
    }
}
