//! Rows as PostgreSQL sends them in its binary form.

use super::super::error::{Error, Kind, Result};
use super::super::value::{ValueRef, text};
use bytes::Bytes;
use postgres_protocol::message::backend::DataRowBody;
use std::ops::Range;
use std::sync::Arc;

/// Numbers of types, fixed for ever by PostgreSQL (`pg_type.dat`).
pub mod types {
    pub const BOOL: u32 = 16;
    pub const BYTEA: u32 = 17;
    pub const NAME: u32 = 19;
    pub const INT8: u32 = 20;
    pub const INT2: u32 = 21;
    pub const INT4: u32 = 23;
    pub const TEXT: u32 = 25;
    pub const VARCHAR: u32 = 1043;
    pub const UNKNOWN: u32 = 705;
    pub const VOID: u32 = 2278;
}

/// A row.
pub struct Row {
    bytes: Bytes,
    /// Where each column lies; `None` for null.
    cells: Vec<Option<Range<usize>>>,
    types: Arc<[u32]>,
}

impl Row {
    /// From a message, with the types that were announced.
    pub fn of(body: &DataRowBody, types: &Arc<[u32]>) -> Result<Self> {
        let garbled = |_| Error::new(Kind::Away, "a row that cannot be read");
        let mut ranges = body.ranges();
        let mut cells = Vec::with_capacity(types.len());
        while let Some(cell) = fallible_iterator::FallibleIterator::next(&mut ranges).map_err(garbled)? {
            cells.push(cell);
        }
        Ok(Self { bytes: body.buffer_bytes().clone(), cells, types: Arc::clone(types) })
    }

    /// How many columns it has.
    pub fn columns(&self) -> usize {
        self.cells.len()
    }

    /// What stands in a column.
    pub fn value(&self, column: usize) -> Result<ValueRef<'_>> {
        let missing = || Error::new(Kind::Other, format!("there is no column {column}"));
        let cell = self.cells.get(column).ok_or_else(missing)?;
        let Some(range) = cell.clone() else { return Ok(ValueRef::Null) };
        let bytes = self.bytes.get(range).ok_or_else(missing)?;
        let other = || Error::other_type(column);
        Ok(match self.types.get(column).copied().ok_or_else(missing)? {
            types::BOOL => ValueRef::Integer(i64::from(bytes.first().copied().unwrap_or(0) != 0)),
            types::INT2 => {
                ValueRef::Integer(i16::from_be_bytes(bytes.try_into().map_err(|_| other())?).into())
            }
            types::INT4 => {
                ValueRef::Integer(i32::from_be_bytes(bytes.try_into().map_err(|_| other())?).into())
            }
            types::INT8 => ValueRef::Integer(i64::from_be_bytes(bytes.try_into().map_err(|_| other())?)),
            types::BYTEA => ValueRef::Blob(bytes),
            types::TEXT | types::VARCHAR | types::NAME | types::UNKNOWN => ValueRef::Text(text(bytes)?),
            types::VOID => ValueRef::Null,
            _ => return Err(other()),
        })
    }
}
