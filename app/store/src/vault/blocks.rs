//! Writing a block and its segment anew: some of its records are dropped, or say less than they did.

use super::read::{open_packed, skip_record};
use super::{Session, Vault};
use crate::error::DamagedRow;
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Expected, Query};
use crate::{StoreError, rows, search};
use domain::{Record, RecordId};
use minicbor::Decoder;
use zeroize::Zeroizing;

/// A block and its segment as they lie, and the block opened.
pub(super) struct BlockRows {
    number: u32,
    key: Key,
    block: Option<Vec<u8>>,
    segment: Option<Vec<u8>>,
    plain: Zeroizing<Vec<u8>>,
    /// Whether the block opened. One that did not is set aside as it lies.
    pub opened: bool,
}

/// What becomes of a packed record.
pub(super) enum Fate {
    Stays,
    Goes,
    Becomes(Record),
}

/// The search lines of a segment as it is now.
pub(super) struct Rewritten {
    pub number: u32,
    pub lines: Zeroizing<Vec<u8>>,
}

impl Vault {
    /// A block and its segment, with a counter read in the same moment.
    pub(super) async fn block_rows(
        &self,
        session: &Session,
        number: u32,
        counter: Key,
    ) -> Result<(BlockRows, Option<Vec<u8>>), StoreError> {
        let key = tables::numbered(self.identity().vault, number);
        let read = [(Table::Blocks, key.clone()), (Table::Segments, key.clone()), (Table::Counters, counter)];
        let read = self.database.read(&read.map(|(table, key)| Query::Get(table, key))).await?;
        let mut rows = read.into_iter().map(|rows| rows.into_iter().next().map(|(_, row)| row));
        let (block, segment) = (rows.next().flatten(), rows.next().flatten());
        let plain = block.as_ref().and_then(|row| open_packed(session, Table::Blocks, &key, row).ok());
        let opened = plain.is_some();
        if !opened {
            self.set_row_aside(DamagedRow { table: Table::Blocks.name(), record: None });
        }
        let plain = plain.unwrap_or_default();
        Ok((BlockRows { number, key, block, segment, plain, opened }, rows.next().flatten()))
    }

    /// Writes a block and its segment with what becomes of each record. `None`, and nothing to write, where all stay.
    pub(super) fn rewrite(
        &self,
        session: &Session,
        rows: BlockRows,
        mut fate: impl FnMut(RecordId, &[u8]) -> Fate,
        batch: &mut Batch,
    ) -> Result<Option<Rewritten>, StoreError> {
        let BlockRows { number, key, block, segment, plain, .. } = rows;
        let (mut left, mut lines) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
        let mut changes = false;
        for (id, bytes) in packed(&plain) {
            match fate(id, bytes) {
                Fate::Stays => {
                    left.extend_from_slice(bytes);
                    search::append_packed_line(bytes, &mut lines);
                    continue;
                }
                Fate::Goes => {}
                Fate::Becomes(record) => {
                    left.extend_from_slice(&Zeroizing::new(rows::write(&record)));
                    search::append_line(&record, &mut lines);
                }
            }
            changes = true;
        }
        if !changes {
            return Ok(None);
        }
        self.put_packed(session, Table::Blocks, &key, block, &left, batch)?;
        self.put_packed(session, Table::Segments, &key, segment, &lines, batch)?;
        Ok(Some(Rewritten { number, lines }))
    }

    /// Writes a segment with lines that its block does not tell.
    pub(super) fn rewrite_lines(
        &self,
        session: &Session,
        rows: BlockRows,
        lines: &[u8],
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        self.put_packed(session, Table::Segments, &rows.key, rows.segment, lines, batch)
    }

    /// Writes a packed row in place of another, whose former version need not open.
    fn put_packed(
        &self,
        session: &Session,
        table: Table,
        key: &Key,
        row: Option<Vec<u8>>,
        plain: &[u8],
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let opened = row.as_ref().and_then(|row| session.cipher.open(table, key, row).ok());
        let version = opened.map_or(1, |(version, _)| version + 1);
        let packed = Zeroizing::new(super::fold::deflated(plain));
        batch.require(table, key.clone(), Expected::as_read(row));
        batch.put(table, key.clone(), session.cipher.seal(table, key, version, &packed)?);
        Ok(())
    }
}

impl BlockRows {
    /// Whether the segment tells just these lines.
    pub fn tells(&self, session: &Session, lines: &[u8]) -> bool {
        let opened =
            self.segment.as_ref().and_then(|row| open_packed(session, Table::Segments, &self.key, row).ok());
        opened.is_some_and(|told| **told == *lines)
    }

    /// The lines of its records, as this version writes them.
    pub fn lines(&self) -> Zeroizing<Vec<u8>> {
        let mut lines = Zeroizing::new(Vec::new());
        packed(&self.plain).for_each(|(_, bytes)| search::append_packed_line(bytes, &mut lines));
        lines
    }
}

/// Records that lie one after the other, as far as they can be read.
fn packed(plain: &[u8]) -> impl Iterator<Item = (RecordId, &[u8])> {
    let mut d = Decoder::new(plain);
    core::iter::from_fn(move || {
        let from = d.position();
        let id = if from < plain.len() { skip_record(&mut d).ok()? } else { return None };
        Some((id, plain.get(from..d.position())?))
    })
}
