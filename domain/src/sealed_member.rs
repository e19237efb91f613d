//! Sealed members: a person of a group of whom only those know who are named on them.
//!
//! While [`Field::SEALED_FOR`] names anybody, the person and all that hangs on them is for those users alone: the server
//! hands it to nobody else, takes it back from whoever held it, and leaves it out of every count and search. Statements
//! add up; emptying them makes the person an ordinary one again.

use crate::case::Subject;
use crate::entry::Change;
use crate::field::{Field, Kind};
use crate::id::{RecordId, UserId};
use crate::permission::{Act, Role, may};
use crate::record::{Deed, Record};
use crate::value::{CODES_LIMIT, Value};
use std::collections::BTreeSet;
use time::Date;

/// Most people who may know of one sealed person.
pub const LIMIT: usize = CODES_LIMIT as usize;

/// What is counted of a group.
const COUNTS: [Field; 4] = [Field::SIZE, Field::COUNT_F, Field::COUNT_M, Field::COUNT_CHILDREN];

/// Groups that were merged one into another, followed so far at most.
const MERGES: usize = 8;

/// The users who alone know of a person; nobody for a person who is not sealed.
#[must_use]
pub fn known_to(person: &Record) -> BTreeSet<UserId> {
    let stated = person.stated(Field::SEALED_FOR).filter(|_| person.kind == Kind::INDIVIDUAL);
    let codes = stated.flat_map(|stated| stated.value.as_codes().unwrap_or_default());
    codes.filter_map(|code| UserId::parse(code)).collect()
}

/// Whether a person is sealed.
#[must_use]
pub fn is_sealed(person: &Record) -> bool {
    !known_to(person).is_empty()
}

/// Whether somebody may know of a person, as far as sealing goes.
#[must_use]
pub fn may_know(person: &Record, user: UserId) -> bool {
    let known = known_to(person);
    known.is_empty() || known.contains(&user)
}

/// Why a person cannot be sealed. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CannotSeal {
    /// Only people are sealed.
    #[error("not a person")]
    NotAPerson,
    /// They speak for the group: everybody who opens it asks for them. Somebody else must first.
    #[error("speaks for the group")]
    SpeaksForTheGroup,
    /// They alone are the group: it could be opened, and nobody would be in it.
    #[error("the only one of the group")]
    TheOnlyOne,
    /// Who seals must be among those who know.
    #[error("who seals is not among those who know")]
    NotOneself,
    /// More people than a value holds.
    #[error("too many people")]
    TooMany,
    /// It would change nothing.
    #[error("nothing changes")]
    Nothing,
}

/// Whether somebody of a role may seal and unseal people: who may register them. Of a sealed person, those who know.
#[must_use]
pub fn may_seal(role: Role, user: UserId, person: &Record) -> bool {
    may(role, Act::Amend, Kind::INDIVIDUAL) && may_know(person, user)
}

/// Why one of a group cannot be sealed, as the group stands. `has_other`: somebody else of it is there for everybody.
/// Judged on the device, and again on the server.
#[must_use]
pub fn hinders(person: RecordId, group: &Record, has_other: bool) -> Option<CannotSeal> {
    let focal = group.shown(Field::FOCAL_POINT).and_then(Value::as_ref);
    if focal == Some(person) {
        Some(CannotSeal::SpeaksForTheGroup)
    } else {
        (!has_other).then_some(CannotSeal::TheOnlyOne)
    }
}

/// Seals a person for these users, one of whom is `me`, or names others than before. The counts of the group, where it
/// was counted, are then of the people of whom all may know. `members` are all that are held here.
///
/// # Errors
/// The first reason why not.
pub fn seal(
    me: UserId,
    person: &Record,
    group: Option<&Record>,
    members: &[Record],
    users: &BTreeSet<UserId>,
    today: Date,
) -> Result<Vec<Change>, CannotSeal> {
    if person.kind != Kind::INDIVIDUAL {
        return Err(CannotSeal::NotAPerson);
    }
    if !users.contains(&me) {
        return Err(CannotSeal::NotOneself);
    }
    if users.len() > LIMIT {
        return Err(CannotSeal::TooMany);
    }
    let has_other = members.iter().any(|member| member.id != person.id && !is_sealed(member));
    if let Some(why) = group.and_then(|group| hinders(person.id, group, has_other)) {
        return Err(why);
    }
    let was = is_sealed(person);
    let op = person.op(Field::SEALED_FOR, named(users)).ok_or(CannotSeal::Nothing)?;
    let mut changes = vec![Change { record: person.id, kind: person.kind, ops: vec![op] }];
    if !was {
        changes.extend(group.and_then(|group| counted(group, person, today, -1)));
    }
    Ok(changes)
}

/// Makes a sealed person an ordinary one again.
///
/// # Errors
/// [`CannotSeal::Nothing`] for who is not sealed, [`CannotSeal::NotOneself`] for who is not among those who know.
pub fn unseal(
    me: UserId,
    person: &Record,
    group: Option<&Record>,
    today: Date,
) -> Result<Vec<Change>, CannotSeal> {
    let known = known_to(person);
    if known.is_empty() {
        return Err(CannotSeal::Nothing);
    }
    if !known.contains(&me) {
        return Err(CannotSeal::NotOneself);
    }
    let op = person.op(Field::SEALED_FOR, Value::Nothing).ok_or(CannotSeal::Nothing)?;
    let mut changes = vec![Change { record: person.id, kind: person.kind, ops: vec![op] }];
    changes.extend(group.and_then(|group| counted(group, person, today, 1)));
    Ok(changes)
}

/// Whether all that an entry did to these records is to count one person more or less in a group. So it looks to whoever
/// does not know of somebody who is sealed, and telling it would say that there is somebody: a history leaves it out.
#[must_use]
pub fn only_counts_one(deed: &Deed) -> bool {
    let [(_, event)] = deed.events.as_slice() else { return false };
    let by_one = |field| {
        event.steps.iter().filter(|step| step.field == field).any(|step| {
            let before: Vec<i64> = step.before.iter().filter_map(|before| int(&before.value)).collect();
            matches!((int(&step.value), before.as_slice()), (Some(after), [before]) if after.abs_diff(*before) == 1)
        })
    };
    !event.made && event.steps.iter().all(|step| COUNTS.contains(&step.field)) && by_one(Field::SIZE)
}

/// A sealed person goes along when their group was merged into another by somebody who did not know of them: nobody is
/// left behind in a group that is no more. Stated by a device that knows of them, as soon as it does; `into` says which
/// group another went over to. `None` where there is nothing to follow.
///
/// Of a group that was split by somebody who did not know of them, they stay with those who stay.
#[must_use]
pub fn follow(person: &Record, into: impl Fn(RecordId) -> Option<RecordId>) -> Option<Change> {
    if !is_sealed(person) {
        return None;
    }
    let was = person.value(Field::GROUP).and_then(Value::as_ref)?;
    let mut group = was;
    for _ in 0..MERGES {
        let Some(next) = into(group) else { break };
        group = next;
    }
    // In a ring, there is nowhere to go.
    if group == was || into(group).is_some() {
        return None;
    }
    // What was told about another focal point does not hold.
    person.change([(Field::GROUP, Value::Ref(group)), (Field::RELATIONSHIP, Value::Nothing)])
}

fn named(users: &BTreeSet<UserId>) -> Value {
    Value::Codes(users.iter().map(UserId::to_string).collect())
}

fn counted(group: &Record, person: &Record, today: Date, times: i64) -> Option<Change> {
    let subject = Subject::of(person);
    let counts = COUNTS.into_iter().filter(|field| match *field {
        Field::COUNT_F => subject.says(Field::SEX, "F"),
        Field::COUNT_M => subject.says(Field::SEX, "M"),
        Field::COUNT_CHILDREN => subject.is_child(today),
        _ => true,
    });
    // A count that is in conflict is for people to decide.
    let wanted = counts.filter_map(|field| {
        let before = group.value(field).and_then(int)?;
        Some((field, Value::Int(before.saturating_add(times).max(0))))
    });
    group.change(wanted)
}

fn int(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

#[cfg(test)]
mod tests;
