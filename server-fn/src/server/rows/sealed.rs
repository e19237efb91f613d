//! Rows of `SealedRows`.

use super::{SqlLedger, sql};
use crate::server::ledger::{LedgerError, Result, SealedRow, SealedRows};
use crate::server::sql as database;
use database::params;

/// Tables with the columns "id" and "sealed", where the row's place is its id. A column "sealed" of a new table belongs
/// in here; a test goes through the schema.
const TABLES: &[(u8, &str)] = &[
    (1, "users"),
    (2, "entries"),
    (3, "records"),
    (4, "drafts"),
    (6, "audit"),
    (7, "access_requests"),
    (10, "slip_secrets"),
    (11, "applications"),
];
/// The one row by which the first key is known again.
const KEY_CHECK: u8 = 5;
/// What stands for an id there.
const KEY_CHECK_PLACE: &[u8] = b"storage";
const NUMBERS: &[u8] = &[1, 2, 3, 4, 6, 7, 10, 11, KEY_CHECK];

fn table(number: u8) -> Result<&'static str> {
    let found = TABLES.iter().find(|(known, _)| *known == number);
    found.map(|(_, name)| *name).ok_or_else(|| LedgerError::Unable(format!("no sealed table {number}")))
}

impl SqlLedger {
    /// The value by which the first key is known again, as a table of one row.
    fn key_check_after(&self, after: &[u8]) -> Result<Vec<SealedRow>> {
        if after >= KEY_CHECK_PLACE {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let select = "SELECT key_check FROM server WHERE key_check IS NOT NULL";
            let mut select = sql(connection.prepare_cached(select))?;
            let rows = select
                .query_map([], |row| Ok(SealedRow { key: KEY_CHECK_PLACE.to_vec(), sealed: row.get(0)? }));
            sql(sql(rows)?.collect())
        })
    }
}

impl SealedRows for SqlLedger {
    fn sealed_tables(&self) -> &'static [u8] {
        NUMBERS
    }

    fn sealed_rows(&self, number: u8, after: &[u8], limit: u32) -> Result<Vec<SealedRow>> {
        if number == KEY_CHECK {
            return self.key_check_after(after);
        }
        let select = format!("SELECT id, sealed FROM {} WHERE id > $1 ORDER BY id LIMIT $2", table(number)?);
        self.read(|connection| {
            let mut select = sql(connection.prepare_cached(&select))?;
            let rows = select.query_map(params![after, limit], |row| {
                Ok(SealedRow { key: row.get(0)?, sealed: row.get(1)? })
            });
            sql(sql(rows)?.collect())
        })
    }

    fn reseal(&self, number: u8, rows: Vec<(SealedRow, Vec<u8>)>) -> Result<u64> {
        let update = if number == KEY_CHECK {
            "UPDATE server SET key_check = $1 WHERE key_check = $2".to_owned()
        } else {
            format!("UPDATE {} SET sealed = $1 WHERE id = $2 AND sealed = $3", table(number)?)
        };
        self.writer.write(move |connection| {
            let mut update = sql(connection.prepare_cached(&update))?;
            let mut written = 0;
            for (SealedRow { key, sealed }, anew) in &rows {
                let changed = match number {
                    KEY_CHECK => update.execute(params![anew, sealed]),
                    _ => update.execute(params![anew, key, sealed]),
                };
                written += sql(changed)? as u64;
            }
            Ok(written)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::ledger::Identity;
    use crate::server::sql::Source;

    #[test]
    fn every_column_named_sealed_is_among_the_tables_that_are_sealed_anew() {
        let folder = std::env::temp_dir()
            .join(format!("amparo-sealed-{}", domain::id::hex(&crate::server::random::<8>())));
        std::fs::create_dir_all(&folder).unwrap();
        let ledger = SqlLedger::open(
            Source::File(folder.join("amparo.db")),
            Identity { server: [1; 16], epoch: [2; 16] },
        );
        let connection = ledger.unwrap().source.reader().unwrap();
        let select = "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c \
                      WHERE m.type = 'table' AND c.name LIKE '%sealed' ORDER BY m.name";
        let mut select = connection.prepare_cached(select).unwrap();
        let names = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let found: Vec<String> = names.map(core::result::Result::unwrap).collect();
        let mut known: Vec<&str> = TABLES.iter().map(|(_, name)| *name).collect();
        known.sort_unstable();
        assert_eq!(found, known);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
