//! Saving: the record rows, the envelope, and the draft gone, in one strict transaction.

use super::evict::{due_of, gone_of};
use super::read::Newer;
use super::unlock::ATTEMPTS;
use super::{ItemKey, Note, SavedAt, Session, Vault};
use crate::announce::{Change, announce};
use crate::rows::{self, CapsuleRow, EnvelopeRow, NoteRow};
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Expected, Query};
use crate::{StoreError, clock, search};
use domain::{DraftId, Entry, EnvelopeId, Op, Record, RecordId, Stated, VaultId};
use seal::{Outgoing, Purpose, SealedAttachment, Signed};
use std::rc::Rc;
use zeroize::Zeroizing;

/// The server takes no larger envelope. Refused here, while the person can still shorten it, rather than there.
const LARGEST_ENVELOPE: usize = 512 * 1024;

/// Keys of the entries that a vault sent.
pub(super) fn sent_entries_of(vault: VaultId) -> (Key, Key) {
    tables::beginning_with(&[&[Purpose::Entry.code()], &vault.0[..]].concat())
}

/// What is to be written of one record.
struct Written {
    id: RecordId,
    expected: Expected,
    row: Vec<u8>,
    line: Vec<u8>,
    /// A row that does not open: moved aside, never overwritten.
    aside: Option<Vec<u8>>,
}

/// The state of the counters that a save builds upon.
struct Ground {
    seq: Option<Vec<u8>>,
    /// How often something was dropped, and what waits to be; not looked at where all records are new.
    dropping: Option<Dropping>,
    rows: Vec<Option<Vec<u8>>>,
}

/// The rows of what was dropped and what is to be.
struct Dropping {
    gone: Option<Vec<u8>>,
    due: Option<Vec<u8>>,
}

impl Vault {
    /// Saves an entry and queues it for delivery, both or neither, and drops the draft it was made from.
    ///
    /// All sealing comes first: IndexedDB ends a transaction as soon as anything else is awaited inside it.
    ///
    /// # Errors
    /// [`StoreError::SavedBefore`] when this entry was saved with other contents, [`StoreError::TooLarge`],
    /// [`StoreError::Full`] and others; nothing was saved then and the draft stays.
    pub async fn save(
        &self,
        entry: &Entry,
        note: Note,
        draft: Option<DraftId>,
    ) -> Result<SavedAt, StoreError> {
        self.save_with(entry, note, draft, Vec::new()).await
    }

    /// As [`Self::save`], with attachments that were not kept before. Those the entry states, and that were kept for
    /// its draft, are queued in any case: with the entry or not at all.
    ///
    /// # Errors
    /// As [`Self::save`].
    pub async fn save_with(
        &self,
        entry: &Entry,
        note: Note,
        draft: Option<DraftId>,
        attachments: Vec<SealedAttachment>,
    ) -> Result<SavedAt, StoreError> {
        let vault = self.identity().vault;
        let stated = seal::attachment::stated_by(entry);
        let item = ItemKey::of_entry(entry.id);
        let mut made_room = false;
        for attempt in 0..ATTEMPTS {
            let session = self.session()?;
            let ids: Vec<RecordId> = entry.records().collect();
            let after = self.with(|open| open.index.newest_segment())?.map_or(0, |newest| newest + 1);
            let orphans = self.with(|open| orphans(entry, &open.index))?;
            let remembered = attempt == 0 && orphans.is_empty();
            let ground = if remembered { self.as_remembered(&ids)? } else { None };
            let ground = match ground {
                Some(ground) => ground,
                None => {
                    let (ground, already, behind) = self.look(vault, item, &ids, after).await?;
                    if behind {
                        self.refresh().await?;
                        continue;
                    }
                    if already {
                        if self.says_other(&session, entry, &ids, &ground).await? {
                            return Err(StoreError::SavedBefore);
                        }
                        self.drop_draft(draft).await?;
                        return Ok(SavedAt { ms: clock::now_ms(), already: true });
                    }
                    ground
                }
            };
            let now = clock::now_ms();
            let written = self.written(&session, vault, entry, &ids, &ground).await?;
            let mut batch = Batch::default();
            let envelope =
                Envelope { item, plain: Signed::entry(&session.keys, entry).to_bytes(), now, not_before: 0 };
            let seq = self.queue(&session, &mut batch, envelope, &ground.seq, Some((&note, &ids)))?;
            batch.require(Table::Outbox, item.in_outbox(), Expected::Absent);
            batch.require(Table::Sent, item.in_sent(vault), Expected::Absent);
            batch.require(Table::Segments, tables::numbered(vault, after), Expected::Absent);
            if let Some(Dropping { gone, due }) = ground.dropping {
                batch.require(Table::Counters, gone_of(vault), Expected::as_read(gone));
                if !orphans.is_empty() {
                    let mut later = self.read_due(&session, vault, due.as_deref());
                    for id in &orphans {
                        later.entry(*id).or_default();
                    }
                    batch.require(Table::Counters, due_of(vault), Expected::as_read(due));
                    self.write_due(&session, vault, &later, true, &mut batch)?;
                }
            }
            let mut lines = Vec::with_capacity(written.len());
            for Written { id, expected, row, line, aside } in written {
                let key = tables::record(vault, id);
                if let Some(aside) = aside {
                    batch.put(Table::Records, [&key[..], &now.to_be_bytes()].concat(), aside);
                }
                batch.require(Table::Records, key.clone(), expected);
                batch.put(Table::Records, key, row);
                lines.push((id, line));
            }
            self.queue_attachments(&mut batch, &stated, &attachments, now).await?;
            if let Some(draft) = draft {
                batch.delete(Table::Drafts, tables::of_vault(vault, &draft.0));
                batch.delete(Table::Outbox, ItemKey::of_draft(draft).in_outbox());
            }
            let outcome = match self.database.commit(batch).await {
                Err(StoreError::Full) if !made_room && self.make_room().await? => {
                    made_room = true;
                    continue;
                }
                outcome => outcome?,
            };
            if outcome == Commit::Overtaken {
                self.forget_seq()?;
                continue;
            }
            // Saved. Should the vault have been locked meanwhile, there is nothing more to remember.
            let _ = self.with(|open| {
                open.seq = Some(seq);
                lines.into_iter().for_each(|(id, line)| open.index.set_fresh(id, line));
            });
            announce(Change::Records);
            return Ok(SavedAt { ms: now, already: false });
        }
        Err(StoreError::Busy)
    }

    /// Where nothing of the records is known here, there is nothing to read: the transaction itself refuses
    /// when another page knows better.
    fn as_remembered(&self, ids: &[RecordId]) -> Result<Option<Ground>, StoreError> {
        self.with(|open| {
            let seq = open.seq?;
            let is_new = |id: &RecordId| open.index.segment_of(*id).is_none() && !open.index.is_fresh(*id);
            ids.iter().all(is_new).then(|| Ground {
                seq: Some(rows::write_number(seq)),
                dropping: None,
                rows: vec![None; ids.len()],
            })
        })
    }

    /// Reads what a save builds upon; whether the entry was saved before; whether others added segments.
    async fn look(
        &self,
        vault: VaultId,
        item: ItemKey,
        ids: &[RecordId],
        after: u32,
    ) -> Result<(Ground, bool, bool), StoreError> {
        let mut queries = vec![
            Query::Get(Table::Counters, tables::seq_of(self.identity().enrolment)),
            Query::Get(Table::Outbox, item.in_outbox()),
            Query::Get(Table::Sent, item.in_sent(vault)),
            Query::Get(Table::Segments, tables::numbered(vault, after)),
            Query::Get(Table::Counters, gone_of(vault)),
            Query::Get(Table::Counters, due_of(vault)),
        ];
        queries.extend(ids.iter().map(|id| Query::Get(Table::Records, tables::record(vault, *id))));
        let answers = self.database.read(&queries).await?;
        let mut answers = answers.into_iter().map(|rows| rows.into_iter().next().map(|(_, value)| value));
        let seq = answers.next().flatten();
        let already = answers.next().flatten().is_some() | answers.next().flatten().is_some();
        let behind = answers.next().flatten().is_some();
        let (gone, due) = (answers.next().flatten(), answers.next().flatten());
        let behind = behind || rows::read_number(gone.as_deref()) != self.with(|open| open.gone)?;
        let dropping = Some(Dropping { gone, due });
        Ok((Ground { seq, dropping, rows: answers.collect() }, already, behind))
    }

    /// Whether an entry that was saved before states other things than are held of it: then it was saved with other
    /// contents, and what was typed since would be lost without a word.
    async fn says_other(
        &self,
        session: &Session,
        entry: &Entry,
        ids: &[RecordId],
        ground: &Ground,
    ) -> Result<bool, StoreError> {
        let mut settled = self.settled(session, ids).await?;
        for (change, row) in entry.changes.iter().zip(&ground.rows) {
            let id = change.record;
            let mut held = settled.remove(&id).unwrap_or_else(|| Record::new(id, change.kind));
            if let Some(Newer { record: newer, .. }) = self.open_newer(session, id, row.as_deref()) {
                held.merge(&newer);
            }
            let mut joined = held.clone();
            joined.apply(entry);
            let by_it = |it: &&Stated| it.entry == entry.id;
            let same = |op: &Op| {
                // What was replaced since stands nowhere, and does not tell what was saved.
                let stands = joined.stated(op.field).any(|it| by_it(&it));
                !stands || held.stated(op.field).filter(by_it).any(|it| it.value == op.value)
            };
            let is_stated = |field| change.ops.iter().any(|op| op.field == field);
            let mut fields = held.fields();
            let left_out = fields.any(|field| held.stated(field).any(|it| by_it(&it)) && !is_stated(field));
            if left_out || !change.ops.iter().all(same) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn written(
        &self,
        session: &Session,
        vault: VaultId,
        entry: &Entry,
        ids: &[RecordId],
        ground: &Ground,
    ) -> Result<Vec<Written>, StoreError> {
        let mut settled = self.settled(session, ids).await?;
        let mut written = Vec::with_capacity(ids.len());
        for (change, row) in entry.changes.iter().zip(&ground.rows) {
            let id = change.record;
            let newer = self.open_newer(session, id, row.as_deref());
            let aside = row.clone().filter(|_| newer.is_none());
            let version = newer.as_ref().map_or(0, |newer| newer.version + 1);
            let mut record = settled.remove(&id).unwrap_or_else(|| Record::new(id, change.kind));
            if let Some(Newer { record: newer, .. }) = newer {
                record.merge(&newer);
            }
            record.apply(entry);
            let (row_sealed, line) = seal_record(session, vault, version, &record)?;
            written.push(Written {
                id,
                expected: Expected::as_read(row.clone()),
                row: row_sealed,
                line,
                aside,
            });
        }
        Ok(written)
    }

    /// Adds an envelope to a batch, with its capsule and the counter. Gives the counter's new state.
    ///
    /// The capsule is put each time where it is missing: whatever became of it meanwhile, no envelope lies without.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] and others; the batch is as it was then.
    pub(super) fn queue(
        &self,
        session: &Session,
        batch: &mut Batch,
        envelope: Envelope,
        seq_row: &Option<Vec<u8>>,
        note: Option<(&Note, &[RecordId])>,
    ) -> Result<u64, StoreError> {
        let Envelope { item, plain, now, not_before } = envelope;
        let identity = self.identity();
        let outgoing = self.outgoing(session)?;
        let seq = rows::read_number(seq_row.as_deref());
        let id = EnvelopeId::fresh(now, clock::random());
        let sealed = outgoing.seal(
            &mut clock::rng(),
            item.purpose(),
            id,
            identity.enrolment,
            seq,
            &Zeroizing::new(plain),
        )?;
        if sealed.len() > LARGEST_ENVELOPE {
            return Err(StoreError::TooLarge);
        }
        let (capsule, capsule_bytes) = outgoing.capsule();
        let row = CapsuleRow { bytes: capsule_bytes.to_vec().into(), held: false, made_at: now };
        batch.put_if(Table::Capsules, capsule.0.to_vec(), Expected::Absent, rows::write(&row));
        let key = item.in_outbox();
        let note = match note {
            Some((Note { person, act, record }, records)) => {
                let records = records.to_vec();
                let row = NoteRow { person: person.clone(), act: act.clone(), record: *record, records };
                session.cipher.seal(Table::Outbox, &key, 0, &Zeroizing::new(rows::write(&row)))?
            }
            None => Vec::new(),
        };
        let row = EnvelopeRow {
            envelope: sealed.into(),
            vault: identity.vault,
            capsule: capsule.0.to_vec().into(),
            saved_at: now,
            state: rows::state::WAITING,
            verdict: 0,
            reason: String::new(),
            tries: 0,
            last_try: 0,
            note: note.into(),
            not_before,
            settled_at: 0,
            epoch: Vec::new().into(),
            forgotten: false,
        };
        batch.put(Table::Outbox, key, rows::write(&row));
        let counter = tables::seq_of(identity.enrolment);
        batch.require(Table::Counters, counter.clone(), Expected::as_read(seq_row.clone()));
        batch.put(Table::Counters, counter, rows::write_number(seq + 1));
        Ok(seq + 1)
    }

    /// The sealing session, begun where there is none yet.
    fn outgoing(&self, session: &Session) -> Result<Rc<Outgoing>, StoreError> {
        if let Some(outgoing) = self.with(|open| open.session.outgoing.clone())? {
            return Ok(outgoing);
        }
        let fresh = Rc::new(Outgoing::begin(&mut clock::rng(), &session.server.sealing)?);
        self.with(|open| open.session.outgoing = Some(fresh.clone()))?;
        Ok(fresh)
    }

    pub(super) fn forget_seq(&self) -> Result<(), StoreError> {
        self.with(|open| open.seq = None)
    }

    async fn drop_draft(&self, draft: Option<DraftId>) -> Result<(), StoreError> {
        match draft {
            Some(draft) => self.discard_draft(draft).await,
            None => Ok(()),
        }
    }
}

/// Records that an entry states something of and that this device does not hold, or whose owner it does not hold: they
/// were dropped while somebody wrote. They are handed in like all else, and dropped once they were.
fn orphans(entry: &Entry, index: &search::Index) -> Vec<RecordId> {
    let is_here = |id: RecordId| index.is_fresh(id) || index.segment_of(id).is_some();
    let is_made = |id: RecordId| {
        entry.changes.iter().any(|it| it.record == id && it.ops.iter().all(|op| op.replaces.is_empty()))
    };
    let lost = entry.changes.iter().filter(|change| !is_here(change.record)).filter(|change| {
        let owners = change.ops.iter().filter(|op| Some(op.field) == change.kind.owner_field());
        let mut owners = owners.filter_map(|op| op.value.as_ref());
        !is_made(change.record) || owners.any(|owner| !is_here(owner) && !is_made(owner))
    });
    lost.map(|change| change.record).collect()
}

/// What is to be sealed into an envelope.
pub(super) struct Envelope {
    pub item: ItemKey,
    pub plain: Vec<u8>,
    pub now: u64,
    pub not_before: u64,
}

/// A record's sealed row and its search line.
pub(super) fn seal_record(
    session: &Session,
    vault: VaultId,
    version: u64,
    record: &Record,
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let plain = Zeroizing::new(rows::write(record));
    let row = session.cipher.seal(Table::Records, &tables::record(vault, record.id), version, &plain)?;
    let mut line = Vec::new();
    search::append_line(record, &mut line);
    Ok((row, line))
}
