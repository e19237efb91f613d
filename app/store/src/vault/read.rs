//! Records as they stand on this device: what lies in a block joined with the newer row, where there is one.

use super::evict::{gone_of, grants_of};
use super::{Session, Vault};
use crate::error::DamagedRow;
use crate::opening::Opening;
use crate::tables::{self, Key, Table};
use crate::transaction::{Query, Rows};
use crate::{StoreError, rows, search};
use domain::{Kind, Record, RecordId, VaultId};
use minicbor::{Decoder, decode};
use seal::SealError;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use zeroize::Zeroizing;

/// Opened blocks that are kept: whoever opens a group reads its members next.
const KEPT_BLOCKS: usize = 6;
/// Largest block after unfolding.
pub const BLOCK_LIMIT: usize = 64 * 1024 * 1024;

/// An opened block.
pub struct Block {
    bytes: Zeroizing<Vec<u8>>,
    places: HashMap<[u8; 16], usize>,
}

impl Block {
    pub fn read(bytes: Zeroizing<Vec<u8>>) -> Self {
        let mut places = HashMap::new();
        let mut d = Decoder::new(&bytes);
        while d.position() < bytes.len() {
            let at = d.position();
            let Ok(id) = skip_record(&mut d) else { break };
            places.insert(id.0, at);
        }
        Self { bytes, places }
    }

    pub fn record(&self, id: RecordId) -> Option<Record> {
        Decoder::new(self.bytes.get(*self.places.get(&id.0)?..)?).decode().ok()
    }

    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.places.keys().filter_map(|id| self.record(RecordId(*id)))
    }
}

/// Goes past a packed record and gives its id, which alone is read: records are decoded when they are asked for.
pub fn skip_record(d: &mut Decoder<'_>) -> Result<RecordId, decode::Error> {
    let from = d.position();
    d.array()?;
    d.u64()?;
    let id = d.decode()?;
    d.set_position(from);
    d.skip()?;
    Ok(id)
}

/// A newer row, opened.
pub struct Newer {
    pub version: u64,
    pub record: Record,
}

impl Vault {
    /// A record as it stands on this device.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when its row does not open.
    pub async fn record(&self, id: RecordId) -> Result<Option<Record>, StoreError> {
        let found = self.records(&[id]).await?.into_iter().next();
        let damaged = self.set_aside().into_iter().find(|row| row.record == Some(id));
        match (found, damaged) {
            (None, Some(row)) => Err(StoreError::Damaged { table: row.table }),
            (found, _) => Ok(found),
        }
    }

    /// Several records; those not here are left out, those that do not open are set aside.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn records(&self, ids: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        let session = self.session()?;
        let vault = self.identity().vault;
        let queries: Vec<Query> =
            ids.iter().map(|id| Query::Get(Table::Records, tables::record(vault, *id))).collect();
        let rows = self.database.read(&queries).await?;
        let mut settled = self.settled(&session, ids).await?;
        let mut records = Vec::with_capacity(ids.len());
        for (id, row) in ids.iter().zip(rows) {
            let newer = self.open_newer(&session, *id, row.first().map(|(_, row)| row.as_slice()));
            let mut record = settled.remove(id);
            if let Some(newer) = newer {
                match &mut record {
                    Some(record) => record.merge(&newer.record),
                    None => record = Some(newer.record),
                }
            }
            records.extend(record);
        }
        Ok(records)
    }

    /// The individuals of a group.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn members(&self, group: RecordId) -> Result<Vec<Record>, StoreError> {
        self.records(&self.member_ids(group)).await
    }

    /// The documents of an individual.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn documents(&self, individual: RecordId) -> Result<Vec<Record>, StoreError> {
        let ids = self.with(|open| open.index.linked(individual, Kind::DOCUMENT))?;
        self.records(&ids).await
    }

    /// What hangs on a record, of every kind: on a group its people and its own rows; on a person papers, needs,
    /// consents and all else.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn rows_of(&self, owner: RecordId) -> Result<Vec<Record>, StoreError> {
        let ids = self.with(|open| open.index.hanging_on(owner))?;
        self.records(&ids).await
    }

    /// A group with everything of it that lies here: the group first, then its people as they were registered, then
    /// what hangs on them. `None` where the group does not lie here.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn case(&self, group: RecordId) -> Result<Option<Vec<Record>>, StoreError> {
        let Some(found) = self.record(group).await? else { return Ok(None) };
        let ids = self.with(|open| {
            let first = open.index.hanging_on(group);
            let of_people = first.iter().flat_map(|id| open.index.hanging_on(*id)).collect::<Vec<_>>();
            let mut ids = first;
            ids.extend(of_people);
            ids
        })?;
        let mut records = self.records(&ids).await?;
        records.sort_by_key(|record| (record.kind != domain::Kind::INDIVIDUAL, record.id));
        records.insert(0, found);
        Ok(Some(records))
    }

    /// What lies of these records in blocks.
    pub(super) async fn settled(
        &self,
        session: &Session,
        ids: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Record>, StoreError> {
        let mut wanted: BTreeMap<u32, Vec<RecordId>> = BTreeMap::new();
        self.with(|open| {
            for id in ids {
                if let Some(block) = open.index.segment_of(*id) {
                    wanted.entry(block).or_default().push(*id);
                }
            }
        })?;
        let mut records = BTreeMap::new();
        for (number, ids) in wanted {
            let Some(block) = self.block(session, number).await? else { continue };
            for id in ids {
                match block.record(id) {
                    Some(record) => drop(records.insert(id, record)),
                    None => self.set_row_aside(DamagedRow { table: Table::Blocks.name(), record: Some(id) }),
                }
            }
        }
        Ok(records)
    }

    async fn block(&self, session: &Session, number: u32) -> Result<Option<Rc<Block>>, StoreError> {
        let held = self.with(|open| {
            let at = open.blocks.iter().position(|(other, _)| *other == number)?;
            let held = open.blocks.remove(at);
            let block = held.1.clone();
            open.blocks.push(held);
            Some(block)
        })?;
        if held.is_some() {
            return Ok(held);
        }
        let key = tables::numbered(self.identity().vault, number);
        let row = self.get(Table::Blocks, &key).await?;
        let opened =
            row.ok_or(SealError::Malformed).and_then(|row| open_packed(session, Table::Blocks, &key, &row));
        let Ok(bytes) = opened else {
            self.set_row_aside(DamagedRow { table: Table::Blocks.name(), record: None });
            return Ok(None);
        };
        let block = Rc::new(Block::read(bytes));
        self.with(|open| {
            if open.blocks.len() >= KEPT_BLOCKS {
                open.blocks.remove(0);
            }
            open.blocks.push((number, block.clone()));
        })?;
        Ok(Some(block))
    }

    /// Opens a newer row; one that does not open is set aside.
    pub(super) fn open_newer(&self, session: &Session, id: RecordId, row: Option<&[u8]>) -> Option<Newer> {
        let opened = open_newer(session, self.identity().vault, id, row?);
        if opened.is_none() {
            self.set_row_aside(DamagedRow { table: Table::Records.name(), record: Some(id) });
        }
        opened
    }

    pub(super) async fn get(&self, table: Table, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let mut rows = self.database.read(&[Query::Get(table, key.clone())]).await?;
        Ok(rows.pop().and_then(|rows| rows.into_iter().next()).map(|(_, value)| value))
    }

    /// Takes in what other pages of this device wrote since. To be called on `announce::Change::Records`.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let session = self.session()?;
        let vault = self.identity().vault;
        let queries = [gone_of(vault), grants_of(vault)].map(|key| Query::Get(Table::Counters, key));
        let mut read = self.database.read(&queries).await?.into_iter();
        let mut row = || read.next().and_then(|rows| rows.into_iter().next()).map(|(_, row)| row);
        let (gone, grants) = (rows::read_number(row().as_deref()), row());
        let grants = self.read_grants(grants.as_deref())?;
        self.with(|open| open.grants = grants)?;
        let (after, anew) = self.with(|open| {
            let after = open.index.newest_segment().map_or(0, |newest| newest + 1);
            // Another page dropped something: segments that are known here are not as they were.
            if open.gone == gone { (after, false) } else { (0, true) }
        })?;
        let (_, end) = tables::beginning_with(&vault.0);
        let rows = self
            .database
            .read(&[
                Query::Range(Table::Segments, tables::numbered(vault, after), end),
                Query::range(Table::Records, tables::beginning_with(&vault.0)),
            ])
            .await?;
        let [segments, newer] = rows.try_into().unwrap_or_default();
        if anew {
            self.with(|open| {
                open.gone = gone;
                open.blocks.clear();
                open.index.begin_anew();
            })?;
        }
        self.take_in(&session, segments, newer).await
    }

    /// Takes segments and newer rows into the index. The newer rows are all there are.
    pub(super) async fn take_in(
        &self,
        session: &Session,
        segments: Rows,
        newer: Rows,
    ) -> Result<(), StoreError> {
        let vault = self.identity().vault;
        let mut opening = Opening::begin(&session.cipher, Table::Segments, segments);
        while let Some((key, packed)) = opening.next().await {
            let Some(number) = tables::number_of(&key) else { continue };
            let lines = match packed.and_then(|packed| unpacked(&Zeroizing::new(packed))) {
                Ok(lines) => lines,
                Err(_) => {
                    // The block tells everything that its segment does.
                    self.set_row_aside(DamagedRow { table: Table::Segments.name(), record: None });
                    let Some(block) = self.block(session, number).await? else { continue };
                    let mut lines = Zeroizing::new(Vec::new());
                    block.records().for_each(|record| search::append_line(&record, &mut lines));
                    lines
                }
            };
            self.with(|open| open.index.add_segment(number, lines))?;
        }
        let mut gone: Vec<RecordId> = self.with(|open| open.index.fresh().collect())?;
        for (key, row) in &newer {
            // Longer keys hold rows set aside.
            let Some(id) = tables::id_of(key).map(RecordId) else { continue };
            gone.retain(|other| *other != id);
            let Some(opened) = open_newer(session, vault, id, row) else {
                self.set_row_aside(DamagedRow { table: Table::Records.name(), record: Some(id) });
                continue;
            };
            let mut line = Vec::new();
            search::append_line(&opened.record, &mut line);
            self.with(|open| open.index.set_fresh(id, line))?;
        }
        self.with(|open| open.index.forget_fresh(gone))
    }
}

fn open_newer(session: &Session, vault: VaultId, id: RecordId, row: &[u8]) -> Option<Newer> {
    let key = tables::record(vault, id);
    let (version, plain) = session.cipher.open(Table::Records, &key, row).ok()?;
    let plain = Zeroizing::new(plain);
    Some(Newer { version, record: minicbor::decode(&plain).ok()? })
}

/// Opens and unfolds a row that was packed before it was sealed.
pub fn open_packed(
    session: &Session,
    table: Table,
    key: &Key,
    row: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (_, packed) = session.cipher.open(table, key, row)?;
    unpacked(&Zeroizing::new(packed))
}

fn unpacked(packed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    seal::unpack(packed, BLOCK_LIMIT).map(Zeroizing::new)
}
