//! Exports: that rows left this device in a file, kept sealed for the log before there is a file.

use super::save::Envelope;
use super::unlock::ATTEMPTS;
use super::{ItemKey, Vault};
use crate::tables::Table;
use crate::transaction::{Batch, Commit, Query};
use crate::{StoreError, clock, tables};
use seal::Exported;

/// What somebody is about to take out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Numbers of the kinds of records that were asked for.
    pub kinds: Vec<u16>,
    /// Rows of the file.
    pub rows: u32,
    /// Records that are counted and not listed.
    pub reserved: u32,
    /// The names of people stand in it.
    pub named: bool,
    /// Why: as many characters as [`seal::exported::REASON`] says.
    pub reason: String,
}

impl Vault {
    /// Writes a line for the log about an export and queues it for delivery, both or neither. When this returns, no
    /// kill of the browser loses it: only then may the file be made.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Locked`] and others. Nothing may leave the device then.
    pub async fn exported(&self, leaving: &Leaving) -> Result<(), StoreError> {
        let (identity, id, now) = (self.identity(), clock::random(), clock::now_ms());
        let exported = Exported {
            id,
            enrolment: identity.enrolment,
            at: now,
            kinds: leaving.kinds.clone(),
            rows: leaving.rows,
            reserved: leaving.reserved,
            named: leaving.named,
            reason: leaving.reason.clone(),
        };
        for _ in 0..ATTEMPTS {
            let session = self.session()?;
            let counter = Query::Get(Table::Counters, tables::seq_of(identity.enrolment));
            let seq = self.database.read(&[counter]).await?.into_iter().flatten().next().map(|(_, row)| row);
            let (item, plain) = (ItemKey::of_reads(id), exported.sign(&session.keys).to_bytes());
            let mut batch = Batch::default();
            let envelope = Envelope { item, plain, now, not_before: 0 };
            let seq = self.queue(&session, &mut batch, envelope, &seq, None)?;
            if self.database.commit(batch).await? == Commit::Done {
                let _ = self.with(|open| open.seq = Some(seq));
                return Ok(());
            }
            self.forget_seq()?;
        }
        Err(StoreError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;
    use crate::{Budget, round};

    fn leaving(reason: &str) -> Leaving {
        let reason = reason.to_owned();
        Leaving { kinds: vec![domain::Kind::SESSION.0], rows: 12, reserved: 2, named: false, reason }
    }

    #[test]
    fn an_export_offline_outlives_a_kill_and_reaches_the_log_and_is_no_work_for_anybody() {
        let (office, (store, _)) = (Office::new(), device());
        let (vault, _) = office.enrol(&store, 1);
        now(vault.exported(&leaving("Informe mensual"))).unwrap();
        now(vault.exported(&leaving("Informe a la dirección"))).unwrap();
        // Killed: nothing was flushed, nothing locked.
        let waiting = now(vault.waiting()).unwrap();
        assert_eq!((waiting.unsent, waiting.oldest), (0, None));
        drop(vault);
        now(round::run(&store.mailbox(), &office, Budget::NOW)).unwrap();
        let told = office.exports.borrow();
        let mut said: Vec<_> =
            told.iter().map(|it| (it.reason.as_str(), it.rows, it.reserved, it.named)).collect();
        // Neither waits for the other on the line.
        said.sort_unstable();
        let expected = [("Informe a la dirección", 12, 2, false), ("Informe mensual", 12, 2, false)];
        assert_eq!(said, expected);
        assert_ne!(told[0].id, told[1].id);
    }
}
