//! The first version of `applicant`. Never edit: phones hold databases made by it, and the worker's script reads them.

/// Object stores, all with keys of their own (bytes) beside the values.
pub const STORES: [&str; 4] = ["families", "letters", "pieces", "prefs"];
