//! Rows of `Passkeys`.

use super::SqliteLedger;
use crate::server::ledger::Passkeys;

impl Passkeys for SqliteLedger {}
