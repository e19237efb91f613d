//! Rows of attachments: chunks, and which of them the entries state.

use super::{int, number};
use crate::server::ledger::{Chunk, STATED_ROOM, UNSTATED_FLOOR, UNSTATED_ROOM, UNWELCOME_ROOM};
use crate::server::sql as database;
use database::{Connection, OptionalExtension, params};
use domain::EnrolmentId;
use seal::Address;

/// When a chunk came is kept to the day: the server is not to tell more of when somebody was registered.
const DAY: u64 = 24 * 3_600_000;

pub fn holds(connection: &Connection, addresses: &[Address]) -> database::Result<Vec<bool>> {
    let mut select = connection.prepare_cached("SELECT 1 FROM chunks WHERE address = $1")?;
    addresses.iter().map(|address| select.exists([address.0])).collect()
}

pub fn put(
    connection: &Connection,
    carrier: EnrolmentId,
    chunks: &[Chunk],
    now: u64,
) -> database::Result<Vec<bool>> {
    let mut is_here = connection.prepare_cached("SELECT 1 FROM chunks WHERE address = $1")?;
    let mut is_stated = connection.prepare_cached("SELECT 1 FROM stated_chunks WHERE address = $1")?;
    // The same "stated = 0" and "stated = 1" as in the indices, which alone are read.
    let sum = "SELECT CAST(COALESCE(SUM(CASE WHEN size < $1 THEN $1 ELSE size END), 0) AS BIGINT) FROM chunks \
               WHERE carrier_id = $2 AND stated = 0";
    let mut sum = connection.prepare_cached(sum)?;
    let of_day = "SELECT CAST(COALESCE(SUM(CASE WHEN size < $1 THEN $1 ELSE size END), 0) AS BIGINT) FROM chunks \
                  WHERE carrier_id = $2 AND received_at = $3 AND stated = 1";
    let mut of_day = connection.prepare_cached(of_day)?;
    let unwelcome = "SELECT 1 FROM enrolments JOIN users ON users.id = user_id \
                     WHERE enrolments.id = $1 AND (revoked <> 0 OR disabled <> 0)";
    let mut unwelcome = connection.prepare_cached(unwelcome)?;
    let insert = "INSERT INTO chunks (address, carrier_id, received_at, stated, size, raw) \
                  VALUES ($1, $2, $3, $4, $5, $6)";
    let mut insert = connection.prepare_cached(insert)?;
    let (floor, day) = (int(UNSTATED_FLOOR), now - now % DAY);
    let mut of_none: u64 = sum.query_row(params![floor, carrier.0], |row| number(row, 0))?;
    let mut of_entries: u64 = of_day.query_row(params![floor, carrier.0, int(day)], |row| number(row, 0))?;
    let room = if unwelcome.exists([carrier.0])? { UNWELCOME_ROOM } else { UNSTATED_ROOM };
    let mut held = Vec::with_capacity(chunks.len());
    for Chunk { address, bytes } in chunks {
        if is_here.exists([address.0])? {
            held.push(true);
            continue;
        }
        let stated = is_stated.exists([address.0])?;
        let size = bytes.len() as u64;
        let (used, room) = if stated { (&mut of_entries, STATED_ROOM) } else { (&mut of_none, room) };
        let then = used.saturating_add(size.max(UNSTATED_FLOOR));
        let fits = then <= room;
        if fits {
            *used = then;
            insert.execute(params![address.0, carrier.0, int(day), stated, int(size), bytes])?;
        }
        held.push(fits);
    }
    Ok(held)
}

pub fn state(connection: &Connection, addresses: &[Address]) -> database::Result<()> {
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

pub fn get(connection: &Connection, addresses: &[Address], room: usize) -> database::Result<Vec<Vec<u8>>> {
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
