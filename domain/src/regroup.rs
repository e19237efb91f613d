//! Moving people between groups: what it states, and how all of it is undone.
//!
//! Everything here is pure: from records as they are held to changes of one entry. Papers, needs and all that hangs on
//! a person goes along by itself, because it hangs on the person.

use crate::case::Subject;
use crate::date::PartialDate;
use crate::entry::{Change, Op};
use crate::field::{Field, Kind};
use crate::id::{EntryId, RecordId};
use crate::individual::FOCAL_POINT;
use crate::record::{CannotUndo, Record};
use crate::reference::GroupRef;
use crate::registration_group::ACTIVE;
use crate::sealed_member::is_sealed;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// Code of list `record_status` for a group whose people went over to another one.
pub const MERGED: &str = "merged";
/// Code of list `record_status` for a group that has come to an end.
pub const CLOSED: &str = "closed";

/// What a group split off knows of its journey and its registration without being asked again. Where it lives now
/// is asked: people who part often part for different places.
const INHERITED: [Field; 7] = [
    Field::ARRIVAL_DATE,
    Field::ENTRY_POINT,
    Field::ENTRY_MODE,
    Field::RESIDENCE_COUNTRY,
    Field::DATA_LEVEL,
    Field::OWNER_ORG,
    Field::PROGRAMME,
];

/// What of a group is still going on and follows its people into another group when the two become one. What was
/// agreed or given (consents, assistance, sessions) was so with the former group and stays there, where it can be read.
const GOES_ALONG: [Kind; 5] = [Kind::NEED, Kind::RSD, Kind::REFERRAL, Kind::RESETTLEMENT, Kind::RELATIVE];

const COUNTS: [Field; 4] = [Field::SIZE, Field::COUNT_F, Field::COUNT_M, Field::COUNT_CHILDREN];

/// Why people cannot be regrouped like this. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CannotRegroup {
    /// Nobody was chosen.
    #[error("nobody leaves")]
    NobodyLeaves,
    /// Everybody was chosen: then the groups are merged, so that nobody looks for people in an empty one.
    #[error("nobody stays")]
    NobodyStays,
    /// Somebody was chosen who is not of this group.
    #[error("not of this group")]
    NotOfThisGroup,
    /// Those who stay, or those who leave for a new group, have nobody of their own to speak for them.
    #[error("a focal point is missing")]
    FocalPointMissing,
    /// To the group where they are.
    #[error("the same group")]
    SameGroup,
    /// To a record that is no group, or a group whose own people have gone to another one.
    #[error("no group that takes people in")]
    NoSuchGroup,
}

/// A group as it is held, and who of it leaves.
#[derive(Clone, Copy, Debug)]
pub struct Parting<'a> {
    /// The group.
    pub group: &'a Record,
    /// All its people.
    pub members: &'a [Record],
    /// Who leaves.
    pub leaving: &'a BTreeSet<RecordId>,
    /// Who speaks for those who stay; `None` for whoever does now.
    pub focal_of_staying: Option<RecordId>,
    /// Relationships to the focal point, asked again where that one changes: codes of list `relationship`. One that
    /// was not told becomes unknown: what was told about another person does not hold.
    pub relations: &'a BTreeMap<RecordId, String>,
    /// The day, by which children are counted.
    pub today: Date,
}

/// A group to be made of people who leave another one.
#[derive(Clone, Copy, Debug)]
pub struct NewGroup<'a> {
    /// Its record, fresh.
    pub record: RecordId,
    /// Its short reference, fresh.
    pub reference: GroupRef,
    /// Who speaks for it.
    pub focal_point: RecordId,
    /// Code of the site where it is registered.
    pub site: &'a str,
}

impl Parting<'_> {
    /// Who speaks for the group as it stands, if it is one of its people.
    #[must_use]
    pub fn focal_point(&self) -> Option<RecordId> {
        let focal = self.group.shown(Field::FOCAL_POINT).and_then(Value::as_ref);
        focal.filter(|focal| self.members.iter().any(|member| member.id == *focal))
    }

    /// Whether those who stay need somebody else to speak for them.
    #[must_use]
    pub fn asks_focal_point(&self) -> bool {
        let stays = |focal: RecordId| !self.leaving.contains(&focal);
        self.staying().next().is_some() && !self.focal_point().is_some_and(stays)
    }

    /// People whose relationship to the focal point must be told anew. `focal_there` speaks for the group that they
    /// go to.
    #[must_use]
    pub fn asked_again(&self, focal_there: Option<RecordId>) -> BTreeSet<RecordId> {
        let leaving = self.leaving().map(|member| member.id).filter(|id| Some(*id) != focal_there);
        let focal = self.focal_of_staying.filter(|focal| Some(*focal) != self.focal_point());
        let staying =
            self.staying().map(|member| member.id).filter(|id| focal.is_some_and(|focal| focal != *id));
        leaving.chain(staying).collect()
    }

    /// Some people go over to another group that is held.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn move_to(&self, there: &Record) -> Result<Vec<Change>, CannotRegroup> {
        self.check_some_stay()?;
        self.check_takes_in(there)?;
        let focal_there = there.shown(Field::FOCAL_POINT).and_then(Value::as_ref);
        let mut changes = self.changes_of_those_who_stay();
        changes.extend(there.change(self.counted(there, 1)));
        changes.extend(self.changes_of_those_who_leave(there.id, focal_there));
        Ok(changes)
    }

    /// Some people become a group of their own.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn split_off(&self, new: &NewGroup<'_>) -> Result<Vec<Change>, CannotRegroup> {
        self.check_some_stay()?;
        if !self.leaving().any(|member| member.id == new.focal_point && !is_sealed(member)) {
            return Err(CannotRegroup::FocalPointMissing);
        }
        let mut wanted = vec![
            (Field::GROUP_REF, Value::text(new.reference.as_str())),
            (Field::FOCAL_POINT, Value::Ref(new.focal_point)),
            (Field::SITE, Value::text(new.site)),
            (Field::REGISTRATION_DATE, PartialDate::exact(self.today).to_value()),
            (Field::RECORD_STATUS, Value::text(ACTIVE)),
            (Field::SPLIT_FROM, Value::Ref(self.group.id)),
        ];
        let inherited =
            INHERITED.iter().filter_map(|field| Some((*field, self.group.value(*field)?.clone())));
        wanted.extend(inherited);
        if self.group.shown(Field::SIZE).is_some() {
            let counts = self.count(self.leaving());
            wanted.extend(COUNTS.into_iter().zip(counts.map(Value::Int)));
        }
        let mut changes: Vec<Change> =
            Record::new(new.record, Kind::GROUP).change(wanted).into_iter().collect();
        changes.extend(self.changes_of_those_who_stay());
        changes.extend(self.changes_of_those_who_leave(new.record, Some(new.focal_point)));
        Ok(changes)
    }

    /// All people go over to another group that is held, and this one is no more. `leaving` is not looked at: nobody
    /// stays. `rows` are the records that hang on this group itself.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn merge_into(&self, there: &Record, rows: &[Record]) -> Result<Vec<Change>, CannotRegroup> {
        let everybody: BTreeSet<RecordId> = self.members.iter().map(|member| member.id).collect();
        let all = Parting { leaving: &everybody, ..*self };
        all.check_takes_in(there)?;
        let focal_there = there.shown(Field::FOCAL_POINT).and_then(Value::as_ref);
        let wanted =
            [(Field::MERGED_INTO, Value::Ref(there.id)), (Field::RECORD_STATUS, Value::text(MERGED))];
        // Who spoke for it, where it was and how many it had stays as it was: that is what it was when it ended.
        let mut changes = all.noted(self.group.change(wanted));
        changes.extend(there.change(all.counted(there, 1)));
        changes.extend(all.changes_of_those_who_leave(there.id, focal_there));
        let goes_along = |row: &&Record| {
            let owner = row.kind.owner_field().and_then(|field| row.shown(field)).and_then(Value::as_ref);
            owner == Some(self.group.id) && GOES_ALONG.contains(&row.kind) && !row.is_blank()
        };
        let rows = rows.iter().filter(goes_along);
        changes.extend(rows.filter_map(|row| row.change([(Field::OWNER, Value::Ref(there.id))])));
        Ok(changes)
    }

    fn leaving(&self) -> impl Iterator<Item = &Record> {
        self.members.iter().filter(|member| self.leaving.contains(&member.id))
    }

    fn staying(&self) -> impl Iterator<Item = &Record> {
        self.members.iter().filter(|member| !self.leaving.contains(&member.id))
    }

    fn check_some_stay(&self) -> Result<(), CannotRegroup> {
        if self.leaving.is_empty() {
            return Err(CannotRegroup::NobodyLeaves);
        }
        if self.leaving().count() != self.leaving.len() {
            return Err(CannotRegroup::NotOfThisGroup);
        }
        // With sealed people alone it would be an empty group to everybody else.
        if !self.staying().any(|member| !is_sealed(member)) {
            return Err(CannotRegroup::NobodyStays);
        }
        let speaks = |member: &&Record| !is_sealed(member);
        let of_theirs = |focal: RecordId| self.staying().filter(speaks).any(|member| member.id == focal);
        match self.focal_of_staying {
            Some(focal) if of_theirs(focal) => Ok(()),
            None if !self.asks_focal_point() => Ok(()),
            _ => Err(CannotRegroup::FocalPointMissing),
        }
    }

    fn check_takes_in(&self, there: &Record) -> Result<(), CannotRegroup> {
        if there.id == self.group.id {
            return Err(CannotRegroup::SameGroup);
        }
        let is_gone = there.shown(Field::MERGED_INTO).is_some();
        if there.kind != Kind::GROUP || is_gone { Err(CannotRegroup::NoSuchGroup) } else { Ok(()) }
    }

    /// The group that people leave, and the relationships of those who stay where somebody else speaks for them.
    fn changes_of_those_who_stay(&self) -> Vec<Change> {
        let mut wanted = self.counted(self.group, -1);
        let focal = self.focal_of_staying.filter(|focal| Some(*focal) != self.focal_point());
        wanted.extend(focal.map(|focal| (Field::FOCAL_POINT, Value::Ref(focal))));
        let mut changes = self.noted(self.group.change(wanted));
        if let Some(focal) = focal {
            let told = self.staying().map(|member| member.change([self.relation(member.id, Some(focal))]));
            changes.extend(told.flatten());
        }
        changes
    }

    /// With a note of who left, by which they are found from here. Of somebody sealed a group says nothing.
    fn noted(&self, change: Option<Change>) -> Vec<Change> {
        let left = self.leaving().filter(|member| !is_sealed(member));
        let left: Vec<String> = left.map(|member| member.id.to_string()).collect();
        let mut change =
            change.unwrap_or(Change { record: self.group.id, kind: Kind::GROUP, ops: Vec::new() });
        if !left.is_empty() {
            change.ops.push(Op {
                field: Field::PEOPLE_LEFT,
                value: Value::Codes(left),
                replaces: Vec::new(),
            });
        }
        if change.ops.is_empty() { Vec::new() } else { vec![change] }
    }

    fn changes_of_those_who_leave(&self, to: RecordId, focal: Option<RecordId>) -> Vec<Change> {
        let moved = self
            .leaving()
            .map(|member| member.change([(Field::GROUP, Value::Ref(to)), self.relation(member.id, focal)]));
        moved.flatten().collect()
    }

    fn relation(&self, member: RecordId, focal: Option<RecordId>) -> (Field, Value) {
        let told = self.relations.get(&member).map_or(Value::Nothing, |code| Value::text(code));
        (Field::RELATIONSHIP, if focal == Some(member) { Value::text(FOCAL_POINT) } else { told })
    }

    /// The counts of a group after those who leave were added to it or taken from it. A group that was not counted
    /// stays so; what is counted and in conflict is for people to decide.
    fn counted(&self, group: &Record, times: i64) -> Vec<(Field, Value)> {
        let counts = COUNTS.into_iter().zip(self.count(self.leaving()));
        let counted = counts.filter_map(|(field, count)| match group.value(field) {
            Some(Value::Int(before)) => {
                Some((field, Value::Int(before.saturating_add(count * times).max(0))))
            }
            _ => None,
        });
        counted.collect()
    }

    /// People, women and girls, men and boys, children: in the order of [`COUNTS`].
    fn count<'r>(&self, people: impl Iterator<Item = &'r Record>) -> [i64; 4] {
        // Who is sealed is in no count.
        people.filter(|person| !is_sealed(person)).map(Subject::of).fold(
            [0; 4],
            |[all, women, men, children], person| {
                let one = |is: bool| i64::from(is);
                [
                    all + 1,
                    women + one(person.says(Field::SEX, "F")),
                    men + one(person.says(Field::SEX, "M")),
                    children + one(person.is_child(self.today)),
                ]
            },
        )
    }
}

/// People who left a group and have not come back by an undoing, with the entry by which they left.
#[must_use]
pub fn people_who_left(group: &Record) -> BTreeMap<RecordId, EntryId> {
    let stated = group.stated(Field::PEOPLE_LEFT);
    let codes = stated.flat_map(|stated| {
        let codes = stated.value.as_codes().unwrap_or_default();
        codes.iter().filter_map(|code| Some((RecordId::parse(code)?, stated.entry)))
    });
    codes.collect()
}

/// Why a whole entry is not undone: the record that stands in the way, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{record}: {why}")]
pub struct CannotUndoEntry {
    /// The record.
    pub record: RecordId,
    /// What is in the way there.
    pub why: CannotUndo,
}

/// Records that an entry names in what it stated or replaced, and that are not among these: what it touched is found
/// by reading them, and the groups among them with all their people, until nothing is named any more.
#[must_use]
pub fn named_by(entry: EntryId, records: &[Record]) -> BTreeSet<RecordId> {
    let mut named = BTreeSet::new();
    for record in records {
        let events = record.history().into_iter().filter(|event| event.entry == entry);
        for step in events.flat_map(|event| event.steps) {
            for value in step.before.iter().map(|before| &before.value).chain([&step.value]) {
                named.extend(value.as_ref());
                if step.field == Field::PEOPLE_LEFT {
                    let codes = value.as_codes().unwrap_or_default();
                    named.extend(codes.iter().filter_map(|code| RecordId::parse(code)));
                }
            }
        }
    }
    named.retain(|id| !records.iter().any(|record| record.id == *id));
    named
}

/// The changes that undo a whole entry: all of it or nothing. `records` are all that it touched, as
/// [`named_by`] finds them; others among them do no harm.
///
/// A group that the entry split off is closed and keeps its reference, which may be on paper already. Of counts that
/// others changed since, those who came by the entry are taken off again, or added: people were registered meanwhile.
/// And when two groups part again that were one, what people were to the other's focal point goes, whoever noted it.
///
/// # Errors
/// The first record that stands in the way.
pub fn undo(entry: EntryId, records: &[Record]) -> Result<Vec<Change>, CannotUndoEntry> {
    let mut changes = Vec::new();
    let merged = records.iter().any(|record| states(record, Field::MERGED_INTO, entry));
    for record in records {
        let undone = match record.undo(entry) {
            Err(CannotUndo::NothingHere) => continue,
            Err(CannotUndo::ChangedSince(changed)) => undo_over(entry, record, &changed, merged),
            Err(CannotUndo::Registered) if was_split_off_by(entry, record) => {
                withdraw(entry, record, records)
            }
            other => other,
        };
        changes.push(undone.map_err(|why| CannotUndoEntry { record: record.id, why })?);
    }
    if changes.is_empty() {
        let record = records.first().map_or(RecordId([0; 16]), |record| record.id);
        return Err(CannotUndoEntry { record, why: CannotUndo::NothingHere });
    }
    changes.sort_by_key(|change| (change.kind, change.record));
    Ok(changes)
}

/// Whether an entry states something of a field that nobody replaced since.
fn states(record: &Record, field: Field, entry: EntryId) -> bool {
    record.stated(field).any(|stated| stated.entry == entry)
}

fn was_split_off_by(entry: EntryId, record: &Record) -> bool {
    record.kind == Kind::GROUP && states(record, Field::SPLIT_FROM, entry)
}

/// Undoes an entry in a record of which others changed some fields since: only where that takes nothing of theirs.
fn undo_over(entry: EntryId, record: &Record, changed: &[Field], merged: bool) -> Result<Change, CannotUndo> {
    let is_count = |field: &Field| record.kind == Kind::GROUP && COUNTS.contains(field);
    let is_relation =
        |field: &Field| merged && record.kind == Kind::INDIVIDUAL && *field == Field::RELATIONSHIP;
    let stuck: Vec<Field> =
        changed.iter().copied().filter(|field| !is_count(field) && !is_relation(field)).collect();
    if !stuck.is_empty() {
        return Err(CannotUndo::ChangedSince(stuck));
    }
    let rest: Vec<Field> = record.fields().filter(|field| !changed.contains(field)).collect();
    let mut change = match record.undo_fields(entry, &rest) {
        Err(CannotUndo::NothingHere) => Change { record: record.id, kind: record.kind, ops: Vec::new() },
        other => other?,
    };
    let steps = record.history().into_iter().filter(|event| event.entry == entry).flat_map(|it| it.steps);
    for step in steps.filter(|step| changed.contains(&step.field)) {
        let before = match step.before.as_slice() {
            _ if step.before_unknown => return Err(CannotUndo::NotKnown(vec![step.field])),
            [] => &Value::Nothing,
            [before] => &before.value,
            _ => continue,
        };
        let value = match (before, &step.value, record.value(step.field)) {
            _ if is_relation(&step.field) => before.clone(),
            (Value::Int(before), Value::Int(then), Some(Value::Int(now))) => {
                Value::Int(now.saturating_sub(then.saturating_sub(*before)).max(0))
            }
            // Not counted before, or several counts stand now: that is for people to look at.
            _ => continue,
        };
        change.ops.extend(record.op(step.field, value));
    }
    if change.ops.is_empty() { Err(CannotUndo::ChangedSince(changed.to_vec())) } else { Ok(change) }
}

/// Closes a group that the entry made, unless somebody has worked with it since.
fn withdraw(entry: EntryId, group: &Record, records: &[Record]) -> Result<Change, CannotUndo> {
    for record in records {
        let Some(owner) = record.kind.owner_field() else { continue };
        let mut here = record.stated(owner).filter(|stated| stated.value == Value::Ref(group.id));
        if here.any(|stated| stated.entry != entry) && !record.is_blank() {
            return Err(CannotUndo::ChangedSince(vec![owner]));
        }
    }
    let fields: Vec<Field> = [Field::FOCAL_POINT, Field::RECORD_STATUS].into_iter().chain(COUNTS).collect();
    let mut change = group.undo_fields(entry, &fields)?;
    for op in &mut change.ops {
        if op.field == Field::RECORD_STATUS {
            op.value = Value::text(CLOSED);
        }
    }
    Ok(change)
}

#[cfg(test)]
mod tests;
