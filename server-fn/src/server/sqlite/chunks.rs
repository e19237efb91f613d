//! Rows of attachments: chunks, and which of them the entries state.

use super::{int, number};
use crate::server::ledger::{Chunk, UNSTATED_FLOOR, UNSTATED_ROOM};
use domain::EnrolmentId;
use rusqlite::{Connection, OptionalExtension, params};
use seal::Address;

pub fn holds(connection: &Connection, addresses: &[Address]) -> rusqlite::Result<Vec<bool>> {
    let mut select = connection.prepare_cached("SELECT 1 FROM chunks WHERE address = $1")?;
    addresses.iter().map(|address| select.exists([address.0])).collect()
}

pub fn put(
    connection: &Connection,
    carrier: EnrolmentId,
    chunks: &[Chunk],
    now: u64,
) -> rusqlite::Result<Vec<bool>> {
    let mut is_here = connection.prepare_cached("SELECT 1 FROM chunks WHERE address = $1")?;
    let mut is_stated = connection.prepare_cached("SELECT 1 FROM stated_chunks WHERE address = $1")?;
    // The same "stated = 0" as in the index, which alone is read.
    let sum = "SELECT COALESCE(SUM(MAX(size, $1)), 0) FROM chunks WHERE carrier_id = $2 AND stated = 0";
    let mut sum = connection.prepare_cached(sum)?;
    let insert = "INSERT INTO chunks (address, carrier_id, received_at, stated, size, raw) \
                  VALUES ($1, $2, $3, $4, $5, $6)";
    let mut insert = connection.prepare_cached(insert)?;
    let floor = int(UNSTATED_FLOOR);
    let mut unstated: u64 = sum.query_row(params![floor, carrier.0], |row| number(row, 0))?;
    let mut held = Vec::with_capacity(chunks.len());
    for Chunk { address, bytes } in chunks {
        if is_here.exists([address.0])? {
            held.push(true);
            continue;
        }
        let stated = is_stated.exists([address.0])?;
        let size = bytes.len() as u64;
        let counts = if stated { 0 } else { size.max(UNSTATED_FLOOR) };
        let fits = unstated.saturating_add(counts) <= UNSTATED_ROOM || stated;
        if fits {
            unstated += counts;
            insert.execute(params![address.0, carrier.0, int(now), stated, int(size), bytes])?;
        }
        held.push(fits);
    }
    Ok(held)
}

pub fn state(connection: &Connection, addresses: &[Address]) -> rusqlite::Result<()> {
    let insert = "INSERT INTO stated_chunks (address) VALUES ($1) ON CONFLICT (address) DO NOTHING";
    let mut insert = connection.prepare_cached(insert)?;
    let mut update = connection.prepare_cached("UPDATE chunks SET stated = 1 WHERE address = $1")?;
    for address in addresses {
        if insert.execute([address.0])? == 1 {
            update.execute([address.0])?;
        }
    }
    Ok(())
}

pub fn get(connection: &Connection, addresses: &[Address], room: usize) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut select = connection.prepare_cached("SELECT raw FROM chunks WHERE address = $1")?;
    let (mut found, mut size) = (Vec::new(), 0);
    for address in addresses {
        let Some(raw) = select.query_row([address.0], |row| row.get::<_, Vec<u8>>(0)).optional()? else {
            continue;
        };
        size += raw.len();
        if size > room && !found.is_empty() {
            break;
        }
        found.push(raw);
    }
    Ok(found)
}
