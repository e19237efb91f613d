//! What people must decide, over everybody on this device: told by search lines, so that no record is opened to find it.

use super::Vault;
use super::evict::gone_of;
use crate::search::Disputed;
use crate::tables::{Key, Table};
use crate::transaction::{Batch, Commit, Expected};
use crate::{StoreError, rows};
use domain::VaultId;

/// The lines of all segments tell what is in conflict: what a vault's mark says from then on.
const TOLD: u64 = 1;

impl Vault {
    /// Every record on this device in which several values of one thing stand until somebody decides, in the order in
    /// which the records were begun. Records of groups that were lent for reading are not among them.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and when the browser does not answer.
    pub async fn conflicts(&self) -> Result<Vec<Disputed>, StoreError> {
        self.make_lines_tell_conflicts().await?;
        let found = self.with(|open| open.index.disputed())?;
        Ok(found.into_iter().filter(|it| !self.is_lent_record(it)).collect())
    }

    /// Whether it hangs on a group that is somebody else's.
    fn is_lent_record(&self, found: &Disputed) -> bool {
        if self.lent(found.record) || found.link.is_some_and(|link| self.lent(link)) {
            return true;
        }
        // A paper hangs on its holder, and they on their group.
        let face = found.link.and_then(|link| self.with(|open| open.index.face(link)).ok().flatten());
        face.and_then(|face| face.group).is_some_and(|group| self.lent(group))
    }

    /// Writes lines anew that an earlier version wrote, which did not say what is in conflict: once for each vault. Where
    /// one was not written, or its block did not open, the next page that unlocks the vault tries again.
    async fn make_lines_tell_conflicts(&self) -> Result<(), StoreError> {
        let (session, vault) = (self.session()?, self.identity().vault);
        let mark = told_of(vault);
        if rows::read_number(self.get(Table::Counters, &mark).await?.as_deref()) >= TOLD {
            return Ok(());
        }
        // On this page the lines say all that they can.
        if self.with(|open| open.index.told_anew)? {
            return Ok(());
        }
        let mut all = true;
        for segment in self.with(|open| open.index.segments())? {
            let (rows, gone) = self.block_rows(&session, segment, gone_of(vault)).await?;
            if rows::read_number(gone.as_deref()) != self.with(|open| open.gone)? {
                // Another page dropped something of it: the next look begins again.
                return self.refresh().await;
            }
            let lines = rows.lines();
            if !rows.opened {
                all = false;
                continue;
            }
            if rows.tells(&session, &lines) {
                continue;
            }
            let mut batch = Batch::relaxed();
            batch.require(Table::Counters, gone_of(vault), Expected::as_read(gone));
            self.rewrite_lines(&session, rows, &lines, &mut batch)?;
            // Overtaken, or a full device: for now they hold as they were read.
            all &= self.database.commit(batch).await == Ok(Commit::Done);
            self.with(|open| open.index.replace_segments([(segment, lines)]))?;
        }
        self.with(|open| open.index.told_anew = true)?;
        if !all {
            return Ok(());
        }
        let mut batch = Batch::relaxed();
        batch.put(Table::Counters, mark, rows::write_number(TOLD));
        let _ = self.database.commit(batch).await;
        Ok(())
    }
}

/// Key of what the lines of a vault's segments are known to tell.
pub(super) fn told_of(vault: VaultId) -> Key {
    [b"told".as_slice(), &vault.0].concat()
}

#[cfg(test)]
mod tests;
