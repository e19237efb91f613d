//! Whether somebody may have stated something: every change is judged where the record stands, and where it comes to.

use super::{Desks, Eyes, Handed, Rules, reads_only_referrals};
use crate::server::ledger::Home;
use domain::permission::{Act, Reach, distance, may_reach};
use domain::sight::code_field;
use domain::{Change, Class, Field, Kind, Op, Record, Standing, UserId, Value, note, sealed_member};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Why an entry is parked whose author does not reach so far. It is judged again when rights change.
pub const OUT_OF_REACH: &str = "out_of_reach";
/// Why an entry is parked that would seal somebody for nobody: nobody could ever open them again.
pub const SEALED_FOR_NOBODY: &str = "sealed_for_nobody";

/// Why an entry is parked that would seal whoever speaks for their group.
pub const SEALS_FOCAL_POINT: &str = "seals_focal_point";
/// Why an entry is parked that would seal the only person of a group who is there for everybody.
pub const SEALS_ONLY_PERSON: &str = "seals_only_person";

/// Somebody who states something.
pub struct Weighing {
    /// Who, what for and where.
    pub standing: Standing,
    /// Of which class everything is.
    pub rules: Arc<Rules>,
}

impl Weighing {
    /// Whether they may know that a record is there at all. Of one that does not open, its place tells.
    #[must_use]
    pub fn knows(&self, home: &Home, made_by: Option<UserId>, record: Option<&Record>) -> bool {
        let Some(record) = record else {
            let near = distance(&self.standing, &home.place(), false);
            let reads = !reads_only_referrals(self.standing.role);
            return reads
                && home.may_know(self.standing.user)
                && near.is_some_and(|near| near <= Reach::Organisation);
        };
        self.eyes().view(home, made_by, record) != Handed::Nothing
    }

    /// What they see. What was opened to them of others is theirs to read, not to state anything of.
    pub(super) fn eyes(&self) -> Eyes {
        let (standing, rules) = (self.standing.clone(), Arc::clone(&self.rules));
        Eyes { standing, granted: BTreeSet::new(), rules, hidden: HashSet::new(), desks: Desks::Theirs }
    }

    /// Why they may not have made a change to a record as it stands.
    #[must_use]
    pub fn refuses(
        &self,
        home: &Home,
        made_by: Option<UserId>,
        record: &Record,
        change: &Change,
    ) -> Option<&'static str> {
        let Standing { user, role, .. } = self.standing;
        if change.kind == Kind::REFERRAL {
            return self.refuses_of_referral(home, made_by, record, change);
        }
        let near = distance(&self.standing, &home.place(), false);
        let may = home.may_know(user)
            && if change.kind == Kind::NOTE {
                let is_in_reach = near.is_some_and(|near| near <= Reach::Organisation);
                is_in_reach && note::may_change(user, role, is_in_reach, Some(record), change)
            } else {
                change.ops.iter().all(|op| self.may_state(near, record, op))
            };
        if may { nobody(change) } else { Some(OUT_OF_REACH) }
    }

    /// Why they may not have brought a record to where it is then. What they begin must be within their reach there.
    /// What is within their reach as it stands they may hand over to anyone; nobody takes what is out of it.
    #[must_use]
    pub fn refuses_there(&self, home: &Home, change: &Change, is_new: bool) -> Option<&'static str> {
        let hangs = change.ops.iter().any(|op| Some(op.field) == change.kind.owner_field());
        if !is_new && !hangs && home.addressed.is_some() {
            // Judged as it stood: its receiver states what they do of what belongs to others.
            return None;
        }
        let near = distance(&self.standing, &home.place(), false);
        // What one states oneself one may know, whatever it is about: no class is too strict.
        let may_begin = may_reach(self.standing.role, Act::Register, change.kind, Class::Confidential, near);
        if !home.may_know(self.standing.user) || (is_new && !may_begin) {
            return Some(OUT_OF_REACH);
        }
        if is_new { nobody(change) } else { None }
    }

    /// An op that replaces nothing adds what its author knows. One that does replaces what they have seen.
    pub(super) fn may_state(&self, near: Option<Reach>, record: &Record, op: &Op) -> bool {
        let (Standing { user, role, .. }, kind) = (&self.standing, record.kind);
        if !may_reach(*role, Act::Register, kind, Class::Confidential, near) {
            return false;
        }
        let code = code_field(kind);
        let of_record = code.filter(|code| !record.is_all_by(*code, *user));
        let of_record = of_record.map_or(Class::Public, |code| self.rules.row(kind, record.values(code)));
        let mut replaced = record.known(op.field).filter(|stated| op.replaces.contains(&stated.entry));
        replaced.all(|stated| {
            let own = stated.author == *user;
            let mut class = self.rules.statement(record, op.field, of_record);
            if Some(op.field) == code {
                class = self.rules.row(kind, [&stated.value]);
            }
            own || may_reach(*role, Act::Amend, kind, class, near)
        })
    }
}

/// Whether a change would seal somebody for nobody.
fn nobody(change: &Change) -> Option<&'static str> {
    let mut ops = change.ops.iter().filter(|op| op.field == Field::SEALED_FOR && op.value != Value::Nothing);
    let is_empty = |op: &Op| {
        let mut person = Record::new(change.record, Kind::INDIVIDUAL);
        let alone = Op { replaces: Vec::new(), ..op.clone() };
        let changes = vec![Change { ops: vec![alone], ..change.clone() }];
        let (id, author, enrolment) =
            (domain::EntryId([0; 16]), domain::UserId([0; 16]), domain::EnrolmentId([0; 16]));
        person.apply(&domain::Entry { id, author, enrolment, at: 0, changes });
        !sealed_member::is_sealed(&person)
    };
    ops.any(is_empty).then_some(SEALED_FOR_NOBODY)
}
