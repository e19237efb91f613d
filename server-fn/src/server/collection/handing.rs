//! What of the rows that were read is handed out, and where a page may end.

use crate::server::Office;
use crate::server::judge::parent_of;
use crate::server::ledger::RecordRow;
use crate::server::rights::{Eyes, Handed};
use domain::{Record, RecordId};
use road::server::may_lie_there;
use std::collections::HashSet;

/// A row that was opened.
pub struct Item {
    /// Its place in the order of changes.
    pub seq: u64,
    /// The record.
    pub id: RecordId,
    /// What it hangs on.
    parent: Option<RecordId>,
    /// As it is handed out, if it is.
    pub handed: Option<Record>,
    /// What they hold of it is more than is for them now.
    pub drop: bool,
}

/// Opens records up to a size, always one at least if any opens. Tells how far it came. What had its number when a
/// device began at the beginning cannot lie there in an earlier state.
pub fn hand(office: &Office, eyes: &Eyes, rows: &[RecordRow], room: usize, began: u64) -> (Vec<Item>, u64) {
    let (mut items, mut size, mut read) = (Vec::new(), 0, 0);
    for row in rows {
        if let Some((record, length)) = office.record(row) {
            let handed = eyes.view(&row.home, row.made_by, &record);
            size += if handed == Handed::Nothing { 0 } else { length };
            if size > room && !items.is_empty() {
                break;
            }
            let drop = may_lie_there(row.seq, row.revision, began)
                && match &handed {
                    Handed::Stub(_) | Handed::Less(_) => true,
                    Handed::Nothing => eyes.may_have_known(&row.home, &record),
                    Handed::Full | Handed::Part(_) => false,
                };
            let (id, parent) = (record.id, parent_of(&record));
            let handed = if handed == Handed::Full { Some(record) } else { handed.record(&record) };
            items.push(Item { seq: row.seq, id, parent, handed, drop });
        }
        read = row.seq;
    }
    (items, read)
}

/// Where to cut so that groups stay whole: the last place at or before `take` where another group begins.
pub fn whole_groups(items: &[Item], take: usize) -> usize {
    let mut together: HashSet<RecordId> = HashSet::new();
    let mut cut = 0;
    for (at, item) in items.iter().enumerate().take(take.saturating_add(1)) {
        if item.parent.is_none_or(|parent| !together.contains(&parent)) {
            together.clear();
            cut = at;
        }
        together.insert(item.id);
    }
    // A group larger than a page is cut anyhow.
    if cut > 0 { cut } else { take }
}
