//! Sealed people and the staff who alone know of them: somebody who is here always does.

use crate::server::audit::{AuditEvent, What};
use crate::server::ledger::{Batch, Home, LedgerError, RecordRow, UserRow};
use crate::server::{Office, Table, now_ms, random};
use domain::permission::{Act, may};
use domain::{
    Change, EnrolmentId, Entry, EntryId, Field, Kind, Op, RecordId, Role, UserId, Value, sealed_member,
};
use seal::pack;
use std::collections::BTreeSet;

/// How often naming somebody is begun anew because the same person changed meanwhile.
const TRIES: usize = 8;

/// Whether somebody opens what belongs somewhere, if they may know of it.
fn opens(office: &Office, user: &UserRow, home: &Home) -> bool {
    let role = Role::from_code(user.role);
    !user.disabled
        && role.is_some_and(|role| may(role, Act::Amend, Kind::INDIVIDUAL))
        && office.operation(&user.site) == home.scope
        && user.organisation == home.organisation
}

/// Of each sealed person whom somebody opens no longer after a change, the others who know of them and work where they are
/// registered; or what of the change would leave one known to nobody there.
pub(super) fn who_stays(
    office: &Office,
    before: &UserRow,
    after: &UserRow,
) -> Result<Result<Vec<Vec<UserRow>>, &'static str>, LedgerError> {
    let mut leaving = office.ledger.sealed_with(before.id)?;
    leaving.retain(|(_, home)| opens(office, before, home) && !opens(office, after, home));
    let mut knowing = Vec::with_capacity(leaving.len());
    for (_, home) in leaving {
        let others: Vec<UserId> = home.sealed_for.iter().copied().filter(|user| *user != before.id).collect();
        let mut others = office.ledger.users(&others)?;
        others.retain(|other| opens(office, other, &home));
        if others.is_empty() {
            return Ok(Err(if after.disabled {
                "user"
            } else if office.operation(&after.site) != home.scope {
                "site"
            } else if after.organisation != home.organisation {
                "organisation"
            } else {
                "role"
            }));
        }
        if !knowing.contains(&others) {
            knowing.push(others);
        }
    }
    Ok(Ok(knowing))
}

/// What naming somebody on sealed people came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// People on whom they are named now and were not before.
    pub people: u64,
    /// People on whom they are not named, because they work elsewhere than these are registered.
    pub elsewhere: u64,
}

impl Office {
    /// Names somebody on all sealed people of whom another may know: for a command on the server, where nobody who
    /// knows of them is left to do it.
    ///
    /// # Errors
    /// In words: one of the two is not here, or the new one opens nobody's record.
    pub fn name_on_sealed(&self, user: UserId, of: UserId) -> Result<Named, String> {
        let found = |id: UserId| {
            let users = self.ledger.users(&[id]).map_err(|error| error.to_string())?;
            users.into_iter().next().ok_or_else(|| format!("nobody here has the id {id}"))
        };
        let (user, of) = (found(user)?, found(of)?);
        if user.disabled
            || !Role::from_code(user.role).is_some_and(|role| may(role, Act::Amend, Kind::INDIVIDUAL))
        {
            return Err("who is to be named is disabled, or of a role that opens nobody's record".to_owned());
        }
        let mut named = Named::default();
        for (person, home) in self.ledger.sealed_with(of.id).map_err(|error| error.to_string())? {
            if !opens(self, &user, &home) {
                named.elsewhere += 1;
            } else if self.name_on(person, user.id).map_err(|error| error.to_string())? {
                named.people += 1;
            }
        }
        Ok(named)
    }

    /// Names somebody on one sealed person. Whether they were not.
    fn name_on(&self, person: RecordId, user: UserId) -> Result<bool, LedgerError> {
        for _ in 0..TRIES {
            let Some(row) = self.ledger.records(&[person])?.into_iter().next() else { return Ok(false) };
            let damaged = || LedgerError::Unable("a sealed person's record does not open".into());
            let (mut record, _) = self.record(&row).ok_or_else(damaged)?;
            let known = sealed_member::known_to(&record);
            if known.is_empty() || known.contains(&user) {
                return Ok(false);
            }
            // Nobody's device states it, so there is no entry of it: the log of deeds says who was named, and when.
            let named: BTreeSet<String> = [user.to_string()].into();
            let op = Op {
                field: Field::SEALED_FOR,
                value: Value::Codes(named.into_iter().collect()),
                replaces: vec![],
            };
            record.apply(&Entry {
                id: EntryId::fresh(now_ms(), random()),
                author: user,
                enrolment: EnrolmentId([0; 16]),
                at: now_ms(),
                changes: vec![Change { record: person, kind: Kind::INDIVIDUAL, ops: vec![op] }],
            });
            let unable = |error: &dyn core::fmt::Display| LedgerError::Unable(error.to_string());
            let bytes = minicbor::to_vec(&record).map_err(|error| unable(&error))?;
            let revision = row.revision + 1;
            let sealed = self.seal(Table::Records, &person.0, revision, &pack(&bytes));
            let sealed = sealed.map_err(|error| unable(&error))?;
            let known = sealed_member::known_to(&record);
            let event = AuditEvent::of(What::SealingChanged).about(&person.0).toward(&user.0);
            let line = self.audit_row(random(), event.because("command").figure(known.len() as u64))?;
            let home = Home { sealed_for: known, ..row.home.clone() };
            let row = RecordRow { home, revision, sealed, ..row };
            match self.ledger.enter(Batch { records: vec![row], audit: vec![line], ..Batch::default() }) {
                Err(LedgerError::Moved) => {}
                outcome => return outcome.map(|()| true),
            }
        }
        Err(LedgerError::Unable("the same person keeps changing".into()))
    }
}
