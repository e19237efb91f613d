//! Rows of `StaffRoom`.

use super::SqliteLedger;
use crate::server::ledger::StaffRoom;

impl StaffRoom for SqliteLedger {}
