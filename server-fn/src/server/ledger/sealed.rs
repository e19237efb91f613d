//! Sealed rows as such, for sealing them anew under another key.

use super::Result;

/// A sealed row as it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// The key of its place.
    pub key: Vec<u8>,
    /// Its sealed bytes.
    pub sealed: Vec<u8>,
}

/// Every row that is sealed under the storage key.
pub trait SealedRows {
    /// Numbers of the tables that have such rows, see `server::Table`.
    fn sealed_tables(&self) -> &'static [u8];
    /// Rows of one of them in order of their keys, after a key.
    fn sealed_rows(&self, table: u8, after: &[u8], limit: u32) -> Result<Vec<SealedRow>>;
    /// Puts other sealed bytes into rows that lie as they were read; one that changed meanwhile is left alone. All in
    /// one step. How many were put in.
    fn reseal(&self, table: u8, rows: Vec<(SealedRow, Vec<u8>)>) -> Result<u64>;
}
