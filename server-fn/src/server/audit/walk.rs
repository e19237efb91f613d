//! How far the log follows, row from row, as whoever reads it is told.

use crate::server::Office;
use crate::server::ledger::{LedgerError, audit_chained};

/// Rows read at a time.
const STEP: u32 = 500;

impl Office {
    /// How far the log follows, row from row, from the first one on; and the first row that does not. What this program
    /// walked before it does not walk again.
    pub(super) fn walk_log(&self) -> Result<(u64, Option<u64>), LedgerError> {
        /// Most steps at a time: somebody waits for the answer.
        const STEPS: usize = 100;
        let mut walked = self.checkpoints.walked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let epoch = self.ledger.identity().epoch;
        if walked.2 != epoch {
            // Another database may lie here than the one that was walked.
            *walked = (0, [0; 32], epoch);
        }
        let (_, held) = self.ledger.heads_at(0, walked.0)?;
        if held != Some(walked.1) {
            // Not the row that it was.
            let changed = walked.0;
            *walked = (0, [0; 32], epoch);
            return Ok((0, Some(changed)));
        }
        for _ in 0..STEPS {
            let links = self.ledger.audit_chain(walked.0, STEP)?;
            if links.is_empty() {
                break;
            }
            for link in links {
                if link.seq != walked.0 + 1 || audit_chained(&walked.1, &link.row) != link.chain {
                    return Ok((walked.0, Some(walked.0 + 1)));
                }
                *walked = (link.seq, link.chain, epoch);
            }
        }
        Ok((walked.0, None))
    }
}
