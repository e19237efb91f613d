//! Rows of `Grants`.

use super::SqliteLedger;
use crate::server::ledger::Grants;

impl Grants for SqliteLedger {}
