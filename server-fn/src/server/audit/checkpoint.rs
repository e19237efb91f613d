//! Checkpoints: made, kept, handed out with receipts, and compared with what devices hand back.

use super::epoch::{Began, Held, Said};
use super::{AuditEvent, What};
use crate::ApiError;
use crate::server::ledger::{Digest, Echo, Heads, LedgerError};
use crate::server::limits::{Kind, Who};
use crate::server::request::blocking;
use crate::server::{Office, log, now_ms};
use domain::EnrolmentId;
use road::server::Weighed;
use seal::{Checkpoint, ServerKeys};
use serde_bytes::ByteBuf;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What a running program remembers of the log: the latest checkpoint, so that one is made only when a chain has grown;
/// how far the log was walked; whose refused sign-ins were written down lately.
#[derive(Default)]
pub struct Checkpoints {
    latest: Mutex<Option<Latest>>,
    /// The last row of the log that follows from all before it, as this program has seen it in an epoch.
    pub(super) walked: Mutex<(u64, Digest, [u8; 16])>,
    /// Refused sign-ins since one was last written down, and until when no other is.
    refused: Mutex<HashMap<EnrolmentId, (u64, u64)>>,
}

/// How often a checkpoint is made anew because another program made one at the same time.
const TRIES: usize = 32;

struct Latest {
    heads: Heads,
    epoch: [u8; 16],
    signing: [u8; 32],
    bytes: Vec<u8>,
}

/// Body of `api::echo`.
///
/// # Errors
/// As there.
pub async fn echo(token: ByteBuf, checkpoint: ByteBuf) -> Result<ByteBuf, ApiError> {
    blocking(move |current| {
        let office = &*current.office;
        let carrier = office.ledger.holder_of_token(seal::digest(&token))?.ok_or(ApiError::DepositRefused)?;
        office.ledger.look()?;
        office.limits().take(Kind::Delivery, Who::Enrolment(carrier))?;
        if !checkpoint.is_empty() {
            office.hear_echo(carrier, &checkpoint)?;
        }
        Ok(ByteBuf::from(office.checkpoint()?))
    })
    .await
}

/// How long refused sign-ins of one enrolment are only counted: who goes on trying must not fill the log.
const COUNTED_FOR: u64 = 60_000;

/// Writes down, beside the answer and at most once a minute, that a sign-in as somebody who is enrolled was refused.
/// Beside it, so that the answer takes as long as it does for an enrolment that nobody knows.
pub(in crate::server) fn sign_in_refused(office: &Arc<Office>, id: EnrolmentId) {
    let count = {
        let now = now_ms();
        let mut refused = office.checkpoints.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, quiet_until) = refused.entry(id).or_default();
        *count += 1;
        if now < *quiet_until {
            return;
        }
        *quiet_until = now + COUNTED_FOR;
        core::mem::take(count)
    };
    let office = Arc::clone(office);
    // Not waited for.
    drop(tokio::task::spawn_blocking(move || {
        office.told(AuditEvent::of(What::SignInRefused).by(id).figure(count));
    }));
}

impl Office {
    /// Where both chains end now, signed. Made and kept anew when one has grown.
    ///
    /// # Errors
    /// When the ledger is not able.
    pub fn checkpoint(&self) -> Result<Vec<u8>, LedgerError> {
        // One at a time: who waited finds that nothing has grown since, and takes what was made.
        let mut latest = self.checkpoints.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let signing = self.keyring.secrets.signing.public();
        if latest.is_none() {
            self.compare_with_last()?;
        }
        for _ in 0..TRIES {
            // Before the chains: whatever number it gets is free only as long as nobody made one of later ends.
            let before = self.ledger.last_checkpoint()?;
            let (at, heads) = (now_ms(), self.ledger.heads()?);
            let epoch = self.ledger.look()?.epoch;
            if let Some(made) = &*latest
                && (made.heads, made.epoch, made.signing) == (heads, epoch, signing)
            {
                return Ok(made.bytes.clone());
            }
            if let Some((_, bytes)) = &before
                && let Ok(made) = Checkpoint::from_bytes(bytes, &signing)
                && Said::from(&made) == Said::ends(epoch, made.at, heads)
            {
                // Another program on this database was quicker.
                *latest = Some(Latest { heads, epoch, signing, bytes: bytes.clone() });
                return Ok(bytes.clone());
            }
            let serial = before.map_or(0, |(serial, _)| serial) + 1;
            let Heads { entries_seq, entries_head, audit_seq, audit_head } = heads;
            let checkpoint =
                Checkpoint { epoch, at, entries_seq, entries_head, audit_seq, audit_head, serial };
            let bytes = checkpoint.to_bytes(&self.keyring.secrets.signing);
            let key = (signing, self.keyring.public.clone());
            if self.ledger.keep_checkpoint(serial, at, bytes.clone(), key)? {
                *latest = Some(Latest { heads, epoch, signing, bytes: bytes.clone() });
                return Ok(bytes);
            }
        }
        Err(LedgerError::Unable("other programs keep making checkpoints".into()))
    }

    /// Serial number of the last checkpoint kept here before the first that the chains do not hold; 0 for none.
    pub(in crate::server) fn checkpoints_that_hold(&self) -> Result<u64, LedgerError> {
        let mut after = 0;
        loop {
            let kept = self.ledger.checkpoints(after, 500)?;
            if kept.is_empty() {
                return Ok(after);
            }
            for (serial, bytes) in kept {
                let checkpoint = self.read_checkpoint(&bytes)?.filter(|_| serial == after + 1);
                let holds = checkpoint.map(|checkpoint| self.contradicted(&checkpoint)).transpose()?;
                if holds != Some(None) {
                    return Ok(after);
                }
                after = serial;
            }
        }
    }

    /// At the first checkpoint of a program: whether the chains still hold what the last one of the program before
    /// said.
    fn compare_with_last(&self) -> Result<(), LedgerError> {
        let Some((_, bytes)) = self.ledger.last_checkpoint()? else { return Ok(()) };
        let Some(checkpoint) = self.read_checkpoint(&bytes)? else { return Ok(()) };
        if self.contradicted(&checkpoint)?.is_some() && !self.ledger.mark(&alarm(&bytes), now_ms())? {
            log::trouble("history_rewritten", &"the last checkpoint");
            self.note(AuditEvent::of(What::HistoryRewritten).because("own").figure(checkpoint.serial))?;
        }
        Ok(())
    }

    /// Compares a checkpoint that a device handed back with the chains, and keeps it. Where they end before it, this is
    /// an older database than the one that made it: another epoch begins, and devices send again what is missing. Where
    /// they say something else, that is written down as well: they may have ended before it and grown again since.
    fn hear_echo(&self, carrier: EnrolmentId, bytes: &[u8]) -> Result<(), ApiError> {
        let checkpoint = self.read_checkpoint(bytes)?.ok_or(ApiError::Malformed)?;
        let said = Said::from(&checkpoint);
        let (epoch, weighed, held) = self.judged(&said)?;
        if weighed == Weighed::Former {
            return Ok(());
        }
        let contradicted = match held {
            Held::Other(chain) => Some(chain),
            _ if weighed == Weighed::Unexplained => Some("epoch"),
            Held::All | Held::Less(..) => None,
        };
        let (enrolment, bytes) = (carrier, bytes.to_vec());
        let echo = Echo { enrolment, received_at: now_ms(), contradicted: contradicted.is_some(), bytes };
        let is_new = self.ledger.keep_echo(echo)?;
        if let Some(chain) = contradicted
            && is_new
        {
            log::trouble("history_rewritten", &format!("checkpoint {} of {carrier}", checkpoint.serial));
            let event = AuditEvent::of(What::HistoryRewritten).by(carrier).because(chain);
            self.note(event.figure(checkpoint.serial))?;
        }
        if held != Held::All || weighed.is_behind() || contradicted.is_some() {
            let missing = if let Held::Less(entries, _) = held { entries } else { 0 };
            log::trouble("database_behind", &format!("checkpoint {} of {carrier}", checkpoint.serial));
            // In place of the epoch in which this was judged: of several devices that know more one has it begun.
            self.begin_epoch(epoch, Began::HandedBack, missing, said.at)?;
        }
        Ok(())
    }

    /// Which chain does not hold what a checkpoint says, if one does not.
    pub(super) fn contradicted(&self, checkpoint: &Checkpoint) -> Result<Option<&'static str>, LedgerError> {
        let (entries, audit) = self.ledger.heads_at(checkpoint.entries_seq, checkpoint.audit_seq)?;
        Ok(if entries != Some(checkpoint.entries_head) {
            Some("entries")
        } else if audit != Some(checkpoint.audit_head) {
            Some("audit")
        } else {
            None
        })
    }

    /// Reads a checkpoint that one of the server's keys signed, of now or of former times; `None` when none did.
    pub(super) fn read_checkpoint(&self, bytes: &[u8]) -> Result<Option<Checkpoint>, LedgerError> {
        if let Ok(read) = Checkpoint::from_bytes(bytes, &self.keyring.secrets.signing.public()) {
            return Ok(Some(read));
        }
        let former = self.ledger.checkpoint_keys()?;
        let former = former.iter().filter_map(|keys| {
            ServerKeys::from_bytes(keys, &self.keyring.fingerprint).ok().map(|keys| keys.signing)
        });
        Ok(former.into_iter().find_map(|key| Checkpoint::from_bytes(bytes, &key).ok()))
    }
}

/// Named by the checkpoint: one alarm for each.
fn alarm(bytes: &[u8]) -> String {
    format!("history rewritten {}", domain::id::hex(&seal::short_digest(bytes)))
}
