//! Records as a batch writes them, and where they and all that hangs on them then belong.

use super::places::{HOME, column, home};
use super::{int, number, sql};
use crate::server::ledger::{Addressed, Home, LedgerError, RecordRow, Result};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, params};
use domain::{Kind, RecordId};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// Where a record belongs.
pub fn home_of(connection: &Connection, id: RecordId) -> database::Result<Option<Home>> {
    let mut select = connection.prepare_cached(&format!("SELECT {HOME} FROM records WHERE id = $1"))?;
    select.query_row([id.0], |row| home(row, 0)).optional()
}

/// Gives a record a place, and nothing below it.
pub fn put_home(connection: &Connection, id: RecordId, home: &Home) -> database::Result<()> {
    // To whom it was sent does not change with where it belongs.
    let update = "UPDATE records SET scope = $1, organisation = $2, site = $3, team = $4, group_id = $5, \
                  sealed_for = $6 WHERE id = $7";
    let Home { scope, organisation, site, team, group, sealed_for, .. } = home;
    let row = params![scope, organisation, site, team, group.map(|group| group.0), column(sealed_for), id.0];
    connection.prepare_cached(update)?.execute(row).map(|_| ())
}

/// Writes records as a batch has them, and settles where they and all that hangs on them belong.
pub fn enter(connection: &Connection, records: &[RecordRow]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut moves = Moves::begin(connection, false)?;
    let insert = format!(
        "INSERT INTO records (id, kind, parent_id, made_by, revision, seq, sealed, {HOME}, from_before) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0) ON CONFLICT (id) DO NOTHING"
    );
    let mut insert = sql(connection.prepare_cached(&insert))?;
    let update = "UPDATE records SET parent_id = $1, made_by = $2, revision = $3, seq = $4, sealed = $5, \
                  scope = $6, organisation = $7, site = $8, team = $9, group_id = $10, sealed_for = $11, \
                  addressed_to = $12, addressed_withdrawn = $13, addressed_consent = $14 \
                  WHERE id = $15 AND revision = $16";
    let mut update = sql(connection.prepare_cached(update))?;
    for row in records {
        let RecordRow { id, kind, parent, home, made_by, revision, sealed, .. } = row;
        let (parent, made_by) = (parent.map(|parent| parent.0), made_by.map(|user| user.0));
        let (revision, before) = (int(*revision), int(revision.saturating_sub(1)));
        let Home { scope, organisation, site, team, group, sealed_for, addressed } = home;
        let (group, sealed_for) = (group.map(|group| group.0), column(sealed_for));
        let (addressed_to, withdrawn, consent) = columns(addressed.as_ref());
        let written = if before == 0 {
            let seq = int(moves.next());
            moves.fresh.insert(*id);
            insert.execute(params![
                id.0,
                kind.0,
                parent,
                made_by,
                revision,
                seq,
                sealed,
                scope,
                organisation,
                site,
                team,
                group,
                sealed_for,
                addressed_to,
                withdrawn,
                consent
            ])
        } else {
            if let Some(before) = sql(home_of(connection, *id))? {
                moves.note(*id, &before);
            }
            let seq = int(moves.next());
            update.execute(params![
                parent,
                made_by,
                revision,
                seq,
                sealed,
                scope,
                organisation,
                site,
                team,
                group,
                sealed_for,
                addressed_to,
                withdrawn,
                consent,
                id.0,
                before
            ])
        };
        if sql(written)? != 1 {
            return Err(LedgerError::Moved);
        }
        moves.written(*kind, *id);
    }
    sql(moves.settle(connection)).map(|_| ())
}

/// Records that are given a place, in one transaction. Nobody else writes meanwhile, so numbers become visible in their
/// order and a cursor skips none.
pub struct Moves {
    seq: u64,
    written: Vec<(Kind, RecordId)>,
    /// Where each was before.
    before: HashMap<RecordId, Home>,
    /// In which order they were first looked at.
    order: Vec<RecordId>,
    /// What is new: it was handed to nobody before.
    fresh: BTreeSet<RecordId>,
    /// Nobody is told of what moves.
    quietly: bool,
}

impl Moves {
    /// From the newest number on; quietly, where nobody is to be told.
    pub fn begin(connection: &Connection, quietly: bool) -> Result<Self> {
        let seq = sql(newest(connection))?;
        Ok(Self {
            seq,
            written: Vec::new(),
            before: HashMap::new(),
            order: Vec::new(),
            fresh: BTreeSet::new(),
            quietly,
        })
    }

    fn next(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// Where a record was, before it is given another place.
    pub fn note(&mut self, id: RecordId, before: &Home) {
        if !self.fresh.contains(&id) && !self.before.contains_key(&id) {
            self.order.push(id);
            self.before.insert(id, before.clone());
        }
    }

    /// A record whose place was written, to be settled with all below it.
    pub fn written(&mut self, kind: Kind, id: RecordId) {
        self.written.push((kind, id));
    }

    /// Gives what was written, and all below, the place of what it hangs on, and notes what left where it was. Here,
    /// in the one transaction that writes at a time, nobody can have moved it since it was read.
    pub fn settle(mut self, connection: &Connection) -> database::Result<bool> {
        let above = format!(
            "SELECT kind, {HOME} FROM records WHERE id = (SELECT parent_id FROM records WHERE id = $1)"
        );
        let mut above = connection.prepare_cached(&above)?;
        let mut below =
            connection.prepare_cached("SELECT id, kind FROM records WHERE parent_id = $1 ORDER BY seq")?;
        let mut touch = connection.prepare_cached("UPDATE records SET seq = $1 WHERE id = $2")?;
        // Level by level, groups first: each finds the one it hangs on where that will stay.
        self.written.sort_by_key(|(kind, _)| *kind);
        let mut work = VecDeque::from(std::mem::take(&mut self.written));
        let mut visited = HashSet::new();
        while let Some((kind, id)) = work.pop_front() {
            let Some(mine) = home_of(connection, id)? else { continue };
            let parent = above.query_row([id.0], |row| Ok((Kind(row.get(0)?), home(row, 1)?))).optional()?;
            let parent = parent.filter(|(above, home)| kind.may_hang_on(*above) && !home.scope.is_empty());
            let addressed = mine.addressed.clone();
            let wanted = parent.map(|(_, home)| match kind {
                // Who knows of a person stands on the person.
                Kind::INDIVIDUAL => Home { sealed_for: mine.sealed_for.clone(), addressed, ..home },
                _ => Home { addressed, ..home },
            });
            if let Some(wanted) = wanted.filter(|wanted| *wanted != mine) {
                self.note(id, &mine);
                put_home(connection, id, &wanted)?;
                if !self.quietly {
                    touch.execute(params![int(self.next()), id.0])?;
                }
            } else if !visited.insert(id) {
                // It is where it belongs, and what is below it was looked at.
                continue;
            }
            let children = below.query_map([id.0], |row| Ok((Kind(row.get(1)?), RecordId(row.get(0)?))))?;
            for child in children {
                work.extend(Some(child?).filter(|(below, _)| below.may_hang_on(kind)));
            }
        }
        self.depart(connection)
    }

    /// Notes what is no longer where it was. Each departure comes before the record is told anew.
    fn depart(mut self, connection: &Connection) -> database::Result<bool> {
        if self.quietly {
            return Ok(!self.order.is_empty());
        }
        let mut departed: Vec<(RecordId, Home, bool)> = Vec::new();
        let (mut groups, mut wider, mut moved) = (BTreeSet::new(), BTreeSet::new(), false);
        // Organisations of whose group sessions somebody may be named who is no longer for everybody, or is again.
        let (mut fewer, mut more) = (BTreeSet::new(), BTreeSet::new());
        let whose = |home: &Home| (home.scope.clone(), home.organisation.clone());
        for id in std::mem::take(&mut self.order) {
            let (Some(before), Some(after)) = (self.before.remove(&id), home_of(connection, id)?) else {
                continue;
            };
            if before == after {
                continue;
            }
            moved = true;
            let here_and_there = before.group.into_iter().chain(after.group);
            if !after.may_all_know_who_knew(&before) {
                groups.extend(here_and_there);
                fewer.extend([whose(&before), whose(&after)]);
            } else if before.sealed_for != after.sealed_for {
                wider.extend(here_and_there);
                more.insert(whose(&after));
            }
            // What was nowhere before was handed to nobody; what is now known to more is news and no departure.
            let (sealed_for, addressed) = (before.sealed_for.clone(), before.addressed.clone());
            let is_wider = Home { sealed_for, addressed, ..after.clone() } == before
                && after.may_all_know_who_knew(&before)
                && after.tells_receivers_no_less(&before);
            if !is_wider && !before.scope.is_empty() {
                departed.push((id, before, false));
            }
        }
        // Whatever names a person whom fewer know now is told anew, without that name.
        let mut of_group =
            connection.prepare_cached("SELECT id FROM records WHERE group_id = $1 ORDER BY seq")?;
        for group in groups {
            let ids: Vec<RecordId> = of_group
                .query_map([group.0], |row| row.get(0).map(RecordId))?
                .collect::<database::Result<_>>()?;
            for id in ids {
                if !departed.iter().any(|(other, ..)| *other == id)
                    && let Some(home) = home_of(connection, id)?
                {
                    departed.push((id, home, true));
                }
            }
        }
        let of_nobody = "SELECT id FROM records WHERE scope = $1 AND organisation = $2 \
                         AND group_id IS NULL AND kind = 8 ORDER BY seq";
        let mut of_nobody = connection.prepare_cached(of_nobody)?;
        for (scope, organisation) in &fewer {
            let ids = of_nobody.query_map([scope, organisation], |row| row.get(0).map(RecordId))?;
            for id in ids.collect::<database::Result<Vec<_>>>()? {
                if let Some(home) = home_of(connection, id)? {
                    departed.push((id, home, true));
                }
            }
        }
        let insert = format!(
            "INSERT INTO departures (seq, record_id, renew, {HOME}) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        );
        let mut insert = connection.prepare_cached(&insert)?;
        for (id, home, renew) in &departed {
            let Home { scope, organisation, site, team, group, sealed_for, addressed } = home;
            let (group, sealed_for) = (group.map(|group| group.0), column(sealed_for));
            let (to, withdrawn, consent) = columns(addressed.as_ref());
            let seq = int(self.next());
            insert.execute(params![
                seq,
                id.0,
                renew,
                scope,
                organisation,
                site,
                team,
                group,
                sealed_for,
                to,
                withdrawn,
                consent
            ])?;
        }
        // And whatever names one whom more know now, with it.
        let mut again: Vec<RecordId> = departed.into_iter().map(|(id, ..)| id).collect();
        for group in wider {
            let ids = of_group.query_map([group.0], |row| row.get(0).map(RecordId))?;
            again.extend(ids.collect::<database::Result<Vec<_>>>()?);
        }
        for (scope, organisation) in more.difference(&fewer) {
            let ids = of_nobody.query_map([scope, organisation], |row| row.get(0).map(RecordId))?;
            again.extend(ids.collect::<database::Result<Vec<_>>>()?);
        }
        let mut touch = connection.prepare_cached("UPDATE records SET seq = $1 WHERE id = $2")?;
        for id in again {
            touch.execute(params![int(self.next()), id.0])?;
        }
        Ok(moved)
    }
}

/// The newest number that was given.
pub fn newest(connection: &Connection) -> database::Result<u64> {
    let newest = "SELECT COALESCE(MAX(seq), 0) FROM (SELECT MAX(seq) AS seq FROM records \
                  UNION ALL SELECT MAX(seq) FROM departures) AS newest";
    connection.prepare_cached(newest)?.query_row([], |row| number(row, 0))
}

/// The columns `addressed_to`, `addressed_withdrawn` and `addressed_consent`.
fn columns(addressed: Option<&Addressed>) -> (Option<&str>, bool, Option<[u8; 16]>) {
    let to = addressed.map(|to| to.organisation.as_str());
    (to, addressed.is_some_and(|to| to.withdrawn), addressed.and_then(|to| Some(to.consent?.0)))
}

impl Home {
    /// Whether those to whom it was sent before are told as much of it now.
    fn tells_receivers_no_less(&self, before: &Home) -> bool {
        let Some(before) = &before.addressed else { return true };
        let now = self.addressed.as_ref();
        now.is_some_and(|now| now.organisation == before.organisation && (before.withdrawn || !now.withdrawn))
    }

    /// Whether whoever knew of it when it was elsewhere may know of it here, as far as sealing goes.
    fn may_all_know_who_knew(&self, before: &Home) -> bool {
        self.sealed_for.is_empty()
            || (!before.sealed_for.is_empty() && before.sealed_for.is_subset(&self.sealed_for))
    }
}
