//! Folding in: collected pages become records on this device, newer rows are packed into blocks.

use super::evict::due_of;
use super::read::{Newer, skip_record};
use super::save::seal_record;
use super::unlock::{ATTEMPTS, total_of};
use super::{Folded, Session, Vault};
use crate::announce::{Change, announce};
use crate::error::DamagedRow;
use crate::rows;
use crate::tables::{self, Key, Table};
use crate::transaction::{Batch, Commit, Durability, Expected, Query};
use crate::{StoreError, clock, search};
use domain::{Record, RecordId, VaultId};
use minicbor::{Decoder, decode};
use seal::Directory;
use seal::page::{Author, Grant, Page};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Most records in a block: enough to deflate well, few enough to open one for a single record.
const BLOCK: usize = 512;
/// Fewer changed records than this go into rows of their own.
const FEW: usize = 64;
/// More newer rows than this are packed into a block.
const MANY_ROWS: usize = 256;
/// Records that one transaction takes in at most, give or take a page.
const AT_ONCE: usize = 4 * BLOCK;
/// Deflate gains little beyond and costs twice the time.
const LEVEL: u8 = 3;

/// A part of an opened page.
pub(super) struct Slice {
    page: usize,
    from: usize,
    to: usize,
}

/// A record on its way into a block.
enum Packed<'a> {
    /// As the page has it: most people come new, and need be neither decoded nor encoded.
    Encoded(&'a [u8]),
    Joined(Record),
}

/// What pages told.
#[derive(Default)]
pub(super) struct Told {
    /// The pages, opened.
    opened: Vec<Zeroizing<Vec<u8>>>,
    /// Where in them each record lies; in several places when it changed between two pages.
    pub(super) records: BTreeMap<RecordId, Vec<Slice>>,
    authors: BTreeMap<domain::UserId, Author>,
    pub(super) total: Option<u64>,
    /// What is to be dropped before these records are taken in.
    pub(super) evicted: Vec<RecordId>,
    pub(super) grants: Option<Vec<Grant>>,
    pub(super) directory: Option<Directory>,
    /// The pages, to be deleted with the same transaction.
    pub(super) pages: Vec<Key>,
    /// Pages that do not open.
    damaged: Vec<(Key, Vec<u8>)>,
    /// Not all of it could be taken in: it is to be told again, from the beginning.
    pub(super) anew: bool,
}

impl Told {
    /// Takes a page apart without decoding its records; a page that cannot be is taken in not at all.
    pub(super) fn take_in(&mut self, bytes: Zeroizing<Vec<u8>>) -> Result<(), decode::Error> {
        let page = self.opened.len();
        let mut d = Decoder::new(&bytes);
        let (mut records, mut authors, mut total) = (Vec::new(), Vec::<Author>::new(), 0);
        let (mut evicted, mut grants, mut directory) = (Vec::new(), None, None);
        for _ in 0..d.map()?.unwrap_or(0) {
            match d.u64()? {
                0 => {
                    for _ in 0..d.array()?.unwrap_or(0) {
                        let from = d.position();
                        let id = skip_record(&mut d)?;
                        records.push((id, Slice { page, from, to: d.position() }));
                    }
                }
                1 => authors = d.decode()?,
                2 => total = d.u64()?,
                3 => evicted = d.decode::<Option<Vec<RecordId>>>()?.unwrap_or_default(),
                4 => grants = d.decode()?,
                5 => directory = d.decode()?,
                _ => d.skip()?,
            }
        }
        // What an earlier page told of them is no longer for this device; what this one tells is.
        for id in &evicted {
            self.records.remove(id);
        }
        for (id, slice) in records {
            self.records.entry(id).or_default().push(slice);
        }
        self.authors.extend(authors.into_iter().map(|author| (author.user, author)));
        // A page that only says what to drop counts nothing.
        if total > 0 {
            self.total = Some(total);
        }
        self.evicted.extend(evicted);
        self.grants = grants.or(self.grants.take());
        self.directory = directory.or(self.directory.take());
        self.opened.push(bytes);
        Ok(())
    }

    fn slice(&self, slice: &Slice) -> &[u8] {
        let page = self.opened.get(slice.page);
        page.and_then(|page| page.get(slice.from..slice.to)).unwrap_or_default()
    }

    /// Everything told of a record, joined. Of a later version's form nothing can be joined.
    fn joined(&self, slices: &[Slice]) -> Option<Record> {
        let mut records =
            slices.iter().filter_map(|slice| minicbor::decode::<Record>(self.slice(slice)).ok());
        let mut joined = records.next()?;
        records.for_each(|record| joined.merge(&record));
        Some(joined)
    }
}

impl Vault {
    /// Opens up to so many collected pages and joins what they tell with what is held.
    ///
    /// # Errors
    /// [`StoreError::Full`] and others; the pages stay in the inbox then.
    pub async fn fold_inbox(&self, pages: usize) -> Result<Folded, StoreError> {
        self.hear_of_keys().await?;
        self.retry_aside().await?;
        // None of them holds up what was collected: all are tried again with the next fold.
        let _ = self.forget_refused().await;
        let _ = self.evict_due().await;
        let _ = self.drop_ended().await;
        let (mut folded, mut left) = (Folded::default(), pages);
        while left > 0 {
            let (records, used) = self.fold_some(left).await?;
            folded.records += records;
            left = left.saturating_sub(used);
            if used == 0 {
                break;
            }
            announce(Change::Records);
        }
        self.pack_rows().await?;
        let (from, to) = tables::beginning_with(&self.identity().vault.0);
        let waiting = self.database.read(&[Query::Keys(Table::Inbox, from, to)]).await?;
        folded.left = waiting.iter().flatten().filter(|(key, _)| tables::is_page(key)).count();
        folded.total = self.with(|open| open.total)?;
        Ok(folded)
    }

    /// One transaction's worth: records taken in, pages used.
    async fn fold_some(&self, pages: usize) -> Result<(usize, usize), StoreError> {
        let vault = self.identity().vault;
        let (from, to) = tables::beginning_with(&vault.0);
        let limit = u32::try_from(pages.min(16)).unwrap_or(16);
        let read = self.database.read(&[Query::First(Table::Inbox, from, to, limit)]).await?;
        let session = self.session()?;
        let mut told = Told::default();
        for (key, bytes) in read.into_iter().flatten() {
            if told.records.len() >= AT_ONCE {
                break;
            }
            if tables::is_page(&key) {
                self.open_page(&session, &mut told, key, bytes);
                if !told.evicted.is_empty() {
                    // Only what comes after it may bring any of these back.
                    break;
                }
            } else if !tables::is_page_aside(&key) {
                // Set aside by an earlier version, in the way of all that came after.
                told.damaged.push((key, bytes));
            }
        }
        let used = told.pages.len() + told.damaged.len();
        if used == 0 {
            return Ok((0, 0));
        }
        // Each by itself and before the page is used up: cut off in between, the page says it again.
        if !told.evicted.is_empty() {
            match self.evict(&told.evicted).await {
                Err(StoreError::Full) if self.make_room().await? => drop(self.evict(&told.evicted).await?),
                outcome => drop(outcome?),
            }
        }
        if let Some(grants) = told.grants.take() {
            self.keep_grants(grants).await?;
        }
        if let Some(directory) = told.directory.take() {
            self.keep_directory(&directory).await?;
        }
        Ok((self.take_over(&session, vault, &told).await?, used))
    }

    /// Joins what was told with what is held, beginning anew when somebody else wrote meanwhile.
    pub(super) async fn take_over(
        &self,
        session: &Session,
        vault: VaultId,
        told: &Told,
    ) -> Result<usize, StoreError> {
        for _ in 0..ATTEMPTS {
            if let Some(records) = self.join(session, vault, told).await? {
                return Ok(records);
            }
            self.refresh().await?;
        }
        Err(StoreError::Busy)
    }

    fn open_page(&self, session: &Session, told: &mut Told, key: Key, bytes: Vec<u8>) {
        let enrolment = self.identity().enrolment;
        let read =
            unsealed(session, enrolment, &bytes).and_then(|page| told.take_in(Zeroizing::new(page)).ok());
        match read {
            Some(()) => told.pages.push(key),
            None => {
                self.set_row_aside(DamagedRow { table: Table::Inbox.name(), record: None });
                told.damaged.push((key, bytes));
            }
        }
    }

    /// Joins what was told with what is held and writes it. `None` when somebody else wrote meanwhile.
    async fn join(
        &self,
        session: &Session,
        vault: VaultId,
        told: &Told,
    ) -> Result<Option<usize>, StoreError> {
        let mut batch = Batch::relaxed();
        let after = self.with(|open| open.index.newest_segment())?.map_or(0, |newest| newest + 1);
        batch.require(Table::Segments, tables::numbered(vault, after), Expected::Absent);
        let mut lines = Vec::new();
        let (mut to_pack, apart) = self.join_rows(session, vault, told, &mut batch, &mut lines).await?;
        let taken = to_pack.len() + apart.len() + lines.len();
        let room = MANY_ROWS.saturating_sub(self.with(|open| open.index.fresh().len())?);
        let mut segments = Vec::new();
        if to_pack.len() < FEW.min(room) {
            // In a row of its own a record is decoded, so that what cannot be stays for a block.
            for packed in core::mem::take(&mut to_pack) {
                let decoded = match &packed {
                    Packed::Encoded(bytes) => minicbor::decode::<Record>(bytes).ok(),
                    Packed::Joined(record) => Some(record.clone()),
                };
                let Some(record) = decoded else {
                    to_pack.push(packed);
                    continue;
                };
                let (row, line) = seal_record(session, vault, 0, &record)?;
                batch.require(Table::Records, tables::record(vault, record.id), Expected::Absent);
                batch.put(Table::Records, tables::record(vault, record.id), row);
                lines.push((record.id, line));
            }
        }
        to_pack.extend(apart);
        for (number, records) in (after..).zip(to_pack.chunks(BLOCK)) {
            segments.push((number, self.pack(session, vault, number, records, &mut batch)?));
        }
        self.finish_pages(session, vault, told, &mut batch).await?;
        if self.database.commit(batch).await? == Commit::Overtaken {
            return Ok(None);
        }
        self.with(|open| {
            segments.into_iter().for_each(|(number, lines)| open.index.add_segment(number, lines));
            lines.into_iter().for_each(|(id, line)| open.index.set_fresh(id, line));
            open.authors.extend(told.authors.iter().map(|(user, author)| (*user, author.clone())));
            open.total = told.total.unwrap_or(open.total);
        })?;
        Ok(Some(taken))
    }

    /// Joins with newer rows, which are written in place, and with blocks. Gives what is to be packed anew, and what must
    /// lie in a block, apart from the row that waits to be dropped.
    async fn join_rows<'a>(
        &self,
        session: &Session,
        vault: VaultId,
        told: &'a Told,
        batch: &mut Batch,
        lines: &mut Vec<(RecordId, Vec<u8>)>,
    ) -> Result<(Vec<Packed<'a>>, Vec<Packed<'a>>), StoreError> {
        let known: Vec<RecordId> = self.with(|open| {
            let known = |id: &&RecordId| open.index.is_fresh(**id) || open.index.segment_of(**id).is_some();
            told.records.keys().filter(known).copied().collect()
        })?;
        let queries: Vec<Query> =
            known.iter().map(|id| Query::Get(Table::Records, tables::record(vault, *id))).collect();
        let newer = self.database.read(&queries).await?;
        let mut newer: BTreeMap<RecordId, Vec<u8>> = known
            .iter()
            .zip(newer)
            .filter_map(|(id, rows)| Some((*id, rows.into_iter().next()?.1)))
            .collect();
        let mut settled = self.settled(session, &known).await?;
        let due = self.due_told_again(session, |id| told.records.contains_key(&id), batch).await?;
        let (mut to_pack, mut apart) = (Vec::new(), Vec::new());
        for (id, slices) in &told.records {
            if due.contains(id) {
                // Apart from what is to be dropped once it was sent.
                apart.extend(slices.last().map(|slice| Packed::Encoded(told.slice(slice))));
                continue;
            }
            let (held, row) = (settled.remove(id), newer.remove(id));
            let record = match (slices.as_slice(), &held, &row) {
                ([only], None, None) => {
                    to_pack.push(Packed::Encoded(told.slice(only)));
                    continue;
                }
                (slices, ..) => told.joined(slices),
            };
            let Some(record) = record else {
                // Kept as it came for a later version; nothing here shows it.
                to_pack.extend(slices.iter().map(|slice| Packed::Encoded(told.slice(slice))));
                continue;
            };
            let mut joined = held.clone().unwrap_or_else(|| Record::new(*id, record.kind));
            joined.merge(&record);
            match row {
                Some(row) => {
                    let Some(Newer { version, record: newer }) = self.open_newer(session, *id, Some(&row))
                    else {
                        // Set aside as it lies; what the page tells goes into a block meanwhile.
                        to_pack.push(Packed::Joined(joined));
                        continue;
                    };
                    joined.merge(&newer);
                    if joined == newer {
                        continue;
                    }
                    let (sealed, line) = seal_record(session, vault, version + 1, &joined)?;
                    let key = tables::record(vault, *id);
                    batch.require(Table::Records, key.clone(), Expected::Bytes(row));
                    batch.put(Table::Records, key, sealed);
                    // It holds what this person saved.
                    batch.durability = Durability::Strict;
                    lines.push((*id, line));
                }
                None if held.as_ref() == Some(&joined) => {}
                None => to_pack.push(Packed::Joined(joined)),
            }
        }
        Ok((to_pack, apart))
    }

    /// Packs records into a block and its segment. Gives the segment's lines.
    fn pack(
        &self,
        session: &Session,
        vault: VaultId,
        number: u32,
        records: &[Packed<'_>],
        batch: &mut Batch,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let (mut block, mut lines) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
        for record in records {
            match record {
                Packed::Encoded(bytes) => {
                    block.extend_from_slice(bytes);
                    search::append_packed_line(bytes, &mut lines);
                }
                Packed::Joined(record) => {
                    block.extend_from_slice(&Zeroizing::new(rows::write(record)));
                    search::append_line(record, &mut lines);
                }
            }
        }
        let key = tables::numbered(vault, number);
        for (table, plain) in [(Table::Blocks, &block), (Table::Segments, &lines)] {
            let packed = Zeroizing::new(deflated(plain));
            batch.require(table, key.clone(), Expected::Absent);
            batch.put(table, key.clone(), session.cipher.seal(table, &key, 0, &packed)?);
        }
        Ok(lines)
    }

    async fn finish_pages(
        &self,
        session: &Session,
        vault: VaultId,
        told: &Told,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        for (user, author) in &told.authors {
            if self.with(|open| open.authors.get(user) == Some(author))? {
                continue;
            }
            let key = tables::of_vault(vault, &user.0);
            let plain = Zeroizing::new(rows::write(author));
            batch.put(Table::Authors, key.clone(), session.cipher.seal(Table::Authors, &key, 0, &plain)?);
        }
        if let Some(total) = told.total {
            batch.put(Table::Counters, total_of(vault), rows::write_number(total));
        }
        for key in &told.pages {
            batch.delete(Table::Inbox, key.clone());
        }
        for (key, bytes) in &told.damaged {
            batch.delete(Table::Inbox, key.clone());
            batch.put(Table::Inbox, tables::page_aside(vault, key), bytes.clone());
        }
        if told.anew || !told.damaged.is_empty() {
            self.begin_anew(vault, told.anew, batch).await?;
        }
        Ok(())
    }

    /// What a damaged page told is collected again, from the beginning; once a day at most, so that a page that
    /// is wrong for ever does not keep the line busy. At once where the page is used up and cannot ask for it again.
    pub(super) async fn begin_anew(
        &self,
        vault: VaultId,
        at_once: bool,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let key = vault.0.to_vec();
        let Some(bytes) = self.get(Table::Posts, &key).await? else { return Ok(()) };
        let mut post: rows::PostRow = rows::read(Table::Posts, &bytes)?;
        if at_once || clock::now_ms() > post.began_anew_at + 24 * 3_600_000 {
            post.began_anew_at = clock::now_ms();
            post.cursor = Vec::new().into();
            batch.put_if(Table::Posts, key, Expected::Bytes(bytes), rows::write(&post));
        }
        Ok(())
    }

    /// Packs newer rows into blocks when they have become many: opening costs the number of rows read.
    pub(super) async fn pack_rows(&self) -> Result<(), StoreError> {
        if self.with(|open| open.index.fresh().len())? <= MANY_ROWS {
            return Ok(());
        }
        self.refresh().await?;
        let session = self.session()?;
        let vault = self.identity().vault;
        let read =
            self.database.read(&[Query::range(Table::Records, tables::beginning_with(&vault.0))]).await?;
        let rows: Vec<(RecordId, Vec<u8>)> = read
            .into_iter()
            .flatten()
            .filter_map(|(key, row)| Some((RecordId(tables::id_of(&key)?), row)))
            .collect();
        let due = self.get(Table::Counters, &due_of(vault)).await?;
        let due = self.read_due(&session, vault, due.as_deref());
        // What is to be dropped once it was sent stays by itself.
        let rows: Vec<_> = rows.into_iter().filter(|(id, _)| !due.contains_key(id)).collect();
        let ids: Vec<RecordId> = rows.iter().map(|(id, _)| *id).collect();
        let after = self.with(|open| open.index.newest_segment())?.map_or(0, |newest| newest + 1);
        let mut settled = self.settled(&session, &ids).await?;
        // Strict: what this person saved moves.
        let mut batch = Batch::default();
        batch.require(Table::Segments, tables::numbered(vault, after), Expected::Absent);
        let (mut records, mut packed) = (Vec::new(), Vec::new());
        for (id, row) in rows {
            let Some(newer) = self.open_newer(&session, id, Some(&row)) else { continue };
            let mut record = newer.record;
            if let Some(settled) = settled.remove(&id) {
                record.merge(&settled);
            }
            // Written anew meanwhile by another page: then that row stays, and is joined with the block when read.
            batch.delete_if(Table::Records, tables::record(vault, id), Expected::Bytes(row));
            records.push(Packed::Joined(record));
            packed.push(id);
        }
        let mut segments = Vec::new();
        for (number, records) in (after..).zip(records.chunks(BLOCK)) {
            segments.push((number, self.pack(&session, vault, number, records, &mut batch)?));
        }
        if self.database.commit(batch).await? == Commit::Done {
            self.with(|open| {
                segments.into_iter().for_each(|(number, lines)| open.index.add_segment(number, lines));
                open.index.forget_fresh(packed);
            })?;
            announce(Change::Records);
        }
        // Overtaken: there is no hurry, the next fold does it.
        self.refresh().await
    }
}

/// An opened page. It may have waited here while the server's key was exchanged.
pub(super) fn unsealed(session: &Session, enrolment: domain::EnrolmentId, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut signers = core::iter::once(&session.server.signing).chain(session.former.iter().rev());
    signers.find_map(|key| Page::unseal(bytes, &session.keys, enrolment, key).ok())
}

/// As `seal::pack`, faster and a little less tight.
pub(super) fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![1];
    packed.extend(miniz_oxide::deflate::compress_to_vec(plain, LEVEL));
    packed
}
