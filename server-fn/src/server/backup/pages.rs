//! Reads rows straight out of the pages of an SQLite file, whatever has become of the others: of each leaf of a table what
//! can be read of it. Format: <https://www.sqlite.org/fileformat2.html>, sections 1 to 4.

use crate::server::sql::Value;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
/// A leaf of a table's tree.
const LEAF: u8 = 13;
/// Longest row: a parcel's envelope, a page of sealed text, each with room to spare.
const LONGEST: u64 = 16 * 1024 * 1024;
/// The write-ahead log's header, and that of each of its frames.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// A row as it lies: its number, and its values in the order of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Number of the row, which stands for a column that is an `INTEGER PRIMARY KEY`.
    pub rowid: i64,
    /// Its values; as many as the table had columns when it was written.
    pub values: Vec<Value>,
}

/// The pages of a file, and of the write-ahead log beside it.
pub struct Pages {
    file: File,
    log: Option<File>,
    size: usize,
    count: u32,
    /// Where the newest form of a page lies in the log.
    newer: HashMap<u32, u64>,
    free: HashSet<u32>,
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*two)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|four| u32::from_be_bytes(*four))
}

/// The page size that a header says, if it can be one.
fn sound_size(said: usize) -> Option<usize> {
    let size = if said == 1 { 65_536 } else { said };
    (size.is_power_of_two() && (512..=65_536).contains(&size)).then_some(size)
}

impl Pages {
    /// Opens a file, and the log beside it where there is one.
    ///
    /// # Errors
    /// When it cannot be opened or read at all.
    pub fn open(path: &Path, log: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = Vec::new();
        (&mut file).take(HEADER as u64).read_to_end(&mut header)?;
        let log = File::open(log).ok();
        let said = be16(&header, 16).filter(|_| header.starts_with(MAGIC)).and_then(sound_size);
        let mut pages =
            Self { file, log, size: 4_096, count: 0, newer: HashMap::new(), free: HashSet::new() };
        let in_log = pages.read_log()?;
        pages.size = said.or(in_log).unwrap_or(4_096);
        let length = pages.file.metadata()?.len();
        // The last page may be cut off.
        let here = u32::try_from(length.div_ceil(pages.size as u64)).unwrap_or(u32::MAX);
        pages.count = pages.newer.keys().copied().chain([here]).max().unwrap_or(here);
        pages.free = pages.free_ones()?;
        Ok(pages)
    }

    /// How many pages there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Finds the newest forms of pages in the log, as far as it was committed and is whole; the size of its pages.
    fn read_log(&mut self) -> io::Result<Option<usize>> {
        let Some(log) = &mut self.log else { return Ok(None) };
        let mut header = [0; LOG_HEADER];
        if log.read_exact(&mut header).is_err() {
            return Ok(None);
        }
        let magic = be32(&header, 0).unwrap_or(0);
        let size = be32(&header, 8).and_then(|size| sound_size(size as usize));
        let Some(size) = size.filter(|_| magic & !1 == 0x377f_0682) else { return Ok(None) };
        let is_big = magic & 1 == 1;
        let mut sum = summed((0, 0), header.get(..24).unwrap_or(&[]), is_big);
        if (be32(&header, 24), be32(&header, 28)) != (Some(sum.0), Some(sum.1)) {
            return Ok(None);
        }
        let salt = header.get(16..24).map(<[u8]>::to_vec);
        let (mut at, mut since) = (LOG_HEADER as u64, HashMap::new());
        let mut frame = vec![0; FRAME_HEADER + size];
        while log.read_exact(&mut frame).is_ok() {
            let (head, page) = frame.split_at(FRAME_HEADER);
            sum = summed(summed(sum, head.get(..8).unwrap_or(&[]), is_big), page, is_big);
            let is_whole = head.get(8..16).map(<[u8]>::to_vec) == salt
                && (be32(head, 16), be32(head, 20)) == (Some(sum.0), Some(sum.1));
            if !is_whole {
                break;
            }
            since.insert(be32(head, 0).unwrap_or(0), at + FRAME_HEADER as u64);
            at += frame.len() as u64;
            if be32(head, 4).is_some_and(|pages| pages > 0) {
                self.newer.extend(since.drain());
            }
        }
        Ok(Some(size))
    }

    /// A page, as far as it is there; filled up with zeros.
    fn page(&mut self, number: u32) -> io::Result<Option<Vec<u8>>> {
        if number == 0 || number > self.count {
            return Ok(None);
        }
        let (file, at) = match (self.newer.get(&number), &mut self.log) {
            (Some(at), Some(log)) => (log, *at),
            _ => (&mut self.file, u64::from(number - 1) * self.size as u64),
        };
        file.seek(SeekFrom::Start(at))?;
        let mut page = Vec::with_capacity(self.size);
        file.take(self.size as u64).read_to_end(&mut page)?;
        page.resize(self.size, 0);
        Ok(Some(page))
    }

    /// Pages that hold nothing any more, whatever lies in them still.
    fn free_ones(&mut self) -> io::Result<HashSet<u32>> {
        let mut free = HashSet::new();
        let Some(first) = self.page(1)? else { return Ok(free) };
        if !first.starts_with(MAGIC) {
            return Ok(free);
        }
        let mut trunk = be32(&first, 32).unwrap_or(0);
        while trunk != 0 && free.insert(trunk) {
            let Some(page) = self.page(trunk)? else { break };
            let leaves = be32(&page, 4).unwrap_or(0) as usize;
            if leaves > self.size / 4 {
                break;
            }
            free.extend((0..leaves).filter_map(|leaf| be32(&page, 8 + 4 * leaf)));
            trunk = be32(&page, 0).unwrap_or(0);
        }
        Ok(free)
    }

    /// The rows of a page, if it is a leaf of a table; `None` otherwise. What cannot be read is left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rows(&mut self, number: u32) -> io::Result<Option<Vec<Cells>>> {
        if self.free.contains(&number) {
            return Ok(None);
        }
        let Some(page) = self.page(number)? else { return Ok(None) };
        let start = if number == 1 { HEADER } else { 0 };
        if page.get(start) != Some(&LEAF) {
            return Ok(None);
        }
        let cells = be16(&page, start + 3).unwrap_or(0).min(self.size / 4);
        let mut rows = Vec::new();
        for cell in 0..cells {
            let Some(at) = be16(&page, start + 8 + 2 * cell) else { break };
            if let Some((rowid, payload)) = self.payload(&page, at)?
                && let Some(values) = values(&payload)
            {
                rows.push(Cells { rowid, values });
            }
        }
        Ok(Some(rows))
    }

    /// The number of a row and its bytes, with those that lie on other pages.
    fn payload(&mut self, page: &[u8], at: usize) -> io::Result<Option<(i64, Vec<u8>)>> {
        let read = || {
            let (length, next) = varint(page, at)?;
            let (rowid, next) = varint(page, next)?;
            Some((u64::try_from(length).ok().filter(|length| *length <= LONGEST)?, rowid, next))
        };
        let Some((length, rowid, at)) = read() else { return Ok(None) };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let usable = self.size;
        let (most, least) = (usable - 35, (usable - 12) * 32 / 255 - 23);
        let over = least + length.saturating_sub(least) % (usable - 4);
        let local = match length {
            length if length <= most => length,
            _ if over <= most => over,
            _ => least,
        };
        let Some(mut bytes) = page.get(at..at + local).map(<[u8]>::to_vec) else { return Ok(None) };
        let mut next = if local < length { be32(page, at + local).unwrap_or(0) } else { 0 };
        while bytes.len() < length {
            let Some(more) = self.page(next)? else { return Ok(None) };
            let wanted = (length - bytes.len()).min(usable - 4);
            bytes.extend_from_slice(more.get(4..4 + wanted).unwrap_or(&[]));
            next = be32(&more, 0).unwrap_or(0);
        }
        Ok(Some((rowid, bytes)))
    }
}

/// The checksum of the log, section 4.2.
fn summed((mut one, mut two): (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let (pairs, _) = bytes.as_chunks::<8>();
    for [a, b, c, d, e, f, g, h] in pairs {
        let word = |four: [u8; 4]| if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
        one = one.wrapping_add(word([*a, *b, *c, *d])).wrapping_add(two);
        two = two.wrapping_add(word([*e, *f, *g, *h])).wrapping_add(one);
    }
    (one, two)
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let mut number: u64 = 0;
    for place in 0..8 {
        let byte = *bytes.get(at + place)?;
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number.cast_signed(), at + place + 1));
        }
    }
    let last = *bytes.get(at + 8)?;
    Some(((number << 8 | u64::from(last)).cast_signed(), at + 9))
}

/// The values of a row; `None` where they are none.
fn values(record: &[u8]) -> Option<Vec<Value>> {
    let (header, mut at) = varint(record, 0)?;
    let header = usize::try_from(header).ok().filter(|header| *header <= record.len())?;
    let (mut values, mut body) = (Vec::new(), header);
    while at < header {
        let (kind, next) = varint(record, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 => 8,
            kind if kind >= 12 => usize::try_from((kind - 12) / 2).ok()?,
            // Fractions, and what no version writes.
            _ => return None,
        };
        let bytes = record.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => {
                let filled = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
                let mut eight = [filled; 8];
                eight.get_mut(8 - length..)?.copy_from_slice(bytes);
                Value::Integer(i64::from_be_bytes(eight))
            }
            kind if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
    }
    (at == header && body == record.len()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::random;
    use rusqlite::{Connection, params};

    #[test]
    fn every_row_is_read_out_of_the_pages_as_sqlite_reads_it_with_and_without_its_log() {
        let path = std::env::temp_dir().join(format!("amparo-pages-{}", domain::id::hex(&random::<8>())));
        let log = crate::server::backup::restoring::with(&path, "-wal");
        let database = Connection::open(&path).unwrap();
        database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
        database
            .execute_batch("CREATE TABLE t (seq INTEGER PRIMARY KEY, a BLOB, b TEXT, c INTEGER)")
            .unwrap();
        let mut expected = Vec::new();
        for (seq, length) in (1_i64..).zip([0_usize, 1, 100, 3_000, 4_061, 4_062, 5_000, 70_000, 300_000]) {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let number = if seq % 2 == 0 { i64::MIN + seq } else { seq * 1_000 - 5 };
            let row = params![seq, bytes, format!("árbol {seq}"), number];
            database.execute("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", row).unwrap();
            let values = vec![
                Value::Null,
                Value::Blob(bytes),
                Value::Text(format!("árbol {seq}")),
                Value::Integer(number),
            ];
            expected.push(Cells { rowid: seq, values });
        }
        // What was deleted does not come back.
        let gone = params![vec![7_u8; 20_000]];
        database.execute("INSERT INTO t VALUES (99, ?1, '', 0)", gone).unwrap();
        database.execute("DELETE FROM t WHERE seq = 99", []).unwrap();
        let read = |what: &str| {
            let mut pages = Pages::open(&path, &log).unwrap();
            let mut rows = Vec::new();
            for number in 2..=pages.count() {
                rows.extend(pages.rows(number).unwrap().into_iter().flatten());
            }
            rows.sort_by_key(|row| row.rowid);
            assert!(rows == expected, "{what}: {} rows", rows.len());
        };
        read("from the log");
        database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        read("from the file");
        drop(database);
        std::fs::remove_file(&path).unwrap();
    }
}
